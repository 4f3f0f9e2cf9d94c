"""Whether the parts of a result stand in another order: looked for where their shapes say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from typing import Any

from machine_room.checks.compare import Kind, part_names
from machine_room.checks.evidence import Evidence
from machine_room.checks.matches import praises, whole_match
from machine_room.exercises.exercise import Mistake

__all__ = ["reordered", "reordered_mistake"]

MOST_PARTS = 4


def reordered(evidence: Evidence) -> tuple[str, Evidence | None] | None:
    """Return the names of the parts in their order, and what is wrong when yours stand so; None where no order fits.

    An order fits where all parts have the right shapes in all cases then.
    """
    whole = evidence.answers.expected[evidence.shown].value
    if type(whole) is not tuple or len(whole) > MOST_PARTS or evidence.trials is None:
        return None
    for order in list(permutations(range(len(whole))))[1:]:
        rest = evidence.of(_in_order(evidence.trials.function, order))
        if rest is None or all(d.kind is Kind.VALUES for found in rest.failing.values() for d in found):
            return ", ".join(part_names(evidence.exercise, whole)), rest
    return None


def reordered_mistake(evidence: Evidence) -> tuple[str, Mistake] | None:
    """Return the names of the parts in their order, and the known mistake that yours are when they stand so."""
    whole = evidence.answers.expected[evidence.shown].value
    results = [seen.value for seen in evidence.observed]
    if (
        evidence.exercise.measure is not None  # moments of the other parts say nothing of the order
        or type(whole) is not tuple
        or len(whole) > MOST_PARTS
        or any(seen.raised is not None for seen in evidence.observed)
    ):
        return None
    if not all(type(result) in (tuple, list) and len(result) == len(whole) for result in results):
        return None
    for order in list(permutations(range(len(whole))))[1:]:
        moved = [replace(seen, value=tuple(seen.value[place] for place in order)) for seen in evidence.observed]
        mistake = whole_match(evidence.answers, moved)
        if mistake is not None and not praises(mistake):
            return ", ".join(part_names(evidence.exercise, whole)), mistake
    return None


def _in_order(function: Callable[..., Any], order: tuple[int, ...]) -> Callable[..., Any]:
    def other(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        fits = type(result) in (tuple, list) and len(result) == len(order)
        return tuple(result[place] for place in order) if fits else result

    return other
