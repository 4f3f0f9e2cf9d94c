"""What `autograde doctor` says of a course whose tests are its own, before anything is graded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograde.cli import autograde
from autograde.course.folder import Course
from autograde.trial.survey import Remark, survey
from tests.autograde import ordinary_course as ordinary
from tests.autograde.ordinary_course import ASSIGNMENT, NOTEBOOK, code, graded

#: A cell of a master, or the whole configuration, and what is said of it; whether it stops the assignment.
TROUBLE = {
    "an undeclared library": (code("import scipy.stats"), 'libraries = ["scipy"]', False),
    "a library that is not here": (code("def f(): import surely_not"), "imports surely_not, which is not", False),
    "a shell command": (code("!ls data"), "!ls runs another program", False),
    "a cell of Bash": (code("%%bash\nls"), "%%bash runs another program", False),
    "an address": (code("where = 'http://a.b/c'"), "no network in the sandbox", False),
    "a library for the network": (code("import socket"), "imports socket: there is no network", False),
    "another process": (code("import subprocess"), "there is one process in the sandbox", False),
    "a file elsewhere": (code("open('/home/me/data.csv')"), "/home/me/data.csv, which is outside", False),
    "a file above": (code("open('../data.csv')"), "../data.csv, which is outside", False),
    "a question": (code("input('?')"), "nobody is there to answer", False),
    "a test without a line": (graded("empty", " ", 1), "everyone gets its points", False),
    "an answer without an end": (code("# BEGIN SOLUTION\n1"), "has a line BEGIN SOLUTION without its END", True),
    "nbgrader's AUTOTEST": (graded("auto", "### AUTOTEST squares(1)", 1), "has a line AUTOTEST", True),
}  # fmt: skip
SETTINGS = {
    "marks of its own": ("c.ClearMarkScheme.end_mark_scheme_delimeter = 'X'", "would be shown to students", True),
    "a folder of its own": ("c.CourseDirectory.feedback_directory = 'back'", "knows the folder as feedback/", True),
    "a time": ("c.Execute.timeout = 90", "a cell may take 90 seconds", False),
    "a program that fails": ("1 / 0", "cannot be run", True),
}


def said(root: Path, text: str) -> list[Remark]:
    return [remark for remark in survey(Course(root)) if text in remark.text]


@pytest.mark.parametrize("name", TROUBLE)
def test_what_would_not_work_is_said(tmp_path: Path, name: str) -> None:
    cell, text, stops = TROUBLE[name]
    root = ordinary.lay_out(tmp_path, *ordinary.EVERY_TRAIT, cell)
    (remark,) = said(root, text)
    assert (remark.assignment, remark.stops) == (ASSIGNMENT, stops)


@pytest.mark.parametrize("name", SETTINGS)
def test_what_the_configuration_settles_is_said(tmp_path: Path, name: str) -> None:
    line, text, stops = SETTINGS[name]
    root = ordinary.lay_out(tmp_path)
    (root / "nbgrader_config.py").write_text(f"c = get_config()\n{line}\n")
    (remark,) = said(root, text)
    assert remark.stops == stops


def test_of_a_course_without_trouble_only_the_mode_and_the_time_are_said(tmp_path: Path) -> None:
    remarks = survey(Course(ordinary.lay_out(tmp_path)))
    assert [remark.text[:26] for remark in remarks] == ["the tests of problem1 run ", "a cell may take 30 seconds"]


def test_of_a_course_of_ours_nothing_is_said(small_course: Path) -> None:
    assert survey(Course(small_course)) == []


@pytest.mark.parametrize(("kernel", "language"), [
    ({"name": "ir"}, "R"), ({"name": "julia-1.10", "language": "julia"}, "julia"), ({"name": "bash"}, "Bash"),
])  # fmt: skip
def test_another_language_is_refused_by_name(tmp_path: Path, kernel: dict[str, str], language: str) -> None:
    root = ordinary.lay_out(tmp_path)
    path = root / "source" / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    ordinary.write(path, ordinary.notebook(*ordinary.EVERY_TRAIT, kernel={"display_name": "x", **kernel}))
    (remark,) = said(root, f"is written in {language}, and the sandbox runs Python alone")
    assert remark.stops


def test_the_command_says_it_and_ends_as_a_program_can_tell(tmp_path: Path) -> None:
    root = ordinary.lay_out(tmp_path, graded("auto", "### AUTOTEST squares(1)", 1))
    done = CliRunner().invoke(autograde, ["doctor", "--json", "--course", str(root)])
    told = [one["remark"] for one in json.loads(done.output) if "remark" in one]
    assert done.exit_code == 1
    assert [one["stops"] for one in told] == [False, False, True]
