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
from ..contract.moments import shown, span
from ..contract.names import escaped, readable
from ..contract.roll import Roll, Standing
from ..contract.verdict import CellVerdict, Outcome, Verdict
from ..course.libraries import not_found, providers
from ..course.settings import FILE

__all__ = ["Misunderstanding", "class_table", "misunderstandings", "show", "summary", "told", "withheld_imports"]

BAR_WIDTH = 10
MAX_LINE = 500
MAX_NAME_WIDTH = 24
MAX_NAMED = 30


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


def _bar(points: float, most: float) -> Text:
    share = points / most if most else 0.0
    filled = min(max(int(share * BAR_WIDTH), 0), BAR_WIDTH)  # full for full marks only
    return Text("█" * filled, style="green") + Text("░" * (BAR_WIDTH - filled), style="bright_black")


def _main_loss(verdict: Verdict) -> Text:
    lost = [cell for cell in verdict.cells if _tells(cell)]
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


def _tells(cell: CellVerdict) -> bool:
    """Whether it is to be told of: something was lost, or we could not say. By an optional one nothing is."""
    if cell.optional:
        return cell.outcome is Outcome.GRADER_ERROR
    return cell.outcome not in (Outcome.CORRECT, Outcome.NOT_GRADED)


def _checks(verdict: Verdict) -> int:
    return sum(cell.outcome is not Outcome.NOT_GRADED and not cell.optional for cell in verdict.cells)


def _is_undecided(cell: CellVerdict) -> bool:
    """Whether its edition did not ask for it, and a person has to say what that is worth."""
    return cell.outcome is Outcome.NOT_GRADED and bool(cell.hint) and cell.points is None


def _waits(cell: CellVerdict) -> bool:
    """Whether it is a written answer that is worth something."""
    return cell.outcome is Outcome.NOT_GRADED and cell.max_points > 0 and not cell.hint


def class_table(
    verdicts: Sequence[Verdict], *, title: str, about: Mapping[str, str] | None = None, roll: Roll | None = None
) -> Table:
    """One line a student: score, bar, and what cost most; below, who handed nothing in.

    Args:
        verdicts: in any order.
        title: stands above.
        about: a few words on each student, for one more column.
        roll: what the gradebook says: names, and points as they count.
    """
    roll = roll or Roll()
    table = Table(
        title=_line(title), title_justify="left", header_style="bold", pad_edge=False, box=SIMPLE_HEAD, expand=True
    )
    table.add_column("student", no_wrap=True)
    adjusted = {_key(one): adjustments(roll.of(*_key(one))) for one in verdicts}
    if roll.names:
        table.add_column("name", no_wrap=True, overflow="ellipsis", max_width=MAX_NAME_WIDTH)
    if about:
        table.add_column("handed in", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    if any(adjusted.values()):
        table.add_column("of which", no_wrap=True)
    table.add_column("main mistake", no_wrap=True, overflow="ellipsis", ratio=1)
    for verdict in sorted(verdicts, key=lambda v: (v.notebook, v.student)):
        standing = roll.of(*_key(verdict))
        total, most = (standing.total, standing.max_points) if standing else (verdict.points, verdict.max_points)
        points = "?" if verdict.grader_errors else f"{_number(total)}/{_number(most)}"
        names = [_line(roll.names.get(verdict.student, ""))] if roll.names else []
        words = [Text(about.get(verdict.student, ""))] if about else []
        of_which = [_line(adjusted[_key(verdict)])] if any(adjusted.values()) else []
        table.add_row(_line(verdict.student), *names, *words, points, _bar(total, most), *of_which, _main_loss(verdict))
    for student in roll.missing:
        names = [_line(roll.names.get(student, ""))] if roll.names else []
        blanks = [""] * (bool(about) + any(map(bool, adjusted.values())))
        table.add_row(_line(student), *names, "-", "", *blanks, Text("nothing handed in", style="bright_black"))
    return table


def _key(verdict: Verdict) -> tuple[str, str]:
    return verdict.student, verdict.notebook


def adjustments(standing: Standing | None) -> str:
    """What a person and the calendar changed about the automatic points."""
    if standing is None:
        return ""
    told = ["by hand"] if standing.by_hand else []
    told += [f"extra {_number(standing.extra_credit)}"] if standing.extra_credit else []
    told += [f"late -{_number(standing.penalty)}"] if standing.penalty else []
    return ", ".join(told)


def _number(value: float) -> str:
    return f"{round(value, 2) + 0.0:g}"


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
    undecided = [v for v in verdicts if any(map(_is_undecided, v.cells))]
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


def summary(verdicts: Sequence[Verdict], failures: Sequence[Failure] = (), roll: Roll | None = None) -> str:
    """One paragraph: how many, the mean, and above all what is our fault and whose work went no further."""
    roll = roll or Roll()
    if not verdicts:
        return "\n".join(["No submissions.", *when(verdicts, roll), *told(failures)])
    graded = [verdict for verdict in verdicts if not verdict.grader_errors]
    lines = [f"{len(verdicts)} submissions"]
    if graded:
        totals = [_total(verdict, roll) for verdict in graded]
        lines[0] += f", mean {sum(totals) / len(graded):.1f} of {graded[0].max_points:g} points"
    lines += when(verdicts, roll)
    waiting = sum(_is_waiting(verdict, roll) for verdict in verdicts)
    if waiting:
        lines.append(f"{waiting} wait for a person to grade written answers.")
    lines += _editions(verdicts)
    failed = [verdict for verdict in verdicts if verdict.grader_errors]
    if failed:
        lines.append(f"{len(failed)} could not be graded, through no fault of the students'. No points were set for:")
        lines += [f"  {_where(v)}: {escaped(v.grader_errors[0].text.strip(), 200)}" for v in failed]
        lines.append("Run the same command again; only these are graded anew.")
    return "\n".join([*lines, *told(failures)])


def _total(verdict: Verdict, roll: Roll) -> float:
    standing = roll.of(*_key(verdict))
    return verdict.points if standing is None else standing.total


def _is_waiting(verdict: Verdict, roll: Roll) -> bool:
    """Whether a written answer waits for a person; the gradebook knows who has graded one."""
    standing = roll.of(*_key(verdict))
    return any(_waits(cell) for cell in verdict.cells) and (standing is None or standing.waits)


def when(verdicts: Sequence[Verdict], roll: Roll) -> Iterator[str]:
    """When it was due, who was late and by how much, whose time cannot be read, and who handed nothing in."""
    shown_here = {verdict.student for verdict in verdicts}
    if roll.due is not None:
        late: dict[str, list[Standing]] = {}
        for standing in roll.standings:
            if standing.late and standing.student in shown_here:
                late.setdefault(standing.student, []).append(standing)
        told = [_lateness(student, standings) for student, standings in late.items()]
        yield f"Due {shown(roll.due)}. Late: {_some(told) or 'nobody'}."
    if undated := [escaped(student) for student in roll.undated if student in shown_here]:
        yield (
            f"When {_some(undated)} handed in cannot be read from timestamp.txt. Expected a date, a time and a zone, "
            "as in 2026-12-01 23:59:00 UTC. No lateness was worked out anew."
        )
    if roll.missing:
        missing = [_with_name(student, roll) for student in roll.missing]
        yield f"{len(missing)} in the gradebook handed nothing in: {_some(missing)}."


def _lateness(student: str, standings: Sequence[Standing]) -> str:
    penalty = sum(standing.penalty for standing in standings)
    cost = f"-{_number(penalty)} points" if penalty else "no penalty"
    return f"{escaped(student)} by {span(standings[0].late)} ({cost})"


def _with_name(student: str, roll: Roll) -> str:
    name = roll.names.get(student)
    return escaped(student) + (f" ({escaped(name)})" if name else "")


def _some(told: Sequence[str]) -> str:
    more = f" and {len(told) - MAX_NAMED} more" if len(told) > MAX_NAMED else ""
    return ", ".join(told[:MAX_NAMED]) + more


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
    roll: Roll | None = None,
) -> None:
    """Print the class table, the frequent mistakes and the summary."""
    parts: list[RenderableType] = [class_table(verdicts, title=title, about=about, roll=roll)]
    if misunderstandings(verdicts):
        parts.append(mistakes_table(verdicts))
    parts.append(Text(summary(verdicts, failures, roll)))
    if line := withheld_imports(verdicts):
        parts.append(Text(line))
    console.print(Group(*parts))
