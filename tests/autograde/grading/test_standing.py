"""What stands when something changes: the file, the tests, the engine, and whether the student knows their grade."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from autograde.contract.comparison import CheckChange
from autograde.contract.failures import CourseError, Stage
from autograde.contract.verdict import CellVerdict, Engine, Kept, Outcome, Verdict
from autograde.course.folder import Course
from autograde.course.intake import read_submission
from autograde.course.notebook import Notebook, Role, exercise_of, role_of
from autograde.gradebook.writer import gradebook_of
from autograde.grading import pool, run, standing
from autograde.grading.compare import compare
from autograde.grading.first import FIRST, first_key, first_task_key
from autograde.grading.journal import Journal, to_json
from autograde.grading.reception import receive
from autograde.grading.run import GradeOptions, grade
from autograde.inside.limits import Limits
from autograde.report.standing import comparison_json, comparison_summary, kept_summary

from ..stand_ins import Box

ASSIGNMENT = "01-backprop"
OLD, NEW = Engine("0.1.0", "old"), Engine("0.2.0", "new")
ONE = GradeOptions(workers=1)
REGRADE = replace(ONE, regrade=True)


@dataclass
class Judge:
    """Stands in for sandbox and judge: gives a share of every check's points, as the engine of the day does."""

    monkeypatch: pytest.MonkeyPatch
    share: float = 1.0
    graded: list[str] = field(default_factory=list)

    def become(self, engine: Engine, share: float) -> None:
        self.share = share
        self.monkeypatch.setattr(run, "this_engine", lambda *_: engine)

    def __call__(self, notebook: Notebook, *, student: str, **_: Any) -> Verdict:
        self.graded.append(student)
        checks = [cell for cell in notebook.cells if cell.role is Role.CHECK]
        cells = [CellVerdict(c.id, c.exercise, self.share * c.points, c.points, Outcome.WRONG) for c in checks]
        return Verdict(student, notebook.assignment, notebook.name, tuple(cells), notes=notebook.notes)


@pytest.fixture
def judge(in_this_process: None, monkeypatch: pytest.MonkeyPatch) -> Judge:
    judge = Judge(monkeypatch)
    judge.become(OLD, 1.0)
    monkeypatch.setattr(pool, "Sandbox", Box)
    monkeypatch.setattr(pool, "grade_notebook", judge)
    return judge


@pytest.fixture
def course(tmp_path: Path, small_course: Path) -> Course:
    for part in ("source", "release"):
        shutil.copytree(small_course / part, tmp_path / part)
    return Course(tmp_path)


def hand_in(course: Course, student: str, answer: str) -> None:
    notebook = json.loads((course.root / "release" / ASSIGNMENT / "small.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if role_of(cell) is Role.SOLUTION:
            cell["source"] = f"{exercise_of(cell)} = None  # {answer}"
        if role_of(cell) is Role.WRITTEN:
            cell["source"] = f"<b>{answer}</b> [x](javascript:1)"
    path = course.submission(student, ASSIGNMENT, "small")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")


@pytest.fixture
def graded(course: Course, judge: Judge) -> Course:
    """Three students graded by the old engine; ada has her feedback."""
    for student in ("ada", "bo", "cy"):
        hand_in(course, student, student)
    grade(course, ASSIGNMENT, ONE)
    (course.root / "feedback" / "ada" / ASSIGNMENT).mkdir(parents=True)
    judge.graded.clear()
    return course


def change_tests(course: Course) -> None:
    path = course.root / "source" / ASSIGNMENT / "small.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace('"points": 1,', '"points": 2,'), encoding="utf-8")


def change_seed(course: Course) -> None:
    (course.root / ".autograde" / "seed").write_text("7\n")


def recorded(course: Course) -> dict[str, Any]:
    """All that a run may write: every row of the gradebook, and the bytes of every other file of ours."""
    folders = ("autograded", "feedback", ".autograde/journal")
    files = {
        str(path.relative_to(course.root)): (path.read_bytes(), path.stat().st_mtime_ns)
        for folder in folders
        for path in sorted((course.root / folder).rglob("*"))
        if path.is_file()
    }
    return {**files, **tables(course)}


def tables(course: Course) -> dict[str, list[tuple[Any, ...]]]:
    from sqlalchemy import inspect, text

    with gradebook_of(course.root) as book:
        rows = {
            name: sorted(map(tuple, book.db.execute(text(f'SELECT * FROM "{name}"'))), key=repr)
            for name in inspect(book.engine).get_table_names()
        }
    return rows


def points(course: Course) -> dict[str, float]:
    return {verdict.student: verdict.points for verdict in Journal(course.journal(ASSIGNMENT, "small"))}


def run_and_tell(course: Course, options: GradeOptions = ONE) -> dict[str, Kept]:
    told: dict[str, Kept] = {}
    grade(course, ASSIGNMENT, options, on_kept=lambda verdict, why: told.update({verdict.student: why}))
    return told


# --- another engine


def test_another_engine_grades_nobody_and_changes_nothing(graded: Course, judge: Judge) -> None:
    before = recorded(graded)
    judge.become(NEW, 0.0)
    assert run_and_tell(graded) == dict.fromkeys(("ada", "bo", "cy"), Kept.OTHER_ENGINE)
    assert judge.graded == []
    assert recorded(graded) == before


def test_regrade_renews_what_another_engine_gave_and_leaves_its_own(graded: Course, judge: Judge) -> None:
    judge.become(NEW, 0.5)
    hand_in(graded, "bo", "again")
    grade(graded, ASSIGNMENT, ONE)
    assert judge.graded == ["bo"]
    judge.graded.clear()
    assert run_and_tell(graded, REGRADE) == {"bo": Kept.NOTHING_NEW}
    assert sorted(judge.graded) == ["ada", "cy"]
    assert points(graded) == dict.fromkeys(("ada", "bo", "cy"), 1.75)
    assert {verdict.engine for verdict in Journal(graded.journal(ASSIGNMENT, "small"))} == {NEW}


def test_renewed_verdicts_reach_autograded_also_where_no_point_changes(graded: Course, judge: Judge) -> None:
    judge.become(NEW, 1.0)
    grade(graded, ASSIGNMENT, REGRADE)
    text = (graded.root / "autograded" / "bo" / ASSIGNMENT / "small.ipynb").read_text()
    assert '"engine": "new"' in text
    before = recorded(graded)
    assert set(run_and_tell(graded).values()) == {Kept.NOTHING_NEW}
    assert recorded(graded) == before


def test_force_renews_everything(graded: Course, judge: Judge) -> None:
    grade(graded, ASSIGNMENT, replace(ONE, force=True))
    assert sorted(judge.graded) == ["ada", "bo", "cy"]


def test_a_grader_error_of_another_engine_is_tried_again(graded: Course, judge: Judge) -> None:
    path = graded.journal(ASSIGNMENT, "small")
    (bo,) = (verdict for verdict in Journal(path) if verdict.student == "bo")
    failed = tuple(replace(cell, points=None, outcome=Outcome.GRADER_ERROR) for cell in bo.cells)
    with path.open("a") as file:
        file.write(json.dumps(to_json(replace(bo, cells=failed))) + "\n")
    judge.become(NEW, 1.0)
    grade(graded, ASSIGNMENT, ONE)
    assert judge.graded == ["bo"]


# --- another work


def change_cells(edit: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> Callable[[Course], None]:
    def change(course: Course) -> None:
        path = course.root / "source" / ASSIGNMENT / "small.ipynb"
        notebook = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**notebook, "cells": edit(notebook["cells"])}), encoding="utf-8")

    return change


PROSE = {"cell_type": "markdown", "id": "new-words", "metadata": {}, "source": "A word more."}
CHANGES: dict[str, Callable[[Course], None]] = {
    "points": change_tests,
    "seed": change_seed,
    "a cell of prose comes": change_cells(lambda cells: [PROSE, *cells]),
    "cells of prose go": change_cells(lambda cells: [cell for cell in cells if role_of(cell) is not Role.PROSE]),
    "given cells go": change_cells(lambda cells: [cell for cell in cells if role_of(cell) is not Role.GIVEN]),
    "a solution goes": change_cells(lambda cells: [c for c in cells if c["id"] != "gradient_descent_step"]),
}


@pytest.mark.parametrize("engine", [OLD, NEW], ids=["same engine", "other engine"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_other_tests_grade_everyone_but_those_whose_feedback_is_out(
    graded: Course, judge: Judge, change: Callable[[Course], None], engine: Engine
) -> None:
    before = recorded(graded)
    change(graded)
    judge.become(engine, 0.0)
    assert run_and_tell(graded) == {"ada": Kept.FEEDBACK_IS_OUT}
    assert sorted(judge.graded) == ["bo", "cy"]
    assert points(graded) == {"ada": 3.5, "bo": 0, "cy": 0}
    name = f"autograded/ada/{ASSIGNMENT}/small.ipynb"
    assert recorded(graded)[name] == before[name]


def drop_a_check(course: Course) -> None:
    change_cells(lambda cells: [cell for cell in cells if cell["id"] != "gradient_descent_step-check"])(course)


@pytest.mark.parametrize("options", [ONE, replace(REGRADE, students=("bo",))], ids=["all", "only bo anew"])
def test_a_check_does_not_go_under_points_that_were_given_back(
    graded: Course, judge: Judge, options: GradeOptions
) -> None:
    before = recorded(graded)
    drop_a_check(graded)
    with pytest.raises(CourseError) as refused:
        grade(graded, ASSIGNMENT, options)
    assert str(refused.value) == (
        "The check gradient_descent_step-check is gone from the source notebook, but ada got points for it, and their "
        "feedback is out. Nothing was changed. Put the check back, or grade them anew with --regrade."
    )
    assert recorded(graded) == before
    assert judge.graded == []


@pytest.mark.parametrize("options", [REGRADE, replace(ONE, force=True)], ids=["regrade", "force"])
def test_a_check_goes_when_a_person_asks(graded: Course, judge: Judge, options: GradeOptions) -> None:
    drop_a_check(graded)
    grade(graded, ASSIGNMENT, options)
    assert points(graded) == dict.fromkeys(("ada", "bo", "cy"), 2.5)


def test_regrade_renews_also_what_has_its_feedback_out(graded: Course, judge: Judge) -> None:
    change_seed(graded)
    grade(graded, ASSIGNMENT, REGRADE)
    assert sorted(judge.graded) == ["ada", "bo", "cy"]


def test_other_limits_and_another_isolation_are_other_settings(graded: Course, judge: Judge) -> None:
    limits = replace(ONE, limits=Limits(threads=3))
    assert run_and_tell(graded, limits) == {"ada": Kept.FEEDBACK_IS_OUT}


def test_a_new_file_is_graded_whether_feedback_is_out_or_not(graded: Course, judge: Judge) -> None:
    judge.become(NEW, 0.5)
    hand_in(graded, "ada", "better")
    hand_in(graded, "bo", "better")
    assert run_and_tell(graded) == {"cy": Kept.OTHER_ENGINE}
    assert sorted(judge.graded) == ["ada", "bo"]


def test_a_file_that_cannot_be_read_stands_too(graded: Course, judge: Judge) -> None:
    for student in ("ada", "bo"):
        graded.submission(student, ASSIGNMENT, "small").unlink()
    grade(graded, ASSIGNMENT, ONE)
    before = recorded(graded)
    judge.become(NEW, 0.0)
    assert run_and_tell(graded) == dict.fromkeys(("ada", "bo", "cy"), Kept.OTHER_ENGINE)
    assert recorded(graded) == before


# --- verdicts of 0.1.0


@pytest.fixture
def by_first(graded: Course, judge: Judge) -> Course:
    """The same class as 0.1.0 left it: no format, no file, no engine, its own keys, also in autograded/."""
    source = (graded.root / "source" / ASSIGNMENT / "small.ipynb").read_bytes()
    task = first_task_key(source, seed=graded.seed(), limits=Limits(), isolation=ONE.isolation)
    path = graded.journal(ASSIGNMENT, "small")
    lines = []
    for verdict in Journal(path):
        key = first_key(task, read_submission(graded.submission(verdict.student, ASSIGNMENT, "small")))
        plain = {**to_json(verdict), "key": key}
        lines.append(json.dumps({name: plain[name] for name in plain if name not in ("format", "file", "engine")}))
        notebook = graded.root / "autograded" / verdict.student / ASSIGNMENT / "small.ipynb"
        text = notebook.read_text(encoding="utf-8").replace('"engine": "old",', "").replace(verdict.key, key)
        notebook.chmod(0o644)
        notebook.write_text(text, encoding="utf-8")
    path.write_text("\n".join(lines) + "\n")
    judge.become(NEW, 0.0)
    return graded


def test_work_of_0_1_0_is_known_and_stands(by_first: Course, judge: Judge) -> None:
    before = recorded(by_first)
    assert run_and_tell(by_first) == dict.fromkeys(("ada", "bo", "cy"), Kept.OTHER_ENGINE)
    assert recorded(by_first) == before
    assert {verdict.engine for verdict in Journal(by_first.journal(ASSIGNMENT, "small"))} == {FIRST}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_work_of_0_1_0_with_its_feedback_out_stands_under_other_tests(
    by_first: Course, judge: Judge, change: Callable[[Course], None]
) -> None:
    change(by_first)
    assert run_and_tell(by_first) == {"ada": Kept.FEEDBACK_IS_OUT}
    assert sorted(judge.graded) == ["bo", "cy"]


def edit_submission(edit: Callable[[list[dict[str, Any]]], Any]) -> Callable[[Course], None]:
    """Change ada's file."""

    def change(course: Course) -> None:
        path = course.submission("ada", ASSIGNMENT, "small")
        notebook = json.loads(path.read_text(encoding="utf-8"))
        edit(notebook["cells"])
        path.write_text(json.dumps(notebook), encoding="utf-8")

    return change


def one(cells: list[dict[str, Any]], role: Role) -> dict[str, Any]:
    return next(cell for cell in cells if role_of(cell) is role)


OWN = {"cell_type": "code", "id": "mine", "metadata": {}, "source": "my_own = 1", "outputs": []}
NEW_FILES: dict[str, Callable[[Course], Any]] = {
    "another solution": edit_submission(lambda cells: one(cells, Role.SOLUTION).update(source="other = 1")),
    "no solution": edit_submission(lambda cells: cells.remove(one(cells, Role.SOLUTION))),
    "another written answer": edit_submission(lambda cells: one(cells, Role.WRITTEN).update(source="because")),
    "a cell of their own more": edit_submission(lambda cells: cells.append(OWN)),
    "no notebook": lambda course: course.submission("ada", ASSIGNMENT, "small").write_text("{"),
}


@pytest.mark.parametrize("change", NEW_FILES.values(), ids=NEW_FILES)
def test_a_new_file_after_0_1_0_is_graded_though_tests_changed_and_feedback_is_out(
    by_first: Course, change: Callable[[Course], None]
) -> None:
    change_seed(by_first)
    change(by_first)
    assert run_and_tell(by_first) == {}
    assert next(iter(Journal(by_first.journal(ASSIGNMENT, "small")))).engine == NEW


def test_what_autograded_no_longer_shows_is_graded(by_first: Course, judge: Judge) -> None:
    change_seed(by_first)
    (by_first.root / "autograded" / "ada" / ASSIGNMENT / "small.ipynb").unlink()
    assert run_and_tell(by_first) == {}


# --- compare


def test_compare_names_who_would_change_by_how_much_and_in_which_check(graded: Course, judge: Judge) -> None:
    judge.become(NEW, 0.5)
    hand_in(graded, "dee", "new")
    hand_in(graded, "cy", "new")
    found = compare(graded, ASSIGNMENT, ONE)
    assert [change.student for change in found.changes] == ["ada", "bo"]
    assert (found.engine, found.unchanged, found.failed, found.not_compared) == (NEW, 0, (), ("cy", "dee"))
    ada = found.changes[0]
    assert (ada.by, ada.old, ada.new, ada.difference) == (OLD, 3.5, 1.75, -1.75)
    assert ada.checks == (
        CheckChange("relative_error-check", "relative_error", 2.5, 1.25),
        CheckChange("gradient_descent_step-check", "gradient_descent_step", 1.0, 0.5),
    )


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_compare_records_nothing(graded: Course, judge: Judge, share: float) -> None:
    judge.become(NEW, share)
    change_seed(graded)
    before = recorded(graded), sorted(map(str, graded.root.rglob("*")))
    found = compare(graded, ASSIGNMENT, ONE)
    assert (len(found.changes), found.unchanged) == ((0, 3) if share == 1.0 else (3, 0))
    assert sorted(judge.graded) == ["ada", "bo", "cy"]
    assert (recorded(graded), sorted(map(str, graded.root.rglob("*")))) == before


def test_compare_draws_no_seed(graded: Course, judge: Judge) -> None:
    (graded.root / ".autograde" / "seed").unlink()
    with pytest.raises(CourseError, match="Restore it from a backup"):
        compare(graded, ASSIGNMENT, ONE)
    assert not graded.has_seed()


def test_compare_tells_also_what_other_tests_change(graded: Course, judge: Judge) -> None:
    change_tests(graded)
    found = compare(graded, ASSIGNMENT, replace(ONE, students=("bo",)))
    (bo,) = found.changes
    assert bo.checks == (CheckChange("gradient_descent_step-check", "gradient_descent_step", 1.0, 2.0),)


def test_what_regrade_gives_is_what_compare_foretold(graded: Course, judge: Judge) -> None:
    judge.become(NEW, 0.5)
    foretold = {change.student: change.new for change in compare(graded, ASSIGNMENT, ONE).changes}
    grade(graded, ASSIGNMENT, REGRADE)
    assert points(graded) == foretold
    assert compare(graded, ASSIGNMENT, ONE).changes == ()


def test_a_change_that_cancels_out_is_a_change(graded: Course, judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    def shifted(notebook: Notebook, **arguments: Any) -> Verdict:
        verdict = judge(notebook, **arguments)
        first, second = verdict.cells
        return replace(verdict, cells=(replace(first, points=2.0), replace(second, points=1.0)))

    monkeypatch.setattr(pool, "grade_notebook", shifted)
    judge.become(OLD, 0.0)
    (bo,) = compare(graded, ASSIGNMENT, replace(ONE, students=("bo",))).changes
    assert [(check.exercise, check.old, check.new) for check in bo.checks] == [("relative_error", 2.5, 2.0)]


def test_who_cannot_be_read_is_told_and_all_others_are_compared(
    graded: Course, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    (graded.root / "submitted" / "eve").symlink_to(graded.root / "submitted" / "ada")

    def failing(path: Path, *arguments: Any, **named: Any) -> Any:
        if "bo" in path.parts:
            raise RecursionError("too deep")
        return receive(path, *arguments, **named)

    monkeypatch.setattr(standing, "receive", failing)
    judge.become(NEW, 0.5)
    found = compare(graded, ASSIGNMENT, ONE)
    assert [change.student for change in found.changes] == ["ada", "cy"]
    assert [(one.student, one.stage) for one in found.failures] == [("eve", Stage.READING), ("bo", Stage.READING)]
    assert found.not_compared == ()
    assert "bo (reading): RecursionError: too deep" in comparison_summary(found)
    assert [one["student"] for one in json.loads(json.dumps(comparison_json(found)))["failures"]] == ["eve", "bo"]


def test_compare_tells_of_a_damaged_journal(graded: Course, judge: Judge) -> None:
    with graded.journal(ASSIGNMENT, "small").open("a") as file:
        file.write("{\n")
    told: list[str] = []
    compare(graded, ASSIGNMENT, ONE, on_complaint=told.append)
    assert len(told) == 1
    assert "1 damaged lines" in told[0]


def test_our_own_failure_is_no_change(graded: Course, judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(notebook: Notebook, **_: Any) -> Verdict:
        raise RuntimeError("ours")

    monkeypatch.setattr(pool, "grade_notebook", failing)
    found = compare(graded, ASSIGNMENT, ONE)
    assert (found.changes, found.unchanged) == ((), 0)
    assert [failed.student for failed in found.failed] == ["ada", "bo", "cy"]
    assert "ada (small) could not be graded: RuntimeError: ours" in comparison_summary(found)


# --- what is told


def test_the_summary_counts_by_engine_and_says_what_renews() -> None:
    verdict = Verdict("ada", ASSIGNMENT, "small", (), engine=OLD)
    kept = [(verdict, Kept.OTHER_ENGINE)] * 412 + [(verdict, Kept.FEEDBACK_IS_OUT), (verdict, Kept.NOTHING_NEW)]
    assert kept_summary(kept, ASSIGNMENT, NEW).splitlines() == [
        "412 verdicts by 0.1.0; `--regrade` renews them, `autograde compare 01-backprop` shows who would change and by "
        "how much.",
        "1 verdict for other tests, seed or settings, kept since feedback is out; `--regrade` renews it, `autograde "
        "compare 01-backprop` shows who would change and by how much.",
    ]
    assert kept_summary(kept[-1:], ASSIGNMENT, NEW) == ""
    assert "verdicts by 0.1.0, another build than this;" in kept_summary(kept[:2], ASSIGNMENT, replace(OLD, digest="x"))


def test_the_json_of_a_comparison_is_json(graded: Course, judge: Judge) -> None:
    judge.become(NEW, 0.5)
    said = json.loads(json.dumps(comparison_json(compare(graded, ASSIGNMENT, replace(ONE, students=("bo",))))))
    (bo,) = said["changes"]
    assert (bo["student"], bo["old"], bo["new"], bo["difference"]) == ("bo", 3.5, 1.75, -1.75)
    assert bo["checks"][0] == {"cell_id": "relative_error-check", "exercise": "relative_error", "old": 2.5, "new": 1.25}
    assert (said["unchanged"], said["engine"]["version"], bo["by"]["version"]) == (0, "0.2.0", "0.1.0")
