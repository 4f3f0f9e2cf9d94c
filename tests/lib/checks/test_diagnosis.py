"""What a hint may claim: tables of wrong answers that once were told something untrue, with others of their kind."""

# Functions as students write them, without types.
# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import numpy as np
import pytest

from machine_room.checks import CheckResult, run_check
from machine_room.exercises import all_exercises, find, of_assignment
from machine_room.exercises.answer import Elsewhere
from machine_room.exercises.exercise import Exercise

ASSIGNMENT = {
    exercise.name: assignment
    for assignment in ("01-backprop", "02-activations", "03-optimizers", "04-schedules", "05-regularization")
    for exercise in of_assignment(assignment)
}


def made(source: str) -> Any:
    """Run a student's cell, and return the last function that it defines."""
    names: dict[str, Any] = {"np": np, "math": math, "__name__": "__main__"}
    names |= {exercise.name: exercise.reference for exercise in all_exercises()}
    before = dict(names)
    exec(source, names)
    return [value for name, value in names.items() if callable(value) and before.get(name) is not value][-1]


def told(source: str, seed: str | int = "visible") -> CheckResult:
    function = made(source)
    return run_check(find(function.__name__), function, seed=seed)


STOPPING = """
def early_stopping(losses, *, patience=5, min_delta=0.0):
    lowest, best, wait = float("inf"), 0, 0
    for epoch, loss in enumerate(losses):
        if loss < lowest - min_delta:
            lowest, best, wait = loss, epoch, 0
        else:
            {count}
        if wait >= patience:
            {stop}
    {end}
"""
PLATEAU = """
def plateau_step(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    rate, was = state["learning_rate"], state["cooldown"]
    best, wait = plateau_wait(state["best"], 0 if was else state["wait"], metric, min_delta=min_delta)
    {cool}
    if cool:
        wait = 0
    if wait >= max(1, patience) and rate > min_rate:
        return dict(learning_rate=max(rate * factor, min_rate), best=best, wait=0, cooldown=cooldown)
    return dict(learning_rate=rate, best=best, wait=wait, cooldown=cool)
"""

#: What was said once and is untrue, by what the code does: (source, what must be said, what must not).
UNTRUE = {
    "min round all of it, which gives the whole number 1": (
        "def warm_up_schedule(t, *, learning_rate, s):\n    return min(1, learning_rate * (t + 1) / s)",
        "min",
        "integers|decimal point",
    ),
    "max with a whole number": (
        "def warm_up_schedule(t, *, learning_rate, s):\n    return max(1, learning_rate * min(1, (t + 1) / s))",
        "warm|differs|Right|Wrong",
        "decimal point",
    ),
    "a cooldown that counts down in bad epochs alone": (
        PLATEAU.format(cool="cool = max(0, was - 1) if wait else was"),
        "Right|Wrong|cooldown",
        "stays where it is",
    ),
    "a cooldown that counts down in better epochs alone": (
        PLATEAU.format(cool="cool = max(0, was - 1) if not wait else was"),
        "Right|Wrong|cooldown",
        "stays where it is",
    ),
    "divided by the batch, and in another order": (
        "def dense_backward(dz, x, weights):\n    m = len(x)\n"
        "    return x.T @ dz / m, dz.sum(axis=0) / m, dz @ weights.T",
        "shape|order|batch",
        "results are right|numbers are right",
    ),
    "doubled, and in another order": (
        "def dense_backward(dz, x, weights):\n    return 2 * x.T @ dz, dz.sum(axis=0), dz @ weights.T",
        "shape|dx",
        "results are right|numbers are right",
    ),
    "the same loss again is no bad epoch": (
        STOPPING.format(count="wait += loss > lowest", stop="break", end="return epoch, best"),
        "Right|Wrong|same|equal",
        "min_delta (changes|is not)|is min_delta used",
    ),
    "a fall that is too small is no bad epoch": (
        STOPPING.format(count="wait += loss >= lowest", stop="break", end="return epoch, best"),
        "Right|Wrong|min_delta|differs",
        "is min_delta used",
    ),
    "rounded down": (
        "def power_schedule(t, *, learning_rate, s, c=1.0):\n    return learning_rate / (1 + t // s) ** c",
        "rounded down|round",
        "is s used",
    ),
    "rounded down to a whole number by int": (
        "def power_schedule(t, *, learning_rate, s, c=1.0):\n    return learning_rate / (1 + int(t / s)) ** c",
        "rounded down|round",
        "is s used",
    ),
    "something kept in a global": (
        "seen = []\ndef early_stopping(losses, *, patience=5, min_delta=0.0):\n"
        "    seen.extend(losses)\n    best = int(np.argmin(seen))\n    return len(seen) - 1, best",
        "kept between calls",
        "min_delta",
    ),
    "something kept in a default argument": (
        "def plateau_wait(best, wait, metric, *, min_delta=1e-4, past=[]):\n    past.append(metric)\n"
        "    return (metric, 0) if metric < min(past[:-1] or [best]) - min_delta else (best, wait + len(past))",
        "kept between calls",
        "min_delta changes",
    ),
    "something kept in an attribute": (
        "def sigmoid(z):\n    sigmoid.calls = getattr(sigmoid, 'calls', 0) + 1\n    return np.tanh(z) * sigmoid.calls",
        "kept between calls",
        "tanh",
    ),
    "None unless patience runs out": (
        STOPPING.format(count="wait += 1", stop="return epoch, best", end="return None, best"),
        r"stop is None in \d of \d+ cases",
        "forget",
    ),
    "nothing returned unless patience runs out": (
        STOPPING.format(count="wait += 1", stop="return epoch, best", end="pass"),
        r"returned None in \d+ of \d+ cases",
        "forget",
    ),
    "a branch without return": (
        "def leaky_relu(z, *, alpha=0.01):\n    if np.ndim(z) == 1 and len(z) > 4:\n"
        "        return np.where(z > 0, z, alpha * z)",
        r"returned None in \d+ of \d+ cases",
        "forget",
    ),
    "a mask of the values": (
        "def dropout_forward(x, *, rate, rng, training=True):\n    if not training:\n        return x, None\n"
        "    mask = x >= rate\n    return x * mask / (1 - rate), mask",
        "rng",
        "NaN",
    ),
    "a mask that keeps everything": (
        "def dropout_forward(x, *, rate, rng, training=True):\n    if not training:\n        return x, None\n"
        "    return x / (1 - rate), np.ones_like(x)",
        "rng",
        "NaN",
    ),
    "whole numbers by //": (
        "def init_std(scheme, fan_in, fan_out):\n"
        "    v = {'glorot': 2 // (fan_in + fan_out), 'he': 2 // fan_in, 'lecun': 1 // fan_in}[scheme]\n"
        "    return np.sqrt(v)",
        "//",
        "is the result ever filled in",
    ),
    "a helper that overflows": (
        "def sigmoid(z):\n    return 1 / (1 + np.exp(-z))\n"
        "def swish(z, *, beta=1.0):\n    return z * sigmoid(beta * z)",
        "your own sigmoid",
        "use your own sigmoid",
    ),
    "a helper that returns another order": (
        "def dense_backward(dz, x, weights):\n    return x.T @ dz, dz.sum(axis=0), dz @ weights.T\n"
        "def two_layer_gradient(x, labels, weights1, bias1, weights2, bias2):\n"
        "    z = dense_forward(x, weights1, bias1)\n    h = np.maximum(z, 0)\n"
        "    _, d = cross_entropy(dense_forward(h, weights2, bias2), labels)\n"
        "    dh, dw2, db2 = dense_backward(d, h, weights2)\n"
        "    _, dw1, db1 = dense_backward(relu_backward(dh, z), x, weights1)\n    return dw1, db1, dw2, db2",
        "your own dense_backward",
        "keepdims",
    ),
    "the bias after the ReLU": (
        "def forward_221(theta, x):\n    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta\n"
        "    z1, z2 = w11 * x[0] + w21 * x[1], w12 * x[0] + w22 * x[1]\n"
        "    h1, h2 = max(0.0, z1) + b1, max(0.0, z2) + b2\n"
        "    return dict(z1=z1, h1=h1, z2=z2, h2=h2, yhat=v11 * h1 + v21 * h2 + c1)",
        "z1|differs|Right",
        "biases are missing|bias is missing",
    ),
    "one-sided over two epsilon": (
        "def numerical_gradient(f, theta, *, epsilon=1e-5):\n    g = np.zeros_like(theta)\n"
        "    for i in np.ndindex(theta.shape):\n        up = theta.copy()\n        up[i] += epsilon\n"
        "        g[i] = (f(up) - f(theta)) / (2 * epsilon)\n    return g",
        "side|differs|half|2",
        "^.*After moving the entry up you subtract",
    ),
    "a sum, where the hint of another mistake calls the loss right": (
        "def cross_entropy(logits, labels):\n    n = len(labels)\n"
        "    z = logits - logits.max(axis=1, keepdims=True)\n"
        "    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)\n"
        "    loss = -np.log(p[np.arange(n), labels]).mean()\n"
        "    p[np.arange(n), labels] -= 1\n    return loss, p",
        "examples",
        "The loss is right",
    ),
    "momentum at the wrong point, without the rate": (
        "def nesterov_step(theta, gradient_at, m, *, learning_rate, beta):\n    m = beta * m + gradient_at(theta)\n"
        "    return theta - learning_rate * m, m",
        "beta|theta|m",
        "is right",
    ),
    "weights cut off, drawn from rng": (
        "def init_weights(scheme, fan_in, fan_out, rng, *, distribution='normal'):\n"
        "    s = init_std(scheme, fan_in, fan_out)\n    if distribution == 'uniform':\n"
        "        return rng.uniform(-np.sqrt(3) * s, np.sqrt(3) * s, (fan_in, fan_out))\n"
        "    return np.clip(rng.normal(0, s, (fan_in, fan_out)), -2 * s, 2 * s)",
        "numbers",
        "neither from np.random",
    ),
    "tanh, where beta stands in the right place": (
        "def swish(z, *, beta=1.0):\n    return z * np.tanh(beta * z)",
        "Right|beta",
        "Beta belongs inside",
    ),
    "the absolute value, and a bias that is missing": (
        "def forward_221(theta, x):\n    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta\n"
        "    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2\n    h1, h2 = abs(z1), abs(z2)\n"
        "    return dict(z1=z1, h1=h1, z2=z2, h2=h2, yhat=v11 * h1 + v21 * h2)",
        "h1|h2",
        "order is turned round",
    ),
    "a seed of one's own": (
        "def dropout_forward(x, *, rate, rng, training=True):\n    if not training:\n        return x, None\n"
        "    mask = np.random.default_rng(0).random(x.shape) >= rate\n    return x * mask / (1 - rate), mask",
        "generator",
        "second call",
    ),
    "the first layer's weights alone": (
        "def regularized_loss(loss, layers, *, l1=0.0, l2=0.0):\n    w, _ = layers[0]\n"
        "    return loss + l1 * np.abs(w).sum() + l2 * (w**2).sum()",
        "layer",
        "^Return after the loop",
    ),
}


@pytest.mark.parametrize(("source", "says", "never"), UNTRUE.values(), ids=UNTRUE)
def test_nothing_untrue_is_said(source: str, says: str, never: str) -> None:
    result = told(source)
    said = f"{result.seen} {result.hint}"
    assert not result.passed
    assert re.search(says, said), said
    assert not re.search(never, said), said


#: Wrong answers that no case told apart from right ones.
ONCE_MISSED = {
    "a flat vector handed to f": (
        "def numerical_gradient(f, theta, *, epsilon=1e-5):\n    flat = np.asarray(theta, float).ravel()\n"
        "    out = np.zeros(flat.size)\n    for k in range(flat.size):\n        e = np.zeros(flat.size)\n"
        "        e[k] = epsilon\n        out[k] = (f(flat + e) - f(flat - e)) / (2 * epsilon)\n"
        "    return out.reshape(np.shape(theta))"
    ),
    "a column handed to f": (
        "def numerical_gradient(f, theta, *, epsilon=1e-5):\n    flat = np.asarray(theta, float).reshape(-1, 1)\n"
        "    out = np.zeros(flat.shape)\n    for k in range(flat.size):\n        e = np.zeros(flat.shape)\n"
        "        e[k] = epsilon\n        out[k] = (f(flat + e) - f(flat - e)) / (2 * epsilon)\n"
        "    return out.reshape(np.shape(theta))"
    ),
    "identity in place of equality": (
        "def one_change_at_a_time(baseline, changes):\n"
        "    return [{**baseline, k: v} for k, vs in changes.items() for v in vs if v is not baseline[k]]"
    ),
    "identity by id": (
        "def one_change_at_a_time(baseline, changes):\n"
        "    return [{**baseline, k: v} for k, vs in changes.items() for v in vs if id(v) != id(baseline[k])]"
    ),
    "weights cut off at two deviations": (
        "def init_weights(scheme, fan_in, fan_out, rng, *, distribution='normal'):\n"
        "    s = init_std(scheme, fan_in, fan_out)\n    if distribution == 'uniform':\n"
        "        return rng.uniform(-np.sqrt(3) * s, np.sqrt(3) * s, (fan_in, fan_out))\n"
        "    return np.clip(rng.normal(0, s, (fan_in, fan_out)), -2 * s, 2 * s)"
    ),
    "weights cut off at two and a half": (
        "def init_weights(scheme, fan_in, fan_out, rng, *, distribution='normal'):\n"
        "    s = init_std(scheme, fan_in, fan_out)\n    if distribution == 'uniform':\n"
        "        return rng.uniform(-np.sqrt(3) * s, np.sqrt(3) * s, (fan_in, fan_out))\n"
        "    return np.clip(rng.normal(0, s, (fan_in, fan_out)), -2.5 * s, 2.5 * s)"
    ),
}
ONCE_MISSED |= {
    f"a branch for the whole array by {asked}": (
        f"def sigmoid(z):\n    if {asked} >= 0:\n        return 1 / (1 + np.exp(-np.maximum(z, -700)))\n"
        "    return np.exp(z) / (1 + np.exp(z))"
    )
    for asked in ("z.sum()", "z.mean()", "z.min()", "z.flat[0]", "np.median(z)")
}


@pytest.mark.parametrize("source", ONCE_MISSED.values(), ids=ONCE_MISSED)
@pytest.mark.parametrize("seed", ["visible", 1, 2, 3])
def test_what_no_case_told_apart_is_caught(source: str, seed: str | int) -> None:
    assert not told(source, seed).passed


SUMMARY = "def summarize(scores):\n    mean, dev = float(np.mean(scores)), float(np.std(scores, ddof=1))\n    return {}"
STATS = (
    "def activation_stats(x, weights, activation):\n    rows, h = [], x\n    for w in weights:\n"
    "        h = activation(h @ w)\n        rows.append((h.mean(), h.std(), (h == 0).all(axis=0).mean()))\n"
    "    return {}"
)
#: Right answers that unpack as the text promises.
ONCE_REJECTED = {
    "an array of two": SUMMARY.format("np.array([mean, dev])"),
    "a list of two": SUMMARY.format("[mean, dev]"),
    "NumPy's own numbers": SUMMARY.format("np.float64(mean), np.float32(dev).astype(float) * 0 + dev"),
    "a table turned": STATS.format("np.array(rows).T"),
    "a stack": STATS.format("np.stack([np.array(column) for column in zip(*rows)])"),
    "a tuple of tuples": STATS.format("tuple(zip(*rows))"),
    "lists in a tuple": STATS.format("tuple(list(column) for column in zip(*rows))"),
    "lists in a list": STATS.format("[list(column) for column in zip(*rows)]"),
    "a list of arrays": STATS.format("[np.array(column) for column in zip(*rows)]"),
    "two steps in one array": (
        "def momentum_step(theta, gradient, m, *, learning_rate, beta):\n"
        "    m = beta * m - learning_rate * gradient\n    return np.array([theta + m, m])"
    ),
    "a power by logarithms": (
        "def bias_correction(moment, t, *, beta):\n    return -moment / math.expm1(t * math.log(beta))"
    ),
}


@pytest.mark.parametrize("source", ONCE_REJECTED.values(), ids=ONCE_REJECTED)
@pytest.mark.parametrize("seed", ["visible", 1, 2])
def test_what_unpacks_as_the_text_promises_is_right(source: str, seed: str | int) -> None:
    result = told(source, seed)
    assert result.passed, result.text


# --- a changed first line


class _Far(Elsewhere):
    """A function elsewhere, of which nothing but its calls is known."""

    type_name = "function"

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)


def _positional(exercise: Exercise) -> list[str]:
    kinds = inspect.signature(exercise.reference).parameters.values()
    return [parameter.name for parameter in kinds if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]


def _headers() -> Iterator[tuple[Exercise, tuple[str, ...]]]:
    """Every exercise with every other order of its parameters, or, of many, those that exchange two neighbours."""
    for exercise in all_exercises():
        names = _positional(exercise)
        if exercise.score is not None or len(names) < 2:
            continue
        orders = list(permutations(names)) if len(names) < 4 else list(_neighbours(names))
        yield from ((exercise, order) for order in orders if list(order) != names)


def _neighbours(names: list[str]) -> Iterator[tuple[str, ...]]:
    for place in range(len(names) - 1):
        yield (*names[:place], names[place + 1], names[place], *names[place + 2 :])


def _with_header(exercise: Exercise, order: tuple[str, ...]) -> Any:
    """The reference under a first line with its parameters in another order."""
    names = {"reference": exercise.reference}
    by_place = ", ".join(_positional(exercise))
    exec(f"def {exercise.name}({', '.join(order)}, **settings):\n    return reference({by_place}, **settings)\n", names)
    return names[exercise.name]


HEADERS = [pytest.param(*one, id=f"{one[0].name}({', '.join(one[1])})") for one in _headers()]


@pytest.mark.parametrize(("exercise", "order"), HEADERS)
def test_a_first_line_in_another_order_is_named(exercise: Exercise, order: tuple[str, ...]) -> None:
    result = run_check(exercise, _with_header(exercise, order), seed="visible")
    if exercise.name == "relative_error":  # the same either way
        assert result.passed
        return
    assert not result.passed
    said = str(result.hint)
    assert said.startswith("Your formula is right, but the first line was changed"), said
    assert re.search(rf"`def {exercise.name}\({', '.join(_positional(exercise))}.*\):`", said)


@pytest.mark.parametrize(("exercise", "order"), HEADERS[::3])
def test_it_is_named_also_where_only_calls_are_known(exercise: Exercise, order: tuple[str, ...]) -> None:
    far = _Far(_with_header(exercise, order))
    first = run_check(exercise, far, seed="visible")
    if first.passed:
        return
    result = first if first.explain_by is None else first.explain_by(far)
    if result.mistake is None:  # else it is what a known mistake does, too
        assert re.search(r"All is right with .* exchanged: is the first line as it was given", str(result.hint))


@pytest.mark.parametrize("name", ["learning_rate", "beta", "epsilon", "strength", "rate", "limit", "s"])
def test_a_renamed_setting_is_named(name: str) -> None:
    tried = 0
    for exercise in all_exercises():
        parameters = inspect.signature(exercise.reference).parameters
        if exercise.score is not None or name not in parameters or exercise.measure is not None:
            continue
        if parameters[name].kind is not inspect.Parameter.KEYWORD_ONLY:
            continue
        names: dict[str, Any] = {"reference": exercise.reference}
        others = [p.name for p in parameters.values() if p.name != name and p.default is p.empty]
        by_place = [n for n in others if n in _positional(exercise)]
        by_name = [n for n in others if n not in by_place]
        settings = ", ".join([*by_name, "other"])
        passed = ", ".join([*by_place, *(f"{n}={n}" for n in by_name), f"{name}=other"])
        exec(f"def {exercise.name}({', '.join(by_place)}, *, {settings}):\n    return reference({passed})\n", names)
        result = run_check(exercise, names[exercise.name], seed="visible")
        assert not result.passed
        assert "Keep it as it was given" in str(result.hint) or "Keep the first line" in str(result.hint), result.hint
        tried += 1
    assert tried
