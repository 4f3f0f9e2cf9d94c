"""Assertions beside a check: an author's own tests of what the student's code gives, told as far as students may read.

They run in the judge, on plain data. One that fails takes the cell's points, whatever the check says; so does one that
cannot even use what it was given, as with a result that cannot be compared. A fault anywhere else in the cell is ours.
"""

from __future__ import annotations

import ast
import traceback

from machine_room.translation import say, sentence

from ..course.notebook import BEGIN_HIDDEN, END_HIDDEN

__all__ = ["told_of"]

MAX_SHOWN = 200  # characters of a test
HIDDEN = sentence("A hidden test of this cell failed.")

Test = ast.Assert | ast.Expr


def told_of(error: Exception, source: str, file: str) -> str | None:
    """What a student is told where an error came out of a cell's own test; None where it came from elsewhere.

    Args:
        error: as it was raised, with its traceback.
        source: the check cell.
        file: the name that it was compiled under.
    """
    test = _test_at(error, source, file)
    if test is None:
        return None
    failed = isinstance(error, AssertionError)
    if failed and isinstance(test, ast.Assert) and test.msg is not None and str(error):
        return str(error)  # the author's words, also of a hidden test
    if test.lineno in _hidden_lines(source):
        return say(HIDDEN)
    shown = (ast.get_source_segment(source, test) or "").split("\n")[0][:MAX_SHOWN]
    if failed:
        return say("This test failed: {test}", test=shown)
    return say("This test cannot use what your code gives: {test}", test=shown)


def _test_at(error: Exception, source: str, file: str) -> Test | None:
    """The cell's own test that an error came through last; none where that calls `check`, which is ours."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    if not lines or lines[-1] is None:
        return None
    tests = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert | ast.Expr))
    found = [one for one in tests if one.lineno <= lines[-1] <= (one.end_lineno or one.lineno) and _is_test(one)]
    return found[0] if found else None


def _is_test(node: Test) -> bool:
    """`assert ...`, or a call as of numpy.testing.assert_allclose."""
    calls = [ast.unparse(one.func).rpartition(".")[2] for one in ast.walk(node) if isinstance(one, ast.Call)]
    if "check" in calls:
        return False
    if isinstance(node, ast.Assert):
        return True
    called = ast.unparse(node.value.func) if isinstance(node.value, ast.Call) else ""
    return called.rpartition(".")[2].startswith("assert")


def _hidden_lines(source: str) -> set[int]:
    hidden, found = False, set()
    for number, line in enumerate(source.split("\n"), 1):
        hidden = BEGIN_HIDDEN in line or (hidden and END_HIDDEN not in line)
        if hidden:
            found.add(number)
    return found
