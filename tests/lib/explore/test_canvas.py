"""The base of the pictures: colours, letters, the canvas and its PNG."""

import io
import itertools
import tracemalloc
from threading import Thread

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from machine_room import explore
from machine_room.explore import palette
from machine_room.explore.canvas import MOVING, RESTING, Canvas, house_style, whole_lines
from machine_room.explore.png import Encoder

HUES = (palette.BLUE, palette.SKY, palette.GREEN, palette.ORANGE, palette.VERMILLION, palette.PURPLE)
#: How people without one kind of cone see linear RGB: Machado, Oliveira and Fernandes 2009, severity 1.
CONES_MISSING = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(colour: str) -> NDArray[np.float64]:
    share = palette.rgb(colour) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def lab(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIE L*a*b* of linear sRGB, white D65."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(np.maximum(to_xyz @ light / [0.9505, 1.0, 1.089], 0.008856))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def luminance(colour: str) -> float:
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def decoded(png: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


@pytest.mark.parametrize("missing", CONES_MISSING)
def test_two_hues_look_different_to_people_without_one_kind_of_cone(missing: str) -> None:
    seen = {hue: lab(np.clip(CONES_MISSING[missing] @ linear(hue), 0, 1)) for hue in HUES}
    for one, other in itertools.combinations(HUES, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > 10, f"{one} and {other} look alike"


@pytest.mark.parametrize("colour", [*HUES, palette.GREY, palette.INK])
def test_letters_can_be_read_on_the_paper(colour: str) -> None:
    """The contrast that WCAG 2.1 asks for small letters, 4.5; for SKY, which is for lines, at least 3."""
    contrast = (luminance(palette.PAPER) + 0.05) / (luminance(palette.as_text(colour)) + 0.05)
    assert contrast > (3 if colour in (palette.SKY, palette.ORANGE) else 4.5)


def test_the_surface_scale_only_gets_darker() -> None:
    assert (np.diff([luminance(colour) for colour in palette.surface_colours()]) < 0).all()


def test_a_pictures_256_colours_hold_every_colour_of_the_palette_exactly() -> None:
    table = {tuple(colour) for colour in palette.colour_table().tolist()}
    assert palette.colour_table().shape == (256, 3)
    for colour in (*HUES, palette.PAPER, palette.PANEL, palette.FRAME, palette.INK, palette.FAINT, palette.GREY):
        assert tuple(palette.rgb(colour).astype(int).tolist()) in table
        assert tuple(palette.rgb(palette.as_text(colour)).astype(int).tolist()) in table


def test_a_colour_of_the_table_is_its_own_nearest() -> None:
    table = palette.colour_table()
    rgba = np.concatenate([table, np.full((256, 1), 255, np.uint8)], axis=1).reshape(16, 16, 4)
    found = decoded(Encoder(16, 16).encode(rgba)).reshape(-1, 3).astype(int)
    # Two colours less than 8 apart may share one of the 65,536 cells.
    assert np.abs(found - table).max() < 8


@given(st.data())
def test_a_picture_after_many_changes_is_the_picture_drawn_at_once(data: st.DataObject) -> None:
    width, height = data.draw(st.integers(1, 40)), data.draw(st.integers(1, 70))
    encoder, rng = Encoder(width, height), np.random.default_rng(data.draw(st.integers(0, 9)))
    rgba = np.full((height, width, 4), 255, np.uint8)
    for _ in range(data.draw(st.integers(1, 4))):
        top, left = rng.integers(0, height), rng.integers(0, width)
        rgba[top : top + 9, left : left + 9, :3] = palette.colour_table()[rng.integers(0, 256)]
        kept, afresh = encoder.encode(rgba), Encoder(width, height).encode(rgba)
        np.testing.assert_array_equal(decoded(kept), decoded(afresh))
        assert np.abs(decoded(kept).astype(int) - rgba[..., :3]).max() < 8


def test_a_picture_without_a_change_is_the_same_bytes() -> None:
    canvas = Canvas("Is it still?", (200, 100))
    assert canvas.render() == canvas.render()


def test_a_moving_artist_leaves_no_trace() -> None:
    canvas = Canvas("Where is it?", (300, 200))
    axes = canvas.axes(30, 30, 240, 120, xlim=(0, 1), ylim=(0, 1))
    (dot,) = axes.plot([0.2], [0.5], "o", ms=12)
    canvas.moving(dot)
    first = canvas.render()
    dot.set_data([0.8], [0.5])
    assert canvas.render() != first
    dot.set_data([0.2], [0.5])
    assert canvas.render() == first


def test_what_stays_is_drawn_anew_after_repaint_only() -> None:
    canvas = Canvas("Is it new?", (300, 200))
    axes = canvas.axes(30, 30, 240, 120, xlim=(0, 1), ylim=(0, 1))
    before = canvas.render()
    axes.axhline(0.5, color=palette.BLUE)
    assert canvas.render() == before
    canvas.repaint()
    assert canvas.render() != before


def test_moving_artists_are_drawn_from_back_to_front() -> None:
    canvas = Canvas("Which is in front?", (300, 200))
    axes = canvas.axes(0, 0, 300, 200, xlim=(0, 1), ylim=(0, 1))
    front = axes.plot([0.5], [0.5], "o", ms=40, color=palette.BLUE, zorder=9)[0]
    back = axes.plot([0.5], [0.5], "o", ms=40, color=palette.ORANGE, zorder=2)[0]
    canvas.moving(front, back)
    height, width, _ = decoded(canvas.render()).shape
    assert decoded(canvas.render())[height // 2, width // 2].tolist() == palette.rgb(palette.BLUE).tolist()


def test_a_note_stands_on_a_card_below_the_picture_and_goes_with_it() -> None:
    canvas = Canvas("What is wrong?", (400, 100))
    plain = decoded(canvas.render())
    canvas.note(["swish is not written yet.", "word " * 40])
    assert canvas.note_shown.startswith("swish is not written yet.\n")
    noted = decoded(canvas.render())
    assert noted.shape[0] > plain.shape[0] + 3 * 9.5 * RESTING, "the long line is not broken"
    np.testing.assert_array_equal(noted[: len(plain)], plain)
    canvas.note([])
    np.testing.assert_array_equal(decoded(canvas.render()), plain)


@pytest.mark.parametrize("vertical", ["top", "center", "bottom", "baseline"])
@pytest.mark.parametrize("horizontal", ["left", "center", "right"])
@pytest.mark.parametrize("text", ["w₁₁⁽²⁾ = −2.82", "two lines,\nthe second longer"])
def test_a_label_stands_where_matplotlib_would_put_the_text(text: str, horizontal: str, vertical: str) -> None:
    def ink(kind: str) -> NDArray[np.intp]:
        canvas = Canvas("", (400, 200))
        getattr(canvas, kind)(200, 100, text, ha=horizontal, va=vertical, size=10)
        dark = decoded(canvas.render())[12:-12, 12:-12].sum(axis=2) < 300
        rows, columns = np.nonzero(dark)
        return np.array([rows.min(), rows.max(), columns.min(), columns.max()])

    # Pixels, two to one of the screen. Matplotlib's lines move with the height of their letters, a label's stay.
    assert np.abs(ink("label") - ink("text")).max() <= 12


@pytest.mark.parametrize("density", [MOVING, RESTING])
def test_a_labels_letters_are_set_as_evenly_as_matplotlibs(density: float) -> None:
    def darkness(kind: str) -> NDArray[np.float64]:
        canvas = Canvas("", (400, 60))
        getattr(canvas, kind)(20, 40, "evenly set illustrations, minimum 0.111", size=9)
        columns: NDArray[np.float64] = (255.0 - decoded(canvas.render(density))).sum(axis=(0, 2))
        return columns

    ours, theirs = darkness("label"), darkness("text")
    shifts = [np.corrcoef(np.roll(ours, shift), theirs)[0, 1] for shift in (-1, 0, 1)]
    assert max(shifts) > 0.95, "letters stand unevenly"


def test_a_labels_line_stays_where_it_is_whatever_stands_in_it() -> None:
    def baseline(text: str) -> int:
        canvas = Canvas("", (400, 200))
        canvas.label(200, 100, f"E\n{text}E", size=10)
        rows = np.nonzero(decoded(canvas.render())[12:-12, 12:-12].sum(axis=2) < 300)[0]
        return int(rows.min())

    assert baseline("x") == baseline("⁽²⁾gÂ")


def test_a_label_beyond_the_edge_is_cut_off() -> None:
    canvas = Canvas("", (200, 100))
    for x, y in ((-20, 50), (190, 50), (100, -3), (100, 108), (500, 500)):
        canvas.label(x, y, "letters")
    assert decoded(canvas.render()).shape == (200, 400, 3)


def test_a_saved_figure_holds_its_labels_as_text() -> None:
    canvas = Canvas("Is it there?", (400, 200))
    canvas.label(30, 100, "a label")
    canvas.render()
    saved = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none"}):
        canvas.still().savefig(saved, format="svg")
    assert "a label" in saved.getvalue()


def extent(pixels: NDArray[np.uint8], hue: str) -> NDArray[np.intp]:
    """First and last row and column of what is nearly of one hue."""
    rows, columns = np.nonzero(np.abs(pixels - palette.rgb(hue)).max(axis=2) < 60)
    return np.array([rows.min(), rows.max(), columns.min(), columns.max()])


def test_each_density_is_the_same_picture() -> None:
    canvas = Canvas("How sharp?", (300, 200))
    axes = canvas.axes(40, 30, 240, 140, xlim=(0, 1), ylim=(0, 1))
    line = axes.plot([0, 1], [0, 1], color=palette.BLUE)[0]
    canvas.label(60, 150, "a label")
    canvas.moving(line)
    light, sharp = decoded(canvas.render(MOVING)), decoded(canvas.render(RESTING))
    assert light.shape == (200, 300, 3)
    assert sharp.shape == (400, 600, 3)
    for hue in (palette.INK, palette.BLUE):
        np.testing.assert_allclose(extent(sharp, hue), 2 * extent(light, hue), atol=3)
    np.testing.assert_array_equal(decoded(canvas.render(MOVING)), light)
    np.testing.assert_array_equal(decoded(canvas.render(RESTING)), sharp)


def test_a_notebook_full_of_pictures_keeps_few_sharp_ones_in_memory() -> None:
    def held() -> int:
        tracemalloc.start()
        first = [canvas.render() for canvas in canvases]
        assert [canvas.render() for canvas in canvases] == first
        kept, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return kept

    canvases = [Canvas(f"Which of {count}?", (800, 400)) for count in range(12)]
    assert held() < 4 * 800 * 400 * RESTING**2 * 4, "every picture keeps what it was drawn with"


def test_a_label_goes_where_it_is_sent() -> None:
    canvas = Canvas("", (300, 200))
    label = canvas.label(60, 150, "here")
    seen = [canvas.render()]
    for change in ({"x": 0.5}, {"ha": "right"}, {"va": "bottom"}, {"text": "there"}, {"color": palette.BLUE}):
        label.set(**change)
        seen.append(canvas.render())
    assert len(set(seen)) == len(seen)


def test_pixels_are_counted_from_the_lower_left_corner() -> None:
    canvas = Canvas("", (300, 200))
    np.testing.assert_allclose(canvas.pixels.transform((30, 20)), (30 * RESTING, 20 * RESTING))
    box = canvas.axes(30, 20, 100, 50).get_window_extent()
    np.testing.assert_allclose(box.extents, np.array([30, 20, 130, 70]) * RESTING)


def test_the_house_style_lasts_as_long_as_its_context() -> None:
    with mpl.rc_context({"font.size": 31}):
        with house_style():
            assert mpl.rcParams["font.size"] == 9
            assert mpl.rcParams["axes.edgecolor"] == palette.FRAME
        assert mpl.rcParams["font.size"] == 31


def test_the_palette_costs_a_picture_little() -> None:
    """256 colours against Agg's own: no pixel of a drawn picture is off by more than a shade."""
    canvas = Canvas("How far off?", (300, 200))
    axes = canvas.axes(40, 30, 240, 140, xlim=(0, 1), ylim=(0, 1))
    for place, hue in enumerate(HUES):
        axes.plot([0, 1], [place / 6, (place + 1) / 6], color=hue)
    found = decoded(canvas.render()).astype(int)
    assert isinstance(canvas.figure, Figure)
    agg = FigureCanvasAgg(canvas.figure)
    with house_style():
        agg.draw()
    assert np.abs(found - np.asarray(agg.buffer_rgba())[..., :3]).max() <= 48


def test_two_threads_that_move_one_picture_leave_it_whole() -> None:
    picture = explore.optimizer_race()

    def move(surface: str) -> None:
        for factor in (0.2, 2.0) * 3:
            picture.move(surface=surface, factor=factor)
            picture.sharpen()

    threads = [Thread(target=move, args=(surface,)) for surface in ("bowl 100", "Rosenbrock")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    picture.update(factor=1.0)
    expected = explore.optimizer_race()
    expected.update(**picture.values)
    assert picture.image == expected.image


BROKEN = {
    "two lines": ("Still rolling: more\nor larger steps.", ["Still rolling: more or larger steps."]),
    "three lines": ("Less than promised:\nit bends,\nbut helps.", ["Less than promised: it bends, but helps."]),
    "behind another sentence": ("After 25 steps.\nStill on\nits way.", ["After 25 steps.", "Still on its way."]),
    "behind numbers": ("there: 2.7\n  error 5e-03\n\nToo\nwide.", ["there: 2.7", "error 5e-03", "Too wide."]),
    "numbers alone": ("rate 0.1\nloss 2.3", ["rate 0.1", "loss 2.3"]),
    "no capital": ("rate 0.1\nand so on.", ["rate 0.1", "and so on."]),
    "an empty line between": ("The rate\n\nis 0.1.", ["The rate", "is 0.1."]),
    "nothing": ("\n \n", []),
}


@pytest.mark.parametrize(("caption", "lines"), BROKEN.values(), ids=BROKEN)
def test_a_sentence_that_was_broken_to_fit_is_told_whole(caption: str, lines: list[str]) -> None:
    assert whole_lines(caption) == lines
    canvas = Canvas("What is told?", (300, 200))
    canvas.caption(10, 10).set_text(caption)
    assert canvas.said.endswith(".") == bool(lines)
    assert all(line.rstrip(".") in canvas.said for line in lines)
