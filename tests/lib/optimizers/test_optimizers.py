"""The contract of every optimizer, as a pure step and as a class."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from machine_room import optimizers
from machine_room.arguments import Array
from machine_room.schedules import Exponential, Power

# name -> (pure step (theta, gradient, *state, t) -> (theta, *state), number of state vectors, class with its settings)
ADAM: dict[str, Any] = {"beta1": 0.8, "beta2": 0.9, "epsilon": 0.1}
STEPS = {
    "SGD": (
        lambda theta, g, t, learning_rate: (optimizers.gradient_descent_step(theta, g, learning_rate=learning_rate),),
        0,
        lambda rate: optimizers.SGD(rate),
    ),
    "Momentum": (
        lambda theta, g, m, t, learning_rate: optimizers.momentum_step(
            theta, g, m, learning_rate=learning_rate, beta=0.8
        ),
        1,
        lambda rate: optimizers.Momentum(rate, beta=0.8),
    ),
    "SGD with momentum": (
        lambda theta, g, m, t, learning_rate: optimizers.momentum_step(
            theta, g, m, learning_rate=learning_rate, beta=0.8
        ),
        1,
        lambda rate: optimizers.SGD(rate, momentum=0.8),
    ),
    "AdaGrad": (
        lambda theta, g, s, t, learning_rate: optimizers.adagrad_step(
            theta, g, s, learning_rate=learning_rate, epsilon=0.1
        ),
        1,
        lambda rate: optimizers.AdaGrad(rate, epsilon=0.1),
    ),
    "RMSProp": (
        lambda theta, g, s, t, learning_rate: optimizers.rmsprop_step(
            theta, g, s, learning_rate=learning_rate, beta=0.8, epsilon=0.1
        ),
        1,
        lambda rate: optimizers.RMSProp(rate, beta=0.8, epsilon=0.1),
    ),
    "Adam": (
        lambda theta, g, m, s, t, learning_rate: optimizers.adam_step(
            theta, g, m, s, t, learning_rate=learning_rate, **ADAM
        ),
        2,
        lambda rate: optimizers.Adam(rate, **ADAM),
    ),
    "Nadam": (
        lambda theta, g, m, s, t, learning_rate: optimizers.nadam_step(
            theta, g, m, s, t, learning_rate=learning_rate, **ADAM
        ),
        2,
        lambda rate: optimizers.Nadam(rate, **ADAM),
    ),
    "AdamW": (
        lambda theta, g, m, s, t, learning_rate: optimizers.adamw_step(
            theta, g, m, s, t, learning_rate=learning_rate, weight_decay=0.3, **ADAM
        ),
        2,
        lambda rate: optimizers.AdamW(rate, weight_decay=0.3, **ADAM),
    ),
}
every_step = pytest.mark.parametrize(("step", "states", "make"), STEPS.values(), ids=STEPS)
CLASSES = list(optimizers.INGREDIENTS)
every_class = pytest.mark.parametrize("make", CLASSES, ids=lambda c: c.__name__)
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def state_of(count: Any, dtype: Any = float) -> Any:
    return [np.full(3, 0.25, dtype) for _ in range(count)]


@dtypes
@every_step
def test_a_step_keeps_shape_and_dtype_and_changes_no_argument(
    step: Callable[..., Any], states: int, make: Callable[..., Any], dtype: type[Any]
) -> None:
    arguments = [np.array([1, -2, 3], dtype), np.array([0.5, 0, -1], dtype), *state_of(states, dtype)]
    for array in arguments:
        array.setflags(write=False)
    result = step(*arguments, 2, learning_rate=np.float64(0.1))
    assert len(result) == 1 + states
    for new in result:
        assert new.shape == (3,)
        assert new.dtype == dtype
        assert not any(np.shares_memory(new, old) for old in arguments)


@every_step
def test_a_step_takes_parameters_of_any_shape(step: Callable[..., Any], states: int, make: Callable[..., Any]) -> None:
    flat = [np.arange(1.0, 7.0), np.linspace(-1, 1, 6), *(np.full(6, 0.25) for _ in range(states))]
    for ours, expected in zip(
        step(*(a.reshape(2, 3) for a in flat), 3, learning_rate=0.1), step(*flat, 3, learning_rate=0.1), strict=True
    ):
        np.testing.assert_array_equal(ours, expected.reshape(2, 3))


@dtypes
@every_step
def test_the_class_takes_the_pure_steps_to_the_last_bit(
    step: Callable[..., Any], states: int, make: Callable[..., Any], dtype: type[Any]
) -> None:
    rng = np.random.default_rng(1)
    theta = rng.normal(size=5).astype(dtype)
    ours, optimizer, state = theta.copy(), make(0.1), [np.zeros(5, dtype) for _ in range(states)]
    for t in range(1, 8):
        gradient = rng.normal(size=5).astype(dtype)
        theta, *state = step(theta, gradient, *state, t, learning_rate=0.1)
        optimizer.update(ours, gradient)
        np.testing.assert_array_equal(ours, theta)
        assert ours.dtype == dtype


@pytest.mark.parametrize(
    "make", [optimizers.Nesterov, lambda rate, beta: optimizers.SGD(rate, momentum=beta, nesterov=True)]
)
def test_the_nesterov_classes_take_the_pure_nesterov_steps(make: Callable[..., Any]) -> None:
    def gradient_at(theta: Any) -> Any:
        return theta * [1.0, 10.0] + np.sin(theta)

    theta, m, ours, optimizer = np.array([1.0, -1.0]), np.zeros(2), np.array([1.0, -1.0]), make(0.05, beta=0.8)
    for _ in range(8):
        theta, m = optimizers.nesterov_step(theta, gradient_at, m, learning_rate=0.05, beta=0.8)
        optimizer.update(ours, gradient_at(optimizer.lookahead(ours)))
        np.testing.assert_array_equal(ours, theta)


def test_nesterov_takes_the_gradient_at_the_lookahead_point() -> None:
    seen = []
    optimizers.nesterov_step(
        np.array([1.0]), lambda p: seen.append(p) or p, np.array([-0.5]), learning_rate=0.1, beta=0.8
    )
    np.testing.assert_allclose(seen, [[0.6]])


@every_class
def test_every_optimizer_converges_on_an_elongated_bowl(make: type[Any]) -> None:
    # A rate suited to each: gradient descent is stable below 2 / 10; adaptive ones end in a ball as wide as their rate.
    adaptive = "adaptive learning rate" in optimizers.INGREDIENTS[make]
    optimizer = make(Exponential(0.5, s=400) if adaptive else 0.1)
    theta, curvature = np.array([1.0, -1.0]), np.array([1.0, 10.0])
    for _ in range(2000):
        optimizer.update(theta, curvature * optimizer.lookahead(theta))
    assert np.abs(theta).max() < 1e-2


@every_class
def test_two_instances_share_no_state(make: type[Any]) -> None:
    first, second = make(0.1), make(0.1)
    one, two = np.ones(3), np.ones(3)
    for _ in range(3):
        first.update(one, np.array([1.0, -2.0, 3.0]))
    second.update(two, np.array([1.0, -2.0, 3.0]))
    fresh = np.ones(3)
    make(0.1).update(fresh, np.array([1.0, -2.0, 3.0]))
    np.testing.assert_array_equal(two, fresh)


@every_class
def test_reset_forgets_everything_but_the_rate(make: type[Any]) -> None:
    optimizer, gradient = make(0.1), np.array([1.0, -2.0])
    first, second = np.ones(2), np.ones(2)
    optimizer.update(first, gradient)
    optimizer.update(np.ones(2), -3 * gradient)
    optimizer.reset()
    optimizer.update(second, gradient)
    np.testing.assert_array_equal(first, second)
    assert optimizer.iterations == 1


@every_class
def test_updating_leaves_the_gradient_alone(make: type[Any]) -> None:
    gradient = np.array([1.0, -2.0])
    gradient.setflags(write=False)
    make(0.1).update(np.ones(2), gradient)


@every_class
def test_a_schedule_is_called_with_the_updates_made_so_far(make: type[Any]) -> None:
    called = []
    optimizer = make(lambda t: called.append(t) or 0.1)
    called.clear()
    for _ in range(3):
        optimizer.update(np.ones(2), np.ones(2))
    assert called == [0, 1, 2]


def test_sgds_decay_is_power_scheduling() -> None:
    optimizer = optimizers.SGD(learning_rate=0.01, decay=1e-4)
    assert optimizer.schedule == Power(learning_rate=0.01, s=1e4)
    theta = np.zeros(1)
    for _ in range(3):
        optimizer.update(theta, np.array([-1.0]))
    assert theta[0] == pytest.approx(0.01 + 0.01 / 1.0001 + 0.01 / 1.0002, abs=1e-15)


def test_the_rate_can_be_set_while_training() -> None:
    optimizer = optimizers.SGD(decay=0.1)
    optimizer.learning_rate = 0.5
    assert (optimizer.learning_rate, optimizer.schedule) == (0.5, None)


def test_weight_decay_spares_what_the_mask_leaves_out() -> None:
    optimizer = optimizers.AdamW(0.1, weight_decay=0.5, decay_mask=np.array([True, False]))
    theta = np.ones(2)
    optimizer.update(theta, np.zeros(2))
    np.testing.assert_allclose(theta, [0.95, 1.0])


def test_weight_decay_of_adamw_never_enters_the_moments() -> None:
    zero, theta = np.zeros(2), np.array([5.0, -5.0])
    _, m, s = optimizers.adamw_step(theta, zero, zero, zero, 1, learning_rate=0.1, weight_decay=0.5, **ADAM)
    assert not m.any()
    assert not s.any()


finite = arrays(np.float64, 4, elements=st.floats(-1e6, 1e6))


@given(
    theta=finite,
    gradient=finite,
    m=finite,
    s=arrays(np.float64, 4, elements=st.floats(0, 1e6)),
    t=st.integers(1, 10**6),
)
def test_adam_is_made_of_its_graded_parts(theta: Array, gradient: Array, m: Array, s: Array, t: int) -> None:
    new, new_m, new_s = optimizers.adam_step(theta, gradient, m, s, t, learning_rate=0.05, **ADAM)
    np.testing.assert_array_equal(new_m, optimizers.first_moment(gradient, m, beta1=0.8))
    np.testing.assert_array_equal(new_s, optimizers.second_moment(gradient, s, beta2=0.9))
    m_hat = optimizers.bias_correction(new_m, t, beta=0.8)
    s_hat = optimizers.bias_correction(new_s, t, beta=0.9)
    np.testing.assert_allclose(new, theta - 0.05 * m_hat / np.sqrt(s_hat + 0.1), rtol=1e-12, atol=1e-9)


def test_nadam_with_a_constant_momentum_is_the_product_form_with_equal_factors() -> None:
    # The general formula of Dozat with mu_t = beta1 for all t, products instead of powers.
    for t in (1, 2, 7):
        momentum_weight, gradient_weight = optimizers.nadam_weights(t, beta1=0.8)
        assert momentum_weight == pytest.approx(0.8 / (1 - np.prod([0.8] * (t + 1))))
        assert gradient_weight == pytest.approx((1 - 0.8) / (1 - np.prod([0.8] * t)))


def test_the_table_of_ingredients_is_the_lectures() -> None:
    table = {recipe.__name__: ingredients for recipe, ingredients in optimizers.INGREDIENTS.items()}
    assert table["SGD"] == set()
    assert table["Nesterov"] - table["Momentum"] == {"Nesterov trick"}
    assert table["RMSProp"] - table["AdaGrad"] == {"scaling decay"}
    assert table["Adam"] == table["Momentum"] | table["RMSProp"]
    assert table["Nadam"] - table["Adam"] == {"Nesterov trick"}
    assert table["AdamW"] - table["Adam"] == {"weight decay"}


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -0.1])
@every_step
def test_an_unusable_learning_rate_is_refused_word_for_word(
    step: Callable[..., Any], states: int, make: Callable[..., Any], bad: float
) -> None:
    expected = f"learning_rate must be a finite number >= 0, but it is {bad}: choose one such as 0.01"
    attempts: tuple[Callable[[], Any], ...] = (
        lambda: step(np.ones(3), np.ones(3), *state_of(states), 1, learning_rate=bad),
        lambda: make(bad),
    )
    for attempt in attempts:
        with pytest.raises(ValueError) as error:
            attempt()
        assert str(error.value) == expected


@every_step
def test_integer_parameters_are_refused_word_for_word(
    step: Callable[..., Any], states: int, make: Callable[..., Any]
) -> None:
    expected = "theta must hold floats, but its dtype is int64: convert it first, theta = np.array(theta, float)"
    theta = np.ones(3, np.int64)
    attempts: tuple[Callable[[], Any], ...] = (
        lambda: step(theta, np.ones(3), *state_of(states), 1, learning_rate=0.1),
        lambda: make(0.1).update(theta, np.ones(3)),
    )
    for attempt in attempts:
        with pytest.raises(TypeError) as error:
            attempt()
        assert str(error.value) == expected


@every_step
def test_a_gradient_of_another_shape_is_refused_word_for_word(
    step: Callable[..., Any], states: int, make: Callable[..., Any]
) -> None:
    expected = "gradient must have the shape of theta, (3,), but it has (2,)"
    attempts: tuple[Callable[[], Any], ...] = (
        lambda: step(np.ones(3), np.ones(2), *state_of(states), 1, learning_rate=0.1),
        lambda: make(0.1).update(np.ones(3), np.ones(2)),
    )
    for attempt in attempts:
        with pytest.raises(ValueError) as error:
            attempt()
        assert str(error.value) == expected


def another_shape() -> None:
    optimizer = optimizers.Adam()
    optimizer.update(np.ones(3), np.ones(3))
    optimizer.update(np.ones(2), np.ones(2))


MESSAGES = {
    "beta": (
        lambda: optimizers.Momentum(beta=1.0),
        "beta must be a number in [0, 1), but it is 1.0",
    ),
    "epsilon": (
        lambda: optimizers.Adam(epsilon=0),
        "epsilon must be a finite number > 0, but it is 0",
    ),
    "t": (
        lambda: optimizers.bias_correction(np.ones(1), 0, beta=0.9),
        "t must be a whole number >= 1, but it is 0: the first update is t = 1",
    ),
    "a word for a number": (
        lambda: optimizers.SGD("fast"),  # type: ignore[arg-type] # a word
        "learning_rate must be a finite number >= 0, but it is fast: choose one such as 0.01",
    ),
    "two schedules": (
        lambda: optimizers.SGD(lambda t: 0.1, decay=0.1),
        "decay is itself a schedule: give a number as learning_rate, or leave decay out",
    ),
    "another shape": (
        another_shape,
        "theta must keep its shape and dtype, (3,) float64, but it is now (2,) float64: "
        "call reset() before training another network",
    ),
    "unknown name": (
        lambda: optimizers.get("adma"),
        "unknown optimizer 'adma': choose one of sgd, momentum, nesterov, adagrad, rmsprop, adam, nadam, adamw, nag, "
        "or give one such as Adam(learning_rate=0.001)",
    ),
    "a schedule that fails": (
        lambda: optimizers.SGD(lambda t: float("nan")).update(np.ones(1), np.ones(1)),
        "learning_rate must be a finite number >= 0, but it is nan: choose one such as 0.01",
    ),
}


@pytest.mark.parametrize(("attempt", "expected"), MESSAGES.values(), ids=MESSAGES)
def test_bad_input_is_refused_word_for_word(attempt: Callable[..., Any], expected: str) -> None:
    with pytest.raises(ValueError) as error:
        attempt()
    assert str(error.value) == expected


def test_a_list_cannot_be_updated_in_place() -> None:
    with pytest.raises(TypeError, match="theta must be a NumPy array, to be changed in place, but it is a list"):
        optimizers.SGD().update([1.0], [1.0])  # type: ignore[arg-type] # a list


@every_class
def test_every_optimizer_is_found_by_its_name_and_is_new_each_time(make: type[Any]) -> None:
    assert type(optimizers.get(make.__name__)) is make
    assert optimizers.get(make.__name__.lower()) is not optimizers.get(make.__name__.lower())
    mine = make()  # type: ignore[call-arg] # the subclasses have a rate by default
    assert optimizers.get(mine) is mine
