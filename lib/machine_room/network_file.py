"""The file a network is kept in: the layers as JSON and theta as an array, in one .npz. Nothing in it is ever executed.

`save` is what a network calls; `saving.load` makes a network of what `read` returns.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from machine_room import initializers, losses
from machine_room.arguments import Array
from machine_room.atomic import replacing
from machine_room.layers import Activation, Dense, Dropout, Flatten, Layer
from machine_room.regularizers import L1L2, MaxNorm

__all__ = ["Contents", "Savable", "read", "save"]

FORMAT = "machine-room network 1"


class Savable(Protocol):
    """What `save` needs of a network."""

    inputs: int | None
    dtype: np.dtype[Any]
    loss_function: losses.Loss
    layers: list[Layer]

    @property
    def theta(self) -> Array: ...


@dataclass(frozen=True, eq=False)
class Contents:
    """What a file says of a network: the arguments it is made with, and its parameters.

    Attributes:
        layers, inputs, loss, dtype: what `Network` takes.
        theta: all parameters, one flat vector.

    Example:
        >>> Contents([Dense(1)], 2, "squared_error", "float64", np.zeros(3)).theta.shape
        (3,)
    """

    layers: list[Layer]
    inputs: int
    loss: str
    dtype: str
    theta: Array


def save(network: Savable, path: str | Path) -> Path:
    """Write a network's layers, loss and theta to a file; the optimizer's state is not kept.

    Args:
        network: built, with layers, loss and constraints of this library.
        path: where to; ".npz" is added where it is missing. An existing file is replaced.

    Returns:
        The path of the file.

    Raises:
        ValueError: the network has no parameters yet, or a part of it is a function of your own: no file can hold it.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from machine_room import Network, load
        >>> net = Network([Dense(2, activation="relu"), Dense(1)], inputs=3)
        >>> with TemporaryDirectory() as folder:
        ...     same = load(save(net, folder + "/mine"))
        >>> bool((same.theta == net.theta).all())
        True
    """
    theta = network.theta
    plan = {
        "format": FORMAT,
        "inputs": network.inputs,
        "loss": _name_of(network.loss_function, losses.BY_NAME, "loss"),
        "dtype": network.dtype.name,
        "layers": [_layer_plan(layer) for layer in network.layers],
    }
    target = Path(path)
    target = target if target.suffix == ".npz" else target.with_name(target.name + ".npz")
    with replacing(target) as file:
        np.savez(file, plan=np.array(json.dumps(plan)), theta=theta)
    return target


def read(path: str | Path) -> Contents:
    """Return what `save` wrote.

    Args:
        path: of a file that `save` wrote.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not one of `save`'s.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from machine_room import Network
        >>> net = Network([Dense(1)], inputs=2)
        >>> with TemporaryDirectory() as folder:
        ...     read(save(net, folder + "/mine")).inputs
        2
    """
    with open(path, "rb") as file:
        plan, theta = _read(file, path)
    try:
        layers = [_layer(entry) for entry in plan["layers"]]
        return Contents(layers, plan["inputs"], plan["loss"], plan["dtype"], theta)
    except (KeyError, TypeError) as error:
        raise not_ours(path) from error


def _read(file: Any, path: str | Path) -> tuple[Mapping[str, Any], np.ndarray]:
    try:
        with np.load(file, allow_pickle=False) as stored:
            plan, theta = json.loads(str(stored["plan"])), stored["theta"]
    except (ValueError, KeyError, OSError, EOFError, TypeError) as error:
        raise not_ours(path) from error
    if not isinstance(plan, dict) or plan.get("format") != FORMAT:
        raise not_ours(path)
    return plan, theta


def not_ours(path: str | Path) -> ValueError:
    """Return what is raised where a file is not one of `save`'s."""
    return ValueError(f"{path} must be a file that machine_room.save wrote, but it is not, or it is damaged")


def _layer_plan(layer: Layer) -> dict[str, Any]:
    if isinstance(layer, Dense):
        return {
            "layer": "Dense",
            "units": layer.units,
            "activation": _builtin(layer.activation_name),
            "kernel_initializer": _name_of(layer.kernel_initializer, initializers.BY_NAME, "kernel_initializer"),
            "kernel_regularizer": _numbers_of(layer.kernel_regularizer, L1L2, ("l1", "l2")),
            "kernel_constraint": _numbers_of(layer.kernel_constraint, MaxNorm, ("max_value",)),
        }
    if isinstance(layer, Activation):
        return {"layer": "Activation", "activation": _builtin(layer.activation_name)}
    if isinstance(layer, Dropout):
        return {"layer": "Dropout", "rate": layer.rate}
    if isinstance(layer, Flatten):
        return {"layer": "Flatten"}
    raise ValueError(f"only layers of this library can be saved, but one is a {type(layer).__name__}")


def _layer(entry: Mapping[str, Any]) -> Layer:
    kinds: dict[str, Callable[..., Layer]] = {
        "Dense": _dense,
        "Activation": Activation,
        "Dropout": Dropout,
        "Flatten": Flatten,
    }
    settings = {name: value for name, value in entry.items() if name != "layer"}
    return kinds[entry["layer"]](**settings)


def _dense(
    *,
    kernel_regularizer: Mapping[str, float] | None,
    kernel_constraint: Mapping[str, float] | None,
    **settings: Any,
) -> Dense:
    return Dense(
        kernel_regularizer=None if kernel_regularizer is None else L1L2(**kernel_regularizer),
        kernel_constraint=None if kernel_constraint is None else MaxNorm(**kernel_constraint),
        **settings,
    )


def _builtin(activation_name: str) -> str:
    if activation_name == "custom":
        raise ValueError("only activations of this library can be saved, but one is a function of your own")
    return activation_name


def _name_of(value: Any, named: Mapping[str, Any], what: str) -> str:
    name = next((name for name, known in named.items() if known is value), None)
    if name is None:
        raise ValueError(f"only a {what} of this library can be saved, but this one is a function of your own")
    return name


def _numbers_of(value: Any, kind: type, names: tuple[str, ...]) -> dict[str, float] | None:
    if value is None:
        return None
    if not isinstance(value, kind):
        raise ValueError(f"only a {kind.__name__} can be saved here, but this one is {value!r}")
    return {name: getattr(value, name) for name in names}
