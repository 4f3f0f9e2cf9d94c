"""The library's rooms: who stands on whose shoulders, read off every import in the source, wherever in a file it is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import machine_room
from tools import house

ROOT = Path(machine_room.__file__).parent
#: From the ground up: a module imports from floors below its own, and within its own room.
FLOORS = (
    {"arguments", "atomic", "lab", "lab_server", "packages", "printable", "progress_line"},
    {
        "translation",
        "datasets",
        "error_function",
        "gradients",
        "initializers",
        "losses",
        "naive",
        "propagation",
        "schedules",
        "surfaces",
    },
    {"activations", "notebook", "optimizers"},
    {"callbacks", "exchange", "regularizers"},
    {"layers", "stopping"},
    {"network_file", "training", "worked_network"},
    {"network"},
    {"experiments", "saving"},
    {"exercises", "explore", "keras"},
    {"checks", "tf"},
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
MODULES = house.module_files("machine_room")
GRAPH = house.module_imports("machine_room")


def room(module: str) -> str:
    return module.split(".")[1]


def test_the_rooms_are_all_on_a_floor_and_no_floor_has_another() -> None:
    assert {room(name) for name in MODULES if "." in name} == set(FLOOR)


def test_the_tests_folders_are_rooms() -> None:
    folders = {path.name for path in Path(__file__).parent.iterdir() if any(path.glob("test_*.py"))}
    assert folders <= {path.name for path in ROOT.iterdir() if path.is_dir()}
    assert folders >= {"checks", "exercises", "explore", "keras", "optimizers"}


@pytest.mark.parametrize("module", [name for name in MODULES if "." in name])
def test_no_arrow_goes_up_or_across(module: str) -> None:
    assert "machine_room" not in GRAPH[module], "a name taken through the door hides where it comes from"
    others = {name for name in GRAPH[module] if room(name) != room(module)}
    assert [name for name in others if FLOOR[room(name)] >= FLOOR[room(module)]] == []


def test_the_door_itself_imports_nothing_of_ours_before_it_is_asked() -> None:
    assert GRAPH["machine_room"] == set()


def aliases(source: str) -> dict[str, str]:
    """Return the names that a module gives, at its top, to a type that is spelled out: name -> the type."""
    return {
        target.id: ast.unparse(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript)
        for target in node.targets
        if isinstance(target, ast.Name) and ast.unparse(node.value.value) in ("NDArray", "Callable", "dict")
    }


def test_no_alias_stands_in_two_places() -> None:
    found = [pair for path in MODULES.values() for pair in aliases(path.read_text(encoding="utf-8")).items()]
    assert ("Array", "NDArray[Any]") in found
    names = [name for name, _ in found]
    assert sorted(names) == sorted(set(names))
    # Two dictionaries of anything can be two things; two arrays of anything, or two functions, are one.
    loose = [spelled for _, spelled in found if spelled.startswith("NDArray") or spelled == "Callable[..., Any]"]
    assert sorted(loose) == sorted(set(loose))
