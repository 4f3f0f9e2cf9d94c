"""Explanations that need to call the student's function again: a picture of its curve, a setting that it does not use.

They come when every point of the submission is final. The process that the points came from has ended; a fresh one runs
the cells again, up to the last check that wants to know more, answers a few calls, and is thrown away. What comes of
it are words and pictures: nothing here can change a point or an outcome, and whatever fails leaves the plain message.

*Called by* `judge`. *Trust*: the process is the student's. It is called on other numbers than before, which is why
nothing that follows may depend on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from machine_room.checks import CheckResult

from ..contract.names import readable
from ..contract.verdict import CellVerdict
from ..course.notebook import Cell, Notebook, Role
from .session import Breach, Session

__all__ = ["MAX_CALLS", "MAX_SECONDS", "explained", "words_of"]

MAX_CALLS = 40  # of the student's function, for one explanation; the course's own take 25
MAX_SECONDS = 10.0  # for all explanations of a submission, the replay of its cells included
MAX_TEXT = 100_000


def words_of(worst: CheckResult, shown: Sequence[CheckResult]) -> dict[str, Any]:
    """The part of a cell's verdict that only tells: the worst result's mistake and hint, the messages of all shown."""
    return {
        "mistake": worst.mistake,
        "hint": None if worst.hint is None else readable(worst.hint, 1_000),
        "text": readable("\n".join(result.text for result in shown), MAX_TEXT),
        "html": readable("".join(result.html for result in shown)),
    }


def explained(
    verdicts: Sequence[CellVerdict],
    wanting: Mapping[str, CheckResult],
    notebook: Notebook,
    replayed: Sequence[Cell],
    session: Session,
) -> list[CellVerdict]:
    """Return the verdicts, with what calls of the student's functions can add to their words.

    Args:
        verdicts: final but for words.
        wanting: the failed results that could say more, by check cell.
        notebook: says which cells stand above which check.
        replayed: the student's cells that ran well.
        session: a fresh one, with an account of its own; it may be left in any state.
    """
    better: dict[str, CheckResult] = {}
    with suppress(Breach, Exception):  # the first that fails is the last: words are not worth more time
        _explain(better, wanting, notebook, {cell.id for cell in replayed}, session)
    words = {cell_id: words_of(result, [result]) for cell_id, result in better.items()}
    return [replace(verdict, **words.get(verdict.cell_id, {})) for verdict in verdicts]


def _explain(
    better: dict[str, CheckResult],
    wanting: Mapping[str, CheckResult],
    notebook: Notebook,
    replayed: set[str],
    session: Session,
) -> None:
    for cell in notebook.cells:
        if len(better) == len(wanting):
            return
        if cell.id in replayed:
            session.run(cell)
        elif cell.role is Role.CHECK and cell.id in wanting:
            with session.exercise():
                better[cell.id] = _with_calls(wanting[cell.id], session)


def _with_calls(result: CheckResult, session: Session) -> CheckResult:
    assert result.explain_by is not None
    return result.explain_by(_Few(session.get(result.exercise)))


class _Few:
    """A function of the student's that can be called a few times."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.left = MAX_CALLS

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.left <= 0:
            raise RuntimeError(f"no more than {MAX_CALLS} calls for one explanation")
        self.left -= 1
        return self.function(*args, **kwargs)
