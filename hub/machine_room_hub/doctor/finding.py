"""What the doctor says of one thing."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Finding", "of"]


@dataclass(frozen=True)
class Finding:
    """One thing of a server.

    Attributes:
        feature: which.
        present: whether it is as it has to be.
        why: what it is good for.
        what_to_do: where it is not: what is wrong, and how to mend it.
    """

    feature: str
    present: bool
    why: str
    what_to_do: str


def of(feature: str, why: str, wrong: str) -> Finding:
    """A finding that is well where nothing is wrong."""
    return Finding(feature, not wrong, why, wrong)
