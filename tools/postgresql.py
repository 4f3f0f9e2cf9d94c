"""A PostgreSQL for tests and benchmarks alone: in a temporary folder, run by an ordinary user, gone at the end."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["PASSWORD", "PostgreSQL", "running"]

PASSWORD = "not-to-be-told"
USER = "grader"
DEBIANS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@dataclass(frozen=True)
class PostgreSQL:
    """A server on a Unix socket, and on no other."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, database: str, password: str = PASSWORD) -> str:
        return f"postgresql://{USER}:{password}@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """Return the URL of an empty database."""
        import psycopg

        name = f"course{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)


def _program(name: str) -> str:
    found = shutil.which(name) or next((str(folder / name) for folder in reversed(DEBIANS)), None)
    assert found, f"{name} is not installed: apt-get install postgresql"
    return found


@contextmanager
def running() -> Iterator[PostgreSQL]:
    """Start a server and stop it."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    ordinary: dict[str, Any] = {}
    if os.geteuid() == 0:  # as whom it refuses to run
        nobody = pwd.getpwnam("nobody")
        ordinary = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    secret = folder / "password"
    secret.write_text(PASSWORD, encoding="ascii")
    if ordinary:
        os.chown(secret, ordinary["user"], ordinary["group"])

    def run(*command: str) -> None:
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=folder, **ordinary)

    data, log = str(folder / "data"), str(folder / "log")
    quick = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=50"
    try:
        how = ("--auth=scram-sha-256", f"--pwfile={secret}", f"--username={USER}", "--encoding=UTF8", "--no-sync")
        run(_program("initdb"), "-D", data, "--locale=C", *how)
        run(_program("pg_ctl"), "-D", data, "-l", log, "-o", quick, "-w", "start")
        try:
            yield PostgreSQL(folder)
        finally:
            run(_program("pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)
