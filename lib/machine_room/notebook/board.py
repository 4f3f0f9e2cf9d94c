"""progress(): the course at a glance, and where to go on."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from machine_room.notebook.memory import in_a_notebooks_folder, read
from machine_room.notebook.points import Assignment, assignment_of, assignments, counted
from machine_room.notebook.view import View

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
    def functions(self) -> str:
        """How many are written of those that are asked for, and of the others."""
        optional, checks = self.assignment.optional, self.assignment.checks
        asked = f"{len(self.passed - optional)} of {len(checks) - len(optional)}"
        return f"{asked}, optional {len(self.passed & optional)} of {len(optional)}" if optional else asked

    @property
    def points(self) -> str:
        return f"{counted(self.earned)} of {counted(self.assignment.total)}"


def progress() -> View:
    """Show how far you are in the course: the points whose checks have passed, and where to go on.

    Example:
        >>> print(progress().text.splitlines()[0])
        0 of 132 points so far, by the checks that you have run here.
    """
    rows = [_row(one) for one in assignments()]
    earned, total = sum(row.earned for row in rows), sum(row.assignment.total for row in rows)
    head = f"{counted(earned)} of {counted(total)} points so far, by the checks that you have run here."
    foot = [*_written(rows), "Grading runs every check again, with other numbers too: what it says counts."]
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
    here = f"{counted(_earned(assignment, passed))} of {counted(assignment.total)} in this notebook"
    if exercise in assignment.optional:
        return f"optional, it has no points, {here}"
    mine = f"{counted(all_of_it if exercise in passed else 0)} of {_points(all_of_it)} in this exercise"
    if up_to and exercise in passed:
        mine = f"up to {_points(all_of_it)} in this exercise, as many as grading finds"
    return f"{mine}, {here}"


def _points(number: float) -> str:
    return f"{counted(number)} {'point' if number == 1 else 'points'}"


def _earned(assignment: Assignment, passed: frozenset[str]) -> float:
    return sum(points for name, points in assignment.checks.items() if name in passed)


def _row(assignment: Assignment) -> _Row:
    memory = read(assignment)
    return _Row(assignment, memory.passed, memory.complaint)


def _written(rows: Sequence[_Row]) -> list[str]:
    written = sum(row.assignment.written for row in rows)
    return [f"{_points(written)} of these are for what you write in words: a person reads that."] if written else []


def _line(row: _Row) -> str:
    return f"  {row.assignment.name:<20} {row.points:>10} points  functions: {row.functions}"


def _onward(row: _Row | None) -> str:
    if row is None:
        return "Every check that is asked for has passed. Hand in what you have not handed in yet."
    begun = "Continue" if row.passed else "Begin"
    return f"{begun} here: {row.assignment.name}/{row.assignment.notebook}, {row.next}."


def _page(head: str, rows: Sequence[_Row], onward: _Row | None, below: Sequence[str]) -> str:
    table = "".join(map(_html_row, rows))
    return (
        f"<p><b>{html.escape(head)}</b></p>"
        '<table style="border-collapse:collapse;color:inherit;margin:.5em 0"><thead><tr>'
        f'<th style="{_NAME}">notebook</th><th style="{_NUMBER}">points</th><th style="{_NUMBER}">functions</th>'
        f"</tr></thead><tbody>{table}</tbody></table>"
        f"<p>{_html_onward(onward)}</p>" + "".join(f"<div>{html.escape(line)}</div>" for line in below)
    )


def _html_row(row: _Row) -> str:
    share = round(100 * row.earned / row.assignment.total) if row.assignment.total else 0
    bar = f'<span aria-hidden="true" style="{_BAR}"><span style="{_FILLED};width:{share}%"></span></span>'
    name = f"{_link(row.assignment, row.assignment.name)}<br>{html.escape(row.assignment.title)}<br>{bar}"
    cells = [(_NAME, name), (_NUMBER, row.points), (_NUMBER, row.functions.replace(", ", "<br>"))]
    return (
        '<tr style="background:none">' + "".join(f'<td style="{style}">{body}</td>' for style, body in cells) + "</tr>"
    )


def _html_onward(row: _Row | None) -> str:
    if row is None or row.next is None:
        return html.escape(_onward(row))
    begun = "Continue" if row.passed else "Begin"
    return (
        f"<b>{begun} here: {_link(row.assignment, row.assignment.title)}</b>, at <code>{html.escape(row.next)}</code>"
    )


def _link(assignment: Assignment, words: str) -> str:
    """A link to the notebook where it lies beside this one, as the course gives it out; the words alone elsewhere."""
    target = Path.cwd().parent / assignment.name / assignment.notebook
    if not in_a_notebooks_folder() or not target.is_file():
        return html.escape(words)
    return f'<a href="../{html.escape(assignment.name)}/{html.escape(assignment.notebook)}">{html.escape(words)}</a>'
