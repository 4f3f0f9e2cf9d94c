"""Calling a function of the student's for a picture: whatever it does, the picture stands and says what happened."""

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class Attempts:
    """Calls functions of the student's and keeps one friendly line for each that did not work."""

    notes: list[str] = field(default_factory=list)

    def call(
        self,
        name: str,
        function: Callable[..., Any],
        *args: Any,
        shape: tuple[int, ...] | None = None,
        keys: Iterable[str] = (),
        **keywords: Any,
    ) -> Any:
        """Return what function(*args, **keywords) returns, or None and a note where that is not what was asked for.

        Args:
            name: how the student knows the function.
            shape: the answer is an array of this shape, finite; it comes back as floats.
            keys: the answer is a dict with these keys.
        """
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                answer = function(*args, **keywords)
                return self._checked(name, answer, shape, tuple(keys))
        except NotImplementedError:
            self._say(f"{name} is not written yet: what you see is the reference alone.")
        except Exception as error:  # a student's function may raise anything
            self._say(f"{name} raised {type(error).__name__}: {_short(str(error))}")
        return None

    def _checked(self, name: str, answer: Any, shape: tuple[int, ...] | None, keys: tuple[str, ...]) -> Any:
        if answer is None or answer is NotImplemented or answer is Ellipsis:
            return self._say(f"{name} returns {answer}: is the return missing?")
        if keys:
            return self._checked_dict(name, answer, keys)
        if shape is None:
            return answer
        array = np.asarray(answer, dtype=float)
        if array.shape != shape:
            return self._say(f"{name} returns the shape {array.shape}; this picture needs {shape}.")
        if not np.isfinite(array).all():
            return self._say(f"{name} returns a value that is not finite (NaN or infinity).")
        return array

    def _checked_dict(self, name: str, answer: Any, keys: tuple[str, ...]) -> Any:
        missing = [key for key in keys if not isinstance(answer, dict) or key not in answer]
        if missing:
            return self._say(f"{name} must return a dict with {', '.join(keys)}; {missing[0]} is missing.")
        return answer

    def _say(self, line: str) -> None:
        if line not in self.notes:
            self.notes.append(line)


def _short(text: str, width: int = 90) -> str:
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 3] + "..."
