"""A class on a hub: fifty students list, fetch and hand in within a minute, and what one student's server weighs.

The hub is the one that `make hub` starts, the exchange the real one, and each student comes with a token of their own
that the hub gave them. Who hands in is the client of the library, which nbgrader's Assignment List uses on a hub.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests

from benchmarks.table import Table
from machine_room.exchange.service import Connection
from tools.hub import COURSE, RELEASED, Hub, prepare, running
from tools.kernel import Kernel

STUDENTS = int(os.environ.get("MACHINE_ROOM_STUDENTS", "50"))
SERVERS = 4  # that run at the same time while they are weighed
MINUTE = 60.0
MIB = 1 << 20
PLACE = ("courses", COURSE, "assignments", RELEASED)
ACTS = ("list", "fetch", "hand in")


@dataclass(frozen=True)
class Came:
    """One student's minute: seconds of each act, and the number under which their work was acknowledged."""

    student: str
    seconds: Mapping[str, float]
    number: str


class Visitor:
    """Somebody who is logged in at the hub."""

    def __init__(self, hub: Hub, name: str) -> None:
        self._hub, self._name = hub, name
        self._session = requests.Session()
        self._session.get(f"{hub.address}/hub/login", timeout=MINUTE)
        form = {"username": name, "password": hub.passwords[name], "_xsrf": self._xsrf()}
        self._session.post(f"{hub.address}/hub/login?next=/hub/home", data=form, timeout=MINUTE).raise_for_status()

    def _xsrf(self) -> str:
        return self._session.cookies.get("_xsrf", path="/hub/") or ""

    def ask(self, method: str, path: str, content: Any = None) -> Any:
        """Ask the hub about oneself."""
        address = f"{self._hub.address}/hub/api/users/{self._name}{path}"
        headers = {"X-XSRFToken": self._xsrf()}
        answer = self._session.request(method, address, json=content, headers=headers, timeout=3 * MINUTE)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def token(self, *scopes: str) -> str:
        return str(self.ask("POST", "/tokens", {"scopes": scopes})["token"])


def table() -> Table:
    """The load and the weight, on one hub."""
    students = [f"student{number:02}" for number in range(1, STUDENTS + 1)]
    with TemporaryDirectory() as scratch:
        hub = prepare(Path(scratch) / "hub", students=students)
        with running(hub):
            visitors = {name: Visitor(hub, name) for name in [*students, "ivy"]}
            tokens = {name: one.token("access:services!service=exchange") for name, one in visitors.items()}
            rows = [row for spread in (MINUTE, 0.0) for row in _load(hub, tokens, students, spread)]
            weight = list(_weight(hub, {name: visitors[name] for name in students[:SERVERS]}))
    return Table(
        f"A class of {STUDENTS} on a hub",
        ("what", "how many", "50 %", "95 %", "longest"),
        [*rows, *weight],
        notes=[
            "Seconds of real time at the exchange, with hub and students on the same machine. Memory in MiB is PSS: "
            "what is shared is divided among its users, so the sum of all is what the machine needs. A kernel has "
            "trained a network. Every hand-in is read back and compared, and has to be in the instructor's list: none "
            "was lost, or there is no table.",
        ],
    )


# --- load


def _load(hub: Hub, tokens: Mapping[str, str], students: Sequence[str], spread: float) -> list[tuple[str, ...]]:
    chance = random.Random(1)
    before = _listed(hub, tokens["ivy"])
    with ThreadPoolExecutor(len(students)) as pool:
        starts = [chance.uniform(0, spread) for _ in students]
        came = list(pool.map(lambda name, after: _minute(hub, name, tokens[name], after), students, starts))
    lost = _lost(came, _listed(hub, tokens["ivy"]), before)
    if lost:
        raise AssertionError(f"hand-ins were acknowledged and lost: {', '.join(lost)}")
    when = f"within {spread:.0f} s" if spread else "all at once"
    return [(f"{act}, {when}", f"{len(came)}", *_spread([one.seconds[act] for one in came], ".3f")) for act in ACTS]


def _minute(hub: Hub, name: str, token: str, after: float) -> Came:
    time.sleep(after)
    service = Connection(hub.exchange, token)
    seconds: dict[str, float] = {}

    def timed(act: str, do: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        result = do()
        seconds[act] = time.perf_counter() - start
        return result

    timed("list", lambda: service.told("courses", COURSE, "assignments"))
    files = timed("fetch", lambda: service.files(*PLACE))
    work = {
        path: content.replace(b"{", f'{{"{name}": {time.time_ns()}, '.encode(), 1) for path, content in files.items()
    }
    kept = timed("hand in", lambda: service.send(*PLACE, "hand-ins", files=work))
    back = service.files(*PLACE, "hand-ins", name, str(kept["number"]))
    if back != work:
        raise AssertionError(f"what {name} handed in came back as something else")
    return Came(name, seconds, str(kept["number"]))


def _listed(hub: Hub, token: str) -> set[tuple[str, str]]:
    found = Connection(hub.exchange, token).told("courses", COURSE, "hand-ins")
    return {(str(one["student"]), str(one["number"])) for one in found}


def _lost(came: Sequence[Came], after: set[tuple[str, str]], before: set[tuple[str, str]]) -> list[str]:
    return sorted(one.student for one in came if (one.student, one.number) not in after - before)


def _spread(values: Sequence[float], form: str) -> tuple[str, str, str]:
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    return format(statistics.median(values), form), format(cuts[18], form), format(max(values), form)


# --- weight


def _weight(hub: Hub, visitors: Mapping[str, Visitor]) -> Iterator[tuple[str, ...]]:
    with ThreadPoolExecutor(len(visitors)) as pool:
        list(pool.map(lambda item: _open(hub, *item), visitors.items()))
    servers, kernels = {}, {}
    for number, command, user in _processes():
        if user in visitors and "ipykernel" in command:
            kernels[user] = _mib(number)
        elif user in visitors and "singleuser" in command:
            servers[user] = _mib(number)
    assert set(servers) == set(kernels) == set(visitors)
    yield "a student's server, MiB", f"{len(servers)}", *_spread(list(servers.values()), ".0f")
    yield "its kernel, MiB", f"{len(kernels)}", *_spread(list(kernels.values()), ".0f")


def _open(hub: Hub, name: str, visitor: Visitor) -> None:
    visitor.ask("POST", "/server", {})  # an empty body would become a form on its way through the proxy
    deadline = time.monotonic() + 3 * MINUTE
    while not visitor.ask("GET", "")["server"]:
        assert time.monotonic() < deadline, f"the server of {name} does not start"
        time.sleep(0.5)
    kernel = Kernel(f"{hub.address}/user/{name}/", visitor.token(f"access:servers!user={name}"))
    said = kernel.run(WORKS)
    assert said.endswith("trained"), said


WORKS = """
from machine_room import activations, datasets, explore, network, optimizers, training
from machine_room.layers import Dense
x, labels = datasets.practice_digits()
net = network.Network([Dense(32, activation="relu"), Dense(10, activation="softmax")], inputs=64, loss="cross_entropy")
net.fit(x, labels, epochs=2, progress=False)
print("trained")
"""


def _processes() -> Iterator[tuple[int, str, str]]:
    """Every process that a hub started for somebody: its number, its command, whose it is."""
    for folder in Path("/proc").iterdir():
        with suppress(OSError):
            if folder.name.isdecimal():
                variables = (folder / "environ").read_bytes().split(b"\0")
                users = [one.partition(b"=")[2] for one in variables if one.startswith(b"JUPYTERHUB_USER=")]
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                if users:
                    yield int(folder.name), command.decode("utf-8", "replace"), users[0].decode()


def _mib(number: int) -> float:
    """The proportional set size of a process."""
    lines = Path(f"/proc/{number}/smaps_rollup").read_text(encoding="ascii").splitlines()
    [kilobytes] = [int(line.split()[1]) for line in lines if line.startswith("Pss:")]
    return kilobytes * 1024 / MIB
