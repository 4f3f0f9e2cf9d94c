"""The pictures of section 2: activation functions."""

from machine_room.explore.activations.curves import activation_and_slope
from machine_room.explore.activations.deep import deep_digits
from machine_room.explore.activations.depth import signal_through_depth
from machine_room.explore.activations.dying import dying_relu
from machine_room.explore.activations.gelus import three_gelus

__all__ = ["activation_and_slope", "deep_digits", "dying_relu", "signal_through_depth", "three_gelus"]
