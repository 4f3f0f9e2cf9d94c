"""What is said over the socket of a course's grader process: one line of JSON at a time, both ways.

A client says what to grade; the process answers with events until the last one, `Done` or `Stopped`. *Trust*: both ends
belong to one user, which `peer_of` checks before a word is read.
"""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from ..contract.failures import CourseError, Failure, Stage, WorkersUnavailable
from ..contract.verdict import Kept, Verdict
from ..course.folder import Course
from ..course.libraries import LibrariesError
from ..course.settings import SettingsError
from ..inside.limits import Limits
from ..sandbox.process import Isolation, IsolationUnavailable
from .journal import from_json, to_json
from .options import GradeOptions

__all__ = [
    "ERRORS",
    "MAX_REQUEST",
    "PROTOCOL",
    "Event",
    "Kind",
    "Request",
    "address",
    "event_of",
    "is_ours",
    "line_of",
    "read_request",
    "request_line",
]

PROTOCOL = 2
SOCKET = "serve.sock"
MAX_REQUEST = 16 << 20  # bytes: a hundred thousand students by name

# What a person can mend, by the name under which it travels: one sentence each.
ERRORS: dict[str, type[Exception]] = {
    kind.__name__: kind
    for kind in (CourseError, SettingsError, LibrariesError, IsolationUnavailable, WorkersUnavailable)
}


class Kind(StrEnum):
    """What an event says."""

    START = "start"
    VERDICT = "verdict"
    FAILURE = "failure"
    COMPLAINT = "complaint"
    DONE = "done"
    ERROR = "error"
    STALE = "stale"  # the process's code is not the one on disk any more: ask a new one


@dataclass(frozen=True)
class Event:
    """One thing that the process tells."""

    kind: Kind
    total: int = 0
    verdict: Verdict | None = None
    why: Kept | None = None
    failure: Failure | None = None
    text: str = ""
    error: str = ""  # a key of ERRORS; empty: a bug of ours


@dataclass(frozen=True)
class Request:
    """What a client wants graded."""

    assignment: str
    options: GradeOptions
    warm: bool = False  # nothing: the process is to make itself ready for what will be handed in


def request_line(request: Request) -> bytes:
    """A request as it travels."""
    options = asdict(request.options)
    options["already"] = sorted(request.options.already)
    said = {"protocol": PROTOCOL, "assignment": request.assignment, "options": options, "warm": request.warm}
    return json.dumps(said).encode() + b"\n"


def read_request(line: bytes) -> Request:
    """The inverse of `request_line`.

    Raises:
        ValueError: it is anything else.
    """
    try:
        said = json.loads(line)
        if said["protocol"] != PROTOCOL:
            raise ValueError(f"the client speaks protocol {said['protocol']}, this process {PROTOCOL}")
        options = dict(said["options"])
        known = {field.name for field in fields(GradeOptions)}
        if set(options) != known:
            raise ValueError(f"options should be {sorted(known)}, not {sorted(options)}")
        options["students"] = tuple(map(str, options["students"]))
        options["isolation"] = Isolation(options["isolation"])
        options["limits"] = None if options["limits"] is None else Limits(**options["limits"])
        options["already"] = frozenset((str(student), str(notebook)) for student, notebook in options["already"])
        return Request(str(said["assignment"]), GradeOptions(**options), warm=said["warm"] is True)
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"no request: {error}") from error


def line_of(event: Event) -> bytes:
    """An event as it travels."""
    plain: dict[str, Any] = {"kind": event.kind.value, "total": event.total, "text": event.text, "error": event.error}
    if event.verdict is not None:
        plain["verdict"] = to_json(event.verdict)
    if event.why is not None:
        plain["why"] = event.why.value
    if event.failure is not None:
        plain["failure"] = asdict(event.failure)
    return json.dumps(plain).encode() + b"\n"


def event_of(line: bytes) -> Event:
    """The inverse of `line_of`.

    Raises:
        ValueError: it is anything else: the line was cut off, or another version wrote it.
    """
    try:
        plain = json.loads(line)
        failure = plain.get("failure")
        return Event(
            Kind(plain["kind"]),
            total=int(plain["total"]),
            verdict=from_json(plain["verdict"]) if "verdict" in plain else None,
            why=Kept(plain["why"]) if "why" in plain else None,
            failure=None
            if failure is None
            else Failure(failure["student"], Stage(failure["stage"]), failure["reason"]),
            text=str(plain["text"]),
            error=str(plain["error"]),
        )
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"no event: {error}") from error


@contextmanager
def address(course: Course) -> Iterator[str]:
    """Where the course's socket lies, as short as the kernel wants it: a path may have 107 bytes, a course's more."""
    folder = os.open(course.private, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{SOCKET}"
    finally:
        os.close(folder)


def is_ours(connection: socket.socket) -> bool:
    """Whether the other end belongs to this process's user. The kernel says so, not they."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, user, _ = struct.unpack("3i", credentials)
    return bool(user == os.geteuid())
