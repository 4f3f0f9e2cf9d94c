"""How far the library is from each oracle: `python -m benchmarks.parity` prints a table and fails where it is too far.

Oracles: the lecture and published numbers, Keras 3 (stored answers, made by tools/make_keras_fixtures.py) and PyTorch
(live, where it is installed). Where a convention differs, the table names what turns ours into theirs.
"""

import json
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.deviation import (
    TOLERANCE,
    Deviation,
    Step,
    descend,
    difference,
    momentum,
    path,
    plateau_rates,
    with_moments,
    with_squares,
)
from machine_room import activations, callbacks, optimizers, regularizers, schedules

FIXTURES = Path(__file__).parents[1] / "tests" / "lib" / "fixtures" / "keras.json"
FOUR_DECIMALS = 5.1e-5  # of a number published with four


def published() -> Iterator[Deviation]:
    """Yield the deviations from the lecture's slides and from numbers in Keras's own tests."""
    theta = [1, 4, 3, 2, 1, -2, 2, 3, -2]
    gradient = [-40, 16, 8, 0, 0, 0, 24, 0, 4]
    slide = [1.08, 3.968, 2.984, 2, 1, -2, 1.952, 3, -2.008]
    yield Deviation(
        "optimizer", "gradient descent", "slides", difference(path(descend(0.002), theta, [gradient])[0], slide)
    )
    rates = [schedules.power_schedule(t, learning_rate=0.01, s=100) for t in (100, 200, 300)]
    yield Deviation("schedule", "power", "slides", difference(rates, [0.01 / 2, 0.01 / 3, 0.01 / 4]))
    rates = [schedules.exponential_schedule(epoch, learning_rate=0.01, s=20) for epoch in range(60)]
    yield Deviation("schedule", "exponential", "slides", difference(rates, [0.01 * 0.1 ** (e / 20) for e in range(60)]))

    gradients = [[0.01]] + 4 * [[0.1]]  # the first column of those in Keras's tests
    golden: dict[str, tuple[Step, list[float]]] = {
        "nadam": (
            with_moments(
                optimizers.nadam_step,
                learning_rate=0.5,
                beta1=0.5,
                beta2=0.67,
                epsilon=1e-5,
                epsilon_inside=False,
                momentum_decay=1.0,
            ),
            [0.4281, -0.1738, -0.7115, -1.2335, -1.7492],
        ),
        "adamw": (
            with_moments(
                optimizers.adamw_step, learning_rate=1.0, beta1=0.9, beta2=0.999, weight_decay=0.5, epsilon_hat=2.0
            ),
            [0.4998, 0.2486, 0.1223, 0.0586, 0.0263],
        ),
    }
    convention = {"nadam": "epsilon outside, momentum_decay=1", "adamw": "epsilon_hat"}
    for name, (step, expected) in golden.items():
        points = path(step, [1.0], gradients)[:, 0]
        yield Deviation(
            "optimizer", name, "Keras's tests", difference(points, expected), convention[name], FOUR_DECIMALS
        )


def keras_steps(fixtures: dict[str, Any]) -> dict[str, tuple[Step, float, str]]:
    """Return, for each stored optimizer, our step in Keras's convention, the initial s, and what the convention is."""
    config = {name: optimizer["config"] for name, optimizer in fixtures["optimizers"].items()}
    rate = {name: settings["learning_rate"] for name, settings in config.items()}

    def moments(name: str) -> dict[str, Any]:
        return {"learning_rate": rate[name], "beta1": config[name]["beta_1"], "beta2": config[name]["beta_2"]}

    adagrad, rmsprop, adamw = config["adagrad"], config["rmsprop"], config["adamw"]
    return {
        "sgd": (descend(rate["sgd"]), 0.0, "the same"),
        "momentum": (momentum(rate["momentum"], config["momentum"]["momentum"]), 0.0, "the same"),
        "nesterov": (
            momentum(rate["nesterov"], config["nesterov"]["momentum"], seen_ahead=True),
            0.0,
            "at the look-ahead point",
        ),
        "adagrad": (
            with_squares(optimizers.adagrad_step, learning_rate=rate["adagrad"], epsilon=adagrad["epsilon"]),
            adagrad["initial_accumulator_value"],
            "s starts at initial_accumulator_value",
        ),
        "rmsprop": (
            with_squares(
                optimizers.rmsprop_step,
                learning_rate=rate["rmsprop"],
                beta=rmsprop["rho"],
                epsilon=rmsprop["epsilon"],
            ),
            0.0,
            "the same",
        ),
        "adam": (
            with_moments(optimizers.adam_step, epsilon_hat=config["adam"]["epsilon"], **moments("adam")),
            0.0,
            "epsilon_hat",
        ),
        "nadam": (
            with_moments(
                optimizers.nadam_step,
                epsilon=config["nadam"]["epsilon"],
                epsilon_inside=False,
                momentum_decay=1.0,
                **moments("nadam"),
            ),
            0.0,
            "epsilon outside, momentum_decay=1",
        ),
        "adamw": (
            with_moments(
                optimizers.adamw_step,
                epsilon_hat=adamw["epsilon"],
                weight_decay=adamw["weight_decay"],
                **moments("adamw"),
            ),
            0.0,
            "epsilon_hat",
        ),
    }


def keras() -> Iterator[Deviation]:
    """Yield the deviations from Keras's stored answers."""
    fixtures = json.loads(FIXTURES.read_text())
    oracle = f"Keras {fixtures['keras']}"
    for name, (step, s, convention) in keras_steps(fixtures).items():
        ours = path(step, fixtures["theta"], fixtures["gradients"], s=s)
        yield Deviation("optimizer", name, oracle, difference(ours, fixtures["optimizers"][name]["path"]), convention)
    changing = fixtures["momentum_while_the_rate_changes"]
    theta, m, points = np.ones(1), np.zeros(1), []
    for rate in changing["rates"]:
        theta, m = optimizers.momentum_step(theta, theta, m, learning_rate=rate, beta=0.9)
        points.append(theta[0])
    yield Deviation("optimizer", "momentum, rate changes", oracle, difference(points, changing["path"]))
    yield from _keras_schedules(fixtures, oracle)
    yield from _keras_regularization(fixtures, oracle)
    for name, answer in fixtures["activations"].items():
        function = getattr(activations, name.split()[0])
        renamed = {"negative_slope": "alpha"}
        settings = {renamed.get(key, key): value for key, value in answer["config"].items()}
        ours = function(np.array(fixtures["z"]), **settings)
        yield Deviation("activation", name, oracle, difference(ours, answer["values"]))


def _keras_schedules(fixtures: dict[str, Any], oracle: str) -> Iterator[Deviation]:
    just_before = 1e-9
    ours: dict[str, tuple[Callable[[float], float], str]] = {
        "power": (schedules.Power(0.3, s=7), "the same"),
        "exponential": (schedules.Exponential(0.3, s=7), "the same"),
        "exponential staircase": (schedules.Exponential(0.3, s=7, staircase=True), "the same"),
        "piecewise constant": (
            lambda t: schedules.piecewise_constant_schedule(
                max(0, t - just_before), boundaries=[5, 15], values=[0.3, 0.2, 0.1]
            ),
            "the old value at a boundary",
        ),
    }
    for name, (schedule, convention) in ours.items():
        rates = [schedule(t) for t in fixtures["times"]]
        yield Deviation("schedule", name, oracle, difference(rates, fixtures["schedules"][name]["rates"]), convention)
    for name, answer in fixtures["plateaus"].items():
        settings = dict(answer["config"])
        if "min_lr" in settings:
            settings["min_rate"] = settings.pop("min_lr")
        yield Deviation(
            "schedule",
            f"plateau, {name}",
            oracle,
            difference(plateau_rates(fixtures["metrics"], **settings), answer["rates"]),
        )


def _keras_regularization(fixtures: dict[str, Any], oracle: str) -> Iterator[Deviation]:
    for name, answer in fixtures["early_stopping"].items():
        state, epoch = callbacks.EarlyStoppingState(), 0
        for epoch, metric in enumerate(fixtures["metrics"]):
            state = callbacks.early_stopping_step(state, metric, np.array([float(epoch)]), **answer["config"])
            if state.stop and epoch > 0:
                break
        assert state.best_theta is not None
        ours = [epoch, state.best_theta[0]]
        yield Deviation(
            "regularization",
            f"early stopping, {name}",
            oracle,
            difference(ours, [answer["last_epoch"], answer["restored_epoch"]]),
        )
    weights = np.array(fixtures["weights"])
    penalties = {"l1": regularizers.L1(0.3), "l2": regularizers.L2(0.3), "l1_l2": regularizers.L1L2(0.3, 0.2)}
    for name, regularizer in penalties.items():
        yield Deviation(
            "regularization", name, oracle, difference(regularizer.penalty(weights), fixtures["regularizers"][name])
        )
    yield Deviation(
        "regularization",
        "max-norm",
        oracle,
        difference(regularizers.max_norm(weights, limit=1.0), fixtures["max_norm"]),
        "Keras adds 1e-7 to the length",
        tolerance=2e-7,
    )


def torch() -> Iterator[Deviation]:
    """Yield the deviations from PyTorch; nothing where it is not installed."""
    if find_spec("torch"):
        from benchmarks import parity_torch

        yield from parity_torch.deviations()


def main() -> int:
    rows = [*published(), *keras(), *torch()]
    print("\n".join(map(str, rows)))
    far = [row for row in rows if not row.agrees]
    if not find_spec("torch"):
        print("PyTorch is not installed, so not compared: pip install torch==2.13.0")
    same = [row.deviation for row in rows if row.tolerance == TOLERANCE]
    print(
        f"{len(rows)} comparisons, {len(far)} too far; the largest deviation held to {TOLERANCE:g} is {max(same):.1e}"
    )
    return 1 if far else 0


if __name__ == "__main__":
    sys.exit(main())
