"""A hub's exchange service as a course's grader uses it: what waits for an answer, what came before, the answers.

The service knows who handed in and when; `submitted/` gets what it keeps, as `nbgrader collect` would write it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..contract.failures import CourseError
from ..contract.moments import parsed
from ..contract.names import escaped, refusal
from .database import course_config
from .giveback import SECRET
from .late import TIMESTAMP

if TYPE_CHECKING:
    from machine_room.exchange.service import Connection

__all__ = ["HandIn", "Hub", "HubError", "hub_of"]


class HubError(CourseError):
    """The exchange refuses, or does not answer."""


@dataclass(frozen=True)
class HandIn:
    """What somebody handed in, as the exchange tells it.

    Attributes:
        assignment, student, number: which one.
        at: when, as the service writes it.
        secret: goes beside the files, for nbgrader.
        answer: what was said of it last; None: nothing yet.
    """

    assignment: str
    student: str
    number: int
    at: str
    secret: str
    answer: Mapping[str, Any] | None = None

    @property
    def moment(self) -> datetime:
        found = parsed(self.at)
        if found is None:
            raise HubError(f"The exchange says that something was handed in at {escaped(self.at)!r}, which is no time.")
        return found

    @property
    def path(self) -> tuple[str, ...]:
        return ("assignments", self.assignment, "hand-ins", self.student, str(self.number))


@dataclass(frozen=True)
class Hub:
    """One course at the exchange. Every thread has a connection of its own.

    Args:
        root: the course folder.
        course: as the hub calls it.
        url: of the exchange; empty: the environment's.
        shared: the folder is a group's (nbgrader's `groupshared`).
    """

    root: Path
    course: str
    url: str = ""
    shared: bool = False
    _own: threading.local = field(default_factory=threading.local, repr=False, compare=False)

    def waiting(
        self,
        assignments: Iterable[str],
        *,
        after: str,
        seconds: float,
        trouble: str = "",
        paces: Mapping[str, float] | None = None,
        lanes: int = 1,
    ) -> tuple[str, list[HandIn]]:
        """Wait for news; return whose turn it is by now, and which hand-ins wait, the first one first.

        Args:
            assignments: those that are graded at once.
            after: the turn that was told last; empty: answer now.
            seconds: to wait at most.
            trouble: why the grader does not grade, for students.
            paces: seconds that one hand-in takes, by assignment, where something was measured.
            lanes: how many are graded at a time.
        """
        wanted = sorted(assignments)
        query = {"assignment": wanted, "after": after, "seconds": f"{seconds:.1f}", "trouble": trouble}
        measured = [f"{(paces or {}).get(assignment, 0.0):.3f}" for assignment in wanted]
        query |= {"pace": measured, "lanes": str(lanes)}
        told = self._asked("told", "waiting", **query)
        return str(told["turn"]), [_hand_in(one) for one in told["hand_ins"]]

    def hand_ins(self, assignment: str, student: str | None = None) -> list[HandIn]:
        """Everything that was handed in of an assignment, by one student or by all, each one's in their order."""
        return [_hand_in(one) for one in self._asked("told", "hand-ins", assignment=assignment, student=student)]

    def collect(self, one: HandIn) -> None:
        """Put a hand-in into `submitted/`, in the place of what is there."""
        from machine_room.exchange.service import put_in_place

        if reason := refusal(one.student):
            raise HubError(f"{escaped(one.student)} cannot be the name of a student's folder. {reason}")
        files = self._asked("files", *one.path)
        files |= {TIMESTAMP: one.at.encode("ascii"), SECRET: one.secret.encode("ascii")}
        folder = self.root / "submitted" / one.student / one.assignment
        put_in_place(folder, files, folder_mode=0o2770 if self.shared else 0o700)

    def drop(self, one: HandIn) -> None:
        """Take out of `submitted/` what `collect` put there, and the student's folder where nothing else is in it."""
        folder = self.root / "submitted" / one.student
        shutil.rmtree(folder / one.assignment, ignore_errors=True)
        with contextlib.suppress(OSError):
            folder.rmdir()

    def is_collected(self, one: HandIn) -> bool:
        """Whether this is the hand-in that lies in `submitted/`."""
        try:
            stamp = (self.root / "submitted" / one.student / one.assignment / TIMESTAMP).read_text(encoding="ascii")
        except (OSError, ValueError):
            return False
        return stamp.strip() == one.at

    def say(self, one: HandIn, answer: Mapping[str, Any]) -> None:
        """Leave an answer beside a hand-in; when this returns it is kept."""
        self._asked("say", *one.path, "answer", said=dict(answer))

    def _asked(self, what: str, *path: str, **query: Any) -> Any:
        from machine_room.exchange.service import Refused

        try:
            return getattr(self._connection(), what)("courses", self.course, *path, **query)
        except Refused as refused:
            raise HubError(str(refused)) from None

    def _connection(self) -> Connection:
        from machine_room.exchange.service import here

        if not hasattr(self._own, "connection"):
            self._own.connection = here(self.url)
        found: Connection = self._own.connection
        return found


def hub_of(root: Path) -> Hub:
    """Return the hub's exchange of a course.

    Raises:
        CourseError: the course has no name, or there is no exchange in this environment.
    """
    from machine_room.exchange.service import ADDRESS, TOKEN

    config = course_config(root)
    course = str(config.CourseDirectory.course_id) if "course_id" in config.CourseDirectory else ""
    if not course:
        raise CourseError(
            f"The course in {root} has no name. Say in nbgrader_config.py what the hub calls it: "
            "c.CourseDirectory.course_id."
        )
    url = str(config.HubExchange.url) if "url" in config.HubExchange else os.environ.get(ADDRESS, "")
    if not url or not os.environ.get(TOKEN):
        raise CourseError(
            f"There is no exchange here: {ADDRESS} or {TOKEN} is not set. Let the hub start this, as a service of the "
            "course (docs/operator.md)."
        )
    shared = bool(config.CourseDirectory.groupshared) if "groupshared" in config.CourseDirectory else False
    return Hub(root, course, url, shared)


def _hand_in(one: Mapping[str, Any]) -> HandIn:
    return HandIn(
        str(one["assignment"]), str(one["student"]), int(one["number"]), str(one["at"]), str(one["secret"]),
        one.get("answer"),
    )  # fmt: skip
