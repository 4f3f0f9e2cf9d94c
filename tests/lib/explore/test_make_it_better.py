"""The experiment table and the sanity checks: what their buttons do, and what they say."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from machine_room import experiments, explore
from machine_room.explore.controls import Slider
from machine_room.explore.explorer import Explorer
from machine_room.explore.make_it_better import table_run
from machine_room.explore.make_it_better.rates import shown_rate


@pytest.fixture
def table() -> Iterator[Explorer]:
    picture = explore.experiment_table()
    yield picture
    picture.close()


def texts(picture: Explorer) -> list[str]:
    return [text.get_text() for text in picture.static().texts if text.get_text()]


def test_run_adds_a_row_with_mean_deviation_and_gap(table: Explorer) -> None:
    before = table.image
    table.update(activation="relu")
    table.press("run")
    said = texts(table)
    assert table.image != before
    settings = {**experiments.BASELINE, "activation": "relu"}
    scores, base = (table_run.scores(one, lambda done: None) for one in (settings, experiments.BASELINE))
    mean, deviation = experiments.summarize(scores)
    assert mean > 80
    assert {"relu", f"{mean:.1f} ± {deviation:.1f}", f"{experiments.gap_in_standard_errors(base, scores):+.1f}"} <= set(
        said
    )
    assert any(line.startswith("In the table: relu.") for line in said)


def test_run_says_how_far_it_is_and_trains_the_same_settings_once(table: Explorer) -> None:
    told: list[float] = []
    assert table.progress is not None
    table.progress.listener = told.append
    table_run._KEPT.clear()
    table.update(activation="tanh", epochs="20")
    table.press("run")
    assert told[-1] == 1.0
    trained = len(told)
    assert trained > 3 * 20
    assert all(0 < fraction <= 1 for fraction in told)
    told.clear()
    table.press("run")
    assert len(told) < 10


def test_two_changes_at_once_are_warned_of(table: Explorer) -> None:
    table.update(activation="relu", initializer="he_normal")
    assert any("2 changes at once: you will not know which of them did it." in line for line in texts(table))


def test_keep_makes_a_new_baseline_and_clear_brings_the_first_one_back(table: Explorer) -> None:
    first = table.image
    table.update(activation="relu")
    table.press("run")
    table.press("keep")
    said = texts(table)
    assert "kept: relu" in said
    assert "relu" not in said
    assert any(line.startswith("Nothing changed yet") for line in said)
    table.press("clear")
    assert table.image == first
    assert table.values == {control.name: control.start for control in table.controls}


def test_more_rows_than_there_is_room_for_drop_the_oldest(table: Explorer) -> None:
    for _ in range(8):
        table.press("run")
    table.update(activation="relu")
    table.press("run")
    said = texts(table)
    assert said.count("the same again") == 7
    assert "relu" in said
    assert "the last 8 of 9 rows" in said
    assert any(line.startswith("In the table: relu.") for line in said)


@pytest.mark.parametrize("picture", [explore.experiment_table, explore.sanity_checks])
def test_the_sliders_rate_comes_back_to_the_baselines(picture: Callable[[], Explorer]) -> None:
    explorer = picture()
    (slider,) = (control for control in explorer.controls if control.name == "learning_rate")
    assert isinstance(slider, Slider)
    assert shown_rate(slider.nearest(0.15)) == 0.15
    explorer.close()


def test_a_first_loss_off_the_scale_is_told_and_shown() -> None:
    picture = explore.sanity_checks()
    picture.update(activation="relu", initializer="normal 1")
    assert any("up to" in text for text in texts(picture))
    picture.close()


def test_a_ratio_of_another_shape_is_told_as_it_is() -> None:
    picture = explore.sanity_checks(None, lambda before, after: np.ones(64))
    assert "update_ratio returns the shape (64,); this picture needs one number." in picture.note
    picture.close()


SANITY = {
    "the baseline": ({}, ("near ln 10: fine", "not learned", "a healthy size")),
    "relu and He": (
        {"activation": "relu", "initializer": "he_normal"},
        ("near ln 10: fine", "by heart after", "a healthy size"),
    ),
    "large first weights": ({"initializer": "normal 1"}, ("sure, and wrong", "by heart", "")),
    "a tiny rate": ({"learning_rate": 0.002}, ("near ln 10: fine", "not learned", "too small")),
    "large weights and a large rate": ({"learning_rate": 2.0, "initializer": "normal 1"}, ("wrong", "", "typically")),
    "a huge rate kills every ReLU": (
        {"learning_rate": 3.0, "activation": "relu", "initializer": "normal 1"},
        ("sure, and wrong", "not learned", "0: the first layer is dead"),
    ),
}


@pytest.mark.parametrize(("values", "verdicts"), SANITY.values(), ids=SANITY)
def test_the_sanity_checks_say_what_they_see(values: dict[str, object], verdicts: tuple[str, ...]) -> None:
    picture = explore.sanity_checks()
    picture.update(**values)
    said = texts(picture)[-3:]
    picture.close()
    for text, words in zip(said, verdicts, strict=True):
        assert words in text
