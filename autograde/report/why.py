"""Why somebody has their grade, on one screen: the file, who graded it by what, each check, and each change since.

The seed is never told, only whether it is there: with it the hidden checks can be run again as they were.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ..contract.moments import shown, span
from ..contract.names import escaped, readable
from ..contract.provenance import CellRecord, Provenance, Record
from ..contract.verdict import CellVerdict, Verdict

__all__ = ["why_json", "why_lines"]

SHORT = 12  # hexadecimal digits of a digest: no two of a course begin alike by chance
MOST_LINES = 14  # of one check's message, so that one screen holds it
WIDTH = 110
CLOSE = 1e-9  # of points


def why_lines(found: Provenance, exercise: str | None = None) -> Iterator[str]:
    """Yield the lines to print.

    Args:
        found: what is known.
        exercise: of one alone, with its whole message; None: of all.
    """
    verdict = found.verdict
    yield f"{escaped(verdict.student)}, {escaped(verdict.assignment)}, {escaped(verdict.notebook)}: {_result(found)}"
    yield from (f"  {name:<10} {words}" for name, words in _circumstances(found))
    yield from (f"  note       {_line(note)}" for note in verdict.notes)
    yield ""
    cells = [cell for cell in verdict.cells if exercise is None or exercise == cell.exercise]
    records = {cell.cell_id: cell for cell in found.record.cells} if found.record else {}
    for cell in cells:
        yield from _check(cell, records.pop(cell.cell_id, None), whole=exercise is not None)
    if exercise is None:
        for record in records.values():
            yield from (f"  {_line(record.cell_id)}: {change}" for change in _changes(record, None))


def _result(found: Provenance) -> str:
    """What counts, and how it comes about."""
    record = found.record
    automatic = f"{_number(found.verdict.points)} of {_number(found.verdict.max_points)} points by the grader"
    if record is None:
        return f"{automatic}; nothing in the gradebook"
    counts = f"{_number(max(0.0, record.total - record.penalty))} of {_number(record.max_points)} points"
    by_hand = record.total - found.verdict.points
    parts = [automatic]
    parts += [f"{_signed(by_hand)} by hand"] if abs(by_hand) > CLOSE else []
    parts += [f"-{_number(record.penalty)} for being late"] if record.penalty else []
    return f"{counts} ({', '.join(parts)})"


def _circumstances(found: Provenance) -> Iterator[tuple[str, str]]:
    verdict = found.verdict
    yield "file", _file(found)
    yield "edition", _edition(verdict)
    yield "graded by", _engine(found)
    yield "tests", _tests(found)
    yield "key", _digest(verdict.key)
    yield "seed", "there" if found.has_seed else "lost: the hidden checks cannot be run again as they were"
    if found.record is not None:
        yield "handed in", _times(found.record)
    yield "feedback", "out" if found.feedback_is_out else "not out"
    yield (
        "took",
        f"{verdict.cpu_seconds:.1f} s of processor time, {verdict.student_cpu_seconds:.1f} s of it the student's",
    )
    if verdict.killed_workers:
        yield "workers", f"{verdict.killed_workers} of ours ended while they graded this"


def _file(found: Provenance) -> str:
    was = _digest(found.verdict.file) if found.verdict.file else "graded before digests of files were kept"
    where = escaped(found.file_name, 200)
    if found.same_file:
        return f"{was}, and {where} is still the same"
    if found.unreadable:
        return f"{was}; now: {_line(found.unreadable)}"
    return f"{was}; {where} is another one now, {_digest(found.file_now)}"


def _edition(verdict: Verdict) -> str:
    if verdict.edition_refused:
        return "the present one; the file says one that is not graded here"
    return "the present one" if verdict.edition is None else f"{verdict.edition}, an older one"


def _engine(found: Provenance) -> str:
    then, now = found.verdict.engine, found.engine_now
    said = f"{escaped(str(then))} {_digest(then.digest)}"
    return f"{said}, the present one" if then.digest == now.digest else f"{said}; now it is {now} {_digest(now.digest)}"


def _tests(found: Provenance) -> str:
    told = {
        True: "what it was graded with is there unchanged: tests, seed, limits, libraries, isolation",
        False: "changed since: tests, seed, limits, libraries or isolation",
        None: "cannot be compared: the seed or the file is not the one of then",
    }
    return told[found.same_tests]


def _times(record: Record) -> str:
    if record.handed_in is None:
        return "nobody knows when" + (f"; due {shown(record.due)}" if record.due else "; no due date")
    said = shown(record.handed_in)
    if record.due is None:
        return f"{said}; no due date"
    due = f"due {shown(record.due)}{', an extension' if record.extended else ''}"
    late = record.handed_in - record.due
    penalty = f", -{_number(record.penalty)} points" if record.penalty else ", no penalty"
    return f"{said}; {due}; " + (f"late by {span(late)}{penalty}" if late.total_seconds() > 0 else "in time")


def _check(cell: CellVerdict, record: CellRecord | None, *, whole: bool) -> Iterator[str]:
    points = "?" if cell.points is None else _number(cell.points)
    name = _line(cell.exercise or cell.cell_id)
    mistake = f", known as {_line(cell.mistake)}" if cell.mistake else ""
    yield f"  {points:>5} of {_number(cell.max_points):<5} {name}: {cell.outcome.value}{mistake}"
    if wrong := [case.description for case in cell.cases if not case.right]:
        told = f"wrong in {len(wrong)} of {len(cell.cases)} cases: {', '.join(wrong)}"
        yield f"        {_line(told)}"
    if whole:
        lines = cell.text.strip().splitlines()
        yield from (f"        {readable(line, WIDTH)}" for line in lines[:MOST_LINES])
        if len(lines) > MOST_LINES:
            yield f"        ... {len(lines) - MOST_LINES} more lines, on the feedback page"
    elif said := cell.hint or (cell.text if cell.points != cell.max_points else ""):
        yield f"        {_line(said)}"
    if record is not None:
        yield from (f"        {change}" for change in _changes(record, cell.points))


def _changes(record: CellRecord, automatic: float | None) -> Iterator[str]:
    if record.auto is not None and abs(record.auto - (automatic or 0.0)) > CLOSE:
        yield f"the gradebook has {_number(record.auto)} of the grader's points here; `autograde grade` mends that"
    if record.manual is not None:
        yield f"by hand: {_number(record.manual)} points instead"
    if record.extra_credit:
        yield f"by hand: {_signed(record.extra_credit)} points extra credit"
    if record.comment:
        yield f"comment: {_line(record.comment)}"
    if record.waits:
        yield "waits for a person"


def _line(text: str) -> str:
    first, *more = text.strip().split("\n")
    return readable(first, WIDTH) + (" ..." if any(line.strip() for line in more) and len(first) < WIDTH else "")


def _digest(digest: str) -> str:
    return escaped(digest[:SHORT]) or "(none)"


def _number(value: float) -> str:
    return f"{round(value, 2) + 0.0:g}"


def _signed(value: float) -> str:
    return f"{round(value, 2) + 0.0:+g}"


def why_json(found: Provenance, exercise: str | None = None) -> dict[str, Any]:
    """The same for programs, with whole digests and messages; without what cells printed and drew."""
    plain = asdict(found)
    verdict = plain["verdict"]
    del verdict["outputs"]
    verdict["cells"] = [
        {name: value for name, value in cell.items() if name != "html"}
        for cell in verdict["cells"]
        if exercise is None or cell["exercise"] == exercise
    ]
    for part in _parts(plain):
        part.update({name: value.isoformat() for name, value in part.items() if isinstance(value, datetime)})
    return plain


def _parts(plain: dict[str, Any]) -> Sequence[dict[str, Any]]:
    return [plain["record"]] if plain["record"] else []
