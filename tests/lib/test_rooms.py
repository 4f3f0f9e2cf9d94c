"""The library's rooms: who stands on whose shoulders, read off every import in the source, wherever in a file it is."""

from __future__ import annotations

import ast
import graphlib
from pathlib import Path

import pytest

import machine_room

ROOT = Path(machine_room.__file__).parent
REPOSITORY = Path(__file__).resolve().parents[2]
#: From the ground up: a module imports from floors below its own, and within its own room.
FLOORS = (
    {"arguments", "atomic", "exchange", "lab", "lab_server", "progress_line"},
    {"datasets", "error_function", "gradients", "initializers", "losses", "propagation", "schedules", "surfaces"},
    {"activations", "notebook", "optimizers"},
    {"callbacks", "regularizers"},
    {"layers", "stopping"},
    {"network_file", "training", "worked_network"},
    {"network"},
    {"experiments", "saving"},
    {"exercises", "explore", "keras"},
    {"checks", "tf"},
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
MODULES = {
    ".".join(("machine_room", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
}


def imports(source: str, package: str, known: set[str]) -> set[str]:
    """Return the modules among those known that a source in a package imports: at its top, in functions, for types."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".") if node.level else []
            base = ".".join([*parts[: len(parts) - node.level + 1], *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                found.add(inner if inner in known else base)
    return found & known


def package_of(module: str) -> str:
    return module if MODULES[module].name == "__init__.py" else module.rpartition(".")[0]


GRAPH = {
    name: imports(path.read_text(encoding="utf-8"), package_of(name), set(MODULES)) - {name}
    for name, path in MODULES.items()
}


def room(module: str) -> str:
    return module.split(".")[1]


def test_the_rooms_are_all_on_a_floor_and_no_floor_has_another() -> None:
    assert {room(name) for name in MODULES if "." in name} == set(FLOOR)


def test_the_tests_folders_are_rooms() -> None:
    folders = {path.name for path in Path(__file__).parent.iterdir() if any(path.glob("test_*.py"))}
    assert folders <= {path.name for path in ROOT.iterdir() if path.is_dir()}
    assert folders >= {"checks", "exercises", "explore", "keras", "optimizers"}


def test_no_module_imports_in_a_circle() -> None:
    graphlib.TopologicalSorter(GRAPH).prepare()


@pytest.mark.parametrize("module", [name for name in MODULES if "." in name])
def test_no_arrow_goes_up_or_across(module: str) -> None:
    assert "machine_room" not in GRAPH[module], "a name taken through the door hides where it comes from"
    others = {name for name in GRAPH[module] if room(name) != room(module)}
    assert [name for name in others if FLOOR[room(name)] >= FLOOR[room(module)]] == []


def test_the_door_itself_imports_nothing_of_ours_before_it_is_asked() -> None:
    assert GRAPH["machine_room"] == set()


IMPORTS = {
    "at the top": "import machine_room.network",
    "a name": "from machine_room.network import Network",
    "a module": "from machine_room import network",
    "in a function": "def f():\n    from machine_room import network",
    "for types only": "if TYPE_CHECKING:\n    from machine_room.network import Network",
    "relative": "from .network import Network",
    "relative, a module": "from . import network",
    "among others": "import os, machine_room.network as n",
}


@pytest.mark.parametrize("source", IMPORTS.values(), ids=IMPORTS)
def test_every_way_to_import_is_seen(source: str) -> None:
    assert imports(source, "machine_room", set(MODULES)) == {"machine_room.network"}


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


@pytest.mark.parametrize("top", ["benchmarks", "tools"])
def test_what_measures_and_what_builds_import_in_no_circle(top: str) -> None:
    files = {f"{top}.{path.stem}": path for path in sorted((REPOSITORY / top).glob("*.py"))}
    graph = {name: imports(path.read_text(encoding="utf-8"), top, set(files)) for name, path in files.items()}
    assert len(graph) > 3
    graphlib.TopologicalSorter(graph).prepare()


def test_a_circle_is_found() -> None:
    with pytest.raises(graphlib.CycleError):
        graphlib.TopologicalSorter({"a": {"b"}, "b": {"c"}, "c": {"a"}}).prepare()
