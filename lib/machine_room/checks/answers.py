"""The cases of one exercise and seed, with what the reference and every known mistake answer: worked out once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache

from machine_room.checks.further import Again, Further, Trial, again, further
from machine_room.checks.observe import Observation, observe
from machine_room.exercises.exercise import Case, Exercise, Mistake

__all__ = ["Answers", "answers"]


class Answers:
    """Expected and known wrong answers. The cases are never handed out: each call gets copies."""

    def __init__(
        self, exercise: Exercise, seed: int | str, cases: Sequence[Case], more: Sequence[Further] = ()
    ) -> None:
        self.exercise = exercise
        self.seed = seed
        self.cases = (*cases, *(one.case for one in more))
        self.trials = tuple(one.trial for one in more)  # what the last cases try, which the check has made
        own = (observe(exercise.reference, case, exercise.parameters, quiet=True) for case in cases)
        self.expected = (*own, *(one.expected for one in more))
        for case, observation in zip(self.cases, self.expected, strict=True):
            if observation.raised is not None:
                raise RuntimeError(
                    f"{exercise.name}: the reference itself fails on {case.description!r}: "
                    f"{observation.raised.type_name}: {observation.raised.message}"
                )

    @cached_property
    def with_further(self) -> Answers:
        """The same cases, and after them those that the check makes of them."""
        return Answers(self.exercise, self.seed, self.cases, further(self.exercise, self.cases))

    @cached_property
    def again(self) -> Again:
        """What is called once more after all cases."""
        return again(self.exercise, self.cases, self.exercise.draw(f"{self.seed}, again"))

    def with_other_numbers(self) -> Answers:
        """The same cases, and after them the one that has other numbers."""
        return Answers(self.exercise, self.seed, self.cases, [self.again.other] if self.again.other else [])

    def trial(self, index: int) -> Trial | None:
        """Return what a case tries that the check has made; None of the exercise's own."""
        own = len(self.cases) - len(self.trials)
        return self.trials[index - own] if index >= own else None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What each case tests, no two the same; of the same exercise the same with every seed."""
        found: list[str] = []
        described = [case.description for case in self.cases]
        for case in self.cases:
            same = described.count(case.description) > 1
            name = f"{case.description}, with {', '.join(case.kwargs)}" if same and case.kwargs else case.description
            count = sum(other == name or other.startswith(f"{name} (") for other in found)
            found.append(f"{name} ({count + 1})" if count else name)
        return tuple(found)

    @cached_property
    def mistaken(self) -> list[tuple[Mistake, tuple[Observation, ...]]]:
        """What each known mistake answers, in the order they were declared."""
        return [
            (
                mistake,
                tuple(observe(mistake.function, case, self.exercise.parameters, quiet=True) for case in self.cases),
            )
            for mistake in self.exercise.mistakes
        ]


@lru_cache(maxsize=256)
def _cached(exercise: Exercise, seed: int | str, _mistakes: int) -> Answers:
    return Answers(exercise, seed, exercise.draw(seed))


def answers(exercise: Exercise, seed: int | str) -> Answers:
    """Return the answers of an exercise and seed; a class of hundreds is graded on one set."""
    return _cached(exercise, seed, len(exercise.mistakes))
