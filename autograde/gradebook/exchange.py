"""One student in the exchange that work came through: nbgrader's shared folder, or a hub's exchange service.

*Trust*: in the shared folder everybody can write in anybody's name, and a secret that lies beside a hand-in is the
student's word.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..contract.failures import CourseError
from ..contract.records import Aside, Found, Place, Sink
from ..course.belongings import counted, entry_named, hand_over_below, is_older, things_in
from .database import course_config
from .giveback import SECRET, secret_in

if TYPE_CHECKING:
    from machine_room.exchange.service import Connection

__all__ = ["HubExchange", "SharedFolder", "exchanges"]

ADDRESS, TOKEN = "MACHINE_ROOM_EXCHANGE_URL", "JUPYTERHUB_API_TOKEN"
DEFAULT_ROOT = "/usr/local/share/nbgrader/exchange"  # nbgrader's


def exchanges(root: Path) -> tuple[Place, ...]:
    """The exchanges of a course that can be reached from here: a hub's by the environment, a folder where it is."""
    config = course_config(root)
    course = str(config.CourseDirectory.course_id) if "course_id" in config.CourseDirectory else ""
    if not course:
        return ()
    found: list[Place] = []
    if address := str(config.HubExchange.url) if "url" in config.HubExchange else os.environ.get(ADDRESS, ""):
        found.append(HubExchange(course, address))
    folder = Path(str(config.Exchange.root) if "root" in config.Exchange else DEFAULT_ROOT)
    if (folder / course).is_dir():
        found.append(SharedFolder(root, folder / course))
    return tuple(found)


@dataclass(frozen=True)
class SharedFolder:
    """nbgrader's exchange as a folder of this machine (`contract.records.Place`).

    Args:
        root: the course folder.
        folder: the course's in the exchange, with `inbound/` and `feedback/`.
    """

    root: Path
    folder: Path
    name: str = "exchange"
    about: str = "What you handed in through the shared exchange, every time, and the pages that wait there for you."

    def found(self, student: str) -> list[Found]:
        return [Found(str(path), counted(things_in(path))) for path in (*self._work(student), *self._pages(student))]

    def hand_over(self, student: str, sink: Sink) -> None:
        for path in self._work(student):
            hand_over_below(path, [self.name, "inbound", path.name], sink)
        for path in self._pages(student):
            hand_over_below(path, [self.name, "feedback", path.name], sink)

    def forget(self, student: str, aside: Aside) -> None:
        """Take out what whoever we are may take out. A hand-in is its student's own folder: only root removes it."""
        for path in (*self._pages(student), *self._work(student)):
            with contextlib.suppress(PermissionError):
                aside(path)

    def older(self, moment: float) -> list[Path]:
        """The hand-ins and pages that were put there before a moment, whoever's they are."""
        there = (*_sorted(self.folder / "inbound"), *_sorted(self.folder / "feedback"))
        return [path for path in there if is_older(path, moment)]

    def _work(self, student: str) -> list[Path]:
        """Their hand-ins, such as `ada+01-backprop+2026-11-20 12:00:00 UTC+abc`; not those of one called `ada+b`."""
        theirs = re.compile(re.escape(student) + r"\+[^+]+\+\d{4}-\d\d-\d\d [^+]*(\+[^+]*)?")
        return [path for path in _sorted(self.folder / "inbound") if theirs.fullmatch(path.name)]

    def _pages(self, student: str) -> list[Path]:
        """The pages that were released to them, under names made of a secret; of one that two have nobody's."""
        from nbgrader.utils import notebook_hash

        pages = self.root / "feedback"
        secrets = {
            folder: secret
            for theirs in _sorted(pages)
            for folder in _sorted(theirs)
            if (secret := secret_in(folder / SECRET))
        }
        mine = [folder for folder in secrets if folder.parent == pages / student]
        found = []
        for folder in mine:
            if sum(secret == secrets[folder] for secret in secrets.values()) == 1:
                for page in sorted(folder.glob("*.html")):
                    name = notebook_hash(secret=secrets[folder], notebook_id=page.stem)
                    found.append(entry_named(self.folder / "feedback", f"{name}.html"))
        return [path for path in found if path is not None]


def _sorted(folder: Path) -> list[Path]:
    try:
        return sorted(Path(entry.path) for entry in os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []


@dataclass(frozen=True)
class HubExchange:
    """A hub's exchange service, asked with the token of the server that we run in (`contract.records.Place`).

    Args:
        course: as the hub calls it.
        address: of the service.
    """

    course: str
    address: str
    name: str = "hub-exchange"
    about: str = "What you handed in through the hub's exchange, every time, with the server's time, and your feedback."

    def found(self, student: str) -> list[Found]:
        return [
            Found(f"the hub's exchange: {one['assignment']}, hand-in {one['number']}", _said(one))
            for one in self._told(student)
        ]

    def hand_over(self, student: str, sink: Sink) -> None:
        told = self._told(student)
        with self._asking() as service:
            for one in told:
                assignment, number = one["assignment"], str(one["number"])
                place = ("courses", self.course, "assignments", assignment, "hand-ins", student, number)
                kept = [self.name, assignment, number]
                _add(sink, [*kept, "files"], service.files(*place))
                for page in one["feedback"]:
                    files = service.files(*place, "feedback", number=str(page["number"]))
                    _add(sink, [*kept, "feedback", str(page["number"])], files)
        if told:
            record = json.dumps(told, indent=1, ensure_ascii=False).encode("utf-8", "backslashreplace")
            sink.add([self.name, "records.json"], io.BytesIO(record))

    def forget(self, student: str, aside: Aside) -> None:
        with self._asking() as service:
            service.remove("courses", self.course, "students", student)

    def expired(self, before: str) -> list[dict[str, Any]]:
        """The hand-ins that came before a moment."""
        with self._asking() as service:
            return list(service.told("courses", self.course, "expired", before=before))

    def expire(self, before: str) -> None:
        """Remove them, each with its feedback."""
        with self._asking() as service:
            service.remove("courses", self.course, "expired", before=before)

    def _told(self, student: str) -> list[dict[str, Any]]:
        with self._asking() as service:
            return list(service.told("courses", self.course, "students", student))

    @contextlib.contextmanager
    def _asking(self) -> Iterator[Connection]:
        """The service; where it refuses or does not answer, nothing else is begun."""
        from machine_room.exchange.service import Connection, Refused

        try:
            if not (token := os.environ.get(TOKEN)):
                raise Refused(f"{TOKEN} is not set here. Run the command in a terminal of the course's own server.")
            yield Connection(self.address, token)
        except Refused as refused:
            raise CourseError(
                f"The hub's exchange does not do it: {refused} To leave it out, take {ADDRESS} out of the environment."
            ) from None


def _said(one: dict[str, Any]) -> str:
    pages = len(one["feedback"])
    return f"{one['at']}, {one['size']:,} bytes" + (f", feedback {pages} times" if pages else "")


def _add(sink: Sink, above: Sequence[str], files: dict[str, bytes]) -> None:
    for path, content in files.items():
        sink.add([*above, *path.split("/")], io.BytesIO(content))
