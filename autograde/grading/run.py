"""Grade one assignment of a course: from submitted/ to gradebook and autograded/, resuming what a killed run left."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import ExitStack
from pathlib import Path

from machine_room.exercises import UnknownAssignment, of_assignment

from ..contract.failures import CourseError, Failure, Stage, failure_of, is_of_the_machine, one_sentence, warn
from ..contract.names import escaped
from ..contract.verdict import Kept, Verdict
from ..course.beside import NOT_DATA, of_course
from ..course.editions import read_former
from ..course.folder import Course, Folder
from ..course.libraries import allowed, declared_names, import_names
from ..course.notebook import Judging, Notebook
from ..course.ordinary import imported
from ..course.settings import FILE, JUDGED_APART, SettingsError
from ..gradebook.conventions import Conventions, conventions_of
from ..gradebook.writer import GradebookWriter
from ..inside.limits import Limits
from ..sandbox.shelf import shelves, shelves_of
from .bench import Alone, Bench, Settled, Work
from .engine import this_engine
from .first import first_task_key
from .journal import Journal, JournalWriter
from .keys import digest, task_key
from .options import GradeOptions
from .pool import Graded, Job, Task
from .seeds import seed_for
from .standing import Precedent, kept, precedent

#: How many cells of an ordinary notebook may take all the time that one has.
CELLS_OF_FULL_LENGTH = 10
#: What takes long to import, and starts no thread when it is: loaded once and not by every fork.
PRELOADED = frozenset(("pandas", "scipy", "sympy"))
#: And what an ordinary test asks for in passing, by the word that it then says.
PARTS = {"testing": "numpy.testing", "mock": "unittest.mock"}

__all__ = ["GradeOptions", "grade", "handed_in_by", "task_for", "tasks", "withheld_for"]


def withheld_for(assignment: str, judging: Judging = Judging.APART) -> tuple[str, ...]:
    """What the students' view of the library lacks while this assignment is graded; an ordinary course has no view."""
    if not judging.some_apart:
        return ()
    try:
        exercises = of_assignment(assignment)
    except UnknownAssignment:  # of answers in words alone
        return ()
    return tuple(sorted({name for exercise in exercises for name in exercise.withheld}))


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
    bench: Bench | None = None,
) -> list[Verdict]:
    """Grade an assignment and record the results; return every verdict, also those that stood already.

    What is returned is without outputs, so that the memory of a run does not grow with what a class prints and draws.

    Args:
        course: where submitted/ and source/ are, and where autograded/ and the gradebook go.
        assignment: its name, e.g. "01-backprop".
        options: who, how, with which limits.
        on_start: called once with the number of verdicts to come.
        on_verdict: called after each verdict is in the gradebook.
        on_kept: called for each verdict that was given before and stands, with the reason.
        on_failure: called for each student whose work could not be read or recorded; the run goes on.
        on_complaint: called with a sentence for each journal that is damaged.
        bench: what to work with; None: workers of its own, and the course to itself.

    Raises:
        CourseError: no such assignment, a notebook that is not of this course, a named student handed nothing in, a
            newer version graded here, or what concerns everyone: a gradebook that is locked, a full disk.
        SettingsError, LibrariesError: the course's autograde.toml is wrong, or what it declares is not installed.
        IsolationUnavailable: this host cannot isolate, and options.isolation asks for it.
    """
    options = options or GradeOptions()
    with one_sentence(f"Grading in {course.root} stopped", is_of_the_machine), course.in_use():
        masters = course.read_masters(assignment)
        folders = handed_in_by(course, assignment, options.students)
        students = [folder.student for folder in folders if folder.refusal is None]
        on_start(len(students) * len(masters) + len(folders) - len(students))
        for folder in folders:
            if folder.refusal is not None:
                on_failure(failure_of(folder.student, Stage.READING, folder.refusal))
        verdicts: list[Verdict] = []
        with ExitStack() as held:
            bench = bench or Alone()
            held.enter_context(bench.run(course))
            writers = [held.enter_context(bench.journal(course, assignment, master.name)) for master in masters]
            for complaint in filter(None, (writer.journal.complaint for writer in writers)):
                on_complaint(complaint)
            with bench.writing():
                gradebook = held.enter_context(GradebookWriter(course.root, options.db))
                for master in masters:
                    gradebook.ensure(master, given_back=_left_alone(course, assignment, students, options))
            for master, writer in zip(masters, writers, strict=True):
                for one in _graded(course, master, students, options, writer, bench):
                    with bench.writing():
                        entered = _entered(gradebook, one) if isinstance(one, Settled) else one
                    if isinstance(entered, Failure):
                        on_failure(entered)
                        continue
                    verdict = entered.graded.verdict
                    verdicts.append(verdict.without_outputs())
                    if entered.why is not None:
                        on_kept(verdict, entered.why)
                    on_verdict(verdict)
            with bench.writing():
                late = gradebook.bring_up_to_date(assignment)
            for failure in late:
                on_failure(failure)
    return sorted(verdicts, key=lambda verdict: (verdict.notebook, verdict.student))


def _entered(gradebook: GradebookWriter, one: Settled) -> Settled | Failure:
    """Record what is not recorded yet. What fails for this student alone is their failure."""
    student = one.graded.verdict.student
    try:
        with one_sentence(f"The gradebook does not take the grades of {student}"):
            _record(gradebook, one.graded, one.why)
    except CourseError:
        raise
    except Exception as error:  # whatever one hand-in holds, the others' grades are entered
        return failure_of(student, Stage.RECORDING, error)
    return one


def _left_alone(course: Course, assignment: str, students: Sequence[str], options: GradeOptions) -> Set[str]:
    """The students who know their points and whom nobody asks to grade anew."""
    asked = students if options.regrade or options.force else ()
    return course.feedback_out(assignment) - set(asked)


def _record(gradebook: GradebookWriter, graded: Graded, why: Kept | None) -> None:
    """Enter a verdict that is not entered yet. A grade that was given out for other tests is left as it is."""
    if why is Kept.FEEDBACK_IS_OUT and gradebook.knows(graded.verdict):
        return
    if not gradebook.recorded(graded.verdict, graded.notebook):
        gradebook.record(graded.verdict, graded.notebook)


def handed_in_by(course: Course, assignment: str, wanted: Sequence[str]) -> list[Folder]:
    """The folders to look into, also those that are refused: of the students named, or of everyone.

    Raises:
        CourseError: a named student handed nothing in.
    """
    present = course.folders(assignment)
    if not present and not wanted:
        raise CourseError(
            f"Nobody has handed in {assignment}: there is no folder submitted/<student>/{assignment} in {course.root}. "
            "Collect first, or name the course folder with --course."
        )
    missing = sorted(set(wanted) - {folder.student for folder in present})
    if missing:
        raise CourseError(
            f"Nothing handed in for {assignment} by: {', '.join(map(escaped, missing))}. Expected a folder "
            f"submitted/<student>/{assignment} in {course.root}. Collect first, or correct the names."
        )
    return [folder for folder in present if not wanted or folder.student in wanted]


def _graded(
    course: Course,
    master: Notebook,
    students: Sequence[str],
    options: GradeOptions,
    writer: JournalWriter,
    bench: Bench,
) -> Iterator[Settled | Failure]:
    """What stands first, with the reason; then the rest from the bench, journalled before anyone else sees it."""
    with bench.writing():  # what is installed says in Python's syntax where it is needed; see `Bench.writing`
        task = task_for(course, master, options, view=_view(course, master))
    look = _Look(course, master, task, options, writer.journal)
    jobs = []
    for student in students:
        if (student, master.name) in options.already:
            continue
        with bench.free(writer, student) as free:
            try:
                seen = look(student) if free else look.job(student)
            except Exception as error:  # whatever one hand-in holds, the others' are read
                yield failure_of(student, Stage.READING, error)
                continue
            if isinstance(seen, Settled):
                yield seen
            else:
                jobs.append(seen)
    if jobs:
        workers, withheld = options.workers_for(jobs), withheld_for(master.assignment, master.judging)
        yield from _journalled(writer, bench.graded(Work(task, jobs, workers, withheld, writer, look)))


def _journalled(writer: JournalWriter, coming: Iterator[Settled | Failure]) -> Iterator[Settled | Failure]:
    for one in coming:
        if isinstance(one, Settled) and one.why is None:
            writer.add(one.graded.verdict)
        yield one


class _Look:
    """Look at what a student handed in as it is now: whether a verdict stands, or what is to be graded.

    The file is read once, and a verdict that stands is recorded with the notebook that was read then. What is handed in
    after that is for the next run.
    """

    def __init__(self, course: Course, master: Notebook, task: Task, options: GradeOptions, journal: Journal) -> None:
        self._course, self._master, self._task, self._options = course, master, task, options
        self._journal = journal
        self._former = read_former(task.former)

    def __call__(self, student: str) -> Job | Settled:
        job = self.job(student)
        if self._options.force:
            return job
        found = precedent(self._course, job, self._task, self._journal, master=self._master, former=self._former)
        return (_settled(found, self._options) if found else None) or job

    def job(self, student: str) -> Job:
        path = self._course.submission(student, self._master.assignment, self._master.name)
        return Job(student, path, self._course.root / "submitted" / student)


def _settled(before: Precedent, options: GradeOptions) -> Settled | None:
    why = kept(before, regrade=options.regrade)
    return Settled(Graded(before.verdict, before.notebook), why) if why else None


def _limits(course: Course, conventions: Conventions | None = None) -> Limits:
    """The course's limits; of an ordinary course those that nbgrader's configuration amounts to, and then its own."""
    theirs = {} if conventions is None else _by_cell(conventions.cell_seconds)
    try:
        return Limits.named({**theirs, **course.settings().limits})
    except ValueError as error:
        raise SettingsError(f"{course.root / FILE}, in [limits]: {error}") from None


def _by_cell(seconds: float) -> dict[str, float]:
    """Limits for a notebook whose cells have so many seconds each. nbgrader has none for a whole notebook."""
    whole = max(Limits().submission_seconds, CELLS_OF_FULL_LENGTH * seconds)
    return {
        "request_seconds": seconds,
        "submission_seconds": whole,
        "cpu_seconds": math.ceil(whole),
        "wall_seconds": 2 * whole,
    }


def tasks(course: Course, assignment: str, options: GradeOptions) -> Iterator[tuple[Task, tuple[str, ...]]]:
    """Yield what each notebook of an assignment is graded with, and what the students' library lacks meanwhile.

    Raises:
        CourseError, SettingsError, LibrariesError: as `grade`.
    """
    for master in course.read_masters(assignment):
        task = task_for(course, master, options, view=_view(course, master))
        yield task, withheld_for(assignment, master.judging)


def _view(course: Course, master: Notebook) -> Path:
    return course.private / "view" / master.assignment


def task_for(course: Course, master: Notebook, options: GradeOptions, *, view: Path) -> Task:
    """What to grade one notebook of the course with; its seed is drawn, and tested, if there is none.

    Args:
        course: where the master lies.
        master: the notebook.
        options: limits and isolation.
        view: the folder to put the students' library in.
    """
    path = next(path for path in course.masters(master.assignment) if path.stem == master.name)
    if master.judging.some_together:
        return _task_together(course, master, path, options, view)
    content, seed, limits, isolation = (
        path.read_bytes(),
        seed_for(course, master.assignment),
        options.limits or _limits(course),
        options.isolation,
    )
    settings = course.settings()
    if master.assignment in settings.python:
        raise SettingsError(f"{master.assignment}: {JUDGED_APART}")
    libraries = settings.allowed()
    former = course.accepted_editions(master.assignment, master.name)
    return Task(
        master=path.resolve(),
        seed=seed,
        limits=limits,
        isolation=isolation,
        view=view,
        shelves=shelves(libraries),
        key=task_key(
            content,
            seed=seed,
            limits=limits,
            isolation=isolation,
            libraries=declared_names(settings.libraries),
            former={number: stored.read_bytes() for number, stored in former.items()},
            beside=of_course(path.parent, NOT_DATA, limits),
        ),
        first_key=first_task_key(content, seed=seed, limits=limits, isolation=isolation),
        engine=this_engine(libraries, course.packages()),
        packages=course.packages(),
        former={number: stored.resolve() for number, stored in former.items()},
        libraries=settings.libraries,
    )


def _task_together(course: Course, master: Notebook, path: Path, options: GradeOptions, view: Path) -> Task:
    """The same for a notebook of an ordinary course: with what lies beside it; without checks it needs no seed."""
    conventions = conventions_of(course.root, path)
    if conventions.problems:
        raise CourseError(conventions.problems[0])
    limits = options.limits or _limits(course, conventions)
    settings = course.settings()
    checks = master.judging.some_apart
    if checks and settings.python_of(master.assignment):
        raise SettingsError(f"{master.assignment}: {JUDGED_APART}")
    seed, packages = (seed_for(course, master.assignment), course.packages()) if checks else (0, ())
    environment = course.environment(master.assignment)
    # what an environment of its own has is all there, and nothing is declared
    declared = () if environment else settings.libraries
    libraries = allowed(declared, settings.packages)
    beside = sorted(of_course(path.parent, conventions.ignored, limits).items())
    key = task_key(
        path.read_bytes(),
        seed=seed,
        limits=limits,
        isolation=options.isolation,
        libraries=declared_names(declared),
    )
    code = [cell.source for cell in master.cells if cell.kind == "code"]
    wanted = {name for source in code for name in imported(source)}
    parts = {part for word, part in PARTS.items() if any(word in source for source in code)}
    there = environment.importable if environment else {name for one in libraries for name in import_names(one)}
    return Task(
        master=path.resolve(),
        seed=seed,
        limits=limits,
        isolation=options.isolation,
        view=view.with_name(f"{view.name}.{master.judging.value}"),
        shelves=shelves_of(environment) if environment else shelves(libraries),
        key=digest(key, master.judging.value, *(part for name, data in beside for part in (name, data))),
        engine=this_engine(libraries, packages, environment),
        packages=packages,
        judging=master.judging,
        ignored=conventions.ignored,
        preload=tuple(sorted((wanted & there & PRELOADED) | parts)),
        libraries=declared,
        interpreter=environment.interpreter if environment else None,
    )
