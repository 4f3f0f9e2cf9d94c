"""Random inputs that the exercises' texts allow, for what strangers wrote: made without a look at any check."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from machine_room.arguments import Array
from tests.strangers.landscapes import relu, slope, step, surface, tanh_slope, validation

__all__ = ["Trial", "trials"]

TRIALS = 40


@dataclass(frozen=True)
class Trial:
    """One call."""

    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)


def trials(name: str, *, seed: int = 0) -> Iterator[Trial]:
    """Make calls of an exercise's function, each with new numbers."""
    rng = np.random.default_rng(seed)
    for number in range(TRIALS):
        yield MAKERS[name](rng, number)


# ------------------------------------------------------------------------------------------------------- the inputs


def _shape(rng: np.random.Generator, number: int) -> tuple[int, ...]:
    return tuple(int(n) for n in rng.integers(1, 5, size=1 + number % 3))


def _array(rng: np.random.Generator, number: int) -> Array:
    return rng.normal(size=_shape(rng, number)) * 10.0 ** rng.integers(-1, 2)


def _sizes(rng: np.random.Generator, number: int) -> tuple[int, int, int]:
    batch, inputs, units = (int(n) for n in rng.integers(1, 6, size=3))
    if number % 4 == 0:
        return 3, 3, 3
    return (1, inputs, units) if number % 4 == 1 else (batch, inputs, units)


def _difference(rng: np.random.Generator, number: int) -> Trial:
    shape = (int(rng.integers(1, 6)),)
    epsilon = {"epsilon": 10.0 ** -rng.integers(1, 4)} if number % 2 else {}
    return Trial((surface(rng, shape[0]), rng.normal(size=shape)), epsilon)


def _central(rng: np.random.Generator, number: int) -> Trial:
    theta = rng.normal(size=_shape(rng, number))
    epsilon = {"epsilon": 10.0 ** -rng.integers(1, 4)} if number % 2 else {}
    return Trial((surface(rng, theta.size), theta), epsilon)


def _two(rng: np.random.Generator, number: int) -> Trial:
    a = _array(rng, number) * (1e-9 if number % 5 == 4 else 1)
    b = a + rng.normal(size=a.shape) * 10.0 ** rng.integers(-9, 1) * np.abs(a).max()
    if number % 5 == 3:
        a.flat[0] = b.flat[0] = 0.0
    return Trial((a, b))


def _dense(rng: np.random.Generator, number: int) -> Trial:
    batch, inputs, units = _sizes(rng, number)
    return Trial((rng.normal(size=(batch, inputs)), rng.normal(size=(inputs, units)), rng.normal(size=units)))


def _dense_back(rng: np.random.Generator, number: int) -> Trial:
    batch, inputs, units = _sizes(rng, number)
    return Trial((rng.normal(size=(batch, units)), rng.normal(size=(batch, inputs)), rng.normal(size=(inputs, units))))


def _skip(rng: np.random.Generator, number: int) -> Trial:
    batch, n, _ = _sizes(rng, number)
    return Trial(
        (rng.normal(size=(batch, n)), rng.normal(size=(batch, n)), rng.normal(size=(n, n)), rng.normal(size=n))
    )


def _same_twice(rng: np.random.Generator, number: int) -> Trial:
    z = _array(rng, number)
    return Trial((rng.normal(size=z.shape), z))


def _logits(rng: np.random.Generator, number: int) -> Trial:
    batch, classes, _ = _sizes(rng, number)
    classes = max(2, classes)
    logits = rng.normal(size=(batch, classes)) * (1.0, 5.0, 400.0)[number % 3]
    return Trial((logits, rng.integers(0, classes, size=batch)))


def _network(rng: np.random.Generator, number: int) -> Trial:
    batch, inputs, units = _sizes(rng, number)
    classes = 3 if number % 4 == 0 else int(rng.integers(2, 5))
    shapes = [(inputs, units), (units,), (units, classes), (classes,)]
    labels = rng.integers(0, classes, size=batch)
    return Trial((rng.normal(size=(batch, inputs)), labels, *(rng.normal(size=shape) for shape in shapes)))


def _far(rng: np.random.Generator, number: int) -> Array:
    z = _array(rng, number)
    z.flat[0] *= (1.0, 1e3, 1.0, 4e3)[number % 4]
    if number % 4 == 2:
        z *= 2e3
    return np.clip(z, -1e4, 1e4)


def _stats(rng: np.random.Generator, number: int) -> Trial:
    widths = [int(n) for n in rng.integers(1, 6, size=2 + number % 4)]
    weights = [rng.normal(size=pair) for pair in pairwise(widths)]
    return Trial((rng.normal(size=(int(rng.integers(1, 5)), widths[0])), weights, (relu, np.tanh)[number % 2]))


def _norms(rng: np.random.Generator, number: int) -> Trial:
    x, weights, activation = _stats(rng, number).args
    dh = rng.normal(size=(len(x), weights[-1].shape[1]))
    return Trial((x, weights, activation, (step, tanh_slope)[number % 2], dh))


def _fans(rng: np.random.Generator, number: int, names: tuple[str, ...]) -> Trial:
    fan_in, fan_out = (int(n) for n in rng.integers(1, 300, size=2))
    return Trial((names[number % len(names)], fan_in, fan_out))


def _optimizer(
    rng: np.random.Generator, number: int, states: str, settings: str, *, gradient: bool = True, count: bool = False
) -> Trial:
    theta = _array(rng, number)
    args: list[Any] = [theta]
    if gradient:
        args.append(rng.normal(size=theta.shape))
    args += [np.abs(rng.normal(size=theta.shape)) if one == "s" else rng.normal(size=theta.shape) for one in states]
    if count:
        args.append((1, 2, 3, 10, 1000)[number % 5])
    values = {
        "learning_rate": rng.uniform(0.001, 0.5),
        "beta": rng.uniform(0.1, 0.99),
        "beta1": rng.uniform(0.1, 0.95),
        "beta2": rng.uniform(0.1, 0.999),
        "epsilon": (1e-8, 0.5)[number % 2],
        "weight_decay": rng.uniform(0.01, 0.5),
    }
    return Trial(tuple(args), {name: values[name] for name in settings.split()})


def _look(rng: np.random.Generator, number: int) -> Trial:
    trial = _optimizer(rng, number, "m", "learning_rate beta", gradient=False)
    theta, m = trial.args
    return Trial((theta, slope(rng, theta.shape), m), trial.kwargs)


def _first_steps(rng: np.random.Generator, number: int) -> Trial:
    names = ("SGD", "Momentum", "NAG", "AdaGrad", "RMSProp", "Adam", "Nadam")
    slope = rng.normal() * (1.0, 50.0)[number % 2]
    settings = _optimizer(rng, number, "", "learning_rate beta1 beta2").kwargs
    return Trial((names[number % len(names)], slope), settings)


def _time(rng: np.random.Generator, number: int) -> float:
    return (0, int(rng.integers(1, 60)), float(rng.uniform(0, 60)))[number % 3]


def _power(rng: np.random.Generator, number: int) -> Trial:
    c = {"c": rng.uniform(0.2, 3)} if number % 2 else {}
    return Trial((_time(rng, number),), {"learning_rate": rng.uniform(0.01, 1), "s": int(rng.integers(2, 20)), **c})


def _exponential(rng: np.random.Generator, number: int) -> Trial:
    more = ({}, {"staircase": True}, {"factor": 0.5}, {"factor": 0.3, "staircase": True})[number % 4]
    return Trial((_time(rng, number // 2),), {"learning_rate": 0.4, "s": int(rng.integers(2, 20)), **more})


def _walk(rng: np.random.Generator, number: int) -> Trial:
    shape = (int(rng.integers(1, 4)),)
    settings = {"learning_rate": rng.uniform(0.05, 0.5), "s": int(rng.integers(1, 5)), "steps": int(rng.integers(1, 8))}
    return Trial((rng.normal(size=shape), slope(rng, shape)), settings)


def _pieces(rng: np.random.Generator, number: int) -> Trial:
    boundaries = sorted({int(n) for n in rng.integers(1, 30, size=1 + number % 4)})
    values = [float(v) for v in rng.uniform(0.001, 1, size=len(boundaries) + 1)]
    t = boundaries[number % len(boundaries)] if number % 3 == 0 else int(rng.integers(0, 35))
    return Trial((t,), {"boundaries": boundaries, "values": values})


def _metric(rng: np.random.Generator, number: int, best: float, min_delta: float) -> float:
    return (best - 0.5, best + 0.5, best - min_delta / 2, math.nan, best, rng.uniform(0, 2))[number % 6]


def _waits(rng: np.random.Generator, number: int) -> Trial:
    best = math.inf if number % 9 == 8 else float(rng.uniform(0.5, 2))
    delta = {"min_delta": 0.25} if number % 2 else {}
    metric = 1.0 if math.isinf(best) else _metric(rng, number // 2, best, 0.25 if delta else 1e-4)
    return Trial((best, int(rng.integers(0, 4)), metric), delta)


def _plateau(rng: np.random.Generator, number: int) -> Trial:
    best, resting = float(rng.uniform(0.5, 2)), int(rng.integers(0, 4)) if number % 2 else 0
    wait = 0 if resting else int(rng.integers(0, 3))
    state = {"learning_rate": float(rng.uniform(0.05, 1)), "best": best, "wait": wait, "cooldown": resting}
    settings: dict[str, Any] = {"factor": 0.5, "patience": int(rng.integers(1, 4)), "cooldown": int(rng.integers(0, 4))}
    if number % 3 == 0:
        settings |= {
            "min_rate": float((state["learning_rate"], state["learning_rate"] * 0.7)[number % 2]),
            "min_delta": 0.2,
        }
    metric = _metric(rng, number // 2, best, settings.get("min_delta", 1e-4))
    return Trial((state, metric), {} if number % 10 == 9 else settings)


def _range_test(rng: np.random.Generator, number: int) -> Trial:
    total = int(rng.integers(2, 100))
    low = 10.0 ** rng.uniform(-5, -2)
    t = (0, total - 1, int(rng.integers(0, total)))[number % 3]
    return Trial((t,), {"total": total, "min_rate": low, "max_rate": low * rng.uniform(5, 5000)})


def _warm(rng: np.random.Generator, number: int) -> Trial:
    return Trial((_time(rng, number),), {"learning_rate": rng.uniform(0.01, 1), "s": int(rng.integers(1, 40))})


def _cycle(rng: np.random.Generator, number: int) -> Trial:
    total = int(rng.integers(4, 80))
    more = ({}, {"start_rate": 0.2}, {"final_rate": 0.001}, {"start_rate": 0.3, "final_rate": 0.0})[number % 4]
    return Trial((int(rng.integers(0, total + 5)),), {"total": total, "max_rate": rng.uniform(0.5, 2), **more})


def _penalty(rng: np.random.Generator, number: int) -> Trial:
    weights = _array(rng, number)
    if number % 3 == 0:
        weights.flat[0] = 0.0
    return Trial((weights,), {"strength": rng.uniform(0.001, 2)})


def _regularized(rng: np.random.Generator, number: int) -> Trial:
    layers = []
    for _ in range(1 + number % 4):
        inputs, units = (int(n) for n in rng.integers(1, 4, size=2))
        layers.append((rng.normal(size=(inputs, units)), rng.normal(size=units)))
    strengths = ({"l1": 0.3}, {"l2": 0.2}, {"l1": 0.1, "l2": 0.5}, {})[number // 4 % 4]
    return Trial((float(rng.uniform(0, 3)), layers), strengths)


def _masked(rng: np.random.Generator, number: int) -> Trial:
    dy, rate = _array(rng, number), (0.0, 0.2, 0.5, 0.8)[number % 4]
    return Trial((dy, None if number % 5 == 4 else rng.random(dy.shape) >= rate), {"rate": rate})


def _leash(rng: np.random.Generator, number: int) -> Trial:
    weights = rng.normal(size=(int(rng.integers(1, 5)), int(rng.integers(1, 5))))
    if number % 4 == 0:
        weights = rng.normal(size=(3, 3))
        weights[:, 0] = 0.0
    return Trial((weights,), {"limit": rng.uniform(0.5, 2)})


def _losses(rng: np.random.Generator, number: int) -> Trial:
    losses = [float(loss) for loss in np.round(rng.uniform(0, 5, size=int(rng.integers(1, 25))) + 1, 1)]
    if number % 4 == 3:
        losses[len(losses) // 3] = math.nan
    if not any(math.isfinite(loss) for loss in losses):
        losses.append(1.0)
    more = ({}, {"patience": 1}, {"patience": 2, "min_delta": 0.4}, {"patience": 3})[number // 2 % 4]
    return Trial((losses,), more)


def _watched(rng: np.random.Generator, number: int) -> Trial:
    shape = (int(rng.integers(1, 4)),)
    settings = {"learning_rate": 0.15, "patience": int(rng.integers(1, 4)), "max_steps": int(rng.integers(1, 15))}
    return Trial((2 * rng.normal(size=shape), slope(rng, shape), validation(rng, shape, number)), settings)


def _changed(rng: np.random.Generator, number: int) -> Trial:
    before = _array(rng, number)
    return Trial((before, before + rng.normal(size=before.shape) * 10.0 ** rng.integers(-5, 1)))


def _experiments(rng: np.random.Generator, number: int) -> Trial:
    baseline = {"eta": 0.1, "units": 32, "activation": "sigmoid", "hidden": (64, 64), "dropout": 0.0, "stop": False}
    choices: dict[str, list[Any]] = {
        "hidden": [tuple([64] * 2), (100,)],  # equal to the baseline's, but made anew, as in another cell
        "eta": [0.5, float("0.1"), 0.01],
        "activation": ["relu", "sigmoid"],
        "dropout": [0.5, 0.0],
        "units": [32],
        "stop": [True],
    }
    names = [str(name) for name in rng.permutation(list(choices))][: 1 + number % 6]
    return Trial((baseline, {name: choices[name] for name in names}))


def _scores(rng: np.random.Generator, count: int) -> list[float]:
    return [float(score) for score in rng.uniform(60, 99, size=count)]


MAKERS: dict[str, Callable[[np.random.Generator, int], Trial]] = {
    "forward_difference": _difference,
    "numerical_gradient": _central,
    "relative_error": _two,
    "forward_221": lambda rng, _: Trial((rng.normal(size=9), rng.normal(size=2))),
    "backward_221": lambda rng, _: Trial((rng.normal(size=9), rng.normal(size=2), float(rng.normal()))),
    "gradient_descent_step": lambda rng, n: _optimizer(rng, n, "", "learning_rate"),
    "dense_forward": _dense,
    "relu_backward": _same_twice,
    "dense_backward": _dense_back,
    "skip_backward": _skip,
    "cross_entropy": _logits,
    "two_layer_gradient": _network,
    "sigmoid": lambda rng, n: Trial((_far(rng, n),)),
    "leaky_relu": lambda rng, n: Trial((_array(rng, n),), ({}, {"alpha": 2.5}, {"alpha": 0.2})[n % 3]),
    "elu": lambda rng, n: Trial((_far(rng, n),), ({}, {"alpha": 2.5}, {"alpha": 0.2})[n % 3]),
    "selu": lambda rng, n: Trial((_far(rng, n),)),
    "gelu": lambda rng, n: Trial((_array(rng, n),), ({}, {"approximate": True})[n % 2]),
    "gelu_derivative": lambda rng, n: Trial((_array(rng, n),), ({}, {"approximate": True})[n % 2]),
    "swish": lambda rng, n: Trial((_array(rng, n),), ({}, {"beta": 2.5}, {"beta": 0.3})[n % 3]),
    "swish_derivative": lambda rng, n: Trial((_array(rng, n),), ({}, {"beta": 2.5}, {"beta": 0.3})[n % 3]),
    "mish": lambda rng, n: Trial((_far(rng, n),)),
    "activation_stats": _stats,
    "gradient_norms": _norms,
    "init_std": lambda rng, n: _fans(rng, n, ("lecun", "he", "glorot")),
    "matching_std": lambda rng, n: _fans(
        rng,
        n,
        ("tanh", "sigmoid", "softmax", "relu", "leaky_relu", "elu", "gelu", "swish", "mish", "selu"),
    ),
    "momentum_step": lambda rng, n: _optimizer(rng, n, "m", "learning_rate beta"),
    "nesterov_lookahead": lambda rng, n: _optimizer(rng, n, "m", "beta", gradient=False),
    "nesterov_step": _look,
    "adagrad_step": lambda rng, n: _optimizer(rng, n, "s", "learning_rate epsilon"),
    "rmsprop_step": lambda rng, n: _optimizer(rng, n, "s", "learning_rate beta epsilon"),
    "first_moment": lambda rng, n: _optimizer(rng, n, "m", "beta1", gradient=False),
    "second_moment": lambda rng, n: _optimizer(rng, n, "s", "beta2", gradient=False),
    "bias_correction": lambda rng, n: _optimizer(rng, n, "", "beta", gradient=False, count=True),
    "adam_step": lambda rng, n: _optimizer(rng, n, "ms", "learning_rate beta1 beta2 epsilon", count=True),
    "nadam_step": lambda rng, n: _optimizer(rng, n, "ms", "learning_rate beta1 beta2 epsilon", count=True),
    "first_step_length": _first_steps,
    "weight_decay_step": lambda rng, n: _optimizer(rng, n, "", "learning_rate weight_decay", gradient=False),
    "adamw_step": lambda rng, n: _optimizer(rng, n, "ms", "learning_rate beta1 beta2 epsilon weight_decay", count=True),
    "power_schedule": _power,
    "exponential_schedule": _exponential,
    "scheduled_descent": _walk,
    "piecewise_constant_schedule": _pieces,
    "plateau_wait": _waits,
    "plateau_step": _plateau,
    "range_test_schedule": _range_test,
    "warm_up_schedule": _warm,
    "one_cycle_schedule": _cycle,
    "l2_penalty": _penalty,
    "l2_gradient": _penalty,
    "l1_penalty": _penalty,
    "l1_gradient": _penalty,
    "regularized_loss": _regularized,
    "dropout_backward": _masked,
    "max_norm": _leash,
    "early_stopping": _losses,
    "descend_with_early_stopping": _watched,
    "expected_first_loss": lambda rng, _: Trial((int(rng.integers(1, 200)),)),
    "update_ratio": _changed,
    "one_change_at_a_time": _experiments,
    "summarize": lambda rng, n: Trial((_scores(rng, 2 + n % 5),)),
    "gap_in_standard_errors": lambda rng, n: Trial((_scores(rng, 2 + n % 3), _scores(rng, 2 + n % 4))),
}
