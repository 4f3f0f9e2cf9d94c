"""`from machine_room import tf` in place of `import tensorflow as tf`: tf.keras, as far as this course goes."""

from machine_room import keras

__all__ = ["keras"]
