"""`make bench`: every figure this project states, measured on this machine, and written to benchmarks/RESULTS.md.

What shows that the grader holds under load takes longer, and is run by name: `python -m benchmarks hostile`. Each such
run puts its table into benchmarks/UNDER_LOAD.md.
"""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from benchmarks import (
    busy,
    button,
    cluster,
    fuzz_checks,
    grading,
    hostile,
    hub,
    importing,
    kill,
    mutated,
    replay,
    report,
    serve,
    site,
    sliders,
    strangers,
    threads,
    together,
    training,
    watch,
)
from benchmarks.table import Table

RESULTS = Path(__file__).with_name("RESULTS.md")
BENCHMARKS: dict[str, Callable[[], Table]] = {
    "importing": importing.table,
    "training": training.table,
    "sliders": sliders.table,
    "grading": grading.table,
    "checks": fuzz_checks.table,
    "strangers": strangers.table,
}
UNDER_LOAD = Path(__file__).with_name("UNDER_LOAD.md")
LOADS: dict[str, Callable[[], Table]] = {
    "hostile": hostile.table,
    "mutated": mutated.table,
    "busy": busy.table,
    "button": button.table,
    "serve": serve.table,
    "together": together.table,
    "kill": kill.table,
    "replay": replay.table,
    "report": report.table,
    "site": site.table,
    "hub": hub.table,
    "watch": watch.table,
    "cluster": cluster.table,
    "threads": threads.table,
}
INTRODUCTION = """# Benchmarks

What `make bench` measured. Ratios compare programs side by side in one run on one machine: they say more than times.
"""
LOAD_INTRODUCTION = """# Under load

What `python -m benchmarks` with the name of a load measured, each table in a run of its own.
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
    """Run the benchmarks named, or all but the loads; only a run of all is written down, and each load."""
    every = BENCHMARKS | LOADS
    unknown = [name for name in wanted if name not in every]
    if unknown:
        sys.exit(f"no benchmark is called {unknown[0]!r}: there are {', '.join(every)}")
    tables = {}
    for name in wanted or BENCHMARKS:
        print(f"Measuring {name} ...", flush=True)
        tables[name] = every[name]()
        print(f"\n{tables[name].text()}\n", flush=True)
        if name in LOADS:
            before = UNDER_LOAD.read_text(encoding="utf-8") if UNDER_LOAD.exists() else LOAD_INTRODUCTION
            _write(UNDER_LOAD, with_section(before, tables[name], machine()))
    if not wanted:
        _write(RESULTS, "\n".join([INTRODUCTION, machine(), "", *(table.markdown() for table in tables.values())]))


def with_section(text: str, table: Table, measured_on: str) -> str:
    """Put a table in the place of the section of its title, or behind the last one.

    Example:
        >>> old = with_section("# Under load\\n", Table("Rain", ("what", "mm"), [("today", "3")]), "")
        >>> new = with_section(old, Table("Rain", ("what", "mm"), [("today", "4")]), "")
        >>> old.count("## Rain"), "| today | 3 |" in new, "| today | 4 |" in new
        (1, False, True)
    """
    first, *sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    section = f"{table.markdown()}\n{measured_on}\n"
    titled = [index for index, one in enumerate(sections) if one.startswith(f"## {table.title}\n")]
    for index in titled[:1]:
        sections[index] = section
    return "\n".join(one.rstrip("\n") + "\n" for one in (first, *sections, *(() if titled else (section,))))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    print(f"Written to {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")


if __name__ == "__main__":
    main(sys.argv[1:])
