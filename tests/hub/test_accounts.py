"""With accounts of the system: the exchange's folder is its own account's alone. Needs root: `make test-root`."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from machine_room_hub.store import Store
from tests.accounts import STUDENT, as_account

pytestmark = pytest.mark.root

EXCHANGE = 65532  # a user with no name and no rights
Attempt = Callable[[Path, Path], object]
ATTEMPTS: dict[str, Attempt] = {
    "list it": lambda root, bundle: os.listdir(root),
    "list a drawer": lambda root, bundle: os.listdir(bundle.parent),
    "read work": lambda root, bundle: bundle.read_bytes(),
    "read a record": lambda root, bundle: (bundle.parent / "record.json").read_bytes(),
    "replace work": lambda root, bundle: bundle.write_bytes(b"mine"),
    "remove work": lambda root, bundle: bundle.unlink(),
    "add a hand-in": lambda root, bundle: (bundle.parent.parent / "000002").mkdir(),
    "move a drawer away": lambda root, bundle: bundle.parent.rename(root.parent / "gone"),
    "move the folder away": lambda root, bundle: root.rename(root.parent / "gone"),
    "link it": lambda root, bundle: (root.parent / "link").hardlink_to(bundle),
    "make it everybody's": lambda root, bundle: root.chmod(0o777),
}


def put_one(root: Path) -> None:
    store = Store(root)
    spool = store.spool()
    spool.file.write(b"work of ada")
    store.drawer("course", "handed-in", "01", "ada").put({"at": "now"}, spool)


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    """A hand-in that the exchange's account has kept, in a place that everybody can reach."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    (place / "exchange").mkdir()
    shutil.chown(place / "exchange", EXCHANGE, EXCHANGE)
    assert as_account(EXCHANGE, lambda: put_one(place / "exchange")) == "done"
    yield place / "exchange"
    shutil.rmtree(place)


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS)
def test_another_account_cannot(attempt: Attempt, root: Path) -> None:
    bundle = root / "course" / "handed-in" / "01" / "ada" / "000001" / "bundle"
    assert as_account(STUDENT, lambda: attempt(root, bundle)) == "PermissionError"
    assert bundle.read_bytes() == b"work of ada"


def test_its_own_account_can_so_the_attempts_would_show(root: Path) -> None:
    bundle = root / "course" / "handed-in" / "01" / "ada" / "000001" / "bundle"
    for name in ("list it", "list a drawer", "read work", "read a record"):
        assert as_account(EXCHANGE, lambda name=name: ATTEMPTS[name](root, bundle)) == "done"  # type: ignore[misc]
