"""The colours of every picture, defined once, and the 256 of them that a picture's PNG may use.

The hues are Okabe and Ito's, which people with any common colour blindness can tell apart; nothing in a picture is
told by hue alone. A picture is stored with one byte per pixel: the index of the nearest of 256 colours. They are the
hues, each fading into the paper (that is what a line's smoothed edge consists of) and into the ink, and one sequential
scale for surfaces.

A second table has the same colours as they are on a dark page, each in its place: a picture is turned dark by giving
its PNG the other table, and no pixel is touched.
"""

from functools import cache

import numpy as np

from machine_room.arguments import Array, Pixels

PAPER = "#fdfdfb"
PANEL = "#f3f3ef"
FRAME = "#9a9fa6"
INK = "#20262e"
FAINT = "#d5d7d6"
GREY = "#7d848c"

BLUE = "#0072b2"
SKY = "#56b4e9"
GREEN = "#009e73"
ORANGE = "#e69f00"
VERMILLION = "#d55e00"
PURPLE = "#cc79a7"

#: What a hue means, wherever it occurs.
FORWARD = BLUE
BACKWARD = VERMILLION
REFERENCE = INK
YOURS = PURPLE
BALL = VERMILLION
GOOD = GREEN
TRAP = ORANGE

#: From the bottom of a loss surface to its top: pale to deep, its lightness falls all the way.
SURFACE = ("#f2f7f7", "#d4e6ea", "#aacfdb", "#7ab3ca", "#4a93b5", "#22709a", "#0c4f78")
SURFACE_LEVELS = 14

#: On a dark page: paper and ink change places, the hues are lighter, and surfaces rise from dark to bright.
_DARK = {
    PAPER: "#14171b", PANEL: "#1f242a", FRAME: "#717881", INK: "#e6e9ec", FAINT: "#343a41", GREY: "#9ba2aa",
    BLUE: "#45a2e0", SKY: "#82cdf7", GREEN: "#2bbd94", ORANGE: "#f2b233", VERMILLION: "#f4833f", PURPLE: "#e09ac2",
    "#ffffff": "#14171b", "#000000": "#ffffff",
    **dict(zip(SURFACE, ("#1a2226", "#21333b", "#294857", "#336079", "#3f7b9f", "#4c97c6", "#61b6ec"), strict=True)),
}  # fmt: skip

_HUES = (BLUE, SKY, GREEN, ORANGE, VERMILLION, PURPLE)
_FADES = 16
_DARK_FADES = 6
_GREYS = 40


def rgb(colour: str) -> Array:
    """Return the colour `#rrggbb` as three numbers in 0..255.

    Example:
        >>> rgb("#ff8000").tolist()
        [255.0, 128.0, 0.0]
    """
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], dtype=float)


def as_text(colour: str) -> str:
    """Return what letters of that colour are drawn in: a hue clear as a line is too pale for them, it is darkened.

    Example:
        >>> as_text(ORANGE), as_text(INK)
        ('#a4770f', '#20262e')
    """
    return _LETTERS.get(colour, colour)


def _mixed(colour: str, ink: str) -> str:
    return "#" + "".join(f"{round(value):02x}" for value in rgb(colour) + (rgb(ink) - rgb(colour)) / 3)


_LETTERS = {colour: _mixed(colour, INK) for colour in (*_HUES, GREY)}
_DARK_LETTERS = {_LETTERS[colour]: _mixed(_DARK[colour], _DARK[INK]) for colour in _LETTERS}


def on_dark(colour: str) -> str:
    """Return what a colour of ours is on a dark page.

    Example:
        >>> on_dark(PAPER), on_dark(INK)
        ('#14171b', '#e6e9ec')
    """
    return {**_DARK, **_DARK_LETTERS}[colour]


def surface_colours(count: int = SURFACE_LEVELS, *, dark: bool = False) -> list[str]:
    """Return count colours `#rrggbb` of the surface scale, from low to high."""
    stops = np.array([rgb(on_dark(colour) if dark else colour) for colour in SURFACE])
    at = np.linspace(0, len(stops) - 1, count)
    channels = [np.interp(at, np.arange(len(stops)), stops[:, channel]) for channel in range(3)]
    return ["#" + "".join(f"{round(value):02x}" for value in colour) for colour in np.transpose(channels)]


def _fade(start: str, end: str, count: int) -> Array:
    return np.linspace(rgb(start), rgb(end), count, endpoint=False)


@cache
def colour_table(*, dark: bool = False) -> Pixels:
    """Return the 256 colours of a picture's PNG, shape (256, 3); with `dark`, what each is on a dark page."""
    look = on_dark if dark else str
    paper, ink = look(PAPER), look(INK)
    exact = [PAPER, PANEL, FRAME, INK, FAINT, GREY, "#ffffff", "#000000", as_text(GREY)]
    parts = [np.array([rgb(look(colour)) for colour in exact])]
    parts += [np.array([rgb(colour) for colour in surface_colours(dark=dark)])]
    parts += [_fade(look(hue), paper, _FADES) for hue in _HUES]
    parts += [_fade(look(hue), ink, 6) for hue in _HUES]
    parts += [_fade(look(as_text(hue)), paper, _DARK_FADES) for hue in _HUES]
    parts += [_fade(ink, paper, _GREYS)]
    table = np.concatenate(parts)
    rest = 256 - len(table)
    table = np.concatenate([table, _fade(look(SURFACE[-1]), look(SURFACE[0]), rest)])
    return np.round(table).astype(np.uint8)


@cache
def nearest() -> Pixels:
    """Return, for each of the 65,536 colours of 5, 6 and 5 bits, the index of the nearest colour of the table.

    The colour's bits stand as blue << 11 | green << 5 | red. A colour of the table is its own nearest.
    """
    key = np.arange(1 << 16)
    cells = np.stack([(key & 31) << 3 | 4, (key >> 5 & 63) << 2 | 2, key >> 11 << 3 | 4], axis=1).astype(np.float32)
    table = colour_table().astype(np.float32)
    # |a - b|^2 without its |a|^2, which is the same for all b.
    found = np.empty(len(cells), dtype=np.uint8)
    for block in range(0, len(cells), 8192):
        part = cells[block : block + 8192]
        found[block : block + 8192] = np.argmin((table**2).sum(axis=1) - 2 * part @ table.T, axis=1)
    red, green, blue = colour_table().astype(int).T
    own = red >> 3 | green >> 2 << 5 | blue >> 3 << 11
    # Backwards: where two colours fall in one cell, the first of the table keeps it.
    found[own[::-1]] = np.arange(len(own))[::-1]
    return found
