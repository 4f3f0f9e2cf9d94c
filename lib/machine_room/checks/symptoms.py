"""What can be said about a wrong answer that no known mistake explains: one sentence per symptom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from machine_room.checks.built import type_words, wrong_count, wrong_dtype, wrong_keys, wrong_shape, wrong_type
from machine_room.checks.compare import Difference, Kind
from machine_room.checks.evidence import Evidence
from machine_room.checks.imports import is_empty
from machine_room.checks.numbers import describe_amount, describe_numbers, relation, telling_sentence
from machine_room.checks.observe import Observation
from machine_room.checks.raised import describe_error
from machine_room.checks.relations import related_to_a_mistake
from machine_room.checks.wrong_numbers import Part, reason
from machine_room.exercises import all_exercises
from machine_room.exercises.exercise import Case, Exercise, Mistake
from machine_room.translation import say, say_count, sentence

__all__ = [
    "AGAIN",
    "NOT_RANDOM",
    "also_blamed",
    "besides",
    "blamed",
    "describe",
    "how_far",
    "known_and_related",
    "not_written",
    "of_all_numbers",
    "of_another_kind",
    "of_numbers",
    "with_another_generator",
]


def not_written(exercise: Exercise, observed: Sequence[Observation]) -> str:
    """Say which function is still to be written: the one that is checked, or another of the student's that it calls."""
    raisers = {seen.raised.function for seen in observed if seen.raised is not None}
    called = next(iter(raisers)) if len(raisers) == 1 else ""
    if called != exercise.name and called in {other.name for other in all_exercises()}:
        return say(
            "{exercise} calls {called}, which is not written yet: write that one first.",
            exercise=exercise.name,
            called=called,
        )
    return say(
        "{exercise} is not written yet: replace the line `raise NotImplementedError()` by your own code.",
        exercise=exercise.name,
    )


def describe(evidence: Evidence) -> str:
    """Return the sentence for the gravest difference of the case that is shown."""
    exercise, cases = evidence.exercise, evidence.answers.cases
    first = evidence.failing[evidence.shown][0]
    if first.kind is Kind.VALUES:
        return describe_numbers(_part(evidence))
    if first.kind is Kind.RAISED:
        return describe_error(exercise, first.yours, cases)
    if first.kind is Kind.CALLS:
        return _calls(first, _called(exercise, cases[evidence.shown]))
    if first.kind is Kind.NOTHING:
        return _nothing(first, evidence)
    return SENTENCES[first.kind](first)


def of_numbers(evidence: Evidence) -> str:
    """Return what can be said about why the numbers are wrong; empty where only that they are."""
    return telling_sentence(_part(evidence)) or ""


def of_all_numbers(evidence: Evidence) -> str:
    """Return how all the numbers are related to the right ones: what is surer than any slip; empty where nothing is."""
    return relation(_part(evidence)) or ""


def how_far(evidence: Evidence) -> str:
    """Return how many numbers are wrong, and which parts are right."""
    return describe_amount(_part(evidence))


def _part(evidence: Evidence) -> Part:
    function = None if evidence.trials is None else evidence.trials.function
    first = evidence.failing[evidence.shown][0]
    return Part(evidence.answers, evidence.observed, evidence.failing, evidence.shown, first, function)


def with_another_generator(case: Case) -> Case | None:
    """The same case with other random numbers; None where it has no generator."""
    args = tuple(np.random.default_rng(1) if isinstance(v, np.random.Generator) else v for v in case.args)
    kwargs = {
        name: np.random.default_rng(1) if isinstance(v, np.random.Generator) else v for name, v in case.kwargs.items()
    }
    if all(
        one is other for one, other in zip((*args, *kwargs.values()), (*case.args, *case.kwargs.values()), strict=True)
    ):
        return None
    return replace(case, args=args, kwargs=kwargs)


def blamed(exercise: Exercise, names: Sequence[str]) -> str:
    """Say which of the student's other functions is at fault; it has been tried."""
    return say_count(
        len(names),
        "{name} itself is right, but it calls your own {own}, which is not: with the library's in its place every case "
        "is right. Run {check}, mend that first, run its cell, then check again.",
        "{name} itself is right, but it calls your own {own}, which are not: with the library's in their place every "
        "case is right. Run {check}, mend that first, run its cell, then check again.",
        name=exercise.name,
        own=_and(names),
        check=", ".join(f"`check({name})`" for name in names),
    )


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else say("{names} and {last}", names=_and(names[:-1]), last=names[-1])


def also_blamed(names: Sequence[str]) -> str:
    """Say that other functions are at fault as well."""
    own = _and(names)
    return say(
        "Besides, it calls your own {own}: with the library's in place more cases are right. Check that, too.", own=own
    )


def besides(others: Sequence[str]) -> str:
    """Mention what a known mistake does not explain."""
    return say("A second thing is wrong besides: {others}.", others=", ".join(say(part) for part in others))


def of_another_kind(evidence: Evidence) -> str:
    """Mention what is wrong besides: an argument changed, an error, None in some cases; empty where nothing is."""
    main = evidence.failing[evidence.shown][0].kind
    if main is not Kind.VALUES:
        return ""
    found: dict[str, list[str]] = {}
    for index, differences in evidence.failing.items():
        for difference in differences:
            if difference.kind is not main and difference.kind in _MENTIONED:
                words = _MENTIONED[difference.kind](difference)
                found.setdefault(words, []).append(say(evidence.answers.cases[index].description))
    return " ".join(
        say("Besides, {words} (in: {cases}).", words=words, cases="; ".join(cases[:3]))
        for words, cases in found.items()
    )


_MENTIONED: dict[Kind, Callable[[Difference], str]] = {
    Kind.CHANGED: lambda d: say("your function changes its argument {name} in place", name=d.yours),
    Kind.RAISED: lambda d: say("it raises {error}", error=d.yours.type_name),
    Kind.NOTHING: lambda d: say("{part} is None", part=d.part or say("the result")),
    Kind.SHAPE: lambda d: say("{part} has the wrong shape", part=d.part or say("the result")),
}


def known_and_related(evidence: Evidence) -> tuple[Mistake, str] | None:
    """Return a known mistake and what is wrong besides, where that explains every number."""
    with np.errstate(all="ignore"):
        return related_to_a_mistake(_part(evidence))


def _nothing(difference: Difference, evidence: Evidence) -> str:
    """None everywhere is a missing `return`; None in some cases, a way through the function that has none."""
    what = say("{part} is None", part=difference.part) if difference.part else say("Your function returned None")
    cases = evidence.answers.cases
    none = [
        say(case.description) for case, seen in zip(cases, evidence.observed, strict=True) if _is_none(seen, difference)
    ]
    if len(none) == len(cases):
        if evidence.trials is not None and is_empty(evidence.trials.function):
            return say(
                "{name} is not finished yet: write your code in place of `...` or `pass`.", name=evidence.exercise.name
            )
        return say("{what}: did you forget `return`?", what=what)
    return say(
        "{what} in {count} of {total} cases: {cases}. Which way does your code go there?",
        what=what,
        count=len(none),
        total=len(cases),
        cases="; ".join(none[:4]),
    )


def _is_none(seen: Observation, difference: Difference) -> bool:
    if not difference.part:
        return seen.raised is None and seen.value is None
    return seen.raised is None and any(value is None for value in _items(seen.value))


def _items(value: Any) -> Sequence[Any]:
    return list(value.values()) if type(value) is dict else value if type(value) in (tuple, list) else [value]


def _changed(difference: Difference) -> str:
    name = difference.yours
    return say(
        "Your function changes its argument {name} in place (`{name} -= ...`, `{name}[...] = ...`): the caller's "
        "{name} is spoiled. Work on a copy.",
        name=name,
    )


def _warned(difference: Difference) -> str:
    return say(
        "The numbers are right, but NumPy warns: {warning}. {reason}",
        warning=difference.yours[0],
        reason=reason(difference.yours),
    )


def _called(exercise: Exercise, case: Case) -> str:
    """Return the name of the function that this case hands in."""
    return next((name for name, value in zip(exercise.parameters, case.args, strict=False) if callable(value)), "f")


def _calls(difference: Difference, name: str) -> str:
    calls, enough = difference.yours, difference.expected
    return say_count(
        enough,
        "Your function calls {name} {calls} times; once is enough: every call costs a pass through the network.",
        "Your function calls {name} {calls} times; {count} are enough: every call costs a pass through the network.",
        name=name,
        calls=calls,
    )


def _unlike(difference: Difference) -> str:
    return say(
        "Your result cannot be compared with what is expected, which is {kind}.",
        kind=type_words(difference.expected),
    )


AGAIN = sentence(
    "A second call with the same input gives another answer: something is kept between calls (a global variable, "
    "a default argument that is changed, random numbers)."
)
NOT_RANDOM = sentence(
    "Another random generator changes nothing in your result: draw its random numbers from rng, and let them decide."
)


def _again(difference: Difference) -> str:
    return say(AGAIN)


def _chance(difference: Difference) -> str:
    return say(difference.yours)


SENTENCES: dict[Kind, Callable[[Difference], str]] = {
    Kind.TYPE: wrong_type,
    Kind.COUNT: wrong_count,
    Kind.KEYS: wrong_keys,
    Kind.SHAPE: wrong_shape,
    Kind.DTYPE: wrong_dtype,
    Kind.CHANGED: _changed,
    Kind.WARNED: _warned,
    Kind.UNLIKE: _unlike,
    Kind.CHANCE: _chance,
    Kind.AGAIN: _again,
}
