"""Mutated notebooks of all assignments, through intake and through the whole pipeline: nothing breaks but the file.

    python -m benchmarks mutated

The files are those of tests/mutated_notebooks.py; the same numbers draw the same ones.
"""

from __future__ import annotations

import json
import resource
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from autograde.contract.failures import Failure
from autograde.contract.names import readable
from autograde.contract.verdict import Verdict
from autograde.course.editions import read_former
from autograde.course.folder import Course
from autograde.course.notebook import Notebook, Role, exercise_of, read_master, role_of, solutions_of
from autograde.gradebook.feedback import write_feedback
from autograde.grading.reception import Received, receive
from autograde.grading.run import GradeOptions, grade
from benchmarks.table import Table
from tests.mutated_notebooks import EVERY, Base, MutatedNotebook

__all__ = ["Door", "Piped", "bases_of", "lay_out", "table", "through_intake", "through_pipeline"]

REPOSITORY = Path(__file__).resolve().parent.parent
AT_DOOR, IN_PIPELINE = 3_000, 300
CPU_SECONDS = 10.0  # what one file may cost at the door; a worker's clock allows far more
MEMORY_BYTES = 768 << 20  # less than a worker has
LONGEST = 600  # characters of a sentence for a student
TRAINS = "train_and_read"  # in the hand-ins of 06 it stays as released: its training is no concern of a file's
NAMES = ("{0}.ipynb",) * 8 + ("{0} (1).ipynb", "{0}.ipynb.txt", "Untitled.ipynb", "{0}.json")


def lay_out(root: Path, assignments: Sequence[str] = ()) -> Course:
    """A course folder with the masters of these assignments, or of all."""
    for path in sorted((REPOSITORY / "source").iterdir()):
        if not assignments or path.name in assignments:
            shutil.copytree(path, root / "source" / path.name)
    return Course(root.resolve())


def bases_of(course: Course) -> list[Base]:
    """Two for each assignment: as released, and with all solutions filled in."""
    found = []
    for assignment in course.assignments():
        (master,) = course.masters(assignment)
        released = json.loads((REPOSITORY / "release" / assignment / master.name).read_text(encoding="utf-8"))
        found.append(Base(assignment, json.dumps(released).encode()))
        solutions = solutions_of(json.loads(master.read_text(encoding="utf-8")))
        for cell in released["cells"]:
            if role_of(cell) is Role.SOLUTION and exercise_of(cell) not in (None, TRAINS):
                cell["source"] = solutions[exercise_of(cell) or ""]
        found.append(Base(assignment, json.dumps(released).encode()))
    return found


# --- at the door


@dataclass
class Door:
    """What came of files at intake."""

    read: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)  # anything but a notebook of ours or a refusal in a sentence
    seconds: list[float] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)  # what each took at most beyond what was held before

    @property
    def files(self) -> int:
        return len(self.seconds)


def through_intake(course: Course, files: Sequence[MutatedNotebook]) -> Door:
    """Hand every file in, choose it, read it, rebuild it from the master."""
    door = Door()
    masters = {assignment: _master(course, assignment) for assignment in course.assignments()}
    for mutated in files:
        master, former = masters[mutated.base.assignment]
        folder = _hand_in(course, "one", mutated, master.name, NAMES[mutated.seed % len(NAMES)])
        try:
            with _bounded(door):
                path = course.submission("one", master.assignment, master.name)
                received = receive(path, master, "key", former, below=folder.parent)
                wrong = list(_faults(received))  # here, since the notebook is made when it is asked for
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            door.faults.append(f"{mutated!r}: {type(error).__name__}: {error}")
            continue
        door.faults += [f"{mutated!r}: {one}" for one in wrong]
        if received.unreadable:
            door.refused[received.unreadable.split(".")[0]] += 1
        else:
            door.read += 1
    return door


def _master(course: Course, assignment: str) -> tuple[Notebook, dict[int, Notebook]]:
    (path,) = course.masters(assignment)
    return read_master(path), dict(read_former(course.accepted_editions(assignment, path.stem)))


def _hand_in(course: Course, student: str, mutated: MutatedNotebook, notebook: str, name: str = "{0}.ipynb") -> Path:
    folder = course.root / "submitted" / student / mutated.base.assignment
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / name.format(notebook)).write_bytes(mutated.content)
    return folder


def _faults(received: Received) -> Iterator[str]:
    """What is not as it must be, whatever the file holds."""
    notebook, master = received.notebook, received.master
    ids = [cell.id for cell in notebook.cells]
    if len(set(ids)) < len(ids):
        yield "two cells have one id"
    locked = {cell.id: cell for cell in master.cells if cell.locked}
    if notebook.edition == master.edition and locked != {cell.id: cell for cell in notebook.cells if cell.locked}:
        yield "a locked cell is not the master's"
    if any(cell.source != cell.source.encode("utf-8", errors="ignore").decode() for cell in notebook.cells):
        yield "a cell cannot be written to a file"
    yield from (f"no sentence: {note!r}" for note in notebook.notes if not is_sentence(note))


def is_sentence(text: str) -> bool:
    """Whether it can be told to a student, on one line and in full."""
    return text == readable(text) and "\n" not in text and text.endswith(".") and len(text) <= LONGEST


@contextmanager
def _bounded(door: Door) -> Iterator[None]:
    """Bound what happens within in processor time and memory, and note what it took.

    Raises:
        TimeoutError: it took longer than `CPU_SECONDS`.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    Path("/proc/self/clear_refs").write_text("5")  # the highest resident size counts from here
    before, began = _status("VmHWM"), time.process_time()
    former = signal.signal(signal.SIGPROF, _too_long)
    resource.setrlimit(resource.RLIMIT_AS, (_status("VmSize") + MEMORY_BYTES, hard))
    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        signal.signal(signal.SIGPROF, former)
        door.seconds.append(time.process_time() - began)
        door.bytes.append(_status("VmHWM") - before)


def _too_long(*_: Any) -> None:
    raise TimeoutError(f"more than {CPU_SECONDS:g} seconds of processor time")


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(f"{name}:"))


# --- the whole way


@dataclass
class Piped:
    """What came of files that were graded, with pages of feedback."""

    files: dict[str, MutatedNotebook] = field(default_factory=dict)  # by student
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    pages: dict[str, Path] = field(default_factory=dict)
    cpu_seconds: float = 0.0

    def faults(self) -> list[str]:
        """Files whose student has neither a verdict with a page nor a failure of their own, in one sentence."""
        return [f"{self.files[student]!r}: {wrong}" for student in self.files for wrong in self._faults_of(student)]

    def _faults_of(self, student: str) -> Iterator[str]:
        failed = [failure for failure in self.failures if failure.student == student]
        yield from (f"failed: {failure}" for failure in failed if not failure.reason or "\n" in failure.reason)
        if (verdict := self.verdicts.get(student)) is None:
            if not failed:
                yield "neither verdict nor failure"
            return
        yield from (f"grader error: {cell.hint}" for cell in verdict.grader_errors)
        yield from (f"no sentence: {note!r}" for note in verdict.notes if not is_sentence(note))
        if student not in self.pages and not failed:
            yield "graded, and no page"

    @property
    def full_marks(self) -> int:
        return sum(verdict.points == verdict.max_points for verdict in self.verdicts.values())


def through_pipeline(course: Course, files: Sequence[MutatedNotebook], options: GradeOptions | None = None) -> Piped:
    """Hand the files in, each by a student of its own; grade all, and write feedback for who was graded."""
    piped, began = Piped(), _all_cpu_seconds()
    for mutated in files:
        piped.files[student := f"m{mutated.seed:05}"] = mutated
        _hand_in(course, student, mutated, _master(course, mutated.base.assignment)[0].name)
    for assignment in sorted({mutated.base.assignment for mutated in files}):
        verdicts = grade(course, assignment, options, on_failure=piped.failures.append)
        piped.verdicts |= {verdict.student: verdict for verdict in verdicts}
        graded = [verdict.student for verdict in verdicts]
        pages = write_feedback(course.root, assignment, graded, on_failure=piped.failures.append)
        piped.pages |= {page.parent.parent.name: page for page in pages}
    piped.cpu_seconds = _all_cpu_seconds() - began
    return piped


def _all_cpu_seconds() -> float:
    spent = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def table(at_door: int = AT_DOOR, in_pipeline: int = IN_PIPELINE) -> Table:
    """Take files in, and grade others; say what came of them."""
    with TemporaryDirectory() as folder:
        course = lay_out(Path(folder))
        bases = bases_of(course)
        door = through_intake(course, [MutatedNotebook(bases, seed) for seed in range(at_door)])
        shutil.rmtree(course.root / "submitted")
        piped = through_pipeline(course, [MutatedNotebook(bases, at_door + seed) for seed in range(in_pipeline)])
    faults = piped.faults()
    rows = [
        ("through intake: files", f"{door.files:,}"),
        ("read as a notebook", f"{door.read:,}"),
        ("refused with a sentence", f"{door.refused.total():,}"),
        ("anything else", f"{len(door.faults)}"),
        ("processor milliseconds a file: median", _shown(door.seconds, 0.5, 1e-3)),
        ("processor milliseconds a file: at most", _shown(door.seconds, 1.0, 1e-3)),
        ("MB a file, beyond what was held: 99 of 100 below", _shown(door.bytes, 0.99, 2**20)),
        ("MB a file, beyond what was held: at most", _shown(door.bytes, 1.0, 2**20)),
        ("through the pipeline: files", f"{len(piped.files):,}"),
        ("graded", f"{len(piped.verdicts):,}"),
        ("graded with all points", f"{piped.full_marks:,}"),
        ("failed for the student alone", f"{len(piped.failures):,}"),
        ("pages of feedback", f"{len(piped.pages):,}"),
        ("grader errors, or anything else", f"{len(faults)}"),
        ("processor seconds, ours and of what was waited for", f"{piped.cpu_seconds:.0f}"),
    ]
    notes = [
        f"Of {len(bases) // 2} assignments, each as released and with its solutions; {len(EVERY)} mutations in turn, "
        "some files with several.",
        *door.faults[:5],
        *faults[:5],
    ]
    return Table("Mutated notebooks", ("what came of them", ""), rows, notes)


def _shown(values: Sequence[float], share: float, unit: float) -> str:
    ordered = sorted(values)
    return f"{ordered[min(int(share * len(ordered)), len(ordered) - 1)] / unit:.0f}"
