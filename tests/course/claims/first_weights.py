"""What notebook 2 claims of its formulas, of the first weights, and of what can be told before the first step."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from machine_room import activations, exercises, initializers, naive
from machine_room.checks import run_check
from machine_room.explore.activations import deep_run
from machine_room.explore.activations.depth_signal import signal
from machine_room.layers import Dense
from machine_room.network import Network
from machine_room.optimizers import SGD
from tests.course.claims.registry import claim, near

#: Of 100: how far apart two runs may end that nobody would tell apart.
LIKE_A_SEED = 2


@claim("naive-sigmoid-far-out")
def the_sigmoid_comes_out_right_with_a_warning_and_its_slope_is_no_number() -> None:
    z = np.array([-1000.0])
    with np.errstate(over="raise"):
        try:
            1 / (1 + np.exp(-z))
        except FloatingPointError:
            pass
        else:
            raise AssertionError("no overflow")
    with np.errstate(all="ignore"):
        assert 1 / (1 + np.exp(-z)) == activations.sigmoid(z) == 0
        assert np.isnan(np.exp(-z) / (1 + np.exp(-z)) ** 2)
    assert naive.fails("sigmoid_slope", -1000.0)


@claim("elu-levels-off")
def elu_levels_off_at_minus_alpha() -> None:
    for alpha in (0.5, 1.0, 2.0):
        near(float(activations.elu(np.array([-40.0]), alpha=alpha)[0]), -alpha, 1e-12)


@claim("a-check-tells-gelus-apart")
def the_check_of_gelu_tells_all_three_apart() -> None:
    def always_tanh(z: Any, *, approximate: bool = False) -> Any:
        return activations.gelu(z, approximate=True)

    def with_sigmoid(z: Any, *, approximate: bool = False) -> Any:
        return activations.swish(z, beta=1.702)

    assert run_check(exercises.find("gelu"), activations.gelu, seed=1).passed
    assert not any(run_check(exercises.find("gelu"), wrong, seed=1).passed for wrong in (always_tanh, with_sigmoid))


@claim("a-network-takes-either-gelu")
def a_network_of_three_layers_reads_as_many_digits_with_any_of_the_three() -> None:
    def tanh(z: Any) -> Any:
        return activations.gelu(z, approximate=True)

    def slope_of_tanh(z: Any) -> Any:
        return activations.gelu_derivative(z, approximate=True)

    def sigmoid(z: Any) -> Any:
        return activations.swish(z, beta=1.702)

    def slope_of_sigmoid(z: Any) -> Any:
        return activations.swish_derivative(z, beta=1.702)

    setting = deep_run.Setting("gelu", "he", 3, 0.03)
    exact = float(deep_run.library_course(setting).right[-1])
    for function, derivative in ((tanh, slope_of_tanh), (sigmoid, slope_of_sigmoid)):
        form = activations.Activation(function, lambda dh, z, slope=derivative: dh * slope(z))  # type: ignore[misc]
        run = deep_run.train(setting, form, deep_run.library_draw, lambda share: None)
        near(float(run.right[-1]), exact, LIKE_A_SEED)


# --- first weights


@claim("relu-halves-the-mean-square")
def relu_sets_half_to_0_and_halves_the_mean_square() -> None:
    z = np.random.default_rng(0).normal(size=200_000)
    h = activations.relu(z)
    near(float(np.mean(h == 0)), 0.5, 0.005)
    near(float(np.mean(h**2) / np.mean(z**2)), 0.5, 0.01)


@claim("variance-of-the-uniform")
def numbers_between_minus_l_and_l_have_the_variance_of_a_third_of_its_square() -> None:
    for limit in (0.3, 2.0):
        near(float(np.random.default_rng(0).uniform(-limit, limit, 400_000).var()) / (limit**2 / 3), 1, 0.01)


@claim("glorot-is-lecun-where-square")
def where_a_layer_is_as_wide_as_the_one_before_glorot_and_lecun_agree() -> None:
    assert initializers.init_std("glorot", 100, 100) == initializers.init_std("lecun", 100, 100)
    assert initializers.init_std("glorot", 100, 50) != initializers.init_std("lecun", 100, 50)


@claim("smooth-ones-fade-less-with-he")
def the_smooth_ones_fade_less_with_he() -> None:
    for name in ("gelu", "swish", "mish"):
        with_he, with_glorot = (signal(name, start).spread[19] for start in ("He", "Glorot"))
        assert 10 * with_glorot < with_he < 0.5


# --- deep networks on digits


@claim("short-gradients-tell")
def who_only_guesses_has_a_short_first_gradient_before_the_first_step() -> None:
    guesses = (("sigmoid", "glorot", 3), ("sigmoid", "glorot", 6), ("swish", "glorot", 10), ("relu", "glorot", 20))
    reads = (("sigmoid", "glorot", 1), ("relu", "he", 10), ("elu", "he", 20), ("selu", "lecun", 20))
    courses = [[deep_run.library_course(deep_run.Setting(*one, 0.03)) for one in some] for some in (guesses, reads)]
    assert all(course.right[-1] < 15 and course.lengths[0] < 0.03 for course in courses[0])
    assert all(course.right[-1] > 60 and course.lengths[0] > 0.4 for course in courses[1])


@cache
def _read(activation: str, depth: int, *, backwards: bool) -> float:
    """Return how many of 100 digits are read after training, each batch's examples in their order or backwards."""
    x, labels, unseen, answers = deep_run._digits()
    hidden = [Dense(deep_run.WIDTH, activation, kernel_initializer="he_normal") for _ in range(depth)]
    net = Network([*hidden, Dense(10)], inputs=64, loss="cross_entropy", rng=np.random.default_rng(0))
    net.compile(SGD(0.03))
    rng = np.random.default_rng(2)
    for _ in range(deep_run.EPOCHS):
        for batch in np.array_split(rng.permutation(deep_run.TRAIN), 25):
            order = batch[::-1] if backwards else batch
            net.train_step(x[order], labels[order])
    return 100 * float(np.mean(net.forward(unseen).argmax(axis=1) == answers))


@claim("another-order-moves-twenty-layers")
def to_add_in_another_order_moves_twenty_layers_and_not_three() -> None:
    def moved(activation: str, depth: int) -> float:
        return abs(_read(activation, depth, backwards=True) - _read(activation, depth, backwards=False))

    assert max(moved(name, 20) for name in ("elu", "mish")) >= 2
    assert max(moved(name, 3) for name in ("elu", "mish")) <= 0.5
