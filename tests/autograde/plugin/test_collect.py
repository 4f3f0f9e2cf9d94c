"""What lies in the exchange is a student's: whatever it is, nothing of the instructor's is copied to them."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograde.course.folder import Course
from autograde.gradebook.database import course_config, gradebook_of
from autograde.plugin import Collect
from machine_room.exchange import plain

ASSIGNMENT = "01-backprop"
ROOT = Path(__file__).resolve().parents[3]
SECRET = "the seed of the hidden inputs"


def linked(hand_in: Path, seed: Path) -> None:
    (hand_in / "data.csv").symlink_to(seed)


def linked_folder(hand_in: Path, seed: Path) -> None:
    (hand_in / "data").symlink_to(seed.parent)


def hard_linked(hand_in: Path, seed: Path) -> None:
    os.link(seed, hand_in / "data.csv")


def linked_deeper(hand_in: Path, seed: Path) -> None:
    (hand_in / "a" / "b").mkdir(parents=True)
    (hand_in / "a" / "b" / "data.csv").symlink_to(seed)


def linked_notebook(hand_in: Path, seed: Path) -> None:
    (hand_in / "backprop.ipynb").unlink()
    (hand_in / "backprop.ipynb").symlink_to(seed)


def fifo(hand_in: Path, seed: Path) -> None:
    os.mkfifo(hand_in / "data.csv")


ATTACKS = (linked, linked_folder, hard_linked, linked_deeper, linked_notebook, fifo)


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = Course(tmp_path / "course")
    (made.root / "source" / ASSIGNMENT).mkdir(parents=True)
    shutil.copyfile(ROOT / "nbgrader_config.py", made.root / "nbgrader_config.py")
    (made.private / "seed").write_text(SECRET, encoding="utf-8")
    gradebook_of(made.root).close()
    return made


def collected(course: Course, tmp_path: Path, attack: Callable[[Path, Path], None]) -> dict[str, str]:
    inbound = tmp_path / "exchange" / "machine-room" / "inbound" / f"eve+{ASSIGNMENT}+2026-01-01 12:00:00 UTC"
    inbound.mkdir(parents=True)
    (tmp_path / "exchange").chmod(0o777)
    (inbound / "backprop.ipynb").write_text("{}", encoding="utf-8")
    (inbound / "timestamp.txt").write_text("2026-01-01 12:00:00 UTC", encoding="utf-8")
    attack(inbound, course.private / "seed")
    config: Config = course_config(course.root)
    config.Exchange.root = str(tmp_path / "exchange")
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    result = api.collect(ASSIGNMENT)
    assert result["success"], result
    folder = course.root / "submitted" / "eve"
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()
    }


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_no_secret_is_collected(course: Course, tmp_path: Path, attack: Callable[[Path, Path], None]) -> None:
    found = collected(course, tmp_path, attack)
    assert f"{ASSIGNMENT}/timestamp.txt" in found
    assert SECRET not in "".join(found.values())
    assert not [path for path in (course.root / "submitted").rglob("*") if path.is_symlink()]


def test_files_and_folders_are_collected_as_they_are(course: Course, tmp_path: Path) -> None:
    def honest(hand_in: Path, seed: Path) -> None:
        (hand_in / "data").mkdir()
        (hand_in / "data" / "points.csv").write_text("1,2", encoding="utf-8")

    assert collected(course, tmp_path, honest) == {
        f"{ASSIGNMENT}/backprop.ipynb": "{}",
        f"{ASSIGNMENT}/timestamp.txt": "2026-01-01 12:00:00 UTC",
        f"{ASSIGNMENT}/data/points.csv": "1,2",
    }
    folder = course.root / "submitted" / "eve" / ASSIGNMENT
    assert {stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.rglob("*")]} == {0o700, 0o600}


def test_a_hand_in_that_is_itself_a_link_is_not_collected(course: Course, tmp_path: Path) -> None:
    def swapped(hand_in: Path, seed: Path) -> None:
        shutil.rmtree(hand_in)
        hand_in.symlink_to(seed.parent)

    assert collected(course, tmp_path, swapped) == {}


def test_a_file_that_becomes_a_link_after_somebody_looked_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "seed").write_text(SECRET, encoding="utf-8")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "data.csv").symlink_to(tmp_path / "seed")
    assert not plain._copy(tmp_path / "in" / "data.csv", tmp_path / "out", below=tmp_path / "in")


def test_a_folder_that_becomes_a_link_after_somebody_looked_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "out-of-reach").mkdir()
    (tmp_path / "out-of-reach" / "data.csv").write_text(SECRET, encoding="utf-8")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").symlink_to(tmp_path / "out-of-reach")
    assert not plain._copy(tmp_path / "in" / "a" / "data.csv", tmp_path / "out", below=tmp_path / "in")
    assert not (tmp_path / "out").exists()


def test_it_is_what_nbgrader_collects_with(course: Course) -> None:
    assert course_config(course.root).ExchangeFactory.collect == f"autograde.plugin.{Collect.__name__}"
