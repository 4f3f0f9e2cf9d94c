"""Experiments: one baseline, one change at a time, several seeds, and what may be concluded.

An experiment's settings are a plain dict, as `BASELINE`. It is bad for reasons that the course explains: sigmoids and
first weights that do not fit (section 2), plain gradient descent (section 3), a rate that never changes (section 4),
and no look at unseen digits while it trains (section 5).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from machine_room import initializers, optimizers
from machine_room.arguments import Array, count
from machine_room.callbacks import Callback, EarlyStopping, ReduceLROnPlateau
from machine_room.layers import Dense, Dropout, Layer
from machine_room.network import Network
from machine_room.regularizers import L2
from machine_room.schedules import Exponential, OneCycle

__all__ = [
    "BASELINE",
    "CHANGES",
    "expected_first_loss",
    "gap_in_standard_errors",
    "network",
    "one_change_at_a_time",
    "read",
    "summarize",
    "train",
    "train_and_read",
    "update_ratio",
]

Settings = Mapping[str, Any]

BASELINE: Settings = MappingProxyType(
    {
        "hidden": (64, 64),
        "activation": "sigmoid",
        "initializer": "normal",
        "optimizer": "SGD",
        "learning_rate": 0.15,
        "schedule": "constant",
        "regularization": "none",
        "epochs": 20,
    }
)

#: What each setting may be.
CHANGES: Mapping[str, tuple[Any, ...]] = MappingProxyType(
    {
        "hidden": ((64, 64), (64,), (100, 100), (64, 64, 64, 64)),
        "activation": ("sigmoid", "tanh", "relu", "leaky_relu", "swish"),
        "initializer": ("normal", "glorot_normal", "he_normal"),
        "optimizer": ("SGD", "Momentum", "Nesterov", "RMSProp", "Adam", "AdamW", "Nadam"),
        "learning_rate": (0.002, 0.005, 0.015, 0.05, 0.15, 0.5),
        "schedule": ("constant", "performance", "exponential", "1cycle"),
        "regularization": ("none", "early stopping", "dropout", "L2"),
        "epochs": (20, 40),
    }
)

BATCH = 32
CLASSES = 10
VALIDATION_SHARE = 0.15
DROPPED, PENALTY = 0.2, 1e-3
_INITIALIZERS: Mapping[str, Any] = {"normal": partial(initializers.normal, stddev=0.1)}


def network(settings: Settings, *, examples: int, rng: np.random.Generator) -> Network:
    """Return an untrained network with its optimizer, as the settings say; `examples` sets the length of a schedule.

    Args:
        settings: as `BASELINE` has them.
        examples: how many there are to train on, >= 1.
        rng: where the first weights and dropout's masks are drawn from.

    Example:
        >>> model = network(BASELINE, examples=100, rng=np.random.default_rng(0))
        >>> type(model.optimizer).__name__, model.metrics
        ('SGD', ['accuracy'])

    Source: the lecture, section 6.
    """
    start = {"kernel_initializer": _INITIALIZERS.get(settings["initializer"], settings["initializer"])}
    penalty = L2(PENALTY) if settings["regularization"] == "L2" else None
    layers: list[Layer] = []
    for units in settings["hidden"]:
        layers.append(Dense(units, settings["activation"], kernel_regularizer=penalty, **start))
        if settings["regularization"] == "dropout":
            layers.append(Dropout(DROPPED))
    model = Network([*layers, Dense(CLASSES, **start)], loss="cross_entropy", rng=rng)
    model.compile(getattr(optimizers, settings["optimizer"])(_rate(settings, examples)), metrics=["accuracy"])
    return model


def _rate(settings: Settings, examples: int) -> float | Callable[[int], float]:
    rate, steps = float(settings["learning_rate"]), settings["epochs"] * -(-examples // BATCH)
    if settings["schedule"] == "exponential":
        return Exponential(rate, steps, factor=0.01)
    if settings["schedule"] == "1cycle":
        return OneCycle(steps, rate)
    return rate


def train(
    settings: Settings, x: ArrayLike, labels: ArrayLike, *, seed: int, progress: Callable[[float], None] | None = None
) -> Network:
    """Train a network as the settings say, and return it.

    Early stopping and performance scheduling look at the last 15 % of the examples, which are then not trained on.

    Args:
        settings: as `BASELINE`.
        x: examples, (n, inputs).
        labels: class numbers, (n,).
        seed: of the first weights, of dropout and of the order of the batches.
        progress: called after each epoch with the share that is done.

    Returns:
        The network, trained.

    Example:
        >>> x, labels = np.eye(10), np.arange(10)
        >>> model = train({**BASELINE, "epochs": 1}, x, labels, seed=0)
        >>> model.predict(x).shape
        (10, 10)

    Source: the lecture, section 6.
    """
    x, labels = np.asarray(x), np.asarray(labels)
    watched = settings["schedule"] == "performance" or settings["regularization"] == "early stopping"
    kept = len(x) - int(VALIDATION_SHARE * len(x)) if watched else len(x)
    model = network(settings, examples=kept, rng=np.random.default_rng(seed))
    model.fit(
        x[:kept],
        labels[:kept],
        epochs=settings["epochs"],
        batch_size=BATCH,
        validation_data=(x[kept:], labels[kept:]) if watched else None,
        callbacks=_callbacks(settings, progress),
        progress=False,
    )
    return model


class _Told(Callback):
    """Says after each epoch how much is done."""

    def __init__(self, epochs: int, progress: Callable[[float], None]) -> None:
        self.epochs, self.progress = epochs, progress

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        self.progress((epoch + 1) / self.epochs)


def _callbacks(settings: Settings, progress: Callable[[float], None] | None) -> list[Callback]:
    told: list[Callback] = [] if progress is None else [_Told(settings["epochs"], progress)]
    plateau = [ReduceLROnPlateau(factor=0.5, patience=3)] if settings["schedule"] == "performance" else []
    stopping = [EarlyStopping(patience=5)] if settings["regularization"] == "early stopping" else []
    return [*told, *plateau, *stopping]


def read(model: Network, x: ArrayLike) -> Array:
    """Return the class number that the network thinks most likely, for each row of x: (n,), integers.

    Args:
        model: trained on digits, or on what else has classes.
        x: examples, (n, inputs).

    Example:
        >>> model = network(BASELINE, examples=100, rng=np.random.default_rng(0))
        >>> read(model, np.zeros((3, 64))).shape
        (3,)

    Source: the lecture, section 6.
    """
    classes: Array = np.argmax(model.predict(x), axis=1)
    return classes


def train_and_read(x: ArrayLike, labels: ArrayLike, *, seed: int) -> Network:
    """Train a network that follows the lecture's general suggestions, and return it: others read with it.

    Args:
        x: digits to train on, (n, 64), from 0 to 1.
        labels: what they are, (n,), integers.
        seed: decides every random number.

    Returns:
        The trained network; `read` reads with it.

    Example:
        >>> from machine_room import datasets
        >>> x, labels = datasets.practice_digits()
        >>> len(train_and_read(x[:64], labels[:64], seed=0).theta)
        7510

    Source: the lecture, section 6.
    """
    settings = {
        **BASELINE,
        "hidden": (100,),
        "activation": "relu",
        "initializer": "he_normal",
        "optimizer": "AdamW",
        "learning_rate": 0.01,
        "schedule": "1cycle",
    }
    return train(settings, x, labels, seed=seed)


def expected_first_loss(classes: int) -> float:
    """Return the cross-entropy of a network that has learned nothing: it gives each class the same chance, ln(classes).

    Args:
        classes: how many there are, >= 1.

    Raises:
        ValueError: fewer than one class.

    Example:
        >>> round(expected_first_loss(10), 4)
        2.3026

    Source: Stanford's CS231n, sanity checks.
    """
    return float(np.log(count("classes", classes, 1)))


def update_ratio(before: ArrayLike, after: ArrayLike) -> float:
    """Return how large an update is beside the weights it changes: `norm(after - before) / norm(before)`.

    About 1e-3 is healthy. Arrays of any shape; the norm is the root of the sum of all squares.

    Args:
        before, after: all weights before and after the update, floats, one shape.

    Example:
        >>> update_ratio(np.array([3.0, 4.0]), np.array([3.0, 4.005]))  # doctest: +ELLIPSIS
        0.000999...

    Source: Stanford's CS231n, sanity checks.
    """
    before, after = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    return float(np.linalg.norm((after - before).ravel()) / np.linalg.norm(before.ravel()))


def summarize(scores: ArrayLike) -> tuple[float, float]:
    """Return the mean of the scores over the seeds, and their standard deviation with n - 1.

    Args:
        scores: one number per seed, (n,).

    Raises:
        ValueError: fewer than two scores: one says nothing about the spread.

    Example:
        >>> summarize([90.0, 92.0, 94.0])
        (92.0, 2.0)

    Source: the lecture, section 6.
    """
    scores = np.asarray(scores, dtype=float)
    if scores.size < 2:
        raise ValueError(f"scores must hold at least two numbers, one for each seed, but it holds {scores.size}")
    return float(scores.mean()), float(scores.std(ddof=1))


def gap_in_standard_errors(baseline: ArrayLike, scores: ArrayLike) -> float:
    """Return how far the scores' mean lies above the baseline's, in standard errors of that difference.

    `(mean - mean_b) / sqrt(s**2 / n + s_b**2 / n_b)`. Below 2 it may well be chance.

    Args:
        baseline: the baseline's scores, one for each seed.
        scores: those of the changed network, as many or not.

    Example:
        >>> gap_in_standard_errors([70.0, 71.0, 72.0], [72.0, 74.0, 76.0, 78.0])  # doctest: +ELLIPSIS
        2.8284...

    Source: Welch 1947.
    """
    mean_b, deviation_b = summarize(baseline)
    mean, deviation = summarize(scores)
    return (mean - mean_b) / float(np.sqrt(deviation**2 / np.size(scores) + deviation_b**2 / np.size(baseline)))


def one_change_at_a_time(baseline: Settings, changes: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Return the settings of every experiment: each is the baseline with one setting changed to one other value.

    Args:
        baseline: name -> value.
        changes: name -> the values to try. A value that the baseline already has is no change, and left out.

    Returns:
        New dicts, in the order of `changes`; each has all names of the baseline.

    Raises:
        ValueError: changes has a name that the baseline has not.

    Example:
        >>> one_change_at_a_time({"eta": 0.1, "units": 64}, {"eta": [0.1, 0.5], "units": [32]})
        [{'eta': 0.5, 'units': 64}, {'eta': 0.1, 'units': 32}]

    Source: the lecture, section 6.
    """
    unknown = [name for name in changes if name not in baseline]
    if unknown:
        raise ValueError(f"the baseline has no setting {unknown[0]!r}: it has {', '.join(baseline)}")
    return [
        {**baseline, name: value} for name, values in changes.items() for value in values if value != baseline[name]
    ]
