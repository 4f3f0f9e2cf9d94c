"""A picture that trains says how far it is while nothing of it shows yet."""

from __future__ import annotations

from typing import Any

import IPython.display
import pytest

from machine_room.explore import first_drawing
from machine_room.explore.explorer import Progress


class Display:
    """What a cell would show in one place."""

    shown: list[dict[str, Any]]

    def __init__(self) -> None:
        self.shown = []

    def __call__(self, bundle: dict[str, Any], *, raw: bool, display_id: bool) -> Display:
        assert raw
        assert display_id
        self.shown.append(bundle)
        return self

    def update(self, bundle: dict[str, Any], *, raw: bool) -> None:
        assert raw
        self.shown.append(bundle)


@pytest.fixture
def cell(monkeypatch: pytest.MonkeyPatch) -> Display:
    """A notebook's cell in which whatever takes no time is slow."""
    display = Display()
    monkeypatch.setattr(IPython.display, "display", display)
    monkeypatch.setattr(first_drawing, "in_notebook", lambda: True)
    monkeypatch.setattr(first_drawing, "_PATIENCE_SECONDS", 0.0)
    return display


def draw(progress: Progress) -> None:
    for fraction in (0.25, 1.0):
        progress(fraction)


def test_a_line_says_how_far_it_is_and_is_empty_when_the_picture_comes(cell: Display) -> None:
    progress = Progress()
    with first_drawing.told(progress):
        draw(progress)
    said = [bundle.get("text/plain", "") for bundle in cell.shown]
    assert "training, percent 25/100" in said[0]
    assert "training, percent 100/100" in said[1]
    assert cell.shown[2:] == [{"text/html": ""}]


def test_it_is_empty_too_when_the_drawing_fails(cell: Display) -> None:
    progress = Progress()
    told = first_drawing.told(progress)
    told.__enter__()
    progress(0.5)
    assert told.__exit__(ZeroDivisionError, ZeroDivisionError(), None) is False
    assert cell.shown[-1] == {"text/html": ""}


def test_who_listened_before_listens_again(cell: Display) -> None:
    heard: list[float] = []
    progress = Progress()
    progress.listener = heard.append
    with first_drawing.told(progress):
        draw(progress)
    progress(0.75)
    assert heard == [0.75]


def test_what_comes_soon_needs_no_line(cell: Display, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_drawing, "_PATIENCE_SECONDS", 3600.0)
    progress = Progress()
    with first_drawing.told(progress):
        draw(progress)
    assert cell.shown == []


def test_outside_of_a_notebook_nothing_is_shown(cell: Display, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_drawing, "in_notebook", lambda: False)
    progress = Progress()
    with first_drawing.told(progress):
        draw(progress)
    assert cell.shown == []
