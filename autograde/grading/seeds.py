"""The secret seed of a course: tested when it is drawn, so that bad luck is found before anybody is graded with it.

Where a result is random, a hidden check decides by odds. It rejects honest work less often than once in 10^9 checks
(`machine_room.exercises.randomness`), but a seed is drawn once and then decides about a whole class. So a seed must let
every right answer pass that the course knows: each exercise's reference and its other right ways, in all assignments
of the course. That takes 1.5 seconds of processor time for the whole course, once; `train_and_read`, which trains, is
among them.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from machine_room.checks import run_check
from machine_room.exercises import of_assignment
from machine_room.exercises.exercise import Exercise

from ..contract.failures import CourseError
from ..contract.names import of_error
from ..course.folder import Course

__all__ = ["DRAWS", "Rejected", "rejected", "seed_for"]

DRAWS = 10  # as many seeds in a row are rejected by a fault in a check, and not by luck


@dataclass(frozen=True)
class Rejected:
    """A right answer that a hidden check does not take."""

    exercise: str
    answer: str  # the name of the function
    why: str

    def __str__(self) -> str:
        return f"the hidden check of {self.exercise} rejects the right answer {self.answer} ({self.why.rstrip('.')})"


def seed_for(course: Course, assignment: str) -> int:
    """The seed that an assignment's hidden inputs are drawn from; drawn and tested if the course has none.

    One that is there, restored from a backup or drawn before the assignment was built, is tested before the
    assignment's first verdict. After that it stands.

    Raises:
        CourseError: the seed does not do, or no seed does, or there is no number in its file.
    """
    if not course.has_seed():
        return course.keep_seed(_drawn({assignment, *course.assignments()}))
    seed = course.seed()
    if not _has_verdicts(course, assignment) and (found := rejected([assignment], seed)):
        raise CourseError(
            f"With the seed in {course.root / '.autograde' / 'seed'} {found}. Nothing of {assignment} was graded with "
            "it yet. Delete that file to draw another one; other work whose feedback is not out is then graded anew."
        )
    return seed


def _has_verdicts(course: Course, assignment: str) -> bool:
    return any(course.journal(assignment, path.stem).exists() for path in course.masters(assignment))


def _drawn(assignments: Iterable[str]) -> int:
    tested = sorted(assignments)
    for _ in range(DRAWS):
        seed = secrets.randbits(63)
        if (found := rejected(tested, seed)) is None:
            return seed
    raise CourseError(
        f"{DRAWS} seeds in a row do not do: with the last one {found}. That is no luck but a fault in the check: "
        f"`autograde verify` says more. Nobody was graded."
    )


def rejected(assignments: Iterable[str], seed: int) -> Rejected | None:
    """The first right answer of these assignments that does not pass with the seed; None if all do."""
    for exercise in _exercises(assignments):
        for answer in (exercise.reference, *exercise.variants):
            if why := _rejection(exercise, answer, seed):
                return Rejected(exercise.name, answer.__name__, why)
    return None


def _exercises(assignments: Iterable[str]) -> Iterator[Exercise]:
    for assignment in assignments:
        try:
            yield from of_assignment(assignment)
        except LookupError:  # of a course's own, without checks of ours: no seed concerns it
            continue


def _rejection(exercise: Exercise, answer: Callable[..., Any], seed: int) -> str:
    try:
        result = run_check(exercise, answer, seed=seed, hidden=True)
    except Exception as error:  # with this seed it would be everybody's grader error
        return of_error(error)
    return "" if result.passed else result.hint or result.outcome
