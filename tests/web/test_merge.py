"""A stale copy and the site's present notebook become one: nothing that a student wrote is lost."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from machine_room_browser.merge import changed, renewed

Cells = list[dict[str, Any]]


def prose(name: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": f"prose-{name}", "metadata": {}, "source": text}


def answer(name: str, text: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": name,
        "metadata": {"nbgrader": {"grade_id": name, "solution": True}},
        "source": text,
    }


def check(name: str) -> dict[str, Any]:
    about = {"nbgrader": {"grade_id": f"{name}-check", "solution": False, "grade": True}}
    return {"cell_type": "code", "id": f"{name}-check", "metadata": about, "source": f"check({name})"}


def own(name: str) -> dict[str, Any]:
    return {"cell_type": "code", "id": name, "metadata": {}, "source": f"print({name!r})"}


PRESENT: Cells = [
    prose("title", "# New"),
    answer("f", "def f(): ..."),
    check("f"),
    answer("g", "def g(): ..."),
    check("g"),
]


def notebook(cells: Cells) -> dict[str, Any]:
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": copy.deepcopy(cells)}


def texts(cells: Cells) -> list[str]:
    return [str(cell["source"]) for cell in cells]


OLD_TITLE, MINE = prose("title", "# Old"), answer("f", "def f(): return 1")
COPIES: dict[str, tuple[Cells, list[str], list[str]]] = {
    "untouched": (PRESENT, [], texts(PRESENT)),
    "answered": ([PRESENT[0], MINE, *PRESENT[2:]], [], ["# New", MINE["source"], *texts(PRESENT[2:])]),
    "an old text": ([OLD_TITLE, MINE, *PRESENT[2:]], ["prose-title"], ["# New", MINE["source"], *texts(PRESENT[2:])]),
    "an exercise is new": (
        [PRESENT[0], MINE, PRESENT[2]], ["g", "g-check"], ["# New", MINE["source"], *texts(PRESENT[2:])]
    ),
    "own cells": (
        [own("top"), PRESENT[0], MINE, own("a"), own("b"), *PRESENT[2:], own("end")],
        [],
        ["print('top')", "# New", MINE["source"], "print('a')", "print('b')", *texts(PRESENT[2:]), "print('end')"],
    ),
    "an exercise is gone": (
        [*PRESENT[:3], answer("h", "def h(): return 7"), check("h"), *PRESENT[3:]],
        [],
        [*texts(PRESENT[:3]), "def h(): return 7", *texts(PRESENT[3:])],
    ),
    "own cell below text that is gone": (
        [PRESENT[0], prose("gone", "old"), own("a"), *PRESENT[1:]], [], ["# New", "print('a')", *texts(PRESENT[1:])]
    ),
    "ids that another program wrote": (
        [PRESENT[0], {**MINE, "id": "3f2a"}, *PRESENT[2:]], [], ["# New", MINE["source"], *texts(PRESENT[2:])]
    ),
    "a text as a list of lines": (
        [PRESENT[0], {**MINE, "source": ["def f():\n", "    return 1"]}, *PRESENT[2:]],
        [],
        ["# New", str(["def f():\n", "    return 1"]), *texts(PRESENT[2:])],
    ),
    "a check that was changed": (
        [*PRESENT[:2], {**check("f"), "source": "pass"}, *PRESENT[3:]], ["f-check"], texts(PRESENT)
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", COPIES.values(), ids=COPIES)
def test_what_differs_is_told(case: tuple[Cells, list[str], list[str]]) -> None:
    copied, differ, _ = case
    assert changed(notebook(copied), notebook(PRESENT)) == differ


@pytest.mark.parametrize("case", COPIES.values(), ids=COPIES)
def test_a_renewed_copy_has_the_present_text_and_the_students_answers(case: tuple[Cells, list[str], list[str]]) -> None:
    copied, _, expected = case
    made = renewed(notebook(copied), notebook(PRESENT))
    assert texts(made["cells"]) == expected
    assert changed(made, notebook(PRESENT)) == []


@pytest.mark.parametrize("case", COPIES.values(), ids=COPIES)
def test_renewing_twice_changes_nothing_more(case: tuple[Cells, list[str], list[str]]) -> None:
    once = renewed(notebook(case[0]), notebook(PRESENT))
    assert renewed(once, notebook(PRESENT)) == once


def test_neither_notebook_is_changed() -> None:
    copied, present = notebook([OLD_TITLE, MINE, own("a")]), notebook(PRESENT)
    before = copy.deepcopy((copied, present))
    renewed(copied, present)
    assert (copied, present) == before
