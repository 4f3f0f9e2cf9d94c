"""The one door for names of courses, assignments, people and files. *Trust*: every argument is a stranger's.

The rules are those of the grader's own door (`autograde.contract.names`): what is let in shows as it is, fits into
nbgrader's tables, and leads nowhere else when it becomes a file's name. They stand here again, and once more in
`machine_room.exchange.bundle`, because none of the three distributions may import another: tests/hub/test_names.py
holds them together.
"""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

from .refusals import Refusal, Status

__all__ = ["MAX_NAME", "checked", "checked_folder", "folder_of", "refusal", "shown"]

MAX_NAME = 128  # characters: nbgrader's tables
MAX_BYTES = 255  # of a file's name, and of a folder's, quoted
# Letters and marks that show nothing: Python calls them printable.
INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def shown(name: str) -> str:
    r"""Return a name for a message: on one line, cut, what does not show spelled out.

    Example:
        >>> shown("ada\n\u202e")
        'ada\\n\\u202e'
    """
    cut = name if len(name) <= MAX_NAME else name[:MAX_NAME] + "..."
    return "".join(
        c if c.isprintable() and c not in INVISIBLE else c.encode("unicode_escape", "surrogatepass").decode("ascii")
        for c in cut
    )


def refusal(name: str) -> str | None:
    """Return why this cannot be the name of a course, an assignment, a person or a file; None where it can."""
    if not name:
        return "is empty"
    if len(name) > MAX_NAME or len(name.encode("utf-8", "replace")) > MAX_BYTES:
        return f"is longer than {MAX_NAME} characters or {MAX_BYTES} bytes"
    if shown(name) != name or name != name.strip() or unicodedata.category(name[0]).startswith("M"):
        return "holds characters that cannot be shown, or blanks at its ends"
    if unicodedata.normalize("NFC", name) != name:
        return "is written in decomposed characters; its composed form would look the same"
    if name.startswith(".") or "/" in name or "\\" in name:
        return "begins with a dot or holds a slash"
    return None


def checked(kind: str, name: str) -> str:
    """Return the name.

    Args:
        kind: what it is the name of, for the sentence.
        name: a stranger's word.

    Raises:
        Refusal: it cannot be one.
    """
    why = refusal(name)
    if why is not None:
        raise _refused(kind, name, why)
    return name


def checked_folder(kind: str, name: str) -> str:
    """Return the folder that stands for the name (`folder_of`).

    Raises:
        Refusal: it cannot be one, or the folder's name would be too long.
    """
    folder = folder_of(checked(kind, name))
    if len(folder) > MAX_BYTES:
        raise _refused(kind, name, "is too long once it is written in letters that every file system takes")
    return folder


def _refused(kind: str, name: str, why: str) -> Refusal:
    return Refusal(Status.UNREADABLE, f"The name of the {kind} {why}: {shown(name)!r}. Choose another one.")


def folder_of(name: str) -> str:
    """Return a folder's name that stands for this name alone, whatever is in it.

    Example:
        >>> folder_of("ada@uni.example"), folder_of("01-backprop")
        ('ada@uni%2Eexample', '01-backprop')
    """
    return quote(name, safe="@+, ").replace(".", "%2E")
