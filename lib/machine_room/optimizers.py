"""Optimizers: classes that hold the state around the pure steps of `optimizer_steps`."""

from machine_room.optimizer_steps import gradient_descent_step

__all__ = ["gradient_descent_step"]
