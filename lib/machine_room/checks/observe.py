"""What one call of a function did: its result or error, the arguments it changed, the warnings it caused.

*Trust*: a student's function may return anything, objects that lie about their type, length or equality included.
Nothing here asks such an object: results are taken apart by exact type, and what is not plain data becomes `Foreign`.
"""

from __future__ import annotations

import contextlib
import copy
import io
import linecache
import math
import sys
import types
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from machine_room.exercises.exercise import Case

__all__ = ["Counted", "Elsewhere", "Foreign", "Observation", "Raised", "StudentError", "observe", "plain"]

MAX_DEPTH = 12
MAX_ITEMS = 10_000
MAX_MESSAGE = 400
NUMPY_SCALARS = frozenset(t for t in np.sctypeDict.values() if np.dtype(t).kind in "biufc")


class StudentError(Exception):
    """A student's own exception class, where their code runs elsewhere: `type_name` is what they called it."""

    def __init__(self, message: str = "", type_name: str = "Exception") -> None:
        super().__init__(message)
        self.type_name = type_name


class Elsewhere:
    """An object of the student's, where their code runs in another process: only the name of its type is known here."""

    type_name: str


@dataclass(frozen=True)
class Foreign:
    """A result that is not plain data; only the name of its type is known."""

    type_name: str


@dataclass(frozen=True)
class Raised:
    """An exception of the student's: `where` names the line, where it is in a notebook cell."""

    type_name: str
    message: str
    where: str = ""
    not_written: bool = False


@dataclass(frozen=True)
class Observation:
    """What one call did. `value` is plain data; `changed` names the arguments that are not as they were."""

    value: Any = None
    raised: Raised | None = None
    changed: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    calls: int = 0


class Counted:
    """A callable argument that counts how often it is called."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.calls = 0
        self.__name__ = getattr(function, "__name__", "f")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        return self.function(*args, **kwargs)


def observe(
    function: Callable[..., Any], case: Case, parameters: tuple[str, ...], *, quiet: bool = False
) -> Observation:
    """Call the function on fresh copies of the case's arguments and report what it did.

    Args:
        function: the student's, or ours.
        case: what to call it with.
        parameters: names of the positional arguments.
        quiet: also swallow what it prints.
    """
    args = tuple(fresh(value) for value in case.args)
    kwargs = {name: fresh(value) for name, value in case.kwargs.items()}
    value, raised = None, None
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"), _no_stderr(quiet):
        warnings.simplefilter("always")
        try:
            value = plain(function(*args, **kwargs))
        except Exception as error:
            raised = _raised(error)
    return Observation(
        value=value,
        raised=raised,
        changed=tuple(
            name for name, before, after in _arguments(case, args, kwargs, parameters) if not same(before, after)
        ),
        # a deprecation is no fault of the numbers; NumPy's overflow, division and NaN warnings are RuntimeWarnings
        warned=tuple(dict.fromkeys(str(w.message) for w in caught if issubclass(w.category, RuntimeWarning))),
        calls=sum(v.calls for v in (*args, *kwargs.values()) if isinstance(v, Counted)),
    )


@contextlib.contextmanager
def _no_stderr(quiet: bool) -> Any:
    """Keep stderr silent: nbgrader gives zero points for a cell that writes to it."""
    sink = io.StringIO()
    with contextlib.redirect_stderr(sink if quiet else sys.stdout):
        if quiet:
            with contextlib.redirect_stdout(sink):
                yield
        else:
            yield


def _arguments(
    case: Case, args: tuple[Any, ...], kwargs: Mapping[str, Any], parameters: tuple[str, ...]
) -> list[tuple[str, Any, Any]]:
    names = [parameters[i] if i < len(parameters) else f"argument {i + 1}" for i in range(len(args))]
    positional = list(zip(names, case.args, args, strict=True))
    return positional + [(name, case.kwargs[name], kwargs[name]) for name in case.kwargs]


def fresh(value: Any) -> Any:
    """Return a copy that the student's function may spoil."""
    if isinstance(value, np.ndarray):
        return value.copy(order="K")
    if isinstance(value, (list, tuple)):
        return type(value)(fresh(item) for item in value)
    if isinstance(value, dict):
        return {key: fresh(item) for key, item in value.items()}
    if isinstance(value, np.random.Generator):
        return copy.deepcopy(value)
    return Counted(value) if callable(value) else value


def same(before: Any, after: Any) -> bool:
    """Tell whether an argument is as it was; callables and random generators are meant to be used."""
    if isinstance(before, np.ndarray):
        return (
            type(after) is np.ndarray
            and after.dtype == before.dtype
            and after.shape == before.shape
            and bool(np.array_equal(before, after, equal_nan=before.dtype.kind in "fc"))
        )
    if isinstance(before, (list, tuple)):
        return type(after) is type(before) and len(before) == len(after) and all(map(same, before, after))
    if isinstance(before, dict):
        return type(after) is dict and before.keys() == after.keys() and all(same(before[k], after[k]) for k in before)
    if callable(before) or isinstance(before, np.random.Generator):
        return True
    return type(before) is type(after) and bool(before == after or before != before)


def plain(value: Any, depth: int = 0) -> Any:
    """Return value as exact builtin types and base arrays of numbers; a 0-d array becomes a number."""
    kind = type(value)
    if kind is int:
        return _integer(value)
    if value is None or kind in (bool, float, complex, str):
        return value
    if kind in NUMPY_SCALARS:
        return _number(value)
    if kind is np.ndarray:
        return _array(value)
    if depth >= MAX_DEPTH:
        return Foreign("deeply nested " + kind.__name__)
    # the base class's own methods: a subclass cannot lie through them
    if issubclass(kind, tuple):
        return tuple(plain(item, depth + 1) for item in tuple.__getitem__(value, slice(MAX_ITEMS)))
    if issubclass(kind, list):
        return [plain(item, depth + 1) for item in list.__getitem__(value, slice(MAX_ITEMS))]
    if issubclass(kind, dict):
        items = list(dict.items(value))[:MAX_ITEMS]
        return {key if type(key) is str else f"{type(key).__name__} key": plain(item, depth + 1) for key, item in items}
    return Foreign(value.type_name if issubclass(kind, Elsewhere) else _type_name(kind))


def _integer(value: int) -> int | float:
    """Return whole numbers beyond 64 bits as floats: NumPy would make objects of them."""
    if -(1 << 63) <= value < 1 << 63:
        return value
    return float(value) if abs(value) < 1 << 1023 else math.copysign(math.inf, value)


def _number(value: Any) -> Any:
    number = value.item()
    if type(number) is int:
        return _integer(number)
    if type(number) in (bool, int, float, complex):
        return number
    return complex(number) if np.dtype(type(value)).kind == "c" else float(number)  # longdouble


def _array(value: Any) -> Any:
    if value.dtype.kind not in "biufc":
        return Foreign(f"array of dtype {value.dtype.name}")
    if value.ndim == 0:
        return _number(value[()])
    wide = {"f": np.float64, "c": np.complex128}.get(value.dtype.kind)
    return value.astype(wide) if wide is not None and value.dtype.itemsize > np.dtype(wide).itemsize else value.copy()


def _type_name(kind: type) -> str:
    name = type.__getattribute__(kind, "__name__")
    return str(name)[:60]


def _raised(error: Exception) -> Raised:
    try:
        message = str(error)
    except Exception:  # its __str__ is the student's too
        message = ""
    name = error.type_name if isinstance(error, StudentError) else _type_name(type(error))
    message = message if len(message) <= MAX_MESSAGE else message[:MAX_MESSAGE] + "..."
    where = _place(error.__traceback__) or _told_place(error)
    return Raised(str(name), message, where, isinstance(error, NotImplementedError))


def _told_place(error: Exception) -> str:
    """Return where the error arose in another process, as the attribute `where` tells."""
    try:
        where = getattr(error, "where", "")
    except Exception:  # the class is the student's
        return ""
    return where[:MAX_MESSAGE] if type(where) is str else ""


def _place(traceback: types.TracebackType | None) -> str:
    """Name the last line of a notebook cell that the error passed through, or nothing where no cell is known."""
    place = ""
    while traceback is not None:
        name = traceback.tb_frame.f_code.co_filename
        if "ipykernel" in name.split("/")[-2:][0] or name.startswith("<ipython-input"):
            source = linecache.getline(name, traceback.tb_lineno).strip()
            place = f"line {traceback.tb_lineno} of the cell" + (f": {source}" if source else "")
        traceback = traceback.tb_next
    return place
