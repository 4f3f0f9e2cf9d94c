"""Slips and pairs of known mistakes: what is said has been tried, and what one mistake has undone is not told."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from machine_room.checks import CheckResult, run_check
from machine_room.checks.answers import answers
from machine_room.checks.compare import value_differences
from machine_room.checks.observe import observe
from machine_room.checks.slips import MOST_STEPS, Switched, TooLong, switched
from machine_room.exercises import all_exercises, find
from machine_room.exercises.exercise import Exercise

PLAIN = [one for one in all_exercises() if one.score is None and one.measure is None and one.randomness is None]


def told(source: str) -> CheckResult:
    names: dict[str, Any] = {"np": np} | {exercise.name: exercise.reference for exercise in all_exercises()}
    exec(source, names)
    name = re.findall(r"^def (\w+)", source, re.MULTILINE)[-1]
    return run_check(find(name), names[name], seed="visible")


@pytest.mark.parametrize("exercise", PLAIN, ids=lambda exercise: exercise.name)
def test_a_formula_with_all_switches_off_is_the_formula(exercise: Exercise) -> None:
    known = answers(exercise, "visible")
    formulas = [made for variant in exercise.variants if (made := switched(variant)) is not None]
    assert len(formulas) == len(exercise.variants)
    assert any(formula.slips for formula in formulas)
    for formula in formulas:
        with formula.with_slips() as function:
            for case, expected in zip(known.cases, known.expected, strict=True):
                seen = observe(function, case, exercise.parameters, quiet=True)
                assert seen.raised is None
                assert not list(value_differences(exercise, case, expected.value, seen.value))


#: One slip that no bank knows, and what must be said of it.
ONE = {
    "the other logarithm": (
        "def mish(z):\n    return z * np.tanh(np.log2(1 + np.exp(np.minimum(z, 300))))",
        "logarithm of base 2",
    ),
    "a division that multiplies": (
        "def forward_difference(f, theta, *, epsilon=1e-6):\n    base = f(theta)\n"
        "    return np.array([(f(theta + epsilon * e) - base) * epsilon for e in np.eye(len(theta))])",
        "multiplied by epsilon in place of divided",
    ),
    "the largest for the length": (
        "def max_norm(weights, *, limit):\n    size = np.abs(weights).max(axis=0)\n"
        "    return weights * np.minimum(1, limit / np.maximum(size, 1e-12))",
        "the largest in place of the length",
    ),
    "a division that is missing": (
        "def power_schedule(t, *, learning_rate, s, c=1.0):\n    return learning_rate / (1 + t) ** c",
        "the division by s is missing",
    ),
}


@pytest.mark.parametrize(("source", "words"), ONE.values(), ids=ONE)
def test_one_slip_is_named(source: str, words: str) -> None:
    result = told(source)
    assert result.mistake is None
    assert "one slip" in str(result.hint)
    assert words in str(result.hint)


#: Two known mistakes at once, and a word of each one's hint.
TWO = {
    "epsilon outside, old s returned": (
        "def adagrad_step(theta, gradient, s, *, learning_rate, epsilon):\n    total = s + gradient**2\n"
        "    return theta - learning_rate * gradient / (np.sqrt(total) + epsilon), s",
        ("old s", "outside the root"),
    ),
    "uphill, without the rate": (
        "def gradient_descent_step(theta, gradient, *, learning_rate):\n    return theta + gradient",
        ("uphill", "rate is missing"),
    ),
    "too late, min_delta ignored": (
        "def early_stopping(losses, *, patience=5, min_delta=0.0):\n    low, best, wait = np.inf, 0, 0\n"
        "    for epoch, loss in enumerate(losses):\n        if loss < low:\n"
        "            low, best, wait = loss, epoch, 0\n        else:\n            wait += 1\n"
        "        if wait > patience:\n            break\n    return epoch, best",
        ("wait >= patience", "ignores min_delta"),
    ),
    "the variance, with n": (
        "def summarize(scores):\n    return np.mean(scores), np.var(scores)",
        ("n - 1", "variance"),
    ),
    "another order, with n": (
        "def summarize(scores):\n    return np.std(scores), np.mean(scores)",
        ("comes first", "n - 1"),
    ),
}


@pytest.mark.parametrize(("source", "words"), TWO.values(), ids=TWO)
def test_two_known_mistakes_are_both_named(source: str, words: tuple[str, str]) -> None:
    hint = str(told(source).hint)
    assert "second thing is wrong" in hint
    assert all(word in hint for word in words), hint


#: What one known mistake is next to another that undoes it, and what was said once and is untrue.
UNDONE = {
    "He halved is no Glorot": (
        "def init_std(scheme, fan_in, fan_out):\n    if scheme == 'he':\n        return np.sqrt(0.5 / fan_in)\n"
        "    return np.sqrt(2 / (fan_in + fan_out)) if scheme == 'glorot' else np.sqrt(1 / fan_in)",
        "Glorot's variance",
    ),
    "signs are no unit length": (
        "def gradient_descent_step(theta, gradient, *, learning_rate):\n"
        "    return theta - 2 * learning_rate * np.sign(gradient)",
        "divide the gradient by its length",
    ),
    "nothing is changed in place": (
        "def skip_backward(dy, h, weights, bias):\n    z = h @ weights + bias\n    dz = dy * (z > 0)\n"
        "    return dy - dz @ weights.T, h.T @ dz, dz.sum(axis=0)",
        "dy is not yours to change",
    ),
}


@pytest.mark.parametrize(("source", "untrue"), UNDONE.values(), ids=UNDONE)
def test_a_mistake_that_another_undoes_is_not_told(source: str, untrue: str) -> None:
    result = told(source)
    assert not result.passed
    assert untrue not in str(result.hint)


def _endless(n: int) -> int:
    while n > 0:
        n = n - 1
    return n


def test_a_slip_that_never_ends_is_stopped() -> None:
    formula = switched(_endless)
    assert isinstance(formula, Switched)
    (slip,) = [slip for slip in formula.slips if slip.words == "1 is not subtracted"]
    with formula.with_slips(slip) as function, pytest.raises(TooLong):
        function(3)
    assert formula.steps > MOST_STEPS
    with formula.with_slips() as function:
        assert function(3) == 0


def test_what_has_no_source_has_no_switches() -> None:
    names: dict[str, Any] = {}
    exec("def made(z):\n    return z + 1", names)
    assert switched(names["made"]) is None
