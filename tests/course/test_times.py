"""Each notebook says how long it takes, for two kinds of readers, and where to stop: at a place that is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from machine_room.notebook.points import Assignment, assignments

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (.+?) \| (\d+) minutes \| (\d+) minutes \|$", re.MULTILINE)
STOP = re.compile(
    r"\*\*A good place to stop\.\*\* [^#]*? takes (\d+) minutes more if you program a lot, (\d+) if you do not\. "
    r"[^#]*?\n\n## (.+)\n"
)
every_notebook = pytest.mark.parametrize("one", assignments(), ids=lambda one: one.name)


def prose(one: Assignment) -> list[str]:
    path = ROOT / "release" / one.name / one.notebook
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]


def rows(one: Assignment) -> dict[str, tuple[int, int]]:
    return {words: (int(fast), int(slow)) for words, fast, slow in ROW.findall(prose(one)[0])}


@every_notebook
def test_the_times_stand_at_the_top_for_who_programs_a_lot_and_for_who_does_not(one: Assignment) -> None:
    told = rows(one)
    assert len(told) == 3 if one.optional else 2
    assert ("what is optional, besides" in told) == bool(one.optional)
    for fast, slow in told.values():
        assert 10 <= fast < slow <= 120
    asked = [times for words, times in told.items() if "optional" not in words]
    assert 60 <= sum(fast for fast, _ in asked) <= 100
    assert sum(slow for _, slow in asked) <= 160


@every_notebook
def test_there_is_a_place_to_stop_which_says_what_the_top_says(one: Assignment) -> None:
    told, whole = rows(one), "\n\n".join(prose(one))
    (fast, slow, heading), *others = STOP.findall(whole)
    assert not others
    assert told["from there to the end"] == (int(fast), int(slow))
    assert f"[a good place to stop](#{heading.replace(' ', '-')})" in whole
    assert len(re.findall(rf"^#+ {re.escape(heading)}$", whole, re.MULTILINE)) == 1


@every_notebook
def test_the_points_at_the_top_are_those_of_the_table_below_and_of_the_checks(one: Assignment) -> None:
    top = prose(one)[0]
    assert f"{one.total:g} points.*" in top
    stated: dict[str, float] = {}
    for names, points in re.findall(r"^\| (`\w+`.*?) \| ([\d +]+|\d+, in four levels|optional) \|$", top, re.MULTILINE):
        exercises = re.findall(r"`(\w+)`", names)
        numbers = [0.0] * len(exercises) if points == "optional" else [float(n) for n in re.findall(r"\d+", points)]
        stated |= dict(zip(exercises, numbers, strict=True))
    assert stated == dict(one.checks)


@every_notebook
def test_what_is_optional_is_called_so_where_it_is_asked_and_nothing_else_is(one: Assignment) -> None:
    path = ROOT / "course" / one.name / f"{Path(one.notebook).stem}.md"
    before = re.split(r":role: solution\n:exercise: (\w+)\n", path.read_text(encoding="utf-8"))
    for text, exercise in zip(before[::2], before[1::2], strict=False):
        asked = re.findall(r"\*\*(Exercise|Optional)\.\*\*", text)[-1]
        assert asked == ("Optional" if exercise in one.optional else "Exercise"), exercise
