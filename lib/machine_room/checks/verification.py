"""Test the tests of an exercise: its mistakes must be caught and named, its right answers must pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from machine_room.checks.answers import answers
from machine_room.checks.compare import agree
from machine_room.checks.run import VISIBLE_SEED, run_check
from machine_room.exercises.exercise import Exercise

__all__ = ["Verification", "verify_exercise"]


@dataclass(frozen=True)
class Verification:
    """What verifying one exercise found, over all seeds. Every tuple is empty where all is well.

    `uncaught` and `misnamed` hold (seed, mistake[, named instead]); `confused` pairs of mistakes that look alike on
    every case of a seed; `rejected` (seed, variant, why).
    """

    exercise: str
    mistakes: int
    variants: int
    seeds: int
    uncaught: tuple[tuple[int | str, str], ...]
    misnamed: tuple[tuple[int | str, str, str | None], ...]
    confused: tuple[tuple[int | str, str, str], ...]
    rejected: tuple[tuple[int | str, str, str], ...]

    @property
    def ok(self) -> bool:
        return not (self.uncaught or self.misnamed or self.confused or self.rejected)


def verify_exercise(exercise: Exercise, seeds: Iterable[int | str] = range(20)) -> Verification:
    """Run the whole bank against the visible cases and those of every seed."""
    all_seeds = (VISIBLE_SEED, *seeds)
    uncaught, misnamed, confused, rejected = [], [], [], []
    for seed in all_seeds:
        for right in (exercise.reference, *exercise.variants):
            result = run_check(exercise, right, seed=seed)
            if not result.passed:
                rejected.append((seed, right.__name__, result.hint or ""))
        for mistake in exercise.mistakes:
            result = run_check(exercise, mistake.function, seed=seed)
            if result.passed:
                uncaught.append((seed, mistake.name))
            elif result.mistake != mistake.name or result.hint != mistake.hint:
                misnamed.append((seed, mistake.name, result.mistake))
        known = answers(exercise, seed)
        for (one, one_did), (other, other_did) in combinations(known.mistaken, 2):
            if all(agree(exercise, *triple) for triple in zip(known.cases, one_did, other_did, strict=True)):
                confused.append((seed, one.name, other.name))
    return Verification(
        exercise.name,
        len(exercise.mistakes),
        len(exercise.variants),
        len(all_seeds),
        tuple(uncaught),
        tuple(misnamed),
        tuple(confused),
        tuple(rejected),
    )
