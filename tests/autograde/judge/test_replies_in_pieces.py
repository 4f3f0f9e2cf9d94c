"""What a process says that its cells showed: taken apart by type, bounded, and never waited for."""

from __future__ import annotations

from typing import Any

import pytest

from autograde.contract.verdict import Shown, ShownAs
from autograde.inside.messages import Reply
from autograde.judge import replies

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01" + bytes(30)


def shown(*pieces: Any, limit: int = 1000) -> tuple[Shown, ...]:
    return replies.shown(Reply.SHOWN, [list(pieces), 0.0]).output("cell", limit).shown


TEXTS = {
    "a line": ("a\n", "a\n"),
    "a progress line": ("1%\r2%\r100%\ndone", "100%\ndone"),
    "line ends of Windows": ("a\r\nb\r\n", "a\nb\n"),
    "nothing but returns": ("\r\r\r", ""),
    "a terminal's colours": ("\x1b[31mred", "\N{REPLACEMENT CHARACTER}[31mred"),
    "a megabyte without an end": ("x" * 2**20, "x" * 2000 + "..."),
    "a megabyte of returns": ("x\r" * 2**19, "x"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_what_was_printed_is_what_a_reader_would_see(name: str) -> None:
    said, seen = TEXTS[name]
    assert shown(("stream", "stdout", said)) == (Shown(ShownAs.STDOUT, seen),)


def test_a_piece_keeps_its_type() -> None:
    pieces = shown(
        ("display", {"text/plain": "<M>", "text/markdown": "*m*"}),
        ("result", {"text/plain": "1", "text/html": "<b>1</b>", "image/png": PNG}),
        ("error", "KeyError", "'k'", "Traceback"),
        ("stream", "stderr", "w"),
    )
    assert pieces == (
        Shown(ShownAs.DISPLAY, "*m*"),
        Shown(ShownAs.RESULT, "1", html="<b>1</b>", image=PNG),
        Shown(ShownAs.ERROR, "Traceback", name="KeyError", message="'k'"),
        Shown(ShownAs.STDERR, "w"),
    )


def test_what_is_no_picture_is_left_out() -> None:
    assert shown(("display", {"text/plain": "p", "image/png": b"<svg>"})) == (Shown(ShownAs.DISPLAY, "p"),)


def test_all_texts_together_are_bounded() -> None:
    pieces = shown(*[("stream", "stdout", "y" * 900)] * 20, limit=1000)
    assert sum(len(piece.text) for piece in pieces) <= 2000 + 20 * len("...")


MALFORMED: dict[str, Any] = {
    "no tuple": ["stream", "stdout", "x"],
    "nothing": (),
    "another stream": ("stream", "stdin", "x"),
    "a number for a text": ("stream", "stdout", 1),
    "half an error": ("error", "E"),
    "an error of numbers": ("error", 1, 2, 3),
    "data that are none": ("result", "1"),
    "an unknown piece": ("points", 3.0),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_piece_is_refused(name: str) -> None:
    with pytest.raises(replies.Malformed):
        shown(MALFORMED[name])


def test_more_pieces_than_there_can_be_are_refused() -> None:
    with pytest.raises(replies.Malformed):
        shown(*[("stream", "stdout", "")] * (replies.MAX_PIECES + 1))
