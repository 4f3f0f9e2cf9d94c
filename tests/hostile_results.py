"""Functions that answer an exercise with what no check expects: drawn from a seed, so that each can be made again.

    function = HostileFunction(exercise, seed=7)
    run_check(exercise, function, seed="visible")     # whatever it is: an answer, never an exception
    function.truly_right                              # whether all that it returned was the right answer after all

Most of what is drawn is the right result with something in it spoilt: what is built otherwise is told from it at once,
and gets nowhere near what explains wrong numbers.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from machine_room.checks.observe import fresh
from machine_room.exercises.exercise import Exercise

__all__ = ["ERRORS", "LEAVES", "STRUCTURES", "HostileFunction"]

TINY, HUGE = 5e-324, 1.7976931348623157e308


def _payload(rng: random.Random) -> float:
    """A NaN that carries bits of its own."""
    (nan,) = struct.unpack("<d", struct.pack("<Q", 0x7FF0_0000_0000_0001 | rng.getrandbits(51)))
    return float(nan)


def _filled(right: Any, number: Any, dtype: Any = float) -> Any:
    return np.full(np.shape(right), number, dtype)


def _one_entry(rng: random.Random, right: Any, number: Any) -> Any:
    """The right numbers, but for one."""
    array = np.array(right, float)
    if array.size:
        array.flat[rng.randrange(array.size)] = number
    return array


def _scaled(right: Any, factor: Any) -> Any:
    with np.errstate(all="ignore"):
        return np.asarray(right) * factor


def _shifted(right: Any, shift: float) -> Any:
    with np.errstate(all="ignore"):
        return np.asarray(right) + shift


def _cast(right: Any, dtype: Any) -> Any:
    with np.errstate(all="ignore"):
        return np.asarray(right).astype(dtype)


def _reshaped(right: Any, shape: tuple[int, ...]) -> Any:
    return np.reshape(np.asarray(right), shape)


def _ragged(rng: random.Random) -> Any:
    return [[1.0] * rng.randrange(4) for _ in range(1 + rng.randrange(5))]


def _deep(depth: int, tuples: bool = False) -> Any:
    nested: Any = 1.0
    for _ in range(depth):
        nested = (nested,) if tuples else [nested]
    return nested


def _endless() -> Any:
    loop: list[Any] = [1.0]
    loop += [loop, loop]
    return loop


class _Odd:
    """An object that answers everything with itself."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__array"):
            raise AttributeError(name)
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


class _Subclass(np.ndarray):
    """An array that changes what is computed with it."""

    def __array_finalize__(self, source: Any) -> None:
        pass


#: What may stand where an array or a number is right.
LEAVES: dict[str, Callable[[random.Random, Any], Any]] = {
    "itself": lambda rng, right: right,
    "denormals": lambda rng, right: _filled(right, TINY * rng.choice([1, -1, 3, 2**40])),
    "one denormal": lambda rng, right: TINY,
    "one entry denormal": lambda rng, right: _one_entry(rng, right, TINY),
    "scaled to denormals": lambda rng, right: _scaled(right, 1e-310),
    "the largest": lambda rng, right: _filled(right, HUGE * rng.choice([1, -1])),
    "largest of both signs": lambda rng, right: (
        np.where(_filled(right, rng.random()) < 2, HUGE, 0) * _signs(rng, right)
    ),
    "one entry huge": lambda rng, right: _one_entry(rng, right, rng.choice([HUGE, -HUGE, 1e200])),
    "not a number": lambda rng, right: _filled(right, np.nan),
    "a NaN with a payload": lambda rng, right: _one_entry(rng, right, _payload(rng)),
    "infinity": lambda rng, right: _filled(right, rng.choice([np.inf, -np.inf])),
    "one entry infinite": lambda rng, right: _one_entry(rng, right, np.inf),
    "zeros": lambda rng, right: _filled(right, 0.0),
    "negative zeros": lambda rng, right: _filled(right, -0.0),
    "wrong sign": lambda rng, right: _scaled(right, -1),
    "scaled": lambda rng, right: _scaled(right, rng.choice([2, 0.5, 1e300, 1e-300, np.nan, np.inf, -3e-7])),
    "shifted": lambda rng, right: _shifted(right, rng.choice([1.0, 1e300, -1e-3, TINY, np.inf])),
    "nearly": lambda rng, right: _scaled(right, 1 + rng.choice([1e-3, 1e-5, 1e-16])),
    "half precision": lambda rng, right: _cast(right, np.float16),
    "single precision": lambda rng, right: _cast(right, np.float32),
    "extended precision": lambda rng, right: _cast(right, np.longdouble),
    "beyond every double": lambda rng, right: _filled(right, np.longdouble("1e4000"), np.longdouble),
    "an extended number": lambda rng, right: np.longdouble(rng.choice(["1e4000", "1e-4950", "nan"])),
    "complex": lambda rng, right: (
        _cast(right, complex) + rng.choice([0, 1j, complex(0, np.nan), complex(np.inf, TINY)])
    ),
    "single complex": lambda rng, right: _cast(right, np.complex64),
    "extended complex": lambda rng, right: _cast(right, np.clongdouble),
    "a complex number": lambda rng, right: complex(rng.choice([0.0, np.nan, np.inf]), -0.0),
    "truth values": lambda rng, right: _filled(right, rng.random() < 0.5, bool),
    "a truth value": lambda rng, right: rng.random() < 0.5,
    "integers": lambda rng, right: np.trunc(_finite(right)).astype(int),
    "the least integer": lambda rng, right: _filled(right, np.iinfo(np.int64).min, np.int64),
    "the largest natural": lambda rng, right: _filled(right, np.iinfo(np.uint64).max, np.uint64),
    "small integers": lambda rng, right: _filled(right, 127, np.int8),
    "a huge integer": lambda rng, right: (-1) ** rng.randrange(2) * 10 ** rng.choice([19, 308, 309, 4000]),
    "huge integers": lambda rng, right: [2**70] * np.size(right),
    "huge and small integers": lambda rng, right: [2**70, 1, 2.5, True],
    "objects": lambda rng, right: np.array([None, 1, "x"], dtype=object),
    "numbers as objects": lambda rng, right: _cast(right, object),
    "text": lambda rng, right: "0.5" * rng.choice([1, 100_000]),
    "an array of text": lambda rng, right: _cast(right, str),
    "bytes": lambda rng, right: b"\x00\xff" * 5,
    "dates": lambda rng, right: np.zeros(np.shape(right), "datetime64[s]"),
    "records": lambda rng, right: np.zeros(np.shape(right), [("a", float), ("b", "U3")]),
    "nothing": lambda rng, right: None,
    "an empty array": lambda rng, right: np.zeros(rng.choice([(0,), (0, 3), (3, 0), (0, 0, 0)])),
    "an empty list": lambda rng, right: [],
    "an empty tuple": lambda rng, right: (),
    "an empty dict": lambda rng, right: {},
    "no axes": lambda rng, right: np.array(rng.choice([1.0, np.nan, TINY, True, 2**62])),
    "one more axis": lambda rng, right: np.asarray(right)[..., None],
    "one axis in front": lambda rng, right: np.asarray(right)[None],
    "many axes": lambda rng, right: _reshaped(np.ones(1), (1,) * rng.choice([3, 16, 32])),
    "a line": lambda rng, right: np.ravel(right),
    "transposed": lambda rng, right: np.asarray(right).T,
    "turned round": lambda rng, right: np.flip(np.asarray(right)),
    "in Fortran's order": lambda rng, right: np.asfortranarray(right),
    "the other byte order": lambda rng, right: np.asarray(right, float).astype(">f8"),
    "read-only": lambda rng, right: np.broadcast_to(np.asarray(right), np.shape(right)),
    "no strides": lambda rng, right: np.broadcast_to(1.0, np.shape(right)),
    "a million entries": lambda rng, right: np.broadcast_to(rng.choice([0.0, np.nan]), (1000, 1000)),
    "a trillion entries": lambda rng, right: np.broadcast_to(1.0, (10**6, 10**6)),
    "a long axis": lambda rng, right: np.zeros((0, 10**9)),
    "a list": lambda rng, right: np.asarray(right).tolist(),
    "a ragged list": lambda rng, right: _ragged(rng),
    "a list of arrays": lambda rng, right: [np.asarray(right)] * rng.randrange(4),
    "a list of arrays of all kinds": lambda rng, right: [np.zeros((2, 2)), np.zeros(3), 1, None],
    "a deep list": lambda rng, right: _deep(rng.choice([5, 50, 5000])),
    "deep tuples": lambda rng, right: _deep(rng.choice([5, 50, 5000]), tuples=True),
    "a list in itself": lambda rng, right: _endless(),
    "a long list": lambda rng, right: [0.0] * 20_000,
    "a set": lambda rng, right: {1.0, 2.0},
    "a range": lambda rng, right: range(10**9),
    "a generator": lambda rng, right: (x for x in [1.0]),
    "a function": lambda rng, right: _deep,
    "a class": lambda rng, right: float,
    "an odd object": lambda rng, right: _Odd(),
    "a list of odd objects": lambda rng, right: [_Odd(), 1.0],
    "a subclass": lambda rng, right: np.asarray(right, float).view(_Subclass),
    "a masked array": lambda rng, right: np.ma.masked_array(np.asarray(right), mask=True),
    "a random generator": lambda rng, right: np.random.default_rng(0),
    "Ellipsis": lambda rng, right: ...,
    "NotImplemented": lambda rng, right: NotImplemented,
}


def _signs(rng: random.Random, right: Any) -> Any:
    signs = [rng.choice([1.0, -1.0]) for _ in range(max(np.size(right), 1))]
    return np.array(signs[: np.size(right)] if np.shape(right) else signs[0]).reshape(np.shape(right))


def _finite(right: Any) -> Any:
    return np.clip(np.nan_to_num(np.asarray(right, float)), -1e9, 1e9)


Spoil = Callable[[random.Random, Any], Any]


def _spoil_one(rng: random.Random, right: Any, spoil: Spoil) -> Any:
    """The right result with one part of it spoilt."""
    if isinstance(right, (tuple, list)) and right:
        parts = list(right)
        place = rng.randrange(len(parts))
        parts[place] = _spoil_one(rng, parts[place], spoil)
        return type(right)(parts)
    if isinstance(right, dict) and right:
        key = rng.choice(list(right))
        return {**right, key: _spoil_one(rng, right[key], spoil)}
    return spoil(rng, right)


def _spoil_all(rng: random.Random, right: Any, spoil: Spoil) -> Any:
    if isinstance(right, (tuple, list)):
        return type(right)(_spoil_all(rng, part, spoil) for part in right)
    if isinstance(right, dict):
        return {key: _spoil_all(rng, part, spoil) for key, part in right.items()}
    return spoil(rng, right)


def _shuffled(rng: random.Random, right: Any) -> Any:
    parts = list(right) if isinstance(right, (tuple, list)) else [right]
    rng.shuffle(parts)
    return tuple(parts)


def _odd_keys(rng: random.Random, right: Any) -> Any:
    parts = right if isinstance(right, dict) else {"result": right}
    odd = rng.choice([0, None, (1, 2), 1.5, b"key", "", "k" * 100_000, "<b>", "\x1b[2J", np.float64(1), True])
    return {odd if rng.random() < 0.5 else key: part for key, part in parts.items()} | {odd: 1.0}


#: How the result as a whole is built, given what spoils a part of it.
STRUCTURES: dict[str, Callable[[random.Random, Any, Spoil], Any]] = {
    "one part": _spoil_one,
    "all parts": _spoil_all,
    "in its place": lambda rng, right, spoil: spoil(rng, 1.0),
    "in a tuple": lambda rng, right, spoil: (spoil(rng, 1.0),) * rng.randrange(5),
    "in a list": lambda rng, right, spoil: [spoil(rng, 1.0)] * rng.randrange(5),
    "in a dict": lambda rng, right, spoil: {"result": spoil(rng, right if isinstance(right, float) else 1.0)},
    "one too many": lambda rng, right, spoil: (*(right if isinstance(right, tuple) else (right,)), spoil(rng, 1.0)),
    "one too few": lambda rng, right, spoil: right[:-1] if isinstance(right, (tuple, list)) else spoil(rng, 1.0),
    "exchanged": lambda rng, right, spoil: _shuffled(rng, right),
    "keys of all kinds": lambda rng, right, spoil: _odd_keys(rng, right),
    "a list of parts": lambda rng, right, spoil: list(right) if isinstance(right, tuple) else [right, spoil(rng, 1.0)],
}

ERRORS = (
    ValueError(), KeyError(None), TypeError("x" * 100_000), MemoryError(), RecursionError("x"), OverflowError(34, "x"),
    NotImplementedError(), AssertionError([]), StopIteration(), ExceptionGroup("two", [ValueError(), KeyError()]),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no"), FloatingPointError("overflow encountered in exp"),
)  # fmt: skip


class HostileFunction:
    """One hostile answer to an exercise, as a student's function would give it.

    Args:
        exercise: what it answers.
        seed: draws what it does. A third of them does something else in each call.
    """

    def __init__(self, exercise: Exercise, seed: int) -> None:
        self.exercise = exercise
        self.seed = seed
        self.__name__ = exercise.name
        self.calls = 0
        self.truly_right = True
        drawn = random.Random(f"{exercise.name}:{seed}")
        self.varies = drawn.random() < 1 / 3
        self.raises = drawn.random() < 1 / 20
        self.leaf, self.structure = drawn.choice(list(LEAVES)), drawn.choice(["one part", *STRUCTURES])

    def __repr__(self) -> str:
        return f"{self.exercise.name}, {self.seed}: {self.leaf!r} {self.structure}{', varying' * self.varies}"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        rng = random.Random(f"{self.exercise.name}:{self.seed}:{self.calls if self.varies else 0}")
        if self.raises and (not self.varies or rng.random() < 0.5):
            self.truly_right = False
            raise rng.choice(ERRORS)
        right = self._right(args, kwargs)
        leaf, structure = self.leaf, self.structure
        if self.varies and rng.random() < 0.7:
            leaf, structure = rng.choice(list(LEAVES)), rng.choice(list(STRUCTURES))
        given = STRUCTURES[structure](rng, right, LEAVES[leaf])
        self.truly_right = self.truly_right and alike(right, given)
        return given

    def _right(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self.exercise.score is not None:  # it would train a network
            return np.zeros(len(args[2]), int)
        with np.errstate(all="ignore"):
            return self.exercise.reference(*map(fresh, args), **{name: fresh(value) for name, value in kwargs.items()})


def alike(right: Any, given: Any) -> bool:
    """Tell, by other means than the checks use, whether a result is the right one within a part in a thousand."""
    if isinstance(right, dict):
        return type(given) is dict and all(key in given and alike(right[key], given[key]) for key in right)
    if isinstance(right, (tuple, list)):
        same_length = isinstance(given, (tuple, list, np.ndarray)) and len(given) == len(right)
        return same_length and all(map(alike, right, given))
    if right is None or isinstance(right, str):
        return given is right or (type(given) is str and given == right)
    return _holds_numbers(given) and _numbers_alike(right, given)


def _numbers_alike(right: Any, given: Any) -> bool:
    try:
        numbers = np.asarray(given)
    except (ValueError, OverflowError):
        return False
    if numbers.dtype.kind not in "biufc" or numbers.shape != np.shape(right):
        return False
    with np.errstate(all="ignore"):
        largest = float(np.max(np.abs(np.asarray(right, float)), initial=0.0))
        return bool(np.allclose(numbers, right, rtol=1e-3, atol=1e-3 * max(largest, 1e-2), equal_nan=True))


def _holds_numbers(given: Any, depth: int = 0) -> bool:
    """Tell whether this can be made an array of without harm: NumPy would take a range, or a list in itself, apart."""
    if type(given) is list:
        return depth < 4 and len(given) <= 1000 and all(_holds_numbers(part, depth + 1) for part in given)
    if isinstance(given, np.ndarray):
        return given.size <= 10**6
    return isinstance(given, (bool, int, float, complex, np.generic))
