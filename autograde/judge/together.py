"""Ordinary tests: the master's test cells run in the student's live namespace, in the box, one state from cell to cell.

What stands around them is as for tests that are judged apart: the process, its limits, its clock, and that a breach
costs the cell it happened in. What does not is said in SECURITY.md: the student's code can read these tests and change
what they do.

Hidden lines are in no output. The notebook runs once for its points; where a test has hidden lines, it runs once more
without them, in a process that has never held one, and what that shows is what is kept of the cells from there on. Of
the first run a student learns points, and for a hidden test that failed the class of a builtin exception and a line.

*Called by* `pool`. *Trust*: the notebook's tests and files are the master's; all that the process says is not.
"""

from __future__ import annotations

import builtins
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

from ..contract.names import readable
from ..contract.verdict import CellOutput, CellVerdict, Outcome, Shown, ShownAs, Verdict
from ..course.notebook import Cell, Notebook, Role, without_hidden
from ..inside.limits import Limits
from ..inside.messages import Request
from ..sandbox.process import Sandbox
from . import replies
from .clock import Account
from .credit import credit_of
from .session import Breach, Session, SessionLost

__all__ = ["WithFiles", "grade_together"]

MAX_PICTURE_BYTES = 16 << 20  # of one verdict: all of it goes through our memory and into files of ours
MAX_CHARACTERS = 4_000_000
TOO_MUCH = "What this cell showed is left out: all cells together showed too much."
TAMPERED = "It answered what no honest cell answers."
NO_TIME = "What this cell showed is left out: there was no time to run it once more without the hidden tests."
LINE = re.compile(r"^ +Cell \d{1,6}, line (\d{1,6})", re.MULTILINE)
SAYS_THAT_IT_ENDED = {
    Outcome.TIME_LIMIT: "This cell did not come to an end in time.",
    Outcome.MEMORY_LIMIT: "This cell asked for more memory than there is.",
    Outcome.CRASHED: "Python itself ended in this cell.",
    Outcome.VIOLATION: "This cell's process tampered with what runs it.",
}


@dataclass(frozen=True)
class _Ran:
    """One code cell that ran, or that ended its process."""

    output: CellOutput
    breach: Breach | None = None


class WithFiles(Session):
    """A session whose process has files beside it."""

    def __init__(self, sandbox: Sandbox, limits: Limits, account: Account, files: Mapping[str, bytes]) -> None:
        super().__init__(sandbox, limits, account)
        self._files = files

    def _prepare(self) -> None:
        try:
            self._ask(replies.ready, Request.NOTEBOOK)
            for name, content in self._files.items():
                self._ask(replies.ready, Request.FILE, name, content)
        except Breach as breach:
            if self._whole.empty:
                raise
            # none of the student's code has run in it
            raise SessionLost(f"the notebook's files cannot be put into the box: {breach.reason}") from breach


class _Notebook(WithFiles):
    """And whose cells show what they show piece by piece."""

    def _run(self, cell: Cell) -> CellOutput:
        executed = self._ask(replies.shown, Request.EXECUTE, cell.id, cell.source)
        self.student_cpu_seconds += executed.cpu_seconds
        try:
            return executed.output(cell.id, self.limits.output_bytes)
        except replies.Malformed as error:
            self._breach(Outcome.VIOLATION, f"It answered what no honest cell answers: {error}.")


def grade_together(
    notebook: Notebook,
    *,
    student: str,
    sandbox: Sandbox,
    limits: Limits,
    files: Mapping[str, bytes],
    account: Account | None = None,
) -> Verdict:
    """Run a rebuilt notebook of an ordinary course and say what each of its tests is worth.

    Args:
        notebook: cells in order; tests from the master, the student's cells as they are.
        student: whose it is.
        sandbox: where all of it runs.
        limits: deadlines and caps.
        files: what lies beside the notebook, by relative path.
        account: the seconds that this submission has left; None: all that the limits give it.

    Returns:
        A verdict with one `CellVerdict` for every graded cell. What a student's code does never raises.

    Raises:
        Exception: our own fault; the caller makes a grader error of it.
    """
    began, cpu_began = time.perf_counter(), time.process_time()
    account = account or Account(limits.submission_seconds)
    code = [cell for cell in notebook.cells if cell.kind == "code" and cell.source.strip()]
    with_hidden = [at for at, cell in enumerate(code) if _shown_to_students(cell) != cell]
    ran, first = _run_all(code, _Notebook(sandbox, limits, account, files))
    used = [first]
    shown = {one.output.cell_id: one for one in ran}
    if with_hidden:
        # what ended its process would end another one: it is not run a second time
        seen = [_shown_to_students(cell) for cell, one in zip(code, ran, strict=True) if one.breach is None]
        again, second = _run_all(seen, _Notebook(sandbox, limits, account, files))
        used.append(second)
        later = {cell.id for cell in code[with_hidden[0] :]}
        shown |= {one.output.cell_id: _or_no_time(one) for one in again if one.output.cell_id in later}
    first_run = {one.output.cell_id: one for one in ran}
    verdicts = [_verdict(cell, first_run, shown) for cell in notebook.cells if cell.graded]
    return Verdict(
        student=student,
        assignment=notebook.assignment,
        notebook=notebook.name,
        cells=tuple(verdicts),
        outputs=tuple(_within_room([_with_end(shown[cell.id]) for cell in code])),
        notes=notebook.notes,
        wall_seconds=time.perf_counter() - began,
        cpu_seconds=time.process_time() - cpu_began + sum(one.sandbox_cpu_seconds for one in used),
        student_cpu_seconds=sum(min(one.student_cpu_seconds, one.sandbox_cpu_seconds) for one in used),
    )


def _run_all(cells: Sequence[Cell], session: _Notebook) -> tuple[list[_Ran], Session]:
    try:
        return [_run(cell, session) for cell in cells], session
    finally:
        session.close()


def _run(cell: Cell, session: Session) -> _Ran:
    try:
        return _Ran(session.run(cell))
    except Breach as breach:
        if breach.outcome is Outcome.VIOLATION:  # what was wrong with a message may quote it
            breach = Breach(breach.outcome, TAMPERED)
        return _Ran(CellOutput(cell.id), breach)


def _or_no_time(one: _Ran) -> _Ran:
    """What is kept of the second run: nothing where it was cut off, which is no fault of the cell's."""
    if one.breach is None:
        return one
    return _Ran(replace(one.output, shown=(Shown(ShownAs.STDOUT, NO_TIME),)))


def _shown_to_students(cell: Cell) -> Cell:
    return replace(cell, source=without_hidden(cell.source)) if cell.role is Role.CHECK else cell


# --- what a cell is worth


def _verdict(cell: Cell, ran: Mapping[str, _Ran], shown: Mapping[str, _Ran]) -> CellVerdict:
    if cell.role is not Role.CHECK:
        return CellVerdict(cell.id, None, None, cell.points, Outcome.NOT_GRADED)
    if cell.id not in ran:  # an empty test, which every answer passes
        return CellVerdict(cell.id, None, cell.points, cell.points, Outcome.CORRECT)
    one = ran[cell.id]
    if one.breach is not None:
        return _lost(cell, one.breach.outcome, one.breach.reason)
    credit = credit_of(one.output.shown, cell.points)
    if credit.outcome is Outcome.CORRECT:
        return CellVerdict(cell.id, None, credit.points, cell.points, credit.outcome)
    # words of a process that has held hidden lines are told where one that has not says the same
    told = shown[cell.id] is one or credit_of(shown[cell.id].output.shown, cell.points).why == credit.why
    if told:
        why = credit.why + _where(_shown_to_students(cell).source, shown[cell.id].output.shown)
    else:
        why = _without_words(cell, one.output.shown)
    return _lost(cell, credit.outcome, why, credit.points)


def _where(source: str, pieces: Sequence[Shown]) -> str:
    """The line of a test at which it stopped, out of its own source."""
    lines = source.split("\n")
    for number in (int(found) for piece in pieces if piece.kind is ShownAs.ERROR for found in LINE.findall(piece.text)):
        text = lines[number - 1].strip() if number <= len(lines) else ""
        return f" (line {number}: {readable(text, 80)})" if text else ""
    return ""


def _without_words(cell: Cell, pieces: Sequence[Shown]) -> str:
    """What may be said of a test that fails beside hidden lines alone: which builtin class, and a line's number."""
    what = "A hidden test" if _shown_to_students(cell) != cell else "This test, with hidden ones before it,"
    for piece in pieces:
        if piece.kind is ShownAs.ERROR:
            kind = vars(builtins).get(piece.name)
            known = isinstance(kind, type) and issubclass(kind, BaseException)
            last = cell.source.count("\n") + 1
            lines = [int(number) for number in LINE.findall(piece.text) if int(number) <= last]
            where = f", line {lines[0]} of the whole cell" if lines else ""
            return f"{what} failed ({piece.name if known else 'an error'}{where})."
    return f"{what} was not passed, or not fully."


def _lost(cell: Cell, outcome: Outcome, why: str, points: float = 0.0) -> CellVerdict:
    text = readable(why, 2_000)
    html = f"<pre>{escape(text)}</pre>"
    return CellVerdict(cell.id, None, points, cell.points, outcome, hint=text[:300], text=text, html=html)


# --- what is kept of what it showed


def _with_end(one: _Ran) -> CellOutput:
    """The output, and where the cell ended its process, why."""
    if one.breach is None:
        return one.output
    said = SAYS_THAT_IT_ENDED.get(one.breach.outcome, "This cell was stopped.")
    reason = readable(one.breach.reason, 500)
    end = Shown(ShownAs.ERROR, f"{said} {reason}", name=one.breach.outcome.value, message=reason)
    return replace(one.output, shown=(*one.output.shown, end))


def _within_room(outputs: Sequence[CellOutput]) -> list[CellOutput]:
    """The outputs without what is too much for one verdict."""
    pictures, characters, kept = MAX_PICTURE_BYTES, MAX_CHARACTERS, []
    for output in outputs:
        pictures -= sum(len(piece.image) for piece in output.shown)
        characters -= sum(len(piece.text) + len(piece.html) for piece in output.shown)
        if pictures < 0 or characters < 0:
            output = replace(output, shown=(Shown(ShownAs.STDOUT, TOO_MUCH),))
        kept.append(output)
    return kept
