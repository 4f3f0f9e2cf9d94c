"""What one BLAS thread does to the pictures that train: the same picture with one, and with one for every core.

`python -m benchmarks threads` prints the table. Each picture is made in a process of its own, in turn: processor time
of all its threads and real time, without what importing takes.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

from benchmarks.table import Table

__all__ = ["table"]

PICTURES = (
    "overfitting_moons",
    "digits_race",
    "schedules_on_digits",
    "digits_training",
    "experiment_table",
    "regularizers_on_digits",
)
ROUNDS = 3
VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
PROGRAM = """
import sys, time
from machine_room import explore
import machine_room.explore.canvas, numpy
cpu, wall = time.process_time(), time.perf_counter()
getattr(explore, sys.argv[1])().static()
print(time.process_time() - cpu, time.perf_counter() - wall)
"""


def seconds_of(picture: str, *, one_thread: bool) -> tuple[float, float]:
    """Processor and real seconds of making a picture."""
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    if one_thread:
        environment |= dict.fromkeys(VARIABLES, "1")
    command = [sys.executable, "-c", PROGRAM, picture]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    cpu, wall = map(float, said.split())
    return cpu, wall


def table(pictures: tuple[str, ...] = PICTURES, rounds: int = ROUNDS) -> Table:
    """Make each picture both ways, in turn; medians."""
    rows = []
    for picture in pictures:
        ways: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
        for _ in range(rounds):
            for one_thread, found in ways.items():
                found.append(seconds_of(picture, one_thread=one_thread))
        (cpu, wall), (cpu_all, wall_all) = (
            tuple(statistics.median(one[index] for one in ways[way]) for index in (0, 1)) for way in (True, False)
        )
        rows.append(
            (
                picture,
                f"{cpu:.1f} s",
                f"{cpu_all:.1f} s",
                f"{cpu_all / cpu:.1f} x",
                f"{wall:.1f} s",
                f"{wall_all:.1f} s",
            )
        )
    columns = ("picture", "CPU, one thread", "CPU, one a core", "ratio", "real, one thread", "real, one a core")
    notes = [f"{os.cpu_count()} cores; medians of {rounds} in turn. Kernels of `make lab` start with one thread."]
    return Table("BLAS threads", columns, rows, notes)


if __name__ == "__main__":
    print(table(tuple(sys.argv[2:]) or PICTURES, int(sys.argv[1]) if sys.argv[1:] else ROUNDS).text())
