"""What judge and student's process say to each other: the first word of every message, and of every piece of an output.

On the wire each is its text, for plain values are all that crosses (`wire`); `kernel` says what follows which.

*Trust*: none is needed here; who reads a word from the other side makes it one of these, or refuses it.
"""

from __future__ import annotations

from enum import Enum

__all__ = ["Piece", "Reply", "Request", "Returned"]


class Request(Enum):
    """What the judge asks."""

    RUN = "run"
    GET = "get"
    ATTRIBUTE = "attribute"
    CALL = "call"
    NOTEBOOK = "notebook"
    FILE = "file"
    EXECUTE = "execute"


class Reply(Enum):
    """What the student's process says."""

    RAN = "ran"
    VALUE = "value"
    RAISED = "raised"
    CALLED = "called"
    READY = "ready"
    SHOWN = "shown"
    CALLBACK = "callback"
    EXCEEDED = "exceeded"


class Returned(Enum):
    """How a function of the judge's ended that the student's process called."""

    RETURNED = "returned"
    FAILED = "failed"


class Piece(Enum):
    """What a cell of an ordinary notebook shows."""

    STREAM = "stream"
    DISPLAY = "display"
    RESULT = "result"
    ERROR = "error"
