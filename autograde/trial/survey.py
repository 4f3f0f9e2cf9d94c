"""What of an ordinary nbgrader course would not work in the sandbox, said before anything is graded.

Sources are read and parsed, and nothing of them is run. What only running would show (a name that is computed, a file
of another program) is not found. An environment that the course names is started once in the box, without a student.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from machine_room.packages import LIBRARY

from ..contract.failures import CourseError
from ..course.beside import of_course
from ..course.environment import Environment
from ..course.folder import Course
from ..course.libraries import import_names, providers
from ..course.notebook import Cell, Notebook, Role, read_master
from ..course.ordinary import MAGIC, imported, obstacles
from ..course.settings import ANY, JUDGED_APART
from ..gradebook.conventions import Conventions, conventions_of
from ..sandbox.process import IsolationUnavailable, Sandbox, SandboxError
from ..sandbox.shelf import shelves_of

__all__ = ["Remark", "survey"]

#: Magics that need another program, which there is none of; all others are Python.
PROGRAMS = frozenset(
    (
        "bash",
        "sh",
        "script",
        "system",
        "sx",
        "perl",
        "ruby",
        "python2",
        "pypy",
        "pip",
        "conda",
        "cmd",
        "html",
        "R",
        "sql",
    )
)
SHELL = "!"
NETWORK = frozenset(("requests", "urllib3", "httpx", "aiohttp", "ftplib", "smtplib", "telnetlib", "socket"))
NETWORK_CALLS = re.compile(r"\burlopen\(|\burlretrieve\(|['\"](?:https?|ftp)://")
PROCESSES = frozenset(("subprocess", "multiprocessing", "pexpect"))
OUTSIDE = re.compile(
    r"""['"](/(?!tmp/|dev/null)[\w.-]+/[^'"\n]{0,80}|~/[^'"\n]{1,80}|\.\./[^'"\n]{1,80}|[A-Z]:\\\\[^'"\n]{1,80})['"]"""
)
ASKS = re.compile(r"(?<![\w.])input\(")


@dataclass(frozen=True)
class Remark:
    """One thing that a course's owner should know. `stops`: the assignment cannot be graded so."""

    assignment: str
    text: str
    stops: bool = False


def survey(course: Course) -> list[Remark]:
    """Look through the ordinary assignments of a course; of those that are judged apart nothing is said."""
    found = [remark for assignment in course.assignments() for remark in _assignment(course, assignment)]
    return [*found, *_of_no_assignment(course)]


def _of_no_assignment(course: Course) -> Iterator[Remark]:
    for name in sorted({*course.settings().python} - {ANY, *course.assignments()}):
        text = "autograde.toml names a python for it, and there is no such assignment in source/."
        yield Remark(name, text, stops=True)


def _assignment(course: Course, assignment: str) -> Iterator[Remark]:
    try:
        masters = [(path, read_master(path)) for path in course.masters(assignment)]
    except CourseError as error:
        yield Remark(assignment, str(error), stops=True)
        return
    together = [(path, master) for path, master in masters if master.judging.some_together]
    if not together:
        if assignment in course.settings().python:
            yield Remark(assignment, JUDGED_APART, stops=True)
        return
    yield Remark(
        assignment,
        f"the tests of {', '.join(master.name for _, master in together)} run beside the students' code, which can "
        "read them and change what they do. SECURITY.md says what that means.",
    )
    checked = sorted({cell.exercise for _, master in together for cell in master.cells if cell.exercise})
    if checked:
        yield Remark(assignment, f"but {', '.join(checked)} is checked apart from it, out of its reach.")
    try:
        exercises = {exercise.name for exercise in course.exercises(assignment)} if checked else set()
        conventions = conventions_of(course.root, together[0][0])
        files = of_course(together[0][0].parent, conventions.ignored)
        there = _There.of(course, assignment)
    except CourseError as error:
        yield Remark(assignment, str(error), stops=True)
        return
    yield from (Remark(assignment, text, stops=True) for text in there.does_not_start())
    yield from (Remark(assignment, text) for text in there.lacks())
    for problem in conventions.problems:
        yield Remark(assignment, problem, stops=True)
    yield from _time(assignment, conventions)
    for path, master in together:
        yield from (Remark(assignment, obstacle, stops=True) for obstacle in obstacles(path, master, exercises))
        yield from (Remark(assignment, text) for text in _of_notebook(master, files, there))
    yield from (Remark(assignment, text) for text in _of_modules(files, there))


@dataclass(frozen=True)
class _There:
    """What students' code can import, and where it comes from."""

    names: frozenset[str]
    named: str | None = None  # the program of an environment of the course's own
    environment: Environment | None = None

    @classmethod
    def of(cls, course: Course, assignment: str) -> _There:
        settings = course.settings()
        environment = course.environment(assignment)
        if environment is not None:
            return cls(environment.importable, settings.python_of(assignment), environment)
        names = {name for library in settings.allowed() for name in import_names(library)}
        return cls(frozenset(names | {LIBRARY, *settings.packages} | sys.stdlib_module_names))

    def does_not_start(self) -> Iterator[str]:
        """Start the environment in the box, as grading does."""
        if self.environment is None:
            return
        with tempfile.TemporaryDirectory() as folder:
            (empty := Path(folder, "view")).mkdir()
            shelves, python = shelves_of(self.environment), self.environment.interpreter
            try:
                with Sandbox(empty, shelves=shelves, interpreter=python) as sandbox:
                    process = sandbox.fork()
                    process.kill()
                    process.wait(30)
            except (IsolationUnavailable, SandboxError) as error:
                yield f"{self.named} does not start in the sandbox. {error}"

    def lacks(self) -> Iterator[str]:
        if self.environment is not None and "IPython" not in self.names:
            yield (
                f"{self.named} has no IPython, so that students' code is plain Python: magics, display() and "
                "get_ipython() are not there. Where notebooks use them, install ipykernel in that environment."
            )

    def missing(self, name: str, where: str) -> str:
        """What to do about a library that is not there."""
        if self.environment is not None:
            return f"{where} imports {name}, which is not in the environment of {self.named}. Install it there."
        if installed := providers([name]):
            return (
                f"{where} imports {name}, which students' code does not get by itself. Write "
                f'libraries = ["{installed[name]}"] into autograde.toml.'
            )
        return (
            f"{where} imports {name}, which is not installed here. Install it in this environment, and name it "
            "under libraries in autograde.toml."
        )


def _time(assignment: str, conventions: Conventions) -> Iterator[Remark]:
    yield Remark(
        assignment,
        f"a cell may take {conventions.cell_seconds:g} seconds (nbgrader_config.py; [limits] in autograde.toml sets "
        "request_seconds otherwise)",
    )


def _of_notebook(master: Notebook, files: Iterable[str], there: _There) -> Iterator[str]:
    code = [cell for cell in master.cells if cell.kind == "code"]
    where = f"{master.name}.ipynb"
    yield from _imports({name for cell in code for name in imported(cell.source)}, files, there, where)
    for cell in code:
        yield from (f"{where}, cell {cell.id}: {text}" for text in _of_cell(cell))


def _of_modules(files: dict[str, bytes], there: _There) -> Iterator[str]:
    for name, content in files.items():
        if name.endswith(".py"):
            yield from _imports(imported(content.decode("utf-8", "replace")), files, there, name)


def _imports(names: set[str], files: Iterable[str], there: _There, where: str) -> Iterator[str]:
    here = {Path(file).parts[0].removesuffix(".py") for file in files}
    yield from (there.missing(name, where) for name in sorted(names - here - there.names))
    for name in sorted(names & NETWORK):
        yield f"{where} imports {name}: there is no network in the sandbox. Put what it fetches beside the notebook."
    for name in sorted(names & PROCESSES):
        yield f"{where} imports {name}: there is one process in the sandbox, and no other can be started."


def _of_cell(cell: Cell) -> Iterator[str]:
    for mark, name in dict.fromkeys(MAGIC.findall(cell.source)):
        if mark == SHELL or name in PROGRAMS:
            yield f"{mark}{name} runs another program, and there is none in the sandbox: it prints a sentence instead."
    if NETWORK_CALLS.search(cell.source):
        yield "it names an address on the web: there is no network in the sandbox."
    for path in dict.fromkeys(OUTSIDE.findall(cell.source)):
        yield f"it names {path}, which is outside of the notebook's folder: nothing there is in the sandbox."
    if ASKS.search(cell.source):
        yield "it calls input(), and nobody is there to answer: that raises an error, as with nbgrader."
    if cell.role is Role.CHECK and not cell.source.strip():
        yield "a test without a line: everyone gets its points."
