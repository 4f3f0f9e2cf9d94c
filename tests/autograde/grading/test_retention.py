"""How long what is recorded is kept: what is older goes, with the settings' word, and what is not stays."""

from __future__ import annotations

import fcntl
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autograde.contract.failures import CourseError
from autograde.course.folder import Course
from autograde.gradebook.database import gradebook_of
from autograde.grading.client import LOG
from autograde.grading.retention import expire, expired
from tests.autograde.conftest import ASSIGNMENT

JOURNAL = f".autograde/journal/{ASSIGNMENT}-small.jsonl"
HAND_IN = f"ada+{ASSIGNMENT}+2026-11-20 12:00:00 UTC+abc"
FILES = {
    "submitted": f"submitted/ada/{ASSIGNMENT}/small.ipynb",
    "autograded": f"autograded/ada/{ASSIGNMENT}/small.ipynb",
    "feedback": f"feedback/ada/{ASSIGNMENT}/small.html",
    "journal": JOURNAL,
    "exchange": f"../exchange/machine-room/inbound/{HAND_IN}/small.ipynb",
}


@pytest.fixture
def course(tmp_path: Path) -> Course:
    course = Course(tmp_path / "course")
    for name in (*FILES.values(), f".autograde/{LOG}", "../exchange/machine-room/feedback/0123abcd.html"):
        path = course.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("kept")
    (course.root / "nbgrader_config.py").write_text(
        f'c = get_config()\nc.CourseDirectory.course_id = "machine-room"\nc.Exchange.root = "{tmp_path}/exchange"\n'
    )
    return course


def settings(course: Course, **days: int) -> None:
    lines = ["[retention]", *(f"{name}_days = {number}" for name, number in days.items())]
    (course.root / "autograde.toml").write_text("\n".join(lines))


def after(days: float) -> datetime:
    """So many days from now. When a file was put in its place no test can change."""
    return datetime.now(UTC) + timedelta(days=days)


def files_of(root: Path) -> set[str]:
    """What lies there; of what is ours the records alone."""
    found = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    return {name for name in found if not name.endswith(("lock", ".pyc"))}


@pytest.mark.parametrize("name", FILES)
def test_what_is_older_goes_and_a_day_before_it_stays(course: Course, tmp_path: Path, name: str) -> None:
    days = {name: 30} if name in ("submitted", "exchange") else {"submitted": 30, name: 30}
    settings(course, **days)
    before = files_of(tmp_path)
    assert expire(course, after(29)) == []
    assert expired(course, after(31))
    assert files_of(tmp_path) == before, "neither a look nor a day too early removes anything"
    expire(course, after(31))
    gone = {os.path.normpath(f"course/{FILES[one]}") for one in days}
    more = {"journal": {f"course/.autograde/{LOG}"}, "exchange": {"exchange/machine-room/feedback/0123abcd.html"}}
    assert before - files_of(tmp_path) == gone | more.get(name, set())
    assert not (course.root / ".autograde" / "forgetting").exists()
    if name in ("submitted", "autograded", "feedback"):
        assert not (course.root / name / "ada").exists(), "no empty folder has a name on it"


def test_what_was_handed_in_anew_is_not_old_and_its_times_do_not_make_it_so(course: Course) -> None:
    settings(course, submitted=30)
    path = course.root / FILES["submitted"]
    os.utime(path, (0, 0))  # as `collect` keeps the time that a student's file says
    assert expired(course) == []
    (path.parent / "second.txt").write_text("handed in later")
    assert len(expired(course, after(31))) == 1


def test_no_link_is_followed(course: Course, tmp_path: Path) -> None:
    settings(course, submitted=1)
    outside = tmp_path / "outside" / ASSIGNMENT
    outside.mkdir(parents=True)
    (outside / "small.ipynb").write_text("another's")
    (course.root / "submitted" / "bob").symlink_to(tmp_path / "outside")
    (course.root / "submitted" / "ada" / "linked").symlink_to(outside)
    expire(course, after(2))
    assert (outside / "small.ipynb").read_text() == "another's"
    assert (course.root / "submitted" / "bob").is_symlink()
    assert not (course.root / "submitted" / "ada").exists()


def test_while_somebody_grades_nothing_goes(course: Course, tmp_path: Path) -> None:
    settings(course, submitted=1)
    (course.private / "lock").touch()
    before = files_of(tmp_path)
    with (course.private / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(CourseError, match="Another run is grading"):
            expire(course, after(2))
    assert files_of(tmp_path) == before


def test_who_was_killed_goes_on(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    settings(course, submitted=1, feedback=1)
    with monkeypatch.context() as patch:
        patch.setattr("autograde.course.belongings.shutil.rmtree", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            expire(course, after(2))
    assert (course.root / ".autograde" / "forgetting" / "expired").is_dir()
    assert not (course.root / FILES["submitted"]).exists()
    assert expire(course, after(2)) == []
    assert not (course.root / ".autograde" / "forgetting").exists()


def test_the_gradebook_stays(course: Course) -> None:
    with gradebook_of(course.root) as book:
        book.update_or_create_student("ada")
    settings(course, submitted=1, autograded=1, feedback=1, journal=1, exchange=1)
    expire(course, after(2))
    with gradebook_of(course.root) as book:
        assert [student.id for student in book.students] == ["ada"]


REFUSED = {
    "retention = 3": "retention should be a table",
    "[retention]\nsubmitted_days = 0": "whole numbers of days",
    "[retention]\nsubmitted_days = -1": "whole numbers of days",
    "[retention]\nsubmitted_days = 1.5": "whole numbers of days",
    "[retention]\nsubmitted_days = 99999999": "whole numbers of days",
    "[retention]\nsubmitted_days = true": "whole numbers of days",
    '[retention]\nsubmitted_days = "a year"': "whole numbers of days",
    "[retention]\nsubmitted = 30": "submitted is not kept for a time. Known: submitted_days",
    "[retention]\ngradebook_days = 30": "gradebook_days is not kept for a time",
    "[retention]\nfeedback_days = 30": "feedback_days = 30 would go before the hand-ins",
    "[retention]\njournal_days = 30\nsubmitted_days = 31": "journal_days = 30 would go before the hand-ins",
    "": "does not say how long anything is kept",
    "[retention]": "does not say how long anything is kept",
}


@pytest.mark.parametrize("text", REFUSED)
def test_settings_that_cannot_be_meant_are_one_sentence_and_remove_nothing(
    course: Course, tmp_path: Path, text: str
) -> None:
    (course.root / "autograde.toml").write_text(text)
    before = files_of(tmp_path)
    with pytest.raises(CourseError, match=REFUSED[text].replace("(", r"\(")):
        expire(course, after(40_000))
    assert files_of(tmp_path) == before
