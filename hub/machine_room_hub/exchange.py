"""What an exchange does: release, fetch, hand in, collect, give back. Who may do it is asked here, of every call.

Every method takes who is asking, as the hub knows them. Names of courses, assignments and people are strangers' words.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from . import bundle, names
from .people import Person, Role
from .refusals import Refusal, Status
from .store import Drawer, Sheet, Spool, Store

__all__ = ["Exchange", "Limits"]

RELEASED, HANDED_IN, FEEDBACK, ANSWERED = "released", "handed-in", "feedback", "answered"
OF_STUDENTS = (FEEDBACK, ANSWERED, HANDED_IN)  # in the order in which they are removed
Answer = dict[str, Any]


@dataclass(frozen=True)
class Limits:
    """What may come.

    Attributes:
        bundle_bytes: of all files of one release, hand-in or feedback.
        student_bytes: of all hand-ins of one student in one course.
        hand_ins: of one student in one assignment.
    """

    bundle_bytes: int = 100_000_000  # as nbgrader's max_dir_size
    student_bytes: int = 1_000_000_000
    hand_ins: int = 1000


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Exchange:
    """The exchange of all courses of a hub.

    Args:
        store: where everything is kept.
        limits: what may come.
        clock: the server's.
    """

    def __init__(self, store: Store, limits: Limits = Limits(), *, clock: Callable[[], datetime] = _utc_now) -> None:
        self.store = store
        self.limits = limits
        self._clock = clock

    # --- what instructors hand out

    def courses(self, person: Person) -> list[Answer]:
        """Every course that somebody is in."""
        return [{"course": course, "role": role.value} for course, role in sorted(person.roles.items())]

    def release(self, person: Person, course: str, assignment: str, spool: Spool, *, anew: bool) -> Answer:
        """Hand an assignment out. Where it is out already, only `anew`; what was out before is kept."""
        person.must_be(course, Role.INSTRUCTOR)
        drawer = self._released(course, assignment)
        last = drawer.last()
        if last is not None and not last.record["withdrawn"] and not anew:
            told = f"{assignment} is released already. Add --force to release it anew; work handed in stays."
            raise Refusal(Status.ALREADY_THERE, told)
        contents = self._contents(spool)
        record = {"by": person.name, "at": self._now(), "withdrawn": False, "files": _listed(contents)}
        return {"number": drawer.put(record, spool).number, "at": record["at"]}

    def withdraw(self, person: Person, course: str, assignment: str) -> Answer:
        """Hand an assignment out no longer. What was out is kept, and so is work that was handed in."""
        person.must_be(course, Role.INSTRUCTOR)
        self._out(course, assignment)
        record = {"by": person.name, "at": self._now(), "withdrawn": True, "files": []}
        return {"number": self._released(course, assignment).put(record).number, "at": record["at"]}

    def released(self, person: Person, course: str) -> list[Answer]:
        """Every assignment that is out."""
        person.must_be(course, Role.STUDENT, Role.INSTRUCTOR)
        found = []
        for folder in self.store.below(names.folder_of(course), RELEASED):
            last = self._released(course, unquote(folder)).last()
            if last is not None and not last.record["withdrawn"]:
                found.append({"assignment": unquote(folder), "at": last.record["at"], "files": last.record["files"]})
        return found

    def assignment(self, person: Person, course: str, assignment: str) -> Sheet:
        """What is out now of an assignment."""
        person.must_be(course, Role.STUDENT, Role.INSTRUCTOR)
        return self._out(course, assignment)

    # --- what students hand in

    def may_hand_in(self, person: Person, course: str, assignment: str) -> None:
        """Raise a refusal where somebody cannot hand in; asked before a byte is read."""
        person.must_be(course, Role.STUDENT, Role.INSTRUCTOR)
        if not person.is_user:
            raise Refusal(Status.FORBIDDEN, f"{names.shown(person.name)} is a service and hands nothing in.")
        self._out(course, assignment)
        if len(self._work(course, assignment, person.name).sheets()) >= self.limits.hand_ins:
            told = f"You handed this in {self.limits.hand_ins} times. Your last one counts; ask your instructor."
            raise Refusal(Status.TOO_LARGE, told)

    def hand_in(self, person: Person, course: str, assignment: str, spool: Spool) -> Answer:
        """Keep what somebody hands in, beside all that they handed in before. When this returns it is on the disk."""
        self.may_hand_in(person, course, assignment)
        contents = self._contents(spool)
        self._has_room(person.name, course, contents.size)
        record = {
            "student": person.name, "at": self._now(), "size": contents.size, "secret": secrets.token_hex(32),
            "files": _listed(contents),
        }  # fmt: skip
        return {"number": self._work(course, assignment, person.name).put(record, spool).number, "at": record["at"]}

    def hand_ins(
        self, person: Person, course: str, *, assignment: str | None = None, student: str | None = None
    ) -> list[Answer]:
        """Every hand-in that somebody may see: an instructor all, a student their own; the last one of each counts."""
        person.must_be(course, Role.STUDENT, Role.INSTRUCTOR)
        if person.roles[course] is not Role.INSTRUCTOR:
            self._own(person, course, student or person.name)
            student = person.name
        kept = self.store.below(names.folder_of(course), HANDED_IN)
        wanted = kept if assignment is None else [folder for folder in kept if unquote(folder) == assignment]
        return [told for folder in wanted for told in self._handed_in(person, course, unquote(folder), student)]

    def _handed_in(self, person: Person, course: str, assignment: str, student: str | None) -> Iterator[Answer]:
        for folder in self.store.below(names.folder_of(course), HANDED_IN, names.folder_of(assignment)):
            if student is not None and unquote(folder) != student:
                continue
            for sheet in self._work(course, assignment, unquote(folder)).sheets():
                page = self._pages(course, assignment, unquote(folder), sheet.number).last()
                told = {key: sheet.record[key] for key in ("student", "at", "files")}
                if person.roles[course] is Role.INSTRUCTOR:
                    told["secret"] = sheet.record["secret"]
                yield {
                    "assignment": assignment, "number": sheet.number, **told,
                    "feedback": page.record["files"] if page else [],
                    "answer": self.last_answer(course, assignment, unquote(folder), sheet.number),
                }  # fmt: skip

    def work(self, person: Person, course: str, assignment: str, student: str, number: int) -> Sheet:
        """One hand-in: for instructors, and for whoever handed it in."""
        self._own(person, course, student)
        return _there(self._work(course, assignment, student).sheet(number), "hand-in")

    # --- what comes back

    def give_back(
        self, person: Person, course: str, assignment: str, student: str, number: int, spool: Spool
    ) -> Answer:
        """Give feedback on one hand-in. Feedback given before is kept; the last one counts."""
        person.must_be(course, Role.INSTRUCTOR)
        self.work(person, course, assignment, student, number)
        contents = self._contents(spool)
        record = {"by": person.name, "at": self._now(), "files": _listed(contents)}
        return {"number": self._pages(course, assignment, student, number).put(record, spool).number}

    def feedback(
        self, person: Person, course: str, assignment: str, student: str, number: int, page: int | None = None
    ) -> Sheet:
        """The feedback on one hand-in, the last of it or one that came before: for instructors, and for whose it is."""
        self.work(person, course, assignment, student, number)
        pages = self._pages(course, assignment, student, number)
        return _there(pages.last() if page is None else pages.sheet(page), "feedback on it")

    # --- what the course's grader said at once (`answers`)

    def keep_answer(
        self, person: Person, course: str, assignment: str, student: str, number: int, said: Mapping[str, Any]
    ) -> Answer:
        """Keep what was said of one hand-in. What was said before is kept; the last of it counts."""
        self.work(person, course, assignment, student, number)
        record = {"by": person.name, "at": self._now(), "answer": dict(said)}
        return {"number": self._said(course, assignment, student, number).put(record).number}

    def last_answer(self, course: str, assignment: str, student: str, number: int) -> Answer | None:
        """What was said of one hand-in, and when; None: nothing yet."""
        last = self._said(course, assignment, student, number).last()
        return None if last is None else {"at": last.record["at"], **last.record["answer"]}

    def unanswered(self, course: str, assignment: str, student: str) -> Answer | None:
        """A student's last hand-in where nothing was said of it; None: it was, or there is none."""
        last = self._work(course, assignment, student).last()
        if last is None or self._said(course, assignment, student, last.number).last() is not None:
            return None
        record = last.record
        return {
            "assignment": assignment, "number": last.number, "student": student, "at": record["at"],
            "files": record["files"], "secret": record["secret"],
        }  # fmt: skip

    # --- what is recorded about one student, and how long

    def records(self, person: Person, course: str, student: str) -> list[Answer]:
        """Everything that is kept of a student in a course: every hand-in, and every page that came back for it."""
        person.must_be(course, Role.INSTRUCTOR)
        names.checked_folder("student", student)
        return [
            told for work, who in self._everyone(course) if who == student for told in self._kept(course, work, who)
        ]

    def forget(self, person: Person, course: str, student: str) -> Answer:
        """Remove everything of a student in a course. No student can; what is in other courses stays."""
        kept = self.records(person, course, student)
        for assignment, who in self._everyone(course):
            if who == student:
                for kind in OF_STUDENTS:
                    folders = (_folder("assignment", assignment), _folder("student", student))
                    self.store.discard(names.folder_of(course), kind, *folders)
        return {"forgotten": len(kept)}

    def expired(self, person: Person, course: str, before: str) -> list[Answer]:
        """The hand-ins of a course that came before a moment, as `records` tells them."""
        person.must_be(course, Role.INSTRUCTOR)
        moment = _moment(before)
        kept = (told for work, who in self._everyone(course) for told in self._kept(course, work, who))
        return [told for told in kept if _moment(told["at"]) < moment]

    def expire(self, person: Person, course: str, before: str) -> Answer:
        """Remove these, each with the pages that came back for it."""
        old = self.expired(person, course, before)
        for one in old:
            assignment, student, number = one["assignment"], one["student"], one["number"]
            folders = (_folder("assignment", assignment), _folder("student", student))
            for kind in (FEEDBACK, ANSWERED):
                self.store.discard(names.folder_of(course), kind, *folders, str(number))
            self._work(course, assignment, student).remove(number)
        return {"expired": len(old)}

    def _everyone(self, course: str) -> Iterator[tuple[str, str]]:
        """Every assignment and student of whom there is work or feedback."""
        folder = names.folder_of(course)
        found = {
            (unquote(assignment), unquote(student))
            for kind in OF_STUDENTS
            for assignment in self.store.below(folder, kind)
            for student in self.store.below(folder, kind, assignment)
        }
        yield from sorted(found)

    def _kept(self, course: str, assignment: str, student: str) -> Iterator[Answer]:
        for sheet in self._work(course, assignment, student).sheets():
            pages = self._pages(course, assignment, student, sheet.number).sheets()
            feedback = [{"number": page.number, **page.record} for page in pages]
            answers = [dict(said.record) for said in self._said(course, assignment, student, sheet.number).sheets()]
            yield {
                "assignment": assignment, "number": sheet.number, **sheet.record, "feedback": feedback,
                "answers": answers,
            }  # fmt: skip

    # --- rules

    def _own(self, person: Person, course: str, student: str) -> None:
        """Whether there is such work or not, who may not see it is told the same."""
        person.must_be(course, Role.STUDENT, Role.INSTRUCTOR)
        if person.roles[course] is not Role.INSTRUCTOR and not (person.is_user and person.name == student):
            raise Refusal(Status.FORBIDDEN, "This is another student's. You can see what you handed in yourself.")

    def _out(self, course: str, assignment: str) -> Sheet:
        last = self._released(course, assignment).last()
        return _there(last if last and not last.record["withdrawn"] else None, f"released assignment {assignment}")

    def _contents(self, spool: Spool) -> bundle.Contents:
        spool.file.seek(0)
        return bundle.opened(spool.file, most_bytes=self.limits.bundle_bytes)

    def _has_room(self, student: str, course: str, size: int) -> None:
        kept = self.store.below(names.folder_of(course), HANDED_IN)
        sheets = [sheet for folder in kept for sheet in self._work(course, unquote(folder), student).sheets()]
        if sum(sheet.record["size"] for sheet in sheets) + size > self.limits.student_bytes:
            told = f"With this you would have handed in more than {self.limits.student_bytes:,} bytes in this course."
            raise Refusal(Status.TOO_LARGE, f"{told} Take large files out, or ask your instructor.")

    def _now(self) -> str:
        return self._clock().strftime("%Y-%m-%d %H:%M:%S.%f UTC")

    # --- drawers

    def _released(self, course: str, assignment: str) -> Drawer:
        return self.store.drawer(names.folder_of(course), RELEASED, _folder("assignment", assignment))

    def _work(self, course: str, assignment: str, student: str) -> Drawer:
        folders = (_folder("assignment", assignment), _folder("student", student))
        return self.store.drawer(names.folder_of(course), HANDED_IN, *folders)

    def _pages(self, course: str, assignment: str, student: str, number: int) -> Drawer:
        folders = (_folder("assignment", assignment), _folder("student", student), str(number))
        return self.store.drawer(names.folder_of(course), FEEDBACK, *folders)

    def _said(self, course: str, assignment: str, student: str, number: int) -> Drawer:
        folders = (_folder("assignment", assignment), _folder("student", student), str(number))
        return self.store.drawer(names.folder_of(course), ANSWERED, *folders)


def _folder(kind: str, name: str) -> str:
    return names.checked_folder(kind, name)


def _moment(text: str) -> datetime:
    """A moment as this service writes it, or as ISO 8601 has it, with its zone."""
    with contextlib.suppress(ValueError, OverflowError):
        found = datetime.fromisoformat(text.replace(" UTC", "+00:00"))
        if found.tzinfo is not None:
            return found
    told = f"{names.shown(text)!r} is no moment with a zone, such as 2026-12-01T00:00:00+00:00. Nothing was removed."
    raise Refusal(Status.UNREADABLE, told)


def _there(sheet: Sheet | None, what: str) -> Sheet:
    if sheet is None:
        raise Refusal(Status.NOT_THERE, f"There is no {what}. Look at the list for what there is.")
    return sheet


def _listed(contents: bundle.Contents) -> list[list[Any]]:
    return [[file.path, file.size, file.sha256] for file in contents.files]
