"""Which of an exercise's known mistakes an answer is: in every case, or in all that the mistake changes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Any

import numpy as np

from machine_room.checks.answers import Answers
from machine_room.checks.compare import Difference, Kind, agree, is_numeric, part_agrees, parts, value_differences
from machine_room.checks.observe import Observation
from machine_room.exercises.exercise import Mistake

__all__ = ["part_match", "praises", "whole_match"]


def whole_match(answers: Answers, observed: Sequence[Observation], said: str | None = None) -> Mistake | None:
    """Return the known mistake that did the same in every case.

    Random results agree in their moments, right ones too: there the numbers must be wrong, or wrong by the same chance.
    """
    for mistake, known in answers.mistaken:
        if said is not None and not _same_chance(answers, known, said):
            continue
        pairs = list(zip(answers.cases, known, observed, strict=True))
        if all(agree(answers.exercise, case, one, other) for case, one, other in pairs) and (
            _shows_in_values(answers, known) or all(_same_message(one, other) for _, one, other in pairs)
        ):
            return mistake
    return None


def _shows_in_values(answers: Answers, known: Sequence[Observation]) -> bool:
    """Tell whether a mistake gives a wrong result somewhere, not only an error: a TypeError may have many causes."""
    return any(
        seen.raised is None and not agree(answers.exercise, case, expected, seen)
        for case, expected, seen in zip(answers.cases, answers.expected, known, strict=True)
    )


def _same_message(one: Observation, other: Observation) -> bool:
    return one.raised is None or (other.raised is not None and one.raised.message == other.raised.message)


def _same_chance(answers: Answers, known: Sequence[Observation], said: str) -> bool:
    randomness = answers.exercise.randomness
    if randomness is None or any(one.raised is not None for one in known):
        return False
    return randomness(answers.cases, [one.value for one in known]) == said


def part_match(
    answers: Answers, observed: Sequence[Observation], failing: Mapping[int, Sequence[Difference]]
) -> tuple[Mistake, tuple[str, ...]] | None:
    """Return the known mistake that explains some parts of the result in every case, and the other parts that differ.

    So two mistakes made together are named one after the other. All parts that the mistake changes must be as it makes
    them: where one of them is otherwise, its hint might be half true.
    """
    wrong = list(dict.fromkeys(d.part for found in failing.values() for d in found if d.kind in _OF_PARTS))
    for mistake, known in answers.mistaken:
        spoiled = _spoiled(answers, known)
        if not spoiled or not set(spoiled) < set(wrong) or _only_reorders(answers, known) or praises(mistake):
            continue
        if all(_explains(answers, part, known, observed) for part in spoiled):
            return mistake, tuple(part for part in wrong if part not in spoiled)
    return None


_OF_PARTS = (Kind.VALUES, Kind.SHAPE, Kind.DTYPE)
MOST_PARTS = 4  # whose orders are tried


def praises(mistake: Mistake) -> bool:
    """Tell whether a hint says that something is right: true of the mistake alone, not of it and another one."""
    return re.search(r"\b(is|are) (right|corrected|mended)\b|still there", mistake.hint) is not None


def _spoiled(answers: Answers, known: Sequence[Observation]) -> list[str]:
    """The parts of the result that a mistake makes wrong in two cases at least, or in one with several numbers.

    None where it makes one wrong less often: that a single number agrees says little.
    """
    exercise = answers.exercise
    cases, numbers = dict[str, int](), dict[str, int]()
    for case, expected, one in zip(answers.cases, answers.expected, known, strict=True):
        if one.raised is not None:
            return []
        right, ours = (parts(exercise, seen.value, expected.value) for seen in (expected, one))
        for part, value in right.items():
            if part not in ours or not part_agrees(exercise, case, part, value, ours[part]):
                cases[part] = cases.get(part, 0) + 1
                numbers[part] = numbers.get(part, 0) + int(np.size(value) if is_numeric(value) else 1)
    return list(cases) if all(cases[part] > 1 or numbers[part] > 2 for part in cases) else []


def _only_reorders(answers: Answers, known: Sequence[Observation]) -> bool:
    """Tell whether a mistake returns right numbers in another order: its hint speaks of all parts."""
    values = [
        (case, expected.value, one.value)
        for case, expected, one in zip(answers.cases, answers.expected, known, strict=True)
    ]
    first = values[0][1]
    if type(first) is not tuple or len(first) > MOST_PARTS:
        return False
    return any(
        all(
            type(ours) in (tuple, list)
            and len(ours) == len(order)
            and not any(value_differences(answers.exercise, case, right, tuple(ours[place] for place in order)))
            for case, right, ours in values
        )
        for order in list(permutations(range(len(first))))[1:]
    )


def _is_cut_off(right: Any, theirs: Any) -> bool:
    if not is_numeric(right) or not is_numeric(theirs):
        return False
    right, theirs = np.asarray(right), np.asarray(theirs)
    whole = theirs.dtype.kind in "iu" and right.dtype.kind == "f" and right.shape == theirs.shape
    return whole and np.array_equal(np.trunc(right), theirs)


def _explains(answers: Answers, part: str, known: Sequence[Observation], observed: Sequence[Observation]) -> bool:
    exercise, differs = answers.exercise, False
    for case, expected, one, other in zip(answers.cases, answers.expected, known, observed, strict=True):
        right = parts(exercise, expected.value, expected.value)
        ours, theirs = parts(exercise, one.value, expected.value), parts(exercise, other.value, expected.value)
        if one.raised or other.raised or part not in ours or part not in theirs:
            return False
        if _is_cut_off(right[part], theirs[part]):
            return False  # a mistake of its own
        if not part_agrees(exercise, case, part, ours[part], theirs[part]):
            return False
        differs = differs or not part_agrees(exercise, case, part, right[part], ours[part])
    return differs
