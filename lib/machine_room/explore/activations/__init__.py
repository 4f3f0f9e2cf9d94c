"""The pictures of section 2: activation functions."""

from machine_room.explore.activations.curves import activation_and_slope
from machine_room.explore.activations.depth import signal_through_depth
from machine_room.explore.activations.gelus import three_gelus

__all__ = ["activation_and_slope", "signal_through_depth", "three_gelus"]
