"""The exchange over HTTP: who may do what, as a table; and what is kept when the service is killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from machine_room.exchange.bundle import packed, unpacked
from machine_room_hub.exchange import Limits
from tests.hub.served import COURSE, OTHER, PEOPLE, Served, served

WORK = packed({"backprop.ipynb": b"{}", "data/a.csv": b"1,2"})
ASSIGNMENT = f"courses/{COURSE}/assignments/01-backprop"
HAND_IN = f"{ASSIGNMENT}/hand-ins"
SMALL = Limits(bundle_bytes=10_000, student_bytes=25_000, hand_ins=4)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("exchange") / "root", SMALL) as service:
        assert service.ask("POST", ASSIGNMENT, who="ivy", data=WORK).status_code == 201
        assert service.ask("POST", HAND_IN, who="ada", data=WORK).status_code == 201
        assert service.ask("POST", f"{HAND_IN}/ada/1/feedback", who="ivy", data=WORK).status_code == 201
        yield service


# Who may do what: method, path, and everybody to whom it is granted. To all others it is a 403.
EVERYBODY = [*PEOPLE, None, "no such token"]
IN_IT, TEACHING = {"ada", "bob", "ivy", "formgrader"}, {"ivy", "formgrader"}
GRANTED: list[tuple[str, str, set[str]]] = [
    ("GET", "courses", set(PEOPLE)),
    ("GET", f"courses/{COURSE}/assignments", IN_IT),
    ("GET", ASSIGNMENT, IN_IT),
    ("POST", f"{ASSIGNMENT}?anew=1", TEACHING),
    ("POST", f"courses/{COURSE}/assignments/new", TEACHING),
    ("DELETE", f"courses/{COURSE}/assignments/new", TEACHING),
    ("GET", f"courses/{COURSE}/hand-ins", IN_IT),
    ("GET", f"courses/{COURSE}/hand-ins?student=ada", {"ada", *TEACHING}),
    ("POST", HAND_IN, {"ada", "bob", "ivy"}),  # a service has no work of its own
    ("GET", f"{HAND_IN}/ada/1", {"ada", *TEACHING}),
    ("GET", f"{HAND_IN}/ada/77", {"ada", *TEACHING}),
    ("GET", f"{HAND_IN}/ada/1/feedback", {"ada", *TEACHING}),
    ("POST", f"{HAND_IN}/ada/1/feedback", TEACHING),
    ("GET", f"{HAND_IN}/ada/1/answer", {"ada", *TEACHING}),
    ("POST", f"{HAND_IN}/ada/77/answer", TEACHING),
    ("GET", f"courses/{COURSE}/waiting", TEACHING),
    ("GET", f"courses/{OTHER}/waiting", {"omar"}),
    ("GET", f"courses/{COURSE}/students/ada", TEACHING),
    ("DELETE", f"courses/{COURSE}/students/nobody", TEACHING),
    ("GET", f"courses/{OTHER}/students/ada", {"omar"}),
    ("DELETE", f"courses/{OTHER}/students/ada", {"omar"}),  # of their own course: ada's work here stays
    ("DELETE", "courses/no-such-course/students/ada", set()),
    ("GET", f"courses/{COURSE}/expired?before=2020-01-01T00:00:00Z", TEACHING),
    ("DELETE", f"courses/{COURSE}/expired?before=2020-01-01T00:00:00Z", TEACHING),
    ("DELETE", f"courses/{OTHER}/expired?before=2999-01-01T00:00:00Z", {"omar"}),
    ("GET", f"courses/{OTHER}/assignments", {"olga", "omar"}),
    ("POST", f"courses/{OTHER}/assignments/01-backprop?anew=1", {"omar"}),
    ("GET", "courses/no-such-course/assignments", set()),
]


@pytest.mark.parametrize(("method", "path", "granted"), GRANTED, ids=[f"{row[0]} {row[1]}" for row in GRANTED])
def test_who_may_do_what(method: str, path: str, granted: set[str], service: Served) -> None:
    data = WORK if method == "POST" else None
    answers = {who: service.ask(method, path, who=who, data=data) for who in EVERYBODY}
    refused = {who for who, answer in answers.items() if answer.status_code == 403}
    assert refused == set(EVERYBODY) - granted
    assert all(answers[who].status_code in (200, 201, 404, 409) for who in granted)
    assert all(answers[who].json()["message"].endswith(("token", ".")) for who in refused)


def test_there_is_no_way_to_change_or_remove_what_was_handed_in(service: Served) -> None:
    for path in (HAND_IN, f"{HAND_IN}/ada/1", f"{HAND_IN}/ada/1/feedback", f"courses/{COURSE}/hand-ins"):
        for method in ("DELETE", "PUT", "PATCH"):
            assert service.ask(method, path, who="ivy").status_code == 405, (method, path)
    for who in ("ada", "ivy"):
        assert service.ask("POST", f"{HAND_IN}/ada/1", who=who, data=WORK).status_code == 405


def test_a_token_in_a_cookie_or_an_address_counts_for_nothing(service: Served) -> None:
    url = f"{service.url}courses"
    assert requests.get(url, params={"token": "ada"}, timeout=60).status_code == 403
    assert requests.get(url, cookies={"jupyterhub-services": "ada"}, timeout=60).status_code == 403


def test_the_secret_of_a_hand_in_is_for_instructors(service: Served) -> None:
    path = f"courses/{COURSE}/hand-ins"
    assert all("secret" in one for one in service.ask("GET", path, who="ivy").json())
    mine = service.ask("GET", path, who="ada").json()
    assert mine
    assert not [one for one in mine if "secret" in one]


def test_a_student_sees_their_own_hand_ins_alone(service: Served) -> None:
    assert service.ask("POST", HAND_IN, who="bob", data=WORK).status_code == 201
    path = f"courses/{COURSE}/hand-ins"
    assert {one["student"] for one in service.ask("GET", path, who="bob").json()} == {"bob"}
    assert {one["student"] for one in service.ask("GET", path, who="ivy").json()} >= {"ada", "bob"}


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path / "root", SMALL) as service:
        assert service.ask("POST", ASSIGNMENT, who="ivy", data=WORK).status_code == 201
        yield service


def test_every_hand_in_is_kept_and_the_last_one_is_last(fresh: Served) -> None:
    contents = [packed({"backprop.ipynb": content}) for content in (b"one", b"two", b"one")]
    told = [fresh.ask("POST", HAND_IN, who="ada", data=content).json() for content in contents]
    assert [one["number"] for one in told] == [1, 2, 3]
    assert sorted({one["at"] for one in told}) == [one["at"] for one in told]
    kept = [fresh.ask("GET", f"{HAND_IN}/ada/{number}", who="ivy").content for number in (1, 2, 3)]
    assert kept == contents


def test_the_time_is_the_servers_whatever_the_student_says(fresh: Served) -> None:
    backdated = packed({"backprop.ipynb": b"{}", "timestamp.txt": b"2020-01-01 00:00:00 UTC"})
    headers = {"Authorization": "token ada", "Date": "Wed, 01 Jan 2020 00:00:00 GMT"}
    address = f"{fresh.url}{HAND_IN}"
    told = requests.post(address, params={"at": "2020-01-01"}, headers=headers, data=backdated, timeout=60).json()
    assert told["at"] > "2026"
    assert told["at"].endswith(" UTC")


def test_what_is_not_out_cannot_be_fetched_or_handed_in(fresh: Served) -> None:
    nowhere = f"courses/{COURSE}/assignments/02-none"
    assert fresh.ask("GET", nowhere, who="ada").status_code == 404
    assert fresh.ask("POST", f"{nowhere}/hand-ins", who="ada", data=WORK).status_code == 404
    assert fresh.ask("DELETE", ASSIGNMENT, who="ivy").status_code == 200
    assert fresh.ask("GET", ASSIGNMENT, who="ada").status_code == 404
    assert fresh.ask("GET", f"courses/{COURSE}/assignments", who="ada").json() == []
    assert fresh.ask("POST", ASSIGNMENT, who="ivy", data=WORK).status_code == 201


def test_a_release_is_not_replaced_by_accident(fresh: Served) -> None:
    other = packed({"backprop.ipynb": b"new"})
    refused = fresh.ask("POST", ASSIGNMENT, who="ivy", data=other)
    assert refused.status_code == 409
    assert "--force" in refused.json()["message"]
    assert fresh.ask("GET", ASSIGNMENT, who="ada").content == WORK
    assert fresh.ask("POST", f"{ASSIGNMENT}?anew=1", who="ivy", data=other).status_code == 201
    assert unpacked(fresh.ask("GET", ASSIGNMENT, who="ada").content) == {"backprop.ipynb": b"new"}


def big(size: int) -> bytes:
    return packed({"a": b"x" * size})


def test_sizes_are_capped(fresh: Served) -> None:
    assert fresh.ask("POST", HAND_IN, who="ada", data=big(10_001)).status_code == 413
    assert fresh.ask("POST", HAND_IN, who="ada", data=big(10_000)).status_code == 201
    assert fresh.ask("POST", HAND_IN, who="ada", data=big(10_000)).status_code == 201
    refused = fresh.ask("POST", HAND_IN, who="ada", data=big(10_000))  # more than 25,000 together
    assert refused.status_code == 413
    assert "25,000" in refused.json()["message"]
    assert fresh.ask("POST", HAND_IN, who="bob", data=big(10_000)).status_code == 201


def test_the_number_of_hand_ins_is_capped(fresh: Served) -> None:
    assert [fresh.ask("POST", HAND_IN, who="ada", data=WORK).status_code for _ in range(5)] == [201] * 4 + [413]


def test_a_body_that_is_too_large_is_refused_before_it_is_read(fresh: Served) -> None:
    headers = {"Authorization": "token ada", "Content-Length": str(10**12)}
    refused = requests.post(f"{fresh.url}{HAND_IN}", data=iter([b"x"]), headers=headers, timeout=60)
    assert refused.status_code in (400, 413)
    assert list((fresh.exchange.store.root / "incoming").iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"{}", b'[["../a", 0]]\n', b'[["a", 5]]\nab'],
    ids=["empty", "line", "dict", "path", "short"],
)
def test_what_is_no_bundle_is_refused_and_not_kept(content: bytes, fresh: Served) -> None:
    refused = fresh.ask("POST", HAND_IN, who="ada", data=content)
    assert refused.status_code == 400
    assert fresh.ask("GET", f"courses/{COURSE}/hand-ins", who="ada").json() == []
    assert list((fresh.exchange.store.root / "incoming").iterdir()) == []


@pytest.mark.parametrize("name", ["..", ".", ".ssh", "a%2Fb", "a%0Ab", "%E2%80%AE", "a" * 129, "%00", "a%5Cb"])
def test_a_name_that_leads_elsewhere_is_refused(name: str, fresh: Served) -> None:
    # Sent as it is: the client's library would fold the dots.
    request = requests.Request("POST", fresh.url, headers={"Authorization": "token ivy"}, data=WORK).prepare()
    request.url = f"{fresh.url}courses/{COURSE}/assignments/{name}"
    with requests.Session() as session:
        assert session.send(request, timeout=60).status_code in (400, 404)
    assert [path.name for path in (fresh.exchange.store.root / COURSE / "released").iterdir()] == ["01-backprop"]


SERVICE = """
import sys, time
from pathlib import Path
from tests.hub.served import served
with served(Path(sys.argv[1])) as service:
    print(service.url, flush=True)
    time.sleep(600)
"""


def test_a_service_that_is_killed_keeps_all_that_it_acknowledged(tmp_path: Path) -> None:
    """Killed while one hand-in is half way, and after others were told that theirs had arrived."""
    root = tmp_path / "root"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    command = [sys.executable, "-c", SERVICE, str(root)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        ask = Served(url, None).ask  # type: ignore[arg-type] # the exchange is in the other process
        assert ask("POST", ASSIGNMENT, who="ivy", data=WORK).status_code == 201
        told = [ask("POST", HAND_IN, who=who, data=WORK).json() for who in ("ada", "bob", "ada")]

        def half_of_it() -> Iterator[bytes]:
            yield WORK[:10]
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            yield WORK[10:]

        with pytest.raises(requests.ConnectionError):
            ask("POST", HAND_IN, who="bob", data=half_of_it())  # type: ignore[arg-type] # requests takes these, too
    with served(root) as service:
        kept = service.ask("GET", f"courses/{COURSE}/hand-ins", who="ivy").json()
        assert sorted((one["student"], one["number"], one["at"]) for one in kept) == sorted(
            (who, one["number"], one["at"]) for who, one in zip(("ada", "bob", "ada"), told, strict=True)
        )


def test_one_person_sends_one_thing_at_a_time_and_holds_up_nobody_else(fresh: Served) -> None:
    host, port = fresh.url.split("/")[2].split(":")
    head = f"POST /services/exchange/{HAND_IN} HTTP/1.1\r\nHost: {host}\r\nAuthorization: token ada\r\n"
    with socket.create_connection((host, int(port))) as slow:
        slow.sendall(f"{head}Content-Length: {len(WORK)}\r\nExpect: 100-continue\r\n\r\n".encode())
        assert slow.recv(100).startswith(b"HTTP/1.1 100")  # so it is being received
        refused = fresh.ask("POST", HAND_IN, who="ada", data=WORK)
        assert refused.status_code == 429
        assert "already" in refused.json()["message"]
        assert fresh.ask("POST", HAND_IN, who="bob", data=WORK).status_code == 201
        slow.sendall(WORK)
        assert slow.recv(100).startswith(b"HTTP/1.1 201")
    assert fresh.ask("POST", HAND_IN, who="ada", data=WORK).json()["number"] == 2


@pytest.mark.parametrize("door_seconds", [0.0, 0.2], ids=["while it sends", "while the hub is asked"])
@pytest.mark.parametrize("sent", [0, 10], ids=["before the body", "in the body"])
def test_who_hangs_up_can_hand_in_again(door_seconds: float, sent: int, tmp_path: Path) -> None:
    with served(tmp_path / "root", SMALL, door_seconds=door_seconds) as service:
        assert service.ask("POST", ASSIGNMENT, who="ivy", data=WORK).status_code == 201
        host, port = service.url.split("/")[2].split(":")
        head = f"POST /services/exchange/{HAND_IN} HTTP/1.1\r\nHost: {host}\r\nAuthorization: token ada\r\n"
        for _ in range(3):
            with socket.create_connection((host, int(port))) as gone:
                gone.sendall(f"{head}Content-Length: {len(WORK)}\r\n\r\n".encode() + WORK[:sent])
        # The service may hear of the last one's end a moment after this; it must hear of it.
        answers = (service.ask("POST", HAND_IN, who="ada", data=WORK).status_code for _ in range(100))
        assert 201 in answers
        assert list((service.exchange.store.root / "incoming").iterdir()) == []
