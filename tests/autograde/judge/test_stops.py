"""The reason is at the check: what stopped the cell that should define the function, and at which line."""

from __future__ import annotations

from typing import Any

import pytest

from autograde.contract.verdict import CellOutput, CellVerdict, Outcome
from autograde.course.notebook import Cell, Notebook, Role
from autograde.judge.judge import grade_notebook
from autograde.judge.stops import PYTHON, Above, Stop

DEF = "def relative_error(a, b):\n    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))"


def solution(source: str) -> Cell:
    return Cell("relative_error", Role.SOLUTION, "code", source, "relative_error")


def own(source: str) -> Cell:
    return Cell("extra-1", Role.EXTRA, "code", source)


@pytest.fixture
def said(sandbox: Any, limits: Any) -> Any:
    def said(*cells: Cell, check: str = "check(relative_error)") -> CellVerdict:
        given = Cell("given-1", Role.GIVEN, "code", "import numpy as np")
        asked = Cell("relative_error-check", Role.CHECK, "code", check, "relative_error", 2.0)
        notebook = Notebook("01-backprop", "backprop", (given, *cells, asked))
        verdict = grade_notebook(notebook, student="ada", sandbox=sandbox, limits=limits, seed=1)
        assert not verdict.grader_errors
        return verdict.cells[0]

    return said


STOPPED = {
    "a magic of the front end": (
        f"%matplotlib widget\n{DEF}",
        "stopped at line 1, `%matplotlib widget`: RuntimeError: 'widget' is not a recognised GUI loop or backend name.",
    ),
    "a place that is not here": (
        f"from google.colab import drive\ndrive.mount('/x')\n{DEF}",
        "stopped at line 1, `from google.colab import drive`: ModuleNotFoundError: No module named 'google'. "
        "There is no google where your work is graded.",
    ),
    "a library that is not here": (
        f"# mine\nimport no_such_library.part\n{DEF}",
        "stopped at line 2, `import no_such_library.part`: ModuleNotFoundError: No module named "
        "'no_such_library'. There is no no_such_library where your work is graded.",
    ),
    "a magic that nobody has": (
        f"x = 1\n%nosuch 3\n{DEF}",
        "stopped at line 2, `%nosuch 3`: UsageError: Line magic function `%nosuch` not found.",
    ),
    "a cell magic that nobody has": (f"%%cython\n{DEF}", "stopped at line 1, `%%cython`: UsageError: "),
    "under a cell magic": (f"%%time\nimport nothing_here\n{DEF}", "stopped at line 1, `%%time`: ModuleNotFoundError"),
    "in a function of their own": (
        f"def f():\n    1 / 0\n\nf()\n{DEF}",
        "stopped at line 4, `f()`: ZeroDivisionError: division by zero.",
    ),
    "a decorator that is not there": (
        f"@jit\n{DEF}",
        "stopped at line 1, `@jit`: NameError: name 'jit' is not defined",
    ),
    "a message of many lines": (
        f"raise ValueError('one\\n  two\\nthree')\n{DEF}",
        "stopped at line 1, `raise ValueError('one\\n  two\\nthree')`: ",
    ),
    "an exit": (f"raise SystemExit(3)\n{DEF}", "stopped at line 1, `raise SystemExit(3)`: SystemExit: 3."),
    "an interrupt": (f"raise KeyboardInterrupt\n{DEF}", "stopped at line 1, `raise KeyboardInterrupt`: Keyboard"),
    "an assertion": (f"assert False\n{DEF}", "stopped at line 1, `assert False`: AssertionError."),
    "an output of a shell that is not there": (f"names = !ls\nnames[0]\n{DEF}", "stopped at line 2, `names[0]`: Index"),
}
UNREADABLE = {
    "an indent too many": (
        "def relative_error(a, b):\n  x = 1\n    return 0",
        "at line 3, `return 0`, so none of its lines ran: IndentationError: unexpected indent.",
    ),
    "an indent too few": (
        "def relative_error(a, b):\nreturn 0",
        "at line 2, `return 0`, so none of its lines ran: Ind",
    ),
    "tabs and blanks": ("def relative_error(a, b):\n\tx = 1\n        return x", "at line 3, `return x`, so none"),
    "a bracket that stays open": (f"x = (1,\n{DEF}", "at line 1, `x = (1,`, so none of its lines ran: SyntaxError: "),
    "a quote that stays open": (f"x = 'abc\n{DEF}", "at line 1, `x = 'abc`, so none"),
    "a sign too few": ("def relative_error(a, b)\n    return 0", "at line 1, `def relative_error(a, b)`, so none"),
    "a newer Python's f-string": (f'x = f"{{\'a\' + "b"}}"\n{DEF}', 'at line 1, `x = f"{\'a\' + "b"}"`, so none'),
    "a newer Python's types": (
        "def relative_error[T](a, b):\n    return 0",
        "at line 1, `def relative_error[T](a, b):`",
    ),
    "a newer Python's statement": (f"type X = int\n{DEF}", "at line 1, `type X = int`, so none of its lines ran"),
    "Python 2": (f"print 'x'\n{DEF}", "at line 1, `print 'x'`, so none of its lines ran: SyntaxError: "),
}


@pytest.mark.parametrize(("source", "reason"), STOPPED.values(), ids=STOPPED)
def test_a_cell_that_stopped_before_its_def_says_where_and_why(said: Any, source: str, reason: str) -> None:
    cell = said(solution(source))
    assert (cell.points, cell.outcome) == (0.0, Outcome.MISSING)
    assert cell.text.startswith(f"relative_error is not there: the cell for relative_error {reason}")
    assert cell.hint == cell.text[:500]


@pytest.mark.parametrize(("source", "reason"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_cell_that_python_cannot_read_says_at_which_line_and_which_python(
    said: Any, source: str, reason: str
) -> None:
    cell = said(solution(source))
    assert (cell.points, cell.outcome) == (0.0, Outcome.MISSING)
    begin = "relative_error is not there: the cell for relative_error cannot be read by Python "
    assert cell.text.startswith(begin + reason)
    assert cell.text.endswith(PYTHON)


NOT_DEFINED = {
    "another name": ("def relativ_error(a, b):\n    return 0", "It defines `relativ_error`. Keep its first line"),
    "no function": ("x = 1", "ran without an error and does not define it. Keep its first line"),
    "a comment": ("# later", "ran without an error and does not define it."),
    "deleted again": (f"{DEF}\ndel relative_error", "ran without an error and does not define it."),
    "in a condition": ("if False:\n    def relative_error(a, b): return 0", "does not define it."),
    "nothing": ("", "is empty, or was deleted."),
}


@pytest.mark.parametrize(("source", "reason"), NOT_DEFINED.values(), ids=NOT_DEFINED)
def test_a_cell_that_defines_something_else_says_what(said: Any, source: str, reason: str) -> None:
    cell = said(solution(source))
    assert cell.outcome is Outcome.MISSING
    assert reason in (cell.hint or "")


def test_what_ran_in_another_cell_is_named_where_it_would_have_defined_the_function(said: Any) -> None:
    cell = said(own(f"import nothing_here\n{DEF}"), solution("# see above"))
    assert "is not there: a cell above this check stopped at line 1, `import nothing_here`: Module" in (cell.hint or "")


def test_a_name_that_a_check_needs_besides_is_explained_too(said: Any) -> None:
    cell = said(own("1 / 0\nloss = 3"), solution(DEF), check="check(relative_error)\nloss + 1")
    assert cell.hint == (
        "loss is not there: a cell above this check stopped at line 1, `1 / 0`: ZeroDivisionError: division by zero."
    )


BELOW = {
    "an import of their own": (
        [own("import no_such_library as nsl"), solution("def relative_error(a, b):\n    return nsl.error(a, b)")],
        "nsl is not there: a cell above this check stopped at line 1, `import no_such_library as nsl`: ",
    ),
    "a helper of their own": (
        [own("1 / 0\ndef half(x): return x / 2"), solution("def relative_error(a, b):\n    return half(a)")],
        "half is not there: a cell above this check stopped at line 1, `1 / 0`: ZeroDivisionError",
    ),
    "a constant of their own": (
        [own("limit = min([])"), solution("def relative_error(a, b):\n    return limit")],
        "limit is not there: a cell above this check stopped at line 1, `limit = min([])`: ValueError",
    ),
    "an older definition was checked": (
        [own("def relative_error(a, b): return 0.0"), solution(f"import no_such_library\n{DEF}")],
        "The cell for relative_error stopped at line 1, `import no_such_library`: ModuleNotFoundError",
    ),
    "not written, and a call below it": (
        [solution("def relative_error(a, b):\n    raise NotImplementedError()\n\nrelative_error(1, 2)")],
        "The cell for relative_error stopped at line 4, `relative_error(1, 2)`: NotImplementedError",
    ),
}


@pytest.mark.parametrize(("cells", "reason"), BELOW.values(), ids=BELOW)
def test_a_check_that_failed_for_a_cell_that_stopped_says_so_below_its_message(
    said: Any, cells: list[Cell], reason: str
) -> None:
    cell = said(*cells)
    assert cell.points == 0.0
    assert cell.text.split("\n")[-1].startswith(reason)


def test_right_work_says_nothing_of_a_cell_that_stopped(said: Any) -> None:
    cell = said(own("import no_such_library"), solution(f"{DEF}\n1 / 0"))
    assert cell.points == 2.0
    assert "stopped" not in cell.text


HOSTILE = {
    "markup": "raise ValueError('<script>alert(1)</script>')",
    "escapes": "raise ValueError('\\x1b[31mred \\u202e')",
    "a name of its own": "class E(Exception): pass\nE.__name__ = '<b>' * 500\nraise E('x' * 5000)",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_what_a_student_raises_is_cut_and_escaped(said: Any, source: str) -> None:
    cell = said(solution(f"{source}\n{DEF}"))
    assert "<script" not in cell.html
    assert "<b>" not in cell.html
    assert (cell.hint or "").isprintable()
    assert len(cell.hint or "") <= 500


@pytest.mark.parametrize(
    "error",
    [
        "",
        " \n",
        "x",
        "Cell 1, line 999999, in f",
        "  Cell 1, line 7\nE: x",
        "  " * 15_000,
        "UsageError: no",
        "\n" * 999,
    ],
)
def test_any_text_for_a_traceback_gives_a_sentence(error: str) -> None:
    stop = Stop(solution("x = 1"), error)
    assert str(stop).startswith("stopped")


@pytest.mark.parametrize("line", ["import " * 70_000, "from " * 100_000, "a" * 500_000, "a=" * 200_000, "\n" * 500_000])
def test_looking_for_names_in_a_hostile_cell_comes_to_an_end(line: str) -> None:
    """With a pattern that looks back it would take hours."""
    above = Above()
    above.add(own(line), CellOutput("extra-1", error="E: x"))
    assert "no cell above" in above.why_missing("nothing", [])
