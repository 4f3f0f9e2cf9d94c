"""The report as a page: one file for an assignment, one for the course, that need nothing but themselves.

No script, font or picture from elsewhere, and the policy forbids the browser any. *Trust*: names, messages and answers
are strangers' words; Jinja escapes all of it, and what is `Markup` here was made by a template of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

from machine_room.checks.show import marked_up

from ..contract.names import encodable, readable
from .cases import CaseReport
from .looks import Look
from .moments import FEWEST
from .predicted import PredictedReport
from .scatter import drawn
from .side_by_side import CopiesReport
from .tally import BINS, CheckReport, MistakeReport, NotebookReport
from .until_right import PLACES, UntilRightReport
from .written import Asked

__all__ = ["POLICY", "AssignmentReport", "assignment_page", "course_page"]

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
MOST_LOOKS = 100  # of one kind on the page; the files have all
MOST_OPEN = 8  # of which so many stand open
MOST_MISTAKES = 12  # before the rest is folded away
MOST_FREQUENT = 15
SHARES = (*(f"{10 * place}-{10 * place + 9}" for place in range(BINS)), "all")


@dataclass(frozen=True)
class AssignmentReport:
    """All that is known of an assignment."""

    assignment: str
    notebooks: tuple[NotebookReport, ...]
    asked: tuple[Asked, ...] = ()
    examples: Mapping[tuple[str, str], str] = field(default_factory=dict)  # by exercise and mistake
    names: Mapping[str, str] = field(default_factory=dict)  # by student, where the gradebook has one
    copies: tuple[CopiesReport, ...] = ()
    until_right: tuple[UntilRightReport, ...] = ()  # of notebooks of which somebody handed in more than once
    predicted: tuple[PredictedReport, ...] = ()  # of questions that somebody answered


def assignment_page(report: AssignmentReport, made: str) -> str:
    """Return the HTML of one assignment.

    Args:
        report: what is known.
        made: when and with what, for its head.
    """
    page = {
        "title": f"{report.assignment}: what the class understood",
        "assignment": report.assignment,
        "made": made,
        "notebooks": report.notebooks,
        "several": len(report.notebooks) > 1,
        "looks": [_by_kind(one.looks) for one in report.notebooks],
        "asked": [one for one in report.asked if one.answered],
        "examples": report.examples,
        "copies": report.copies,
        "until_right": report.until_right,
        "predicted": report.predicted,
    }
    return _render(page, lambda student: _with_name(student, report.names))


def course_page(reports: Sequence[AssignmentReport], made: str, elsewhere: Sequence[str] = ()) -> str:
    """Return the HTML of the course: its assignments side by side, each leading to its own page.

    Args:
        reports: one for each assignment that is counted.
        made: when, and by what.
        elsewhere: assignments whose pages lie there from earlier.
    """
    notebooks = [one for report in reports for one in report.notebooks]
    frequent = sorted((mistake for one in notebooks for mistake in one.mistakes), key=_frequent_first)
    page = {
        "title": "The course: what the class understood",
        "made": made,
        "overview": [_Row(one) for one in notebooks],
        "several": len(notebooks) > len(reports),
        "elsewhere": elsewhere,
        "frequent": frequent[:MOST_FREQUENT],
    }
    return _render(page, str)


class _Row:
    """A notebook in the course's table."""

    def __init__(self, one: NotebookReport) -> None:
        self.assignment, self.notebook, self.hand_ins = one.assignment, one.notebook, one.hand_ins
        self.mean, self.max_points, self.alpha, self.mistakes = one.mean, one.max_points, one.alpha, one.mistakes
        self.people = one.people


def _frequent_first(mistake: MistakeReport) -> tuple[int, str, str]:
    return -mistake.students, mistake.exercise, mistake.mistake


def _each_with(check: CheckReport) -> list[tuple[CheckReport, CaseReport]]:
    return [(check, case) for case in check.cases]


def _by_kind(looks: Sequence[Look]) -> list[tuple[str, list[Look]]]:
    return [(kind.value, list(found)) for kind, found in groupby(looks, key=lambda look: look.kind)]


def _with_name(student: str, names: Mapping[str, str]) -> str:
    name = names.get(student)
    return readable(student) + (f" ({readable(name, 60)})" if name else "")


def _wrapping(name: str) -> Markup:
    """A name that may go on in the next line where a table is narrow."""
    return escape(name).replace("_", Markup("_<wbr>"))


def _render(page: Mapping[str, object], name: Callable[[str], str]) -> str:
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True)
    environment.filters.update(wrapping=_wrapping, told=lambda words: Markup(marked_up(words)))
    environment.filters.update(name=name, number=lambda value: f"{round(value, 2) + 0.0:g}", two=lambda v: f"{v:.2f}")
    shared = {"policy": POLICY, "css": Markup(_css()), "bins": SHARES, "fewest": FEWEST}
    shared |= {
        "places": PLACES,
        "drawn": drawn,
        "most_looks": MOST_LOOKS,
        "most_open": MOST_OPEN,
        "most_mistakes": MOST_MISTAKES,
        "each_with": _each_with,
    }
    html: str = environment.get_template("page.html.j2").render(page=page, **shared)
    return encodable(html)


@cache
def _css() -> str:
    return Path(__file__).with_name("page.css").read_text(encoding="utf-8")
