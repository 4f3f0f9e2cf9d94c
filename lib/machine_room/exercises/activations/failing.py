"""The exercise failing_input: an input on which a formula fails as it stands on paper. The formula is really run on it.

What comes back is a number or a few, chosen by a student: it is taken apart as data before any formula sees it.
"""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from machine_room import naive
from machine_room.arguments import Array
from machine_room.exercises.exercise import Case, Exercise, Score
from machine_room.translation import say

MOST_LOGITS = 100
LEAST_LIMIT, LARGEST_LIMIT = 800, 3000
FAR = 1.0  # where exp_minus_1 is looked for on the wrong side of the scale
ENOUGH_FOR_ZERO = 745.2  # below minus this exp is 0


class _NoInput(Exception):
    """What came back is nothing that the formula could be run on; says why, and may name a known mistake."""

    def __init__(self, hint: str = "", mistake: str | None = None) -> None:
        super().__init__(hint)
        self.hint = hint
        self.mistake = mistake


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for formula in naive.FORMULAS:
        yield Case(formula, (formula,), {"limit": float(rng.integers(LEAST_LIMIT, LARGEST_LIMIT))})


def _score(cases: Sequence[Case], observed: Sequence[Any]) -> Score:
    """All formulas must fail: one that does not is explained, the first of them."""
    found = [_told(case, seen.value) for case, seen in zip(cases, observed, strict=True)]
    wrong = [refused for _, refused in found if refused is not None]
    lines = tuple(line for line, _ in found)
    if not wrong:
        head = say("failing_input: correct, {count} of {count} formulas fail", count=len(found))
        return Score(1.0, (head, *lines))
    head = say("failing_input: {count} of {total} formulas fail", count=len(found) - len(wrong), total=len(found))
    return Score(0.0, (head, *lines), wrong[0].hint, wrong[0].mistake)


def _told(case: Case, value: Any) -> tuple[str, _NoInput | None]:
    """What one answer did, and why it does not count, where it does not."""
    (formula,), limit = case.args, case.kwargs["limit"]
    try:
        z = _input(formula, value, limit)
    except _NoInput as refused:
        return say("{formula}: not run", formula=formula), refused
    paper, right = naive.both(formula, z)
    line = say(
        "{formula} at {z}: {paper} on paper, {right} is right",
        formula=formula,
        z=_numbers(z),
        paper=_numbers(paper),
        right=_numbers(right),
    )
    return line, None if naive.fails(formula, z) else _no_failure(formula, z)


def _input(formula: str, value: Any, limit: float) -> Array:
    """The answer as an array of floats, one number as an array without axes.

    Raises:
        _NoInput: it is none, or out of bounds.
    """
    z, several = _real(formula, value), naive.FORMULAS[formula].several
    if several and z.ndim == 0:
        raise _NoInput(mistake="one_logit_for_softmax")
    if several and (z.ndim != 1 or not 1 <= z.size <= MOST_LOGITS):
        raise _NoInput(
            say(
                "For softmax return a row of 1 to {most} logits; yours has the shape {shape}.",
                most=MOST_LOGITS,
                shape=z.shape,
            )
        )
    if not several and z.ndim:
        raise _NoInput(mistake="array_for_one_number")
    if np.isnan(z).any():
        raise _NoInput(mistake="returns_what_comes_out")
    if np.isinf(z).any():
        raise _NoInput(mistake="infinity_goes_in")
    if (np.abs(z) > limit).any():
        raise _NoInput(mistake="beyond_the_limit")
    return z


def _real(formula: str, value: Any) -> Array:
    if type(value) in (list, tuple) and value and all(type(one) in (int, float) for one in value):
        return np.array(value, np.float64)
    if type(value) in (int, float) or (type(value) is np.ndarray and value.dtype.kind in "iuf"):
        return np.asarray(value, np.float64)
    kind = (
        say("an array of {dtype}", dtype=value.dtype)
        if type(value) is np.ndarray
        else getattr(value, "type_name", None)
    )
    wanted = say("an array of real numbers") if naive.FORMULAS[formula].several else say("one real number")
    raise _NoInput(
        say(
            "For {formula} return {wanted}, an input; yours is of type {kind}.",
            formula=formula,
            wanted=wanted,
            kind=kind or type(value).__name__,
        )
    )


def _no_failure(formula: str, z: Array) -> _NoInput:
    """Why the formula is right there."""
    if formula == "exp_minus_1":
        if z == 0:
            return _NoInput(mistake="zero_for_exp_minus_1")
        return _NoInput(mistake="far_out_for_exp_minus_1" if abs(z) >= FAR else "not_near_enough")
    if formula == "sigmoid_slope" and z > 0:
        return _NoInput(mistake="on_the_other_side")
    if formula == "softplus" and z < -ENOUGH_FOR_ZERO:
        return _NoInput(mistake="too_far_for_softplus")
    if formula == "softmax" and z.min() < -ENOUGH_FOR_ZERO:
        return _NoInput(mistake="one_small_logit")
    return _NoInput(mistake="not_far_enough")


def _numbers(values: Array) -> str:
    flat = np.atleast_1d(values)
    shown = ", ".join(f"{value:.3g}" for value in flat[:4]) + (", ..." if flat.size > 4 else "")
    return f"[{shown}]" if values.ndim else shown


failing_input = Exercise(
    reference=naive.failing_input,
    cases=_cases,
    score=_score,
)


@failing_input.also_correct
def at_the_limit(formula, *, limit):
    if formula == "softmax":
        return [-limit, -limit, -limit]
    return {"sigmoid_slope": -limit, "softplus": limit, "exp_minus_1": -1e-20}[formula]


@failing_input.also_correct
def where_it_begins(formula, *, limit):
    inputs = {"sigmoid_slope": -400, "softplus": -50, "exp_minus_1": 1e-16, "softmax": np.array([0.0, 710.0])}
    return inputs[formula]


@failing_input.also_correct
def found_by_search(formula, *, limit):
    tried = [s * 10.0**k for k in range(-20, 3) for s in (-7.5, 7.5)]
    for z in tried:
        with np.errstate(all="ignore"):
            if formula == "exp_minus_1" and np.exp(z) - 1 == 0:
                return z
            if formula == "softplus" and np.isinf(np.log(1 + np.exp(z))):
                return z
            if formula == "sigmoid_slope" and np.isnan(np.exp(-z) / (1 + np.exp(-z)) ** 2):
                return z
            if formula == "softmax" and np.isnan(np.exp(z) / np.exp(z)):
                return np.full(3, z)
    return 0.0


@failing_input.mistake(
    "inf is no input that a network could have, and there is no right result to miss. Which *ordinary* number makes "
    "exp overflow?"
)
def infinity_goes_in(formula, *, limit):
    inputs = {"sigmoid_slope": -np.inf, "softplus": np.inf, "exp_minus_1": 1e-17, "softmax": np.array([np.inf, 0.0])}
    return inputs[formula]


@failing_input.mistake("nan is what comes out where a formula fails. Return what goes in: the number that leads there.")
def returns_what_comes_out(formula, *, limit):
    inputs = {"sigmoid_slope": np.nan, "softplus": np.nan, "exp_minus_1": 0.0, "softmax": np.array([np.nan, 0.0])}
    return inputs[formula]


@failing_input.mistake("An entry is farther from 0 than `limit`. Go as far as it takes for exp, and no farther.")
def beyond_the_limit(formula, *, limit):
    inputs = {"sigmoid_slope": -1e4, "softplus": 1e4, "exp_minus_1": 1e-17, "softmax": np.array([1e4, 0.0])}
    return inputs[formula]


@failing_input.mistake("Softmax is of several logits at once: return an array of them, such as np.array([z, 0.0]).")
def one_logit_for_softmax(formula, *, limit):
    return {"sigmoid_slope": -limit, "softplus": limit, "exp_minus_1": 1e-17, "softmax": limit}[formula]


@failing_input.mistake("Only softmax takes an array. For the three others return one number.")
def array_for_one_number(formula, *, limit):
    return np.array({"sigmoid_slope": [-limit], "softplus": [limit], "exp_minus_1": [1e-17]}.get(formula, [limit, 0.0]))


@failing_input.mistake(
    "For z above 0 exp(-z) is small, and the slope comes out right. It fails on the other side: what is exp(-z) there?"
)
def on_the_other_side(formula, *, limit):
    return {"sigmoid_slope": limit, "softplus": limit, "exp_minus_1": 1e-17, "softmax": [limit, 0.0]}[formula]


@failing_input.mistake(
    "So far to the left the right result of softplus, about exp(z), is itself too small for a double: 0 is right. Come "
    "nearer, or go to the other side."
)
def too_far_for_softplus(formula, *, limit):
    return {"sigmoid_slope": -limit, "softplus": -limit, "exp_minus_1": 1e-17, "softmax": [limit, 0.0]}[formula]


@failing_input.mistake(
    "There the formula is still right. exp(100) is a large number, but a number: find out where exp becomes inf, or 0."
)
def not_far_enough(formula, *, limit):
    return {"sigmoid_slope": -100, "softplus": 100, "exp_minus_1": 1e-17, "softmax": [100.0, 0.0]}[formula]


@failing_input.mistake(
    "Far out exp(z) - 1 is as right as can be. A difference loses its digits where the two numbers are nearly equal: "
    "for which z is exp(z) nearly 1?"
)
def far_out_for_exp_minus_1(formula, *, limit):
    return {"sigmoid_slope": -limit, "softplus": limit, "exp_minus_1": -limit, "softmax": [limit, 0.0]}[formula]


@failing_input.mistake("exp(0) - 1 is 0, and that is right. It fails *near* 0, where the right result is about z.")
def zero_for_exp_minus_1(formula, *, limit):
    return {"sigmoid_slope": -limit, "softplus": limit, "exp_minus_1": 0.0, "softmax": [limit, 0.0]}[formula]


@failing_input.mistake(
    "That is near 0, but enough digits are left. A double has sixteen: 1 + z must be so near to 1 that hardly any of z "
    "is left in it."
)
def not_near_enough(formula, *, limit):
    return {"sigmoid_slope": -limit, "softplus": limit, "exp_minus_1": 1e-6, "softmax": [limit, 0.0]}[formula]


@failing_input.mistake(
    "One very small logit becomes 0, and beside the others that is right. Softmax fails where one exponential is inf, "
    "or where *all* of them are 0."
)
def one_small_logit(formula, *, limit):
    return {"sigmoid_slope": -limit, "softplus": limit, "exp_minus_1": 1e-17, "softmax": [-limit, 0.0]}[formula]
