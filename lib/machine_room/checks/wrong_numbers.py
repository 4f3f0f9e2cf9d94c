"""What can be said about wrong numbers of the right shape: the most telling sentence."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np

from machine_room.arguments import Array
from machine_room.checks.answers import Answers
from machine_room.checks.compare import (
    Difference,
    Kind,
    all_finite,
    close,
    is_numeric,
    part_names,
    parts,
    value_differences,
)
from machine_room.checks.ignored import ignored_setting
from machine_room.checks.observe import Observation
from machine_room.exercises.exercise import Case
from machine_room.translation import say, say_count, sentence

__all__ = ["LAST_TESTS", "RELATIONS", "TESTS", "TINY", "Part", "amount", "reason", "right_parts"]


#: Of the largest number: what is farther off has another cause than rounding.
_NEARLY = 3e-3

#: Of the largest number: what is nearer has the digits of single precision, or was rounded.
_ROUNDED = 1e-6

#: The least number whose inverse is finite, with room; below are the denormals.
TINY = 1e-300


def reason(warned: Sequence[str]) -> str:
    """Say in plain words where NaN and infinity come from, given NumPy's warnings."""
    text = " ".join(warned)
    if "overflow encountered in exp" in text or "overflow encountered in expm1" in text:
        return say(
            "exp of a large number is infinite: give it only numbers up to 0. (In a softmax, subtract the largest.)"
        )
    if "divide by zero encountered in log" in text:
        return say("That is log(0): a probability has become exactly 0.")
    if "divide by zero" in text:
        return say("Something you divide by is 0.")
    if "overflow" in text:
        return say("A number became too large.")
    return say("That is 0/0, inf - inf, or the root or logarithm of a negative number.")


@dataclass(frozen=True)
class Part:
    """One wrong part of the result, over all cases in which it has the right shape."""

    answers: Answers
    observed: Sequence[Observation]
    failing: Mapping[int, Sequence[Difference]]
    shown: int
    first: Difference
    function: Callable[..., Any] | None = None  # the student's, where it may be called again

    @property
    def subject(self) -> str:
        return self.first.part or say("Your result")

    def pairs(self) -> Iterator[tuple[Case, Array, Array]]:
        """Yield (case, expected, yours) of this part wherever both are arrays of one shape."""
        exercise = self.answers.exercise
        for case, expected, seen in zip(self.answers.cases, self.answers.expected, self.observed, strict=True):
            right = parts(exercise, expected.value, expected.value).get(self.first.part)
            got = parts(exercise, seen.value, expected.value).get(self.first.part) if seen.raised is None else None
            if is_numeric(right) and is_numeric(got):
                wanted, given = np.asarray(right), np.asarray(got)
                if wanted.shape == given.shape:
                    yield case, np.atleast_1d(wanted), np.atleast_1d(given)


def not_finite(part: Part) -> str | None:
    if part.answers.exercise.measure is not None and all_finite(part.observed[part.shown].value):
        return None  # a moment is NaN, and none of the student's numbers
    yours = np.asarray(part.first.yours)
    if np.isfinite(yours).all() or not np.isfinite(np.asarray(part.first.expected)).all():
        return None
    what = say("NaN (not a number)") if np.isnan(yours).any() else say("infinity")
    warned = part.observed[part.shown].warned
    said = say("{subject} contains {what}.", subject=part.subject, what=what)
    return f"{said} {reason(warned)}" if warned else said


def truncated(part: Part) -> str | None:
    """Recognise floats that became integers: each is the right one without what stands behind its decimal point."""
    cut = False
    for case, right, got in part.pairs():
        if got.dtype.kind in "iu" and right.dtype.kind == "f" and not np.array_equal(right, np.trunc(right)):
            if not np.array_equal(np.trunc(right), got):
                return None
            cut = cut or bool(got.any())  # a 0 out of max(0, z) is none
        elif not close(case, right, got, part.first.part).all():
            return None
    if not cut:
        return None
    return say(
        "{subject} holds integers, so everything behind the decimal point is lost: make its array one of floats.",
        subject=part.subject,
    )


def exchanged(part: Part) -> str | None:
    """Recognise the right results in another order."""
    exercise = part.answers.exercise
    whole = part.answers.expected[part.shown].value
    if type(whole) is not tuple:
        return None
    names = part_names(exercise, whole)
    for order in list(permutations(range(len(names))))[1:]:
        if all(
            seen.raised is None
            and type(seen.value) in (tuple, list)
            and len(seen.value) == len(order)
            and not any(value_differences(exercise, case, expected.value, tuple(seen.value[place] for place in order)))
            for case, expected, seen in zip(part.answers.cases, part.answers.expected, part.observed, strict=True)
        ):
            return say("The numbers are right, their order is not: return {names}.", names=", ".join(names))
    return None


def default(part: Part) -> str | None:
    """Recognise a changed default: all is right where the argument is given, and most is wrong where it is not."""
    exercise, cases = part.answers.exercise, part.answers.cases
    for name, parameter in inspect.signature(exercise.reference).parameters.items():
        given = {index for index, case in enumerate(cases) if name in case.kwargs}
        without = len(cases) - len(given)
        if not given or given & part.failing.keys() or 2 * len(part.failing) <= without:
            continue
        if _own_default(part.function, name) == parameter.default:
            continue  # it is what it should be: the cases in which it is given happen to hide another mistake
        if parameter.default is None:
            return say(
                "All is right where {name} is given, but not where it is left out: what do you take in its place?",
                name=name,
            )
        if type(parameter.default) in (int, float):
            return say(
                "All is right where {name} is given, but not where it is left out: its default is {default:g}, "
                "as in the first line that you were given.",
                name=name,
                default=parameter.default,
            )
    return None


def _own_default(function: Callable[..., Any] | None, name: str) -> Any:
    """Return the default in the student's own first line; the class `inspect.Parameter.empty` where none is known."""
    try:
        parameter = inspect.signature(function).parameters.get(name) if function is not None else None
    except (TypeError, ValueError):
        return inspect.Parameter.empty
    default = inspect.Parameter.empty if parameter is None else parameter.default
    return default if type(default) in (int, float, type(None)) else inspect.Parameter.empty


def transposed(part: Part) -> str | None:
    """Recognise a matrix that lies on its side wherever it is one: in its shape, or where square in its numbers."""
    exercise, name, turned = part.answers.exercise, part.first.part, False
    for case, expected, seen in zip(part.answers.cases, part.answers.expected, part.observed, strict=True):
        right = parts(exercise, expected.value, expected.value).get(name)
        got = parts(exercise, seen.value, expected.value).get(name) if seen.raised is None else None
        if not is_numeric(right) or not is_numeric(got):
            return None
        wanted, given = np.asarray(right), np.asarray(got)
        if wanted.shape == given.shape and close(case, wanted, given).all():
            continue
        if wanted.ndim != 2 or given.shape != wanted.T.shape or not close(case, wanted.T, given).all():
            return None
        turned = True
    return say("{subject} is transposed.", subject=part.subject) if turned else None


def zeros(part: Part) -> str | None:
    if all(not got.any() for _, _, got in part.pairs()):
        return say(
            "{subject} is zero everywhere: is it ever filled in, or cut to whole numbers (`//`, int)?",
            subject=part.subject,
        )
    return None


def factor(part: Part) -> str | None:
    """Recognise an answer that is right but for a constant factor, or a factor that is the number of rows."""
    found: list[tuple[float, int]] = []
    for case, right, got in part.pairs():
        used = np.abs(right) > 1e-9 * np.abs(right).max(initial=0.0)
        if not used.any():
            continue
        ratio = float(np.median(got[used] / right[used]))
        # a ratio that is no ordinary number, or has no inverse, is no factor that anyone left out
        if not (np.isfinite(ratio) and abs(ratio) > TINY) or not close(case, right * ratio, got).all():
            return None
        found.append((ratio, _rows(case)))
    if not found or not _enough(part):
        return None
    ratios = np.array([ratio for ratio, _ in found])
    rows = np.array([count for _, count in found], float)
    if np.allclose(ratios, ratios[0], rtol=1e-5):
        return None if np.isclose(ratios[0], 1, rtol=1e-5) else _factor_words(part.subject, float(ratios[0]))
    for sign, which in ((1.0, ""), (-1.0, " " + say("and has the wrong sign"))):
        if np.allclose(ratios, sign * rows, rtol=1e-5):
            return say(
                "{subject} is too large by the number of examples{which}: the mean over the batch is missing.",
                subject=part.subject,
                which=which,
            )
        if np.allclose(ratios, sign / rows, rtol=1e-5):
            return say(
                "{subject} is too small by the number of examples{which}: one division too many.",
                subject=part.subject,
                which=which,
            )
    return None


def _enough(part: Part) -> bool:
    """A single number is always some multiple of another: ask for two or more."""
    return sum(right.size for _, right, _ in part.pairs()) > 1


def _rows(case: Case) -> int:
    values = (*case.args, *case.kwargs.values())  # a list may hold arrays of several shapes, which np.ndim refuses
    return next((len(value) for value in values if isinstance(value, np.ndarray) and value.ndim == 2), 1)


def _factor_words(subject: str, ratio: float) -> str:
    if np.isclose(ratio, -1, rtol=1e-5):
        return say("{subject} has the wrong sign, everywhere.", subject=subject)
    sign = " " + say("and has the wrong sign") if ratio < 0 else ""
    size = abs(ratio)
    if size > 1:
        return say(
            "{subject} is {size:.6g} times too large, everywhere{sign}: look for a factor {size:.6g}.",
            subject=subject,
            size=size,
            sign=sign,
        )
    return say(
        "{subject} is {size:.6g} times too small, everywhere{sign}: look for a factor {size:.6g}.",
        subject=subject,
        size=1 / size,
        sign=sign,
    )


def offset(part: Part) -> str | None:
    shifts = []
    for case, right, got in part.pairs():
        shift = float(np.mean(got - right))
        if not np.isfinite(shift) or not close(case, right + shift, got).all():
            return None
        shifts.append(shift)
    if not _enough(part) or not np.allclose(shifts, shifts[0], rtol=1e-5) or _is_rounding(part, shifts[0]):
        return None
    way = (
        sentence("{subject} is too large by {shift:.6g}, everywhere.")
        if shifts[0] > 0
        else sentence("{subject} is too small by {shift:.6g}, everywhere.")
    )
    return say(way, subject=part.subject, shift=abs(shifts[0]))


def _is_rounding(part: Part, shift: float) -> bool:
    """Whether so little is off that nobody can have added it."""
    return abs(shift) < _ROUNDED * max(float(np.abs(right).max(initial=0.0)) for _, right, _ in part.pairs())


def one_entry(part: Part) -> str | None:
    """Recognise an answer in which the same single entry is wrong in all cases."""
    wrong: set[tuple[int, ...]] = set()
    for case, right, got in part.pairs():
        wrong.update(tuple(index) for index in np.argwhere(~close(case, right, got)).tolist())
        if right.size == 1:
            return None
    if len(wrong) != 1:
        return None
    index = ", ".join(map(str, wrong.pop()))
    return say(
        "Only {part}[{index}] is wrong; all other entries are right.",
        part=part.first.part or say("your result"),
        index=index,
    )


def nearly(part: Part) -> str | None:
    """Recognise rounded constants and approximations: off by little, in every case."""
    off = 0.0
    for _, right, got in part.pairs():
        off = max(off, float(np.max(np.abs(got - right), initial=0.0) / np.max(np.abs(right), initial=1e-2)))
    if not 0 < off < _NEARLY or not _enough(part):
        return None
    asked = (
        sentence(
            "{subject} is nearly right, off by {off:.0e} of its largest number at most: is something a float32, is a "
            "constant rounded, or something approximated?"
        )
        if off < _ROUNDED
        else sentence(
            "{subject} is nearly right, off by {off:.0e} of its largest number at most: is a constant rounded, or "
            "something approximated?"
        )
    )
    return say(
        asked,
        subject=part.subject,
        off=off,
    )


def ignored(part: Part) -> str | None:
    if part.function is None:
        return None
    return ignored_setting(part.answers.exercise, part.function, part.answers.cases)


def amount(part: Part) -> str:
    wrong = sum(int((~close(case, right, got)).sum()) for case, right, got in part.pairs())
    total = sum(right.size for _, right, _ in part.pairs())
    if total == 1 or wrong == total:
        return say("{subject} differs from the expected numbers.", subject=part.subject)
    return say(
        "{subject} differs in {wrong} of {total} numbers over all cases.",
        subject=part.subject,
        wrong=wrong,
        total=total,
    )


def right_parts(part: Part) -> str:
    """Name the parts of the result that are right everywhere, so that nobody looks for the mistake there."""
    wrong = {difference.part for found in part.failing.values() for difference in found}
    whole = part.answers.expected[part.shown].value
    right = [name for name in parts(part.answers.exercise, whole, whole) if name not in wrong]
    if not right or any(d.kind is Kind.RAISED for found in part.failing.values() for d in found):
        return ""
    return say_count(
        len(right), "({names} is right.)", "({names} are right.)", names=", ".join(say(name) for name in right)
    )


#: What relates all of them to the right ones.
RELATIONS: tuple[Callable[[Part], str | None], ...] = (truncated, exchanged, default, transposed, factor, offset)
#: What can be said of wrong numbers, the surest first; `numbers` puts the table of relations before the last ones.
TESTS: tuple[Callable[[Part], str | None], ...] = (
    not_finite, truncated, exchanged, default, transposed, zeros, factor, offset,
)  # fmt: skip
LAST_TESTS: tuple[Callable[[Part], str | None], ...] = (one_entry, nearly, ignored)
