"""Controls of pictures: what they accept, what they show, and what they say about wrong values."""

import math
from typing import Any

import ipywidgets
import pytest
from hypothesis import given
from hypothesis import strategies as st

from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Button, Choice, Slider, Toggle
from machine_room.explore.explorer import Explorer, Progress, _word

RATE = Slider("rate", "η", 1e-3, 1.0, 0.05, 0.05, logarithmic=True)
BIAS = Slider("bias", "b", -2.0, 3.0, 0.3, 0.25)
STEPS = Slider("steps", "steps", 0, 60, 25, 5, whole=True)
WIDTH = Slider("width", "width", 1, 10_000, 100, 0.05, logarithmic=True, whole=True)
NAME = Choice("name", "name", ("relu", "elu"))
GRID = Toggle("grid", "grid")
SLIDERS = {"logarithmic": RATE, "linear": BIAS, "whole": STEPS, "logarithmic and whole": WIDTH}


@pytest.mark.parametrize("slider", SLIDERS.values(), ids=SLIDERS)
@given(share=st.floats(0, 1))
def test_a_slider_shows_a_value_within_half_a_step(slider: Slider, share: float) -> None:
    def way(number: float) -> float:
        return math.log10(number) if slider.logarithmic else number

    value = slider.low + share * (slider.high - slider.low)
    shown = slider.nearest(value)
    assert slider.low <= shown <= slider.high
    assert abs(way(shown) - way(value)) <= 0.5001 * slider.step
    assert slider.nearest(shown) == pytest.approx(shown), "what is shown is shown as it is"
    assert slider.is_echo(shown, value)


@pytest.mark.parametrize("slider", SLIDERS.values(), ids=SLIDERS)
def test_a_step_of_a_slider_is_no_echo(slider: Slider) -> None:
    shown = slider.nearest(slider.start)
    next_one = shown * 10**slider.step if slider.logarithmic else shown + slider.step
    assert not slider.is_echo(next_one, slider.start)


@pytest.mark.parametrize("slider", SLIDERS.values(), ids=SLIDERS)
def test_a_slider_stands_at_an_end_where_a_value_is_beyond_it(slider: Slider) -> None:
    assert slider.nearest(slider.high * 10 + 1) == slider.high
    assert slider.nearest(slider.low - 1e-9) == slider.nearest(math.nan) == slider.low


@pytest.mark.parametrize("slider", SLIDERS.values(), ids=SLIDERS)
def test_a_slider_takes_both_its_ends(slider: Slider) -> None:
    for end in (slider.low, slider.high):
        assert slider.accept(end) == end
    # Ten to the power of a logarithm is a digit off.
    assert slider.accept(10 ** math.log10(slider.high)) == pytest.approx(slider.high)


@pytest.mark.parametrize(
    ("control", "value", "sentence"),
    [
        (RATE, 0, "rate must be a number from 0.001 to 1, but it is 0"),
        (RATE, -1e-9, "rate must be a number from 0.001 to 1, but it is -1e-09"),
        (RATE, math.nan, "rate must be a number from 0.001 to 1, but it is nan"),
        (RATE, "fast", "rate must be a number from 0.001 to 1, but it is 'fast'"),
        (RATE, None, "rate must be a number from 0.001 to 1, but it is None"),
        (BIAS, 3.1, "bias must be a number from -2 to 3, but it is 3.1"),
        (STEPS, math.inf, "steps must be a number from 0 to 60, but it is inf"),
        (NAME, "gelu", "name must be one of relu, elu, but it is 'gelu'"),
        (NAME, 0, "name must be one of relu, elu, but it is 0"),
        (GRID, "yes", "grid must be True or False, but it is 'yes'"),
    ],
)
def test_a_wrong_value_is_refused_in_a_sentence(control: Any, value: Any, sentence: str) -> None:
    with pytest.raises(ValueError) as error:
        control.accept(value)
    assert str(error.value) == sentence


def test_a_whole_slider_holds_integers() -> None:
    accepted = STEPS.accept(15.0), WIDTH.accept(15.8)
    assert accepted == (15, 16)
    assert [type(number) for number in accepted] == [int, int]


def test_a_choice_starts_with_its_first_option_unless_told_otherwise() -> None:
    assert NAME.start == "relu"
    assert Choice("name", "name", ("relu", "elu"), start="elu").start == "elu"


@pytest.mark.parametrize(
    ("control", "kind"),
    [
        (RATE, ipywidgets.FloatLogSlider),
        (BIAS, ipywidgets.FloatSlider),
        (STEPS, ipywidgets.IntSlider),
        (WIDTH, ipywidgets.FloatLogSlider),
        (NAME, ipywidgets.Dropdown),
        (GRID, ipywidgets.Checkbox),
    ],
)
def test_a_control_is_a_widget_of_ipywidgets(control: Any, kind: Any) -> None:
    widget = control.widget(control.start, continuous=True)
    assert isinstance(widget, kind)
    assert (widget._model_name, widget._view_name) == (kind._model_name.default_value, kind._view_name.default_value)
    assert widget.value == control.nearest(control.start)
    assert (widget.description, widget.tooltip) == (control.label, control.label)
    widget.close()


def explorer(progress: Progress | None = None) -> tuple[Explorer, list[dict[str, Any]]]:
    """A picture with one control of each kind, and the list of values that it was drawn at."""
    canvas, drawn = Canvas("Is it blank?", (200, 100)), []
    label = canvas.label(10, 60)

    def draw(values: Any) -> list[str]:
        drawn.append(dict(values))
        label.set_text(f"{values['bias']:.2f}")
        return []

    both = Button("both", "both", lambda values: {"bias": 2.26, "name": "elu"})
    return Explorer(canvas, [BIAS, NAME, GRID], draw, buttons=[both], progress=progress), drawn


def test_a_picture_is_drawn_once_for_each_move_of_a_widget() -> None:
    picture, drawn = explorer()
    picture._repr_mimebundle_()
    panel = picture._panel
    assert panel is not None
    drawn.clear()
    panel._controls["bias"].value = 1.0
    panel._controls["name"].value = "elu"
    panel._controls["grid"].value = True
    assert drawn[-1] == {"bias": 1.0, "name": "elu", "grid": True}
    assert len(drawn) == 3


def test_a_button_changes_several_values_and_draws_once() -> None:
    picture, drawn = explorer()
    picture._repr_mimebundle_()
    panel = picture._panel
    assert panel is not None
    drawn.clear()
    picture.press("both")
    assert [(values["bias"], values["name"]) for values in drawn] == [(2.26, "elu")]
    controls = panel._controls
    assert (controls["bias"].value, controls["name"].value) == (2.25, "elu")
    assert picture.values["bias"] == 2.26, "a value between two steps is kept"


def test_a_picture_that_trains_follows_a_slider_when_it_is_let_go_and_shows_how_far_it_is() -> None:
    progress = Progress()
    picture, _ = explorer(progress)
    picture._repr_mimebundle_()
    panel = picture._panel
    assert panel is not None
    assert panel._controls["bias"].continuous_update is False
    (bar,) = (widget for widget in panel._box.children if isinstance(widget, ipywidgets.FloatProgress))
    shown = []
    for fraction in (0.25, 1.0):
        progress(fraction)
        shown.append((bar.value, bar.layout.visibility))
    assert shown == [(0.25, "visible"), (1.0, "hidden")]


def test_values_is_a_copy() -> None:
    picture, _ = explorer()
    picture.values["bias"] = 99
    assert picture.values["bias"] == 0.3


def test_a_slider_of_integers_is_told_as_a_number_and_a_toggle_as_on_or_off() -> None:
    assert [_word(value) for value in (1, 0, True, False, 0.5, "relu")] == ["1", "0", "on", "off", "0.5", "relu"]
