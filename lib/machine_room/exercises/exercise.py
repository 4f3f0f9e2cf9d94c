"""What an exercise is: the function that is asked for, the cases it is tried on, the known mistakes, other right ways.

Declared once, next to its section's other exercises; the check in the notebook, its hints, the hidden test, the tests
of the tests and the synthetic class all follow from the declaration.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np

from machine_room.arguments import Array, Function
from machine_room.packages import LIBRARY, packages
from machine_room.translation import say

__all__ = ["VISIBLE_SEED", "Case", "Curve", "Exercise", "Mistake", "Score"]

VISIBLE_SEED = "visible"

F = TypeVar("F", bound=Function)


@dataclass(frozen=True, eq=False)
class Case:
    """One call to try a function with.

    Args:
        description: what this case tests, a few words: "integer labels", "batch of 3".
        args, kwargs: what the function is called with. Callables among them are counted as they are called.
        rtol: allowed relative deviation; default 1e-7, or 1e-4 where an input is float32. By name of a part where parts
            differ, as with moments that luck moves more or less.
        atol: allowed deviation as a fraction of the largest expected entry; default 1e-9, or 1e-5 for float32.
        max_calls: how often the callables may be called in total; None for any number.
        truth: what a scored exercise measures the answer by; the function never sees it.
    """

    description: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    rtol: float | Mapping[str, float] | None = None
    atol: float | None = None
    max_calls: int | None = None
    truth: Any = None

    def tolerance(self, part: str = "") -> tuple[float, float]:
        """Return `(rtol, atol)` for a part of the result, with the defaults filled in."""
        narrow = any(is_single(value) for value in (*self.args, *self.kwargs.values()))
        rtol, atol = (1e-4, 1e-5) if narrow else (1e-7, 1e-9)
        wanted = self.rtol.get(part) if isinstance(self.rtol, Mapping) else self.rtol
        return (rtol if wanted is None else wanted, atol if self.atol is None else self.atol)

    @property
    def size(self) -> int:
        """How many numbers a student has to look at to follow this case."""
        return sum(map(count_numbers, (*self.args, *self.kwargs.values())))


def count_numbers(value: Any) -> int:
    """Return how many numbers an argument holds: 0 for a function, the sum for a list of arrays of any shapes."""
    if callable(value):
        return 0
    return sum(map(count_numbers, value)) if isinstance(value, (list, tuple)) else np.size(value)


def is_single(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == np.float32


@dataclass(frozen=True)
class Curve:
    """How to draw an elementwise function: with `arguments(z)` for z from low to high, and the settings of a case."""

    low: float
    high: float
    arguments: Callable[[Array], tuple[Any, ...]] = lambda z: (z,)
    label: str = "z"


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer, and the sentence that helps whoever gives it."""

    name: str
    hint: str
    function: Function

    @property
    def said(self) -> str:
        """The hint in the language of the course."""
        return say(self.hint)


@dataclass(frozen=True)
class Score:
    """What an answer is worth where there is no single right one.

    Args:
        share: of the points, from 0 to 1; 0 fails the check.
        lines: what was reached, for the student.
        hint: what to do next; empty where all is reached.
        mistake: name of a known mistake, whose hint is then told.
    """

    share: float
    lines: tuple[str, ...] = ()
    hint: str = ""
    mistake: str | None = None


class Exercise:
    """A function that students are asked to write.

    Args:
        reference: the library's own function; its name is the exercise's.
        cases: function of a `np.random.Generator` returning the cases. It is drawn once with a fixed generator for the
            check that students see, and once with the course's secret seed for the hidden one.
        withheld: what must not be given away while this exercise is graded, as dotted names below `machine_room`
            ("network.Network.gradient"), or from the name of an own package on; the reference itself always is, and so
            are other right ways.
        returns: names for the parts of a tuple, for messages.
        accepts_lists: a list of numbers will do where the reference returns an array.
        curve: how to draw it, where the function works element by element.
        measure: what of a result is compared, where the result is random: from the plain result to its moments, by
            name. The result itself must only have the right type and shape, and depend on the generator alone.
        score: judges what the function did in all cases, instead of comparing it with the reference: from the cases
            and the observations (`checks.observe`), none of which raised, to a `Score`.
        visible_cases: the cases of the check that students see, where they are others than `cases` draws.
        as_plain: of a scored function, what is looked at of a result that is an object: from the result, here or a
            stand-in for one elsewhere, to plain data.
        told_by_error: of a scored function, words in the message of a TypeError -> the known mistake that it tells of.
        entries: names for the entries of a part that is a list of different things, by the part's name.
        untried: what the check is not to try on its own account (`checks.further.Trial`), because the text asks for
            less: "one row", "one unit".
        takes_integers: the numbers that come by their place may be integers, and are tried as such.
        call_seconds: what a call of a scored function should take at most. The check that students see tells who takes
            longer; it stops nobody.

    Example:
        >>> def double(x): return 2 * x
        >>> exercise = Exercise(reference=double, cases=lambda rng: [Case("a number", (rng.normal(),))])
        >>> @exercise.mistake("Twice, not squared.")
        ... def squares(x): return x ** 2
        >>> exercise.name, exercise.mistakes[0].name
        ('double', 'squares')
    """

    def __init__(
        self,
        *,
        reference: Function,
        cases: Callable[[np.random.Generator], Iterable[Case]],
        withheld: Iterable[str] = (),
        returns: Iterable[str] = (),
        accepts_lists: bool = False,
        curve: Curve | None = None,
        measure: Callable[[Any], dict[str, float]] | None = None,
        randomness: Callable[[Sequence[Case], Sequence[Any]], str] | None = None,
        score: Callable[[Sequence[Case], Sequence[Any]], Score] | None = None,
        visible_cases: Callable[[np.random.Generator], Iterable[Case]] | None = None,
        as_plain: Callable[[Any], Any] = lambda result: result,
        told_by_error: Mapping[str, str] = MappingProxyType({}),
        entries: Mapping[str, Sequence[str]] = MappingProxyType({}),
        untried: Iterable[str] = (),
        takes_integers: bool = False,
        call_seconds: float | None = None,
    ) -> None:
        if isinstance(withheld, str):
            raise TypeError(f"withheld is a tuple of names: write withheld=({withheld!r},), with the comma")
        self.name: str = reference.__name__
        self.reference = reference
        self.cases = cases
        self._also_withheld = tuple(withheld)
        self.returns = tuple(returns)
        self.accepts_lists = accepts_lists
        self.curve = curve
        self.measure = measure
        self.randomness = randomness
        self.score = score
        self.visible_cases = visible_cases
        self.as_plain = as_plain
        self.told_by_error = told_by_error
        self.entries = entries
        self.untried = tuple(untried)
        self.takes_integers = takes_integers
        self.call_seconds = call_seconds
        self.mistakes: list[Mistake] = []
        self.variants: list[Function] = []
        self.parameters: tuple[str, ...] = tuple(inspect.signature(reference).parameters)

    def __repr__(self) -> str:
        return f"<Exercise {self.name}: {len(self.mistakes)} mistakes, {len(self.variants)} variants>"

    @property
    def withheld(self) -> tuple[str, ...]:
        """What grading withholds: the reference and other right ways, wherever they stand, and what else was named."""
        return tuple(dict.fromkeys((*_withheld_names((self.reference, *self.variants)), *self._also_withheld)))

    def mistake(self, hint: str) -> Callable[[F], F]:
        """Declare the decorated function as a known mistake, with the hint for whoever makes it."""

        def declare(function: F) -> F:
            self.mistakes.append(Mistake(function.__name__, hint, function))
            return function

        return declare

    def also_correct(self, function: F) -> F:
        """Declare the decorated function as another right answer, which no check may reject."""
        self.variants.append(function)
        return function

    def draw(self, seed: int | str) -> tuple[Case, ...]:
        """Return the cases of a seed; the same seed gives the same cases, on every machine."""
        digest = hashlib.sha256(f"{self.name}:{seed}".encode()).digest()
        cases = self.visible_cases if seed == VISIBLE_SEED and self.visible_cases is not None else self.cases
        return tuple(cases(np.random.default_rng(list(digest))))


def _withheld_names(functions: Iterable[Function]) -> Iterator[str]:
    """The dotted names of right answers that grading withholds: below machine_room, or from an own package's name on.

    Of what stands in a room of exercises nothing is there while work is graded.
    """
    for function in functions:
        package, _, module = (function.__module__ or "").partition(".")
        if module.partition(".")[0] == "exercises" or package not in packages():
            continue
        parts = [package] * (package != LIBRARY) + [module] * bool(module) + [function.__qualname__]
        yield ".".join(parts)
