"""What a course settles for grading in nbgrader_config.py, as far as the sandbox goes by it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..contract.failures import CourseError
from ..contract.names import of_error
from ..course.beside import IGNORED
from .database import CONFIG, course_config

__all__ = ["Conventions", "conventions_of"]

CELL_SECONDS = 30.0  # nbgrader's own
NO_LIMIT = 3_600.0  # what stands for it: a box has a clock
#: Where a time-out may stand; the first that is set counts, as the class that is nearest does with traitlets.
EXECUTES = ("Execute", "ExecutePreprocessor", "NotebookClient")
#: Lines that we know by nbgrader's own marks alone: under others, hidden tests would be shown.
MARKS = {
    "ClearHiddenTests": {"begin_test_delimeter": "BEGIN HIDDEN TESTS", "end_test_delimeter": "END HIDDEN TESTS"},
    "ClearMarkScheme": {
        "begin_mark_scheme_delimeter": "BEGIN MARK SCHEME",
        "end_mark_scheme_delimeter": "END MARK SCHEME",
    },
}
#: Folders that may have other names with nbgrader, and what they are called here.
FOLDERS = {
    "source_directory": "source",
    "submitted_directory": "submitted",
    "autograded_directory": "autograded",
    "feedback_directory": "feedback",
}


@dataclass(frozen=True)
class Conventions:
    """What concerns the running of a notebook."""

    cell_seconds: float = CELL_SECONDS
    ignored: tuple[str, ...] = IGNORED  # files in source/ that do not go with the notebook
    problems: tuple[str, ...] = ()  # settings that the sandbox does not go by, a sentence each


def conventions_of(root: Path, master: Path) -> Conventions:
    """Read them for one notebook of a course.

    Args:
        root: the course folder.
        master: the source notebook: a course may set a time for each of its cells, by a function.

    Raises:
        CourseError: nbgrader_config.py cannot be run, or what it sets is of another kind.
    """
    config = course_config(root)
    folder = config.CourseDirectory
    ignored = tuple(map(str, folder.ignore)) if isinstance(folder.get("ignore"), list) else IGNORED
    try:
        seconds = _cell_seconds(config, master)
    except CourseError:
        raise
    except Exception as error:  # a function of the course's
        raise CourseError(f"{root / CONFIG}: the time for a cell cannot be worked out: {of_error(error)}.") from error
    return Conventions(seconds, ignored, tuple(_problems(config)))


def _cell_seconds(config: Any, master: Path) -> float:
    found = _set(config, "timeout_func")
    if found is not None:
        return max((_seconds(found(cell)) for cell in _code_cells(master)), default=CELL_SECONDS)
    return _seconds(_set(config, "timeout")) if _is_set(config, "timeout") else CELL_SECONDS


def _code_cells(master: Path) -> Iterator[Any]:
    import nbformat

    notebook = json.loads(master.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            source = cell.get("source", "")
            yield nbformat.from_dict({**cell, "source": source if isinstance(source, str) else "".join(source)})


def _seconds(value: Any) -> float:
    """A time-out as a number of seconds; none at all is an hour."""
    if value is None or value == -1:
        return NO_LIMIT
    seconds = float(value)
    if not 0 < seconds < math.inf:
        raise CourseError(f"{CONFIG}: a cell's time-out should be a number of seconds above 0, not {value!r}.")
    return min(seconds, NO_LIMIT)


def _is_set(config: Any, name: str) -> bool:
    return any(one in config and name in config[one] for one in EXECUTES)


def _set(config: Any, name: str) -> Any:
    return next((config[one][name] for one in EXECUTES if one in config and name in config[one]), None)


def _problems(config: Any) -> Iterator[str]:
    for kind, names in MARKS.items():
        for name, ours in names.items():
            if kind in config and str(config[kind].get(name, ours)) != ours:
                yield (
                    f"{CONFIG} sets {kind}.{name} to other words than {ours!r}, which are the ones that grading here "
                    "knows: what stands between them would be shown to students. Take it out, and use those words."
                )
    for name, ours in FOLDERS.items():
        if str(config.CourseDirectory.get(name, ours)) != ours:
            yield (
                f"{CONFIG} sets CourseDirectory.{name}, and grading here knows the folder as {ours}/ alone. "
                f"Rename the folder, or make {ours} a link to it."
            )
    if "directory_structure" in config.CourseDirectory:
        yield f"{CONFIG} sets CourseDirectory.directory_structure, and grading here knows nbgrader's own alone."
