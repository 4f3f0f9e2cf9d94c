"""What pictures are to who hears them, sees no hues, has a narrow window, or a dark page."""

from __future__ import annotations

import itertools
import re
import struct
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import ipywidgets
import numpy as np
import pytest
from IPython.core.events import EventManager, available_events
from ipywidgets.widgets import widget as widget_registry
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.text import Text

from machine_room import explore
from machine_room.explore import cells, gallery, palette, panel
from machine_room.explore.canvas import SCREEN_DPI, SMALLEST_POINTS
from machine_room.explore.controls import Choice, Slider, Toggle
from machine_room.explore.explorer import Explorer
from machine_room.explore.png import on_dark

NAMES = sorted(gallery.pictures())
#: Of luminance, as WCAG has it: two lines that differ by less need another difference.
APART = 1.5
#: What WCAG asks for: lines and marks, and letters.
MARKS, LETTERS = 3.0, 4.5


@pytest.fixture(scope="module", params=NAMES)
def picture(request: pytest.FixtureRequest) -> Iterator[Explorer]:
    explorer = getattr(explore, request.param)()
    yield explorer
    explorer.close()


@pytest.fixture(autouse=True)
def light_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of other tests say nothing of the next one's theme."""
    monkeypatch.setattr(panel, "_page", type(panel._page)())


def luminance(colour: Any) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def contrast(one: Any, other: Any) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def alike_in_greyscale(one: Line2D, other: Line2D) -> bool:
    """Two lines of different hues that a printer without them draws alike."""
    if to_rgb(one.get_color()) == to_rgb(other.get_color()):
        return False
    widths = sorted((one.get_linewidth(), other.get_linewidth()))
    return (
        contrast(one.get_color(), other.get_color()) < APART
        and one.get_linestyle() == other.get_linestyle()
        and one.get_marker() == other.get_marker()
        and widths[1] < 2 * widths[0]
    )


def drawn(lines: Any) -> list[Line2D]:
    return [line for line in lines
            if line.get_visible() and np.size(line.get_xdata()) > 2 and line.get_linestyle() != "None"]  # fmt: skip


def each_choice(picture: Explorer) -> Iterator[dict[str, Any]]:
    """Every combination of choices and boxes; where that would train for long, the first alone."""
    several = [control for control in picture.controls if isinstance(control, (Choice, Toggle))]
    options = [control.options if isinstance(control, Choice) else (False, True) for control in several]
    names = [control.name for control in several]
    if picture.progress is not None:
        yield {name: picture.values[name] for name in names}
        return
    for values in itertools.product(*options):
        yield dict(zip(names, values, strict=True))


def test_lines_are_told_apart_without_their_hues(picture: Explorer) -> None:
    before = picture.values
    for values in each_choice(picture):
        picture.update(**values)
        for axes in picture.canvas.figure.axes:
            for one, other in itertools.combinations(drawn(axes.lines), 2):
                assert not alike_in_greyscale(one, other), (values, axes.get_title(loc="left"), one, other)
    picture.update(**before)


def test_the_greyscale_test_tells_lines_apart_and_does_not() -> None:
    def line(**look: Any) -> Line2D:
        return Line2D([0, 1, 2], [0, 1, 2], **look)

    plain = line(color=palette.BLUE)
    assert alike_in_greyscale(plain, line(color=palette.VERMILLION))
    for look in ({"ls": "--"}, {"marker": "o"}, {"lw": 6}):
        assert not alike_in_greyscale(plain, line(color=palette.VERMILLION, **look))
    assert not alike_in_greyscale(plain, line(color=palette.ORANGE))


def test_no_letters_are_smaller_than_a_narrow_place_allows_for(picture: Explorer) -> None:
    _ = picture.image
    texts = [text for text in picture.canvas.figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    assert texts
    for text in texts:
        assert float(text.get_fontsize()) >= SMALLEST_POINTS, text
    width, _ = picture.canvas.size
    shown = panel.narrowest(width) / width * SMALLEST_POINTS * SCREEN_DPI / 72
    assert shown >= panel.SMALLEST_LETTERS - 0.01


def widgets(picture: Explorer) -> list[Any]:
    def within(widget: Any) -> Iterator[Any]:
        yield widget
        for child in getattr(widget, "children", ()):
            yield from within(child)

    picture._repr_mimebundle_()
    assert picture._panel is not None
    return list(within(picture._panel._box))


def companion_of(picture: Explorer) -> Any:
    return widgets(picture)[-1]


def test_every_control_has_a_name_that_begins_with_its_label(picture: Explorer) -> None:
    kinds = (ipywidgets.FloatSlider, ipywidgets.IntSlider, ipywidgets.FloatLogSlider, ipywidgets.Dropdown,
             ipywidgets.Checkbox)  # fmt: skip
    shown = [widget for widget in widgets(picture) if isinstance(widget, kinds)]
    names = companion_of(picture).names
    assert len(names) == len(shown) == len(picture.controls)
    assert len(set(names)) == len(names)
    for name, widget in zip(names, shown, strict=True):
        assert name.startswith(widget.description)
        assert widget.tooltip in name


def test_the_sentence_follows_the_sliders_and_is_told_when_they_rest(picture: Explorer) -> None:
    told, before = companion_of(picture), picture.values
    said = {picture.sentence}
    sliders = [control for control in picture.controls if isinstance(control, Slider)]
    for slider in sliders[: None if picture.progress is None else 1]:  # else each move trains something
        earlier = told.sentence
        picture.move(**{slider.name: slider.low if before[slider.name] != slider.low else slider.high})
        if picture.progress is None:
            assert told.sentence == earlier, "it is told while the slider moves"
        picture.sharpen()
        assert told.sentence == picture.sentence
        said.add(picture.sentence)
    picture.update(**before)
    assert len(said) > 1, "whatever is set, the sentence is the same"
    assert all(re.search(r"\w{2}", sentence) and "\n" not in sentence for sentence in said)


def test_the_saved_picture_says_in_words_what_it_shows(picture: Explorer) -> None:
    _, metadata = picture._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == f"{picture.alternative} {picture.sentence}"


def test_without_anywidget_the_text_stands_there_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    from machine_room.explore import companion

    monkeypatch.setattr(companion, "_kind", companion._kind.__wrapped__)
    monkeypatch.setitem(sys.modules, "anywidget", None)
    picture = explore.loss_drop()
    spoken = companion_of(picture)
    assert isinstance(spoken, ipywidgets.HTML)
    assert picture.alternative in spoken.value
    picture.update(**picture.values)
    picture.close()


def test_columns_leave_room_for_the_track_whatever_their_labels(picture: Explorer) -> None:
    (grid,) = (widget for widget in widgets(picture) if isinstance(widget, ipywidgets.GridBox))
    found = re.fullmatch(
        r"repeat\(auto-fit, minmax\(min\(100%, calc\(([\d.]+)em \+ 200px\)\), 1fr\)\)",
        grid.layout.grid_template_columns,
    )
    assert found
    longest = max(float(widget.style.description_width.removesuffix("em"))
                  for column in grid.children for widget in column.children)  # fmt: skip
    assert float(found[1]) >= longest


# --- a dark page


def chunks(png: bytes) -> dict[bytes, bytes]:
    found, at = {}, 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        found[kind] = png[at + 4 : at + 12 + length]
        at += 12 + length
    return found


def test_a_dark_picture_is_the_same_pixels_in_other_colours(picture: Explorer) -> None:
    light, dark = chunks(picture.image), chunks(on_dark(picture.image))
    assert light.keys() == dark.keys()
    assert [kind for kind in light if light[kind] != dark[kind]] == [b"PLTE"]
    table = np.frombuffer(dark[b"PLTE"][4:-4], np.uint8).reshape(256, 3)
    np.testing.assert_array_equal(table, palette.colour_table(dark=True))


def test_hues_and_letters_stand_out_from_dark_paper() -> None:
    paper = palette.on_dark(palette.PAPER)
    for hue in (palette.BLUE, palette.SKY, palette.GREEN, palette.ORANGE, palette.VERMILLION, palette.PURPLE):
        assert contrast(palette.on_dark(hue), paper) > MARKS
        assert contrast(palette.on_dark(palette.as_text(hue)), paper) > LETTERS
    for ink in (palette.INK, palette.as_text(palette.GREY)):
        assert contrast(palette.on_dark(ink), paper) > LETTERS
    surface = [luminance(colour) for colour in palette.surface_colours(dark=True)]
    assert surface == sorted(surface)


def test_a_picture_turns_dark_with_its_page_and_so_does_the_next() -> None:
    def png_of(picture: Explorer) -> Any:
        (image,) = (widget for widget in widgets(picture) if isinstance(widget, ipywidgets.Image))
        return image.value

    first, second = explore.loss_drop(), explore.loss_drop()
    light = png_of(first)
    companion_of(first).dark = True
    dark = png_of(first)
    assert dark == panel._data_url(on_dark(first.image)) != light
    assert png_of(second) == dark
    first.update(learning_rate=0.004)
    assert png_of(first) == panel._data_url(on_dark(first.image))
    companion_of(first).dark = False
    assert png_of(first) == panel._data_url(first.image)
    for picture in (first, second):
        picture.close()


# --- a cell that runs again


@pytest.fixture
def run_cell(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What a kernel does with a cell of some id: IPython's own events, and the message that asked for the run."""
    shell: Any = SimpleNamespace(parent={})
    shell.events = EventManager(shell, available_events)
    shell.get_parent = lambda: shell.parent
    monkeypatch.setattr(cells, "_shell", lambda: shell)
    monkeypatch.setattr(cells, "_shown", {})

    def run(cell: str | None, work: Any = lambda: None) -> Any:
        shell.parent = {"metadata": {"cellId": cell} if cell else {}}
        shell.events.trigger("pre_run_cell", SimpleNamespace(cell_id=cell))
        return work()

    return run


def shown() -> Explorer:
    picture: Explorer = explore.loss_drop()
    picture._repr_mimebundle_()
    return picture


def test_a_cell_that_runs_again_leaves_no_widgets_of_its_last_run(run_cell: Any) -> None:
    def count() -> int:
        return len(widget_registry._instances)

    before = count()
    run_cell("a", shown)
    once = count()
    for _ in range(3):
        run_cell("a", shown)
        assert count() == once > before
    run_cell("a")
    assert count() == before


def test_other_cells_and_programs_keep_their_widgets(run_cell: Any) -> None:
    mine, other, nowhere = run_cell("a", shown), run_cell("b", shown), run_cell(None, shown)
    run_cell("a")
    run_cell(None)
    assert mine._panel is None
    assert other._panel is not None
    assert nowhere._panel is not None
    other.close()
    nowhere.close()
    assert cells._shown == {}


def test_what_another_cell_shows_too_lives_until_both_ran_again(run_cell: Any) -> None:
    picture = run_cell("a", shown)
    run_cell("b", picture._repr_mimebundle_)
    run_cell("a")
    assert picture._panel is not None
    run_cell("b")
    assert picture._panel is None
    run_cell("b", picture._repr_mimebundle_)
    assert picture._panel is not None, "it can be shown again"
    picture.close()
