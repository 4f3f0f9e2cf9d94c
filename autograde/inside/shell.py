"""IPython without a front end: runs cells as a notebook would and keeps what they show, up to the limits.

*Trust*: this runs in the student's process, where anything can be patched. What it keeps is what that process says.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.pylabtools import select_figure_formats
from IPython.utils.text import SList
from traitlets import Type
from traitlets.config import Config

from .transcript import NOT_HERE, Stream, Transcript, message_of, no_input, traceback_text

__all__ = ["Shell", "new_shell"]


class _Results(DisplayHook):
    """The value of a cell's last expression."""

    shell: Shell

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict[str, Any], md_dict: Any = None) -> None:
        self.shell.transcript.finish(format_dict)

    def finish_displayhook(self) -> None:
        pass


class _Displays(DisplayPublisher):
    """What display() is given."""

    shell: Shell

    def publish(self, data: Any, metadata: Any = None, source: Any = None, **more: Any) -> None:
        known = (more.get("transient") or {}).get("display_id")
        self.shell.transcript.show(data, known, bool(more.get("update")))

    def clear_output(self, wait: bool = False) -> None:
        self.shell.transcript.clear(wait=wait)


class Shell(InteractiveShell):
    """The shell that cells run in: `get_ipython()` answers with it."""

    displayhook_class = Type(_Results)
    display_pub_class = Type(_Displays)
    streams: tuple[Stream, Stream]
    transcript = Transcript(1 << 20, lambda: None)

    def listen(self, transcript: Transcript) -> None:
        """Catch in `transcript` what is shown from here on."""
        self.transcript = transcript
        sys.stdout, sys.stderr = self.streams

    def show_types(self, types: list[str]) -> None:
        assert self.display_formatter is not None  # IPython's constructor has made it
        self.display_formatter.active_types = types

    def transform_cell(self, raw_cell: str) -> str:
        """Take plain Python as it is: IPython would look through all its tokens for magics that are not there."""
        if self.input_transformers_post:  # of the student's
            return str(super().transform_cell(raw_cell))  # type: ignore[no-untyped-call] # IPython's
        try:
            compile(raw_cell, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        except (SyntaxError, ValueError):
            return str(super().transform_cell(raw_cell))  # type: ignore[no-untyped-call] # IPython's
        return raw_cell if raw_cell.endswith("\n") else raw_cell + "\n"

    def showtraceback(self, exc_tuple: Any = None, *args: Any, **more: Any) -> None:
        kind, error, trace = exc_tuple or sys.exc_info()
        text = traceback_text(kind, error, trace)
        self.transcript.fail(getattr(kind, "__name__", "Error"), message_of(error), text)

    def showsyntaxerror(self, *args: Any, **more: Any) -> None:
        self.showtraceback()

    def _format_exception_for_storage(self, *args: Any, **more: Any) -> dict[str, Any]:
        """IPython formats errors again, for a history that nobody reads; for endless recursion that takes seconds."""
        return {}

    def enable_gui(self, gui: str | None = None) -> None:
        """%matplotlib asks for an event loop: there is none, and pictures need none."""

    def system(self, command: str) -> None:
        print(NOT_HERE.format(f"The shell command `{command}`"))

    def getoutput(self, command: str, split: bool = True, depth: int = 0) -> Any:
        self.system(command)
        return SList([]) if split else ""


def new_shell() -> Shell:
    """Make the process's shell. *Called by* the kernel, once, before the zygote forks."""
    config = Config()
    config.HistoryManager.enabled = False  # a thread and a database
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.autocall = 0
    shell: Shell = Shell.instance(config=config)
    shell.show_types(["text/plain", "image/png"])
    for name in ("bash", "sh", "script", "system", "sx", "!", "perl", "ruby", "python", "python2", "python3", "pypy"):
        # IPython's decorator hides from mypy that this is a method
        shell.register_magic_function(_refuse(name), "cell", name)  # type: ignore[arg-type]
    shell.streams = (Stream("stdout", shell), Stream("stderr", shell))
    _show_figures(shell)
    builtins.input = no_input
    return shell


def _show_figures(shell: Shell) -> None:
    """Show the figures of pyplot at the end of a cell, as notebooks do."""
    if find_spec("matplotlib") is None:  # an environment of a course's own may lack it
        return
    import matplotlib.pyplot  # noqa: F401 - a student's first plot must not pay for it

    shell.enable_matplotlib("inline")
    select_figure_formats(shell, {"png"})  # which the line above does for a process's first shell only


def _refuse(name: str) -> Callable[[str, str], None]:
    def refuse(line: str, cell: str) -> None:
        print(NOT_HERE.format(f"%%{name}"))

    return refuse
