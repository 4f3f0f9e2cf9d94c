"""The students' library: what they are asked to write is not in it, and everything else works."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import machine_room
from autograde.sandbox.student_view import write_view
from machine_room.exercises import assignments, of_assignment


def withheld(assignment: str) -> tuple[str, ...]:
    return tuple(sorted({name for exercise in of_assignment(assignment) for name in exercise.withheld}))


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("views")
    for assignment in assignments():
        write_view(root / assignment, withheld(assignment))
    return {assignment: root / assignment for assignment in assignments()}


def in_view(view: Path, source: str) -> Any:
    """Run a script that sees only the view, and return the JSON it prints."""
    script = f"import sys\nsys.dont_write_bytecode = True\nsys.path.insert(0, {str(view)!r})\nimport json\n{source}"
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


TRY_EVERYTHING = """
import importlib
def reach(dotted):
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        try:
            value = importlib.import_module("machine_room." + ".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            value = getattr(value, part)
        return value
said = {}
for name in NAMES:
    try:
        value = reach(name)
        count = value.__code__.co_argcount if hasattr(value, "__code__") else 0
        value(*[None] * count)
        said[name] = "answered"
    except TypeError:
        try:
            code = value.__code__
            names = code.co_varnames[code.co_argcount:code.co_argcount + code.co_kwonlyargcount]
            value(*[None] * code.co_argcount, **dict.fromkeys(names))
            said[name] = "answered"
        except Exception as error:
            said[name] = f"{type(error).__name__}: {error}"
    except Exception as error:
        said[name] = f"{type(error).__name__}: {error}"
print(json.dumps(said))
"""


@pytest.mark.parametrize("assignment", assignments())
def test_every_withheld_name_is_there_and_says_why_it_does_not_answer(assignment: str, views: dict[str, Path]) -> None:
    names = withheld(assignment)
    said = in_view(views[assignment], f"NAMES = {names!r}\n{TRY_EVERYTHING}")
    assert set(said) == set(names)
    for name, text in said.items():
        assert text.startswith("Withheld: "), (name, text)
        assert text.endswith("; it is not available while your work is graded.")
    for exercise in of_assignment(assignment):
        asked = [text for name, text in said.items() if name.endswith(f".{exercise.name}")]
        assert asked == [] or asked[0].startswith(f"Withheld: {exercise.name} is what you are asked to write")


@pytest.mark.parametrize("assignment", assignments())
def test_every_module_of_the_view_imports(assignment: str, views: dict[str, Path]) -> None:
    walk = """
import importlib, pkgutil, machine_room
found = [m.name for m in pkgutil.walk_packages(machine_room.__path__, "machine_room.")]
for name in found: importlib.import_module(name)
for name in machine_room.__all__: getattr(machine_room, name)
print(json.dumps([machine_room.__path__[0], found]))
"""
    path, found = in_view(views[assignment], walk)
    assert path == str(views[assignment] / "machine_room")
    assert "machine_room.network" in found
    assert not [name for name in found if name.startswith(("machine_room.exercises.", "machine_room.checks."))]


def test_the_exception_of_a_stub_does_not_count_as_not_written(views: dict[str, Path]) -> None:
    source = """
from machine_room.withheld import Withheld
print(json.dumps([issubclass(Withheld, RuntimeError), issubclass(Withheld, NotImplementedError)]))
"""
    assert in_view(views["01-backprop"], source) == [True, False]


TELLING = {
    "01-backprop": ("dyhat * v11", "z1 = w11 * x1 + w21 * x2 + b1", "np.abs(a) + np.abs(b)"),
    "03-optimizers": ("1 - beta2 ** t", "m *= beta"),
    "04-schedules": ("(1 + t / above(",),
}


@pytest.mark.parametrize(("assignment", "part"), [(name, part) for name, parts in TELLING.items() for part in parts])
def test_no_line_of_a_reference_is_left_in_the_view(assignment: str, part: str, views: dict[str, Path]) -> None:
    def holders(root: Path) -> list[str]:
        return [path.name for path in sorted(root.rglob("*.py")) if part in _code(path)]

    assert holders(Path(machine_room.__file__).parent)
    assert holders(views[assignment] / "machine_room") == []


@pytest.mark.parametrize("assignment", assignments())
def test_a_formula_is_withheld_with_all_its_parts(assignment: str) -> None:
    files = (Path(machine_room.__file__).parent / "optimizers").glob("*.py")
    formulas = {
        node.name: node
        for file in files
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.endswith(("_in_place", "_root"))
    }
    names = {name.rpartition(".")[2] for name in withheld(assignment)} & set(formulas)
    called = {
        node.func.id
        for name in names
        for node in ast.walk(formulas[name])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert called & set(formulas) <= names


def _code(path: Path) -> str:
    """A module's source without its docstrings and comments."""
    return ast.unparse(_without_docstrings(ast.parse(path.read_text(encoding="utf-8"))))


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        for child in list(getattr(node, "body", None) or []) if not isinstance(node, ast.Lambda | ast.IfExp) else []:
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                node.body.remove(child)  # type: ignore[attr-defined]
    return tree


def test_check_and_pictures_are_quiet(views: dict[str, Path]) -> None:
    source = """
from machine_room import check, explore
from machine_room.checks import CheckFailed
def anything(): pass
picture = explore.worked_network(anything, anything)
picture.update(x=1)
said = [check(anything), check(anything, hidden=True), picture._ipython_display_()]
print(json.dumps([*said, issubclass(CheckFailed, AssertionError)]))
"""
    assert in_view(views["01-backprop"], source) == [None, None, None, True]


def test_where_one_is_in_the_course_is_not_asked_while_it_is_graded(views: dict[str, Path], tmp_path: Path) -> None:
    said = in_view(
        views["01-backprop"],
        f"""
import os
os.chdir({str(tmp_path)!r})
from machine_room import notebook, progress
answers = [progress(), notebook.progress(), notebook.recorded(), notebook.forget(), notebook.installation()]
print(json.dumps(answers))""",
    )
    assert said == [None] * 5
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_withheld_still_works(views: dict[str, Path]) -> None:
    source = """
from machine_room import datasets, Network, Dense, SGD
import numpy as np
digits = datasets.digits()
net = Network([Dense(2, activation="relu"), Dense(1)], inputs=2, loss="squared_error")
net.compile(optimizer=SGD(learning_rate=0.01)) if hasattr(net, "compile") else None
net.theta[:] = [1, 4, 3, 2, 1, -2, 2, 3, -2]
print(json.dumps(net.gradient(x=[[-5, 2]], y=[[8]]).tolist()))
"""
    assert in_view(views["04-schedules"], source) == [-40, 16, 8, 0, 0, 0, 24, 0, 4]


def test_nothing_compiled_lies_in_the_view(views: dict[str, Path]) -> None:
    for view in views.values():
        assert not [path for path in view.rglob("*") if path.suffix in (".pyc", ".pyo", ".so")]
        assert sorted(path.name for path in view.iterdir()) == ["digest", "machine_room"]


def test_a_view_that_is_up_to_date_is_left_alone_and_any_change_writes_it_anew(tmp_path: Path) -> None:
    folder = tmp_path / "view"
    write_view(folder, ("layers.dense_forward",))
    first = (folder / "machine_room").stat().st_ino
    write_view(folder, ("layers.dense_forward",))
    assert (folder / "machine_room").stat().st_ino == first
    write_view(folder, ("layers.dense_backward",))
    source = (folder / "machine_room" / "layers.py").read_text(encoding="utf-8")
    assert "dense_backward is what you are asked to write" in source
    assert "dense_forward is what you are asked to write" not in source
    assert [path.name for path in tmp_path.iterdir()] == ["view"]


@pytest.mark.parametrize("name", ["layers.no_such_function", "no_such_module.f", "network.Network.nothing", "layers"])
def test_a_name_that_cannot_be_withheld_is_refused_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="cannot withhold"):
        write_view(tmp_path / "view", (name,))
    assert list(tmp_path.iterdir()) == []


def test_a_class_can_be_withheld_with_all_its_methods(tmp_path: Path) -> None:
    write_view(tmp_path / "view", ("optimizers.adam.Adam", "optimizers.adam.Adam.apply"))
    source = """
from machine_room import optimizers
try: optimizers.Adam()
except RuntimeError as error: print(json.dumps(str(error)))
"""
    assert in_view(tmp_path / "view", source).startswith("Adam would do the work for you; it is not available")
