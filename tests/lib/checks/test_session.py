"""check() as a notebook meets it: seeds, records, IPython, Jupyter, nbgrader."""

# Functions as students write them, without types.
# mypy: allow-untyped-defs, allow-untyped-calls

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from machine_room.checks import CheckFailed, check, hidden_seed, recorded, run_check
from machine_room.checks.answers import answers
from machine_room.checks.diagnose import Outcome
from machine_room.checks.run import FALLBACK_SEED, NBGRADER_VARIABLES, SEED_VARIABLE, CheckResult
from machine_room.exercises import find

RIGHT = """
import numpy as np
from machine_room import check

def relative_error(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))
"""
WRONG = RIGHT.replace("np.abs(a - b)", "(a - b)")


def relative_error(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))


def wrong(a, b):
    return 0.0


wrong.__name__ = "relative_error"


def unwritten(a, b):
    raise NotImplementedError()


unwritten.__name__ = "relative_error"


@pytest.fixture
def shell() -> Iterator[Any]:
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def test_a_pass_returns_what_it_shows() -> None:
    result = check(relative_error)
    assert (result.passed, result.outcome, result.mistake, result.hint) == (True, "correct", None, None)
    assert result._repr_html_() == result.html
    assert result.points_share == 1


def test_a_failure_raises_with_the_result_and_its_text() -> None:
    with pytest.raises(CheckFailed) as failed:
        check(wrong)
    assert str(failed.value) == failed.value.result.text
    assert isinstance(failed.value, AssertionError)
    assert failed.value.result.points_share == 0


def test_a_known_mistake_is_named() -> None:
    known = find("relative_error").mistakes[0]
    result = run_check(find("relative_error"), known.function, seed="visible")
    assert (result.mistake, result.hint) == (known.name, known.hint)


def test_hidden_cases_follow_the_seed_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that knows the answers to one seed's cases passes with that seed and no other."""

    def knows(seed):
        own = answers(find("relative_error"), seed)
        cases = [*own.with_other_numbers().cases, *own.with_further.cases]  # those that the check makes of them, too
        learned = {
            tuple(np.ravel(a).tolist() + np.ravel(b).tolist()): relative_error(a, b) for a, b in _arguments(cases)
        }

        def relative_error_by_heart(a, b):
            return learned.get(tuple(np.ravel(a).tolist() + np.ravel(b).tolist()), -1.0)

        relative_error_by_heart.__name__ = "relative_error"
        return relative_error_by_heart

    monkeypatch.delenv(SEED_VARIABLE, raising=False)
    assert _passes(knows(FALLBACK_SEED))
    assert not _passes(knows("a"))
    with hidden_seed("a"):
        assert _passes(knows("a"))
        with hidden_seed("b"):
            assert _passes(knows("b"))
            assert not _passes(knows("a"))
        assert _passes(knows("a"))
    monkeypatch.setenv(SEED_VARIABLE, "c")
    assert _passes(knows("c"))
    with hidden_seed("a"):
        assert _passes(knows("a"))


def _arguments(cases):
    return [case.args for case in cases]


def _passes(function):
    try:
        return check(function, hidden=True).passed
    except CheckFailed:
        return False


def test_what_students_see_is_never_what_grading_uses() -> None:
    exercise = find("relative_error")
    visible, hidden = exercise.draw("visible"), exercise.draw(FALLBACK_SEED)
    assert not np.array_equal(visible[0].args[0], hidden[0].args[0])


def test_every_check_inside_a_block_is_recorded_also_in_nested_ones() -> None:
    with recorded() as outer:
        check(relative_error)
        with recorded() as inner:
            with pytest.raises(CheckFailed):
                check(wrong)
            check(relative_error, hidden=True)
        check(relative_error)
    check(relative_error)
    assert [result.passed for result in inner] == [False, True]
    assert [result.passed for result in outer] == [True, False, True, True]
    assert [result.hidden for result in outer] == [False, False, True, False]
    assert inner[0] is outer[1]


def test_a_share_of_the_points_stands_where_one_is_given() -> None:
    partial = CheckResult("run", True, False, Outcome.CORRECT, None, None, "", "", share=0.5)
    assert partial.points_share == 0.5


def test_an_ipython_session_shows_the_message_and_none_of_our_code(
    shell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell(WRONG)
    result = shell.run_cell("check(relative_error, hint=2)")
    shown = capsys.readouterr()
    assert isinstance(result.error_in_exec, CheckFailed)
    assert "a - b may be negative" in shown.out
    assert "yours" in shown.out
    for ours in ("Traceback", "run.py", "raise CheckFailed", "machine_room"):
        assert ours not in shown.out + shown.err
    assert shown.err == ""


def test_an_ipython_session_shows_a_pass_as_one_line(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_cell(RIGHT)
    shell.run_cell("check(relative_error)", store_history=True)
    assert capsys.readouterr().out.strip().endswith("relative_error: correct, 7 cases")


def test_an_error_names_the_line_of_the_cell(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_cell(RIGHT.replace("return np.max", "unknown\n    return np.max"))
    result = shell.run_cell("check(relative_error)")
    hint = result.error_in_exec.result.hint
    assert hint.startswith(
        "Your function raised NameError: name 'unknown' is not defined. (line 5 of the cell: unknown)"
    )


def test_nbgrader_gives_a_pass_all_points_and_a_failure_none(shell: Any) -> None:
    from nbformat.v4 import new_code_cell, new_output
    from nbgrader.utils import determine_grade

    role = {"nbgrader": {"grade": True, "solution": False, "locked": True, "points": 3, "grade_id": "a"}}
    passed = new_output("execute_result", data={"text/plain": repr(check(relative_error))})
    assert determine_grade(new_code_cell(metadata=role, outputs=[passed])) == (3, 3)
    failed = new_output("error", ename="CheckFailed", evalue="", traceback=[])
    assert determine_grade(new_code_cell(metadata=role, outputs=[failed])) == (0, 3)


@pytest.fixture
def published(shell: Any, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What a notebook that somebody works in is sent."""
    for name in NBGRADER_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    sent: list[Any] = []
    monkeypatch.setattr(shell, "kernel", object(), raising=False)
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.setattr(shell.display_pub, "publish", lambda data, *args, **kwargs: sent.append(data))
    return sent


def test_in_a_notebook_a_function_that_is_not_begun_is_no_error(published: list[Any]) -> None:
    result = check(unwritten)
    assert (result.passed, result.outcome, result.points_share) == (False, "missing", 0)
    assert "not written yet" in result.html
    assert published == [], "it is the cell's value"


@pytest.mark.parametrize("variable", NBGRADER_VARIABLES)
@pytest.mark.parametrize("function", [unwritten, wrong], ids=["unwritten", "wrong"])
def test_where_nbgrader_runs_the_notebook_every_failed_check_raises(
    published: list[Any], monkeypatch: pytest.MonkeyPatch, variable: str, function: Any
) -> None:
    monkeypatch.setenv(variable, "autograde")
    with pytest.raises(CheckFailed):
        check(function)


def test_outside_of_notebooks_every_failed_check_raises() -> None:
    with pytest.raises(CheckFailed, match="not written yet"):
        check(unwritten)


def test_jupyter_gets_the_message_as_html_and_only_once(published: list[Any]) -> None:
    with pytest.raises(CheckFailed) as failed:
        check(wrong)
    (data,) = published
    assert data["text/plain"] == failed.value.result.text
    assert data["text/html"] == failed.value.result.html
    assert str(failed.value) == "relative_error: see the message above"
    assert failed.value._render_traceback_() == [str(failed.value)]
