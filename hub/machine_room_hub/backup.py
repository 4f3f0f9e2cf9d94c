"""Everything that a server with accounts keeps, in one folder, and back: grades, hand-ins, seeds, who may do what.

Each part is read and written as the account that owns it, by a program of the system, so root follows nobody's link.
Homes of people are not among it: they are the system's to back up.

A gradebook is copied before its folder: the journal in the folder may then know more than the gradebook, which the next
run brings up to date, and never less. The exchange is whole at any moment.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from sqlalchemy.engine import URL, make_url

from . import __version__
from .as_account import preparation
from .settings import Settings

__all__ = ["BackupError", "restore", "save"]

MANIFEST = "manifest.json"
TRIES = 3  # to read a folder in which nothing changes meanwhile
FILES_CHANGED = 1  # what tar says then
LEFT_OUT = (
    "gradebook.db",
    "gradebook.db-*",
    "hub.sqlite",
    "hub.sqlite-*",
    ".autograde/serve.pid",
    ".autograde/serve.sock",
)
SQLITE_SAVE = """
import sqlite3, sys
there = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True, timeout=60)
there.backup(copy := sqlite3.connect(":memory:"))
sys.stdout.buffer.write(copy.serialize())
"""
SQLITE_RESTORE = """
import os, sys
with open(sys.argv[1], "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
    file.write(sys.stdin.buffer.read())
"""


class BackupError(Exception):
    """It was not saved, or not restored; the text says why and what to do."""


@dataclass(frozen=True)
class Part:
    """One file of a backup: the program that writes it, the one that reads it back, and as whom they run."""

    file: str
    account: str
    save: tuple[str, ...]
    restore: tuple[str, ...]
    folder: Path | None = None  # which has to be empty before
    variables: Mapping[str, str] = field(default_factory=dict)


# --- what there is


def _parts(settings: Settings) -> Iterator[Part]:
    yield _database("hub", "root", settings.database_url)
    yield _folder("state", "root", settings.state)
    yield _folder("exchange", settings.exchange_account, settings.exchange_folder)
    for name, course in settings.courses.items():
        url = course.gradebook or f"sqlite:///{course.folder / 'gradebook.db'}"
        yield _database(f"course-{name}-gradebook", course.account, url)
        yield _folder(f"course-{name}", course.account, course.folder)


def _folder(name: str, account: str, folder: Path) -> Part:
    there = ("--directory", str(folder))
    without = tuple(f"--exclude=./{one}" for one in LEFT_OUT)
    pack = ("tar", "--create", *there, *without, ".")
    return Part(f"{name}.tar", account, pack, ("tar", "--extract", "--preserve-permissions", *there), folder)


def _database(name: str, account: str, written: str) -> Part:
    url = make_url(written)
    if url.drivername.startswith("sqlite"):
        python, path = sys.executable, str(url.database)
        return Part(f"{name}.sqlite", account, (python, "-c", SQLITE_SAVE, path), (python, "-c", SQLITE_RESTORE, path))
    if not url.drivername.startswith("postgresql"):
        raise BackupError(f"The database of {name} is neither SQLite nor PostgreSQL. Back it up with its own tools.")
    password = {"PGPASSWORD": url.password} if url.password else {}  # not among the arguments, which everybody sees
    place = (url.username, None, url.host, url.port, url.database, url.query)
    there = URL.create("postgresql", *place).render_as_string()
    return Part(
        f"{name}.dump", account,
        (_postgresql("pg_dump"), "--format=custom", "--no-owner", f"--dbname={there}"),
        (_postgresql("pg_restore"), "--no-owner", "--exit-on-error", "--single-transaction", f"--dbname={there}"),
        variables=password,
    )  # fmt: skip


def _postgresql(program: str) -> str:
    debians = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    found = str(debians[-1]) if debians else shutil.which(program)
    if not found:
        raise BackupError(f"{program} is not installed. Install your system's package postgresql-client.")
    return found


# --- there


def save(settings: Settings, settings_file: Path, target: Path) -> None:
    """Write a backup into a new folder, which only its owner can enter.

    Raises:
        BackupError: something could not be read; the folder says by its missing manifest that it is no backup.
    """
    try:
        target.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise BackupError(f"{target} is there already. Name a new folder: a backup is never written over.") from None
    target.chmod(0o700)
    files = {part.file: _saved(part, target / part.file) for part in _parts(settings)}
    files["hub.toml"] = _written(target / "hub.toml", settings_file.read_bytes())
    told = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "version": __version__, "files": files}
    _written(target / MANIFEST, json.dumps(told, indent=1).encode("utf-8"))


def _saved(part: Part, target: Path) -> str:
    for _ in range(TRIES):
        with _private(target) as sink:
            done = _run(part, part.save, stdout=sink)
        if done.returncode == 0:
            return _digest(target)
        if part.folder is None or done.returncode != FILES_CHANGED:
            break
    raise BackupError(f"{part.file} could not be saved as {part.account}: {_said(done)}")


def _written(path: Path, content: bytes) -> str:
    with _private(path) as file:
        file.write(content)
    return hashlib.sha256(content).hexdigest()


def _private(path: Path) -> IO[bytes]:
    return open(path, "wb", opener=lambda name, flags: os.open(name, flags, 0o600))


# --- and back


def restore(settings: Settings, source: Path) -> None:
    """Put everything back where hub.toml says. The hub is stopped, the folders and databases are empty.

    Raises:
        BackupError: it is no whole backup, or there is something in the way; then nothing has been changed.
    """
    _nobody_works(settings)
    files = _manifest(source)
    parts = list(_parts(settings))
    for part in parts:
        if files.get(part.file) != _digest(source / part.file):
            raise BackupError(f"{part.file} is not what was saved. Take another backup: nothing was restored.")
    for part in parts:
        _is_empty(part)
    for part in sorted(parts, key=lambda one: one.folder is None):  # folders first: SQLite's files go into them
        if part.folder is not None and not part.folder.exists():
            _must(part, ("mkdir", "--mode=700", str(part.folder)))
        with (source / part.file).open("rb") as content:
            _must(part, part.restore, stdin=content)


def _nobody_works(settings: Settings) -> None:
    for port in (settings.hub_port, settings.exchange_port):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                raise BackupError(f"Something answers at port {port}. Stop the hub first: nothing was restored.")


def _manifest(source: Path) -> dict[str, str]:
    try:
        files: dict[str, str] = json.loads((source / MANIFEST).read_bytes())["files"]
    except (OSError, ValueError, KeyError):
        raise BackupError(
            f"{source} holds no whole backup: {MANIFEST} is missing or broken. Take another one."
        ) from None
    return files


def _is_empty(part: Part) -> None:
    if part.folder is not None and part.folder.exists() and any(part.folder.iterdir()):
        raise BackupError(f"{part.folder} is not empty. Move what is there away first: nothing was restored.")
    if part.file.endswith(".dump") and "CREATE TABLE" in _must(part, (*part.save, "--schema-only", "--format=plain")):
        raise BackupError(f"The database of {part.file} holds tables. Make an empty one first: nothing was restored.")


def _must(part: Part, command: tuple[str, ...], stdin: IO[bytes] | int = subprocess.DEVNULL) -> str:
    done = _run(part, command, stdin=stdin)
    if done.returncode:
        raise BackupError(f"{part.file} could not be restored as {part.account}: {_said(done)}")
    return done.stdout.decode("utf-8", "replace")


def _run(
    part: Part, command: tuple[str, ...], *, stdin: IO[bytes] | int = subprocess.DEVNULL,
    stdout: IO[bytes] | int = subprocess.PIPE,
) -> subprocess.CompletedProcess[bytes]:  # fmt: skip
    told = preparation(part.account, **part.variables)
    return subprocess.run(command, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, check=False, cwd="/", **told)


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else f"exit code {done.returncode}"


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""
