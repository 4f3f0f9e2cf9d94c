"""The exercises of the course: one module per section, found by name or by assignment.

A section is a module or package beside this file that has its EXERCISES, in the notebook's order; the packages of a
course's own have theirs in a room of the same name (`machine_room.packages`).
"""

from __future__ import annotations

from importlib import import_module

from machine_room.exercises.exercise import Case, Curve, Exercise, Mistake
from machine_room.notebook import points
from machine_room.packages import packages, remembered, section_of, sections
from machine_room.translation import say

__all__ = [
    "Case",
    "Curve",
    "Exercise",
    "Mistake",
    "UnknownAssignment",
    "all_exercises",
    "assignments",
    "find",
    "of_assignment",
    "section_holding",
]


class UnknownAssignment(LookupError):
    """No package of the course has exercises for an assignment of this name."""


def assignments() -> tuple[str, ...]:
    """Return the names of the assignments that have exercises, in the course's order."""
    return tuple(one.name for one in points.assignments() if _declared(packages(), section_of(one.name)) is not None)


def of_assignment(assignment: str) -> tuple[Exercise, ...]:
    """Return the exercises of one assignment, in the notebook's order: of the first package that has such a section.

    Raises:
        UnknownAssignment: there is no such assignment.

    Example:
        >>> [exercise.name for exercise in of_assignment("01-backprop")][:2]
        ['forward_difference', 'numerical_gradient']
    """
    found = _declared(packages(), section_of(assignment))
    if found is None:
        raise UnknownAssignment(f"no assignment {assignment!r} has exercises: choose one of {', '.join(assignments())}")
    return found


@remembered
def _declared(among: tuple[str, ...], section: str) -> tuple[Exercise, ...] | None:
    for package in among if section else ():
        if section in sections(package, "exercises"):
            exercises: tuple[Exercise, ...] | None = getattr(
                import_module(f"{package}.exercises.{section}"), "EXERCISES", None
            )
            if exercises is not None:
                return tuple(exercises)
    return None


def all_exercises() -> tuple[Exercise, ...]:
    """Return every exercise, in the course's order; of two with one name the one of the course's own package."""
    return tuple(_by_name(packages(), tuple(one.name for one in points.assignments())).values())


@remembered
def _by_name(among: tuple[str, ...], course: tuple[str, ...]) -> dict[str, Exercise]:
    order = {section_of(assignment): place for place, assignment in enumerate(course)}
    found: dict[str, Exercise] = {}
    for package in among:
        there = sorted(sections(package, "exercises"), key=lambda section: (order.get(section, len(order)), section))
        for section in there:
            for exercise in _declared((package,), section) or ():
                found.setdefault(exercise.name, exercise)
    return found


def section_holding(exercise: Exercise) -> tuple[Exercise, ...]:
    """Return all exercises of the section that declares this one; none where no section does.

    Args:
        exercise: the very object.

    Example:
        >>> len(section_holding(find("relative_error")))
        12
    """
    for package in packages():
        for section in sections(package, "exercises"):
            found = _declared((package,), section) or ()
            if exercise in found:
                return found
    return ()


def find(name: str) -> Exercise:
    """Return the exercise that asks for the function `name`.

    Raises:
        LookupError: there is none; the message names the nearest.

    Example:
        >>> find("relative_error").parameters
        ('a', 'b')
    """
    by_name = {exercise.name: exercise for exercise in all_exercises()}
    if name in by_name:
        return by_name[name]
    import difflib

    near = difflib.get_close_matches(name, by_name, n=1, cutoff=0.5)
    if near:
        raise LookupError(say("no exercise is called {name!r}: did you mean {near}?", name=name, near=near[0]))
    raise LookupError(
        say("no exercise is called {name!r}: the exercises are {names}", name=name, names=", ".join(by_name))
    )
