"""Assertions beside a check: what each is worth, and what of it a student is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from autograde.contract.verdict import Outcome
from autograde.course.notebook import Cell, Notebook, Role
from autograde.judge.assertions import HIDDEN
from autograde.judge.judge import NOTHING_CHECKED, grade_notebook

RIGHT = """
def relative_error(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))
"""
WRONG = "def relative_error(a, b): return 0 * a\n"
CHECK = "check(relative_error)\n"
ONE = "relative_error(np.ones(2), np.zeros(2))"


def hidden(test: str) -> str:
    return f"### BEGIN HIDDEN TESTS\ncheck(relative_error, hidden=True)\n{test}\n### END HIDDEN TESTS"


@dataclass(frozen=True)
class Kind:
    """A check cell and an answer; what that is worth of 2 points, and what is told."""

    cell: str
    points: float | None
    told: str = ""
    answer: str = RIGHT
    outcome: Outcome = Outcome.WRONG
    untold: str = "hidden=True"


CANNOT = "This test cannot use what your code gives: "
KINDS = {
    "one that holds, below the check": Kind(f"{CHECK}assert {ONE} == 1", 2.0, outcome=Outcome.CORRECT),
    "one that holds, above it": Kind(f"assert {ONE} == 1\n{CHECK}", 2.0, outcome=Outcome.CORRECT),
    "of numpy.testing, that holds": Kind(f"{CHECK}np.testing.assert_allclose({ONE}, 1)", 2.0, outcome=Outcome.CORRECT),
    "hidden, that holds": Kind(CHECK + hidden(f"assert {ONE} == 1"), 2.0, outcome=Outcome.CORRECT),
    "of a value of theirs, that holds": Kind(f"{CHECK}assert width == 3", 2.0, "", f"{RIGHT}\nwidth = 3",
                                             Outcome.CORRECT),
    "one that fails": Kind(f"{CHECK}assert {ONE} == 2", 0.0, f"This test failed: assert {ONE} == 2"),
    "one that fails above the check": Kind(f"assert {ONE} == 2\n{CHECK}", 0.0, "This test failed: assert relative"),
    "with the author's words": Kind(f"{CHECK}assert {ONE} == 2, 'Two was asked for.'", 0.0, "Two was asked for."),
    "with no words": Kind(f"{CHECK}assert {ONE} == 2, ''", 0.0, "This test failed: assert "),
    "of numpy.testing": Kind(f"{CHECK}np.testing.assert_allclose({ONE}, 2)", 0.0, "This test failed: np.testing."),
    "imported by name": Kind(f"from numpy.testing import assert_equal\n{CHECK}assert_equal({ONE}, 2)", 0.0,
                             "This test failed: assert_equal("),
    "in a function": Kind(f"def holds():\n    assert {ONE} == 2\n{CHECK}holds()", 0.0, "This test failed: "),
    "in a loop": Kind(f"{CHECK}for n in range(3):\n    assert {ONE} == 1 + n", 0.0, "This test failed: "),
    "over many lines": Kind(f"{CHECK}assert (\n    {ONE}\n    == 2\n)", 0.0, "This test failed: assert ("),
    "hidden": Kind(CHECK + hidden(f"assert {ONE} == 271828"), 0.0, HIDDEN, untold="271828"),
    "hidden, of numpy.testing": Kind(CHECK + hidden(f"np.testing.assert_allclose({ONE}, 271828)"), 0.0, HIDDEN,
                                     untold="271828"),
    "hidden, with the author's words": Kind(CHECK + hidden(f"assert {ONE} == 271828, 'Look at zeros.'"), 0.0,
                                            "Look at zeros.", untold="271828"),
    "hidden, that cannot compare": Kind(CHECK + hidden("assert parts == 271828"), 0.0, HIDDEN,
                                        f"{RIGHT}\nparts = np.ones(2)", untold="271828"),
    "of an array": Kind(f"{CHECK}assert parts == 1", 0.0, f"{CANNOT}assert parts == 1", f"{RIGHT}\nparts = np.ones(2)"),
    "of nothing": Kind(f"{CHECK}assert parts < 1", 0.0, CANNOT, f"{RIGHT}\nparts = None"),
    "of what has no length": Kind(f"{CHECK}assert len(parts) == 1", 0.0, CANNOT, f"{RIGHT}\nparts = 1"),
    "of what has no such part": Kind(f"{CHECK}assert parts['a'] == 1", 0.0, CANNOT, f"{RIGHT}\nparts = {{}}"),
    "of what NumPy refuses": Kind(f"{CHECK}assert np.allclose(parts, 1)", 0.0, CANNOT, f"{RIGHT}\nparts = 'abc'"),
    "of shapes that do not fit": Kind(f"{CHECK}assert np.allclose(parts, np.ones(3))", 0.0, CANNOT,
                                      f"{RIGHT}\nparts = np.ones(2)"),
    "of what they divide by": Kind(f"{CHECK}assert 1 / parts == 1", 0.0, CANNOT, f"{RIGHT}\nparts = 0"),
    "of a name that is not there": Kind(f"{CHECK}assert parts == 1", 0.0, "parts", outcome=Outcome.MISSING),
    "that they raise in": Kind(f"{CHECK}assert broken() == 1", 0.0, "Your code raised KeyError",
                               f"{RIGHT}\ndef broken(): raise KeyError('x')", Outcome.ERROR),
    "that they raise an AssertionError in": Kind(f"{CHECK}assert broken() == 1", 0.0, "Your code raised Assertion",
                                                 f"{RIGHT}\ndef broken(): assert 0", Outcome.ERROR),
    "that holds beside a wrong answer": Kind(f"assert width == 3\n{CHECK}", 0.0, "", f"{WRONG}\nwidth = 3"),
    "alone, that holds": Kind(f"assert {ONE} == 1", 0.0, NOTHING_CHECKED),
    "alone, that fails": Kind(f"assert {ONE} == 2", 0.0, "This test failed: "),
    "none, and no check": Kind("1 + 1", 0.0, NOTHING_CHECKED),
    "a fault of the author's": Kind(f"{CHECK}{{}}['x']", None, "It is no fault of yours", outcome=Outcome.GRADER_ERROR),
    "a fault above an assertion": Kind(f"{CHECK}x = {{}}['x']\nassert x == 1", None, "It is no fault of yours",
                                       outcome=Outcome.GRADER_ERROR),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_an_assertion_is_worth_and_what_is_told(kind: str, sandbox: Any, limits: Any) -> None:
    one = KINDS[kind]
    cells = (
        Cell("given-1", Role.GIVEN, "code", "import numpy as np"),
        Cell("relative_error", Role.SOLUTION, "code", one.answer, "relative_error"),
        Cell("relative_error-check", Role.CHECK, "code", one.cell, "relative_error", 2.0),
    )
    notebook = Notebook("01-backprop", "backprop", cells)
    (verdict,) = grade_notebook(notebook, student="ada", sandbox=sandbox, limits=limits, seed=1).cells
    assert (verdict.points, verdict.outcome) == (one.points, one.outcome)
    assert one.told in verdict.text
    assert one.untold not in f"{verdict.text}{verdict.html}{verdict.hint}"


def test_a_fault_of_the_checks_own_is_ours_also_inside_an_assertion(
    sandbox: Any, limits: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ValueError("a bug of ours")

    monkeypatch.setattr("autograde.judge.judge.check", broken)
    cells = (
        Cell("relative_error", Role.SOLUTION, "code", f"import numpy as np\n{RIGHT}", "relative_error"),
        Cell("relative_error-check", Role.CHECK, "code", "assert check(relative_error)", "relative_error", 2.0),
    )
    notebook = Notebook("01-backprop", "backprop", cells)
    (verdict,) = grade_notebook(notebook, student="ada", sandbox=sandbox, limits=limits, seed=1).cells
    assert (verdict.points, verdict.outcome) == (None, Outcome.GRADER_ERROR)
