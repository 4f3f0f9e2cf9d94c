"""Editions of a notebook: what may change within one, and where the masters of former ones are kept.

Students hold releases. What they hand in from an older one is graded by its own master, `editions/<assignment>/<n>/`,
a folder that nbgrader does not look into and no release is made from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from .folder import Course
from .notebook import Cell, Notebook, Role, read_master

__all__ = ["former_masters", "problems_of_edition"]


def former_masters(root: Path, assignment: str, name: str) -> dict[int, Notebook]:
    """The masters of the editions before the present one, by their number."""
    return {number: read_master(path) for number, path in Course(root).former(assignment, name).items()}


def problems_of_edition(now: Notebook, source: Notebook | None, former: Mapping[int, Notebook]) -> Iterator[str]:
    """Say what this text may not be, after what students were given before.

    Args:
        now: what the text makes.
        source: what it made last, source/.
        former: the masters of older editions.
    """
    least = source.edition if source else max(former, default=0) + 1
    most = source.edition + 1 if source else now.edition
    if former and least <= max(former):
        yield f"edition {least} is in editions/ already: this text is at least edition {max(former) + 1}."
    elif now.edition < least:
        yield f"this is edition {now.edition}, but edition {least} was built already. Write `edition: {least}` above."
    elif now.edition > most:
        yield f"edition {now.edition} comes after edition {most - 1}: editions go up by one."
    for before in (*former.values(), *([source] if source else [])):
        yield from _other_roles(now, before)
    if source and now.edition == source.edition:
        changes = list(_changes(now, source))
        if changes:
            yield (
                f"what is graded has changed: {'; '.join(changes)}. Students hold edition {now.edition}, and their "
                f"points must not change with it. Write `edition: {now.edition + 1}` into the front matter. "
                f"Nobody has this notebook yet? Then delete source/{now.assignment}/{now.name}.ipynb first."
            )


def _other_roles(now: Notebook, before: Notebook) -> Iterator[str]:
    """An id that means something else than it did: a student's cell would stand for another one."""
    roles = {cell.id: cell.role for cell in before.cells}
    for cell in now.cells:
        role = roles.get(cell.id, cell.role)
        if role is not cell.role:
            yield (
                f"{cell.id} was a {role.value} cell in edition {before.edition} and is a {cell.role.value} cell now: "
                "give it another id."
            )


def _changes(now: Notebook, before: Notebook) -> Iterator[str]:
    """What a hand-in made from the notebook before could lose or lack points by."""
    here, there = ({cell.id: cell for cell in one.cells} for one in (now, before))
    for identifier in (*there, *(identifier for identifier in here if identifier not in there)):
        old, new = there.get(identifier), here.get(identifier)
        if new is None and old is not None and old.role is not Role.PROSE:
            yield f"{identifier} is gone"
        if new is not None and new.graded:
            yield from _changes_of(new, old)


def _changes_of(new: Cell, old: Cell | None) -> Iterator[str]:
    if old is None:
        yield f"{new.id} is new"
    elif old.points != new.points:
        yield f"{new.id} was worth {old.points:g} and is worth {new.points:g}"
    elif old.exercise != new.exercise:
        yield f"{new.id} checks {new.exercise} instead of {old.exercise}"
