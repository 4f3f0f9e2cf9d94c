"""The card below a picture: what went wrong in a function that was handed in."""

from collections.abc import Sequence
from functools import lru_cache
from textwrap import wrap

import numpy as np

from machine_room.arguments import Pixels
from machine_room.explore import palette
from machine_room.explore.label import inked_line, packed, stamp

_SIZE = 9.5
#: In multiples of the font's size: the distance of two lines, the room around them, and a letter's width on average.
_PITCH, _ROOM, _LETTER = 1.5, 1.0, 0.62


@lru_cache(maxsize=8)
def card(lines: Sequence[str], width: int, dpi: float) -> Pixels:
    """Return the pixels of a card with lines on it, (height, width, 4), read-only; long lines are broken."""
    from matplotlib.font_manager import FontProperties, findfont

    em = _SIZE * dpi / 72
    letters = int((width - 2 * _ROOM * em) / (_LETTER * em))
    broken = [part for text in lines for part in wrap(text, letters) or [""]]
    pixels = np.full((round((_PITCH * len(broken) + 2 * _ROOM - 0.5) * em), width, 4), 255, np.uint8)
    edge = max(round(dpi / 50), 1)
    pixels[:, :, :3] = palette.rgb(palette.TRAP)
    pixels[edge:-edge, edge:-edge, :3] = 255
    face = findfont(FontProperties(family=["DejaVu Sans"]))
    for number, text in enumerate(broken):
        line = inked_line(text, face, _SIZE, dpi)
        baseline = round((_ROOM + 0.75 + _PITCH * number) * em)
        stamp(line, round(_ROOM * em), baseline, packed(palette.INK), (width, len(pixels))).press(pixels)
    pixels.flags.writeable = False
    return pixels
