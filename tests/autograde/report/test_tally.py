"""A class counted: each finding from the verdict that brings it about, and none from one that does not."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import replace

import pytest

from autograde.contract.verdict import CellVerdict, Outcome, Verdict
from autograde.report.looks import Kind, looks_of
from autograde.report.tally import tally

RIGHT = CellVerdict("f-check", "f", 2.0, 2.0, Outcome.CORRECT, text="f: correct, 5 cases\nf: correct, 5 hidden cases")
HIDDEN = "f: not right yet (1 of 5 hidden cases differs)\n\nMind the sign."
WITHHELD = "f is what you are asked to write; it is not available while your work is graded."
DELETED = "The check of f was deleted. It was put back."
CHANGED = "The locked cell given-1 was changed. The original was used."


def lost(outcome: Outcome, text: str = "", *, mistake: str | None = None, hint: str | None = None) -> CellVerdict:
    return CellVerdict("f-check", "f", 0.0, 2.0, outcome, text=text, mistake=mistake, hint=hint)


def verdict(*cells: CellVerdict, student: str = "ada", **more: object) -> Verdict:
    return replace(Verdict(student, "01-backprop", "small", cells), **more)  # type: ignore[arg-type]  # fields by name


OURS = replace(RIGHT, points=None, outcome=Outcome.GRADER_ERROR, text="RuntimeError: ours")
FINDINGS = {
    "our fault": (verdict(OURS), [Kind.OUR_FAULT]),
    "time": (verdict(lost(Outcome.TIME_LIMIT)), [Kind.LIMITS]),
    "memory": (verdict(lost(Outcome.MEMORY_LIMIT)), [Kind.LIMITS]),
    "output": (verdict(lost(Outcome.OUTPUT_LIMIT)), [Kind.LIMITS]),
    "crash": (verdict(lost(Outcome.CRASHED)), [Kind.CRASHED]),
    "tampering": (verdict(lost(Outcome.VIOLATION)), [Kind.TAMPERED]),
    "the library was asked": (verdict(RIGHT, lost(Outcome.MISSING, WITHHELD)), [Kind.ASKED_THE_LIBRARY]),
    "in everything": (verdict(lost(Outcome.MISSING, WITHHELD)), [Kind.ASKED_THE_LIBRARY]),
    "as an error": (verdict(lost(Outcome.ERROR, f"Withheld: {WITHHELD}")), [Kind.ASKED_THE_LIBRARY]),
    "hidden wrong": (verdict(lost(Outcome.WRONG, HIDDEN)), [Kind.HIDDEN_WRONG]),
    "hidden raises": (verdict(lost(Outcome.ERROR, HIDDEN)), [Kind.HIDDEN_WRONG]),
    "a check deleted": (verdict(RIGHT, notes=(DELETED,)), [Kind.CHANGED_OURS]),
    "a locked cell changed": (verdict(RIGHT, notes=(CHANGED,)), [Kind.CHANGED_OURS]),
    "another edition": (verdict(RIGHT, edition_refused=True), [Kind.EDITION]),
    "nothing": (verdict(lost(Outcome.MISSING, "not written yet")), [Kind.NOTHING]),
    "two at once": (verdict(lost(Outcome.CRASHED), lost(Outcome.TIME_LIMIT)), [Kind.CRASHED, Kind.LIMITS]),
}
NOTHING_ODD = {
    "right": verdict(RIGHT),
    "wrong in the visible cases": verdict(lost(Outcome.WRONG, "f: not right yet (1 of 5 cases differs)")),
    "an exception that speaks of hidden cases": verdict(lost(Outcome.ERROR, "It raised: 1 of 5 hidden cases differ")),
    "a note of another kind": verdict(RIGHT, notes=("The file held zero bytes. They were taken out.",)),
    "one of two missing": verdict(RIGHT, lost(Outcome.MISSING, "not written yet")),
    "a person's to grade": verdict(RIGHT, replace(RIGHT, points=None, outcome=Outcome.NOT_GRADED)),
}


@pytest.mark.parametrize(("found", "kinds"), FINDINGS.values(), ids=FINDINGS)
def test_what_a_person_should_look_at_is_found(found: Verdict, kinds: list[Kind]) -> None:
    assert [look.kind for look in looks_of(found)] == kinds


@pytest.mark.parametrize("found", NOTHING_ODD.values(), ids=NOTHING_ODD)
def test_who_did_nothing_odd_is_not_listed(found: Verdict) -> None:
    assert list(looks_of(found)) == []


def test_every_kind_is_found_by_one_of_these() -> None:
    assert {kind for _, kinds in FINDINGS.values() for kind in kinds} == set(Kind)


def two(student: str, first: float, second: float, mistake: str | None = None) -> Verdict:
    cells = [
        CellVerdict(
            f"{name}-check",
            name,
            points,
            most,
            Outcome.CORRECT if points == most else Outcome.WRONG,
            mistake=mistake if name == "f" and points < most else None,
            hint="Mind the sign." if points < most else None,
        )
        for name, points, most in (("f", first, 2.0), ("g", second, 4.0))
    ]
    return verdict(*cells, student=student, cpu_seconds=first + second, student_cpu_seconds=1.0)


CLASS = [two("ada", 2, 4), two("bo", 0, 1, "sign"), two("cy", 0, 0, "sign"), two("dee", 0, 4, "half"), two("eve", 2, 0)]


def test_a_class_is_counted() -> None:
    report = tally("01-backprop", "small", ["f-check", "g-check"], CLASS)
    assert (report.hand_ins, report.graded, report.mean, report.median, report.max_points) == (5, 5, 2.6, 2.0, 6.0)
    f, g = report.checks
    assert (f.exercise, f.asked, f.full, f.partly, f.missing, f.share) == ("f", 5, 2, 0, 0, 0.4)
    assert (g.full, g.partly) == (2, 1)
    assert g.share == pytest.approx(0.45)
    assert [(one.mistake, one.students, one.hint, one.first) for one in report.mistakes] == [
        ("sign", 2, "Mind the sign.", "bo"),
        ("half", 1, "Mind the sign.", "dee"),
    ]
    assert report.unnamed == (("g", "wrong", 3),)
    assert sum(report.histogram) == 5
    assert (report.histogram[0], report.histogram[1], report.histogram[-1]) == (1, 1, 1)
    assert report.time.slowest[0] == ("ada", 6.0)
    assert (report.time.total, report.time.students, report.time.median) == (13.0, 5.0, 2.0)


def test_whom_we_could_not_grade_has_no_points_and_is_listed_first() -> None:
    failed = verdict(replace(OURS, cell_id="f-check"), student="zed")
    crashed = verdict(lost(Outcome.CRASHED), student="abe")
    report = tally("01-backprop", "small", ["f-check"], [*CLASS, crashed, failed])
    assert (report.hand_ins, report.graded) == (7, 6)
    assert [look.student for look in report.looks] == ["zed", "abe"]


def test_without_anybody_there_is_a_report_of_nothing() -> None:
    report = tally("01-backprop", "small", ["f-check"], [])
    assert (report.hand_ins, report.mean, report.alpha, report.looks) == (0, 0.0, None, ())


REMARKS = {
    "easy": ([2.0] * 40, "nearly everyone has it"),
    "hard": ([0.0] * 38 + [2.0] * 2, "few have it: too hard, or not said clearly?"),
    "upside down": ([0.0] * 20 + [2.0] * 20, "who does well elsewhere does badly here: is it wrong, or misleading?"),
    "telling": ([2.0] * 20 + [0.0] * 20, ""),
    "unrelated": ([2.0, 0.0] * 20, "says little about how people do elsewhere"),
}


@pytest.mark.parametrize(("points", "remark"), REMARKS.values(), ids=REMARKS)
def test_an_odd_question_is_remarked_upon(points: list[float], remark: str) -> None:
    """The other check is had by the first half of the class."""
    verdicts = [two(f"s{place:02}", one, 4.0 if place < 20 else 0.0) for place, one in enumerate(points)]
    report = tally("01-backprop", "small", ["f-check", "g-check"], verdicts)
    assert report.checks[0].remark == remark


def test_a_verdict_is_looked_at_once_and_not_kept() -> None:
    seen: list[weakref.ref[CellVerdict]] = []

    def once() -> Iterator[Verdict]:
        for place in range(50):
            alive = sum(reference() is not None for reference in seen)
            assert alive <= 2  # the cells of the last one
            made = two(f"s{place:02}", 0, 1, "sign")
            seen.extend(map(weakref.ref, made.cells))
            yield made
            del made

    assert tally("01-backprop", "small", ["f-check", "g-check"], once()).hand_ins == 50
