"""A class counted, one verdict after the other: what is kept grows with checks, mistakes and findings."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from ..contract.verdict import CellVerdict, Outcome, Verdict
from .cases import CaseReport, Cases, RightOrWrong
from .looks import Kind, Look, looks_of
from .moments import Moments

__all__ = ["BINS", "CheckReport", "MistakeReport", "NotebookReport", "TimeReport", "tally"]

BINS = 10  # of the picture of the points
SLOWEST = 5
ORDER = {kind: place for place, kind in enumerate(Kind)}
MAX_HINT = 500
HARD, EASY, BLURRED = 0.3, 0.95, 0.15  # shares of the points, and a correlation: from there on the page says so


@dataclass(frozen=True)
class CheckReport:
    """How a class did in one check."""

    cell_id: str
    exercise: str
    max_points: float
    asked: int  # hand-ins whose answer was graded
    full: int
    partly: int
    missing: int
    share: float  # of the points, on average: 1 is easy, 0 is hard
    discrimination: float | None
    chance: float = 0.0  # a correlation that comes about by itself once in twenty classes of this size
    cases: tuple[CaseReport, ...] = ()

    @property
    def misleads(self) -> bool:
        """Whether those who do well elsewhere do badly here, and it is no chance."""
        return self.discrimination is not None and self.discrimination < -self.chance

    @property
    def remark(self) -> str:
        """What is odd about the question; "" where nothing is."""
        if self.misleads:
            return "who does well elsewhere does badly here: is it wrong, or misleading?"
        if self.share >= EASY:
            return "nearly everyone has it"
        if self.asked and self.share <= HARD:
            return "few have it: too hard, or not said clearly?"
        if self.discrimination is not None and self.discrimination < BLURRED:
            return "says little about how people do elsewhere"
        return ""


@dataclass(frozen=True)
class MistakeReport:
    """One recognised mistake."""

    exercise: str
    mistake: str
    hint: str  # the sentence that students saw
    students: int
    first: str = ""  # one student who made it, whose answer may serve as the example


@dataclass(frozen=True)
class TimeReport:
    """Processor seconds of grading."""

    total: float = 0.0
    students: float = 0.0  # of which students' own cells
    median: float = 0.0
    slowest: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class NotebookReport:
    """One notebook of an assignment."""

    assignment: str
    notebook: str
    hand_ins: int
    graded: int  # but for those that we could not grade
    max_points: float
    mean: float
    median: float
    histogram: tuple[int, ...]  # of shares of the points, BINS of them and one for all points
    checks: tuple[CheckReport, ...]
    mistakes: tuple[MistakeReport, ...]
    unnamed: tuple[
        tuple[str, str, int], ...
    ]  # exercise, outcome and how many, of what was lost without a known mistake
    alpha: float | None
    why_no_alpha: str
    counted: int  # hand-ins that alpha and discrimination are worked out from
    time: TimeReport
    looks: tuple[Look, ...]

    @property
    def odd_checks(self) -> tuple[CheckReport, ...]:
        """The checks that there is a remark on, but for those that nearly everyone has; what misleads comes first."""
        odd = (check for check in self.checks if check.remark and check.share < EASY)
        return tuple(sorted(odd, key=lambda check: not check.misleads))

    @property
    def odd_cases(self) -> tuple[tuple[CheckReport, CaseReport], ...]:
        """The cases that there is a remark on, with their checks; but for those that mislead because the check does."""
        found = ((check, case) for check in self.checks for case in check.cases if case.remark)
        return tuple((check, case) for check, case in found if case.decides_alone or not check.misleads)

    @property
    def unwritten(self) -> int:
        """How many checks were lost because nothing was written."""
        return sum(count for _, outcome, count in self.unnamed if outcome == Outcome.MISSING.value)

    @property
    def people(self) -> int:
        """How many need a look."""
        return len({look.student for look in self.looks})


def tally(assignment: str, notebook: str, checks: Sequence[str], verdicts: Iterable[Verdict]) -> NotebookReport:
    """Count a class.

    Args:
        assignment: its name.
        notebook: whose verdicts come.
        checks: cell ids of its checks, in the notebook's order.
        verdicts: each is looked at once and not kept.
    """
    counting = _Tally(assignment, notebook, tuple(checks))
    for verdict in verdicts:
        counting.add(verdict)
    return counting.report()


class _Tally:
    def __init__(self, assignment: str, notebook: str, checks: tuple[str, ...]) -> None:
        self._assignment, self._notebook = assignment, notebook
        self._moments = Moments(checks)
        self._checks = {check: _Check() for check in checks}
        self._mistakes: dict[tuple[str, str], _Mistake] = {}
        self._unnamed: Counter[tuple[str, str]] = Counter()
        self._points: list[float] = []
        self._shares: list[float] = []
        self._seconds: list[float] = []
        self._slowest: list[tuple[float, str]] = []
        self._student_seconds = 0.0
        self._looks: list[Look] = []
        self._most = 0.0

    def add(self, verdict: Verdict) -> None:
        self._looks += looks_of(verdict)
        self._count_time(verdict)
        graded = [cell for cell in verdict.cells if cell.cell_id in self._checks and cell.points is not None]
        total = math.fsum(cell.points or 0.0 for cell in graded) if len(graded) == len(self._checks) else None
        for cell in graded:
            self._checks[cell.cell_id].add(cell, None if total is None else total - (cell.points or 0.0))
        for key, hint in {_key(cell): cell.hint or "" for cell in graded if cell.mistake is not None}.items():
            self._mistakes.setdefault(key, _Mistake(hint[:MAX_HINT], verdict.student)).students += 1
        self._unnamed.update({(_name(c), c.outcome.value) for c in graded if c.mistake is None and _lost(c)})
        if not verdict.grader_errors:
            points, most = math.fsum(cell.points or 0.0 for cell in graded), math.fsum(c.max_points for c in graded)
            self._points.append(points)
            self._shares.append(points / most if most else 0.0)
            self._most = max(self._most, most)
            self._moments.add({cell.cell_id: cell.points or 0.0 for cell in graded})

    def _count_time(self, verdict: Verdict) -> None:
        self._seconds.append(verdict.cpu_seconds)
        self._student_seconds += verdict.student_cpu_seconds
        self._slowest = sorted([*self._slowest, (verdict.cpu_seconds, verdict.student)], reverse=True)[:SLOWEST]

    def report(self) -> NotebookReport:
        unnamed = sorted(self._unnamed.items(), key=lambda item: (-item[1], item[0]))
        return NotebookReport(
            self._assignment,
            self._notebook,
            hand_ins=len(self._seconds),
            graded=len(self._points),
            max_points=self._most,
            mean=math.fsum(self._points) / len(self._points) if self._points else 0.0,
            median=median(self._points) if self._points else 0.0,
            histogram=_histogram(self._shares),
            checks=tuple(
                one.report(check, self._moments.discrimination(check), self._moments.chance())
                for check, one in self._checks.items()
            ),
            mistakes=self._mistakes_by_frequency(),
            unnamed=tuple((exercise, outcome, count) for (exercise, outcome), count in unnamed),
            alpha=self._moments.alpha(),
            why_no_alpha=self._moments.why_no_alpha(),
            counted=self._moments.count,
            time=TimeReport(
                math.fsum(self._seconds),
                self._student_seconds,
                median(self._seconds) if self._seconds else 0.0,
                tuple((student, seconds) for seconds, student in self._slowest),
            ),
            looks=tuple(sorted(self._looks, key=lambda look: (ORDER[look.kind], look.student, look.exercise))),
        )

    def _mistakes_by_frequency(self) -> tuple[MistakeReport, ...]:
        found = sorted(self._mistakes.items(), key=lambda item: (-item[1].students, item[0]))
        return tuple(MistakeReport(*key, one.hint, one.students, one.first) for key, one in found)


class _Check:
    """One check's counts."""

    def __init__(self) -> None:
        self.exercise, self.most, self.share = "", 0.0, 0.0
        self.asked = self.full = self.partly = self.missing = 0
        self.cases = Cases()
        self.optional = RightOrWrong()  # it has no points by which people could be told apart

    def add(self, cell: CellVerdict, rest: float | None) -> None:
        self.exercise, self.most = _name(cell), cell.max_points
        share = (cell.points or 0.0) / cell.max_points if cell.max_points else float(cell.outcome is Outcome.CORRECT)
        self.asked += 1
        self.share += share
        self.full += share == 1.0
        self.partly += 0.0 < share < 1.0
        self.missing += cell.outcome is Outcome.MISSING
        self.cases.add(cell.cases, rest)
        if not cell.max_points:
            self.optional.add(right=share == 1.0, rest=rest)

    def report(self, cell_id: str, discrimination: float | None, chance: float) -> CheckReport:
        mean = self.share / self.asked if self.asked else 0.0
        name = self.exercise or cell_id
        counts = (self.asked, self.full, self.partly, self.missing)
        discrimination = discrimination if self.most else self.optional.discrimination()
        return CheckReport(cell_id, name, self.most, *counts, mean, discrimination, chance, self.cases.report())


@dataclass
class _Mistake:
    hint: str
    first: str
    students: int = 0


def _name(cell: CellVerdict) -> str:
    return cell.exercise or cell.cell_id


def _key(cell: CellVerdict) -> tuple[str, str]:
    return _name(cell), cell.mistake or ""


def _lost(cell: CellVerdict) -> bool:
    return cell.outcome not in (Outcome.CORRECT, Outcome.NOT_GRADED)


def _histogram(shares: Sequence[float]) -> tuple[int, ...]:
    """How many have which share of the points: BINS of equal width, and one for who has all."""
    counts = Counter(min(int(share * BINS), BINS) for share in shares)
    return tuple(counts[place] for place in range(BINS + 1))
