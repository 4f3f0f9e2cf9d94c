"""Penalties, dropout, max-norm and weight decay: their formulas, gradients and what they leave alone."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.optimize import approx_fprime
from scipy.stats import binomtest

from machine_room import regularizers as r
from machine_room.arguments import Array

PENALTIES = {
    "l1": (
        lambda w: r.l1_penalty(w, strength=0.3),
        lambda w: r.l1_gradient(w, strength=0.3),
        lambda w: 0.3 * np.linalg.norm(w.ravel(), 1),
        r.L1(0.3),
    ),
    "l2": (
        lambda w: r.l2_penalty(w, strength=0.3),
        lambda w: r.l2_gradient(w, strength=0.3),
        lambda w: 0.3 * np.linalg.norm(w.ravel(), 2) ** 2,
        r.L2(0.3),
    ),
    "elastic net": (
        lambda w: r.elastic_net_penalty(w, l1=0.3, l2=0.2),
        lambda w: r.elastic_net_gradient(w, l1=0.3, l2=0.2),
        lambda w: 0.3 * np.linalg.norm(w.ravel(), 1) + 0.2 * np.linalg.norm(w.ravel(), 2) ** 2,
        r.L1L2(0.3, 0.2),
    ),
}
every_penalty = pytest.mark.parametrize(
    ("penalty", "gradient", "oracle", "regularizer"), PENALTIES.values(), ids=PENALTIES
)
away_from_the_kink = st.floats(0.01, 10) | st.floats(-10, -0.01)
weights = arrays(np.float64, array_shapes(min_dims=1, max_dims=2, max_side=4), elements=away_from_the_kink)


@every_penalty
@given(w=weights)
def test_the_gradient_of_a_penalty_is_the_numerical_gradient(
    penalty: Callable[..., Any], gradient: Callable[..., Any], oracle: Callable[..., Any], regularizer: Any, w: Array
) -> None:
    numerical = approx_fprime(w.ravel(), lambda flat: penalty(flat.reshape(w.shape)), 1e-6)
    np.testing.assert_allclose(gradient(w).ravel(), numerical, rtol=1e-4, atol=1e-5)


@every_penalty
@given(w=weights)
def test_a_penalty_is_the_norm_it_is_named_after_and_the_class_agrees(
    penalty: Callable[..., Any], gradient: Callable[..., Any], oracle: Callable[..., Any], regularizer: Any, w: Array
) -> None:
    w.setflags(write=False)
    assert penalty(w) == pytest.approx(oracle(w), rel=1e-12)
    assert regularizer.penalty(w) == penalty(w)
    np.testing.assert_array_equal(regularizer.gradient(w), gradient(w))


@every_penalty
def test_the_gradient_at_zero_is_zero_and_float32_is_kept(
    penalty: Callable[..., Any], gradient: Callable[..., Any], oracle: Callable[..., Any], regularizer: Any
) -> None:
    zero = gradient(np.zeros((2, 3), np.float32))
    assert zero.dtype == np.float32
    assert not zero.any()
    assert type(penalty(np.ones(2, np.float32))) is float


def test_regularizers_are_found_by_name() -> None:
    assert repr(r.get("l1")) == "L1L2(l1=0.01, l2=0)"
    assert repr(r.get("l1_l2")) == "L1L2(l1=0.01, l2=0.01)"
    assert r.get(None) is None
    mine = r.L2(0.5)
    assert r.get(mine) is mine


@given(x=arrays(np.float64, (3, 4), elements=st.floats(-10, 10)), rate=st.floats(0, 0.9), seed=st.integers(0, 99))
def test_dropout_zeroes_what_the_mask_drops_and_scales_what_it_keeps(x: Array, rate: float, seed: int) -> None:
    x.setflags(write=False)
    y, mask = r.dropout_forward(x, rate=rate, rng=np.random.default_rng(seed))
    assert mask is not None
    assert mask.shape == x.shape
    np.testing.assert_array_equal(y[~mask], 0)
    np.testing.assert_allclose(y[mask] * (1 - rate), x[mask], rtol=1e-12)


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.5, 0.7])
def test_dropout_drops_with_probability_rate_and_keeps_the_mean(rate: float) -> None:
    y, mask = r.dropout_forward(np.ones(20_000), rate=rate, rng=np.random.default_rng(0))
    assert mask is not None
    if rate == 0:
        assert mask.all()
    else:
        assert binomtest(int((~mask).sum()), mask.size, rate).pvalue > 1e-3
    # The mean of n values of variance rate / (1 - rate), within five of its standard deviations.
    assert abs(y.mean() - 1) <= 5 * np.sqrt(rate / (1 - rate) / mask.size)


def test_dropout_is_the_identity_when_not_training() -> None:
    x, rng = np.arange(4.0), np.random.default_rng(0)
    before = rng.bit_generator.state
    y, mask = r.dropout_forward(x, rate=0.5, rng=rng, training=False)
    np.testing.assert_array_equal(y, x)
    assert mask is None
    assert rng.bit_generator.state == before
    np.testing.assert_array_equal(r.dropout_backward(x, mask, rate=0.5), x)


@given(rate=st.floats(0, 0.9), seed=st.integers(0, 99))
def test_dropout_backward_is_the_transpose_of_forward(rate: float, seed: int) -> None:
    # With the mask held fixed dropout is linear, so <dy, forward(x)> = <backward(dy), x>.
    rng = np.random.default_rng(seed)
    x, dy = rng.normal(size=(2, 3, 4))
    y, mask = r.dropout_forward(x, rate=rate, rng=rng)
    assert (dy * y).sum() == pytest.approx((r.dropout_backward(dy, mask, rate=rate) * x).sum(), abs=1e-9)


def test_dropout_keeps_float32() -> None:
    y, mask = r.dropout_forward(np.ones(5, np.float32), rate=0.3, rng=np.random.default_rng(0))
    assert y.dtype == np.float32
    assert r.dropout_backward(np.ones(5, np.float32), mask, rate=0.3).dtype == np.float32


def test_monte_carlo_dropout_gives_mean_and_deviation_of_dropout() -> None:
    rng = np.random.default_rng(0)
    mean, deviation = r.monte_carlo_dropout(
        lambda x: r.dropout_forward(x, rate=0.2, rng=rng)[0], np.array([[1.0, 2.0]]), samples=4000
    )
    assert mean.shape == deviation.shape == (1, 2)
    np.testing.assert_allclose(mean, [[1, 2]], rtol=0.05)
    np.testing.assert_allclose(deviation, [[0.5, 1.0]], rtol=0.05)  # x * sqrt(p / (1 - p))


@given(w=arrays(np.float64, (3, 4), elements=st.floats(-10, 10)), limit=st.floats(0.1, 20))
def test_max_norm_shortens_only_the_columns_that_are_too_long(w: Array, limit: float) -> None:
    w.setflags(write=False)
    shortened = r.max_norm(w, limit=limit)
    for before, after in zip(w.T, shortened.T, strict=True):
        length = np.linalg.norm(before)
        assert np.linalg.norm(after) == pytest.approx(min(length, limit), abs=1e-12)
        if length < limit * (1 - 1e-12):
            np.testing.assert_array_equal(after, before)
        else:
            np.testing.assert_allclose(after * length, before * limit, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(r.MaxNorm(limit)(w), shortened)


@given(theta=arrays(np.float64, 5, elements=st.floats(-10, 10)))
def test_weight_decay_multiplies_by_a_factor_under_one(theta: Array) -> None:
    theta.setflags(write=False)
    np.testing.assert_allclose(
        r.weight_decay_step(theta, learning_rate=0.1, weight_decay=0.5), 0.95 * theta, rtol=1e-15
    )
    mask = np.array([True, False, True, False, False])
    np.testing.assert_array_equal(
        r.weight_decay_step(theta, learning_rate=0.1, weight_decay=0.5, mask=mask)[~mask], theta[~mask]
    )


MESSAGES = {
    "strength": (
        lambda: r.l2_penalty(np.ones(2), strength=-1),
        ValueError,
        "strength must be a finite number >= 0, but it is -1",
    ),
    "rate 1": (
        lambda: r.dropout_forward(np.ones(2), rate=1, rng=np.random.default_rng(0)),
        ValueError,
        "rate must be a number in [0, 1), but it is 1: it is the probability to drop a value, not to keep it",
    ),
    "integers": (
        lambda: r.max_norm(np.ones((2, 2), np.int64), limit=1),
        TypeError,
        "weights must hold floats, but its dtype is int64: convert it first, weights = np.array(weights, float)",
    ),
    "limit": (
        lambda: r.MaxNorm(0),
        ValueError,
        "max_value must be a finite number > 0, but it is 0",
    ),
    "mask": (
        lambda: r.dropout_backward(np.ones(2), np.ones(3, bool), rate=0.5),
        ValueError,
        "mask must have the shape of dy, (2,), but it has (3,)",
    ),
    "name": (
        lambda: r.get("l3"),
        ValueError,
        "unknown regularizer 'l3': choose one of l1, l2, l1_l2, or give L1(...) or L2(...)",
    ),
}


@pytest.mark.parametrize(("attempt", "kind", "expected"), MESSAGES.values(), ids=MESSAGES)
def test_bad_input_is_refused_word_for_word(attempt: Callable[..., Any], kind: type[Any], expected: str) -> None:
    with pytest.raises(kind) as error:
        attempt()
    assert str(error.value) == expected
