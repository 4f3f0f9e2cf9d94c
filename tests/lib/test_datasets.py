"""Data sets: the digits are scikit-learn's, the toys have the shapes they promise."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from machine_room import datasets


def test_the_digits_are_scikit_learns() -> None:
    x, labels = datasets.digits()
    images, expected = load_digits(return_X_y=True)
    np.testing.assert_array_equal(x * 16, images)
    np.testing.assert_array_equal(labels, expected)


@pytest.mark.parametrize("name", ["moons", "circles", "spirals"])
def test_the_rng_alone_decides_a_toy_data_set(name: str) -> None:
    make = getattr(datasets, name)
    (x, labels), (again, _) = (make(101, rng=np.random.default_rng(3)) for _ in range(2))
    assert x.shape == (101, 2)
    assert np.bincount(labels).tolist() == [51, 50]
    np.testing.assert_array_equal(x, again)
