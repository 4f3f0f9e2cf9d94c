"""What a class predicted beside what is true, on the page and for programs, whatever was predicted."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from autograde.course.folder import Course
from autograde.report.gather import Graded, assignment_report
from autograde.report.page import AssignmentReport, assignment_page
from autograde.report.predicted import SAID, PredictedReport, beside_truth
from autograde.report.scatter import HEIGHT, LEFT, TOP, WIDTH, drawn
from autograde.report.tables import looks_csv, report_json
from machine_room.explore.prediction import Answer, Choice, Number, Point, Prediction
from machine_room.notebook.predictions import KIND, output_of

from .test_collected import ASSIGNMENT, ATTACKS, BEYOND, asking, predicting

__all__ = ["asking", "predicting"]  # fixtures


def report_of(course: Course) -> AssignmentReport:
    return assignment_report(course, ASSIGNMENT, lambda _: Graded(()), names={})


def told(kind: Number | Choice | Point, true: Answer, answers: Sequence[Answer]) -> PredictedReport:
    return beside_truth("small", 50, Prediction("asked", "How?", kind, lambda: true), answers)


# --- counting


def test_a_number_is_told_by_how_many_times_what_is_true_it_is() -> None:
    answers = [1, 99, 300, 700, 900, 1000, 1099, 1500, 5000, 10_000, 1_000_000_000]
    made = told(Number(0, 1e9, whole=True), 1000, answers)
    assert {bar.said: bar.count for bar in made.bars} == dict(zip(SAID, (2, 1, 1, 3, 1, 1, 2), strict=True))
    assert [bar.said for bar in made.bars if bar.true] == ["within a tenth of it"]
    assert (made.predicted, made.hand_ins, made.right, made.true) == (11, 50, 1, "1,000")
    assert made.middle == "1,000; half of them lie from 500 to 3,250"
    assert [bar.label for bar in made.bars[:2]] == ["under 100", "100 to 500"]


def test_a_whole_number_is_right_or_not_and_what_several_said_is_told() -> None:
    made = told(Number(1, 1e9, unit="passes", whole=True), 7511, [7400] * 5 + [7511] * 3 + [7510] * 2 + [1])
    assert (made.right, made.within) == (3, "")
    assert made.often == (("7,400 passes", 5), ("7,511 passes", 3), ("7,510 passes", 2))


def test_another_number_is_right_within_a_tenth() -> None:
    made = told(Number(0, 100), 0.002467, [0.0025, 0.0024, 0.25, 0.25])
    assert (made.right, made.within, made.often) == (2, "within a tenth", (("0.25", 2),))


@pytest.mark.parametrize(
    ("answers", "true"),
    [([-3.0, 1.0, 2.0], -1.0), ([0.0], 0.0), ([-5.0, -5.0], -5.0), ([-1e9, 1e9], 0.0), ([7.0], -7.0)],
)
def test_a_number_that_can_be_negative_is_counted_all_the_same(answers: list[float], true: float) -> None:
    made = told(Number(-1e9, 1e9), true, answers)
    assert sum(bar.count for bar in made.bars) == len(answers)
    assert sum(bar.true for bar in made.bars) == 1


def test_a_phrase_that_nobody_chose_is_there_too() -> None:
    made = told(Choice(("low", "right", "high")), "right", ["low", "low", "right"])
    assert [(bar.label, bar.count, bar.true) for bar in made.bars] == [
        ("low", 2, False), ("right", 1, True), ("high", 0, False),
    ]  # fmt: skip
    assert (made.right, made.middle, made.scatter) == (1, "", None)


def point() -> Point:
    return Point("x", "y", (-1.0, 3.0), (0.0, 2.0), lambda axes: None, "A valley.")


def test_points_are_told_by_how_far_away_they_are_and_where_most_are() -> None:
    made = told(point(), [1.0, 1.0], [[1.0, 1.0]] * 3 + [[1.3, 1.1], [1.8, 1.0], [1.0, 2.0], [-1.0, 0.0]])
    assert [bar.count for bar in made.bars] == [4, 1, 1, 1]
    assert made.right == 4
    assert made.scatter is not None
    assert made.scatter.places[0].count == 3
    assert sum(dot.count for dot in made.scatter.dots) == 7


def test_every_point_is_on_the_picture_and_five_thousand_are_few_dots() -> None:
    corners = [[x, y] for x in (-1.0, 3.0) for y in (0.0, 2.0)]
    spread = [[-1 + 4 * (place * 0.618 % 1), 2 * (place * 0.414 % 1)] for place in range(5_000)]
    made = told(point(), [3.0, 0.0], corners + spread)
    assert made.scatter is not None
    picture = drawn(made.scatter)
    assert len(picture.dots) <= 41 * 41
    for dot in (*picture.dots, picture.true):
        assert LEFT <= dot.x <= LEFT + WIDTH
        assert TOP <= dot.y <= TOP + HEIGHT
    assert (picture.true.x, picture.true.y) == (LEFT + WIDTH, TOP + HEIGHT)
    assert all(math.isfinite(dot.radius) and dot.radius > 0 for dot in picture.dots)


# --- from hand-ins to the page, and for programs


def test_all_three_kinds_are_on_the_page_beside_what_is_true(predicting: Callable[..., Course]) -> None:
    predicting("ada", output_of("forward_passes", 7400), output_of("best_point_with_l1", [0.5, 1]))
    predicting("cy", output_of("forward_passes", 7511))
    course = predicting("bo", output_of("first_step_without_correction", "too short"))
    made = report_of(course)
    html = assignment_page(made, "now")
    assert "It is: 7,511 passes." in html
    assert "2 of 3 predicted, and 1 of them is right. The middle one is" in html
    assert "It is: too long." in html
    assert "1 of 3 predicted, and 0 of them are right." in html
    assert html.count('class="dot"') == 1
    assert '<td class="number">0.50</td><td class="number">1.00</td><td class="number">1</td>' in html
    assert "ada" not in html[html.index('id="predicted"') : html.index('id="time"')]
    plain = json.loads(json.dumps(report_json(made)))["predicted"]
    assert [(one["name"], one["predicted"]) for one in plain] == [
        ("forward_passes", 2), ("first_step_without_correction", 1), ("best_point_with_l1", 1),
    ]  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(looks_csv([made]))))
    assert next((row["reason"], row["exercise"], row["student"]) for row in rows) == (
        "what they predicted", "forward_passes", "",
    )  # fmt: skip
    assert rows[0]["told"].startswith("1 of 2 right, it is 7,511 passes; ")


def test_where_nobody_predicted_nothing_is_said_of_it(predicting: Callable[..., Course]) -> None:
    made = report_of(predicting("ada"))
    html = assignment_page(made, "now")
    assert 'id="predicted"' not in html
    assert "#predicted" not in html
    assert 'id="until-right"' not in html
    assert "#until-right" not in html
    assert (made.predicted, made.until_right) == ((), ())


def test_of_what_answers_no_question_nothing_is_on_the_page(predicting: Callable[..., Course]) -> None:
    honest = assignment_page(report_of(predicting("ada", output_of("forward_passes", 7000))), "now")
    for place, (said, raw) in enumerate(ATTACKS.values()):
        course = predicting(f"mallory{place}", {KIND: said}, raw=raw)
    for place, raw in enumerate(BEYOND.values()):  # files that nobody can read: no hand-in that could predict
        predicting(f"beyond{place}", {KIND: "RAW"}, raw=raw)
    html = _predictions(assignment_page(report_of(course), "now"))
    assert f"1 of {1 + len(ATTACKS)} predicted" in html
    assert html.replace(f"1 of {1 + len(ATTACKS)} predicted", "1 of 1 predicted") == _predictions(honest)


EXTREMES: dict[str, tuple[str, Any]] = {
    "the least number": ("forward_passes", 1),
    "the largest number": ("forward_passes", 1e9),
    "a corner": ("best_point_with_l1", [-0.5, -0.5]),
    "the opposite corner": ("best_point_with_l1", [2.0, 2.0]),
    "a number that is hardly one": ("best_point_with_l1", [5e-324, -5e-324]),
}


@pytest.mark.parametrize("extreme", EXTREMES)
def test_an_extreme_prediction_leaves_the_page_whole(predicting: Callable[..., Course], extreme: str) -> None:
    course = predicting("mallory", output_of(*EXTREMES[extreme]))
    html = assignment_page(report_of(course), "now")
    assert "1 of 1 predicted" in html
    assert "</html>" in html
    assert "nan" not in _predictions(html)
    assert "e+" not in _predictions(html)


def _predictions(html: str) -> str:
    return html[html.index('<h2 id="predicted">') : html.index("<h2 id=", html.index('<h2 id="predicted">') + 1)]
