"""What can be set in a picture: sliders, which hold one number each, and buttons, which change several at once."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ipywidgets

Values = dict[str, float]


@dataclass(frozen=True)
class Slider:
    """A number that a slider sets.

    Args:
        name: the keyword of `update`.
        label: what stands before it: the lecture's symbol, with a unit where there is one.
        low, high, start: numbers; of a logarithmic slider positive.
        step: the distance of two values; of a logarithmic slider in decades.
        logarithmic: equal ways along the slider are equal factors.
        whole: the number is an integer.
        meaning: one phrase for those who do not see the slider, or rest the pointer on it.
        column: where the slider stands in the grid above the picture.
    """

    name: str
    label: str
    low: float
    high: float
    start: float
    step: float
    logarithmic: bool = False
    whole: bool = False
    meaning: str = ""
    column: int = 0

    def accept(self, value: float) -> float:
        """Return value as this slider's kind of number; raise ValueError where it is not one within low and high."""
        number = float(value)
        if not math.isfinite(number) or not self.low * (1 - 1e-9) <= number <= self.high * (1 + 1e-9):
            # A negative low times (1 - 1e-9) is a little greater than low: look again, without the tolerance.
            if not self.low <= number <= self.high:
                raise ValueError(
                    f"{self.name} must be a number from {self.low:g} to {self.high:g}, but it is {value!r}"
                )
        return int(number) if self.whole else number

    def nearest(self, value: float) -> float:
        """Return the value that the slider can show: value, kept within low and high."""
        return min(max(value, self.low), self.high) if math.isfinite(value) else self.low

    def widget(self, value: float, *, continuous: bool) -> "ipywidgets.Widget":
        """Return the ipywidgets slider, standing at value."""
        import ipywidgets

        common: dict[str, Any] = {
            "description": self.label,
            "continuous_update": continuous,
            "tooltip": self.meaning or self.label,
            "layout": ipywidgets.Layout(width="auto", margin="0 6px 0 0"),
            "style": {"description_width": "6.2em"},
        }
        at = self.nearest(value)
        if self.logarithmic:
            low, high = math.log10(self.low), math.log10(self.high)
            slider = ipywidgets.FloatLogSlider
            return slider(at, base=10, min=low, max=high, step=self.step, readout_format=".2~g", **common)
        if self.whole:
            return ipywidgets.IntSlider(int(at), min=int(self.low), max=int(self.high), step=int(self.step), **common)
        return ipywidgets.FloatSlider(at, min=self.low, max=self.high, step=self.step, readout_format=".3~f", **common)


@dataclass(frozen=True)
class Button:
    """A press that sets several numbers at once.

    Args:
        name: the word of `press`.
        label: what stands on it.
        change: from the values to the new ones.
        meaning: one phrase, shown where the pointer rests.
    """

    name: str
    label: str
    change: Callable[[Mapping[str, float]], Mapping[str, float]]
    meaning: str = ""

    def widget(self) -> "ipywidgets.Button":
        """Return the ipywidgets button."""
        import ipywidgets

        return ipywidgets.Button(description=self.label, tooltip=self.meaning or self.label)
