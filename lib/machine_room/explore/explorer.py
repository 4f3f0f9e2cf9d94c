"""The small base of all interactive pictures: values in, one image out, with sliders where there are widgets."""

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from machine_room.explore.canvas import DRAWING, MOVING, RESTING, Canvas
from machine_room.explore.cells import close_when_run_again, forget
from machine_room.explore.controls import Button, Control, Values
from machine_room.explore.first_drawing import told
from machine_room.explore.panel import Panel
from machine_room.translation import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Progress:
    """How far a slow drawing is: the drawing calls it with 0..1, whoever listens shows it."""

    def __init__(self) -> None:
        self.listener: Callable[[float], None] | None = None

    def __call__(self, fraction: float) -> None:
        if self.listener is not None:
            self.listener(fraction)


class Drawing(Protocol):
    """Moves a picture's artists to where the values want them, and returns the lines of its note, if any."""

    def __call__(self, values: Mapping[str, Any]) -> Sequence[str]: ...


class Explorer:
    """A picture that follows its values.

    In a notebook the last line of a cell shows it, with sliders; where there are no widgets it is a still picture.

    Args:
        canvas: the picture, its still part drawn.
        controls: sliders, choices and toggles, in reading order.
        draw: moves the artists.
        buttons: what can be pressed.
        alternative: one sentence that says what the picture shows, for those who do not see it.
        progress: given where the picture trains something: it then follows a slider when that is let go, and shows how
            far the training is.

    Example:
        >>> from machine_room import explore
        >>> picture = explore.finite_difference_error()
        >>> picture.update(epsilon=1e-5)
        >>> picture.values
        {'epsilon': 1e-05}
        >>> picture.image[1:4]
        b'PNG'
        >>> picture.close()
    """

    def __init__(
        self,
        canvas: Canvas,
        controls: Sequence[Control],
        draw: Drawing,
        *,
        buttons: Sequence[Button] = (),
        alternative: str = "",
        progress: Progress | None = None,
    ) -> None:
        self.controls = tuple(controls)
        self.buttons = tuple(buttons)
        self.canvas = canvas
        self.question = canvas.question
        self.alternative = alternative or canvas.question
        self.progress = progress
        self._draw = draw
        self._values: Values = {control.name: control.start for control in self.controls}
        self._image = b""
        self._density = RESTING
        self._panel: Panel | None = None

    @property
    def values(self) -> Values:
        """What the controls say: a copy."""
        return dict(self._values)

    @property
    def image(self) -> bytes:
        """The picture at the present values, as PNG."""
        if not self._image:
            self._redraw(RESTING)
        return self._image

    @property
    def note(self) -> str:
        """What the card in the picture says about the functions handed in; empty where there is nothing to say."""
        _ = self.image
        return self.canvas.note_shown

    @property
    def sentence(self) -> str:
        """What the picture shows at the present values, in words, as it stands in it and is told beside it."""
        _ = self.image
        return " ".join(part for part in (self.canvas.said or self._as_words(), self.canvas.note_shown) if part)

    def _as_words(self) -> str:
        """The values, where the picture has no caption."""
        said = [f"{control.label} {_word(self._values[control.name])}" for control in self.controls]
        return ", ".join(said) + "."

    def update(self, **values: Any) -> None:
        """Set some of the values and draw the picture anew.

        Args:
            **values: by the controls' names: numbers within the range of a slider, options of a choice, True or False.

        Raises:
            TypeError: a name is no control's.
            ValueError: a number is out of its slider's range, or a word is none of the options.
        """
        self._set(self._accepted(values), RESTING)

    def move(self, **values: Any) -> None:
        """Do as `update` does, for a slider that is on its way: at once, and no sharper than most screens are.

        `sharpen` is due when it rests. What trains is drawn sharp: it follows a slider that has been let go.
        """
        self._set(self._accepted(values), MOVING if self.progress is None else RESTING)

    def sharpen(self) -> None:
        """Make the picture as sharp as a dense screen shows it."""
        with DRAWING:
            if self._density != RESTING:
                self._render(RESTING)

    def press(self, name: str) -> None:
        """Press the button called name.

        Raises:
            ValueError: no button is called so.
        """
        for button in self.buttons:
            if button.name == name:
                with np.errstate(all="ignore"):
                    change = button.change(self.values)
                return self._set(change, RESTING)
        known = [button.name for button in self.buttons]
        raise ValueError(say("no button is called {name!r}: there are {known}", name=name, known=known))

    def static(self) -> "Figure":
        """Return the picture at the present values as a matplotlib Figure."""
        _ = self.image
        return self.canvas.still()

    def close(self) -> None:
        """Let go of the widgets and the figure; the explorer is of no use afterwards."""
        self._close_panel()
        self.canvas.close()

    def _close_panel(self) -> None:
        forget(self._close_panel)
        if self._panel is not None:
            self._panel.close()
            self._panel = None

    def _accepted(self, values: Mapping[str, Any]) -> Values:
        known = {control.name: control for control in self.controls}
        unknown = [name for name in values if name not in known]
        if unknown:
            there = ", ".join(known) or say("none")
            raise TypeError(say("no control is called {name!r}: there are {there}", name=unknown[0], there=there))
        return {name: known[name].accept(value) for name, value in values.items()}

    def _set(self, values: Mapping[str, Any], density: float) -> None:
        with DRAWING:
            self._values.update(values)
            self._redraw(density)

    def _redraw(self, density: float) -> None:
        with DRAWING:
            with np.errstate(all="ignore"):
                self.canvas.note(self._draw(self.values))
            self._render(density)

    def _render(self, density: float) -> None:
        self._image, self._density = self.canvas.render(density), density
        if self._panel is not None:
            self._panel.show(self._values, self._image)
            if density == RESTING:  # who hears a sentence for each picture of a moving slider hears none
                self._panel.say(self.sentence)

    def _repr_png_(self) -> bytes:
        return self.image

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, Any], dict[str, dict[str, int | str]]]:
        """Called by Jupyter. The PNG goes along for readers without a kernel: GitHub, nbconvert, a closed notebook."""
        if self.progress is not None and not self._image:
            with told(self.progress):
                self._redraw(RESTING)
        bundle: dict[str, Any] = {
            "text/plain": f"{self.question} {self._values}",
            "image/png": base64.b64encode(self.image).decode("ascii"),
        }
        panel = self._panel or self._open_panel()
        if panel is not None:
            bundle |= panel.mimebundle()
            close_when_run_again(self._close_panel)
        width, _ = self.canvas.size
        about: dict[str, int | str] = {"width": width, "alt": f"{self.alternative} {self.sentence}"}
        return bundle, {"image/png": about}

    def _open_panel(self) -> Panel | None:
        try:
            self._panel = Panel(self)
        except ImportError:  # ipywidgets is missing: the still picture stands alone.
            return None
        return self._panel


def _word(value: Any) -> str:
    if isinstance(value, bool):  # and no 1 or 0 of a slider that holds integers
        return "on" if value else "off"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
