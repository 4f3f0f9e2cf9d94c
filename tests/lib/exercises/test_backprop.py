"""What the cases of the first section must contain, on the visible seed and on any other."""

# Functions as students write them, without types.
# mypy: allow-untyped-defs, allow-untyped-calls

from typing import Any

import numpy as np
import pytest

from machine_room.checks.run import VISIBLE_SEED, run_check
from machine_room.exercises import find
from machine_room.gradients import numerical_gradient
from machine_room.worked_network import forward_221, skip_backward

SEEDS = [VISIBLE_SEED, *range(10)]
every_seed = pytest.mark.parametrize("seed", SEEDS)
LECTURE = [1.0, 4.0, 3.0, 2.0, 1.0, -2.0, 2.0, 3.0, -2.0]
GRADIENT = [-40.0, 16.0, 8.0, 0.0, 0.0, 0.0, 24.0, 0.0, 4.0]


def test_the_lectures_network_is_what_students_are_shown_first() -> None:
    for name in ("forward_221", "backward_221"):
        case = find(name).draw(VISIBLE_SEED)[0]
        assert (case.args[0].tolist(), case.args[1].tolist()) == (LECTURE, [-5.0, 2.0])
    assert find("backward_221").draw(VISIBLE_SEED)[0].args[2] == 8.0
    step = find("gradient_descent_step").draw(VISIBLE_SEED)[0]
    assert [value.tolist() for value in step.args] == [LECTURE, GRADIENT]
    assert step.kwargs == {"learning_rate": 0.002}


@every_seed
def test_the_small_networks_show_every_state_of_the_two_units(seed: Any) -> None:
    """On and on, on and off, off and on, off and off; never so near 0 that rounding could switch a unit."""
    states = set()
    for case in find("backward_221").draw(seed):
        forward = forward_221(*case.args[:2])
        states.add((forward["z1"] > 0, forward["z2"] > 0))
        assert min(abs(forward["z1"]), abs(forward["z2"])) > 0.1
        assert abs(forward["yhat"] - case.args[2]) > 0.1
    assert len(states) == 4


@every_seed
def test_no_slope_comes_back_to_the_kink_of_relu(seed: Any) -> None:
    for case in find("relu_backward").draw(seed):
        dh, z = case.args
        assert np.abs(z[dh != 0]).min() >= 0.2
    for case in find("two_layer_gradient").draw(seed):
        x, _, weights1, bias1 = case.args[:4]
        assert np.abs(x @ weights1 + bias1).min() > 0.01


@every_seed
def test_what_comes_back_along_two_paths_is_the_slope_of_their_sum(seed: Any) -> None:
    for case in find("skip_backward").draw(seed):
        dy, h, weights, bias = (value.astype(float) for value in case.args)

        def followed(h: Any = h, weights: Any = weights, bias: Any = bias, dy: Any = dy) -> Any:
            return np.sum(dy * (h + np.maximum(0, h @ weights + bias)))

        for name, slopes in zip(("h", "weights", "bias"), skip_backward(dy, h, weights, bias), strict=True):
            value = {"h": h, "weights": weights, "bias": bias}[name]
            right = numerical_gradient(lambda one, name=name: followed(**{name: one}), value)  # type: ignore[misc]
            np.testing.assert_allclose(slopes, right, rtol=1e-6, atol=1e-8)


@every_seed
def test_in_every_case_of_two_paths_the_relu_is_on_somewhere_and_off_somewhere(seed: Any) -> None:
    for case in find("skip_backward").draw(seed):
        _, h, weights, bias = case.args
        z = h @ weights + bias
        assert (z > 0.01).any()
        assert (z < -0.01).any()
        assert np.abs(z).min() > 0.01


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.0])
def test_every_slope_at_the_kink_is_accepted(slope: float) -> None:
    def relu_backward(dh, z):
        return dh * np.where(z == 0, slope, z > 0)

    assert run_check(find("relu_backward"), relu_backward, seed=VISIBLE_SEED).passed


@every_seed
@pytest.mark.parametrize("name", ["dense_forward", "dense_backward", "two_layer_gradient"])
def test_a_wrong_transposition_cannot_hide(name: str, seed: Any) -> None:
    """Batches of three or more; in one case all sizes differ, in another all are equal."""
    sizes = []
    for case in find(name).draw(seed):
        matrices = [value for value in case.args if np.ndim(value) == 2]
        sizes.append({size for matrix in matrices for size in matrix.shape})
        assert max(len(matrix) for matrix in matrices) >= 3
    assert max(map(len, sizes)) >= 3
    assert min(map(len, sizes)) == 1


@every_seed
@pytest.mark.parametrize(
    "name",
    [
        "relative_error",
        "forward_221",
        "backward_221",
        "gradient_descent_step",
        "dense_forward",
        "relu_backward",
        "dense_backward",
        "skip_backward",
        "cross_entropy",
        "two_layer_gradient",
    ],
)
def test_single_precision_is_among_the_cases(name: str, seed: Any) -> None:
    kinds = [{getattr(value, "dtype", None) for value in case.args} for case in find(name).draw(seed)]
    assert sum(np.dtype(np.float32) in kind for kind in kinds) == 1


@every_seed
def test_cross_entropy_meets_large_logits_and_vanishing_probabilities(seed: Any) -> None:
    cases = find("cross_entropy").draw(seed)
    assert max(np.abs(case.args[0]).max() for case in cases) > 900
    underflows = []
    for logits, labels in (case.args for case in cases):
        below = logits.max(axis=1) - logits[np.arange(len(labels)), labels]
        underflows.append(below.max() > 800)
    assert any(underflows)
    assert all(set(labels) <= set(range(logits.shape[1])) for logits, labels in (case.args for case in cases))


@every_seed
@pytest.mark.parametrize("name", ["forward_difference", "numerical_gradient"])
def test_a_step_is_wide_enough_for_every_wrong_formula_to_show(name: str, seed: Any) -> None:
    cases = find(name).draw(seed)
    assert {case.kwargs.get("epsilon") for case in cases} > {0.2, None}
    assert any(np.ndim(case.args[1]) == 2 for case in cases) == (name == "numerical_gradient")
