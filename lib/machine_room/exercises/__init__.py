"""The exercises of the course: one module per section, found by name or by assignment."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from machine_room.exercises.exercise import Case, Curve, Exercise, Mistake

__all__ = ["Case", "Curve", "Exercise", "Mistake", "all_exercises", "assignments", "find", "of_assignment"]

# To add a section: one line here, and a package beside this one that declares its EXERCISES in the notebook's order.
MODULES = {
    "01-backprop": "backprop",
    "02-activations": "activations",
    "03-optimizers": "optimizers",
    "04-schedules": "schedules",
    "05-regularization": "regularization",
    "06-make-it-better": "make_it_better",
}


def assignments() -> tuple[str, ...]:
    """Return the names of the assignments that have exercises, in the course's order."""
    return tuple(MODULES)


@cache
def of_assignment(assignment: str) -> tuple[Exercise, ...]:
    """Return the exercises of one assignment, in the notebook's order.

    Raises:
        LookupError: there is no such assignment.

    Example:
        >>> [exercise.name for exercise in of_assignment("01-backprop")][:2]
        ['forward_difference', 'numerical_gradient']
    """
    if assignment not in MODULES:
        raise LookupError(f"no assignment {assignment!r} has exercises: choose one of {', '.join(MODULES)}")
    module = import_module(f"machine_room.exercises.{MODULES[assignment]}")
    exercises: tuple[Exercise, ...] = module.EXERCISES
    return exercises


@cache
def all_exercises() -> tuple[Exercise, ...]:
    """Return every exercise of the course, in its order."""
    return tuple(exercise for assignment in MODULES for exercise in of_assignment(assignment))


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
    advice = f"did you mean {near[0]}?" if near else f"the exercises are {', '.join(by_name)}"
    raise LookupError(f"no exercise is called {name!r}: {advice}")
