"""How many hand-ins it took: of those that were graded, each file once, and nobody's fault of the grader's counted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from autograde.contract.verdict import CellVerdict, Outcome, Verdict
from autograde.grading.journal import Journal, JournalWriter
from autograde.report.until_right import PLACES, UntilRight, UntilRightReport

R, W, M, F = Outcome.CORRECT, Outcome.WRONG, Outcome.MISSING, Outcome.GRADER_ERROR


def verdict(student: str, file: str, outcome: Outcome, key: str = "") -> Verdict:
    points = {R: 1.0, F: None}.get(outcome, 0.0)
    cell = CellVerdict("swish-check", "swish", points, 1.0, outcome)
    return Verdict(student, "02-activations", "activations", (cell,), file=file, key=key)


def counted(*students: Sequence[tuple[str, Outcome]]) -> UntilRightReport | None:
    """What is told of students who handed these files in."""
    counting = UntilRight("activations", ["swish-check"])
    for place, hand_ins in enumerate(students):
        for file, outcome in hand_ins[:-1]:
            counting.add_earlier(verdict(f"s{place}", file, outcome))
    for place, hand_ins in enumerate(students):
        counting.add(verdict(f"s{place}", *hand_ins[-1]))
    return counting.report()


ONE = [("a", W), ("b", R)]  # somebody with two, so that there is a report
CASES: dict[str, tuple[list[tuple[str, Outcome]], tuple[int, ...], int]] = {
    "right at once": ([("a", R)], (1, 1, 0, 0), 0),
    "right with the third": ([("a", M), ("b", W), ("c", R)], (0, 1, 1, 0), 0),
    "right with the sixth": ([*((one, W) for one in "abcde"), ("f", R)], (0, 1, 0, 1), 0),
    "never right": ([("a", W), ("b", M)], (0, 1, 0, 0), 1),
    "right, and spoilt later": ([("a", R), ("b", W)], (1, 1, 0, 0), 0),
    "one file graded twice": ([("a", W), ("a", W), ("b", R)], (0, 2, 0, 0), 0),
    "one file that newer tests find wrong": ([("a", R), ("a", W)], (0, 1, 0, 0), 1),
    "one file that newer tests find right": ([("a", W), ("b", W), ("a", R)], (1, 1, 0, 0), 0),
    "never graded": ([("a", F)], (0, 1, 0, 0), 0),
    "never graded at first": ([("a", F), ("a", R)], (1, 1, 0, 0), 0),
    "right, and the next not graded": ([("a", R), ("b", F)], (1, 1, 0, 0), 0),
}


@pytest.mark.parametrize("case", CASES)
def test_each_counts_with_the_hand_in_that_was_right_first(case: str) -> None:
    hand_ins, at, never = CASES[case]
    report = counted(ONE, hand_ins)
    assert report is not None
    (exercise,) = report.exercises
    assert len(exercise.at) == len(PLACES)
    assert (exercise.at, exercise.never) == (at, never)


def test_what_is_said_of_the_class() -> None:
    report = counted(ONE, [("a", W)], [("a", W), ("b", W), ("c", R)])
    assert report is not None
    assert (report.students, report.several, report.hand_ins, report.most) == (3, 2, 6, 3)


@pytest.mark.parametrize("students", [[], [[("a", R)]], [[("a", W), ("a", R)], [("a", W)]]])
def test_of_a_class_that_handed_in_once_nothing_is_said(students: list[list[tuple[str, Outcome]]]) -> None:
    assert counted(*students) is None


def test_a_verdict_of_before_files_were_noted_goes_by_its_key() -> None:
    counting = UntilRight("activations", ["swish-check"])
    counting.add_earlier(verdict("ada", "", W, key="1"))
    counting.add(verdict("ada", "", R, key="2"))
    report = counting.report()
    assert report is not None
    assert report.exercises[0].at == (0, 1, 0, 0)


def test_a_journal_gives_what_another_verdict_followed_in_their_order(tmp_path: Path) -> None:
    given = [("ada", "a", W), ("bo", "a", R), ("ada", "b", W), ("ada", "c", R)]
    path = tmp_path / "journal.jsonl"
    with JournalWriter(path) as writer:
        for one in given[:2]:
            writer.add(verdict(*one))
    path.write_bytes(path.read_bytes() + b"damaged\n")
    with JournalWriter(path) as writer:
        for one in given[2:]:
            writer.add(verdict(*one))
        as_written = [(one.student, one.file) for one in writer.journal.earlier()]
    read = Journal(path)
    assert as_written == [(one.student, one.file) for one in read.earlier()] == [("ada", "a"), ("ada", "b")]
    assert [(one.student, one.file) for one in read] == [("ada", "c"), ("bo", "a")]
