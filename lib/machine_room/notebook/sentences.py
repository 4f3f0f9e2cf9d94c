"""Errors of a student's first day, told by a sentence: a name whose cell has not run, and Keras that is not here.

`register` takes IPython's one place for a handler of errors, in a kernel alone. What it does not know for certain it
shows exactly as IPython would have.
"""

from __future__ import annotations

import ast
import linecache
import sys
import types
from collections.abc import Iterable
from typing import Any

from machine_room.notebook.points import assignments
from machine_room.translation import say

__all__ = ["register", "sentence"]

_KINDS = (NameError, ModuleNotFoundError)
_ELSEWHERE = ("tensorflow", "keras")
#: Libraries that exercises are often written with elsewhere, and that the grader does not have.
_NOT_USED = ("torch", "jax", "scipy", "sklearn", "pandas")
_TWO_LINES = (
    "    import tensorflow as tf          ->  from machine_room import tf",
    "    from tensorflow import keras     ->  from machine_room import keras",
)


def register(shell: Any) -> bool:
    """Have a kernel's shell tell these errors by a sentence; say whether it does.

    A handler that somebody else has set stays.

    Args:
        shell: what `get_ipython()` returns.
    """
    if not hasattr(shell, "kernel"):
        return False
    if not shell.custom_exceptions:
        shell.set_custom_exc(_KINDS, _tell)
    return bool(shell.custom_exceptions == _KINDS)


def _tell(shell: Any, kind: type, error: BaseException, traceback: Any, tb_offset: int | None = None) -> None:
    """Called by IPython while it handles the error: show it, as a sentence or as ever."""
    said = sentence(error, shell.user_ns)
    if said:
        # IPython asks an exception for its own lines. The exception stays, and what the cell did: it failed.
        error._render_traceback_ = lambda: said.splitlines()  # type: ignore[attr-defined]
    shell.showtraceback(running_compiled_code=True)


def sentence(error: BaseException, names: dict[str, Any]) -> str:
    """Return what to tell a student of an error; empty where it is none of those known here.

    Args:
        error: with its traceback; it must have come from a line of a cell itself.
        names: the notebook's variables.
    """
    frame, line = _innermost(error.__traceback__)
    if frame is None or frame.f_globals is not names:
        return ""
    if type(error) is NameError and error.name in _known_names():
        return _not_run(error.name)
    if type(error) is ModuleNotFoundError and (error.name or "").partition(".")[0] in _ELSEWHERE:
        return _not_here((error.name or "").partition(".")[0], linecache.getline(frame.f_code.co_filename, line))
    missing = (error.name or "").partition(".")[0] if type(error) is ModuleNotFoundError else ""
    return _not_used(missing) if missing in _NOT_USED else ""


def _innermost(traceback: types.TracebackType | None) -> tuple[types.FrameType | None, int]:
    frame, line = None, 0
    while traceback is not None:
        frame, line = traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next
    return frame, line


def _known_names() -> set[str]:
    """What the course's notebooks define: their exercises, and what their first cells import."""
    exercises = (name for one in assignments() for name in one.checks)
    return {"np", *sys.modules["machine_room"].__all__, *exercises}


def _not_run(name: str) -> str:
    return say(
        "{name} is not there: the cell that makes it has not run since the kernel started, or it stopped "
        "before.\nRun the cells above first: Run > Run All Above Selected Cell. Then run this cell again.",
        name=name,
    )


def _not_used(package: str) -> str:
    return say(
        "{package} is not installed here, and not where your work is graded.\nThe exercises are to be written "
        "with NumPy and Python's own modules: take the import out.",
        package=package,
    )


def _not_here(package: str, line: str) -> str:
    """Say what to write in place of an import; word for word where the line is one that carries over."""
    title = {"tensorflow": "TensorFlow", "keras": "Keras"}[package]
    head = say(
        "{title} is not installed here. This course has Keras's names of its own, so change the import:", title=title
    )
    translated = _translated(line)
    lines = [f"    {line.strip()}  ->  {new}" for new in translated] or list(_TWO_LINES)
    return "\n".join([head, *lines, say("What comes after it can stay.")])


def _translated(line: str) -> list[str]:
    """Return the lines that import the same from this library; none where not all of it is here."""
    try:
        [statement] = ast.parse(line.strip()).body
    except (SyntaxError, ValueError):
        return []
    if isinstance(statement, ast.Import):
        found = [_plain_import(one) for one in statement.names]
    elif isinstance(statement, ast.ImportFrom):
        found = [_from_import(statement.module or "", statement.names)]
    else:
        return []
    return [] if "" in found else found


def _plain_import(one: ast.alias) -> str:
    """`import tensorflow as tf`, `import keras`, `import tensorflow.keras as keras`."""
    module, name = {"tensorflow": ("tf", one.asname or "tensorflow"), "keras": ("keras", one.asname or "keras")}.get(
        one.name, ("keras", one.asname or "") if one.name == "tensorflow.keras" else ("", "")
    )
    if not module or not name:
        return ""
    return f"from machine_room import {module}" + (f" as {name}" if name != module else "")


def _from_import(module: str, names: Iterable[ast.alias]) -> str:
    """`from tensorflow import keras`, `from tensorflow.keras.layers import Dense`, `from keras import layers`."""
    written = ", ".join(f"{one.name} as {one.asname}" if one.asname else one.name for one in names)
    if module == "tensorflow":
        return f"from machine_room import {written}" if all(one.name == "keras" for one in names) else ""
    inner = module.removeprefix("tensorflow.")
    return f"from machine_room.{inner} import {written}" if inner.partition(".")[0] == "keras" else ""
