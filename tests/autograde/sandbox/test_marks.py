"""What all boxes show, devices and libraries, carries no word from one student to the next: no lock, no time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

LIBRARY = "/view/machine_room/losses.py"
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
IMPORTS = "import fcntl, mmap, struct\n"
LOCK = "struct.pack('hhqqi4x', fcntl.F_WRLCK, 0, 0, 0, 0)"

# What one student does and keeps doing, and what the next asks: the answer must not depend on it.
SIGNALS = {
    "flock on a library": (
        f"kept = open({LIBRARY!r}); fcntl.flock(kept, fcntl.LOCK_EX)",
        f"fcntl.flock(open({LIBRARY!r}), fcntl.LOCK_EX | fcntl.LOCK_NB); answer = 'free'",
    ),
    "flock on a folder": (
        "kept = os.open('/view', os.O_RDONLY); fcntl.flock(kept, fcntl.LOCK_EX)",
        "fcntl.flock(os.open('/view', os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB); answer = 'free'",
    ),
    "flock on a device": (
        "kept = open('/dev/null', 'w'); fcntl.flock(kept, fcntl.LOCK_EX)",
        "fcntl.flock(open('/dev/null', 'w'), fcntl.LOCK_EX | fcntl.LOCK_NB); answer = 'free'",
    ),
    "a shared flock on a device": (
        "kept = open('/dev/zero', 'w'); fcntl.flock(kept, fcntl.LOCK_SH)",
        "fcntl.flock(open('/dev/zero', 'w'), fcntl.LOCK_EX | fcntl.LOCK_NB); answer = 'free'",
    ),
    "lockf on a device": (
        "kept = open('/dev/null', 'w'); fcntl.lockf(kept, fcntl.LOCK_EX)",
        "fcntl.lockf(open('/dev/null', 'w'), fcntl.LOCK_EX | fcntl.LOCK_NB); answer = 'free'",
    ),
    "a read lock on a library": (
        f"kept = open({LIBRARY!r}); fcntl.lockf(kept, fcntl.LOCK_SH)",
        f"answer = fcntl.fcntl(open({LIBRARY!r}), fcntl.F_GETLK, {LOCK}).hex()",
    ),
    "a lock of an open description": (
        f"kept = open('/dev/null', 'w'); fcntl.fcntl(kept, 37, {LOCK})",
        f"fcntl.fcntl(open('/dev/null', 'w'), 37, {LOCK}); answer = 'free'",
    ),
    "a byte range": (
        "kept = open('/dev/urandom', 'w'); fcntl.lockf(kept, fcntl.LOCK_EX, 7, 40)",
        "fcntl.lockf(open('/dev/urandom', 'w'), fcntl.LOCK_EX | fcntl.LOCK_NB, 7, 40); answer = 'free'",
    ),
    "a lease": (
        f"kept = open({LIBRARY!r}); fcntl.fcntl(kept, fcntl.F_SETLEASE, fcntl.F_RDLCK)",
        f"answer = fcntl.fcntl(open({LIBRARY!r}), fcntl.F_GETLEASE)",
    ),
    "a device's times": (
        "for times in (None, (1, 2)): try_each(lambda device: os.utime(device, times), DEVICES)",
        "answer = [[os.stat(device).st_mtime, os.stat(device).st_atime] for device in DEVICES]",
    ),
    "a device's times, by its descriptor": (
        "try_each(lambda device: os.utime(os.open(device, os.O_RDWR)), DEVICES)",
        "answer = [[os.stat(device).st_mtime, os.stat(device).st_atime] for device in DEVICES]",
    ),
    "a device that was read and written": (
        "for device in DEVICES: open(device, 'rb', 0).read(8), open(device, 'wb', 0).write(b'1')",
        "answer = [[os.stat(device).st_mtime, os.stat(device).st_atime] for device in DEVICES]",
    ),
    "a device's mode": (
        "try_each(lambda device: os.chmod(device, 0o600), DEVICES)",
        "answer = [os.stat(device).st_mode for device in DEVICES]",
    ),
    "a library's times": (
        f"try_each(os.utime, [{LIBRARY!r}, '/view', '/dev']); open({LIBRARY!r}).read()",
        f"answer = [[os.stat(path).st_mtime, os.stat(path).st_atime] for path in ({LIBRARY!r}, '/view', '/dev')]",
    ),
    "the page cache": (
        f"kept = open({LIBRARY!r}, 'rb'); kept.read(); os.posix_fadvise(kept.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)",
        f"answer = os.preadv(os.open({LIBRARY!r}, os.O_RDONLY), [bytearray(8)], 0, 8)",
    ),
}


@pytest.mark.parametrize("signal", SIGNALS)
def test_a_neighbour_learns_nothing(inside: Any, signal: str) -> None:
    act, ask = (f"{IMPORTS}DEVICES = {DEVICES!r}\n{source}" for source in SIGNALS[signal])
    before = inside.said(ask)
    actor = inside.fork()
    inside.ask(actor, act)
    assert inside.said(ask) == before
    inside.end(actor)
    assert inside.said(ask) == before


def test_the_hosts_devices_are_as_they_were(inside: Any) -> None:
    before = [os.stat(device) for device in DEVICES]
    source = f"""
done = []
for change in (os.utime, lambda d: os.utime(d, (1, 2)), lambda d: os.chmod(d, 0o777), lambda d: os.chown(d, -1, -1),
               lambda d: os.truncate(d, 0), os.unlink, lambda d: os.rename(d, d + "2"), lambda d: os.link(d, "mine")):
    done += try_each(change, {DEVICES!r})
answer = done
"""
    assert inside.answer(source) == []
    after = [os.stat(device) for device in DEVICES]
    assert [(s.st_mode, s.st_mtime_ns, s.st_uid) for s in after] == [
        (s.st_mode, s.st_mtime_ns, s.st_uid) for s in before
    ]


REFUSED = {
    "be told of a folder's changes": "fcntl.fcntl(os.open('/view', os.O_RDONLY), fcntl.F_NOTIFY, fcntl.DN_ACCESS)",
    "be sent a signal": "fcntl.fcntl(channel, fcntl.F_SETOWN, 1)",
    "name the signal": "fcntl.fcntl(channel, fcntl.F_SETSIG, 10)",
    "a lease of one's own file": "fcntl.fcntl(open('/tmp/mine', 'w'), fcntl.F_SETLEASE, fcntl.F_WRLCK)",
    "ask who holds a lock": f"fcntl.fcntl(open('/dev/null', 'w'), fcntl.F_GETLK, {LOCK})",
    "the page cache's pages": "mapped = mmap.mmap(-1, 4096); mapped.madvise(21)",
}


@pytest.mark.parametrize("call", REFUSED)
def test_what_asks_or_tells_of_shared_files_is_refused(inside: Any, call: str) -> None:
    assert inside.said(IMPORTS + REFUSED[call]).get("raised") == "PermissionError"


HONEST = {
    "a database on disk": """
import sqlite3
with sqlite3.connect("mine.db") as book:
    book.execute("create table t (x)")
    book.executemany("insert into t values (?)", [(1,), (2,)])
answer = sqlite3.connect("mine.db").execute("select sum(x) from t").fetchone()[0]
""",
    "a lock on one's own file": "mine = open('mine', 'w'); fcntl.flock(mine, fcntl.LOCK_EX); answer = 3",
    "reading at a place": "open('mine', 'wb').write(b'1234'); b = bytearray(2); "
    "answer = os.preadv(os.open('mine', os.O_RDONLY), [b], 2) + 1",
    "devices": "answer = len(open('/dev/urandom', 'rb', 0).read(1)) + open('/dev/null', 'w').write('12')",
    "descriptors": "answer = fcntl.fcntl(os.dup(1), fcntl.F_GETFD) * 0 + 3",
}


@pytest.mark.parametrize("what", HONEST)
def test_honest_code_notices_nothing(inside: Any, what: str) -> None:
    assert inside.answer(IMPORTS + HONEST[what]) == 3


def test_the_view_that_the_tests_name_is_there(view: Path) -> None:
    assert (view / LIBRARY.removeprefix("/view/")).is_file()
