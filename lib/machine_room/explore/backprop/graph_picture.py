"""How the worked network is drawn: nodes, edges with their two numbers, the gradient, the history of the loss."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from machine_room.arguments import Array
from machine_room.explore import palette
from machine_room.explore.backprop.lecture import SYMBOLS
from machine_room.explore.canvas import Canvas
from machine_room.translation import say

SIZE = (908, 440)
_X, _HIDDEN, _OUT, _LOSS = 52, 246, 448, 573
_UP, _DOWN, _MIDDLE = 318, 130, 224
_TABLE = 640


@dataclass(frozen=True)
class Pass:
    """One forward and one backward pass, as shown, and as the reference has it."""

    values: dict[str, float]
    gradient: Array
    expected: dict[str, float]
    expected_gradient: Array
    wrong: set[str]
    wrong_entries: NDArray[np.bool_]
    loss: float


def number(value: float) -> str:
    """Return value short enough for a node: at most four digits, no minus before a zero.

    Example:
        >>> number(-40.0), number(3.9680), number(-0.0), number(123456.0)
        ('-40', '3.968', '0', '1.2e+05')
    """
    if abs(value) >= 1e4:
        return f"{value:.1e}"
    return f"{value:.4g}" if abs(value) >= 5e-4 else "0" if value == 0 else f"{value:.0e}"


class GraphPicture:
    """The artists of the worked network's picture."""

    def __init__(self) -> None:
        self.canvas = Canvas(say("Which numbers run forward, and which run back?"), SIZE)
        self._axes = self.canvas.axes(0, 0, *SIZE, xlim=(0, SIZE[0]), ylim=(0, SIZE[1]), facecolor="none")
        self._axes.set_axis_off()
        self._edges()
        self._nodes()
        self._edge_numbers()
        self._table()
        self._loss_history()

    def _edges(self) -> None:
        ends = [
            (_X, _UP, _HIDDEN, _UP), (_X, _DOWN, _HIDDEN, _UP), (_X, _UP, _HIDDEN, _DOWN), (_X, _DOWN, _HIDDEN, _DOWN),
            (_HIDDEN, _UP, _OUT, _MIDDLE), (_HIDDEN, _DOWN, _OUT, _MIDDLE), (_OUT, _MIDDLE, _LOSS, _MIDDLE),
        ]  # fmt: skip
        for x0, y0, x1, y1 in ends:
            self._axes.plot([x0, x1], [y0, y1], color=palette.FRAME, lw=1.3, zorder=1)
        # The edges that carry no gradient while their unit is off.
        self._silent = [
            self._lines([ends[0], ends[1]]), self._lines([ends[2], ends[3]]),
        ]  # fmt: skip

    def _lines(self, ends: Sequence[tuple[int, int, int, int]]) -> Any:
        xs = [at for x0, _, x1, _ in ends for at in (x0, x1, np.nan)]
        ys = [at for _, y0, _, y1 in ends for at in (y0, y1, np.nan)]
        (line,) = self._axes.plot(xs, ys, color=palette.PAPER, lw=1.8, ls=(0, (2, 2.5)), zorder=1.5)
        self.canvas.moving(line)
        return line

    def _nodes(self) -> None:
        from matplotlib.patches import FancyBboxPatch

        def box(x: float, y: float, width: float, height: float, edge: str = palette.INK) -> Any:
            style = "round,pad=0,rounding_size=10"
            return self._axes.add_patch(FancyBboxPatch(
                (x - width / 2, y - height / 2), width, height, boxstyle=style,
                facecolor="#ffffff", edgecolor=edge, linewidth=1.4, zorder=3,
            ))  # fmt: skip

        for y in (_UP, _DOWN):
            box(_X, y, 76, 44)
        self._units = [box(_HIDDEN, y, 112, 86) for y in (_UP, _DOWN)]
        box(_OUT, _MIDDLE, 98, 66)
        box(_LOSS, _MIDDLE, 100, 66)
        self.canvas.moving(*self._units)
        self._inputs = [self._centred(_X, y) for y in (_UP, _DOWN)]
        self._hidden = [
            [self._centred(_HIDDEN, y + shift, **kind) for shift, kind in (
                (26, {}), (6, {}), (-12, {"color": palette.BACKWARD}), (-30, {"color": palette.BACKWARD}))]
            for y in (_UP, _DOWN)
        ]  # fmt: skip
        self._off = [
            self.canvas.label(_HIDDEN, y + 62, size=8.5, ha="center", weight="bold", zorder=6) for y in (_UP, _DOWN)
        ]
        self._biases = [
            [self._centred(x, y - drop, size=8.5, color=colour) for drop, colour in (
                (down, palette.INK), (down + 16, palette.BACKWARD))]
            for x, y, down in ((_HIDDEN, _UP, 54), (_HIDDEN, _DOWN, 54), (_OUT, _MIDDLE, 45))
        ]  # fmt: skip
        self._output = [self._centred(_OUT, _MIDDLE + 13), self._centred(_OUT, _MIDDLE - 12, color=palette.BACKWARD)]
        self._loss = [self._centred(_LOSS, _MIDDLE + 13), self._centred(_LOSS, _MIDDLE - 12, color=palette.GREY)]
        self.canvas.text(_X, _UP + 76, say("inputs"), size=9, color=palette.GREY, ha="center")
        self.canvas.text(_OUT, _UP + 76, say("output"), size=9, color=palette.GREY, ha="center")
        self.canvas.text(_LOSS, _UP + 76, say("loss"), size=9, color=palette.GREY, ha="center")
        self.canvas.text(20, 32, say("value, forward →"), size=9, color=palette.FORWARD)
        self.canvas.text(146, 32, say("← ∂ gradient of the loss, backward"), size=9, color=palette.BACKWARD)

    def _centred(self, x: float, y: float, **properties: Any) -> Any:
        return self.canvas.label(
            x, y, **{"size": 9.5, "ha": "center", "va": "center", "color": palette.FORWARD, "zorder": 5, **properties}
        )

    def _edge_numbers(self) -> None:
        # w11, w21, w12, w22, then the two weights of layer 2: where the pair of numbers stands on its edge.
        places = (
            (140, _UP + 2),
            (108, _DOWN + 74),
            (108, _UP - 66),
            (140, _DOWN + 2),
            (352, _UP - 34),
            (352, _DOWN + 40),
        )
        from matplotlib.patches import Rectangle

        self._weights = []
        for x, y in places:
            self._axes.add_patch(
                Rectangle((x - 36, y - 17), 72, 34, facecolor=palette.PAPER, edgecolor="none", zorder=2)
            )
            self._weights.append([
                self._centred(x, y + 8, size=8.5, color=palette.INK),
                self._centred(x, y - 8, size=8.5, color=palette.BACKWARD),
            ])  # fmt: skip

    def _table(self) -> None:
        from matplotlib.patches import Rectangle

        self.canvas.text(_TABLE, 400, "θ", size=9.5, weight="bold")
        self.canvas.text(_TABLE + 116, 400, "∂L/∂θ", size=9.5, weight="bold", ha="right")
        self.canvas.text(_TABLE + 192, 400, say("next θ"), size=9.5, weight="bold", ha="right")
        self._rows, self._zeros = [], []
        for place in range(9):
            y = 366 - 22 * place - 6 * (place // 3)
            band = self._axes.add_patch(
                Rectangle(
                    (_TABLE - 8, y - 11), 268, 21, facecolor=palette.FAINT, edgecolor="none", zorder=1, visible=False
                )
            )
            self._zeros.append(band)
            # A label, not a text: it must stand over the band, which moves.
            self.canvas.label(_TABLE, y, SYMBOLS[place], va="center", size=9, zorder=5)
            self._rows.append([
                self._centred(_TABLE + 116, y, ha="right", size=9.5),
                self._centred(_TABLE + 192, y, ha="right", size=9, color=palette.INK),
                self._centred(_TABLE + 200, y, ha="left", size=8.5, color=palette.GREY),
            ])  # fmt: skip
        self.canvas.moving(*self._zeros)

    def _loss_history(self) -> None:
        self._after = self.canvas.label(_TABLE, 142, size=9)
        self._curve = self.canvas.axes(_TABLE + 32, 44, 226, 58, xlim=(-0.8, 30), yscale="log", ylim=(2e-7, 5e4))
        self._curve.set_yticks([1e-4, 1, 1e4])
        self._curve.set_xlabel(say("steps pressed"), labelpad=1, fontsize=8.5)
        self._curve.set_title(say("loss"), fontsize=8.5, pad=4)
        (self._line,) = self._curve.plot([], [], "-o", color=palette.GREEN, ms=4, lw=1.4)
        self.canvas.moving(self._line)

    def draw(
        self,
        theta: Array,
        x: Array,
        y: float,
        result: Pass,
        eta: float,
        history: Sequence[float],
    ) -> None:
        """Move every artist to the numbers of one pass."""
        values, wrong = result.values, result.wrong
        for label, symbol, value in zip(self._inputs, ("x₁", "x₂"), x, strict=True):
            label.set_text(f"{symbol} = {number(value)}")
        for unit in (0, 1):
            self._draw_unit(unit, values, wrong)
        _say(self._output[0], "ŷ", values["yhat"], "yhat" in wrong, palette.FORWARD)
        _say(self._output[1], "∂ŷ", values["dyhat"], "dyhat" in wrong, palette.BACKWARD)
        self._loss[0].set_text(f"L = {number(result.loss)}")
        self._loss[1].set_text(f"y = {number(y)}")
        on_edges = (0, 1, 3, 4, 6, 7)
        for labels, place in zip(self._weights, on_edges, strict=True):
            self._draw_parameter(labels, place, theta, result)
        for labels, place in zip(self._biases, (2, 5, 8), strict=True):
            self._draw_parameter(labels, place, theta, result)
        self._draw_table(theta, result, eta)
        self._draw_history(result.loss, history)
        self.canvas.tell(_in_words(result))

    def _draw_unit(self, unit: int, values: dict[str, float], wrong: set[str]) -> None:
        names = [f"{kind}{unit + 1}" for kind in ("z", "h", "dh", "dz")]
        off = values[f"z{unit + 1}"] <= 0
        self._units[unit].set_facecolor(palette.FAINT if off else "#ffffff")
        self._units[unit].set_linestyle("--" if off else "-")
        self._units[unit].set_edgecolor(palette.GREY if off else palette.INK)
        self._off[unit].set_text(
            say("unit {unit} is off", unit=unit + 1) if off else say("unit {unit} is on", unit=unit + 1)
        )
        self._off[unit].set_color(palette.GREY if off else palette.GREEN)
        self._silent[unit].set_visible(off)
        subscript = "₁₂"[unit]
        symbols = (f"z{subscript}", f"h{subscript}", f"∂h{subscript}", f"∂z{subscript}")
        colours = (palette.FORWARD, palette.FORWARD, palette.BACKWARD, palette.BACKWARD)
        for label, name, symbol, colour in zip(self._hidden[unit], names, symbols, colours, strict=True):
            _say(label, symbol, values[name], name in wrong, colour)

    def _draw_parameter(self, labels: Sequence[Any], place: int, theta: Array, result: Pass) -> None:
        labels[0].set_text(f"{SYMBOLS[place]} = {number(theta[place])}")
        _say(labels[1], "∂", result.gradient[place], bool(result.wrong_entries[place]), palette.BACKWARD, joint=" ")

    def _draw_table(self, theta: Array, result: Pass, eta: float) -> None:
        for place, (entry, after, remark) in enumerate(self._rows):
            slope, off = result.gradient[place], bool(result.wrong_entries[place])
            _say(entry, "", slope, off, palette.GREY if slope == 0 else palette.BACKWARD, joint="")
            after.set_text(number(theta[place] - eta * slope))
            expected = number(result.expected_gradient[place])
            remark.set_text(say("not {expected}", expected=expected) if off else say("stays") if slope == 0 else "")
            remark.set_color(palette.YOURS if off else palette.GREY)
            self._zeros[place].set_visible(slope == 0)
        step = theta - eta * result.gradient
        self._after.set_text(say("next θ = θ − η ∂L/∂θ   with η = {eta:.3g}", eta=eta))
        self._after.set_visible(bool(np.isfinite(step).all()))

    def _draw_history(self, loss: float, history: Sequence[float]) -> None:
        losses = np.clip(history if len(history) else [loss], 1e-6, 1e4)
        self._line.set_data(np.arange(len(losses)), losses)


def _in_words(result: Pass) -> str:
    """What the graph shows, forward and then back."""
    values = result.values
    units = [
        say(
            "unit {unit} is {values}, h {number}",
            unit=unit,
            values=say("on") if values[f"z{unit}"] > 0 else say("off"),
            number=number(values[f"h{unit}"]),
        )
        for unit in (1, 2)
    ]
    slopes = [f"{symbol} {number(slope)}" for symbol, slope in zip(SYMBOLS, result.gradient, strict=True)]
    there = say(
        "{units}; {units2}; ŷ {number}, loss {number2}.",
        units=units[0],
        units2=units[1],
        number=number(values["yhat"]),
        number2=number(result.loss),
    )
    return f"{there} {say('Gradient: {slopes}.', slopes=', '.join(slopes))}"


def _say(label: Any, symbol: str, value: float, wrong: bool, colour: str, *, joint: str = " = ") -> None:
    """Write symbol and value; a number that differs from the reference is told by a sign too, not by its hue alone."""
    mark = " ≠" if wrong else ""
    label.set_text(f"{symbol}{joint}{number(value)}{mark}")
    label.set_color(palette.YOURS if wrong else colour)
