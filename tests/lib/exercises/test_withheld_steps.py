"""While a step is asked for, no part of the library that computes one can be called or read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import machine_room
from machine_room import exercises
from machine_room.exercises.steps import DESCENT, FASTER

FOLDER = Path(machine_room.__file__).parent / "optimizers"
#: What the formulas compute with.
LETTERS = {"theta", "gradient", "m", "s", "moment", "work", "ahead"}


def functions(tree: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            yield f"{prefix}.{node.name}", node
        elif isinstance(node, ast.ClassDef):
            yield from functions(node, f"{prefix}.{node.name}")


def computes(function: ast.FunctionDef) -> bool:
    """Tell whether there is arithmetic on a letter in it: an operator, or a function of NumPy's that writes."""

    def on_letters(node: ast.AST) -> bool:
        return any(isinstance(part, ast.Name) and part.id in LETTERS for part in ast.walk(node))

    for node in ast.walk(function):
        writes = isinstance(node, ast.Call) and any(keyword.arg == "out" for keyword in node.keywords)
        if (isinstance(node, ast.BinOp | ast.AugAssign) or writes) and on_letters(node):
            return True
    return False


def computing() -> set[str]:
    return {
        name
        for file in FOLDER.glob("*.py")
        for name, function in functions(ast.parse(file.read_text(encoding="utf-8")), f"optimizers.{file.stem}")
        if computes(function)
    }


def withheld(assignment: str) -> set[str]:
    return {name for exercise in exercises.of_assignment(assignment) for name in exercise.withheld}


def test_arithmetic_on_the_parameters_is_found_where_it_is() -> None:
    assert {"optimizers.descent.momentum_in_place", "optimizers.moments.bias_correction"} <= computing()
    assert "optimizers.descent.SGD.settings" not in computing()


def test_section_1_withholds_every_place_that_computes_a_step() -> None:
    assert computing() <= withheld("01-backprop")


def test_section_3_withholds_all_of_them_but_gradient_descent() -> None:
    assert computing() - set(DESCENT) <= withheld("03-optimizers")


def test_every_class_is_withheld_with_its_step() -> None:
    classes = {
        name for file in FOLDER.glob("*.py")
        for name, _ in functions(ast.parse(file.read_text(encoding="utf-8")), f"optimizers.{file.stem}")
        if name.endswith((".apply", ".lookahead", ".update"))
    }  # fmt: skip
    contract = {"optimizers.optimizer.Optimizer.apply", "optimizers.optimizer.Optimizer.lookahead"}  # they do nothing
    assert classes - contract <= {*DESCENT, *FASTER}
