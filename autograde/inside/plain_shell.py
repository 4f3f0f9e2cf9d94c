"""Cells without IPython, for an environment that has none: Python, and of a notebook what tests may take for granted.

`In`, `Out`, `_`, the value of the last expression, top-level await, sources for `inspect` and tracebacks. Of IPython's
own language there is nothing: a magic or a shell command says so, and the cell goes on.

*Trust*: as `transcript`.
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import hashlib
import inspect
import linecache
import re
import sys
from types import CodeType, ModuleType
from typing import Any

from .transcript import NOT_HERE, Stream, Transcript, message_of, no_input, traceback_text

__all__ = ["PlainShell", "new_plain_shell"]

FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
#: A line that only IPython understands, where a statement may begin.
MAGIC = re.compile(r"^(\s*)([%!]{1,2})([\w ]{0,40}).*$", re.MULTILINE)


class PlainShell:
    """What cells run in, see `transcript.NotebookShell`."""

    def __init__(self) -> None:
        main = ModuleType("__main__")
        sys.modules["__main__"] = main  # what a cell defines says that it is of it
        self.user_ns: dict[str, Any] = main.__dict__
        self.user_ns.update(__builtins__=builtins, In=[""], Out={}, _="", __="", ___="")
        self.transcript = Transcript(1 << 20, lambda: None)
        self.streams = (Stream("stdout", self), Stream("stderr", self))

    def listen(self, transcript: Transcript) -> None:
        self.transcript = transcript
        sys.stdout, sys.stderr = self.streams

    def show_types(self, types: list[str]) -> None:
        """Without IPython there is one way to show a value: its repr."""

    def run_cell(self, raw_cell: str, store_history: bool = False) -> None:
        """Run one cell."""
        number = len(self.user_ns["In"])
        try:
            name, source = self._kept(raw_cell, number, store_history=store_history)
            body, last = _compiled(source, name)
            self._run(body)
            if last is not None:
                self._show(self._run(last), number, quiet=source.rstrip().endswith(";"))
        except BaseException as error:  # also what ends a program: a notebook's kernel stays
            text = traceback_text(type(error), error, error.__traceback__)
            self.transcript.fail(type(error).__name__, message_of(error), text)

    def _kept(self, raw_cell: str, number: int, *, store_history: bool) -> tuple[str, str]:
        """The name of a cell's file, and its source as Python, where `inspect` and tracebacks find it."""
        source = _without_magics(raw_cell)
        name = f"<ipython-input-{number}-{hashlib.sha256(source.encode('utf-8', 'replace')).hexdigest()[:12]}>"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        if store_history:
            self.user_ns["In"].append(raw_cell)
            self.user_ns["_ih"] = self.user_ns["In"]
        return name, source

    def _run(self, code: CodeType) -> Any:
        value = eval(code, self.user_ns)
        if code.co_flags & inspect.CO_COROUTINE:
            return asyncio.run(value)
        return value

    def _show(self, value: Any, number: int, *, quiet: bool) -> None:
        if value is None or quiet:
            return
        names = self.user_ns
        names["_"], names["__"], names["___"] = value, names.get("_", ""), names.get("__", "")
        names[f"_{number}"] = names["Out"][number] = value
        self.transcript.finish({"text/plain": repr(value)})


def _compiled(source: str, name: str) -> tuple[CodeType, CodeType | None]:
    """A cell's statements, and its last expression, if it ends in one."""
    tree = compile(source, name, "exec", FLAGS | ast.PyCF_ONLY_AST, dont_inherit=True)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    body = compile(tree, name, "exec", FLAGS, dont_inherit=True)
    if last is None:
        return body, None
    return body, compile(ast.Expression(last.value), name, "eval", FLAGS, dont_inherit=True)


def _without_magics(source: str) -> str:
    """The source, with a sentence to print in place of what only IPython understands."""
    if source.lstrip().startswith("%%"):
        return _said(MAGIC.match(source.lstrip()))
    try:
        compile(source, "<cell>", "exec", FLAGS | ast.PyCF_ONLY_AST, dont_inherit=True)
    except (SyntaxError, ValueError):
        return MAGIC.sub(lambda found: found[1] + _said(found), source)
    return source


def _said(found: re.Match[str] | None) -> str:
    """A statement that says what is not there. `%matplotlib` and its like are settings: they are passed over."""
    assert found is not None, "a cell magic begins with what is looked for"
    if found[2] == "%":
        return "pass"
    return f"print({NOT_HERE.format((found[2] + found[3]).strip())!r})"


def new_plain_shell() -> PlainShell:
    """Make the process's shell. *Called by* the kernel, once, before the zygote forks."""
    builtins.input = no_input
    return PlainShell()
