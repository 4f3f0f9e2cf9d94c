"""The report for programs: JSON of all that is on the page, and CSV of who needs a look."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from ..contract.names import encodable
from .copies import Pair
from .lms import FORMULA
from .page import AssignmentReport
from .side_by_side import CopiesReport
from .until_right import PLACES

__all__ = ["looks_csv", "report_json"]


def report_json(report: AssignmentReport) -> dict[str, Any]:
    """All that is counted, as JSON can hold it; `mistakes` is what `--json` has always had, of all notebooks."""
    mistakes = [one for notebook in report.notebooks for one in notebook.mistakes]
    return {
        "assignment": report.assignment,
        "mistakes": [
            {"exercise": one.exercise, "mistake": one.mistake, "hint": one.hint, "students": one.students}
            for one in sorted(mistakes, key=lambda one: -one.students)
        ],
        "notebooks": [asdict(notebook) for notebook in report.notebooks],
        "asked": [asdict(one) for one in report.asked],
        "copies": [_pairs(one) for one in report.copies],
        "until_right": [asdict(one) for one in report.until_right],
        "predicted": [asdict(one) for one in report.predicted],
    }


def _pairs(copies: CopiesReport) -> dict[str, Any]:
    """Without the lines side by side, which are for the page."""
    plain = asdict(copies)
    del plain["shown"]
    return plain


def looks_csv(reports: Sequence[AssignmentReport]) -> str:
    """One line for each reason to look at somebody; below, without a name, what the class needed and predicted.

    What a spreadsheet would take for a formula gets an apostrophe.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(["assignment", "notebook", "student", "name", "reason", "exercise", "told"])
    for report in reports:
        for notebook in report.notebooks:
            for look in notebook.looks:
                name = report.names.get(look.student, "")
                words = (report.assignment, notebook.notebook, look.student, name, look.kind.value, look.exercise)
                writer.writerow([_cell(word) for word in (*words, look.sentence)])
        for copies in report.copies:
            for pair in copies.pairs:
                writer.writerow([_cell(word) for word in _of_pair(report, copies.notebook, pair)])
        for line in (*_of_hand_ins(report), *_of_predictions(report)):
            writer.writerow([_cell(word) for word in line])
    return buffer.getvalue()


def _of_pair(report: AssignmentReport, notebook: str, pair: Pair) -> tuple[str, ...]:
    told = "; ".join(f"{one.lines} in {one.where}{', both wrong' if one.both_wrong else ''}" for one in pair.shared)
    name = report.names.get(pair.left, "")
    return report.assignment, notebook, pair.left, name, "shares answers", pair.shared[0].where, f"{pair.right}: {told}"


def _of_hand_ins(report: AssignmentReport) -> Iterator[tuple[str, ...]]:
    for one in report.until_right:
        for exercise in one.exercises:
            counts = [f"right with the {place}: {count}" for place, count in zip(PLACES, exercise.at, strict=True)]
            told = "; ".join([*counts, f"not right yet: {exercise.never}"])
            yield report.assignment, one.notebook, "", "", "how many hand-ins it took", exercise.exercise, told


def _of_predictions(report: AssignmentReport) -> Iterator[tuple[str, ...]]:
    for one in report.predicted:
        counts = [f"{line.label}: {line.count}" for line in one.bars]
        often = [f"{words} said by {count}" for words, count in one.often]
        told = "; ".join([f"{one.right} of {one.predicted} right, it is {one.true}", *often, *counts])
        yield report.assignment, one.notebook, "", "", "what they predicted", one.name, told


def _cell(text: str) -> str:
    text = encodable(text)
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text
