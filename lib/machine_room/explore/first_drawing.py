"""How far a first drawing is that trains: a line in the cell until the picture comes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from machine_room.progress_line import in_notebook, progress_text

__all__ = ["told"]

#: What comes sooner needs no line.
_PATIENCE_SECONDS = 1.0
_PARTS = 100


class Listened(Protocol):
    """Who says how far a drawing is."""

    listener: Callable[[float], None] | None


@contextmanager
def told(progress: Listened) -> Iterator[None]:
    """Show how far a drawing is, from the first second on. The line is empty afterwards: the picture stands there."""
    if not in_notebook():
        yield
        return
    line = _Line()
    before, progress.listener = progress.listener, line.show
    try:
        yield
    finally:
        progress.listener = before
        line.empty()


class _Line:
    """A display in the cell, made when it is first needed."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._display: Any = None

    def show(self, fraction: float) -> None:
        seconds = time.monotonic() - self._began
        if seconds >= _PATIENCE_SECONDS:
            self._say(progress_text(round(_PARTS * fraction), _PARTS, {}, seconds, "training, percent"))

    def empty(self) -> None:
        if self._display is not None:
            self._display.update({"text/html": ""}, raw=True)

    def _say(self, text: str) -> None:
        from IPython.display import display

        bundle = {"text/plain": text}
        if self._display is None:
            self._display = display(bundle, raw=True, display_id=True)
        else:
            self._display.update(bundle, raw=True)
