"""How points come about: from what our own check recorded, in range, and never from anything else."""

from __future__ import annotations

import inspect
import math
import textwrap
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from autograde.contract.verdict import CellVerdict, Outcome, Verdict
from autograde.course.notebook import Cell, Notebook, Role
from autograde.judge import judge
from autograde.judge.judge import grade_notebook
from machine_room import checks
from machine_room.checks import run_check
from machine_room.exercises import find, of_assignment

RIGHT = """
def relative_error(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))
"""
BOTH = "check(relative_error)\n### BEGIN HIDDEN TESTS\ncheck(relative_error, hidden=True)\n### END HIDDEN TESTS"


class Grader:
    """Grades one check cell after one cell of the student's."""

    def __init__(self, sandbox: Any, limits: Any) -> None:
        self.sandbox = sandbox
        self.limits = limits

    def verdict(self, solution: str, check: str = BOTH, seed: int = 1, *more: Cell) -> Verdict:
        cells = (
            Cell("given-1", Role.GIVEN, "code", "import numpy as np"),
            Cell("relative_error", Role.SOLUTION, "code", solution, "relative_error"),
            Cell("relative_error-check", Role.CHECK, "code", check, "relative_error", 2.0),
            *more,
        )
        notebook = Notebook("01-backprop", "backprop", cells, ("a note",))
        return grade_notebook(notebook, student="ada", sandbox=self.sandbox, limits=self.limits, seed=seed)

    def cell(self, solution: str, check: str = BOTH, seed: int = 1) -> CellVerdict:
        return self.verdict(solution, check, seed).cells[0]


@pytest.fixture
def grader(sandbox: Any, limits: Any) -> Grader:
    return Grader(sandbox, limits)


def test_a_verdict_says_whose_it_is_and_what_it_cost(grader: Grader) -> None:
    verdict = grader.verdict(RIGHT)
    assert (verdict.student, verdict.assignment, verdict.notebook) == ("ada", "01-backprop", "backprop")
    assert verdict.notes == ("a note",)
    assert verdict.wall_seconds > 0
    assert 0 <= verdict.student_cpu_seconds <= verdict.cpu_seconds
    assert verdict.cpu_seconds > 0
    assert [output.cell_id for output in verdict.outputs] == ["given-1", "relative_error"]


def test_right_work_gets_its_points_and_a_green_line(grader: Grader) -> None:
    cell = grader.cell(RIGHT)
    assert (cell.points, cell.max_points, cell.outcome) == (2.0, 2.0, Outcome.CORRECT)
    assert (cell.hint, cell.mistake) == (None, None)
    assert cell.text.count("relative_error: correct") == 2


def test_a_verdict_says_of_each_case_whether_it_is_right_and_of_what_is_not_written_nothing(grader: Grader) -> None:
    right, wrong = grader.cell(RIGHT).cases, grader.cell("def relative_error(a, b): return np.abs(a - b)").cases
    assert right
    assert all(case.right for case in right)
    assert [case.description for case in wrong] == [case.description for case in right]
    assert not all(case.right for case in wrong)
    assert grader.cell("def relative_error(a, b): raise NotImplementedError").cases == ()


def test_a_known_mistake_is_named_as_in_the_notebook(grader: Grader) -> None:
    exercise = find("relative_error")
    for mistake in exercise.mistakes:
        expected = run_check(exercise, mistake.function, seed="visible")
        source = textwrap.dedent(inspect.getsource(mistake.function))
        source = source[source.index("def ") :].replace(f"def {mistake.name}", "def relative_error", 1)
        cell = grader.cell(source, "check(relative_error)")
        assert (cell.points, cell.outcome) == (0.0, Outcome(expected.outcome))
        assert (cell.mistake, cell.hint) == (mistake.name, mistake.hint)
        told = cell.text
        for number, line in enumerate(source.splitlines(), start=1):  # in this process there was no cell to point at
            told = told.replace(f" (line {number} of the cell: {line.strip()})", "")
        assert told == expected.text


LOSES = {
    "nothing defined": ("x = 1", BOTH, Outcome.MISSING),
    "an error in its cell": ("1 / 0" + RIGHT, BOTH, Outcome.MISSING),
    "not written": ("def relative_error(a, b):\n    raise NotImplementedError()", BOTH, Outcome.MISSING),
    "a number": ("relative_error = 0.5", BOTH, Outcome.WRONG),
    "a check cell that checks nothing": (RIGHT, "relative_error", Outcome.WRONG),
    "an assertion of the check cell": (
        RIGHT,
        "check(relative_error)\nassert relative_error(1.0, 2.0) > 1, 'no'",
        Outcome.WRONG,
    ),
    "an error in a direct call": ("def relative_error(a, b): return {}['key']", "relative_error(1, 2)", Outcome.ERROR),
    "an assertion in a direct call": ("def relative_error(a, b): assert a", "relative_error(0, 2)", Outcome.ERROR),
    "another name that is missing": (RIGHT, "check(relative_error)\nloss(1)", Outcome.MISSING),
}


@pytest.mark.parametrize(("solution", "check", "outcome"), LOSES.values(), ids=LOSES)
def test_anything_but_recorded_passes_is_nothing_with_a_reason(
    solution: str, check: str, outcome: Outcome, grader: Grader
) -> None:
    cell = grader.cell(solution, check)
    assert (cell.points, cell.outcome) == (0.0, outcome)
    assert cell.hint
    assert cell.text
    assert cell.html


FAULTS = {
    "a syntax error": "check(relative_error",
    "an error of the check cell": "check(relative_error)\n1 / 0",
    "an argument that cannot be sent": "relative_error(object(), 1)",
    "a broken library": "check(relative_error)\nnp.no_such_function()",
}


@pytest.mark.parametrize("check", FAULTS.values(), ids=FAULTS)
def test_our_own_faults_are_grader_errors_and_never_zero(check: str, grader: Grader) -> None:
    cell = grader.cell(RIGHT, check)
    assert (cell.points, cell.outcome) == (None, Outcome.GRADER_ERROR)
    assert "no fault of yours" in cell.text


def test_a_function_without_an_exercise_is_our_fault(grader: Grader) -> None:
    cell = grader.cell("def no_exercise(x): return x", "check(no_exercise)")
    assert (cell.points, cell.outcome) == (None, Outcome.GRADER_ERROR)


@pytest.mark.parametrize(
    ("shares", "points"),
    [
        ([1.0], 4.0),
        ([1.0, 0.5], 2.0),
        ([0.25, 1], 1.0),
        ([0.0, 1.0], 0.0),
        ([], 0.0),
        ([math.nan], 0.0),
        ([math.inf], 0.0),
        ([-1.0], 0.0),
        ([1.5], 0.0),
        ([True], 0.0),
        (["1"], 0.0),
        ([None], 0.0),
        ([np.float64(1)], 0.0),
        ([1j], 0.0),
    ],
)
def test_points_are_the_smallest_share_in_range_of_what_the_cell_is_worth(shares: list[Any], points: float) -> None:
    assert judge._points(4.0, shares) == points


def test_a_check_may_earn_a_share(grader: Grader, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = checks.run.run_check
    monkeypatch.setattr(checks.run, "run_check", lambda *args, **kwargs: replace(plain(*args, **kwargs), share=0.25))
    cell = grader.cell(RIGHT)
    assert (cell.points, cell.outcome) == (0.5, Outcome.CORRECT)


def test_the_hidden_cases_are_drawn_with_the_course_s_seed_and_only_they(
    grader: Grader, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, seeds = checks.run.run_check, []

    def seen(*args: Any, seed: Any, **kwargs: Any) -> Any:
        seeds.append(seed)
        return plain(*args, seed=seed, **kwargs)

    monkeypatch.setattr(checks.run, "run_check", seen)
    grader.cell(RIGHT, BOTH, seed=77)
    grader.cell(RIGHT, BOTH, seed=78)
    assert seeds == ["visible", 77, "visible", 78]


def test_what_students_read_holds_no_source_of_the_hidden_test(grader: Grader) -> None:
    secret = BOTH.replace("### BEGIN", "SECRET = 'do not show'\n### BEGIN")
    for solution in (
        RIGHT,
        "x = 1",
        "def relative_error(a, b): return 0",
        "def relative_error(a, b): raise SystemExit",
    ):
        verdict = grader.verdict(solution, secret)
        assert "do not show" not in repr(verdict)
        assert "BEGIN HIDDEN" not in repr(verdict)


def test_names_of_the_check_cell_resolve_in_functions_and_comprehensions_too(grader: Grader) -> None:
    check = """
values = [relative_error(np.ones(2), np.ones(2)) for _ in range(2)]
def again():
    return check(relative_error)
again()
"""
    assert grader.cell(RIGHT, check).points == 2.0


@pytest.mark.parametrize("name", ["check", "np", "print", "range", "__builtins__", "__name__"])
def test_the_check_cell_s_own_names_are_never_the_student_s(name: str, grader: Grader) -> None:
    solution = f"import numpy\n{RIGHT.replace('np.', 'numpy.')}\n{name} = relative_error\n"
    check = f"assert {name} is not None and type({name}).__name__ != 'StudentFunction'\ncheck(relative_error)"
    assert grader.cell(solution, check).points == 2.0


def test_an_import_in_a_check_cell_is_ours(grader: Grader) -> None:
    solution = RIGHT + "\nimport sys, types\nsys.modules['machine_room.datasets'] = types.ModuleType('datasets')"
    check = "from machine_room import datasets\nassert datasets.__file__\ncheck(relative_error)"
    assert grader.cell(solution, check).points == 2.0


def test_each_check_cell_sees_the_student_s_names_as_they_are_at_that_place(grader: Grader) -> None:
    later = (
        Cell("prose-1", Role.PROSE, "code", "def relative_error(a, b): return 0"),
        Cell("relative_error-check-2", Role.CHECK, "code", BOTH, "relative_error", 1.0),
    )
    assert [cell.points for cell in grader.verdict(RIGHT, BOTH, 1, *later).cells] == [2.0, 0.0]


def test_pictures_are_not_run_and_written_answers_are_left_to_a_person(grader: Grader) -> None:
    more = (
        Cell("explore-1", Role.EXPLORE, "code", "print('drawn')"),
        Cell("prose-2", Role.PROSE, "markdown", "print('text')"),
        Cell("written-1", Role.WRITTEN, "markdown", "I think", points=3.0),
        Cell("extra-1", Role.EXTRA, "code", "print('extra')"),
        Cell("extra-2", Role.EXTRA, "code", "  \n"),
    )
    verdict = grader.verdict(RIGHT, BOTH, 1, *more)
    assert [(cell.cell_id, cell.points, cell.outcome) for cell in verdict.cells[1:]] == [
        ("written-1", None, Outcome.NOT_GRADED)
    ]
    assert [output.stdout for output in verdict.outputs] == ["", "", "extra\n"]


def test_pictures_beyond_what_a_verdict_may_hold_are_left_out(grader: Grader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "MAX_PICTURE_BYTES", 50_000)
    plot = "import matplotlib.pyplot as plt\nplt.plot(np.random.default_rng(0).normal(size=500));"
    more = [Cell(f"extra-{i}", Role.EXTRA, "code", plot) for i in range(4)]
    images = [output.images for output in grader.verdict(RIGHT, BOTH, 1, *more).outputs]
    assert len(images[2]) == 1
    assert images[-1] == ()


def test_the_same_submission_gets_the_same_verdict(grader: Grader) -> None:
    one, other = (grader.verdict("def relative_error(a, b): return 0 * a").cells for _ in range(2))
    assert one == other


def test_a_lost_sandbox_is_a_grader_error_of_the_checks_it_hits(grader: Grader, sandbox: Any) -> None:
    breaks = grader.sandbox.fork

    def fork() -> Any:
        if len(sandbox.processes) == 1:
            raise OSError("no more processes")
        return breaks()

    sandbox.fork = fork
    later = (Cell("relative_error-check-2", Role.CHECK, "code", BOTH, "relative_error", 1.0),)
    verdict = grader.verdict("def relative_error(a, b):\n    import os\n    os._exit(0)", BOTH, 1, *later)
    assert [cell.outcome for cell in verdict.cells] == [Outcome.CRASHED, Outcome.GRADER_ERROR]


def test_every_reference_of_the_course_passes_through_the_wall(sandbox: Any, limits: Any) -> None:
    exercises = of_assignment("01-backprop")
    cells = [Cell("given-1", Role.GIVEN, "code", "import numpy as np")]
    for exercise in exercises:
        module, name = exercise.reference.__module__, exercise.name
        cells.append(Cell(name, Role.SOLUTION, "code", f"from {module} import {name}", name))
        check = f"check({name})\ncheck({name}, hidden=True)"
        cells.append(Cell(f"{name}-check", Role.CHECK, "code", check, name, 1.0))
    notebook = Notebook("01-backprop", "backprop", tuple(cells))
    verdict = grade_notebook(notebook, student="ada", sandbox=sandbox, limits=limits, seed=3)
    assert [(cell.cell_id, cell.hint) for cell in verdict.cells if cell.points != 1.0] == []
    assert len(verdict.cells) == len(exercises) > 5


def test_where_a_cell_stopped_at_an_import_the_check_says_so(grader: Grader) -> None:
    verdict = grader.verdict(f"import there_is_no_such_library.part\n{RIGHT}")
    (cell,) = verdict.cells
    assert (cell.points, cell.outcome) == (0.0, Outcome.MISSING)
    assert cell.hint == (
        "relative_error is not there: the cell for relative_error stopped at line 1, `import "
        "there_is_no_such_library.part`: ModuleNotFoundError: No module named 'there_is_no_such_library'. "
        "There is no there_is_no_such_library where your work is graded."
    )
    assert "ModuleNotFoundError: No module named 'there_is_no_such_library'" in verdict.outputs[-1].error
    assert "Your work is graded with Python's own modules, NumPy, Matplotlib" in verdict.outputs[-1].error


def test_what_a_cell_prints_about_an_import_is_not_believed(grader: Grader) -> None:
    cell = grader.cell("print(\"ModuleNotFoundError: No module named 'numpy'\")")
    assert "import" not in cell.text
