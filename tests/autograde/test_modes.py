"""What we write with names or grades in it is its owner's alone, whatever the umask."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograde.cli import autograde
from autograde.course.folder import Course
from autograde.gradebook.database import gradebook_of
from autograde.grading import pool, serve
from tests.autograde.stand_ins import Box, full_marks
from tests.autograde.test_cli_situations import ASSIGNMENT, MASTER, run_with

DUE = "2026-12-01 23:59 UTC"
#: Every command that writes, in an order in which each finds what it needs.
COMMANDS: dict[str, tuple[str, ...]] = {
    "build": ("build",),
    "due": ("due", ASSIGNMENT, DUE),
    "grade": ("grade", ASSIGNMENT),
    "grade --json": ("grade", ASSIGNMENT, "--force", "--json"),
    "compare": ("compare", ASSIGNMENT),
    "feedback": ("feedback", ASSIGNMENT),
    "report": ("report", ASSIGNMENT, "--json"),
    "report --page": ("report", ASSIGNMENT, "--page"),
    "grades": ("grades", ASSIGNMENT, "--for", "moodle"),
    "answers": ("answers", ASSIGNMENT, "--to", "answers.json"),
    "export": ("export", "ada", "--to", "exports/folder"),
    "export, zip": ("export", "ada", "--to", "exports/ada.zip"),
    "forget": ("forget", "ada", "--yes"),
}
#: The others, and why they are not here.
WRITE_NO_NAMES = {
    "init": "there is no student yet",
    "kit": "there is no student in it",
    "translate": "there is no student in it",
    "verify": "writes nothing",
    "doctor": "writes nothing",
    "why": "writes nothing",
    "expire": "only removes",
    "serve": "writes as `grade` does; its log has a test of its own",
    "demo": "its students are made up",
    "watch": "the course's grader process writes, as `grade` does; what comes lies in submitted/",
    **dict.fromkeys(("new-course", "new-assignment", "new-exercise", "new-picture"), "there is no student yet"),
}
#: What is no record of a student, and as open as the umask has it. (submitted/ is written by who collects.)
OPEN = ("course", "source", "release", "editions", "submitted", "nbgrader_config.py")


@pytest.fixture(autouse=True)
def quick(in_this_process: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "Sandbox", lambda *_, **__: Box())
    monkeypatch.setattr(pool, "require", lambda isolation: None)
    monkeypatch.setattr(pool, "grade_notebook", full_marks)


@pytest.fixture(params=[0o022, 0o000], ids=["022", "000"])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield int(request.param)
    os.umask(before)


@pytest.fixture
def root(small_course: Path, tmp_path: Path) -> Path:
    root = tmp_path / "course"
    shutil.copytree(small_course, root)
    for student in ("ada", "bob"):
        folder = root / "submitted" / student / ASSIGNMENT
        folder.mkdir(parents=True)
        shutil.copy(root / MASTER, folder)
        (folder / "timestamp.txt").write_text("2026-11-20 12:00:00 UTC")
    (root / "nbgrader_config.py").write_text("c = get_config()\n")
    return root


def test_no_command_is_left_out() -> None:
    assert {command[0] for command in COMMANDS.values()} | WRITE_NO_NAMES.keys() == set(autograde.commands)


def modes(root: Path) -> dict[str, int]:
    found = {str(path.relative_to(root)): stat.S_IMODE(path.lstat().st_mode) for path in root.rglob("*")}
    return {name: mode for name, mode in found.items() if name.split("/")[0] not in OPEN and "__pycache__" not in name}


def can_be_reached(name: str, found: dict[str, int], wanted: Callable[[int], bool]) -> bool:
    """Whether a mode lets somebody at a file: also all folders above it have to let them in."""
    parts = name.split("/")
    above = ["/".join(parts[:at]) for at in range(1, len(parts))]
    return wanted(found[name]) and all(found[folder] & 0o011 for folder in above)


def test_whatever_a_command_writes_is_its_owners_alone(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], umask: int
) -> None:
    monkeypatch.chdir(root)
    seen: set[str] = set()
    for name, command in COMMANDS.items():
        assert run_with(monkeypatch, *command) == 0, (name, capsys.readouterr().err)
        found = modes(root)
        seen |= found.keys()
        others = [path for path in found if can_be_reached(path, found, lambda mode: bool(mode & 0o077))]
        # A folder that may be entered gives nothing away, but here there is none either.
        assert others == [], (name, oct(umask))
    wanted = {
        "gradebook.db",
        f".autograde/journal/{ASSIGNMENT}-small.jsonl",
        f"autograded/ada/{ASSIGNMENT}/small.ipynb",
        f"autograded/ada/{ASSIGNMENT}/timestamp.txt",
        f"feedback/ada/{ASSIGNMENT}/small.html",
        f"feedback/ada/{ASSIGNMENT}/submission_secret.txt",
        "exports/folder/index.json",
        "exports/ada.zip",
        f"reports/{ASSIGNMENT}.html",
        "grades-moodle.csv",
    }
    assert wanted <= seen


def test_the_modes_of_each_kind_of_file(root: Path, monkeypatch: pytest.MonkeyPatch, umask: int) -> None:
    monkeypatch.chdir(root)
    for name in ("grade", "feedback"):
        assert run_with(monkeypatch, *COMMANDS[name]) == 0
    found = modes(root)
    for name, mode in {
        "gradebook.db": 0o600,
        ".autograde": 0o700,
        ".autograde/journal": 0o700,
        f".autograde/journal/{ASSIGNMENT}-small.jsonl": 0o600,
        "autograded": 0o700,
        f"autograded/ada/{ASSIGNMENT}": 0o700,
        f"autograded/ada/{ASSIGNMENT}/small.ipynb": 0o400,
        "feedback": 0o700,
        f"feedback/ada/{ASSIGNMENT}": 0o700,
        f"feedback/ada/{ASSIGNMENT}/submission_secret.txt": 0o600,
        # release_feedback copies it, with this mode, to where its student reads it; here nobody else gets to it
        f"feedback/ada/{ASSIGNMENT}/small.html": 0o644,
    }.items():
        assert found[name] == mode, name


def test_a_group_of_graders_shares_what_nbgrader_says_is_shared(
    root: Path, monkeypatch: pytest.MonkeyPatch, umask: int
) -> None:
    monkeypatch.chdir(root)
    (root / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.groupshared = True\n")
    for name in ("grade", "feedback"):
        assert run_with(monkeypatch, *COMMANDS[name]) == 0
    found = modes(root)
    assert found[f"autograded/ada/{ASSIGNMENT}"] == found[f"feedback/ada/{ASSIGNMENT}"] == 0o2770
    assert found[f"autograded/ada/{ASSIGNMENT}/small.ipynb"] == 0o440
    assert found["gradebook.db"] == 0o660
    graded = [mode for name, mode in found.items() if name.startswith(("autograded/", "feedback/"))]
    assert graded
    assert not [mode for mode in graded if mode & 0o007 and mode != 0o644]


def test_the_log_of_the_grader_process_is_its_owners_alone(
    root: Path, monkeypatch: pytest.MonkeyPatch, umask: int
) -> None:
    monkeypatch.chdir(root)
    monkeypatch.setattr("os.dup2", lambda *_: None)
    serve._let_go(Course(root))
    assert stat.S_IMODE((root / ".autograde" / serve.LOG).stat().st_mode) == 0o600


def test_a_gradebook_that_was_there_keeps_its_mode(root: Path, umask: int) -> None:
    with gradebook_of(root):
        pass
    (root / "gradebook.db").chmod(0o660)
    with gradebook_of(root):
        pass
    assert stat.S_IMODE((root / "gradebook.db").stat().st_mode) == 0o660
