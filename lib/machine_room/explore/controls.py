"""What can be set in a picture: sliders hold numbers, choices words, toggles yes or no; buttons change several."""

import math
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from machine_room.translation import say

if TYPE_CHECKING:
    import ipywidgets

#: What the controls say, by name: numbers of sliders, words of choices, True or False of toggles.
Values = dict[str, Any]


@cache
def quiet(kind: Any) -> Any:
    """Return a kind of slider whose moves the kernel does not send back to the browser that made them.

    The echo is for further browsers on the same kernel; here it would only stand before the picture in the queue.
    """
    value = copy(kind.class_traits()["value"])
    value.metadata = {**value.metadata, "echo_update": False}
    return type(kind)(kind.__name__, (kind,), {"value": value})


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
        only_with: the name of a choice and those of its options with which the slider does something; with the others
            it is greyed. None: with all.
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
    only_with: tuple[str, tuple[str, ...]] | None = None

    def matters(self, values: Mapping[str, Any]) -> bool:
        """Say whether the slider does anything at these values of the controls."""
        return self.only_with is None or values[self.only_with[0]] in self.only_with[1]

    def accept(self, value: float) -> float:
        """Return value as this slider's kind of number; raise ValueError where it is not one within low and high."""
        # The end of a logarithmic slider may come back a digit beyond it.
        low, high = self.low - 1e-9 * abs(self.low), self.high + 1e-9 * abs(self.high)
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not low <= number <= high:
            raise ValueError(
                say(
                    "{name} must be a number from {low:g} to {high:g}, but it is {value!r}",
                    name=self.name, low=self.low, high=self.high, value=value,
                )
            )  # fmt: skip
        return round(number) if self.whole else number

    def nearest(self, value: float) -> float:
        """Return what the slider shows for value: the nearest of its steps, or an end."""
        if not math.isfinite(value):
            return self.low
        start, at = self._way(self.low), self._way(min(max(value, self.low), self.high))
        at = start + self.step * round((at - start) / self.step)
        return min(max(10**at if self.logarithmic else at, self.low), self.high)

    def is_echo(self, shown: float, value: float) -> bool:
        """Say whether a slider that reports shown has only rounded value to its steps, as browsers do unasked."""
        return abs(self._way(shown) - self._way(self.nearest(value))) < 0.01 * self.step

    def _way(self, value: float) -> float:
        return math.log10(value) if self.logarithmic else value

    def widget(self, value: float, *, continuous: bool) -> "ipywidgets.Widget":
        """Return the ipywidgets slider, standing at value."""
        import ipywidgets

        common = {"continuous_update": continuous, **_common(self.label, self.meaning)}
        at = self.nearest(value)
        if self.logarithmic:
            low, high = math.log10(self.low), math.log10(self.high)
            shown = ",d" if self.whole else ".2"
            return quiet(ipywidgets.FloatLogSlider)(
                at, base=10, min=low, max=high, step=self.step, readout_format=shown, **common
            )
        if self.whole:
            return quiet(ipywidgets.IntSlider)(
                round(at), min=int(self.low), max=int(self.high), step=int(self.step), **common
            )
        return quiet(ipywidgets.FloatSlider)(
            at, min=self.low, max=self.high, step=self.step, readout_format=".4", **common
        )


@dataclass(frozen=True)
class Choice:
    """One of several words, from a list that drops down: an activation, an optimizer, a surface.

    Args:
        name: the keyword of `update`.
        label: what stands before it.
        options: the words, in reading order; `update` takes them and `values` holds them.
        start: the first one shown; by default the first option.
        meaning: one phrase for those who do not see the list, or rest the pointer on it.
        column: where it stands in the grid above the picture.

    Example:
        >>> Choice("activation", "activation", ("relu", "elu")).start
        'relu'
    """

    name: str
    label: str
    options: tuple[str, ...]
    start: str = ""
    meaning: str = ""
    column: int = 0

    def __post_init__(self) -> None:
        if not self.start:
            object.__setattr__(self, "start", self.options[0])

    def matters(self, values: Mapping[str, Any]) -> bool:
        """Say that a choice always does something."""
        return True

    def accept(self, value: object) -> str:
        """Return value where it is one of the options; raise ValueError where it is not."""
        if value not in self.options:
            raise ValueError(
                say(
                    "{name} must be one of {options}, but it is {value!r}",
                    name=self.name,
                    options=", ".join(self.options),
                    value=value,
                )
            )
        return str(value)

    def nearest(self, value: str) -> str:
        """Return what the list shows for value: value."""
        return value

    def is_echo(self, shown: str, value: str) -> bool:
        """Say whether the list still shows value."""
        return shown == value

    def widget(self, value: str, *, continuous: bool) -> "ipywidgets.Widget":
        """Return the ipywidgets drop-down list, standing at value; its words are in the course's language."""
        import ipywidgets

        shown = [(say(option), option) for option in self.options]
        return ipywidgets.Dropdown(options=shown, value=value, **_common(self.label, self.meaning))


@dataclass(frozen=True)
class Toggle:
    """Yes or no: a box to tick.

    Args:
        name: the keyword of `update`.
        label: what stands beside the box.
        start: whether it is ticked at first.
        meaning: one phrase for those who do not see the box, or rest the pointer on it.
        column: where it stands in the grid above the picture.
    """

    name: str
    label: str
    start: bool = False
    meaning: str = ""
    column: int = 0

    def matters(self, values: Mapping[str, Any]) -> bool:
        """Say that a toggle always does something."""
        return True

    def accept(self, value: object) -> bool:
        """Return value as True or False; raise ValueError where it is neither."""
        if value not in (True, False):
            raise ValueError(say("{name} must be True or False, but it is {value!r}", name=self.name, value=value))
        return bool(value)

    def nearest(self, value: bool) -> bool:
        """Return what the box shows for value: value."""
        return value

    def is_echo(self, shown: bool, value: bool) -> bool:
        """Say whether the box still shows value."""
        return shown == value

    def widget(self, value: bool, *, continuous: bool) -> "ipywidgets.Widget":
        """Return the ipywidgets check box."""
        import ipywidgets

        return ipywidgets.Checkbox(value=value, indent=True, **_common(self.label, self.meaning))


#: Whatever holds one value of a picture.
Control = Slider | Choice | Toggle


@dataclass(frozen=True)
class Button:
    """A press that sets several values at once.

    Args:
        name: the word of `press`.
        label: what stands on it.
        change: from the values to new ones of some of them.
        meaning: one phrase, shown where the pointer rests.
    """

    name: str
    label: str
    change: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    meaning: str = ""

    def widget(self) -> "ipywidgets.Button":
        """Return the ipywidgets button."""
        import ipywidgets

        return ipywidgets.Button(description=self.label, tooltip=self.meaning or self.label)


def _common(label: str, meaning: str) -> dict[str, Any]:
    """Return what all our widgets have: a label before them, a phrase where the pointer rests, the width they find."""
    import ipywidgets

    return {
        "description": label,
        "tooltip": meaning or label,
        "layout": ipywidgets.Layout(width="auto", margin="0 6px 0 0"),
    }
