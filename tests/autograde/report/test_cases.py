"""Case by case: how hard each is, whether it tells apart, whom it alone costs the points."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest

from autograde.contract.verdict import CaseVerdict, CellVerdict, Outcome, Verdict
from autograde.grading.journal import from_json, to_json
from autograde.report.cases import MOST, CaseReport, Cases
from autograde.report.moments import FEWEST
from autograde.report.page import AssignmentReport, assignment_page
from autograde.report.tables import report_json
from autograde.report.tally import NotebookReport, tally
from machine_room.checks import run_check
from machine_room.exercises import all_exercises
from machine_room.exercises.exercise import VISIBLE_SEED, Exercise

PLAIN, EDGE, BATCH = "a few numbers", "very large numbers", "a batch"


def counted(people: Sequence[tuple[Sequence[bool], float | None]]) -> dict[str, CaseReport]:
    """Of people whose function is right in these cases, and who have so many points elsewhere."""
    cases = Cases()
    for right, rest in people:
        cases.add([CaseVerdict(name, one) for name, one in zip((PLAIN, EDGE, BATCH), right, strict=True)], rest)
    return {one.description: one for one in cases.report()}


def test_cases_are_counted_each_by_itself_the_hardest_first() -> None:
    found = counted([((True, True, True), 1.0), ((True, False, True), 0.0), ((False, False, True), 0.0)])
    assert [(one.description, one.asked, one.right, one.alone) for one in found.values()] == [
        (EDGE, 3, 1, 1),
        (PLAIN, 3, 2, 0),
        (BATCH, 3, 3, 0),
    ]


@pytest.mark.parametrize("seed", range(5))
def test_the_correlation_is_numpys(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rest = rng.normal(size=60).round(1)
    right = rng.random((60, 3)) < [[0.3, 0.5, 0.9]]
    found = counted([(tuple(map(bool, one)), float(points)) for one, points in zip(right, rest, strict=True)])
    for place, name in enumerate((PLAIN, EDGE, BATCH)):
        expected = np.corrcoef(right[:, place], rest)[0, 1]
        assert found[name].discrimination == pytest.approx(expected, abs=1e-9)


def test_whose_points_elsewhere_are_not_known_counts_for_how_hard_a_case_is_alone() -> None:
    people = [((place % 2 == 0, True, True), float(place % 2)) for place in range(20)]
    found = counted([*people, *[((False, True, True), None)] * 5])[PLAIN]
    assert (found.asked, found.right) == (25, 10)
    assert found.discrimination == pytest.approx(-1.0)


NOTHING_TO_CORRELATE = {
    "too few": [((place % 2 == 0, True, True), float(place)) for place in range(FEWEST - 1)],
    "everyone is right": [((True, True, True), float(place)) for place in range(30)],
    "everyone has the same elsewhere": [((place % 2 == 0, True, True), 1.0) for place in range(30)],
    "nobody": [],
}


@pytest.mark.parametrize("people", NOTHING_TO_CORRELATE.values(), ids=NOTHING_TO_CORRELATE)
def test_where_there_is_nothing_to_compare_nothing_is_said(people: list[tuple[Sequence[bool], float]]) -> None:
    found = counted(people)
    assert all(one.discrimination is None for one in found.values())
    assert not any(one.misleads for one in found.values())


REMARKS = {
    "the able fail it": (
        [((place < 15, False, True), float(place)) for place in range(30)],
        "is what we expect right?",
    ),
    "many fail it alone": (
        [((place > 5, True, True), float(place)) for place in range(30)],
        "6 fail here and nowhere else: does the question ask for it?",
    ),
    "few fail it alone": ([((place > 0, True, True), float(place)) for place in range(30)], ""),
    "the weak fail it, with others": ([((place > 9, place > 9, True), float(place)) for place in range(30)], ""),
}


@pytest.mark.parametrize(("people", "remark"), REMARKS.values(), ids=REMARKS)
def test_an_odd_case_is_remarked_upon(people: list[tuple[Sequence[bool], float]], remark: str) -> None:
    said = counted(people)[PLAIN].remark
    assert said.endswith(remark)
    assert bool(said) == bool(remark)


def test_what_is_kept_does_not_grow_with_what_cases_are_called() -> None:
    cases = Cases()
    for place in range(3 * MOST):
        cases.add([CaseVerdict(f"case {place}", True)], 1.0)
    assert len(cases.report()) == MOST


def graded(place: int, right: Sequence[bool], points: float, elsewhere: float) -> Verdict:
    made = tuple(CaseVerdict(name, one) for name, one in zip((PLAIN, EDGE), right, strict=True))
    outcome = Outcome.CORRECT if all(right) else Outcome.WRONG
    first = CellVerdict("f-check", "f", points, 2.0, outcome, text="<b>", cases=made)
    second = CellVerdict("g-check", "g", elsewhere, 4.0, Outcome.CORRECT if elsewhere == 4.0 else Outcome.WRONG)
    return Verdict(f"s{place:02}", "01-backprop", "small", (first, second))


def class_with(points: float = 2.0) -> NotebookReport:
    """Forty of whom the weaker half fails one case, and five of the able another one alone."""
    verdicts = [graded(place, (not place >= 35, place >= 20), points, 4.0 * (place >= 20)) for place in range(40)]
    return tally("01-backprop", "small", ["f-check", "g-check"], verdicts)


def test_a_class_has_its_cases_in_the_report_the_page_and_the_json() -> None:
    report = class_with()
    (check, _) = report.checks
    assert [(case.description, case.right, case.alone) for case in check.cases] == [(EDGE, 20, 20), (PLAIN, 35, 5)]
    assert [case.description for _, case in report.odd_cases] == [EDGE, PLAIN]
    whole = AssignmentReport("01-backprop", (report,))
    html = assignment_page(whole, "now")
    assert html.count(EDGE) == 2  # odd, and among all
    assert "20 fail here and nowhere else: does the question ask for it?" in html
    plain = json.loads(json.dumps(report_json(whole)))
    assert plain["notebooks"][0]["checks"][0]["cases"][0]["description"] == EDGE


def test_where_the_whole_check_misleads_its_cases_do_not_each_say_so_again() -> None:
    verdicts = [graded(place, (place < 20, place < 20), 2.0 * (place < 20), 4.0 * (place >= 20)) for place in range(40)]
    report = tally("01-backprop", "small", ["f-check", "g-check"], verdicts)
    assert report.checks[0].misleads
    assert all(case.misleads for case in report.checks[0].cases)
    assert report.odd_cases == ()


def test_an_optional_check_tells_apart_too() -> None:
    """It has no points that could go with those of others, so being right is what is compared."""
    verdicts = [
        Verdict(f"s{place}", "01-backprop", "small", (optional(right=place >= 20), second(4.0 * (place >= 20))))
        for place in range(40)
    ]
    (check, _) = tally("01-backprop", "small", ["f-check", "g-check"], verdicts).checks
    assert check.discrimination == pytest.approx(1.0)


def optional(*, right: bool) -> CellVerdict:
    return CellVerdict("f-check", "f", 0.0, 0.0, Outcome.CORRECT if right else Outcome.WRONG)


def second(points: float) -> CellVerdict:
    return CellVerdict("g-check", "g", points, 4.0, Outcome.WRONG)


def test_a_verdict_keeps_its_cases_in_the_journal_and_old_ones_have_none() -> None:
    verdict = graded(1, (True, False), 0.0, 4.0)
    plain = json.loads(json.dumps(to_json(verdict)))
    assert plain["cells"][0]["cases"] == [[PLAIN, True], [EDGE, False]]
    assert "cases" not in plain["cells"][1]
    assert from_json(plain) == verdict


DAMAGED = {
    "a text": "cases",
    "a case of one": [["a"]],
    "a case of three": [["a", True, 1]],
    "right is a number": [["a", 1]],
    "a description that is none": [[1, True]],
    "an object": [{"description": "a", "right": True}],
}


@pytest.mark.parametrize("cases", DAMAGED.values(), ids=DAMAGED)
def test_anything_else_is_no_verdict(cases: object) -> None:
    plain = json.loads(json.dumps(to_json(graded(1, (True, False), 0.0, 4.0))))
    plain["cells"][0]["cases"] = cases
    with pytest.raises(ValueError):
        from_json(plain)


SCORED_OR_NOT = [exercise for exercise in all_exercises() if exercise.score is None]


@pytest.mark.parametrize("exercise", SCORED_OR_NOT, ids=lambda one: one.name)
def test_the_cases_of_a_check_have_names_of_their_own_the_same_with_every_seed(exercise: Exercise) -> None:
    visible = run_check(exercise, exercise.reference, seed=VISIBLE_SEED).cases
    hidden = run_check(exercise, exercise.reference, seed=7, hidden=True).cases
    assert visible == hidden
    assert all(right for _, right in visible)
    assert len({name for name, _ in visible}) == len(visible) > 0
    wrong = run_check(exercise, exercise.mistakes[0].function, seed=VISIBLE_SEED)
    assert [name for name, _ in wrong.cases] in ([], [name for name, _ in visible])
