"""Pictures: honest ones keep their pixels, lying ones are not shown, none is unpacked further than its header says."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from autograde.gradebook import pictures
from autograde.gradebook.pictures import NotShown, Pixels
from autograde.inside.limits import BUDGETS

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width: int = 4, height: int = 3, depth: int = 8, colour: int = 2, rest: bytes = b"\0\0\0") -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBB", width, height, depth, colour) + rest)


def rows(height: int = 3, row_bytes: int = 13, filtering: int = 0) -> bytes:
    return (bytes([filtering]) + bytes(row_bytes - 1)) * height


def png(*parts: bytes, data: bytes | None = None, head: bytes | None = None) -> bytes:
    packed = chunk(b"IDAT", zlib.compress(rows() if data is None else data))
    return SIGNATURE + (header() if head is None else head) + b"".join(parts) + packed + chunk(b"IEND")


def saved(mode: str, **options: object) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 255, (31, 47, 4), dtype=np.uint8)
    image = Image.fromarray(pixels, "RGBA").convert("RGB").convert(mode)
    with io.BytesIO() as file:
        image.save(file, "PNG", **options)
        return file.getvalue()


def plotted() -> bytes:
    figure, axes = plt.subplots()
    axes.plot([1, 3, 2])
    with io.BytesIO() as file:
        figure.savefig(file, format="png", metadata={"Comment": "<script>alert(1)</script>"})
        plt.close(figure)
        return file.getvalue()


def sixteen_bits() -> bytes:
    data = b"".join(b"\0" + bytes(range(8)) for _ in range(3))
    return png(head=header(depth=16, colour=0), data=data)


def kinds(image: bytes) -> list[bytes]:
    return [kind for kind, _ in pictures._chunks(image)]


HONEST: dict[str, Callable[[], bytes]] = {
    "a plot": plotted,
    "colour": lambda: saved("RGB"),
    "colour with transparency": lambda: saved("RGBA"),
    "grey": lambda: saved("L"),
    "grey with transparency": lambda: saved("LA"),
    "sixteen bits": sixteen_bits,
    "black and white": lambda: saved("1"),
    "a palette": lambda: saved("P"),
    "a palette with transparency": lambda: saved("P", transparency=3),
    "a palette of two bits": lambda: saved("P", bits=2),
    "a transparent colour": lambda: saved("RGB", transparency=(1, 2, 3)),
}


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_picture_keeps_its_pixels(name: str) -> None:
    image = HONEST[name]()
    repacked = Pixels().repacked(image)
    before, after = Image.open(io.BytesIO(image)), Image.open(io.BytesIO(repacked))
    assert (before.size, before.mode) == (after.size, after.mode)
    assert before.convert("RGBA").tobytes() == after.convert("RGBA").tobytes()
    assert Pixels().repacked(repacked) == repacked


def test_what_a_picture_does_not_need_is_gone() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", "<script>alert(1)</script>")
    texts.add_text("Packed", "x" * 100_000, zip=True)
    texts.add_itxt("International", "<script>")
    image = saved("RGB", pnginfo=texts, dpi=(10, 10), icc_profile=b"profile" * 9, exif=b"Exif\0\0MM")
    extra = [chunk(b"tIME", bytes(7)), chunk(b"acTL", bytes(8)), chunk(b"fdAT", bytes(9)), chunk(b"evIl", b"<script>")]
    image = image[:33] + b"".join(extra) + image[33:] + b"<script>behind the end</script>"
    repacked = Pixels().repacked(image)
    assert kinds(repacked) == [b"IHDR", b"IDAT", b"IEND"]
    assert b"script" not in repacked
    assert repacked.endswith(chunk(b"IEND"))


BROKEN = {
    "nothing": b"",
    "another kind of file": b"GIF89a" + bytes(60),
    "only the signature": SIGNATURE,
    "no header": SIGNATURE + chunk(b"IDAT", zlib.compress(rows())) + chunk(b"IEND"),
    "a short header": png(head=chunk(b"IHDR", bytes(12))),
    "no width": png(head=header(width=0)),
    "no height": png(head=header(height=0)),
    "a negative width": png(head=header(width=1 << 31)),
    "an unknown depth": png(head=header(depth=3)),
    "an unknown colour": png(head=header(colour=5)),
    "a depth that its colour has not": png(head=header(depth=4)),
    "interlaced": png(head=header(rest=b"\0\0\1")),
    "an unknown compression": png(head=header(rest=b"\1\0\0")),
    "two headers": png(header()),
    "cut off": png()[:-20],
    "cut off in its rows": png()[:50],
    "cut off before its end": png()[:-12],
    "no rows": SIGNATURE + header() + chunk(b"IEND"),
    "fewer rows than it says": png(data=rows(height=2)),
    "more rows than it says": png(data=rows(height=4)),
    "one byte more": png(data=rows() + b"\0"),
    "a bomb behind a small header": png(data=bytes(50_000_000)),
    "rows that are no rows": png(data=rows(filtering=9)),
    "rows that are not packed": SIGNATURE + header() + chunk(b"IDAT", rows()) + chunk(b"IEND"),
    "rows without their sum": SIGNATURE + header() + chunk(b"IDAT", zlib.compress(rows())[:-4]) + chunk(b"IEND"),
    "rows with a wrong sum": SIGNATURE + header() + chunk(b"IDAT", zlib.compress(rows())[:-1] + b"\7") + chunk(b"IEND"),
    "something behind the rows": SIGNATURE
    + header()
    + chunk(b"IDAT", zlib.compress(rows()) + b"<script>")
    + chunk(b"IEND"),
    "a wrong checksum": png().replace(b"IEND\xae", b"IEND\xaf"),
    "a length beyond the file": SIGNATURE + header() + b"\xff\xff\xff\xffIDAT" + bytes(99),
    "no palette": png(head=header(colour=3), data=rows(row_bytes=5)),
    "an empty palette": png(chunk(b"PLTE"), head=header(colour=3), data=rows(row_bytes=5)),
    "a palette of one and a half": png(chunk(b"PLTE", bytes(4)), head=header(colour=3), data=rows(row_bytes=5)),
    "a palette that is too long": png(chunk(b"PLTE", bytes(771)), head=header(colour=3), data=rows(row_bytes=5)),
    "two palettes": png(*[chunk(b"PLTE", bytes(3))] * 2, head=header(colour=3), data=rows(row_bytes=5)),
    "more transparency than palette": png(
        chunk(b"PLTE", bytes(3)), chunk(b"tRNS", bytes(2)), head=header(colour=3), data=rows(row_bytes=5)
    ),
    "transparency of the wrong length": png(chunk(b"tRNS", bytes(7))),
    "a critical part nobody knows": png(chunk(b"EVIL", b"x")),
    "a page": SIGNATURE + b"\0\0\0\rIHDR" + b"<script>alert(1)</script>" * 9,
    "parts without end": SIGNATURE + header() + chunk(b"tEXt") * 30_000 + chunk(b"IEND"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_or_lying_picture_is_left_out_with_a_sentence(name: str) -> None:
    with pytest.raises(NotShown, match=r"A picture (was left out|of .* was left out): .*\."):
        Pixels().repacked(BROKEN[name])


@pytest.fixture
def unpacked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes were asked of zlib, picture by picture."""
    asked: list[int] = []
    unpacker = zlib.decompressobj

    class Counting:
        def __init__(self) -> None:
            self.real = unpacker()

        def decompress(self, data: bytes, most: int) -> bytes:
            asked.append(most)
            return self.real.decompress(data, most)

        def __getattr__(self, name: str) -> object:
            return getattr(self.real, name)

    monkeypatch.setattr(zlib, "decompressobj", Counting)
    return asked


def blank(width: int, height: int) -> bytes:
    return png(head=header(width, height, depth=1, colour=0), data=bytes((1 + (width + 7) // 8) * height))


@pytest.mark.parametrize(("width", "height"), [(8_000, 8_000), (4_000_001, 1), (1, 4_000_001), (2_001, 2_000)])
def test_a_picture_of_too_many_pixels_is_not_unpacked(width: int, height: int, unpacked: list[int]) -> None:
    with pytest.raises(NotShown, match=rf"{width} x {height} pixels was left out: one picture may have 4 million"):
        Pixels().repacked(png(head=header(width, height), data=b"x"))
    assert unpacked == []


def test_all_pictures_together_have_a_budget(unpacked: list[int]) -> None:
    pixels, large = Pixels(), blank(2_000, 2_000)
    for _ in range(5):
        pixels.repacked(large)
    with pytest.raises(NotShown, match="all pictures of a notebook together may have 20 million"):
        pixels.repacked(blank(1, 1))
    assert len(unpacked) == 5
    assert Pixels().repacked(blank(1, 1))


def test_no_more_is_unpacked_than_the_header_says(unpacked: list[int]) -> None:
    with pytest.raises(NotShown):
        Pixels().repacked(BROKEN["a bomb behind a small header"])
    assert unpacked == [len(rows()) + 1]


def test_no_damage_escapes() -> None:
    chance, whole = random.Random(0), HONEST["a palette with transparency"]()
    for _ in range(2_000):
        damaged = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            repacked = Pixels().repacked(bytes(damaged[: chance.randrange(8, len(damaged) + 1)]))
        except NotShown:
            continue
        assert Pixels().repacked(repacked) == repacked


def test_the_budgets_are_those_of_the_table() -> None:
    assert BUDGETS.picture_pixels == 4_000_000
    assert BUDGETS.pictures_pixels == 20_000_000
