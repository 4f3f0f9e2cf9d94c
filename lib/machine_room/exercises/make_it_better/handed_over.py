"""A network that a student hands over: taken apart into plain data, tested strictly, and read with by the judge.

What comes may be a `Network` or a `Sequential`, here or in another process, or a dict of sizes, activations and theta.
A network in another process is asked for its layers and theta, and never for a reading: the digits stay here.

*Trust*: none of what comes. It is used after `network_of` has looked at every part of it; no line of its author's runs
when the judge reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NoReturn

import numpy as np

from machine_room import activations
from machine_room.arguments import Array
from machine_room.exercises.answer import Elsewhere, Foreign
from machine_room.translation import sentence

__all__ = ["INPUTS", "MOST_LAYERS", "MOST_PARAMETERS", "HandedOver", "NotANetwork", "as_plain", "network_of"]

INPUTS, CLASSES = 64, 10
MOST_LAYERS = 16
#: Room for 300, 100 and 10 units; the images to train on would take 83,000 as weights.
MOST_PARAMETERS = 55_000
WITHOUT_PARAMETERS = ("Dropout", "Flatten")  # and the identity when a network reads
CHOICE = sentence("a Network or Sequential of machine_room, or a dict with sizes, activations and theta")


class NotANetwork(Exception):
    """What was returned cannot be read with: the hint says why; `mistake` is the name of a known one, or None."""

    def __init__(self, hint: str, mistake: str | None = None) -> None:
        super().__init__(hint)
        self.hint, self.mistake = hint, mistake


@dataclass(frozen=True)
class Step:
    """One thing that is done to all outputs of the step before: a dense layer's sums, or an activation."""

    units: int | None  # of a dense layer
    activation: str = "linear"
    slope: float | None = None  # of a leaky ReLU below 0


@dataclass(frozen=True, eq=False)
class HandedOver:
    """A network that has passed every test."""

    steps: tuple[Step, ...]
    theta: Array

    def outputs(self, x: Array) -> Array:
        """Return the outputs for all rows of x, (n, 10); not finite where the numbers are too large."""
        h, start = x, 0
        with np.errstate(all="ignore"):
            for step in self.steps:
                if step.units is not None:
                    end = start + step.units * (h.shape[1] + 1)
                    block = self.theta[start:end].reshape(step.units, -1)
                    h, start = h @ block[:, :-1].T + block[:, -1], end
                h = _activated(step, h)
        return h

    def read(self, x: Array) -> Array:
        """Return the class number of the largest output for each row of x."""
        classes: Array = np.argmax(self.outputs(x), axis=1)
        return classes


def _activated(step: Step, z: Array) -> Array:
    if step.slope is not None:
        return activations.leaky_relu(z, alpha=step.slope)
    return activations.get(step.activation).function(z)


# --- from an object to plain data


def as_plain(returned: Any) -> Any:
    """Return the layers and theta of an object that has both, and anything else as it is."""
    layers = _asked(returned, "layers")
    if not isinstance(layers, (list, tuple)):
        return returned
    return {"layers": [_layer(layer) for layer in layers[: MOST_LAYERS + 1]], "theta": _asked(returned, "theta")}


def _layer(layer: Any) -> dict[str, Any]:
    kind = layer.type_name if isinstance(layer, Elsewhere) else type(layer).__name__
    names = {"Dense": ("units", "activation_name"), "Activation": ("activation_name", "slope")}.get(kind, ())
    return {"layer": kind, **{name: _asked(layer, name) for name in names}}


def _asked(owner: Any, name: str) -> Any:
    """Return an attribute; None where there is none, or where asking for it fails in its author's code."""
    try:
        return getattr(owner, name, None)
    except Exception as error:
        if isinstance(owner, Elsewhere) and not getattr(error, "of_student", False):
            raise  # our own failure to ask
        return None


# --- from plain data to a network


def network_of(value: Any) -> HandedOver:
    """Return the network that plain data describe.

    Args:
        value: what `observe` makes of a result.

    Raises:
        NotANetwork: it is none, or one that is not accepted; the hint says what to do.
    """
    if type(value) is not dict:
        _refuse(value)
    steps = _steps_of_layers(value["layers"]) if "layers" in value else _steps_of_sizes(value)
    _fit(steps)
    return HandedOver(steps, _theta(value.get("theta"), steps))


def _refuse(value: Any) -> NoReturn:
    if value is None:
        raise NotANetwork(sentence("Your function returns None: is the return missing?"))
    if type(value) is np.ndarray or (type(value) is list and value and type(value[0]) in (int, float)):
        raise NotANetwork("", "class_numbers_returned")
    if type(value) is Foreign and value.type_name == "History":
        raise NotANetwork(
            sentence("You return what fit returns, a History. Return the network itself: `return model`.")
        )
    what = value.type_name[:30] if type(value) is Foreign else type(value).__name__
    raise NotANetwork(
        sentence("Return the trained network itself: {choice}. Yours is of type {what}.", choice=CHOICE, what=what)
    )


def _steps_of_layers(layers: Any) -> tuple[Step, ...]:
    if type(layers) is not list or not layers:
        raise NotANetwork(sentence("The network has no layers."))
    if len(layers) > MOST_LAYERS:
        raise NotANetwork(sentence("The network has more than {most} layers: make it smaller.", most=MOST_LAYERS))
    return tuple(step for number, layer in enumerate(layers, 1) for step in _steps_of_layer(number, layer))


def _steps_of_layer(number: int, layer: Any) -> list[Step]:
    said = layer.get("layer") if type(layer) is dict else None
    kind = said[:30] if type(said) is str else sentence("no layer")
    if kind in WITHOUT_PARAMETERS:
        return []
    if kind == "Dense":
        return [Step(_units(layer.get("units")), _activation(number, layer.get("activation_name")))]
    if kind == "Activation":
        slope = layer.get("slope")
        if type(slope) is float:
            return [Step(None, "leaky_relu", slope)]
        return [Step(None, _activation(number, layer.get("activation_name")))]
    raise NotANetwork(
        sentence(
            "Layer {number} is of a kind of your own ({kind}), which cannot be handed over. Use Dense, Activation, "
            "Dropout and Flatten of machine_room.",
            number=number,
            kind=kind,
        )
    )


def _steps_of_sizes(value: dict[str, Any]) -> tuple[Step, ...]:
    lacking = [name for name in ("sizes", "activations", "theta") if name not in value]
    if lacking:
        raise NotANetwork(
            sentence(
                "The dict of a network has sizes, activations and theta; yours lacks {lacking}.",
                lacking=", ".join(lacking),
            )
        )
    sizes, names = value["sizes"], value["activations"]
    if not all(type(part) in (list, tuple) for part in (sizes, names)) or len(sizes) != len(names) + 1 or not names:
        raise NotANetwork(
            sentence(
                "sizes is a list of numbers, from the 64 inputs to the 10 outputs, and activations a list with a "
                'name for each layer, one fewer: {"sizes": [64, 100, 10], "activations": ["relu", "linear"], '
                '"theta": theta}.'
            )
        )
    if len(names) > MOST_LAYERS:
        raise NotANetwork(sentence("The network has more than {most} layers: make it smaller.", most=MOST_LAYERS))
    if _units(sizes[0]) != INPUTS:
        raise NotANetwork(
            sentence(
                "sizes begins with the number of inputs, {inputs}; yours with {first}.", inputs=INPUTS, first=sizes[0]
            )
        )
    pairs = zip(sizes[1:], names, strict=True)
    return tuple(Step(_units(units), _activation(number, name)) for number, (units, name) in enumerate(pairs, 1))


def _units(units: Any) -> int:
    if type(units) is not int or units < 1:
        raise NotANetwork(sentence("The number of units of a layer is a whole number, at least 1."))
    return units


def _activation(number: int, name: Any) -> str:
    name = "linear" if name is None else name
    if type(name) is str and name in activations.BY_NAME:
        return name
    known = ", ".join(activations.BY_NAME)
    if type(name) is str and name != "custom":
        raise NotANetwork(
            sentence(
                "Layer {number} has the activation {name!r}, which is not one of {known}.",
                number=number,
                name=name[:30],
                known=known,
            )
        )
    raise NotANetwork(
        sentence(
            "The activation of layer {number} is a function of your own, which cannot be handed over. Choose one by "
            "name: {known}.",
            number=number,
            known=known,
        )
    )


def _fit(steps: tuple[Step, ...]) -> None:
    """Raise where the layers as a whole are not those of a network that reads digits."""
    sizes = [step.units for step in steps if step.units is not None]
    if not sizes or sizes[-1] != CLASSES:
        raise NotANetwork(sentence("The last dense layer needs {classes} units, one for each class.", classes=CLASSES))
    inside = steps[:-1] if steps[-1].activation == "softmax" else steps
    if any(step.activation == "softmax" for step in inside):
        raise NotANetwork(
            sentence(
                "softmax belongs to the last layer alone: inside a network it lets one unit win and silences the "
                "others."
            )
        )
    count = _parameters(steps)
    if count > MOST_PARAMETERS:
        raise NotANetwork(
            sentence(
                "The network has {count:,} parameters; at most {most:,} are accepted. Use fewer units.",
                count=count,
                most=MOST_PARAMETERS,
            )
        )


def _parameters(steps: tuple[Step, ...]) -> int:
    sizes = [INPUTS, *(step.units for step in steps if step.units is not None)]
    return sum(n_out * (n_in + 1) for n_in, n_out in pairwise(sizes))


def _theta(theta: Any, steps: tuple[Step, ...]) -> Array:
    if theta is None:
        raise NotANetwork(
            sentence("The network has no parameters yet: nothing was trained. Call fit before you return it.")
        )
    if type(theta) is not np.ndarray or theta.dtype.kind not in "iuf":
        raise NotANetwork(
            sentence("theta is one flat NumPy array of numbers, layer by layer, unit by unit: weights, then bias.")
        )
    count = _parameters(steps)
    if theta.shape != (count,):
        raise NotANetwork(
            sentence(
                "theta has the shape {shape}, expected ({count},): for each unit as many weights as the layer has "
                "inputs, and a bias. The first layer has {inputs} inputs.",
                shape=theta.shape,
                count=count,
                inputs=INPUTS,
            )
        )
    if not np.isfinite(theta).all():
        raise NotANetwork(sentence("theta holds nan or inf: the training has diverged. Lower the learning rate."))
    return theta.astype(np.float64)
