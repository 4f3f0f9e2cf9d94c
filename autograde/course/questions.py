"""Which questions a notebook asks before its pictures: what stands in `explore.predict(...)`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from machine_room.explore.prediction import predictions

from .notebook import Notebook

__all__ = ["ASK", "asked_in", "problems_of_questions", "questions_of"]

ASK = "predict"


def questions_of(master: Notebook) -> dict[str, str]:
    """The names of the questions that a notebook asks and the course declares, each with its cell's id.

    Args:
        master: the instructor notebook.
    """
    known = predictions()
    return {
        name: cell.id
        for cell in master.cells
        if cell.kind == "code" and f".{ASK}(" in cell.source
        for name in _names(cell.source)
        if name in known
    }


def problems_of_questions(tree: ast.AST) -> Iterator[str]:
    """Say what is wrong with the questions of a cell."""
    known = predictions()
    for name in asked_in(tree):
        if name is None:
            yield f'explore.{ASK} takes a name in quotes, as in explore.{ASK}("{next(iter(known))}").'
        elif name not in known:
            yield f"no question is called {name!r}: there are {', '.join(known)}."


def asked_in(tree: ast.AST) -> Iterator[str | None]:
    """Yield the names that explore.predict is called with; None where one is no word."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == f"explore.{ASK}":
            yield _word(node)


def _word(call: ast.Call) -> str | None:
    first = call.args[0] if len(call.args) == 1 and not call.keywords else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def _names(source: str) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a line of IPython's, say
        return
    yield from (name for name in asked_in(tree) if name is not None)
