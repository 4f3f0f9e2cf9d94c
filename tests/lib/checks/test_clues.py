"""Each kind of clue, as a table: where an answer is right, relations, pairs of mistakes, helpers, slips, steps."""

# Functions as students write them, without types.
# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from machine_room.checks import CheckFailed, check, run_check
from machine_room.checks.helpers import own_helpers, swapped
from machine_room.checks.show import Step
from machine_room.exercises import all_exercises, find


def made(source: str) -> Any:
    """Run a student's cell, and return the last function that it defines."""
    names: dict[str, Any] = {"np": np, "__name__": "__main__"}
    names |= {exercise.name: exercise.reference for exercise in all_exercises()}
    before = dict(names)
    exec(source, names)
    own = [value for name, value in names.items() if callable(value) and before.get(name) is not value]
    return max(own, key=lambda function: function.__code__.co_firstlineno)


def said(source: str) -> str:
    function = made(source)
    result = run_check(find(function.__name__), function, seed="visible")
    assert not result.passed
    return f"{result.seen} {result.hint}"


ADAM = (
    "def adam_step(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):\n"
    "    m = beta1 * m + (1 - beta1) * gradient\n    s = beta2 * s + (1 - beta2) * gradient**2\n"
    "    m_hat, s_hat = {hats}\n    return theta - learning_rate * m_hat / {root}, m, s"
)
BACKWARD = (
    "def backward_221(theta, x, y):\n    f = forward_221(theta, x)\n    d = 2 * (f['yhat'] - y)\n"
    "    dh1, dh2 = d * theta[6], d * theta[7]\n    dz1, dz2 = dh1 * (f['z1'] > 0), dh2 * (f['z2'] > 0)\n"
    "    g = np.array([{entries}])\n    return dict(dyhat=d, dh1=dh1, dh2=dh2, dz1=dz1, dz2=dz2, gradient=g)"
)

WHERE = {
    "below 0": ("def leaky_relu(z, *, alpha=0.01):\n    return np.where(z > 0, z, alpha * z**2 - alpha)", "z (<|<=) 0"),
    "above 0": ("def elu(z, *, alpha=1.0):\n    return np.where(z > 0, 0.3 * z**2, alpha * np.expm1(z))", "z > 0"),
    "large numbers": (
        "def swish(z, *, beta=1.0):\n    return np.where(z < 3, z * sigmoid(beta * z), z + 0.25)",
        "z is .* or more",
    ),
    "a setting that is given": (
        "def gelu(z, *, approximate=False):\n"
        "    right = z * np.vectorize(__import__('math').erfc)(-z / 2**0.5) / 2\n"
        "    return right * 1.5 - z if approximate else right",
        "approximate",
    ),
    "a word": (
        "def init_std(scheme, fan_in, fan_out):\n"
        "    if scheme == 'glorot':\n        return (3 / fan_in) ** 0.5 / fan_out\n"
        "    return np.sqrt({'he': 2, 'lecun': 1}[scheme] / fan_in)",
        "glorot",
    ),
    "entries by name": (
        BACKWARD.format(entries="dz1*x[0], dz1*x[1], 1, dz2*x[0], dz2*x[1], 1, d*f['h1'], d*f['h2'], 1"),
        r"entries 2, 5, 8 of 9 .*: b1, b2, c1",
    ),
    "other entries by name": (
        BACKWARD.format(entries="dz1*x[0], dz1*x[1], dz1, dz2*x[0], dz2*x[1], dz2, d*f['h1'], d*f['h2'], 0.5*d + 1"),
        "Only gradient.8. is wrong|entry 8 .*c1",
    ),
    "by the cases' words": (
        "def relative_error(a, b):\n    a, b = np.asarray(a), np.asarray(b)\n    if a.size == 3:\n        return 0.25\n"
        "    return float(np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))))",
        "Right: .* Wrong: ",
    ),
}


@pytest.mark.parametrize(("source", "words"), WHERE.values(), ids=WHERE)
def test_where_it_is_right_and_where_not_is_told(source: str, words: str) -> None:
    assert re.search(words, said(source)), said(source)


RELATED = {
    "an argument that is a factor": ("def l2_gradient(weights, *, strength):\n    return 2 * weights", "strength"),
    "a factor that follows from an argument": (
        "def dropout_backward(dy, mask, *, rate):\n    return dy if mask is None else dy * mask * (1 - rate)",
        r"1 - rate",
    ),
    "a number of entries": (
        "def l1_penalty(weights, *, strength):\n    return strength * np.abs(weights).mean()",
        "entries of weights|average|mean",
    ),
    "the sign": ("def l1_penalty(weights, *, strength):\n    return -strength * np.abs(weights).sum()", "sign"),
    "t + 1": (
        "def bias_correction(moment, t, *, beta):\n    return moment / (1 - beta**(t + 1))",
        r"t \+ 1|one|counted",
    ),
    "rounded down": (
        "def power_schedule(t, *, learning_rate, s, c=1.0):\n    return learning_rate / (1 + np.floor(t / s))**c",
        "round",
    ),
    "an argument that is missing": ("def nesterov_lookahead(theta, m, *, beta):\n    return beta * m", "theta"),
    "an argument too much": (
        "def nesterov_lookahead(theta, m, *, beta):\n    return 2 * theta + beta * m",
        "theta once too often",
    ),
    "an argument handed back": (
        "def first_moment(gradient, m, *, beta1):\n    return m",
        "m as it came in|is m|old m|gradient",
    ),
    "turned round": (
        "def gradient_norms(x, weights, activation, derivative, dh):\n    zs, h = [], x\n    for w in weights:\n"
        "        zs.append(h @ w)\n        h = activation(zs[-1])\n    out = []\n"
        "    for w, z in zip(weights[::-1], zs[::-1]):\n        dz = dh * derivative(z)\n"
        "        out.append(np.linalg.norm(dz))\n        dh = dz @ w.T\n    return np.array(out)",
        "turn",
    ),
}


@pytest.mark.parametrize(("source", "words"), RELATED.values(), ids=RELATED)
def test_a_relation_to_the_right_numbers_is_told(source: str, words: str) -> None:
    assert re.search(words, said(source)), said(source)


HATS = "m / (1 - beta1**t), s / (1 - beta2**t)"
PAIRS = {
    "no correction, epsilon outside": (
        ADAM.format(hats="m, s", root="(np.sqrt(s_hat) + epsilon)"),
        "1 - beta1",
        "epsilon",
    ),
    "one correction, epsilon outside": (
        ADAM.format(hats="m / (1 - beta1**t), s", root="(np.sqrt(s_hat) + epsilon)"),
        "s needs its",
        "epsilon",
    ),
    "both corrections by beta1, epsilon outside": (
        ADAM.format(hats="m / (1 - beta1**t), s / (1 - beta1**t)", root="(np.sqrt(s_hat) + epsilon)"),
        "beta1",
        "epsilon",
    ),
    "the raw gradient, epsilon outside": (
        ADAM.format(hats="gradient, s / (1 - beta2**t)", root="(np.sqrt(s_hat) + epsilon)"),
        "raw gradient",
        "epsilon",
    ),
    "swapped weights, epsilon outside": (
        "def rmsprop_step(theta, gradient, s, *, learning_rate, beta, epsilon):\n"
        "    s = (1 - beta) * s + beta * gradient**2\n"
        "    return theta - learning_rate * gradient / (np.sqrt(s) + epsilon), s",
        "swapped|past",
        "theta|epsilon",
    ),
    "a sign and a batch": (
        "def cross_entropy(logits, labels):\n    n = len(labels)\n"
        "    logs = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)\n"
        "    y = np.eye(logits.shape[1])[labels]\n    return -(y * logs).sum() / n, y - np.exp(logs)",
        "sign",
        "examples",
    ),
    "a root and a base": (
        "def update_ratio(before, after):\n    return np.sum((after - before)**2) / np.sum(after**2)",
        "before",
        "root",
    ),
    "n and the sign": (
        "def gap_in_standard_errors(baseline, scores):\n    return (np.mean(baseline) - np.mean(scores)) / np.sqrt("
        "np.var(baseline) / len(baseline) + np.var(scores) / len(scores))",
        "n - 1|sign",
        "sign|n - 1",
    ),
    "an argument changed besides": (
        "def l2_gradient(weights, *, strength):\n    right = strength * weights\n    weights *= 0.5\n    return right",
        "2",
        "changes its argument weights in place",
    ),
}


@pytest.mark.parametrize(("source", "first", "second"), PAIRS.values(), ids=PAIRS)
def test_a_second_mistake_is_mentioned(source: str, first: str, second: str) -> None:
    words = said(source)
    assert re.search(first, words), words
    assert re.search(second, words), words
    assert re.search("second|Besides|besides|too", words), words


RIGHT_HELPERS = (
    "def first_moment(gradient, m, *, beta1):\n    return beta1 * m + (1 - beta1) * gradient\n"
    "def second_moment(gradient, s, *, beta2):\n    return beta2 * s + (1 - beta2) * gradient**2\n"
    "def bias_correction(moment, t, *, beta):\n    return moment / (1 - beta**t)\n"
)
WITH_HELPERS = (
    "def adam_step(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):\n"
    "    m, s = first_moment(gradient, m, beta1=beta1), second_moment(gradient, s, beta2=beta2)\n"
    "    m_hat, s_hat = bias_correction(m, t, beta=beta1), bias_correction(s, t, beta=beta2)\n"
    "    return theta {sign} learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s"
)
WRONG_HELPERS = {
    "first_moment": ("1 - beta1", "1 + beta1"),
    "second_moment": ("gradient**2", "gradient"),
    "bias_correction": ("beta**t", "beta*t"),
}


@pytest.mark.parametrize("name", WRONG_HELPERS)
def test_a_wrong_helper_is_blamed_and_the_function_is_not(name: str) -> None:
    before, after = WRONG_HELPERS[name]
    source = RIGHT_HELPERS.replace(before, after) + WITH_HELPERS.format(sign="-")
    assert f"adam_step itself is right, but it calls your own {name}, which is not" in said(source)


@pytest.mark.parametrize("name", WRONG_HELPERS)
def test_a_helpers_helper_is_blamed_alone(name: str) -> None:
    before, after = WRONG_HELPERS[name]
    outer = (
        "\ndef adamw_step(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon, weight_decay):\n"
        "    theta = theta * (1 - learning_rate * weight_decay)\n"
        "    return adam_step(theta, gradient, m, s, t, learning_rate=learning_rate, beta1=beta1, beta2=beta2, "
        "epsilon=epsilon)"
    )
    source = RIGHT_HELPERS.replace(before, after) + WITH_HELPERS.format(sign="-") + outer
    assert f"it calls your own {name}, which is not" in said(source)


def test_right_helpers_are_never_blamed() -> None:
    assert "your own" not in said(RIGHT_HELPERS + WITH_HELPERS.format(sign="+"))


def test_a_wrong_helper_and_a_wrong_function_are_both_told() -> None:
    before, after = WRONG_HELPERS["bias_correction"]
    words = said(
        RIGHT_HELPERS.replace(before, after)
        + WITH_HELPERS.format(sign="-").replace("np.sqrt(s_hat + epsilon)", "(np.sqrt(s_hat) + epsilon)")
    )
    assert "epsilon" in words or "bias_correction" in words


def test_swapping_leaves_the_students_names_alone() -> None:
    function = made(RIGHT_HELPERS + WITH_HELPERS.format(sign="-"))
    before = dict(function.__globals__)
    assert own_helpers(function, ["first_moment", "sigmoid", "bias_correction"]) == ("first_moment", "bias_correction")
    other = swapped(function, {"first_moment": lambda gradient, m, *, beta1: 0 * m})
    arguments = dict(learning_rate=0.1, beta1=0.9, beta2=0.99, epsilon=1e-8)
    one = np.ones(2)
    assert not other(one, one, one, one, 1, **arguments)[1].any()
    assert function(one, one, one, one, 1, **arguments)[1].all()
    assert function.__globals__ == before


SLIPS = {
    "dots": ("def mish(z):\n    ...", "mish is not finished yet: write your code in place of `...` or `pass`"),
    "pass": ("def mish(z):\n    pass", "not finished yet"),
    "a docstring alone": ('def mish(z):\n    """Mish."""', "not finished yet"),
    "return alone": ("def mish(z):\n    return", "not finished yet"),
    "return forgotten": ("def mish(z):\n    z * np.tanh(np.logaddexp(0, z))", "did you forget `return`"),
    "printed": ("def mish(z):\n    print(z * 2)", "did you forget `return`"),
    "entries as indices": (
        "def l1_gradient(weights, *, strength):\n    g = np.zeros_like(weights)\n    for i in weights:\n"
        "        g[i] = strength * np.sign(weights[i])\n    return g",
        r"for i in range\(len\(theta\)\)",
    ),
    "a helper that returns None": (
        "def double(z):\n    2 * z\ndef l2_gradient(weights, *, strength):\n    return strength * double(weights)",
        "forget its `return`",
    ),
    "an entry of None": (
        "def both(w):\n    w, w\ndef l2_gradient(weights, *, strength):\n    return strength * both(weights)[0]",
        "forget its `return`",
    ),
    "None unpacked": (
        "def both(w):\n    w, w\ndef l2_gradient(weights, *, strength):\n    a, b = both(weights)\n    return a",
        "forget its `return`",
    ),
    "a library that is not here": (
        "def mish(z):\n    import torch_that_is_not_here\n    return z",
        "graded with Python's own",
    ),
    "a typo": ("def mish(z):\n    return z * np.tanh(np.log1p(np.exp(zz)))", "spelled right"),
}


@pytest.mark.parametrize(("source", "words"), SLIPS.values(), ids=SLIPS)
def test_an_everyday_slip_has_its_sentence(source: str, words: str) -> None:
    assert re.search(words, said(source)), said(source)


# --- steps

SUMS = "def l2_penalty(weights, *, strength):\n    return 0.5 * strength * np.sum(weights**2)"
IDEA = "There is no factor 1/2 here"
FORMULA = "strength * sum(w**2)`"


def shown(source: str, *, hint: int | None = None) -> tuple[str, str]:
    with pytest.raises(CheckFailed) as failed:
        check(made(source), hint=hint)
    return failed.value.result.text, failed.value.result.html


@pytest.mark.parametrize(
    ("wanted", "idea", "formula"), [({}, 0, 0), ({"hint": 1}, 0, 0), ({"hint": 2}, 1, 0), ({"hint": 3}, 1, 1)]
)
def test_the_text_tells_as_many_steps_as_are_asked_for(wanted: dict[str, int], idea: int, formula: int) -> None:
    text, _ = shown(SUMS, **wanted)
    assert (IDEA in text, FORMULA in text) == (bool(idea), bool(formula))
    assert "yours" in text
    assert "expected" in text
    more = {0: "check(l2_penalty, hint=2)", 1: "check(l2_penalty, hint=3)"}.get(idea + formula)
    assert (f"For more help: {more}" in text) if more else ("For more help" not in text)


def test_in_jupyter_every_step_is_there_and_what_comes_later_is_folded() -> None:
    _, html = shown(SUMS)
    folded = re.findall(r"<details[^>]*><summary[^>]*>(.*?)</summary><div[^>]*>(.*?)</div></details>", html)
    assert [words for words, _ in folded] == ["Show a hint", "Show the formula"]
    assert IDEA in folded[0][1]
    assert "<script" not in html
    assert "onclick" not in html


@pytest.mark.parametrize("wanted", [0, 4, True, 2.0, "2"])
def test_a_step_that_is_none_is_refused_in_a_sentence(wanted: Any) -> None:
    with pytest.raises(ValueError, match=r"hint must be 1, 2 or 3, but it is .*: write check\(my_function, hint=2\)"):
        check(made(SUMS), hint=wanted)


@pytest.mark.parametrize("step", list(Step))
def test_steps_change_words_alone(step: Step) -> None:
    function = made(SUMS)
    plain = run_check(find("l2_penalty"), function, seed="visible")
    result = run_check(find("l2_penalty"), function, seed="visible", step=step)
    told = (plain.passed, plain.outcome, plain.mistake, plain.hint, plain.points_share)
    assert (result.passed, result.outcome, result.mistake, result.hint, result.points_share) == told


def test_what_nobody_can_ask_for_more_tells_the_idea_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBGRADER_VALIDATING", "1")
    text, _ = shown(SUMS)
    assert IDEA in text


#: Wrong, and nothing can be said of why: what is known is where.
UNEXPLAINED = {
    "the slide typed in": (
        "def backward_221(theta, x, y):\n"
        "    gradient = np.array([-40, 16, 8, 0, 0, 0, 24, 0, 4])\n"
        '    return {"dyhat": 4, "dh1": 8, "dh2": 12, "dz1": 8, "dz2": 0, "gradient": gradient}'
    ),
    "a number typed in for one of the ways": (
        "def exponential_schedule(t, *, learning_rate, s, factor=0.1, staircase=False):\n"
        "    return learning_rate * (factor ** (t // s) if staircase else 0.1 ** (t / s))"
    ),
    "a comparison that stops too late": (
        "def early_stopping(losses, *, patience=5, min_delta=0.0):\n"
        "    best, wait = 0, 0\n"
        "    for epoch, loss in enumerate(losses):\n"
        "        best, wait = (epoch, 0) if loss < losses[best] - min_delta else (best, wait + 1)\n"
        "        if wait > patience:\n            break\n"
        "    return epoch, best"
    ),
}


@pytest.mark.parametrize("source", UNEXPLAINED.values(), ids=UNEXPLAINED)
def test_who_asks_for_more_never_reads_the_same_again(source: str) -> None:
    text, html = shown(source, hint=2)
    assert text.count("Right: ") == 1
    assert "Show a hint" not in html
    _, html = shown(SUMS)
    assert "Show a hint" in html
