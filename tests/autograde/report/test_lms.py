"""Files for Moodle and Canvas: their importers make everyone's own total of them, whatever people are called."""

from __future__ import annotations

import csv
import io

import pytest

from autograde.contract.failures import CourseError
from autograde.contract.grades import Grades, Person
from autograde.report.lms import FORMULA, MOODLE_COLUMN, Identifier, System, write_grades

from .importers import Account, Imported, canvas, moodle

PEOPLE = (
    Person("ada", "Ada", "Lovelace", "ada@uni.example", "100"),
    Person("bo", 'Bo, "the" Second', "Müller;Ωμέγα", "bo@uni.example", "200"),
    Person("cy", "", "", "cy@uni.example", "0300"),
)
GRADES = (
    Grades("01-backprop", 20.0, {"ada": 17.25, "bo": 0.1 + 0.2}),
    Grades("02-activations", 12.5, {"ada": 12.5, "cy": 1234.56789 / 100}, frozenset({"cy"})),
)
ACCOUNTS = tuple(
    Account(f"{one.first_name} {one.last_name}".strip(), one.student, one.email, one.lms_id) for one in PEOPLE
)
FIELDS = {Identifier.USERNAME: "username", Identifier.EMAIL: "email", Identifier.LMS_ID: "number"}
RIGHT: Imported = {
    "ada": {"01-backprop": 17.25, "02-activations": 12.5},
    "bo": {"01-backprop": 0.3, "02-activations": None},
    "cy": {"01-backprop": None, "02-activations": 12.34568},
}


def moodle_reads(text: str, by: Identifier, accounts: tuple[Account, ...] = ACCOUNTS) -> Imported:
    return moodle(text, MOODLE_COLUMN[by], FIELDS[by], accounts)


@pytest.mark.parametrize("by", Identifier)
def test_moodle_reads_everyones_own_grades(by: Identifier) -> None:
    assert moodle_reads(write_grades(PEOPLE, GRADES, System.MOODLE, by).text, by) == RIGHT


@pytest.mark.parametrize("by", Identifier)
def test_canvas_reads_everyones_own_grades_and_what_assignments_are_worth(by: Identifier) -> None:
    found = canvas(write_grades(PEOPLE, GRADES, System.CANVAS, by).text, ACCOUNTS)
    assert found == (RIGHT, {"01-backprop": 20.0, "02-activations": 12.5})


@pytest.mark.parametrize("system", System)
def test_who_handed_nothing_in_has_no_grade_or_zero_where_that_is_asked_for(system: System) -> None:
    zero = write_grades(PEOPLE, GRADES, system, Identifier.USERNAME, missing_as_zero=True)
    read = moodle_reads(zero.text, Identifier.USERNAME) if system is System.MOODLE else canvas(zero.text, ACCOUNTS)[0]
    assert (read["bo"]["02-activations"], read["cy"]["01-backprop"]) == (0.0, 0.0)
    assert "Handed nothing in for one of the assignments at least: bo, cy." in zero.remarks


def test_whose_work_waits_is_told() -> None:
    written = write_grades(PEOPLE, GRADES, System.MOODLE, Identifier.USERNAME)
    assert "Not all of their work is graded, and what is counts: cy." in written.remarks


def test_more_than_moodle_takes_by_itself_is_told() -> None:
    grades = [Grades("01-backprop", 100.0, {"ada": 100.5})]
    told = "Somebody has over 100 points: Moodle takes them where its site settings allow it."
    assert told in write_grades(PEOPLE, grades, System.MOODLE, Identifier.EMAIL).remarks
    assert told not in write_grades(PEOPLE, grades, System.CANVAS, Identifier.EMAIL).remarks


HOSTILE_NAMES = {
    "a formula": "=cmd|' /C calc'!A0",
    "a plus": "+1+cmd()",
    "a minus": "-2+3",
    "an at": "@SUM(A1)",
    "a tab": "\t=1",
    "a line break": "Eve\r\n=1,ada,100",
    "wide": "＝1+1",
    "quotes": '"",="',
    "a comma": "x,ada@uni.example,100",
    "a direction": "\u202egnp.exe",
    "Points Possible": "Points Possible",
    "Muted": "Muted",
    "another's name": "Ada Lovelace",
    "nul": "a\x00b",
    "half a character": "\ud800",
    "blanks": "   ",
    "formula behind blanks": "  =1+1",
}


@pytest.mark.parametrize("name", HOSTILE_NAMES.values(), ids=HOSTILE_NAMES)
@pytest.mark.parametrize("system", System)
def test_a_name_changes_nobodys_grade_and_is_no_formula(system: System, name: str) -> None:
    eve = Person("eve", name, "", "eve@uni.example", "666")
    people = (*PEOPLE, eve)
    grades = [Grades("01-backprop", 20.0, {"ada": 17.0, "bo": 3.0, "cy": 2.0, "eve": 1.0})]
    written = write_grades(people, grades, system, Identifier.USERNAME)
    written.text.encode("utf-8")
    accounts = (*ACCOUNTS, Account(name, "eve"))
    if system is System.MOODLE:
        read = moodle_reads(written.text, Identifier.USERNAME, accounts)
    else:
        read, worth = canvas(written.text, accounts)
        assert worth == {"01-backprop": 20.0}
    assert {who: found["01-backprop"] for who, found in read.items()} == {"ada": 17.0, "bo": 3.0, "cy": 2.0, "eve": 1.0}
    assert formulas(written.text, but=("-",)) == []


ANOTHERS = ("Muted", "Points Possible", "another's name", "blanks")  # plain as identifiers, or none at all
IDENTIFIERS = {kind: name for kind, name in HOSTILE_NAMES.items() if kind not in ANOTHERS}


@pytest.mark.parametrize("identifier", IDENTIFIERS.values(), ids=IDENTIFIERS)
@pytest.mark.parametrize("system", System)
def test_an_identifier_that_could_be_read_otherwise_is_left_out_and_told(system: System, identifier: str) -> None:
    people = (*PEOPLE, Person("eve", "Eve", "", identifier, identifier))
    grades = [Grades("01-backprop", 20.0, {"ada": 17.0, "bo": 3.0, "cy": 2.0, "eve": 1.0})]
    for by in (Identifier.EMAIL, Identifier.LMS_ID):
        written = write_grades(people, grades, system, by)
        if any(identifier in cell for row in rows(written.text) for cell in row):  # quotes, commas: as they are
            assert not identifier.startswith(FORMULA)
            assert written.people == 4
        else:
            assert written.people == 3
            assert any(remark.startswith("Left out") and "eve" in remark for remark in written.remarks)
        assert formulas(written.text, but=("-",)) == []


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def formulas(text: str, *, but: tuple[str, ...]) -> list[str]:
    return [cell for row in rows(text) for cell in row if cell.startswith(FORMULA) and cell not in but]


def test_somebody_whom_canvas_does_not_know_never_gets_into_anothers_line() -> None:
    people = (PEOPLE[0], Person("stranger", "Ada", "Lovelace"))
    grades = [Grades("01-backprop", 20.0, {"ada": 17.0, "stranger": 1.0})]
    written = write_grades(people, grades, System.CANVAS, Identifier.USERNAME)
    read, _ = canvas(written.text, ACCOUNTS)
    assert read["ada"] == {"01-backprop": 17.0}
    assert any(who.startswith("new user") for who in read)


@pytest.mark.parametrize("system", System)
@pytest.mark.parametrize("other", ["ada@uni.example", "ADA@uni.example", " ada@uni.example "])
def test_two_people_with_one_identifier_are_both_left_out(system: System, other: str) -> None:
    people = (*PEOPLE, Person("eve", "Eve", "", other))
    written = write_grades(people, GRADES, system, Identifier.EMAIL)
    assert written.people == 2
    assert "ada@uni.example" not in written.text
    assert any(remark.startswith("Left out") and "ada, eve" in remark for remark in written.remarks)


@pytest.mark.parametrize(
    ("system", "title"),
    [
        (System.CANVAS, "Final Score"),
        (System.CANVAS, "My Current Points too"),
        (System.CANVAS, "Section"),
        (System.CANVAS, "=1"),
        (System.MOODLE, "=1"),
        (System.MOODLE, " "),
        (System.MOODLE, "02-activations"),
    ],
)
def test_a_title_that_would_be_taken_for_something_else_is_refused(system: System, title: str) -> None:
    with pytest.raises(CourseError, match=r"would be called|cannot be called"):
        write_grades(PEOPLE, GRADES, system, Identifier.USERNAME, titles={"01-backprop": title})


def test_an_assignment_can_be_called_as_canvas_knows_it() -> None:
    titles = {"01-backprop": "Backprop (4711)"}
    written = write_grades(PEOPLE, GRADES, System.CANVAS, Identifier.USERNAME, titles=titles)
    assert canvas(written.text, ACCOUNTS)[0]["ada"]["Backprop (4711)"] == 17.25
