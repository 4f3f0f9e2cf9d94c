"""What there is: assignments that are out, and what was handed in.

Called by Assignment List, formgrader and `nbgrader list`. The dictionaries are nbgrader's: its pages read these keys.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Any

from nbgrader.exchange.abc import ExchangeList

from .connection import HubExchange
from .student import own_name

__all__ = ["HubList"]

Info = dict[str, Any]


class HubList(HubExchange, ExchangeList):  # type: ignore[misc] # nbgrader has no types
    """`nbgrader list`: `--inbound` what was handed in, by everybody for instructors; `--cached` one's own."""

    def init_src(self) -> None:
        """Nothing is read before it is listed."""

    init_dest = copy_files = init_src

    def list_files(self) -> list[Info]:
        """Return what there is, and log it a line each."""
        if self.inbound or self.cached:
            found = self._handed_in()
            lines = [_line(one) for info in found for one in info["submissions"]]
        else:
            found = self._released()
            lines = [f"{info['course_id']} {info['assignment_id']} ({info['status']})" for info in found]
        self.log.info("Submitted assignments:" if self.inbound or self.cached else "Released assignments:")
        for line in lines:
            self.log.info(line)
        return found

    def remove_files(self) -> list[Info]:
        """Hand assignments out no longer. What was handed in stays."""
        if self.inbound or self.cached:
            self.fail("What was handed in is kept, and cannot be removed here.")
        found = self._released()
        for info in found:
            self.service.remove("courses", info["course_id"], "assignments", info["assignment_id"])
            info["status"] = "removed"
            self.log.info("No longer handed out: %s %s", info["course_id"], info["assignment_id"])
        return found

    def _courses(self) -> list[str]:
        mine = [str(one["course"]) for one in self.service.told("courses")]
        wanted = self.coursedir.course_id
        return [course for course in mine if not wanted or course == wanted]

    def _released(self) -> list[Info]:
        wanted = self.coursedir.assignment_id
        return [
            self._out(course, one)
            for course in self._courses()
            for one in self.service.told("courses", course, "assignments")
            if not wanted or one["assignment"] == wanted
        ]

    def _out(self, course: str, one: Info) -> Info:
        folder = self._folder(course, one["assignment"])
        fetched = folder.is_dir()
        here = sorted(folder.glob("*.ipynb")) if fetched else [folder / name for name in _notebooks(one["files"])]
        notebooks = [{"notebook_id": path.stem, "path": str(path)} for path in here]
        return {
            "course_id": course, "assignment_id": one["assignment"], "status": "fetched" if fetched else "released",
            "path": str(folder), "notebooks": notebooks,
        }  # fmt: skip

    def _handed_in(self) -> list[Info]:
        student = own_name() if self.cached else self._said_student()
        return [info for course in self._courses() for info in self._handed_in_to(course, student)]

    def _handed_in_to(self, course: str, student: str | None) -> Iterable[Info]:
        wanted = self.coursedir.assignment_id or None
        found = self.service.told("courses", course, "hand-ins", assignment=wanted, student=student)

        def of_whom(one: Info) -> tuple[str, str]:
            return one["student"], one["assignment"]

        for (name, assignment), ones in groupby(sorted(found, key=of_whom), key=of_whom):
            yield {
                "course_id": course, "student_id": name, "assignment_id": assignment, "status": "submitted",
                "submissions": [self._submission(course, one) for one in ones],
            }  # fmt: skip

    def _said_student(self) -> str | None:
        said = str(self.coursedir.student_id)
        return None if said in ("", "*") else said

    def _folder(self, course: str, assignment: str) -> Path:
        parts = [course, assignment] if self.path_includes_course else [assignment]
        return Path(self.assignment_dir, *parts).absolute()

    def _submission(self, course: str, one: Info) -> Info:
        pages = self._folder(course, one["assignment"]) / "feedback" / one["at"]
        given = {path: digest for path, _, digest in one["feedback"]}
        notebooks = [_notebook(name, pages / f"{Path(name).stem}.html", given) for name in _notebooks(one["files"])]
        fetched = bool(notebooks) and all(notebook["has_local_feedback"] for notebook in notebooks)
        return {
            "course_id": course, "student_id": one["student"], "assignment_id": one["assignment"],
            "timestamp": one["at"], "status": "submitted", "path": str(self._folder(course, one["assignment"])),
            "notebooks": notebooks,
            "has_local_feedback": fetched,
            "has_exchange_feedback": bool(notebooks) and all(book["has_exchange_feedback"] for book in notebooks),
            "feedback_updated": any(notebook["feedback_updated"] for notebook in notebooks),
            "local_feedback_path": str(pages) if fetched else None,
        }  # fmt: skip


def _notebooks(files: list[list[Any]]) -> list[str]:
    """The notebooks at the top of an assignment: nbgrader looks no deeper."""
    paths = [PurePosixPath(path) for path, *_ in files]
    return sorted(path.name for path in paths if len(path.parts) == 1 and path.suffix == ".ipynb")


def _notebook(name: str, page: Path, given: dict[str, str]) -> Info:
    here = hashlib.sha256(page.read_bytes()).hexdigest() if page.is_file() else None
    there = given.get(page.name)
    return {
        "notebook_id": Path(name).stem,
        "path": name,
        "has_local_feedback": here is not None,
        "has_exchange_feedback": there is not None,
        "local_feedback_path": str(page) if here is not None else None,
        "feedback_updated": here is not None and there is not None and here != there,
    }


def _line(info: Info) -> str:
    if info["has_local_feedback"] and not info["feedback_updated"]:
        about = "feedback already fetched"
    else:
        about = "feedback ready to be fetched" if info["has_exchange_feedback"] else "no feedback available"
    return "{course_id} {student_id} {assignment_id} {timestamp}".format(**info) + f" ({about})"
