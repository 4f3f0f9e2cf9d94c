"""What a class understood: a table for the terminal, and the counts behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..contract.failures import Failure
from ..contract.names import escaped, readable
from ..contract.verdict import CellVerdict, Outcome, Verdict
from ..course.libraries import not_found, providers
from ..course.settings import FILE

__all__ = ["Misunderstanding", "class_table", "misunderstandings", "show", "summary", "told", "withheld_imports"]

BAR_WIDTH = 10
MAX_LINE = 500


@dataclass(frozen=True)
class Misunderstanding:
    """One mistake of the class: how many students made it, and the hint they were given."""

    exercise: str
    mistake: str
    hint: str
    students: int


def misunderstandings(verdicts: Sequence[Verdict]) -> list[Misunderstanding]:
    """The mistakes that were recognised, most frequent first."""
    seen: Counter[tuple[str, str, str]] = Counter()
    for verdict in verdicts:
        seen.update(
            {(cell.exercise or "", cell.mistake, cell.hint or "") for cell in verdict.cells if cell.mistake is not None}
        )
    return [
        Misunderstanding(exercise, mistake, hint, count)
        for (exercise, mistake, hint), count in sorted(seen.items(), key=lambda item: (-item[1], item[0]))
    ]


def _bar(verdict: Verdict) -> Text:
    share = verdict.points / verdict.max_points if verdict.max_points else 0.0
    filled = int(share * BAR_WIDTH)  # full for full marks only
    return Text("█" * filled, style="green") + Text("░" * (BAR_WIDTH - filled), style="bright_black")


def _main_loss(verdict: Verdict) -> Text:
    lost = [cell for cell in verdict.cells if cell.outcome not in (Outcome.CORRECT, Outcome.NOT_GRADED)]
    if not lost:
        return Text("")
    if len(lost) > 1 and all(cell.outcome is Outcome.MISSING for cell in lost):
        if len({cell.text for cell in lost}) == 1:  # one reason for all: the file could not be read
            return _line(lost[0].text)
        return Text(f"{len(lost)} of {_checks(verdict)} exercises missing", style="bright_black")
    worst = max(lost, key=_told_first)
    where = _line(f"{worst.exercise}: " if worst.exercise else "", style="bold")
    return where + _line(worst.hint or worst.text or worst.outcome.value)


def _line(text: str, style: str = "") -> Text:
    """The first line, as it may stand in a terminal: a reason may quote the student, and Text never reads markup."""
    first, *_ = text.strip("\n").split("\n")
    return Text(readable(first, MAX_LINE), style=style)


def _told_first(cell: CellVerdict) -> tuple[bool, bool, bool]:
    """Our fault first, then a mistake that has a name. Of equals the first in the notebook: later ones build on it."""
    return (cell.outcome is Outcome.GRADER_ERROR, cell.mistake is not None, cell.outcome is not Outcome.MISSING)


def _checks(verdict: Verdict) -> int:
    return sum(cell.outcome is not Outcome.NOT_GRADED for cell in verdict.cells)


def _waits(cell: CellVerdict) -> bool:
    """Whether it is a written answer that is worth something."""
    return cell.outcome is Outcome.NOT_GRADED and cell.max_points > 0 and not cell.hint


def class_table(verdicts: Sequence[Verdict], *, title: str, about: Mapping[str, str] | None = None) -> Table:
    """One line a student: score, bar, and what cost most.

    Args:
        verdicts: in any order.
        title: stands above.
        about: a few words on each student, for one more column.
    """
    table = Table(
        title=_line(title), title_justify="left", header_style="bold", pad_edge=False, box=SIMPLE_HEAD, expand=True
    )
    table.add_column("student", no_wrap=True)
    if about:
        table.add_column("handed in", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("main mistake", no_wrap=True, overflow="ellipsis", ratio=1)
    for verdict in sorted(verdicts, key=lambda v: (v.notebook, v.student)):
        points = "?" if verdict.grader_errors else f"{verdict.points:g}/{verdict.max_points:g}"
        words = [Text(about.get(verdict.student, ""))] if about else []
        table.add_row(_line(verdict.student), *words, points, _bar(verdict), _main_loss(verdict))
    return table


def mistakes_table(verdicts: Sequence[Verdict], *, most: int = 5) -> Table:
    title = "What the class misunderstood"
    table = Table(title=title, title_justify="left", header_style="bold", pad_edge=False, box=SIMPLE_HEAD)
    table.add_column("students", justify="right")
    table.add_column("exercise", no_wrap=True)
    table.add_column("hint they were given", overflow="fold")
    for found in misunderstandings(verdicts)[:most]:
        table.add_row(str(found.students), _line(found.exercise), _line(found.hint))
    return table


def _editions(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Who handed in an older edition, and who one that is not graded here."""
    for edition in sorted({verdict.edition for verdict in verdicts if verdict.edition is not None}):
        older = [verdict for verdict in verdicts if verdict.edition == edition]
        yield f"{_hand_ins(older)} of edition {edition}, graded by its tests: {_names(older)}."
    undecided = [v for v in verdicts if any(c.outcome is Outcome.NOT_GRADED and c.hint for c in v.cells)]
    if undecided:
        yield f"{len(undecided)} of them lack what their edition did not ask for. A person decides on it."
    if refused := [verdict for verdict in verdicts if verdict.edition_refused]:
        yield (
            f"{_hand_ins(refused)} of an edition that is not graded in this course, graded as the present one: "
            f"{_names(refused)}. Is editions/ complete, and the course up to date?"
        )


def _hand_ins(verdicts: Sequence[Verdict]) -> str:
    return f"{len(verdicts)} hand-in{'s' * (len(verdicts) != 1)}"


def _names(verdicts: Sequence[Verdict]) -> str:
    return ", ".join(sorted({escaped(verdict.student) for verdict in verdicts}))


def summary(verdicts: Sequence[Verdict], failures: Sequence[Failure] = ()) -> str:
    """One paragraph: how many, the mean, and above all what is our fault and whose work went no further."""
    if not verdicts:
        return "\n".join(["No submissions.", *told(failures)])
    graded = [verdict for verdict in verdicts if not verdict.grader_errors]
    lines = [f"{len(verdicts)} submissions"]
    if graded:
        mean = sum(verdict.points for verdict in graded) / len(graded)
        lines[0] += f", mean {mean:.1f} of {graded[0].max_points:g} points"
    waiting = sum(any(_waits(cell) for cell in verdict.cells) for verdict in verdicts)
    if waiting:
        lines.append(f"{waiting} wait for a person to grade written answers.")
    lines += _editions(verdicts)
    failed = [verdict for verdict in verdicts if verdict.grader_errors]
    if failed:
        lines.append(f"{len(failed)} could not be graded, through no fault of the students'. No points were set for:")
        lines += [f"  {_where(v)}: {escaped(v.grader_errors[0].text.strip(), 200)}" for v in failed]
        lines.append("Run the same command again; only these are graded anew.")
    return "\n".join([*lines, *told(failures)])


def withheld_imports(verdicts: Sequence[Verdict]) -> str:
    """One line on libraries that are installed here, that hand-ins import, and that the course does not declare."""
    wanted = Counter(name for verdict in verdicts for name in set(not_found("\n".join(_texts(verdict)))))
    installed = providers(wanted) if wanted else {}
    if not installed:
        return ""
    counted = ", ".join(f"{name} ({wanted[name]} of {len(verdicts)})" for name in sorted(installed))
    names = ", ".join(f'"{name}"' for name in sorted(set(installed.values())))
    return (
        f"Hand-ins import what their code does not get here: {counted}. "
        f"If it may, declare it in the course's {FILE}: libraries = [{names}]"
    )


def _texts(verdict: Verdict) -> Iterator[str]:
    yield from (output.error for output in verdict.outputs)
    yield from (cell.text for cell in verdict.cells)


def _where(verdict: Verdict) -> str:
    return f"{escaped(verdict.student)} ({escaped(verdict.notebook)})"


def told(failures: Sequence[Failure]) -> list[str]:
    """One line for each student whose work went no further, and one above."""
    if not failures:
        return []
    count = f"{len(failures)} hand-in" if len(failures) == 1 else f"{len(failures)} hand-ins"
    return [f"{count} could not be taken further; all others were:", *(f"  {failure}" for failure in failures)]


def show(
    verdicts: Sequence[Verdict],
    *,
    title: str,
    console: Console,
    about: Mapping[str, str] | None = None,
    failures: Sequence[Failure] = (),
) -> None:
    """Print the class table, the frequent mistakes and the summary."""
    parts: list[RenderableType] = [class_table(verdicts, title=title, about=about)]
    if misunderstandings(verdicts):
        parts.append(mistakes_table(verdicts))
    parts.append(Text(summary(verdicts, failures)))
    if line := withheld_imports(verdicts):
        parts.append(Text(line))
    console.print(Group(*parts))
