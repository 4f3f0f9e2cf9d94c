"""A course folder as nbgrader lays it out, and the secret seed beside its gradebook."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from .settings import Settings, read_settings

__all__ = ["Course", "CourseError"]


class CourseError(Exception):
    """The folder is not what a command needs; the text says what was expected, what is there, and what to do."""


@dataclass(frozen=True)
class Course:
    """A course's paths: source/ release/ submitted/ autograded/ feedback/ autograde.toml gradebook.db .autograde/."""

    root: Path

    @property
    def private(self) -> Path:
        """Ours alone: seed, journal, the students' view of the library. Readable by the owner only."""
        folder = self.root / ".autograde"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def settings(self) -> Settings:
        """What the course settles for itself in its autograde.toml."""
        return read_settings(self.root)

    def assignments(self) -> list[str]:
        return sorted(path.name for path in (self.root / "source").glob("*") if any(path.glob("*.ipynb")))

    def masters(self, assignment: str) -> list[Path]:
        """The assignment's source notebooks."""
        found = sorted((self.root / "source" / assignment).glob("*.ipynb"))
        if not found:
            known = ", ".join(self.assignments()) or "none"
            raise CourseError(
                f"No notebook in source/{assignment} of {self.root}. Assignments there: {known}. "
                "Run `autograde build` first, or name the course folder with --course."
            )
        return found

    def students(self, assignment: str) -> list[str]:
        """Who handed in, by the folders in submitted/. Names are file names, so no path can hide in one."""
        return sorted(path.parent.name for path in (self.root / "submitted").glob(f"*/{assignment}") if path.is_dir())

    def submission(self, student: str, assignment: str, notebook: str) -> Path:
        """The file to grade: the one of the notebook's name, else the only notebook there is ("backprop (1).ipynb")."""
        folder = self.root / "submitted" / student / assignment
        exact = folder / f"{notebook}.ipynb"
        there = sorted(folder.glob("*.ipynb"))
        asked_for = sum(1 for _ in (self.root / "source" / assignment).glob("*.ipynb"))
        return there[0] if exact not in there and len(there) == 1 and asked_for <= 1 else exact

    def seed(self) -> int:
        """The course's secret seed for hidden inputs: made on first use, the same ever after."""
        path = self.private / "seed"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            text = path.read_text(encoding="ascii").strip()
            if not text.isdigit():
                raise CourseError(
                    f"{path} should hold one whole number, the seed of the hidden inputs, but holds {text[:40]!r}. "
                    "Restore it from a backup, or delete it to draw a new one (every submission is then graded anew)."
                ) from None
            return int(text)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            seed = secrets.randbits(63)
            file.write(f"{seed}\n")
        return seed
