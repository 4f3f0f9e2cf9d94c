"""Overflow, division by zero and invalid operations, told where the processor does not: in WebAssembly, in a browser.

NumPy warns when a processor's floating-point flags say so. WebAssembly has none: an overflow that the result does not
show would pass there, and cost points when it is graded. So there a function is given arrays that look at their own
results. What a function computes with plain numbers, or after `np.asarray`, goes unseen.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["Watched", "unwatched", "watched"]

#: Where an infinite result is a division by zero, by the inputs; anywhere else it is an overflow.
_POLES: dict[np.ufunc, Callable[..., Any]] = {
    np.divide: lambda _, below: below == 0,
    np.floor_divide: lambda _, below: below == 0,
    np.reciprocal: lambda below: below == 0,
    np.power: lambda base, _: base == 0,
    np.float_power: lambda base, _: base == 0,
    np.log: lambda z: z == 0,
    np.log2: lambda z: z == 0,
    np.log10: lambda z: z == 0,
    np.log1p: lambda z: z == -1,
    np.arctanh: lambda z: abs(z) == 1,
}
_REAL = "biuf"


def _has_flags() -> bool:
    with np.errstate(over="raise"):
        try:
            np.exp(np.full(1, 1e4))
        except FloatingPointError:
            return True
    return False


_HAS_FLAGS = _has_flags()


class Watched(np.ndarray):
    """An array of numbers whose operations warn as they would where there are flags; so are the arrays made of it."""

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        given = [unwatched(one) for one in inputs]
        out = options.pop("out", ())
        if out:
            options["out"] = tuple(map(unwatched, out))
        if "where" in options:
            options["where"] = unwatched(options["where"])
        look = _looker(ufunc, method, given, options.get("where", True))  # before `out` may have changed an input
        with np.errstate(all="ignore"):
            made = getattr(ufunc, method)(*given, **options)
        results = made if isinstance(made, tuple) else (made,)
        for result in results:
            look(result)
        shown = out or tuple(map(_as_watched, results))
        return shown if isinstance(made, tuple) else shown[0]

    def __repr__(self) -> str:
        return repr(unwatched(self))


def watched(array: np.ndarray) -> np.ndarray:
    """Return the array as one that warns, where nobody else would; its memory is the same."""
    return array if _HAS_FLAGS or array.dtype.kind not in _REAL else array.view(Watched)


def unwatched(value: Any) -> Any:
    """Return a watched array as NumPy's own, with the same memory, and anything else as it is."""
    return value.view(np.ndarray) if type(value) is Watched else value


def _as_watched(result: Any) -> Any:
    return watched(result) if type(result) is np.ndarray else result


def _looker(ufunc: np.ufunc, method: str, inputs: Sequence[Any], where: Any) -> Callable[[Any], None]:
    """Return what tells of one result, by what the inputs are now."""
    arrays = [np.asarray(one) for one in inputs]
    if method not in ("__call__", "reduce") or any(one.dtype.kind not in _REAL for one in arrays):
        return lambda result: None
    by_entry = method == "__call__" and ufunc.signature is None  # as in `exp`; not in `matmul`, nor in a sum
    finite, known = (_all([test(one) for one in arrays], by_entry) & where for test in (np.isfinite, _is_known))
    pole = _POLES[ufunc](*arrays) if by_entry and ufunc in _POLES else np.False_
    modes, operation = _modes(), ufunc.__name__ if method == "__call__" else method

    def look(result: Any) -> None:
        if getattr(getattr(result, "dtype", None), "kind", "") != "f":
            return
        infinite = np.isinf(result) & finite
        for kind, name, found in (
            ("divide", "divide by zero", infinite & pole),
            ("over", "overflow", infinite & ~pole),
            ("invalid", "invalid value", np.isnan(result) & known),
        ):
            if found.any():
                _tell(modes[kind], f"{name} encountered in {operation}")

    return look


def _is_known(array: np.ndarray) -> Any:
    return ~np.isnan(array)


def _all(tests: Sequence[np.ndarray], by_entry: bool) -> Any:
    """Return where all inputs pass a test, entry by entry, or whether all of all of them do."""
    return np.logical_and.reduce(np.broadcast_arrays(*tests)) if by_entry else np.bool_(all(t.all() for t in tests))


def _modes() -> Mapping[str, Any]:
    """Return what `np.errstate` asks for: which kinds are warned of, raised, or passed over."""
    return {**np.geterr()}


def _tell(mode: str, message: str) -> None:
    """Warn, raise or say nothing."""
    if mode == "raise":
        raise FloatingPointError(message)
    if mode != "ignore":
        warnings.warn(message, RuntimeWarning, stacklevel=4)
