"""What a picture says, in it, on its controls and beside it, is said through the catalogue."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from matplotlib.text import Text

from machine_room import activations, explore, initializers
from machine_room.explore import gallery, predicting, prediction
from machine_room.explore.controls import Choice
from machine_room.explore.explorer import Explorer
from machine_room.explore.student import Attempts
from machine_room.translation import say, speaking
from tests.pseudo_language import english_in, pseudo_course

#: What is called so in every language.
NAMES = {"SGD", "Momentum", "NAG", "AdaGrad", "RMSProp", "Adam", "AdamW", "Nadam", "He", "Glorot", "LeCun", "L1", "L2"}
NAMES |= {"ReLU", "leaky", "ELU", "SELU", "GELU", "Mish", "Swish"}
#: Words of Python's in lists and beside them: how the library's functions and their arguments are called.
NAMES |= set(activations.__all__) | set(initializers.__all__) | {"sgd", "adam", "normal", "l2", "dropout"}
#: What a picture shows of code: the keys of a dict.
CODE = {"plateau_stepper": {"best", "wait", "cooldown", "rate"}}
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
        yield from map(say, control.options if isinstance(control, Choice) else ())
    for button in picture.buttons:
        yield from (button.label, button.meaning)


def english_of(name: str) -> set[str]:
    picture = getattr(explore, name)()
    words = {name, *CODE.get(name, ()), *(control.name for control in picture.controls)}
    try:
        return {word for text in texts(picture) for word in english_in(text, NAMES | words) if len(word) > 1}
    finally:
        picture.close()


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_says_no_word_of_english(name: str) -> None:
    assert english_of(name) == set()


@pytest.mark.parametrize("name", PICTURES)
def test_what_controls_are_called_in_code_is_the_same_in_every_language(name: str) -> None:
    picture = getattr(explore, name)()
    try:
        for one in (*picture.controls, *picture.buttons):
            assert one.name.isidentifier()
            assert one.name.isascii()
        for control in picture.controls:
            if isinstance(control, Choice):
                assert "⟦" not in "".join((*control.options, picture.values[control.name]))
                shown = control.widget(control.start, continuous=False)
                assert [shown.value, *(value for _, value in shown.options)] == [control.start, *control.options]
                shown.close()
    finally:
        picture.close()


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
