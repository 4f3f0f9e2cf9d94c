"""What stands from before and what another engine would say of it, for the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..contract.comparison import Change, CheckChange, Comparison
from ..contract.names import escaped
from ..contract.verdict import Engine, Kept, Verdict
from .table import told

__all__ = ["comparison_json", "comparison_summary", "kept_summary", "show_comparison"]

CLOSE = 1e-9  # of points
RENEWED = (Kept.OTHER_ENGINE, Kept.FEEDBACK_IS_OUT)  # by --regrade
OUT = "for other tests, seed or settings, kept since feedback is out"


def kept_summary(kept: Iterable[tuple[Verdict, Kept]], assignment: str, engine: Engine) -> str:
    """Say which verdicts stand though something has changed, and how to renew them; empty where nothing has.

    Args:
        kept: verdicts that stood, with the reason.
        assignment: its name.
        engine: the present one.
    """
    counts = Counter(
        _by(verdict.engine, engine) if why is Kept.OTHER_ENGINE else OUT for verdict, why in kept if why in RENEWED
    )
    return "\n".join(
        f"{_verdicts(count)} {which}; `--regrade` renews {'it' if count == 1 else 'them'}, `autograde compare "
        f"{assignment}` shows who would change and by how much."
        for which, count in sorted(counts.items())
    )


def _by(engine: Engine, present: Engine) -> str:
    return f"by {escaped(str(engine))}" + (", another build than this" if engine.version == present.version else "")


def _verdicts(count: int) -> str:
    return "1 verdict" if count == 1 else f"{count} verdicts"


def show_comparison(comparison: Comparison, console: Console) -> None:
    """Print who would change, and how many would not."""
    if comparison.changes:
        console.print(_table(comparison))
    console.print(Text(comparison_summary(comparison)))


def _table(comparison: Comparison) -> Table:
    title = f"{comparison.assignment}: what {comparison.engine} would change"
    table = Table(title=title, title_justify="left", header_style="bold", pad_edge=False, box=SIMPLE_HEAD)
    for heading in ("student", "graded by"):
        table.add_column(heading, no_wrap=True)
    for heading in ("old", "new", "difference"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("checks", overflow="fold")
    for change in comparison.changes:
        numbers = (_points(change.old), _points(change.new), _difference(change))
        checks = ", ".join(_check(check) for check in change.checks)
        table.add_row(Text(escaped(change.student)), Text(escaped(str(change.by))), *numbers, Text(checks))
    return table


def _check(check: CheckChange) -> str:
    return f"{escaped(check.exercise or check.cell_id)} {_points(check.old)} → {_points(check.new)}"


def _points(points: float | None) -> str:
    return "none" if points is None else f"{points:g}"


def _difference(change: Change) -> str:
    return "0" if abs(change.difference) < CLOSE else f"{change.difference:+g}"


def comparison_summary(comparison: Comparison) -> str:
    """How many would change, how many not, and of whom nothing is known."""
    count = len(comparison.changes)
    lines = [
        f"{count} of {_verdicts(count + comparison.unchanged)} would change, {comparison.unchanged} would not. "
        "Nothing was recorded."
    ]
    if count:
        lines.append(f"`autograde grade {comparison.assignment} --regrade` makes it so.")
    if comparison.not_compared:
        lines.append(f"Not graded yet, so not compared: {', '.join(map(escaped, comparison.not_compared))}.")
    lines += [
        f"{escaped(failed.student)} ({escaped(failed.notebook)}) could not be graded: "
        f"{escaped(failed.grader_errors[0].text.strip(), 200)}"
        for failed in comparison.failed
    ]
    return "\n".join([*lines, *told(comparison.failures)])


def comparison_json(comparison: Comparison) -> dict[str, object]:
    """The same for programs."""
    changes = [{**asdict(change), "difference": change.difference} for change in comparison.changes]
    failed = [{"student": failed.student, "notebook": failed.notebook} for failed in comparison.failed]
    return {**asdict(comparison), "changes": changes, "failed": failed}
