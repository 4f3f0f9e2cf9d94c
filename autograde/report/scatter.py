"""Points that a class predicted, placed on a picture for the page."""

from __future__ import annotations

from dataclasses import dataclass

from .predicted import Dot, Scatter

__all__ = ["Picture", "Placed", "Tick", "drawn"]

LEFT, TOP, WIDTH, HEIGHT = 56, 12, 390, 310
SMALLEST, LARGEST = 4.0, 22.0  # radius, of one student and of the whole class
TICKS = 5


@dataclass(frozen=True)
class Placed:
    """A dot in the picture's units."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Tick:
    """A number beside an axis, and where along it."""

    at: float
    label: str


@dataclass(frozen=True)
class Picture:
    """What is drawn where."""

    dots: tuple[Placed, ...]
    true: Placed
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    left: int = LEFT
    top: int = TOP
    width: int = WIDTH
    height: int = HEIGHT


def drawn(scatter: Scatter) -> Picture:
    """Return where everything stands; a dot's area grows with how many it is."""
    all_of_them = sum(dot.count for dot in scatter.dots)
    return Picture(
        tuple(_placed(scatter, dot, (dot.count / all_of_them) ** 0.5) for dot in scatter.dots),
        _placed(scatter, scatter.true, 0.0),
        tuple(Tick(round(LEFT + WIDTH * share, 1), label) for share, label in _ticks(scatter.x_range)),
        tuple(Tick(round(TOP + HEIGHT * (1 - share), 1), label) for share, label in _ticks(scatter.y_range)),
    )


def _placed(scatter: Scatter, dot: Dot, size: float) -> Placed:
    (x_low, x_high), (y_low, y_high) = scatter.x_range, scatter.y_range
    x = LEFT + WIDTH * (dot.x - x_low) / (x_high - x_low)
    y = TOP + HEIGHT * (1 - (dot.y - y_low) / (y_high - y_low))
    return Placed(round(x, 1), round(y, 1), round(max(SMALLEST, LARGEST * size), 1))


def _ticks(ends: tuple[float, float]) -> list[tuple[float, str]]:
    low, high = ends
    return [(step / TICKS, f"{low + (high - low) * step / TICKS:.3g}") for step in range(TICKS + 1)]
