"""Run a check: call the function on the exercise's cases, compare, diagnose, show."""

from __future__ import annotations

import contextlib
import os
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from machine_room.checks.answers import Answers, answers
from machine_room.checks.borrowed import borrowed_sentence
from machine_room.checks.compare import Difference, Kind
from machine_room.checks.diagnose import Outcome, Ruling, rule
from machine_room.checks.endless import Watch, stopped_sentence
from machine_room.checks.explain import Later, explain
from machine_room.checks.faults import faults
from machine_room.checks.imports import note
from machine_room.checks.observe import Observation, place
from machine_room.checks.scored import run_scored
from machine_room.checks.show import Message, Step, borrowed, for_console, noted, score, success
from machine_room.exercises import find
from machine_room.exercises.answer import Elsewhere
from machine_room.exercises.exercise import VISIBLE_SEED, Exercise
from machine_room.notebook.board import points_line
from machine_room.notebook.memory import remember
from machine_room.notebook.points import is_optional
from machine_room.progress_line import in_notebook
from machine_room.translation import say

__all__ = ["VISIBLE_SEED", "CheckFailed", "CheckResult", "check", "hidden_seed", "recorded", "run_check"]

FALLBACK_SEED = "hidden"
SEED_VARIABLE = "MACHINE_ROOM_SEED"
NBGRADER_VARIABLES = ("NBGRADER_VALIDATING", "NBGRADER_EXECUTION")
VALIDATOR_WIDTH = 82  # nbgrader's validator cuts lines of 90, four of which it takes to indent and three to say so

_seed: ContextVar[int | str | None] = ContextVar("seed", default=None)
_records: ContextVar[tuple[list[CheckResult], ...]] = ContextVar("records", default=())


@dataclass(frozen=True, repr=False)
class CheckResult:
    """What one check said. `mistake` names a known one.

    Shown as one green line where it is the last value of a cell; nbgrader reads that line as full points.
    """

    exercise: str
    passed: bool
    hidden: bool
    outcome: Outcome
    mistake: str | None
    hint: str | None
    text: str
    html: str
    share: float | None = None  # of the cell's points; None: all where it passed, none where it failed
    #: Where an explanation would call the function, and it may not be called yet: given the function, the same result
    #: with that explanation. For when nothing depends on the function any more.
    explain_by: Callable[[Callable[..., Any]], CheckResult] | None = field(default=None, compare=False)
    seen: str | None = None  # the first step of what there is to tell: where it is wrong; the hint may be more
    #: What each case tests, and whether the function is right in it; none of a function that is not written. For who
    #: asks how hard a case is.
    cases: tuple[tuple[str, bool], ...] = field(default=(), compare=False)

    @property
    def points_share(self) -> float:
        """The share of the cell's points that this check earns, from 0 to 1."""
        return float(self.passed) if self.share is None else self.share

    def __repr__(self) -> str:
        return for_console(self.text)

    def _repr_html_(self) -> str:
        return self.html

    def _ipython_display_(self) -> None:
        """Where nbgrader runs the notebook show it as a display: in a last value nbgrader looks for a number."""
        if not _run_by_nbgrader():
            raise NotImplementedError  # IPython then shows the representations above
        _display(self)


class CheckFailed(AssertionError):
    """A check that did not pass. In Jupyter the message has been displayed, elsewhere it is the exception's text.

    So it is where nbgrader runs the notebook: *Validate* shows the exception alone, and lines only so wide.
    """

    def __init__(self, result: CheckResult, *, displayed: bool = False) -> None:
        self.result = result
        if _run_by_nbgrader():
            super().__init__(_narrow(result.text))
        else:
            super().__init__(say("{name}: see the message above", name=result.exercise) if displayed else result.text)

    def __str__(self) -> str:
        return for_console(super().__str__())

    def _render_traceback_(self) -> list[str]:
        """IPython shows these lines instead of a traceback through our code."""
        return str(self).splitlines()


def check(function: Callable[..., Any], *, hidden: bool = False, hint: int | None = None) -> CheckResult:
    """Check your function against the library's: pass it itself, without calling it.

    Args:
        function: your function; its name says which exercise it answers.
        hidden: use the numbers that grading uses, drawn with the course's secret seed.
        hint: how much help to show where something is wrong: 1 where and which numbers, 2 also what is behind it,
            3 also the formula. Left out it is 1, and the rest is folded in Jupyter. It changes no point.

    Returns:
        A result that shows as one green line.

    Raises:
        CheckFailed: something differs; says what, where, and what to try. In a notebook a function that is not
            written yet is told in one grey line instead, unless nbgrader runs it.
        TypeError: what was passed is no function.
        ValueError: there is no such step of help.
        LookupError: no exercise has this function's name.

    Example:
        >>> import numpy as np
        >>> def relative_error(a, b):
        ...     return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))
        >>> check(relative_error).passed
        True
    """
    exercise = _exercise_of(function)
    step = _step(function, hint)
    seed = _hidden_seed() if hidden else VISIBLE_SEED
    run = partial(run_check, exercise, function, seed=seed, hidden=hidden, progress=in_notebook(), step=step)
    result = _watched(exercise, function, run, hidden=hidden)
    can_wait = _can_wait(result)  # asked before what is borrowed counts as not written, too
    if in_notebook():
        result = _for_its_author(exercise, function, result)
    for record in _records.get():
        record.append(result)
    if not result.passed and not can_wait:
        raise CheckFailed(result, displayed=_display(result))
    return result


def _watched(
    exercise: Exercise, function: Callable[..., Any], run: Callable[[], CheckResult], *, hidden: bool
) -> CheckResult:
    """Run a check; where the function is the student's own, a loop without end and `exit()` end in a sentence."""
    if isinstance(function, Elsewhere):
        return run()
    watch = Watch() if in_notebook() and exercise.score is None else contextlib.nullcontext(None)
    try:
        with watch as watching:
            return run()
    except KeyboardInterrupt as interrupt:
        if watching is None or not watching.fired:
            raise
        hint = stopped_sentence(exercise.name, watching.seconds, place(interrupt.__traceback__))
    except SystemExit:
        hint = say("{name} ends Python (exit, quit or sys.exit): return the result instead.", name=exercise.name)
    shown = score(0.0, [say("{name}: not checked", name=exercise.name)], hint)
    return CheckResult(
        exercise.name, False, hidden, Outcome.ERROR, None, hint, shown.text, shown.html, share=0.0, seen=hint
    )


def _step(function: Callable[..., Any], hint: int | None) -> Step:
    """How much to tell at once. What nobody can ask for more is told: feedback, and what nbgrader shows."""
    if hint is None:
        return Step.IDEA if isinstance(function, Elsewhere) or _run_by_nbgrader() else Step.WHERE
    if type(hint) is not int or hint not in tuple(Step):
        raise ValueError(say("hint must be 1, 2 or 3, but it is {hint!r}: write check(my_function, hint=2)", hint=hint))
    return Step(hint)


def _can_wait(result: CheckResult) -> bool:
    """Tell whether this is a notebook that somebody works in, and the function not begun: no fault, so no error.

    Where nbgrader runs the notebook it is one: a cell without an error would get its points. What is optional has none.
    """
    waits = not _run_by_nbgrader() or is_optional(result.exercise)
    return result.outcome == Outcome.MISSING and in_notebook() and waits


def _for_its_author(exercise: Exercise, function: Callable[..., Any], result: CheckResult) -> CheckResult:
    """What a notebook adds for who wrote the function: whose work it is, what grading does not have, the points."""
    if result.passed and not result.hidden and (sentence := borrowed_sentence(exercise, function)):
        shown = borrowed(sentence)
        result = replace(
            result, passed=False, outcome=Outcome.MISSING, hint=sentence, text=shown.text, html=shown.html, share=None
        )
    result = _with_note(result, note(function))
    if result.hidden or _run_by_nbgrader():
        return result
    memory = remember(exercise.name, passed=result.passed)
    line = points_line(exercise.name, memory.passed, up_to=exercise.score is not None)
    return _with_note(_with_note(result, line), memory.complaint)


def _with_note(result: CheckResult, line: str) -> CheckResult:
    """The same result with a line below its message; it costs nothing."""
    if not line:
        return result
    shown = noted(Message(result.text, result.html), line)
    return replace(result, text=shown.text, html=shown.html)


def run_check(
    exercise: Exercise,
    function: Callable[..., Any],
    *,
    seed: int | str,
    hidden: bool = False,
    progress: bool = False,
    step: Step = Step.IDEA,
) -> CheckResult:
    """Check a function without displaying its result; a student's fault never raises here.

    Where calls take long, `progress` shows how many are done. `step` says how much a message tells unfolded.

    Exceptions that are no `Exception` (a breach of limits, an interrupt) pass through.
    """
    if exercise.score is not None:
        scored = run_scored(exercise, function, seed, progress=progress)
        passed, shown = scored.share > 0, scored.message
        said = (scored.outcome, scored.mistake, scored.hint or None, shown.text, shown.html)
        return CheckResult(exercise.name, passed, hidden, *said, share=scored.share if hidden or not passed else None)
    known = answers(exercise, seed)
    found = faults(known, function)
    if not found.failing:
        shown = success(exercise, len(known.cases), hidden)
        said = (Outcome.CORRECT, None, None, shown.text, shown.html)
        return CheckResult(exercise.name, True, hidden, *said, cases=_cases(known, found.failing))
    ruling = rule(found.answers, found.observed, found.failing)
    told = partial(_failed, found.answers, found.observed, found.failing, ruling, hidden, step)
    if not isinstance(function, Elsewhere):
        return told(function)
    # in grading nothing is called for an explanation's sake before all points are final: it could cost some
    later = Later()
    result = told(later)
    return replace(result, explain_by=told) if later.wanted else result


def _failed(
    known: Answers,
    observed: Sequence[Observation],
    failing: Mapping[int, Sequence[Difference]],
    ruling: Ruling,
    hidden: bool,
    step: Step,
    function: Callable[..., Any] | None,
) -> CheckResult:
    """Return the result of a check that did not pass; `function` can only add words."""
    explained = explain(known, observed, failing, ruling, hidden=hidden, function=function, step=step)
    return CheckResult(
        known.exercise.name,
        False,
        hidden,
        ruling.outcome,
        explained.mistake,
        explained.hint,
        explained.message.text,
        explained.message.html,
        seen=explained.seen,
        cases=() if ruling.outcome is Outcome.MISSING else _cases(known, failing),
    )


def _cases(known: Answers, failing: Mapping[int, Sequence[Difference]]) -> tuple[tuple[str, bool], ...]:
    """What each case tests, and whether it is right. What shows in a second call alone is no fault in a case.

    Nor are those that the check makes: whoever is wrong in a case of the exercise's has not come to them.
    """
    wrong = {index for index, found in failing.items() if found[0].kind not in (Kind.AGAIN, Kind.ORDER, Kind.CHANCE)}
    own = len(known.cases) - len(known.trials)
    return tuple((name, index not in wrong) for index, name in enumerate(known.names[:own]))


def _exercise_of(function: Callable[..., Any]) -> Exercise:
    if not callable(function):
        raise TypeError(
            say(
                "check needs your function itself, but got {kind}: write check(my_function), without calling it",
                kind=type(function).__name__,
            )
        )
    name = getattr(function, "__name__", None)
    if not isinstance(name, str):
        kind = type(function).__name__
        raise TypeError(say("check needs a function written with def, but got an object of type {kind}", kind=kind))
    if name == "<lambda>":
        raise TypeError(
            say("check finds the exercise by your function's name, and a lambda has none: write it with def")
        )
    return find(name)


def _run_by_nbgrader() -> bool:
    """Tell whether nbgrader validates or grades: it says so to the kernels that it starts."""
    return any(os.environ.get(name) for name in NBGRADER_VARIABLES)


def _narrow(text: str) -> str:
    """Fold the lines that nbgrader would cut; what is indented stays so."""
    return "\n".join(folded for line in text.split("\n") for folded in _folded(line))


def _folded(line: str) -> list[str]:
    indent = " " * min(len(line) - len(line.lstrip(" ")), VALIDATOR_WIDTH // 2)
    return textwrap.wrap(line, VALIDATOR_WIDTH, subsequent_indent=indent, break_on_hyphens=False) or [""]


def _display(result: CheckResult) -> bool:
    """Show the message as HTML where a Jupyter front end listens; say whether it was shown."""
    if not in_notebook():
        return False
    from IPython.display import display

    display({"text/plain": result.text, "text/html": result.html}, raw=True)
    return True


def _hidden_seed() -> int | str:
    seed = _seed.get()
    return os.environ.get(SEED_VARIABLE, FALLBACK_SEED) if seed is None else seed


@contextlib.contextmanager
def hidden_seed(seed: int | str) -> Iterator[None]:
    """Draw the cases of `check(..., hidden=True)` with this seed inside the block."""
    token = _seed.set(seed)
    try:
        yield
    finally:
        _seed.reset(token)


@contextlib.contextmanager
def recorded() -> Iterator[list[CheckResult]]:
    """Collect the result of every check made inside the block, passed or failed."""
    record: list[CheckResult] = []
    token = _records.set((*_records.get(), record))
    try:
        yield record
    finally:
        _records.reset(token)
