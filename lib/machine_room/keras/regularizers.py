"""Regularizers under Keras's names."""

from machine_room.keras.missing import missing_from
from machine_room.regularizers import L1, L1L2, L2

__all__ = ["L1", "L1L2", "L2", "l1", "l1_l2", "l2"]

__getattr__ = missing_from(__name__, __all__)

l1, l2, l1_l2 = L1, L2, L1L2
