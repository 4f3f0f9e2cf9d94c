"""How neural networks are trained: the course's NumPy reference library.

Names load when first used, so that `import machine_room` stays as quick as `import numpy`.
"""

import sys
from importlib import import_module
from typing import Any

__version__ = "0.1.0"

MODULES = [
    "activations",
    "callbacks",
    "checks",
    "datasets",
    "exercises",
    "experiments",
    "explore",
    "gradients",
    "initializers",
    "keras",
    "layers",
    "losses",
    "naive",
    "network",
    "notebook",
    "optimizers",
    "propagation",
    "regularizers",
    "saving",
    "schedules",
    "stopping",
    "surfaces",
    "tf",
    "training",
    "worked_network",
]

# name -> the module that defines it
HOME = {
    name: module
    for module, names in {
        "callbacks": "Callback EarlyStopping History LearningRateScheduler ReduceLROnPlateau",
        "checks": "CheckFailed check",
        "gradients": "backpropagation forward_difference gradient_check numerical_gradient relative_error",
        "layers": "Activation Dense Dropout Flatten dense_backward dense_forward",
        "losses": "cross_entropy squared_error",
        "keras": "Sequential",
        "network": "Network",
        "notebook": "progress",
        "optimizers": "SGD AdaGrad Adam AdamW Momentum Nadam Nesterov RMSProp gradient_descent_step",
        "regularizers": "L1 L1L2 L2 MaxNorm",
        "saving": "load save",
        "worked_network": "backward_221 forward_221 skip_backward two_layer_gradient",
    }.items()
    for name in names.split()
}

__all__ = sorted([*MODULES, *HOME])


def __getattr__(name: str) -> Any:
    if name in HOME:
        value = getattr(import_module(f"machine_room.{HOME[name]}"), name)
    elif name in MODULES:
        value = import_module(f"machine_room.{name}")
    else:
        raise AttributeError(f"module 'machine_room' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__


def _tell_errors_of_the_first_day() -> None:
    """In a kernel, have a name whose cell has not run, and Keras that is not here, told by a sentence."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if hasattr(shell, "kernel"):
        import_module("machine_room.notebook.sentences").register(shell)


_tell_errors_of_the_first_day()
