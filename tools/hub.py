"""A hub on this machine with the course in it, to try it or to test it: one instructor, three students, formgrader.

Run by `make hub`. Everything is kept in my-hub/; delete that to begin anew.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
CONFIG = REPOSITORY / "hub" / "local" / "jupyterhub_config.py"
INSTRUCTORS, STUDENTS = ("ivy",), ("ada", "bob", "eve")
RELEASED = "01-backprop"
#: Graded as soon as it is handed in; docs/instructor.md has the settings.
WATCHED = f"""[watch.{RELEASED}]
show = "hints"
attempts = 20
"""
COURSE = "machine-room"
READY = "JupyterHub is now running"  # the proxy answers before the hub does
SECONDS = 300


@dataclass(frozen=True)
class Hub:
    """A hub that answers.

    Attributes:
        address: where browsers go.
        folder: where everything is kept.
        passwords: of everybody.
        api: where servers ask the hub.
        exchange: where servers reach the exchange.
        token: of the course's own server.
        python: of the environment that all of it runs in.
    """

    address: str
    folder: Path
    passwords: dict[str, str]
    api: str
    exchange: str
    token: str
    python: Path = Path(sys.executable)

    def home(self, user: str) -> Path:
        """A user's folder."""
        return self.folder / "homes" / user

    @property
    def course(self) -> Path:
        """The course's folder."""
        return self.folder / "course"


def prepare(
    folder: Path,
    port: int | None = None,
    *,
    lab_arguments: Sequence[str] = (),
    students: Sequence[str] = STUDENTS,
    others: Sequence[str] = (),
    python: Path = Path(sys.executable),
) -> Hub:
    """Make a course, homes and passwords where there are none yet, and choose ports that are free.

    Args:
        folder: where everything is kept.
        port: where browsers go; None: any that is free.
        lab_arguments: for students' JupyterLab.
        students: of the course.
        others: users of the hub who are in no course.
        python: of the environment that all of it runs in.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / "course").exists():
        autograde = python.with_name("autograde")
        subprocess.run([str(autograde), "init", str(folder / "course")], check=True, stdout=subprocess.DEVNULL)
        (folder / "course" / "autograde.toml").write_text(WATCHED, encoding="utf-8")
    for user in (*INSTRUCTORS, *students, *others, f"grader-{COURSE}"):
        (folder / "homes" / user).mkdir(parents=True, exist_ok=True)
    ports = free_ports("hub", "api", "proxy", "exchange", "grader") | ({"hub": port} if port else {})
    told = folder / "hub.json"
    kept: dict[str, Any] = json.loads(told.read_text()) if told.exists() else _secrets([*students, *others])
    as_root = ["--allow-root"] if os.geteuid() == 0 else []
    content = {
        **kept, "ports": ports, "instructors": INSTRUCTORS, "students": students, "as_root": as_root,
        "lab_arguments": list(lab_arguments),
    }  # fmt: skip
    told.touch(mode=0o600)
    told.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return Hub(
        f"http://127.0.0.1:{ports['hub']}", folder, kept["passwords"], f"http://127.0.0.1:{ports['api']}/hub/api",
        f"http://127.0.0.1:{ports['exchange']}/services/exchange/", kept["token"], python,
    )  # fmt: skip


def _secrets(people: Sequence[str]) -> dict[str, Any]:
    passwords = {user: secrets.token_hex(4) for user in (*INSTRUCTORS, *people)}
    return {"passwords": passwords, "token": secrets.token_hex(32)}


def free_ports(*names: str) -> dict[str, int]:
    """A port for each name, that nothing listens on."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in names]
        return {name: int(one.getsockname()[1]) for name, one in zip(names, sockets, strict=True)}


@contextmanager
def running(hub: Hub) -> Iterator[subprocess.Popen[bytes]]:
    """Start a hub, and end it with all that it started.

    Raises:
        RuntimeError: it ended before it was ready, or took too long; the message holds what it said.
    """
    environment = {**os.environ, "MACHINE_ROOM_HUB": str(hub.folder), "PYTHONWARNINGS": "ignore"}
    environment.pop("JUPYTERHUB_API_TOKEN", None)  # of a hub that this one may run in
    log = hub.folder / "hub.log"
    command = [str(hub.python), "-m", "jupyterhub", "--config", str(CONFIG)]
    with log.open("wb") as sink:
        process = subprocess.Popen(
            command, cwd=hub.folder, env=environment, stdout=sink, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        _wait_until_ready(process, log)
        _release(hub)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=SECONDS)
        _end_what_is_left(hub)


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while READY not in log.read_text(errors="replace"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"The hub did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.1)


def _end_what_is_left(hub: Hub) -> None:
    """A hub that dies while it starts leaves its proxy and its services behind; the grader process outlives any hub."""
    left = {
        "proxy.pid": "configurable-http-proxy",
        "exchange/lock": "machine_room_hub",
        "course/.autograde/serve.pid": "autograde",
    }
    for file, program in left.items():
        with suppress(OSError, ValueError):
            number = int((hub.folder / file).read_text())
            if program in Path(f"/proc/{number}/cmdline").read_text():  # and not another one that got its number
                os.kill(number, signal.SIGTERM)


def _release(hub: Hub) -> None:
    """Hand the first assignment out, once, so that there is something to fetch: what formgrader's Release does."""
    if (hub.folder / "exchange" / COURSE / "released" / RELEASED).exists():
        return
    done = nbgrader(hub, "release_assignment", RELEASED)
    if done.returncode:
        raise RuntimeError(f"The hub runs, but the assignment could not be released:\n{done.stderr}")


def nbgrader(hub: Hub, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of nbgrader's commands as the instructor does in a terminal of the course's server."""
    command = [str(hub.python), "-m", "nbgrader", *arguments]
    return subprocess.run(command, cwd=hub.course, env=terminal(hub), capture_output=True, text=True, check=False)


def terminal(hub: Hub) -> dict[str, str]:
    """The environment of a terminal of the course's server."""
    return {
        **os.environ,
        "JUPYTERHUB_API_TOKEN": hub.token,
        "JUPYTERHUB_USER": f"grader-{COURSE}",
        "MACHINE_ROOM_EXCHANGE_URL": hub.exchange,
        "JUPYTER_CONFIG_PATH": str(CONFIG.parent / "grader"),
        "HOME": str(hub.home(f"grader-{COURSE}")),
        "PATH": f"{hub.python.parent}:{os.environ['PATH']}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.hub", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="where browsers go (default: 8000)")
    parser.add_argument("--folder", type=Path, default=REPOSITORY / "my-hub", help="where everything is kept")
    told = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # so that the hub ends with this program
    hub = prepare(told.folder.resolve(), told.port)
    print("The hub starts; this takes half a minute.", flush=True)
    with running(hub) as process:
        print(_page(hub), flush=True)
        try:
            process.wait()
        except KeyboardInterrupt:
            print("\nThe hub ends.")


def _page(hub: Hub) -> str:
    people = "\n".join(f"  {user:<6} {password}" for user, password in hub.passwords.items())
    return f"""
The hub is at {hub.address}. A demo, for you alone: all servers run with your rights, nothing keeps its users apart.

  name   password
{people}

ivy is the instructor: formgrader is at {hub.address}/services/{COURSE}/
The others are students: in JupyterLab, Nbgrader > Assignment List. {RELEASED} is out.
What the hub says is in {hub.folder / "hub.log"}. docs/operator.md walks through a cycle. Ctrl-C ends the hub."""


if __name__ == "__main__":
    main()
