"""Whether a process has one thread, as it must before it forks: a fork would lack the others, and keep their locks.

*Called by* the zygote, once all is imported. *Trust*: libraries alone have run.
"""

from __future__ import annotations

import os
import time

__all__ = ["check_single_thread"]

LEAVING_SECONDS = 5.0  # for a thread that has done its work to go
TASKS = "/proc/self/task"


def check_single_thread() -> None:
    """Return once this process has one thread.

    Matplotlib has a timer while it looks for fonts, and ends it. Linux lists such a thread until it has been given a
    processor for its last steps, which on a busy machine takes a moment.

    Raises:
        RuntimeError: there is another one that stays.
    """
    until = time.monotonic() + LEAVING_SECONDS
    while os.path.isdir(TASKS) and len(os.listdir(TASKS)) > 1:
        if time.monotonic() > until:
            raise RuntimeError(
                "a library started a thread when it was imported; a fork would lack it, and perhaps its locks"
            )
        time.sleep(0.01)
