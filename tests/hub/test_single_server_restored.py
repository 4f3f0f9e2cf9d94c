"""Everything that a server keeps is saved, destroyed, and put back: the same grades, hand-ins, seeds and rights.

One course has its grades in PostgreSQL, the other in SQLite. Needs root: `make test-root`.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from machine_room_hub.store import Store
from tests.hub.by_http import ByHttp
from tests.hub.server import ADA, BOB, IVY, OMAR, Server, running_server

pytestmark = pytest.mark.root

ASSIGNMENT = "01-backprop"
WRITTEN = {
    ADA: "def relu_backward(dh, z):\n    return dh * (z > 0)\n",
    BOB: "def relu_backward(dh, z):\n    return dh\n",
}
COURSES = {"one": (ADA, BOB), "two": (ADA,)}


def program(server: Server, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run `machine-room-server` as root."""
    file = server.settings.hub_environment / "bin" / "machine-room-server"
    command = [str(file), "--settings", str(server.settings_file), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")


def hand_in(server: Server, course: str, student: str) -> None:
    """Work as collecting leaves it, and the exchange's own copy of it."""
    folder = server.course_folder(course)
    book = json.loads((folder / "release" / ASSIGNMENT / "backprop.ipynb").read_text())
    [cell] = [cell for cell in book["cells"] if cell["id"] == "relu_backward"]
    cell["source"] = WRITTEN[student]
    work = folder / "submitted" / student / ASSIGNMENT / "backprop.ipynb"
    work.parent.mkdir(parents=True, exist_ok=True)
    work.write_text(json.dumps(book))
    told = server.settings.courses[course]
    subprocess.run(["chown", "-R", told.account, str(folder / "submitted")], check=True)
    store = Store(server.settings.exchange_folder)
    spool = store.spool()
    spool.file.write(work.read_bytes())
    store.drawer(course, "handed-in", ASSIGNMENT, student).put({"student": student}, spool)
    store.close()
    account = server.settings.exchange_account
    subprocess.run(["chown", "-R", account, str(server.settings.exchange_folder)], check=True)


def grades(server: Server, course: str) -> str:
    """What nbgrader exports, as the course's account."""
    done = server.as_grader(course, "nbgrader", "export", "--to", "exported.csv")
    assert done.returncode == 0, done.stderr
    file = server.course_folder(course) / "exported.csv"
    text = file.read_text()
    file.unlink()
    return text


def kept(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Owner, mode and content of every file; those of databases are compared by their grades."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith("gradebook.db")]
    told = {str(path.relative_to(folder)): path for path in files if not path.name.startswith("serve.")}
    return {name: (path.stat().st_uid, path.stat().st_mode, path.read_bytes()) for name, path in told.items()}


@dataclass(frozen=True)
class Before:
    """A server's grades and files, and where they were saved."""

    backup: Path
    grades: dict[str, str]
    files: dict[str, dict[str, tuple[int, int, bytes]]]


def folders(server: Server) -> dict[str, Path]:
    told = server.settings
    courses = {f"course {name}": course.folder for name, course in told.courses.items()}
    return {"state": told.state, "exchange": told.exchange_folder, **courses}


@pytest.fixture(scope="module")
def graded(set_up: Server) -> Server:
    """Both courses are graded, and the hub has run once, so that it has a record; it does not run now."""
    for course, students in COURSES.items():
        for student in students:
            hand_in(set_up, course, student)
        done = set_up.as_grader(course, "autograde", "grade", ASSIGNMENT)
        assert done.returncode == 0, done.stdout + done.stderr
    with running_server(set_up):
        assert ByHttp(set_up, ADA).log_in()
    return set_up


@pytest.fixture(scope="module")
def before(graded: Server, tmp_path_factory: pytest.TempPathFactory) -> Before:
    backup = tmp_path_factory.mktemp("backups") / "monday"
    before = {course: grades(graded, course) for course in COURSES}
    done = program(graded, "save", backup)
    assert done.returncode == 0, done.stderr
    files = {name: kept(folder) for name, folder in folders(graded).items()}
    return Before(backup, before, files)


def test_the_grades_are_no_mere_zeros(before: Before) -> None:
    for text in before.grades.values():
        assert "1.0" in text
        assert ADA in text


def test_a_backup_is_its_owners_alone(before: Before) -> None:
    assert before.backup.stat().st_mode & 0o777 == 0o700
    files = list(before.backup.iterdir())
    assert {file.name for file in files} == {
        "hub.toml", "manifest.json", "hub.dump", "state.tar", "exchange.tar", "course-one.tar", "course-two.tar",
        "course-one-gradebook.dump", "course-two-gradebook.sqlite",
    }  # fmt: skip
    assert {(file.stat().st_uid, file.stat().st_mode & 0o777) for file in files} == {(0, 0o600)}


def test_a_backup_is_never_written_over(graded: Server, before: Before) -> None:
    done = program(graded, "save", before.backup)
    assert done.returncode == 1
    assert "is there already. Name a new folder" in done.stderr


def test_nothing_is_restored_over_what_is_there(graded: Server, before: Before) -> None:
    done = program(graded, "restore", before.backup)
    assert done.returncode == 1
    assert "nothing was restored" in done.stderr
    assert {course: grades(graded, course) for course in COURSES} == before.grades


def cut(backup: Path) -> None:
    (backup / "course-one.tar").write_bytes((backup / "course-one.tar").read_bytes()[:-5000])


def other(backup: Path) -> None:
    shutil.copyfile(backup / "course-two.tar", backup / "course-one.tar")


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "a file is cut": (cut, "course-one.tar is not what was saved"),
    "a file is another's": (other, "course-one.tar is not what was saved"),
    "a file is gone": (lambda backup: (backup / "hub.dump").unlink(), "hub.dump is not what was saved"),
    "it was never finished": (lambda backup: (backup / "manifest.json").unlink(), "holds no whole backup"),
    "its list is broken": (lambda backup: (backup / "manifest.json").write_text("{}"), "holds no whole backup"),
}


@pytest.mark.parametrize(("spoil", "sentence"), SPOILT.values(), ids=SPOILT)
def test_half_a_backup_is_none(
    spoil: Callable[[Path], object], sentence: str, graded: Server, before: Before, tmp_path: Path
) -> None:
    shutil.copytree(before.backup, tmp_path / "spoilt")
    spoil(tmp_path / "spoilt")
    done = program(graded, "restore", tmp_path / "spoilt")
    assert done.returncode == 1
    assert sentence in done.stderr


def test_nothing_is_restored_while_the_hub_runs(graded: Server, before: Before) -> None:
    with running_server(graded):
        done = program(graded, "restore", before.backup)
    assert done.returncode == 1
    assert "Stop the hub first: nothing was restored" in done.stderr


def destroy(server: Server) -> None:
    """All folders and databases, as after a broken disk; empty databases are made again."""
    for folder in folders(server).values():
        shutil.rmtree(folder)
    for url in (server.settings.database, server.settings.courses["one"].gradebook):
        name = url.partition("?")[0].rpartition("/")[2]
        with psycopg.connect(url.replace(f"/{name}?", "/postgres?"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
            connection.execute(f"CREATE DATABASE {name}".encode())


def end_graders(server: Server) -> None:
    """A grader process outlives its command, and holds files that are gone."""
    for course in COURSES:
        file = server.course_folder(course) / ".autograde" / "serve.pid"
        if file.exists():
            os.kill(int(file.read_text()), 15)


def test_destroyed_and_restored_the_grades_are_the_same(graded: Server, before: Before) -> None:
    end_graders(graded)
    destroy(graded)
    done = program(graded, "restore", before.backup)
    assert done.returncode == 0, done.stderr
    assert {course: grades(graded, course) for course in COURSES} == before.grades
    assert {name: kept(folder) for name, folder in folders(graded).items()} == before.files
    for name, course in graded.settings.courses.items():
        assert course.folder.stat().st_mode & 0o777 == 0o700, name
        assert course.folder.stat().st_uid == pwd.getpwnam(course.account).pw_uid
    # The seed is the same and the journal is there: nothing has to be graded again.
    again = graded.as_grader("one", "autograde", "grade", ASSIGNMENT)
    assert again.returncode == 0, again.stdout + again.stderr
    assert grades(graded, "one") == before.grades["one"]


def test_and_the_hub_goes_on(graded: Server, before: Before) -> None:
    with running_server(graded):
        for who, course, score in ((IVY, "one", 1.0), (OMAR, "two", 1.0)):
            instructor = ByHttp(graded, who)
            assert instructor.log_in()
            listed = instructor.get(f"/services/{course}/formgrader/api/submissions/{ASSIGNMENT}").json()
            assert {row["student"]: row["score"] for row in listed}[ADA] == score
