"""What Keras keeps in `keras.utils` and this course needs."""

import numpy as np
from numpy.typing import ArrayLike

from machine_room.arguments import Array
from machine_room.keras.missing import missing_from

__all__ = ["to_categorical"]

__getattr__ = missing_from(
    __name__,
    __all__,
    {
        "plot_model": "model.summary() says the same in words",
        "set_random_seed": "seed the network, keras.Sequential([...], rng=np.random.default_rng(seed))",
    },
)


def to_categorical(labels: ArrayLike, num_classes: int | None = None) -> Array:
    """Return class numbers as one-hot rows, (examples, classes).

    Example:
        >>> to_categorical([1, 0])
        array([[0., 1.],
               [1., 0.]])
    """
    labels = np.asarray(labels, dtype=int).ravel()
    rows: Array = np.eye(int(labels.max()) + 1 if num_classes is None else num_classes)[labels]
    return rows
