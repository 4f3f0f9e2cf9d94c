"""progress(): the course at a glance, and where to go on."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from machine_room.notebook.memory import in_a_notebooks_folder, read
from machine_room.notebook.points import Assignment, assignment_of, assignments, counted
from machine_room.notebook.view import View
from machine_room.translation import say, say_count

__all__ = ["points_line", "progress"]

_BAR = "display:inline-block;height:.7em;width:9em;max-width:100%;border:1px solid currentColor;border-radius:2px"
_FILLED = "display:block;height:100%;background:var(--jp-brand-color1,#1976d2)"
_NUMBER = "text-align:right;white-space:nowrap;padding:.15em .8em .15em 0"
_NAME = "text-align:left;padding:.15em .8em .15em 0"


@dataclass(frozen=True)
class _Row:
    assignment: Assignment
    passed: frozenset[str]
    complaint: str

    @property
    def earned(self) -> float:
        return _earned(self.assignment, self.passed)

    @property
    def next(self) -> str | None:
        """The first exercise that has not passed, of those that are asked for."""
        optional = self.assignment.optional
        return next((name for name in self.assignment.checks if name not in self.passed | optional), None)

    @property
    def functions(self) -> tuple[str, ...]:
        """How many are written of those that are asked for, and of the others."""
        optional, checks = self.assignment.optional, self.assignment.checks
        asked = _of(len(self.passed - optional), len(checks) - len(optional))
        return (
            (asked, say("optional {written}", written=_of(len(self.passed & optional), len(optional))))
            if optional
            else (asked,)
        )

    @property
    def points(self) -> str:
        return _of(self.earned, self.assignment.total)


def progress() -> View:
    """Show how far you are in the course: the points whose checks have passed, and where to go on.

    Example:
        >>> print(progress().text.splitlines()[0])
        0 of 132 points so far, by the checks that you have run here.
    """
    rows = [_row(one) for one in assignments()]
    earned, total = sum(row.earned for row in rows), sum(row.assignment.total for row in rows)
    head = say(
        "{earned} of {total} points so far, by the checks that you have run here.",
        earned=counted(earned),
        total=counted(total),
    )
    foot = [*_written(rows), say("Grading runs every check again, with other numbers too: what it says counts.")]
    complaints = [row.complaint for row in rows if row.complaint]
    onward = next((row for row in rows if row.next), None)
    text = [head, *map(_line, rows), _onward(onward), *foot, *complaints]
    return View("\n".join(text), View.framed(_page(head, rows, onward, [*foot, *complaints])))


def points_line(exercise: str, passed: frozenset[str], *, up_to: bool = False) -> str:
    """Say what an exercise and its notebook have by now; empty where the course has no such exercise.

    Args:
        exercise: its name.
        passed: the exercises of the same notebook that have passed.
        up_to: how many of its points there are only grading can say.
    """
    assignment = assignment_of(exercise)
    if assignment is None:
        return ""
    all_of_it = assignment.checks[exercise]
    here = say("{points} in this notebook", points=_of(_earned(assignment, passed), assignment.total))
    if exercise in assignment.optional:
        return say("optional, it has no points, {here}", here=here)
    mine = say(
        "{earned} of {points} in this exercise",
        earned=counted(all_of_it if exercise in passed else 0),
        points=_points(all_of_it),
    )
    if up_to and exercise in passed:
        mine = say("up to {points} in this exercise, as many as grading finds", points=_points(all_of_it))
    return f"{mine}, {here}"


def _of(part: float, whole: float) -> str:
    return say("{part} of {whole}", part=counted(part), whole=counted(whole))


def _points(number: float) -> str:
    form = 1 if number == 1 else max(2, round(number))  # of 1.5 they are several, too
    return say_count(form, "{number} point", "{number} points", number=counted(number))


def _earned(assignment: Assignment, passed: frozenset[str]) -> float:
    return sum(points for name, points in assignment.checks.items() if name in passed)


def _row(assignment: Assignment) -> _Row:
    memory = read(assignment)
    return _Row(assignment, memory.passed, memory.complaint)


def _written(rows: Sequence[_Row]) -> list[str]:
    written = sum(row.assignment.written for row in rows)
    return (
        [say("{points} of these are for what you write in words: a person reads that.", points=_points(written))]
        if written
        else []
    )


def _line(row: _Row) -> str:
    functions = say("functions: {written}", written=", ".join(row.functions))
    points = say("{points:>10} points", points=row.points)
    return f"  {row.assignment.name:<20} {points}  {functions}"


def _onward(row: _Row | None) -> str:
    if row is None:
        return say("Every check that is asked for has passed. Hand in what you have not handed in yet.")
    where = f"{row.assignment.name}/{row.assignment.notebook}, {row.next}"
    return say("Continue here: {where}.", where=where) if row.passed else say("Begin here: {where}.", where=where)


def _page(head: str, rows: Sequence[_Row], onward: _Row | None, below: Sequence[str]) -> str:
    table = "".join(map(_html_row, rows))
    notebook, points, functions = map(html.escape, (say("notebook"), say("points"), say("functions")))
    return (
        f"<p><b>{html.escape(head)}</b></p>"
        '<table style="border-collapse:collapse;color:inherit;margin:.5em 0"><thead><tr>'
        f'<th style="{_NAME}">{notebook}</th><th style="{_NUMBER}">{points}</th><th style="{_NUMBER}">{functions}</th>'
        f"</tr></thead><tbody>{table}</tbody></table>"
        f"<p>{_html_onward(onward)}</p>" + "".join(f"<div>{html.escape(line)}</div>" for line in below)
    )


def _html_row(row: _Row) -> str:
    share = round(100 * row.earned / row.assignment.total) if row.assignment.total else 0
    bar = f'<span aria-hidden="true" style="{_BAR}"><span style="{_FILLED};width:{share}%"></span></span>'
    name = f"{_link(row.assignment, row.assignment.name)}<br>{html.escape(row.assignment.title)}<br>{bar}"
    cells = [(_NAME, name), (_NUMBER, html.escape(row.points)), (_NUMBER, "<br>".join(map(html.escape, row.functions)))]
    return (
        '<tr style="background:none">' + "".join(f'<td style="{style}">{body}</td>' for style, body in cells) + "</tr>"
    )


def _html_onward(row: _Row | None) -> str:
    if row is None or row.next is None:
        return html.escape(_onward(row))
    where, exercise = _link(row.assignment, row.assignment.title), f"<code>{html.escape(row.next)}</code>"
    if row.passed:
        return say("<b>Continue here: {notebook}</b>, at {exercise}", notebook=where, exercise=exercise)
    return say("<b>Begin here: {notebook}</b>, at {exercise}", notebook=where, exercise=exercise)


def _link(assignment: Assignment, words: str) -> str:
    """A link to the notebook where it lies beside this one, as the course gives it out; the words alone elsewhere."""
    target = Path.cwd().parent / assignment.name / assignment.notebook
    if not in_a_notebooks_folder() or not target.is_file():
        return html.escape(words)
    return f'<a href="../{html.escape(assignment.name)}/{html.escape(assignment.notebook)}">{html.escape(words)}</a>'
