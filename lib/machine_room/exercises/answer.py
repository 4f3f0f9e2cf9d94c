"""What a function may return that is no plain data: all that is known of it is the name of its type."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Elsewhere", "Foreign"]


class Elsewhere:
    """An object of the student's, where their code runs in another process: only the name of its type is known here."""

    type_name: str


@dataclass(frozen=True)
class Foreign:
    """A result that is not plain data; only the name of its type is known."""

    type_name: str
