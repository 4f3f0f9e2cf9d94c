"""The training under the picture of the plateau rule: a noisy bowl whose validation error the rule watches."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from machine_room.arguments import Function
from machine_room.explore.schedules import noisy_bowl
from machine_room.explore.student import Attempts
from machine_room.schedules import PlateauState, plateau_start
from machine_room.translation import say

EPOCHS = 60
KEYS = ("learning_rate", "best", "wait", "cooldown")
_STEPS = 4
#: What no training takes away, and how much the measured error jumps about, relative to the loss.
_RESIDUE, _JUMP = 0.02, 0.25
_JUMPS = np.random.default_rng(5).uniform(-1, 1, size=EPOCHS)


@dataclass
class Run:
    """Errors and states, epoch by epoch: `states[0]` is the start, `states[k]` follows on `errors[k - 1]`."""

    errors: list[float] = field(default_factory=list)
    states: list[PlateauState] = field(default_factory=list)

    @property
    def rates(self) -> list[float]:
        """The rate of each epoch, and that of the next."""
        return [state["learning_rate"] for state in self.states]


def train(rule: Function, learning_rate: float, epochs: int, attempts: Attempts | None = None, **settings: Any) -> Run:
    """Train for some epochs, with a rule that is called after each; with attempts, stop where the rule fails."""
    run = Run(states=[plateau_start(learning_rate)])
    mean, variance = noisy_bowl.START, np.zeros(len(noisy_bowl.START))
    for epoch in range(epochs):
        rate = run.states[-1]["learning_rate"]
        for _ in range(_STEPS):
            mean, variance = noisy_bowl.moments_after(mean, variance, rate)
        loss = float(((mean**2 + variance) * noisy_bowl.CURVATURES).sum() / 2)
        run.errors.append(_RESIDUE + loss * (1 + _JUMP * float(_JUMPS[epoch])))
        state = _next(rule, run, attempts, settings)
        if state is None:
            break
        run.states.append(state)
    return run


def _next(rule: Function, run: Run, attempts: Attempts | None, settings: dict[str, Any]) -> PlateauState | None:
    state: Any = dict(run.states[-1])
    if attempts is None:
        found: PlateauState = rule(state, run.errors[-1], **settings)
        return found
    answer = attempts.call("plateau_step", rule, state, run.errors[-1], keys=KEYS, **settings)
    return None if answer is None else numbers(answer, attempts)


def numbers(found: dict[str, Any], attempts: Attempts, *, largest_rate: float = 2) -> PlateauState | None:
    """Return the student's state as numbers, or None and a note where it holds none that training can go on with."""
    try:
        rate, best, wait, cooldown = (float(found[key]) for key in KEYS)
    except (TypeError, ValueError):
        attempts.say(say("plateau_step returns something in its dict that is no number."))
        return None
    if not 0 <= rate <= largest_rate or math.isnan(best + wait + cooldown):
        attempts.say(
            say(
                "plateau_step returns the learning rate {rate:.4g}: this picture can go on with 0 to {largest_rate:g}.",
                rate=rate,
                largest_rate=largest_rate,
            )
        )
        return None
    return {"learning_rate": rate, "best": best, "wait": int(wait), "cooldown": int(cooldown)}
