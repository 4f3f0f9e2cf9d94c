"""A course's autograde.toml: read strictly, or refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograde.course.folder import Course
from autograde.course.settings import FILE, Feedback, Settings, SettingsError, read_settings


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


REFUSED = {
    "a page that is a list": ("feedback = [1]", "feedback should be a table"),
    "a slip of the pen about a page": ("[feedback]\nhint = 1", "hint is no setting. Known: hints, open_hints, share"),
    "a step that is none": ("[feedback]\nhints = 0", r"hints should be 1 \(where it is wrong\), 2 .* not 0"),
    "a step too far": ("[feedback]\nopen_hints = 4", "open_hints should be 1"),
    "half a step": ("[feedback]\nhints = 1.0", "hints should be 1"),
    "a step that is true": ("[feedback]\nhints = true", "hints should be 1"),
    "a share in words": ('[feedback]\nshare_right = "yes"', "share_right should be true or false, not 'yes'"),
    "a share in numbers": ("[feedback]\nshare_right = 1", "share_right should be true or false, not 1"),
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
