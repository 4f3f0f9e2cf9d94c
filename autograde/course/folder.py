"""A course folder as nbgrader lays it out, and the secret seed beside its gradebook."""

from __future__ import annotations

import contextlib
import glob
import os
import re
import stat
import unicodedata
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..contract.failures import CourseError
from ..contract.names import escaped, refusal
from .environment import Environment, environment_of
from .handin import chosen
from .notebook import Notebook, Role, read_master
from .ordinary import obstacles
from .packages import CoursePackage, authors_fault, find_packages, in_use
from .settings import Settings, read_settings

if TYPE_CHECKING:  # and NumPy, which `autograde --help` need not wait for
    from machine_room.exercises.exercise import Exercise

__all__ = ["Course", "Folder"]


@dataclass(frozen=True)
class Folder:
    """One entry of submitted/. *Trust*: the name is bytes of a stranger unless `refusal` is None."""

    student: str
    refusal: str | None  # why it is not graded


@dataclass(frozen=True)
class Course:
    """A course's paths.

    source/ release/ editions/ submitted/ autograded/ feedback/ autograde.toml gradebook.db .autograde/
    """

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

    def packages(self) -> tuple[CoursePackage, ...]:
        """The packages of the course's own, found and not loaded.

        Raises:
            PackagesError: one that the settings name is not there.
        """
        return find_packages(self.root, self.settings().packages)

    def environment(self, assignment: str) -> Environment | None:
        """The environment that the course names for an ordinary assignment; None: the one that this process is in.

        Raises:
            EnvironmentUnusable: it cannot be used.
        """
        settings = self.settings()
        named = settings.python_of(assignment)
        return None if named is None else environment_of(self.root, named, settings.packages)

    def in_use(self) -> AbstractContextManager[None]:
        """Inside, this thread finds the exercises of the course's own packages by name.

        Raises:
            PackagesError: one is not there, or its code fails.
        """
        return in_use(self.packages())

    def exercises(self, assignment: str) -> tuple[Exercise, ...]:
        """The exercises that this course has for an assignment; none where it is another course's.

        Raises:
            PackagesError: a package of the course's own is not there, or its code fails.
        """
        from machine_room.exercises import UnknownAssignment, of_assignment

        packages = self.packages()
        with in_use(packages):
            try:
                return of_assignment(assignment)
            except UnknownAssignment:
                return ()
            except Exception as error:
                raise authors_fault(packages, error) from error

    def assignments(self) -> list[str]:
        return sorted(path.name for path in (self.root / "source").glob("*") if any(path.glob("*.ipynb")))

    def masters(self, assignment: str) -> list[Path]:
        """The assignment's source notebooks."""
        known = self.assignments()
        if assignment not in known:  # the name of one of the folders, and no path to elsewhere
            raise CourseError(
                f"No notebook in source/{escaped(assignment)} of {self.root}. Assignments there: "
                f"{', '.join(known) or 'none'}. Run `autograde build` first, or name the course folder with --course."
            )
        return sorted((self.root / "source" / assignment).glob("*.ipynb"))

    def named(self, wanted: Sequence[str]) -> list[str]:
        """The assignments that were named, or all, of which there is one at least."""
        for assignment in wanted:
            self.masters(assignment)
        found = list(wanted) or self.assignments()
        if not found:
            raise CourseError(
                f"No course in {self.root}: it has no notebook in source/<assignment>/. Run `autograde build` first, "
                "or name the course folder with --course."
            )
        return found

    def read_masters(self, assignment: str) -> list[Notebook]:
        """Read the assignment's source notebooks, all of which must be ones that can be graded.

        Raises:
            CourseError: one is an ordinary course's and cannot be graded here, see `ordinary`; or it knows our library,
                and checks no exercise of this assignment: every hand-in would lose its points.
        """
        paths = self.masters(assignment)
        masters = [read_master(path) for path in paths]
        exercises = {exercise.name for exercise in self.exercises(assignment)}
        for path, master in zip(paths, masters, strict=True):
            if master.judging.some_together:
                for obstacle in obstacles(path, master, exercises):
                    raise CourseError(obstacle)
                continue
            checks = [cell for cell in master.cells if cell.role is Role.CHECK]
            foreign = [escaped(cell.id) for cell in checks if cell.exercise not in exercises]
            if foreign:
                raise CourseError(
                    f"source/{assignment}/{master.name}.ipynb of {self.root} is no notebook of a course that this "
                    f"autograder knows: {foreign[0]} tests none of its exercises. Nothing was "
                    "changed. Build it from course/ with `autograde build`. A notebook without a trace of machine_room "
                    "is graded as any nbgrader course's, see docs/any-course.md."
                )
        return masters

    def former(self, assignment: str, notebook: str) -> dict[int, Path]:
        """The masters of the notebook's older editions, by number: editions/<assignment>/<number>/<notebook>.ipynb."""
        found = (self.root / "editions" / assignment).glob(f"*/{glob.escape(notebook)}.ipynb")
        numbered = {path.parent.name: path for path in found}
        return {int(name): numbered[name] for name in sorted(numbered) if re.fullmatch("[1-9][0-9]{0,3}", name)}

    def accepted_editions(self, assignment: str, notebook: str) -> dict[int, Path]:
        """The masters of the older editions that hand-ins may be made from: all, or those that the settings name."""
        stored = self.former(assignment, notebook)
        accepted = self.settings().editions.get(assignment, tuple(stored))
        return {number: path for number, path in stored.items() if number in accepted}

    def students(self, assignment: str) -> list[str]:
        """Who handed in, by the folders in submitted/: those that can be graded."""
        return [folder.student for folder in self.folders(assignment) if folder.refusal is None]

    def folders(self, assignment: str) -> list[Folder]:
        """Everything in submitted/ that holds, or may hold, the assignment. No link is followed."""
        try:
            with os.scandir(self.root / "submitted") as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except FileNotFoundError:
            return []
        except NotADirectoryError:
            raise CourseError(
                f"{self.root / 'submitted'} is a file. Expected a folder with a folder for each student: move it away."
            ) from None
        composed = {entry.name for entry in found if unicodedata.is_normalized("NFC", entry.name)}
        looked_at = (_folder(entry, assignment, composed) for entry in found)
        return [folder for folder in looked_at if folder is not None]

    def submission(self, student: str, assignment: str, notebook: str) -> Path:
        """The file to grade, see `handin.chosen`; the one of the notebook's name where nobody can tell which it is."""
        folder = self.root / "submitted" / student / assignment
        found = chosen(folder, notebook, lambda: self._answered_ids(assignment))
        return folder.joinpath(*found.parts) if found else folder / f"{notebook}.ipynb"

    def _answered_ids(self, assignment: str) -> dict[str, frozenset[str]]:
        """The ids of what students write and of what is graded, by notebook: those that never change."""
        found: dict[str, frozenset[str]] = {}
        for path in (self.root / "source" / assignment).glob("*.ipynb"):
            with contextlib.suppress(CourseError):  # told where it is graded by
                cells = read_master(path).cells
                found[path.stem] = frozenset(c.id for c in cells if c.graded or c.role is Role.SOLUTION)
            found.setdefault(path.stem, frozenset())
        return found

    def journal(self, assignment: str, notebook: str) -> Path:
        """Where the verdicts on one notebook are; asking makes nothing."""
        return self.root / ".autograde" / "journal" / f"{assignment}-{notebook}.jsonl"

    def feedback_is_out(self, student: str, assignment: str) -> bool:
        """Whether a student may have seen their grade: there is a folder of feedback pages for them."""
        return (self.root / "feedback" / student / assignment).is_dir()

    def feedback_out(self, assignment: str) -> frozenset[str]:
        """Everyone whose feedback is out."""
        folders = (self.root / "feedback").glob(f"*/{glob.escape(assignment)}")
        return frozenset(folder.parent.name for folder in folders if folder.is_dir())

    def has_seed(self) -> bool:
        return (self.root / ".autograde" / "seed").exists()

    def seed(self) -> int:
        """The course's secret seed for hidden inputs. `grading.seeds` draws it on first use; it is the same ever after.

        Raises:
            CourseError: there is none yet, or no number.
        """
        path = self.root / ".autograde" / "seed"
        try:
            text = path.read_text(encoding="ascii", errors="replace").strip()
        except FileNotFoundError:
            raise CourseError(f"There is no {path} yet. `autograde grade` draws it, or restore it.") from None
        if not (text.isascii() and text.isdigit()):
            raise CourseError(
                f"{path} should hold one whole number, the seed of the hidden inputs, but holds {escaped(text, 40)!r}. "
                "Restore it from a backup, or delete it to draw a new one (work whose feedback is not out is then "
                "graded anew)."
            )
        return int(text)

    def keep_seed(self, seed: int) -> int:
        """Write down a seed that was drawn, and return the one that counts: another run may have been first."""
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(self.private / "seed", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(f"{seed}\n")
        return self.seed()


def _folder(entry: os.DirEntry[str], assignment: str, composed: set[str]) -> Folder | None:
    """Look at one entry of submitted/; None where there is nothing of the assignment."""
    try:
        if entry.is_symlink():
            return Folder(entry.name, "The student's folder is a link, and no link is followed. Put the folder there.")
        if not entry.is_dir():
            return None
        mode = os.lstat(os.path.join(entry.path, assignment)).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return Folder(entry.name, f"The student's folder cannot be looked into: {error.strerror}.")
    return Folder(entry.name, _refusal(entry.name, mode, composed))


def _refusal(name: str, mode: int, composed: set[str]) -> str | None:
    if reason := refusal(name):
        return f"{reason} Rename it to the student's id."
    if name not in composed and unicodedata.normalize("NFC", name) in composed:
        return "Another folder's name looks the same and differs in bytes alone. Rename or remove one of them."
    if not stat.S_ISDIR(mode):
        return "The assignment's folder is a link or a file, and no link is followed. Put the folder there."
    return None
