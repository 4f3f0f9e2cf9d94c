"""A note where a function uses what grading does not have: found without running a line of it."""

# Functions as students write them, without types.
# mypy: allow-untyped-defs, allow-untyped-calls
# And objects that lie about themselves, libraries that are not there:
# mypy: allow-any-generics, disable-error-code="assignment, misc, override"

import functools
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from machine_room.checks import CheckFailed, check, run
from machine_room.checks.imports import GRADED_WITH, missing_at_grading, note
from machine_room.exercises import find

LIBRARY = "strange_library"


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A library that grading does not have, with a part, a function, a class and an object in it."""
    strange, part = types.ModuleType(LIBRARY), types.ModuleType(f"{LIBRARY}.part")
    code = "def helps(*given): return 0.0\nclass Model: pass\nmodel = Model()"
    exec(code, part.__dict__)
    vars(strange)["part"] = part
    monkeypatch.setitem(sys.modules, LIBRARY, strange)
    monkeypatch.setitem(sys.modules, f"{LIBRARY}.part", part)
    return strange


def defined(source):
    """The function `asked` of a notebook with this source."""
    names = {"__name__": "__main__"}
    exec(source, names)
    return names["asked"]


USES = {
    "imports it inside": f"def asked():\n    import {LIBRARY}",
    "imports a part inside": f"def asked():\n    from {LIBRARY}.part import helps",
    "in a function of its own": f"def asked():\n    def inner():\n        import {LIBRARY}\n    return inner",
    "in a comprehension": f"import {LIBRARY}\ndef asked():\n    return [{LIBRARY} for _ in range(3)]",
    "a module above": f"import {LIBRARY}.part as short\ndef asked():\n    return short.helps()",
    "a function of it": f"from {LIBRARY}.part import helps\ndef asked():\n    return helps()",
    "a class of it": f"from {LIBRARY}.part import Model\ndef asked():\n    return Model()",
    "an object of it": f"from {LIBRARY}.part import model\ndef asked():\n    return model",
    "through a helper": f"def helper():\n    import {LIBRARY}\ndef asked():\n    return helper()",
    "through helpers that call each other": (
        f"def one():\n    other()\n    import {LIBRARY}\ndef other():\n    one()\ndef asked():\n    other()"
    ),
    "in a closure": f"def make():\n    import {LIBRARY} as p\n    return lambda: p\nasked = make()",
}


@pytest.mark.parametrize("source", USES.values(), ids=USES)
def test_a_library_that_grading_does_not_have_is_found(library: Any, source: str) -> None:
    assert missing_at_grading(defined(source)) == (LIBRARY,)


FINE = {
    "nothing": "def asked():\n    return 1",
    "numpy": "import numpy as np\nfrom numpy.linalg import norm\ndef asked():\n    return norm, np.exp, np.float64",
    "matplotlib inside": "def asked():\n    import matplotlib.pyplot",
    "python's own": "import math, os\nfrom collections import deque\ndef asked():\n    return math.pi, deque, len",
    "the course's": "from machine_room import datasets\ndef asked():\n    return datasets",
    "one that it does not use": f"import {LIBRARY}\ndef asked():\n    return 1",
    "a class of one's own": "class Mine: pass\nmine = Mine()\ndef asked():\n    return Mine, mine",
    "names that are not there": "def asked():\n    return nowhere, self.scipy",
    "an empty closure": "def make():\n    def f():\n        return later\n    return f\n    later = 1\nasked = make()",
}


@pytest.mark.parametrize("source", FINE.values(), ids=FINE)
def test_what_grading_has_is_no_news(library: Any, source: str) -> None:
    assert missing_at_grading(defined(source)) == ()
    assert note(defined(source)) == ""


class Lies:
    """Says of itself whatever is asked, and counts that it was asked."""

    asked = 0

    def __getattribute__(self, name):
        Lies.asked += 1
        raise RuntimeError("a line of the student's ran")

    __eq__ = __hash__ = __bool__ = __call__ = __repr__ = __getattribute__


class LyingKind(type):
    def __getattribute__(cls, name):
        raise RuntimeError("a line of the student's ran")

    __eq__ = __hash__ = __instancecheck__ = __subclasscheck__ = __getattribute__


class LyingModule(types.ModuleType):
    @property
    def __dict__(self):
        raise RuntimeError("a line of the student's ran")

    __name__ = __getattribute__ = __dict__


class LyingNames(dict):
    def __getitem__(self, name):
        raise RuntimeError("a line of the student's ran")

    get = __missing__ = __contains__ = __getitem__


LIES = {
    "an object": Lies(),
    "a class": LyingKind("Kind", (), {"__module__": LIBRARY}),
    "a class whose module is no text": type("Kind", (), {"__module__": Lies()}),
    "an object of such a class": object.__new__(LyingKind("Kind", (), {"__module__": LIBRARY})),  # type: ignore[arg-type]
    "a module": LyingModule("module"),
    "a wrapped function": functools.partial(print),
    "nothing": None,
}


@pytest.mark.parametrize("name", LIES)
def test_no_line_of_what_it_looks_at_runs(name: str) -> None:
    value = LIES[name]  # not a parameter: pytest would ask it things

    def asked():
        return thing  # type: ignore[name-defined]  # noqa: F821

    found = missing_at_grading(types.FunctionType(asked.__code__, LyingNames(thing=value)))
    assert set(found) <= {LIBRARY, "module", __name__.partition(".")[0]}
    assert missing_at_grading(value) == ()
    assert Lies.asked == 0


def test_a_function_that_lies_about_its_name_or_module_is_read_by_its_code(library: Any) -> None:
    asked = defined(f"def asked():\n    import {LIBRARY}")
    asked.__module__, asked.__name__ = "numpy", "asked"
    asked.__wrapped__ = np.exp
    assert missing_at_grading(asked) == (LIBRARY,)


def relative_error(a, b):
    from strange_library.part import helps  # type: ignore[import-not-found]

    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))) + helps()


def test_in_a_notebook_a_pass_stays_a_pass_with_a_note_below(
    library: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bare = check(relative_error)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run, "in_notebook", lambda: True)
    noted = check(relative_error)
    assert (noted.passed, noted.outcome, noted.points_share, noted.hint) == (True, "correct", 1, None)
    points = "1 of 1 point in this exercise, 1 of 20 in this notebook"
    assert noted.text == f"{bare.text}\n{note(relative_error)}\n{points}"
    assert "unless your course says so. Python's own modules, NumPy and Matplotlib are." in noted.text
    assert LIBRARY in noted.html
    assert LIBRARY not in bare.text + bare.html


def test_in_a_notebook_a_failure_has_the_note_too(
    library: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    InteractiveShell.instance()
    monkeypatch.setattr(run, "in_notebook", lambda: True)
    names = {"relative_error": None}
    exec("def relative_error(a, b):\n    import strange_library\n    return 1.0", names)
    with pytest.raises(CheckFailed) as failed:
        check(names["relative_error"])  # type: ignore[arg-type] # `exec` has put a function there
    InteractiveShell.clear_instance()
    assert note(names["relative_error"]) in failed.value.result.text


def test_outside_a_notebook_the_function_is_touched_by_calling_it_alone(
    library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "note", lambda function: pytest.fail("the judge's stand-in was looked into"))
    assert check(relative_error).passed


def test_the_names_are_those_that_can_be_imported() -> None:
    assert {"numpy", "matplotlib", "IPython", "PIL"} <= GRADED_WITH
    assert GRADED_WITH.isdisjoint(sys.stdlib_module_names)


def test_what_a_function_raises_for_a_missing_library_is_explained() -> None:
    def relative_error(a, b):
        import there_is_no_such_library  # type: ignore[import-not-found]  # noqa: F401

    found = run.run_check(find("relative_error"), relative_error, seed="visible")
    assert "No module named 'there_is_no_such_library'" in str(found.hint)
    assert "Your work is graded with Python's own modules, NumPy, Matplotlib" in str(found.hint)
