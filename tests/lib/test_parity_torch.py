"""Every comparison with PyTorch holds; see benchmarks/parity_torch.py for the conventions."""

import pytest

from benchmarks import parity_torch
from benchmarks.deviation import Deviation

ROWS = list(parity_torch.deviations())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.part}-{row.name}")
def test_the_deviation_from_pytorch_is_at_most_the_tolerance(row: Deviation) -> None:
    assert row.agrees, str(row)


def test_every_optimizer_is_compared_with_pytorch() -> None:
    assert {row.name for row in ROWS if row.part == "optimizer"} == {
        "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "nadam", "adamw",
    }  # fmt: skip
