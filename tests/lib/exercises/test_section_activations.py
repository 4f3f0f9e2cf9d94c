"""Section 2: signals through depth against backpropagation, first weights, checks of random results, the notebook."""

# Functions as students write them, without types.
# mypy: allow-untyped-defs, allow-untyped-calls

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from machine_room import activations, exercises, initializers, propagation
from machine_room.checks.run import VISIBLE_SEED, run_check
from machine_room.explore.activations import deep_run, dying_run
from machine_room.explore.activations.depth_signal import signal
from machine_room.gradients import numerical_gradient

NOTEBOOK = (Path(__file__).parents[3] / "course" / "02-activations" / "activations.md").read_text()
RELEASED = (Path(__file__).parents[3] / "release" / "02-activations" / "activations.ipynb").read_text(encoding="utf-8")
INIT_WEIGHTS = exercises.find("init_weights")


@pytest.fixture
def stack() -> Any:
    rng = np.random.default_rng(0)
    sizes = [(4, 6), (6, 5), (5, 3)]
    return rng.normal(size=(7, 4)), [rng.normal(size=shape) for shape in sizes], rng.normal(size=(7, 3))


def test_gradient_norms_agree_with_central_differences(stack: Any) -> None:
    x, weights, dh = stack
    norms = propagation.gradient_norms(x, weights, activations.mish, activations.mish_derivative, dh)
    for layer in range(len(weights)):

        def loss(z, layer=layer):
            h = activations.mish(z)
            for matrix in weights[layer + 1 :]:
                h = activations.mish(h @ matrix)
            return float((h * dh).sum())

        z = x
        for matrix in weights[:layer]:
            z = activations.mish(z @ matrix)
        expected = np.linalg.norm(numerical_gradient(loss, z @ weights[layer]))
        assert norms[layer] == pytest.approx(expected, rel=1e-6)


def test_a_unit_counts_as_dead_where_no_example_wakes_it(stack: Any) -> None:
    x, weights, _ = stack
    x, first = np.abs(x), weights[0].copy()
    first[:, :3] = -np.abs(first[:, :3])
    _, _, dead = propagation.activation_stats(x, [first], activations.relu)
    assert dead[0] == pytest.approx(3 / 6)
    _, _, dead = propagation.activation_stats(x, [first], activations.leaky_relu)
    assert dead[0] == 0


@pytest.mark.parametrize("function", [propagation.activation_stats, propagation.gradient_norms])
def test_signals_need_layers_and_a_table_of_examples(function: Callable[..., Any], stack: Any) -> None:
    x, weights, dh = stack
    rest = [] if function is propagation.activation_stats else [np.cos, dh]
    with pytest.raises(ValueError, match=r"^weights must hold one matrix per layer, but it is empty$"):
        function(x, [], np.sin, *rest)
    with pytest.raises(ValueError, match=r"^x must have the shape \(batch, n_in\), but it has \(4,\)$"):
        function(x[0], weights, np.sin, *rest)


@pytest.mark.parametrize("activation", initializers.MATCHING_SCHEME)
def test_the_table_of_matching_pairs_is_the_lectures(activation: str) -> None:
    variance = 2 / (30 + 70) if activation in ("tanh", "sigmoid", "softmax") else 2 / 30
    variance = 1 / 30 if activation == "selu" else variance
    assert initializers.matching_std(activation, 30, 70) == pytest.approx(np.sqrt(variance))


def test_unknown_activations_and_distributions_are_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"^no scheme is known for 'relu6': choose one of tanh, sigmoid, "):
        initializers.matching_std("relu6", 2, 2)
    with pytest.raises(ValueError, match=r"^unknown distribution 'beta': choose 'normal' or 'uniform'$"):
        initializers.init_weights("he", 2, 2, np.random.default_rng(0), distribution="beta")


def test_the_pairs_of_the_lecture_stay_level_through_a_hundred_layers_and_others_do_not() -> None:
    def spread_and_length(activation, start):
        way = signal(activation, start)
        lengths = way.lengths(100)
        return way.spread[-1] / way.spread[0], lengths[0] / lengths[-1]

    for activation, start in (
        ("relu", "He"),
        ("leaky_relu", "He"),
        ("elu", "He"),
        ("selu", "LeCun"),
        ("tanh", "Glorot"),
    ):
        assert all(0.01 < ratio < 100 for ratio in spread_and_length(activation, start)), activation
    assert max(spread_and_length("relu", "Glorot")) < 1e-13
    assert min(spread_and_length("selu", "He")) > 100
    assert min(spread_and_length("relu", "σ = 1")) > 1e80
    for activation in ("gelu", "swish", "mish"):
        assert max(spread_and_length(activation, "Glorot")) < 1e-10 * min(spread_and_length(activation, "He"))
    assert spread_and_length("sigmoid", "Glorot")[1] < 1e-50


def test_what_the_notebook_says_about_twenty_and_a_hundred_layers_holds() -> None:
    assert signal("selu", "He").spread[-1] == pytest.approx(900, rel=0.1)
    assert signal("selu", "LeCun").spread[9::10] == pytest.approx(np.ones(10), abs=0.15)
    assert signal("relu", "Glorot").spread[-1] == pytest.approx(1e-15, rel=1)
    for activation, spread in (("mish", 0.3), ("gelu", 0.06), ("swish", 0.005)):
        assert signal(activation, "He").spread[19] == pytest.approx(spread, rel=0.1)
    lengths = signal("sigmoid", "Glorot").lengths(20)
    assert lengths[0] / lengths[-1] == pytest.approx(1e-12, rel=1)


def test_what_the_notebook_says_about_deep_networks_on_digits_holds() -> None:
    def right(activation, scheme, depth):
        return deep_run.library_course(deep_run.Setting(activation, scheme, depth, 0.03)).right[-1]

    assert right("sigmoid", "glorot", 1) > 60 > 15 > right("sigmoid", "glorot", 3)
    assert right("swish", "he", 10) == pytest.approx(66, abs=6)
    assert right("swish", "glorot", 10) < 15
    assert right("selu", "lecun", 20) == pytest.approx(90, abs=5)
    assert max(right(name, "he", 20) for name in ("relu", "swish", "gelu", "mish")) < 70


def test_a_learning_rate_of_one_and_a_half_kills_relu_units_and_a_leak_brings_them_back() -> None:
    rough, theta = dying_run.rough(1.5)
    assert rough.off[0] < 0.1 < 0.8 < rough.off[-1]
    relu = dying_run.gentle(theta, activations.get("relu"))
    assert relu.off[-1] >= rough.off[-1] - 0.05
    assert relu.right[-1] < 20
    recovered = []
    for alpha in (0.01, 0.1, 0.3):

        def leaky(z, alpha=alpha):
            return activations.leaky_relu(z, alpha=alpha)

        recovered.append(dying_run.gentle(theta, dying_run.leaky(leaky, alpha)).right[-1])
    assert recovered == sorted(recovered)
    assert recovered[-1] > 65


def other(function):
    """Rename, as a student's function is called."""
    function.__name__ = "init_weights"
    return function


def right(scheme, fan_in, fan_out, rng, distribution):
    std = initializers.init_std(scheme, fan_in, fan_out)
    return std * (rng.uniform(-(3**0.5), 3**0.5, (fan_in, fan_out)) if distribution == "uniform" else rng.normal(
        size=(fan_in, fan_out)
    ))  # fmt: skip


@pytest.mark.parametrize("seed", [VISIBLE_SEED, *range(5)])
def test_random_weights_pass_by_their_moments_not_by_their_numbers(seed: Any) -> None:
    @other
    def drawn_backwards(scheme, fan_in, fan_out, rng, *, distribution="normal"):
        return right(scheme, fan_in, fan_out, rng, distribution)[::-1, ::-1]

    assert run_check(INIT_WEIGHTS, drawn_backwards, seed=seed).passed


def test_weights_that_ignore_the_generator_are_told_so() -> None:
    @other
    def always_the_same(scheme, fan_in, fan_out, rng, *, distribution="normal"):
        return right(scheme, fan_in, fan_out, np.random.default_rng(7), distribution)

    result = run_check(INIT_WEIGHTS, always_the_same, seed=VISIBLE_SEED)
    assert (result.passed, result.mistake) == (False, "other_generator")
    assert str(result.hint).startswith("Draw every number from the rng that comes as an argument")


def test_weights_that_hold_nan_or_have_a_wrong_shape_are_told_so() -> None:
    results = {
        "contains NaN": lambda *a, **k: np.full((100, 200), np.nan),
        "has the shape (100,)": lambda *a, **k: np.zeros(100),
        "returned None": lambda *a, **k: list(a).clear(),
    }
    for sentence, function in results.items():
        assert sentence in str(run_check(INIT_WEIGHTS, function, seed=VISIBLE_SEED).hint)


def test_a_call_with_a_list_of_matrices_can_be_copied() -> None:
    def wrong(x, weights, activation):
        return np.zeros(len(weights)), np.zeros(len(weights)), np.zeros(len(weights))

    text = run_check(exercises.find("activation_stats"), wrong, seed=VISIBLE_SEED).text
    (call,) = re.findall(r"activation_stats\(.*\)", text)[:1]
    tanh = np.tanh
    mean, std, dead = eval(call, {"np": np, "tanh": tanh, "activation_stats": propagation.activation_stats})
    assert len(mean) == len(std) == len(dead) == 1


def test_the_notebook_asks_in_the_order_of_the_exercises_and_its_points_add_up() -> None:
    checks = re.findall(r":role: check\n:exercise: (\w+)\n:(points: \d+|optional: true)", NOTEBOOK)
    assert [name for name, _ in checks] == [exercise.name for exercise in exercises.of_assignment("02-activations")]
    asked = [(name, said.removeprefix("points: ")) for name, said in checks if said != "optional: true"]
    assert sum(int(points) for _, points in asked) == 25
    assert "25 points" in RELEASED
    table = dict(asked)
    for names, points in re.findall(r"^\| (`.*`) \| ([\d +]+) \|$", NOTEBOOK, re.MULTILINE):
        stated = dict(zip(re.findall(r"`(\w+)`", names), points.split(" + "), strict=True))
        assert stated == {name: table.pop(name) for name in stated}
    assert table == {}
    optional = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*`) \| optional \|$", NOTEBOOK, re.MULTILINE)))
    assert sorted(optional) == sorted({name for name, _ in checks} - dict(asked).keys())
