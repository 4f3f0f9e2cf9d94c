"""A check that does not come to an end, in a notebook: it is interrupted, as by the button, and told in a sentence.

A thread watches the processor time that the check has taken, so it works on all systems and a busy machine costs nobody
anything. It interrupts the main thread as Ctrl-C would. A loop inside a library's C code hears that when it is done:
then the thread says how to stop it by hand. Where there are no threads, as in a browser, nobody watches.
"""

from __future__ import annotations

import _thread
import sys
import threading
import time
from types import TracebackType

from machine_room.translation import say, sentence

__all__ = ["NOT_STOPPED", "Watch", "stopped_sentence"]

MOST_SECONDS = 20.0  # of processor time; the longest check of the course that does not train takes under one
PAUSE_SECONDS = 0.25
DEAF_ROUNDS = 20  # pauses after which an interrupt that nobody heard is told
NOT_STOPPED = sentence(
    "Your function does not come to an end, and cannot be stopped from here: press the stop button above the "
    "notebook (or Kernel > Interrupt Kernel). Where that does nothing: Kernel > Restart Kernel."
)


def stopped_sentence(name: str, seconds: float, where: str) -> str:
    """Return what to tell whose function was stopped; `where` is the line in the cell, if it is known."""
    line = " " + say("It was at {where}.", where=where) if where else ""
    return (
        say(
            "{name} did not come to an end in {seconds:g} seconds: is there a loop that never stops?",
            name=name,
            seconds=seconds,
        )
        + line
    )


class Watch:
    """While it is open, the main thread is interrupted when its time is over; `fired` tells whether it was.

    Raises:
        KeyboardInterrupt: in the block, when it takes too long.
    """

    def __init__(self, seconds: float | None = None) -> None:
        self.seconds = MOST_SECONDS if seconds is None else seconds
        self.fired = False
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Watch:
        if threading.current_thread() is threading.main_thread() and sys.platform != "emscripten":
            self._until = time.process_time() + self.seconds
            self._thread = threading.Thread(target=self._watch, daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:  # from here on nobody is interrupted
            self._over.set()

    def _watch(self) -> None:
        rounds = 0
        while not self._over.wait(PAUSE_SECONDS):
            if time.process_time() < self._until:
                continue
            with self._lock:
                if self._over.is_set():
                    return
                self.fired = True
                _thread.interrupt_main()
            rounds += 1
            if rounds == DEAF_ROUNDS:
                print(say(NOT_STOPPED), flush=True)
