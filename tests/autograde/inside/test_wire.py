"""The codec: what goes in comes out, nothing else gets in, and any bytes end in a value or a WireError."""

from __future__ import annotations

import json
import math
import socket
import struct
import threading
import time
from collections import OrderedDict, namedtuple
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograde.inside import wire
from autograde.inside.frames import Closed, Left, TooLate, receive, send
from autograde.inside.wire import STUDENT, Reference, WireError, decode, encode

DTYPES = list(wire.DTYPES.values())


def refuse(value: Any) -> Reference | None:
    return None


def nobody(reference: Reference) -> Any:
    raise WireError("no such object")


def there_and_back(value: Any) -> Any:
    return decode(*encode(value, refuse), nobody)


def identical(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        if one.dtype.char in "gG":  # long doubles have bytes that mean nothing
            return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=True)
        return bool(one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes())
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(identical, one, other))
    if isinstance(one, dict):
        return list(map(repr, one)) == list(map(repr, other)) and all(map(identical, one.values(), other.values()))
    if isinstance(one, (float, complex, np.generic)):
        return repr(one) == repr(other)
    return bool(one == other)


texts = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.one_of(st.booleans(), st.integers(), st.floats(), st.complex_numbers())
scalars = st.one_of(
    hnp.arrays(st.sampled_from([d for d in DTYPES if d.itemsize <= 16 and d.char not in "g"]), ()).map(lambda a: a[()])
)
arrays = hnp.arrays(st.sampled_from(DTYPES), hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
leaves = st.one_of(
    st.none(),
    numbers,
    texts,
    st.binary(),
    scalars,
    arrays,
    st.sets(st.integers()),
    st.slices(20),
    st.builds(range, st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 3)),
)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner), st.lists(inner).map(tuple), st.dictionaries(st.one_of(texts, st.integers()), inner)
    ),
    max_leaves=12,
)


@given(values)
@settings(max_examples=150, deadline=None)
def test_every_plain_value_comes_out_as_it_went_in(value: Any) -> None:
    assert identical(there_and_back(value), value)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_keep_dtype_shape_order_and_every_byte(dtype: np.dtype[Any], order: Any) -> None:
    array = np.asarray(np.arange(6).reshape(2, 3).astype(dtype), order=order)
    back = there_and_back(array)
    assert identical(back, array)
    assert back.flags.f_contiguous == array.flags.f_contiguous
    assert back.flags.writeable
    assert back.base is None


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12.0).reshape(3, 4)[:, ::2],
        np.arange(6.0)[::-1],
        np.broadcast_to(np.ones(3), (2, 3)),
        np.arange(3, dtype=">f8"),
    ],
    ids=["strided", "reversed", "broadcast", "big-endian"],
)
def test_views_and_foreign_byte_orders_arrive_as_plain_arrays(array: np.ndarray[Any, Any]) -> None:
    back = there_and_back(array)
    assert np.array_equal(back, array)
    assert back.dtype.isnative


Pair = namedtuple("Pair", "a b")


class Liar(list[Any]):
    def __iter__(self) -> Any:
        raise RuntimeError("asked")

    def __len__(self) -> int:
        return 10**9


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Pair(1, 2), (1, 2)),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (Liar([1, 2]), [1, 2]),
        ("\ud800", "?"),
        (np.longdouble(2), np.array(2, np.longdouble)),
    ],
    ids=["namedtuple", "OrderedDict", "list that lies", "lone surrogate", "long double"],
)
def test_kin_of_plain_values_travel_as_what_they_are_underneath(value: Any, plain: Any) -> None:
    assert identical(there_and_back(value), plain)


class Matrix(np.ndarray[Any, Any]):
    pass


class Pretender:
    @property  # type: ignore[misc] # an object that lies about its class
    def __class__(self) -> Any:
        return float

    def __float__(self) -> float:
        raise RuntimeError("asked")


FOREIGN = {
    "matrix": np.ones((1, 1)).view(np.matrix),
    "masked": np.ma.array([1]),
    "subclass": np.ones(2).view(Matrix),
    "objects": np.array([object()]),
    "dates": np.array(["2020-01-01"], "datetime64[D]"),
    "records": np.zeros(2, [("a", "f8")]),
    "texts": np.array(["a"]),
    "too large an array": np.broadcast_to(np.uint8(0), (wire.MAX_BYTES,)),
    "too many dimensions": np.zeros((1,) * 20),
    "pretender": Pretender(),
    "object": object(),
    "class": int,
    "module": json,
    "iterator": iter([1]),
    "frozenset": frozenset(),
    "huge int": 1 << 20_000,
    "large dict": dict.fromkeys(range(2000)),
    "large set": set(range(2000)),
    "long list": [None] * 300_000,
    "another generator": np.random.Generator(np.random.MT19937(1)),
}


@pytest.mark.parametrize("value", FOREIGN.values(), ids=FOREIGN)
def test_what_is_no_plain_value_crosses_as_a_reference_or_not_at_all(value: Any) -> None:
    seen = []

    def export(value: Any) -> Reference:
        seen.append(value)
        return Reference(STUDENT, 7, "thing", None)

    back = decode(*encode([value], export), lambda reference: reference)
    assert back == [Reference(STUDENT, 7, "thing", None)]
    assert seen[0] is value
    with pytest.raises(WireError, match="cannot be sent"):
        encode([value], refuse)


def test_a_list_that_holds_itself_ends_at_the_depth_cap() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(WireError, match="cannot be sent"):
        encode(loop, refuse)


def test_a_random_generator_goes_on_where_it_was() -> None:
    rng = np.random.default_rng(5)
    rng.integers(0, 10, dtype=np.uint32)  # leaves half a number behind
    back = there_and_back(rng)
    assert back.bit_generator.state == rng.bit_generator.state
    assert back.normal() == rng.normal()


HOSTILE = {
    "not JSON": b"{",
    "not ASCII": "é".encode(),
    "object": b'{"a":1}',
    "no tag": b"[]",
    "unknown tag": b'["x"]',
    "tag that is no text": b"[[1]]",
    "huge int": b"1" * 5000,
    "int beyond 64 bits": b"99999999999999999999",
    "nested JSON": b"[" * 100_000,
    "nested values": b'["l",' * 100 + b"1" + b"]" * 100,
    "surrogate": b'"\\ud800"',
    "array of objects": b'["a","O","C",1]',
    "array of Python's own dtype": b'["a","object","C",1]',
    "negative shape": b'["a","f8","C",-1]',
    "shape of floats": b'["a","f8","C",1.0]',
    "shape of truth values": b'["a","f8","C",true]',
    "huge shape": b'["a","f8","C",4611686018427387904,4611686018427387904]',
    "huge empty shape": b'["a","f8","C",33554432,33554432,33554432,33554432,0]',
    "more array than bytes": b'["a","f8","C",1000000]',
    "too many dimensions": b'["a","f8","C"' + b",1" * 40 + b"]",
    "strange order": b'["a","f8","K",0]',
    "bytes that are not there": b'["b",1]',
    "negative bytes": b'["b",-1]',
    "list as key": b'["d",["l"],1]',
    "array as key": b'["d",["a","f8","C",0],1]',
    "half an item": b'["d",1]',
    "large dict": b'["d"' + b",1,2" * 2000 + b"]",
    "large set": b'["s"' + b",1" * 2000 + b"]",
    "many items": b'["l"' + b",1" * 500_000 + b"]",
    "range without a step": b'["range",0,1,0]',
    "range of texts": b'["range","a",1,1]',
    "slice of texts": b'["slice","a",1,1]',
    "complex of texts": b'["c","a",1.0]',
    "scalar of text": b'["n","f8","a"]',
    "scalar out of range": b'["n","i1",1000]',
    "scalar of a list": b'["n","f8",["l"]]',
    "scalar of objects": b'["n","O",1]',
    "hexadecimal of words": b'["I","xyz"]',
    "hexadecimal without end": b'["I","' + b"f" * 50_000 + b'"]',
    "generator with an even increment": b'["g","0x1","0x2",0,0]',
    "generator with a negative state": b'["g","-0x1","0x1",0,0]',
    "generator with a huge state": b'["g","0x' + b"f" * 34 + b'","0x1",0,0]',
    "generator with a strange half": b'["g","0x1","0x1",7,0]',
    "generator with a huge half": b'["g","0x1","0x1",1,4294967296]',
    "unknown object": b'["r","student",5,"x",null]',
    "reference to nobody": b'["r","god",5,"x",null]',
    "reference by text": b'["r","student","5","x",null]',
    "name that is no text": b'["r","student",5,"x",3]',
}


@pytest.mark.parametrize("header", HOSTILE.values(), ids=HOSTILE)
def test_hostile_headers_are_refused(header: bytes) -> None:
    with pytest.raises(WireError):
        decode(header, b"", nobody)


def test_bytes_left_over_are_refused() -> None:
    with pytest.raises(WireError, match="too many"):
        decode(b"1", b"x", nobody)


def test_truth_values_are_true_or_false_whatever_the_bytes() -> None:
    array = decode(b'["a","b1","C",4]', b"\x00\x01\x02\xff", nobody)
    assert array.view(np.uint8).tolist() == [0, 1, 1, 1]


@given(st.binary(max_size=200), st.binary(max_size=64))
@settings(max_examples=150, deadline=None)
def test_any_bytes_give_a_value_or_a_wire_error(header: bytes, blob: bytes) -> None:
    try:
        decode(header, blob, nobody)
    except WireError:
        return


tags = st.sampled_from([*wire._Decoder.TAGS, "x", 1, None])
atoms = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["f8", "C"]),
)
spelled = st.recursive(
    atoms, lambda inner: st.builds(lambda tag, rest: [tag, *rest], tags, st.lists(inner, max_size=6)), max_leaves=25
)


@given(spelled, st.binary(max_size=64))
@settings(max_examples=250, deadline=None)
def test_any_json_of_the_right_form_gives_a_value_or_a_wire_error(tree: Any, blob: bytes) -> None:
    try:
        value = decode(json.dumps(tree).encode("ascii"), blob, nobody)
    except WireError:
        return
    assert identical(there_and_back(value), value)


# --- frames


@pytest.fixture
def pair() -> Any:
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


def until(seconds: float) -> Left:
    """What is left of so many seconds, from now on."""
    end = time.monotonic() + seconds
    return lambda: end - time.monotonic()


def soon() -> Left:
    return until(0.05)


@pytest.mark.parametrize("value", [("a", np.arange(3)), bytes(300_000), [0.5] * 50_000], ids=["small", "blob", "JSON"])
def test_a_message_arrives_whole(pair: Any, value: Any) -> None:
    ours, theirs = pair
    sending = threading.Thread(target=send, args=(theirs, value, refuse))
    sending.start()
    assert identical(receive(ours, nobody, until(5)), value)
    sending.join()


def test_two_messages_at_a_time_are_refused(pair: Any) -> None:
    ours, theirs = pair
    send(theirs, 1, refuse)
    send(theirs, 2, refuse)
    with pytest.raises(WireError, match="more than one"):
        receive(ours, nobody, soon())


@pytest.mark.parametrize(("header", "blob"), [(wire.MAX_HEADER + 1, 0), (1, wire.MAX_BYTES), (2**32 - 1, 2**32 - 1)])
def test_a_message_that_announces_too_much_is_refused_unread(pair: Any, header: int, blob: int) -> None:
    ours, theirs = pair
    theirs.sendall(struct.pack(">II", header, blob))
    with pytest.raises(WireError):
        receive(ours, nobody, soon())


UNFINISHED = pytest.mark.parametrize(
    "said", [b"", b"\0\0", struct.pack(">II", 10, 0) + b"123"], ids=["nothing", "half a length", "half a message"]
)


@UNFINISHED
def test_an_unfinished_message_is_late(pair: Any, said: bytes) -> None:
    ours, theirs = pair
    theirs.sendall(said)
    with pytest.raises(TooLate):
        receive(ours, nobody, soon())


def test_an_answer_that_is_there_is_taken_by_who_comes_too_late(pair: Any) -> None:
    ours, theirs = pair
    send(theirs, ["in", "time"], refuse)
    assert receive(ours, nobody, lambda: 0.0) == ["in", "time"]
    with pytest.raises(TooLate):
        receive(ours, nobody, lambda: 0.0)


@UNFINISHED
def test_a_peer_that_leaves_in_the_middle_is_gone(pair: Any, said: bytes) -> None:
    ours, theirs = pair
    theirs.sendall(said)
    theirs.close()
    with pytest.raises(Closed):
        receive(ours, nobody, soon())


def test_a_peer_that_drips_cannot_outlast_the_deadline(pair: Any) -> None:
    ours, theirs = pair
    theirs.sendall(struct.pack(">II", 1 << 20, 0))
    stop = threading.Event()

    def drip() -> None:
        while not stop.wait(0.005):
            theirs.send(b" ")

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        with pytest.raises(TooLate):
            receive(ours, nobody, soon())
    finally:
        stop.set()
        dripping.join()


def test_a_peer_that_does_not_read_cannot_hold_the_sender(pair: Any) -> None:
    ours, _ = pair
    with pytest.raises(TooLate):
        send(ours, bytes(8 << 20), refuse, soon())


def test_a_message_beyond_the_cap_is_not_sent(pair: Any) -> None:
    ours, theirs = pair
    with pytest.raises(WireError, match="at most 32 MB"):
        send(ours, bytes(wire.MAX_BYTES), refuse)
    theirs.setblocking(False)
    with pytest.raises(BlockingIOError):
        theirs.recv(1)


def test_not_a_number_and_infinities_survive() -> None:
    assert math.isnan(there_and_back(math.nan))
    assert there_and_back([math.inf, -math.inf]) == [math.inf, -math.inf]
