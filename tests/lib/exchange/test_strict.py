"""The strict collector on nbgrader's shared folder: the owner of the files is the name in it, or it is refused.

With users of the system, and so as root: `make test-root`. What needs no second user is tried by anybody.
"""

from __future__ import annotations

import getpass
import logging
import os
import shutil
from pathlib import Path

import pytest
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeFactory
from traitlets.config import Config

from autograde.gradebook.database import gradebook_of
from machine_room.exchange import strict, use_strict_collect

ME = getpass.getuser()
PS1 = "01-backprop"
EARLY, LATE = "2026-11-01 10:00:00.000000 UTC", "2026-11-02 10:00:00.000000 UTC"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    gradebook_of(tmp_path).close()
    (tmp_path / "exchange" / "course" / "inbound").mkdir(parents=True)
    (tmp_path / "exchange").chmod(0o777)
    return tmp_path


def hand_in(root: Path, student: str, stamp: str, content: str) -> Path:
    folder = root / "exchange" / "course" / "inbound" / f"{student}+{PS1}+{stamp}+random"
    folder.mkdir()
    (folder / "backprop.ipynb").write_text(content)
    return folder


def collected(root: Path, *, strictly: bool = True) -> dict[str, str]:
    config = Config()
    if strictly:
        use_strict_collect(config)
    config.Exchange.root = str(root / "exchange")
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.course_id = "course"
    config.CourseDirectory.assignment_id = PS1
    parts = {"coursedir": CourseDirectory(config=config), "authenticator": Authenticator(config=config)}
    ExchangeFactory(config=config).Collect(config=config, **parts).start()
    found = root.glob(f"submitted/*/{PS1}/backprop.ipynb")
    return {path.parts[-3]: path.read_text() for path in found}


def test_own_work_is_collected_and_the_last_counts(root: Path) -> None:
    hand_in(root, ME, EARLY, "first")
    hand_in(root, ME, LATE, "second")
    assert collected(root) == {ME: "second"}


def test_work_in_somebody_elses_name_is_refused(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    hand_in(root, ME, EARLY, "mine")
    hand_in(root, "somebody-else", EARLY, "by me in their name")
    with caplog.at_level(logging.ERROR, "traitlets"):
        assert collected(root) == {ME: "mine"}
    assert f"is owned by {ME}" in caplog.text


def test_nbgraders_own_collector_takes_it(root: Path) -> None:
    hand_in(root, "somebody-else", EARLY, "by me in their name")
    assert collected(root, strictly=False) == {"somebody-else": "by me in their name"}


@pytest.mark.parametrize("kind", ["link", "hard link", "pipe", "link to a folder"])
def test_a_file_that_is_not_plainly_the_students_own_is_refused(kind: str, root: Path) -> None:
    hand_in(root, ME, EARLY, "earlier")
    odd = hand_in(root, ME, LATE, "later") / "odd"
    (root / "target").write_text("of somebody")
    if kind == "link":
        odd.symlink_to(root / "target")
    elif kind == "hard link":
        odd.hardlink_to(root / "target")
    elif kind == "pipe":
        os.mkfifo(odd)
    else:
        odd.symlink_to(root)
    assert collected(root) == {ME: "earlier"}


@pytest.mark.parametrize("what", ["a file", "a folder"])
def test_what_becomes_a_link_after_its_owner_was_asked_for_is_not_followed(
    what: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = hand_in(root, ME, EARLY, "mine") / "data"
    folder.mkdir()
    (folder / "secret").write_text("mine")
    (root / "private").mkdir()
    (root / "private" / "secret").write_text("of the course")
    owned = strict.StrictCollect._is_owned

    def owned_and_then_swapped(self: strict.StrictCollect, record: dict[str, str]) -> bool:
        answer = owned(self, record)
        (folder / "secret").unlink()
        if what == "a file":
            (folder / "secret").symlink_to(root / "private" / "secret")
        else:
            folder.rmdir()
            folder.symlink_to(root / "private")
        return answer

    monkeypatch.setattr(strict.StrictCollect, "_is_owned", owned_and_then_swapped)
    assert collected(root) == {ME: "mine"}
    assert not list((root / "submitted").rglob("secret"))


@pytest.mark.root
def test_a_later_hand_in_by_another_user_does_not_replace_the_real_one(root: Path) -> None:
    """What happened on a hub: an outsider's folder in bob's name, later than bob's own."""
    hand_in(root, ME, EARLY, "real")
    forged = hand_in(root, ME, LATE, "forged")
    for path in (forged, forged / "backprop.ipynb"):
        os.chown(path, 65534, 65534)
    assert collected(root, strictly=False) == {ME: "forged"}
    shutil.rmtree(root / "submitted")
    assert collected(root) == {ME: "real"}


@pytest.mark.root
def test_one_file_of_another_user_among_ones_own_is_refused(root: Path) -> None:
    hand_in(root, ME, EARLY, "real")
    os.chown(hand_in(root, ME, LATE, "forged") / "backprop.ipynb", 65534, 65534)
    assert collected(root) == {ME: "real"}
