"""The coverage below which no part of the house may fall: a floor for each room, which only rises.

python -m tools.floor            compare what `make coverage` measured with the floors, and say which could rise
python -m tools.floor --raise    write the floors that rise; none is ever lowered here
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping
from typing import Any

from tools.house import PACKAGES, REPOSITORY, module_files, room_of

__all__ = ["below", "main", "raised", "shares"]

MEASURED = REPOSITORY / ".coverage.json"
FLOORS = REPOSITORY / "tests" / "floors.json"
#: Floors are whole and half points. What lies between is for what another version of Python counts otherwise.
STEP = 0.5

Percents = dict[str, float]  # a distribution's package or one of its rooms -> lines and branches run, of a hundred


def shares(report: Mapping[str, Any]) -> Percents:
    """Return what part of each package, and of each room that is a folder, ran; `report` is of `coverage json`."""
    counts: dict[str, list[int]] = {}
    for package in PACKAGES:
        for module, path in module_files(package).items():
            summary = report["files"].get(path.relative_to(REPOSITORY).as_posix(), {}).get("summary")
            if summary is None:
                raise SystemExit(f"{path.relative_to(REPOSITORY)} was not measured. Run `make coverage` first.")
            for name in {package, room_of(module)}:
                count = counts.setdefault(name, [0, 0])
                count[0] += summary["covered_lines"] + summary["covered_branches"]
                count[1] += summary["num_statements"] + summary["num_branches"]
    rooms = {name: count for name, count in counts.items() if name in PACKAGES or _is_folder(name)}
    return {name: 100 * ran / there if there else 100.0 for name, (ran, there) in sorted(rooms.items())}


def _is_folder(room: str) -> bool:
    return module_files(room.partition(".")[0])[room].name == "__init__.py"


def below(measured: Percents, floors: Percents) -> list[str]:
    """Return a sentence for each part that fell below its floor, has none, or is gone."""
    said = [
        f"{name}: {measured[name]:.1f} % of its lines and branches ran, and its floor is {floor:.1f} %. "
        "Test what is new, or take out what nobody runs."
        for name, floor in floors.items()
        if name in measured and measured[name] < floor
    ]
    said += [
        f"{name} has no floor yet. Run `python -m tools.floor --raise`." for name in measured if name not in floors
    ]
    return said + [f"{name} has a floor, but is no part of the house: take its line out of {FLOORS.name}."
                   for name in floors if name not in measured]  # fmt: skip


def raised(measured: Percents, floors: Percents) -> Percents:
    """Return the floors as they may be now: up, to the half point, where more than half a point was gained."""
    found = dict(floors)
    for name, percent in measured.items():
        if name not in floors or percent > floors[name] + STEP:
            found[name] = math.floor(percent / STEP) * STEP
    return dict(sorted(found.items()))


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.floor", description=__doc__.partition("\n")[0])
    parser.add_argument("--raise", dest="write", action="store_true", help="write the floors that rise")
    write = parser.parse_args(arguments).write
    if not MEASURED.exists():
        raise SystemExit(f"{MEASURED.name} is not there: run `make coverage`, which measures and then comes here.")
    measured = shares(json.loads(MEASURED.read_text(encoding="utf-8")))
    floors: Percents = json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {}
    higher = raised(measured, floors)
    if write:
        FLOORS.write_text(json.dumps(higher, indent=2) + "\n", encoding="utf-8")
    for name in (name for name in higher if higher[name] != floors.get(name)):
        print(f"{name}: {measured[name]:.1f} %, so its floor {'is now' if write else 'can be'} {higher[name]:.1f} %")
    if not write and higher != floors:
        print("Write them with `python -m tools.floor --raise`, and commit them.")
    fallen = below(measured, higher if write else floors)
    if fallen:
        raise SystemExit("\n".join(fallen))


if __name__ == "__main__":
    main(sys.argv[1:])
