"""Every example in a docstring of the autograder, the benchmarks and the tools runs and prints what it says.

The library's are in tests/lib/test_doctests.py.
"""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("autograde", "hub/machine_room_hub", "benchmarks", "tools", "web")
EVERYWHERE = (*FOLDERS, "lib/machine_room", "tests")


def sources(*folders: str) -> list[Path]:
    return sorted(path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*.py"))


def has_examples(path: Path) -> bool:
    return any(line.lstrip().startswith(">>> ") for line in (ROOT / path).read_text(encoding="utf-8").splitlines())


WITH_EXAMPLES = [path for path in sources(*FOLDERS) if has_examples(path)]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=str)
def test_the_examples_of_a_module_run(path: Path) -> None:
    parts = path.with_suffix("").parts
    module = import_module(".".join(parts[parts[0] == "hub" :]).removesuffix(".__init__"))
    failed, attempted = doctest.testmod(module)
    assert failed == 0
    assert attempted > 0, "no example is in a docstring, where it is found"


def test_autograder_and_benchmarks_are_among_them() -> None:
    assert {Path("autograde/gradebook/formulas.py"), Path("benchmarks/table.py")} <= set(WITH_EXAMPLES)


def test_no_example_is_left_out() -> None:
    directive = "doctest: +" + "SKIP"
    assert [str(path) for path in sources(*EVERYWHERE) if directive in (ROOT / path).read_text(encoding="utf-8")] == []
