"""The course in `second_course`, which has a package of its own, and hand-ins for it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograde.course.notebook import Role, exercise_of, role_of

__all__ = ["COURSE", "RIGHT", "copy_of_course", "hand_in"]

COURSE = Path(__file__).resolve().parent / "second_course"
#: A right answer to each of its exercises, as a student writes it.
RIGHT = {
    "moving_average": 'def moving_average(x, *, width):\n    return np.convolve(x, np.ones(width) / width, "valid")\n',
    "decibels": "def decibels(power, reference=1.0):\n    return 10 * np.log10(power / reference)\n",
    "sine_wave": "def sine_wave(time, *, frequency):\n    return np.sin(2 * np.pi * frequency * time)\n",
    "relative_error": (
        "def relative_error(a, b):\n    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))\n"
    ),
}


def copy_of_course(target: Path) -> Path:
    """The course's text and package in a folder that is not there yet."""
    shutil.copytree(COURSE, target, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def hand_in(root: Path, assignment: str, notebook: str, student: str, answers: Mapping[str, str]) -> Path:
    """Write a student's file, the release with these solution cells, and return its folder."""
    released: dict[str, Any] = json.loads((root / "release" / assignment / f"{notebook}.ipynb").read_text("utf-8"))
    for cell in released["cells"]:
        if role_of(cell) is Role.SOLUTION:
            cell["source"] = answers[exercise_of(cell) or ""]
    path = root / "submitted" / student / assignment / f"{notebook}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(released), encoding="utf-8")
    return path.parent
