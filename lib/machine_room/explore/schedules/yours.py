"""A student's schedule over ours: its rates at many times, and what to say where they differ."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from machine_room.arguments import Array, Function
from machine_room.explore.student import Attempts
from machine_room.translation import say


def rates_of(function: Function, times: Iterable[float], **settings: Any) -> Array:
    """Return the rates of one of our schedules at these times."""
    return np.array([function(t, **settings) for t in times])


def your_rates(
    name: str, function: Function, reference: Array, times: range, attempts: Attempts, **settings: Any
) -> Array | None:
    """Return the student's rates, or None and a note where the function does not work; note also where they differ."""

    def all_rates() -> list[Any]:
        return [function(t, **settings) for t in times]

    rates: Array | None = attempts.call(name, all_rates, shape=(len(times),))
    if rates is not None:
        wrong = np.flatnonzero(~np.isclose(rates, reference, rtol=1e-6, atol=1e-12))
        if len(wrong):
            first = int(wrong[0])
            digits = 4 if f"{rates[first]:.4g}" != f"{reference[first]:.4g}" else 8
            found, wanted = (f"{rate[first]:.{digits}g}" for rate in (rates, reference))
            attempts.say(
                say(
                    "{name} gives {found} at t = {t}, the reference {wanted}: run its check.",
                    name=name, found=found, t=times[first], wanted=wanted,
                )
            )  # fmt: skip
    return rates
