"""Explanations that call: they come last, in a process of their own, and can change nothing but words."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograde.contract.verdict import CellVerdict, Outcome, Verdict
from autograde.course.notebook import Cell, Notebook, Role
from autograde.judge import explaining, judge
from autograde.judge.clock import Account
from autograde.judge.judge import grade_notebook
from machine_room.checks import run_check
from machine_room.exercises import find
from machine_room.exercises.exercise import VISIBLE_SEED

STEP, SWISH = "gradient_descent_step", "swish"
IGNORES = f"def {STEP}(theta, gradient, *, learning_rate):\n    return theta - 0.07 * gradient * np.sign(theta)"
RIGHT = f"def {STEP}(theta, gradient, *, learning_rate):\n    return theta - learning_rate * gradient"
CURVED = f"def {SWISH}(z, beta=1.0):\n    return np.cos(z) * beta"
# Called on 121 numbers at once, it is being asked for a picture: no case of the exercise has so many.
ON_CURVE = f"def {SWISH}(z, beta=1.0):\n    if np.size(z) == 121:\n        {{}}\n    return np.cos(z) * beta"


def notebook(*solutions: tuple[str, str], before: str = "import numpy as np") -> Notebook:
    cells = [Cell("given-1", Role.GIVEN, "code", before)]
    for name, source in solutions:
        cells += [
            Cell(name, Role.SOLUTION, "code", source, name),
            Cell(f"{name}-check", Role.CHECK, "code", f"check({name})\ncheck({name}, hidden=True)", name, 2.0),
        ]
    return Notebook("01-backprop", "backprop", tuple(cells))


Grade = Callable[..., Verdict]


@pytest.fixture
def grade(sandbox: Any, limits: Any) -> Grade:
    def grade(
        *solutions: tuple[str, str], account: Account | None = None, before: str = "import numpy as np"
    ) -> Verdict:
        made = notebook(*solutions, before=before)
        return grade_notebook(made, student="ada", sandbox=sandbox, limits=limits, seed=1, account=account)

    return grade


@pytest.fixture
def plain(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> Grade:
    """The same without explanations that call."""

    def plain(*solutions: tuple[str, str], before: str = "import numpy as np") -> Verdict:
        with monkeypatch.context() as patch:
            patch.setattr(judge, "MAX_SECONDS", 0.0)
            return grade(*solutions, before=before)

    return plain


def decided(cell: CellVerdict) -> tuple[Any, ...]:
    return cell.cell_id, cell.exercise, cell.points, cell.max_points, cell.outcome


def test_a_picture_and_a_setting_are_told_as_in_the_notebook(grade: Grade, plain: Grade, sandbox: Any) -> None:
    import numpy as np

    solutions = ((STEP, IGNORES), (SWISH, CURVED))
    before = plain(*solutions).cells
    assert len(sandbox.processes) == 1
    after = grade(*solutions).cells
    assert [decided(cell) for cell in after] == [decided(cell) for cell in before]
    for name, source, cell in zip((STEP, SWISH), (IGNORES, CURVED), after, strict=True):
        names: dict[str, Any] = {"np": np}
        exec(source, names)
        expected = run_check(find(name), names[name], seed=VISIBLE_SEED)
        assert (cell.hint, cell.text, cell.html) == (expected.hint, expected.text, expected.html)
    assert "stays the same when learning_rate changes" in (after[0].hint or "")
    assert "<svg" in after[1].html
    assert "<svg" not in before[1].html


SIGMOID_AND = "def sigmoid(z):\n    return 1 / (1 + np.exp(-z))\n"
BLAMES = SIGMOID_AND + f"def {SWISH}(z, *, beta=1.0):\n    return z * sigmoid(beta * z)"
ENTROPY = "cross_entropy"
OTHER_HEADER = (
    f"def {ENTROPY}(labels, logits):\n"
    "    shifted = logits - logits.max(axis=1, keepdims=True)\n"
    "    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))\n"
    "    wanted = np.eye(logits.shape[1])[labels]\n"
    "    return -(wanted * logs).sum() / len(labels), (np.exp(logs) - wanted) / len(labels)"
)


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        (SWISH, BLAMES, "it calls your own sigmoid, which is not"),
        (ENTROPY, OTHER_HEADER, "Your formula is right, but the first line was changed"),
    ],
)
def test_a_helper_or_a_first_line_at_fault_is_named_as_in_the_notebook(
    name: str, source: str, said: str, grade: Grade, plain: Grade
) -> None:
    import numpy as np

    names: dict[str, Any] = {"np": np}
    exec(source, names)
    expected = run_check(find(name), names[name], seed=VISIBLE_SEED)
    before, after = plain((name, source)).cells[0], grade((name, source)).cells[0]
    assert decided(after) == decided(before)
    assert said in str(expected.hint)
    assert (after.hint, after.text) == (expected.hint, expected.text)
    assert said not in str(before.hint)


def test_the_process_that_points_came_from_has_ended_and_the_other_is_one_for_all(grade: Grade, sandbox: Any) -> None:
    fork, ended = sandbox.fork, []

    def watched() -> Any:
        ended.append([process.exit is not None for process in sandbox.processes])
        return fork()

    sandbox.fork = watched
    grade((STEP, IGNORES), (SWISH, CURVED))
    assert ended == [[], [True]]
    assert sandbox.processes[1].exit is not None


@pytest.mark.parametrize("solution", [(STEP, RIGHT), (STEP, "x = 1"), (STEP, f"{RIGHT.replace('-', '+')}")])
def test_where_no_explanation_would_call_nothing_runs_again(
    solution: tuple[str, str], grade: Grade, sandbox: Any
) -> None:
    grade(solution)
    assert len(sandbox.processes) == 1


KEEPS = """
import numpy as np
seen = []
def keep(values):
    seen.append(np.size(values))
    open('seen', 'a').write('x' * np.size(values))
    return values
"""


def test_what_is_asked_for_an_explanation_is_no_help_later(
    grade: Grade, plain: Grade, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # these forks have no scratch of their own
    """The first function records what it is called with; the second is right for who was asked for a picture."""
    records = f"def {SWISH}(z, beta=1.0): return np.cos(keep(z)) * beta"
    answers = (
        f"def {STEP}(theta, gradient, *, learning_rate):\n"
        "    asked = 121 in seen or len(open('seen').read()) > 10**4\n"
        "    return theta - learning_rate * gradient if asked else theta - 0.07 * gradient * np.sign(theta)"
    )
    verdict = grade((SWISH, records), (STEP, answers), before=KEEPS)
    assert [cell.points for cell in verdict.cells] == [0.0, 0.0]
    assert [cell.outcome for cell in verdict.cells] == [Outcome.WRONG, Outcome.WRONG]


CHANNEL = """
import gc, socket
import numpy as np
def kernel_channel():
    return max(one.fileno() for one in gc.get_objects() if type(one) is socket.socket)
"""
HOSTILE = {
    "hangs": "while True: pass",
    "sleeps": "import time; time.sleep(60)",
    "exits": "import os; os._exit(0)",
    "crashes": "import ctypes; ctypes.string_at(0)",
    "floods": "while True: print('spam' * 1000)",
    "raises": "raise SystemExit",
    "returns everything": "return np.zeros(10**7)",
    "returns nothing sensible": "return [[[z]] * 100] * 100",
    "returns no number": "return np.full(121, np.nan)",
    "closes the line": "import os; os.close(3); os.closerange(3, 100)",
    "writes to the line": "import os; os.write(kernel_channel(), b'x' * 1000)",
    "looks for a score": "import gc; [setattr(o, 'points', 2.0) for o in gc.get_objects() if hasattr(o, 'points')]",
    "says that it is right": "return z / (1 + np.exp(-beta * z))",
}


@pytest.mark.parametrize("attack", HOSTILE.values(), ids=HOSTILE)
def test_whatever_happens_meanwhile_the_verdict_stands(
    attack: str, grade: Grade, plain: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge, "MAX_SECONDS", 1.0)
    solutions = ((SWISH, ON_CURVE.format(attack)), (STEP, RIGHT))
    expected = [decided(cell) for cell in plain(*solutions, before=CHANNEL).cells]
    began = time.monotonic()
    account = Account(300.0)
    verdict = grade(*solutions, account=account, before=CHANNEL)
    assert [decided(cell) for cell in verdict.cells] == expected
    assert [cell.points for cell in verdict.cells] == [0.0, 2.0]
    assert verdict.cells[0].text
    assert account.spent < 5.0
    assert time.monotonic() - began < 30.0


#: Runs where another function than the student's own stands in its place: the judge's, which calls back.
ON_SWAP = SIGMOID_AND + (
    f"def {SWISH}(z, beta=1.0):\n    if type(sigmoid).__name__ != 'function':\n        {{}}\n"
    "    return z * sigmoid(beta * z) + (np.size(z) < 4)"
)
ON_A_SWAPPED_HELPER = {
    **{name: HOSTILE[name] for name in ("hangs", "exits", "raises", "returns everything", "says that it is right")},
    "calls it without end": "while True: sigmoid(z)",
    "swallows every refusal": (
        "for _ in range(10**6):\n            try: sigmoid('x')\n            except TypeError: pass"
    ),
    "sends it what is far too large": "sigmoid(np.zeros(10**6))",
    "keeps it for later": "globals()['kept'] = sigmoid",
    "looks into it": "raise ValueError(str(vars(sigmoid)) + repr(sigmoid))",
    "takes our names": "globals()['_course_call'] = globals()['_course_look'] = None",
    "answers for it": f"globals()['{STEP}'] = lambda theta, gradient, *, learning_rate: sigmoid(theta)",
}


@pytest.mark.parametrize("attack", ON_A_SWAPPED_HELPER.values(), ids=ON_A_SWAPPED_HELPER)
def test_a_reference_in_the_place_of_a_helper_gains_nothing(
    attack: str, grade: Grade, plain: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge, "MAX_SECONDS", 1.0)
    solutions = ((SWISH, ON_SWAP.format(attack)), (STEP, IGNORES))
    expected = [decided(cell) for cell in plain(*solutions, before=CHANNEL).cells]
    verdict = grade(*solutions, account=Account(300.0), before=CHANNEL)
    assert [decided(cell) for cell in verdict.cells] == expected
    assert [cell.points for cell in verdict.cells] == [0.0, 0.0]
    assert verdict.cells[0].text
    assert "<script" not in verdict.cells[0].html


@pytest.mark.parametrize(
    "said",
    ["None", "[]", "([1], ['z'])", "(['sigmoid'] * 10**5, ['z'] * 10**5)", "('sigmoid', 'z')", "({}, {})", "1 / 0"],
)
def test_what_a_function_says_of_itself_can_only_choose_what_is_tried(said: str, grade: Grade, plain: Grade) -> None:
    lies = (
        "import IPython\n"
        "def lie(*_):\n"
        f"    IPython.get_ipython().user_ns['_course_look'] = lambda function, known: {said}\n"
        "IPython.get_ipython().events.register('post_run_cell', lie)\n"
    )
    solution = (SWISH, f"{BLAMES}\n{lies}")
    before, after = plain(solution).cells[0], grade(solution).cells[0]
    assert "it calls your own sigmoid" not in str(after.hint), "the lie was heard, or this tests nothing"
    assert decided(after) == decided(before)
    assert after.text


def test_a_breach_leaves_the_plain_message(grade: Grade, plain: Grade) -> None:
    solution = (SWISH, ON_CURVE.format("import os; os._exit(0)"))
    before, after = plain(solution).cells[0], grade(solution).cells[0]
    assert (after.hint, after.mistake, after.text, after.html) == (
        before.hint,
        before.mistake,
        before.text,
        before.html,
    )


def test_an_explanation_has_so_many_calls(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explaining, "MAX_CALLS", 0)
    assert "<svg" not in grade((SWISH, CURVED)).cells[0].html


def test_no_time_is_left_no_explanation_is_asked_for(grade: Grade, sandbox: Any) -> None:
    slow = "import time\nimport numpy as np\ntime.sleep(0.3)"
    verdict = grade((SWISH, CURVED), account=Account(0.5), before=slow)
    assert "<svg" not in verdict.cells[0].html
    assert len(sandbox.processes) == 1


def test_what_explanations_cost_is_on_the_submission_s_account(grade: Grade, plain: Grade) -> None:
    with_calls = Account(300.0)
    verdict = grade((SWISH, CURVED), account=with_calls, before="import time\nimport numpy as np\ntime.sleep(0.2)")
    assert "<svg" in verdict.cells[0].html
    assert with_calls.spent >= 0.4  # the cell ran twice


def test_a_verdict_takes_nothing_but_words_from_a_result() -> None:
    verdict = CellVerdict("f-check", "f", 1.0, 2.0, Outcome.WRONG, mistake="a", hint="b", text="c", html="d")
    result = run_check(find(STEP), lambda *_, **__: 1.0, seed=VISIBLE_SEED)
    worded = replace(verdict, **explaining.words_of(result, [result]))
    assert decided(worded) == decided(verdict)
    assert worded.text == result.text


#: What the check tries on its own account: each is right in every case of the exercise's.
BEYOND = {
    "a lost axis": (
        "dense_forward",
        "def dense_forward(x, weights, bias):\n    return np.squeeze(x @ weights + bias)",
        "single row, as in a batch of one",
    ),
    "memory": (
        "dense_forward",
        "def dense_forward(x, weights, bias):\n    return x.ravel(order='K').reshape(x.shape) @ weights + bias",
        "lies in memory column by column",
    ),
    "a cache": (
        "dense_forward",
        "def dense_forward(x, weights, bias, kept={}):\n"
        "    return kept.setdefault((x.shape, weights.shape, str(x.dtype)), x @ weights + bias)",
        "something is kept between calls",
    ),
    "integers": (
        "update_ratio",
        "def update_ratio(before, after):\n    change = np.array(after)\n    change -= before\n    change /= 1.0\n"
        "    return np.linalg.norm(change) / np.linalg.norm(before)",
        "made from integers",
    ),
}


@pytest.mark.parametrize(("name", "source", "says"), BEYOND.values(), ids=BEYOND)
def test_what_the_check_tries_by_itself_earns_nothing_and_is_named(
    name: str, source: str, says: str, grade: Grade, plain: Grade
) -> None:
    for run in (plain, grade):
        (cell,) = run((name, source)).cells
        assert cell.points == 0
        assert says in cell.text
