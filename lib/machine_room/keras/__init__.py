"""Keras's names for what this library has, so that a network from last week carries over by changing its imports.

`import tensorflow as tf` becomes `from machine_room import tf`; `from tensorflow import keras` becomes
`from machine_room import keras`; `from tensorflow.keras.layers import Dense` becomes
`from machine_room.keras.layers import Dense`. Networks of dense layers on the data of this course are what carries
over: what is missing says so by name when it is asked for. Where the library's defaults differ from Keras's
(restore_best_weights, the order of fit's arguments, ...), Keras's are used here.
"""

from machine_room.keras import (
    activations,
    callbacks,
    constraints,
    initializers,
    layers,
    losses,
    models,
    optimizers,
    regularizers,
    utils,
)
from machine_room.keras.layers import Input
from machine_room.keras.missing import missing_from
from machine_room.keras.sequential import Sequential

__all__ = [
    "Input",
    "Sequential",
    "activations",
    "callbacks",
    "constraints",
    "initializers",
    "layers",
    "losses",
    "models",
    "optimizers",
    "regularizers",
    "utils",
]

__getattr__ = missing_from(__name__, __all__, {"Model": "list the layers, keras.Sequential([...])"})
