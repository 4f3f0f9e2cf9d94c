"""The exchange over HTTP without a hub: who has which token stands in a table. The rest is the service as it runs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import requests
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from machine_room_hub.exchange import Exchange, Limits
from machine_room_hub.handlers import HEADER_BYTES, application
from machine_room_hub.people import Person, Role
from machine_room_hub.refusals import Refusal, Status
from machine_room_hub.store import Store

USUAL = Limits()
PREFIX = "/services/exchange/"
COURSE, OTHER = "machine-room", "analysis"
PEOPLE = MappingProxyType(
    {
        "ada": Person("ada", True, {COURSE: Role.STUDENT}),
        "bob": Person("bob", True, {COURSE: Role.STUDENT}),
        "ivy": Person("ivy", True, {COURSE: Role.INSTRUCTOR}),
        "formgrader": Person("formgrader", False, {COURSE: Role.INSTRUCTOR}),
        "olga": Person("olga", True, {OTHER: Role.STUDENT}),  # of another course
        "omar": Person("omar", True, {OTHER: Role.INSTRUCTOR}),
        "eve": Person("eve", True, {}),  # on the hub, in no course
    }
)


@dataclass(frozen=True)
class TableDoor:
    """Everybody's token is their name."""

    people: Mapping[str, Person]
    seconds: float = 0.0  # that a hub takes to answer

    async def person(self, authorization: str) -> Person:
        await asyncio.sleep(self.seconds)
        try:
            return self.people[authorization.removeprefix("token ")]
        except KeyError:
            raise Refusal(Status.FORBIDDEN, "no token") from None


@dataclass(frozen=True)
class Served:
    """A service that answers."""

    url: str
    exchange: Exchange

    def ask(self, method: str, path: str, *, who: str | None, data: bytes | None = None) -> requests.Response:
        headers = {} if who is None else {"Authorization": f"token {who}"}
        return requests.request(method, self.url + path, headers=headers, data=data, timeout=60)


@contextmanager
def served(
    root: Path,
    limits: Limits = USUAL,
    *,
    door_seconds: float = 0.0,
    people: Mapping[str, Person] = PEOPLE,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[Served]:
    """Serve from a folder, in a thread of its own."""
    store = Store(root)
    exchange = Exchange(store, limits, clock=clock)
    [socket] = bind_sockets(0, "127.0.0.1")
    ready, loops = threading.Event(), []

    async def serve() -> None:
        stop = asyncio.Event()
        loops.append((asyncio.get_running_loop(), stop))
        app = application(exchange, TableDoor(people, door_seconds), PREFIX)
        server = HTTPServer(app, max_body_size=limits.bundle_bytes + HEADER_BYTES)
        server.add_sockets([socket])
        ready.set()
        await stop.wait()
        server.stop()
        await server.close_all_connections()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    ready.wait()
    try:
        yield Served(f"http://127.0.0.1:{socket.getsockname()[1]}{PREFIX}", exchange)
    finally:
        loop, stop = loops[0]
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        store.close()
