"""A worker on another machine: what a Dask worker runs there. Bytes come, bytes go; nothing here knows Dask.

A worker that is `enlist`ed has tried the sandbox and compared its engine with the run's: what it cannot do it says in a
sentence, and gets no work. It grades by a `Seat`, the same process with the same limits as at home. So what a student
hands in can end that process, and not the worker, and who ends two of them is told apart from a worker that is lost.
"""

from __future__ import annotations

import itertools
import multiprocessing
import shutil
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from ..contract.failures import CourseError, WorkersUnavailable
from ..contract.names import of_error
from ..course.notebook import read_master
from ..course.packages import PLACE, CoursePackage
from ..course.settings import Settings
from ..sandbox.process import IsolationUnavailable, SandboxError
from ..sandbox.shelf import shelves
from .engine import this_engine
from .parcels import Answer, Brief, HandIn
from .pool import Graded, Job, Seat, Task, given_up, prepare, result_of

__all__ = ["dismiss", "enlist", "grade"]

_lock = threading.Lock()  # a worker with more threads than one still grades one submission at a time
_post: _Post | None = None


class _Post:
    """What this worker has of the one brief that it works by: files in a folder of its own, and a warm process."""

    def __init__(self, brief: Brief) -> None:
        self.name = brief.name
        self._folder = Path(tempfile.mkdtemp(prefix="autograde-"))
        self._folder.chmod(0o755)  # students of root are another user, and read the view
        self._numbers = itertools.count()
        try:
            self.task = _laid_out(brief, self._folder)
            _must_be_alike(self.task, brief)
            prepare(self.task, brief.withheld)
            self._seat = Seat(self.task)
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def grade(self, hand_in: HandIn) -> Graded:
        """Grade in the warm process; what ends it is tried once more in another, as at home."""
        folder = self._folder / "hand-ins" / str(next(self._numbers))
        path = folder / self.task.master.parent.name / self.task.master.name
        _write({path.name: hand_in.content, **hand_in.beside}, path.parent)
        job = Job(hand_in.student, path, folder)
        try:
            return self._attempt(job) or self._last(job)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _attempt(self, job: Job) -> Graded | None:
        graded = result_of(self.task, job, self._seat.begin(job))
        if graded is None:
            self._seat.leave()
            self._seat.settle()
        return graded

    def _last(self, job: Job) -> Graded:
        began = time.monotonic()
        graded = self._attempt(job)
        return graded or given_up(self.task, job, late=time.monotonic() - began >= self.task.worker_seconds)

    def leave(self) -> None:
        self._seat.vacate()
        shutil.rmtree(self._folder, ignore_errors=True)


def enlist(parcel: bytes) -> bytes:
    """Make this worker ready for a brief; the answer says whether it is, or why not."""
    global _post
    brief = Brief.from_bytes(parcel)
    with _lock:
        if _post is not None and _post.name == brief.name:
            return Answer(ready=True).to_bytes()
        _leave()
        try:
            if refusal := _unfit(brief):
                return Answer(refused=refusal).to_bytes()
            _post = _Post(brief)
        except (IsolationUnavailable, SandboxError, CourseError) as error:
            return Answer(refused=str(error)).to_bytes()
        except Exception as error:  # a bug of ours, or a full disk: another worker may do better
            return Answer(refused=f"It could not be made ready: {of_error(error)}").to_bytes()
    return Answer(ready=True).to_bytes()


def grade(parcel: bytes) -> bytes:
    """Grade one hand-in."""
    hand_in = HandIn.from_bytes(parcel)
    with _lock:
        if _post is None or _post.name != hand_in.brief:
            return Answer().to_bytes()
        try:
            return Answer(_post.grade(hand_in).verdict).to_bytes()
        except (WorkersUnavailable, OSError) as error:
            _leave()
            return Answer(refused=of_error(error)).to_bytes()


def dismiss(parcel: bytes = b"") -> bytes:
    """End what was begun for a run that is over."""
    with _lock:
        _leave()
    return Answer(ready=True).to_bytes()


def _leave() -> None:
    global _post
    if _post is not None:
        _post.leave()
        _post = None


def _unfit(brief: Brief) -> str:
    """Why this worker can grade nothing for the run; empty where it can."""
    if multiprocessing.current_process().daemon:
        return "It runs under a nanny, and may start no process: start it with `dask worker --no-nanny`."
    return ""


def _must_be_alike(task: Task, brief: Brief) -> None:
    """The same files grade here as at home, the course's own packages among them, or nothing does."""
    here = this_engine(_settings(brief).allowed(), task.packages)
    if here != brief.engine:
        raise CourseError(
            f"It has another version: machine-room-autograde {here}, and the run {brief.engine}, or another Python or "
            "other libraries. Install the same there, with the same constraints."
        )


def _settings(brief: Brief) -> Settings:
    return Settings(brief.libraries, packages=tuple(brief.packages))


def _laid_out(brief: Brief, folder: Path) -> Task:
    """The brief's files in a folder, and the task that names them."""
    name = f"{brief.notebook}.ipynb"
    source = folder / "source" / brief.assignment
    _write({name: brief.master, **brief.beside}, source)
    editions = {number: folder / "editions" / brief.assignment / str(number) for number in brief.former}
    for number, edition in editions.items():
        _write({name: brief.former[number]}, edition)
    packages = tuple(CoursePackage(name, folder / PLACE / name) for name in brief.packages)
    for package in packages:
        _write(brief.packages[package.name], package.folder)
    return Task(
        master=source / name,
        seed=brief.seed,
        limits=brief.limits,
        isolation=brief.isolation,
        view=folder / "view",
        shelves=shelves(_settings(brief).allowed()),
        key=brief.key,
        first_key=brief.first_key,
        engine=brief.engine,
        former={number: edition / name for number, edition in editions.items()},
        worker=brief.worker,
        judging=read_master(source / name).judging,
        ignored=brief.ignored,
        preload=brief.preload,
        packages=packages,
        libraries=brief.libraries,
    )


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files below a folder; their names were checked where they were read."""
    for name, content in files.items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise CourseError(f"{name!r} leads out of its folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
