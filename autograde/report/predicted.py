"""What a class predicted before its pictures, beside what is true: who said what is in `autograde answers`.

*Trust*: predictions come out of students' files. Each was let in by its question: a number or a point within its
bounds, or one of the course's own phrases.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import hypot
from statistics import fmean, median, quantiles
from typing import Any

from machine_room.explore.prediction import Choice, Number, Point, Prediction, predictions

from ..course.answers import Answers
from ..course.notebook import Notebook
from ..course.questions import questions_of

__all__ = ["Bar", "Dot", "Predicted", "PredictedReport", "Scatter", "beside_truth"]

CLOSE = 0.1  # of what is true, or of the picture: about right
SHARES = (0.1, 0.5, 1 - CLOSE, 1 + CLOSE, 2.0, 10.0)  # of what is true: where a bar ends and the next begins
SAID = (
    "less than a tenth of it", "a tenth to a half of it", "too small", "within a tenth of it", "too large",
    "two to ten times as much", "more than ten times as much",
)  # fmt: skip
DISTANCES = (CLOSE, 0.25, 0.5)  # from what is true, where the picture is 1 wide and 1 high
AWAY = ("at most a tenth of the picture away", "up to a quarter away", "up to a half away", "farther away")
STEPS = 6  # bars between the ends of a number that can be negative
GRID = 40  # points that are so close together that they are one dot: in each direction so many
MOST_OFTEN = 5  # numbers that are told one by one
MOST_PLACES = 10  # that stand in the picture's table
FEWEST_FOR_QUARTERS = 4


@dataclass(frozen=True)
class Bar:
    """Predictions that are counted together."""

    label: str
    count: int
    said: str = ""  # what that means
    true: bool = False  # what is true lies here


@dataclass(frozen=True)
class Dot:
    """Points that lie together; x and y are their means."""

    x: float
    y: float
    count: int


@dataclass(frozen=True)
class Scatter:
    """The points of a class on the picture's axes."""

    x: str
    y: str
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    dots: tuple[Dot, ...]
    true: Dot
    about: str  # what students saw on it besides

    @property
    def places(self) -> tuple[Dot, ...]:
        """Where most are, for who does not see the picture."""
        return tuple(sorted(self.dots, key=lambda dot: -dot.count)[:MOST_PLACES])


@dataclass(frozen=True)
class PredictedReport:
    """One question.

    Attributes:
        notebook, name, question: which one, and its words.
        hand_ins: that were read.
        predicted: so many of them answer it.
        right: so many of these are right.
        within: how near a right one is: empty, or in words.
        true: what is true, in words.
        middle: of numbers and points, in words; empty for phrases.
        often: of numbers, those that most said, each in words and by how many.
        bars: all of them, counted.
        scatter: of points.
    """

    notebook: str
    name: str
    question: str
    hand_ins: int
    predicted: int
    right: int
    within: str
    true: str
    middle: str
    often: tuple[tuple[str, int], ...]
    bars: tuple[Bar, ...]
    scatter: Scatter | None = None


class Predicted:
    """Collects one notebook's predictions: of each student at most one a question."""

    def __init__(self, master: Notebook) -> None:
        known = predictions()
        self._notebook = master.name
        self._asked = {name: known[name] for name in questions_of(master)}
        self._answers: dict[str, list[Any]] = {name: [] for name in self._asked}
        self._hand_ins = 0

    def add(self, answers: Answers) -> None:
        self._hand_ins += not answers.unread
        for name, answer in answers.predictions.items():
            self._answers[name].append(answer)

    def report(self) -> Iterator[PredictedReport]:
        """Yield each question that somebody answered."""
        for name, asked in self._asked.items():
            if answers := self._answers[name]:
                yield beside_truth(self._notebook, self._hand_ins, asked, answers)


def beside_truth(notebook: str, hand_ins: int, asked: Prediction, answers: Sequence[Any]) -> PredictedReport:
    """Count what was answered to one question.

    Args:
        notebook: where it is asked.
        hand_ins: that were read.
        asked: the question.
        answers: one at least, each as the question's kind accepted it.
    """
    true = asked.true()
    scatter: Scatter | None = None
    within, often = "", tuple[tuple[str, int], ...]()
    match asked.kind:
        case Number() as kind:
            middle, bars = _middle(kind, answers), _of_numbers(kind, answers, true)
            within, often = "" if kind.whole else "within a tenth", _often(kind, answers)
            reach = 0.0 if kind.whole else CLOSE * abs(true)
            right = sum(abs(answer - true) <= reach for answer in answers)
        case Choice() as kind:
            middle, bars = "", _of_phrases(kind, answers, true)
            right = sum(answer == true for answer in answers)
        case Point() as kind:
            scatter = _scatter(kind, answers, true)
            middle = kind.shown([median(x for x, _ in answers), median(y for _, y in answers)])
            bars = _of_points(kind, answers, true)
            within, right = "within a tenth of the picture", bars[0].count
    counts, told = (hand_ins, len(answers), right), (within, asked.kind.shown(true), middle)
    return PredictedReport(notebook, asked.name, asked.question, *counts, *told, often, bars, scatter)


def _middle(kind: Number, answers: Sequence[float]) -> str:
    middle = median(answers)
    told = kind.shown(round(middle) if kind.whole else middle)
    if len(answers) < FEWEST_FOR_QUARTERS:
        return told
    low, _, high = quantiles(answers, n=4, method="inclusive")
    return f"{told}; half of them lie from {_plain(low)} to {_plain(high)}"


def _often(kind: Number, answers: Iterable[float]) -> tuple[tuple[str, int], ...]:
    """What several said: a mistake that has a number of its own shows in it."""
    counts = Counter(map(kind.shown, answers)).most_common(MOST_OFTEN)
    return tuple((words, count) for words, count in counts if count > 1)


def _of_numbers(kind: Number, answers: Sequence[float], true: float) -> tuple[Bar, ...]:
    if kind.low >= 0 and true > 0:
        return _bars([share * true for share in SHARES], answers, true, SAID)
    low, high = min(*answers, true), max(*answers, true)
    edges = [low + (high - low) * step / STEPS for step in range(1, STEPS)] if low < high else []
    here = bisect_right(edges, true)
    said = ["where it is" if place == here else "" for place in range(len(edges) + 1)]
    return _bars(edges, answers, true, said)


def _bars(edges: Sequence[float], answers: Iterable[float], true: float, said: Sequence[str]) -> tuple[Bar, ...]:
    """Bars that the edges part: a number that is one of them belongs to the bar above it."""
    counts = Counter(bisect_right(edges, answer) for answer in answers)
    here = bisect_right(edges, true)
    return tuple(Bar(_span(edges, place), counts[place], said[place], place == here) for place in range(len(edges) + 1))


def _span(edges: Sequence[float], place: int) -> str:
    if not edges:
        return "all of them"
    if place == 0:
        return f"under {_plain(edges[0])}"
    if place == len(edges):
        return f"{_plain(edges[-1])} and more"
    return f"{_plain(edges[place - 1])} to {_plain(edges[place])}"


def _plain(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def _of_phrases(kind: Choice, answers: Iterable[str], true: str) -> tuple[Bar, ...]:
    counts = Counter(answers)
    return tuple(
        Bar(option, counts[option], "right" if option == true else "", option == true) for option in kind.options
    )


def _of_points(kind: Point, answers: Iterable[Sequence[float]], true: Sequence[float]) -> tuple[Bar, ...]:
    width, height = (high - low for low, high in (kind.x_range, kind.y_range))
    away = (hypot((x - true[0]) / width, (y - true[1]) / height) for x, y in answers)
    counts = Counter(sum(one > distance for distance in DISTANCES) for one in away)
    return tuple(Bar(label, counts[place], "" if place else "right", not place) for place, label in enumerate(AWAY))


def _scatter(kind: Point, answers: Iterable[Sequence[float]], true: Sequence[float]) -> Scatter:
    together: dict[tuple[int, int], list[Sequence[float]]] = {}
    for x, y in answers:
        together.setdefault((_step(x, kind.x_range), _step(y, kind.y_range)), []).append((x, y))
    dots = tuple(
        Dot(fmean(x for x, _ in found), fmean(y for _, y in found), len(found)) for _, found in sorted(together.items())
    )
    return Scatter(kind.x, kind.y, kind.x_range, kind.y_range, dots, Dot(true[0], true[1], 0), kind.about)


def _step(value: float, ends: tuple[float, float]) -> int:
    low, high = ends
    return round((value - low) / (high - low) * GRID)
