"""IPython without a front end: runs cells as a notebook would and keeps what they show, up to the limits.

*Trust*: this runs in the student's process, where anything can be patched. What it keeps is what that process says.
"""

from __future__ import annotations

import ast
import base64
import builtins
import io
import linecache
import os
import re
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.pylabtools import select_figure_formats
from IPython.utils.text import SList
from traitlets import Type
from traitlets.config import Config

__all__ = ["Shell", "Transcript", "new_shell", "place", "traceback_text"]

CELL_FILE = "<ipython-input"
CELL_NAME = re.compile(r'File "<ipython-input-(\d+)-\w+>"')
OURS = os.path.dirname(__file__)
MAX_TRACEBACK = 20_000
MAX_IMAGES = 8
MAX_IMAGE_BYTES = 3 << 20  # all of them fit into one message
NOT_HERE = "{} is not available while your work is graded: only Python runs there."
NO_SUCH_LIBRARY = (
    "(Your work is graded with Python's own modules, NumPy, Matplotlib, IPython, ipywidgets, what they need, "
    "and what your course names.)\n"
)


@dataclass
class Transcript:
    """What one cell shows. `spill` is called once it has shown more than `limit` bytes, and does not return."""

    limit: int
    spill: Callable[[], None]
    stdout: list[str] = field(default_factory=list)
    stderr: list[str] = field(default_factory=list)
    result: str = ""
    error: str = ""
    images: list[bytes] = field(default_factory=list)
    size: int = 0

    def count(self, length: int) -> None:
        self.size += length
        if self.size > self.limit:
            self.spill()

    def write(self, name: str, text: str) -> None:
        """Keep what was printed on the stream of that name."""
        self.count(len(text))
        getattr(self, name).append(text)

    def fail(self, name: str, message: str, text: str) -> None:
        """Keep the traceback that a cell ended with; the exception's class and message stand in it."""
        self.error = text

    def clear(self, *, wait: bool) -> None:
        """Nothing that was shown is taken back."""

    def show(self, data: dict[str, Any], display_id: str | None = None, update: bool = False) -> None:
        """Keep a display: its picture, or else its text."""
        image = data.get("image/png")
        if image is None:
            text = str(data.get("text/plain", ""))
            self.count(len(text))
            self.stdout.append(text + "\n")
            return
        # pictures have their own caps: the limit on output is for text
        picture = image if type(image) is bytes else base64.b64decode(image)
        if len(self.images) < MAX_IMAGES and len(picture) <= MAX_IMAGE_BYTES:
            self.images.append(picture)

    def finish(self, result: dict[str, Any]) -> None:
        """Keep the value of the cell's last expression."""
        if "image/png" in result:
            self.show(result)
        else:
            self.result = str(result.get("text/plain", ""))
            self.count(len(self.result))


class Stream(io.TextIOBase):
    """sys.stdout or sys.stderr of the student's: writes into the transcript of the cell or call that runs."""

    encoding = "utf-8"

    def __init__(self, name: str, shell: Shell) -> None:
        self.name = name
        self.shell = shell

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.shell.transcript.write(self.name, str(text))
        return len(text)


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
        self.transcript.fail(getattr(kind, "__name__", "Error"), _message_of(error), text)

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
    assert shell.display_formatter is not None  # IPython's constructor has just made it
    shell.display_formatter.active_types = ["text/plain", "image/png"]
    for name in ("bash", "sh", "script", "system", "sx", "!", "perl", "ruby", "python", "python2", "python3", "pypy"):
        # IPython's decorator hides from mypy that this is a method
        shell.register_magic_function(_refuse(name), "cell", name)  # type: ignore[arg-type]
    shell.streams = (Stream("stdout", shell), Stream("stderr", shell))
    _show_figures(shell)
    builtins.input = _no_input
    return shell


def _show_figures(shell: Shell) -> None:
    """Show the figures of pyplot at the end of a cell, as notebooks do."""
    import matplotlib.pyplot  # noqa: F401 - a student's first plot must not pay for it

    shell.enable_matplotlib("inline")
    select_figure_formats(shell, {"png"})  # which the line above does for a process's first shell only


def _refuse(name: str) -> Callable[[str, str], None]:
    def refuse(line: str, cell: str) -> None:
        print(NOT_HERE.format(f"%%{name}"))

    return refuse


def _no_input(prompt: object = "", /) -> str:
    raise RuntimeError(
        "input() has nobody to ask while your work is graded: write the value into the cell instead of asking for it."
    )


def place(trace: TracebackType | None) -> str:
    """Name the last line of a cell that an error passed through, or nothing where there is none."""
    found = ""
    for frame, line in traceback.walk_tb(trace):
        name = frame.f_code.co_filename
        if name.startswith(CELL_FILE):
            source = linecache.getline(name, line).strip()
            found = f"line {line} of the cell" + (f": {source}" if source else "")
    return found[:300]


def _message_of(error: Any) -> str:
    try:
        return str(error)
    except BaseException:  # of the student's class
        return ""


def traceback_text(kind: Any, error: Any, trace: TracebackType | None) -> str:
    """Write a traceback of the student's own lines and those of libraries, without the frames of ours."""
    if issubclass(kind, UsageError):  # a magic's complaint about how it was used
        return f"UsageError: {error}"
    while trace is not None and not trace.tb_frame.f_code.co_filename.startswith(CELL_FILE):
        trace = trace.tb_next
    told = traceback.TracebackException(kind, error, trace, limit=20)
    told.stack = traceback.StackSummary.from_list([at for at in told.stack if not at.filename.startswith(OURS)])
    text = CELL_NAME.sub(r"Cell \1", "".join(told.format()))
    text += NO_SUCH_LIBRARY if issubclass(kind, ModuleNotFoundError) else ""
    return text if len(text) <= MAX_TRACEBACK else text[:MAX_TRACEBACK] + "\n..."
