"""Callbacks under Keras's names, with Keras's order of arguments and defaults."""

from machine_room import callbacks
from machine_room.callbacks import Callback, History, LearningRateScheduler
from machine_room.keras.missing import missing_from

__all__ = ["Callback", "EarlyStopping", "History", "LearningRateScheduler", "ReduceLROnPlateau"]

ELSEWHERE = ("BackupAndRestore", "CSVLogger", "LambdaCallback", "ModelCheckpoint", "TensorBoard", "TerminateOnNaN")

__getattr__ = missing_from(__name__, __all__, dict.fromkeys(ELSEWHERE, "leave the callback out"))


def EarlyStopping(
    monitor: str = "val_loss",
    min_delta: float = 0.0,
    patience: int = 0,
    verbose: int = 0,
    mode: str = "auto",
    *,
    restore_best_weights: bool = False,
) -> callbacks.EarlyStopping:
    """Return early stopping that, as in Keras, keeps the last weights unless restore_best_weights is True."""
    _agrees(monitor, mode)
    return callbacks.EarlyStopping(
        monitor, patience=patience, min_delta=min_delta, restore_best_weights=restore_best_weights
    )


def ReduceLROnPlateau(
    monitor: str = "val_loss",
    factor: float = 0.1,
    patience: int = 10,
    verbose: int = 0,
    mode: str = "auto",
    *,
    min_delta: float = 1e-4,
    cooldown: int = 0,
    min_lr: float = 0.0,
) -> callbacks.ReduceLROnPlateau:
    """Return performance scheduling."""
    _agrees(monitor, mode)
    return callbacks.ReduceLROnPlateau(
        monitor, factor=factor, patience=patience, min_delta=min_delta, cooldown=cooldown, min_lr=min_lr
    )


def _agrees(monitor: str, mode: str) -> None:
    """Raise ValueError where Keras's mode is not the way in which the metric gets better."""
    better = "max" if "accuracy" in monitor else "min"
    if mode not in ("auto", better):
        raise ValueError(f"mode must be 'auto' or {better!r} for {monitor!r}, but it is {mode!r}")
