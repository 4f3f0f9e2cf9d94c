"""Where an answer is right and where it is not: by the cases' settings, by the numbers that go in, by the entries.

Each sentence holds for every case and every number that was looked at; the first that separates them is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from machine_room.arguments import Array
from machine_room.checks.compare import close, is_numeric, parts
from machine_room.checks.evidence import Evidence
from machine_room.exercises.exercise import Case
from machine_room.translation import say, sentence

__all__ = ["where_right"]

FEW = 4  # cases or entries up to which all are named
ENOUGH = 3  # wrong numbers from which a rule about them is told


def where_right(evidence: Evidence) -> str:
    """Return the sentence on where the answer is right and where it is wrong; empty where nothing separates them."""
    tests = (_by_length, _by_setting, _by_input, _by_entry, _by_case)
    with np.errstate(all="ignore"):
        return next(filter(None, (test(evidence) for test in tests)), "")


def _by_length(evidence: Evidence) -> str:
    """By the length of the first array: an answer that is wrong for one alone."""
    lengths = [
        next((len(value) for value in case.args if isinstance(value, np.ndarray) and value.ndim), 0)
        for case in evidence.answers.cases
    ]
    wrong = {lengths[index] for index in evidence.failing}
    right = {length for index, length in enumerate(lengths) if index not in evidence.failing}
    if wrong != {1} or 1 in right or len(evidence.failing) < 2:
        return ""
    names = (
        name
        for name, value in zip(evidence.exercise.parameters, evidence.wrong_cases[0].args, strict=False)
        if isinstance(value, np.ndarray)
    )
    return say(
        "Wrong where {name} has a length of 1, as with one example or one parameter; right where it is longer.",
        name=next(names),
    )


def _by_setting(evidence: Evidence) -> str:
    """By what the cases are called with: a setting that is given, a word, a size, a sign."""
    cases = evidence.answers.cases
    wrong = [index in evidence.failing for index in range(len(cases))]
    if all(wrong) or sum(wrong) < 1:
        return ""
    for right_words, wrong_words, holds in _rules(evidence):
        if [holds(case) for case in cases] == wrong:
            return say("Wrong {wrong_words}, right {right_words}.", wrong_words=wrong_words, right_words=right_words)
    return ""


Rule = tuple[str, str, Callable[[Case], bool]]


def _rules(evidence: Evidence) -> Iterator[Rule]:
    """Yield what may separate the cases: words for the right ones, for the wrong ones, and which are the wrong."""
    parameters, cases = evidence.exercise.parameters, evidence.answers.cases
    enough = 1 < len(evidence.failing) < len(cases) - 1  # of one case, any number is larger or smaller
    for name in parameters:
        values = [_value(parameters, case, name) for case in cases]
        if any(name in case.kwargs for case in cases):
            yield _either(
                sentence("where it is left out"),
                sentence("where {name} is given", name=name),
                lambda c, n=name: n in c.kwargs,
            )
            yield _either(
                sentence("where it is given"),
                sentence("where {name} is left out", name=name),
                lambda c, n=name: n not in c.kwargs,
            )
        kinds = {type(value) for value in values if value is not None}
        if kinds <= {str, bool} and kinds:
            for value in dict.fromkeys(value for value in values if value is not None):
                yield _either(
                    sentence("for the others") if kinds == {str} else sentence("elsewhere"),
                    sentence("where {name} is {value!r}", name=name, value=value),
                    lambda c, n=name, v=value: _value(parameters, c, n) == v,
                )
        if kinds and kinds <= {int, float} and enough:
            yield from _of_numbers(parameters, name, sorted({float(v) for v in values if v is not None}))
        if kinds == {list} or kinds == {tuple}:
            for words, holds in (
                (sentence("with one entry"), lambda v: len(v) == 1),
                (sentence("with more entries"), lambda v: len(v) > 1),
            ):
                yield _either(
                    sentence("elsewhere"),
                    sentence(
                        "where {name} is {kind} {words}",
                        name=name,
                        kind=type(next(filter(None, values))).__name__,
                        words=words,
                    ),
                    lambda c, n=name, h=holds: _value(parameters, c, n) is not None and h(_value(parameters, c, n)),
                )


def _either(right: str, wrong: str, holds: Callable[..., bool]) -> Rule:
    return right, wrong, holds


def _of_numbers(parameters: Sequence[str], name: str, values: Sequence[float]) -> Iterator[Rule]:
    for low, high in pairwise(values):
        right_low = (
            sentence("where it is {low:g} or less", low=low)
            if low > values[0]
            else sentence("where it is {low:g}", low=low)
        )
        middle = (low + high) / 2
        yield _either(
            sentence("where it is {high:g} or more", high=high),
            sentence("where {name} is {low:g} or less", name=name, low=low),
            lambda c, n=name, m=middle: _value(parameters, c, n) is not None and _value(parameters, c, n) < m,
        )
        yield _either(
            right_low,
            sentence("where {name} is {high:g} or more", name=name, high=high),
            lambda c, n=name, m=middle: _value(parameters, c, n) is not None and _value(parameters, c, n) > m,
        )


def _value(parameters: Sequence[str], case: Case, name: str) -> Any:
    if name in case.kwargs:
        return case.kwargs[name]
    place = parameters.index(name)
    return case.args[place] if place < len(case.args) else None


def _by_input(evidence: Evidence) -> str:
    """By the number that goes in, where one comes out for each."""
    arrays = [place for place, value in enumerate(evidence.answers.cases[0].args) if isinstance(value, np.ndarray)]
    for place in arrays if len(arrays) == 1 else []:  # of several, one separates what another has spoiled
        name = evidence.exercise.parameters[place]
        pairs = list(_numbers_in_and_wrong(evidence, place))
        if not pairs:
            continue
        z = np.concatenate([numbers.ravel() for numbers, _ in pairs])
        wrong = np.concatenate([marks.ravel() for _, marks in pairs])
        if ENOUGH <= wrong.sum() < wrong.size and (said := _rule_of_inputs(name, z, wrong)):
            return said
    return ""


def _numbers_in_and_wrong(evidence: Evidence, place: int) -> Iterator[tuple[Array, Array]]:
    """Yield an argument's numbers and which entries of the first wrong part are wrong; nothing where shapes differ."""
    part = _part(evidence)
    found = []
    for case, expected, seen in zip(evidence.answers.cases, evidence.answers.expected, evidence.observed, strict=True):
        if seen.raised is not None or place >= len(case.args):
            return
        numbers = case.args[place]
        right: Any = parts(evidence.exercise, expected.value, expected.value).get(part)
        got: Any = parts(evidence.exercise, seen.value, expected.value).get(part)
        if type(numbers) is not np.ndarray or not is_numeric(right) or not is_numeric(got):
            return
        if not numbers.shape == np.shape(right) == np.shape(got):
            return
        found.append((numbers.astype(float), ~close(case, right, got, part).reshape(numbers.shape)))
    yield from found


def _part(evidence: Evidence) -> str:
    return evidence.failing[evidence.shown][0].part


def _rule_of_inputs(name: str, z: Array, wrong: Array) -> str:
    exact = {
        sentence("Right where {name} >= 0, wrong where {name} < 0"): z < 0,
        sentence("Right where {name} > 0, wrong where {name} <= 0"): z <= 0,
        sentence("Right where {name} <= 0, wrong where {name} > 0"): z > 0,
        sentence("Right where {name} < 0, wrong where {name} >= 0"): z >= 0,
        sentence("Wrong only where {name} is 0"): z == 0,
    }
    for said, marks in exact.items():
        if np.array_equal(marks, wrong):
            return f"{say(said, name=name)}."
    right = ~wrong
    if not z[right].any():  # that it is right where all is 0 says nothing
        return ""
    for words, size in ((name, z), (f"-{name}", -z), (f"|{name}|", np.abs(z))):
        if size[right].max() < size[wrong].min():
            low, high = size[right].max(), size[wrong].min()
            return say(
                "Right where {words} is {low:.3g} or less, wrong where it is {high:.3g} or more.",
                words=words,
                low=low,
                high=high,
            )
    if np.abs(z[wrong]).max() < np.abs(z[right]).min():
        return say(
            "Right where |{name}| is {low:.3g} or more, wrong where it is smaller.",
            name=name,
            low=np.abs(z[right]).min(),
        )
    for sign, side in ((">", z > 0), ("<", z < 0), (">=", z >= 0), ("<=", z <= 0)):
        if side[wrong].all() and (side & right).any() and (~side).any():
            return say("All wrong numbers are where {name} {sign} 0; there, some are right.", name=name, sign=sign)
    return ""


def _by_entry(evidence: Evidence) -> str:
    """By the place in the result: the same entries in every case."""
    part, wrong, every = _part(evidence), set(), 0
    shapes = set()
    for index, (case, expected, seen) in enumerate(
        zip(evidence.answers.cases, evidence.answers.expected, evidence.observed, strict=True)
    ):
        right = parts(evidence.exercise, expected.value, expected.value).get(part)
        got = parts(evidence.exercise, seen.value, expected.value).get(part) if seen.raised is None else None
        if type(right) is not np.ndarray or type(got) is not np.ndarray or right.shape != got.shape or right.ndim != 1:
            return ""
        shapes.add(right.size)
        if index in evidence.failing:
            wrong |= set(np.flatnonzero(~close(case, right, got, part)).tolist())
            every += 1
    if len(shapes) != 1 or not wrong or len(wrong) > max(shapes) / 2 or every < 2:
        return ""
    names = evidence.exercise.entries.get(part, ())
    places = sorted(wrong)
    called = f": {', '.join(names[place] for place in places)}" if names else ""
    subject = part or say("your result")
    return say(
        "In {subject} only {entries} of {size} can be wrong (the first is entry 0){called}.",
        subject=subject,
        entries=_entries(places),
        size=max(shapes),
        called=called,
    )


def _entries(places: Sequence[int]) -> str:
    return (
        say("entry {place}", place=places[0])
        if len(places) == 1
        else say("entries {places}", places=", ".join(map(str, places)))
    )


def _by_case(evidence: Evidence) -> str:
    """By the cases' own descriptions."""
    cases = evidence.answers.cases
    wrong = [say(case.description) for index, case in enumerate(cases) if index in evidence.failing]
    right = [say(case.description) for index, case in enumerate(cases) if index not in evidence.failing]
    if not right or not wrong or set(right) & set(wrong):
        return ""
    return say("Right: {right}. Wrong: {wrong}.", right=_listed(right), wrong=_listed(wrong))


def _listed(descriptions: Sequence[str]) -> str:
    named = list(dict.fromkeys(descriptions))
    more = " " + say("and {count} more", count=len(named) - FEW) if len(named) > FEW else ""
    return "; ".join(named[:FEW]) + more
