"""Models under Keras's names."""

from machine_room.keras.missing import missing_from
from machine_room.keras.sequential import Sequential
from machine_room.saving import load as load_model

__all__ = ["Sequential", "load_model"]

__getattr__ = missing_from(__name__, __all__, {"Model": "list the layers, keras.Sequential([...])"})
