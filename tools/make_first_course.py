"""Makes tests/fixtures/0.1.0/course.tar.xz: a course folder as version 0.1.0 left it, that later versions must open.

Run with the Python of an environment in which 0.1.0 is installed, in a checkout of 0.1.0 (commit a4cdee8), and with its
own environment's programs alone: nothing of this tree is used. The masters are those in tests/fixtures/0.1.0.

    git worktree add /tmp/first a4cdee8 && make -C /tmp/first build
    cd /tmp/first && .venv/bin/python <this file> <tests/fixtures/0.1.0>

Four students: `ada` is right, `bo` steps uphill and has two grades of a person's, `cy` has written nothing, `dee`
handed in half a file. `ada` was given her feedback. Made once: random ids and the seed differ from run to run.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

__all__: list[str] = []

ASSIGNMENT, NOTEBOOK = "01-backprop", "backprop"
FIRST_DIGEST = "5ed4505862234e414d26039b613ca9ffe74bd078be8548e24322eee352267263"
SEED = 20261130
LEFT_OUT = (".autograde/view",)  # the students' library: made anew by every version
UPHILL = "def gradient_descent_step(theta, gradient, *, learning_rate):\n    return theta + learning_rate * gradient"
ANSWER = "The chain rule, applied from the end to the beginning, so that each product is made once."


def right_answers(source: Path) -> dict[str, str]:
    """The master's solutions by cell id, without the lines that mark them."""
    cells = json.loads(source.read_text(encoding="utf-8"))["cells"]
    return {
        cell["id"]: re.sub(r"(?m)^ *### (BEGIN|END) SOLUTION\n?", "", "".join(cell["source"])).rstrip()
        for cell in cells
        if cell["metadata"].get("machine_room", {}).get("role") == "solution"
    }


def filled_in(release: Path, answers: Mapping[str, str]) -> bytes:
    notebook = json.loads(release.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = answers.get(cell["id"], cell["source"])
    return json.dumps(notebook, indent=1).encode()


def hand_in(course: Path, student: str, content: bytes) -> None:
    folder = course / "submitted" / student / ASSIGNMENT
    folder.mkdir(parents=True)
    (folder / f"{NOTEBOOK}.ipynb").write_bytes(content)
    (folder / "timestamp.txt").write_text("2026-11-02 09:30:00.000000 UTC")


def hand_in_all(course: Path) -> None:
    release = course / "release" / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    right = right_answers(course / "source" / ASSIGNMENT / f"{NOTEBOOK}.ipynb")
    (written,) = re.findall(r'"id": "(written-[^"]+)"', release.read_text(encoding="utf-8"))
    ada = filled_in(release, {**right, written: ANSWER})
    hand_in(course, "ada", ada)
    hand_in(course, "bo", filled_in(release, {**right, "gradient_descent_step": UPHILL}))
    hand_in(course, "cy", release.read_bytes())
    hand_in(course, "dee", ada[: len(ada) // 2])


def grade_by_hand(course: Path) -> None:
    """What a person enters in formgrader: a score in place of the automatic one, extra credit, comments."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "machine-room") as book:
        book.update_or_create_assignment(ASSIGNMENT, duedate=datetime(2026, 11, 5))
        step = book.find_grade("gradient_descent_step-check", NOTEBOOK, ASSIGNMENT, "bo")
        step.manual_score, step.needs_manual_grade = 0.5, False
        book.find_grade("dense_backward-check", NOTEBOOK, ASSIGNMENT, "bo").extra_credit = 0.25
        comment = book.find_comment("gradient_descent_step", NOTEBOOK, ASSIGNMENT, "bo")
        comment.manual_comment = "Half a point for the learning rate."
        book.db.commit()


def autograde(*arguments: str, course: Path) -> None:
    subprocess.run([sys.executable, "-m", "autograde", *arguments, "--course", str(course)], check=True)


def packed(course: Path, target: Path) -> None:
    """Archive the folder: sorted, without this machine's users and times."""

    def neutral(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = entry.mtime = 0
        entry.uname = entry.gname = ""
        return entry

    with tarfile.open(target, "w:xz", preset=9) as archive:
        for path in sorted(course.rglob("*")):
            name = path.relative_to(course).as_posix()
            if path.is_file() and not name.startswith(LEFT_OUT):
                archive.add(path, name, filter=neutral)


def refuse_another_version() -> None:
    code = "from autograde.grading.run import _library_digest; print(_library_digest())"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    if found.stdout.strip() != FIRST_DIGEST:
        sys.exit(f"Run this with the Python of 0.1.0's environment; {sys.executable} has another version.")


def main(fixtures: Path) -> None:
    refuse_another_version()
    with TemporaryDirectory() as folder:
        course = Path(folder) / "course"
        for part in ("source", "release"):
            shutil.copytree(fixtures / part / ASSIGNMENT, course / part / ASSIGNMENT)
        shutil.copyfile("nbgrader_config.py", course / "nbgrader_config.py")
        (course / ".autograde").mkdir(mode=0o700)
        (course / ".autograde" / "seed").write_text(f"{SEED}\n", encoding="ascii")
        (course / ".autograde" / "seed").chmod(0o600)
        hand_in_all(course)
        autograde("grade", ASSIGNMENT, course=course)
        grade_by_hand(course)
        autograde("feedback", ASSIGNMENT, "--student", "ada", course=course)
        packed(course, fixtures / "course.tar.xz")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
