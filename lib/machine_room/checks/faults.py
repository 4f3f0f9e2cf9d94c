"""What is wrong with an answer, over all cases and what the check tries besides. It decides what the answer is worth.

An exercise's own cases come first, in their order. Only where all of them are right one is called once more, and only
where that is right, too, come the cases that the check makes (`further`): a wrong answer costs no more calls, and what
is said of it depends on the exercise alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from machine_room.checks.answers import Answers
from machine_room.checks.compare import Difference, Kind, differences
from machine_room.checks.explain import quietly
from machine_room.checks.further import in_other_order
from machine_room.checks.observe import Observation, enough, observe, same
from machine_room.exercises.exercise import Case, Exercise

__all__ = ["Faults", "faults"]

Failing = Mapping[int, Sequence[Difference]]


@dataclass(frozen=True)
class Faults:
    """What a function did in the cases, and what differs by index of the case; nothing where all is right."""

    answers: Answers
    observed: Sequence[Observation]
    failing: Failing


def faults(known: Answers, function: Callable[..., Any]) -> Faults:
    """Call the function in every case, and in those that the check makes where all of these are right."""
    observed = [_called(known, index, function) for index in range(len(known.cases))]
    compared = enumerate(zip(known.cases, known.expected, observed, strict=True))
    failing = {index: found for index, triple in compared if (found := _differences(known.exercise, *triple))}
    if failing:
        return Faults(known, observed, failing)
    late = _second_call(known, function, observed) or _of_luck(known, observed)
    if late is not None:
        return late
    more = known.with_further
    for index in range(len(known.cases), len(more.cases)):
        observed.append(_called(more, index, function))
        if found := _in_further(more, index, observed[-1]):
            failing[index] = found
    return Faults(more, observed, failing)


def _called(known: Answers, index: int, function: Callable[..., Any], *, quiet: bool = False) -> Observation:
    most = enough(known.expected[index].value)
    return observe(function, known.cases[index], known.exercise.parameters, quiet=quiet, most=most)


def _of_luck(known: Answers, observed: Sequence[Observation]) -> Faults | None:
    """Where random numbers are asked for, and every moment is right: are they drawn as asked?"""
    randomness = known.exercise.randomness
    said = "" if randomness is None else randomness(known.cases, [seen.value for seen in observed])
    return Faults(known, observed, {0: [Difference(Kind.CHANCE, yours=said)]}) if said else None


def _in_further(more: Answers, index: int, seen: Observation) -> list[Difference]:
    """What differs in a case that the check has made; of random results, only how they are built."""
    found = _differences(more.exercise, more.cases[index], more.expected[index], seen)
    if more.exercise.measure is None:
        return found
    return [one for one in found if one.kind not in (Kind.VALUES, Kind.UNLIKE)]


def _differences(exercise: Exercise, case: Case, expected: Observation, yours: Observation) -> list[Difference]:
    try:
        with quietly():
            return differences(exercise, case, expected, yours)
    except Exception:  # what cannot be compared with the right answer is none
        return [Difference(Kind.UNLIKE, yours=yours.value, expected=expected.value)]


def _second_call(known: Answers, function: Callable[..., Any], observed: Sequence[Observation]) -> Faults | None:
    """Call a case once more, after all others: what is kept between calls shows here; None where nothing does.

    Where no luck decides, its numbers are those of another seed, and its matrices lie in another order in memory: so an
    answer that is remembered shows as well, and one that goes by memory. Only where that call is wrong others tell
    the three apart.
    """
    index, other = known.again.index, known.again.other
    if known.exercise.measure is not None:
        follows = _follows_the_generator(known.expected, observed, seen := _called(known, 0, function, quiet=True))
        right = follows and _is_right(known, 0, seen)
        return None if right else Faults(known, observed, {0: [Difference(Kind.AGAIN)]})
    more = known if other is None else known.with_other_numbers()
    place = index if other is None else len(known.cases)
    if _is_right(more, place, _called_in_other_order(more, place, function)):
        return None
    if not _is_right(known, index, _called(known, index, function, quiet=True)):
        return Faults(known, observed, {index: [Difference(Kind.AGAIN)]})
    seen = _called(more, place, function, quiet=True)
    wrong = [] if other is None else _differences(more.exercise, more.cases[place], more.expected[place], seen)
    if not wrong:  # the order is at fault only where it is so again: an answer may lag behind by a call
        by_order = not _is_right(more, place, _called_in_other_order(more, place, function))
        return Faults(known, observed, {index: [Difference(Kind.ORDER if by_order else Kind.AGAIN)]})
    return Faults(more, [*observed, seen], {place: wrong})


def _called_in_other_order(known: Answers, index: int, function: Callable[..., Any]) -> Observation:
    case, most = in_other_order(known.cases[index]), enough(known.expected[index].value)
    return observe(function, case, known.exercise.parameters, quiet=True, most=most)


def _is_right(known: Answers, index: int, seen: Observation) -> bool:
    return not seen.raised and not _differences(known.exercise, known.cases[index], known.expected[index], seen)


def _follows_the_generator(
    expected: Sequence[Observation], observed: Sequence[Observation], again: Observation
) -> bool:
    """Tell whether a random result is the very same again for the same generator, and another one for another."""
    stuck = any(
        same(one.value, other.value) and not same(wanted.value, other_wanted.value)
        for (one, wanted), (other, other_wanted) in combinations(zip(observed, expected, strict=True), 2)
    )
    return not stuck and same(observed[0].value, again.value)
