"""A sandbox whose forks run what they are sent, as a student's kernel would, and say what came of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autograde.inside.limits import Limits
from autograde.inside.zygote import Order
from autograde.sandbox.process import Exit, Process, Sandbox

MEBIBYTE = 1 << 20
LIMITS = Limits(
    cpu_seconds=1,
    wall_seconds=60.0,
    memory_bytes=256 * MEBIBYTE,
    threads=16,
    open_files=64,
    file_bytes=4 * MEBIBYTE,
    scratch_bytes=8 * MEBIBYTE,
)
SERVER = '''
import ctypes, errno, json, os, resource, signal, socket, sys, threading, time

# The root itself cannot be listed from inside, so the names that a Linux or the box may have there are tried.
TOPS = """bin boot box dev etc home lib lib64 media mnt nix opt packages proc python root run sbin srv sys tmp usr var
    view work"""

def walk():
    for top in TOPS.split():
        yield from os.walk("/" + top)

def try_each(action, things):
    """Those of the things with which the action succeeds."""
    done = []
    for thing in things:
        try:
            action(thing)
            done.append(thing)
        except (OSError, ValueError):
            pass
    return done

def serve(channel, limits):
    names = {**globals(), "channel": channel, "limits": limits}
    with channel.makefile("rwb") as stream:
        for line in stream:
            try:
                exec(json.loads(line), names)
                said = {"answer": names.pop("answer", None)}
            except BaseException as error:
                said = {"raised": type(error).__name__, "errno": getattr(error, "errno", None)}
            stream.write(json.dumps(said).encode() + b"\\n")
            stream.flush()
'''


def tell(process: Process, source: str) -> None:
    process.channel.sendall(json.dumps(source).encode() + b"\n")


def ask(process: Process, source: str, patience: float = 30.0) -> dict[str, Any]:
    """Run source in a student's process; {} if that ends it or shuts its mouth."""
    process.channel.settimeout(patience)
    try:
        tell(process, source)
        said = b""
        while not said.endswith(b"\n"):
            more = process.channel.recv(1 << 16)
            if not more:
                return {}
            said += more
        found: dict[str, Any] = json.loads(said)
        return found
    except ConnectionError:
        return {}


@dataclass(frozen=True)
class Inside:
    """Sends source code into fresh forks."""

    sandbox: Sandbox

    def fork(self) -> Process:
        return self.sandbox.fork()

    def tell(self, process: Process, source: str) -> None:
        tell(process, source)

    def ask(self, process: Process, source: str, patience: float = 30.0) -> dict[str, Any]:
        return ask(process, source, patience)

    def end(self, process: Process) -> Exit:
        process.kill()
        return process.wait(30)

    def said(self, source: str) -> dict[str, Any]:
        """What a fresh fork says: {"answer": ...} or {"raised": ...}."""
        process = self.fork()
        try:
            return ask(process, source)
        finally:
            self.end(process)

    def answer(self, source: str) -> Any:
        """The value that source gives to `answer` in a fresh fork."""
        said = self.said(source)
        assert "answer" in said, said
        return said["answer"]


@pytest.fixture(scope="session")
def view(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a student's view is, with our server beside machine_room."""
    folder = tmp_path_factory.mktemp("view")
    folder.chmod(0o755)  # pytest's own folders are closed to others, and students of root are others
    (folder / "machine_room").mkdir()
    (folder / "machine_room" / "__init__.py").write_text("VIEW = 'the students'\n")
    (folder / "machine_room" / "losses.py").write_text("LATE = 'imported by a student'\n")
    (folder / "server.py").write_text(SERVER)
    return folder


@pytest.fixture(scope="session")
def order() -> Order:
    return Order(serve="server:serve", preload=("machine_room",))


@pytest.fixture(scope="session")
def inside(view: Path, order: Order) -> Iterator[Inside]:
    """One box for all tests that do not spoil it; none may."""
    os.environ["MACHINE_ROOM_SECRET"] = "seed 1234"
    try:
        with Sandbox(
            view, limits=LIMITS, _order=Order(serve=order.serve, preload=("numpy.random", "machine_room"))
        ) as sandbox:
            sandbox.fork().kill()
            yield Inside(sandbox)
    finally:
        del os.environ["MACHINE_ROOM_SECRET"]


@pytest.fixture(scope="session")
def limits() -> Limits:
    return LIMITS


@pytest.fixture(scope="session")
def inside_of() -> type[Inside]:
    return Inside
