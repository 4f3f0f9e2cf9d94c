"""Calling a function of the student's for a picture: whatever it does, the picture stands and says what happened."""

import contextlib
import io
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from machine_room.arguments import Array
from machine_room.translation import say

Shape = tuple[int, ...]


@dataclass
class Attempts:
    """Calls functions of the student's and keeps one friendly line for each that did not work: its first failure."""

    _lines: list[str] = field(default_factory=list)
    _unwritten: list[str] = field(default_factory=list)
    _failed: set[str] = field(default_factory=set)

    @property
    def notes(self) -> list[str]:
        """The lines: one for all functions that are not written yet, one for each other that did not work."""
        if not self._unwritten:
            return list(self._lines)
        *others, last = self._unwritten
        said = say("{name} is not written yet: you see the reference in its place.", name=last)
        if others:
            said = say(
                "{names} and {last} are not written yet: you see the reference in their place.",
                names=", ".join(others),
                last=last,
            )
        return [said, *self._lines]

    def call(
        self,
        name: str,
        function: Callable[..., Any],
        *args: Any,
        shape: Shape | None = None,
        parts: Mapping[str, Shape] | None = None,
        keys: Iterable[str] = (),
        **keywords: Any,
    ) -> Any:
        """Return what function(*args, **keywords) returns, or None and a note where that is not what was asked for.

        What the function prints and warns of is left out: a picture calls it hundreds of times.

        Args:
            name: how the student knows the function.
            shape: the answer is an array of this shape, finite; it comes back as floats.
            parts: the answer is a tuple of arrays, finite, of these names and shapes; they come back as floats.
            keys: the answer is a dict with these keys.
        """
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()):
                warnings.simplefilter("ignore")
                return _checked(name, function(*args, **keywords), shape, parts, tuple(keys))
        except _Unfit as unfit:
            line = str(unfit)
        except NotImplementedError:
            if name not in self._unwritten:
                self._unwritten.append(name)
            return None
        except Exception as error:  # a student's function may raise anything
            line = say(
                "{name} raised {name2}: {short}", name=name, name2=type(error).__name__, short=_short(str(error))
            ).rstrip(": ")
        if name not in self._failed:
            self._failed.add(name)
            self.say(line)
        return None

    def say(self, line: str) -> None:
        """Note line, once."""
        if line not in self._lines:
            self._lines.append(line)


class _Unfit(Exception):
    """An answer is not what was asked for; the message is for the student."""


def _checked(
    name: str, answer: Any, shape: Shape | None, parts: Mapping[str, Shape] | None, keys: tuple[str, ...]
) -> Any:
    if answer is None or answer is NotImplemented or answer is Ellipsis:
        raise _Unfit(say("{name} returns {answer}: is the return missing?", name=name, answer=answer))
    if keys:
        return _checked_dict(name, answer, keys)
    if parts is not None:
        return _checked_parts(name, answer, parts)
    return answer if shape is None else _checked_array(say("{name} returns", name=name), answer, shape)


def _checked_array(says: str, answer: Any, shape: Shape) -> Array:
    try:
        array = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        kind = type(answer).__name__
        raise _Unfit(
            say(
                "{says} a {kind} that is not all numbers; this picture needs the shape {shape}.",
                says=says,
                kind=kind,
                shape=shape,
            )
        ) from None
    if array.shape != shape:
        raise _Unfit(
            say(
                "{says} the shape {shape}; this picture needs {wanted}.",
                says=says,
                shape=array.shape,
                wanted=shape or say("one number"),
            )
        )
    if not np.isfinite(array).all():
        raise _Unfit(say("{says} a value that is not finite (NaN or infinity).", says=says))
    return array


def _checked_parts(name: str, answer: Any, parts: Mapping[str, Shape]) -> tuple[Array, ...]:
    if not isinstance(answer, tuple | list) or len(answer) != len(parts):
        raise _Unfit(
            say(
                "{name} must return a tuple of {parts} arrays: {parts2}.",
                name=name,
                parts=len(parts),
                parts2=", ".join(parts),
            )
        )
    named = zip(parts.items(), answer, strict=True)
    return tuple(
        _checked_array(say("{name} gives for {part}", name=name, part=part), array, shape)
        for (part, shape), array in named
    )


def _checked_dict(name: str, answer: Any, keys: tuple[str, ...]) -> dict[str, Any]:
    missing = [key for key in keys if not isinstance(answer, dict) or key not in answer]
    if missing:
        raise _Unfit(
            say(
                "{name} must return a dict with {keys}; {missing} is missing.",
                name=name,
                keys=", ".join(keys),
                missing=missing[0],
            )
        )
    return dict(answer)


def _short(text: str, width: int = 90) -> str:
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 3] + "..."
