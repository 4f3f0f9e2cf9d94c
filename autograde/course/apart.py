"""Which tests of an ordinary notebook are checks of an exercise, by their source: those are judged apart.

A test's cell that calls `check(name)` is one. What calls it in another way is refused rather than judged beside the
student's code: an author who moved an exercise to a check means it to be out of reach.

*Called by* `notebook`, which reads masters, and `ordinary`. *Trust*: sources are the master's; they are parsed, and
never run here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

__all__ = ["checked", "defines", "exercises_of", "obstacle"]

CALL = re.compile(r"\bcheck\s*\(")
RENAMED = re.compile(r"\bcheck\s+as\b|=\s*check\b(?!\s*\()")
LIBRARY = "machine_room"


def checked(source: str) -> str | None:
    """The exercise that a test's cell checks: the one name that it gives to `check`.

    Example:
        >>> checked("check(mean)\\ncheck(mean, hidden=True)"), checked("assert mean([1]) == 1")
        ('mean', None)
    """
    names = {call.args[0].id for call in _calls(_tree(source)) if call.args and isinstance(call.args[0], ast.Name)}
    return names.pop() if len(names) == 1 else None


def defines(source: str, name: str) -> bool:
    """Whether a cell defines a function of that name at its top."""
    tree = _tree(source)
    return tree is not None and any(isinstance(node, ast.FunctionDef) and node.name == name for node in tree.body)


def exercises_of(tests: Mapping[str, str], answers: Mapping[str, str]) -> dict[str, str | None]:
    """The exercise of each test that is a check, and of each answer that defines one of those; both by cell id."""
    found = {name: checked(source) for name, source in tests.items()}
    wanted = [exercise for exercise in found.values() if exercise]
    answered = {name: next((one for one in wanted if defines(source, one)), None) for name, source in answers.items()}
    return found | answered


def obstacle(source: str, *, is_test: bool) -> str:
    """Why a code cell of a notebook with checks cannot be judged as it stands; empty where it can."""
    if RENAMED.search(source):
        return "gives check another name, by which no test of an exercise would be known. Call it check"
    if not is_test:
        return ""
    tree = _tree(source)
    if checked(source) is None:
        if CALL.search(source) or LIBRARY in source:
            return (
                "asks for a check in a way that cannot be told. Write check(name) for one exercise, its name alone, in "
                "a cell without magics, and other tests in other cells"
            )
        return ""
    if tree is not None and any(isinstance(node, (ast.Import, ast.ImportFrom)) for node in ast.walk(tree)):
        return "imports something and checks an exercise. Import it in a cell of its own, above"
    return ""


def _tree(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _calls(tree: ast.Module | None) -> Iterator[ast.Call]:
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "check":
            yield node
