"""Grades as files that Moodle and Canvas import.

What they read is theirs to say; the facts below are of their documentation and of their importers' source. Both look
people up by one identifier: Moodle stops the whole import at the first one that it does not know, Canvas goes on to
look for somebody *of that name*. *Trust*: names are strangers' words, and instructors open such files in a spreadsheet,
which runs what begins like a formula.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..contract.failures import CourseError
from ..contract.grades import Grades, Person
from ..contract.names import escaped, readable

__all__ = ["FORMULA", "Identifier", "System", "Written", "write_grades"]

FORMULA = tuple("=+-@|%\t\r\n＝＋－＠")  # what spreadsheets take for one, the last four in Japanese
MOODLE_MOST = 100.0  # a higher grade stops Moodle's import, where the site has not raised it
# Canvas takes a column of one of these for its own, wherever the words stand in it, and reads no grades from it.
CANVAS_OWN = re.compile(
    "(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)|"
    "^(Student|LastName|FirstName|ID|SIS User ID|SIS Login ID|Section|Integration ID|Root Account)$"
)
CANVAS_POINTS = "Points Possible"  # in the first column: the line is no student's


class System(StrEnum):
    """Who imports the file."""

    MOODLE = "moodle"
    CANVAS = "canvas"


class Identifier(StrEnum):
    """By what the system knows people, and where the gradebook has it."""

    USERNAME = "username"  # nbgrader's id of the student
    EMAIL = "email"  # nbgrader's `email`
    LMS_ID = "lms-id"  # nbgrader's `lms_user_id`: Moodle's ID number, Canvas's SIS id


@dataclass(frozen=True)
class Written:
    """A file's text, and what whoever imports it should know."""

    text: str
    people: int
    remarks: tuple[str, ...]


MOODLE_COLUMN = {
    Identifier.USERNAME: "Username",
    Identifier.EMAIL: "Email address",
    Identifier.LMS_ID: "ID number",
}
CANVAS_COLUMN = {  # of the columns that a Canvas file begins with: Student, ID, SIS User ID, SIS Login ID, Section
    Identifier.USERNAME: 3,
    Identifier.EMAIL: 3,  # where it is what people log in with
    Identifier.LMS_ID: 2,
}


def write_grades(
    people: Sequence[Person],
    grades: Sequence[Grades],
    system: System,
    by: Identifier,
    *,
    titles: Mapping[str, str] | None = None,
    missing_as_zero: bool = False,
) -> Written:
    """Return the file with one line a student and one column an assignment.

    Args:
        people: everyone in the gradebook.
        grades: of each assignment.
        system: who is to import it.
        by: what identifies people there.
        titles: what an assignment is called there, where that is not its name here.
        missing_as_zero: 0 points for who handed nothing in, as nbgrader's export has it; else no grade at all.

    Raises:
        CourseError: a title that the system would take for something else, or twice the same.
    """
    headings = _headings(grades, titles or {}, system)
    fit = [person for person in people if _identifier(person, by) and _is_plain(_identifier(person, by))]
    once = _once(fit, by)
    lines = [[_total(one, person, missing_as_zero) for one in grades] for person in once]
    make = _moodle if system is System.MOODLE else _canvas
    table = make(once, lines, headings, grades, by)
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(table)
    return Written(buffer.getvalue(), len(once), tuple(_remarks(people, once, grades, by, system)))


def _headings(grades: Sequence[Grades], titles: Mapping[str, str], system: System) -> list[str]:
    found = [readable(titles.get(one.assignment, one.assignment), 200).strip() for one in grades]
    for heading in found:
        if not heading or heading.startswith(FORMULA) or (system is System.CANVAS and CANVAS_OWN.search(heading)):
            raise CourseError(
                f"A column cannot be called {heading!r}: {system.value.capitalize()} or a spreadsheet takes it for "
                "something else. Give another title with --title ASSIGNMENT=TITLE."
            )
    if twice := [heading for heading in found if found.count(heading) > 1]:
        raise CourseError(f"Two columns would be called {twice[0]!r}. Expected another title for each assignment.")
    return found


def _identifier(person: Person, by: Identifier) -> str:
    found = {Identifier.USERNAME: person.student, Identifier.EMAIL: person.email, Identifier.LMS_ID: person.lms_id}
    return found[by].strip()


def _is_plain(identifier: str) -> bool:
    """Whether it comes out of a spreadsheet and an importer as it went in. Changing it would make it another's."""
    return not identifier.startswith(FORMULA) and escaped(identifier, 256) == identifier


def _once(people: Sequence[Person], by: Identifier) -> list[Person]:
    """Those whose identifier nobody else has: of two lines for one person the last would count.

    Systems compare without regard to case, or may: `Ada` is taken for `ada`.
    """
    seen = Counter(_identifier(person, by).casefold() for person in people)
    return [person for person in people if seen[_identifier(person, by).casefold()] == 1]


def _total(grades: Grades, person: Person, missing_as_zero: bool) -> str:
    total = grades.totals.get(person.student, 0.0 if missing_as_zero else None)
    return "" if total is None else _decimal(total)


def _decimal(number: float) -> str:
    """With a point and no exponent; Moodle keeps five places."""
    return f"{number:.5f}".rstrip("0").rstrip(".")


def _text(words: str) -> str:
    """A name for the eye alone, so it may be changed: an apostrophe makes a spreadsheet take it for text."""
    shown = readable(words, 120).strip()
    return f"'{shown}" if shown.startswith(FORMULA) else shown


def _moodle(
    people: Sequence[Person],
    lines: Sequence[Sequence[str]],
    headings: Sequence[str],
    grades: Sequence[Grades],
    by: Identifier,
) -> list[list[str]]:
    """Columns may have any names: who imports says which is which. `-` is no grade, in new columns and in old ones."""
    head = ["First name", "Last name", MOODLE_COLUMN[by], *headings]
    rows = [
        [_text(person.first_name), _text(person.last_name), _identifier(person, by), *(cell or "-" for cell in line)]
        for person, line in zip(people, lines, strict=True)
    ]
    return [head, *rows]


def _canvas(
    people: Sequence[Person],
    lines: Sequence[Sequence[str]],
    headings: Sequence[str],
    grades: Sequence[Grades],
    by: Identifier,
) -> list[list[str]]:
    """The first five columns are fixed, and the last of them has to be Section."""
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *headings]
    most = [f"    {CANVAS_POINTS}", "", "", "", "", *(_decimal(one.max_points) for one in grades)]
    rows = []
    for person, line in zip(people, lines, strict=True):
        known: list[str] = ["", "", "", "", ""]
        known[0] = _canvas_name(person)
        known[CANVAS_COLUMN[by]] = _identifier(person, by)
        rows.append([*known, *line])
    return [head, most, *rows]


def _canvas_name(person: Person) -> str:
    """A name that is nobody's: where Canvas does not know the identifier, it takes whoever is called so."""
    name = " ".join(part for part in (person.first_name.strip(), person.last_name.strip()) if part)
    return _text(f"{name} [{person.student}]".strip()).replace(CANVAS_POINTS, "Points-Possible")


def _remarks(
    people: Sequence[Person], written: Sequence[Person], grades: Sequence[Grades], by: Identifier, system: System
) -> list[str]:
    there = {person.student for person in written}
    left_out = [person.student for person in people if person.student not in there]
    waiting = sorted({student for one in grades for student in one.waiting if student in there})
    absent = sorted({person.student for person in written if any(person.student not in one.totals for one in grades)})
    found = []
    if left_out:
        found.append(
            f"Left out, since the gradebook has no {by.value} for them that is theirs alone and that a spreadsheet "
            f"leaves as it is: {_some(left_out)}. `nbgrader db student add ID --email ... --lms-user-id ...` sets it."
        )
    if waiting:
        found.append(f"Not all of their work is graded, and what is counts: {_some(waiting)}.")
    if absent:
        found.append(f"Handed nothing in for one of the assignments at least: {_some(absent)}.")
    if system is System.MOODLE and any(total > MOODLE_MOST for one in grades for total in one.totals.values()):
        found.append(f"Somebody has over {MOODLE_MOST:g} points: Moodle takes them where its site settings allow it.")
    return found


def _some(students: Sequence[str]) -> str:
    shown = ", ".join(escaped(student) for student in students[:30])
    return shown + (f" and {len(students) - 30} more" if len(students) > 30 else "")
