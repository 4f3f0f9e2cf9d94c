"""What the exchange keeps of one student, or for too long: told to instructors, removed by them, and nothing else."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from machine_room.exchange.bundle import packed
from machine_room_hub.exchange import Exchange
from machine_room_hub.people import Person, Role
from machine_room_hub.store import Spool, Store
from tests.hub.served import COURSE, OTHER, PEOPLE, Served, served

STUDENTS = ("ada", "ada2", "ada.b", "ad", "zoë", "*")
PS1, PS2 = (f"courses/{COURSE}/assignments/{name}" for name in ("01-backprop", "02-activations"))
ONE = f"courses/{COURSE}/students"
IVY = PEOPLE["ivy"]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Served]:
    """Everybody handed two assignments in, the first one twice, and has two pages for the second time."""
    with served(tmp_path / "root") as service:
        fill(service.exchange)
        yield service


def fill(exchange: Exchange) -> None:
    for assignment in ("01-backprop", "02-activations"):
        exchange.release(IVY, COURSE, assignment, spool(exchange, "task"), anew=False)
    for student in STUDENTS:
        person = Person(student, True, {COURSE: Role.STUDENT})
        for assignment in ("01-backprop", "01-backprop", "02-activations"):
            exchange.hand_in(person, COURSE, assignment, spool(exchange, student))
        for page in ("first page", "second page"):
            exchange.give_back(IVY, COURSE, "01-backprop", student, 2, spool(exchange, f"{page} of {student}"))


def spool(exchange: Exchange, content: str) -> Spool:
    spool = exchange.store.spool()
    spool.file.write(packed({"work.txt": content.encode()}))
    return spool


def kept(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.name != "lock"
    }


def others(files: dict[str, bytes], folder: str) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if folder not in name.split("/")}


def test_everything_is_told_with_every_page_that_came_back(service: Served) -> None:
    told = service.ask("GET", f"{ONE}/ada", who="ivy").json()
    assert [(one["assignment"], one["number"]) for one in told] == [
        ("01-backprop", 1),
        ("01-backprop", 2),
        ("02-activations", 1),
    ]
    assert {one["student"] for one in told} == {"ada"}
    assert [page["by"] for page in told[1]["feedback"]] == ["ivy", "ivy"]
    pages = [
        service.ask("GET", f"{PS1}/hand-ins/ada/2/feedback?number={page['number']}", who="ivy").content
        for page in told[1]["feedback"]
    ]
    assert pages == [packed({"work.txt": f"{page} of ada".encode()}) for page in ("first page", "second page")]
    assert service.ask("GET", f"{PS1}/hand-ins/ada/2/feedback?number=3", who="ivy").status_code == 404


@pytest.mark.parametrize("student", ["ada", "ada.b", "zoë", "*"])
def test_who_is_forgotten_is_out_and_nobody_else(service: Served, student: str) -> None:
    root = service.exchange.store.root
    folder = {"ada.b": "ada%2Eb", "zoë": "zo%C3%AB", "*": "%2A"}.get(student, student)
    before = kept(root)
    assert service.ask("DELETE", f"{ONE}/{student}", who="formgrader").json() == {"forgotten": 3}
    assert kept(root) == others(before, folder) != before
    assert service.ask("GET", f"{ONE}/{student}", who="ivy").json() == []
    assert service.ask("DELETE", f"{ONE}/{student}", who="ivy").json() == {"forgotten": 0}
    assert list((root / ".discarded").iterdir()) == []


@pytest.mark.parametrize(
    "name", ["nobody", "ADA", "ad*", "?", "ada%2Fx", "%2E%2E", "%2E", ".hidden", "ada%0A", "zoe%CC%88", ""]
)
def test_a_name_that_is_nobodys_removes_nothing(service: Served, name: str) -> None:
    before = kept(service.exchange.store.root)
    answer = service.ask("DELETE", f"{ONE}/{name}", who="ivy")
    assert answer.status_code in (200, 400, 404)
    assert answer.status_code != 200 or answer.json() == {"forgotten": 0}
    assert kept(service.exchange.store.root) == before


def test_a_course_keeps_its_own(service: Served) -> None:
    root = service.exchange.store.root
    before = kept(root)
    for who, course in (("omar", COURSE), ("ada", COURSE), ("bob", COURSE), ("omar", OTHER)):
        answer = service.ask("DELETE", f"courses/{course}/students/ada", who=who)
        assert answer.status_code == (200 if course == OTHER else 403)
    assert kept(root) == before


def test_nobody_is_forgotten_while_they_hand_in(service: Served) -> None:
    host, port = service.url.split("/")[2].split(":")
    work = packed({"work.txt": b"later"})
    head = f"POST /services/exchange/{PS1}/hand-ins HTTP/1.1\r\nHost: {host}\r\nAuthorization: token ada\r\n"
    with socket.create_connection((host, int(port))) as slow:
        slow.sendall(f"{head}Content-Length: {len(work)}\r\nExpect: 100-continue\r\n\r\n".encode())
        assert slow.recv(100).startswith(b"HTTP/1.1 100")
        refused = service.ask("DELETE", f"{ONE}/ada", who="ivy")
        assert (refused.status_code, "Nothing was removed" in refused.json()["message"]) == (429, True)
        slow.sendall(work)
        assert slow.recv(100).startswith(b"HTTP/1.1 201")
    assert service.ask("DELETE", f"{ONE}/ada", who="ivy").json() == {"forgotten": 4}


def test_a_hand_in_after_that_has_no_old_page(service: Served) -> None:
    service.ask("DELETE", f"{ONE}/ada", who="ivy")
    told = service.ask("POST", f"{PS1}/hand-ins", who="ada", data=packed({"work.txt": b"new"}))
    assert told.json()["number"] == 1
    assert service.ask("GET", f"{PS1}/hand-ins/ada/1/feedback", who="ada").status_code == 404


def test_a_kill_at_any_step_is_mended_by_asking_again(tmp_path: Path) -> None:
    for step in itertools.count():
        root = tmp_path / f"{step}"
        store = Store(root)
        fill(Exchange(store))
        store.close()
        before = others(kept(root), "ada")
        child = os.fork()
        if not child:
            _forget_and_die(root, step)
        killed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        store = Store(root)  # as the service starts again
        Exchange(store).forget(IVY, COURSE, "ada")
        store.close()
        assert kept(root) == before, step
        assert list((root / ".discarded").iterdir()) == []
        if not killed:
            break
    assert step > 5


def _forget_and_die(root: Path, last: int) -> None:
    taken = itertools.count()
    store = Store(root)

    def step(event: str, _: object) -> None:
        if event in ("os.rename", "os.remove", "os.rmdir") and next(taken) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(step)
    try:
        Exchange(store).forget(IVY, COURSE, "ada")
    finally:
        os._exit(0)


# --- how long


def test_what_is_older_than_a_moment_goes_with_its_pages(tmp_path: Path) -> None:
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    store = Store(tmp_path / "root")
    exchange = Exchange(store, clock=lambda: now[0])
    fill(exchange)
    old = kept(store.root)
    now[0] += timedelta(days=100)
    fresh_work = Person("ada", True, {COURSE: Role.STUDENT})
    exchange.hand_in(fresh_work, COURSE, "01-backprop", spool(exchange, "new"))
    moment = "2026-02-01T00:00:00+00:00"
    assert len(exchange.expired(IVY, COURSE, moment)) == 3 * len(STUDENTS)
    assert exchange.expired(IVY, COURSE, "2026-01-01T00:00:00+00:00") == [], "as old is not older"
    assert kept(store.root).keys() > old.keys(), "asking removes nothing"
    assert exchange.expire(IVY, COURSE, moment) == {"expired": 3 * len(STUDENTS)}
    [left] = exchange.records(IVY, COURSE, "ada")
    assert (left["number"], left["feedback"]) == (3, [])
    assert exchange.hand_in(fresh_work, COURSE, "01-backprop", spool(exchange, "newer"))["number"] == 4
    assert [one["assignment"] for one in exchange.released(IVY, COURSE)] == ["01-backprop", "02-activations"]
    store.close()


@pytest.mark.parametrize("moment", ["", "tomorrow", "2026-01-01", "2026-01-01T00:00:00", "-1", "9" * 40])
def test_what_is_no_moment_removes_nothing(service: Served, moment: str) -> None:
    before = kept(service.exchange.store.root)
    answer = service.ask("DELETE", f"courses/{COURSE}/expired?before={moment}", who="ivy")
    assert answer.status_code == 400
    assert "Nothing was removed" in answer.json()["message"]
    assert kept(service.exchange.store.root) == before
