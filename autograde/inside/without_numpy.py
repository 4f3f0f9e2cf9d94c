"""What stands for NumPy in an environment of a course's own that lacks it: kinds of which no value there is one.

*Called by* `wire` and `kernel`, in the box alone. With ordinary tests only plain values cross; an array that somebody
makes up is answered as any broken message is.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

__all__ = ["clongdouble", "dtype", "errstate", "longdouble", "ndarray", "random"]


class ndarray:
    """No value is one."""


class longdouble:
    """No value is one."""


class clongdouble:
    """No value is one."""


class random:
    """NumPy's module of that name, as far as it is asked for."""

    class Generator:
        """No value is one."""

    class PCG64:
        """No value is one."""


class dtype:
    """A code, and a type that no value has."""

    def __init__(self, code: str) -> None:
        self.str = code
        self.type = type(code, (), {})


def errstate(**settings: Any) -> AbstractContextManager[None]:
    """Nothing computes here that could warn."""
    return nullcontext()
