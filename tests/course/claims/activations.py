"""What notebook 2 claims."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from machine_room import activations, initializers, naive
from machine_room.explore.activations import deep_run, dying_run
from machine_room.explore.activations.depth_signal import SCHEMES, signal
from machine_room.explore.activations.names import NAMES
from machine_room.layers import Dense
from machine_room.network import Network
from machine_room.optimizers import SGD, Adam
from machine_room.propagation import activation_stats, gradient_norms
from tests.course.claims.registry import claim, near

Z = np.linspace(-8, 8, 100_001)
#: Digits of 100 by which a run may end elsewhere where sums are added in another order, as on another machine.
AT_TEN, AT_TWENTY = 3, 12
RELATIVES = ("relu", "gelu", "swish", "mish", "elu")


@claim("where-exp-ends")
def exp_is_infinite_from_709_8_on_and_0_below_minus_745_2() -> None:
    with np.errstate(all="ignore"):
        assert np.isfinite(np.exp(709.7))
        assert np.isinf(np.exp(709.8))
        assert np.exp(-745.1) > 0 == np.exp(-745.2)


@claim("softplus-fails-on-both-sides")
def softplus_is_infinite_on_one_side_and_0_on_the_other() -> None:
    paper, right = naive.both("softplus", 710.0)
    assert np.isinf(paper)
    assert right == 710
    assert naive.both("softplus", -37.0)[0] == 0 < naive.both("softplus", -36.0)[0]
    assert naive.fails("softplus", 710.0)
    assert naive.fails("softplus", -37.0)
    assert not naive.fails("softplus", 20.0)


@claim("slope-fails-below")
def the_slope_of_the_sigmoid_fails_below_minus_355() -> None:
    assert naive.fails("sigmoid_slope", -355.0)
    assert not naive.fails("sigmoid_slope", -354.0)
    with np.errstate(all="ignore"):
        assert np.isinf((1 + np.exp(355.0)) ** 2)
        assert np.isfinite(np.exp(355.0))
    assert not any(naive.fails("sigmoid_slope", z) for z in np.linspace(-354, 3000, 500))


@claim("softmax-fails")
def softmax_fails_with_one_infinite_exponential_or_with_none_above_0() -> None:
    assert naive.fails("softmax", [710.0, 0.0])
    assert naive.fails("softmax", [-746.0, -746.0])
    assert not naive.fails("softmax", [-746.0, 0.0])
    assert not naive.fails("softmax", [700.0, 0.0])


@claim("exp-minus-1-fails-near-0")
def e_to_the_z_minus_1_loses_all_digits_at_1e_minus_17() -> None:
    assert [float(one) for one in naive.both("exp_minus_1", 1e-17)] == [0, 1e-17]
    assert not any(naive.fails("exp_minus_1", z) for z in (-700.0, -1.0, 1e-6, 1.0, 700.0))


@claim("exp-in-single-precision")
def in_single_precision_exp_is_infinite_from_88_8_on() -> None:
    with np.errstate(all="ignore"):
        assert np.isfinite(np.exp(np.float32(88.7)))
        assert np.isinf(np.exp(np.float32(88.8)))


@claim("slope-of-the-sigmoid")
def the_sigmoid_is_a_quarter_steep_at_most() -> None:
    near(float(activations.sigmoid_derivative(Z).max()), 0.25, 1e-6)
    near(float(activations.sigmoid_derivative(np.array([6.0]))[0]), 0.002, 5e-4)


@claim("ten-sigmoids")
def ten_slopes_of_a_quarter_are_a_millionth() -> None:
    near(float(np.log10(activations.sigmoid_derivative(np.zeros(1))[0] ** 10)), -6, 0.05)


@claim("steeper-than-1")
def these_are_steeper_than_1_somewhere_and_the_others_with_a_large_alpha_only() -> None:
    for name in ("selu", "gelu", "swish", "mish"):
        assert activations.__dict__[f"{name}_derivative"](Z).max() > 1.01
    for name in ("leaky_relu", "elu"):
        slope = activations.__dict__[f"{name}_derivative"]
        assert slope(Z, alpha=1.5).max() > 1.4
        assert slope(Z, alpha=0.9).max() <= 1
    for name in ("sigmoid", "tanh", "relu"):
        assert activations.__dict__[f"{name}_derivative"](Z).max() <= 1


@claim("slopes-below-0")
def these_fall_before_they_rise() -> None:
    falling = {name for name in NAMES if activations.__dict__[f"{name}_derivative"](Z).min() < -1e-3}
    assert falling == {"gelu", "swish", "mish"}


@claim("gelus-apart")
def the_gelus_are_so_far_apart() -> None:
    exact, slope = activations.gelu(Z), activations.gelu_derivative(Z)
    assert 0.0004 < np.abs(activations.gelu(Z, approximate=True) - exact).max() < 0.0005
    near(float(np.abs(activations.swish(Z, beta=1.702) - exact).max()), 0.02, 0.0005)
    near(float(np.abs(activations.gelu_derivative(Z, approximate=True) - slope).max()), 0.0009, 0.00005)
    near(float(np.abs(activations.swish_derivative(Z, beta=1.702) - slope).max()), 0.03, 0.002)


@claim("elu-mean-closer-to-0")
def elu_has_a_mean_closer_to_0_than_relu() -> None:
    z = np.random.default_rng(0).normal(size=100_000)
    assert abs(activations.elu(z).mean()) < 0.5 * abs(activations.relu(z).mean())


@claim("selu-keeps-mean-and-variance")
def selu_keeps_mean_0_and_variance_1() -> None:
    h = activations.selu(np.random.default_rng(0).normal(size=1_000_000))
    near(float(h.mean()), 0, 0.005)
    near(float(h.var()), 1, 0.01)


@claim("exponential-overflows")
def exp_overflows_from_710_on() -> None:
    with np.errstate(over="ignore"):
        assert np.isfinite(np.exp(709.0))
        assert np.isinf(np.exp(710.0))


@claim("swish-between-two")
def swish_lies_between_half_of_z_and_relu() -> None:
    np.testing.assert_allclose(activations.swish(Z, beta=0), Z / 2)
    np.testing.assert_allclose(activations.swish(Z, beta=1e6), activations.relu(Z), atol=1e-6)


@claim("elu-without-kink")
def elu_has_no_kink_at_alpha_1_only() -> None:
    beside = np.array([-1e-9, 1e-9])
    jumps = {alpha: float(np.ptp(activations.elu_derivative(beside, alpha=alpha))) for alpha in (0.5, 1.0, 1.5)}
    assert jumps[1.0] < 1e-8 < min(jumps[0.5], jumps[1.5])


# --- the dying ReLU


def gentle(rate: float, alpha: float | None = None) -> dying_run.Course:
    _, theta = dying_run.rough(rate)
    if alpha is None:
        return dying_run.gentle(theta, activations.get("relu"))
    leaky = dying_run.leaky(lambda z: activations.leaky_relu(z, alpha=alpha), alpha)
    return dying_run.gentle(theta, leaky)


@claim("rates-that-kill")
def up_to_a_half_hardly_any_die_and_from_1_on_most() -> None:
    assert all(dying_run.rough(rate)[0].off[-1] < 0.15 for rate in (0.1, 0.3, 0.5))
    assert all(dying_run.rough(rate)[0].off[-1] > 0.5 for rate in (1.0, 1.5))


@claim("dead-stay-dead")
def what_has_died_stays_dead() -> None:
    for rate in (1.0, 1.5):
        assert gentle(rate).off[-1] > dying_run.rough(rate)[0].off[-1] - 0.1


@claim("small-leak-comes-too-late")
def with_a_leak_of_0_01_it_does_not_come_back() -> None:
    assert gentle(1.5, 0.01).right[-1] < 40
    slopes = activations.leaky_relu_derivative(np.array([-1.0, 1.0]), alpha=0.01)
    assert slopes[1] / slopes[0] == 100


@claim("leaks-that-recover")
def with_larger_leaks_it_recovers() -> None:
    near(float(gentle(1.5, 0.1).right[-1]), 70, 3)
    assert all(abs(gentle(1.5, alpha).right[-1] - 80) < 5 for alpha in (0.2, 0.4))


# --- weights


def after(net: Network, steps: int) -> Any:
    rng = np.random.default_rng(1)
    x, labels = rng.normal(size=(20, 5)), rng.integers(0, 3, 20)
    net.compile(SGD(0.1))
    for _ in range(steps):
        net.train_step(x, labels)
    return net


def small_network(first: float | None, second: float | None) -> Any:
    net = Network([Dense(4, "tanh"), Dense(3)], inputs=5, loss="cross_entropy", rng=np.random.default_rng(0))
    for layer, value in zip(net.layers, (first, second), strict=True):
        if value is not None:
            vars(layer)["weights"][:] = value
    return net


def spread_of_units(net: Any) -> float:
    return float(np.ptp(net.layers[0].weights, axis=1).max())


@claim("equal-units-stay-equal")
def units_with_equal_weights_in_and_out_stay_equal() -> None:
    assert spread_of_units(after(small_network(0.3, 0.3), 200)) < 1e-12


@claim("random-weights-out-are-enough")
def random_weights_out_make_units_differ_after_one_step() -> None:
    net = small_network(0.0, None)
    assert spread_of_units(net) == 0
    assert spread_of_units(after(net, 1)) > 1e-3


@claim("all-zero-never-learns")
def zeros_everywhere_move_the_last_bias_only() -> None:
    net = after(small_network(0.0, 0.0), 100)
    assert (net.theta[:-3] == 0).all() or spread_of_units(net) == 0
    first, second = (vars(layer) for layer in net.layers)
    assert not first["weights"].any()
    assert not first["bias"].any()
    assert not second["weights"].any()
    assert second["bias"].any()


def fifty(deviation: float) -> tuple[float, float]:
    """Return by how much the signal grows through fifty layers of tanh, and the gradient on its way back."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 100))
    weights = [rng.normal(0, deviation, (100, 100)) for _ in range(50)]
    dh = rng.normal(size=(64, 100))
    _, std, _ = activation_stats(x, weights, np.tanh)
    norms = gradient_norms(x, weights, np.tanh, lambda z: 1 - np.tanh(z) ** 2, dh)
    return float(std[-1]), float(norms[0] / norms[-1])


@claim("fifty-layers-vanish")
def with_0_05_signal_and_gradient_vanish() -> None:
    assert all(1e-16 < share < 1e-14 for share in fifty(0.05))


@claim("fifty-layers-explode")
def with_0_2_the_gradient_explodes() -> None:
    assert fifty(0.2)[1] > 1000


@claim("fifty-layers-pass")
def with_0_1_both_come_through() -> None:
    assert all(0.03 < share < 30 for share in fifty(0.1))


def ratios(activation: str, start: str, layers: int = 100) -> tuple[float, float]:
    way = signal(activation, start)
    lengths = way.lengths(layers)
    return float(way.spread[layers - 1] / way.spread[0]), float(lengths[0] / lengths[-1])


@claim("relu-with-he-is-level")
def relu_is_level_with_he_and_fades_with_glorot() -> None:
    assert all(0.01 < ratio < 100 for ratio in ratios("relu", "He"))
    assert all(1e-16 < ratio < 1e-14 for ratio in ratios("relu", "Glorot"))
    near(ratios("relu", "Glorot")[0] ** (1 / 99) / ratios("relu", "He")[0] ** (1 / 99), 2**-0.5, 0.01)


@claim("selu-with-lecun")
def selu_keeps_its_spread_with_lecun_and_explodes_with_he() -> None:
    np.testing.assert_allclose(signal("selu", "LeCun").spread[9::10], 1, atol=0.15)
    assert 1 < ratios("selu", "LeCun")[1] < 100
    near(float(signal("selu", "He").spread[-1]), 900, 90)


@claim("tanh-fades-slowly")
def tanh_fades_ever_more_slowly() -> None:
    spread = signal("tanh", "Glorot").spread
    assert spread[20] / spread[0] < 0.5 < spread[40] / spread[20]
    assert 0.02 < spread[99] < 0.2


@claim("sigmoid-gradient-vanishes")
def the_gradient_of_the_sigmoid_vanishes_with_every_scheme() -> None:
    assert all(ratios("sigmoid", start, 20)[1] < 1e-4 for start in SCHEMES if start in ("Glorot", "He", "LeCun"))
    near(float(np.log10(ratios("sigmoid", "Glorot", 20)[1])), -12, 0.5)


@claim("smooth-ones-fade")
def the_smooth_ones_fade_and_swish_most() -> None:
    spread = {name: float(signal(name, "He").spread[19]) for name in ("mish", "gelu", "swish", "relu", "elu")}
    for name, stated in (("mish", 0.3), ("gelu", 0.06), ("swish", 0.005)):
        near(spread[name], stated, 0.1 * stated)
    assert min(spread, key=spread.__getitem__) == "swish"


# --- deep networks on digits


def right(activation: str, depth: int, *, scheme: str = "he", rate: float = 0.03, optimizer: str = "SGD") -> float:
    setting = deep_run.Setting(activation, scheme, depth, rate, optimizer)
    return float(deep_run.library_course(setting).right[-1])


def with_adam(activation: str, depth: int) -> float:
    return right(activation, depth, rate=0.003, optimizer="Adam")


@claim("sigmoid-guesses-from-three")
def the_sigmoid_learns_with_one_layer_and_guesses_with_three() -> None:
    assert right("sigmoid", 1, scheme="glorot") > 60 > 15 > right("sigmoid", 3, scheme="glorot")


@claim("swish-needs-he")
def ten_layers_of_swish_need_he() -> None:
    near(right("swish", 10), 66, 1.5)
    assert right("swish", 10, scheme="glorot") < 15


@claim("selu-reads-best-at-twenty")
def twenty_layers_of_selu_read_best() -> None:
    selu = right("selu", 20, scheme="lecun")
    near(selu, 90, 2)
    assert selu > max(right(name, 20) for name in (*RELATIVES, "leaky_relu", "tanh"))


@claim("tanh-with-he")
def twenty_layers_of_tanh_read_better_with_he() -> None:
    near(right("tanh", 20), 80, AT_TWENTY)
    near(right("tanh", 20, scheme="glorot"), 60, AT_TWENTY)
    assert right("tanh", 20) > right("tanh", 20, scheme="glorot")


@claim("swish-is-worst-with-sgd")
def with_sgd_swish_is_the_worst_of_the_five() -> None:
    table = {"relu": (83, 42), "gelu": (80, 23), "swish": (66, 10), "mish": (88, 57), "elu": (92, 82)}
    for depth, place in ((10, 0), (20, 1)):
        found = {name: right(name, depth) for name in RELATIVES}
        assert min(found, key=found.__getitem__) == "swish"
        for name, stated in table.items():
            near(found[name], stated[place], AT_TEN if depth == 10 else AT_TWENTY)


@claim("swish-beats-relu-with-adam")
def with_adam_swish_reads_more_than_relu() -> None:
    table = {"relu": (90, 72), "gelu": (92, 69), "swish": (93, 69), "mish": (92, 90), "elu": (92, 82)}
    for depth, place in ((10, 0), (20, 1)):
        found = {name: with_adam(name, depth) for name in RELATIVES}
        ahead = found["swish"] - found["relu"]
        assert 0 < ahead < 6 if depth == 10 else abs(ahead) < AT_TWENTY
        for name, stated in table.items():
            near(found[name], stated[place], AT_TEN if depth == 10 else AT_TWENTY)


@claim("mish-and-elu-beat-swish")
def at_twenty_layers_mish_and_elu_read_more() -> None:
    assert min(with_adam("mish", 20), with_adam("elu", 20)) > with_adam("swish", 20) + 5


def three_seeds(activation: str, depth: int, make: Any) -> Iterator[float]:
    x, labels, unseen, answers = deep_run._digits()
    for seed in (1, 2, 3):
        hidden = [Dense(deep_run.WIDTH, activation, kernel_initializer="he_normal") for _ in range(depth)]
        net = Network([*hidden, Dense(10)], inputs=64, loss="cross_entropy", rng=np.random.default_rng(seed))
        net.compile(make())
        net.fit(x, labels, epochs=deep_run.EPOCHS, batch_size=32, progress=False)
        yield 100 * float(np.mean(net.forward(unseen).argmax(axis=1) == answers))


@claim("three-seeds-agree-on-swish")
def other_first_weights_give_the_same_order() -> None:
    for depth in (10, 20):
        relu, swish = (list(three_seeds(name, depth, lambda: SGD(0.03))) for name in ("relu", "swish"))
        assert np.mean(swish) < np.mean(relu)
    relu, swish = (list(three_seeds(name, 10, lambda: Adam(0.003))) for name in ("relu", "swish"))
    assert np.mean(swish) > np.mean(relu)


@claim("wrong-pair-ruins-twenty")
def a_wrong_pair_is_hardly_seen_in_three_layers_and_ruins_twenty() -> None:
    assert right("swish", 3, scheme="glorot", rate=0.1) > right("swish", 3, rate=0.1) - 10
    assert right("relu", 20, scheme="glorot") < 15 < right("relu", 20)
    assert initializers.init_std("he", 32, 32) > initializers.init_std("glorot", 32, 32)
