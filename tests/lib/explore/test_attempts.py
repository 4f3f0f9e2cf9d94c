"""What a picture says about a student's function, word for word."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from machine_room.explore.student import Attempts


def unwritten(*_: Any) -> None:
    raise NotImplementedError


def fails(*_: Any) -> None:
    raise IndexError("index 3 is out of bounds for axis 0 with size 3")


SENTENCES: list[tuple[Callable[..., Any], dict[str, Any], str]] = [
    (unwritten, {}, "swish is not written yet: you see the reference in its place."),
    (fails, {}, "swish raised IndexError: index 3 is out of bounds for axis 0 with size 3"),
    (lambda z: 1 / 0, {}, "swish raised ZeroDivisionError: division by zero"),
    (lambda: 1, {}, "swish raised TypeError: <lambda>() takes 0 positional arguments but 1 was given"),
    (lambda z: None, {}, "swish returns None: is the return missing?"),
    (lambda z: ..., {}, "swish returns Ellipsis: is the return missing?"),
    (lambda z: z[:2], {"shape": (3,)}, "swish returns the shape (2,); this picture needs (3,)."),
    (lambda z: z * np.nan, {"shape": (3,)}, "swish returns a value that is not finite (NaN or infinity)."),
    (lambda z: "abc", {"shape": (3,)},
     "swish returns a str that is not all numbers; this picture needs the shape (3,)."),
    (lambda z: 3, {"keys": ("h", "z")}, "swish must return a dict with h, z; h is missing."),
    (lambda z: {"h": 3}, {"keys": ("h", "z")}, "swish must return a dict with h, z; z is missing."),
    (lambda z: z, {"parts": {"dx": (3,), "db": ()}}, "swish must return a tuple of 2 arrays: dx, db."),
    (lambda z: (z, z), {"parts": {"dx": (3,), "db": ()}},
     "swish gives for db the shape (3,); this picture needs one number."),
]  # fmt: skip


@pytest.mark.parametrize(("function", "asked", "sentence"), SENTENCES, ids=[line for _, _, line in SENTENCES])
def test_a_failure_is_one_sentence(function: Callable[..., Any], asked: dict[str, Any], sentence: str) -> None:
    attempts = Attempts()
    assert attempts.call("swish", function, np.ones(3), **asked) is None
    assert attempts.notes == [sentence]


def test_a_function_is_told_of_once_however_often_it_fails() -> None:
    attempts = Attempts()
    for size in range(5):
        attempts.call("swish", lambda z: z, np.ones(size), shape=(9,))
    assert attempts.notes == ["swish returns the shape (0,); this picture needs (9,)."]


def test_all_that_is_not_written_yet_is_one_sentence_and_comes_first() -> None:
    attempts = Attempts()
    attempts.call("elu", fails)
    for name in ("relu", "swish", "mish", "swish"):
        attempts.call(name, unwritten)
    assert attempts.notes == [
        "relu, swish and mish are not written yet: you see the reference in their place.",
        "elu raised IndexError: index 3 is out of bounds for axis 0 with size 3",
    ]


def test_a_right_answer_comes_back_as_floats_without_a_note() -> None:
    attempts = Attempts()
    found = attempts.call("swish", lambda z: [1, 2, 3], None, shape=(3,))
    assert found.dtype == float
    parts = attempts.call("step", lambda z: [1, [2, 3]], None, parts={"a": (), "b": (2,)})
    assert [part.tolist() for part in parts] == [1.0, [2.0, 3.0]]
    assert attempts.call("pass", lambda z: {"h": 1, "more": 2}, None, keys=("h",)) == {"h": 1, "more": 2}
    assert attempts.notes == []


def test_a_long_error_text_is_cut() -> None:
    attempts = Attempts()

    def novel() -> None:
        raise ValueError("word\n" * 1000)

    attempts.call("swish", novel)
    (note,) = attempts.notes
    assert note.endswith("...")
    assert len(note) < 130
    assert "\n" not in note


def test_an_interrupt_is_not_taken_for_a_mistake() -> None:
    def waits() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Attempts().call("swish", waits)
