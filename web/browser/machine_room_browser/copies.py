"""A student's copy of a notebook in the browser's storage, beside the site's present one."""

from __future__ import annotations

import contextlib
import json
import re
from importlib.resources import files
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

from machine_room.notebook.view import View
from machine_room_browser.merge import changed, renewed

__all__ = ["renew", "welcome"]

_PRACTICE = "Ready. This is practice: download the notebook to hand it in, as your course says."


def welcome(path: str) -> View:
    """Say that all is here, and whether the copy that is open is older than the site's notebook.

    Args:
        path: folder and name of the notebook, as on the site: "01-backprop/backprop.ipynb".
    """
    here = Path.cwd() / PurePosixPath(path).name
    try:
        stale = changed(_copy(here), _present(path))
    except (OSError, ValueError):
        return View.of_lines([_PRACTICE])
    if not stale:
        return View.of_lines([_PRACTICE])
    if made := _renewed_already(here, _present(path)):
        return View.of_lines([
            _PRACTICE,
            f"{made.name} is the site's present notebook, with your answers: work in it. {here.name} is older.",
            f"To hand in, or to go on under its name, delete {here.name} at the left, and rename the new one.",
        ])  # fmt: skip
    differ = "1 cell differs" if len(stale) == 1 else f"{len(stale)} cells differ"
    return View.of_lines([
        f"Your copy of this notebook is not the site's present one any more: {differ}. Your answers can move into the "
        "present one.",
        f"Save (Ctrl+S), run  machine_room_browser.renew({path!r})  in a new cell.",
    ])  # fmt: skip


def renew(path: str) -> View:
    """Write the site's present notebook, with your answers and your own cells in it, beside your copy, which stays.

    Args:
        path: folder and name of the notebook, as on the site.
    """
    here = Path.cwd() / PurePosixPath(path).name
    try:
        copied = _copy(here)
    except (OSError, ValueError) as error:
        return View.of_lines([f"{here} cannot be read, so nothing was changed: {error}. Save it, and try again."])
    made = _free(here)
    _write(made, json.dumps(renewed(copied, _present(path)), ensure_ascii=False, indent=1).encode())
    return View.of_lines([
        f"{made.name} is the site's present notebook, with your answers: open it from the list at the left.",
        f"Your old copy stays. To go on under its name, delete it there, and rename the new one to {here.name}.",
    ])  # fmt: skip


def _write(file: Path, content: bytes) -> None:
    """Write a new file in one piece: JupyterLite never answers to a notebook that is half there, or emptied."""
    with file.open("xb", buffering=len(content) + 1) as sink:
        sink.write(content)


def _present(path: str) -> dict[str, Any]:
    folder, name = PurePosixPath(path).parts
    text = files("machine_room_browser").joinpath("notebooks", folder, name).read_text(encoding="utf-8")
    return dict(json.loads(text))


def _copy(file: Path) -> dict[str, Any]:
    """Read a notebook of the student's, which lie in the kernel's own folder.

    Raises:
        OSError: it is not there, under that name.
        ValueError: it is no notebook.
    """
    found = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(found, dict) or not isinstance(found.get("cells"), list):
        raise ValueError("it is no notebook")
    return found


def _renewed_already(here: Path, present: dict[str, Any]) -> Path | None:
    """Return a renewed copy beside an older one that is still the present notebook, or None."""
    for file in here.parent.iterdir():
        if re.fullmatch(rf"{re.escape(here.stem)}-renewed-\d+\.ipynb", file.name):
            with contextlib.suppress(OSError, ValueError):
                if not changed(_copy(file), present):
                    return file
    return None


def _free(here: Path) -> Path:
    """Return a name beside a notebook that no file has."""
    taken = {path.name for path in here.parent.iterdir()}  # in a browser's storage, `exists` asks for each name anew
    names = (f"{here.stem}-renewed-{number}.ipynb" for number in count(1))
    return here.with_name(next(name for name in names if name not in taken))
