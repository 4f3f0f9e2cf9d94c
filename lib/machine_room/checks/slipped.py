"""What a wrong answer comes to: a right formula with one slip, or with two; or two known mistakes together.

Every claim has been tried: with those slips our function gives the student's numbers in every case. The sentence says
no more. No call of the student's function is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, islice
from typing import Any

import numpy as np

from machine_room.checks.answers import Answers
from machine_room.checks.compare import is_numeric, value_differences
from machine_room.checks.evidence import Evidence
from machine_room.checks.matches import praises
from machine_room.checks.observe import Observation, fresh, observe, plain
from machine_room.checks.slips import Slip, Switched, switched
from machine_room.exercises.exercise import Case, Mistake
from machine_room.translation import say

__all__ = ["Found", "one_slip", "two_mistakes", "two_slips"]

MOST_TRIES = 1_000  # calls of ours, for one clue
MOST_OTHERS = 2  # second mistakes that fit equally and are both told


@dataclass(frozen=True)
class Found:
    """What gives the same numbers: slips, in words; or known mistakes, and what may be besides: one of `others`."""

    words: tuple[str, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    others: tuple[Mistake, ...] = ()

    @property
    def sentence(self) -> str:
        """What to say; it has been tried in every case."""
        if self.mistakes:
            others = self.others or self.mistakes[1:]
            between = say("Or, which gives the same numbers:")
            besides = f" {between} ".join(mistake.said for mistake in others)
            besides = besides or "".join(f"{say(words)}." for words in self.words)
            if not besides:
                return say("{hint} A second thing is wrong besides.", hint=self.mistakes[0].said)
            return say("{hint} A second thing is wrong besides: {besides}", hint=self.mistakes[0].said, besides=besides)
        if len(self.words) == 1:
            return say("Your numbers are those of a right formula with one slip: {slip}.", slip=self.words[0])
        one, other = self.words
        return say(
            "Your numbers are those of a right formula with two slips: {one}; and {other}.", one=one, other=other
        )


@dataclass(frozen=True)
class _Wanted:
    """Wrong numbers, case by case; `order` has the cases, a small wrong one first."""

    answers: Answers
    observed: Sequence[Observation]
    order: Sequence[int]

    def is_given_by(self, formula: Switched, *slips: Slip) -> bool:
        """Tell whether a formula with these slips gives the numbers in every case."""
        with formula.with_slips(*slips) as function:
            first = self.order[0]
            return self._same(first, _value(function, self.answers.cases[first])) and all(
                self._agrees(function, index) for index in self.order
            )

    def _agrees(self, function: Any, index: int) -> bool:
        seen = observe(function, self.answers.cases[index], self.answers.exercise.parameters, quiet=True)
        return seen.raised is None and self._same(index, seen.value)

    def _same(self, index: int, value: Any) -> bool:
        case, yours = self.answers.cases[index], self.observed[index].value
        return value is not None and not any(value_differences(self.answers.exercise, case, yours, value))


def _value(function: Any, case: Case) -> Any:
    """Call with nothing around it, for nearly every formula fails here; None where a slip breaks something."""
    try:
        with np.errstate(all="ignore"):
            return plain(
                function(*map(fresh, case.args), **{name: fresh(value) for name, value in case.kwargs.items()})
            )
    except Exception:
        return None


def _wanted(evidence: Evidence) -> _Wanted | None:
    """None where numbers are random, or an error hides some of them."""
    random = evidence.exercise.measure is not None or evidence.exercise.randomness is not None
    if random or any(seen.raised is not None for seen in evidence.observed):
        return None
    cases = evidence.answers.cases
    order = sorted(range(len(cases)), key=lambda index: (index not in evidence.failing, cases[index].size))
    return _Wanted(evidence.answers, evidence.observed, order)


def _right_formulas(answers: Answers) -> list[Switched]:
    """The right answers that we have the source of, the plainest first."""
    formulas = [made for one in answers.exercise.variants if (made := switched(one)) is not None]
    return sorted(formulas, key=lambda formula: len(formula.slips))


def one_slip(evidence: Evidence) -> Found | None:
    """Return the slip with which a right formula gives the student's numbers; of several, the most telling."""
    wanted = _wanted(evidence)
    if wanted is None:
        return None
    tries = [(slip.vague, formula, slip) for formula in _right_formulas(evidence.answers) for slip in formula.slips]
    tries.sort(key=lambda each: each[0])
    fitting = (slip for _, formula, slip in tries[:MOST_TRIES] if wanted.is_given_by(formula, slip))
    slip = next(fitting, None)
    return None if slip is None else Found((slip.words,))


def two_slips(evidence: Evidence) -> Found | None:
    """Return two slips with which a right formula gives the student's numbers; told where the words say enough."""
    wanted = _wanted(evidence)
    if wanted is None:
        return None
    pairs = (
        (formula, *pair)
        for formula in _right_formulas(evidence.answers)
        for pair in combinations(sorted(formula.slips, key=lambda slip: slip.vague), 2)
    )
    for formula, one, other in islice(pairs, MOST_TRIES):
        if one.place != other.place and wanted.is_given_by(formula, one, other):
            return Found((one.words, other.words))
    return None


def two_mistakes(evidence: Evidence) -> Found | None:
    """Return two known mistakes that give the student's numbers together; of several pairs, the one that all share.

    The second is a slip in the first one's formula which alone, in a right formula, is a known mistake. Where one of
    them is wrong alone, the student's numbers must be wrong, too: else the other has undone it.
    """
    wanted = _wanted(evidence)
    if wanted is None:
        return None
    possible = {one.name: one for one, known in evidence.answers.mistaken if _wrong_here(evidence, known)}
    second = _slips_that_are_known(evidence.answers)
    pairs: dict[frozenset[str], str] = {}
    for mistake, formula, slip in islice(_beside(possible.values(), second), MOST_TRIES):
        others = [name for name in second[slip.words] if name in possible and name != mistake.name]
        if others and wanted.is_given_by(formula, slip):
            pairs |= {frozenset((mistake.name, name)): slip.words for name in others}
    shared = frozenset.intersection(*pairs) if pairs else frozenset()
    told = [one for name, one in possible.items() if any(name in pair for pair in pairs) and not praises(one)]
    sure = tuple(one for one in told if one.name in shared)
    either = tuple(one for one in told if one.name not in shared) if len(pairs) == MOST_OTHERS else ()
    words = tuple(pairs.values()) if len(pairs) == 1 else ()
    return Found(words, sure, either) if sure else None


def _wrong_here(evidence: Evidence, known: Sequence[Observation]) -> bool:
    """Tell whether a mistake spoils values, and none in a case, or a part of the result, that is right here."""
    spoils = False
    for index, expected in enumerate(evidence.answers.expected):
        case, seen = evidence.answers.cases[index], known[index]
        if seen.raised is not None:
            return False
        spoiled = {one.part for one in value_differences(evidence.exercise, case, expected.value, seen.value)}
        if not spoiled <= {one.part for one in evidence.failing.get(index, ())}:
            return False
        spoils = spoils or bool(spoiled)
    return spoils


def _beside(
    possible: Iterable[Mistake], second: Mapping[str, Sequence[str]]
) -> Iterator[tuple[Mistake, Switched, Slip]]:
    for mistake in possible:
        formula = switched(mistake.function)
        for slip in formula.slips if formula is not None else ():
            if slip.words in second and formula is not None:
                yield mistake, formula, slip


@lru_cache(maxsize=64)
def _slips_that_are_known(answers: Answers) -> dict[str, list[str]]:
    """Return the slips by their words, with the names of the known mistakes that a right formula makes with them."""
    prints: dict[tuple[int, Any], list[tuple[str, _Wanted]]] = {}
    for mistake, known in answers.mistaken:
        wanted = _of_a_mistake(answers, known)
        if wanted is not None:
            first = wanted.order[0]
            prints.setdefault((first, _print(known[first].value)), []).append((mistake.name, wanted))
    found: dict[str, list[str]] = {}
    for formula in _right_formulas(answers):
        for slip in formula.slips:
            for name, wanted in _alike(answers, formula, slip, prints):
                if name not in found.get(slip.words, ()) and wanted.is_given_by(formula, slip):
                    found.setdefault(slip.words, []).append(name)
    return found


def _of_a_mistake(answers: Answers, known: Sequence[Observation]) -> _Wanted | None:
    if any(seen.raised is not None for seen in known):
        return None
    wrong = [
        index
        for index, (case, expected) in enumerate(zip(answers.cases, answers.expected, strict=True))
        if any(value_differences(answers.exercise, case, expected.value, known[index].value))
    ]
    return _Wanted(answers, known, sorted(range(len(known)), key=lambda i: (i not in wrong, i))) if wrong else None


def _alike(
    answers: Answers, formula: Switched, slip: Slip, prints: Mapping[tuple[int, Any], list[tuple[str, _Wanted]]]
) -> list[tuple[str, _Wanted]]:
    """The mistakes whose first wrong case looks as this slip makes it."""
    found = []
    with formula.with_slips(slip) as function:
        for index in {index for index, _ in prints}:
            value = _value(function, answers.cases[index])
            found += prints.get((index, _print(value)), []) if value is not None else []
    return found


def _print(value: Any) -> Any:
    """A result in a form that finds its like in a dict: its numbers to five digits."""
    if isinstance(value, dict):
        return tuple((key, _print(item)) for key, item in value.items())
    if isinstance(value, (tuple, list)):
        return tuple(map(_print, value))
    if not is_numeric(value):
        return repr(value)
    return tuple(f"{number:.5g}" for number in np.ravel(value)[:4].tolist())
