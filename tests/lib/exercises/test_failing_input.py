"""failing_input runs the formula on what comes back: whatever that is, it is judged as data, at once."""

# Functions as students write them, without types.
# mypy: allow-untyped-defs, allow-untyped-calls

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from machine_room import naive
from machine_room.checks.diagnose import Outcome
from machine_room.checks.run import VISIBLE_SEED, run_check
from machine_room.exercises import find
from machine_room.naive import FORMULAS, fails

EXERCISE = find("failing_input")
TEXT = (Path(__file__).parents[3] / "course" / "02-activations" / "activations.md").read_text(encoding="utf-8")
RIGHT: dict[str, Any] = {
    "sigmoid_slope": -800.0,
    "softplus": 800.0,
    "exp_minus_1": 1e-17,
    "softmax": np.array([800.0, 0.0]),
}


def answering(**answers: Any) -> Any:
    """A function that gives the right inputs, but for these; what is callable is called for each."""

    def failing_input(formula, *, limit):
        answer = {**RIGHT, **answers}[formula]
        return answer() if callable(answer) else answer

    return failing_input


def judged(seed: int | str = VISIBLE_SEED, **answers: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return run_check(EXERCISE, answering(**answers), seed=seed)


class Posing(float):
    """A number that says it is another one."""

    def __abs__(self):
        return 0.0

    def __float__(self):
        return -800.0

    def __lt__(self, other):
        return True


class Array(np.ndarray):
    def __array_ufunc__(self, *args, **kwargs):
        raise MemoryError

    def __array_finalize__(self, obj):
        if obj is not None:
            raise KeyError


def endless():
    while True:
        yield 800.0


def endless_list():
    loop: list[Any] = [800.0]
    loop.append(loop)
    return loop


HOSTILE: dict[str, Any] = {
    "nothing": lambda: None,
    "a text": lambda: "800",
    "a truth value": lambda: True,
    "complex": lambda: 800j,
    "a generator": endless,
    "a function": lambda: lambda: 800.0,
    "a dict": lambda: {"z": 800.0},
    "an empty list": list,
    "an empty array": lambda: np.array([]),
    "nested lists": lambda: [[800.0, 0.0]],
    "a list that holds itself": endless_list,
    "a list of texts": lambda: ["800", "0"],
    "a list of truth values": lambda: [True, False],
    "two axes": lambda: np.full((2, 2), 800.0),
    "thirty axes": lambda: np.full((1,) * 30, 800.0),
    "a thousand logits": lambda: np.full(1000, 800.0),
    "ten million": lambda: np.full(10_000_000, 800.0),
    "a view of terabytes": lambda: np.lib.stride_tricks.as_strided(np.ones(1), (2**40,), (0,)),
    "objects": lambda: np.array([800.0, None], object),
    "texts": lambda: np.array(["800"]),
    "dates": lambda: np.array(["2026-01-01"], "datetime64[D]"),
    "records": lambda: np.zeros(2, [("z", float)]),
    "complex ones": lambda: np.array([800j, 0]),
    "a mask over them": lambda: np.ma.masked_array([800.0, 0.0], mask=[True, False]),
    "an array of a class": lambda: np.zeros(2).view(np.matrix),
    "a number of a class": lambda: Posing(0.0),
    "nan": lambda: float("nan"),
    "nans": lambda: np.array([np.nan, 0.0]),
    "inf": lambda: -float("inf"),
    "infs": lambda: np.array([np.inf, 0.0]),
    "beyond": lambda: 1e300,
    "beyond, in several": lambda: [1e300, 0.0],
    "an integer without end": lambda: 10**5000,
    "a number that rounds to inf": lambda: np.float16(70000.0),
    "long doubles beyond": lambda: np.array([np.longdouble("1e4000"), 0]),
}


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_input_is_worth_nothing_and_told_in_a_sentence(formula: str, answer: Any) -> None:
    result = judged(**{formula: answer})
    assert (result.passed, result.share, result.outcome) == (False, 0.0, Outcome.WRONG)
    assert result.hint
    assert len(result.text) < 1500
    assert f"{formula}: not run" in result.text


@pytest.mark.parametrize(
    "error", [ValueError("no"), MemoryError(), RecursionError(), StopIteration(), ZeroDivisionError()]
)
def test_what_raises_is_an_error_of_theirs(error: Exception) -> None:
    def raising() -> None:
        raise error

    assert judged(softplus=raising).outcome is Outcome.ERROR


TRUE_FAILURES: dict[str, list[Any]] = {
    "sigmoid_slope": [-800, -400.0, np.float32(-700), np.int16(-799), np.array(-500.0), -355.0],
    "softplus": [710, -50.0, np.float64(790), np.array(800), -700],
    "exp_minus_1": [1e-17, -1e-20, 5e-324, 1e-300, -1e-16, np.float32(1e-20)],
    "softmax": [
        [-800, -800],
        (800.0, 1.0),
        np.array([710, 0]),
        [720.0],
        np.full(100, -799.0),
        np.array([720, 1], np.float32),
    ],
}


@pytest.mark.parametrize(
    ("formula", "answer"), [(name, answer) for name, answers in TRUE_FAILURES.items() for answer in answers], ids=repr
)
@pytest.mark.parametrize("seed", [VISIBLE_SEED, 0, 1])
def test_whatever_makes_it_fail_is_right(formula: str, answer: Any, seed: Any) -> None:
    result = judged(seed, **{formula: answer})
    assert (result.passed, result.points_share, result.outcome) == (True, 1.0, Outcome.CORRECT), result.text


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("seed", range(20))
def test_no_random_input_of_a_network_makes_it_fail(formula: str, seed: int) -> None:
    """So nothing but the answer is the answer."""
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 3, 10) if FORMULAS[formula].several else rng.normal(0, 3)
    assert not fails(formula, z)
    answers: dict[str, Any] = {formula: z}
    assert not judged(**answers).passed


def test_right_ones_are_called_correct() -> None:
    assert judged().text.startswith("failing_input: correct, 4 of 4 formulas fail\n")


def test_the_message_says_what_each_formula_made_of_it() -> None:
    result = judged(softplus=50)
    assert "failing_input: 3 of 4 formulas fail" in result.text
    assert "softplus at 50: 50 on paper, 50 is right" in result.text
    assert "sigmoid_slope at -800: nan on paper, 0 is right" in result.text
    assert result.mistake == "not_far_enough"


@pytest.mark.parametrize("formula", FORMULAS)
def test_without_its_trick_no_formula_is_right_on_what_holds(formula: str) -> None:
    """What holds is right where PyTorch says so, also where the one on paper fails."""
    torch = pytest.importorskip("torch")
    theirs = {
        "sigmoid_slope": lambda z: torch.sigmoid(z) * torch.sigmoid(-z),
        "softplus": torch.nn.functional.softplus,
        "exp_minus_1": torch.expm1,
        "softmax": lambda z: torch.softmax(z, 0),
    }[formula]
    grid = [np.array([z, 0.0]) if formula == "softmax" else z for z in (-300.0, -1.0, -1e-17, 0.0, 1e-9, 1.0, 300.0)]
    for z in [*grid, *map(np.asarray, ([RIGHT[formula]] if formula != "sigmoid_slope" else []))]:
        right = theirs(torch.tensor(np.asarray(z, float), dtype=torch.float64)).numpy()
        np.testing.assert_allclose(naive.both(formula, z)[1], right, rtol=1e-12, atol=0)


def test_the_notebook_gives_the_formulas_that_are_run() -> None:
    cell = re.search(r":id: given-break-it-1\n\n(.*?)```", TEXT, re.DOTALL)
    assert cell
    names: dict[str, Any] = {"np": np}
    exec(cell[1], names)
    with np.errstate(all="ignore"):
        for name, formula in FORMULAS.items():
            for z in (np.linspace(-900, 900, 7), np.array([1e-17, 2.0]), np.array([-30.0, 0.5])):
                np.testing.assert_array_equal(names[f"naive_{name}"](z), formula.naive(z))


@pytest.mark.parametrize(("formula", "limit"), [("softplus", 100.0), ("softplus", float("nan")), ("tanh", 800.0)])
def test_what_the_library_cannot_answer_it_says(formula: str, limit: float) -> None:
    with pytest.raises(ValueError, match=r"limit must be at least 750|no formula is called 'tanh'"):
        naive.failing_input(formula, limit=limit)
    if formula == "tanh":
        with pytest.raises(ValueError, match="choose one of sigmoid_slope, softplus"):
            fails(formula, 1.0)
