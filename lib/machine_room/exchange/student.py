"""What students do: fetch an assignment, hand it in, fetch feedback.

Called by Assignment List and by nbgrader's commands.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any

from nbgrader.exchange.abc import ExchangeFetchAssignment, ExchangeFetchFeedback, ExchangeSubmit

from machine_room.translation import say

from .bundle import write_files
from .connection import HubExchange
from .service import Refused

__all__ = ["HubFetchAssignment", "HubFetchFeedback", "HubSubmit"]

SEE_IT = "from machine_room.exchange import handed_in; handed_in()"
#: nbgrader writes these when it collects; a copy among the work would be another hand-in's.
NBGRADERS = ("timestamp.txt", "submission_secret.txt")


class HubFetchAssignment(HubExchange, ExchangeFetchAssignment):  # type: ignore[misc] # nbgrader has no types
    """`nbgrader fetch_assignment`."""

    def init_src(self) -> None:
        self.files = self.service.files("courses", self.course, "assignments", self.coursedir.assignment_id)

    def init_dest(self) -> None:
        self.folder = self.own_folder(self.coursedir.assignment_id)
        if self.folder.is_dir() and not self.replace_missing_files:
            self.fail(say("You already have a copy of the assignment in this directory: {folder}", folder=self.folder))

    def copy_files(self) -> None:
        if not self.folder.exists():
            self.put_in_place(self.folder, self.files)
        else:
            missing = {path: content for path, content in self.files.items() if not (self.folder / path).exists()}
            write_files(self.folder, missing)
            self.log.warning(say("Put back: {files}", files=", ".join(missing) or say("nothing, all files are there")))
        self.log.info(
            say("Fetched as: {course} {assignment}", course=self.course, assignment=self.coursedir.assignment_id)
        )


class HubSubmit(HubExchange, ExchangeSubmit):  # type: ignore[misc] # nbgrader has no types
    """`nbgrader submit`."""

    def init_src(self) -> None:
        # nbgrader's command takes a path as well as a name.
        self.coursedir.assignment_id = PurePosixPath(self.coursedir.assignment_id).name
        self.folder = self.own_folder(self.coursedir.assignment_id)
        if not self.folder.is_dir():
            self.fail(
                say(
                    "Assignment not found at: {folder}. Go to the folder that your assignments are in.",
                    folder=self.folder,
                )
            )

    def init_dest(self) -> None:
        said = self.coursedir.student_id
        if said not in ("*", os.environ.get("JUPYTERHUB_USER", said)):
            self.fail(say("You cannot hand in as {said}: the hub knows who you are. Leave --student out.", said=said))

    def copy_files(self) -> None:
        assignment = self.coursedir.assignment_id
        files = {path: content for path, content in self.gathered(self.folder).items() if path not in NBGRADERS}
        self._compare(set(files))
        kept = self.service.send("courses", self.course, "assignments", assignment, "hand-ins", files=files)
        self.kept = kept
        self.log.info(
            say("Submitted as: {course} {assignment} {at}", course=self.course, assignment=assignment, at=kept["at"])
        )
        self._tell_what_comes(assignment, kept["number"])

    def _tell_what_comes(self, assignment: str, number: int) -> None:
        """Say where points can be seen, where the course has them at once. Nobody waits for them here."""
        name = own_name()
        if name is None:
            return
        place = ("courses", self.course, "assignments", assignment, "hand-ins", name, str(number), "answer")
        with suppress(Refused):  # it is handed in, whatever else
            if self.service.told(*place)["watched"]:
                self.log.info(say("Being graded. See it in the notebook: {line}", line=SEE_IT))

    def _compare(self, handed_in: set[str]) -> None:
        """Say which notebooks are missing, and refuse where nbgrader is told to be strict."""
        out = self.service.told("courses", self.course, "assignments")
        released = {path for one in out if one["assignment"] == self.coursedir.assignment_id for path in _paths(one)}
        missing = sorted(path for path in released - handed_in if path.endswith(".ipynb"))
        if missing and self.strict:
            self.fail(
                say("Not submitted: {missing} is missing. Fetch it again, or put it back.", missing=", ".join(missing))
            )
        if missing:
            self.log.warning(say("Submitted without: {missing}", missing=", ".join(missing)))


class HubFetchFeedback(HubExchange, ExchangeFetchFeedback):  # type: ignore[misc] # nbgrader has no types
    """`nbgrader fetch_feedback`."""

    def init_src(self) -> None:
        wanted = self.coursedir.assignment_id or None
        found = self.service.told("courses", self.course, "hand-ins", assignment=wanted, student=own_name())
        self.hand_ins = [one for one in found if one["feedback"]]
        if not self.hand_ins:
            self.log.warning(say("There is no feedback yet."))

    def init_dest(self) -> None:
        """Each hand-in's feedback goes beside the assignment that it is on."""

    def copy_files(self) -> None:
        for one in self.hand_ins:
            place = ("courses", self.course, "assignments", one["assignment"], "hand-ins", one["student"])
            pages = self.service.files(*place, str(one["number"]), "feedback")
            folder = self.own_folder(one["assignment"]) / "feedback" / one["at"]
            self.put_in_place(folder, pages)
            self.log.info(say("Fetched feedback: {folder}", folder=folder))


def own_name() -> str | None:
    """The name that the hub gave this server; the service asks the token all the same."""
    return os.environ.get("JUPYTERHUB_USER")


def _paths(released: dict[str, Any]) -> list[str]:
    return [str(path) for path, *_ in released["files"]]
