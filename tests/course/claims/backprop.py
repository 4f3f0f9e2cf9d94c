"""What notebook 1 claims."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from machine_room import datasets, gradients, worked_network
from machine_room.activations import softmax
from machine_room.explore.backprop import ball, digits_run
from machine_room.explore.backprop.digits_run import Functions, Run, Setting, train
from machine_room.explore.backprop.epsilon import _error
from machine_room.explore.backprop.lecture import LECTURE_X, LECTURE_Y, THETA
from machine_room.explore.student import Attempts
from machine_room.layers import dense_backward, dense_forward
from machine_room.losses import cross_entropy
from machine_room.optimizers import gradient_descent_step
from tests.course.claims.registry import claim, near

TEXT = (Path(__file__).parents[3] / "course" / "01-backprop" / "backprop.md").read_text(encoding="utf-8")
GRADIENT = np.asarray(worked_network.backward_221(THETA, LECTURE_X, LECTURE_Y)["gradient"], dtype=float)


def loss_221(theta: Any) -> float:
    return float((worked_network.forward_221(theta, LECTURE_X)["yhat"] - LECTURE_Y) ** 2)


def drop(rate: float) -> float:
    return loss_221(THETA) - loss_221(THETA - rate * GRADIENT)


@claim("ball-swings")
def a_little_too_large_a_rate_swings() -> None:
    across = ball._path(np.array([1.8, 1.2]), 0.45, 25)[:, 1]
    assert (np.sign(across[1:]) == -np.sign(across[:-1])).all()
    assert abs(across[-1]) < abs(across[0])


@claim("ball-flies-out")
def far_too_large_a_rate_lands_higher_with_every_step() -> None:
    path = ball._path(np.array([1.8, 1.2]), 0.8, 25)
    assert (np.diff(ball._loss(*path.T)) > 0).all()


@claim("ball-rests-in-the-shallow-valley")
def a_small_rate_ends_in_the_shallow_valley() -> None:
    path = ball._path(np.array([1.8, 1.2]), 0.05, 400)
    near(float(ball._loss(*path[-1])), 0.3, 0.01)


@claim("passes-of-a-small-network")
def a_small_network_has_7510_parameters_and_one_forward_difference_needs_a_pass_more() -> None:
    size, calls = (64 + 1) * 100 + (100 + 1) * 10, 0

    def loss(theta: Any) -> float:
        nonlocal calls
        calls += 1
        return 0.0

    gradients.forward_difference(loss, np.zeros(size))
    assert (size, calls) == (7510, 7511)


class Counted:
    """A number that counts how often such numbers are multiplied."""

    times = 0

    def __mul__(self, other: Any) -> Counted:
        Counted.times += 1
        return Counted()

    def __add__(self, other: Any) -> Counted:
        return Counted()

    __radd__ = __add__


def multiplications(work: Callable[..., Any], *shapes: tuple[int, ...]) -> int:
    Counted.times = 0
    arrays = [
        np.array([Counted() for _ in range(int(np.prod(shape)))], dtype=object).reshape(shape) for shape in shapes
    ]
    work(*arrays)
    return Counted.times


@claim("one-pass-back-is-two-forward")
def going_back_through_a_dense_layer_multiplies_twice_as_often() -> None:
    """With the functions as the notebook's solutions write them: the library's take floats alone."""
    solutions: dict[str, Any] = {"np": np}
    for name in ("dense_forward", "dense_backward"):
        source = re.search(rf":exercise: {name}\n\n(def .*?)```", TEXT, re.DOTALL)
        assert source is not None
        exec(source[1], solutions)
    forward = multiplications(solutions["dense_forward"], (8, 5), (5, 3), (3,))
    assert forward == 8 * 5 * 3
    assert multiplications(solutions["dense_backward"], (8, 3), (8, 5), (5, 3)) == 2 * forward


@claim("errors-of-differences")
def a_tenth_of_epsilon_is_a_tenth_of_the_error_forward_and_a_hundredth_central() -> None:
    near(_error(gradients.forward_difference, 1e-2) / _error(gradients.forward_difference, 1e-3), 10, 0.2)
    near(_error(gradients.numerical_gradient, 1e-2) / _error(gradients.numerical_gradient, 1e-3), 100, 1)


@claim("best-epsilons")
def the_best_epsilons_are_about_those() -> None:
    epsilons = np.logspace(-13, -1, 73)
    points = np.linspace(0.5, 1.5, 101)  # the median of many: at one point a difference may be right by luck

    def errors(difference: Any, epsilon: float) -> Any:
        slopes = [difference(lambda t: float(np.exp(t[0])), np.array([x]), epsilon=epsilon)[0] for x in points]
        return np.median(np.abs(np.array(slopes) / np.exp(points) - 1))

    for difference, stated in ((gradients.numerical_gradient, -5), (gradients.forward_difference, -8)):
        found = [errors(difference, float(epsilon)) for epsilon in epsilons]
        near(float(np.log10(epsilons[int(np.argmin(found))])), stated, 0.5)


@claim("epsilon-of-forward-difference")
def the_default_of_forward_difference_is_good_to_five_digits() -> None:
    slope = gradients.forward_difference(lambda theta: float(np.exp(theta[0])), np.array([1.0]))[0]
    assert 1e-7 < abs(slope / np.e - 1) < 1e-5


@claim("gradient-of-the-worked-network")
def the_gradient_is_the_slides() -> None:
    assert GRADIENT.tolist() == [-40, 16, 8, 0, 0, 0, 24, 0, 4]


@claim("eighteen-passes")
def central_differences_take_eighteen_passes() -> None:
    calls = []
    gradients.numerical_gradient(lambda theta: calls.append(1) or loss_221(theta), THETA)
    assert len(calls) == 18


@claim("step-of-the-slide")
def the_step_lands_where_the_slide_says() -> None:
    expected = [1.08, 3.968, 2.984, 2, 1, -2, 1.952, 3, -2.008]
    np.testing.assert_allclose(gradient_descent_step(THETA, GRADIENT, learning_rate=0.002), expected, rtol=1e-12)


@claim("promise-kept")
def up_to_0_0003_the_drop_is_what_was_promised() -> None:
    squared = float(GRADIENT @ GRADIENT)
    assert all(abs(drop(rate) / (rate * squared) - 1) <= 0.05 for rate in np.geomspace(1e-5, 3e-4, 20))
    assert abs(drop(4e-4) / (4e-4 * squared) - 1) > 0.05


@claim("promise-of-0-002")
def a_step_of_0_002_promises_5_02_and_takes_the_loss_to_0_59() -> None:
    near(0.002 * float(GRADIENT @ GRADIENT), 5.02, 0.005)
    near(loss_221(THETA) - drop(0.002), 0.59, 0.005)


@claim("overshoots")
def from_0_007_on_the_loss_is_higher_than_before() -> None:
    rates = np.geomspace(1e-4, 0.1, 2000)
    worse = rates[[drop(rate) < 0 for rate in rates]]
    near(float(worse.min()), 0.007, 0.0005)
    assert all(drop(rate) < 0 for rate in rates[rates > worse.min()])


def gradient_with_bias(bias: float) -> Any:
    theta = THETA.copy()
    theta[5] = bias
    return np.asarray(worked_network.backward_221(theta, LECTURE_X, LECTURE_Y)["gradient"], dtype=float)


@claim("bias-must-pass-8")
def the_unit_wakes_beyond_a_bias_of_8() -> None:
    assert (gradient_with_bias(8.0)[[3, 4, 5, 7]] == 0).all()
    woken, later = gradient_with_bias(8.001), gradient_with_bias(9.0)
    assert (np.abs(woken[3:6]) > 1).all()  # they jump
    assert 0 < abs(woken[7]) < 0.1 < abs(later[7])  # this one begins to grow


@claim("no-step-wakes-it")
def no_step_of_gradient_descent_moves_what_the_unit_hangs_on() -> None:
    theta = THETA.copy()
    for _ in range(50):
        gradient = np.asarray(worked_network.backward_221(theta, LECTURE_X, LECTURE_Y)["gradient"], dtype=float)
        assert (gradient[[3, 4, 5, 7]] == 0).all()
        theta = gradient_descent_step(theta, gradient, learning_rate=0.002)


# --- the network that reads digits


@cache
def data() -> digits_run.Split:
    train_part, unseen = datasets.train_validation_split(*datasets.digits(), rng=np.random.default_rng(1))
    return train_part, unseen


@cache
def trained(rate: float, *, forgets_relu: bool = False) -> Run:
    gradient = without_relu_backward if forgets_relu else worked_network.two_layer_gradient
    functions = Functions(gradient, gradient_descent_step)
    return train(functions, Setting(rate, 64, 10), data(), Attempts(), lambda share: None)


def without_relu_backward(x: Any, labels: Any, weights1: Any, bias1: Any, weights2: Any, bias2: Any) -> Any:
    z = dense_forward(x, weights1, bias1)
    h = np.maximum(0, z)
    _, dlogits = cross_entropy(dense_forward(h, weights2, bias2), labels)
    dh, dweights2, dbias2 = dense_backward(dlogits, h, weights2)
    _, dweights1, dbias1 = dense_backward(dh, x, weights1)
    return dweights1, dbias1, dweights2, dbias2


def skip(h: float, bias: float) -> float:
    return h + max(0.0, 3 * h + bias)


def slope_at_2(bias: float) -> float:
    one = [np.array(value) for value in ([[1.0]], [[2.0]], [[3.0]], [bias])]
    return float(worked_network.skip_backward(*one)[0][0, 0])


@claim("paths-of-a-skip")
def slopes_of_two_paths_add_up() -> None:
    near(skip(2.01, -1) - skip(2, -1), 0.04, 1e-12)
    near(2.01 - 2, 0.01, 1e-12)
    near(max(0.0, 3 * 2.01 - 1) - max(0.0, 3 * 2 - 1), 3 * 0.01, 1e-12)
    assert slope_at_2(-1) == 1 + 3


@claim("skip-of-a-dead-unit")
def the_direct_path_is_left_where_the_unit_is_off() -> None:
    assert slope_at_2(-10) == 1
    near(skip(2.01, -10) - skip(2, -10), 0.01, 1e-12)


@claim("x-that-wakes-unit-2")
def unit_2_moves_nothing_until_its_sum_is_above_0() -> None:
    off, on = np.array([1.0, -0.02]), np.array([1.0, 0.02])  # 2 x1 + x2 a little below 2, and above
    for x in (LECTURE_X, off):
        gradient = np.asarray(worked_network.backward_221(THETA, x, LECTURE_Y)["gradient"])
        assert set(np.flatnonzero(gradient[3:6])) == set()
        assert gradient[7] == 0
    gradient = np.asarray(worked_network.backward_221(THETA, on, LECTURE_Y)["gradient"])
    assert (gradient[[3, 4, 5, 7]] != 0).all()


@claim("rates-that-read")
def rates_from_0_04_to_1_read_between_93_and_98() -> None:
    assert all(92.5 <= trained(rate).accuracies[-1] < 98.5 for rate in (0.04, 0.1, 0.25, 0.6, 1.0))


@claim("rates-that-are-fast")
def rates_from_0_1_to_0_6_pass_90_after_two_or_three_epochs() -> None:
    for rate in (0.1, 0.25, 0.6):
        assert np.flatnonzero(trained(rate).accuracies >= 90)[0] in (2, 3)


@claim("rates-that-fail")
def a_thousandth_is_too_slow_and_above_1_4_it_only_guesses() -> None:
    assert trained(0.001).accuracies[-1] < 60
    assert all(trained(rate).accuracies[-1] < 30 for rate in (1.6, 2.5))


@claim("wrong-gradient-learns")
def a_network_learns_without_its_relu_on_the_way_back() -> None:
    near(float(trained(0.05, forgets_relu=True).accuracies[-1]), 91, 1)


@claim("rule-of-thumb-of-the-check")
def a_right_gradient_is_below_1e_minus_7_and_wrong_ones_above_1e_minus_2() -> None:
    """On the notebook's own check: a small network with random digits, each of its four gradients."""
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(5, 4)), rng.integers(0, 3, size=5)
    parameters: list[Any] = [rng.normal(size=shape) for shape in ((4, 6), 6, (6, 3), 3)]

    def loss(place: int, value: Any) -> float:
        moved: list[Any] = [*parameters[:place], value, *parameters[place + 1 :]]
        weights1, bias1, weights2, bias2 = moved
        hidden = np.maximum(0, dense_forward(x, weights1, bias1))
        return float(cross_entropy(dense_forward(hidden, weights2, bias2), labels)[0])

    differences = [gradients.numerical_gradient(partial(loss, k), parameters[k]) for k in range(4)]

    def errors(found: Any) -> list[float]:
        return [float(gradients.relative_error(*pair)) for pair in zip(found, differences, strict=True)]

    right = worked_network.two_layer_gradient(x, labels, *parameters)
    assert max(errors(right)) < 1e-7
    assert min(errors(without_relu_backward(x, labels, *parameters))[:2]) > 1e-2
    assert min(errors([5 * one for one in right])) > 1e-2  # the batch's mean forgotten
    assert min(errors([-one for one in right])) > 1e-2


@claim("a-hundred-factors")
def a_hundred_factors_vanish_or_explode() -> None:
    assert 0.9**100 < 1e-4
    assert 1.1**100 > 1e4


@claim("two-rules-of-the-hand")
def the_slope_16_is_2_times_8_and_the_slope_8_is_4_times_2() -> None:
    back = worked_network.backward_221(THETA, LECTURE_X, LECTURE_Y)
    assert [LECTURE_X[1], back["dz1"], LECTURE_X[1] * back["dz1"]] == [2, 8, 16]
    assert [back["dyhat"], THETA[6], back["dh1"]] == [4, 2, 8]
    assert GRADIENT[1] == 16


@claim("shift-changes-nothing")
def subtracting_a_number_from_all_logits_changes_no_probability() -> None:
    logits = np.array([[3.0, -2.0, 0.5]])
    np.testing.assert_allclose(softmax(logits - logits.max()), np.exp(logits) / np.exp(logits).sum(), rtol=1e-14)
    with np.errstate(over="ignore"):
        assert np.isinf(np.exp(1000.0))


@claim("tiny-p-is-rounded-to-0")
def a_tiny_probability_is_0_and_its_logarithm_is_not_lost() -> None:
    logits = np.array([[0.0, -800.0]])
    assert softmax(logits)[0, 1] == 0
    near(float(cross_entropy(logits, np.array([1]))[0]), 800, 1e-9)
