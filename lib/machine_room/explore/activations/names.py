"""How the pictures of the section write the activations' names, and what parameter each has."""

from machine_room import activations
from machine_room.arguments import Function

#: The lecture's activations, old ones first, as its slides write them.
WRITTEN = {
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "relu": "ReLU",
    "leaky_relu": "leaky ReLU",
    "elu": "ELU",
    "selu": "SELU",
    "gelu": "GELU",
    "swish": "Swish",
    "mish": "Mish",
}
NAMES = tuple(WRITTEN)

#: The keyword that a slider sets, for those that have one.
PARAMETER = {"leaky_relu": "alpha", "elu": "alpha", "swish": "beta"}
GREEK = {"alpha": "α", "beta": "β"}


def function_of(name: str) -> Function:
    """Return the library's activation of that name."""
    function: Function = getattr(activations, name)
    return function


def derivative_of(name: str) -> Function:
    """Return the library's derivative of the activation of that name."""
    function: Function = getattr(activations, f"{name}_derivative")
    return function
