"""nbgrader's button and command on a course that knows nothing of this project: two lines, and it is in the sandbox."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory

from autograde.course.folder import Course
from autograde.gradebook.database import course_config, gradebook_of
from autograde.grading import serve
from tests.autograde import ordinary_course as ordinary
from tests.autograde.ordinary_course import ASSIGNMENT

#: What docs/any-course.md has an instructor write, and the course's own folder.
CONFIG = """c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.course_id = "course101"
c.Autograde.exporter_class = "autograde.plugin.Sandboxed"
c.Autograde.autograde_preprocessors = ["autograde.plugin.NeverUnprotected"]
"""
PROBE = "from pathlib import Path\nPath({target!r}).write_text('with the rights of the grader')\n"


@pytest.fixture
def course(tmp_path: Path) -> Iterator[Course]:
    root = ordinary.documentation_course(tmp_path / "course")
    (root / "nbgrader_config.py").write_text(CONFIG.format(root=str(root)))
    yield Course(root)
    with suppress(FileNotFoundError, ProcessLookupError):
        os.kill(int((root / ".autograde" / serve.PID).read_text(encoding="ascii")), signal.SIGKILL)


def test_the_button_grades_the_documentation_course_in_the_sandbox(course: Course, tmp_path: Path) -> None:
    """The scores are nbgrader's, and what a student's cell writes outside of the box is nowhere."""
    target = tmp_path / "probe"
    path = course.root / "submitted" / "hacker" / ASSIGNMENT / "problem1.ipynb"
    probing = PROBE.format(target=str(target)).replace("\n", "\\n").replace('"', '\\"')
    text = path.read_text(encoding="utf-8")
    assert '"def squares(n):\\n"' in text
    path.write_text(text.replace('"def squares(n):\\n"', f'"{probing}", "def squares(n):\\n"', 1), encoding="utf-8")
    config = course_config(course.root)
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    results = {student: api.autograde(ASSIGNMENT, student) for student in ("bitdiddle", "hacker")}
    assert all(result["success"] for result in results.values()), results
    assert not target.exists()
    with gradebook_of(course.root) as book:
        found = {one.student.id: (one.score, one.max_score) for one in book.assignment_submissions(ASSIGNMENT)}
    assert found["bitdiddle"] == (1.5, 13.0)
    assert found["hacker"][0] < 3.0  # the cell that tried stopped there, and its function is not defined
