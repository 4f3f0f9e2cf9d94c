"""Questions before pictures: what a prediction may be, what is true, and both side by side.

A question is declared beside its picture: in `predictions.py` of a section, or in a section's one module, as the tuple
PREDICTIONS. What is true is computed, never written down. Nothing of this is graded. Its words go through the catalogue
where they are shown; an option that was chosen is kept in English, so that answers compare in every language.

*Trust*: a prediction is a student's, and comes out of files that anybody can write. `accept` lets in what answers its
question, and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from machine_room.packages import LIBRARY, folders, packages, remembered, sections
from machine_room.translation import say, sentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["NOT_GRADED", "Answer", "Choice", "Number", "Point", "Prediction", "find", "predictions", "section_of"]

#: As JSON has it: a number, an option's words, or a point's two numbers.
Answer = Any

NOT_GRADED = sentence("A prediction is never graded. It is kept with this notebook, and handed in with it.")
_WHOLE = sentence("A prediction here is a whole number from {low:,g} to {high:,g}.")
_ANY = sentence("A prediction here is a number from {low:,g} to {high:,g}.")
#: A point's picture, and the axes in it, in screen pixels: left, bottom, width, height.
SIZE = (420, 330)
BOX = (58, 50, 340, 256)


@dataclass(frozen=True)
class Number:
    """A question that a number answers.

    Args:
        low, high: of what is taken for an answer; wide, so that they tell nothing.
        unit: what is counted, in the plural; empty: a bare number.
        whole: only integers are answers.

    Example:
        >>> passes = Number(1, 1e9, unit="passes", whole=True)
        >>> passes.accept(7511.0), passes.shown(7511)
        (7511, '7,511 passes')
    """

    low: float
    high: float
    unit: str = ""
    whole: bool = False

    def accept(self, answer: object) -> float:
        """Return answer as this kind of number.

        Raises:
            ValueError: it is none from low to high.
        """
        number = _finite(answer)
        if number is None or not self.low <= number <= self.high or (self.whole and number != round(number)):
            wanted = _WHOLE if self.whole else _ANY
            raise ValueError(say(wanted, low=self.low, high=self.high))
        return round(number) if self.whole else number

    def shown(self, answer: Answer) -> str:
        """Return answer in words."""
        number = f"{answer:,}" if self.whole else f"{answer:.4g}"
        return f"{number} {say(self.unit)}".rstrip()

    def asked(self) -> dict[str, Any]:
        """Return what the page needs to ask."""
        return {"kind": "number", "low": self.low, "high": self.high, "unit": say(self.unit), "whole": self.whole}


@dataclass(frozen=True)
class Choice:
    """A question that one of several phrases answers.

    Args:
        options: the phrases, in reading order.

    Example:
        >>> Choice(("too short", "too long")).accept("too long")
        'too long'
    """

    options: tuple[str, ...]

    def accept(self, answer: object) -> str:
        """Return answer where it is one of the options.

        Raises:
            ValueError: it is none of them.
        """
        if not isinstance(answer, str) or answer not in self.options:
            raise ValueError(say("A prediction here is one of: {options}.", options="; ".join(map(say, self.options))))
        return str(answer)

    def shown(self, answer: Answer) -> str:
        """Return answer in the course's language."""
        return next((say(option) for option in self.options if option == answer), str(answer))

    def asked(self) -> dict[str, Any]:
        """Return what the page needs to ask."""
        return {"kind": "choice", "options": [{"value": str(option), "shown": say(option)} for option in self.options]}


@dataclass(frozen=True)
class Point:
    """A question that a point on a picture answers.

    Args:
        x, y: what the axes are called.
        x_range, y_range: their ends.
        draw: draws on the axes what is known before.
        about: what the picture shows, for who does not see it.
        step: how far an arrow key moves the point.
    """

    x: str
    y: str
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    draw: Callable[[Axes], None]
    about: str
    step: float = 0.1

    def accept(self, answer: object) -> list[float]:
        """Return answer as two numbers.

        Raises:
            ValueError: it is no point on the picture.
        """
        found = [_finite(one) for one in answer] if isinstance(answer, list) and len(answer) == 2 else [None, None]
        (x, y), (x_low, x_high), (y_low, y_high) = found, self.x_range, self.y_range
        if x is None or y is None or not (x_low <= x <= x_high and y_low <= y <= y_high):
            raise ValueError(
                say(
                    "A prediction here is a point, {x} from {x_low:g} to {x_high:g} and {y} from {y_low:g} to "
                    "{y_high:g}.",
                    x=say(self.x), y=say(self.y), x_low=x_low, x_high=x_high, y_low=y_low, y_high=y_high,
                )
            )  # fmt: skip
        return [x, y]

    def shown(self, answer: Answer) -> str:
        """Return answer in words."""
        return f"{say(self.x)} = {answer[0]:.3g}, {say(self.y)} = {answer[1]:.3g}"

    def asked(self) -> dict[str, Any]:
        """Return what the page needs to ask; the picture comes beside it."""
        axes = [{"name": say(name), "low": low, "high": high} for name, (low, high) in self._axes()]
        return {"kind": "point", "axes": axes, "step": self.step, "size": SIZE, "box": BOX, "about": say(self.about)}

    def picture(self, marks: Mapping[str, Sequence[float]]) -> bytes:
        """Return the picture as PNG, with points on it by what they are called."""
        from machine_room.explore import palette
        from machine_room.explore.canvas import DRAWING, Canvas, house_style

        looks = (("o", palette.YOURS), ("*", palette.BALL))
        with DRAWING, house_style():
            canvas = Canvas("", SIZE)
            axes = canvas.axes(*BOX, xlim=self.x_range, ylim=self.y_range, xlabel=say(self.x), ylabel=say(self.y))
            self.draw(axes)
            for (name, (x, y)), (sign, colour) in zip(marks.items(), looks, strict=False):
                axes.plot([x], [y], sign, color=colour, mec=palette.INK, ms=11, label=name, clip_on=False, ls="none")
            if marks:
                axes.legend(loc="lower right", frameon=True)
            image = canvas.render(2.0)
            canvas.close()
        return image

    def _axes(self) -> tuple[tuple[str, tuple[float, float]], ...]:
        return (self.x, self.x_range), (self.y, self.y_range)


@dataclass(frozen=True)
class Prediction:
    """A question that is answered before its picture is looked at.

    Args:
        name: the word of `explore.predict`; it never changes once students hold it.
        question: in plain words, without formulas; in English as `sentence` keeps it, or in the course's language.
        kind: what answers it.
        truth: computes what is true.

    Example:
        >>> asked = Prediction("two", "What is 1 + 1?", Number(0, 9, whole=True), lambda: 1 + 1)
        >>> asked.beside(3)
        ('Your prediction: 3', 'It is: 2')
    """

    name: str
    question: str
    kind: Number | Choice | Point
    truth: Callable[[], Answer]

    def true(self) -> Answer:
        """Return what is true."""
        return self.kind.accept(self.truth())

    def beside(self, answer: Answer) -> tuple[str, str]:
        """Return an accepted prediction and what is true, each in words."""
        return say("Your prediction: {answer}", answer=self.kind.shown(answer)), self.told()

    def told(self) -> str:
        """Return what is true, in words."""
        return say("It is: {answer}", answer=self.kind.shown(self.true()))


def predictions() -> Mapping[str, Prediction]:
    """Return all questions by their names; of two with one name the course's own.

    Example:
        >>> predictions()["forward_passes"].true()
        7511
    """
    return {name: prediction for name, (prediction, _) in _table(packages()).items()}


def find(name: str) -> Prediction:
    """Return the question of that name.

    Raises:
        LookupError: there is none; the sentence says which there are.

    Example:
        >>> find("forward_passes").kind.unit
        'passes'
    """
    known = predictions()
    if name not in known:
        raise LookupError(f"No question is called {name!r}: there are {', '.join(sorted(known))}.")
    return known[name]


def section_of(name: str) -> str:
    """Return the name of the section that a question is declared in.

    Example:
        >>> section_of("forward_passes")
        'backprop'
    """
    return _table(packages())[name][1]


@remembered
def _table(among: tuple[str, ...]) -> Mapping[str, tuple[Prediction, str]]:
    found: dict[str, tuple[Prediction, str]] = {}
    for package in among:
        for section in sections(package, "explore"):
            for prediction in _declared(package, section):
                found.setdefault(prediction.name, (prediction, section))
    return found


def _declared(package: str, section: str) -> tuple[Prediction, ...]:
    """What a section declares. A module of this library's room itself, beside its sections, declares nothing."""
    module = f"{package}.explore.{section}"
    if any((folder / section / "predictions.py").is_file() for folder in folders(package, "explore")):
        return tuple(import_module(f"{module}.predictions").PREDICTIONS)
    return tuple(getattr(import_module(module), "PREDICTIONS", ())) if package != LIBRARY else ()


def _finite(answer: object) -> float | None:
    """The answer as a number; None where it is none, or beyond all bounds."""
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        return None
    try:
        number = float(answer)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
