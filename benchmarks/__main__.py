"""`make bench`: every figure this project states, measured on this machine, and written to benchmarks/RESULTS.md."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from benchmarks import fuzz_checks, grading, importing, sliders, training
from benchmarks.table import Table

RESULTS = Path(__file__).with_name("RESULTS.md")
BENCHMARKS: dict[str, Callable[[], Table]] = {
    "importing": importing.table,
    "training": training.table,
    "sliders": sliders.table,
    "grading": grading.table,
    "checks": fuzz_checks.table,
}
INTRODUCTION = """# Benchmarks

What `make bench` measured. Ratios compare programs side by side in one run on one machine: they say more than times.
"""


def machine() -> str:
    """One line that says what the figures were measured on."""
    packages = ["numpy", "matplotlib", "nbgrader", "scikit-learn", *(["torch"] if find_spec("torch") else [])]
    versions = ", ".join(f"{name} {version(name).split('+')[0]}" for name in packages)
    return f"{_processor()}; Python {platform.python_version()}, {versions}."


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.machine()


def main(wanted: list[str]) -> None:
    """Run the benchmarks named, or all; only a run of all is written down."""
    unknown = [name for name in wanted if name not in BENCHMARKS]
    if unknown:
        sys.exit(f"no benchmark is called {unknown[0]!r}: there are {', '.join(BENCHMARKS)}")
    tables = []
    for name in wanted or BENCHMARKS:
        print(f"Measuring {name} ...", flush=True)
        tables.append(BENCHMARKS[name]())
        print(f"\n{tables[-1].text()}\n", flush=True)
    if not wanted:
        RESULTS.write_text("\n".join([INTRODUCTION, machine(), "", *(table.markdown() for table in tables)]))
        print(f"Written to {RESULTS.relative_to(Path.cwd()) if RESULTS.is_relative_to(Path.cwd()) else RESULTS}")


if __name__ == "__main__":
    main(sys.argv[1:])
