"""What is known about a wrong answer, and the student's function, to be asked for more: so often, and no oftener."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from machine_room.checks.answers import Answers
from machine_room.checks.compare import Difference, differences
from machine_room.checks.observe import Observation, enough, observe
from machine_room.exercises.exercise import Case, Exercise

__all__ = ["Diagnosis", "Evidence", "Later", "Spent", "Trials"]

MOST_CALLS = 150  # of the student's function, to explain one wrong answer


class Spent(Exception):
    """The function was called as often as one explanation may."""


class Later:
    """Stands in for a function that may not be called now; `wanted` tells whether an explanation would call it."""

    def __init__(self) -> None:
        self.wanted = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.wanted = True
        raise RuntimeError("not now")  # explanations take this for a function that fails, and go on without


@dataclass(frozen=True)
class Diagnosis:
    """What to tell, in steps; a step that has nothing to say is empty.

    Args:
        seen: what was observed: where the answer is wrong, how.
        idea: what is behind it.
        mistake: its name, where it is a known one.
    """

    seen: str = ""
    idea: str = ""
    mistake: str | None = None

    @property
    def hint(self) -> str:
        """The most telling of the two in one text."""
        return self.idea or self.seen


class Trials:
    """The student's function, called again on numbers of our choice, and held against the reference."""

    def __init__(self, exercise: Exercise, function: Callable[..., Any], calls: int = MOST_CALLS) -> None:
        self.exercise = exercise
        self.function = function
        self.left = calls

    def did(self, case: Case, function: Callable[..., Any] | None = None, *, most: int) -> Observation:
        """Return what the function, or a form of it, does in a case; of a result, so many entries at most.

        Raises:
            Spent: it has been called often enough.
        """
        self.left -= 1
        if self.left < 0:
            raise Spent
        return observe(function or self.function, case, self.exercise.parameters, quiet=True, most=most)

    def asked(self, case: Case) -> Observation:
        """Return what the reference does in a case."""
        return observe(self.exercise.reference, case, self.exercise.parameters, quiet=True)

    def is_right(self, case: Case, function: Callable[..., Any] | None = None) -> bool:
        """Tell whether the function, or a form of it, is right in a case that the reference can answer."""
        expected = self.asked(case)
        if expected.raised is not None:
            return False
        return not differences(self.exercise, case, expected, self.did(case, function, most=enough(expected.value)))

    def are_right(self, cases: Sequence[Case], function: Callable[..., Any] | None = None) -> bool:
        """Tell whether it is right in all of the cases, of which there is one at least."""
        return bool(cases) and all(self.is_right(case, function) for case in cases)


@dataclass(frozen=True)
class Evidence:
    """What was asked for, what came, what differs by index of the case; no `trials` where nothing may be called."""

    answers: Answers
    observed: Sequence[Observation]
    failing: Mapping[int, Sequence[Difference]]
    shown: int
    trials: Trials | None = None

    @property
    def exercise(self) -> Exercise:
        return self.answers.exercise

    @property
    def enough(self) -> int:
        """How many entries a result like that of the case that is shown may have."""
        return enough(self.answers.expected[self.shown].value)

    @property
    def wrong_cases(self) -> list[Case]:
        """The cases in which something differs, the smallest first."""
        return sorted((self.answers.cases[index] for index in self.failing), key=lambda case: case.size)

    def of(self, function: Callable[..., Any]) -> Evidence | None:
        """The same of another form of the function, or None where that is right everywhere."""
        assert self.trials is not None
        trials = Trials(self.exercise, function)
        trials.left = self.trials.left
        observed = [
            trials.did(case, most=enough(right.value))
            for case, right in zip(self.answers.cases, self.answers.expected, strict=True)
        ]
        self.trials.left = trials.left
        compared = enumerate(zip(self.answers.cases, self.answers.expected, observed, strict=True))
        failing = {index: found for index, triple in compared if (found := differences(self.exercise, *triple))}
        if not failing:
            return None
        shown = self.shown if self.shown in failing else min(failing)
        return replace(self, observed=observed, failing=failing, shown=shown, trials=trials)
