"""How long a worker lives: as long as its run, which alone hears a terminal's Ctrl-C.

A terminal sends SIGINT to every process of the command. In a worker it would end a submission in the middle, as if that
were the submission's doing, and show a traceback beside the command's one sentence.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait

__all__ = ["end_with_parent", "without_interrupts"]


@contextmanager
def without_interrupts() -> Iterator[None]:
    """Start processes that SIGINT does not reach, nor what they start: they inherit what is blocked here.

    One that comes meanwhile is heard at the end: a process that is given half of what it needs says so in a traceback.
    """
    with _heard_later():
        before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _heard_later() -> Iterator[None]:
    """Hold SIGINT back from the main thread, which hears it also where the kernel gives it to another thread."""
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield
        return
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if came:
            signal.raise_signal(signal.SIGINT)


def end_with_parent() -> None:
    """End when the run is killed: a worker must not go on, or wait for ever, without anyone to report to."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
