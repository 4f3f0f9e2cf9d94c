"""The library's reference: a page a module, filled by autodoc from the docstrings, which hold formulas and sources."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["CHAPTERS", "Chapter", "write"]


@dataclass(frozen=True)
class Chapter:
    """A part of the reference: what it is called, and its modules within `machine_room`."""

    title: str
    modules: tuple[str, ...]


CHAPTERS = (
    Chapter("Networks", ("network", "layers", "activations", "initializers", "losses")),
    Chapter("Gradients", ("gradients", "worked_network", "propagation")),
    Chapter("Training", ("training", "optimizers", "schedules", "regularizers", "stopping", "callbacks")),
    Chapter("Around it", ("experiments", "saving")),
    Chapter("Data", ("datasets", "surfaces")),
    Chapter("In a notebook", ("notebook", "checks", "keras")),
)  # fmt: skip


def write(folder: Path) -> None:
    """Write the reference's pages into folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for chapter in CHAPTERS:
        for module in chapter.modules:
            (folder / f"{module}.rst").write_text(_page(module), encoding="utf-8")
    (folder / "index.rst").write_text(_index(), encoding="utf-8")


def _page(module: str) -> str:
    options = "   :members:\n   :imported-members:\n   :show-inheritance:\n"
    return f"{_heading(module, '=')}.. automodule:: machine_room.{module}\n{options}"


def _index() -> str:
    parts = [_heading("The library", "=")]
    parts += [
        "What ``machine_room`` computes: with each name its formula, its arguments, an example, and its source.\n"
    ]
    for chapter in CHAPTERS:
        entries = "".join(f"   {module}\n" for module in chapter.modules)
        parts.append(f".. toctree::\n   :caption: {chapter.title}\n   :maxdepth: 1\n\n{entries}")
    return "\n".join(parts)


def _heading(title: str, line: str) -> str:
    return f"{title}\n{line * len(title)}\n\n"
