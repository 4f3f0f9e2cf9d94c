"""How far a first drawing is that trains: a line in the cell until the picture comes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from machine_room.progress_line import CellLine, in_notebook, progress_text
from machine_room.translation import say

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


class _Line(CellLine):
    """The line of a drawing that has begun."""

    def __init__(self) -> None:
        super().__init__()
        self._began = time.monotonic()

    def show(self, fraction: float) -> None:
        seconds = time.monotonic() - self._began
        if seconds >= _PATIENCE_SECONDS:
            self.say(progress_text(round(_PARTS * fraction), _PARTS, {}, seconds, say("training, percent")))
