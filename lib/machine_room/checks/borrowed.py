"""Whether a function that passes takes its answer from the library, which does not have it where work is graded.

*Called by* `check` in a notebook alone, where the function is the author's own, and only once it has passed: a note can
then take nothing from right work. The function is called once more on each case, watched by a profiler; what is looked
for is what grading would refuse, the code of a withheld name being run. Source is not read, so however the library's
function was reached, through a name, a method or a copy of the module, it is found; its text typed off is not.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from types import CodeType, FrameType, FunctionType
from typing import Any

from machine_room.checks.observe import Counted, observe
from machine_room.exercises import section_holding
from machine_room.exercises.exercise import VISIBLE_SEED, Exercise
from machine_room.packages import full_name, packages
from machine_room.translation import say

__all__ = ["borrowed_from", "borrowed_sentence"]

_MOST_SECONDS = 1.0  # of all watched calls together


def borrowed_sentence(exercise: Exercise, function: object) -> str:
    """Return what to tell who hands in the library's answer; empty for work of one's own."""
    source = borrowed_from(exercise, function)
    if not source:
        return ""
    return say(
        "{name}: the numbers are right, but they are the library's. `{source}` is not there when your work "
        "is graded, so this earns nothing there. Read how the library does it, and write it yourself.",
        name=exercise.name,
        source=source,
    )


def borrowed_from(exercise: Exercise, function: object) -> str:
    """Return the dotted name of what of the library the function runs and grading withholds; empty where it is none."""
    withheld = _withheld(section_holding(exercise))
    own = _of_the_library(function)
    if own:
        return own
    if not callable(function):
        return ""
    cases = sorted(exercise.draw(VISIBLE_SEED), key=lambda case: case.size)  # before: drawing them may use the library
    watch = _Watch(withheld, until=time.process_time() + _MOST_SECONDS)
    with contextlib.suppress(_EnoughSeen), watch:
        for case in cases:
            observe(function, case, exercise.parameters, quiet=True)
    return watch.found


def _of_the_library(function: object) -> str:
    """`relu = machine_room.relu`: the function is not the student's at all."""
    if type(function) is not FunctionType:
        return ""
    module = dict.get(function.__globals__, "__name__")
    ours = type(module) is str and module.partition(".")[0] in packages()
    return f"{module}.{function.__code__.co_name}" if ours else ""


class _EnoughSeen(BaseException):
    """Ends a watched call: something was found, or it takes long, as where a network is trained."""


class _Watch:
    """While it is open, ends the call at the first withheld code that runs in this thread, or when its time is over.

    Code that a function of the case's runs is none of the student's: in grading that is there.
    """

    def __init__(self, withheld: dict[int, str], *, until: float) -> None:
        self._withheld = withheld
        self._until = until
        self.found = ""

    def __enter__(self) -> _Watch:
        self._before = sys.getprofile()
        sys.setprofile(self._see)
        return self

    def __exit__(self, *error: object) -> None:
        sys.setprofile(self._before)

    def _see(self, frame: FrameType, event: str, argument: Any) -> None:
        if event != "call":
            return
        name = self._withheld.get(id(frame.f_code), "")
        if name and not _handed_in_by_the_case(frame):
            self.found = name
        if self.found or time.process_time() > self._until:
            raise _EnoughSeen


def _handed_in_by_the_case(frame: FrameType | None) -> bool:
    """Tell whether a frame was called by a function that the case gave as an argument."""
    while frame is not None:
        if frame.f_code is Counted.__call__.__code__:
            return True
        frame = frame.f_back
    return False


@cache
def _withheld(exercises: tuple[Exercise, ...]) -> dict[int, str]:
    """The dotted names of all that is not there while these exercises are graded, by the id of their code.

    By its id, because codes that look alike are equal.
    """
    dotted = [full_name(name) for exercise in exercises for name in exercise.withheld]
    found = {id(code): name for name in dotted for code in _codes(_find(name))}
    for exercise in exercises:  # wherever it stands: of a room of exercises nothing is there
        name = f"{exercise.reference.__module__}.{exercise.name}"
        found.update((id(code), name) for code in _codes(exercise.reference) if id(code) not in found)
    return found


def _find(dotted: str) -> Any:
    """What a full name stands for: the module is its longest beginning that is one."""
    parts = dotted.split(".")
    for length in range(len(parts) - 1, 0, -1):
        try:
            found: Any = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            found = vars(found)[part]
        return found
    raise LookupError(f"there is no {dotted}")


def _codes(value: Any) -> Iterator[CodeType]:
    """The code of a function, of a property, of all of a class."""
    wrapped: Callable[..., Any] | None = getattr(value, "__wrapped__", None)
    if wrapped is not None:
        yield from _codes(wrapped)
    if isinstance(value, FunctionType):
        yield value.__code__
    elif isinstance(value, property):
        yield from (code for part in (value.fget, value.fset) if part is not None for code in _codes(part))
    elif isinstance(value, staticmethod | classmethod):
        yield from _codes(value.__func__)
    elif isinstance(value, type):
        yield from (code for each in vars(value).values() if not isinstance(each, type) for code in _codes(each))
