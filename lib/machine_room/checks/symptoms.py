"""What can be said about a wrong answer that no known mistake explains: one sentence per symptom."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from machine_room.arguments import Array
from machine_room.checks.compare import Difference, Kind, from_list, identical, is_numeric
from machine_room.checks.evidence import Evidence
from machine_room.checks.headers import as_given
from machine_room.checks.imports import is_empty
from machine_room.checks.numbers import describe_amount, describe_numbers, relation, telling_sentence
from machine_room.checks.observe import Observation, Raised
from machine_room.checks.relations import related_to_a_mistake
from machine_room.checks.wrong_numbers import Part, reason
from machine_room.exercises import all_exercises
from machine_room.exercises.answer import Foreign
from machine_room.exercises.exercise import Case, Exercise, Mistake

__all__ = [
    "AGAIN",
    "NOT_RANDOM",
    "also_blamed",
    "besides",
    "blamed",
    "describe",
    "describe_error",
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
        return f"{exercise.name} calls {called}, which is not written yet: write that one first."
    return f"{exercise.name} is not written yet: replace the line `raise NotImplementedError()` by your own code."


def describe(evidence: Evidence) -> str:
    """Return the sentence for the gravest difference of the case that is shown."""
    exercise, cases = evidence.exercise, evidence.answers.cases
    first = evidence.failing[evidence.shown][0]
    if first.kind is Kind.VALUES:
        return describe_numbers(_part(evidence))
    if first.kind is Kind.RAISED and _signature_differs(exercise, first.yours):
        return _signature(exercise, first.yours, cases)
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
    own, check = " and ".join(names), ", ".join(f"`check({name})`" for name in names)
    are, its = ("is", "its") if len(names) == 1 else ("are", "their")
    return (
        f"{exercise.name} itself is right, but it calls your own {own}, which {are} not: with the library's in {its} "
        f"place every case is right. Run {check}, mend that first, run its cell, then check again."
    )


def also_blamed(names: Sequence[str]) -> str:
    """Say that other functions are at fault as well."""
    own = " and ".join(names)
    return f"Besides, it calls your own {own}: with the library's in place more cases are right. Check that, too."


def besides(others: Sequence[str]) -> str:
    """Mention what a known mistake does not explain."""
    return f"A second thing is wrong besides: {', '.join(others)}."


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
                found.setdefault(words, []).append(evidence.answers.cases[index].description)
    return " ".join(f"Besides, {words} (in: {'; '.join(cases[:3])})." for words, cases in found.items())


_MENTIONED: dict[Kind, Callable[[Difference], str]] = {
    Kind.CHANGED: lambda d: f"your function changes its argument {d.yours} in place",
    Kind.RAISED: lambda d: f"it raises {d.yours.type_name}",
    Kind.NOTHING: lambda d: f"{d.part or 'the result'} is None",
    Kind.SHAPE: lambda d: f"{d.part or 'the result'} has the wrong shape",
}


def known_and_related(evidence: Evidence) -> tuple[Mistake, str] | None:
    """Return a known mistake and what is wrong besides, where that explains every number."""
    with np.errstate(all="ignore"):
        return related_to_a_mistake(_part(evidence))


def describe_error(exercise: Exercise, error: Raised, cases: Sequence[Case] = ()) -> str:
    """Return the sentence for what a function raised."""
    if _signature_differs(exercise, error):
        return _signature(exercise, error, cases)
    return _raised(Difference(Kind.RAISED, yours=error))


def _signature_differs(exercise: Exercise, error: Raised) -> bool:
    return error.type_name == "TypeError" and error.message.startswith(f"{exercise.name}() ")


def _signature(exercise: Exercise, error: Raised, cases: Sequence[Case]) -> str:
    """Python's message says which argument does not fit; ours, what the first line should be."""
    header = as_given(exercise, tuple(cases))
    return f"{error.message.rstrip('.')}. Keep the first line as it was given: {header}"


def _raised(difference: Difference) -> str:
    error = difference.yours
    what = f"{error.type_name}: {error.message}" if error.message else error.type_name
    advice = ERROR_ADVICE.get(error.type_name, "")
    if "could not be broadcast" in error.message:
        advice = (
            "Entry by entry, two shapes must be equal, or 1 where they differ: keepdims=True keeps a sum or maximum as "
            "a column."
        )
    elif "truth value of an array" in error.message:
        advice = (
            "`if`, `and` and `min` want one number and got an array. np.where, & and np.minimum go entry by entry; "
            "whether something is None you ask with `is None`."
        )
    elif "mismatch in its core dimension" in error.message or "not aligned" in error.message:
        advice = "Write the shape of every array beside it: in a matrix product the inner two must be equal."
    elif "for ^: " in error.message or "ufunc 'bitwise_xor'" in error.message:
        advice = "A power is ** in Python: a ** b, not a ^ b."
    elif LIST_AS_ARRAY.search(error.message):
        advice = "A list is no array: np.asarray(...) makes one of it, and np.mean(...), np.std(...) take it as it is."
    elif "keyword-only argument" in error.message or TOO_MANY.search(error.message):
        advice = "What stands behind the `*` in a function's first line is passed by name, as in beta=beta."
    elif ARRAY_AS_FUNCTION.search(error.message):
        advice = "Round brackets behind a name call it as a function, but this is a value: is a `*` missing?"
    elif "NoneType" in error.message:
        advice = "Something is None there: does a function that you call forget its `return`?"
    elif "arrays used as indices" in error.message or "are valid indices" in error.message:
        advice = (
            "An index is a whole number: `for i in range(len(theta))` counts the places, `for i in theta` hands out "
            "the entries."
        )
    elif "not subscriptable" in error.message:
        advice = "Square brackets take an entry out of an array or a list; a function is called with round ones."
    return " ".join(
        filter(None, [f"Your function raised {what.rstrip('. ')}.", error.where and f"({error.where})", advice])
    )


#: Python's words for a function that got more arguments by their place than it takes so.
TOO_MANY = re.compile(r"takes \d+ positional arguments? but \d+ were given")

#: Python's words where a list was used as an array: scores.mean(), scores - mean.
LIST_AS_ARRAY = re.compile(r"'list' object has no attribute|unsupported operand type.*'list'")

#: Python's words where a value was called as a function: gradient(theta), 2(x + 1).
ARRAY_AS_FUNCTION = re.compile(r"'(numpy\.\w+|float|int|tuple|list)' object is not callable")

ERROR_ADVICE = {
    "SystemExit": "It ends Python (exit, quit or sys.exit): return the result instead.",
    "ModuleNotFoundError": "Your work is graded with Python's own modules, NumPy, Matplotlib, IPython, ipywidgets, "
    "what they need, and what your course names: write it with those.",
    "KeyError": "No entry of the dict has that key: is it spelled right?",
    "NameError": "Python does not know that name: is it spelled right, and given a value first?",
    "UnboundLocalError": "A variable is used before it has a value.",
    "NotImplementedError": "A part of it is not written yet.",
    "RecursionError": "It calls itself without end.",
    "ZeroDivisionError": "Something you divide by is 0.",
}


def _nothing(difference: Difference, evidence: Evidence) -> str:
    """None everywhere is a missing `return`; None in some cases, a way through the function that has none."""
    what = f"{difference.part} is None" if difference.part else "Your function returned None"
    cases = evidence.answers.cases
    none = [case.description for case, seen in zip(cases, evidence.observed, strict=True) if _is_none(seen, difference)]
    if len(none) == len(cases):
        if evidence.trials is not None and is_empty(evidence.trials.function):
            return f"{evidence.exercise.name} is not finished yet: write your code in place of `...` or `pass`."
        return f"{what}: did you forget `return`?"
    return f"{what} in {len(none)} of {len(cases)} cases: {'; '.join(none[:4])}. Which way does your code go there?"


def _is_none(seen: Observation, difference: Difference) -> bool:
    if not difference.part:
        return seen.raised is None and seen.value is None
    return seen.raised is None and any(value is None for value in _items(seen.value))


def _items(value: Any) -> Sequence[Any]:
    return list(value.values()) if type(value) is dict else value if type(value) in (tuple, list) else [value]


def _type(difference: Difference) -> str:
    yours, expected = difference.yours, difference.expected
    subject = difference.part or "The result"
    if type(yours) is list and type(expected) is list:
        return _lists(subject, yours, expected)
    wanted = type_words(expected)
    if isinstance(yours, Foreign) and "object" in yours.type_name:
        return f"{subject} is an {yours.type_name}: rows of unequal length, or something in it that is no number."
    if type(yours) is list and is_numeric(expected):
        ragged = is_numeric(from_list(yours))
        return f"{subject} is a list, expected {wanted}: " + (
            "wrap it in np.array(...)." if ragged else "make all its rows equally long, then wrap it in np.array(...)."
        )
    return f"{subject} is {type_words(yours)}, expected {wanted}."


def _lists(subject: str, yours: list[Any], expected: list[Any]) -> str:
    if len(yours) != len(expected):
        return f"{subject} is a list of {len(yours)}, expected a list of {len(expected)}."
    place = next(place for place in range(len(yours)) if not identical(yours[place], expected[place]))
    got, right = yours[place], expected[place]
    if type(got) is not dict or type(right) is not dict:
        return f"{subject} is a list of the right length; entry {place} differs (the first is entry 0)."
    key = next(
        key for key in (*got, *right) if key not in got or key not in right or not identical(got[key], right[key])
    )
    verb = "lacks" if key not in got else "differs in" if key in right else "should not have"
    return f"Entry {place} of the list {verb} {key[:30]} (the first is entry 0)."


def type_words(value: Any) -> str:
    """Name the type of a plain value in words."""
    if isinstance(value, Foreign):
        known = {
            "matrix": "an np.matrix (use np.array)",
            "MaskedArray": "a masked array (use np.array)",
            "generator": "a generator (wrap it in list(...), or return a list in place of yield)",
        }
        fallback = f"of type {value.type_name}, which is not plain data"
        return known.get(value.type_name, value.type_name if "array" in value.type_name else fallback)
    if type(value) is tuple:
        return f"a tuple of {len(value)}"
    if type(value) is np.ndarray:
        return f"an array of shape {value.shape}"
    if type(value) is dict:
        return f"a dict with {', '.join(key[:30] for key in list(value)[:9])}" if value else "an empty dict"
    names = {type(None): "None", bool: "True or False", complex: "a complex number", str: "text", list: "a list"}
    return names.get(type(value), "a number")


def _count(difference: Difference) -> str:
    wanted, got = len(difference.expected), len(difference.yours)
    return f"Return {wanted} results, separated by commas; yours are {got}."


def _keys(difference: Difference) -> str:
    extra = [key for key in difference.yours if key not in difference.expected]
    also = f"; it has {', '.join(key[:30] for key in extra[:5])} instead: is that only the spelling?" if extra else "."
    return f"The dict lacks {difference.part}{also}"


def _shape(difference: Difference) -> str:
    yours, expected = np.asarray(difference.yours), np.asarray(difference.expected)
    subject = difference.part or "The result"
    start = f"{subject} has the shape {shape_words(yours)}, expected {shape_words(expected)}"
    if yours.ndim == expected.ndim == 2 and yours.shape == expected.shape[::-1]:
        return f"{start}: it is transposed."
    if yours.size == expected.size and 1 in yours.shape:
        return f"{start}: the same entries, differently arranged. Look for a stray axis (keepdims, reshape)."
    if yours.size > expected.size and expected.ndim == 1 and yours.ndim == 2 and expected.size in yours.shape:
        return f"{start}: a sum over one axis is missing, or (n, 1) and (n,) were broadcast to a table."
    if yours.ndim < expected.ndim:
        return f"{start}: one sum too many?"
    return f"{start}."


def shape_words(array: Array) -> str:
    return str(array.shape) if array.ndim else "() (a single number)"


def _dtype(difference: Difference) -> str:
    subject = difference.part or "The result"
    if np.asarray(difference.yours).dtype.kind == "b":
        return f"{subject} holds True and False, expected numbers: a comparison is the mask, multiply by it."
    return f"{subject} is complex: the root or logarithm of a negative number?"


def _changed(difference: Difference) -> str:
    name = difference.yours
    return (
        f"Your function changes its argument {name} in place (`{name} -= ...`, `{name}[...] = ...`): the caller's "
        f"{name} is spoiled. Work on a copy."
    )


def _warned(difference: Difference) -> str:
    return f"The numbers are right, but NumPy warns: {difference.yours[0]}. {reason(difference.yours)}"


def _called(exercise: Exercise, case: Case) -> str:
    """Return the name of the function that this case hands in."""
    return next((name for name, value in zip(exercise.parameters, case.args, strict=False) if callable(value)), "f")


def _calls(difference: Difference, name: str) -> str:
    calls, enough = difference.yours, difference.expected
    few = "once is" if enough == 1 else f"{enough} are"
    return f"Your function calls {name} {calls} times; {few} enough: every call costs a pass through the network."


def _unlike(difference: Difference) -> str:
    return f"Your result cannot be compared with what is expected, which is {type_words(difference.expected)}."


AGAIN = (
    "A second call with the same input gives another answer: something is kept between calls (a global variable, a "
    "default argument that is changed, random numbers)."
)
NOT_RANDOM = (
    "Another random generator changes nothing in your result: draw its random numbers from rng, and let them decide."
)


def _again(difference: Difference) -> str:
    return AGAIN


def _chance(difference: Difference) -> str:
    return str(difference.yours)


SENTENCES: dict[Kind, Callable[[Difference], str]] = {
    Kind.RAISED: _raised,
    Kind.TYPE: _type,
    Kind.COUNT: _count,
    Kind.KEYS: _keys,
    Kind.SHAPE: _shape,
    Kind.DTYPE: _dtype,
    Kind.CHANGED: _changed,
    Kind.WARNED: _warned,
    Kind.UNLIKE: _unlike,
    Kind.CHANCE: _chance,
    Kind.AGAIN: _again,
}
