"""One server with accounts, as docs/operator.md sets it up: environments, accounts, two courses, a hub with TLS.

Course one has its gradebook in PostgreSQL, as the hub has its own record; course two has SQLite.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from machine_room_hub.settings import Settings, read
from tests.hub.accounts import PREFIX, accounts, as_user
from tools.hub import READY, free_ports
from tools.postgresql import PostgreSQL
from tools.wheels import Built, build, install, python_for_everybody

__all__ = ["Server", "environments", "install_all", "prepared", "running_server"]

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "hub" / "single-server" / "jupyterhub_config.py"
ADA, BOB, IVY, IDA, OMAR, EVE, EXCHANGE, ONE, TWO = (
    PREFIX + name for name in ("ada", "bob", "ivy", "ida", "omar", "eve", "exchange", "grader-one", "grader-two")
)
SECONDS = 180
NODES_PROXY = "configurable-http-proxy@5.1.0"  # runs on Debian's Node, which is 18


@dataclass(frozen=True)
class Server:
    """A server that is set up.

    Attributes:
        folder: of all its files.
        settings_file: hub.toml.
        passwords: of every account.
    """

    folder: Path
    settings_file: Path
    passwords: Mapping[str, str]

    @property
    def settings(self) -> Settings:
        return read(self.settings_file)

    @property
    def address(self) -> str:
        return self.settings.address

    @property
    def certificate(self) -> str:
        return self.settings.certificate

    @property
    def log(self) -> Path:
        return self.folder / "hub.log"

    def set(self, **changes: object) -> None:
        """Change settings at the top of hub.toml."""
        lines = self.settings_file.read_text().splitlines()
        for key, value in changes.items():
            lines = [line for line in lines if not line.startswith(f"{key} =")]
            lines.insert(0, f"{key} = {json.dumps(value)}")
        self.settings_file.write_text("\n".join(lines) + "\n")

    def set_course(self, course: str, **changes: object) -> None:
        """Add settings to a course's table."""
        head = f"[courses.{course}]"
        lines = [head, *(f"{key} = {json.dumps(value)}" for key, value in changes.items())]
        self.settings_file.write_text(self.settings_file.read_text().replace(head, "\n".join(lines)))

    def course_folder(self, course: str) -> Path:
        return self.settings.courses[course].folder

    def as_grader(self, course: str, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of the graders' programs as the account of a course, in its folder."""
        told = self.settings.courses[course]
        path = f"{self.settings.graders_environment}/bin"
        return as_user(
            told.account, f"{path}/{program}", *arguments, cwd=told.folder, PATH=f"{path}:/usr/local/bin:/usr/bin:/bin"
        )


@contextmanager
def environments() -> Iterator[Path]:
    """A folder with three environments that every account can use, and a proxy; they last for all tests of a module."""
    folder = Path(tempfile.mkdtemp(prefix="mr-server-"))
    folder.chmod(0o755)
    try:
        install_all(folder, folder)
        npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder / "proxy"), NODES_PROXY]
        subprocess.run(npm, check=True)
        shutil.copytree(ROOT / "hub" / "local", folder / "configuration", ignore=shutil.ignore_patterns("*.py[co]"))
        yield folder
    finally:
        shutil.rmtree(folder)


def install_all(made: Path, folder: Path, instead: Mapping[str, Path] = MappingProxyType({})) -> None:
    """Make the environments of the hub, of students and of graders below a folder, as docs/operator.md does.

    Args:
        made: where wheels and a Python are, or are made.
        folder: of the environments.
        instead: wheels of other versions than are here, by the name of the distribution.
    """
    python, (library, grader, hub) = _python(made), _wheels(made)
    for name, wheels, extras, also in (
        ("hub", [hub], ["single-server"], ["jupyterhub"]),
        ("students", [library], ["lab", "hub"], ["jupyterhub", "notebook"]),
        ("graders", [library, grader], ["lab", "hub", "postgresql"], ["jupyterhub", "notebook"]),
    ):
        install(wheels, folder / name, extras=extras, also=also, instead=instead, python=python)


@cache
def _python(made: Path) -> str:
    return python_for_everybody(made / "python")


@cache
def _wheels(made: Path) -> Sequence[Built]:
    return [build(ROOT / part, made / "wheels" / (part or "grader")) for part in ("lib", "", "hub")]


@contextmanager
def prepared(made: Path, database: PostgreSQL) -> Iterator[Server]:
    """Accounts, folders, settings and courses, on environments that are there. Nothing of it is left afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="mr-accounts-"))
    folder.chmod(0o755)
    (folder / "homes").mkdir()
    try:
        with accounts((ADA, BOB, IVY, IDA, OMAR, EVE, EXCHANGE, ONE, TWO), folder / "homes") as passwords:
            gradebook = database.new_database()
            settings = folder / "hub.toml"
            settings.touch(mode=0o600)
            settings.write_text(_settings(folder, made, database.new_database(), gradebook))
            (folder / "state").mkdir(mode=0o700)
            server = Server(folder, settings, passwords)
            _certificate(folder)
            for name in server.settings.courses:
                _lay_out(server, name)
            yield server
    finally:
        shutil.rmtree(folder)


def _settings(folder: Path, made: Path, database: str, gradebook: str) -> str:
    ports = free_ports("hub", "api", "proxy", "exchange", "one", "two")
    homes = folder / "homes"
    top = {
        "address": f"https://127.0.0.1:{ports['hub']}", "certificate": f"{folder}/certificate", "key": f"{folder}/key",
        "state": f"{folder}/state", "database": database, "configuration": f"{made}/configuration",
        "hub_environment": f"{made}/hub/environment", "students_environment": f"{made}/students/environment",
        "graders_environment": f"{made}/graders/environment",
        "proxy": [f"{made}/proxy/node_modules/.bin/configurable-http-proxy"],
        "exchange_account": EXCHANGE, "exchange_folder": f"{homes}/{EXCHANGE}/exchange",
        "exchange_port": ports["exchange"], "hub_port": ports["api"], "proxy_port": ports["proxy"],
    }  # fmt: skip
    courses = {
        "one": {
            "account": ONE, "port": ports["one"], "instructors": [IVY, IDA], "students": [ADA, BOB],
            "gradebook": gradebook,
        },
        "two": {"account": TWO, "port": ports["two"], "instructors": [OMAR], "students": [ADA]},
    }  # fmt: skip
    lines = [f"{key} = {json.dumps(value)}" for key, value in top.items()]
    for name, course in courses.items():
        told = {"folder": f"{homes}/{course['account']}/course", **course}
        lines += [f"[courses.{name}]", *(f"{key} = {json.dumps(value)}" for key, value in told.items())]
    return "\n".join([*lines, ""])


def _certificate(folder: Path) -> None:
    run = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=127.0.0.1"]
    files = [
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        str(folder / "key"),
        "-out",
        str(folder / "certificate"),
    ]
    subprocess.run([*run, *files], check=True, capture_output=True)
    (folder / "key").chmod(0o600)


def _lay_out(server: Server, name: str) -> None:
    """What the course's account does once: `autograde init`, the course's name, its gradebook."""
    course = server.settings.courses[name]
    path = f"{server.settings.graders_environment}/bin"
    done = as_user(course.account, f"{path}/autograde", "init", str(course.folder), PATH=f"{path}:/usr/bin:/bin")
    assert done.returncode == 0, done.stderr
    config = course.folder / "nbgrader_config.py"
    text = config.read_text().replace('course_id = "machine-room"', f'course_id = "{name}"')
    if course.gradebook:
        text += f'\nc.CourseDirectory.db_url = "{course.gradebook}"\n'
    config.write_text(text)
    (course.folder / "gradebook.db").unlink()
    done = server.as_grader(name, "autograde", "build")
    assert done.returncode == 0, done.stderr


@contextmanager
def running_server(server: Server, python: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Start the hub as root, and end it with all that it started.

    Args:
        server: what is set up.
        python: of another environment for the hub.
    """
    hub = python or server.settings.hub_environment / "bin" / "python"
    command = [str(hub), "-m", "jupyterhub", "--config", str(CONFIG)]
    environment = {
        "PATH": os.environ["PATH"],
        "MACHINE_ROOM_HUB_SETTINGS": str(server.settings_file),
        "LANG": "C.UTF-8",
    }
    with server.log.open("wb") as sink:
        process = subprocess.Popen(
            command, cwd=server.settings.state, env=environment, stdout=sink, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + SECONDS
        while READY not in (said := server.log.read_text(errors="replace")):
            assert process.poll() is None, f"The hub did not start:\n{said}"
            assert time.monotonic() < deadline, f"The hub takes too long:\n{said}"
            time.sleep(0.1)
        yield process
    finally:
        started = _started_by(process.pid)
        process.send_signal(signal.SIGTERM)
        for number in started:  # the hub interrupts one after the other, and a Jupyter server asks back for ten seconds
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGTERM)
        process.wait(timeout=SECONDS)


def _started_by(process: int) -> list[int]:
    """The processes below one, whosoever they are."""
    found: list[int] = []
    waiting = [process]
    while waiting:
        for children in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            with suppress(FileNotFoundError, ProcessLookupError):
                below = list(map(int, children.read_text().split()))
                found += below
                waiting += below
    return found
