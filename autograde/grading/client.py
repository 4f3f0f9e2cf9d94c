"""Ask the course's one grader process, and start it where there is none. Holds no worker and no gradebook.

Where the process is killed the client starts another and asks for what is left: what was graded is in the journal.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from ..contract.failures import CourseError, Failure, warn
from ..contract.names import escaped
from ..contract.verdict import Kept, Verdict
from ..course.folder import Course
from .options import GradeOptions
from .protocol import ERRORS, Event, Kind, Request, address, event_of, is_ours, request_line

__all__ = ["LOG", "Course", "GradeOptions", "Verdict", "can_serve", "grade", "wake"]

LOG = "serve.log"
IN_VAIN = 5  # processes that end one after another soon and without a verdict, until it is no accident
SOON = 20.0  # seconds
START_SECONDS = 120.0  # for a process to start, or for one of another version to come to its end
PAUSE, LONGEST_PAUSE = 0.05, 2.0


class _Over(Exception):
    """The process has ended in the middle of it, or refuses because its code is of yesterday."""


def can_serve() -> bool:
    """Whether this host can have such a process: it asks the kernel who is at the other end."""
    return sys.platform == "linux"


def grade(
    course: Course,
    assignment: str,
    options: GradeOptions | None = None,
    *,
    on_start: Callable[[int], None] = lambda total: None,
    on_verdict: Callable[[Verdict], None] = lambda verdict: None,
    on_kept: Callable[[Verdict, Kept], None] = lambda verdict, why: None,
    on_failure: Callable[[Failure], None] = warn,
    on_complaint: Callable[[str], None] = lambda sentence: None,
) -> list[Verdict]:
    """Have an assignment graded and recorded; the same as `run.grade`, by the course's grader process.

    Raises:
        CourseError: what `run.grade` says, or the process does not start, or ends again and again.
        SettingsError, LibrariesError, IsolationUnavailable, WorkersUnavailable: as `run.grade`.
    """
    options = options or GradeOptions()
    course.masters(assignment)  # no process is left behind in a folder that is no course
    told = _Told(on_start, on_verdict, on_kept, on_failure, on_complaint)
    in_vain = 0
    while True:
        before, began = told.events, time.monotonic()
        rest = replace(options, already=options.already | frozenset(told.verdicts))
        try:
            told.all(_events(course, Request(assignment, rest)))
        except _Over:
            lasted = told.events > before or time.monotonic() - began > SOON
            in_vain = 0 if lasted else in_vain + 1
            time.sleep(min(PAUSE * 2**in_vain, LONGEST_PAUSE))  # one that was killed may hold its socket for a moment
            if in_vain >= IN_VAIN:
                raise CourseError(
                    f"The grader process of {course.root} ended {IN_VAIN} times at once. What it said is in "
                    f"{course.root / '.autograde' / LOG}. What was graded is not lost; `--no-serve` grades without it."
                ) from None
        else:
            return [told.verdicts[key] for key in sorted(told.verdicts, key=lambda key: (key[1], key[0]))]


def wake(course: Course, assignments: Iterable[str]) -> None:
    """Have the course's process run, stay for a while, and be ready for what is handed in for these assignments.

    Raises:
        CourseError: it does not start, or cannot grade one of them.
        SettingsError, LibrariesError, IsolationUnavailable: as `grade`.
    """
    for assignment in assignments:
        for event in _events(course, Request(assignment, GradeOptions(), warm=True)):
            if event.kind is Kind.ERROR:
                raise _error(event)


class _Told:
    """What the process has said so far, over all its lives, handed on to who asked."""

    def __init__(
        self,
        on_start: Callable[[int], None],
        on_verdict: Callable[[Verdict], None],
        on_kept: Callable[[Verdict, Kept], None],
        on_failure: Callable[[Failure], None],
        on_complaint: Callable[[str], None],
    ) -> None:
        self.verdicts: dict[tuple[str, str], Verdict] = {}
        self.events = 0  # that brought something on
        self._on_start, self._on_verdict, self._on_kept = on_start, on_verdict, on_kept
        self._on_failure, self._on_complaint = on_failure, on_complaint
        self._started = False
        self._failures: set[Failure] = set()

    def all(self, events: Iterator[Event]) -> None:
        """Hand on event after event to the last.

        Raises:
            _Over: there was no last one.
        """
        for event in events:
            if event.kind is Kind.DONE:
                return
            self._one(event)
        raise _Over

    def _one(self, event: Event) -> None:
        if event.kind is Kind.ERROR:
            raise _error(event)
        if event.kind is Kind.START and not self._started:
            self._started = True
            self._on_start(event.total)
        if event.kind is Kind.COMPLAINT:
            self._on_complaint(event.text)
        if event.failure is not None and event.failure not in self._failures:
            self._failures.add(event.failure)
            self._on_failure(event.failure)
        if event.verdict is not None:
            self.events += 1
            self.verdicts[event.verdict.student, event.verdict.notebook] = event.verdict.without_outputs()
            if event.why is not None:
                self._on_kept(event.verdict, event.why)
            self._on_verdict(event.verdict)


def _error(event: Event) -> Exception:
    if event.error in ERRORS:
        return ERRORS[event.error](event.text)
    return CourseError(
        f"The grader process failed: {event.text}. What it was doing is in .autograde/{LOG}. What was graded is not "
        "lost."
    )


def _events(course: Course, request: Request) -> Iterator[Event]:
    """Ask once, and yield what is said until the process has said all, or is no more."""
    with _connected(course) as connection:
        try:
            connection.sendall(request_line(request))
            with connection.makefile("rb") as lines:
                for line in lines:
                    event = event_of(line)
                    if event.kind is Kind.STALE:
                        raise _Over
                    yield event
        except (ConnectionError, ValueError):  # the last line may have been cut off
            return


@contextlib.contextmanager
def _connected(course: Course) -> Iterator[socket.socket]:
    """A connection to the course's process, which is started where there is none."""
    until, pause = time.monotonic() + START_SECONDS, PAUSE
    with address(course) as path, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        while not _connect(connection, path):
            if time.monotonic() > until:
                raise CourseError(
                    f"No grader process answers in {course.root}, and none can be started: one of another version may "
                    "be at work still. Wait for it to end, or grade without it: --no-serve."
                )
            _start(course)
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        if not is_ours(connection):
            raise CourseError(f"The socket in {course.root / '.autograde'} is another user's. Is the folder yours?")
        yield connection


def _connect(connection: socket.socket, path: str) -> bool:
    try:
        connection.connect(path)
    except (FileNotFoundError, ConnectionRefusedError):
        return False
    return True


def _start(course: Course) -> None:
    """Start the course's process, which lives on by itself; returns when it listens, or another one does."""
    command = [sys.executable, "-P", "-m", "autograde", "serve", "--background", "--course", str(course.root)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, cwd=course.root, check=False)
    if done.returncode:
        said = escaped(done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2], 500)
        raise CourseError(f"The grader process of {course.root} does not start: {said or 'it says nothing'}")
