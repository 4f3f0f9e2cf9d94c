"""The layout of an array in memory is nobody's business: every formula gives the same numbers for each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from machine_room.arguments import Array
from machine_room.layers import SMALL_BATCH, dense_backward, dense_forward
from machine_room.losses import cross_entropy, squared_error

#: By rows, by columns, as a view with gaps, and turned around.
LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "rows": np.ascontiguousarray,
    "columns": np.asfortranarray,
    "gaps": lambda array: np.repeat(array, 2, axis=1)[:, ::2],
    "backwards": lambda array: array[::-1].copy()[::-1],
}
BATCHES = (1, 32, SMALL_BATCH // 64, SMALL_BATCH // 64 + 1)  # the last two lie on either side of the bound


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("of_x", LAYOUTS)
@pytest.mark.parametrize("of_weights", LAYOUTS)
def test_a_dense_layer_does_not_see_the_layout(of_x: str, of_weights: str, batch: int) -> None:
    rng = np.random.default_rng(0)
    x, weights, bias = rng.normal(size=(batch, 64)), rng.normal(size=(64, 10)), rng.normal(size=10)
    x_kept, weights_kept = LAYOUTS[of_x](x), LAYOUTS[of_weights](weights)
    z = dense_forward(x_kept, weights_kept, bias)
    np.testing.assert_allclose(z, np.einsum("bi,ij->bj", x, weights) + bias, rtol=0, atol=1e-12)
    dz = rng.normal(size=z.shape)
    dx, dweights, _ = dense_backward(dz, x_kept, weights_kept)
    np.testing.assert_allclose(dx, np.einsum("bj,ij->bi", dz, weights), rtol=0, atol=1e-12)
    np.testing.assert_allclose(dweights, np.einsum("bi,bj->ij", x, dz), rtol=0, atol=1e-11)
    np.testing.assert_array_equal(x_kept, x)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_loss_does_not_see_the_layout(layout: str) -> None:
    rng = np.random.default_rng(0)
    output, labels, y = rng.normal(size=(7, 5)), rng.integers(0, 5, 7), rng.normal(size=(7, 5))
    for loss, target in ((cross_entropy, labels), (squared_error, y)):
        expected, gradient = loss(output, target)
        kept = LAYOUTS[layout](output)
        value, found = loss(kept, target)
        assert value == pytest.approx(expected, rel=1e-14)
        np.testing.assert_allclose(found, gradient, rtol=1e-14)
        np.testing.assert_array_equal(kept, output)
