"""What runs in the box, in Pythons without NumPy and IPython, as an environment of a course's own may be."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import autograde.inside
from tests.autograde.interpreters import LEAST, interpreters

INSIDE = Path(autograde.inside.__file__).parent
#: These are asked for where IPython is installed alone; `arrays` does without NumPy.
WITH_LIBRARIES = {
    "shell.py": {"IPython", "traitlets", "matplotlib"},
    "arrays.py": {"numpy"},
    "zygote.py": {"matplotlib"},
}
#: Cells run one after the other in one shell, and what each shows.
CELLS: dict[str, tuple[str, list[list[Any]]]] = {
    "a value": ("x = 1\nx + 1", [["result", {"text/plain": "2"}]]),
    "what was shown before": ("_1 + _ + Out[1], 'x = 1' in In[1]", [["result", {"text/plain": "(6, True)"}]]),
    "nothing at the end": ("x;", []),
    "None at the end": ("print('said')", [["stream", "stdout", "said\n"]]),
    "a settings magic": ("%matplotlib inline\nprint(x)", [["stream", "stdout", "1\n"]]),
    "an await": ("import asyncio\nawait asyncio.sleep(0, 'slept')", [["result", {"text/plain": "'slept'"}]]),
    "a source": (
        "import inspect\ndef f():\n    return 1 / 0\nprint(inspect.getsource(f), end='')",
        [["stream", "stdout", "def f():\n    return 1 / 0\n"]],
    ),
    "its module": ("f.__module__, __name__", [["result", {"text/plain": "('__main__', '__main__')"}]]),
    "a deleted name": ("del x\ntry:\n    x\nexcept NameError:\n    print('gone')", [["stream", "stdout", "gone\n"]]),
}
#: Cells that fail; of what is shown the class, and words of the traceback.
FAILING = {
    "an error": ("f()", "ZeroDivisionError", "Cell 1, line 3, in f\n    return 1 / 0"),
    "a slip": ("1 +", "SyntaxError", "Cell 2, line 1\n    1 +"),
    "the end": ("import sys\nsys.exit(3)", "SystemExit", "Cell 3, line 2"),
    "a question": ("input('?')", "RuntimeError", "nobody to ask"),
    "a library that is not there": ("import surely_not", "ModuleNotFoundError", "what your course names"),
}
SAYS_SO = {"a shell command": "!ls -l", "a cell of Bash": "%%bash\nls", "a command in a block": "if True:\n    !ls"}
RUN = """
import json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from inside.displays import Displays
from inside.kernel import _new_shell
from inside.wire import decode, encode
shell, own, shown = _new_shell(), sys.stdout, []
for cell in json.loads(sys.argv[2]):
    displays = Displays(1 << 20, lambda: None)
    shell.listen(displays)
    shell.run_cell(cell, store_history=True)
    shown.append(displays.said())
    assert decode(*encode(("shown", 1, shown[-1]), None), None) == ("shown", 1, shown[-1])
sys.stdout = own
print(json.dumps([type(shell).__name__, shown]))
"""


def shown_by(program: Path, cells: list[str]) -> list[list[Any]]:
    """What each cell shows in a Python without any library."""
    command = [str(program), "-I", "-S", "-c", RUN, str(INSIDE.parent), json.dumps(cells)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    name, shown = json.loads(said)
    assert name == "PlainShell"
    return list(shown)


@pytest.mark.parametrize("version", interpreters())
def test_cells_show_what_a_notebook_shows(version: str) -> None:
    shown = shown_by(interpreters()[version], [cell for cell, _ in CELLS.values()])
    assert dict(zip(CELLS, shown, strict=True)) == {name: pieces for name, (_, pieces) in CELLS.items()}


@pytest.mark.parametrize("version", interpreters())
def test_an_error_is_told_with_its_cell_and_line_and_the_next_cell_runs(version: str) -> None:
    define = "import math\ndef f():\n    return 1 / 0"
    shown = shown_by(interpreters()[version], [define, *(cell for cell, _, _ in FAILING.values()), "7"])
    for (_, name, words), pieces in zip(FAILING.values(), shown[1:-1], strict=True):
        (kind, told, _, text), number = pieces[-1], shown.index(pieces)
        assert (kind, told) == ("error", name)
        assert words.replace("Cell 2", f"Cell {number + 1}").replace("Cell 3", f"Cell {number + 1}") in text
        assert str(INSIDE) not in text
    assert shown[-1] == [["result", {"text/plain": "7"}]]


@pytest.mark.parametrize("name", SAYS_SO)
def test_what_only_ipython_understands_says_so(name: str) -> None:
    (pieces,) = shown_by(Path(sys.executable), [SAYS_SO[name]])
    assert "is not available while your work is graded" in pieces[0][2]


@pytest.mark.parametrize("module", sorted(INSIDE.glob("*.py")), ids=lambda path: path.name)
def test_a_module_in_the_box_is_plain_python_of_the_least_version(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"), feature_version=(3, LEAST))
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and not node.level)
        for alias in node.names
    }
    tops = {str(name).partition(".")[0] for name in imported}
    assert tops - sys.stdlib_module_names <= WITH_LIBRARIES.get(module.name, set())
