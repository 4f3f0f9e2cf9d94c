"""The codec between judge and student: values as JSON with raw blobs beside it, nothing that can run.

Plain values are spelled out: `None bool int float complex str bytes list tuple dict set slice range`, arrays and NumPy
scalars of kinds `b i u f c`, and PCG64 random generators by their state. Everything else crosses as a `Reference`,
which the side that owns the object resolves: functions of the judge's, and any object of the student's.

Encoding goes by exact type, so an object that lies about itself is never asked. JSON arrays always carry a tag first
(`["t", 1, 2]` is the tuple (1, 2)); JSON objects are never used. Arrays and bytes lie in the blob in the order in
which the JSON names them.

*Trust*: `decode` reads what a student's process wrote. It is total: any bytes give a value or `WireError`, within caps
on bytes, depth and items. There is no pickle, and no dtype but those in `DTYPES`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from .arrays import np

__all__ = ["MAX_BYTES", "Reference", "WireError", "decode", "encode"]

MAX_BYTES = 32 << 20  # of a message, and of one array
MAX_HEADER = 4 << 20  # of its JSON
MAX_DEPTH = 24
MAX_ITEMS = 200_000
MAX_KEYS = 1_000  # of a dict or set: hashes of numbers and tuples can be made to collide
MAX_DIMENSIONS = 16
MAX_INT_BITS = 1 << 14
SMALL_INT = 1 << 63
ATOMS = frozenset({float, bool, type(None)})  # are in JSON what they are here

_NAMES = ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "f16", "c8", "c16", "c32")
DTYPES = {code: np.dtype(code) for code in _NAMES}
CODES = {dtype.str: code for code, dtype in DTYPES.items()}  # by text: hashing a dtype takes longer than the rest
# long double has no Python number of its own width: it travels as an array of no dimensions
SCALARS = {dtype.type: code for code, dtype in DTYPES.items() if code not in ("f16", "c32")}

_to_json = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_from_json = json.JSONDecoder().decode


class WireError(Exception):
    """Bytes that are no message, or a value that cannot be one."""


class Reference(NamedTuple):
    """An object that stays where it is; the other side sees its number and what it is called."""

    owner: str  # JUDGE or STUDENT
    number: int
    type_name: str = ""
    name: str | None = None  # its __name__, where it can be called


JUDGE, STUDENT = "judge", "student"

Export = Callable[[Any], Reference | None]
Adopt = Callable[[Reference], Any]


def encode(value: Any, export: Export) -> tuple[bytes, bytes]:
    """Return a value as JSON and blob.

    Args:
        value: what to send.
        export: gives the reference for an object that is no plain value, or None where there can be none.

    Raises:
        WireError: something in it cannot be sent, or it is too large.
    """
    blobs: list[bytes] = []
    header = _to_json(_Encoder(export, blobs).value(value, 0)).encode("ascii")
    blob = b"".join(blobs)
    if len(header) > MAX_HEADER or len(header) + len(blob) > MAX_BYTES:
        raise WireError(
            f"a message holds at most {MAX_BYTES >> 20} MB, this one would have {len(header) + len(blob)} bytes"
        )
    return header, blob


def decode(header: bytes, blob: bytes, adopt: Adopt) -> Any:
    """Return the value that was encoded.

    Args:
        header, blob: bytes from the other side. *Trust*: none.
        adopt: gives the object for a reference; raises `WireError` for one it never made.

    Raises:
        WireError: the bytes are no value.
    """
    try:
        decoder = _Decoder(adopt, blob)
        value = decoder.value(_from_json(header.decode("ascii")), 0)
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError, AttributeError) as error:
        raise WireError(f"no message: {type(error).__name__}: {error}") from None
    if decoder.cursor != len(blob):
        raise WireError(f"a message with {len(blob) - decoder.cursor} bytes too many")
    return value


class _Encoder:
    def __init__(self, export: Export, blobs: list[bytes]) -> None:
        self.export = export
        self.blobs = blobs
        self.items = 0

    def value(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind is float or kind is bool or value is None:
            return value
        if kind is int:
            return self._int(value)
        if kind is str:  # lone surrogates are no text: no file or database would take them
            return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
        if kind is np.ndarray:
            return self._array(value)
        code = SCALARS.get(kind)
        if code is not None:
            return ["n", code, self.value(value.item(), depth)]
        spell = self.CONTAINERS.get(kind)
        if spell is not None and depth < MAX_DEPTH:
            return spell(self, value, depth + 1)
        return self._unusual(value, kind, depth)

    def _unusual(self, value: Any, kind: type, depth: int) -> Any:
        if kind is np.longdouble or kind is np.clongdouble:
            return self._array(np.asarray(value))
        # the base class's own methods: a subclass cannot lie through them
        if issubclass(kind, (tuple, list)) and kind not in (tuple, list):
            base = tuple if issubclass(kind, tuple) else list
            return self.value(base.__getitem__(value, slice(None)), depth)
        if issubclass(kind, dict) and kind is not dict:
            return self.value(dict(dict.items(value)), depth)
        return self._reference(value)

    def _int(self, value: int) -> Any:
        if -SMALL_INT <= value < SMALL_INT:
            return value
        return ["I", hex(value)] if value.bit_length() <= MAX_INT_BITS else self._reference(value)

    def _array(self, value: Any) -> Any:
        code = CODES.get(value.dtype.str)
        if code is None and not value.dtype.isnative and value.dtype.kind in "iufc":
            return self._array(value.astype(value.dtype.newbyteorder("=")))
        if code is None or value.nbytes > MAX_BYTES // 2 or value.ndim > MAX_DIMENSIONS:
            return self._reference(value)
        order = "F" if value.ndim > 1 and value.flags.fnc else "C"
        self.blobs.append(value.tobytes(order))
        return ["a", code, order, *value.shape]

    def _bytes(self, value: bytes, depth: int) -> Any:
        self.blobs.append(value)
        return ["b", len(value)]

    def _complex(self, value: complex, depth: int) -> Any:
        return ["c", value.real, value.imag]

    def _sequence(self, value: Any, depth: int) -> Any:
        if not self._room(len(value)):
            return self._reference(value)
        spelled: list[Any] = ["l" if type(value) is list else "t"]
        spelled += [item if type(item) in ATOMS else self.value(item, depth) for item in value]
        return spelled

    def _dict(self, value: dict[Any, Any], depth: int) -> Any:
        if len(value) > MAX_KEYS or not self._room(2 * len(value)):
            return self._reference(value)
        return ["d", *[self.value(part, depth) for item in value.items() for part in item]]

    def _set(self, value: set[Any], depth: int) -> Any:
        if len(value) > MAX_KEYS or not self._room(len(value)):
            return self._reference(value)
        return ["s", *[self.value(item, depth) for item in value]]

    def _slice(self, value: slice, depth: int) -> Any:
        return ["slice", *[self.value(part, depth) for part in (value.start, value.stop, value.step)]]

    def _range(self, value: range, depth: int) -> Any:
        return ["range", *[self.value(part, depth) for part in (value.start, value.stop, value.step)]]

    def _generator(self, value: np.random.Generator, depth: int) -> Any:
        source = value.bit_generator
        if type(source) is not np.random.PCG64:
            return self._reference(value)
        state: Any = source.state
        inner = state["state"]
        return ["g", hex(inner["state"]), hex(inner["inc"]), state["has_uint32"], state["uinteger"]]

    CONTAINERS: dict[type, Callable[[_Encoder, Any, int], Any]] = {  # noqa: RUF012 - a table, never written
        list: _sequence,
        tuple: _sequence,
        dict: _dict,
        set: _set,
        bytes: _bytes,
        complex: _complex,
        slice: _slice,
        range: _range,
        np.random.Generator: _generator,
    }

    def _room(self, items: int) -> bool:
        self.items += items
        return self.items <= MAX_ITEMS

    def _reference(self, value: Any) -> Any:
        reference = self.export(value)
        if reference is None:
            raise WireError(f"an object of type {type(value).__name__} cannot be sent")
        return ["r", *reference]


class _Decoder:
    def __init__(self, adopt: Adopt, blob: bytes) -> None:
        self.adopt = adopt
        self.blob = blob
        self.cursor = 0
        self.items = 0

    def value(self, spelled: Any, depth: int) -> Any:
        kind = type(spelled)
        if kind is float or kind is bool or spelled is None:
            return spelled
        if kind is str:
            if not spelled.isascii():
                spelled.encode("utf-8")  # lone surrogates raise
            return spelled
        if kind is int:
            if not -SMALL_INT <= spelled < SMALL_INT:
                raise WireError("a whole number beyond 64 bits")
            return spelled
        if kind is not list or depth > MAX_DEPTH + 1:  # what is no container may lie at the very bottom
            raise WireError("nested too deep, or a JSON object")
        self.items += len(spelled)
        if self.items > 2 * MAX_ITEMS:
            raise WireError("too many items")
        return self.TAGS[spelled[0]](self, spelled, depth + 1)

    def _list(self, spelled: list[Any], depth: int) -> list[Any]:
        return [item if type(item) in ATOMS else self.value(item, depth) for item in spelled[1:]]

    def _tuple(self, spelled: list[Any], depth: int) -> tuple[Any, ...]:
        return tuple(self._list(spelled, depth))

    def _dict(self, spelled: list[Any], depth: int) -> dict[Any, Any]:
        parts = self._list(spelled, depth)
        if len(parts) > 2 * MAX_KEYS or len(parts) % 2:
            raise WireError("a dict of too many or of half an item")
        return dict(zip(map(_key, parts[::2]), parts[1::2], strict=True))

    def _set(self, spelled: list[Any], depth: int) -> set[Any]:
        if len(spelled) > MAX_KEYS + 1:
            raise WireError("a set of too many items")
        return set(map(_key, self._list(spelled, depth)))

    def _int(self, spelled: list[Any], depth: int) -> int:
        _, text = spelled
        return _hexadecimal(text, MAX_INT_BITS)

    def _complex(self, spelled: list[Any], depth: int) -> complex:
        _, real, imaginary = spelled
        if type(real) is not float or type(imaginary) is not float:
            raise WireError("a complex number of no floats")
        return complex(real, imaginary)

    def _bytes(self, spelled: list[Any], depth: int) -> bytes:
        _, length = spelled
        start = self._take(length)
        return bytes(self.blob[start : self.cursor])

    def _array(self, spelled: list[Any], depth: int) -> np.ndarray[Any, Any]:
        _, code, order, *shape = spelled
        dtype = DTYPES[code]
        if (order != "C" and order != "F") or len(shape) > MAX_DIMENSIONS:
            raise WireError("an array of no sane layout")
        count = 1
        for length in shape:
            if type(length) is not int or not 0 <= length <= MAX_BYTES:
                raise WireError("an array of no sane shape")
            count *= length
        start = self._take(count * dtype.itemsize)
        if not count:
            return np.empty(shape, dtype, order)
        flat = np.frombuffer(self.blob, dtype, count, start)
        if code == "b1":  # a truth value is one of two bytes; NumPy trusts that
            flat = flat.view(np.uint8) != 0
        return flat.reshape(shape, order=order).copy(order)

    def _scalar(self, spelled: list[Any], depth: int) -> Any:
        _, code, number = spelled
        kind = DTYPES[code].type
        plain = self.value(number, depth)
        if SCALARS.get(kind) != code or type(plain) not in (bool, int, float, complex):
            raise WireError("a NumPy scalar of no number")
        return kind(plain)

    def _slice(self, spelled: list[Any], depth: int) -> slice:
        return slice(*map(_index, self._three(spelled, depth)))

    def _range(self, spelled: list[Any], depth: int) -> range:
        return range(*map(int.__index__, self._three(spelled, depth)))

    def _three(self, spelled: list[Any], depth: int) -> list[Any]:
        start, stop, step = self._list(spelled, depth)
        return [start, stop, step]

    def _generator(self, spelled: list[Any], depth: int) -> np.random.Generator:
        _, state, increment, has_half, half = spelled
        source = np.random.PCG64(0)
        inner = {"state": _natural(state), "inc": _natural(increment)}
        if has_half not in (0, 1) or type(half) is not int or not 0 <= half < 1 << 32 or not inner["inc"] & 1:
            raise WireError("a random generator in no possible state")
        whole: Any = {"bit_generator": "PCG64", "state": inner, "has_uint32": int(has_half), "uinteger": half}
        source.state = whole
        return np.random.Generator(source)

    def _reference(self, spelled: list[Any], depth: int) -> Any:
        _, owner, number, type_name, name = spelled
        if owner not in (JUDGE, STUDENT) or type(number) is not int or type(type_name) is not str:
            raise WireError("a reference to nothing")
        if name is not None and type(name) is not str:
            raise WireError("a name that is no text")
        return self.adopt(Reference(owner, number, type_name[:100], name and name[:100]))

    TAGS: dict[Any, Callable[[_Decoder, list[Any], int], Any]] = {  # noqa: RUF012 - a table, never written
        "l": _list,
        "t": _tuple,
        "d": _dict,
        "s": _set,
        "I": _int,
        "c": _complex,
        "b": _bytes,
        "a": _array,
        "n": _scalar,
        "slice": _slice,
        "range": _range,
        "g": _generator,
        "r": _reference,
    }

    def _take(self, length: Any) -> int:
        start = self.cursor
        if type(length) is not int or not 0 <= length <= len(self.blob) - start:
            raise WireError("fewer bytes than the message names")
        self.cursor += length
        return start


def _key(value: Any) -> Any:
    """Let plain values only be keys: what hashes here must not run anything of another's."""
    if type(value) is tuple:
        for item in value:
            _key(item)
    elif (
        value is not None and type(value) not in (bool, int, float, complex, str, bytes) and type(value) not in SCALARS
    ):
        raise WireError("a key that is no plain value")
    return value


def _index(value: Any) -> int | None:
    return None if value is None else int.__index__(value)


def _hexadecimal(text: Any, bits: int) -> int:
    if type(text) is not str or len(text) > bits // 4 + 3:
        raise WireError("no hexadecimal number")
    return int(text, 16)


def _natural(text: Any) -> int:
    number = _hexadecimal(text, 128)
    if not 0 <= number < 1 << 128:
        raise WireError("a number outside 0 to 2**128")
    return number
