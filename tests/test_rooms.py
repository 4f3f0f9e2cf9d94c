"""The floor plan of the house (docs/architecture.md), read off the source: who may import whom."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tools import house

AUTOGRADE = house.module_imports("autograde")
MOST_ARROWS = 40  # between autograde's rooms; a new one needs a reason
STARTS_THE_PROGRAM = {"autograde.__main__", "autograde.cli"}
# Rooms that know nothing of any other but those named.
FOUNDATIONS: dict[str, set[str]] = {
    "autograde.contract": set(),
    "autograde.inside": set(),
    "autograde.course": {"autograde.contract", "autograde.inside"},  # inside: the table of limits
    "autograde.sandbox": {"autograde.course", "autograde.inside"},
}
MAY_IMPORT_NBGRADER = {"autograde.course.release", "autograde.gradebook.*", "autograde.plugin.*"}
# What an import costs: nbgrader takes two seconds, which `autograde --help` need not.
ONLY_IN_FUNCTIONS = {"nbgrader"}
LOADED_BY_NBGRADER = {"autograde.plugin", "autograde.plugin.*"}  # by nobody else, so it costs nothing there


def names_imported_by(module: str) -> set[str]:
    return set(house.imported_names(house.module_files(module.partition(".")[0])[module], module))


def is_exchange(module: str) -> bool:
    return f"{module}.".startswith("machine_room.exchange.")


def allowed(module: str, patterns: set[str]) -> bool:
    return any(module == one or (one.endswith(".*") and module.startswith(one[:-1])) for one in patterns)


@pytest.mark.parametrize("package", house.PACKAGES)
def test_no_modules_import_each_other_in_a_circle(package: str) -> None:
    assert house.circle(house.module_imports(package)) == []


@pytest.mark.parametrize("package", house.PACKAGES)
def test_no_rooms_import_each_other_in_a_circle_so_that_every_arrow_points_down(package: str) -> None:
    graph = house.room_imports(package)
    assert house.circle(graph) == []
    height = house.floors(graph)
    assert all(height[room] > height[below] for room, imported in graph.items() for below in imported)


def test_the_tools_and_benchmarks_have_no_circle() -> None:
    for folder in ("benchmarks", "tools"):
        files = {f"{folder}.{path.stem}": path for path in (house.REPOSITORY / folder).glob("*.py")}
        graph = {
            module: {name for name in files if any(f"{one}.".startswith(f"{name}.") for one in found)} - {module}
            for module, path in files.items()
            for found in [set(house.imported_names(path, module))]
        }
        assert house.circle(graph) == []


def test_autograde_has_few_arrows() -> None:
    assert house.arrows(house.room_imports("autograde")) <= MOST_ARROWS


@pytest.mark.parametrize("room", FOUNDATIONS)
def test_a_room_at_the_bottom_stands_on_what_it_should(room: str) -> None:
    found = house.room_imports("autograde")[room] - {"autograde"}
    assert found <= FOUNDATIONS[room]


@pytest.mark.parametrize("module", sorted(house.module_imports("machine_room")))
def test_the_library_imports_nothing_of_the_autograder(module: str) -> None:
    # The exchange is made of nbgrader's plug-in classes; it comes with the extra `hub`.
    other = {"autograde", "machine_room_hub"} | (set() if is_exchange(module) else {"nbgrader"})
    assert not {name.split(".")[0] for name in names_imported_by(module)} & other


@pytest.mark.parametrize("module", sorted(house.module_imports("machine_room")))
def test_nothing_in_the_library_imports_the_exchange(module: str) -> None:
    below = {name for name in names_imported_by(module) if name.startswith("machine_room.exchange")}
    assert not below or is_exchange(module)


@pytest.mark.parametrize("module", sorted(house.module_imports("machine_room_hub")))
def test_the_service_imports_nothing_of_library_or_grader(module: str) -> None:
    assert not {name.split(".")[0] for name in names_imported_by(module)} & {"autograde", "machine_room", "nbgrader"}


@pytest.mark.parametrize("module", sorted(house.module_imports("machine_room")))
def test_numeric_modules_do_not_import_exercises_checks_or_pictures(module: str) -> None:
    upper = ("machine_room.exercises", "machine_room.checks", "machine_room.explore")
    if module == "machine_room" or module.startswith(upper):
        return
    assert not {name for name in names_imported_by(module) if name.startswith(upper)}


@pytest.mark.parametrize("module", sorted(AUTOGRADE))
def test_only_the_gradebook_and_the_release_talk_to_nbgrader(module: str) -> None:
    talks = any(name.split(".")[0] == "nbgrader" for name in names_imported_by(module))
    assert not talks or allowed(module, MAY_IMPORT_NBGRADER)


@pytest.mark.parametrize("module", sorted(AUTOGRADE))
def test_what_takes_seconds_to_import_is_imported_where_it_is_used(module: str) -> None:
    tree = ast.parse(house.module_files("autograde")[module].read_text(encoding="utf-8"))
    at_once = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in at_once if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in at_once if isinstance(node, ast.ImportFrom)}
    assert allowed(module, LOADED_BY_NBGRADER) or not {name.split(".")[0] for name in names} & ONLY_IN_FUNCTIONS


@pytest.mark.parametrize("module", sorted(AUTOGRADE))
def test_what_nbgrader_loads_is_loaded_by_nobody_else_and_holds_no_worker_and_no_gradebook(module: str) -> None:
    ours = {found for found in AUTOGRADE[module] if allowed(found, LOADED_BY_NBGRADER)}
    if allowed(module, LOADED_BY_NBGRADER):
        assert AUTOGRADE[module] - ours <= {"autograde.grading.client"}
    else:
        assert not ours


@pytest.mark.parametrize("module", sorted(set(AUTOGRADE) - STARTS_THE_PROGRAM))
def test_nobody_imports_the_command_line(module: str) -> None:
    assert "autograde.cli" not in AUTOGRADE[module]


@pytest.mark.parametrize("module", [name for name in sorted(AUTOGRADE) if name.startswith("autograde.inside")])
def test_what_runs_in_the_box_imports_nothing_of_ours_from_outside(module: str) -> None:
    ours = {name for name in names_imported_by(module) if name.split(".")[0] in ("autograde", "machine_room")}
    assert all(name.startswith("autograde.inside") for name in ours)


def test_tests_mirror_the_rooms() -> None:
    """Every folder of tests for a package is a room of it, or says what kind of trial it holds."""
    others = {"autograde": {"attacks"}, "lib": {"fixtures"}}
    for folder, package in (("autograde", "autograde"), ("lib", "machine_room")):
        rooms = {room.partition(".")[2] for room in house.room_imports(package)}
        found = {path.name for path in (house.REPOSITORY / "tests" / folder).iterdir() if path.is_dir()}
        assert found - {"__pycache__"} - others[folder] <= rooms


def test_the_page_shows_the_house_as_it_is() -> None:
    assert house.page_with_tables(house.PAGE.read_text(encoding="utf-8")) == house.PAGE.read_text(encoding="utf-8")


def test_the_map_for_contributors_names_every_room() -> None:
    page = Path(house.REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = {room.partition(".")[2] for room in house.room_imports("autograde")} - {"", "__main__"}
    assert {room for room in rooms if room not in page} == set()


IMPORTS = {
    "at the top": "import machine_room.network",
    "a name": "from machine_room.network import Network",
    "a module": "from machine_room import network",
    "everything": "from machine_room.network import *",
    "in a function": "def f():\n    from machine_room import network",
    "in a class": "class C:\n    from machine_room import network",
    "for types only": "if TYPE_CHECKING:\n    from machine_room.network import Network",
    "relative": "from .network import Network",
    "relative, a module": "from . import network",
    "among others": "import os, machine_room.network as n",
}


@pytest.mark.parametrize("source", IMPORTS.values(), ids=IMPORTS)
def test_every_way_to_import_is_seen(source: str, tmp_path: Path) -> None:
    file = tmp_path / "layers.py"
    file.write_text(source, encoding="utf-8")
    found = {f"{name}." for name in house.imported_names(file, "machine_room.layers")}
    assert [
        name for name in house.module_files("machine_room") if any(one.startswith(f"{name}.") for one in found)
    ] == [
        "machine_room",
        "machine_room.network",
    ]


CIRCLES = {
    "of two": {"a": {"b"}, "b": {"a"}},
    "of three": {"a": {"b"}, "b": {"c"}, "c": {"a"}},
    "above others": {"a": {"b", "c"}, "b": {"a"}, "c": set()},
}


@pytest.mark.parametrize("graph", CIRCLES.values(), ids=CIRCLES)
def test_a_circle_is_found(graph: house.Graph) -> None:
    assert house.circle(graph)
    assert not house.circle({"a": {"b", "c"}, "b": {"c"}, "c": set()})
