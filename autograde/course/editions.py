"""Editions of a notebook: what may change within one, and where the masters of former ones are kept.

Students hold releases. What they hand in from an older one is graded by its own master, `editions/<assignment>/<n>/`,
a folder that nbgrader does not look into and no release is made from.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from .notebook import Cell, Notebook, Role, read_master, without_edition

__all__ = ["master_for", "not_asked", "problems_of_edition", "read_former"]

FIRST = 1  # of notebooks that say nothing: 0.1.0's


def read_former(paths: Mapping[int, Path]) -> dict[int, Notebook]:
    """The masters of the editions before the present one, by number. The folder says which edition one is."""
    return {number: replace(read_master(path), edition=number) for number, path in paths.items()}


# --- what a text may be


def problems_of_edition(now: Notebook, source: Notebook | None, former: Mapping[int, Notebook]) -> Iterator[str]:
    """Say what this text may not be, after what students were given before.

    Args:
        now: what the text makes.
        source: what it made last, source/.
        former: the masters of older editions.
    """
    yield from _wrong_number(now.edition, source.edition if source else None, max(former, default=0))
    for before in (*former.values(), *([source] if source else [])):
        yield from _other_roles(now, before)
    if source:
        yield from _other_names(now, source)
    if source and now.edition == source.edition and (changes := list(_changes(now, source))):
        yield (
            f"what is graded has changed: {'; '.join(changes)}. Students hold edition {now.edition}, and their "
            f"points must not change with it. Write `edition: {now.edition + 1}` into the front matter. "
            f"Nobody has this notebook yet? Then delete source/{now.assignment}/{now.name}.ipynb first."
        )


def _wrong_number(number: int, built: int | None, stored: int) -> Iterator[str]:
    """Editions go up by one, from what was built last; what is stored is over."""
    if number <= stored:
        yield f"edition {number} is in editions/ already: this text is at least edition {stored + 1}."
    elif built is not None and number < built:
        yield f"this is edition {number}, but edition {built} was built already. Write `edition: {built}` above."
    elif built is not None and number > built + 1:
        yield f"edition {number} comes after edition {built}: editions go up by one."


def _other_roles(now: Notebook, before: Notebook) -> Iterator[str]:
    """An id that means something else than it did: a student's cell would stand for another one."""
    roles = {cell.id: cell.role for cell in before.cells}
    for cell in now.cells:
        role = roles.get(cell.id, cell.role)
        if role is not cell.role:
            yield (
                f"{cell.id} had the role {role.value} in edition {before.edition} and has {cell.role.value} now: "
                "give it another id."
            )


def _other_names(now: Notebook, before: Notebook) -> Iterator[str]:
    """A cell that stands there as it was, under another id: what students hold would not be found."""
    here, there = {cell.id for cell in now.cells}, {cell.id for cell in before.cells}
    gone = {(cell.role, without_edition(cell.source).strip()): cell.id for cell in before.cells if cell.id not in here}
    for cell in now.cells:
        old = gone.get((cell.role, cell.source.strip()))
        if cell.id not in there and old and cell.role is not Role.WRITTEN:  # answers are empty, and all alike
            yield f"{cell.id} was called {old} until now. Students hold it under that id: write it again."


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
    elif old.points != new.points and new.optional:
        yield f"{new.id} was worth {old.points:g} and is optional"
    elif old.points != new.points:
        yield f"{new.id} was worth {old.points:g} and is worth {new.points:g}"
    elif old.exercise != new.exercise:
        yield f"{new.id} checks {new.exercise} instead of {old.exercise}"


# --- what a hand-in is graded by


def master_for(said: Any, ids: Collection[str], now: Notebook, former: Mapping[int, Notebook]) -> Notebook:
    """The master that a hand-in is graded by, with notes where that is not simply the present one.

    Args:
        said: what the file says of its edition. *Untrusted*: the student's word, of any type. It chooses among the
            masters that the instructor accepts, and nothing else.
        ids: the ids of its cells, untrusted as well.
        now: the present master.
        former: the older ones that are accepted, by number.
    """
    number = _first_with(ids, now, former) if said is None else said
    if type(number) is int and number == now.edition:
        return now
    if type(number) is int and number in former:
        return _for_present_grades(former[number], now)
    return replace(now, notes=(*now.notes, _not_accepted(said, now)), edition_refused=True)


def _first_with(ids: Collection[str], now: Notebook, former: Mapping[int, Notebook]) -> int:
    """The edition of a file that says none: the first, unless it has cells that only the present one has."""
    first = former.get(FIRST, now)
    newer = {cell.id for cell in now.cells} - {cell.id for cell in first.cells}
    return now.edition if newer.intersection(ids) else FIRST


def _not_accepted(said: Any, now: Notebook) -> str:
    if said is None:
        claim = f"Your file does not say which edition of the notebook it is, which means edition {FIRST}"
    elif type(said) is int and 0 < said < 10_000:
        claim = f"Your file says it is edition {said} of the notebook"
    else:
        claim = "What your file says of the notebook's edition is no number of one"
    return f"{claim}; that is not graded in this course. It was graded as edition {now.edition}, the present one."


def _for_present_grades(former: Notebook, now: Notebook) -> Notebook:
    """The former master, worth what the present one is: the gradebook holds the present one's cells and points.

    A check that is not asked for any more goes, a written answer stays as text. What is graded now and was not asked
    for then is kept apart: nobody can have done it, so a person decides.
    """
    wanted = {cell.id: cell for cell in now.cells if cell.graded}
    shared = {cell.id for cell in former.cells if cell.id in wanted and _alike(cell, wanted[cell.id])}
    cells, notes = [], [_which(former, now)]
    for cell in former.cells:
        if cell.id in shared:
            cells.append(replace(cell, points=wanted[cell.id].points))
            notes += _worth(cell, wanted[cell.id], former)
        elif cell.graded:
            cells += _retired(cell)
            notes.append(
                f"Edition {former.edition} asked for {_called(cell)}. It is not asked for now, and does not count."
            )
        else:
            cells.append(cell)
    missing = tuple(_empty(cell) for cell in wanted.values() if cell.id not in shared)
    notes += [not_asked(cell, former.edition) for cell in missing]
    return replace(now, cells=tuple(cells), edition=former.edition, not_asked=missing, notes=(*now.notes, *notes))


def _retired(cell: Cell) -> Iterator[Cell]:
    """What is left of a graded cell that is not graded now. A check goes: its hidden part runs in the judge alone."""
    if cell.role is Role.WRITTEN:
        yield replace(cell, role=Role.PROSE, points=0.0)


def _alike(one: Cell, other: Cell) -> bool:
    return (one.role, one.exercise) == (other.role, other.exercise)


def _which(former: Notebook, now: Notebook) -> str:
    return (
        f"Your notebook is edition {former.edition}; the present one is edition {now.edition}. "
        f"It was graded by the tests of edition {former.edition}."
    )


def _worth(then: Cell, now: Cell, former: Notebook) -> Iterator[str]:
    if now.optional and then.points:
        yield f"{_called(then)} had points in edition {former.edition} and is optional now: nobody needs any for it."
    elif then.points != now.points:
        points = f"{then.points:g} points; it counts {now.points:g} now"
        yield f"For {_called(then)}, edition {former.edition} gave {points}."


def not_asked(cell: Cell, edition: int) -> str:
    """What is told about a graded cell that the hand-in's edition did not have."""
    if cell.optional:
        return (
            f"Edition {edition} of the notebook, which you handed in, did not have {_called(cell)}. It is optional and "
            "has no points: you lose nothing."
        )
    return (
        f"Edition {edition} of the notebook, which you handed in, did not ask for {_called(cell)} ({cell.points:g} "
        "points). No points are set; your instructor decides."
    )


def _called(cell: Cell) -> str:
    return cell.exercise or f"the written answer {cell.id}"


def _empty(cell: Cell) -> Cell:
    """A written cell of a master holds a model answer."""
    return replace(cell, source="") if cell.role is Role.WRITTEN else cell
