"""nbgrader's own release_feedback and fetch_feedback, run on what `autograde feedback` wrote."""

from __future__ import annotations

import getpass
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from autograde.contract.verdict import CellVerdict, Outcome, Verdict
from autograde.course.build import build
from autograde.course.intake import rebuild
from autograde.course.notebook import read_master
from autograde.gradebook.feedback import write_feedback
from autograde.gradebook.writer import GradebookWriter

ASSIGNMENT, COURSE = "01-backprop", "machine-room"
SECRETS: dict[str, bytes] = {
    "none": b"",
    "empty-lines": b"\n\n",
    "no-text": b"\xff\xfe" * 64,
    "huge": b"a" * 10_000,
    "short": b"abc",
    "shared-1": b"0123456789abcdef" * 8,
    "shared-2": b"0123456789abcdef" * 8,
    "controls": b"\x1b[31m" + b"a" * 64,
}


def record(root: Path, student: str) -> None:
    """Enter a student's work as `autograde grade` would."""
    master = read_master(root / "source" / ASSIGNMENT / "small.ipynb")
    wrong = CellVerdict("relative_error-check", "relative_error", 0.0, 2.5, Outcome.WRONG, text=f"for {student} alone")
    verdict = Verdict(student, ASSIGNMENT, "small", (wrong,), key="k")
    submitted = root / "submitted" / student / ASSIGNMENT / "small.ipynb"
    with GradebookWriter(root) as writer:
        writer.ensure(master)
        writer.record(verdict, replace(rebuild(master, submitted.read_bytes()), notes=()))


def hand_in(root: Path, student: str, secret: bytes) -> None:
    """A hand-in that did not come by `nbgrader submit`, or pretends to."""
    folder = root / "submitted" / student / ASSIGNMENT
    folder.mkdir(parents=True)
    (folder / "small.ipynb").write_bytes((root / "release" / ASSIGNMENT / "small.ipynb").read_bytes())
    if secret:
        (folder / "submission_secret.txt").write_bytes(secret)
    record(root, student)


@pytest.fixture
def course(tmp_path: Path, small_course: Path) -> Path:
    """A course of its own, with an exchange, and a student's folder and cache beside it."""
    root = tmp_path / "course"
    text = root / "course" / ASSIGNMENT / "small.md"
    text.parent.mkdir(parents=True)
    text.write_text((small_course / "course" / ASSIGNMENT / "small.md").read_text(encoding="utf-8"), encoding="utf-8")
    build(root)
    for name in ("exchange", "cache", "student", "home"):
        (tmp_path / name).mkdir()
    (tmp_path / "exchange").chmod(0o777)
    settings = (
        f"c = get_config()\nc.CourseDirectory.root = {str(root)!r}\nc.CourseDirectory.course_id = {COURSE!r}\n"
        f"c.Exchange.root = {str(tmp_path / 'exchange')!r}\nc.Exchange.cache = {str(tmp_path / 'cache')!r}\n"
        f"c.Exchange.assignment_dir = {str(tmp_path / 'student')!r}\n"
    )
    for folder in (root, tmp_path / "student"):
        (folder / "nbgrader_config.py").write_text(settings, encoding="utf-8")
    return root


def nbgrader(folder: Path, *words: str) -> str:
    """Run one of nbgrader's commands as a person would, and return what it said."""
    home = str(folder.parent / "home")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # nbgrader calls `alembic`
    environment = os.environ | {"PATH": path, "HOME": home, "JUPYTER_CONFIG_DIR": home, "JUPYTER_DATA_DIR": home}
    command = [sys.executable, "-m", "nbgrader", *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_a_student_fetches_what_was_released_and_others_do_not_stop_it(course: Path) -> None:
    me, student = getpass.getuser(), course.parent / "student"
    nbgrader(course, "release_assignment", ASSIGNMENT)
    nbgrader(student, "fetch_assignment", ASSIGNMENT)
    nbgrader(student, "submit", ASSIGNMENT)
    nbgrader(course, "collect", ASSIGNMENT)
    record(course, me)
    for name, secret in SECRETS.items():
        hand_in(course, name, secret)
    told: list[str] = []
    write_feedback(course, ASSIGNMENT, say=told.append)
    nbgrader(course, "release_feedback", ASSIGNMENT)
    nbgrader(student, "fetch_feedback", ASSIGNMENT)
    released = [path.read_text(encoding="utf-8") for path in (course.parent / "exchange").glob("*/feedback/*.html")]
    assert len(released) == len(SECRETS) + 1
    (fetched,) = (student / ASSIGNMENT / "feedback").glob("*/small.html")
    assert f"for {me} alone" in fetched.read_text(encoding="utf-8")
    assert fetched.read_bytes() == (course / "feedback" / me / ASSIGNMENT / "small.html").read_bytes()
    (sentence,) = told
    assert sentence.startswith(f"{len(SECRETS)} handed in without a secret of their own")
    assert sentence.endswith("will not find their pages. Send them.")
    assert me not in sentence.split(": ")[1].split(". ")[0].split(", ")


def secret_of(course: Path, student: str) -> str:
    return (course / "feedback" / student / ASSIGNMENT / "submission_secret.txt").read_text(encoding="ascii")


def test_a_hand_ins_own_secret_and_time_are_taken_as_they_are(course: Path) -> None:
    hand_in(course, "ada", b"")
    folder = course / "submitted" / "ada" / ASSIGNMENT
    (folder / "submission_secret.txt").write_text("ab" * 64, encoding="ascii")
    (folder / "timestamp.txt").write_text("2026-11-02 10:00:00.000000 UTC", encoding="ascii")
    record(course, "ada")
    write_feedback(course, ASSIGNMENT)
    assert secret_of(course, "ada") == "ab" * 64
    stamp = course / "feedback" / "ada" / ASSIGNMENT / "timestamp.txt"
    assert stamp.read_text(encoding="ascii") == "2026-11-02 10:00:00.000000 UTC"


def test_whoever_has_no_secret_of_their_own_gets_one_that_lasts_and_nobody_else_has(course: Path) -> None:
    for name, secret in SECRETS.items():
        hand_in(course, name, secret)
    write_feedback(course, ASSIGNMENT)
    made = {name: secret_of(course, name) for name in SECRETS}
    assert {len(secret) for secret in made.values()} == {128}
    assert not {secret.encode() for secret in made.values()} & set(SECRETS.values())
    assert len(set(made.values())) == len(SECRETS)
    for name in SECRETS:
        write_feedback(course, ASSIGNMENT, [name])
    assert {name: secret_of(course, name) for name in SECRETS} == made


def test_a_secret_that_is_a_link_is_not_followed(course: Path) -> None:
    hand_in(course, "ada", b"")
    (course / "theirs").write_text("somebody-elses-secret" * 4, encoding="ascii")
    (course / "submitted" / "ada" / ASSIGNMENT / "submission_secret.txt").symlink_to(course / "theirs")
    write_feedback(course, ASSIGNMENT)
    assert "somebody" not in secret_of(course, "ada")


def test_a_secret_is_for_graders_only(course: Path) -> None:
    hand_in(course, "ada", b"")
    write_feedback(course, ASSIGNMENT)
    path = course / "feedback" / "ada" / ASSIGNMENT / "submission_secret.txt"
    assert stat.S_IMODE(path.stat().st_mode) & 0o007 == 0


def test_nothing_is_said_where_nobody_uses_the_exchange(course: Path) -> None:
    hand_in(course, "ada", b"")
    told: list[str] = []
    write_feedback(course, ASSIGNMENT, say=told.append)
    assert told == []
