"""Text that changes with every move of a slider.

Matplotlib lays a string out and rasterises each of its glyphs at every draw: 1.3 to 1.9 ms a string (measured), so
the forty numbers of a network would cost five frames. A Label keeps the glyphs' bitmaps and lays them side by side,
0.1 ms, and while its text stays where it is it keeps the pixels as well, 0.03 ms.
Where a figure is saved, at another resolution or as vectors, it is an ordinary Text.
"""

from collections.abc import Hashable
from functools import cache, lru_cache
from typing import Any, Literal, NamedTuple

import numpy as np
from matplotlib import ft2font
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgb
from matplotlib.font_manager import findfont, get_font
from matplotlib.text import Text
from numpy.typing import NDArray

from machine_room.arguments import Integers, Pixels
from machine_room.explore import palette


class _Glyph(NamedTuple):
    ink: Pixels
    left: int
    top: int
    """How far its first row lies above the baseline."""
    advance: float


class InkedLine(NamedTuple):
    """The pixels of a line of text that are not empty, relative to where it starts on its baseline."""

    down: Integers
    along: Integers
    weight: NDArray[np.uint32]
    """How much of the letters' colour each takes, 1..256."""
    width: int


class Stamp(NamedTuple):
    """A line of text in one colour at one place of a picture: the pixels it touches, and what becomes of each.

    Red and blue are worked out at once: with 8 bits between them, the one's product does not reach the other.
    """

    at: NDArray[np.intp]
    """Places in the flat picture."""
    keep: NDArray[np.uint32]
    """How much of what is there stays, in 256ths."""
    red_blue: NDArray[np.uint32]
    green: NDArray[np.uint32]
    """What is added, in 256ths."""

    def press(self, pixels: Pixels) -> None:
        """Lay the text over opaque pixels, (height, width, 4)."""
        flat = pixels.view("<u4").reshape(-1)
        under = flat[self.at]
        red_blue = ((under & 0xFF00FF) * self.keep + self.red_blue) >> 8 & 0xFF00FF
        green = ((under & 0xFF00) * self.keep + self.green) >> 8 & 0xFF00
        flat[self.at] = red_blue | green | 0xFF000000


# A number of the module's own before Matplotlib 3.10, an enum's since.
_NO_HINTING: Any = vars(ft2font).get("LOAD_NO_HINTING") or ft2font.LoadFlags.NO_HINTING
#: A letter starts at a quarter of a pixel: at whole ones, small letters stand unevenly.
_PHASES = 4


@cache
def _glyph(character: str, face: str, size: float, dpi: float, phase: int) -> _Glyph:
    """Return a character that starts phase quarters of a pixel to the right of one."""
    font = get_font(face)
    font.set_size(size, _PHASES * dpi)
    font.set_text(character, 0.0, flags=_NO_HINTING)
    font.draw_glyphs_to_bitmap(antialiased=True)
    ink = np.array(font.get_image(), dtype=np.uint16)
    across, up = (offset / 64 for offset in font.get_bitmap_offset())
    below = round(font.get_descent() / 64 + up) + 1
    advance = font.load_char(ord(character)).linearHoriAdvance / 65536
    left, indent = divmod(round(across) + phase, _PHASES)
    top_pad = -(len(ink) - below) % _PHASES
    top = (len(ink) - below + top_pad) // _PHASES
    return _Glyph(_shrunk(ink, top_pad, indent), left, top, advance / _PHASES)


def _shrunk(ink: NDArray[np.uint16], down: int, right: int) -> Pixels:
    """Return the means of squares of quarter pixels, of ink that is moved down and to the right by so many."""
    rows, columns = (-(-(side + by) // _PHASES) for side, by in zip(ink.shape, (down, right), strict=True))
    fine = np.zeros((rows * _PHASES, columns * _PHASES), np.uint16)
    fine[down : down + ink.shape[0], right : right + ink.shape[1]] = ink
    coverage: Pixels = (fine.reshape(rows, _PHASES, columns, _PHASES).sum(axis=(1, 3)) // _PHASES**2).astype(np.uint8)
    return coverage


@lru_cache(maxsize=512)
def inked_line(text: str, face: str, size: float, dpi: float) -> InkedLine:
    """Return the ink of one line of text."""
    placed, at = [], 0.0
    for character in text:
        pixel, phase = divmod(round(_PHASES * at), _PHASES)
        glyph = _glyph(character, face, size, dpi, phase)
        placed.append((pixel + glyph.left, glyph))
        at += glyph.advance
    left = min((x for x, _ in placed), default=0)
    right = max((x + glyph.ink.shape[1] for x, glyph in placed), default=0)
    top = max((glyph.top for _, glyph in placed), default=0)
    low = max((glyph.ink.shape[0] - glyph.top for _, glyph in placed), default=0)
    ink = np.zeros((top + low, right - left), np.uint16)
    for x, glyph in placed:
        height, width = glyph.ink.shape
        part = ink[top - glyph.top : top - glyph.top + height, x - left : x - left + width]
        np.add(part, glyph.ink, out=part)
    np.minimum(ink, 255, out=ink)
    down, along = np.nonzero(ink)
    found = ink[down, along]
    # 256ths, so that a shift divides.
    return InkedLine(down - top, along + left, (found + (found >> 7)).astype(np.uint32), round(at))


class Label(Text):
    """A horizontal Text without markup, drawn from kept glyphs on screen. Its font is fixed when it is first drawn."""

    _found: str | None = None
    _spacing = 1.2
    _stamps: tuple[Hashable, list[Stamp]] = (None, [])

    def set_linespacing(self, spacing: float | Literal["normal"]) -> None:
        """Set the distance of two lines, as a multiple of the font's height."""
        super().set_linespacing(spacing)
        self._spacing = 1.2 if spacing == "normal" else float(spacing)

    def set_color(self, color: Any) -> None:
        """Set the colour of the letters; the palette's hues are darkened until small letters can be read."""
        super().set_color(palette.as_text(color) if isinstance(color, str) else color)

    def draw(self, renderer: Any) -> None:
        """Draw the text; called by the canvas, and by matplotlib where the figure is saved."""
        figure = self.get_figure()
        if figure is None or figure.canvas.is_saving() or not isinstance(renderer, RendererAgg):
            super().draw(renderer)
        elif self.get_visible() and self.get_text():
            self._draw_kept(renderer)

    def _face(self) -> str:
        if self._found is None:
            self._found = str(findfont(self.get_fontproperties()))
        return self._found

    def _draw_kept(self, renderer: RendererAgg) -> None:
        x, y = self.get_transform().transform(self.get_unitless_position()).tolist()
        size = round(renderer.width), round(renderer.height)
        anchor = self.get_horizontalalignment(), self.get_verticalalignment()
        here = (self.get_text(), x, y, anchor, packed(self.get_color()), size, renderer.dpi)
        if here != self._stamps[0]:
            self._stamps = here, self._stamped(*here)
        pixels = np.asarray(renderer.buffer_rgba())
        for line in self._stamps[1]:
            line.press(pixels)

    def _stamped(
        self, text: str, x: float, y: float, anchor: tuple[str, str], colour: int, size: tuple[int, int], dpi: float
    ) -> list[Stamp]:
        face, letters = self._face(), self.get_fontsize()
        lines = [inked_line(part, face, letters, dpi) for part in text.split("\n")]
        rise, drop = _ascent(face, letters, dpi)
        pitch = rise * self._spacing + drop
        tall = rise + drop + pitch * (len(lines) - 1)
        share = {"left": 0.0, "center": 0.5, "right": 1.0}[anchor[0]]
        above = {"top": 0.0, "center": tall / 2, "bottom": tall, "baseline": tall - drop}[anchor[1]]
        baseline = size[1] - y - above + rise
        return [
            stamp(line, round(x - share * line.width), round(baseline + number * pitch), colour, size)
            for number, line in enumerate(lines)
        ]


@cache
def packed(colour: Any) -> int:
    """Return colour as the number that a pixel holds: red | green << 8 | blue << 16."""
    red, green, blue = (round(255 * channel) for channel in to_rgb(colour))
    return red | green << 8 | blue << 16


@cache
def _ascent(face: str, size: float, dpi: float) -> tuple[float, float]:
    """Return how far a line reaches above and below its baseline, in pixels: that of "l" and "p"."""
    font = get_font(face)
    font.set_size(size, dpi)
    font.set_text("lp", 0.0, flags=_NO_HINTING)
    height, drop = font.get_width_height()[1] / 64, font.get_descent() / 64
    return height - drop, drop


def stamp(line: InkedLine, left: int, baseline: int, colour: int, size: tuple[int, int]) -> Stamp:
    """Put a line of text in a packed colour at its place in a picture of size (width, height), cut off at its edge."""
    rows, columns, weight = line.down + baseline, line.along + left, line.weight
    width, height = size
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    rows, columns, weight = rows[inside], columns[inside], weight[inside]
    return Stamp(rows * width + columns, 256 - weight, (colour & 0xFF00FF) * weight, (colour & 0xFF00) * weight)
