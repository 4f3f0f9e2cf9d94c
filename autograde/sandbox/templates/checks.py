"""`check` while your work is graded: the checks that count run elsewhere, so this one is quiet."""

from collections.abc import Callable
from typing import Any

__all__ = ["CheckFailed", "check"]


class CheckFailed(AssertionError):
    """What a check raises in your notebook; never raised here."""


def check(function: Callable[..., Any], *, hidden: bool = False, hint: int | None = None) -> None:
    """Do nothing, so that a cell that calls `check` runs on."""
