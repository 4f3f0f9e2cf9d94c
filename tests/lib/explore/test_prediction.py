"""Questions before pictures: what answers them, what is true, where a prediction is kept, and what the page shows."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets
import pytest

from machine_room import explore
from machine_room.explore import predicting
from machine_room.explore.prediction import NOT_GRADED, Choice, Number, Point, Prediction, find, predictions, section_of
from machine_room.notebook import forget, recorded
from machine_room.notebook.points import assignments
from machine_room.notebook.predictions import KIND, kept_in, output_of, predicted, remember_prediction

NAMES = sorted(predictions())
#: A wrong answer to each question, as the page sends it.
WRONG = {
    "forward_passes": 7000,
    "slope_of_the_sigmoid_at_6": 0.1,
    "first_step_without_correction": "too short",
    "epochs_until_the_rate_has_halved": 45,
    "best_point_with_l1": [0.5, 1],
    "check_that_the_baseline_fails": "none of them",
}
DEEP: list[Any] = []
for _ in range(500):
    DEEP = [DEEP]
#: What answers no question of ours.
NO_ANSWERS = {
    "nothing": None, "not a number": math.nan, "infinity": math.inf, "minus infinity": -math.inf, "true": True,
    "a huge integer": 10**5000, "far out": 1e300, "HTML": "<script>alert(1)</script>", "a long text": "x" * 1_000_000,
    "a number in quotes": "7511", "an object": {"answer": 7511}, "deep": DEEP, "too many": [1, 2, 3], "none": [],
    "half a point": [1], "a point beyond": [1e9, 1], "a point without a number": [math.nan, 1], "words for a point":
    ["1", "1"], "a point of truths": [True, True], "a point of points": [[1], [2]], "an option and more": "too short ",
}  # fmt: skip


@pytest.fixture
def student(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Works in the first notebook, as the course gives it out."""
    for one in assignments():
        (tmp_path / one.name).mkdir()
        (tmp_path / one.name / one.notebook).write_text("{}")
    monkeypatch.chdir(tmp_path / assignments()[0].name)
    return tmp_path


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What a notebook gets to see: each output, and each that takes its place."""
    import IPython.display

    outputs: list[dict[str, Any]] = []

    def show(bundle: dict[str, Any], *, raw: bool, display_id: str) -> None:
        assert raw
        assert display_id
        outputs.append(bundle)

    monkeypatch.setattr(IPython.display, "display", show)
    monkeypatch.setattr(IPython.display, "update_display", show)
    monkeypatch.setattr(predicting, "in_notebook", lambda: True)
    return outputs


def widget_of(bundle: dict[str, Any]) -> Any:
    view = bundle["application/vnd.jupyter.widget-view+json"]
    return ipywidgets.widgets.widget._instances[view["model_id"]]


def test_every_kind_is_asked_somewhere_and_every_section_asks() -> None:
    assert {type(one.kind) for one in predictions().values()} == {Number, Choice, Point}
    assert {section_of(name) for name in NAMES} == {name.partition("-")[2].replace("-", "_") for name in (
        one.name for one in assignments())}  # fmt: skip
    assert set(WRONG) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_true_answers_its_question_and_is_not_the_wrong_answer(name: str) -> None:
    asked = find(name)
    assert asked.name == name
    assert asked.question.endswith("?")
    true = asked.true()
    assert asked.kind.accept(true) == true
    assert true != asked.kind.accept(WRONG[name])
    assert asked.true() == true  # computed again, the same again
    assert json.loads(json.dumps(true)) == true


@pytest.mark.parametrize(("name", "true"), {
    "forward_passes": (64 + 1) * 100 + (100 + 1) * 10 + 1,
    "slope_of_the_sigmoid_at_6": math.exp(-6) / (1 + math.exp(-6)) ** 2,
    "first_step_without_correction": "too long",  # 0.1 / sqrt(0.001) = 3.16
    "epochs_until_the_rate_has_halved": round(10_000 / math.ceil(1438 / 32)),
    "best_point_with_l1": [0.0, 1.6 - 0.8 / 4],
    "check_that_the_baseline_fails": "2. twenty digits by heart",
}.items())  # fmt: skip
def test_what_is_true_is_what_a_hand_finds(name: str, true: object) -> None:
    assert find(name).true() == pytest.approx(true)


@pytest.mark.parametrize("attack", NO_ANSWERS)
@pytest.mark.parametrize("name", NAMES)
def test_nothing_else_answers_a_question(name: str, attack: str) -> None:
    with pytest.raises(ValueError, match=r"^A prediction here is .*\.$") as refused:
        find(name).kind.accept(NO_ANSWERS[attack])
    assert len(str(refused.value)) < 300


def test_a_question_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(LookupError, match=r"No question is called 'forward_pass': there are .*forward_passes"):
        explore.predict("forward_pass")


# --- kept


def test_a_notebook_carries_the_last_prediction_to_each_question_that_it_asks() -> None:
    outputs = [{"data": output_of(name, answer)} for name, answer in (("a", 1), ("b", 2), ("a", 3), ("other", 4))]
    assert kept_in({"cells": [{"outputs": outputs}]}, {"a", "b"}) == {"a": 3, "b": 2}


@pytest.mark.parametrize("notebook", [
    None, 3, "cells", [], {"cells": 3}, {"cells": [None, 3, [], {"outputs": 3}]},
    {"cells": [{"outputs": [None, 3, []]}]},
    {"cells": [{"outputs": [{"data": 3}, {"data": {KIND: 3}}, {"data": {KIND: []}}, {"data": {KIND: "a"}}]}]},
    {"cells": [{"outputs": [{"data": {KIND: {"format": 2, "prediction": "a", "answer": 1}}}]}]},
    {"cells": [{"outputs": [{"data": {KIND: {"format": 1, "prediction": ["a"], "answer": 1}}}]}]},
    {"cells": [{"outputs": [{"data": {KIND: {"format": 1, "prediction": {"a": 1}, "answer": 1}}}]}]},
    {"cells": [{"outputs": [{"data": {KIND: {"format": 1, "prediction": "a"}}}]}]},
])  # fmt: skip
def test_what_is_no_output_of_ours_says_nothing(notebook: object) -> None:
    assert kept_in(notebook, {"a"}) == {}


def test_thousands_of_predictions_are_as_many_as_were_asked_for() -> None:
    outputs = [{"data": output_of(f"q{place}", place)} for place in range(10_000)]
    assert kept_in({"cells": [{"outputs": outputs}]}, {"q7"}) == {"q7": 7}


def test_it_is_remembered_outside_of_what_is_handed_in_and_forgotten_with_the_rest(student: Path) -> None:
    assert remember_prediction("backprop", "forward_passes", 7000) == ""
    assert remember_prediction("backprop", "another", "too long") == ""
    [path] = (student / ".machine_room").iterdir()
    assert json.loads(path.read_text())["predictions"] == {"forward_passes": 7000, "another": "too long"}
    assert predicted("backprop", "forward_passes") == 7000
    assert "forward_passes" in recorded().text
    assert path.name in forget().text
    assert predicted("backprop", "forward_passes") is None


@pytest.mark.parametrize(
    "content", ["", "[]", "{", "3", '{"format": 9}', '{"format": 1, "predictions": 3}', "[" * 9000]
)
def test_a_damaged_file_remembers_nothing_and_the_next_answer_writes_it_anew(student: Path, content: str) -> None:
    (student / ".machine_room").mkdir()
    (student / ".machine_room" / "01-backprop.predictions.json").write_text(content)
    assert predicted("backprop", "forward_passes") is None
    remember_prediction("backprop", "forward_passes", 7000)
    assert predicted("backprop", "forward_passes") == 7000


def test_on_another_computer_the_saved_notebook_remembers(student: Path) -> None:
    notebook = {"cells": [{"outputs": [{"data": output_of("forward_passes", 7000)}]}]}
    (student / assignments()[0].name / assignments()[0].notebook).write_text(json.dumps(notebook))
    assert predicted("backprop", "forward_passes") == 7000


def test_where_nothing_can_be_written_it_is_said(student: Path) -> None:
    (student / ".machine_room").write_text("no folder")
    assert "cannot be written" in remember_prediction("backprop", "forward_passes", 7000)


# --- shown


@pytest.mark.parametrize("name", NAMES)
def test_before_an_answer_the_text_asks_and_folds_what_is_true(
    student: Path, shown: list[dict[str, Any]], name: str
) -> None:
    explore.predict(name)
    [bundle] = shown
    asked = find(name)
    assert KIND not in bundle
    assert asked.told() not in bundle["text/plain"]
    assert f"<details><summary>Answer</summary><p>{asked.told()}</p></details>" in bundle["text/html"]
    assert NOT_GRADED in bundle["text/html"]
    assert ("<img" in bundle["text/html"]) is isinstance(asked.kind, Point)


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_is_shown_beside_what_is_true_and_again_when_the_cell_runs_again(
    student: Path, shown: list[dict[str, Any]], name: str
) -> None:
    explore.predict(name)
    widget_of(shown[0]).answer = WRONG[name]
    explore.predict(name)
    before, answered, again = shown
    asked = find(name)
    answer = asked.kind.accept(WRONG[name])
    assert answered == again
    assert answered[KIND] == {"format": 1, "prediction": name, "answer": answer}
    assert "application/vnd.jupyter.widget-view+json" not in answered
    assert "<details" not in answered["text/html"]
    for line in asked.beside(answer):
        assert line in answered["text/html"]
        assert line in answered["text/plain"]
    assert widget_of(before).result[:2] == list(asked.beside(answer))  # for a page that was reloaded since


@pytest.mark.parametrize("attack", [name for name in NO_ANSWERS if name != "nothing"])
def test_what_is_no_answer_is_told_and_not_kept(student: Path, shown: list[dict[str, Any]], attack: str) -> None:
    explore.predict("forward_passes")
    widget = widget_of(shown[0])
    widget.answer = NO_ANSWERS[attack]
    assert widget.complaint.startswith("A prediction here is a whole number from 1 to")
    assert len(shown) == 1
    assert predicted("backprop", "forward_passes") is None


def test_what_is_remembered_and_is_no_answer_is_asked_again(student: Path, shown: list[dict[str, Any]]) -> None:
    remember_prediction("backprop", "forward_passes", "<script>")
    explore.predict("forward_passes")
    assert KIND not in shown[0]
    assert "<script>" not in shown[0]["text/html"]


def test_a_courses_own_words_are_escaped() -> None:
    asked = Prediction("own", "Is 1 < 2 & 3?", Choice(("<b>yes</b>", "no")), lambda: "<b>yes</b>")
    for page in (predicting._page(asked, None), predicting._page(asked, "<b>yes</b>")):
        assert "1 &lt; 2 &amp; 3" in page
        assert "<b>yes" not in page
        assert "&lt;b&gt;yes" in page


def test_without_anywidget_the_text_stands_there(
    student: Path, shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    predicting._kind.cache_clear()
    monkeypatch.setitem(sys.modules, "anywidget", None)
    explore.predict("forward_passes")
    assert set(shown[0]) == {"text/plain", "text/html"}
    predicting._kind.cache_clear()


def test_outside_of_a_notebook_the_question_is_printed(student: Path, capsys: pytest.CaptureFixture[str]) -> None:
    explore.predict("forward_passes")
    said = capsys.readouterr().out
    assert "How many forward passes" in said
    assert "7,511" not in said
    remember_prediction("backprop", "forward_passes", 7000)
    explore.predict("forward_passes")
    assert "Your prediction: 7,000 passes\nIt is: 7,511 passes\n" in capsys.readouterr().out


def test_a_widget_is_closed_when_its_cell_runs_again(
    student: Path, shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[Callable[[], None]] = []
    monkeypatch.setattr(predicting, "close_when_run_again", closed.append)
    explore.predict("forward_passes")
    widget = widget_of(shown[0])
    [close] = closed
    close()
    assert widget.comm is None
