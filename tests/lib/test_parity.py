"""Every comparison with Keras, the slides and published numbers holds; see benchmarks/parity.py for the conventions."""

import os
from importlib.util import find_spec

import numpy as np
import pytest

from benchmarks import parity
from benchmarks.deviation import Deviation, difference
from machine_room import optimizers

ROWS = [*parity.published(), *parity.keras()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.oracle}-{row.part}-{row.name}")
def test_the_deviation_is_at_most_the_tolerance(row: Deviation) -> None:
    assert row.agrees, str(row)


def test_every_optimizer_is_compared_with_keras() -> None:
    names = {row.name for row in ROWS if row.part == "optimizer" and row.oracle.startswith("Keras 3")}
    assert names >= {optimizer.__name__.lower() for optimizer in optimizers.INGREDIENTS}


def test_a_wrong_formula_does_not_agree() -> None:
    far = Deviation("optimizer", "wrong", "itself", difference([1.0], [1.0 + 1e-9]))
    assert not far.agrees
    assert not Deviation("optimizer", "nan", "itself", difference([np.nan], [1.0])).agrees
    assert difference([1.0, 1.0], [1.0]) == np.inf


def test_the_command_prints_one_line_per_comparison_and_succeeds(capsys: pytest.CaptureFixture[str]) -> None:
    assert parity.main() == 0
    printed = capsys.readouterr().out
    assert printed.count("ok  ") >= len(ROWS)
    assert "0 too far" in printed


def test_ci_has_pytorch() -> None:
    assert find_spec("torch") or not os.environ.get("CI"), "CI must install torch: pip install torch==2.13.0"


# CONTENT of the literature: f = theta**2 / 2 from 1, beta 0.9, while the rate falls from 0.1 to 0.01 after three steps.
RATES = (0.1, 0.1, 0.1, 0.01, 0.01)


def test_momentum_while_the_rate_changes_is_kerass_and_not_pytorchs() -> None:
    theta, m, path = np.ones(1), np.zeros(1), []
    for rate in RATES:
        theta, m = optimizers.momentum_step(theta, theta, m, learning_rate=rate, beta=0.9)
        path.append(theta[0])
    np.testing.assert_allclose(path, [0.9, 0.72, 0.486, 0.2705, 0.0739], atol=5.1e-5)


@pytest.mark.parametrize(
    ("correct_m", "correct_s", "first_step"), [(1, 1, 1.0), (0, 0, 3.16), (0, 1, 0.1), (1, 0, 31.6)]
)
def test_the_bias_corrections_make_the_first_step_the_learning_rate(
    correct_m: int, correct_s: int, first_step: float
) -> None:
    gradient, zero = np.array([7.0]), np.zeros(1)
    m = optimizers.first_moment(gradient, zero, beta1=0.9)
    s = optimizers.second_moment(gradient, zero, beta2=0.999)
    m_hat = optimizers.bias_correction(m, 1, beta=0.9) if correct_m else m
    s_hat = optimizers.bias_correction(s, 1, beta=0.999) if correct_s else s
    assert m_hat[0] / np.sqrt(s_hat[0]) == pytest.approx(first_step, rel=2e-3)
