"""Constraints under Keras's names."""

from machine_room.keras.missing import missing_from
from machine_room.regularizers import MaxNorm

__all__ = ["MaxNorm", "max_norm"]

__getattr__ = missing_from(__name__, __all__)

max_norm = MaxNorm
