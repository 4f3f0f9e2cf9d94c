"""The gradebook and autograded/ are nbgrader's own, and what a person entered stays."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from autograde.contract.failures import CourseError
from autograde.contract.verdict import CellOutput, CellVerdict, Outcome, Verdict
from autograde.course.intake import rebuild
from autograde.course.notebook import Cell, Notebook, Role, cell_json, notebook_json
from autograde.gradebook import database
from autograde.gradebook.autograded import harmless_markdown
from autograde.gradebook.writer import GradebookWriter, register

ASSIGNMENT = "01-backprop"
ANSWERS = {
    "relative_error": "def relative_error(a, b):\n    return 0",
    "gradient_descent_step": "def gradient_descent_step(theta, gradient, *, learning_rate):\n    # YOUR CODE HERE\n"
    "    raise NotImplementedError()",
    "written-one-step-1": "Downhill.",
}


def handed_in(master: Notebook, **answers: str) -> Notebook:
    """A submission of the small course, rebuilt."""
    merged = {**ANSWERS, **{name.replace("__", "-"): text for name, text in answers.items()}}
    cells = [replace(cell, source=merged.get(cell.id, cell.source)) for cell in master.cells]
    return rebuild(master, json.dumps(notebook_json(cell_json(cell) for cell in cells)).encode())


def verdict_on(master: Notebook, points: tuple[float | None, float | None] = (2.5, 0.0), **changes: Any) -> Verdict:
    def cell(identifier: str, points: float | None, most: float) -> CellVerdict:
        outcome = Outcome.GRADER_ERROR if points is None else Outcome.CORRECT if points else Outcome.WRONG
        return CellVerdict(f"{identifier}-check", identifier, points, most, outcome, text="why", html="<b>why</b>")

    values: dict[str, Any] = {
        "student": "ada",
        "assignment": ASSIGNMENT,
        "notebook": "small",
        "cells": (
            cell("relative_error", points[0], 2.5),
            cell("gradient_descent_step", points[1], 1.0),
            CellVerdict("written-one-step-1", None, None, 3.0, Outcome.NOT_GRADED),
        ),
        "key": "key-1",
    }
    return Verdict(**{**values, **changes})


@pytest.fixture(params=["sqlite", "postgresql"])
def root(request: pytest.FixtureRequest, tmp_path: Path, small_course: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course with its gradebook in SQLite, and one in PostgreSQL."""
    shutil.copytree(small_course / "source", tmp_path / "source")
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql").new_database()
        monkeypatch.setattr(database, "_url", lambda root, folder: url)
    return tmp_path


on_sqlite = pytest.mark.parametrize("root", ["sqlite"], indirect=True)


@pytest.fixture
def writer(root: Path, master: Notebook) -> Iterator[GradebookWriter]:
    with GradebookWriter(root) as writer:
        writer.ensure(master)
        yield writer


def gradebook(root: Path) -> Any:
    return database.gradebook_of(root)


def grades(root: Path, student: str = "ada") -> dict[str, tuple[float | None, bool]]:
    with gradebook(root) as book:
        found = book.find_submission_notebook("small", ASSIGNMENT, student)
        return {grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in found.grades}


def autograded(root: Path, student: str = "ada") -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(
        (root / "autograded" / student / ASSIGNMENT / "small.ipynb").read_text(encoding="utf-8")
    )
    return plain


def joined(root: Path) -> Any:
    """The same, as a reader of notebooks has it in memory: sources are strings."""
    import nbformat

    return nbformat.reads(json.dumps(autograded(root)), as_version=4)


def generate_with_nbgrader(root: Path) -> None:
    """nbgrader's own generate_assignment, with the database it keeps."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    config = Config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.assignment_id = ASSIGNMENT
    with GradebookWriter(root) as writer:  # makes the database
        url = writer._gradebook.engine.url.render_as_string(hide_password=False)
    config.CourseDirectory.db_url = url
    GenerateAssignment(coursedir=CourseDirectory(config=config), config=config).start()


def contents(root: Path) -> dict[str, Any]:
    """Everything nbgrader knows of the notebook, without the random ids."""
    with gradebook(root) as book:
        notebook = book.find_notebook("small", ASSIGNMENT)
        return {
            "kernelspec": notebook.kernelspec,
            "course": notebook.assignment.course_id,
            "grade": sorted((cell.name, cell.max_score, cell.cell_type) for cell in notebook.grade_cells),
            "solution": sorted(cell.name for cell in notebook.solution_cells),
            "source": sorted((c.name, c.cell_type, c.locked, c.source, c.checksum) for c in notebook.source_cells),
        }


def test_an_assignment_is_entered_as_nbgrader_enters_it(root: Path, writer: GradebookWriter, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(root / "source", other / "source")
    generate_with_nbgrader(other)
    assert contents(root) == contents(other)


def test_entering_it_again_changes_nothing(root: Path, writer: GradebookWriter, master: Notebook) -> None:
    before = contents(root)
    writer.ensure(master)
    assert contents(root) == before


def test_scores_are_recorded_and_a_written_answer_waits_for_a_person(
    root: Path, writer: GradebookWriter, master: Notebook
) -> None:
    writer.record(verdict_on(master), handed_in(master))
    assert grades(root) == {
        "relative_error-check": (2.5, False),
        "gradient_descent_step-check": (0.0, False),
        "written-one-step-1": (None, True),
    }
    with gradebook(root) as book:
        found = book.find_submission_notebook("small", ASSIGNMENT, "ada")
        assert (found.score, found.max_score, found.needs_manual_grade) == (2.5, 6.5, True)
        comments = {comment.name: comment.auto_comment for comment in found.comments}
    assert comments == {
        "relative_error": None,
        "gradient_descent_step": "No response.",
        "written-one-step-1": None,
    }


@pytest.mark.parametrize("answer", ["YOUR ANSWER HERE", "", " \n"])
def test_an_answer_that_was_not_written_is_worth_nothing_and_waits_for_nobody(
    root: Path, writer: GradebookWriter, master: Notebook, answer: str
) -> None:
    writer.record(verdict_on(master), handed_in(master, written__one__step__1=answer))
    assert grades(root)["written-one-step-1"] == (0.0, False)


def test_a_grader_error_sets_no_points_and_waits_for_a_person(
    root: Path, writer: GradebookWriter, master: Notebook
) -> None:
    writer.record(verdict_on(master, (2.5, None)), handed_in(master))
    assert grades(root)["gradient_descent_step-check"] == (None, True)


def test_what_a_person_entered_stays_and_is_flagged_when_the_work_is_graded_again(
    root: Path, writer: GradebookWriter, master: Notebook
) -> None:
    writer.record(verdict_on(master), handed_in(master))
    with gradebook(root) as book:
        grade = book.find_grade("gradient_descent_step-check", "small", ASSIGNMENT, "ada")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 0.5, 0.25, False
        book.find_comment("relative_error", "small", ASSIGNMENT, "ada").manual_comment = "Well done."
        book.db.commit()
    writer.record(verdict_on(master, (1.0, 1.0)), handed_in(master))
    with gradebook(root) as book:
        grade = book.find_grade("gradient_descent_step-check", "small", ASSIGNMENT, "ada")
        assert (grade.auto_score, grade.manual_score, grade.extra_credit) == (1.0, 0.5, 0.25)
        assert grade.needs_manual_grade
        assert grade.score == 0.75
        assert book.find_comment("relative_error", "small", ASSIGNMENT, "ada").comment == "Well done."


def test_students_nobody_entered_are_added(root: Path, writer: GradebookWriter, master: Notebook) -> None:
    for student in ("ada", "zoë müller", "o'brien"):
        writer.record(verdict_on(master, student=student), handed_in(master))
    with gradebook(root) as book:
        assert {student.id for student in book.students} == {"ada", "zoë müller", "o'brien"}


def test_a_recorded_verdict_is_known_and_any_difference_is_noticed(
    root: Path, writer: GradebookWriter, master: Notebook
) -> None:
    verdict, graded = verdict_on(master), handed_in(master)
    assert not writer.recorded(verdict, graded)
    writer.record(verdict, graded)
    assert writer.recorded(verdict, graded)
    assert not writer.recorded(verdict_on(master, key="another key"), graded)
    assert not writer.recorded(verdict_on(master, (2.5, 1.0)), graded)
    (root / "autograded/ada" / ASSIGNMENT / "small.ipynb").unlink()
    assert not writer.recorded(verdict, graded)


@on_sqlite
def test_a_database_that_takes_nothing_is_a_sentence(root: Path, writer: GradebookWriter, master: Notebook) -> None:
    (root / "gradebook.db").unlink()
    with pytest.raises(CourseError, match=r"does not take the grades of ada: .* Run the same command again"):
        writer.record(verdict_on(master), handed_in(master))


# --- the tests change


def changed(master: Notebook, **points: float) -> Notebook:
    """The master without the gradient step's cells, with a new check."""
    cells = [cell for cell in master.cells if cell.exercise != "gradient_descent_step"]
    return replace(master, cells=(*cells, Cell("new-check", Role.CHECK, "code", "check(new)", "new", 4.0)))


def test_a_changed_assignment_changes_the_grades_that_are_there(
    root: Path, writer: GradebookWriter, master: Notebook
) -> None:
    writer.record(verdict_on(master), handed_in(master))
    after = changed(master)
    writer.ensure(after)
    cells = (CellVerdict("new-check", "new", 4.0, 4.0, Outcome.CORRECT),)
    writer.record(verdict_on(after, cells=verdict_on(master).cells[:1] + cells), handed_in(after))
    assert set(grades(root)) == {"relative_error-check", "written-one-step-1", "new-check"}
    with gradebook(root) as book:
        assert book.find_assignment(ASSIGNMENT).max_score == 9.5
        assert book.find_submission(ASSIGNMENT, "ada").score == 6.5


def test_a_cell_that_a_person_graded_is_not_dropped(root: Path, writer: GradebookWriter, master: Notebook) -> None:
    writer.record(verdict_on(master), handed_in(master))
    with gradebook(root) as book:
        book.find_grade("gradient_descent_step-check", "small", ASSIGNMENT, "ada").manual_score = 1.0
        book.db.commit()
    before = contents(root)
    with pytest.raises(CourseError, match=r"gradient_descent_step-check is gone .* a person has graded"):
        writer.ensure(changed(master))
    assert contents(root) == before


# --- late

DUE = datetime(2026, 11, 20, 12, 0)


@pytest.mark.parametrize(
    ("stamp", "extension", "method", "penalty"),
    [
        ("2026-11-20 11:59:59 UTC", None, "zero", None),
        ("2026-11-20 12:00:01 UTC", None, "zero", 2.5),
        ("2026-11-20 12:30:00 Europe/Berlin", None, "zero", None),
        ("2026-11-21 11:00:00 UTC", timedelta(days=1), "zero", None),
        ("2026-11-22 12:00:00 UTC", timedelta(days=1), "zero", 2.5),
        ("2026-11-22 12:00:00 UTC", None, "none", None),
        ("yesterday", None, "zero", None),
        (None, None, "zero", None),
    ],
)
def test_late_penalties_follow_the_courses_policy(
    root: Path, master: Notebook, stamp: str | None, extension: timedelta | None, method: str, penalty: float | None
) -> None:
    (root / "nbgrader_config.py").write_text(f"c = get_config()\nc.LateSubmissionPlugin.penalty_method = {method!r}\n")
    folder = root / "submitted" / "ada" / ASSIGNMENT
    folder.mkdir(parents=True)
    if stamp:
        (folder / "timestamp.txt").write_text(stamp)
    with GradebookWriter(root) as writer:
        writer.ensure(master)
        writer.record(verdict_on(master), handed_in(master))
        with gradebook(root) as book:
            book.find_assignment(ASSIGNMENT).duedate = DUE
            book.find_submission(ASSIGNMENT, "ada").extension = extension
            book.db.commit()
        writer.record(verdict_on(master), handed_in(master))
    with gradebook(root) as book:
        assert book.find_submission_notebook("small", ASSIGNMENT, "ada").late_submission_penalty == penalty


@on_sqlite
def test_the_database_is_the_one_the_course_names(root: Path, master: Notebook, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    (root / "nbgrader_config.py").write_text(f"c = get_config()\nc.CourseDirectory.db_url = {url!r}\n")
    with GradebookWriter(root) as writer:
        writer.ensure(master)
    assert (tmp_path / "elsewhere.db").exists()
    assert not (root / "gradebook.db").exists()


# --- autograded/

POINTS = [0.0, 0.1, 1.25, 2.5]


@pytest.mark.parametrize("points", POINTS)
def test_nbgrader_reads_the_verdicts_points_from_the_file(
    root: Path, writer: GradebookWriter, master: Notebook, points: float
) -> None:
    import nbformat
    from nbgrader.utils import determine_grade

    writer.record(verdict_on(master, (points, None)), handed_in(master))
    notebook = joined(root)
    nbformat.validate(notebook)
    cells = {cell.id: cell for cell in notebook.cells}
    assert determine_grade(cells["relative_error-check"]) == (points, 2.5)
    assert determine_grade(cells["gradient_descent_step-check"]) == (0, 1.0), "never full marks for a grader error"
    assert determine_grade(cells["written-one-step-1"]) == (None, 3.0)


def test_the_file_is_what_nbgrader_would_grade_again(root: Path, writer: GradebookWriter, master: Notebook) -> None:
    from nbgrader.preprocessors import CheckCellMetadata

    writer.record(verdict_on(master), handed_in(master))
    CheckCellMetadata().preprocess(joined(root), {})
    with gradebook(root) as book:
        sources = {cell.name: cell for cell in book.find_notebook("small", ASSIGNMENT).source_cells}
    for cell in autograded(root)["cells"]:
        flags = cell["metadata"].get("nbgrader")
        if flags:
            assert flags["checksum"] == sources[cell["id"]].checksum
            assert not flags["locked"] or "".join(cell["source"]) == sources[cell["id"]].source


def test_the_students_cells_and_their_output_are_there(root: Path, writer: GradebookWriter, master: Notebook) -> None:
    output = CellOutput(
        "relative_error",
        stdout="so far\n",
        stderr="careful\n",
        result="42",
        images=(b"\x89PNG",),
    )
    failed = CellOutput("gradient_descent_step", error="Traceback\n\x1b[31mNameError\x1b[0m: name 'x'", stdout="\ud800")
    verdict = verdict_on(master, outputs=(output, failed), notes=("The cell for x was deleted.",))
    writer.record(verdict, handed_in(master))
    cells = {cell["id"]: cell for cell in autograded(root)["cells"]}
    assert "".join(cells["relative_error"]["source"]) == ANSWERS["relative_error"]
    kinds = [one["output_type"] for one in cells["relative_error"]["outputs"]]
    assert kinds == ["stream", "stream", "display_data", "execute_result"]
    assert cells["gradient_descent_step"]["outputs"][-1]["traceback"][0] == "Traceback"
    assert "The cell for x was deleted." in "".join(cells["intake-notes"]["source"])


def test_a_new_file_takes_the_place_of_a_read_only_one(root: Path, writer: GradebookWriter, master: Notebook) -> None:
    path = root / "autograded" / "ada" / ASSIGNMENT / "small.ipynb"
    for points in (1.0, 2.0):
        writer.record(verdict_on(master, (points, 0.0)), handed_in(master))
        assert path.stat().st_mode & 0o777 == 0o400
    assert list(path.parent.iterdir()) == [path], "nothing half-written is left"


def test_links_in_the_submitted_folder_are_not_followed(root: Path, writer: GradebookWriter, master: Notebook) -> None:
    secret = root / "secret.txt"
    secret.write_text("2026-11-20 11:59:59 UTC")
    folder = root / "submitted" / "ada" / ASSIGNMENT
    folder.mkdir(parents=True)
    (folder / "timestamp.txt").symlink_to(secret)
    writer.record(verdict_on(master), handed_in(master))
    assert not (root / "autograded" / "ada" / ASSIGNMENT / "timestamp.txt").exists()


@pytest.mark.parametrize(
    ("theirs", "shown"),
    [
        ("<script>alert(1)</script>", "< script>alert(1)< /script>"),
        ("<img src=x onerror=alert(1)>", "< img src=x onerror=alert(1)>"),
        ("<!-- x -->", "< !-- x -->"),
        ("$a < b$ and 1 <2", "$a < b$ and 1 <2"),
        ("$a<b$", "$a< b$"),
        ("> quoted", "> quoted"),
        ("[a](https://x.org) [b](#top) a[i](x)", "[a](https://x.org) [b](#top) a[i] (x)"),
        ("[a](javascript:x)", "[a] (javascript:x)"),
        ("[a]: data:x", "[a] : data:x"),
    ],
)
def test_markdown_of_students_opens_no_tag_and_links_to_the_web_only(theirs: str, shown: str) -> None:
    assert harmless_markdown(theirs) == shown


# --- nobody need wait


def test_a_written_cell_of_no_points_waits_for_nobody(root: Path, master: Notebook) -> None:
    cells = tuple(replace(c, points=0.0) if c.role is Role.WRITTEN else c for c in master.cells)
    free = replace(master, cells=cells)
    with GradebookWriter(root) as writer:
        writer.ensure(free)
        for answer in ("Downhill.", "", "YOUR ANSWER HERE"):
            verdict = verdict_on(free, key=answer)
            writer.record(verdict, handed_in(free, written__one__step__1=answer))
            assert grades(root)["written-one-step-1"] == (0.0, False)
            assert writer.recorded(verdict, handed_in(free, written__one__step__1=answer))


def test_work_that_waited_over_a_cell_of_no_points_waits_no_more(root: Path, master: Notebook) -> None:
    with GradebookWriter(root) as writer:
        writer.ensure(master)
        writer.record(verdict_on(master), handed_in(master))
        assert grades(root)["written-one-step-1"] == (None, True)
        cells = tuple(replace(c, points=0.0) if c.role is Role.WRITTEN else c for c in master.cells)
        writer.ensure(replace(master, cells=cells))
        assert not writer.recorded(verdict_on(master), handed_in(master))
        writer.record(verdict_on(master), handed_in(master))
    assert grades(root)["written-one-step-1"] == (0.0, False)


def test_assignments_are_entered_before_anyone_has_handed_in(root: Path, master: Notebook, tmp_path: Path) -> None:
    register(root, [master])
    before = contents(root)
    register(root, [master])
    assert contents(root) == before
    with gradebook(root) as book:
        assert [one.name for one in book.assignments] == [ASSIGNMENT]
        assert book.find_assignment(ASSIGNMENT).num_submissions == 0
