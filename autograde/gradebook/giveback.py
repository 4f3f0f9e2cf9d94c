"""What nbgrader's `release_feedback` wants beside every page: when the work was handed in, and the hand-in's secret.

`nbgrader submit` makes a secret, keeps it in the student's cache and hands it in; `release_feedback` publishes a page
under a name made of it, and `fetch_feedback` looks there. *Trust*: the secret comes with the student's files. One that
is missing, odd, or somebody else's as well is replaced by one of ours: so no hand-in stops the class.
"""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from ..course.intake import IntakeError, read_submission
from . import files

__all__ = ["SECRET", "accompany", "handed_in_secrets", "secret_in"]

TIMESTAMP, SECRET = "timestamp.txt", "submission_secret.txt"
READABLE = re.compile(rb"[!-~]{16,256}\n?")  # nbgrader's own has 128 digits


def handed_in_secrets(root: Path, assignment: str, students: Iterable[str]) -> dict[str, str]:
    """Return the secrets that `nbgrader submit` made, of those who have one that is theirs alone."""
    found = {student: secret_in(root / "submitted" / student / assignment / SECRET) for student in students}
    held_by = Counter(found.values())
    return {student: secret for student, secret in found.items() if secret and held_by[secret] == 1}


def secret_in(path: Path) -> str:
    """Return the secret that a file holds, or nothing where it holds none."""
    try:
        content = read_submission(path)
    except IntakeError:
        return ""
    return content.decode("ascii") if READABLE.fullmatch(content) else ""


def accompany(folder: Path, graded: Path, secret: str | None, modes: files.Modes) -> None:
    """Write both files into the folder of a page, for graders alone.

    Args:
        folder: the student's, in feedback/.
        graded: the student's, in autograded/, where grading left a time that could be read.
        secret: the hand-in's; None: one of ours, which stays the same from run to run.
        modes: of the course.
    """
    try:
        stamp = (graded / TIMESTAMP).read_text(encoding="ascii")
    except (OSError, ValueError):
        stamp = ""  # what nbgrader reads as "not known"
    theirs = secret or secret_in(folder / SECRET) or secrets.token_hex(64)
    for name, text in ((TIMESTAMP, stamp), (SECRET, theirs)):
        files.write(folder / name, text, mode=modes.private, folder_mode=modes.folder)
