"""The one door: what comes out can be shown, stored and told apart; what can be shown comes out as it is."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from autograde.contract.names import MAX_NAME, encodable, escaped, of_error, readable, refusal

UNSHOWN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}

PLAIN = [
    "ada",
    "zoë",
    "José María",
    "Ωmega",
    "李雷",
    "محمد",
    "שרה",
    "-rf",
    "a+b@c.d",
    "o'neil",
    "🦊",
    "[red]x",
    "<b>",
    "100%",
]
HOSTILE = {
    "bytes that are no text": (b"\xff\xfe".decode(errors="surrogateescape"), r"\xff\xfe"),
    "a surrogate": ("\ud800", r"\ud800"),
    "escape": ("\x1b[2J", r"\x1b[2J"),
    "an OSC": ("\x9d0;x\x07", r"\x9d0;x\x07"),
    "right to left": ("a\u202egpj", r"a\u202egpj"),
    "isolates": ("a\u2066b\u2069", r"a\u2066b\u2069"),
    "a new line": ("a\nb", r"a\nb"),
    "a tab": ("a\tb", r"a\tb"),
    "no width": ("a\u200bda", r"a\u200bda"),
    "a line separator": ("a\u2028b", r"a\u2028b"),
    "a private character": ("a\ue000", r"a\ue000"),
    "a tag": ("a\U000e0041", r"a\U000e0041"),
    "a blank that does not break": ("a\xa0b", r"a\xa0b"),
    "a filler": ("\u3164", r"\u3164"),
    "a blank before": (" ada", r"\x20ada"),
    "a blank after": ("ada ", r"ada\x20"),
    "a blank alone": (" ", r"\x20"),
    "a mark that joins what stands before": ("\u0301a", r"\u0301a"),
}


@pytest.mark.parametrize("name", PLAIN)
def test_a_name_that_can_be_shown_stays_as_it_is(name: str) -> None:
    assert escaped(name) == readable(name) == name
    assert refusal(name) is None


@pytest.mark.parametrize(("name", "shown"), HOSTILE.values(), ids=HOSTILE)
def test_what_cannot_be_shown_is_spelled_out_and_is_nobodys_name(name: str, shown: str) -> None:
    assert escaped(name) == shown
    assert refusal(name) == "The folder's name holds characters that cannot be shown."


@pytest.mark.parametrize("name", [".", "..", "...", ".snapshot", "a" * (MAX_NAME + 1), "e\u0301" * MAX_NAME])
def test_a_name_that_nbgrader_would_not_see_or_hold_is_nobodys(name: str) -> None:
    assert refusal(name) is not None


def test_nothing_that_does_not_show_passes_any_door() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    for text in (readable(every), escaped(every, len(every) * 10), of_error(ValueError(every[0xD700:0xE000]))):
        assert {
            unicodedata.category(character) for character in text.replace("\n", "").replace("\t", "")
        } & UNSHOWN == set()
        text.encode("utf-8")
    assert "\n" not in escaped(every, len(every) * 10)
    assert encodable(every).encode("utf-8").decode("utf-8") == every.replace(every[0xD800:0xE000], "?" * 0x800)


@pytest.mark.parametrize("name", ["a" * 255, "\x1b" * 255, "\U000e0041" * 10_000, " " * 10_000])
def test_no_name_is_longer_than_it_may(name: str) -> None:
    assert len(escaped(name)) == MAX_NAME + len("...")
    assert len(readable(name, 20)) == 23
