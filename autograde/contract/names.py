"""The one door for what strangers name: it enters a message, a file, a database or a page through here alone.

A file name is bytes of a stranger's choice: it may be no text at all, hold what a terminal obeys, or turn the direction
of the line it stands in. *Trust*: every argument is a student's. What is returned can be encoded, shown and stored.
"""

from __future__ import annotations

import unicodedata

from machine_room.printable import readable

__all__ = ["MAX_NAME", "encodable", "escaped", "of_error", "readable", "refusal"]

MAX_NAME = 128  # characters of a student's id in nbgrader's tables
MAX_REASON = 500
# Letters and marks that show nothing: Python calls them printable.
INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def escaped(name: str, limit: int = MAX_NAME) -> str:
    r"""Return a name on one line, cut to `limit`, with what cannot be shown spelled out: `\xff`, `\u202e`.

    A name that can be shown comes back as it is. Blanks at its ends and a mark that would join the character before it
    cannot: `ada ` is not to be taken for `ada`.
    """
    inner = name.strip(" ")
    blanks = r"\x20"
    start, end = len(name) - len(name.lstrip(" ")), len(name) - len(name.rstrip(" "))
    shown = "".join(_shown(character, first=not at) for at, character in enumerate(inner[: limit + 1]))
    shown = blanks * start + shown + blanks * end if inner else blanks * len(name)
    return shown if len(shown) <= limit else shown[:limit] + "..."


def _shown(character: str, *, first: bool) -> str:
    joins = first and unicodedata.category(character).startswith("M")
    if character.isprintable() and character not in INVISIBLE and not joins:
        return character
    if "\udc80" <= character <= "\udcff":  # a byte of a file name that is no UTF-8
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def encodable(text: str) -> str:
    """Return an answer without lone surrogates, which JSON may spell but no file takes; all else in it stays."""
    return text.encode("utf-8", errors="replace").decode("utf-8")


def of_error(error: BaseException) -> str:
    """Return what an exception says, on one line: it may quote a path."""
    return f"{type(error).__name__}: {escaped(str(error), MAX_REASON)}"


def refusal(name: str) -> str | None:
    """Return why a folder's name cannot be a student's, or None where it can: one that is shown as it is."""
    if not name:
        return "The folder has no name."
    if len(name) > MAX_NAME:
        return f"The folder's name has {len(name)} characters; the gradebook takes {MAX_NAME}."
    if escaped(name) != name:
        return "The folder's name holds characters that cannot be shown."
    if name.startswith("."):
        return "The folder's name begins with a dot, which hides it from nbgrader."
    return None
