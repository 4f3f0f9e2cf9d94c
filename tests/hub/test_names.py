"""Three places let names in, and none may import another: what one lets through, the next one takes."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograde.contract.names as grader
import machine_room_hub.names as service
from machine_room.exchange.bundle import cannot_travel
from machine_room_hub import bundle
from machine_room_hub.refusals import Refusal

ODD = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\u0301\u202e\ud800 .\\\n\x00\xa0é\u0065\u0301玲"
LETTERS = st.sampled_from(ODD) | st.characters()
NAMES = st.text(LETTERS, max_size=12) | st.builds(
    lambda name, times: name * times, st.text(LETTERS, min_size=1, max_size=4), st.integers(1, 130)
)
PATHS = st.lists(NAMES, min_size=1, max_size=15).map("/".join)


def taken(path: str) -> bool:
    """Whether the service takes a file of this name."""
    try:
        bundle.opened(io.BytesIO(json.dumps([[path, 0]]).encode() + b"\n"), most_bytes=1)
    except Refusal:
        return False
    return True


@given(NAMES)
def test_whoever_the_service_knows_can_be_graded(name: str) -> None:
    if service.refusal(name) is None:
        assert grader.refusal(name) is None


@given(PATHS.filter(lambda path: all(path.split("/"))))
def test_what_the_client_sends_the_service_takes_and_no_more_stays_behind(path: str) -> None:
    """A file that it would refuse stays, and is told; else the service would refuse all that came with it."""
    assert (cannot_travel(path) is None) == taken(path)


@pytest.mark.parametrize(
    "path",
    [
        "\u0301a",
        "a/\u0301",
        "\u3164",
        "é" * 128,
        "a\u3164b",
        "/".join("a" * 13),
        "\xa0a",
        "a" * 129,
        "." * 3,
    ],
)
def test_odd_names_among_them(path: str) -> None:
    assert cannot_travel(path) is not None
    assert not taken(path)


@pytest.mark.parametrize("path", ["玲" * 85, "Übung/Lösung Яблоко.ipynb", "Яблоко" * 20, "/".join("a" * 12)])
def test_names_that_are_long_when_quoted_are_no_worse(path: str) -> None:
    """A file lies in its bundle, under no quoted name."""
    assert cannot_travel(path) is None
    assert taken(path)
