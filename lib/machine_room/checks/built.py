"""A result that is built otherwise than what is expected: of another type, count, shape, or kind of number."""

from __future__ import annotations

from typing import Any

import numpy as np

from machine_room.arguments import Array
from machine_room.checks.compare import Difference, from_list, identical, is_numeric
from machine_room.exercises.answer import Foreign
from machine_room.translation import say, sentence

__all__ = ["shape_words", "type_words", "wrong_count", "wrong_dtype", "wrong_keys", "wrong_shape", "wrong_type"]


def wrong_type(difference: Difference) -> str:
    yours, expected = difference.yours, difference.expected
    subject = difference.part or say("The result")
    if type(yours) is list and type(expected) is list:
        return _lists(subject, yours, expected)
    wanted = type_words(expected)
    if isinstance(yours, Foreign) and "object" in yours.type_name:
        return say(
            "{subject} is an {kind}: rows of unequal length, or something in it that is no number.",
            subject=subject,
            kind=yours.type_name,
        )
    if type(yours) is list and is_numeric(expected):
        even = is_numeric(from_list(yours))
        return say(
            "{subject} is a list, expected {wanted}: {advice}",
            subject=subject,
            wanted=wanted,
            advice=say("wrap it in np.array(...).")
            if even
            else say("make all its rows equally long, then wrap it in np.array(...)."),
        )
    return say("{subject} is {kind}, expected {wanted}.", subject=subject, kind=type_words(yours), wanted=wanted)


def _lists(subject: str, yours: list[Any], expected: list[Any]) -> str:
    if len(yours) != len(expected):
        return say(
            "{subject} is a list of {yours}, expected a list of {expected}.",
            subject=subject,
            yours=len(yours),
            expected=len(expected),
        )
    place = next(place for place in range(len(yours)) if not identical(yours[place], expected[place]))
    got, right = yours[place], expected[place]
    if type(got) is not dict or type(right) is not dict:
        return say(
            "{subject} is a list of the right length; entry {place} differs (the first is entry 0).",
            subject=subject,
            place=place,
        )
    key = next(
        key for key in (*got, *right) if key not in got or key not in right or not identical(got[key], right[key])
    )
    if key not in got:
        said = sentence("Entry {place} of the list lacks {key} (the first is entry 0).")
    elif key in right:
        said = sentence("Entry {place} of the list differs in {key} (the first is entry 0).")
    else:
        said = sentence("Entry {place} of the list should not have {key} (the first is entry 0).")
    return say(said, place=place, key=key[:30])


def type_words(value: Any) -> str:
    """Name the type of a plain value in words."""
    if isinstance(value, Foreign):
        known = {
            "matrix": say("an np.matrix (use np.array)"),
            "MaskedArray": say("a masked array (use np.array)"),
            "generator": say("a generator (wrap it in list(...), or return a list in place of yield)"),
        }
        fallback = say("of type {kind}, which is not plain data", kind=value.type_name)
        return known.get(value.type_name, value.type_name if "array" in value.type_name else fallback)
    if type(value) is tuple:
        return say("a tuple of {count}", count=len(value))
    if type(value) is np.ndarray:
        return say("an array of shape {shape}", shape=value.shape)
    if type(value) is dict:
        keys = ", ".join(key[:30] for key in list(value)[:9])
        return say("a dict with {keys}", keys=keys) if value else say("an empty dict")
    names = {
        type(None): "None",
        bool: say("True or False"),
        complex: say("a complex number"),
        str: say("text"),
        list: say("a list"),
    }
    return names.get(type(value), say("a number"))


def wrong_count(difference: Difference) -> str:
    wanted, got = len(difference.expected), len(difference.yours)
    return say("Return {wanted} results, separated by commas; yours are {got}.", wanted=wanted, got=got)


def wrong_keys(difference: Difference) -> str:
    extra = [key for key in difference.yours if key not in difference.expected]
    if not extra:
        return say("The dict lacks {keys}.", keys=difference.part)
    return say(
        "The dict lacks {keys}; it has {others} instead: is that only the spelling?",
        keys=difference.part,
        others=", ".join(key[:30] for key in extra[:5]),
    )


def wrong_shape(difference: Difference) -> str:
    yours, expected = np.asarray(difference.yours), np.asarray(difference.expected)
    subject = difference.part or say("The result")
    start = say(
        "{subject} has the shape {shape}, expected {expected}",
        subject=subject,
        shape=shape_words(yours),
        expected=shape_words(expected),
    )
    if yours.ndim == expected.ndim == 2 and yours.shape == expected.shape[::-1]:
        return say("{start}: it is transposed.", start=start)
    if yours.size == expected.size and 1 in yours.shape:
        return say(
            "{start}: the same entries, differently arranged. Look for a stray axis (keepdims, reshape).", start=start
        )
    if yours.size > expected.size and expected.ndim == 1 and yours.ndim == 2 and expected.size in yours.shape:
        return say(
            "{start}: a sum over one axis is missing, or (n, 1) and (n,) were broadcast to a table.", start=start
        )
    if yours.ndim < expected.ndim:
        return say("{start}: one sum too many?", start=start)
    return f"{start}."


def shape_words(array: Array) -> str:
    return str(array.shape) if array.ndim else say("() (a single number)")


def wrong_dtype(difference: Difference) -> str:
    subject = difference.part or say("The result")
    if np.asarray(difference.yours).dtype.kind == "b":
        return say(
            "{subject} holds True and False, expected numbers: a comparison is the mask, multiply by it.",
            subject=subject,
        )
    return say("{subject} is complex: the root or logarithm of a negative number?", subject=subject)
