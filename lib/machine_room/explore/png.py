"""From pixels to PNG, fast: 256 colours, run lengths for compression, and only what has changed since the last picture.

A slider moves a few lines and numbers, most pixels stay. The picture is kept as bands of rows, each compressed by
itself up to a byte boundary; a band without a change keeps its bytes. Measured for 1320 x 570 pixels on one core:
Pillow's RGBA at compress_level=1 takes 37 ms, this 1.5 to 4 ms, for a third of the bytes.
"""

import struct
import zlib
from functools import cache

import numpy as np
from numpy.typing import NDArray

from machine_room.arguments import Array, Pixels
from machine_room.explore import palette

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_INDEXED = 3
_BAND_ROWS = 24
#: The signature and IHDR.
_BEFORE_COLOURS = 8 + 25
#: A zlib stream (RFC 1950): its head for the fastest level, and an empty last block.
_ZLIB_HEAD, _LAST_BLOCK = b"\x78\x01", b"\x03\x00"


class Encoder:
    """Turns pictures of one size into PNG, through buffers that it keeps."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        # No picture holds a transparent pixel: at first, every pixel has changed.
        self._last = np.zeros(width * height, np.uint32)
        # The byte before each row names its filter: 0, none.
        self._rows = np.zeros((height, 1 + width), np.uint8)
        self._bands = [b""] * -(-height // _BAND_ROWS)
        size = struct.pack(">IIBBBBB", width, height, 8, _INDEXED, 0, 0, 0)
        self._head = _SIGNATURE + _chunk(b"IHDR", size) + _colours(dark=False)

    def encode(self, rgba: Pixels) -> bytes:
        """Return the PNG of an opaque picture.

        Args:
            rgba: (height, width, 4), contiguous, 0..255, alpha 255.
        """
        pixels = rgba.view("<u4").ravel()
        changed = np.flatnonzero(pixels != self._last)
        new = pixels[changed]
        self._last[changed] = new
        rows = changed // self.width
        self._rows.ravel()[changed + rows + 1] = palette.nearest()[_keys(new)]
        self._compress(np.flatnonzero(np.bincount(rows // _BAND_ROWS)).tolist())
        checksum = struct.pack(">I", zlib.adler32(self._rows.data))
        body = b"".join([_ZLIB_HEAD, *self._bands, _LAST_BLOCK, checksum])
        return self._head + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")

    def _compress(self, bands: list[int]) -> None:
        for band in bands:
            deflate = zlib.compressobj(1, zlib.DEFLATED, -15, 9, zlib.Z_RLE)
            rows = self._rows[band * _BAND_ROWS : (band + 1) * _BAND_ROWS]
            self._bands[band] = deflate.compress(rows.data) + deflate.flush(zlib.Z_FULL_FLUSH)


def on_dark(png: bytes) -> bytes:
    """Return a picture of ours as it is on a dark page: the same pixels, looked up in the other table."""
    return png[:_BEFORE_COLOURS] + _colours(dark=True) + png[_BEFORE_COLOURS + len(_colours(dark=True)) :]


@cache
def _colours(*, dark: bool) -> bytes:
    return _chunk(b"PLTE", palette.colour_table(dark=dark).tobytes())


def _keys(pixels: NDArray[np.uint32]) -> Array:
    """Return the 16 bits of each pixel that `palette.nearest` looks up."""
    return (pixels >> 3 & 0x1F) | (pixels >> 5 & 0x7E0) | (pixels >> 8 & 0xF800)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
