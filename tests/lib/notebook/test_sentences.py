"""A name whose cell has not run, and Keras that is not here, are told by a sentence; every other error is as ever."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient

from machine_room.lab import STARTUP
from machine_room.notebook.sentences import register

AGAIN = "Run the cells above first: Run > Run All Above Selected Cell. Then run this cell again."


def not_run(name: str) -> str:
    why = "the cell that makes it has not run since the kernel started, or it stopped before."
    return f"{name} is not there: {why}\n{AGAIN}"


def errors(cells: Sequence[str], folder: Path, **variables: str) -> list[str | None]:
    """Run cells in a new kernel; return what each shows as its error, without colours."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = NotebookClient(
        notebook, kernel_name="python3", allow_errors=True, resources={"metadata": {"path": str(folder)}}
    )
    client.execute(env={**os.environ, "NO_COLOR": "1", **variables})
    return [_error(cell) for cell in notebook.cells]


def _error(cell: Any) -> str | None:
    found = [output for output in cell.outputs if output.output_type == "error"]
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(found[0].traceback)) if found else None


KNOWN = {
    "explore.worked_network()": not_run("explore"),
    "check(forward_difference)": not_run("check"),
    "relu_backward": not_run("relu_backward"),
    "np.zeros(3)": not_run("np"),
    "def mine():\n    return dense_forward(1, 2, 3)\nmine()": not_run("dense_forward"),
    "await adam_step": not_run("adam_step"),
    "[progress() for _ in range(2)]": not_run("progress"),
}
#: Each with the words of IPython's own traceback that have to be there.
AS_EVER = {
    "no_name_of_ours": "NameError: name 'no_name_of_ours' is not defined",
    "def f():\n    x = adam_step\n    adam_step = 1\nf()": "UnboundLocalError",
    "raise NameError('adam_step')": "NameError: adam_step",
    "import numpi": "ModuleNotFoundError: No module named 'numpi'",
    "from numpy import adam_step": "ImportError",
    "import tensor_flow": "ModuleNotFoundError: No module named 'tensor_flow'",
    "1 / 0": "ZeroDivisionError",
    "class E(NameError): pass\nraise E('adam_step')": "E: adam_step",
    "exec('adam_step', {})": "NameError: name 'adam_step' is not defined",
}
IMPORTS = {
    "import tensorflow as tf": "from machine_room import tf",
    "import tensorflow": "from machine_room import tf as tensorflow",
    "from tensorflow import keras": "from machine_room import keras",
    "from tensorflow import keras as k": "from machine_room import keras as k",
    "import tensorflow.keras as keras": "from machine_room import keras",
    "from tensorflow.keras import layers, models": "from machine_room.keras import layers, models",
    "from tensorflow.keras.layers import Dense as D, Input": "from machine_room.keras.layers import Dense as D, Input",
    "import keras": "from machine_room import keras",
    "from keras.layers import Dense": "from machine_room.keras.layers import Dense",
    "    import keras as k": "from machine_room import keras as k",
}
WITHOUT_A_COUNTERPART = (
    "import tensorflow.nn as nn",
    "from tensorflow import nn",
    "import tensorflow.keras",
    "import numpy, tensorflow.nn",
)


def test_with_the_startup_file_names_are_told_before_anything_is_imported(tmp_path: Path) -> None:
    said = errors([*KNOWN], tmp_path, PYTHONSTARTUP=str(STARTUP))
    assert dict(zip(KNOWN, said, strict=True)) == KNOWN


def test_with_the_import_alone_they_are_told_from_there_on(tmp_path: Path) -> None:
    before, _, after = errors(["adam_step", "import machine_room", "adam_step"], tmp_path)
    assert before is not None
    assert "NameError: name 'adam_step' is not defined" in before
    assert after == not_run("adam_step")


def test_every_other_error_is_shown_as_ipython_shows_it(tmp_path: Path) -> None:
    with_us = errors([*AS_EVER], tmp_path, PYTHONSTARTUP=str(STARTUP))
    without = errors([*AS_EVER], tmp_path)
    for cell, ours, theirs in zip(AS_EVER, with_us, without, strict=True):
        assert ours is not None
        assert AS_EVER[cell] in ours
        assert ours == theirs, cell


def test_an_import_of_keras_gets_the_line_to_write_instead(tmp_path: Path) -> None:
    cells = [f"if True:\n{line}" if line.startswith(" ") else line for line in IMPORTS]
    for line, said in zip(IMPORTS, errors(["import machine_room", *cells], tmp_path)[1:], strict=True):
        assert said is not None
        assert said.splitlines()[0].endswith(
            "is not installed here. This course has Keras's names of its own, so change the import:"
        )
        assert said.splitlines()[1] == f"    {line.strip()}  ->  {IMPORTS[line]}"


def test_the_lines_to_write_instead_run(tmp_path: Path) -> None:
    assert errors([*IMPORTS.values()], tmp_path) == [None] * len(IMPORTS)


def test_an_import_without_a_counterpart_gets_the_two_lines(tmp_path: Path) -> None:
    for said in errors(["import machine_room", *WITHOUT_A_COUNTERPART], tmp_path)[1:]:
        assert said is not None
        assert "from tensorflow import keras     ->  from machine_room import keras" in said


def test_a_tensorflow_that_is_there_is_imported_and_its_own_errors_are_its_own(tmp_path: Path) -> None:
    (tmp_path / "tensorflow.py").write_text("keras = 'the real one'\nif 'broken' in globals(): pass\n")
    (tmp_path / "keras.py").write_text("import something_that_keras_needs\n")
    fine, real, broken = errors(
        ["import machine_room, tensorflow", "assert tensorflow.keras == 'the real one'", "import keras"], tmp_path
    )
    assert (fine, real) == (None, None)
    assert broken is not None
    assert "No module named 'something_that_keras_needs'" in broken
    assert "machine_room" not in broken


def test_the_startup_file_leaves_no_name_and_keeps_out_of_other_pythons(tmp_path: Path) -> None:
    names = (
        "assert not [name for name in dir() if 'tell' in name or name in ('sys', 'register', 'machine_room')], dir()"
    )
    assert errors([names], tmp_path, PYTHONSTARTUP=str(STARTUP)) == [None]
    code = f"exec(open({str(STARTUP)!r}).read())\nimport sys\nassert 'machine_room' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)


def test_a_handler_that_is_there_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    shell: Any = InteractiveShell.instance()
    try:
        assert not register(shell)  # no kernel
        monkeypatch.setattr(shell, "kernel", object(), raising=False)
        shell.set_custom_exc((KeyError,), lambda *given: None)
        assert not register(shell)
        assert shell.custom_exceptions == (KeyError,)
        shell.set_custom_exc((), None)
        assert register(shell)
        assert register(shell)  # a second time changes nothing
    finally:
        shell.set_custom_exc((), None)
        InteractiveShell.clear_instance()
