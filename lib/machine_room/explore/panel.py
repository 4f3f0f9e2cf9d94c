"""An explorer's widgets: controls in a grid, buttons, progress, and the one image below them."""

import asyncio
import base64
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any, Protocol

from machine_room.explore.canvas import DRAWING, Canvas
from machine_room.explore.controls import Button, Control, Values

if TYPE_CHECKING:
    import ipywidgets

#: Of a label, in em: a letter, on average with some to spare, and the room before the slider.
_LETTER, _GAP = 0.56, 1.2
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
    def progress(self) -> Listened | None: ...
    @property
    def values(self) -> Values: ...
    @property
    def image(self) -> bytes: ...
    def move(self, **values: Any) -> None: ...
    def sharpen(self) -> None: ...
    def press(self, name: str) -> None: ...


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
            self._controls[control.name] = control.widget(value, continuous=continuous)
        self._buttons = {button.name: button.widget() for button in explorer.buttons}
        width, _ = explorer.canvas.size
        # No wider than its box, margin included: else its right edge is cut off.
        layout = ipywidgets.Layout(width="100%", max_width=f"{width}px", margin="2px 0", object_fit="contain")
        # As bytes, a picture would wait in the browser for its URL to be made and read back: some 8 ms (measured).
        self._image = ipywidgets.Image(value=_data_url(explorer.image), format="url", layout=layout)
        # An Image has no text of its own for those who do not see it, and a tooltip breaks its view.
        spoken = ipywidgets.HTML(f'<span style="{_UNSEEN}">{escape(explorer.alternative)}</span>')
        self._listening = True
        self._rest: asyncio.TimerHandle | None = None
        self._box = ipywidgets.VBox(
            [self._grid(), *self._press_row(), *self._progress_bar(explorer.progress), self._image, spoken],
            layout=ipywidgets.Layout(max_width=f"{width}px"),
        )
        self._connect()

    def mimebundle(self) -> Mapping[str, Any]:
        """Return the widget view for Jupyter's display."""
        bundle = self._box._repr_mimebundle_()
        view = "application/vnd.jupyter.widget-view+json"
        return {view: bundle[view]}

    def show(self, values: Mapping[str, Any], image: bytes) -> None:
        """Bring image and controls to where the explorer is; a control that is there already costs no message."""
        self._image.value = _data_url(image)
        with self._deaf():
            for control in self._explorer.controls:
                widget, value = self._controls[control.name], values[control.name]
                if not control.is_echo(widget.value, value):
                    widget.value = control.nearest(value)

    def close(self) -> None:
        """Close every widget and forget the callbacks."""
        self._cancel_rest()
        for widget in self._widgets(self._box):
            widget.unobserve_all()
            widget.close()

    def _align(self, column: list[Any]) -> None:
        """Give the labels of a column one width, that of the longest; what is left goes to the sliders."""
        longest = max(len(widget.description) for widget in column)
        for widget in column:
            widget.style.description_width = f"{_LETTER * longest + _GAP:.1f}em"

    def _grid(self) -> "ipywidgets.GridBox":
        import ipywidgets

        by_column: dict[int, list[Any]] = {}
        for control in self._explorer.controls:
            by_column.setdefault(control.column, []).append(self._controls[control.name])
        for column in by_column.values():
            self._align(column)
        boxes = [ipywidgets.VBox(by_column[column]) for column in sorted(by_column)]
        template = f"repeat({len(boxes)}, minmax(0, 1fr))"
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


def _data_url(png: bytes) -> bytes:
    return b"data:image/png;base64," + base64.b64encode(png)
