"""The lecture's worked network as the pictures use it: its numbers, its names, its loss."""

import numpy as np

from machine_room.arguments import Array
from machine_room.worked_network import forward_221

LECTURE_X = np.array([-5.0, 2.0])
LECTURE_Y = 8.0
THETA = np.array([1.0, 4.0, 3.0, 2.0, 1.0, -2.0, 2.0, 3.0, -2.0])

#: The sliders' names of the nine parameters, in the lecture's order, and how the pictures write them.
PARAMETERS = ("w11", "w21", "b1", "w12", "w22", "b2", "v1", "v2", "c")
SYMBOLS = ("w₁₁", "w₂₁", "b₁", "w₁₂", "w₂₂", "b₂", "w₁₁⁽²⁾", "w₂₁⁽²⁾", "b₁⁽²⁾")


def loss_of(theta: Array, x: Array, y: float) -> float:
    """Return (yhat - y)^2 of the worked network."""
    return float((forward_221(theta, x)["yhat"] - y) ** 2)
