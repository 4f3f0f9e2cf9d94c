"""Why the service says no: each refusal is one sentence and the HTTP status that goes with it."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Refusal", "Status"]


class Status(IntEnum):
    """The answers that are no success."""

    UNREADABLE = 400
    FORBIDDEN = 403
    NOT_THERE = 404
    ALREADY_THERE = 409
    TOO_LARGE = 413
    BUSY = 429
    NO_SPACE = 507


class Refusal(Exception):
    """A request that is not granted.

    Args:
        status: how HTTP puts it.
        sentence: what was expected, what came, what to do.
    """

    def __init__(self, status: Status, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
