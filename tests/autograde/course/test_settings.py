"""A course's autograde.toml: read strictly, or refused in a sentence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autograde.course.folder import Course
from autograde.course.settings import FILE, Feedback, Settings, SettingsError, read_settings
from autograde.course.watch import Counts, Show, Watch


def test_a_course_needs_no_settings(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == Settings() == Course(tmp_path).settings()
    assert Settings().libraries == ()


def test_the_libraries_that_a_course_declares(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('# more\nlibraries = ["scipy", "sympy[pretty]"]\n', encoding="utf-8")
    assert read_settings(tmp_path).libraries == ("scipy", "sympy[pretty]")


def test_what_is_declared_is_on_the_list(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('libraries = ["scikit-learn"]', encoding="utf-8")
    names = {library.name for library in read_settings(tmp_path).allowed()}
    assert {"numpy", "scikit-learn", "scipy", "joblib", "threadpoolctl"} <= names


def test_the_limits_that_a_course_sets(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("[limits]\nrequest_seconds = 30\nsubmission_seconds = 450.5\n", encoding="utf-8")
    assert read_settings(tmp_path).limits == {"request_seconds": 30, "submission_seconds": 450.5}


def test_what_a_students_page_tells(tmp_path: Path) -> None:
    assert read_settings(tmp_path).feedback == Feedback(hints=3, open_hints=2, share_right=False)
    (tmp_path / FILE).write_text("[feedback]\nhints = 1\nshare_right = true\n", encoding="utf-8")
    assert read_settings(tmp_path).feedback == Feedback(hints=1, open_hints=2, share_right=True)


def test_what_a_course_grades_while_the_student_watches(tmp_path: Path) -> None:
    text = """
        [watch.01-backprop]
        [watch.02-activations]
        show = "points"
        attempts = 3
        pause_seconds = 90
        until = 2026-12-01T23:59:00+01:00
        counts = "best"
    """
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    until = datetime(2026, 12, 1, 22, 59, tzinfo=UTC)
    assert read_settings(tmp_path).watch == {
        "01-backprop": Watch(),
        "02-activations": Watch(Show.POINTS, 3, timedelta(seconds=90), until, Counts.BEST),
    }


REFUSED = {
    "a page that is a list": ("feedback = [1]", "feedback should be a table"),
    "a slip of the pen about a page": ("[feedback]\nhint = 1", "hint is no setting. Known: hints, open_hints, share"),
    "a step that is none": ("[feedback]\nhints = 0", r"hints should be 1 \(where it is wrong\), 2 .* not 0"),
    "a step too far": ("[feedback]\nopen_hints = 4", "open_hints should be 1"),
    "half a step": ("[feedback]\nhints = 1.0", "hints should be 1"),
    "a step that is true": ("[feedback]\nhints = true", "hints should be 1"),
    "a share in words": ('[feedback]\nshare_right = "yes"', "share_right should be true or false, not 'yes'"),
    "a share in numbers": ("[feedback]\nshare_right = 1", "share_right should be true or false, not 1"),
    "a watch that is a list": ("watch = ['01-backprop']", "watch should have a table for each assignment"),
    "a watch without an assignment": ("[watch]\nattempts = 3", "watch should have a table for each assignment"),
    "a setting of it that there is not": ("[watch.a]\ntries = 3", r"in \[watch.a\]: tries is no setting. Known: show"),
    "no attempts": ("[watch.a]\nattempts = 0", "attempts should be a whole number from 1 to 1000, not 0"),
    "attempts that are true": ("[watch.a]\nattempts = true", "attempts should be a whole number"),
    "a pause in words": ("[watch.a]\npause_seconds = '5 min'", "pause_seconds should be a whole number from 0"),
    "a pause backwards": ("[watch.a]\npause_seconds = -1", "pause_seconds should be a whole number from 0"),
    "a moment without a zone": ("[watch.a]\nuntil = 2026-12-01T23:59:00", "a date and a time with their zone"),
    "a day": ("[watch.a]\nuntil = 2026-12-01", "a date and a time with their zone"),
    "something else to show": ("[watch.a]\nshow = 'all'", "show should be one of 'points', 'hints', not 'all'"),
    "another one that counts": ("[watch.a]\ncounts = 'first'", "counts should be one of 'last', 'best'"),
    "a choice that is a list": ("[watch.a]\nshow = ['hints']", "show should be one of"),
    "no TOML": ("libraries = scipy", "cannot be read"),
    "not UTF-8": ("libraries = ['\udcff']", "cannot be read"),
    "a slip of the pen": ('library = ["scipy"]', "sets library, which is no setting. Known: libraries"),
    "a table": ('[libraries]\nscipy = "1"', "libraries should be a list of names in quotes"),
    "a name alone": ('libraries = "scipy"', "libraries should be a list of names in quotes"),
    "limits that are a list": ("limits = [1]", "limits should be a table of numbers"),
    "a limit in words": ('[limits]\nrequest_seconds = "30"', "limits should be a table of numbers"),
    "a limit that is true": ("[limits]\nrequest_seconds = true", "limits should be a table of numbers"),
    "a number": ("libraries = [1]", "libraries should be a list of names in quotes"),
}


@pytest.mark.parametrize(("text", "said"), REFUSED.values(), ids=REFUSED)
def test_anything_else_is_refused_with_the_files_name(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / FILE).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SettingsError, match=said) as refused:
        read_settings(tmp_path)
    assert str(tmp_path / FILE) in str(refused.value)
