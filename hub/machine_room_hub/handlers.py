"""The exchange over HTTP: paths, methods, and the one way in which a refusal is told.

Who asks is found out from the Authorization header before a byte of a body is read. Cookies and tokens in an address
count for nothing, so no page elsewhere can make a browser ask in somebody's name.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
from dataclasses import dataclass, field
from typing import Any

from tornado.web import Application, RequestHandler, stream_request_body

from .answers import Answers, read_answer, read_paces
from .exchange import Exchange
from .people import Door, Person, Role
from .refusals import Refusal, Status
from .store import Sheet, Spool

__all__ = ["HEADER_BYTES", "application"]

LOG = logging.getLogger("machine_room_hub")
HEADER_BYTES = 2 << 20  # of a bundle, beside its files
CHUNK = 1 << 20
NAME = r"([^/]{1,1200})"  # quoted; the door for names says what it may be
NUMBER = r"([0-9]{1,9})"
FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass
class Service:
    """What the handlers share: the exchange, the door, and who is sending something just now."""

    exchange: Exchange
    door: Door
    answers: Answers
    sending: set[str] = field(default_factory=set)


def application(exchange: Exchange, door: Door, prefix: str) -> Application:
    """Return the web application of an exchange.

    Args:
        exchange: what it serves.
        door: what knows whose a token is.
        prefix: of every path, with a slash at both ends.
    """
    assignment = rf"courses/{NAME}/assignments/{NAME}"
    hand_in = rf"{assignment}/hand-ins/{NAME}/{NUMBER}"
    handlers = [
        ("health", Health),
        ("courses", Courses),
        (rf"courses/{NAME}/assignments", Assignments),
        (assignment, Assignment),
        (rf"courses/{NAME}/hand-ins", HandIns),
        (rf"courses/{NAME}/students/{NAME}", Student),
        (rf"courses/{NAME}/expired", Expired),
        (rf"{assignment}/hand-ins", HandIn),
        (hand_in, Work),
        (rf"{hand_in}/feedback", Feedback),
        (rf"courses/{NAME}/waiting", Waiting),
        (rf"{hand_in}/answer", Said),
    ]
    shared = {"service": Service(exchange, door, Answers(exchange))}
    return Application([(prefix + path, handler, shared) for path, handler in handlers], default_handler_class=Nothing)


class Handler(RequestHandler):
    """One request: the person is known before anything else happens."""

    person: Person

    def initialize(self, service: Service) -> None:
        self.service = service
        self.exchange = service.exchange

    async def prepare(self) -> None:
        self.person = await self.service.door.person(self.request.headers.get("Authorization", ""))

    def set_default_headers(self) -> None:
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Content-Security-Policy", "default-src 'none'; sandbox")

    def check_xsrf_cookie(self) -> None:
        """No cookie means anything here."""

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = (kwargs.get("exc_info") or (None, None, None))[1]
        if isinstance(error, Refusal):
            self.set_status(error.status)
            self.finish({"message": error.sentence})
        elif isinstance(error, OSError) and error.errno in FULL:
            self.set_status(Status.NO_SPACE)
            self.finish({"message": "The exchange's disk is full: nothing was kept. Tell whoever runs the hub."})
        else:
            self.finish({"message": f"The exchange could not do that ({status_code}). Try again, or tell who runs it."})

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if isinstance(value, Refusal):
            LOG.info("%s %s: %s", value.status.value, self.request.method, value.sentence)
        else:
            super().log_exception(typ, value, tb)

    def answer(self, value: Any, status: int = 200) -> None:
        """Send JSON."""
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(value))

    async def send(self, sheet: Sheet) -> None:
        """Send a sheet's bundle, piece by piece."""
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("X-Exchange-Number", str(sheet.number))
        with sheet.bundle.open("rb") as file:
            while chunk := file.read(CHUNK):
                self.write(chunk)
                await self.flush()
        await self.finish()

    def optional(self, name: str) -> str | None:
        """One argument of the query."""
        return self.get_query_argument(name, None)


class Nothing(RequestHandler):
    """Where there is nothing."""

    def prepare(self) -> None:
        self.set_status(Status.NOT_THERE)
        self.finish({"message": "There is nothing at this address."})


class Health(RequestHandler):
    """Whether the service answers; for the hub and for probes."""

    def initialize(self, service: Service) -> None:
        del service

    def get(self) -> None:
        self.finish({"status": "ok"})


class Courses(Handler):
    """The courses of whoever asks."""

    def get(self) -> None:
        self.answer(self.exchange.courses(self.person))


class Assignments(Handler):
    """What is out in a course."""

    def get(self, course: str) -> None:
        self.answer(self.service.answers.released(self.person, course))


class HandIns(Handler):
    """What was handed in in a course."""

    def get(self, course: str) -> None:
        wanted = {"assignment": self.optional("assignment"), "student": self.optional("student")}
        self.answer(self.exchange.hand_ins(self.person, course, **wanted))


class Student(Handler):
    """Everything that is kept of one student in a course: for its instructors, to hand over and to remove."""

    def get(self, course: str, student: str) -> None:
        self.answer(self.exchange.records(self.person, course, student))

    def delete(self, course: str, student: str) -> None:
        self.person.must_be(course, Role.INSTRUCTOR)
        if student in self.service.sending:
            raise Refusal(Status.BUSY, "They are handing something in just now. Nothing was removed: try again.")
        forgotten = self.exchange.forget(self.person, course, student)
        self.service.answers.changed(course)
        LOG.info("%s forgot a student of %s: %d hand-ins.", self.person.name, course, forgotten["forgotten"])
        self.answer(forgotten)


class Expired(Handler):
    """The hand-ins of a course that are older than it keeps them: for its instructors."""

    def get(self, course: str) -> None:
        self.answer(self.exchange.expired(self.person, course, self.get_query_argument("before", "")))

    def delete(self, course: str) -> None:
        before = self.get_query_argument("before", "")
        expired = self.exchange.expire(self.person, course, before)
        self.service.answers.changed(course)
        LOG.info("%s removed what came to %s before %s: %d.", self.person.name, course, before, expired["expired"])
        self.answer(expired)


class Work(Handler):
    """One hand-in."""

    async def get(self, course: str, assignment: str, student: str, number: str) -> None:
        await self.send(self.exchange.work(self.person, course, assignment, student, int(number)))


@stream_request_body
class Receiving(Handler):
    """A request that may bring a bundle. Its bytes go to a file as they come; one at a time from each person."""

    spool: Spool | None = None
    failed: OSError | None = None
    is_sending = False
    has_hung_up = False

    async def prepare(self) -> None:
        await super().prepare()
        if self.request.method != "POST" or self.has_hung_up:
            return  # who hung up while the hub was asked has no turn to give back later
        self.may_send(*map(str, self.path_args))
        most = self.exchange.limits.bundle_bytes + HEADER_BYTES
        if int(self.request.headers.get("Content-Length", "0")) > most:
            raise self._too_large()
        self.request.connection.set_max_body_size(most)  # type: ignore[union-attr] # an HTTP/1 connection has it
        if self.person.name in self.service.sending:
            raise Refusal(Status.BUSY, "You are handing something in already. Wait until that has arrived.")
        self.service.sending.add(self.person.name)
        self.is_sending = True
        self.spool = self.exchange.store.spool()

    def may_send(self, *names: str) -> None:
        """Raise a refusal before a byte is read, where it is known by then."""

    def data_received(self, chunk: bytes) -> None:
        if self.spool is None or self.failed is not None:
            return  # a body that nobody asked for
        try:
            self.spool.file.write(chunk)
        except OSError as error:  # told when all has come: an error in here would only cut the connection
            self.failed = error
            self.spool.close()

    def came(self) -> Spool:
        """What was sent."""
        if self.failed is not None:
            raise self.failed
        assert self.spool is not None
        return self.spool

    def on_finish(self) -> None:
        self._forget()

    def on_connection_close(self) -> None:
        self.has_hung_up = True
        super().on_connection_close()
        self._forget()

    def _forget(self) -> None:
        if self.spool is not None:
            self.spool.close()
        if self.is_sending:
            self.service.sending.discard(self.person.name)
            self.is_sending = False

    def _too_large(self) -> Refusal:
        told = f"The files have more than {self.exchange.limits.bundle_bytes:,} bytes together. Take large ones out."
        return Refusal(Status.TOO_LARGE, told)


class Assignment(Receiving):
    """An assignment that is out, or is to be."""

    def may_send(self, *names: str) -> None:
        self.person.must_be(names[0], Role.INSTRUCTOR)

    async def get(self, course: str, assignment: str) -> None:
        await self.send(self.exchange.assignment(self.person, course, assignment))

    def post(self, course: str, assignment: str) -> None:
        anew = self.optional("anew") == "1"
        self.answer(self.exchange.release(self.person, course, assignment, self.came(), anew=anew), 201)

    def delete(self, course: str, assignment: str) -> None:
        self.answer(self.exchange.withdraw(self.person, course, assignment))


class HandIn(Receiving):
    """Handing in."""

    def may_send(self, *names: str) -> None:
        self.exchange.may_hand_in(self.person, *names)

    def post(self, course: str, assignment: str) -> None:
        kept = self.exchange.hand_in(self.person, course, assignment, self.came())
        self.service.answers.changed(course)
        self.answer(kept, 201)


class Feedback(Receiving):
    """Feedback on one hand-in."""

    def may_send(self, *names: str) -> None:
        self.person.must_be(names[0], Role.INSTRUCTOR)

    async def get(self, course: str, assignment: str, student: str, number: str) -> None:
        page = self.optional("number")
        wanted = int(page) if page is not None and page.isascii() and page.isdigit() else None
        await self.send(self.exchange.feedback(self.person, course, assignment, student, int(number), wanted))

    def post(self, course: str, assignment: str, student: str, number: str) -> None:
        given = self.exchange.give_back(self.person, course, assignment, student, int(number), self.came())
        self.answer(given, 201)


class Patient(Handler):
    """A request that is answered when there is news, and not at all where its client has gone."""

    has_hung_up = False

    def on_connection_close(self) -> None:
        self.has_hung_up = True
        super().on_connection_close()

    def seconds(self) -> float:
        """How long the client waits."""
        with contextlib.suppress(ValueError):
            found = float(self.optional("seconds") or 0)
            return found if found > 0 else 0.0  # and not NaN
        return 0.0

    def say(self, value: Any) -> None:
        if not self.has_hung_up:
            self.answer(value)


class Waiting(Patient):
    """What waits for the course's grader."""

    async def get(self, course: str) -> None:
        wanted = self.get_query_arguments("assignment")
        paces = read_paces(wanted, self.get_query_arguments("pace"), self.optional("lanes") or "")
        self.say(
            await self.service.answers.waiting(
                self.person,
                course,
                wanted,
                after=self.optional("after") or "",
                seconds=self.seconds(),
                trouble=self.optional("trouble") or "",
                paces=paces,
            )
        )


class Said(Patient):
    """What the course's grader says of one hand-in."""

    async def get(self, course: str, assignment: str, student: str, number: str) -> None:
        place = self.optional("place") or ""
        asked = (self.person, course, assignment, student, int(number))
        self.say(await self.service.answers.seen(*asked, place=place, seconds=self.seconds()))

    def post(self, course: str, assignment: str, student: str, number: str) -> None:
        self.person.must_be(course, Role.INSTRUCTOR)
        self.exchange.work(self.person, course, assignment, student, int(number))
        said = read_answer(self.request.body)
        self.answer(self.service.answers.answer(self.person, course, assignment, student, int(number), said), 201)
