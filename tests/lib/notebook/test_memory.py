"""What is remembered of a student: little, on their machine alone, and never in the way."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from machine_room.notebook import forget, progress, recorded
from machine_room.notebook.board import points_line
from machine_room.notebook.memory import folder, read, remember
from machine_room.notebook.points import Assignment, assignments

FIRST = assignments()[0]


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A student's folder as the course gives it out; one works in its first notebook."""
    for one in assignments():
        (tmp_path / one.name).mkdir()
        (tmp_path / one.name / one.notebook).write_text("{}")
    monkeypatch.chdir(tmp_path / FIRST.name)
    return tmp_path


def test_the_file_says_what_has_passed_and_nothing_else(course: Path) -> None:
    remember("forward_difference", passed=True)
    remember("relative_error", passed=False)
    remember("numerical_gradient", passed=True)
    [path] = (course / ".machine_room").iterdir()
    assert path.name == f"{FIRST.name}.json"
    assert json.loads(path.read_text()) == {"format": 1, "passed": ["forward_difference", "numerical_gradient"]}


def test_it_lies_outside_of_what_is_handed_in(course: Path) -> None:
    remember("forward_difference", passed=True)
    assert sorted(path.name for path in (course / FIRST.name).iterdir()) == [FIRST.notebook]


def test_a_notebook_somewhere_else_remembers_beside_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    remember("forward_difference", passed=True)
    assert folder() == tmp_path / ".machine_room"
    assert read(FIRST).passed == {"forward_difference"}


def test_the_latest_check_counts(course: Path) -> None:
    remember("forward_difference", passed=True)
    assert remember("forward_difference", passed=False).passed == frozenset()
    assert read(FIRST).passed == frozenset()


def test_every_notebook_sees_the_whole_course(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remember("forward_difference", passed=True)
    monkeypatch.chdir(course / assignments()[2].name)
    remember("adam_step", passed=True)
    said = progress().text
    both = FIRST.checks["forward_difference"] + assignments()[2].checks["adam_step"]
    assert said.splitlines()[0].startswith(f"{both:g} of 132 points so far")
    assert f"Continue here: {FIRST.name}/{FIRST.notebook}, numerical_gradient." in said


def test_an_exercise_of_no_course_is_not_remembered(course: Path) -> None:
    assert remember("nothing_of_ours", passed=True).passed == frozenset()
    assert not (course / ".machine_room").exists()


DAMAGED: dict[str, bytes] = {
    "cut off": b'{"format": 1, "pas',
    "empty": b"",
    "no text": b"\xff\xfe\x00",
    "a list": b"[]",
    "a number": b"7",
    "another format": b'{"format": 2, "passed": []}',
    "no names": b'{"format": 1}',
    "names that are none": b'{"format": 1, "passed": [1, null]}',
    "a name alone": b'{"format": 1, "passed": "relu"}',
    "deeply nested": b"[" * 50_000,
    "endless": b'{"format": 1, "passed": ["' + b"a" * 200_000 + b'"]}',
    "a huge number": b"1" * 90_000,
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_one_sentence_and_the_next_check_writes_it_anew(content: bytes, course: Path) -> None:
    remember("forward_difference", passed=True)
    path = course / ".machine_room" / f"{FIRST.name}.json"
    path.write_bytes(content)
    complaint = read(FIRST).complaint
    assert complaint == (
        f"{path} is damaged, so what it remembered is not counted. Run the notebook's checks again: the first one "
        "writes the file anew."
    )
    assert progress().text.count(complaint) == 1
    assert len(recorded().text) < 4_000
    assert remember("numerical_gradient", passed=True).complaint == ""
    assert read(FIRST).passed == {"numerical_gradient"}


def test_names_that_are_no_exercises_of_the_notebook_count_for_nothing(course: Path) -> None:
    remember("forward_difference", passed=True)
    path = course / ".machine_room" / f"{FIRST.name}.json"
    path.write_text(json.dumps({"format": 1, "passed": ["forward_difference", "adam_step", "<script>"]}))
    assert read(FIRST).passed == {"forward_difference"}


def a_file_where_the_folder_should_be(course: Path) -> None:
    (course / ".machine_room").write_text("mine")


def a_folder_where_the_file_should_be(course: Path) -> None:
    (course / ".machine_room" / f"{FIRST.name}.json").mkdir(parents=True)


def a_dead_end(course: Path) -> None:
    (course / ".machine_room").symlink_to(course / "nowhere" / "deeper")


@pytest.mark.parametrize(
    "spoil",
    [a_file_where_the_folder_should_be, a_folder_where_the_file_should_be, a_dead_end],
    ids=lambda f: f.__name__,
)
def test_where_nothing_can_be_written_the_check_still_counts_and_one_sentence_says_so(
    spoil: Callable[[Path], None], course: Path
) -> None:
    spoil(course)
    memory = remember("forward_difference", passed=True)
    assert "This cannot be remembered: " in memory.complaint
    assert "\n" not in memory.complaint
    assert points_line("forward_difference", memory.passed).startswith("1 of 1 point in this exercise")
    assert "0 of 132 points so far" in progress().text


def test_a_write_that_is_cut_short_leaves_what_was_there(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remember("forward_difference", passed=True)
    path = course / ".machine_room" / f"{FIRST.name}.json"
    before = path.read_bytes()

    def full(*given: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "replace", full)
    assert "No space left on device" in remember("numerical_gradient", passed=True).complaint
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_all_that_is_recorded_is_shown_and_can_be_deleted(course: Path) -> None:
    assert str(recorded()) == "Nothing is recorded of you here."
    assert str(forget()) == "Nothing is recorded of you here."
    remember("forward_difference", passed=True)
    said = recorded().text
    assert '{"format": 1, "passed": ["forward_difference"]}' in said
    assert str(course / ".machine_room") in said
    assert str(forget()) == f"Deleted in {course / '.machine_room'}: {FIRST.name}.json."
    assert not (course / ".machine_room").exists()


def test_to_forget_takes_no_file_that_is_not_ours(course: Path) -> None:
    remember("forward_difference", passed=True)
    (course / ".machine_room" / "mine").write_text("mine")
    forget()
    assert [path.name for path in (course / ".machine_room").iterdir()] == ["mine"]


@pytest.mark.parametrize("one", assignments(), ids=lambda one: one.name)
def test_the_line_below_a_check_adds_up(one: Assignment) -> None:
    passed: frozenset[str] = frozenset()
    earned = 0.0
    for name, points in one.checks.items():
        begins = "optional, it has no points, " if name in one.optional else f"0 of {points:g} point"
        assert points_line(name, passed).startswith(begins)
        passed |= {name}
        earned += points
        assert points_line(name, passed).endswith(f", {earned:g} of {one.total:g} in this notebook")
    last = [name for name in one.checks if name not in one.optional][-1]
    assert points_line(last, passed, up_to=True).startswith(f"up to {one.checks[last]:g} point")
    assert earned + one.written == one.total


def test_when_all_is_passed_there_is_nowhere_to_go_on(course: Path) -> None:
    for one in assignments():
        for name in one.checks:
            remember(name, passed=True)
    assert "Every check that is asked for has passed. Hand in what you have not handed in yet." in progress().text
    assert progress().text.startswith("128 of 132 points so far")


def test_what_is_optional_is_counted_apart_and_nobody_is_sent_there(course: Path) -> None:
    second = assignments()[1]
    assert {"selu", "gelu", "gelu_derivative", "mish"} == second.optional
    for one in assignments():
        for name in one.checks:
            remember(name, passed=name not in one.optional or name == "mish")
    line, other = (next(line for line in progress().text.splitlines() if assignments()[n].name in line) for n in (1, 4))
    asked = len(second.checks) - 4
    assert line.endswith(f"25 of 25 points  functions: {asked} of {asked}, optional 1 of 4")
    assert f">{asked} of {asked}<br>optional 1 of 4</td>" in progress().html
    assert "Every check that is asked for has passed." in progress().text
    assert "optional" not in other


def test_a_notebook_begun_with_what_is_optional_goes_on_with_what_is_asked(course: Path) -> None:
    for one in assignments():
        for name in one.checks:
            remember(name, passed=name not in ("elu", "selu"))
    assert f"Continue here: {assignments()[1].name}/{assignments()[1].notebook}, elu." in progress().text


def test_the_board_links_to_the_notebooks_that_are_there(course: Path) -> None:
    there, gone = assignments()[1], assignments()[2]
    (course / gone.name / gone.notebook).unlink()
    page = progress().html
    assert f'<a href="../{there.name}/{there.notebook}">' in page
    assert f"../{gone.name}/" not in page
