"""What every optimizer class keeps to: one network each, a repr that says all, no optimizer that is another."""

from __future__ import annotations

import inspect
import re
from typing import Any

import numpy as np
import pytest

from machine_room import optimizers
from machine_room.layers import Dense
from machine_room.network import Network
from machine_room.optimizers import Optimizer
from machine_room.schedules import Exponential, Power

CLASSES = list(optimizers.INGREDIENTS)
every_class = pytest.mark.parametrize("make", CLASSES, ids=lambda make: make.__name__)
#: Values that no optimizer has by default.
OTHERS = {
    "learning_rate": 0.37, "momentum": 0.31, "nesterov": True, "decay": 0.0, "beta": 0.32, "beta1": 0.33,
    "beta2": 0.34, "epsilon": 0.123456789, "weight_decay": 0.35, "decay_mask": None,
}  # fmt: skip
X, Y = np.random.default_rng(1).normal(size=(8, 3)), np.zeros((8, 2))


def network(optimizer: Optimizer, units: int = 2) -> Network:
    net = Network([Dense(units)], inputs=3, rng=np.random.default_rng(0))
    net.compile(optimizer)
    return net


@every_class
def test_its_repr_says_every_setting_and_makes_it_again(make: type[Any]) -> None:
    names = list(inspect.signature(make).parameters)
    optimizer = make(**{name: OTHERS[name] for name in names})
    assert re.findall(r"(\w+)=", repr(optimizer)) == names
    again = eval(repr(optimizer), vars(optimizers))
    assert repr(again) == repr(optimizer)
    assert all(getattr(again, name) == OTHERS[name] for name in names)


def test_a_schedule_stands_in_the_repr() -> None:
    schedule = Exponential(0.1, s=5)
    assert f"learning_rate={schedule!r}, " in repr(optimizers.Adam(schedule))


def test_sgds_decay_stands_in_the_repr_until_the_rate_is_set() -> None:
    optimizer = optimizers.SGD(0.1, decay=0.25)
    assert repr(optimizer) == "SGD(learning_rate=0.1, momentum=0.0, nesterov=False, decay=0.25)"
    optimizer.learning_rate = Power(0.1, s=2)
    assert "decay=0.0" in repr(optimizer)
    optimizer.learning_rate = 0.5
    assert repr(optimizer) == "SGD(learning_rate=0.5, momentum=0.0, nesterov=False, decay=0.0)"


def test_a_mask_in_the_repr_is_short() -> None:
    mask = np.arange(1000) < 600
    assert repr(optimizers.AdamW(decay_mask=mask)).endswith("decay_mask=<600 of 1000 decay>)")


@every_class
def test_no_optimizer_is_another_one(make: type[Optimizer]) -> None:
    assert make.__bases__ == (Optimizer,)


def test_the_contract_alone_is_no_optimizer() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Optimizer(0.1)  # type: ignore[abstract]


@every_class
def test_a_second_network_is_refused_at_its_first_step_word_for_word(make: type[Optimizer]) -> None:
    optimizer = make(0.1)
    first, second = network(optimizer), network(optimizer)
    for _ in range(3):
        first.train_step(X, Y)
    before, kept = second.theta.copy(), {name: vector.copy() for name, vector in optimizer.state.items()}
    for attempt in (lambda: second.train_step(X, Y), lambda: second.fit(X, Y, progress=False)):
        with pytest.raises(ValueError) as error:
            attempt()
        assert str(error.value) == (
            f"this {make.__name__} holds the state of another network, after 3 updates: "
            "give each network an optimizer of its own, or call reset() on this one first"
        )
    np.testing.assert_array_equal(second.theta, before)
    for name, vector in kept.items():
        np.testing.assert_array_equal(optimizer.state[name], vector)
    assert optimizer.iterations == 3


@every_class
def test_the_second_network_may_be_of_another_size_and_the_first_gone(make: type[Optimizer]) -> None:
    optimizer = make(0.1)
    network(optimizer).train_step(X, Y)
    with pytest.raises(ValueError, match="another network"):
        network(optimizer, units=1).train_step(X, Y[:, :1])


@every_class
def test_the_same_network_goes_on_where_it_was(make: type[Optimizer]) -> None:
    def trained(compile_again: bool) -> np.ndarray:
        optimizer = make(0.1)
        net = network(optimizer)
        net.fit(X, Y, epochs=2, shuffle=False, progress=False)
        if compile_again:
            net.compile(optimizer)
        net.fit(X, Y, epochs=2, shuffle=False, progress=False)
        assert optimizer.iterations == 4
        return net.theta

    np.testing.assert_array_equal(trained(compile_again=False), trained(compile_again=True))


@every_class
def test_after_a_reset_it_serves_another_network_as_a_new_one_would(make: type[Optimizer]) -> None:
    optimizer = make(0.1)
    network(optimizer).train_step(X, Y)
    optimizer.reset()
    used, fresh = network(optimizer), network(make(0.1))
    used.train_step(X, Y)
    fresh.train_step(X, Y)
    np.testing.assert_array_equal(used.theta, fresh.theta)


@every_class
def test_a_network_that_is_compiled_but_does_not_step_takes_nothing(make: type[Optimizer]) -> None:
    optimizer = make(0.1)
    network(optimizer).loss(X, Y)
    network(optimizer).train_step(X, Y)
