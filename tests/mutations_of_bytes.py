"""What can be done to the file of a notebook: a table of mutations by name, for tests/mutated_notebooks.py."""

from __future__ import annotations

import base64
import gzip
import random
import zipfile
from collections.abc import Callable
from io import BytesIO

__all__ = ["OF_BYTES"]


def truncated(rng: random.Random, content: bytes) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def beginning_lost(rng: random.Random, content: bytes) -> bytes:
    return content[rng.randrange(len(content) + 1) :]


def bytes_changed(rng: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice((1, 5, 100)) if content else 0):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def marks_changed(rng: random.Random, content: bytes) -> bytes:
    """JSON's own marks exchanged: what a parser trips over."""
    changed = bytearray(content)
    places = [at for at, byte in enumerate(content) if byte in b'{}[],:"\\']
    for at in rng.sample(places, min(rng.choice((1, 4)), len(places))):
        changed[at] = rng.choice(b'{}[],:"\\ \n0')
    return bytes(changed)


def a_block_lost(rng: random.Random, content: bytes) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] + content[at + rng.choice((1, 512, 4096)) :]


def a_block_of_zeros(rng: random.Random, content: bytes) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] + bytes(rng.choice((1, 512, 4096))) + content[at + 512 :]


def encoded(*encodings: str) -> Callable[[random.Random, bytes], bytes]:
    def encode(rng: random.Random, content: bytes) -> bytes:
        return content.decode("utf-8", errors="replace").encode(rng.choice(encodings), errors="replace")

    return encode


def not_utf_8(rng: random.Random, content: bytes) -> bytes:
    at = rng.randrange(len(content) + 1)
    return (
        content[:at]
        + rng.choice((b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe9"))
        + content[at:]
    )


def a_wrong_mark(rng: random.Random, content: bytes) -> bytes:
    return (
        rng.choice((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf\xef\xbb\xbf", b"\xff\xfe\0\0", b"\0\0\xfe\xff")) + content
    )


def zipped(rng: random.Random, content: bytes) -> bytes:
    if rng.random() < 0.5:
        return gzip.compress(content, mtime=0)
    with zipfile.ZipFile(archive := BytesIO(), "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(zipfile.ZipInfo("notebook.ipynb"), content)
    return archive.getvalue()


def other_line_ends(rng: random.Random, content: bytes) -> bytes:
    return content.replace(b"\n", rng.choice((b"\r\n", b"\r", b"\xe2\x80\xa8", b"")))


def twice(rng: random.Random, content: bytes) -> bytes:
    return content + rng.choice((b"", b"\n", b",")) + content


def surrounded(rng: random.Random, content: bytes) -> bytes:
    before, after = rng.choice(
        ((b"<html>", b"</html>"), (b"while(1);", b""), (b"", b"\n// end"), (b"[", b"]"), (b'"', b'"'))
    )
    return before + content + after


def conflict_marks(rng: random.Random, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    at = rng.randrange(len(lines) + 1)
    return b"".join((*lines[:at], b"<<<<<<< HEAD\n", *lines[at : at + 2], b"=======\n>>>>>>> theirs\n", *lines[at:]))


def deeply_nested(rng: random.Random, content: bytes) -> bytes:
    deep = rng.choice((500, 5_000, 300_000))
    opening, closing = rng.choice(((b"[", b"]"), (b'{"a":', b"}")))
    value = opening * deep + b"1" + closing * (deep if rng.random() < 0.7 else 0)
    return content.replace(b'"metadata": {', b'"metadata": {"deep": ' + value + b", ", 1)


def many_values(rng: random.Random, content: bytes) -> bytes:
    return content.replace(
        b'"metadata": {', b'"metadata": {"many": [' + b"[]," * rng.choice((9_999, 1_500_000)) + b"0], ", 1
    )


def long_numbers(rng: random.Random, content: bytes) -> bytes:
    number = rng.choice(
        (b"9" * 5_000, b"1e999", b"-" + b"1" * 4_299, b"0." + b"1" * 50_000, b"NaN", b"-Infinity", b"01", b"1_0")
    )
    return content.replace(b"null", number).replace(b'"nbformat": 4', b'"nbformat": ' + number)


def names_twice(rng: random.Random, content: bytes) -> bytes:
    extra = rng.choice(
        (b'"source": 3, ', b'"id": "same", ', b'"cells": [], ', b'"metadata": [], ', b'"cell_type": {}, ')
    )
    return content.replace(b"{", b"{" + extra, rng.choice((1, -1)))


def escapes(rng: random.Random, content: bytes) -> bytes:
    escape = rng.choice((b"\\ud800", b"\\udc00\\ud800", b"\\u0000", b"\\u202e", b"\\x41", b"\\u12", b"\\ufffe"))
    return content.replace(b'"source": "', b'"source": "' + escape, rng.choice((1, -1)))


def as_python(rng: random.Random, content: bytes) -> bytes:
    return content.replace(b'"', b"'").replace(b"null", b"None").replace(b"true", b"True")


def something_else(rng: random.Random, content: bytes) -> bytes:
    return rng.choice(
        (
            b"",
            b" \n\t ",
            b"null",
            b"{}",
            b"[]",
            b"3",
            b'"x"',
            b"<!DOCTYPE html><html><body>404</body></html>",
            b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
            b"\x89PNG\r\n\x1a\n" + bytes(99),
            b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00]\x94.",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n",
            rng.randbytes(5_000),
            bytes(100_000),
            base64.b64encode(content),
            b" " * 3_000_000 + content,
        )
    )


OF_BYTES: dict[str, Callable[[random.Random, bytes], bytes]] = {
    "truncated": truncated,
    "beginning lost": beginning_lost,
    "bytes changed": bytes_changed,
    "marks of JSON changed": marks_changed,
    "a block lost": a_block_lost,
    "a block of zeros": a_block_of_zeros,
    "UTF-8 with a mark": encoded("utf-8-sig"),
    "UTF-16 with a mark": encoded("utf-16"),
    "UTF-16 without a mark": encoded("utf-16-le", "utf-16-be"),
    "UTF-32": encoded("utf-32", "utf-32-le"),
    "a code page": encoded("latin-1", "cp1252", "cp437", "koi8-r"),
    "EBCDIC and UTF-7": encoded("cp500", "utf-7"),
    "not UTF-8": not_utf_8,
    "a wrong mark": a_wrong_mark,
    "zipped": zipped,
    "other line ends": other_line_ends,
    "twice": twice,
    "surrounded": surrounded,
    "marks of a merge": conflict_marks,
    "deeply nested": deeply_nested,
    "many values": many_values,
    "long numbers": long_numbers,
    "names of fields twice": names_twice,
    "escapes": escapes,
    "as Python": as_python,
    "something else": something_else,
}
