"""What instructors do: release, collect, give feedback back. Called by formgrader and by nbgrader's commands."""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.exchange.abc import ExchangeCollect, ExchangeReleaseAssignment, ExchangeReleaseFeedback
from nbgrader.utils import parse_utc

from .connection import HubExchange
from .service import Refused

__all__ = ["HubCollect", "HubReleaseAssignment", "HubReleaseFeedback"]

TIMESTAMP, SECRET = "timestamp.txt", "submission_secret.txt"
HandIn = dict[str, Any]


class HubReleaseAssignment(HubExchange, ExchangeReleaseAssignment):  # type: ignore[misc] # nbgrader has no types
    """`nbgrader release_assignment`."""

    def init_src(self) -> None:
        directory = self.coursedir
        self.folder = Path(directory.format_path(directory.release_directory, ".", directory.assignment_id))
        if not self.folder.is_dir():
            self.fail(f"Nothing to release at {self.folder}. Build the assignment first (`autograde build`).")

    def init_dest(self) -> None:
        """The service knows where."""

    def copy_files(self) -> None:
        place = ("courses", self.course, "assignments", self.coursedir.assignment_id)
        self.service.send(*place, files=self.gathered(self.folder), anew="1" if self.force else None)
        self.log.info("Released as: %s %s", self.course, self.coursedir.assignment_id)


class HubCollect(HubExchange, ExchangeCollect):  # type: ignore[misc] # nbgrader has no types
    """`nbgrader collect`: of each student the last hand-in, or the last before the due date, or the best."""

    def init_src(self) -> None:
        said = str(self.coursedir.student_id)
        student = None if said in ("", "*") else said
        wanted = self.coursedir.assignment_id
        found = self.service.told("courses", self.course, "hand-ins", assignment=wanted, student=student)
        due = self._due() if self.before_duedate else None
        self.chosen: dict[str, HandIn] = {}
        for one in found:  # each student's in their order
            in_time = due is None or parse_utc(one["at"]) <= due
            before = self.chosen.get(one["student"])
            # Where none was in time it is the last one, as nbgrader has it.
            if before is None or in_time or parse_utc(before["at"]) > due:
                self.chosen[one["student"]] = one
        # Where the course counts the best of those that were graded at once, its grader has said which one that is.
        numbers = {one["student"]: one["answer"]["counts"] for one in found if (one["answer"] or {}).get("counts")}
        self.chosen |= {one["student"]: one for one in found if one["number"] == numbers.get(one["student"])}

    def _due(self) -> datetime | None:
        from nbgrader.api import Gradebook, MissingEntry

        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook, suppress(MissingEntry):
            due: datetime | None = gradebook.find_assignment(self.coursedir.assignment_id).duedate
            return due
        return None

    def init_dest(self) -> None:
        """Each student has a folder."""

    def copy_files(self) -> None:
        if not self.chosen:
            self.log.warning("No submissions of '%s' to collect", self.coursedir.assignment_id)
        failures = []
        for student, one in sorted(self.chosen.items()):
            try:
                self._collect(student, one)
            except (Refused, OSError) as error:  # of one student; the others' work is collected all the same
                failures.append(f"{student}: {error}")
        if failures:
            self.fail("Not collected, all others are: " + "; ".join(failures))

    def _collect(self, student: str, one: HandIn) -> None:
        assignment = self.coursedir.assignment_id
        target = Path(self.coursedir.format_path(self.coursedir.submitted_directory, student, assignment))
        if target.is_dir() and not self._is_wanted(target, one):
            self.log.info("Submission already exists, use --update to update: %s %s", student, assignment)
            return
        place = ("courses", self.course, "assignments", assignment, "hand-ins", student, str(one["number"]))
        files = self.service.files(*place)
        # The server's word on time and identity takes the place of whatever the student's files say.
        files |= {TIMESTAMP: one["at"].encode("ascii"), SECRET: one["secret"].encode("ascii")}
        self.put_in_place(target, files, folder_mode=0o2770 if self.coursedir.groupshared else 0o700)
        self.log.info("Collected submission: %s %s", student, assignment)

    def _is_wanted(self, target: Path, one: HandIn) -> bool:
        kept = self.coursedir.get_existing_timestamp(str(target))
        handed_in = parse_utc(one["at"])
        if self.before_duedate:
            return bool(kept != handed_in)
        return bool(self.update and (kept is None or handed_in > kept))


class HubReleaseFeedback(HubExchange, ExchangeReleaseFeedback):  # type: ignore[misc] # nbgrader has no types
    """`nbgrader release_feedback`: each page to the hand-in that was graded for it."""

    def init_src(self) -> None:
        said = str(self.coursedir.student_id)
        excluded = set(str(self.coursedir.student_id_exclude).split(","))
        wanted = self.coursedir.assignment_id
        student = None if said in ("", "*") else said
        found = self.service.told("courses", self.course, "hand-ins", assignment=wanted, student=student)
        self.hand_ins: dict[str, list[HandIn]] = {}
        for one in found:
            if one["student"] not in excluded:
                self.hand_ins.setdefault(one["student"], []).append(one)

    def init_dest(self) -> None:
        """The service knows where."""

    def copy_files(self) -> None:
        failures = []
        for student, ones in sorted(self.hand_ins.items()):
            try:
                self._give_back(student, ones)
            except (Refused, OSError) as error:
                failures.append(f"{student}: {error}")
        for folder in self._of_nobody():
            self.log.warning("No hand-in came through the exchange for the feedback in %s", folder)
        if failures:
            self.fail("Feedback not released, all other is: " + "; ".join(failures))

    def _give_back(self, student: str, ones: list[HandIn]) -> None:
        folder = self._folder(student)
        pages = {path.name: path.read_bytes() for path in sorted(folder.glob("*.html"))}
        if not pages:
            return
        one = _graded(folder, ones)
        if one is None:
            raise Refused("no hand-in has the time or the secret that lies beside the page; grade it anew")
        if {name: hashlib.sha256(page).hexdigest() for name, page in pages.items()} == _given(one):
            return
        place = ("courses", self.course, "assignments", self.coursedir.assignment_id, "hand-ins", student)
        self.service.send(*place, str(one["number"]), "feedback", files=pages)
        self.log.info("Feedback released to %s on %s (%s)", student, self.coursedir.assignment_id, one["at"])

    def _folder(self, student: str) -> Path:
        directory = self.coursedir
        return Path(directory.format_path(directory.feedback_directory, student, directory.assignment_id))

    def _of_nobody(self) -> Iterator[str]:
        if self.coursedir.student_id in ("", "*") and not self.coursedir.student_id_exclude:
            known = {str(self._folder(student)) for student in self.hand_ins}
            yield from sorted(set(glob.glob(str(self._folder("*")))) - known)


def _graded(folder: Path, ones: list[HandIn]) -> HandIn | None:
    """The hand-in that a page is about: grading leaves its time beside the page, and its secret."""
    stamp, secret = (_said(folder / name) for name in (TIMESTAMP, SECRET))
    with suppress(ValueError, OverflowError):
        moment = parse_utc(stamp) if stamp else None
        if found := [one for one in ones if moment is not None and parse_utc(one["at"]) == moment]:
            return found[-1]
    return next((one for one in reversed(ones) if one["secret"] == secret), None)


def _said(path: Path) -> str:
    with suppress(OSError, ValueError):
        return path.read_text(encoding="utf-8").strip()
    return ""


def _given(one: HandIn) -> dict[str, str]:
    return {path: digest for path, _, digest in one["feedback"]}
