"""Every optimizer takes the steps it has always taken, to the last bit.

`walks.json` holds a digest of the bytes of theta after every step, as the library computed them when that file was
written. Who changes a formula on purpose writes it anew: `python tests/lib/optimizers/test_to_the_bit.py`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest

from machine_room import keras, optimizers, regularizers
from machine_room.optimizers import Optimizer
from machine_room.schedules import Exponential

STORED = Path(__file__).with_name("walks.json")
STEPS = 12
SIZE = 37  # no multiple of any vector register's width
MASK = np.arange(SIZE) % 3 > 0
DTYPES = ("float64", "float32")

CLASSES: dict[str, Callable[[], Optimizer]] = {
    "SGD": lambda: optimizers.SGD(0.1),
    "SGD, decay": lambda: optimizers.SGD(0.1, decay=0.3),
    "SGD, momentum": lambda: optimizers.SGD(0.1, momentum=0.9),
    "SGD, nesterov": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "SGD, nesterov without momentum": lambda: optimizers.SGD(0.1, nesterov=True),
    "Momentum": lambda: optimizers.Momentum(),
    "Momentum, a schedule": lambda: optimizers.Momentum(Exponential(0.1, s=5), beta=0.7),
    "Nesterov": lambda: optimizers.Nesterov(),
    "Nesterov, beta 0": lambda: optimizers.Nesterov(0.1, beta=0.0),
    "AdaGrad": lambda: optimizers.AdaGrad(),
    "AdaGrad, a large epsilon": lambda: optimizers.AdaGrad(0.3, epsilon=0.5),
    "RMSProp": lambda: optimizers.RMSProp(),
    "RMSProp, its settings": lambda: optimizers.RMSProp(0.3, beta=0.6, epsilon=0.5),
    "Adam": lambda: optimizers.Adam(),
    "Adam, its settings": lambda: optimizers.Adam(0.3, beta1=0.6, beta2=0.8, epsilon=0.5),
    "Adam, a schedule": lambda: optimizers.Adam(Exponential(0.1, s=5)),
    "Nadam": lambda: optimizers.Nadam(),
    "Nadam, its settings": lambda: optimizers.Nadam(0.3, beta1=0.6, beta2=0.8, epsilon=0.5),
    "AdamW": lambda: optimizers.AdamW(),
    "AdamW, its settings": lambda: optimizers.AdamW(0.3, weight_decay=0.2, beta1=0.6, beta2=0.8, epsilon=0.5),
    "AdamW, a mask": lambda: optimizers.AdamW(0.3, weight_decay=0.2, decay_mask=MASK),
    "Keras's SGD": lambda: keras.optimizers.SGD(0.1, momentum=0.5, nesterov=True),
    "Keras's Adagrad": lambda: keras.optimizers.Adagrad(0.1),
    "Keras's RMSprop": lambda: keras.optimizers.RMSprop(0.1, rho=0.8),
    "Keras's Adam": lambda: keras.optimizers.Adam(0.1, beta_1=0.8),
    "Keras's Nadam": lambda: keras.optimizers.Nadam(0.1, beta_2=0.8),
    "Keras's AdamW": lambda: keras.optimizers.AdamW(0.1, weight_decay=0.1),
}

ADAM = {"learning_rate": 0.3, "beta1": 0.6, "beta2": 0.8, "epsilon": 0.5}
# name -> how many vectors of state, and the pure step of (theta, gradient, *state, t)
PURE: dict[str, tuple[int, Callable[..., tuple[np.ndarray, ...]]]] = {
    "gradient_descent_step": (
        0,
        lambda theta, g, t: (optimizers.gradient_descent_step(theta, g, learning_rate=0.3),),
    ),
    "momentum_step": (
        1,
        lambda theta, g, m, t: optimizers.momentum_step(theta, g, m, learning_rate=0.3, beta=0.7),
    ),
    "nesterov_step": (
        1,
        lambda theta, g, m, t: optimizers.nesterov_step(
            theta, lambda there: g * (1 + np.abs(there)), m, learning_rate=0.3, beta=0.7
        ),
    ),
    "nesterov_lookahead": (
        1,
        lambda theta, g, m, t: (optimizers.nesterov_lookahead(theta, g, beta=0.7), m),
    ),
    **{
        f"adagrad_step, epsilon inside: {inside}": (
            1,
            lambda theta, g, s, t, inside=inside: optimizers.adagrad_step(
                theta, g, s, learning_rate=0.3, epsilon=0.1, epsilon_inside=inside
            ),
        )
        for inside in (True, False)
    },
    **{
        f"rmsprop_step, epsilon inside: {inside}": (
            1,
            lambda theta, g, s, t, inside=inside: optimizers.rmsprop_step(
                theta, g, s, learning_rate=0.3, beta=0.7, epsilon=0.1, epsilon_inside=inside
            ),
        )
        for inside in (True, False)
    },
    **{
        f"adam_step, epsilon inside: {inside}": (
            2,
            lambda theta, g, m, s, t, inside=inside: optimizers.adam_step(
                theta, g, m, s, t, epsilon_inside=inside, **ADAM
            ),
        )
        for inside in (True, False)
    },
    **{
        f"nadam_step, epsilon inside: {inside}, momentum_decay: {decay}": (
            2,
            lambda theta, g, m, s, t, inside=inside, decay=decay: optimizers.nadam_step(
                theta, g, m, s, t, epsilon_inside=inside, momentum_decay=decay, **ADAM
            ),
        )
        for inside in (True, False)
        for decay in (None, 0.004)
    },
    **{
        f"adamw_step, epsilon inside: {inside}, mask: {mask is not None}": (
            2,
            lambda theta, g, m, s, t, inside=inside, mask=mask: optimizers.adamw_step(
                theta, g, m, s, t, weight_decay=0.2, epsilon_inside=inside, decay_mask=mask, **ADAM
            ),
        )
        for inside in (True, False)
        for mask in (None, MASK)
    },
    "first_moment": (1, lambda theta, g, m, t: (theta, optimizers.first_moment(g, m, beta1=0.7))),
    "second_moment": (1, lambda theta, g, s, t: (theta, optimizers.second_moment(g, s, beta2=0.7))),
    "bias_correction": (0, lambda theta, g, t: (optimizers.bias_correction(theta, t, beta=0.7),)),
    "weight_decay_step": (
        0,
        lambda theta, g, t: (regularizers.weight_decay_step(theta, learning_rate=0.3, weight_decay=0.2),),
    ),
    "weight_decay_step, a mask": (
        0,
        lambda theta, g, t: (regularizers.weight_decay_step(theta, learning_rate=0.3, weight_decay=0.2, mask=MASK),),
    ),
}


def start_and_gradients(dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Return a random theta, and a gradient for every step, some of whose entries are exactly 0."""
    rng = np.random.default_rng(20)
    start, gradients = rng.normal(size=SIZE), rng.normal(size=(STEPS, SIZE))
    gradients[:, 5] = 0.0
    return start.astype(dtype), gradients.astype(dtype)


def walk_of_class(make: Callable[[], Optimizer], dtype: str) -> Iterator[np.ndarray]:
    """Yield theta after every update; the gradient depends on where it is taken, as it does in a network."""
    theta, gradients = start_and_gradients(dtype)
    optimizer = make()
    for gradient in gradients:
        optimizer.update(theta, gradient * (1 + np.abs(optimizer.lookahead(theta))))
        yield theta


def walk_of_step(states: int, step: Callable[..., tuple[np.ndarray, ...]], dtype: str) -> Iterator[np.ndarray]:
    """Yield theta and the state after every pure step."""
    theta, gradients = start_and_gradients(dtype)
    state = [np.zeros(SIZE, dtype) for _ in range(states)]
    for t, gradient in enumerate(gradients, start=1):
        theta, *state = step(theta, gradient, *state, t)
        yield from (theta, *state)


def digest(walk: Iterable[np.ndarray]) -> str:
    total = hashlib.sha256()
    for array in walk:
        total.update(array.tobytes())
    return total.hexdigest()


def walks() -> dict[str, str]:
    """Return every walk's digest."""
    return {
        **{
            f"{name}, {dtype}": digest(walk_of_class(make, dtype)) for name, make in CLASSES.items() for dtype in DTYPES
        },
        **{
            f"{name}, {dtype}": digest(walk_of_step(states, step, dtype))
            for name, (states, step) in PURE.items()
            for dtype in DTYPES
        },
    }


@pytest.fixture(scope="module")
def stored() -> dict[str, str]:
    return dict(json.loads(STORED.read_text(encoding="ascii")))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CLASSES)
def test_an_optimizer_walks_as_it_always_has(name: str, dtype: str, stored: dict[str, str]) -> None:
    assert digest(walk_of_class(CLASSES[name], dtype)) == stored[f"{name}, {dtype}"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", PURE)
def test_a_pure_step_walks_as_it_always_has(name: str, dtype: str, stored: dict[str, str]) -> None:
    states, step = PURE[name]
    assert digest(walk_of_step(states, step, dtype)) == stored[f"{name}, {dtype}"]


def test_every_optimizer_and_every_step_is_held() -> None:
    assert {type(make()) for make in CLASSES.values()} == set(optimizers.INGREDIENTS)
    steps = {name for name in optimizers.__all__ if name.endswith(("_step", "_moment", "_correction", "_lookahead"))}
    assert steps <= {name.partition(",")[0] for name in PURE}


def test_a_digest_tells_the_last_bit() -> None:
    theta = np.ones(3)
    assert digest([theta]) != digest([np.nextafter(theta, 2)])


if __name__ == "__main__":
    STORED.write_text(json.dumps(walks(), indent=0) + "\n", encoding="ascii")
