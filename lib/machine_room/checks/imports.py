"""Which libraries a function uses that are not there when it is graded: a note for its author, no part of the verdict.

*Called by* `check` in a notebook alone, where the function is the author's own; of a judge's stand-in nothing is asked.
*Trust*: what is looked at may lie, so attributes are read past what its classes say of themselves, and no line of its
code runs.
"""

from __future__ import annotations

import dis
import sys
from collections.abc import Iterator
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

from machine_room.packages import packages
from machine_room.translation import say_count

__all__ = ["GRADED_WITH", "is_empty", "missing_at_grading", "note"]

#: What can be imported in every course: what NumPy, Matplotlib, IPython and ipywidgets consist of and need. A test
#: compares it with what the grader's sandbox shows.
GRADED_WITH = frozenset(
    {
        *("IPython", "PIL", "asttokens", "comm", "contourpy", "cycler", "dateutil", "executing", "fontTools"),
        *("ipython_pygments_lexers", "ipywidgets", "jedi", "jupyterlab_widgets", "kiwisolver", "matplotlib"),
        *("matplotlib_inline", "mpl_toolkits", "numpy", "packaging", "parso", "pexpect", "prompt_toolkit", "psutil"),
        *("ptyprocess", "pure_eval", "pygments", "pylab", "pyparsing", "stack_data", "traitlets", "typing_extensions"),
        *("tzdata", "wcwidth", "widgetsnbextension"),
    }
)
ALWAYS_THERE = GRADED_WITH | sys.stdlib_module_names | {"__main__"}
MOST_FUNCTIONS = 200
DOING_NOTHING = {"RESUME", "NOP", "LOAD_CONST", "POP_TOP", "RETURN_CONST", "RETURN_VALUE", "CACHE"}


def note(function: object) -> str:
    """One sentence that names what is missing; empty where nothing is."""
    names = missing_at_grading(function)
    if not names:
        return ""
    return say_count(
        len(names),
        "Note: {names} is not there when your work is graded, unless your course says so. Python's own modules, NumPy "
        "and Matplotlib are.",
        "Note: {names} are not there when your work is graded, unless your course says so. Python's own modules, NumPy "
        "and Matplotlib are.",
        names=", ".join(names),
    )


def missing_at_grading(function: object) -> tuple[str, ...]:
    """Return the top-level names of modules that the function and its helpers use and that grading does not have."""
    found: set[str] = set()
    waiting, seen = [function], 0
    while waiting and seen < MOST_FUNCTIONS:
        one = waiting.pop()
        seen += 1
        if type(one) is FunctionType:
            for value in _used(one):
                if type(value) is FunctionType and value.__globals__ is one.__globals__ and value not in waiting:
                    waiting.append(value)
                else:
                    found.add(_module_of(value))
            found.update(_imported(one.__code__))
    names = {name.partition(".")[0] for name in found} - ALWAYS_THERE - {*packages()}
    return tuple(sorted(name for name in names if name.isidentifier()))


def is_empty(function: object) -> bool:
    """Tell whether there is nothing in a function but `...`, `pass` or a docstring."""
    if type(function) is not FunctionType:
        return False
    return {step.opname for step in dis.get_instructions(function.__code__)} <= DOING_NOTHING


def _used(function: FunctionType) -> Iterator[Any]:
    """Yield what the function's code finds by a name outside of it."""
    for name in {name for code in _codes(function.__code__) for name in code.co_names}:
        yield dict.get(function.__globals__, name)
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not bound yet
            continue


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if type(constant) is CodeType:
            yield from _codes(constant)


def _imported(code: CodeType) -> Iterator[str]:
    for one in _codes(code):
        yield from (step.argval for step in dis.get_instructions(one) if step.opname == "IMPORT_NAME")


def _module_of(value: Any) -> str:
    """The name of the module that a value is, or that it or its class comes from."""
    kind = type(value)
    if issubclass(kind, ModuleType):
        name = dict.get(vars(ModuleType)["__dict__"].__get__(value), "__name__")
    elif kind is FunctionType:
        name = dict.get(value.__globals__, "__name__")
    elif kind is BuiltinFunctionType:
        name = value.__module__
    else:
        name = type.__dict__["__module__"].__get__(value if issubclass(kind, type) else kind)
    return name if type(name) is str else ""
