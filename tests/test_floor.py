"""Coverage has a floor for each room, and no floor is ever lowered by the tool that keeps them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tools import floor, house

FILES = [
    path.relative_to(house.REPOSITORY).as_posix()
    for package in house.PACKAGES
    for path in house.module_files(package).values()
]


def report(of: Mapping[str, int] = {}) -> dict[str, Any]:
    """What coverage writes: in every file 6 of 8 lines ran, and 2 of 2 branches; or as many lines as `of` says."""
    counts = {"covered_branches": 2, "num_statements": 8, "num_branches": 2}
    return {"files": {file: {"summary": {"covered_lines": of.get(file, 6), **counts}} for file in FILES}}


def test_a_rooms_share_counts_the_lines_and_branches_of_its_files() -> None:
    measured = floor.shares(report())
    assert set(measured) >= {"autograde", "machine_room", "autograde.judge", "machine_room.checks"}
    assert "machine_room.losses" not in measured  # a room of one file has no floor of its own
    assert set(measured.values()) == {80.0}


@pytest.mark.parametrize("package", house.PACKAGES)
def test_what_falls_in_one_file_falls_in_its_room_and_its_package_alone(package: str) -> None:
    room = {"autograde": "autograde.judge", "machine_room": "machine_room.checks"}.get(
        package, package
    )  # or it has none
    files = house.module_files(package)
    file = files[next(module for module in files if module.startswith(f"{room}."))]
    before, after = (floor.shares(report(of)) for of in ({}, {file.relative_to(house.REPOSITORY).as_posix(): 0}))
    assert {name for name in before if after[name] < before[name]} == {room, package}


def test_a_file_that_was_not_measured_is_no_file_that_ran() -> None:
    lacking = report()
    del lacking["files"]["autograde/judge/judge.py"]
    with pytest.raises(SystemExit, match=r"^autograde/judge/judge\.py was not measured"):
        floor.shares(lacking)


# measured, floor -> the floor as it may be now, and whether it fell
MOVES = {
    "far above": (83.2, 70.0, 83.0, False),
    "more than half a point above": (80.7, 80.0, 80.5, False),
    "half a point above": (80.5, 80.0, 80.0, False),
    "a little above": (80.2, 80.0, 80.0, False),
    "on it": (80.0, 80.0, 80.0, False),
    "a little below": (79.99, 80.0, 80.0, True),
    "far below": (10.0, 80.0, 80.0, True),
    "everything": (100.0, 99.0, 100.0, False),
    "nothing": (0.0, 0.0, 0.0, False),
}


@pytest.mark.parametrize(("measured", "before", "after", "fell"), MOVES.values(), ids=MOVES)
def test_a_floor_rises_by_half_points_and_is_never_lowered(
    measured: float, before: float, after: float, fell: bool
) -> None:
    assert floor.raised({"room": measured}, {"room": before}) == {"room": after}
    assert bool(floor.below({"room": measured}, {"room": before})) is fell


def test_a_room_without_a_floor_and_a_floor_without_a_room_are_told() -> None:
    assert floor.raised({"new": 81.3}, {}) == {"new": 81.0}
    assert floor.below({"new": 81.3}, {"old": 80.0}) == [
        "new has no floor yet. Run `python -m tools.floor --raise`.",
        "old has a floor, but is no part of the house: take its line out of floors.json.",
    ]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    measured, floors = tmp_path / "measured.json", tmp_path / "floors.json"
    measured.write_text(json.dumps(report()), encoding="utf-8")
    monkeypatch.setattr(floor, "MEASURED", measured)
    monkeypatch.setattr(floor, "FLOORS", floors)
    return measured, floors


def write_floors(file: Path, percent: float) -> str:
    file.write_text(json.dumps(dict.fromkeys(floor.shares(report()), percent)), encoding="utf-8")
    return file.read_text(encoding="utf-8")


def test_the_command_passes_above_the_floors_and_writes_nothing(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    kept = write_floors(files[1], 75.0)
    floor.main([])
    assert "autograde.judge: 80.0 %, so its floor can be 80.0 %" in capsys.readouterr().out
    assert files[1].read_text(encoding="utf-8") == kept


@pytest.mark.parametrize("arguments", [[], ["--raise"]], ids=["compare", "raise"])
def test_the_command_fails_below_a_floor_and_leaves_it_there(files: tuple[Path, Path], arguments: list[str]) -> None:
    kept = write_floors(files[1], 80.5)
    with pytest.raises(SystemExit, match=r"autograde\.judge: 80\.0 % of its lines and branches ran.* is 80\.5 %"):
        floor.main(arguments)
    assert json.loads(files[1].read_text(encoding="utf-8")) == json.loads(kept)


def test_the_command_raises_floors_that_are_then_held(files: tuple[Path, Path]) -> None:
    write_floors(files[1], 75.0)
    floor.main(["--raise"])
    assert set(json.loads(files[1].read_text(encoding="utf-8")).values()) == {80.0}
    files[0].write_text(json.dumps(report({FILES[0]: 5})), encoding="utf-8")
    with pytest.raises(SystemExit):
        floor.main([])


def test_the_command_says_what_to_run_where_nothing_was_measured(files: tuple[Path, Path]) -> None:
    files[0].unlink()
    with pytest.raises(SystemExit, match="make coverage"):
        floor.main([])


def test_where_no_floors_are_kept_the_command_lays_them(files: tuple[Path, Path]) -> None:
    with pytest.raises(SystemExit, match=r"autograde has no floor yet\. Run `python -m tools\.floor --raise`\."):
        floor.main([])
    floor.main(["--raise"])
    assert json.loads(files[1].read_text(encoding="utf-8")) == floor.shares(report())
    floor.main([])
