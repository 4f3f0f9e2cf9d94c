"""The store: sheets are whole or not there, nothing is overwritten, and no kill costs what was acknowledged."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from machine_room_hub.store import Drawer, Store

# Puts three sheets in and says of each when it is in, and is killed by SIGKILL at the n-th call that touches the disk.
CHILD = """
import os, signal, sys
from pathlib import Path
from machine_room_hub import store

left = int(sys.argv[2])
def dying(call, after):
    def called(*arguments, **named):
        global left
        left -= 1
        if left == 0 and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            return call(*arguments, **named)
        finally:
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
    return called

kept = store.Store(Path(sys.argv[1]))
after = sys.argv[3] == "after"
for name in ("fsync", "rename", "mkdir", "unlink", "fdopen"):
    setattr(os, name, dying(getattr(os, name), after))
for number in range(3):
    spool = kept.spool()
    spool.file.write(b"work %d" % number)
    sheet = kept.drawer("course", "ada").put({"said": number}, spool)
    os.write(1, b"%d\\n" % sheet.number)
os.write(1, b"all\\n")
"""
MOST_CALLS = 80


def put(drawer: Drawer, store: Store, content: bytes) -> int:
    spool = store.spool()
    spool.file.write(content)
    return drawer.put({"content": content.decode()}, spool).number


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with contextlib.closing(Store(tmp_path / "root")) as store:
        yield store


def test_sheets_are_numbered_and_all_are_kept(store: Store) -> None:
    drawer = store.drawer("a", "b")
    assert drawer.last() is None
    assert [put(drawer, store, content) for content in (b"one", b"two", b"one")] == [1, 2, 3]
    assert [sheet.bundle.read_bytes() for sheet in drawer.sheets()] == [b"one", b"two", b"one"]
    last = drawer.last()
    assert last is not None
    assert last.number == 3


def test_what_is_there_is_never_overwritten(store: Store) -> None:
    drawer = store.drawer("a")
    put(drawer, store, b"one")
    (store.root / "a" / "000002").mkdir()  # somebody else has taken this number just now
    assert put(drawer, store, b"two") == 3
    assert [sheet.bundle.read_bytes() for sheet in drawer.sheets()] == [b"one", b"two"]


def test_a_sheet_without_a_record_was_never_acknowledged_and_is_passed_over(store: Store) -> None:
    drawer = store.drawer("a")
    put(drawer, store, b"one")
    half = store.root / "a" / "000002"
    half.mkdir()
    (half / "bundle").write_bytes(b"half")
    assert [sheet.number for sheet in drawer.sheets()] == [1]
    last = drawer.last()
    assert last is not None
    assert last.number == 1


def test_a_full_disk_is_an_error_and_leaves_nothing_half(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    drawer = store.drawer("a")
    put(drawer, store, b"one")
    full = OSError(28, "No space left on device")

    def no_room(source: object, target: Path) -> None:
        if Path(target).name == "record.json":
            raise full

    with monkeypatch.context() as patched:
        patched.setattr(os, "rename", no_room)
        with pytest.raises(OSError, match="No space"):
            put(drawer, store, b"two")
    assert [path.name for path in (store.root / "a").iterdir()] == ["000001"]
    assert put(drawer, store, b"three") == 2


def test_only_one_service_has_a_folder(store: Store) -> None:
    with pytest.raises(BlockingIOError):
        Store(store.root)
    store.close()
    Store(store.root).close()


def test_nobody_else_can_enter_the_folder(store: Store) -> None:
    put(store.drawer("a"), store, b"one")
    assert {path.stat().st_mode & 0o077 for path in [store.root, *store.root.rglob("*")] if path.is_dir()} == {0}


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_at_any_point_loses_nothing_that_was_acknowledged(when: str, tmp_path: Path) -> None:
    """Every call that touches the disk, one after the other, until a run gets through."""
    for call in range(1, MOST_CALLS):
        root = tmp_path / f"{call}"
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(root), str(call), when], capture_output=True, check=False
        )
        acknowledged = [int(line) for line in done.stdout.split() if line.isdigit()]
        check_after_kill(root, acknowledged)
        if b"all" in done.stdout:
            assert done.returncode == 0, done.stderr
            assert call > 25, "so few calls cannot have reached the disk three times"
            return
        assert done.returncode == -signal.SIGKILL, done.stderr
    pytest.fail(f"no run got through in {MOST_CALLS} calls")


def check_after_kill(root: Path, acknowledged: list[int]) -> None:
    store = Store(root)
    sheets = store.drawer("course", "ada").sheets()
    numbers = [sheet.number for sheet in sheets]
    assert numbers[: len(acknowledged)] == acknowledged
    # What was not acknowledged may be there all the same, but then it is whole.
    assert [sheet.bundle.read_bytes() for sheet in sheets] == [b"work %d" % sheet.record["said"] for sheet in sheets]
    assert [sheet.record["said"] for sheet in sheets] == list(range(len(sheets)))
    assert list((root / "incoming").iterdir()) == []
    assert put(store.drawer("course", "ada"), store, b"next") > max(numbers, default=0)
    store.close()
