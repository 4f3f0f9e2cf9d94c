"""The trusted judge: runs the master's check cells here, with the student's functions over there.

A check cell executes in this process, in a namespace where `check` and `np` are ours and every other name is the
student's: asked for in their process, called in their process, answered with plain data. Points come about in one
place, `_points`, out of results that our own check recorded.

*Called by* `pool` and the nbgrader plug-in. *Trust*: the notebook's check cells and the library are ours. All else, the
student's cells and every value and text from their process, is not; `session` lets through only plain data.
"""

from __future__ import annotations

import builtins
import math
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

import numpy as np

from machine_room.checks import CheckFailed, CheckResult, check, hidden_seed, recorded
from machine_room.translation import say, sentence

from ..contract.names import readable
from ..contract.verdict import CaseVerdict, CellOutput, CellVerdict, Outcome, Verdict
from ..course.notebook import Cell, Notebook, Role
from ..inside.limits import Limits
from ..sandbox.process import Sandbox
from .assertions import told_of
from .clock import Account
from .explaining import MAX_SECONDS, explained, words_of
from .proxy import StudentFunction, StudentObject
from .session import Breach, Session
from .stops import Above

__all__ = ["grade_notebook"]

Opened = Callable[[Sandbox, Limits, Account], Session]
STUDENT_ROLES = (Role.GIVEN, Role.PROSE, Role.SOLUTION, Role.EXTRA)
MAX_TEXT = 100_000
MAX_PICTURE_BYTES = 16 << 20
MAX_CHARACTERS = 4_000_000
TOO_MUCH = sentence(
    "What this cell showed is left out: all cells together showed more than {most} characters.", most=MAX_CHARACTERS
)
NOTHING_CHECKED = sentence("Nothing was checked: this cell never calls check. Tell your instructor.")
EXPLAINED = (Outcome.WRONG, Outcome.MISSING, Outcome.ERROR)
HINTS = {
    Outcome.TIME_LIMIT: sentence("Your code did not come to an end in time: is there a loop that never stops?"),
    Outcome.MEMORY_LIMIT: sentence(
        "Your code asked for more memory than there is: does a list or an array grow without end?"
    ),
    Outcome.OUTPUT_LIMIT: sentence("Your code printed without end: is there a print in a loop that never stops?"),
    Outcome.CRASHED: sentence("Python itself ended while your code ran: does it call exit, or itself without end?"),
    Outcome.VIOLATION: sentence("Your code tampered with what runs it, so its answer does not count."),
}


def grade_notebook(
    notebook: Notebook,
    *,
    student: str,
    sandbox: Sandbox,
    limits: Limits,
    seed: int,
    account: Account | None = None,
    opened: Opened = Session,
) -> Verdict:
    """Run a rebuilt notebook and say what each of its checks is worth.

    Args:
        notebook: cells in order; checks from the master, the student's cells as they are.
        student: whose it is.
        sandbox: where their cells run.
        limits: deadlines and caps.
        seed: draws the hidden inputs; never leaves this process.
        account: the seconds that this submission has left; None: all that the limits give it.
        opened: makes the sessions, where their processes have files beside them.

    Returns:
        A verdict with one `CellVerdict` for every check and written cell. What a student's code does never raises.

    Raises:
        MemoryError: this process has none left.
        Exception: our own fault, outside any single check; the caller makes a grader error of it.
    """
    began, cpu_began = time.perf_counter(), time.process_time()
    account = account or Account(limits.submission_seconds)
    session = opened(sandbox, limits, account)
    try:
        judged = _grade_cells(notebook, session, seed)
    finally:
        session.close()
    verdicts, sandbox_cpu_seconds = _explained(judged.verdicts, judged.wanting, notebook, session, account, opened)
    return Verdict(
        student=student,
        assignment=notebook.assignment,
        notebook=notebook.name,
        cells=tuple(_with_reason(verdict, judged.reasons.get(verdict.cell_id, "")) for verdict in verdicts),
        outputs=tuple(judged.outputs),
        notes=notebook.notes,
        wall_seconds=time.perf_counter() - began,
        cpu_seconds=time.process_time() - cpu_began + sandbox_cpu_seconds,
        student_cpu_seconds=min(session.student_cpu_seconds, session.sandbox_cpu_seconds),
    )


def _explained(
    verdicts: list[CellVerdict],
    wanting: dict[str, CheckResult],
    notebook: Notebook,
    ended: Session,
    account: Account,
    opened: Opened,
) -> tuple[list[CellVerdict], float]:
    """The verdicts with better words, where there is time to find any; and the processor time of all processes."""
    seconds = min(MAX_SECONDS, account.left)
    if not wanting or ended.replay_seconds >= seconds:
        return verdicts, ended.sandbox_cpu_seconds
    own = Account(seconds)
    session = opened(ended.sandbox, ended.limits, own)
    try:
        told = explained(verdicts, wanting, notebook, ended.replayed, session)
    finally:
        session.close()
        account.spent += own.spent
    return told, ended.sandbox_cpu_seconds + session.sandbox_cpu_seconds


@dataclass
class _Judged:
    """What came of a notebook's cells."""

    verdicts: list[CellVerdict] = field(default_factory=list)
    outputs: list[CellOutput] = field(default_factory=list)
    wanting: dict[str, CheckResult] = field(default_factory=dict)  # failed results that could say more, by check cell
    reasons: dict[str, str] = field(default_factory=dict)  # that a cell above stopped, by check cell


def _grade_cells(notebook: Notebook, session: Session, seed: int) -> _Judged:
    """Run and judge cell by cell."""
    found = _Judged()
    room, above = _Room(), Above()
    for cell in notebook.cells:
        if cell.role is Role.CHECK:
            judged = _Check(cell, session, _solutions(notebook, cell), above)
            found.verdicts.append(judged.verdict(seed))
            found.reasons[cell.id] = judged.reason
            if judged.wanting is not None:
                found.wanting[cell.id] = judged.wanting
        elif cell.role is Role.WRITTEN:
            found.verdicts.append(CellVerdict(cell.id, cell.exercise, None, cell.points, Outcome.NOT_GRADED))
        elif cell.role in STUDENT_ROLES and cell.kind == "code" and cell.source.strip():
            output = _run(cell, session)
            above.add(cell, output)
            found.outputs.append(room.admit(output))
    return found


def _with_reason(verdict: CellVerdict, reason: str) -> CellVerdict:
    """What a check says that failed, and below it that a cell stopped, which may be why."""
    if not reason:
        return verdict
    return replace(verdict, text=f"{verdict.text}\n{reason}", html=f"{verdict.html}<p>{escape(reason)}</p>")


class _Room:
    """What one verdict may hold of what the cells show: all of it goes through our memory and into files of ours."""

    def __init__(self) -> None:
        self.picture_bytes = MAX_PICTURE_BYTES
        self.characters = MAX_CHARACTERS

    def admit(self, output: CellOutput) -> CellOutput:
        """Return the output without what is too much: its pictures, or its text."""
        self.picture_bytes -= sum(map(len, output.images))
        if self.picture_bytes < 0:
            output = replace(output, images=())
        self.characters -= sum(map(len, (output.stdout, output.stderr, output.result, output.error)))
        if self.characters < 0:
            return replace(output, stdout="", stderr=say(TOO_MUCH), result="", error="")
        return output


def _solutions(notebook: Notebook, check_cell: Cell) -> list[Cell]:
    return [
        cell
        for cell in notebook.cells
        if cell.role is Role.SOLUTION and cell.exercise is not None and cell.exercise == check_cell.exercise
    ]


def _run(cell: Cell, session: Session) -> CellOutput:
    try:
        return session.run(cell)
    except Breach as breach:
        return CellOutput(cell.id, error=f"{breach.outcome.value}: {readable(breach.reason, 500)}")


class _Fault(Exception):
    """A check could not run because of what the student handed in."""

    def __init__(self, outcome: Outcome, text: str) -> None:
        super().__init__(text)
        self.outcome = outcome


class _Missing(_Fault):
    """A name that the check asked for and no cell of theirs defined."""

    def __init__(self, name: str) -> None:
        super().__init__(Outcome.MISSING, say("{name} is not there.", name=name))
        self.name = name


class _Names(dict[str, Any]):
    """A check cell's names. Ours come first, then Python's own, then the student's, asked for as they are needed.

    *Trust*: what `__missing__` returns is the student's: plain data, or a stand-in.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(check=_check_of_student, np=np, __name__="check", __builtins__=builtins)
        self.session = session

    def __missing__(self, name: str) -> Any:
        if hasattr(builtins, name) or name.startswith("__"):
            raise KeyError(name)
        try:
            value = self.session.get(name)
        except NameError:
            raise _Missing(name) from None
        self[name] = value
        return value


def _check_of_student(function: Any, *, hidden: bool = False, hint: int | None = None) -> CheckResult:
    """The `check` of check cells: refuses what is no function of the student's, then checks as in their notebook.

    `hint` is for whoever works in a notebook; a page of feedback tells what it can.
    """
    if not isinstance(function, StudentFunction):
        what = function.type_name if isinstance(function, StudentObject) else type(function).__name__
        raise _Fault(
            Outcome.WRONG, say("A function is asked for; in your notebook that name is of type {kind}.", kind=what)
        )
    return check(function, hidden=hidden)


class _Check:
    """One check cell of one submission."""

    def __init__(self, cell: Cell, session: Session, solutions: Sequence[Cell], above: Above) -> None:
        self.cell = cell
        self.session = session
        self.solutions = solutions
        self.above = above
        self.wanting: CheckResult | None = None  # what was told, where calls of the function could tell more
        self.reason = ""  # that a cell above stopped, which may be why

    def verdict(self, seed: int) -> CellVerdict:
        """Execute the cell and judge what it recorded. Our own exceptions become a grader error."""
        with hidden_seed(seed), recorded() as results, self.session.exercise():
            try:
                ended = self._execute()
                if (
                    self.session.failure is not None
                ):  # a check takes every exception for the student's, but this is ours
                    raise self.session.failure
                verdict = self._judge(results, ended)
                if verdict.outcome in EXPLAINED and not isinstance(ended, _Missing):
                    self.reason = self.above.note(verdict.text, self.solutions)
                return verdict
            except MemoryError:  # ours: this process cannot go on; the pool finds out whose doing it is
                raise
            except Exception as error:
                return self._our_fault(error)

    def _execute(self) -> BaseException | None:
        """Run the cell; return what ended it early and is the student's doing."""
        code = compile(self.cell.source, f"<check {self.cell.id}>", "exec")
        try:
            exec(code, _Names(self.session))
        except (CheckFailed, _Fault, Breach) as ended:
            return ended
        except Exception as error:
            if getattr(error, "of_student", False):
                return error
            told = None if isinstance(error, MemoryError) else told_of(error, self.cell.source, code.co_filename)
            if told is None:
                raise
            return _Fault(Outcome.WRONG, told)
        return None

    def _judge(self, results: list[CheckResult], ended: BaseException | None) -> CellVerdict:
        if isinstance(ended, Breach):
            return self._breached(ended)
        if isinstance(ended, CheckFailed):
            return self._checked([ended.result])
        if isinstance(ended, _Fault):
            return self._faulty(ended)
        if ended is not None:
            return self._lost(Outcome.ERROR, say("Your code raised {error}", error=f"{_name_of(ended)}: {ended}"))
        return self._checked(results)

    def _checked(self, results: list[CheckResult]) -> CellVerdict:
        """Judge by what was recorded: the worst result decides, and tells why."""
        if not results:
            return self._lost(Outcome.WRONG, say(NOTHING_CHECKED))
        if self.cell.exercise is not None and self.cell.exercise not in {result.exercise for result in results}:
            return self._lost(
                Outcome.WRONG,
                say("{name} was not checked, but {other}.", name=self.cell.exercise, other=results[0].exercise),
            )
        worst = min(results, key=lambda result: _share(result.points_share))
        points = _points(self.cell.points, [result.points_share for result in results])
        shown = [worst] if not worst.passed else results
        self.wanting = worst if not worst.passed and worst.explain_by is not None else None
        return CellVerdict(
            self.cell.id,
            self.cell.exercise,
            points,
            self.cell.points,
            Outcome(worst.outcome),
            cases=tuple(CaseVerdict(*case) for case in worst.cases),
            **words_of(worst, shown),
        )

    def _breached(self, breach: Breach) -> CellVerdict:
        return self._lost(breach.outcome, breach.reason, hint=say(HINTS.get(breach.outcome, "")) or None)

    def _faulty(self, fault: _Fault) -> CellVerdict:
        """What is missing may be missing because the cell that should define it was stopped."""
        for solution in self.solutions:
            if solution.id in self.session.lost:
                return self._breached(self.session.lost[solution.id])
        if isinstance(fault, _Missing):
            return self._lost(fault.outcome, self.above.why_missing(fault.name, self.solutions))
        return self._lost(fault.outcome, str(fault))

    def _lost(self, outcome: Outcome, text: str, hint: str | None = None) -> CellVerdict:
        text = readable(text, MAX_TEXT)
        whole = f"{hint}\n{text}" if hint else text
        html = f"<div>{escape(hint)}</div>" * bool(hint) + f"<pre>{escape(text)}</pre>" if hint else ""
        html = html or f"<pre>{escape(text)}</pre>"
        return CellVerdict(
            self.cell.id,
            self.cell.exercise,
            0.0,
            self.cell.points,
            outcome,
            hint=hint or text[:500],
            text=whole,
            html=html,
        )

    def _our_fault(self, error: Exception) -> CellVerdict:
        where = _innermost(error)
        text = say(
            "This check itself failed ({error}; {where}, line {line}). It is no fault of yours and costs no points "
            "until it is mended.",
            error=f"{type(error).__name__}: {readable(str(error), 500)}",
            where=where.name,
            line=where.lineno,
        )
        return CellVerdict(
            self.cell.id,
            self.cell.exercise,
            None,
            self.cell.points,
            Outcome.GRADER_ERROR,
            text=text,
            html=f"<p>{escape(text)}</p>",
        )


def _points(available: float, shares: Sequence[Any]) -> float:
    """The one place where points come about: the smallest share of what the cell is worth."""
    return available * min(map(_share, shares), default=0.0)


def _share(share: Any) -> float:
    """A share counts if it is a finite number from 0 to 1, and is 0 otherwise."""
    if type(share) not in (int, float) or not math.isfinite(share) or not 0 <= share <= 1:
        return 0.0
    return float(share)


def _innermost(error: BaseException) -> traceback.FrameSummary:
    return traceback.extract_tb(error.__traceback__)[-1]


def _name_of(error: BaseException) -> str:
    return str(getattr(error, "type_name", type(error).__name__))
