"""A check without a single right answer: what the function did is measured, and worth a share of the points."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from machine_room.checks import symptoms
from machine_room.checks.diagnose import Outcome
from machine_room.checks.explain import quietly
from machine_room.checks.observe import Observation, observe
from machine_room.checks.raised import describe_error
from machine_room.checks.show import Message, not_written, score
from machine_room.exercises.exercise import VISIBLE_SEED, Case, Exercise, Score
from machine_room.progress_line import ProgressLine
from machine_room.translation import say

__all__ = ["Scored", "run_scored"]

MOST = 100_000  # entries of one result: ten times what the largest wrong one of the course has


@dataclass(frozen=True)
class Scored:
    """The share of the points, and what to say."""

    share: float
    outcome: Outcome
    mistake: str | None
    hint: str
    message: Message


def run_scored(exercise: Exercise, function: Callable[..., Any], seed: int | str, *, progress: bool = False) -> Scored:
    """Call the function in every case of the seed, and measure what it did by the exercise's `score`.

    Args:
        exercise, function, seed: what, whose, and in which cases.
        progress: show how many calls are done, of an exercise whose calls take long.
    """
    if exercise.score is None:
        raise ValueError(f"{exercise.name} has no score: its answers are compared with the reference")
    cases = exercise.draw(seed)
    observed: list[Observation] = []
    slowest = 0.0
    takes_long = exercise.call_seconds is not None
    line = ProgressLine(len(cases), "call") if progress and takes_long else None
    for done, case in enumerate(cases):
        if line is not None:
            line.show(done, {}, last=True)
        start = time.perf_counter()
        observed.append(observe(function, case, exercise.parameters, most=MOST, as_plain=exercise.as_plain))
        slowest = max(slowest, time.perf_counter() - start)
        if observed[-1].raised is not None:
            return _raised(exercise, observed)
    if line is not None:
        line.show(len(cases), {}, last=True)
    found = _score(exercise, cases, observed)
    return _told(exercise, _with_time(exercise, found, slowest) if seed == VISIBLE_SEED else found)


def _score(exercise: Exercise, cases: Sequence[Case], observed: Sequence[Observation]) -> Score:
    assert exercise.score is not None
    try:
        with quietly():
            return exercise.score(cases, observed)
    except Exception:  # what cannot be measured has reached nothing
        return Score(
            0.0,
            (say("{name}: not scored", name=exercise.name),),
            say("Your results are too unusual to be measured: print them."),
        )


def _with_time(exercise: Exercise, found: Score, slowest: float) -> Score:
    """Add a line where a call took longer than it should: grading has a limit, the check here has none."""
    if exercise.call_seconds is None or slowest <= exercise.call_seconds:
        return found
    words = say(
        "the slowest call took {slowest:.0f} s, {call_seconds:g} are meant: grading stops what is too slow",
        slowest=slowest,
        call_seconds=exercise.call_seconds,
    )
    return replace(found, lines=(*found.lines, words))


def _raised(exercise: Exercise, observed: Sequence[Observation]) -> Scored:
    error = observed[-1].raised
    assert error is not None
    if error.not_written:
        hint = symptoms.not_written(exercise, observed[-1:])
        return Scored(0.0, Outcome.MISSING, None, hint, not_written(hint))
    mistake = next((name for words, name in exercise.told_by_error.items() if words in error.message), None)
    if mistake is not None and error.type_name == "TypeError":
        return _told(exercise, Score(0.0, (say("{name}: not scored", name=exercise.name),), mistake=mistake))
    hint = describe_error(exercise, error)
    return Scored(0.0, Outcome.ERROR, None, hint, score(0.0, [say("{name}: not scored", name=exercise.name)], hint))


def _told(exercise: Exercise, found: Score) -> Scored:
    hints = {mistake.name: mistake.said for mistake in exercise.mistakes}
    hint = say(found.hint) if found.mistake is None else hints[found.mistake]
    outcome = Outcome.CORRECT if found.share == 1 else Outcome.WRONG
    return Scored(
        found.share, outcome, found.mistake, hint, score(found.share, [say(line) for line in found.lines], hint)
    )
