"""Grade on the workers of a Dask cluster. The run stays at home: it reads what was handed in, and alone writes grades.

Dask carries bytes and knows who is there; who gets what is `crew`'s. One hand-in at a time is sent to one worker by
name, so none is moved to a worker that was refused.

*Trust*: a worker runs students' code, behind the sandbox's walls. Should these fail, what comes from there is a
stranger's. So this process reads JSON and checks that it is about what was asked; and since Dask itself would unpickle
whatever a worker or the scheduler sends, it does so here without importing or calling anything (`only_bytes`).
"""

from __future__ import annotations

import io
import logging
import pickle
import queue
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from ..contract.failures import CourseError, Failure, Stage, WorkersUnavailable, failure_of
from ..contract.verdict import Verdict
from ..course.editions import read_former
from ..course.intake import IntakeError, blank
from ..course.notebook import Notebook, read_master
from ..sandbox.process import Isolation
from . import remote, rulings
from .bench import Alone, Settled, Work
from .crew import Arrived, Crew, Dispatch, Errand, Lost, Rules
from .parcels import Answer, Brief, HandIn
from .pool import Graded, Job, Task
from .reception import Received, receive

__all__ = ["Cluster", "DaskCrew", "connected", "only_bytes"]

CONNECT_SECONDS = 20.0
GATHER_SECONDS = 60.0
SPARE_SECONDS = 60.0  # for the way there and back
ATTEMPTS = 2  # processes that may end with one hand-in


class Cluster(Alone):
    """The bench of a run that has the course to itself and its workers elsewhere (`bench.Bench`).

    Args:
        crew: the workers.
        say: told in a sentence about every worker that is refused or lost.
    """

    def __init__(self, crew: Crew, say: Callable[[str], None]) -> None:
        self._crew, self._say = crew, say

    def graded(self, work: Work) -> Iterator[Settled | Failure]:
        if work.task.isolation is not Isolation.FULL:
            raise CourseError("On a cluster students' code runs in the sandbox. Leave --isolation none out.")
        if work.task.interpreter is not None:
            raise CourseError(
                f"{work.task.interpreter.program} is named by this course's autograde.toml, and is on this machine "
                "alone. Grade this assignment without --scheduler."
            )
        desk = _Desk(work.task, work.jobs)
        yield from desk.unreadable()
        brief = Brief.of(work.task, withheld=tuple(work.withheld), beside=work.task.beside())
        name = brief.name
        rules = Rules(grading=ATTEMPTS * work.task.worker_seconds + SPARE_SECONDS)
        dispatch = Dispatch(
            self._crew, brief.to_bytes(), lambda student: desk.pack(student, name), desk.refusal, rules, self._say
        )
        for came in dispatch.answers(desk.names):
            if isinstance(came, Lost):
                yield failure_of(came.name, Stage.READING, _lost(came))
            else:
                yield Settled(desk.settled(*came))


def _lost(lost: Lost) -> str:
    return (
        f"It is not graded: {lost.workers} workers of the cluster were lost with it. Grade it on a machine of its own, "
        "without --scheduler, or look at it by hand."
    )


class _Desk:
    """What was handed in, each file read once when its turn comes, and what comes back compared with it."""

    def __init__(self, task: Task, jobs: Iterable[Job]) -> None:
        self._task = task
        self._master, self._former = read_master(task.master), read_former(task.former)
        self.together = task.judging.some_together
        self._jobs = {job.student: job for job in jobs}
        self._received: dict[str, Received] = {}

    @property
    def names(self) -> Sequence[str]:
        return list(self._jobs)

    def unreadable(self) -> Iterator[Settled]:
        """The verdicts on files that cannot even be read: there is nothing to send."""
        for student in self.names:
            received = self._receive(student)
            if isinstance(received.content, IntakeError):
                del self._jobs[student]
                verdict = rulings.unreadable(student, received.notebook)
                verdict = rulings.with_edition(verdict, received.notebook, self._master)
                yield Settled(Graded(rulings.signed(verdict, received, self._task.engine), received.notebook))

    def _receive(self, student: str) -> Received:
        job, task = self._jobs[student], self._task
        return receive(job.path, self._master, task.key, self._former, below=job.folder, limits=task.limits)

    def pack(self, student: str, brief: str) -> bytes:
        received = self._received[student] = self._receive(student)
        content = b"" if isinstance(received.content, IntakeError) else received.content  # it has gone since
        return HandIn(brief, student, content, received.beside).to_bytes()

    def refusal(self, student: str, answer: Answer) -> str:
        """Why an answer is no verdict on what was sent; empty where it is one."""
        verdict = answer.verdict
        if verdict is None:
            return "it gave no verdict"
        expected = self._expected(student, verdict)
        for field in ("student", "assignment", "notebook", "key", "file", "engine", "edition", "edition_refused"):
            if getattr(verdict, field) != getattr(expected, field):
                return f"its verdict is on another {field} than was sent"
        cells = [[(cell.cell_id, cell.exercise, cell.max_points) for cell in one.cells] for one in (verdict, expected)]
        if cells[0] != cells[1]:
            return "its verdict is on other cells than were sent"
        failed = _is_our_failure(verdict) and any(cell.points is not None for cell in verdict.cells)
        return "its verdict gives points where grading failed" if failed else ""

    def _expected(self, student: str, verdict: Verdict) -> Verdict:
        """A verdict on this hand-in, as far as no judge has a say in it."""
        received, engine, notebook = self._received[student], self._task.engine, self._notebook(student, verdict)
        expected = rulings.our_fault(student, notebook, "")
        if _is_our_failure(verdict):
            return rulings.signed(expected, received, engine) if verdict.key else replace(expected, engine=engine)
        return rulings.signed(rulings.with_edition(expected, notebook, self._master), received, engine)

    def _notebook(self, student: str, verdict: Verdict) -> Notebook:
        """The notebook that a verdict is about; a file that nobody could grade is not looked into here either."""
        if _is_our_failure(verdict):
            return blank(self._master, next((cell.hint for cell in verdict.cells if cell.hint), "") or "")
        return self._received[student].notebook

    def settled(self, student: str, answer: Answer) -> Graded:
        verdict = answer.verdict
        assert verdict is not None, "`refusal` was asked"
        notebook = self._notebook(student, verdict)
        del self._received[student]
        return Graded(verdict, notebook)


def _is_our_failure(verdict: Verdict) -> bool:
    """Whether a file ended the processes that graded it, or could not even be received there: no judge saw it."""
    return verdict.killed_workers > 0 or not verdict.key


# --- Dask


def only_bytes(data: Any, *, buffers: Iterable[Any] = ()) -> Any:
    """Unpickle plain values, and of everything else that pickles can import or call: the type of bytes."""
    return _OnlyBytes(io.BytesIO(data), buffers=buffers).load()


class _OnlyBytes(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("builtins", "bytes"):
            return bytes
        raise pickle.UnpicklingError(f"nothing from a cluster may name {module}.{name}")


class DaskCrew:
    """The workers of a Dask cluster (`crew.Crew`)."""

    def __init__(self, client: Any, address: str) -> None:
        self._client, self._address = client, address
        self._futures: dict[int, Any] = {}
        self._done: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._tickets = 0

    def members(self) -> Set[str]:
        with self._answering():
            return set(self._client.scheduler_info(n_workers=-1)["workers"])

    def send(self, member: str, errand: Errand, parcel: bytes) -> int:
        self._tickets = ticket = self._tickets + 1
        function = {Errand.ENLIST: remote.enlist, Errand.GRADE: remote.grade}[errand]
        with self._answering():
            future = self._client.submit(function, parcel, workers=[member], allow_other_workers=False, pure=False)
        self._futures[ticket] = future
        future.add_done_callback(lambda _: self._done.put(ticket))
        return ticket

    def recall(self, ticket: int) -> None:
        future = self._futures.pop(ticket, None)
        if future is not None and self._client.status == "running":
            future.cancel(force=True)

    def arrived(self, seconds: float) -> Sequence[Arrived]:
        tickets: list[int] = []
        try:
            tickets.append(self._done.get(timeout=seconds) if seconds else self._done.get_nowait())
            while True:
                tickets.append(self._done.get_nowait())
        except queue.Empty:
            pass
        return [Arrived(ticket, self._answer(ticket)) for ticket in tickets if ticket in self._futures]

    def _answer(self, ticket: int) -> Answer | None:
        """What a worker brought; None where it is an error, no bytes of ours, or cannot be fetched any more."""
        future = self._futures.pop(ticket)
        try:
            # of a future that failed nothing is asked: its exception would be a pickle
            return Answer.from_bytes(future.result(timeout=GATHER_SECONDS)) if future.status == "finished" else None
        except Exception:
            return None
        finally:
            future.release()

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except (OSError, RuntimeError, TimeoutError, ValueError) as error:
            raise WorkersUnavailable(
                f"The scheduler at {self._address} does not answer any more. What was graded is kept: start it, and "
                "run the same command again."
            ) from error


@contextmanager
def connected(address: str) -> Iterator[DaskCrew]:
    """The crew of the cluster at an address.

    Certificates are Dask's own settings: `DASK_DISTRIBUTED__COMM__TLS__CA_FILE` and its neighbours.

    Raises:
        CourseError: the extra is not installed, or it is no address to send the seed to.
        WorkersUnavailable: nobody answers there.
    """
    _require_privacy(address)
    try:
        import distributed
        import distributed.protocol.pickle as theirs
    except ImportError:
        raise CourseError(
            "Grading on a cluster needs Dask: install machine-room-autograde with its extra `cluster`."
        ) from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL + 1)  # what matters of it is said in sentences
    before, theirs.loads = theirs.loads, only_bytes
    try:
        client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError, RuntimeError, TimeoutError) as error:
        theirs.loads = before
        raise WorkersUnavailable(
            f"No scheduler answers at {address}: {type(error).__name__}. Is it running, and are the certificates those "
            "of that cluster (DASK_DISTRIBUTED__COMM__TLS__CA_FILE, ...__CLIENT__CERT, ...__CLIENT__KEY)?"
        ) from error
    try:
        yield DaskCrew(client, address)
    finally:
        client.close(timeout=5)
        theirs.loads = before


def _require_privacy(address: str) -> None:
    """Refuse an address to which seed, hidden tests and students' work would go in the open."""
    parts = urlsplit(address)
    if parts.scheme == "tls" and parts.hostname:
        return
    if parts.scheme == "tcp" and parts.hostname:
        raise CourseError(
            f"{address} is not encrypted, and the course's seed and hidden tests would travel to it: whoever reaches "
            "that scheduler could run code as whoever grades. Start the cluster with certificates, and name it tls://..."
        )
    raise CourseError(f"{address!r} is no scheduler's address. Expected tls://HOST:PORT.")
