"""One training step and one epoch of the course's networks: ours beside NumPy, PyTorch, JAX and scikit-learn.

Same data (the digits), same batch of 32, same first weights, one process per number of threads, the contestants in
turn, round after round; the median of the rounds counts. With one thread processor seconds are measured, which a busy
machine stretches least; with more, seconds on the wall. `python -m benchmarks.training` prints the table.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import product
from typing import Any, NamedTuple

from benchmarks.contestants import BATCH, CONTESTANTS, Recipe, Task, installed
from benchmarks.table import Table

NETWORKS = {"64-100-10": (100,), "64-100-100-100-10": (100, 100, 100)}
DTYPES = ("float64", "float32")
ROUNDS = 9
STEPS = 60  # in one round
# Set on some machines for the sake of old builds; they slow a current OpenBLAS down.
SLOWING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
OTHERS = tuple(name for name in CONTESTANTS if name != "ours")


class Setting(NamedTuple):
    """One row of the table, but for the number of threads."""

    network: str
    recipe: str
    dtype: str


SETTINGS = [Setting(*each) for each in product(NETWORKS, Recipe.__members__, DTYPES)]


def task_of(setting: Setting) -> Task:
    from machine_room import datasets

    x, labels = datasets.digits()
    return Task(NETWORKS[setting.network], Recipe[setting.recipe], x.astype(setting.dtype), labels)


def seconds_of(run: Callable[[], Any], times: int) -> float:
    clock = time.process_time if os.environ["OMP_NUM_THREADS"] == "1" else time.perf_counter
    began = clock()
    for _ in range(times):
        run()
    return (clock() - began) / times


def measure_here() -> Iterator[dict[str, Any]]:
    """Measure in this process, with the threads it was started with; yields a line per setting and contestant."""
    warnings.simplefilter("ignore")  # scikit-learn warns that one iteration did not converge
    if find_spec("torch"):
        import torch

        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    for setting in SETTINGS:
        task = task_of(setting)
        runs = {name: make(task) for name, make in installed().items()}
        steps: dict[str, list[float]] = {name: [] for name in runs}
        epochs: dict[str, list[float]] = {name: [] for name in runs}
        for step, epoch, _ in runs.values():
            seconds_of(step, STEPS)
            seconds_of(epoch, 1)
        for _ in range(ROUNDS):
            for name, (step, epoch, _) in runs.items():
                steps[name].append(seconds_of(step, STEPS))
                epochs[name].append(seconds_of(epoch, 1))
        for name in runs:
            yield {
                **setting._asdict(),
                "name": name,
                "step": statistics.median(steps[name]),
                "epoch": statistics.median(epochs[name]),
            }


def measure(threads: int) -> list[dict[str, Any]]:
    """Measure in a fresh process with this many threads."""
    environment = {name: value for name, value in os.environ.items() if name not in SLOWING}
    environment |= {name: str(threads) for name in THREAD_VARIABLES}
    if threads == 1:
        environment["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    command = [sys.executable, "-m", "benchmarks.training", "--here"]
    answer = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in answer.splitlines()]


def table(threads: tuple[int, ...] = (1,)) -> Table:
    """Measure everything; a ratio of 3 means that we need a third of the time."""
    rows = []
    for count in threads:
        measured = {(Setting(row["network"], row["recipe"], row["dtype"]), row["name"]): row for row in measure(count)}
        for setting in SETTINGS:
            mine = measured[setting, "ours"]
            title = f"{setting.network}, {setting.recipe.lower()}, {setting.dtype}, {count} thread{'s'[: count - 1]}"
            rows.append(
                (
                    title,
                    f"{mine['step'] * 1e6:.0f} us",
                    *(_ratio(measured, setting, name, "step") for name in OTHERS),
                    f"{mine['epoch'] * 1e3:.1f} ms",
                    *(_ratio(measured, setting, name, "epoch") for name in OTHERS),
                )
            )
    notes = [
        "How many times our time the others take: median of rounds, side by side in one process, batch "
        f"{BATCH}. Aim: no other below 1 / 1.2 = 0.83 x.",
        "NumPy: a textbook's vectorised loop. PyTorch: fused optimizers. JAX: one jit of the whole step.",
    ]
    missing = sorted(set(CONTESTANTS) - set(installed()))
    if missing:
        notes.append(f"Not installed here, so not compared: {', '.join(missing)} (pip install torch==2.13.0 jax)")
    return Table("Training", ("network", "our step", *OTHERS, "our epoch", *OTHERS), rows, notes)


def _ratio(measured: dict[tuple[Setting, str], Any], setting: Setting, name: str, what: str) -> str:
    other = measured.get((setting, name))
    return f"{other[what] / measured[setting, 'ours'][what]:.2f} x" if other else "-"


def main() -> None:
    if "--here" in sys.argv:
        for row in measure_here():
            print(json.dumps(row), flush=True)
    else:
        print(table().text())


if __name__ == "__main__":
    main()
