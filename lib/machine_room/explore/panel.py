"""An explorer's widgets: controls in a grid, buttons, progress, and the one image below them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any

from machine_room.explore import palette

if TYPE_CHECKING:
    import ipywidgets

    from machine_room.explore.explorer import Explorer, Progress

_UNSEEN = "position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)"


class Panel:
    """The widgets of one explorer, made when it is first displayed.

    Raises:
        ImportError: ipywidgets is not installed.
    """

    def __init__(self, explorer: "Explorer") -> None:
        import ipywidgets

        self._explorer = explorer
        continuous = explorer.progress is None
        self._controls: dict[str, Any] = {}
        for control in explorer.controls:
            value: Any = control.nearest(explorer.values[control.name])
            self._controls[control.name] = control.widget(value, continuous=continuous)
        self._buttons = {button.name: button.widget() for button in explorer.buttons}
        width, _ = explorer.canvas.size
        # A frame and a paper of its own: the picture looks the same in a light and in a dark theme.
        self._image = ipywidgets.Image(
            value=explorer.image,
            format="png",
            layout=ipywidgets.Layout(
                width="100%", max_width=f"{width}px", border=f"1px solid {palette.FRAME}", object_fit="contain"
            ),
        )
        # An Image has no text of its own for those who do not see it, and a tooltip breaks its view.
        spoken = ipywidgets.HTML(f'<span style="{_UNSEEN}">{escape(explorer.alternative)}</span>')
        self._listening = True
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
        """Bring controls and image to where the explorer is."""
        with self._deaf():
            for control in self._explorer.controls:
                self._controls[control.name].value = control.nearest(values[control.name])
        self._image.value = image

    def close(self) -> None:
        """Close every widget and forget the callbacks."""
        for widget in self._widgets(self._box):
            widget.unobserve_all()
            widget.close()

    def _grid(self) -> "ipywidgets.GridBox":
        import ipywidgets

        by_column: dict[int, list[Any]] = {}
        for control in self._explorer.controls:
            by_column.setdefault(control.column, []).append(self._controls[control.name])
        boxes = [ipywidgets.VBox(by_column[column]) for column in sorted(by_column)]
        template = f"repeat({len(boxes)}, minmax(0, 1fr))"
        return ipywidgets.GridBox(boxes, layout=ipywidgets.Layout(grid_template_columns=template, width="100%"))

    def _press_row(self) -> list["ipywidgets.Widget"]:
        import ipywidgets

        return [ipywidgets.HBox(list(self._buttons.values()))] if self._buttons else []

    def _progress_bar(self, progress: "Progress | None") -> list["ipywidgets.Widget"]:
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
        for name, widget in self._controls.items():
            widget.observe(lambda change, name=name: self._moved(name, change["new"]), names="value")
        for name, button in self._buttons.items():
            button.on_click(lambda _, name=name: self._explorer.press(name))

    def _moved(self, name: str, value: Any) -> None:
        if self._listening:
            self._explorer.update(**{name: value})

    @contextmanager
    def _deaf(self) -> Iterator[None]:
        """What we set ourselves must not come back as a move: a slider shows less than a parameter may hold."""
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
