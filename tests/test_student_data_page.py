"""docs/student-data.md and the code name the same places, terms and limits of what can be reached."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autograde.contract.records import Place
from autograde.course.folder import Course
from autograde.course.settings import KEPT
from autograde.grading.records import places

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "student-data.md").read_text(encoding="utf-8")
HEADING = re.compile(r"^\| place \|.*`export`, `forget` \|$", re.MULTILINE)


def rows() -> dict[str, str]:
    """The places of the page's tables, and what the commands do about each."""
    found = {}
    for heading in HEADING.finditer(PAGE):
        for line in PAGE[heading.end() :].lstrip("\n").splitlines()[1:]:
            if not line.startswith("|"):
                break
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            found[cells[0].strip("`")] = cells[-1]
    return found


@pytest.fixture
def everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Place, ...]:
    """The places of a course that uses both exchanges."""
    monkeypatch.setenv("MACHINE_ROOM_EXCHANGE_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "a token")
    (tmp_path / "exchange" / "machine-room").mkdir(parents=True)
    (tmp_path / "nbgrader_config.py").write_text(
        f'c = get_config()\nc.CourseDirectory.course_id = "machine-room"\nc.Exchange.root = "{tmp_path}/exchange"\n'
    )
    return places(Course(tmp_path))


def test_the_page_names_every_place_and_what_the_commands_do_there(everywhere: tuple[Place, ...]) -> None:
    reached = {name for name, said in rows().items() if not said.startswith("no:")}
    assert reached == {place.name for place in everywhere}
    assert len(rows()) > len(reached), "what is a student's own is named, too"


def test_every_place_says_in_a_sentence_what_it_is(everywhere: tuple[Place, ...]) -> None:
    assert all(place.about.endswith(".") and place.about[0].isupper() for place in everywhere)


def test_the_page_names_every_term_that_can_be_set() -> None:
    block = PAGE.partition("[retention]")[2].partition("```")[0]
    assert tuple(re.findall(r"^(\w+) = \d+", block, re.MULTILINE)) == KEPT


def test_students_find_the_page_and_the_notice() -> None:
    assert "(student-data.md)" in (ROOT / "docs" / "student.md").read_text(encoding="utf-8")
    notice = (ROOT / "course" / "00-start.md").read_text(encoding="utf-8").partition("## What is recorded of you")[2]
    for word in (
        "When you hand in",
        "under your name",
        "points",
        "can read it",
        "how long",
        "removed",
        ".machine_room",
    ):
        assert word in " ".join(notice.split()), word
