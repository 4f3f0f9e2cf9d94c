"""What only one module may do, read off the source: nbgrader's metadata is read and written in one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
AUTOGRADE = ROOT / "autograde"
KEY = "nbgrader"  # of a cell's or a notebook's metadata
DOOR = AUTOGRADE / "course" / "notebook.py"


def mentions(code: str) -> list[int]:
    """The lines where code has the key of nbgrader's metadata: as a constant, an attribute or a keyword.

    Imports are something else, and so is nbconvert's dictionary of resources, where nbgrader's templates look.
    """
    tree = ast.parse(code)
    resources = {id(key) for node in ast.walk(tree) for key in _keys_of_resources(node)}
    return [
        getattr(node, "lineno", 0)
        for node in ast.walk(tree)
        if id(node) not in resources
        and (
            (isinstance(node, ast.Constant) and node.value == KEY)
            or (isinstance(node, ast.Attribute) and node.attr == KEY)
            or (isinstance(node, ast.keyword) and node.arg == KEY)
        )
    ]


def _keys_of_resources(node: ast.AST) -> Iterator[ast.AST]:
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Dict):
        return
    if [target.id for target in node.targets if isinstance(target, ast.Name)] == ["resources"]:
        yield from (key for key in node.value.keys if key is not None)


@pytest.mark.parametrize("path", sorted(AUTOGRADE.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_one_module_touches_nbgraders_metadata(path: Path) -> None:
    found = mentions(path.read_text(encoding="utf-8"))
    assert bool(found) if path == DOOR else found == []


@pytest.mark.parametrize(
    "code",
    [
        'cell["metadata"]["nbgrader"]["points"] = 3',
        'flags = cell.metadata.get("nbgrader")',
        "flags = cell.metadata.nbgrader",
        'wanted = [cell for cell in cells if "nbgrader" in cell.metadata]',
        'metadata = {"nbgrader": {"grade": True}}',
        "metadata = dict(nbgrader={})",
        'KEY = "nbgrader"',
        'resources = {"a": {"nbgrader": {}}}',
    ],
)
def test_every_way_to_name_the_key_is_seen(code: str) -> None:
    assert mentions(code) == [1]


@pytest.mark.parametrize(
    "code",
    [
        "from nbgrader.api import Gradebook",
        "import nbgrader",
        'said = "nbgrader could not make it"',
        'resources = {"unique_key": 1, "nbgrader": {"score": 3}}',
    ],
)
def test_what_is_no_metadata_is_left_alone(code: str) -> None:
    assert mentions(code) == []
