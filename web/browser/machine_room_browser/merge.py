"""A renewed notebook: the site's present cells with a student's answers in them, and their own cells among them.

A notebook is a dictionary, as nbformat's JSON is read; nothing here needs nbformat, which the browser does not have.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

__all__ = ["changed", "renewed"]

Notebook = dict[str, Any]
Cell = dict[str, Any]


def changed(copied: Notebook, present: Notebook) -> list[str]:
    """Return the ids of the present notebook's cells that a copy does not have, or has with another text.

    An answer is the student's, so only that its cell is there counts.
    """
    have = {cell_id(cell): source(cell) for cell in copied["cells"]}
    return [
        name
        for cell in present["cells"]
        for name in [cell_id(cell)]
        if name not in have or (not is_answer(cell) and have[name] != source(cell))
    ]


def renewed(copied: Notebook, present: Notebook) -> Notebook:
    """Return the present notebook with the answers of a copy, and with the cells that are the student's own.

    A cell of their own stands below the cell of the course that it stood below; where that one is gone, below the last
    before it that is not. An answer whose cell the present notebook does not have any more is kept in the same way.
    """
    made = copy.deepcopy(present)
    names = {cell_id(cell) for cell in made["cells"]}
    answers = {cell_id(cell): cell for cell in copied["cells"] if cell_id(cell) in names}
    for cell in made["cells"]:
        if is_answer(cell) and cell_id(cell) in answers:
            cell["source"] = answers[cell_id(cell)]["source"]
    own = _own_cells(copied, names)
    made["cells"] = [one for cell in made["cells"] for one in (cell, *own.get(cell_id(cell), ()))]
    made["cells"][:0] = own.get("", ())
    return made


def cell_id(cell: Cell) -> str:
    """Return a cell's name in the course: nbgrader's, which survives programs that write new ids, or else its id."""
    return str(cell.get("metadata", {}).get("nbgrader", {}).get("grade_id") or cell.get("id", ""))


def is_answer(cell: Cell) -> bool:
    """Tell whether a student writes in the cell."""
    return bool(cell.get("metadata", {}).get("nbgrader", {}).get("solution"))


def source(cell: Cell) -> str:
    """Return a cell's text, which the format allows to be a list of lines."""
    said = cell.get("source", "")
    return said if isinstance(said, str) else "".join(said)


def _own_cells(copied: Notebook, names: set[str]) -> dict[str, list[Cell]]:
    """Return the student's own cells by the name of the course's cell they stand below; "" is the top."""
    own: dict[str, list[Cell]] = {}
    for below, cell in _placed(copied, names):
        own.setdefault(below, []).append(cell)
    return own


def _placed(copied: Notebook, names: set[str]) -> Iterator[tuple[str, Cell]]:
    below = ""
    for cell in copied["cells"]:
        if cell_id(cell) in names:
            below = cell_id(cell)
        elif is_answer(cell) or not _is_courses(cell):
            yield below, copy.deepcopy(cell)


def _is_courses(cell: Cell) -> bool:
    """Tell whether a cell that is not in the present notebook was the course's: locked, prose, or the site's."""
    return "nbgrader" in cell.get("metadata", {}) or str(cell.get("id", "")).startswith(("prose-", "site-"))
