"""What a student reads of a hand-in is said through the catalogue."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from machine_room.exchange import watching
from machine_room.exchange.bundle import BrokenBundle, Rules, cannot_travel, unpacked
from machine_room.exchange.service import ADDRESS, TOKEN, Connection, Refused, here
from machine_room.exchange.watching import while_waiting
from tests.pseudo_language import english_in, pseudo_course

TAG = re.compile(r"<[^>]*>")
WAITS = {"watched": True, "trouble": "", "place": 4, "there": True, "seconds": 40.0}
#: A hand-in that waits, by what the exchange tells of it.
WAITING: dict[str, dict[str, Any]] = {
    "graded with all": {"watched": False},
    "a later one counts": {"place": 0},
    "no grader": {"there": False},
    "the next": {"place": 1},
    "in the queue": {},
    "no time known": {"seconds": None},
    "minutes": {"seconds": 400.0},
}
LINE = {"name": "relu", "points": 1.0, "most": 2.0, "outcome": "", "hint": "", "text": ""}


@pytest.fixture(autouse=True)
def course(tmp_path: Path) -> Iterator[None]:
    with pseudo_course(tmp_path):
        yield


@pytest.mark.parametrize("case", WAITING)
def test_where_a_hand_in_is_is_told_in_the_language(case: str) -> None:
    said = while_waiting({**WAITS, **WAITING[case]})
    assert "⟦" in said
    assert english_in(said) == set()


def test_what_came_of_a_hand_in_is_told_in_the_language() -> None:
    answer = {"sentence": "", "lines": [LINE, {**LINE, "points": None}], "state": "graded", "points": 1.0}
    one: dict[str, Any] = {"number": 1, "at": "2026-01-01 10:00:00", "answer": answer}
    view = watching._view({**one, "number": 2}, [one, one])
    for text in (view.text, html.unescape(TAG.sub(" ", view.html))):
        assert text.count("⟦") >= 4
        assert english_in(text, {"relu", "UTC"}) == set()


@pytest.mark.parametrize("path", [".hidden", "a\\b", "e\u0301", "/".join("a" * 20), "x" * 400])
def test_why_a_file_stays_is_told_in_the_language(path: str) -> None:
    said = cannot_travel(path)
    assert said
    assert said.startswith("⟦")
    assert english_in(said) == set()


def test_a_file_that_is_too_large_is_told_in_the_language() -> None:
    said = Rules(file_bytes=3).why_not("a.txt", 4)
    assert said
    assert english_in(said) == set()


@pytest.mark.parametrize("stream", [b"{", b'[["../a", 1]]\nx', b'[["a", 9]]\nx'])
def test_a_broken_bundle_is_told_in_the_language(stream: bytes) -> None:
    with pytest.raises(BrokenBundle, match="⟦") as broken:
        unpacked(stream)
    assert english_in(str(broken.value)) <= {"a"}


def test_an_exchange_that_is_not_there_is_told_in_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN, raising=False)
    with pytest.raises(Refused, match="⟦") as refused:
        here("http://127.0.0.1:9/")
    assert english_in(str(refused.value), {ADDRESS, TOKEN}) == set()
    with pytest.raises(Refused, match="⟦") as refused:
        Connection("http://127.0.0.1:9", "token").told("courses")
    assert english_in(str(refused.value), {"http", "ConnectionError"}) == set()
