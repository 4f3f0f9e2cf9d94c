"""The code in a text's cells: mistakes that would go through to students, found without running a line of it.

A check that checks something else, or only what students see; a picture that does not exist; what is no Python.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from machine_room.explore.gallery import pictures

from .notebook import BEGIN_HIDDEN, END_HIDDEN, without_hidden
from .ordinary import MAGIC
from .questions import ASK, problems_of_questions

__all__ = ["problems_of_check", "problems_of_code"]

BEGIN_SOLUTION = "### BEGIN SOLUTION"


def problems_of_code(source: str) -> Iterator[str]:
    """Say what is wrong with a code cell, whatever its role: it is no Python, or asks for what is not there."""
    try:
        tree = ast.parse(_plain(source))
    except SyntaxError as error:
        line = source.split("\n")[(error.lineno or 1) - 1].strip() if source else ""
        yield f"the cell is no Python ({error.msg}, in its line {line[:60]!r}): correct it."
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "explore":
            if node.attr not in pictures() and node.attr not in ("Explorer", "pictures", ASK):
                near = difflib.get_close_matches(node.attr, pictures(), n=1, cutoff=0.5)
                advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(pictures())}."
                yield f"there is no picture explore.{node.attr}: {advice}"
        elif isinstance(node, ast.Call) and (name := _picture_called(node)):
            yield from _problems_of_arguments(node, name)
    yield from problems_of_questions(tree)


def _plain(source: str) -> str:
    """The cell with its magics passed over, and something between markers where nothing stands there yet."""
    if source.lstrip().startswith("%%"):
        return ""
    return "\n".join(
        f"{line[: len(line) - len(line.lstrip())]}pass" if MAGIC.match(line) or BEGIN_SOLUTION in line else line
        for line in source.split("\n")
    )


def _picture_called(node: ast.Call) -> str:
    function = node.func
    if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
        return ""
    return function.attr if function.value.id == "explore" and function.attr in pictures() else ""


def _problems_of_arguments(call: ast.Call, picture: str) -> Iterator[str]:
    found = _parameters(pictures()[picture], picture)
    if found is None or found.kwarg or found.vararg or any(isinstance(one, ast.Starred) for one in call.args):
        return
    places = [one.arg for one in (*found.posonlyargs, *found.args)]
    known = [*places, *(one.arg for one in found.kwonlyargs)]
    unknown = [word.arg for word in call.keywords if word.arg is not None and word.arg not in known]
    if unknown:
        yield f"the picture explore.{picture} takes no {unknown[0]}: it takes {', '.join(known) or 'nothing'}."
    if len(call.args) > len(places):
        yield f"the picture explore.{picture} takes {len(places)} arguments by place, and here are {len(call.args)}."


@cache
def _parameters(module: str, name: str) -> ast.arguments | None:
    """The parameters of a picture as its source says; None where it is not defined by `def`."""
    path = _file_of(module)
    if path is None:
        return None
    tree = ast.parse(path.read_text(encoding="utf-8"))
    defined = [node.args for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    if defined:
        return defined[0]
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module and any(alias.name == name for alias in node.names):
            return _parameters(node.module, name)
    return None


def _file_of(module: str) -> Path | None:
    """Where a module's source lies, found without importing what is above it: pictures would load Matplotlib."""
    package, *rest = module.split(".")
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return None
    place = Path(spec.origin).parent.joinpath(*rest)
    return next((path for path in (place / "__init__.py", place.with_suffix(".py")) if path.is_file()), None)


def problems_of_check(source: str, exercise: str) -> Iterator[str]:
    """Say what is wrong with a check cell: it must check its exercise, once as students see it and once hidden."""
    try:
        whole, shown = (_checked(ast.parse(_plain(one))) for one in (source, without_hidden(source)))
    except SyntaxError:  # told by problems_of_code
        return
    for name in sorted({name for name, _ in whole} - {exercise}):
        yield f"the check of {exercise!r} checks {name!r}: write check({exercise}). Another exercise has its own cell."
    if (exercise, True) in shown:
        yield f"check({exercise}, hidden=True) stands where students see it: put ### {BEGIN_HIDDEN} above it."
    elif exercise not in {name for name, _ in whole}:
        yield (
            f"the check of {exercise!r} never calls check({exercise}), so nobody would get its points: write it. "
            "Assertions may stand beside it; alone they give nothing."
        )
    elif (exercise, True) not in whole:
        yield (
            f"the check of {exercise!r} has no hidden part, so whoever types in the visible numbers passes: write "
            f"check({exercise}, hidden=True) between ### {BEGIN_HIDDEN} and ### {END_HIDDEN}."
        )
    elif (exercise, False) not in whole:
        yield f"the check of {exercise!r} shows students nothing: write check({exercise}) above the hidden part."


def _checked(tree: ast.Module) -> set[tuple[str, bool]]:
    """What the cell checks: names of functions, and whether with hidden numbers."""
    return {
        (ast.unparse(node.args[0]), _is_hidden(node))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "check" and node.args
    }


def _is_hidden(call: ast.Call) -> bool:
    return any(
        word.arg == "hidden" and isinstance(word.value, ast.Constant) and word.value.value is True
        for word in call.keywords
    )
