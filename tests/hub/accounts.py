"""Accounts of this machine for tests: with a password and a home, and gone again with all that they left running."""

from __future__ import annotations

import os
import pwd
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from machine_room_hub.as_account import preparation

__all__ = ["PREFIX", "accounts", "as_user", "processes_of"]

PREFIX = "mrtest-"  # nobody else's: what a killed run has left is removed by it
SECONDS = 20


@contextmanager
def accounts(names: Sequence[str], homes: Path) -> Iterator[Mapping[str, str]]:
    """Make accounts, and yield their passwords.

    Args:
        names: each with the tests' prefix.
        homes: where their homes are made, each its owner's alone.
    """
    assert all(name.startswith(PREFIX) for name in names)
    _remove([entry.pw_name for entry in pwd.getpwall() if entry.pw_name.startswith(PREFIX)])
    passwords = {name: secrets.token_hex(8) for name in names}
    try:
        for name in names:
            run = ["useradd", "--create-home", "--home-dir", str(homes / name), "--shell", "/bin/bash", name]
            subprocess.run(run, check=True, stdin=subprocess.DEVNULL)
            (homes / name).chmod(0o700)
        lines = "".join(f"{name}:{password}\n" for name, password in passwords.items())
        subprocess.run(["chpasswd"], input=lines, text=True, check=True)
        yield passwords
    finally:
        _remove(names)


def _remove(names: Sequence[str]) -> None:
    for name in names:
        with suppress(KeyError):
            _end(pwd.getpwnam(name).pw_uid)
            # by force: what has ended may not have been fetched yet, and counts as running
            subprocess.run(["userdel", "--force", name], check=True, stdin=subprocess.DEVNULL)


def _end(uid: int) -> None:
    """End what still runs as an account: a grader process outlives its hub."""
    deadline = time.monotonic() + SECONDS
    while left := processes_of(uid):
        for number in left:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        assert time.monotonic() < deadline, f"processes {left} of the account {uid} do not end"
        time.sleep(0.05)


def processes_of(uid: int) -> list[int]:
    """Return the processes that run as an account; what has ended and is not yet fetched is none."""
    found = []
    for folder in Path("/proc").iterdir():
        with suppress(OSError):
            if folder.name.isdecimal() and folder.stat().st_uid == uid and (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


def as_user(name: str, *command: object, cwd: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program as an account, in its home, with nothing of our own environment."""
    told = preparation(name, **variables)
    words, place = [str(word) for word in command], cwd or pwd.getpwnam(name).pw_dir
    return subprocess.run(words, cwd=place, capture_output=True, text=True, check=False, **told)
