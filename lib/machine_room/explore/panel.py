"""An explorer's widgets: controls in a grid, buttons, progress, and the one image below them."""

import asyncio
import base64
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Protocol

from machine_room.explore.canvas import DRAWING, SCREEN_DPI, SMALLEST_POINTS, Canvas
from machine_room.explore.companion import Description, accessible_names, companion
from machine_room.explore.controls import Button, Control, Values
from machine_room.explore.png import on_dark

if TYPE_CHECKING:
    import ipywidgets

#: Of a label, in em: a letter, on average with some to spare, and the room before the slider.
_LETTER, _GAP = 0.56, 1.2
#: In screen pixels: what a column needs beside its labels, so that a track is 100 wide and its number stands beside it.
_TRACK_AND_READOUT = 200
#: A picture grows with its place to so many times its size: sharp, it has twice the pixels.
LARGEST = 1.4
#: It shrinks until its smallest letters are so high, in screen pixels; in a narrower place it scrolls.
SMALLEST_LETTERS = 11
#: A slider that has not moved for so long is at rest.
_REST_SECONDS = 0.2
_UNSEEN = "position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)"


class Listened(Protocol):
    """Who is told how far a training is."""

    listener: Callable[[float], None] | None


class Shown(Protocol):
    """What a panel needs of the explorer it belongs to."""

    canvas: Canvas
    controls: tuple[Control, ...]
    buttons: tuple[Button, ...]
    alternative: str

    @property
    def question(self) -> str: ...
    @property
    def sentence(self) -> str: ...
    @property
    def progress(self) -> Listened | None: ...
    @property
    def values(self) -> Values: ...
    @property
    def image(self) -> bytes: ...
    def move(self, **values: Any) -> None: ...
    def sharpen(self) -> None: ...
    def press(self, name: str) -> None: ...


@dataclass
class _Page:
    """What the page that shows the pictures said last: the next picture is right from its first moment."""

    dark: bool = False


_page = _Page()


class Panel:
    """The widgets of one explorer, made when it is first displayed.

    Raises:
        ImportError: ipywidgets is not installed.
    """

    def __init__(self, explorer: Shown) -> None:
        import ipywidgets

        self._explorer = explorer
        continuous = explorer.progress is None
        self._controls: dict[str, Any] = {}
        for control in explorer.controls:
            value: Any = control.nearest(explorer.values[control.name])
            self._controls[control.name] = widget = control.widget(value, continuous=continuous)
            widget.disabled = not control.matters(explorer.values)
        self._buttons = {button.name: button.widget() for button in explorer.buttons}
        self._dark = _page.dark
        self._image = self._picture()
        self._companion = self._speaker()
        # Without a companion the text of the picture stands there and does not change.
        spoken = self._companion or ipywidgets.HTML(f'<span style="{_UNSEEN}">{escape(explorer.alternative)}</span>')
        self._listening = True
        self._rest: asyncio.TimerHandle | None = None
        place = ipywidgets.Box([self._image], layout=ipywidgets.Layout(width="100%", overflow="auto hidden"))
        place.add_class("machine-room-place")
        self._box = ipywidgets.VBox(
            [self._grid(), *self._press_row(), *self._progress_bar(explorer.progress), place, spoken],
            layout=ipywidgets.Layout(max_width=self._image.layout.max_width),
        )
        self._box.add_class("machine-room-panel")
        self._connect()

    def mimebundle(self) -> Mapping[str, Any]:
        """Return the widget view for Jupyter's display."""
        bundle = self._box._repr_mimebundle_()
        view = "application/vnd.jupyter.widget-view+json"
        return {view: bundle[view]}

    def show(self, values: Mapping[str, Any], image: bytes) -> None:
        """Bring image and controls to where the explorer is; a control that is there already costs no message."""
        self._image.value = self._shown(image)
        with self._deaf():
            for control in self._explorer.controls:
                widget, value = self._controls[control.name], values[control.name]
                if not control.is_echo(widget.value, value):
                    widget.value = control.nearest(value)
                if widget.disabled == control.matters(values):
                    widget.disabled = not widget.disabled

    def say(self, sentence: str) -> None:
        """Have a sentence announced to who hears the page, when the picture is at rest."""
        if self._companion is not None:
            self._companion.sentence = sentence

    def close(self) -> None:
        """Close every widget and forget the callbacks."""
        self._cancel_rest()
        for widget in self._widgets(self._box):
            widget.unobserve_all()
            widget.close()

    def _picture(self) -> "ipywidgets.Image":
        """Return the one image, which grows and shrinks with its place."""
        import ipywidgets

        width, _ = self._explorer.canvas.size
        # No wider than its box, margin included: else its right edge is cut off.
        layout = ipywidgets.Layout(
            width="100%", min_width=f"{narrowest(width)}px", max_width=f"{round(LARGEST * width)}px", height="auto",
            margin="2px 0", object_fit="contain",
        )  # fmt: skip
        # As bytes, a picture would wait in the browser for its URL to be made and read back: some 8 ms (measured).
        return ipywidgets.Image(value=self._shown(self._explorer.image), format="url", layout=layout)

    def _shown(self, png: bytes) -> bytes:
        return _data_url(on_dark(png) if self._dark else png)

    def _speaker(self) -> Any:
        """Return the companion, None where there is none."""
        explorer = self._explorer
        controls = sorted(explorer.controls, key=lambda control: control.column)
        names = accessible_names([(control.label, control.meaning) for control in controls])
        made = companion(Description(explorer.question, names), explorer.alternative, self._dark, self._follow_page)
        if made is not None:
            made.sentence = explorer.sentence
        return made

    def _follow_page(self, dark: bool) -> None:
        """Change between the light picture and the dark one, as the page does."""
        with DRAWING:
            _page.dark = self._dark = dark
            self._image.value = self._shown(self._explorer.image)

    def _align(self, column: list[Any]) -> float:
        """Give the labels of a column one width, that of the longest, and return it, in em."""
        width = _LETTER * max(len(widget.description) for widget in column) + _GAP
        for widget in column:
            widget.style.description_width = f"{width:.1f}em"
        return width

    def _grid(self) -> "ipywidgets.GridBox":
        import ipywidgets

        by_column: dict[int, list[Any]] = {}
        for control in self._explorer.controls:
            by_column.setdefault(control.column, []).append(self._controls[control.name])
        labels = max((self._align(column) for column in by_column.values()), default=0.0)
        boxes = [ipywidgets.VBox(by_column[column]) for column in sorted(by_column)]
        # As many columns as there is room for: what does not fit goes below, and never to nothing.
        column = f"minmax(min(100%, calc({labels:.1f}em + {_TRACK_AND_READOUT}px)), 1fr)"
        template = f"repeat(auto-fit, {column})"
        return ipywidgets.GridBox(boxes, layout=ipywidgets.Layout(grid_template_columns=template, width="100%"))

    def _press_row(self) -> list["ipywidgets.Widget"]:
        import ipywidgets

        return [ipywidgets.HBox(list(self._buttons.values()))] if self._buttons else []

    def _progress_bar(self, progress: Listened | None) -> list["ipywidgets.Widget"]:
        import ipywidgets

        if progress is None:
            return []
        bar = ipywidgets.FloatProgress(value=0.0, min=0.0, max=1.0, description="training")
        bar.layout.visibility = "hidden"

        def show(fraction: float) -> None:
            bar.value = fraction
            bar.layout.visibility = "visible" if fraction < 1 else "hidden"

        progress.listener = show
        return [bar]

    def _connect(self) -> None:
        for control in self._explorer.controls:
            widget = self._controls[control.name]
            widget.observe(lambda change, control=control: self._moved(control, change["new"]), names="value")
        for name, button in self._buttons.items():
            button.on_click(lambda _, name=name: self._explorer.press(name))

    def _moved(self, control: Any, shown: Any) -> None:
        """Follow a control that was moved; a parameter between two steps stays where it is until its slider moves."""
        with DRAWING:  # else a move in one thread is taken for one of ours, made in another
            if self._listening and not control.is_echo(shown, self._explorer.values[control.name]):
                self._explorer.move(**{control.name: shown})
                self._await_rest()

    def _await_rest(self) -> None:
        """Have the picture sharpened when nothing has moved for a while; at once where there is no event loop."""
        self._cancel_rest()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._explorer.sharpen()
        else:
            self._rest = loop.call_later(_REST_SECONDS, self._explorer.sharpen)

    def _cancel_rest(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None

    @contextmanager
    def _deaf(self) -> Iterator[None]:
        """What we set ourselves is no move."""
        self._listening = False
        try:
            yield
        finally:
            self._listening = True

    def _widgets(self, widget: Any) -> Iterator[Any]:
        for child in getattr(widget, "children", ()):
            yield from self._widgets(child)
        yield from (part for name in ("layout", "style") if (part := getattr(widget, name, None)) is not None)
        yield widget


def narrowest(width: int) -> int:
    """Return how narrow a picture of that width may be shown: its smallest letters are still to be read."""
    return round(width * min(SMALLEST_LETTERS / (SMALLEST_POINTS * SCREEN_DPI / 72), 1))


def _data_url(png: bytes) -> bytes:
    return b"data:image/png;base64," + base64.b64encode(png)
