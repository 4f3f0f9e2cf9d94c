"""What the cells of an ordinary notebook show: in order, each piece by its type, as a Jupyter kernel would tell it.

A piece is a tuple: (STREAM, name, text), (DISPLAY, data), (RESULT, data) or (ERROR, class, message, traceback), where
data maps media types to text, or to bytes for a picture. What is more than the limit is left out, and the cell
goes on: an ordinary course's test may come after a solution that prints too much.

*Trust*: as `transcript`. This runs in the student's process; whoever reads what it says takes it apart.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from dataclasses import dataclass, field
from typing import Any

from .messages import Piece
from .transcript import MAX_IMAGE_BYTES, MAX_IMAGES, NotebookShell, Transcript

__all__ = ["FOLDER", "Displays", "be_a_notebook", "keep_file"]

TEXTS = ("text/plain", "text/html", "text/markdown", "text/latex")
PICTURE = "image/png"
MAX_PIECES = 2_000
MAX_NAME, MAX_MESSAGE = 80, 2_000
LEFT_OUT = "\n[The rest of what this cell printed is left out.]\n"
FOLDER = "notebook"  # in the scratch: where the notebook and its files are
USER = "student"

Shown = tuple[Any, ...]


@dataclass
class Displays(Transcript):
    """A transcript in order. `spill` is never called."""

    pieces: list[Shown] = field(default_factory=list)
    by_id: dict[str, int] = field(default_factory=dict)  # of displays that may be updated
    full: bool = False
    clear_next: bool = False  # by clear_output(wait=True): once something comes that can stand there instead

    def write(self, name: str, text: str) -> None:
        if not self._room_for(_sent(text)):
            return
        last = self.pieces[-1] if self.pieces else ()
        if last[:2] == (Piece.STREAM, name):  # each print would be a piece of its own
            last[2].append(text)
        else:
            self.pieces.append((Piece.STREAM, name, [text]))

    def show(self, data: dict[str, Any], display_id: str | None = None, update: bool = False) -> None:
        kept = self._kept(data)
        if update and display_id in self.by_id:
            self.pieces[self.by_id[display_id]] = (Piece.DISPLAY, kept)
        elif not update and self._room_for(0):
            self.pieces.append((Piece.DISPLAY, kept))
            if display_id is not None:
                self.by_id[display_id] = len(self.pieces) - 1

    def finish(self, result: dict[str, Any]) -> None:
        if self._room_for(0):
            self.pieces.append((Piece.RESULT, self._kept(result)))

    def fail(self, name: str, message: str, text: str) -> None:
        """Keep an exception, which is told however much was printed before."""
        self.pieces.append((Piece.ERROR, name[:MAX_NAME], message[:MAX_MESSAGE], text))

    def clear(self, *, wait: bool) -> None:
        self.clear_next = wait
        if not wait:
            self._clear()

    def said(self) -> list[Shown]:
        """The pieces as they are sent."""
        return [(kind.value, *map(_whole, content)) for kind, *content in self.pieces]

    def _clear(self) -> None:
        self.pieces.clear()
        self.by_id.clear()

    def _room_for(self, length: int) -> bool:
        if self.clear_next:
            self.clear_next = False
            self._clear()
        self.size += length
        if not self.full and (self.size > self.limit or len(self.pieces) >= MAX_PIECES):
            self.full = True
            self.pieces.append((Piece.STREAM, "stdout", [LEFT_OUT]))
        return not self.full

    def _kept(self, data: dict[str, Any]) -> dict[str, Any]:
        kept: dict[str, Any] = {kind: str(data[kind]) for kind in TEXTS if kind in data}
        self.size += sum(map(_sent, kept.values()))
        if self.size > self.limit:
            kept = {"text/plain": LEFT_OUT.strip()}
        picture = data.get(PICTURE)
        if picture is not None and len(self.images) < MAX_IMAGES:
            raw = picture if type(picture) is bytes else base64.b64decode(picture)
            if len(raw) <= MAX_IMAGE_BYTES:
                self.images.append(raw)
                kept[PICTURE] = raw
        return kept


def _whole(part: Any) -> Any:
    """A stream's text in one, as the prints that made it are of no interest; all else as it is."""
    return "".join(part) if type(part) is list else part


def _sent(text: str) -> int:
    """How many bytes a text takes on its way, where every character that is no plain one is spelled out."""
    return len(json.dumps(text)) - 2


def be_a_notebook(shell: NotebookShell) -> None:
    """Make of this process what a test in a notebook may take for granted: its folder, imports from it, a user."""
    os.makedirs(FOLDER, exist_ok=True)
    os.chdir(FOLDER)
    sys.path.insert(0, "")
    os.environ["USER"] = USER  # for getpass.getuser(): there is no list of users
    shell.show_types([*TEXTS, PICTURE])


def keep_file(name: str, content: bytes) -> None:
    """Put a file beside the notebook. *Called* before any of the student's code has run."""
    if folder := os.path.dirname(name):
        os.makedirs(folder, exist_ok=True)
    with open(name, "wb") as file:
        file.write(content)
