"""What an account of the system may do: tests that need root become another user in a fork."""

from __future__ import annotations

import os
from collections.abc import Callable

__all__ = ["STUDENT", "as_account"]

STUDENT = 65533  # a user with no name and no rights


def as_account(number: int, act: Callable[[], object]) -> str:
    """Do something as another account, and return the name of what it raised, or "done".

    A fork, because this Python may be in a folder that no other account can enter.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(number)
            os.setuid(number)
            act()
            os.write(writing, b"done")
        except BaseException as error:
            os.write(writing, type(error).__name__.encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        said = told.read()
    os.waitpid(child, 0)
    return said
