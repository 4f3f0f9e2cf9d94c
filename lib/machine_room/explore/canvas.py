"""The picture under an explorer: a still background drawn once, moving artists drawn over it, PNG out."""

import threading
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from machine_room.arguments import Pixels
from machine_room.explore import palette
from machine_room.explore.png import Encoder

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text
    from matplotlib.transforms import Transform

#: Screen pixels per inch of figure.
SCREEN_DPI = 100
#: No text in a picture is smaller.
SMALLEST_POINTS = 8.5
#: Picture pixels per screen pixel: while a slider moves, when a picture must take less than a frame, and at rest, when
#: small text must be sharp on a dense screen.
MOVING, RESTING = 1.0, 2.0

#: JupyterLab has the kernel handle some of the widgets' messages in a thread of their own, and others in the main one.
#: Two threads that draw one figure mix two pictures, and matplotlib has one style for all figures: one draws at a time.
DRAWING = threading.RLock()

_STYLE: dict[Any, Any] = {  # the keys: Matplotlib's types list every one of them
    "axes.axisbelow": True,
    "axes.edgecolor": palette.FRAME,
    "axes.facecolor": palette.PAPER,
    "axes.grid": True,
    "axes.labelcolor": palette.INK,
    "axes.labelsize": 9,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": palette.INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 9.5,
    "figure.edgecolor": palette.FRAME,
    "figure.facecolor": palette.PAPER,
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "grid.color": palette.FAINT,
    "grid.linewidth": 0.6,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "lines.linewidth": 2.0,
    "text.color": palette.INK,
    # Hinted, letters are wider or narrower at another density: a sharpened picture would jump.
    "text.hinting": "none",
    "xtick.color": palette.GREY,
    "xtick.labelcolor": palette.INK,
    "xtick.labelsize": 8.5,
    "ytick.color": palette.GREY,
    "ytick.labelcolor": palette.INK,
    "ytick.labelsize": 8.5,
}


def house_style() -> AbstractContextManager[None]:
    """Return a context in which matplotlib draws as our pictures do, whatever style the notebook has set."""
    import matplotlib as mpl

    own = {key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith(("backend", "interactive"))}
    return mpl.rc_context({**own, **_STYLE})


#: A sharp plate takes 20 MB, and a notebook has a dozen pictures: only the pictures used last keep theirs.
_SHARP_PLATES = 2
_last_sharp: list["ref[Canvas]"] = []


class _Plate:
    """Where pictures of one density are drawn, and the region of it that holds what does not move."""

    def __init__(self, renderer: Any, background: Any) -> None:
        self.renderer, self.background = renderer, background
        self._encoder: Encoder | None = None

    def encoded(self, pixels: Pixels) -> bytes:
        height, width = pixels.shape[:2]
        if self._encoder is None or self._encoder.height != height:  # a note came or went
            self._encoder = Encoder(width, height)
        return self._encoder.encode(pixels)


def whole_lines(caption: str) -> list[str]:
    """Return a caption's lines, but a sentence that was broken to fit into the picture as one.

    A sentence begins with a capital letter and ends with a full stop; none goes across an empty line.
    """
    lines: list[str] = []
    begins = None
    for line in map(str.strip, caption.split("\n")):
        if not line:
            begins = None
            continue
        lines.append(line)
        if line[0].isupper():
            begins = len(lines) - 1
        if line.endswith("."):
            if begins is not None:
                lines[begins:] = [" ".join(lines[begins:])]
            begins = None
    return lines


class Canvas:
    """One figure on an Agg canvas.

    Artists passed to `moving` are drawn anew at each `render`, over a copy of all else, which is drawn once.

    Args:
        question: the picture's title, a question that it answers.
        size: width and height in screen pixels.
    """

    def __init__(self, question: str, size: tuple[int, int] = (880, 380)) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.size = size
        self.question = question
        inches = (size[0] / SCREEN_DPI, size[1] / SCREEN_DPI)
        with house_style():
            self.figure = Figure(inches, dpi=SCREEN_DPI * RESTING, linewidth=1.5)
            FigureCanvasAgg(self.figure)
            self._moving: list[Artist] = []
            self.figure.text(18 / size[0], 1 - 14 / size[1], question, size=12, weight="bold", va="top")
        self._plates: dict[float, _Plate] = {}
        self._note: tuple[str, ...] = ()
        self._captions: list[Text] = []
        self._unwritten = ""

    def axes(self, left: float, bottom: float, width: float, height: float, **properties: Any) -> "Axes":
        """Add axes; left, bottom, width and height in screen pixels from the picture's lower left corner."""
        across, up = self.size
        with house_style():
            return self.figure.add_axes((left / across, bottom / up, width / across, height / up), **properties)

    @property
    def pixels(self) -> "Transform":
        """The transform of artists whose coordinates are screen pixels from the picture's lower left corner."""
        from matplotlib.transforms import Affine2D

        across, up = self.size
        return Affine2D().scale(1 / across, 1 / up) + self.figure.transFigure

    def moving(self, *artists: "Artist") -> None:
        """Register artists that move: they are left out of the background and drawn at each render, by zorder."""
        for artist in artists:
            artist.set_animated(True)
        self._moving = sorted([*self._moving, *artists], key=lambda artist: artist.get_zorder())
        self.repaint()

    def label(self, x: float, y: float, text: str = "", **properties: Any) -> "Text":
        """Add text that changes as sliders move, top left corner at x, y in screen pixels unless aligned otherwise."""
        from machine_room.explore.label import Label

        across, up = self.size
        with house_style():
            label = Label(x / across, y / up, text, **{"va": "top", "linespacing": 1.4, **properties})
            label.set_figure(self.figure)
            label.set_transform(self.figure.transSubfigure)
        self.figure.texts.append(label)
        self.moving(label)
        return label

    def caption(self, x: float, y: float, **properties: Any) -> "Text":
        """Add a label that says in words what the picture shows now: it is also told to who does not see it."""
        label = self.label(x, y, **{"size": 9.5, **properties})
        self._captions.append(label)
        return label

    def tell(self, sentence: str) -> None:
        """Say in words what the picture shows now, where no caption in it does."""
        self._unwritten = sentence

    @property
    def said(self) -> str:
        """What the captions say, or else what was told, as one line."""
        lines = [line for caption in self._captions for line in whole_lines(caption.get_text())]
        told = " ".join(line if line.endswith((".", ":", ",", ";")) else f"{line};" for line in lines).rstrip(";")
        return (told if told.endswith(".") else f"{told}.") if told else self._unwritten

    def text(self, x: float, y: float, text: str, **properties: Any) -> "Text":
        """Add text that stays, x and y in screen pixels."""
        across, up = self.size
        letters = {"color": palette.as_text(properties.pop("color", palette.INK))}
        with house_style():
            return self.figure.text(
                x / across, y / up, text, **{"va": "top", "linespacing": 1.4, **letters, **properties}
            )

    def repaint(self) -> None:
        """Draw the still part anew at the next render: call it after changing what does not move, such as a contour.

        That render costs some 40 ms more: right for a choice between surfaces, too slow for a slider.
        """
        self._plates.clear()

    def still(self) -> "Figure":
        """Return the figure with its moving artists where they are, to be saved or shown by itself."""
        for artist in self._moving:
            artist.set_animated(False)
        self.repaint()
        return self.figure

    def note(self, lines: Iterable[str]) -> None:
        """Show lines on a card that is added below the picture; none takes it away."""
        self._note = tuple(lines)

    @property
    def note_shown(self) -> str:
        """What the card says, empty where there is none."""
        return "\n".join(self._note)

    def render(self, density: float = RESTING) -> bytes:
        """Return the picture as PNG: the background restored, the moving artists drawn over it.

        Args:
            density: picture pixels per screen pixel.
        """
        if self.figure.dpi != SCREEN_DPI * density:
            self.figure.set_dpi(SCREEN_DPI * density)
        if density not in self._plates:
            self._plates[density] = self._plate()
        if density == RESTING:
            self._is_last_sharp()
        plate = self._plates[density]
        plate.renderer.restore_region(plate.background)
        for artist in self._moving:
            artist.draw(plate.renderer)
        return plate.encoded(self._with_note(np.asarray(plate.renderer.buffer_rgba())))

    def _plate(self) -> _Plate:
        """Draw what does not move, at the figure's resolution."""
        from matplotlib.backends.backend_agg import RendererAgg

        for artist in self._moving:
            artist.set_animated(True)
        width, height = (round(side) for side in self.figure.bbox.size)
        renderer = RendererAgg(width, height, self.figure.dpi)
        with house_style():
            self.figure.draw(renderer)
        return _Plate(renderer, renderer.copy_from_bbox(self.figure.bbox))

    def _is_last_sharp(self) -> None:
        """Have the sharp plate of whoever was used longest ago let go."""
        others = [(other, canvas) for other in _last_sharp if (canvas := other()) not in (None, self)]
        for _, canvas in others[: 1 - _SHARP_PLATES]:
            canvas._plates.pop(RESTING, None)
        _last_sharp[:] = [*(other for other, _ in others[1 - _SHARP_PLATES :]), ref(self)]

    def _with_note(self, pixels: Pixels) -> Pixels:
        if not self._note:
            return pixels
        from machine_room.explore.card import card

        return np.concatenate([pixels, card(self._note, pixels.shape[1], self.figure.dpi)])

    def close(self) -> None:
        """Let go of the figure's artists and the cached background."""
        self._moving.clear()
        self.repaint()
        self.figure.clear()
