"""Bundles: for any bytes there are files of checked names, or a refusal of one sentence; both sides speak the same."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machine_room.exchange.bundle import BrokenBundle, packed, unpacked
from machine_room_hub import bundle, names
from machine_room_hub.refusals import Refusal, Status

MOST = 1000
NAMES = st.text(min_size=1, max_size=20).filter(lambda name: names.refusal(name) is None)
FILES = st.dictionaries(NAMES, st.binary(max_size=50), min_size=1, max_size=5)


def opened(content: bytes, most: int = MOST) -> bundle.Contents:
    return bundle.opened(io.BytesIO(content), most_bytes=most)


def said(content: bytes) -> str | None:
    """What a refusal says; None where it is a bundle."""
    try:
        opened(content)
    except Refusal as refusal:
        return refusal.sentence
    return None


@given(FILES)
def test_what_a_client_packs_the_service_reads_and_the_client_unpacks_again(files: dict[str, bytes]) -> None:
    stream = packed(files)
    assert {file.path: file.size for file in opened(stream).files} == {path: len(c) for path, c in files.items()}
    assert unpacked(stream) == files


@given(st.binary(max_size=200))
def test_any_bytes_are_files_or_a_refusal(content: bytes) -> None:
    assert said(content) is None or str(said(content)).endswith(".")


@given(st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)))
def test_any_json_in_the_first_line_is_files_or_a_refusal(value: object) -> None:
    said_of_it = said(json.dumps(value).encode() + b"\n")
    assert said_of_it is None or said_of_it.endswith(".")


@pytest.mark.parametrize(
    ("content", "status", "word"),
    [
        (b"", Status.UNREADABLE, "no list of files"),
        (b'[["a", 1]]', Status.UNREADABLE, "no list of files"),
        (b"{}\n", Status.UNREADABLE, "no file"),
        (b"[]\n", Status.UNREADABLE, "no file"),
        (b"[" * 100_000 + b"\n", Status.UNREADABLE, "no JSON"),
        (b'[["a", 1]]\n', Status.UNREADABLE, "fewer bytes"),
        (b'[["a", 1]]\nxy', Status.UNREADABLE, "bytes after"),
        (b'[["a", -1]]\n', Status.UNREADABLE, "negative"),
        (b'[["a", true]]\n', Status.UNREADABLE, "no path and size"),
        (b'[["a", 1.0]]\nx', Status.UNREADABLE, "no path and size"),
        (b'[["a", 1], ["a", 1]]\nxy', Status.UNREADABLE, "twice"),
        (b'[["a", 1], ["a/b", 1]]\nxy', Status.UNREADABLE, "also a folder"),
        (b'[["a", 999999999999999999999]]\nx', Status.TOO_LARGE, "1,000 bytes"),
        (b'[["a", 1001]]\n' + b"x" * 1001, Status.TOO_LARGE, "1,000 bytes"),
        (json.dumps([[f"{n}", 0] for n in range(2001)]).encode() + b"\n", Status.TOO_LARGE, "2001 files"),
        (b'[["' + b"/".join([b"a"] * 13) + b'", 0]]\n', Status.UNREADABLE, "folders deep"),
    ],
)
def test_what_is_no_bundle_is_refused(content: bytes, status: Status, word: str) -> None:
    with pytest.raises(Refusal, match=word) as raised:
        opened(content)
    assert raised.value.status == status


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd", "../a", "a/../b", "./a", "a//b", "a/", "", ".hidden", "a/.ssh/b", "a\\b", "a\nb", "a\x00b",
        "a\u202eb", " a", "a ", "a" * 129, "\ud800", "e\u0301", "\u0301a", "\u3164",
    ],
)  # fmt: skip
def test_a_path_that_leads_elsewhere_or_does_not_show_is_refused(path: str) -> None:
    with pytest.raises(Refusal) as raised:
        opened(json.dumps([[path, 0]]).encode() + b"\n")
    assert raised.value.status == Status.UNREADABLE
    assert raised.value.sentence.isprintable()


@pytest.mark.parametrize(
    "header", [b"", b"3", b"[3]", b"[[1]]", b"\xff", b"[" * 300_000], ids=lambda header: repr(header[:9])
)
def test_what_is_no_bundle_is_one_sentence_for_the_client(header: bytes) -> None:
    with pytest.raises(BrokenBundle, match="no bundle of files"):
        unpacked(header + b"\n")


@pytest.mark.parametrize("path", ["/etc/passwd", "../a", "a/../b", "a//b", ".", "a\x00b"])
def test_the_client_too_writes_nothing_outside_its_folder(path: str) -> None:
    with pytest.raises(BrokenBundle, match="leads elsewhere"):
        unpacked(json.dumps([[path, 0]]).encode() + b"\n")


@given(st.text(max_size=40), st.text(max_size=40))
def test_two_names_never_share_a_folder(one: str, other: str) -> None:
    accepted = [name for name in (one, other) if names.refusal(name) is None]
    folders = {names.folder_of(name) for name in accepted}
    assert len(folders) == len(set(accepted))
    assert all("/" not in folder and not folder.startswith(".") for folder in folders)


@pytest.mark.parametrize("name", ["ada", "ada@uni.example", "Ada Lovelace", "a+b", "玲", "01-backprop", "a..b"])
def test_names_that_people_have_are_let_in(name: str) -> None:
    assert names.checked("student", name) == name
