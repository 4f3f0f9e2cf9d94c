"""What one course settles for itself: `autograde.toml` at its root, which need not be there.

    # What students' code may import when it is graded, beside NumPy, Matplotlib, IPython and ipywidgets.
    libraries = ["scipy", "sympy"]

    # Packages of this course's own, with exercises and pictures; each lies in lib/ beside this file, or is installed.
    packages = ["my_course"]

    # What students read it in, by its letters; English where this is left out.
    language = "de"

    # The Python that students' code of ordinary assignments runs in, with its environment's libraries. A path from
    # this folder for all of them; or a table [python] with one for each, "*" for the others.
    python = "../course-env/bin/python"

    # Older editions that hand-ins may be made from; of an assignment that is not named: all in editions/.
    [editions]
    06-make-it-better = [1]

    # Limits that this course sets otherwise, by the names in the table of SECURITY.md.
    [limits]
    request_seconds = 30

    # How long what is recorded about students is kept; `autograde expire` removes what is older.
    [retention]
    submitted_days = 400

    # What a student's page tells: how far the hints of a check go, how far they stand open, how much of the class
    # had a check right.
    [feedback]
    hints = 2
    open_hints = 1
    share_right = true

    # What is graded as soon as it is handed in through a hub, and what the student sees of it (`watch`).
    [watch.01-backprop]
    show = "hints"
    attempts = 10

A key that is not known is refused: a slip of the pen must not be a setting that silently does nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from machine_room.translation import ENGLISH, LETTERS

from ..contract.failures import CourseError
from .libraries import Library, allowed
from .watch import Watch, parsed

__all__ = ["ANY", "FILE", "JUDGED_APART", "KEPT", "Feedback", "Settings", "SettingsError", "read_settings"]

FILE = "autograde.toml"
JUDGED_APART = (
    "autograde.toml names a python for it, and its tests are judged apart: there students' code runs in the "
    "environment that autograde runs in. Take it out of [python]."
)
ANY = "*"  # in [python]: every assignment that is not named
#: What can be kept for a number of days. Of these the ones that are made of hand-ins, and are made again while those
#: are there, cannot go before them.
KEPT = ("submitted_days", "autograded_days", "feedback_days", "journal_days", "exchange_days")
MADE_OF_HAND_INS = KEPT[1:4]
MOST_DAYS = 36_500
HINTS = (1, 2, 3)  # where it is wrong, what is behind it, the formula: as in `check(f, hint=2)`


class SettingsError(CourseError):
    """The course's settings cannot be read; the sentence names the file, what was expected, and what is there."""


@dataclass(frozen=True)
class Feedback:
    """What a student's page tells."""

    hints: int = HINTS[-1]  # the last step of a check's message that is there at all
    open_hints: int = 2  # the last one that stands open; those after it are folded
    share_right: bool = False  # how much of the class had a check right, where it is large enough


@dataclass(frozen=True)
class Settings:
    """The settings of a course; the defaults are those of a course without the file."""

    libraries: tuple[str, ...] = ()  # what students' code may import beyond `libraries.ALWAYS`, as pip names it
    editions: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # older ones that are graded, by assignment
    limits: Mapping[str, float] = field(default_factory=dict)  # those set otherwise; `inside.limits` knows their names
    retention: Mapping[str, int] = field(default_factory=dict)  # days, by the names in KEPT; what is not named stays
    feedback: Feedback = Feedback()
    watch: Mapping[str, Watch] = field(default_factory=dict)  # what is graded while the student watches
    packages: tuple[str, ...] = ()  # of the course's own, see `packages`
    language: str = ENGLISH  # that students read, see `catalogues`
    python: Mapping[str, str] = field(default_factory=dict)  # programs of environments, by assignment or ANY

    def allowed(self) -> tuple[Library, ...]:
        """The libraries that students' code may import.

        Raises:
            LibrariesError: one of them cannot be shown.
        """
        return allowed(self.libraries, self.packages)

    def python_of(self, assignment: str) -> str | None:
        """The program that an assignment's students' code runs in, as it is written; None: the one that grades."""
        return self.python.get(assignment, self.python.get(ANY))


def read_settings(root: Path) -> Settings:
    """Read the settings of the course at `root`.

    Raises:
        SettingsError: the file is no TOML, has a key that is not known, or a value of another type.
    """
    path = root / FILE
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{path} cannot be read: {error}. Expected TOML, as in `libraries = []`.") from None
    return _parsed(path, found)


def _parsed(path: Path, found: dict[str, Any]) -> Settings:
    known = [field.name for field in fields(Settings)]
    unknown = sorted(set(found) - set(known))
    if unknown:
        raise SettingsError(f"{path} sets {', '.join(unknown)}, which is no setting. Known: {', '.join(known)}.")
    libraries, editions = found.get("libraries", []), found.get("editions", {})
    if not isinstance(libraries, list) or not all(isinstance(name, str) for name in libraries):
        raise SettingsError(
            f'{path}: libraries should be a list of names in quotes, as in ["scipy"], not {libraries!r}.'
        )
    packages = found.get("packages", [])
    if not isinstance(packages, list) or not all(isinstance(name, str) for name in packages):
        raise SettingsError(
            f'{path}: packages should be a list of names in quotes, as in ["my_course"], not {packages!r}.'
        )
    if not isinstance(editions, dict) or not all(map(_is_list_of_editions, editions.values())):
        raise SettingsError(
            f"{path}: editions should be a table with a list of edition numbers for each assignment, as in "
            f"06-make-it-better = [1], not {editions!r}."
        )
    return Settings(
        tuple(libraries),
        {assignment: tuple(numbers) for assignment, numbers in editions.items()},
        _limits(path, found.get("limits", {})),
        _retention(path, found.get("retention", {})),
        _feedback(path, found.get("feedback", {})),
        _watch(path, found.get("watch", {})),
        tuple(packages),
        _language(path, found.get("language", ENGLISH)),
        _python(path, found.get("python", {})),
    )


def _language(path: Path, found: object) -> str:
    if not isinstance(found, str) or not LETTERS.fullmatch(found):
        raise SettingsError(f'{path}: language should be its letters in quotes, as in "de" or "pt_BR", not {found!r}.')
    return found


def _python(path: Path, found: object) -> Mapping[str, str]:
    by_assignment = {ANY: found} if isinstance(found, str) else found
    if not isinstance(by_assignment, dict) or not all(type(name) is str and name for name in by_assignment.values()):
        raise SettingsError(
            f'{path}: python should be the path of a program in quotes, as in "../course-env/bin/python", or a table '
            f"with one for each assignment, not {found!r}."
        )
    return by_assignment


def _watch(path: Path, found: object) -> Mapping[str, Watch]:
    try:
        return parsed(found)
    except ValueError as error:
        raise SettingsError(f"{path}: {error}") from None


def _limits(path: Path, found: object) -> Mapping[str, float]:
    if not isinstance(found, dict) or not all(type(value) in (int, float) for value in found.values()):
        raise SettingsError(
            f"{path}: limits should be a table of numbers, as in request_seconds = 30, not {found!r}. "
            "Their names are in SECURITY.md."
        )
    return found


def _retention(path: Path, found: object) -> Mapping[str, int]:
    if not isinstance(found, dict) or not all(type(days) is int and 0 < days <= MOST_DAYS for days in found.values()):
        raise SettingsError(
            f"{path}: retention should be a table of whole numbers of days, as in submitted_days = 400, not {found!r}."
        )
    if unknown := sorted(set(found) - set(KEPT)):
        raise SettingsError(
            f"{path}, in [retention]: {', '.join(unknown)} is not kept for a time. Known: {', '.join(KEPT)}."
        )
    for name in MADE_OF_HAND_INS:
        if name in found and found[name] < found.get("submitted_days", found[name] + 1):
            raise SettingsError(
                f"{path}, in [retention]: {name} = {found[name]} would go before the hand-ins it was made of, and be "
                f"made anew. Set submitted_days to {found[name]} or less."
            )
    return found


def _feedback(path: Path, found: object) -> Feedback:
    if not isinstance(found, dict):
        raise SettingsError(f"{path}: feedback should be a table, as in hints = 2, not {found!r}.")
    known = [field.name for field in fields(Feedback)]
    if unknown := sorted(set(found) - set(known)):
        raise SettingsError(f"{path}, in [feedback]: {', '.join(unknown)} is no setting. Known: {', '.join(known)}.")
    for name in ("hints", "open_hints"):
        if type(step := found.get(name, 1)) is not int or step not in HINTS:
            raise SettingsError(
                f"{path}, in [feedback]: {name} should be 1 (where it is wrong), 2 (also what is behind it) or 3 (also "
                f"the formula), not {step!r}."
            )
    if type(share := found.get("share_right", False)) is not bool:
        raise SettingsError(f"{path}, in [feedback]: share_right should be true or false, not {share!r}.")
    return Feedback(**found)


def _is_list_of_editions(value: object) -> bool:
    return isinstance(value, list) and all(type(number) is int and number > 0 for number in value)
