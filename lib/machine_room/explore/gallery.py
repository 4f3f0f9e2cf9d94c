"""Which pictures there are, and where: read off the sources, so that nothing of Matplotlib loads to say so.

The pictures of a section are the names in its `__all__`; of a module without one, the functions it defines whose names
begin with no underscore. A package of a course's own has its sections in a room of the same name.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

from machine_room.packages import folders, packages, remembered, sections

__all__ = ["pictures"]


def pictures() -> Mapping[str, str]:
    """Return the module of each picture by the picture's name; of two with one name the course's own.

    Example:
        >>> pictures()["worked_network"]
        'machine_room.explore.backprop'
    """
    return _found(packages())


@remembered
def _found(among: tuple[str, ...]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for package in among:
        for section in sections(package, "explore"):
            for name in _names(package, section):
                found.setdefault(name, f"{package}.explore.{section}")
    return found


def _names(package: str, section: str) -> list[str]:
    """The names of a section's pictures. A module of this library's room itself, beside its sections, has none."""
    for folder in folders(package, "explore"):
        whole, single = folder / section / "__init__.py", folder / f"{section}.py"
        if whole.is_file():
            return _public(whole)
        if single.is_file() and package != __name__.partition(".")[0]:
            return _public(single)
    return []


def _public(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(one, ast.Name) and one.id == "__all__" for one in node.targets
        ):
            return [str(name) for name in ast.literal_eval(node.value)]
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
