"""The table of claims: the name of a marker, and the function that measures it."""

from __future__ import annotations

from collections.abc import Callable

Measure = Callable[[], None]

CLAIMS: dict[str, Measure] = {}


def claim(name: str) -> Callable[[Measure], Measure]:
    """Enter the decorated function as what measures the claim of that name."""

    def enter(function: Measure) -> Measure:
        if name in CLAIMS:
            raise ValueError(f"two functions measure the claim {name!r}")
        CLAIMS[name] = function
        return function

    return enter


def near(value: float, stated: float, within: float) -> None:
    """Fail unless the value is the stated number, give or take."""
    assert abs(value - stated) <= within, f"the text says {stated:g}, but it is {value:g}"
