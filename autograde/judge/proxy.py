"""What stands in the judge for an object of the student's, and how a call's changes to its arguments come back.

*Trust*: nothing here believes the object. An attribute or a call is a request to the student's process, which answers
with plain data or another stand-in. Special methods are never looked up there: NumPy, copying and comparing ask our
class.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from machine_room.exercises.answer import Elsewhere

from ..inside.wire import Reference

__all__ = ["Peer", "StudentFunction", "StudentObject", "write_back"]


class Peer(Protocol):
    """Who asks the student's process on a stand-in's behalf; `session.Session` is the one there is."""

    def attribute(self, owner: StudentObject, name: str) -> Any:
        """Return an attribute of an object of theirs."""

    def call(self, target: StudentObject, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call an object of theirs; raise what it raised."""


class StudentObject(Elsewhere):
    """An object in the student's process; its attributes are asked for there."""

    def __init__(self, session: Peer, reference: Reference, generation: int) -> None:
        self._session = session
        self._reference = reference
        self._generation = generation  # of the process: in a later one the reference means nothing
        self.type_name = reference.type_name

    def __getattr__(self, name: str) -> Any:
        # `__array__` and its like would let the object say what it is
        if name.startswith("_"):
            raise AttributeError(name)
        return self._session.attribute(self, name)

    def __repr__(self) -> str:
        return f"<{self.type_name} of the student>"


class StudentFunction(StudentObject):
    """An object in the student's process that can be called."""

    def __init__(self, session: Peer, reference: Reference, generation: int) -> None:
        super().__init__(session, reference, generation)
        self.__name__ = reference.name or reference.type_name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._session.call(self, args, kwargs)


def write_back(before: Any, after: Any) -> None:
    """Change an argument in place to what the student's function left in its copy.

    What cannot be changed in place (a number in a tuple) stays: the function could not have changed it either.
    *Trust*: `after` is plain data of any type and shape.
    """
    kind = type(before)
    if type(after) is not kind:
        return
    if kind is np.ndarray:
        _write_array(before, after)
    elif kind is list:
        _write_list(before, after)
    elif kind is dict:
        _write_dict(before, after)
    elif kind is tuple:
        for old, new in zip(before, after, strict=False):
            write_back(old, new)
    elif kind is set:
        before.clear()
        before.update(after)
    elif kind is np.random.Generator:
        before.bit_generator.state = after.bit_generator.state


def _write_array(before: np.ndarray[Any, Any], after: np.ndarray[Any, Any]) -> None:
    if not before.flags.writeable:
        return
    if before.shape != after.shape and before.flags.owndata:
        before.resize(after.shape, refcheck=False)
    if before.shape == after.shape and before.dtype == after.dtype:
        before[...] = after


def _write_list(before: list[Any], after: list[Any]) -> None:
    before[:] = [_changed(old, new) for old, new in zip(before, after, strict=False)] + after[len(before) :]


def _write_dict(before: dict[Any, Any], after: dict[Any, Any]) -> None:
    merged = {key: _changed(before[key], new) if key in before else new for key, new in after.items()}
    before.clear()
    before.update(merged)


def _changed(old: Any, new: Any) -> Any:
    """Return the old object, changed, where it can be changed; else the new one."""
    if type(old) is type(new) and type(old) in (np.ndarray, list, dict, set, tuple, np.random.Generator):
        write_back(old, new)
        return old
    return old if callable(old) else new
