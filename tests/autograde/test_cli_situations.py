"""Whatever is wrong with a course folder, a machine or a terminal: a command ends in one sentence, and loses nothing.

Rows are situations, columns are commands; at the end of a row the situation is mended, and the course goes on.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import io
import json
import os
import re
import resource
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from autograde import cli
from autograde.gradebook.database import gradebook_of
from autograde.grading import pool

from .stand_ins import Box, full_marks

ASSIGNMENT = "01-backprop"
STUDENTS = ("ada", "zoë")
MASTER = f"source/{ASSIGNMENT}/small.ipynb"
JOURNAL = f".autograde/journal/{ASSIGNMENT}-small.jsonl"
DUE = "2026-12-01 23:59 UTC"
COMMANDS: dict[str, tuple[str, ...]] = {
    "verify": ("verify",),
    "due": ("due", ASSIGNMENT),
    "due set": ("due", ASSIGNMENT, "2026-12-02 23:59 UTC"),
    "due extend": ("due", ASSIGNMENT, "2026-12-24 23:59 UTC", "--student", "ada"),
    "grade": ("grade", ASSIGNMENT),
    "grade --force": ("grade", ASSIGNMENT, "--force", "--workers", "1", "--json"),
    "compare": ("compare", ASSIGNMENT),
    "feedback": ("feedback", ASSIGNMENT),
    "report": ("report", ASSIGNMENT),
    "report --json": ("report", ASSIGNMENT, "--json"),
    "forget": ("forget", "ada"),  # without --yes; with it, see test_cli_student_data
    "report --page": ("report", ASSIGNMENT, "--page"),
    "grades": ("grades", ASSIGNMENT, "--for", "moodle"),
    "doctor": ("doctor",),
    "build --check": ("build", "--check"),
    "build": ("build",),  # the last: it mends source/
}
DUES = {"due", "due set", "due extend"}
GRADES = {"grade", "grade --force"}
RUNS_STUDENTS_CODE = GRADES | {"compare", "verify"}
COUNTS = {"report --json", "report --page"}  # what is said of each check needs the masters and the settings
REPORTS = {"report"} | COUNTS
BUILDS = {"build", "build --check"}
TOLD_BY_SETTINGS = BUILDS | {"feedback"}  # which packages are the course's own, and what a page tells
OPENS_THE_GRADEBOOK = DUES | GRADES | {"feedback", "report", "report --page", "grades", "forget", "build"}


# --- a course, graded once, and stand-ins for what takes long


@pytest.fixture(autouse=True)
def quick(in_this_process: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "Sandbox", lambda *_, **__: Box())
    monkeypatch.setattr(pool, "require", lambda isolation: None)
    monkeypatch.setattr(pool, "grade_notebook", full_marks)
    monkeypatch.setattr("autograde.trial.verify.verify_assignment", lambda *_, **__: iter(()))
    monkeypatch.setattr("autograde.doctor.examine", lambda settings: settings.allowed() and [])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # of nbgrader_config.py


@pytest.fixture(scope="session")
def graded(small_course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course folder in which two students were graded, and have their feedback; for copying."""
    root = tmp_path_factory.mktemp("graded")
    shutil.copytree(small_course, root, dirs_exist_ok=True)
    (root / "nbgrader_config.py").write_text("c = get_config()\n")
    for student in STUDENTS:
        folder = root / "submitted" / student / ASSIGNMENT
        folder.mkdir(parents=True)
        shutil.copy(root / MASTER, folder)
    return root


@pytest.fixture
def root(graded: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Path]:
    """A copy of that folder that anybody may reach: pytest's own are the user's alone."""
    if not (graded / "gradebook.db").exists():
        for command in ("build", "grade", "feedback"):
            assert run(monkeypatch, graded, command) == 0, capsys.readouterr().err
        assert run_with(monkeypatch, "due", ASSIGNMENT, DUE, "--course", str(graded)) == 0
        capsys.readouterr()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # for the situations of a user without rights
        root = Path(folder).resolve() / "course"
        shutil.copytree(graded, root, symlinks=True)
        yield root


def run(monkeypatch: pytest.MonkeyPatch, root: Path, command: str) -> int:
    return run_with(monkeypatch, *COMMANDS[command], "--course", str(root))


def run_with(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the command line as `main` does; return its exit code. Any other exception fails the test."""
    monkeypatch.setattr("sys.argv", ["autograde", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def files_of(root: Path) -> dict[str, str]:
    """Every file and what is in it, as far as whoever we are may look."""
    return {str(path.relative_to(root)): content_of(path) for path in root.rglob("*") if path.is_file()}


def content_of(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except PermissionError:
        return "not ours to read"


# --- situations


@dataclass(frozen=True)
class Situation:
    """What is wrong while it is entered; which commands cannot go on, and what their sentence says."""

    enter: Callable[[Path], AbstractContextManager[None]]
    refused: set[str]
    says: str
    complains: set[str] = field(default_factory=set)  # commands that go on, and say one thing on stderr
    drifts: bool = False  # `build --check` finds it
    found: set[str] = field(default_factory=set)  # by commands whose result it is that something is wrong


@contextmanager
def away(path: Path) -> Iterator[Path]:
    """Put something aside, where nothing looks for it, and back."""
    with tempfile.TemporaryDirectory() as folder:
        aside = Path(shutil.move(path, folder))
        try:
            yield aside
        finally:
            removed(path)
            shutil.move(aside, path)


def removed(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def replaced(name: str, content: bytes | None) -> Callable[[Path], AbstractContextManager[None]]:
    """The file with other content, or with None a folder that is not empty in its place."""

    @contextmanager
    def enter(root: Path) -> Iterator[None]:
        path = root / name
        with ExitStack() as stack:
            if os.path.lexists(path):
                stack.enter_context(away(path))
            else:
                stack.callback(removed, path)
            if content is None:
                (path / "inside").mkdir(parents=True)
            else:
                path.write_bytes(content)
            yield

    return enter


def gone(*names: str) -> Callable[[Path], AbstractContextManager[None]]:
    @contextmanager
    def enter(root: Path) -> Iterator[None]:
        with ExitStack() as stack:
            for name in names:
                stack.enter_context(away(root / name))
            yield

    return enter


@contextmanager
def empty_folder(root: Path) -> Iterator[None]:
    with away(root):
        root.mkdir()
        yield


@contextmanager
def nobody_handed_in(root: Path) -> Iterator[None]:
    with away(root / "submitted"):
        (root / "submitted").mkdir()
        yield


@contextmanager
def locked_gradebook(root: Path) -> Iterator[None]:
    other = sqlite3.connect(root / "gradebook.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    connect = sqlite3.dbapi2.connect
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3.dbapi2, "connect", lambda *args, **named: connect(*args, **{**named, "timeout": 0.01}))
        try:
            yield
        finally:
            other.close()


def statements(*lines: str) -> Callable[[Path], AbstractContextManager[None]]:
    """The gradebook after these statements."""

    @contextmanager
    def enter(root: Path) -> Iterator[None]:
        with away(root / "gradebook.db") as aside:
            shutil.copy(aside, root / "gradebook.db")
            with sqlite3.connect(root / "gradebook.db") as changed:
                for line in lines:
                    changed.execute(line)
            changed.close()
            yield

    return enter


@contextmanager
def other_tables(root: Path) -> Iterator[None]:
    with away(root / "gradebook.db"):
        with sqlite3.connect(root / "gradebook.db") as made:
            made.execute("CREATE TABLE recipes (name TEXT)")
        made.close()
        yield


@contextmanager
def foreign_master(root: Path) -> Iterator[None]:
    """nbgrader's own notebook: a test that knows nothing of our exercises."""
    notebook = json.loads((root / MASTER).read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["metadata"].pop("machine_room", None)
    with replaced(MASTER, json.dumps(notebook).encode())(root):
        yield


@contextmanager
def master_of_elsewhere(root: Path) -> Iterator[None]:
    """A notebook that was built for exercises that this autograder does not have."""
    text = (root / MASTER).read_text(encoding="utf-8").replace('"relative_error"', '"fold_proteins"')
    with replaced(MASTER, text.encode())(root):
        yield


@contextmanager
def full_disk(root: Path) -> Iterator[None]:
    """No file can grow: a write ends as it would on a full disk or beyond a quota."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def without_rights(name: str, mode: int) -> Callable[[Path], AbstractContextManager[None]]:
    """Be somebody whose folder this is, but for one thing in it."""

    @contextmanager
    def enter(root: Path) -> Iterator[None]:
        path, before = root / name, (root / name).stat().st_mode
        with as_owner():
            path.chmod(mode)
            try:
                yield
            finally:
                path.chmod(before)

    return enter


@contextmanager
def as_owner() -> Iterator[None]:
    """For root, to whom nothing is forbidden: be root without what makes it so, whose folder and Python these are.

    Not another user: what a command imports for the first time may lie where only root may look.
    """
    if os.geteuid() != 0:
        yield
        return
    before = capabilities()
    set_capabilities([0, *before[1:3], 0, *before[4:]])  # none in effect; what is permitted can come back
    try:
        yield
    finally:
        set_capabilities(before)


CAPABILITIES = (ctypes.c_uint32 * 2)(0x20080522, 0)  # the version, and of this thread


def capabilities() -> list[int]:
    """What is in effect, permitted and inheritable: twice, the second time for the higher half."""
    held = (ctypes.c_uint32 * 6)()
    assert ctypes.CDLL(None).capget(CAPABILITIES, held) == 0
    return list(held)


def set_capabilities(wanted: list[int]) -> None:
    assert ctypes.CDLL(None).capset(CAPABILITIES, (ctypes.c_uint32 * 6)(*wanted)) == 0


@contextmanager
def another_run(root: Path) -> Iterator[None]:
    with (root / ".autograde" / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


SETTINGS = {
    "no TOML": (b"libraries = [", "cannot be read"),
    "no text": (b"\xff\xfe", "cannot be read"),
    "an unknown key": (b"librarys = []", "librarys, which is no setting"),
    "libraries that are a text": (b'libraries = "scipy"', "libraries should be a list"),
    "libraries that are numbers": (b"libraries = [1]", "libraries should be a list"),
    "a library that is not there": (b'libraries = ["no-such-library"]', "no-such-library"),
    "editions that are a list": (b"editions = [1]", "editions should be a table"),
    "an edition that is none": (b"[editions]\n01-backprop = [0]", "editions should be a table"),
    "limits that are a text": (b"limits = 'many'", "limits should be a table of numbers"),
    "a limit that is a text": (b"[limits]\nrequest_seconds = '30'", "limits should be a table of numbers"),
}
GRADED_BY_LIMITS = GRADES | {"compare"}
SITUATIONS = {
    "an empty folder": Situation(
        empty_folder, set(COMMANDS) - {"doctor"}, "Run `autograde build` first|No text course/|Nothing is recorded"
    ),
    "no source": Situation(
        gone("source"), set(COMMANDS) - {"doctor", "forget", *BUILDS}, "autograde build", drifts=True
    ),
    "source is a file": Situation(
        replaced("source", b""),
        set(COMMANDS) - {"doctor", "forget", "build --check"},
        "build|move it away",
        drifts=True,
    ),
    "course is a file": Situation(replaced("course", b""), BUILDS, "No text course/"),
    "nobody's work": Situation(nobody_handed_in, GRADES | {"compare"}, "Nobody has handed in|Nothing handed in"),
    "no folder of work": Situation(gone("submitted"), GRADES | {"compare"}, "Nobody has handed in|Nothing handed in"),
    "work is a file": Situation(
        replaced("submitted", b""), GRADES | {"compare"} | DUES | REPORTS, "submitted is a file. Expected a folder"
    ),
    "a foreign master": Situation(
        foreign_master,
        RUNS_STUDENTS_CODE | BUILDS | COUNTS,
        "no notebook of a course that this|what is graded has changed",
    ),
    "a master for other exercises": Situation(
        master_of_elsewhere,
        RUNS_STUDENTS_CODE | COUNTS | {"build", "build --check"},
        "no notebook of a course|was called fold_proteins until now|what is graded has changed",
    ),
    **{
        f"a master that is {what}": Situation(
            replaced(MASTER, content),
            RUNS_STUDENTS_CODE | COUNTS,
            "not a notebook that `autograde build` made",
            drifts=True,
            found={"doctor"},
        )
        for what, content in {
            "empty": b"",
            "broken": b'{"cells": [',
            "no text": b"\xff\xfe\x00",
            "a list": b"[]",
            "no notebook": b'{"cells": 3}',
            "cells that are texts": b'{"cells": ["x"]}',
            "as deep as the sea": b"[" * 100_000,
            "points that are a text": b'{"cells": [{"id": "a", "cell_type": "code", "metadata": {"nbgrader": '
            b'{"grade": true, "points": "many"}}}]}',
        }.items()
    },
    "a folder for a master": Situation(
        replaced(MASTER, None),
        RUNS_STUDENTS_CODE | BUILDS | COUNTS | {"doctor"},
        "A folder stands where a file belongs",
    ),
    "a locked gradebook": Situation(locked_gradebook, OPENS_THE_GRADEBOOK, "database is locked"),
    "a gradebook of text": Situation(
        replaced("gradebook.db", b"not a database"), OPENS_THE_GRADEBOOK, "file is not a database. Restore it"
    ),
    "a gradebook of zeros": Situation(replaced("gradebook.db", bytes(4096)), OPENS_THE_GRADEBOOK, "Restore it"),
    "a gradebook cut off": Situation(
        replaced("gradebook.db", b"SQLite format 3\x00" + bytes(2000)), OPENS_THE_GRADEBOOK, "Restore it|locked"
    ),
    "a folder for a gradebook": Situation(
        replaced("gradebook.db", None),
        OPENS_THE_GRADEBOOK - {"due", "report", "report --page", "forget"},
        "unable to open database file. Is it a file|There is no gradebook",
    ),
    "a database of recipes": Situation(other_tables, OPENS_THE_GRADEBOOK, "holds other tables than a gradebook's"),
    "a newer gradebook": Situation(
        statements("UPDATE alembic_version SET version_num = 'ffffffffffff'"),
        OPENS_THE_GRADEBOOK,
        "schema ffffffffffff, which the nbgrader installed here does not know",
    ),
    "a gradebook of no version": Situation(
        statements("DELETE FROM alembic_version"), OPENS_THE_GRADEBOOK, "does not know"
    ),
    "an older gradebook": Situation(
        statements("UPDATE alembic_version SET version_num = '724cde206c17'"),
        OPENS_THE_GRADEBOOK,
        "Run `nbgrader db upgrade`",
    ),
    "settings that are a folder": Situation(
        replaced("autograde.toml", None),
        RUNS_STUDENTS_CODE | COUNTS | TOLD_BY_SETTINGS | {"doctor"},
        "autograde.toml cannot be read",
    ),
    **{
        f"settings with {what}": Situation(
            replaced("autograde.toml", content),
            RUNS_STUDENTS_CODE
            | {"doctor"}
            | (set() if what == "a library that is not there" else COUNTS | TOLD_BY_SETTINGS),
            says,
        )
        for what, (content, says) in SETTINGS.items()
    },
    "a limit that nobody knows": Situation(
        replaced("autograde.toml", b"[limits]\nrequest_second = 1"), GRADED_BY_LIMITS, "request_second"
    ),
    "a limit below zero": Situation(
        replaced("autograde.toml", b"[limits]\nrequest_seconds = -1"), GRADED_BY_LIMITS, "request_seconds"
    ),
    "a journal with damage": Situation(
        replaced(JOURNAL, b'{"format": 2, "stu\n\x00\xff\n'),
        {"compare"},
        "Nothing of 01-backprop was graded",
        complains=GRADES | REPORTS,
    ),
    "a folder for a journal": Situation(
        replaced(JOURNAL, None), GRADES | {"compare"} | REPORTS, "A folder stands where a file belongs"
    ),
    "a journal of tomorrow": Situation(
        replaced(JOURNAL, b'{"format": 99}\n'), GRADES | {"compare"} | REPORTS, "holds verdicts in format 99"
    ),
    "a file for the journals": Situation(
        replaced(".autograde/journal", b""), GRADES | {"compare"} | REPORTS, "A file stands where a folder belongs"
    ),
    "a file for what is ours": Situation(
        replaced(".autograde", b""), GRADES | {"compare"} | REPORTS, "A file stands where a folder belongs|cannot be"
    ),
    "a folder for the lock": Situation(replaced(".autograde/lock", None), GRADES, "A folder stands where a file"),
    "a folder for the seed": Situation(
        replaced(".autograde/seed", None), GRADES | {"compare"}, "A folder stands where a"
    ),
    "a seed that is none": Situation(
        replaced(".autograde/seed", b"x"), GRADES | {"compare"}, "Restore it from a backup"
    ),
    "another run": Situation(another_run, GRADES, "Another run is grading"),
    "a file for graded work": Situation(
        replaced("autograded", b""), GRADES | {"feedback"} | {"build"}, "autograded is a file"
    ),
    "a file for the pages": Situation(replaced("feedback", b""), {"feedback"}, "feedback is a file"),
    **{
        f"a configuration that {what}": Situation(
            replaced("nbgrader_config.py", content), OPENS_THE_GRADEBOOK, "nbgrader_config.py cannot be run"
        )
        for what, content in {
            "is no Python": b"c = (",
            "raises": b"1 / 0",
            "exits": b"import sys; sys.exit(3)",
            "knows no name": b"c.CourseDirectory.db_url = url",
            "is no text": b"\xff\xfe",
        }.items()
    },
    "a database of an unknown kind": Situation(
        replaced("nbgrader_config.py", b"c = get_config()\nc.CourseDirectory.db_url = 'paper:///book'\n"),
        OPENS_THE_GRADEBOOK,
        "paper",
    ),
    "a database that is no address": Situation(
        replaced("nbgrader_config.py", b"c = get_config()\nc.CourseDirectory.db_url = 'book'\n"),
        OPENS_THE_GRADEBOOK,
        "URL is none. Expected one as in sqlite:",
    ),
    "a full disk": Situation(
        full_disk,
        {*BUILDS, "due set", "due extend", "grade --force", "compare", "feedback", "report --page", "grades"},
        "Make room on it",
    ),
    "a gradebook that is not ours to write": Situation(
        without_rights("gradebook.db", 0o444),
        {"due set", "due extend"},
        "readonly database. Make it yours",
    ),
    "a gradebook that is not ours to read": Situation(
        without_rights("gradebook.db", 0o000), OPENS_THE_GRADEBOOK, "unable to open database file. Is it a file"
    ),
    "a journal that is not ours": Situation(
        without_rights(JOURNAL, 0o000), GRADES | {"compare", "forget"} | REPORTS, "Permission denied: .* Make it yours"
    ),
    "a seed that is not ours": Situation(
        without_rights(".autograde/seed", 0o000), GRADES | {"compare"}, "Permission denied: .* Make it yours"
    ),
    "work that is not ours to read": Situation(
        without_rights("submitted", 0o000),
        GRADES | {"compare", "forget"} | DUES | REPORTS,
        "Permission denied: .* Make it yours",
    ),
    "a source that is not ours to read": Situation(
        without_rights(MASTER, 0o000),
        RUNS_STUDENTS_CODE | BUILDS | COUNTS | {"doctor"},
        "Permission denied: .* Make it yours",
    ),
    "settings that are not ours": Situation(
        without_rights("course", 0o000), BUILDS, "Permission denied|No text course/"
    ),
    "graded work that is not ours to write": Situation(without_rights("autograded", 0o555), set(), ""),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_every_command_goes_on_or_ends_in_one_sentence_and_once_it_is_mended_nothing_was_lost(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], situation: str
) -> None:
    row = SITUATIONS[situation]
    with row.enter(root):
        for command in sorted(row.refused, key=list(COMMANDS).index):
            before = files_of(root)
            code = run(monkeypatch, root, command)
            said = capsys.readouterr()
            assert (code, command != "verify" and said.out) in ((2, ""), (2, False)), (command, said)
            assert_sentences(said.err, row.says, most=9 if command in BUILDS else 1)  # a build tells all at once
            assert_unchanged(before, files_of(root), command)
        for command in COMMANDS:
            if command not in row.refused:
                code = run(monkeypatch, root, command)
                said = capsys.readouterr()
                drifts = row.drifts and command == "build --check"
                wrong = drifts or command in row.found
                assert (code, said.err.count("\n")) == (int(wrong), drifts or command in row.complains), (command, said)
    assert not list(root.rglob("*.unfinished"))
    for command in ("build", "grade", "feedback", "due"):
        assert run(monkeypatch, root, command) == 0, capsys.readouterr()
    assert points(root) == dict.fromkeys(STUDENTS, 3.5)


def assert_unchanged(before: dict[str, str], after: dict[str, str], command: str) -> None:
    assert {name: after.get(name) for name in before} == before, command
    assert all(name.startswith(".autograde/") for name in after.keys() - before.keys()), command


def assert_sentences(said: str, expected: str, *, most: int = 1) -> None:
    lines = said.splitlines()
    assert said.startswith("autograde: ")
    assert re.search(expected, lines[0]), said
    assert 1 <= len(lines) <= most
    for line in lines:
        assert line.endswith(".")
        assert line.isprintable()
        assert "Traceback" not in line
        assert len(line) < 700


def points(root: Path) -> dict[str, float]:
    with gradebook_of(root) as book:
        return {row.student.id: row.score for row in book.assignment_submissions(ASSIGNMENT)}


# --- what is asked for is not there

ABSENT = {
    "build": ("build", "{}"),
    "build --check": ("build", "{}", "--check"),
    "verify": ("verify", "{}"),
    "due": ("due", "{}"),
    "due set": ("due", "{}", DUE),
    "due none": ("due", "{}", "--none"),
    "grade": ("grade", "{}"),
    "compare": ("compare", "{}"),
    "feedback": ("feedback", "{}"),
    "report": ("report", "{}"),
    "report --page": ("report", "{}", "--page"),
    "grades": ("grades", "{}", "--for", "canvas"),
    "why": ("why", "ada", "{}"),
}


@pytest.mark.parametrize("name", ["07-dreams", "..", ".", "*", f"{ASSIGNMENT}/..", "/etc", "a\x1b[31m\u202e", ""])
@pytest.mark.parametrize("command", ABSENT)
def test_an_assignment_that_is_not_there_is_one_sentence(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str, name: str
) -> None:
    before = files_of(root)
    arguments = [part.format(name) for part in ABSENT[command]]
    assert run_with(monkeypatch, *arguments, "--course", str(root)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert_sentences(said.err, "No notebook in source/|No text course/")
    assert ASSIGNMENT in said.err, "what there is, is told"
    assert files_of(root) == before


STRANGERS = {
    "grade": ("grade", ASSIGNMENT, "--student"),
    "grade --force": ("grade", ASSIGNMENT, "--force", "--student", "ada", "--student"),
    "compare": ("compare", ASSIGNMENT, "--student"),
    "feedback": ("feedback", ASSIGNMENT, "--student"),
    "due": ("due", ASSIGNMENT, "--student"),
    "due extend": ("due", ASSIGNMENT, "2026-12-24 23:59 UTC", "--student"),
    "due none": ("due", ASSIGNMENT, "--none", "--student"),
}


@pytest.mark.parametrize("name", ["bo", "..", "*", "", "x\x1b[31m"])
@pytest.mark.parametrize("command", STRANGERS)
def test_a_student_who_is_not_there_is_one_sentence(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str, name: str
) -> None:
    before = files_of(root)
    assert run_with(monkeypatch, *STRANGERS[command], name, "--course", str(root)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert_sentences(said.err, "Nothing handed in|has nothing in the gradebook|No work of")
    assert files_of(root) == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["fly"], "No such command 'fly'. `autograde --help`"),
        (["grade"], "Missing argument 'ASSIGNMENT'. `autograde grade --help`"),
        (["grade", ASSIGNMENT, "--workers", "0"], "`autograde grade --help` says"),
        (["grade", ASSIGNMENT, "--workers", "many"], "`autograde grade --help` says"),
        (["grade", ASSIGNMENT, "--isolation", "some"], "`autograde grade --help` says"),
        (["grade", ASSIGNMENT, "--fast"], "No such option"),
        (["report", ASSIGNMENT, "--course", "/no/such/folder"], "does not exist"),
        (["report", ASSIGNMENT, "--course", __file__], "is a file"),
        (["due", ASSIGNMENT, "tomorrow"], "is no moment"),
        (["due", ASSIGNMENT, ""], "is no moment"),
        (["demo", "--assignment", "07-dreams"], "Assignments there: 01-backprop"),
        (["demo", "--directory", os.devnull], "File exists|Not a directory|is not a demo's folder"),
        (["demo", "--students", "0"], "`autograde demo --help` says"),
        (["init", os.devnull], "is a file. Expected a folder"),
        (["init", "/proc/no/such/place"], "Cannot write a course folder"),
    ],
)
def test_a_command_that_cannot_be_meant_is_one_sentence(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    says: str,
) -> None:
    monkeypatch.chdir(root)
    before = files_of(root)
    assert run_with(monkeypatch, *arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert_sentences(said.err, says)
    assert files_of(root) == before


# --- stopped, and our own faults

OURS = [("demo", "--directory", "made"), ("init", "made"), *COMMANDS.values()]


@pytest.mark.parametrize("arguments", OURS, ids=" ".join)
@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (KeyboardInterrupt(), 130, "Interrupted. What was graded until now is kept: the same command goes on"),
        (RuntimeError("boom\x1b[31m"), 70, r"fault of the autograder: RuntimeError in .*: boom\\x1b"),
        (MemoryError(), 70, "fault of the autograder: MemoryError"),
        (RecursionError("deep"), 70, "fault of the autograder: RecursionError"),
        (OSError(28, "No space left on device", "/x"), 2, "No space left on device: /x. Is the disk full"),
        (OSError(30, "Read-only file system", "/x"), 2, "Read-only file system: /x. Make it yours"),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, BaseException) else "",
)
def test_whatever_stops_a_command_is_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    error: BaseException,
    code: int,
    says: str,
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise error

    monkeypatch.chdir(tmp_path)
    rooms = ("", ".answered", ".course", ".reasons", ".reporting", ".student_data", ".totals", ".watching")
    commands = [f"cli{module}.Course" for module in rooms]
    for name in (*commands, "course.carried.lay_out", "trial.demo.run_demo", "course.build.build"):
        monkeypatch.setattr(f"autograde.{name}", stop)
    assert run_with(monkeypatch, *arguments) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert_sentences(said.err.lstrip("\n"), says)  # the blank line ends the terminal's ^C


def test_the_traceback_of_our_own_fault_is_there_for_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOGRADE_TRACEBACK", "1")
    monkeypatch.setattr("autograde.cli.Course", lambda root: 1 / 0)
    monkeypatch.setattr("sys.argv", ["autograde", "verify"])
    with pytest.raises(ZeroDivisionError):
        cli.main()


# --- terminals

SHOWS = {
    "due": COMMANDS["due"],
    "grade": COMMANDS["grade"],
    "grade --json": ("grade", ASSIGNMENT, "--json"),
    "compare": COMMANDS["compare"],
    "feedback": COMMANDS["feedback"],
    "report": COMMANDS["report"],
    "report --json": COMMANDS["report --json"],
    "forget": COMMANDS["forget"],
    "build": COMMANDS["build"],
}


def printed_on(monkeypatch: pytest.MonkeyPatch, root: Path, command: str, stream: io.TextIOWrapper | None) -> int:
    monkeypatch.setattr("sys.stdout", stream)
    return run_with(monkeypatch, *SHOWS[command], "--course", str(root))


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "utf-8"])
@pytest.mark.parametrize("command", SHOWS)
def test_a_terminal_that_has_few_characters_shows_all_of_it(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    encoding: str,
) -> None:
    held = io.BytesIO()
    assert printed_on(monkeypatch, root, command, io.TextIOWrapper(held, encoding=encoding)) == 0
    assert capsys.readouterr().err == ""
    shown = held.getvalue().decode(encoding)
    if command in ("grade", "report"):
        assert ("zo\\xeb" if encoding == "ascii" else "zoë") in shown


@pytest.mark.parametrize("command", SHOWS)
def test_who_stops_reading_hears_nothing_and_has_lost_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with contextlib.suppress(BrokenPipeError), os.fdopen(writer, "w") as stream:  # at its end it tries once more
        assert printed_on(monkeypatch, root, command, stream) == 1
    assert capsys.readouterr().err == ""
    assert points(root) == dict.fromkeys(STUDENTS, 3.5)


@pytest.mark.parametrize("command", SHOWS)
def test_results_that_cannot_be_written_are_one_sentence(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    with open("/dev/full", "w", encoding="utf-8") as stream:
        assert printed_on(monkeypatch, root, command, stream) == 2
    assert_sentences(capsys.readouterr().err, "No space left on device. Is the disk full")


@pytest.mark.parametrize("command", SHOWS)
def test_without_a_stdout_a_command_does_its_work(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert printed_on(monkeypatch, root, command, None) == 0
    assert capsys.readouterr().err == ""
    assert points(root) == dict.fromkeys(STUDENTS, 3.5)
