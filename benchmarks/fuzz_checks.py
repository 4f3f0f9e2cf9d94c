"""Hostile results on every exercise's check: whether any raises, passes though it is wrong, or takes long.

    python -m benchmarks checks

The functions are those of tests/hostile_results.py; the same numbers draw the same ones.
"""

from __future__ import annotations

import time
import warnings
from collections import Counter
from dataclasses import dataclass, field

from benchmarks.table import Table
from machine_room.checks import run_check
from machine_room.checks.explain import PLAINLY
from machine_room.exercises import all_exercises
from tests.hostile_results import HostileFunction

RESULTS = 10_000


@dataclass
class _Seen:
    outcomes: Counter[str] = field(default_factory=Counter)
    raised: list[str] = field(default_factory=list)
    passed_though_wrong: list[str] = field(default_factory=list)
    said_plainly: int = 0
    seconds: list[float] = field(default_factory=list)

    def add(self, function: HostileFunction) -> None:
        began = time.perf_counter()
        visible = function.seed % 2 == 0
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                result = run_check(function.exercise, function, seed="visible" if visible else 3, hidden=not visible)
        except Exception as error:  # in grading this would be a grader error
            self.raised.append(f"{function!r}: {type(error).__name__}: {error}")
            return
        self.seconds.append(time.perf_counter() - began)
        self.outcomes[result.outcome] += 1
        self.said_plainly += result.hint in PLAINLY.values()
        if result.passed and not function.truly_right:
            self.passed_though_wrong.append(repr(function))


def table() -> Table:
    """Check 10,000 hostile results, as many of each exercise."""
    exercises, seen = all_exercises(), _Seen()
    for seed in range(RESULTS):
        seen.add(HostileFunction(exercises[seed % len(exercises)], seed))
    correct = seen.outcomes.pop("correct", 0)
    rows = [(f"outcome: {outcome}", f"{count:,}") for outcome, count in seen.outcomes.most_common()]
    rows += [
        ("outcome: correct, and truly right", f"{correct - len(seen.passed_though_wrong):,}"),
        ("outcome: correct, and wrong", f"{len(seen.passed_though_wrong):,}"),
        ("the check itself raised (a grader error)", f"{len(seen.raised):,}"),
        ("wrong, and no explanation could be made", f"{seen.said_plainly:,}"),
        ("slowest check, seconds", f"{max(seen.seconds):.1f}"),
    ]
    title = f"{RESULTS:,} hostile results over {len(exercises)} exercises"
    return Table(title, ("what came of it", "checks"), rows, [*seen.raised[:5], *seen.passed_though_wrong[:5]])
