"""What a picture says, in it, on its controls and beside it, is said through the catalogue."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from matplotlib.text import Text

from machine_room import explore
from machine_room.explore import gallery, predicting, prediction
from machine_room.explore.controls import Choice
from machine_room.explore.explorer import Explorer
from machine_room.explore.student import Attempts
from machine_room.translation import speaking
from tests.pseudo_language import english_in, names_in, pseudo_course

#: Pictures that still say something in English: take one out when it does not any more. docs/adapting.md says so, too.
NOT_YET = {
    "bias_correction_at_start", "cost_of_finite_differences", "decay_against_l2", "digits_race", "experiment_table",
    "finite_difference_error", "optimizer_race", "plateau_stepper", "regularizers_on_digits", "rising_schedules",
    "sanity_checks", "schedule_designer", "schedules_on_digits", "sick_runs", "worked_network",
}  # fmt: skip
#: What is called so in every language.
NAMES = {"SGD", "Momentum", "NAG", "AdaGrad", "RMSProp", "Adam", "AdamW", "Nadam", "He", "Glorot", "LeCun", "L1", "L2"}
NAMES |= {"ReLU", "leaky", "ELU", "SELU", "GELU", "Mish", "Swish"}
PICTURES = sorted(gallery.pictures())


@pytest.fixture(autouse=True)
def course(tmp_path: Path) -> Iterator[None]:
    with pseudo_course(tmp_path):
        yield


def texts(picture: Explorer) -> Iterator[str]:
    """All that somebody can read or hear of a picture; the numbers along its axes are formulas."""
    assert picture.image
    yield from (
        text for found in picture.canvas.figure.findobj(Text) if "mathdefault" not in (text := found.get_text())
    )
    yield from (picture.question, picture.alternative, picture.sentence)
    for control in picture.controls:
        yield from (control.label, control.meaning)
    for button in picture.buttons:
        yield from (button.label, button.meaning)


def english_of(name: str) -> set[str]:
    picture = getattr(explore, name)()
    words = {name, *(control.name for control in picture.controls)}
    for control in picture.controls:
        if isinstance(control, Choice):  # a choice's words are its values
            words |= names_in(" ".join(control.options))
    try:
        return {word for text in texts(picture) for word in english_in(text, NAMES | words) if len(word) > 1}
    finally:
        picture.close()


@pytest.mark.parametrize("name", [name for name in PICTURES if name not in NOT_YET])
def test_a_translated_picture_says_no_word_of_english(name: str) -> None:
    assert english_of(name) == set()


@pytest.mark.parametrize("name", sorted(NOT_YET))
def test_a_picture_that_is_not_translated_yet_is_one(name: str) -> None:
    assert name in PICTURES
    assert english_of(name)


def not_written(x: float) -> float:
    raise NotImplementedError


def test_what_is_said_of_a_students_function_is_said_through_the_catalogue() -> None:
    attempts = Attempts()
    attempts.call("swish", not_written, 1.0)
    attempts.call("relu", not_written, 1.0)
    attempts.call("mish", lambda: None)
    attempts.call("gelu", lambda: "text", shape=(2,))
    attempts.call("elu", lambda: [1.0], shape=(2,))
    attempts.call("selu", lambda: [float("nan")], shape=(1,))
    attempts.call("tanh", lambda: 1 / 0)
    attempts.call("pair", lambda: 1, parts={"left": (1,), "right": (1,)})
    attempts.call("entry", dict, keys=("key",))
    quoted = {"swish", "relu", "mish", "gelu", "elu", "selu", "tanh", "pair", "entry", "left", "right", "key"}
    pythons = {"None", "str", "ZeroDivisionError", "division", "by", "zero", "nan", "NaN"}
    assert len(attempts.notes) == 8
    assert {word for note in attempts.notes for word in english_in(note, quoted | pythons)} == set()


# --- questions before pictures

TAG = re.compile(r"<[^>]*>")
ALT = re.compile(r'alt="([^"]*)"')


def read_of(asked: prediction.Prediction, answer: Any) -> Iterator[str]:
    """All that somebody reads or hears of a question: as text, on the page, and in the form."""
    page = predicting._page(asked, answer)
    yield from (predicting.text_of(asked, answer), html.unescape(TAG.sub(" ", page)), *ALT.findall(page))
    yield from predicting._texts().values()
    form = asked.kind.asked()
    yield from (form.get("unit", ""), form.get("about", ""))
    yield from (axis["name"] for axis in form.get("axes", ()))
    yield from (option["shown"] for option in form.get("options", ()))
    with pytest.raises(ValueError, match="⟦") as refused:
        asked.kind.accept({})
    yield str(refused.value)


@pytest.mark.parametrize("name", sorted(prediction.predictions()))
def test_a_question_before_a_picture_says_no_word_of_english(name: str) -> None:
    asked = prediction.find(name)
    said = [text for answer in (None, asked.true()) for text in read_of(asked, answer)]
    assert any("⟦" in text for text in said)
    assert {word for text in said for word in english_in(text)} == set()


@pytest.mark.parametrize("name", sorted(prediction.predictions()))
def test_what_is_kept_of_an_answer_is_the_same_in_every_language(name: str) -> None:
    asked = prediction.find(name)
    there = asked.true()
    with speaking("en"):
        assert asked.true() == there
        assert asked.kind.accept(there) == there
        english = asked.kind.asked()
    here = asked.kind.asked()
    assert [one["value"] for one in here.get("options", ())] == [one["shown"] for one in english.get("options", ())]
    assert all(asked.kind.accept(one["value"]) == one["value"] for one in here.get("options", ()))
