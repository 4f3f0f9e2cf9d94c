"""Every example in a docstring of the library runs and prints what it says."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import machine_room

FOLDER = Path(machine_room.__file__).parent
MODULES = sorted(
    ".".join(("machine_room", *path.relative_to(FOLDER).with_suffix("").parts)).removesuffix(".__init__")
    for path in FOLDER.rglob("*.py")
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name: str) -> None:
    failed, _ = doctest.testmod(import_module(name))
    assert failed == 0


def test_modules_in_packages_are_among_them() -> None:
    assert {"machine_room.optimizers", "machine_room.optimizers.adam", "machine_room.explore.explorer"} <= set(MODULES)


def test_every_optimizer_step_schedule_and_penalty_has_an_example() -> None:
    modules = [import_module(f"machine_room.{name}") for name in ("optimizers", "schedules", "regularizers")]
    functions = [
        value
        for module in modules
        for name, value in vars(module).items()
        if callable(value) and getattr(value, "__module__", "").startswith(module.__name__) and name[0].islower()
    ]
    missing = [f.__name__ for f in functions if ">>>" not in (f.__doc__ or "")]
    assert len(functions) > 25
    assert missing == []
