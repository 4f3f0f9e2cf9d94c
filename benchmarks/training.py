"""One training step and one epoch of the course's networks: ours beside PyTorch eager and scikit-learn's MLPClassifier.

Same data (the digits), same batch of 32, same Adam, one process per number of threads, the contestants in turn, round
after round; the median of the rounds counts. `python -m benchmarks.training` prints the table.

PyTorch's step is `zero_grad`, forward, `cross_entropy`, `backward`, `step`. scikit-learn has no single step: its figure
is `partial_fit` on one batch, which checks its input each time; an epoch is `partial_fit` on all the data.
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
from typing import Any

from benchmarks.table import Table

NETWORKS = {"64-100-10": (100,), "64-100-100-100-10": (100, 100, 100)}
DTYPES = ("float64", "float32")
BATCH = 32
ROUNDS = 7
STEPS = 60  # in one round
LEARNING_RATE = 1e-3
# Set on some machines for the sake of old builds; they slow a current OpenBLAS down.
SLOWING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")

Contestants = dict[str, tuple[Callable[[], Any], Callable[[], Any]]]  # name -> (a step, an epoch)


def ours(hidden: tuple[int, ...], dtype: str, x: Any, labels: Any) -> tuple[Callable[[], Any], Callable[[], Any]]:
    import numpy as np

    from machine_room import Adam, Dense, Network

    layers = [Dense(units, activation="relu", kernel_initializer="he_normal") for units in hidden]
    net = Network([*layers, Dense(10)], inputs=64, loss="cross_entropy", dtype=dtype, rng=np.random.default_rng(0))
    net.compile(Adam(LEARNING_RATE))
    one_x, one_y = x[:BATCH], labels[:BATCH]
    return lambda: net.train_step(one_x, one_y), lambda: net.fit(x, labels, batch_size=BATCH, progress=False)


def pytorch(hidden: tuple[int, ...], dtype: str, x: Any, labels: Any) -> tuple[Callable[[], Any], Callable[[], Any]]:
    import torch

    sizes = [64, *hidden]
    parts: list[torch.nn.Module] = []
    for n_in, n_out in zip(sizes, hidden, strict=False):
        parts += [torch.nn.Linear(n_in, n_out), torch.nn.ReLU()]
    net = torch.nn.Sequential(*parts, torch.nn.Linear(sizes[-1], 10)).to(getattr(torch, dtype))
    optimizer, loss = torch.optim.Adam(net.parameters(), lr=LEARNING_RATE), torch.nn.CrossEntropyLoss()
    all_x, all_y = torch.tensor(x), torch.tensor(labels)
    one_x, one_y = all_x[:BATCH], all_y[:BATCH]

    def step(batch_x: torch.Tensor = one_x, batch_y: torch.Tensor = one_y) -> None:
        optimizer.zero_grad(set_to_none=True)
        loss(net(batch_x), batch_y).backward()
        optimizer.step()

    def epoch() -> None:
        for batch in torch.randperm(len(all_x)).split(BATCH):
            step(all_x[batch], all_y[batch])

    return step, epoch


def scikit_learn(
    hidden: tuple[int, ...], dtype: str, x: Any, labels: Any
) -> tuple[Callable[[], Any], Callable[[], Any]]:
    import numpy as np
    from sklearn.neural_network import MLPClassifier

    classes = np.arange(10)

    def classifier(batch: int) -> MLPClassifier:
        net = MLPClassifier(hidden, alpha=0.0, batch_size=batch, learning_rate_init=LEARNING_RATE, random_state=0)
        return net.partial_fit(x[:BATCH], labels[:BATCH], classes=classes)

    for_steps, for_epochs = classifier(BATCH), classifier(BATCH)
    return lambda: for_steps.partial_fit(x[:BATCH], labels[:BATCH]), lambda: for_epochs.partial_fit(x, labels)


def contestants(network: str, dtype: str) -> Contestants:
    from machine_room import datasets

    x, labels = datasets.digits()
    x = x.astype(dtype)
    made = {"ours": ours, "scikit-learn": scikit_learn} | ({"PyTorch": pytorch} if find_spec("torch") else {})
    return {name: make(NETWORKS[network], dtype, x, labels) for name, make in made.items()}


def seconds_of(run: Callable[[], Any], times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        run()
    return (time.perf_counter() - began) / times


def measure_here() -> Iterator[dict[str, Any]]:
    """Measure in this process, with the threads it was started with; yields a row per network, dtype and contestant."""
    warnings.simplefilter("ignore")  # scikit-learn warns that one iteration did not converge
    if find_spec("torch"):
        import torch

        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    for network in NETWORKS:
        for dtype in DTYPES:
            runs = contestants(network, dtype)
            steps: dict[str, list[float]] = {name: [] for name in runs}
            epochs: dict[str, list[float]] = {name: [] for name in runs}
            for step, epoch in runs.values():
                seconds_of(step, STEPS)
                seconds_of(epoch, 1)
            for _ in range(ROUNDS):
                for name, (step, epoch) in runs.items():
                    steps[name].append(seconds_of(step, STEPS))
                    epochs[name].append(seconds_of(epoch, 1))
            for name in runs:
                yield {
                    "network": network,
                    "dtype": dtype,
                    "name": name,
                    "step": statistics.median(steps[name]),
                    "epoch": statistics.median(epochs[name]),
                }


def measure(threads: int) -> list[dict[str, Any]]:
    """Measure in a fresh process with this many threads."""
    environment = {name: value for name, value in os.environ.items() if name not in SLOWING}
    environment |= {name: str(threads) for name in THREAD_VARIABLES}
    command = [sys.executable, "-m", "benchmarks.training", "--here"]
    answer = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in answer.splitlines()]


def table(threads: tuple[int, ...] = (1, 2)) -> Table:
    """Measure everything; a ratio of 3 means that we need a third of the time."""
    rows = []
    for count in threads:
        measured = {(row["network"], row["dtype"], row["name"]): row for row in measure(count)}
        for network in NETWORKS:
            for dtype in DTYPES:
                mine = measured[network, dtype, "ours"]
                rows.append(
                    (
                        f"{network}, {dtype}, {count} thread{'s' if count > 1 else ''}",
                        f"{mine['step'] * 1e6:.0f} us",
                        *(_ratio(measured, network, dtype, name, "step") for name in ("PyTorch", "scikit-learn")),
                        f"{mine['epoch'] * 1e3:.1f} ms",
                        *(_ratio(measured, network, dtype, name, "epoch") for name in ("PyTorch", "scikit-learn")),
                    )
                )
    columns = ("network", "our step", "PyTorch", "scikit-learn", "our epoch", "PyTorch", "scikit-learn")
    notes = ["How many times our time the others take: median of rounds, side by side in one process, batch 32, Adam."]
    if not find_spec("torch"):
        notes.append("PyTorch is not installed here, so not compared: pip install torch==2.13.0")
    return Table("Training", columns, rows, notes)


def _ratio(measured: dict[tuple[str, str, str], Any], network: str, dtype: str, name: str, what: str) -> str:
    other = measured.get((network, dtype, name))
    return f"{other[what] / measured[network, dtype, 'ours'][what]:.1f} x" if other else "-"


def main() -> None:
    if "--here" in sys.argv:
        for row in measure_here():
            print(json.dumps(row), flush=True)
    else:
        print(table().text())


if __name__ == "__main__":
    main()
