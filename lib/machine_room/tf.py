"""`from machine_room import tf` in place of `import tensorflow as tf`: tf.keras, as far as this course goes."""

from typing import NoReturn

from machine_room import keras

__all__ = ["keras"]


def __getattr__(name: str) -> NoReturn:
    seed = ": seed the network, keras.Sequential([...], rng=np.random.default_rng(seed))" if name == "random" else ""
    raise AttributeError(f"machine_room.tf has no {name}, only keras{seed}")
