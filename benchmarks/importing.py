"""What `import machine_room` costs over `import numpy`: fresh processes in turn, medians.

`python -m benchmarks.importing` prints the table.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from benchmarks.table import Table

RUNS = 15
STATEMENTS = {
    "numpy": "import numpy",
    "machine_room": "import numpy, machine_room",
    "machine_room, and a network": "import numpy, machine_room as m; m.Network([m.Dense(1)], inputs=1)",
}


def table() -> Table:
    """Measure; the last column is what the line costs over numpy's."""
    seconds: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    for _ in range(RUNS):
        for name, statement in STATEMENTS.items():
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", statement], check=True)
            seconds[name].append(time.perf_counter() - began)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    rows = [
        (name, f"{median * 1e3:.0f} ms", f"{(median - medians['numpy']) * 1e3:+.0f} ms")
        for name, median in medians.items()
    ]
    return Table(
        "Import", ("import", "whole process", "over numpy"), rows, ["Aim: machine_room under 30 ms over numpy."]
    )


if __name__ == "__main__":
    print(table().text())
