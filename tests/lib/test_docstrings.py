"""Every public name says what it takes, what it gives, what it raises, shows an example, and names its source.

Public is what a numeric module lists in `__all__`. Exercises, checks and pictures have tests of their own.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from importlib import import_module
from pathlib import Path
from typing import Any, is_typeddict

import pytest

import machine_room
from machine_room.arguments import at_least

FOLDER = Path(machine_room.__file__).parent
MODULES = sorted(
    [path.stem for path in FOLDER.glob("*.py") if path.stem not in ("__init__", "lab", "lab_server", "tf")]
    + [f"optimizers.{path.stem}" for path in (FOLDER / "optimizers").glob("*.py") if path.stem != "__init__"]
)
#: What these compute stands in the lecture or in a paper.
FORMULAS = (
    "activations", "experiments", "gradients", "initializers", "layers", "losses", "naive", "optimizers",
    "propagation", "regularizers", "schedules", "stopping", "surfaces", "worked_network",
)  # fmt: skip
#: What a function lets check its arguments, and raises through.
DOORS = {"above", "array_like", "at_least", "count", "float_array", "fraction", "learning_rate_value", "state_argument",
         "step_arguments", "update_number"}  # fmt: skip


def public() -> dict[str, Any]:
    """Return the functions and classes that a module defines and lists."""
    found = {}
    for name in MODULES:
        module = import_module(f"machine_room.{name}")
        for each in module.__all__:
            value = getattr(module, each)
            if (inspect.isfunction(value) or inspect.isclass(value)) and value.__module__ == module.__name__:
                found[f"{name}.{each}"] = value
    return found


PUBLIC = public()


def sections(value: Any) -> dict[str, str]:
    """Return a docstring's sections by name; its beginning is "head"."""
    text = inspect.getdoc(value) or ""
    parts = re.split(r"\n\n(?=(?:Args|Attributes|Returns|Raises|Example):\n|Source: )", text)
    return {"head": parts[0], **{re.match(r"\w+", part)[0]: part for part in parts[1:]}}  # type: ignore[index]


def parameters(value: Any) -> list[str]:
    """Return the parameters of a function, or of a class that is made with its own."""
    if inspect.isclass(value) and "__init__" not in vars(value):
        return []
    return [name for name in inspect.signature(value).parameters if name != "self"]


def contract_only(value: Any) -> bool:
    """Tell what only types need: a Protocol, or the shape of a dict."""
    return getattr(value, "_is_protocol", False) or is_typeddict(value)


def raises(function: Any) -> bool:
    """Tell whether a function raises of itself, or has its arguments checked by what does."""
    nodes = list(ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))))
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    return bool(called & DOORS) or any(isinstance(node, ast.Raise) and node.exc for node in nodes)


def missing(name: str, value: Any) -> list[str]:
    """Return what a public name's docstring owes, in the order it is written in."""
    said = sections(value)
    if contract_only(value):
        return [] if said["head"] else ["a sentence"]
    owed = [] if said["head"] else ["a sentence"]
    # A derivative takes what its function takes.
    function = PUBLIC.get(name.removesuffix("_derivative"), value) if name.endswith("_derivative") else value
    arguments = sections(function).get("Args", "") + said.get("Args", "") + said.get("Attributes", "")
    named = set(re.findall(r"\w+", arguments))
    owed += [f"the argument {each}" for each in parameters(value) if each not in named]
    if inspect.isfunction(value):
        gives = inspect.signature(value).return_annotation not in (None, "None", inspect.Signature.empty)
        if gives and "Returns" not in said and not said["head"].startswith(("Return ", "Open ", "Tell ", "Undo ")):
            owed.append("Returns")
        if raises(value) and "Raises" not in said and "Raises" not in sections(function):
            owed.append("Raises")
    if ">>>" not in said.get("Example", ""):
        owed.append("an example")
    computes = name.startswith(FORMULAS) and inspect.isfunction(value) and not name.endswith((".get", "_derivative"))
    if computes and "Source" not in said:
        owed.append("a source")
    return owed


@pytest.mark.parametrize("name", MODULES)
def test_a_module_lists_what_is_public(name: str) -> None:
    module = import_module(f"machine_room.{name}")
    assert set(module.__all__) <= set(vars(module))
    assert len(module.__all__) == len(set(module.__all__))


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_names_docstring_owes_nothing(name: str) -> None:
    assert missing(name, PUBLIC[name]) == []


def test_what_the_door_offers_is_among_them() -> None:
    listed = {name.rpartition(".")[2] for name in PUBLIC}
    assert {
        name for name in machine_room.HOME if machine_room.HOME[name] not in ("checks", "keras", "notebook")
    } <= listed


def bare(theta: float, rate: float) -> float:
    """Step."""
    if rate < 0:
        raise ValueError("rate must be >= 0")
    return theta - rate


def checked(theta: float) -> float:
    """Return theta.

    Args:
        theta: a number >= 0.

    Example:
        >>> checked(1.0)
        1.0

    Source: nowhere.
    """
    return at_least("theta", theta, 0)


class Undocumented:
    def __init__(self, units: int) -> None:
        self.units = units


def test_a_docstring_that_owes_is_found_out() -> None:
    assert missing("losses.bare", bare) == [
        "the argument theta", "the argument rate", "Returns", "Raises", "an example", "a source"
    ]  # fmt: skip
    assert missing("losses.checked", checked) == ["Raises"]
    assert missing("layers.Undocumented", Undocumented) == ["a sentence", "the argument units", "an example"]
