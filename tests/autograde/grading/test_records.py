"""What is recorded about one student: all of it is found, handed over and forgotten, and nothing of anybody else."""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import json
import os
import shutil
import signal
import sqlite3
import stat
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from autograde.contract.failures import CourseError
from autograde.contract.records import mentions
from autograde.course.folder import Course
from autograde.gradebook.database import gradebook_of
from autograde.gradebook.feedback import write_feedback
from autograde.gradebook.student import Grades
from autograde.grading import pool
from autograde.grading.client import LOG
from autograde.grading.export import Export, export, safe_name
from autograde.grading.journal import Journal
from autograde.grading.records import forget, places, recorded
from autograde.grading.run import GradeOptions, grade
from autograde.report.table import misunderstandings
from tests.autograde.conftest import ASSIGNMENT
from tests.autograde.stand_ins import Box, full_marks
from tools.postgresql import PostgreSQL

STUDENTS = ("ada", "ada2", "ada.b", "ada-lovelace", "zoë", "zoe\u0308", "*", "bo,ada")
MARK = "a line of the work of "


@pytest.fixture(autouse=True)
def quick(in_this_process: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "Sandbox", lambda *_, **__: Box())
    monkeypatch.setattr(pool, "require", lambda isolation: None)
    monkeypatch.setattr(pool, "grade_notebook", full_marks)


def hand_in(root: Path, student: str) -> None:
    folder = root / "submitted" / student / ASSIGNMENT
    folder.mkdir(parents=True)
    shutil.copy(root / "release" / ASSIGNMENT / "small.ipynb", folder)
    (folder / "timestamp.txt").write_text("2026-11-20 12:00:00 UTC")
    (folder / "submission_secret.txt").write_text(hashlib.sha256(student.encode()).hexdigest())
    (folder / "notes.txt").write_text(f"{MARK}{student}\n", encoding="utf-8")


def graded_class(root: Path, exchange: Path, url: str = "") -> Course:
    """A class that was graded, got its feedback and used nbgrader's shared folder."""
    work = exchange / "machine-room"
    lines = [
        "c = get_config()",
        'c.CourseDirectory.course_id = "machine-room"',
        f"c.Exchange.root = {str(exchange)!r}",
        *([f"c.CourseDirectory.db_url = {url!r}"] if url else []),
    ]
    (root / "nbgrader_config.py").write_text("\n".join(lines))
    course = Course(root)
    for student in STUDENTS:
        hand_in(root, student)
        inbound = work / "inbound" / f"{student}+{ASSIGNMENT}+2026-11-20 12:00:00 UTC+abc"
        shutil.copytree(root / "submitted" / student / ASSIGNMENT, inbound)
    failed: list[object] = []
    grade(course, ASSIGNMENT, GradeOptions(), on_failure=failed.append)
    write_feedback(root, ASSIGNMENT)
    release_feedback(root, work / "feedback")
    (root / ".autograde" / LOG).write_text("".join(f"CourseError: the page of {one}.\n" for one in STUDENTS))
    return course


def release_feedback(root: Path, folder: Path) -> None:
    """What `nbgrader release_feedback` does."""
    folder.mkdir()
    for page in (root / "feedback").glob("*/*/*.html"):
        secret = (page.parent / "submission_secret.txt").read_text()
        shutil.copy(page, folder / f"{hashlib.md5((secret + page.stem).encode()).hexdigest()}.html")


@pytest.fixture(scope="session")
def graded(small_course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where such a class is made once, for copying."""
    folder = tmp_path_factory.mktemp("class")
    shutil.copytree(small_course, folder / "course")
    return folder


@pytest.fixture
def course(tmp_path: Path, graded: Path) -> Course:
    if not (graded / "exchange").exists():
        graded_class(graded / "course", graded / "exchange")
    shutil.copytree(graded, tmp_path, dirs_exist_ok=True)
    config = tmp_path / "course" / "nbgrader_config.py"
    config.write_text(config.read_text().replace(str(graded), str(tmp_path)))
    return Course(tmp_path / "course")


def files_of(root: Path) -> dict[str, bytes]:
    """Every file, link and folder, with what is in it."""
    found = {}
    for path in root.rglob("*"):
        name = str(path.relative_to(root))
        if path.is_symlink():
            found[name] = os.fsencode(os.readlink(path))
        else:
            found[name] = path.read_bytes() if path.is_file() else b""
    return found


def differences(before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    """The files that are not the same; of the gradebook's the bytes need not be."""
    names = before.keys() | after.keys()
    return sorted(name for name in names if before.get(name) != after.get(name) and not name.endswith("gradebook.db"))


def page_of(student: str) -> str:
    secret = hashlib.sha256(student.encode()).hexdigest()
    return f"exchange/machine-room/feedback/{hashlib.md5((secret + 'small').encode()).hexdigest()}.html"


def is_theirs(name: str, student: str) -> bool:
    parts = name.split("/")
    return (
        student in parts
        or any(part.startswith(f"{student}+{ASSIGNMENT}+") for part in parts)
        or name == page_of(student)
    )


def without(files: dict[str, bytes], student: str) -> dict[str, bytes]:
    """All that is not this student's; of the gradebook's file not the bytes, see `tables`."""
    kept = {name: content for name, content in files.items() if not is_theirs(name, student)}
    for name in kept:
        if name.endswith(".jsonl"):
            kept[name] = b"".join(
                line for line in kept[name].splitlines(keepends=True) if json.loads(line)["student"] != student
            )
        if name.endswith(LOG):
            kept[name] = kept[name].replace(f"CourseError: the page of {student}.\n".encode(), b"")
    return kept


def tables(root: Path, student: str) -> dict[str, Any]:
    """What the gradebook holds of everybody but one, and of the assignments."""
    with closing(sqlite3.connect(root / "gradebook.db")) as book:
        students = [one for (one,) in book.execute("SELECT id FROM student")]
        of_nobody = {
            table: sorted(book.execute(f"SELECT * FROM {table}"))
            for table in ("assignment", "notebook", "base_cell", "grade_cells", "solution_cells", "source_cell")
        }
        counts = {table: book.execute(f"SELECT count(*) FROM {table}").fetchone() for table in ("grade", "comment")}
    rows = {one: Grades(root)._rows(one) for one in students if one != student}
    return {"students": rows, **of_nobody, **({} if student in students else {"counts": counts})}


def names_of_places(course: Course, student: str) -> list[str]:
    return [place.name for place, _ in recorded(course, student).places]


EVERYWHERE = ["exchange", "submitted", "feedback", "autograded", "journal", "log", "gradebook"]


# --- found, and in the places that the page names


@pytest.mark.parametrize("student", ["ada", "ada2", "ada.b", "zoë", "bo,ada"])
def test_a_graded_student_is_in_every_place(course: Course, student: str) -> None:
    assert names_of_places(course, student) == EVERYWHERE
    assert [place.name for place in places(course)] == EVERYWHERE


NOBODY = [
    "../ada",
    "..",
    ".",
    "",
    "/etc",
    "ada/",
    "a/b",
    "submitted/ada",
    "ada\n",
    "ada ",
    " ada",
    "a" * 129,
    "\u202eada",
]
NOT_THERE = ["ad", "ADA", "ada3", "?", "ad*", "[a]da", "zoe", "%", "_da", "ada' OR '1'='1", "ada+01-backprop"]


@pytest.mark.parametrize("name", [*NOBODY, *NOT_THERE])
def test_a_name_that_is_nobodys_is_refused_and_changes_nothing(course: Course, tmp_path: Path, name: str) -> None:
    before = files_of(tmp_path)
    says = "cannot be a student's name" if name in NOBODY else "Nothing is recorded about"
    with pytest.raises(CourseError, match=says):
        export(course, name, tmp_path / "export")
    with pytest.raises(CourseError, match=says):
        forget(course, name)
    assert differences(before, files_of(tmp_path)) == []


# --- handed over


def index_of(made: Export) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((made.target / "index.json").read_text())
    return found


def test_an_export_holds_everything_of_one_student_and_nothing_of_another(course: Course, tmp_path: Path) -> None:
    made = export(course, "ada", tmp_path / "export")
    content = {name: content.decode() for name, content in files_of(made.target).items()}
    notes = {name: text for name, text in content.items() if name.endswith("notes.txt")}
    assert set(notes.values()) == {f"{MARK}ada\n"}
    assert len(notes) == 2, "in submitted/ and in the exchange"
    assert [
        json.loads(line)["student"] for line in content[f"records/journal/{ASSIGNMENT}-small.jsonl"].splitlines()
    ] == ["ada"]
    assert content[f"records/log/{LOG}"] == "CourseError: the page of ada.\n"
    rows = json.loads(content["records/gradebook.json"])
    assert rows["student"]["id"] == "ada"
    assert [one["score"] for hand_in in rows["hand_ins"] for one in hand_in["notebooks"]] == [3.5]
    assert {name for name in content if name.startswith("records/feedback/")} >= {
        f"records/feedback/{ASSIGNMENT}/small.html"
    }
    assert f"records/autograded/{ASSIGNMENT}/small.ipynb" in content
    assert (
        len([name for name in content if name.startswith("records/exchange/feedback/") and name.endswith("html")]) == 1
    )
    for other in set(STUDENTS) - {"ada", "*", "bo,ada"}:
        assert not any(mentions(text, other) for text in content.values()), other


def test_an_export_gives_no_hidden_test_away(course: Course, tmp_path: Path) -> None:
    graded = course.root / "autograded" / "ada" / ASSIGNMENT / "small.ipynb"
    assert "hidden=True" in graded.read_text()
    made = export(course, "ada", tmp_path / "export")
    notebook = json.loads((made.target / "records" / "autograded" / ASSIGNMENT / "small.ipynb").read_text())
    assert len(notebook["cells"]) == len(json.loads(graded.read_text())["cells"])
    assert not any(b"hidden=True" in content for content in files_of(made.target).values())
    assert "check(relative_error)" in json.dumps(notebook)
    graded.chmod(0o600)
    graded.write_text('{"cells": ["hidden=True"]}')
    [left_out] = export(course, "ada", tmp_path / "again").left_out
    assert left_out.what == f"autograded/{ASSIGNMENT}/small.ipynb"
    assert not any(b"hidden=True" in content for content in files_of(tmp_path / "again").values())


def test_the_index_lists_every_file_with_its_digest_and_the_page_for_people_every_place(
    course: Course, tmp_path: Path
) -> None:
    made = export(course, "ada", tmp_path / "export")
    index = index_of(made)
    listed = {one["path"]: one["sha256"] for one in index["files"]}
    there = {str(path.relative_to(made.target)): path for path in made.target.rglob("*") if path.is_file()}
    assert listed.keys() == there.keys() - {"index.json", "README.txt"}
    assert all(hashlib.sha256(there[name].read_bytes()).hexdigest() == digest for name, digest in listed.items())
    readme = (made.target / "README.txt").read_text()
    assert all(f"  {place.name}\n    {place.about}" in readme for place, _ in made.recorded.places)
    assert index["also_named_in"] == ["submitted/bo,ada", "feedback/bo,ada", "autograded/bo,ada"]


@pytest.mark.parametrize("umask", [0o022, 0o000, 0o077])
@pytest.mark.parametrize("name", ["export", "export.zip", "new/folder/export"])
def test_an_export_is_its_owners_alone(course: Course, tmp_path: Path, name: str, umask: int) -> None:
    before = os.umask(umask)
    try:
        target = export(course, "ada", tmp_path / name).target
    finally:
        os.umask(before)
    for path in [target, *(target.rglob("*") if target.is_dir() else ())]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_zip_file_holds_the_same(course: Course, tmp_path: Path) -> None:
    folder = export(course, "zoë", tmp_path / "export").target
    with zipfile.ZipFile(export(course, "zoë", tmp_path / "export.zip").target) as packed:
        names = packed.namelist()
        assert {packed.read(name) for name in names if "notes.txt" in name} == {f"{MARK}zoë\n".encode()}
    assert sorted(names) == sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_an_export_overwrites_nothing_and_leaves_nothing_half_done(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "there" / "export"
    target.mkdir(parents=True)
    with pytest.raises(CourseError, match="is there already"):
        export(course, "ada", target)
    target.rmdir()
    monkeypatch.setattr(
        "autograde.gradebook.student.Grades.hand_over", lambda *_: (_ for _ in ()).throw(OSError(28, "No space"))
    )
    with pytest.raises(CourseError, match="stopped: No space"):
        export(course, "ada", target)
    assert list(target.parent.iterdir()) == []


# --- what a student may have put there: links, second names, pipes


def outside(root: Path) -> Path:
    path = root.parent / "outside"
    path.mkdir()
    (path / "secret").write_text("the seed")
    return path


def link_to_a_folder(root: Path, folder: Path) -> None:
    (folder / "linked").symlink_to(outside(root))


def link_to_a_file(root: Path, folder: Path) -> None:
    (folder / "data.csv").symlink_to(outside(root) / "secret")


def second_name(root: Path, folder: Path) -> None:
    os.link(outside(root) / "secret", folder / "data.csv")


def pipe(root: Path, folder: Path) -> None:
    outside(root)
    os.mkfifo(folder / "pipe")


def link_in_place_of_the_assignment(root: Path, folder: Path) -> None:
    shutil.rmtree(folder)
    folder.symlink_to(outside(root))


def link_in_place_of_the_student(root: Path, folder: Path) -> None:
    shutil.rmtree(folder.parent)
    folder.parent.symlink_to(outside(root))


def file_in_place_of_the_student(root: Path, folder: Path) -> None:
    outside(root)
    shutil.rmtree(folder.parent)
    folder.parent.write_text("no folder")


def link_to_another_student(root: Path, folder: Path) -> None:
    outside(root)
    (folder / "friend").symlink_to(root / "submitted" / "ada2")


def very_deep(root: Path, folder: Path) -> None:
    outside(root)
    folder.joinpath(*["a"] * 300).mkdir(parents=True)


def odd_names(root: Path, folder: Path) -> None:
    outside(root)
    for name in (b"a\xff", b"..\\..\\up", b"CON:", b"\x1b[31m", "\u202e".encode(), b"a" * 255, b"-rf", b"%2E"):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text("odd")


TRICKS: list[tuple[Callable[[Path, Path], None], bool]] = [
    (link_to_a_folder, True),
    (link_to_a_file, True),
    (second_name, True),
    (pipe, True),
    (link_in_place_of_the_assignment, True),
    (link_in_place_of_the_student, True),
    (file_in_place_of_the_student, False),
    (link_to_another_student, True),
    (very_deep, True),
    (odd_names, False),
]


@pytest.mark.parametrize(("trick", "is_left_out"), TRICKS, ids=lambda one: getattr(one, "__name__", ""))
@pytest.mark.parametrize("name", ["export", "export.zip"])
def test_what_leads_out_of_a_students_folder_is_neither_exported_nor_removed(
    course: Course, tmp_path: Path, trick: Callable[[Path, Path], None], is_left_out: bool, name: str
) -> None:
    trick(course.root, course.root / "submitted" / "ada" / ASSIGNMENT)
    made = export(course, "ada", tmp_path / "to" / name)
    assert bool(made.left_out) == is_left_out
    if made.target.is_dir():
        written = files_of(made.target)
        assert not any(path.is_symlink() for path in made.target.rglob("*"))
    else:
        with zipfile.ZipFile(made.target) as packed:
            written = {one: packed.read(one) for one in packed.namelist()}
    assert b"the seed" not in written.values()
    assert f"{MARK}ada2\n".encode() not in written.values()
    assert not any(".." in one.split("/") or "\\" in one for one in written)
    shutil.rmtree(tmp_path / "to")
    before = without(files_of(tmp_path), "ada")
    assert forget(course, "ada").is_empty
    assert differences(before, without(files_of(tmp_path), "ada")) == []
    assert (tmp_path / "outside" / "secret").read_text() == "the seed"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("zoë.ipynb", "zoë.ipynb"),
        ("..", "%2E%2E"),
        (".", "%2E"),
        (".a", "%2Ea"),
        ("a.", "a%2E"),
        ("a\\b", "a%5Cb"),
        ("100%", "100%25"),
    ],
)
def test_a_name_is_written_so_that_it_leads_nowhere(name: str, kept: str) -> None:
    assert safe_name(name) == kept


# --- forgotten


@pytest.mark.parametrize("student", ["ada", "ada2", "zoë", "*", "bo,ada"])
def test_who_is_forgotten_is_nowhere_and_everybody_else_is_as_before(
    course: Course, tmp_path: Path, student: str
) -> None:
    before, rows_before = without(files_of(tmp_path), student), tables(course.root, student)
    assert forget(course, student).is_empty
    after = files_of(tmp_path)
    assert [name for name in after if is_theirs(name, student)] == []
    assert differences(before, after) == []  # journal and log hold the others' lines, byte by byte
    rows_after = tables(course.root, student)
    del rows_after["counts"]
    assert rows_after == rows_before
    assert names_of_places(course, "ada-lovelace") == EVERYWHERE


def test_no_row_is_left_that_belongs_to_nobody(course: Course) -> None:
    for student in STUDENTS:
        forget(course, student)
    with closing(sqlite3.connect(course.root / "gradebook.db")) as book:
        for table in ("student", "submitted_assignment", "submitted_notebook", "grade", "comment"):
            assert book.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
    assert not (course.root / ".autograde" / "journal" / f"{ASSIGNMENT}-small.jsonl").exists()
    assert (course.root / ".autograde" / LOG).read_bytes() == b""


def test_no_byte_of_the_gradebooks_file_names_who_is_forgotten(course: Course) -> None:
    path = course.root / "gradebook.db"
    with gradebook_of(course.root) as book:
        book.update_or_create_student("zoë", first_name="Unmistakable", last_name="Hopper")
    assert b"Unmistakable" in path.read_bytes()
    forget(course, "zoë")
    assert b"Unmistakable" not in path.read_bytes()


def rows(root: Path) -> dict[str, float]:
    with gradebook_of(root) as book:
        return {row.student.id: row.score for row in book.assignment_submissions(ASSIGNMENT)}


def test_on_postgresql_too(tmp_path: Path, small_course: Path, postgresql: PostgreSQL) -> None:
    shutil.copytree(small_course, tmp_path / "course")
    course = graded_class(tmp_path / "course", tmp_path / "exchange", postgresql.new_database())
    before = rows(course.root)
    made = export(course, "ada", tmp_path / "export")
    assert json.loads((made.target / "records" / "gradebook.json").read_text())["hand_ins"]
    assert forget(course, "ada").is_empty
    assert rows(course.root) == {student: score for student, score in before.items() if student != "ada"}
    with gradebook_of(course.root) as book:
        assert "ada" not in {student.id for student in book.students}


def test_what_the_class_understood_is_counted_without_them(course: Course) -> None:
    forget(course, "ada")
    verdicts = list(Journal(course.journal(ASSIGNMENT, "small")))
    assert "ada" not in {verdict.student for verdict in verdicts}
    assert all("ada" not in str(found) for found in misunderstandings(verdicts))


def test_a_line_of_the_journal_that_a_kill_cut_off_goes_too(course: Course) -> None:
    journal = course.journal(ASSIGNMENT, "small")
    lines = journal.read_bytes()
    halves = [b'{"format": 2, "student": "%s", "assignment": "01-' % name for name in (b"ada", b"ada2")]
    journal.write_bytes(lines + b"\n".join(halves))
    modified = journal.stat().st_mtime_ns
    forget(course, "ada")
    kept = journal.read_bytes()
    assert kept.endswith(halves[1])
    assert halves[0] not in kept
    assert journal.stat().st_mtime_ns == modified, "how old it is stays known"


def test_the_grader_process_goes_on_at_the_end_of_its_log(course: Course) -> None:
    log = course.root / ".autograde" / LOG
    with log.open("ab") as process:
        forget(course, "ada")
        process.write(b"one line more\n")
    assert [line for line in log.read_text().splitlines() if mentions(line, "ada")] == [
        "CourseError: the page of bo,ada."
    ]
    assert log.read_text().endswith("one line more\n")


def test_while_somebody_grades_nobody_is_forgotten(course: Course, tmp_path: Path) -> None:
    before = files_of(tmp_path)
    with (course.root / ".autograde" / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(CourseError, match=r"Another run is grading in .* ada's work may be under way. Nothing was"):
            forget(course, "ada")
        assert differences(before, files_of(tmp_path)) == []
    assert forget(course, "ada").is_empty


def test_while_they_are_forgotten_nobody_grades(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = []

    def while_it_lasts(place: object, student: str, aside: object) -> None:
        with pytest.raises(CourseError, match="Another run is grading"):
            grade(course, ASSIGNMENT)
        refused.append(student)

    with monkeypatch.context() as patch:
        patch.setattr("autograde.gradebook.student.Grades.forget", while_it_lasts)
        forget(course, "ada")
    assert refused == ["ada"]


CHANGES = ("os.rename", "os.remove", "os.rmdir", "sqlite3.connect")


def killed_before_step(course: Course, steps: int) -> bool:
    """Forget ada in a process that is killed before its step of this number; False where it has fewer."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    taken = itertools.count()

    def step(event: str, _: object) -> None:
        if event in CHANGES and next(taken) == steps:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(step)
    try:
        forget(course, "ada")
    finally:
        os._exit(0)


def test_a_kill_at_any_step_leaves_what_the_same_command_ends(course: Course, tmp_path: Path) -> None:
    kept = tmp_path.with_name("kept")
    shutil.copytree(tmp_path, kept)
    before, rows_before = without(files_of(tmp_path), "ada"), tables(course.root, "ada")
    for steps in itertools.count():
        if not killed_before_step(course, steps):
            break
        half = without(files_of(tmp_path), "ada")
        lost = [name for name in before if before[name] != half.get(name) and not name.endswith("gradebook.db")]
        assert lost == [], steps
        if not recorded(course, "ada").is_empty:  # which it is where only an empty folder was left to remove
            assert forget(course, "ada").is_empty, steps
        assert set(differences(before, files_of(tmp_path))) <= {"course/.autograde/forgetting"}, steps
        rows_after = tables(course.root, "ada")
        del rows_after["counts"]
        assert rows_after == rows_before, steps
        shutil.rmtree(tmp_path)
        shutil.copytree(kept, tmp_path)
    assert steps > 10
    shutil.rmtree(kept)


def test_work_that_is_half_forgotten_is_not_graded_anew(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("autograde.grading.traces.Lines.forget", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            forget(course, "ada")
    assert "ada" not in {verdict.student for verdict in grade(course, ASSIGNMENT)}
    assert forget(course, "ada").is_empty


# --- nbgrader's shared folder


@pytest.fixture
def not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A student's own folder in the exchange: who is not root cannot remove it. Root tries this by refusing itself."""
    remove, rename = shutil.rmtree, os.rename

    def refused(path: Any, *arguments: Any, **named: Any) -> None:
        if "inbound" in str(path):
            raise PermissionError(13, "Permission denied", str(path))
        (rename if arguments else remove)(path, *arguments, **named)

    monkeypatch.setattr("autograde.course.belongings.shutil.rmtree", refused)
    monkeypatch.setattr("autograde.grading.records.os.rename", refused)


def test_a_hand_in_that_is_another_users_to_remove_is_told_and_all_else_goes(course: Course, not_ours: None) -> None:
    left = forget(course, "ada")
    assert [place.name for place, _ in left.places] == ["exchange"]


def test_a_secret_that_two_hold_leads_to_nobodys_page(course: Course, tmp_path: Path) -> None:
    theirs = course.root / "feedback" / "ada2" / ASSIGNMENT / "submission_secret.txt"
    (course.root / "feedback" / "ada" / ASSIGNMENT / "submission_secret.txt").write_text(theirs.read_text())
    pages = set((tmp_path / "exchange" / "machine-room" / "feedback").iterdir())
    forget(course, "ada")
    assert set((tmp_path / "exchange" / "machine-room" / "feedback").iterdir()) == pages


MENTIONED = {
    "the grades of ada.": True,
    "/course/submitted/ada/01-backprop": True,
    "'ada'": True,
    "ada": True,
    "ada (reading): gone": True,
    "ada2": False,
    "ada.b": False,
    "ada-b": False,
    "ada_b": False,
    "ada@b": False,
    "x.ada": False,
    "canada": False,
    "": False,
}


@pytest.mark.parametrize("text", MENTIONED)
def test_who_is_mentioned(text: str) -> None:
    assert mentions(text, "ada") == MENTIONED[text]
