"""Naming: whatever a folder or a file is called, its author alone is concerned, and nothing odd is shown to anybody."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autograde import cli
from autograde.contract.names import escaped, refusal
from autograde.contract.verdict import CellVerdict, Outcome, Verdict
from autograde.course.folder import Course
from autograde.course.notebook import Notebook, Role, exercise_of, role_of, solutions_of
from autograde.gradebook.feedback import write_feedback
from autograde.grading import pool
from autograde.grading.run import GradeOptions, grade

from ..stand_ins import Box

ASSIGNMENT = "01-backprop"
HONEST = ("ada", "zoë")
POINTS = 3.5

NAMES = {
    "no text": b"\xff\xfe",
    "half a letter": b"zo\xc3",
    "a surrogate": b"\xed\xa0\x80",
    "escape": b"\x1b[31mred\x1b[2J\x1b]0;title\x07",
    "an OSC of eight bits": b"\xc2\x9d0;x\xc2\x9c",
    "a delete and a backspace": b"a\x7f\x08\x08b",
    "right to left": "gpj\u202e.exe".encode(),
    "isolates and marks": "\u2066a\u2069\u200e\u200f\u061c".encode(),
    "no width": "a\u200bd\ufeffa".encode(),
    "soft hyphens": "a\u00add\u00ada".encode(),
    "a tag": "a\U000e0041".encode(),
    "a private character": "a\ue000\U00100000".encode(),
    "no character": "a\uffff\U0001fffe".encode(),
    "separators": "a\u2028b\u2029c\x85d".encode(),
    "new lines": b"a\nb\r\nc",
    "a tab": b"a\tb",
    "only blanks": b"   ",
    "a blank at the end": b"ada ",
    "a blank before": b" ada",
    "a blank that does not break": "ada\u00a0".encode(),
    "fillers": "\u3164\u115f\u2800".encode(),
    "a mark at the start": "\u0301ada".encode(),
    "three dots": b"...",
    "a hidden one": b".ada",
    "255 bytes": b"a" * 255,
    "255 bytes of marks": b"a" + "\u0301".encode() * 127,
    "letters in another form": unicodedata.normalize("NFD", "zoë").encode(),
    "another case": b"ADA",
    "a dash": b"--force",
    "quotes": b"""a'b"c`d""",
    "a tag of HTML": b"<img src=x onerror=alert(1)>",
    "an entity": b"&lt;script&gt;",
    "a percent": b"100%s%n%(x)s",
    "braces": b"{0.__class__}{}",
    "markup": b"[red]x[bold][]",
    "a link in markup": b"[link=file:etc]y",
    "a dollar": b"$(id)`id`",
    "stars": b"*?[!a]",
    "a backslash": b"a\\x1bb",
    "SQL": b"'; DROP TABLE student; --",
    "an emoji": "🦊".encode(),
    "letters from right to left": "محمد שרה".encode(),
    "Chinese": "李雷".encode(),
}
ALIASES = "letters in another form"  # beside the honest student it is taken for


@dataclass(frozen=True)
class Ended:
    """What one command left: exit code, and what it printed."""

    code: int
    out: str
    err: str


class Room:
    """A course with honest students in it, and the commands that run over it."""

    def __init__(self, course: Course, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self.course = course
        self.patch = patch
        self.capture = capture
        solved = (course.root / "source" / ASSIGNMENT / "small.ipynb").read_text(encoding="utf-8")
        released = json.loads((course.root / "release" / ASSIGNMENT / "small.ipynb").read_text(encoding="utf-8"))
        for cell in released["cells"]:
            if role_of(cell) is Role.SOLUTION:
                cell["source"] = solutions_of(json.loads(solved))[str(exercise_of(cell))]
        self.answered: dict[str, Any] = released
        for student in HONEST:
            self.hand_in(student.encode())

    def folder(self, student: bytes) -> bytes:
        return os.path.join(os.fsencode(self.course.root), b"submitted", student, ASSIGNMENT.encode())

    def hand_in(self, student: bytes, name: bytes = b"small.ipynb", notebook: Any = None) -> bytes:
        """Put a file where the student's belongs; return its path."""
        os.makedirs(self.folder(student), exist_ok=True)
        path = os.path.join(self.folder(student), name)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(self.answered if notebook is None else notebook, file)
        return path

    def run(self, *arguments: str) -> Ended:
        """Run the command line as `main` does."""
        self.capture.readouterr()
        self.patch.setattr("sys.argv", ["autograde", *arguments, "--course", str(self.course.root)])
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = self.capture.readouterr()
        return Ended(code, said.out, said.err)

    def recorded(self) -> dict[str, float]:
        """Everyone's automatic points, as SQLite holds them."""
        with sqlite3.connect(self.course.root / "gradebook.db") as database:
            return dict(
                database.execute(
                    "SELECT student_id, sum(grade.auto_score) FROM grade"
                    " JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id"
                    " JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id"
                    " GROUP BY student_id"
                )
            )

    def whole(self, graded: Iterable[bytes], reported: Iterable[str] = ()) -> dict[str, float]:
        """Go through every command, look at all that is left, and return everyone's points.

        Args:
            graded: who of those with something odd is graded.
            reported: how those are named who are not.
        """
        everyone, failed = {*HONEST, *map(os.fsdecode, graded)}, sorted(reported)
        for again in range(2):
            ended = self.run("grade", ASSIGNMENT, "--workers", "1", *["--json"] * again)
            self.clean(ended)
            assert ended.code == (3 if failed else 0)
        lines = [json.loads(line) for line in ended.out.splitlines()]
        assert {line["student"] for line in lines if "failure" not in line} == everyone
        assert sorted(line["failure"]["student"] for line in lines if "failure" in line) == failed
        assert all(plain(text) for line in lines for text in texts(line))
        for command in ("feedback", "report"):
            ended = self.run(command, ASSIGNMENT)
            self.clean(ended)
            assert ended.code == 0
        recorded = self.recorded()
        assert set(recorded) == everyone
        assert {recorded[student] for student in HONEST} == {POINTS}
        self.everything_is_clean()
        return recorded

    def clean(self, ended: Ended) -> None:
        for text in (ended.out, ended.err):
            assert plain(text.replace("\n", "").replace("\r", "")), text
            assert "Traceback" not in text

    def everything_is_clean(self) -> None:
        """No file of ours has an odd name, or holds an odd character; nor does the gradebook."""
        assert plain("\n".join(sqlite3.connect(self.course.root / "gradebook.db").iterdump()))
        for part in ("autograded", "feedback", ".autograde/journal"):
            for path in (self.course.root / part).rglob("*"):
                assert plain(str(path.relative_to(self.course.root)))
                if path.is_file():
                    text = path.read_text(encoding="utf-8")
                    assert plain(text if path.suffix != ".html" else text[text.index("<body") :]), path


def plain(text: str) -> bool:
    """Whether a text holds nothing that does not show, but for the ends of lines and what nbgrader's pages hold."""
    return all(one.isprintable() or one in "\n\t\u00a0" for one in text)


def texts(value: Any) -> Iterator[str]:
    """Every text in a value that was JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for pair in value.items() for part in pair for text in texts(part))
    elif isinstance(value, list):
        yield from (text for part in value for text in texts(part))


def by_heart(notebook: Notebook, *, student: str, **_: Any) -> Verdict:
    """What stands in for the judge: full points for every exercise that was answered."""
    answered = {cell.exercise for cell in notebook.cells if cell.role is Role.SOLUTION and "return" in cell.source}
    cells = (
        CellVerdict(cell.id, cell.exercise, cell.points, cell.points, Outcome.CORRECT)
        if cell.exercise in answered
        else CellVerdict(cell.id, cell.exercise, 0.0, cell.points, Outcome.MISSING, text="missing")
        for cell in notebook.cells
        if cell.role is Role.CHECK
    )
    return Verdict(student, notebook.assignment, notebook.name, tuple(cells), notes=notebook.notes)


@pytest.fixture
def course(tmp_path: Path, small_course: Path) -> Course:
    for part in ("source", "release"):
        shutil.copytree(small_course / part, tmp_path / part)
    return Course(tmp_path)


@pytest.fixture
def room(
    course: Course, in_this_process: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Room:
    monkeypatch.setattr(pool, "Sandbox", lambda *_, **__: Box())
    monkeypatch.setattr(pool, "grade_notebook", by_heart)
    return Room(course, monkeypatch, capsys)


def author(index: int) -> bytes:
    return f"author-{index}".encode()


def of_authors(recorded: dict[str, float]) -> set[float]:
    return {points for student, points in recorded.items() if student.startswith("author-")}


AUTHORS = [author(index) for index in range(len(NAMES))]


def odd_names() -> set[bytes]:
    return {name for name in NAMES.values() if refusal(os.fsdecode(name))} | {NAMES[ALIASES]}


def test_students_folders(room: Room) -> None:
    for name in NAMES.values():
        room.hand_in(name)
    odd = odd_names()
    assert len(odd) == 26
    recorded = room.whole({*NAMES.values()} - odd, [escaped(os.fsdecode(name)) for name in odd])
    assert set(recorded.values()) == {POINTS}


def test_a_student_is_asked_for_by_an_odd_name(room: Room) -> None:
    for name in (os.fsdecode(b"\xff\x1b[2J"), "a\u202eb", "[red]"):
        ended = room.run("grade", ASSIGNMENT, f"--student={name}")
        room.clean(ended)
        assert ended.code == 2
        assert f"Nothing handed in for {ASSIGNMENT} by: {escaped(name)}." in ended.err
        ended = room.run("feedback", ASSIGNMENT, f"--student={name}")
        room.clean(ended)
        assert ended.code == 2
    room.hand_in(b"\xff\x1b[2J")
    ended = room.run("grade", ASSIGNMENT, f"--student={os.fsdecode(NAMES['no text'][:1])}\x1b[2J")
    room.clean(ended)
    assert ended.code == 3
    assert r"\xff\x1b[2J (reading)" in ended.out


def fifo(path: bytes) -> None:
    os.mkfifo(path)


def link_to_a_secret(path: bytes) -> None:
    os.symlink("/etc/passwd", path)


def broken(path: bytes) -> None:
    with open(path, "wb") as file:
        file.write(b"{")


KINDS: dict[str, Callable[[bytes], Any]] = {
    "a folder": os.mkdir,
    "a pipe": fifo,
    "a link": link_to_a_secret,
    "a broken notebook": broken,
}


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_the_only_notebook_in_a_folder_is_none(room: Room, make: Callable[[bytes], Any]) -> None:
    for student, name in zip(AUTHORS, NAMES.values(), strict=True):
        os.makedirs(room.folder(student))
        make(os.path.join(room.folder(student), name[:249] + b".ipynb"))
    assert of_authors(room.whole(AUTHORS)) == {0.0}


def test_a_notebook_of_another_name_is_graded(room: Room) -> None:
    for student, name in zip(AUTHORS, NAMES.values(), strict=True):
        room.hand_in(student, name[:249] + b".ipynb")
    assert of_authors(room.whole(AUTHORS)) == {POINTS}


def test_files_and_folders_beside_the_notebook(room: Room) -> None:
    for student, name in zip(AUTHORS, NAMES.values(), strict=True):
        room.hand_in(student)
        room.hand_in(student, name)
        os.makedirs(os.path.join(room.folder(student), b"deep", name, name))
        os.mkdir(os.path.join(os.path.dirname(room.folder(student)), name))
    assert of_authors(room.whole(AUTHORS)) == {POINTS}


def test_ids_and_metadata_of_cells(room: Room) -> None:
    for student, name in zip(AUTHORS, NAMES.values(), strict=True):
        odd = os.fsdecode(name)
        notebook = json.loads(json.dumps(room.answered))
        for cell in notebook["cells"]:
            cell["id"] = odd
            noted = {"role": odd, "exercise": odd}
            cell["metadata"] = {"nbgrader": {"grade_id": odd}, "machine_room": noted, odd: odd}
        notebook["metadata"] = {odd: odd, "kernelspec": {"name": odd, "display_name": odd}}
        notebook["cells"].append({"cell_type": odd, "id": odd, "metadata": {}, "source": "x"})
        room.hand_in(student, notebook=notebook)
    assert of_authors(room.whole(AUTHORS)) == {POINTS}


@pytest.mark.parametrize("around", [b"%s", b"2026-01-01 00:00:00 %s", b"%s2026-01-01"])
def test_the_text_of_a_timestamp(room: Room, around: bytes) -> None:
    stamps = [*NAMES.values(), b"\0" * 9, b"9" * 99]
    students = [author(index) for index in range(len(stamps))]
    for student, name in zip(students, stamps, strict=True):
        room.hand_in(student)
        with open(os.path.join(room.folder(student), b"timestamp.txt"), "wb") as file:
            file.write(around.replace(b"%s", name))
    assert of_authors(room.whole(students)) == {POINTS}


# --- links


LINKS: dict[str, Callable[[Room, bytes], Any]] = {
    "to a neighbour's folder": lambda room, who: os.symlink(b"ada", os.path.dirname(room.folder(who))),
    "to nowhere": lambda room, who: os.symlink(b"nowhere", os.path.dirname(room.folder(who))),
    "to itself": lambda room, who: os.symlink(who, os.path.dirname(room.folder(who))),
    "to the source": lambda room, who: os.symlink(b"../source", os.path.dirname(room.folder(who))),
    "of the assignment's folder": lambda room, who: _assignment(room, who, lambda path: os.symlink("../ada", path)),
    "of it to nowhere": lambda room, who: _assignment(room, who, lambda path: os.symlink(b"nowhere", path)),
    "a file in its place": lambda room, who: _assignment(room, who, broken),
    "a pipe in its place": lambda room, who: _assignment(room, who, os.mkfifo),
}


def _assignment(room: Room, who: bytes, make: Callable[[bytes], Any]) -> None:
    os.mkdir(os.path.dirname(room.folder(who)))
    make(room.folder(who))


def test_no_link_is_followed(room: Room) -> None:
    for index, make in enumerate(LINKS.values()):
        make(room, author(index))
    room.whole([], [author(index).decode() for index in range(len(LINKS))])


def test_files_in_submitted_are_nobodys(room: Room) -> None:
    for name in NAMES.values():
        with open(os.path.join(os.fsencode(room.course.root), b"submitted", name), "wb"):
            pass
    room.whole([])


# --- all at once, in the real sandbox


def test_a_class_full_of_names_in_the_sandbox(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    room = Room(course, monkeypatch, capsys)
    for name in NAMES.values():
        room.hand_in(name)
    failures: list[Any] = []
    verdicts = grade(course, ASSIGNMENT, GradeOptions(workers=2), on_failure=failures.append)
    names, odd = set(map(os.fsdecode, NAMES.values())), set(map(os.fsdecode, odd_names()))
    assert {verdict.student: verdict.points for verdict in verdicts} == dict.fromkeys({*HONEST} | names - odd, POINTS)
    assert sorted(failure.student for failure in failures) == sorted(map(escaped, odd))
    pages = write_feedback(course.root, ASSIGNMENT)
    assert len(pages) == len(verdicts)
    room.everything_is_clean()
    assert room.recorded() == {verdict.student: verdict.points for verdict in verdicts}
