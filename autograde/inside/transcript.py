"""What cells show, kept up to the limits, and how an error in one is told: with Python's own modules alone.

*Trust*: this runs in the student's process, where anything can be patched. What it keeps is what that process says.
"""

from __future__ import annotations

import base64
import io
import linecache
import os
import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol

__all__ = [
    "CELL_FILE",
    "MAX_IMAGES",
    "MAX_IMAGE_BYTES",
    "NOT_HERE",
    "NotebookShell",
    "Stream",
    "Transcript",
    "message_of",
    "no_input",
    "place",
    "traceback_text",
]

CELL_FILE = "<ipython-input"
CELL_NAME = re.compile(r'File "<ipython-input-(\d+)-\w+>"')
OURS = os.path.dirname(__file__)
MAX_TRACEBACK = 20_000
MAX_IMAGES = 8
MAX_IMAGE_BYTES = 3 << 20  # all of them fit into one message
NOT_HERE = "{} is not available while your work is graded: only Python runs there."
USAGE = ("IPython.core.error", "UsageError")
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

    def __init__(self, name: str, shell: NotebookShell) -> None:
        self.name = name
        self.shell = shell

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.shell.transcript.write(self.name, str(text))
        return len(text)


class NotebookShell(Protocol):
    """What cells run in: IPython's shell, or where an environment has no IPython, `plain_shell`."""

    transcript: Transcript
    user_ns: dict[str, Any]

    def listen(self, transcript: Transcript) -> None:
        """Catch in `transcript` what is shown from here on. *Called by* the kernel, before a cell or a call."""

    def run_cell(self, raw_cell: str, store_history: bool = False) -> Any:
        """Run one cell; what it raises is shown, and not raised. *Called by* the kernel."""

    def show_types(self, types: list[str]) -> None:
        """Make displays of these media types. *Called by* `displays`, for ordinary notebooks."""


def no_input(prompt: object = "", /) -> str:
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


def message_of(error: Any) -> str:
    try:
        return str(error)
    except BaseException:  # of the student's class
        return ""


def traceback_text(kind: Any, error: Any, trace: TracebackType | None) -> str:
    """Write a traceback of the student's own lines and those of libraries, without the frames of ours."""
    if (kind.__module__, kind.__name__) == USAGE:  # a magic's complaint about how it was used
        return f"UsageError: {error}"
    while trace is not None and not trace.tb_frame.f_code.co_filename.startswith(CELL_FILE):
        trace = trace.tb_next
    told = traceback.TracebackException(kind, error, trace, limit=20)
    told.stack = traceback.StackSummary.from_list([at for at in told.stack if not at.filename.startswith(OURS)])
    text = CELL_NAME.sub(r"Cell \1", "".join(told.format()))
    text += NO_SUCH_LIBRARY if issubclass(kind, ModuleNotFoundError) else ""
    return text if len(text) <= MAX_TRACEBACK else text[:MAX_TRACEBACK] + "\n..."
