"""Explanations that need to call the student's function again: a picture of its curve, a setting that it does not use.

They come when every point of the submission is final. The process that the points came from has ended; a fresh one runs
the cells again, up to the last check that wants to know more, answers a few calls, and is thrown away. What comes of
it are words and pictures: nothing here can change a point or an outcome, and whatever fails leaves the plain message.

*Called by* `judge`. *Trust*: the process is the student's. It is called on other numbers than before, which is why
nothing that follows may depend on it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from machine_room.checks import CheckResult

from ..contract.names import readable
from ..contract.verdict import CellVerdict
from ..course.notebook import Cell, Notebook, Role
from .session import Breach, Session

__all__ = ["MAX_CALLS", "MAX_SECONDS", "explained", "words_of"]

MAX_CALLS = 200  # of the student's function, for one explanation; `checks.evidence` asks for 150 and a picture
MAX_SECONDS = 10.0  # for all explanations of a submission, the replay of its cells included
MAX_TEXT = 100_000


def words_of(worst: CheckResult, shown: Sequence[CheckResult]) -> dict[str, Any]:
    """The part of a cell's verdict that only tells: the worst result's mistake and hint, the messages of all shown."""
    return {
        "mistake": worst.mistake,
        "hint": None if worst.hint is None else readable(worst.hint, 1_000),
        "text": readable("\n".join(result.text for result in shown), MAX_TEXT),
        "html": readable("".join(result.html for result in shown)),
    }


def explained(
    verdicts: Sequence[CellVerdict],
    wanting: Mapping[str, CheckResult],
    notebook: Notebook,
    replayed: Sequence[Cell],
    session: Session,
) -> list[CellVerdict]:
    """Return the verdicts, with what calls of the student's functions can add to their words.

    Args:
        verdicts: final but for words.
        wanting: the failed results that could say more, by check cell.
        notebook: says which cells stand above which check.
        replayed: the student's cells that ran well.
        session: a fresh one, with an account of its own; it may be left in any state.
    """
    better: dict[str, CheckResult] = {}
    with suppress(Breach, Exception):  # the first that fails is the last: words are not worth more time
        _explain(better, wanting, notebook, {cell.id for cell in replayed}, session)
    words = {cell_id: words_of(result, [result]) for cell_id, result in better.items()}
    return [replace(verdict, **words.get(verdict.cell_id, {})) for verdict in verdicts]


def _explain(
    better: dict[str, CheckResult],
    wanting: Mapping[str, CheckResult],
    notebook: Notebook,
    replayed: set[str],
    session: Session,
) -> None:
    for cell in notebook.cells:
        if len(better) == len(wanting):
            return
        if cell.id in replayed:
            session.run(cell)
        elif cell.role is Role.CHECK and cell.id in wanting:
            with session.exercise():
                better[cell.id] = _with_calls(wanting[cell.id], session)


def _with_calls(result: CheckResult, session: Session) -> CheckResult:
    assert result.explain_by is not None
    return result.explain_by(_Few(session.get(result.exercise), session))


#: What their process does for us with their function: tell what it calls and takes, and run it with others in the
#: place of those it calls, which are functions of ours that call back. None of what it says is believed.
_OVER_THERE = """
def _course_reachable(function):
    import types
    found, waiting = {}, [function]
    while waiting and len(found) < 50:
        codes = [waiting.pop().__code__]
        while codes:
            code = codes.pop()
            codes += [constant for constant in code.co_consts if type(constant) is types.CodeType]
            for name in code.co_names:
                value = function.__globals__.get(name)
                ours = type(value) is types.FunctionType and value.__globals__ is function.__globals__
                if ours and name not in found:
                    found[name] = value
                    waiting.append(value)
    return found

def _course_look(function, known):
    code = function.__code__
    own = _course_reachable(function)
    return [name for name in known if name in own], list(code.co_varnames[: code.co_argcount])

def _course_call(function, names, others, args, kwargs):
    import types
    space = dict(function.__globals__)
    def over(one):
        made = types.FunctionType(one.__code__, space, one.__name__, one.__defaults__, one.__closure__)
        made.__kwdefaults__ = one.__kwdefaults__
        return made
    space.update({name: over(one) for name, one in _course_reachable(function).items()})
    space.update(zip(names, others))
    return over(function)(*args, **kwargs)
"""


class _Few:
    """A function of the student's that can be called a few times, also with ours in the place of those it calls.

    *Trust*: it is a `checks.helpers.Swapping`. What it says of itself can only choose which sentences are tried.
    """

    def __init__(self, function: Callable[..., Any], session: Session) -> None:
        self.function = function
        self.session = session
        self.left = MAX_CALLS
        self._looked = False
        self._own: tuple[str, ...] = ()
        self._parameters: list[str] | None = None

    def helper_names(self, known: Collection[str]) -> tuple[str, ...]:
        self._look(known)
        return self._own

    def parameter_names(self) -> list[str] | None:
        self._look(())
        return self._parameters

    def with_others(self, others: Mapping[str, Callable[..., Any]]) -> Callable[..., Any]:
        names, functions = list(others), list(others.values())
        caller = self.session.get("_course_call")

        def swapped(*args: Any, **kwargs: Any) -> Any:
            self._count()
            return caller(self.function, names, functions, args, kwargs)

        return swapped

    def _look(self, known: Collection[str]) -> None:
        """Ask once what the function calls and takes."""
        if self._looked and not known:
            return
        self.session.run(Cell("explanation", Role.EXTRA, "code", _OVER_THERE))
        try:
            said = self.session.get("_course_look")(self.function, list(known))
        except Exception:  # no plain function of Python's, or one that will not be looked at
            return
        if type(said) is tuple and len(said) == 2 and all(map(_is_names, said)):
            own, self._parameters = said
            self._own = tuple(name for name in known if name in own)
            self._looked = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self._count()
        return self.function(*args, **kwargs)

    def _count(self) -> None:
        if self.left <= 0:
            raise RuntimeError(f"no more than {MAX_CALLS} calls for one explanation")
        self.left -= 1


def _is_names(said: Any) -> bool:
    return type(said) is list and all(type(name) is str for name in said)
