"""Overflow, division by zero and invalid operations are told in a browser as they are where there are flags for it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from machine_room.checks import flags
from machine_room.checks.flags import Watched, unwatched, watched
from machine_room.checks.verification import verify_exercise
from machine_room.exercises import find

Z = np.array([-1000.0, -1.0, 0.0, 1.0, 1000.0])
HOLES = np.array([1.0, np.nan, np.inf, -np.inf])
EXPRESSIONS: dict[str, Callable[[Any], Any]] = {
    "exp": np.exp,
    "exp of what is small": lambda z: np.exp(np.minimum(z, 0)),
    "a sigmoid that overflows": lambda z: 1 / (1 + np.exp(-z)),
    "a sigmoid that does not": lambda z: np.where(
        z < 0, np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))), 1 / (1 + np.exp(-np.abs(z)))
    ),
    "both branches of where": lambda z: np.where(z > 0, z, np.exp(z) - 1),
    "by a mask": lambda z: np.exp(z[z < 0]),
    "one by z": lambda z: 1 / z,
    "z by z": lambda z: z / z,
    "in place": lambda z: np.divide(1, z, out=z),
    "only where": lambda z: np.divide(1, z, out=np.ones_like(z), where=z != 0),
    "a power": lambda z: z**200.0,
    "a negative power": lambda z: z**-1.0,
    "a root": np.sqrt,
    "log": np.log,
    "log1p": np.log1p,
    "logaddexp": lambda z: np.logaddexp(0, z),
    "arctanh": lambda z: np.arctanh(z / 1000),
    "a sum": lambda z: (z * 1e306).sum(),
    "a sum by axis": lambda z: np.stack([z, z]).sum(axis=0) * 1e300,
    "a mean": lambda z: np.mean(z),
    "matmul": lambda z: (z * 1e200) @ (z * 1e200),
    "integers": lambda z: z.astype(int) * 2,
    "comparisons": lambda z: (z > 0) & (z < 5),
    "divmod": lambda z: np.divmod(z, 3.0),
    "NaN that was there": lambda z: HOLES * 2 + np.zeros(1) * z[0],
    "inf that was there": lambda z: np.exp(HOLES[2:]) + 0 * z[0],
    "inf less inf": lambda z: (HOLES[2:] - HOLES[2:]) + 0 * z[0],
    "ignored by the student": lambda z: _ignoring(lambda: np.exp(z)),
    "raised by the student": lambda z: _raising(lambda: np.exp(z)),
}  # fmt: skip
#: Mistakes whose numbers are right, and which only a warning gives away; one or more in each of these.
TOLD_BY_WARNINGS = ("sigmoid", "elu", "selu", "swish", "swish_derivative", "mish", "max_norm")


def _ignoring(compute: Callable[[], Any]) -> Any:
    with np.errstate(all="ignore"):
        return compute()


def _raising(compute: Callable[[], Any]) -> Any:
    with np.errstate(all="raise"):
        try:
            return compute()
        except FloatingPointError as error:
            return str(error)


def told(function: Callable[[Any], Any], array: np.ndarray) -> tuple[Any, set[str]]:
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
        warnings.simplefilter("always")
        result = function(array)
    return result, {str(one.message) for one in caught}


@pytest.fixture
def no_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine as a browser is: NumPy says nothing, whatever it computes."""
    warning = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
    monkeypatch.setattr(flags, "_HAS_FLAGS", False)
    monkeypatch.setattr(flags, "_modes", lambda: warning)
    silent = np.errstate
    monkeypatch.setattr(np, "errstate", lambda **_: silent(all="ignore"))


@pytest.mark.parametrize("expression", EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_a_watched_array_tells_what_numpy_tells(
    expression: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = told(expression, Z.copy())
    monkeypatch.setattr(flags, "_HAS_FLAGS", False)
    result, said = told(expression, watched(Z.copy()))
    assert said == expected[1]
    assert repr(result) == repr(expected[0])


def test_arrays_are_numpys_own_where_there_are_flags() -> None:
    assert type(watched(Z)) is np.ndarray


def test_a_watched_array_shares_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flags, "_HAS_FLAGS", False)
    array = watched(Z.copy())
    assert type(array) is Watched
    array += 1
    assert type(array) is Watched
    np.testing.assert_array_equal(unwatched(array), Z + 1)
    assert type(watched(np.array(["text"]))) is np.ndarray


@pytest.mark.usefixtures("no_flags")
@pytest.mark.parametrize("name", TOLD_BY_WARNINGS)
def test_every_mistake_is_named_and_every_right_answer_passes_without_flags(name: str) -> None:
    assert verify_exercise(find(name), seeds=()).ok


@pytest.mark.parametrize("name", TOLD_BY_WARNINGS)
def test_these_exercises_need_it(name: str, no_flags: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flags, "_HAS_FLAGS", True)
    assert verify_exercise(find(name), seeds=()).uncaught
