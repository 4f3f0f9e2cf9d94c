"""Whether a stranger's function is right, found out without any check: by the reference, on random inputs.

A function is right where it gives what the reference gives, changes nothing that it was handed and, where the text asks
for it, warns of nothing. Where every answer is drawn at random, what is compared is written down in `DRAWN`.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from machine_room.arguments import Array
from machine_room.exercises import find
from tests.strangers.collection import Stranger
from tests.strangers.inputs import Trial, trials

__all__ = ["fault"]

LOOSE = {"forward_difference": 1e-5, "numerical_gradient": 1e-5}  # a difference of rounded numbers
QUIET = {"sigmoid", "elu", "selu", "mish", "cross_entropy"}  # whose text wants no overflow
ONCE = {"nesterov_step"}  # whose text wants one call
RATE = 0.3


def fault(stranger: Stranger) -> str:
    """Say what is wrong with a stranger's function, or nothing."""
    name = stranger.exercise.name
    if name in DRAWN:
        return DRAWN[name](stranger)
    function = stranger.function()
    for number, trial in enumerate(trials(name)):
        found = _differs(stranger, function, trial)
        if found:
            return f"trial {number}: {found}"
    return ""


def _differs(stranger: Stranger, function: Callable[..., Any], trial: Trial) -> str:
    name = stranger.exercise.name
    wanted = find(name).reference(*copy.deepcopy(trial.args), **copy.deepcopy(dict(trial.kwargs)))
    calls: list[None] = []
    args, kwargs = copy.deepcopy(trial.args), copy.deepcopy(dict(trial.kwargs))
    if name in ONCE:
        args = tuple(_counted(one, calls) if callable(one) else one for one in args)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error" if name in QUIET else "ignore", RuntimeWarning)
            got = function(*args, **kwargs)
    except Exception as error:
        return f"raises {type(error).__name__}: {error}"
    if not _same(args, trial.args, 0) or not _same(kwargs, dict(trial.kwargs), 0):
        return "an argument was changed"
    if len(calls) > 1:
        return f"calls {len(calls)} times what it is to call once"
    return "" if _same(got, wanted, LOOSE.get(name, 1e-7)) else f"{got!r} instead of {wanted!r}"


def _counted(function: Callable[..., Any], calls: list[None]) -> Callable[..., Any]:
    def called(*args: Any) -> Any:
        calls.append(None)
        return function(*args)

    return called


def _same(got: Any, wanted: Any, tolerance: float) -> bool:
    if callable(wanted) or isinstance(wanted, np.random.Generator):
        return True
    if isinstance(wanted, Mapping):
        return (
            isinstance(got, Mapping)
            and set(got) == set(wanted)
            and all(_same(got[k], wanted[k], tolerance) for k in wanted)
        )
    if isinstance(wanted, tuple | list):
        alike = isinstance(got, type(wanted)) and len(got) == len(wanted)
        return alike and all(_same(a, b, tolerance) for a, b in zip(got, wanted, strict=True))
    if isinstance(wanted, np.ndarray):
        return isinstance(got, np.ndarray) and got.shape == wanted.shape and _near(got, wanted, tolerance)
    if isinstance(wanted, str | bool | None):
        return bool(got == wanted)
    return (
        np.shape(got) == () and isinstance(got, int | float | np.number | np.ndarray) and _near(got, wanted, tolerance)
    )


def _near(got: Any, wanted: Any, tolerance: float) -> bool:
    scale = np.max(np.abs(wanted), initial=0, where=np.isfinite(wanted)) if np.size(wanted) else 0.0
    return bool(np.allclose(got, wanted, rtol=tolerance, atol=tolerance * 1e-2 * scale, equal_nan=True))


# ---------------------------------------------------------------------------------------- what is drawn, or measured


def _weights(stranger: Stranger) -> str:
    function, shape = stranger.function(), (150, 250)
    for scheme in ("lecun", "he", "glorot"):
        for distribution in ("normal", "uniform"):
            settings: dict[str, Any] = {} if distribution == "normal" else {"distribution": distribution}
            draws = [function(scheme, *shape, np.random.default_rng(seed), **settings) for seed in (0, 0, 1)]
            std = find("init_std").reference(scheme, *shape)
            found = _drawn_as(draws, shape, std, bounded=distribution == "uniform")
            if found:
                return f"{scheme}, {distribution}: {found}"
    return ""


def _drawn_as(draws: list[Any], shape: tuple[int, int], std: float, *, bounded: bool) -> str:
    first, again, other = draws
    if not isinstance(first, np.ndarray) or first.shape != shape:
        return "no array of that shape"
    if not np.array_equal(first, again) or np.array_equal(first, other):
        return "does not follow its generator"
    if abs(first.mean()) > 0.03 * std or abs(first.std() / std - 1) > 0.02:
        return f"mean {first.mean():.3g}, deviation {first.std():.3g} instead of {std:.3g}"
    if bounded == bool(np.abs(first).max() > 1.7321 * std):
        return "another distribution"
    return "" if len(np.unique(first)) > 0.9 * first.size else "numbers repeat"


def _dropped(stranger: Stranger) -> str:
    function, x = stranger.function(), np.random.default_rng(3).normal(size=(300, 400)) + 2
    kept = x.copy()
    for rate in (0.0, RATE, 0.8):
        y, mask = function(x, rate=rate, rng=np.random.default_rng(1))
        again, _ = function(x, rate=rate, rng=np.random.default_rng(1))
        found = _dropped_as(x, y, mask, rate) or ("" if np.array_equal(y, again) else "does not follow its generator")
        if found:
            return f"rate {rate}: {found}"
    y, mask = function(x, rate=RATE, rng=np.random.default_rng(1), training=False)
    if not np.array_equal(y, kept) or mask is not None:
        return "predicting is not left alone"
    return "" if np.array_equal(x, kept) else "an argument was changed"


def _dropped_as(x: Array, y: Any, mask: Any, rate: float) -> str:
    if not isinstance(mask, np.ndarray) or mask.shape != x.shape or not np.isin(mask, (0, 1)).all():
        return "no mask of True and False"
    if abs(mask.mean() - (1 - rate)) > 0.01:
        return f"keeps {mask.mean():.3f}"
    if max(np.ptp(mask.mean(axis=0)), np.ptp(mask.mean(axis=1))) > 0.3:
        return "does not choose entry by entry"
    return "" if _same(y, x * mask / (1 - rate), 1e-9) else "y is not x * mask / (1 - rate)"


def _fails(stranger: Stranger) -> str:
    function = stranger.function()
    for formula in ("sigmoid_slope", "softplus", "exp_minus_1", "softmax"):
        for limit in (800.0, 1000.0):
            try:
                value = np.asarray(function(formula, limit=limit), dtype=float)
            except Exception as error:
                return f"{formula}: raises {type(error).__name__}"
            if not _breaks(formula, value, limit):
                return f"{formula} does not fail at {value}, limit {limit}"
    return ""


def _breaks(formula: str, z: Array, limit: float) -> bool:
    if z.ndim != (formula == "softmax") or np.abs(z).max(initial=0) > limit:
        return False
    with np.errstate(all="ignore"):
        paper, exact = (form(z) for form in FORMULAS[formula])
        off = ~(np.abs(paper - exact) <= 1e-3 * np.abs(exact))
    return bool(np.isfinite(exact).all() and off.any())


def _softmax(z: Array) -> Array:
    shares: Array = np.exp(z) / np.exp(z).sum()
    return shares


#: Each formula as it stands on paper, and as it holds for every input.
FORMULAS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "sigmoid_slope": (lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2, lambda z: 0.25 / np.cosh(z / 2) ** 2),
    "softplus": (lambda z: np.log(1 + np.exp(z)), lambda z: np.logaddexp(0, z)),
    "exp_minus_1": (lambda z: np.exp(z) - 1, np.expm1),
    "softmax": (_softmax, lambda z: _softmax(z - z.max())),
}


DRAWN: dict[str, Callable[[Stranger], str]] = {
    "init_weights": _weights,
    "dropout_forward": _dropped,
    "failing_input": _fails,
}
