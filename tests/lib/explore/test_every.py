"""What every picture holds to, over the table of all of them."""

import asyncio
import base64
import gc
import inspect
import itertools
import struct
import subprocess
import sys
import weakref
import zlib
from collections.abc import Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import ipywidgets
import matplotlib as mpl
import pytest
from ipywidgets.widgets import widget as widget_registry
from matplotlib.figure import Figure

from machine_room import explore
from machine_room.explore import gallery
from machine_room.explore.canvas import MOVING, RESTING
from machine_room.explore.controls import Choice, Slider, Toggle
from machine_room.explore.explorer import Explorer
from machine_room.explore.panel import Panel, narrowest

NAMES = sorted(gallery.pictures())


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def picture(name: str) -> Iterator[Explorer]:
    explorer = getattr(explore, name)()
    yield explorer
    explorer.close()


@pytest.fixture
def start(picture: Explorer) -> Iterator[Explorer]:
    """The picture at its first values, brought back there afterwards by whoever has left them."""
    first = {control.name: control.start for control in picture.controls}
    if picture.values != first:
        picture.update(**first)
    values, image = picture.values, picture.image
    yield picture
    if (picture.values, picture.image) != (values, image):
        picture.update(**first)


def ends(control: Slider | Choice | Toggle) -> tuple[Any, ...]:
    """The values that a control can be pushed to: a slider's ends, every option of a choice."""
    if isinstance(control, Slider):
        return control.low, control.high
    return control.options if isinstance(control, Choice) else (False, True)


def stood_at(control: Slider | Choice | Toggle, value: Any) -> Any:
    """What a control that was pushed to value says: a logarithmic slider may be a digit off."""
    return pytest.approx(value) if isinstance(control, Slider) else value


def settings(picture: Explorer, but: str) -> Iterator[Mapping[str, Any]]:
    """Every combination of the choices and toggles other than `but`: a slider may matter in one of them only."""
    others = [control for control in picture.controls if control.name != but and not isinstance(control, Slider)]
    for values in itertools.product(*(ends(control) for control in others)):
        yield {control.name: value for control, value in zip(others, values, strict=True)}


def decoded(png: bytes) -> tuple[int, int, bytes]:
    """Return width, height and the inflated rows; every chunk's checksum is verified."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, body, size = 8, b"", (0, 0)
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        content = png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length]) == (zlib.crc32(kind + content),)
        if kind == b"IHDR":
            size = struct.unpack(">II", content[:8])
        body += content if kind == b"IDAT" else b""
        at += 12 + length
    assert kind == b"IEND"
    return (*size, zlib.decompress(body))


def in_a_loop(work: Coroutine[Any, Any, None]) -> None:
    """Run work to its end in an event loop, as a kernel does; in a thread, for this one may have a loop of its own."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


def shown(image: ipywidgets.Image) -> bytes:
    """Return the PNG in an image widget."""
    head, body = bytes(image.value).split(b",")
    assert (image.format, head) == ("url", b"data:image/png;base64")
    return base64.b64decode(body)


def test_a_picture_is_a_png_of_its_size(picture: Explorer) -> None:
    width, height, rows = decoded(picture.image)
    assert (width, height) == tuple(round(RESTING * side) for side in picture.canvas.size)
    assert len(rows) == height * (width + 1), "one byte a pixel, and one before each row"
    assert len(set(rows)) > 4, "the picture is blank"


def test_a_picture_is_no_wider_than_a_notebook(picture: Explorer) -> None:
    assert narrowest(picture.canvas.size[0]) <= 848, "in JupyterLab's place for it at 1280 pixels it would scroll"


def test_a_picture_says_what_it_asks_and_what_it_shows(picture: Explorer) -> None:
    assert picture.question.endswith("?"), picture.question
    assert picture.alternative != picture.question, "the sentence for those who do not see the picture is missing"
    assert picture.alternative.endswith(".")


def test_nothing_is_noted_where_no_function_is_handed_in(picture: Explorer) -> None:
    assert picture.note == ""


def test_every_control_changes_the_picture(start: Explorer) -> None:
    for control in start.controls:
        before = start.image
        changed = False
        for setting in settings(start, control.name):
            start.update(**setting)
            images = set()
            for value in ends(control):
                start.update(**{control.name: value})
                assert start.values[control.name] == stood_at(control, value)
                images.add(start.image)
            changed = len(images) > 1
            if changed:
                break
        assert changed, f"{control.name} changes nothing"
        start.update(**{control.name: control.start for control in start.controls})
        assert start.image == before, f"{control.name} set back does not bring the first picture back"


def test_a_slider_is_greyed_exactly_where_it_does_nothing_for_the_chosen_option(start: Explorer) -> None:
    choices = [control for control in start.controls if isinstance(control, Choice)]
    sliders = [control for control in start.controls if isinstance(control, Slider)]
    if start.progress is not None:  # each move trains: only what says that it is greyed somewhere is tried
        sliders = [slider for slider in sliders if slider.only_with]
    for choice, slider in itertools.product(choices, sliders):
        for option in choice.options if slider.only_with is None or slider.only_with[0] == choice.name else ():
            start.update(**{control.name: control.start for control in start.controls})
            start.update(**{choice.name: option})
            images = set()
            for value in (*ends(slider), slider.start):
                start.update(**{slider.name: value})
                images.add(start.image)
            widgets_of(start)
            assert panel_of(start)._controls[slider.name].disabled is (len(images) == 1), f"{option}: {slider.name}"


def test_all_controls_at_their_ends_together_do_no_harm(start: Explorer) -> None:
    for side in (0, -1):
        start.update(**{control.name: ends(control)[side] for control in start.controls})
        assert decoded(start.image)


def test_every_button_works_from_every_end(start: Explorer) -> None:
    for button, side in itertools.product(start.buttons, (0, -1)):
        start.update(**{control.name: ends(control)[side] for control in start.controls})
        start.press(button.name)
        assert decoded(start.image)


def test_an_unknown_name_is_named_and_the_known_ones_are_listed(picture: Explorer) -> None:
    with pytest.raises(TypeError, match=r"^no control is called 'no_such_control': there are "):
        picture.update(no_such_control=1)
    with pytest.raises(ValueError, match=r"^no button is called 'no_such_button': there are "):
        picture.press("no_such_button")


def test_a_value_out_of_range_is_refused_and_changes_nothing(start: Explorer) -> None:
    before = start.values, start.image
    for control in start.controls:
        wrong = [control.low - 1, control.high * 2 + 1, float("nan"), "x"] if isinstance(control, Slider) else ["x", 7]
        sentence = {Slider: "must be a number from", Choice: "must be one of", Toggle: "must be True or False"}
        for value in wrong:
            with pytest.raises(ValueError, match=f"^{control.name} {sentence[type(control)]}.*but it is "):
                start.update(**{control.name: value})
    assert (start.values, start.image) == before


def test_static_is_a_figure_that_can_be_saved(picture: Explorer, tmp_path: Any) -> None:
    before = picture.image
    figure = picture.static()
    assert isinstance(figure, Figure)
    assert not any(artist.get_animated() for artist in figure.findobj()), "what moves would not be saved"
    figure.savefig(tmp_path / "still.svg")
    picture.update(**picture.values)
    assert picture.image == before, "saving the figure leaves traces in the picture"


def test_without_widgets_the_same_picture_stands_alone(
    name: str, start: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    explorer = getattr(explore, name)()
    bundle, metadata = explorer._repr_mimebundle_()
    about = {"width": start.canvas.size[0], "alt": f"{start.alternative} {start.sentence}"}
    assert metadata == {"image/png": about}
    assert set(bundle) == {"text/plain", "image/png"}
    assert base64.b64decode(bundle["image/png"]) == explorer.image == explorer._repr_png_() == start.image
    explorer.close()


def test_the_keyboard_and_a_screen_reader_reach_every_control(picture: Explorer) -> None:
    kinds = ipywidgets.FloatSlider, ipywidgets.IntSlider, ipywidgets.FloatLogSlider, ipywidgets.Dropdown
    controls = [widget for widget in widgets_of(picture) if isinstance(widget, (*kinds, ipywidgets.Checkbox))]
    assert len(controls) == len(picture.controls)
    for control, widget in zip(sorted(picture.controls, key=lambda c: c.column), controls, strict=True):
        assert widget.description == control.label
        assert control.meaning, f"{control.name} has no phrase that says what it is"
        assert widget.tooltip == control.meaning
    for button in (widget for widget in widgets_of(picture) if isinstance(widget, ipywidgets.Button)):
        assert button.description
        assert button.tooltip != button.description


def test_labels_fit_before_their_sliders(picture: Explorer) -> None:
    for control in picture.controls:
        assert len(control.label) <= 16, f"{control.label!r} leaves no room for its slider"


def test_moving_a_widget_moves_the_picture_and_back(start: Explorer) -> None:
    (image,) = (widget for widget in widgets_of(start) if isinstance(widget, ipywidgets.Image))
    control: Any = start.controls[0]
    widget = panel_of(start)._controls[control.name]
    for value in {end for end in ends(control) if end != control.start}:
        widget.value = value
        assert start.values[control.name] == stood_at(control, value)
        assert shown(image) == start.image
    start.update(**{control.name: control.start})
    assert control.is_echo(widget.value, control.start)
    assert shown(image) == start.image


def test_a_picture_is_light_while_its_slider_moves_and_sharp_when_it_rests(start: Explorer) -> None:
    async def drag() -> None:
        for value in (end for end in ends(control) if end != control.start):
            widget.value = value
            assert shown(image) == start.image
            assert decoded(start.image)[0] == round((MOVING if start.progress is None else RESTING) * width)
        # Ten times as long as a slider that rests has to wait.
        for _ in range(200):
            await asyncio.sleep(0.01)
            if decoded(start.image)[0] == round(RESTING * width):
                break
        assert shown(image) == start.image

    (image,) = (widget for widget in widgets_of(start) if isinstance(widget, ipywidgets.Image))
    control: Any = start.controls[0]
    widget = panel_of(start)._controls[control.name]
    width, _ = start.canvas.size
    in_a_loop(drag())
    sharp, values = start.image, start.values
    assert decoded(sharp)[0] == round(RESTING * width)
    start.update(**{control.name: control.start})
    start.update(**values)
    assert start.image == sharp, "the sharpened picture is another than that of the same values"


def test_a_picture_that_is_closed_while_its_slider_moves_is_not_drawn_again(name: str) -> None:
    async def close_early() -> None:
        explorer = getattr(explore, name)()
        widgets_of(explorer)
        control = explorer.controls[0]
        explorer._panel._controls[control.name].value = next(end for end in ends(control) if end != control.start)
        explorer.close()
        before = explorer.image
        await asyncio.sleep(0.3)
        assert explorer.image == before

    in_a_loop(close_early())


def test_a_browser_that_rounds_a_value_to_the_sliders_steps_moves_nothing(start: Explorer) -> None:
    before = start.values, start.image
    widgets_of(start)
    control: Any
    for control in start.controls:
        panel_of(start)._controls[control.name].value = control.nearest(control.start)
    assert (start.values, start.image) == before


def test_a_hundred_moves_leave_nothing_behind(name: str) -> None:
    explorer = getattr(explore, name)()
    explorer._repr_mimebundle_()
    sliders = [control for control in explorer.controls if isinstance(control, Slider)]
    others = [control for control in explorer.controls if not isinstance(control, Slider)]
    moves = [{control.name: end} for control in sliders for end in ends(control)]
    choices = [{control.name: end} for control in others for end in ends(control)]
    if explorer.progress:  # each move trains something
        moves, choices, rounds = [*moves, *choices][:2], [], 2
    else:
        rounds = 120 // len(moves)

    def move(times: int) -> int:
        for values in (*choices, *(moves * times), *choices):
            explorer.move(**values)
        explorer.sharpen()
        gc.collect()
        return len(gc.get_objects())

    before = move(1)
    assert move(rounds) - before < 100, "objects pile up with every move"
    explorer.close()


def test_closing_lets_go_of_the_figure_and_the_widgets(name: str) -> None:
    alive = set(widget_registry._instances)
    explorer = getattr(explore, name)()
    explorer._repr_mimebundle_()
    assert len(widget_registry._instances) > len(alive)
    figure = weakref.ref(explorer.static())
    explorer.close()
    del explorer
    gc.collect()
    assert set(widget_registry._instances) <= alive
    assert figure() is None


def test_a_picture_and_the_notebooks_own_style_leave_each_other_alone(name: str, start: Explorer) -> None:
    with mpl.rc_context({"axes.facecolor": "black", "text.color": "white", "font.size": 17, "lines.linewidth": 9}):
        before = dict(mpl.rcParams)
        explorer = getattr(explore, name)()
        assert explorer.image == start.image, "the notebook's style shows in the picture"
        assert dict(mpl.rcParams) == before
        explorer.close()


def test_every_picture_has_a_docstring_that_names_its_controls_and_its_source(name: str, picture: Explorer) -> None:
    text = inspect.getdoc(getattr(explore, name)) or ""
    assert "Source: " in text
    for control in picture.controls:
        assert control.name in text, f"{name} does not say that it has {control.name}"
    for parameter in inspect.signature(getattr(explore, name)).parameters:
        assert f"{parameter}: " in text, f"{name} does not say what {parameter} is"


def test_nothing_is_imported_before_a_picture_is_made_and_pyplot_never() -> None:
    program = f"""
import sys
import machine_room
from machine_room import explore
early = {{"matplotlib", "ipywidgets", "IPython"}} & set(sys.modules)
assert not early, early
for name in {NAMES}:
    explorer = getattr(explore, name)()
    explorer.image
    explorer._repr_mimebundle_()
    explorer.static()
    explorer.close()
assert "matplotlib.pyplot" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_name_that_is_no_picture_is_told_with_those_that_are() -> None:
    with pytest.raises(AttributeError, match=r"has no picture 'ball': there are .*ball_on_surface"):
        _ = explore.ball
    assert set(explore.__all__) == {*NAMES, "Explorer", "predict"} == set(dir(explore))


def panel_of(picture: Explorer) -> Panel:
    assert picture._panel is not None, "it has not been shown"
    return picture._panel


def widgets_of(picture: Explorer) -> list[Any]:
    """Every widget of the picture, in the order in which they stand on the page."""

    def within(widget: Any) -> Iterator[Any]:
        yield widget
        for child in getattr(widget, "children", ()):
            yield from within(child)

    picture._repr_mimebundle_()
    return list(within(panel_of(picture)._box))
