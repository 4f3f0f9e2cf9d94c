"""The terminal of a command: where results go, how far a run is, and what is said beside both on stderr."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..contract.names import readable

__all__ = ["complain", "console", "flush", "prepare", "progress"]


def console() -> Console:
    """Where results go: as wide as the terminal, and wide enough for a table where there is none."""
    return Console(width=None if sys.stdout is not None and sys.stdout.isatty() else 140)


@contextmanager
def progress() -> Iterator[tuple[Callable[[int], None], Callable[[object], None]]]:
    """A bar on stderr while a class is graded: what to call with the number to come, and after each."""
    columns = (TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    err = Console(stderr=True)
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as shown:
        bar = shown.add_task("grading", total=None)
        yield lambda total: shown.update(bar, total=total), lambda verdict: shown.advance(bar)


def complain(complaints: Sequence[str]) -> None:
    """Say each on stderr, where programs that read the results do not look."""
    for complaint in filter(None, complaints):
        with contextlib.suppress(OSError):  # nobody is there to read it
            click.echo(f"autograde: {readable(complaint)}", err=True)


def prepare() -> None:
    """Make the standard streams fit to write to, whoever started us.

    Without them the next file to be opened, the journal perhaps, would be what this process and its workers print to.
    A terminal that has no character for a name gets it spelled out.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def flush() -> None:
    """Write out what was printed, while there is somebody to tell that it cannot be."""
    if sys.stdout is not None:
        try:
            sys.stdout.flush()
        except OSError:
            _give_up(sys.stdout)
            raise


def _give_up(stream: object) -> None:
    """Let what a stream still holds go nowhere: Python would try once more at its end, and say so."""
    with contextlib.suppress(OSError, AttributeError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # type: ignore[attr-defined]  # suppressed above
