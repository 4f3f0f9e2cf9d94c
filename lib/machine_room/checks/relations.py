"""How wrong numbers are related to the right ones, or to what went in: a table, each row tried on all cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from machine_room.arguments import Array
from machine_room.checks.compare import agree, close, is_numeric, parts
from machine_room.checks.matches import praises
from machine_room.checks.observe import Observation, observe
from machine_room.checks.wrong_numbers import TINY, Part
from machine_room.exercises.exercise import Case, Mistake
from machine_room.translation import say, sentence

__all__ = ["related", "related_to_a_mistake"]

Change = Callable[[Array], Array]

#: What wrong numbers may be of the right ones.
OF_THE_RIGHT: dict[str, Change] = {
    sentence("{subject} is the absolute value of what is expected: the sign is lost"): np.abs,
    sentence("{subject} is the square of what is expected: is a root missing, or squared once too often"): np.square,
    sentence("{subject} is the root of what is expected"): lambda v: np.sqrt(np.abs(v)),
    sentence("{subject} is 1 / what is expected: the quotient is turned round"): lambda v: 1 / v,
    sentence("{subject} is 1 minus what is expected"): lambda v: 1 - v,
    sentence("{subject} is what is expected, rounded to whole numbers"): np.round,
    sentence("{subject} is what is expected, rounded down to whole numbers"): np.floor,
    sentence("{subject} is the exponential of what is expected: a logarithm is missing"): np.exp,
    sentence("{subject} is the logarithm of what is expected"): lambda v: np.log(np.abs(v)),
    sentence("{subject} is what is expected, cut off below 0"): lambda v: np.maximum(v, 0),
    sentence("{subject} is what is expected, turned round: the last entry comes first"): lambda v: v[::-1],
}

#: What two mistakes at once may make of a known mistake's answers.
BESIDE_A_MISTAKE: dict[str, Change] = {
    sentence("the sign is wrong"): lambda v: -v,
    sentence("a factor 2 is missing"): lambda v: v / 2,
    sentence("a factor 2 is too much"): lambda v: 2 * v,
    sentence("a root is missing"): np.square,
    sentence("a root is too much"): lambda v: np.sqrt(np.abs(v)),
    sentence("the order is turned round"): lambda v: v[::-1],
}

#: What wrong numbers may be of the right ones and an argument of the same shape.
WITH_AN_ARGUMENT: dict[str, Callable[[Array, Array], Array]] = {
    sentence("{subject} lacks {name}: {name} is not in the sum"): lambda right, v: right - v,
    sentence("{subject} has {name} once too often"): lambda right, v: right + v,
    sentence("{subject} is {name} as it came in"): lambda right, v: v + 0 * right,
}

_MULTIPLIED = sentence("{subject} is what is expected, multiplied by {words}")
_DIVIDED = sentence("{subject} is what is expected, divided by {words}")

#: Other numbers that may have been put in the place of an argument.
OF_AN_ARGUMENT: dict[str, Change] = {
    sentence("{name} + 1 in place of {name}"): lambda v: v + 1,
    sentence("{name} - 1 in place of {name}"): lambda v: v - 1,
    sentence("-{name} in place of {name}"): lambda v: -v,
    sentence("2 * {name} in place of {name}"): lambda v: 2 * v,
    sentence("{name} / 2 in place of {name}"): lambda v: v / 2,
    sentence("{name}**2 in place of {name}"): lambda v: v**2,
    sentence("the absolute value of {name} in place of {name}"): np.abs,
    sentence("1 - {name} in place of {name}"): lambda v: 1 - v,
    sentence("{name} rounded down in place of {name}"): np.floor,
}


def related(part: Part) -> str | None:
    """Return the sentence for the relation that holds in every case; None where there is none."""
    if part.answers.exercise.measure is not None:
        return None
    return _of_the_right(part) or _lacks(part) or _by_a_factor(part) or _of_another_argument(part)


def related_to_a_mistake(part: Part) -> tuple[Mistake, str] | None:
    """Return the known mistake whose answers these are but for a relation, and that relation: two mistakes at once."""
    if part.answers.exercise.measure is not None or part.first.part or not _telling(part):
        return None  # of a result in parts, the others would have to agree as well
    for mistake, known in part.answers.mistaken:
        other = copy(part.answers)
        other.expected = known
        shifted = replace(part, answers=other)
        if praises(mistake) or any(one.raised is not None for one in known) or not _differs_often(part, known):
            continue
        if any(right.dtype.kind == "b" for _, right, _ in shifted.pairs()):  # a mask has no sign
            continue
        for words, change in BESIDE_A_MISTAKE.items():
            if len(list(shifted.pairs())) == len(known) and _changes(shifted, change) and _fits(shifted, change):
                return mistake, words
    return None


def _changes(part: Part, change: Change) -> bool:
    """Tell whether a relation makes a difference: one number turned round is the same."""
    return any(not close(case, change(right), right).all() for case, right, _ in part.pairs())


def _differs_often(part: Part, known: Sequence[Observation]) -> bool:
    """Tell whether a mistake's answers are wrong in two cases at least: in one, a relation may hold by chance."""
    triples = zip(part.answers.cases, part.answers.expected, known, strict=True)
    return sum(not agree(part.answers.exercise, *triple) for triple in triples) > 1


def _telling(part: Part) -> bool:
    """Two numbers at least, or one in two cases: one alone is related to anything."""
    return sum(right.size for _, right, _ in part.pairs()) > 1


def _fits(part: Part, change: Change) -> bool:
    pairs = list(part.pairs())
    return bool(pairs) and all(close(case, change(right), got, part.first.part).all() for case, right, got in pairs)


def _of_the_right(part: Part) -> str | None:
    if not _telling(part):
        return None
    for words, change in OF_THE_RIGHT.items():
        if _fits(part, change):
            return say(words, subject=part.subject) + "."
    return None


def _lacks(part: Part) -> str | None:
    """Recognise an argument that was not added, or added once too often, or handed back."""
    pairs = list(part.pairs())
    if not pairs or not _telling(part):
        return None
    for place, name in enumerate(part.answers.exercise.parameters):
        values = [_argument(part, case, place) for case, _, _ in pairs]
        if any(
            value is None or np.shape(value) not in ((), right.shape)
            for value, (_, right, _) in zip(values, pairs, strict=True)
        ):
            continue
        for words, change in WITH_AN_ARGUMENT.items():
            if all(
                np.any(value) and close(case, change(right, value), got, part.first.part).all()
                for value, (case, right, got) in zip(values, pairs, strict=True)
            ):
                return say(words, subject=part.subject, name=name) + "."
    return None


def _argument(part: Part, case: Case, place: int) -> Any:
    name = part.answers.exercise.parameters[place]
    value = case.kwargs.get(name, case.args[place] if place < len(case.args) else None)
    return value if is_numeric(value) and np.asarray(value).dtype.kind in "iuf" else None


def _by_a_factor(part: Part) -> str | None:
    """Recognise a factor that is an argument, or a size, or follows from one."""
    ratios, cases = [], []
    for case, right, got in part.pairs():
        used = np.abs(right) > 1e-9 * np.abs(right).max(initial=0.0)
        if not used.any():
            continue
        ratio = float(np.median(got[used] / right[used]))
        if not (np.isfinite(ratio) and abs(ratio) > TINY) or not close(case, right * ratio, got, part.first.part).all():
            return None
        ratios.append(ratio)
        cases.append(case)
    if len(set(ratios)) < 2:
        return None
    for words in _factors(part, cases[0]):
        values = [_factors(part, case).get(words, np.nan) for case in cases]
        for by, wanted in ((_MULTIPLIED, values), (_DIVIDED, [1 / v if v else np.nan for v in values])):
            for sign in (1, -1):
                if np.allclose(ratios, np.multiply(sign, wanted), rtol=1e-5, atol=0):
                    said = say(by, subject=part.subject, words=words)
                    return f"{said}." if sign == 1 else say("{said}, and the sign is wrong.", said=said)
    return None


def _factors(part: Part, case: Case) -> dict[str, float]:
    """The numbers of a case that a factor may be, by what they are called."""
    found: dict[str, float] = {}
    for place, name in enumerate(part.answers.exercise.parameters):
        value = _argument(part, case, place)
        if value is not None and np.ndim(value) == 0:
            v = float(value)
            found |= {name: v, f"1 - {name}": 1 - v, f"{name}**2": v * v, f"2 * {name}": 2 * v}
            found |= {f"sqrt({name})": v**0.5 if v > 0 else np.nan, f"{name} + 1": v + 1, f"{name} - 1": v - 1}
        plain = case.kwargs.get(name, case.args[place] if place < len(case.args) else None)
        if isinstance(plain, (np.ndarray, list)) and len(plain):
            found |= _sizes(name, float(plain.size if isinstance(plain, np.ndarray) else len(plain)))
            found |= _lengths(name, plain)
    return found


def _sizes(name: str, n: float) -> dict[str, float]:
    more = n / (n - 1) if n > 1 else np.nan
    return {
        sentence("the number of entries of {name}", name=name): n,
        sentence("the root of the number of entries of {name}", name=name): n**0.5,
        sentence("2 times the number of entries of {name}", name=name): 2 * n,
        sentence("n / (n - 1), n the entries of {name}", name=name): more,
        sentence("the root of n / (n - 1), n the entries of {name}", name=name): more**0.5,
    }


def _lengths(name: str, value: Any) -> dict[str, float]:
    if not isinstance(value, np.ndarray) or value.ndim != 2:
        return {}
    rows, columns = map(float, value.shape)
    return {
        sentence("the number of rows of {name}", name=name): rows,
        sentence("the number of columns of {name}", name=name): columns,
        sentence("the root of the number of rows of {name}", name=name): rows**0.5,
    }


def _of_another_argument(part: Part) -> str | None:
    """Recognise the right answer to another question: with t + 1 for t, or two arguments in each other's place."""
    if not _telling(part):
        return None
    for words, change in _other_calls(part):
        if _answers_as(part, change):
            return say("{subject} is right for {words}.", subject=part.subject, words=words)
    return None


def _other_calls(part: Part) -> Iterator[tuple[str, Callable[[Case], Case | None]]]:
    parameters = part.answers.exercise.parameters
    for place, name in enumerate(parameters):
        for words, change in OF_AN_ARGUMENT.items():
            yield sentence(words, name=name), partial(_with, part, place, change)
    for one, name in enumerate(parameters):
        for other in range(one + 1, len(parameters)):
            words = sentence("{name} and {other} in each other's place", name=name, other=parameters[other])
            yield words, partial(_exchanged, part, one, other)


def _with(part: Part, place: int, change: Change, case: Case) -> Case | None:
    value = _argument(part, case, place)
    return None if value is None or type(value) is bool else _put(part, case, place, change(value))


def _exchanged(part: Part, one: int, other: int, case: Case) -> Case | None:
    first, second = _argument(part, case, one), _argument(part, case, other)
    if first is None or second is None or np.shape(first) != np.shape(second):
        return None
    changed = _put(part, case, one, second)
    return None if changed is None else _put(part, changed, other, first)


def _put(part: Part, case: Case, place: int, value: Any) -> Case | None:
    name = part.answers.exercise.parameters[place]
    value = value.item() if isinstance(value, np.generic) else value
    if name in case.kwargs:
        return replace(case, kwargs={**case.kwargs, name: value})
    if place >= len(case.args):
        return None
    return replace(case, args=(*case.args[:place], value, *case.args[place + 1 :]))


def _answers_as(part: Part, change: Callable[[Case], Case | None]) -> bool:
    """Tell whether the answers are the reference's to changed questions, in every case."""
    exercise, name = part.answers.exercise, part.first.part
    order = sorted(part.pairs(), key=lambda pair: close(pair[0], pair[1], pair[2], name).all())  # a wrong one first
    for case, right, got in order:
        changed = change(case)
        if changed is None:
            return False
        answer = observe(exercise.reference, changed, exercise.parameters, quiet=True)
        other: Any = None if answer.raised else parts(exercise, answer.value, answer.value).get(name)
        if not is_numeric(other) or np.shape(np.atleast_1d(other)) != right.shape:
            return False
        if not close(case, np.atleast_1d(other), got, name).all():
            return False
    return bool(order)
