"""How well checks diagnose code they have never seen: tests/strangers, with intervals.

    python -m benchmarks strangers
    python -m benchmarks.strangers "written blind" --messages MESSAGES.md

The second checks one group alone, also one that nothing else may run before its figures are written down, and writes
each message beside what is wrong in words, for a judge to read.

A wrong function is caught where the visible check or a hidden one fails it. Its hint names the mistake where it
contains what the block says it should, or where a person judged so; it misleads where it is a known mistake's hint, or
was judged to, and does not name it. Everything else describes without naming.
"""

from __future__ import annotations

import argparse
import math
import re
import warnings
from collections import Counter
from collections.abc import Collection, Iterator
from enum import StrEnum
from pathlib import Path

from benchmarks.table import Table
from machine_room.checks import CheckResult, run_check
from tests.strangers.collection import UNMEASURED, Group, Kind, Stranger, judgements, strangers

__all__ = ["Judged", "checked", "judge", "main", "read_aloud", "table", "told", "wilson"]

HIDDEN_SEED = 7
CONFIDENT = 1.96  # deviations: 95 %


class Judged(StrEnum):
    """What became of a stranger's function."""

    NAMED = "named"
    UNNAMED = "unnamed"
    MISLED = "misled"
    NOT_CAUGHT = "not caught"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


def checked(stranger: Stranger) -> CheckResult:
    """Check a stranger's function as its notebook would, and with hidden numbers where that passes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what their code warns of at its definition is theirs
        function = stranger.function()
        visible = run_check(stranger.exercise, function, seed="visible")
        return visible if not visible.passed else run_check(stranger.exercise, function, seed=HIDDEN_SEED, hidden=True)


def told(result: CheckResult) -> str:
    """Return what the message says of the mistake, as judgements quote it."""
    return " ".join(dict.fromkeys(filter(None, [result.seen, result.hint])))


def judge(stranger: Stranger, result: CheckResult) -> Judged:
    """Say what the message is worth to whoever wrote the function."""
    if stranger.kind is Kind.RIGHT:
        return Judged.ACCEPTED if result.passed else Judged.REJECTED
    if result.passed:
        return Judged.NOT_CAUGHT
    hint = told(result)
    said = judgements().get(stranger.key, {}).get(hint)
    if said is not None:
        return Judged(said)
    if re.search(stranger.says, hint, re.IGNORECASE):
        return Judged.NAMED
    return Judged.MISLED if result.mistake is not None else Judged.UNNAMED


def wilson(hits: int, total: int) -> tuple[float, float]:
    """Return Wilson's interval for a share, at 95 %.

    Example:
        >>> [round(bound, 2) for bound in wilson(9, 10)]
        [0.6, 0.98]
    """
    if total == 0:
        return 0.0, 1.0
    share, z2 = hits / total, CONFIDENT**2
    middle = share + z2 / (2 * total)
    half = CONFIDENT * math.sqrt(share * (1 - share) / total + z2 / (4 * total**2))
    return max(0.0, (middle - half) / (1 + z2 / total)), min(1.0, (middle + half) / (1 + z2 / total))


def table() -> Table:
    """Check every stranger's function that may be run and count what became of it."""
    return _counted([(one, judge(one, checked(one))) for one in strangers() if one.group not in UNMEASURED])


def main(arguments: list[str] | None = None) -> None:
    """Check the functions of one group, print the table, and write the messages where they are asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.strangers", description="check one group of strangers")
    parser.add_argument("group", type=Group, help=", ".join(map(repr, map(str, Group))))
    parser.add_argument("--messages", type=Path, help="where to write each message, to be judged")
    asked = parser.parse_args(arguments)
    results = [(one, checked(one)) for one in strangers() if one.group is asked.group]
    print(_counted([(one, judge(one, result)) for one, result in results]).text())
    if asked.messages:
        asked.messages.write_text("\n".join(read_aloud(one, result) for one, result in results), encoding="utf-8")


def read_aloud(stranger: Stranger, result: CheckResult) -> str:
    """Return what a judge reads of a function: what is wrong with it, its source, the message; no verdict of ours."""
    wrong = f"{stranger.kind}: {stranger.mistake}" if stranger.mistake else str(stranger.kind)
    said = "Passes." if result.passed else f"> {told(result) or 'Nothing.'}"
    return "\n\n".join([f"## {stranger.key}", wrong, f"```python\n{stranger.source}```", f"{said}\n"])


def _counted(judged: Collection[tuple[Stranger, Judged]]) -> Table:
    return Table(
        "Strangers' code",
        ("group, kind", "functions", "named", "described", "misled", "not caught", "rejected"),
        list(_rows(judged)),
        ("In brackets Wilson's 95 % interval. docs/strangers.md says how the functions were made, and judged.",),
    )


def _rows(judged: Collection[tuple[Stranger, Judged]]) -> Iterator[tuple[str, ...]]:
    for group in Group:
        for kind in Kind:
            some = [verdict for one, verdict in judged if one.group is group and one.kind is kind]
            if not some:
                continue
            counts = Counter(some)
            columns = (Judged.NAMED, Judged.UNNAMED, Judged.MISLED, Judged.NOT_CAUGHT, Judged.REJECTED)
            yield (f"{group}, {kind}", str(len(some)), *(_share(counts[one], len(some)) for one in columns))


def _share(hits: int, total: int) -> str:
    low, high = wilson(hits, total)
    return f"{hits} ({100 * low:.0f} to {100 * high:.0f} %)"


if __name__ == "__main__":
    main()
