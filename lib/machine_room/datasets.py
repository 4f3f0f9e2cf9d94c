"""Data to train on: handwritten digits that ship with the library, and three toy problems in the plane."""

from importlib import resources

import numpy as np

from machine_room.arguments import Array, at_least, count, fraction

__all__ = ["PRACTICE", "circles", "digits", "moons", "practice_digits", "spirals", "train_validation_split"]

#: So many digits are for practice; the last notebook's judge reads with the others.
PRACTICE = 1297


def digits() -> tuple[Array, Array]:
    """Return the UCI handwritten digits: x, (1797, 64), scaled to [0, 1]; and labels, (1797,).

    Example:
        >>> x, labels = digits()
        >>> x.shape, labels[:3]
        ((1797, 64), array([0, 1, 2]))

    Source: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository,
    1998, https://doi.org/10.24432/C50P49, licensed under CC BY 4.0; its test set, as scikit-learn ships it. See
    data/NOTICE.
    """
    return _stored_digits(None)


def practice_digits() -> tuple[Array, Array]:
    """Return the first 1,297 digits, to train and to validate with; the last 500 are left for a test.

    Example:
        >>> x, labels = practice_digits()
        >>> x.shape, labels.shape
        ((1297, 64), (1297,))

    Source: Alpaydin and Kaynak 1998, CC BY 4.0, as `digits`.
    """
    return _stored_digits(PRACTICE)


def _stored_digits(count: int | None) -> tuple[Array, Array]:
    with (resources.files("machine_room") / "data" / "digits.npz").open("rb") as file, np.load(file) as stored:
        return stored["images"][:count] / 16.0, stored["labels"][:count].astype(np.int64)


def moons(examples: int, *, rng: np.random.Generator, noise: float = 0.1) -> tuple[Array, Array]:
    """Return two interleaved half circles: x, (examples, 2), and labels 0 and 1.

    Args:
        examples: how many, >= 1.
        rng: where the numbers come from.
        noise: deviation of what is added to every point, >= 0.

    Returns:
        x, (examples, 2), and labels, (examples,), integers.

    Example:
        >>> x, labels = moons(4, rng=np.random.default_rng(0))
        >>> x.shape, labels
        ((4, 2), array([0, 1, 0, 1]))

    Source: scikit-learn's `make_moons`.
    """
    labels = _labels(examples, 2)
    angle = rng.uniform(0, np.pi, len(labels))
    upper = np.column_stack([np.cos(angle), np.sin(angle)])
    return _noisy(np.where(labels[:, None] == 0, upper, [1, 0.5] - upper), noise, rng), labels


def circles(examples: int, *, rng: np.random.Generator, noise: float = 0.1, factor: float = 0.5) -> tuple[Array, Array]:
    """Return a circle of radius 1, label 0, around one of radius `factor`, label 1.

    Args:
        examples: how many, >= 1.
        rng: where the numbers come from.
        noise: deviation of what is added to every point, >= 0.
        factor: radius of the inner circle, in [0, 1).

    Returns:
        x, (examples, 2), and labels, (examples,), integers.

    Raises:
        ValueError: factor is out of its range.

    Example:
        >>> x, labels = circles(4, rng=np.random.default_rng(0), noise=0.0, factor=0.5)
        >>> np.hypot(*x.T)
        array([1. , 0.5, 1. , 0.5])

    Source: scikit-learn's `make_circles`.
    """
    labels = _labels(examples, 2)
    angle = rng.uniform(0, 2 * np.pi, len(labels))
    radius = np.where(labels == 0, 1.0, fraction("factor", factor))
    return _noisy(np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), noise, rng), labels


def spirals(
    examples: int, *, rng: np.random.Generator, noise: float = 0.05, arms: int = 2, turns: float = 1.0
) -> tuple[Array, Array]:
    """Return `arms` spirals that wind out from the centre to radius 1, an arm per label.

    Args:
        examples: how many, >= 1.
        rng: where the numbers come from.
        noise: deviation of what is added to every point, >= 0.
        arms: how many labels, >= 1.
        turns: how often an arm winds around, >= 0.

    Returns:
        x, (examples, 2), and labels, (examples,), integers.

    Raises:
        ValueError: a setting is out of its range.

    Example:
        >>> x, labels = spirals(6, rng=np.random.default_rng(0), arms=3)
        >>> x.shape, labels
        ((6, 2), array([0, 1, 2, 0, 1, 2]))

    Source: Stanford's CS231n, its toy spirals.
    """
    labels = _labels(examples, count("arms", arms, 1))
    radius = np.sqrt(rng.uniform(0, 1, len(labels)))
    angle = 2 * np.pi * (at_least("turns", turns, 0) * radius + labels / arms)
    return _noisy(np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), noise, rng), labels


def train_validation_split(
    x: Array, y: Array, *, rng: np.random.Generator, validation: float = 0.2
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Shuffle and split into ((x_train, y_train), (x_validation, y_validation)); `validation` is the latter's share.

    Args:
        x: examples, (n, ...).
        y: their targets, (n, ...).
        rng: where the order is drawn from.
        validation: share of the examples to hold back, in [0, 1).

    Returns:
        ((x_train, y_train), (x_validation, y_validation)), new arrays.

    Raises:
        ValueError: x and y differ in length, or the share is not in [0, 1).

    Example:
        >>> x = np.arange(10.0)[:, None]
        >>> (x_train, _), (x_held, _) = train_validation_split(x, x, rng=np.random.default_rng(0))
        >>> len(x_train), len(x_held)
        (8, 2)

    Source: the lecture, section 4.
    """
    if len(x) != len(y):
        raise ValueError(f"x and y must hold equally many examples, but they hold {len(x)} and {len(y)}")
    order = rng.permutation(len(x))
    kept = len(x) - round(len(x) * fraction("validation", validation))
    return (x[order[:kept]], y[order[:kept]]), (x[order[kept:]], y[order[kept:]])


def _labels(examples: int, classes: int) -> Array:
    return np.arange(count("examples", examples, 1)) % classes


def _noisy(x: Array, noise: float, rng: np.random.Generator) -> Array:
    return x + at_least("noise", noise, 0) * rng.standard_normal(x.shape)
