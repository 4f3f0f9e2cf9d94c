"""A student's pictures: every PNG is taken apart under a budget and put together again before a browser sees it.

*Trust*: the bytes are the student's. They are read here in Python, chunk by chunk. The one C library that sees them is
zlib, told how many bytes may come out: no decoder of pictures runs where grades are written. A picture that is cut off,
or of which the header says something else than its rows, is not shown. What a picture does not need (texts, times,
colour profiles, animation, whatever stands behind its end) does not survive.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from machine_room.translation import say

from ..inside.limits import BUDGETS

__all__ = ["NotShown", "Pixels"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_CHUNKS = 20_000  # a writer makes one of each 8 kB
#: Colour type -> how many numbers a pixel has, and how many bits each may have.
COLOURS = {0: (1, (1, 2, 4, 8, 16)), 2: (3, (8, 16)), 3: (1, (1, 2, 4, 8)), 4: (2, (8, 16)), 6: (4, (8, 16))}
PALETTE = 3
FILTERS = 4  # the last of a row's filters


class NotShown(Exception):
    """A picture that is left out. The text is for the student."""


@dataclass(frozen=True)
class _Header:
    """What IHDR says."""

    width: int
    height: int
    depth: int
    colour: int

    @property
    def row_bytes(self) -> int:
        """Bytes of one row, its filter's byte included."""
        return 1 + (self.width * COLOURS[self.colour][0] * self.depth + 7) // 8


class Pixels:
    """The pixels that one submission's pictures may still have."""

    def __init__(self) -> None:
        self._left = BUDGETS.pictures_pixels

    def repacked(self, image: bytes) -> bytes:
        """Return the picture as the PNG that it is shown as: header, palette, transparency, rows, end.

        Raises:
            NotShown: it is none, or too large.
        """
        chunks = _chunks(image)
        kind, data = next(chunks)
        header = _header(kind, data)
        self._take(header)
        palette, transparency, packed = _contents(header, chunks)
        _look_at_rows(header, packed)
        parts = [(b"IHDR", data), (b"PLTE", palette), (b"tRNS", transparency), (b"IDAT", packed)]
        return b"".join([SIGNATURE, *(_chunk(kind, data) for kind, data in parts if data), _chunk(b"IEND", b"")])

    def _take(self, header: _Header) -> None:
        """Take a picture's pixels off the budget, by its header alone: nothing was decoded yet."""
        pixels = header.width * header.height
        if pixels > BUDGETS.picture_pixels:
            raise NotShown(
                say(
                    "A picture of {width} x {height} pixels was left out: one picture may have {millions} million. "
                    "Draw it with a smaller figsize or dpi.",
                    width=header.width,
                    height=header.height,
                    millions=BUDGETS.picture_pixels // 10**6,
                )
            )
        if pixels > self._left:
            raise NotShown(
                say(
                    "A picture was left out: all pictures of a notebook together may have {millions} million pixels. "
                    "Draw fewer or smaller ones.",
                    millions=BUDGETS.pictures_pixels // 10**6,
                )
            )
        self._left -= pixels


def _broken(what: str) -> NotShown:
    return NotShown(say("A picture was left out: {what}, so it is no whole PNG. Draw it again.", what=what))


def _chunks(image: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and data of every chunk up to the end, each with its checksum tried."""
    if not image.startswith(SIGNATURE):
        raise _broken(say("it does not begin as one"))
    position = len(SIGNATURE)
    for _ in range(MAX_CHUNKS):
        if position + 12 > len(image):
            raise _broken(say("it is cut off"))
        length, kind = struct.unpack_from(">I4s", image, position)
        end = position + 8 + length
        if end + 4 > len(image):
            raise _broken(say("it is cut off"))
        if zlib.crc32(memoryview(image)[position + 4 : end]) != struct.unpack_from(">I", image, end)[0]:
            raise _broken(say("a checksum is wrong"))
        yield kind, image[position + 8 : end]
        position = end + 4
        if kind == b"IEND":
            return
    raise _broken(say("it has too many parts"))


def _header(kind: bytes, data: bytes) -> _Header:
    if kind != b"IHDR" or len(data) != 13:
        raise _broken(say("its header is missing"))
    width, height, depth, colour, compression, filtering, interlace = struct.unpack(">IIBBBBB", data)
    if not (0 < width < 1 << 31 and 0 < height < 1 << 31) or depth not in COLOURS.get(colour, (0, ()))[1]:
        raise _broken(say("its header makes no sense"))
    if compression or filtering or interlace:  # no writer that is used here interlaces
        raise _broken(say("it is packed in an unusual way"))
    return _Header(width, height, depth, colour)


def _contents(header: _Header, chunks: Iterator[tuple[bytes, bytes]]) -> tuple[bytes, bytes, bytes]:
    """Return palette, transparency and packed rows; everything else is passed over."""
    found: dict[bytes, list[bytes]] = {b"PLTE": [], b"tRNS": [], b"IDAT": []}
    for kind, data in chunks:
        if kind in found:
            found[kind].append(data)
        elif kind[:1].isupper() and kind != b"IEND":
            raise _broken(say("it has a part that no PNG has"))
    palettes, transparencies = found[b"PLTE"], found[b"tRNS"]
    if len(palettes) > 1 or len(transparencies) > 1:
        raise _broken(say("it has two palettes"))
    palette = palettes[0] if palettes and header.colour == PALETTE else b""
    transparency = transparencies[0] if transparencies else b""
    if header.colour == PALETTE and not (0 < len(palette) <= 3 << header.depth and len(palette) % 3 == 0):
        raise _broken(say("its palette makes no sense"))
    if transparency and len(transparency) not in _transparencies(header, palette):
        raise _broken(say("its transparency makes no sense"))
    return palette, transparency, b"".join(found[b"IDAT"])


def _transparencies(header: _Header, palette: bytes) -> range:
    """How long the transparency may be."""
    if header.colour == PALETTE:
        return range(1, len(palette) // 3 + 1)
    exact = {0: 2, 2: 6}.get(header.colour, 0)
    return range(exact, exact + 1)


def _look_at_rows(header: _Header, packed: bytes) -> None:
    """Unpack the rows, never more than the header says, and see that they are whole."""
    expected = header.row_bytes * header.height
    unpacker = zlib.decompressobj()
    try:
        rows = unpacker.decompress(packed, expected + 1)
    except zlib.error as error:
        raise _broken(say("its rows cannot be unpacked")) from error
    if len(rows) != expected or not unpacker.eof or unpacker.unused_data:
        raise _broken(say("its rows are more or fewer than its header says"))
    if max(rows[:: header.row_bytes]) > FILTERS:
        raise _broken(say("its rows make no sense"))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
