"""The trainings under the race of the schedules: who runs, with which rates, and how well the network reads."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from machine_room import schedules
from machine_room.arguments import Array, Function
from machine_room.explore.schedules import digits_network
from machine_room.explore.schedules.plateau_run import KEYS, numbers
from machine_room.explore.schedules.yours import rates_of, your_rates
from machine_room.explore.student import Attempts
from machine_room.network import Network
from machine_room.optimizers import SGD
from machine_room.translation import say

#: From the step, and the loss after the last whole epoch, to the rate.
_Rule = Callable[[int, float], float]
#: Rates, losses, digits read wrong: see `Run`.
_OneRun = tuple[list[float], list[float], float]

SEEDS = (0, 1, 2)
PERFORMANCE: dict[str, Any] = {"factor": 0.5, "patience": 2}
_FACTOR = 0.1
_WORST_LOSS, _LARGEST_RATE = 1e3, 10.0


@dataclass(frozen=True)
class Setting:
    """What all schedules share: the largest rate, and how many epochs they have."""

    rate: float
    epochs: int

    @property
    def steps(self) -> int:
        """All updates."""
        return self.epochs * digits_network.steps_per_epoch()


@dataclass(frozen=True)
class Run:
    """One schedule, trained once for each seed.

    Args:
        rates: of each step, for the first seed.
        losses: on the validation digits after each epoch, mean over the seeds.
        wrong: validation digits read wrong at the end, of a hundred, for each seed.
    """

    rates: Array
    losses: Array
    wrong: Array


def formulas(setting: Setting) -> dict[str, tuple[Function, dict[str, Any], bool]]:
    """Return name -> (our schedule, its settings, whether its time is the step), for all that follow a formula."""
    rate, epochs = setting.rate, setting.epochs
    boundaries = [epochs // 2, epochs // 2 + -(-epochs // 4)]
    return {
        "power": (schedules.power_schedule, {"learning_rate": rate, "s": epochs / 5}, False),
        "exponential": (
            schedules.exponential_schedule,
            {"learning_rate": rate, "s": epochs, "factor": _FACTOR**2},
            False,
        ),
        "piecewise constant": (
            schedules.piecewise_constant_schedule,
            {"boundaries": boundaries, "values": [rate, rate / 5, rate / 25]},
            False,
        ),
        "1cycle": (schedules.one_cycle_schedule, {"total": setting.steps, "max_rate": rate}, True),
    }


def rates_by_formula(name: str, setting: Setting, yours: Function | None, attempts: Attempts) -> Array:
    """Return the rate of every step, by the student's function where it works."""
    function, settings, by_step = formulas(setting)[name]
    times = range(setting.steps if by_step else setting.epochs)
    rates = rates_of(function, times, **settings)
    if yours is not None:
        own = your_rates(function.__name__, yours, rates, times, attempts, **settings)
        if own is not None and (own >= 0).all() and own.max() <= _LARGEST_RATE:
            rates = own
    return rates if by_step else np.repeat(rates, digits_network.steps_per_epoch())


def train(rates: Array, progress: Callable[[], None]) -> Run:
    """Train with the rate of each step given."""
    return _over_seeds(lambda seed: _by_rates(tuple(rates.tolist()), seed), progress)


def train_by_performance(
    setting: Setting, yours: Function | None, attempts: Attempts, progress: Callable[[], None]
) -> Run:
    """Train with the plateau rule after each epoch, the student's where it works."""
    if yours is None:
        return _over_seeds(lambda seed: _by_our_rule(setting, seed), progress)
    return _over_seeds(lambda seed: _one_seed(_plateau_rule(setting, yours, attempts), setting.epochs, seed), progress)


def _over_seeds(one: Callable[[int], _OneRun], progress: Callable[[], None]) -> Run:
    found = []
    for seed in SEEDS:
        found.append(one(seed))
        progress()
    rates, losses, wrong = zip(*found, strict=True)
    return Run(np.array(rates[0]), np.mean(losses, axis=0), np.array(wrong))


@lru_cache(maxsize=128)
def _by_rates(rates: tuple[float, ...], seed: int) -> _OneRun:
    return _one_seed(lambda step, _: rates[step], len(rates) // digits_network.steps_per_epoch(), seed)


@lru_cache(maxsize=32)
def _by_our_rule(setting: Setting, seed: int) -> _OneRun:
    return _one_seed(_plateau_rule(setting, None, Attempts()), setting.epochs, seed)


def _plateau_rule(setting: Setting, yours: Function | None, attempts: Attempts) -> _Rule:
    """Return a rule that lowers the rate between two epochs."""
    state = schedules.plateau_start(setting.rate)

    def rule(step: int, loss: float) -> float:
        nonlocal state
        if step and step % digits_network.steps_per_epoch() == 0:
            state = _next_state(state, loss, yours, attempts)
        return state["learning_rate"]

    return rule


def _next_state(
    state: schedules.PlateauState, loss: float, yours: Function | None, attempts: Attempts
) -> schedules.PlateauState:
    expected = schedules.plateau_step(state, loss, **PERFORMANCE)
    if yours is None:
        return expected
    answer = attempts.call("plateau_step", yours, dict(state), loss, keys=KEYS, **PERFORMANCE)
    own = None if answer is None else numbers(answer, attempts, largest_rate=_LARGEST_RATE)
    if own is None:
        return expected
    if not math.isclose(own["learning_rate"], expected["learning_rate"], rel_tol=1e-9):
        attempts.say(say("plateau_step and the reference give different rates: run its check."))
    return own


def _one_seed(rule: _Rule, epochs: int, seed: int) -> _OneRun:
    (x, labels), (unseen, answers) = digits_network.digits()
    optimizer, every = SGD(0.0), digits_network.steps_per_epoch()
    model, batches = digits_network.network(optimizer, seed=seed), digits_network.batches(seed)
    rates: list[float] = []
    with np.errstate(all="ignore"):  # a rate that is too large overflows, and is meant to be seen doing so
        losses = [_loss(model, unseen, answers)]
        for step in range(epochs * every):
            optimizer.learning_rate = rule(step, losses[-1])
            rates.append(optimizer.learning_rate)
            rows = next(batches)
            model.train_step(x[rows], labels[rows])
            if (step + 1) % every == 0:
                losses.append(_loss(model, unseen, answers))
        return rates, losses, 100 - digits_network.read(model, unseen, answers)


def _loss(model: Network, x: Array, labels: Any) -> float:
    loss = float(model.loss(x, labels))
    return min(loss, _WORST_LOSS) if math.isfinite(loss) else _WORST_LOSS
