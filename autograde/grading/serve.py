"""The one process that grades for a course: it holds the warm boxes, and it alone of ours writes the gradebook.

It listens on a socket in the course's `.autograde/`, which is its owner's alone, and grades what its clients ask for:
`autograde grade`, nbgrader's command and button. All runs share workers, journals and locks. It ends when nobody has
asked for a while. Killed, it loses nothing: its clients start another one, and that goes on from the journal.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..contract.failures import CourseError, Failure, is_of_the_machine, one_sentence
from ..contract.names import of_error
from ..contract.verdict import Kept, Verdict
from ..course.folder import Course
from .bench import Settled, Work, locked
from .engine import ROOTS, engine_files
from .journal import JournalWriter
from .lanes import Held, Lanes
from .pool import Task, prepare
from .protocol import ERRORS, MAX_REQUEST, Event, Kind, Request, address, is_ours, line_of, read_request
from .run import grade, tasks

__all__ = ["IDLE_SECONDS", "LOCK", "LOG", "PID", "Shared", "in_the_background", "serve"]

IDLE_SECONDS = 900.0
LOG = "serve.log"
PID = "serve.pid"
LOCK = "serve.lock"
PREPARED = 8  # notebooks that the process remembers as ready
PREPARED_SECONDS = 60.0  # that it does
SEND_SECONDS = 60.0  # a client that does not listen for so long is gone
BACKLOG = 64


@dataclass(frozen=True)
class _Prepared:
    """A task for which everything is ready, and since when."""

    task: Task
    at: float


class Shared:
    """The bench of all runs in one process (`bench.Bench`).

    While one of them is under way the course is locked against runs of other processes.
    """

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._writing = threading.Lock()
        self._entering = threading.Lock()
        self._runs = 0
        self._locked = ExitStack()
        self._journals: dict[Path, tuple[JournalWriter, int]] = {}
        self._prepared: deque[_Prepared] = deque(maxlen=PREPARED)

    @contextmanager
    def run(self, course: Course) -> Iterator[None]:
        with self._entering:
            if self._runs == 0 and not self._locked.enter_context(locked(course)):
                raise CourseError(f"Another run is grading in {course.root}. Wait for it to end, or stop it.")
            self._runs += 1
        try:
            yield
        finally:
            with self._entering:
                self._runs -= 1
                if self._runs == 0:
                    self._locked.close()

    @contextmanager
    def journal(self, course: Course, assignment: str, notebook: str) -> Iterator[JournalWriter]:
        """Read when the first run asks for it, and closed by the last. Between runs other processes may write it.

        Where none has it is not read again: that takes seconds when thousands of verdicts are in it.
        """
        path = course.journal(assignment, notebook)
        with self._entering:
            writer, users = self._journals.get(path) or (JournalWriter(path), 0)
            if users == 0 and not writer.journal.current:
                writer = JournalWriter(path)
            self._journals[path] = writer, users + 1
        try:
            yield writer
        finally:
            with self._entering:
                writer, users = self._journals[path]
                self._journals[path] = writer, users - 1
                if users == 1:
                    writer.close()

    def free(self, journal: JournalWriter, student: str) -> AbstractContextManager[bool]:
        return self._lanes.held.free(journal, student)

    def graded(self, work: Work) -> Iterator[Settled | Failure]:
        with self._writing:
            self._prepare(work.task, work.withheld)
        return self._lanes.graded(work)

    def warm(self, task: Task, withheld: Sequence[str]) -> None:
        """Let every lane have a worker for a task whose box has begun, before anybody hands in; returns at once.

        Raises:
            IsolationUnavailable: this host cannot give the task's isolation.
        """
        with self._writing:
            self._prepare(task, withheld)
        self._lanes.warm(task)

    def _prepare(self, task: Task, withheld: Sequence[str]) -> None:
        """Once a minute for all who hand in meanwhile: a box is started to try it, and the library is compared."""
        now = time.monotonic()
        done = any(one.task == task and one.at > now - PREPARED_SECONDS for one in self._prepared)
        if not (done and task.view.is_dir()):
            prepare(task, withheld)
            self._prepared.append(_Prepared(task, now))

    def writing(self) -> AbstractContextManager[Any]:
        return self._writing


class _Clients:
    """Who is being answered, and since when nobody is."""

    def __init__(self) -> None:
        self._changed = threading.Lock()
        self._count = 0
        self._since = time.monotonic()

    @contextmanager
    def one_more(self) -> Iterator[None]:
        with self._changed:
            self._count += 1
        try:
            yield
        finally:
            with self._changed:
                self._count -= 1
                self._since = time.monotonic()

    def idle_seconds(self) -> float:
        with self._changed:
            return 0.0 if self._count else time.monotonic() - self._since


def serve(
    course: Course,
    *,
    idle_seconds: float = IDLE_SECONDS,
    workers: int = 0,
    on_listening: Callable[[], None] = lambda: None,
) -> bool:
    """Grade for a course until nobody has asked for `idle_seconds`.

    Args:
        course: its folder; the socket is in its `.autograde/`.
        idle_seconds: without a client.
        workers: how many hand-ins to grade at once; 0: one per core.
        on_listening: called once clients can connect.

    Returns:
        False where another process serves the course already.
    """
    with locked(course, LOCK) as mine, address(course) as path:
        if not mine:
            return False
        lanes = Lanes(workers, held=Held())
        server = _Server(course, Shared(lanes))
        with _listening(path) as listener:
            (course.private / PID).write_text(f"{os.getpid()}\n", encoding="ascii")
            on_listening()
            listener.settimeout(min(1.0, idle_seconds))
            server.answer_all(listener, idle_seconds)
        server.wait()
        lanes.close()
    return True


def in_the_background(course: Course, *, idle_seconds: float, workers: int) -> None:
    """Leave a process behind that serves the course, and return when it listens, or when another one does.

    Raises:
        CourseError: it ended before it listened; what it said is in the log.
    """
    reading, writing = os.pipe()
    child = os.fork()  # before any thread was started
    if child:
        os.close(writing)
        with os.fdopen(reading, "rb") as answer:
            said = answer.read()  # until it listens, or has ended
        if said:
            raise CourseError(said.decode("utf-8", "replace"))
        return
    os.close(reading)
    os.setsid()
    _let_go(course)
    with os.fdopen(writing, "wb") as pipe:
        try:
            serve(course, idle_seconds=idle_seconds, workers=workers, on_listening=pipe.close)
        except BaseException as error:
            traceback.print_exc(file=sys.stderr)
            if not pipe.closed:
                pipe.write(of_error(error).encode())
    os._exit(0)


def _let_go(course: Course) -> None:
    """Keep nothing of who started this: its output goes to the log, its folder is the course's."""
    os.chdir(course.root)
    sys.stdout.flush()
    sys.stderr.flush()
    log = os.open(course.private / LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, theirs in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(ours, theirs)


@contextmanager
def _listening(path: str) -> Iterator[socket.socket]:
    """A socket that only its owner reaches. One that an earlier process left is taken away: the lock was free."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        before = os.umask(0o177)
        try:
            listener.bind(path)
        finally:
            os.umask(before)
        listener.listen(BACKLOG)
        try:
            yield listener
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)


class _Server:
    """What answers clients, each in a thread of its own."""

    def __init__(self, course: Course, bench: Shared) -> None:
        self._course, self._bench = course, bench
        self._clients = _Clients()
        self._code = _code_on_disk(course)
        self._stale = False

    def answer_all(self, listener: socket.socket, idle_seconds: float) -> None:
        while not self._stale and self._clients.idle_seconds() < idle_seconds:
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            threading.Thread(target=self._answer, args=(connection,), daemon=True, name="client").start()

    def wait(self) -> None:
        """Let those who are being answered come to their end."""
        while not self._clients.idle_seconds():
            time.sleep(0.1)

    def _answer(self, connection: socket.socket) -> None:
        with self._clients.one_more(), connection:
            if not is_ours(connection):
                return
            connection.settimeout(SEND_SECONDS)
            try:
                with connection.makefile("rb") as lines:
                    request = read_request(lines.readline(MAX_REQUEST))
                connection.sendall(line_of(self._last_word(connection, request)))
            except ValueError as error:
                with contextlib.suppress(OSError):
                    connection.sendall(line_of(Event(Kind.ERROR, text=str(error), error=CourseError.__name__)))
            except OSError:  # the client has gone: what was begun is in the journal
                return

    def _last_word(self, connection: socket.socket, request: Request) -> Event:
        if self._stale or _code_on_disk(self._course) != self._code:
            self._stale = True
            return Event(Kind.STALE)
        try:
            if request.warm:
                self._warm(request)
            else:
                self._grade(connection, request)
        except tuple(ERRORS.values()) as error:
            name = next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in ERRORS)
            return Event(Kind.ERROR, text=str(error), error=name)
        except OSError:  # the client's end of the socket: files and the database arrive as a CourseError
            raise
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            return Event(Kind.ERROR, text=of_error(error))
        return Event(Kind.DONE)

    def _warm(self, request: Request) -> None:
        what = f"Making ready in {self._course.root} stopped"
        with one_sentence(what, is_of_the_machine), self._course.in_use():
            with self._bench.writing():
                found = list(tasks(self._course, request.assignment, request.options))
            for task, withheld in found:
                self._bench.warm(task, withheld)

    def _grade(self, connection: socket.socket, request: Request) -> None:
        reasons: dict[tuple[str, str], Kept] = {}

        def tell(event: Event) -> None:
            connection.sendall(line_of(event))

        def on_kept(verdict: Verdict, why: Kept) -> None:
            reasons[verdict.student, verdict.notebook] = why

        def on_verdict(verdict: Verdict) -> None:
            tell(Event(Kind.VERDICT, verdict=verdict, why=reasons.get((verdict.student, verdict.notebook))))

        grade(
            self._course,
            request.assignment,
            request.options,
            on_start=lambda total: tell(Event(Kind.START, total=total)),
            on_verdict=on_verdict,
            on_kept=on_kept,
            on_failure=lambda failure: tell(Event(Kind.FAILURE, failure=failure)),
            on_complaint=lambda text: tell(Event(Kind.COMPLAINT, text=text)),
            bench=self._bench,
        )


def _code_on_disk(course: Course) -> tuple[tuple[str, int, int], ...]:
    """What tells whether this project, or the course's own package, was changed under a process that runs.

    Names, sizes and times of the files.
    """
    try:
        own = [package.folder for package in course.packages()]
    except CourseError:  # told by whoever grades
        own = []
    files = [path for root in (*ROOTS, *own) for _, path in engine_files(root)]
    stats = [(str(path), path.stat()) for path in files]
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)
