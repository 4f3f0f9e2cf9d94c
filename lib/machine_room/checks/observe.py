"""What one call of a function did: its result or error, the arguments it changed, the warnings it caused.

*Trust*: a student's function may return anything, objects that lie about their type, length or equality included, and
types that do. Nothing here asks such an object: results are taken apart by the identity of their type (`==` and `in`
would ask its metaclass), and what is not plain data becomes `Foreign`.
"""

from __future__ import annotations

import contextlib
import copy
import io
import linecache
import math
import re
import sys
import types
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from machine_room.checks.flags import unwatched, watched
from machine_room.exercises.answer import Elsewhere, Foreign
from machine_room.exercises.exercise import Case
from machine_room.translation import say, sentence

__all__ = [
    "Counted",
    "Elsewhere",
    "Foreign",
    "Observation",
    "Raised",
    "StudentError",
    "enough",
    "observe",
    "place",
    "plain",
]

MAX_DEPTH = 12
MAX_ITEMS = 10_000  # in one result, over all its lists, tuples and dicts
MAX_ENTRIES = 10_000_000  # in one result, over all its arrays
ROOM, SPARE = 4, 10_000  # a result may have so many times the entries that are expected, and so many more
MAX_TEXT = 1_000  # of a text in a result, or of a key
MAX_MESSAGE = 400
PYTHON_SCALARS = frozenset(map(id, (bool, float, complex)))  # types by identity: their own hash may be a student's
NUMPY_SCALARS = frozenset(id(t) for t in np.sctypeDict.values() if np.dtype(t).kind in "biufc")


class StudentError(Exception):
    """A student's own exception class, where their code runs elsewhere: `type_name` is what they called it."""

    def __init__(self, message: str = "", type_name: str = "Exception") -> None:
        super().__init__(message)
        self.type_name = type_name


@dataclass(frozen=True)
class Raised:
    """An exception of the student's: `where` names the line, where it is in a cell; `function` is who raised it."""

    type_name: str
    message: str
    where: str = ""
    not_written: bool = False
    function: str = ""


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
    function: Callable[..., Any],
    case: Case,
    parameters: tuple[str, ...],
    *,
    quiet: bool = False,
    most: int = MAX_ENTRIES,
    as_plain: Callable[[Any], Any] = lambda result: result,
) -> Observation:
    """Call the function on fresh copies of the case's arguments and report what it did.

    Args:
        function: the student's, or ours.
        case: what to call it with.
        parameters: names of the positional arguments.
        quiet: also swallow what it prints.
        most: entries that the result may have; arrays beyond are known by their size alone.
        as_plain: takes a result that is an object apart, see `Exercise`.
    """
    args = tuple(fresh(value) for value in case.args)
    kwargs = {name: fresh(value) for name, value in case.kwargs.items()}
    value, raised = None, None
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"), _no_stderr(quiet):
        warnings.simplefilter("always")
        try:
            value = plain(as_plain(function(*args, **kwargs)), most)
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
    names = [
        parameters[i] if i < len(parameters) else sentence("argument {number}", number=i + 1) for i in range(len(args))
    ]
    positional = list(zip(names, case.args, args, strict=True))
    return positional + [(name, case.kwargs[name], kwargs[name]) for name in case.kwargs]


def fresh(value: Any) -> Any:
    """Return a copy that the student's function may spoil."""
    if isinstance(value, np.ndarray):
        return watched(value.copy(order="K"))
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
        after = unwatched(after)
        return (
            type(after) is np.ndarray
            and after.dtype == before.dtype
            and after.shape == before.shape
            and (
                before.tobytes() == after.tobytes()  # quick, and nearly always so
                or bool(np.array_equal(before, after, equal_nan=before.dtype.kind in "fc"))
            )
        )
    if isinstance(before, (list, tuple)):
        return type(after) is type(before) and len(before) == len(after) and all(map(same, before, after))
    if isinstance(before, dict):
        return type(after) is dict and before.keys() == after.keys() and all(same(before[k], after[k]) for k in before)
    if callable(before) or isinstance(before, np.random.Generator):
        return True
    return type(before) is type(after) and bool(before == after or before != before)


def enough(expected: Any) -> int:
    """Return how many entries a result may have where this one is expected: more is wrong before anyone looks at it."""
    return ROOM * _entries(expected) + SPARE


def _entries(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return value.size
    if isinstance(value, dict):
        return sum(map(_entries, value.values()))
    return sum(map(_entries, value)) if isinstance(value, (list, tuple)) else 1


def plain(value: Any, most: int = MAX_ENTRIES) -> Any:
    """Return value as exact builtin types and base arrays of numbers; a 0-d array becomes a number.

    Args:
        value: anything.
        most: entries of all arrays in it together.
    """
    return _plain(value, MAX_DEPTH, _Left(MAX_ITEMS, most))


@dataclass
class _Left:
    """What a result may still hold, while it is taken apart."""

    items: int
    entries: int


def _plain(value: Any, depth: int, left: _Left) -> Any:
    value = unwatched(value)
    kind = type(value)
    if kind is int:
        return _integer(value)
    if kind is np.ndarray:
        return _array(value, left)
    if kind is str:
        return value[:MAX_TEXT]
    if value is None or _is_one_of(kind, PYTHON_SCALARS):
        return value
    if _is_one_of(kind, NUMPY_SCALARS):
        return _number(value)
    if not issubclass(kind, (tuple, list, dict)):
        return Foreign(value.type_name if issubclass(kind, Elsewhere) else _type_name(kind))
    if depth == 0 or left.items <= 0:
        return Foreign(sentence("endless {kind}", kind=_type_name(kind)))
    return _container(value, kind, depth - 1, left)


def _container(value: Any, kind: type, depth: int, left: _Left) -> Any:
    """Copy a tuple, list or dict by the base class's own methods: a subclass cannot lie through them."""
    if issubclass(kind, dict):
        pairs = list(islice(dict.items(value), left.items))
        left.items -= len(pairs)
        return {
            key[:MAX_TEXT] if type(key) is str else f"{_type_name(type(key))} key": _plain(item, depth, left)
            for key, item in pairs
        }
    sequence = tuple if issubclass(kind, tuple) else list
    items = sequence.__getitem__(value, slice(left.items))
    left.items -= len(items)
    return sequence([_plain(item, depth, left) for item in items])


def _is_one_of(kind: type, kinds: frozenset[int]) -> bool:
    return id(kind) in kinds


def _integer(value: int) -> int | float:
    """Return whole numbers beyond 64 bits as floats: NumPy would make objects of them."""
    if -(1 << 63) <= value < 1 << 63:
        return value
    if abs(value) < 1 << 1023:
        return float(value)
    return math.inf if value > 0 else -math.inf


def _number(value: Any) -> Any:
    number = value.item()
    if type(number) is int:
        return _integer(number)
    if _is_one_of(type(number), PYTHON_SCALARS):
        return number
    return complex(number) if np.dtype(type(value)).kind == "c" else float(number)  # longdouble


def _array(value: Any, left: _Left) -> Any:
    if value.dtype.kind not in "biufc":
        return Foreign(sentence("array of dtype {dtype}", dtype=value.dtype.name))
    if value.ndim == 0:
        return _number(value[()])
    left.entries -= value.size
    if left.entries < 0:  # a view may claim any number of them, and cost nothing until it is copied
        return Foreign(sentence("array of {count} entries", count=value.size))
    wide = {"f": np.float64, "c": np.complex128}.get(value.dtype.kind)
    return value.astype(wide) if wide is not None and value.dtype.itemsize > np.dtype(wide).itemsize else value.copy()


def _type_name(kind: type) -> str:
    name = type.__dict__["__name__"].__get__(kind)  # type's own: a metaclass may have another
    return str(name)[:60]


def _raised(error: Exception) -> Raised:
    name = _text(error.type_name) if isinstance(error, StudentError) else _type_name(type(error))
    return Raised(
        type_name=name,
        message=_text(error),
        where=_told(error, "where") or place(error.__traceback__),
        not_written=isinstance(error, NotImplementedError),
        function=_told(error, "function") or _innermost(error.__traceback__),
    )


def _text(value: Any) -> str:
    """Return str(value), cut off where it gets long; nothing where the student's `__str__` fails."""
    try:
        text = str.__str__(str(value))  # a base string, where it is of a class of the student's
    except Exception:
        return ""
    return text if len(text) <= MAX_MESSAGE else text[:MAX_MESSAGE] + "..."


def _told(error: Exception, name: str) -> str:
    """Return what an error from another process says of itself: `where` it arose, and in which `function`."""
    try:
        told = getattr(error, name, "")
    except Exception:  # the class is the student's
        return ""
    return told[:MAX_MESSAGE] if type(told) is str else ""


def place(traceback: types.TracebackType | None) -> str:
    """Name the last line of a notebook cell that the error passed through, or nothing where no cell is known."""
    place = ""
    while traceback is not None:
        name = traceback.tb_frame.f_code.co_filename
        if _is_cell(name):
            source = linecache.getline(name, traceback.tb_lineno).strip()
            place = say("line {line} of the cell", line=traceback.tb_lineno) + (f": {source}" if source else "")
        traceback = traceback.tb_next
    return place


def _is_cell(filename: str) -> bool:
    """Tell whether code comes from a notebook cell: IPython's <ipython-input-...>, ipykernel's .../ipykernel_1/2.py."""
    return filename.startswith("<ipython-input") or "ipykernel_" in re.split(r"[/\\]", filename)[-2:][0]


def _innermost(traceback: types.TracebackType | None) -> str:
    """Name the function in which the error arose."""
    name = ""
    while traceback is not None:
        name = traceback.tb_frame.f_code.co_name
        traceback = traceback.tb_next
    return name
