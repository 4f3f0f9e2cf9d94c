"""nbgrader's exchange through our plug-in classes and the service, without a hub: the cycle, and what is refused."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeError, ExchangeFactory
from traitlets.config import Config

from autograde.gradebook.database import gradebook_of
from machine_room.exchange import SEAMS, use_hub
from machine_room.exchange.service import Connection
from tests.hub.served import COURSE, OTHER, Served, served

PS1 = "01-backprop"


@dataclass
class Desk:
    """One person's folder, and nbgrader as it runs there."""

    who: str
    folder: Path
    url: str
    settings: dict[str, Any] = field(default_factory=dict)

    def do(self, action: str, assignment: str = PS1, course: str = COURSE, **options: Any) -> Any:
        """Do what nbgrader's commands do, as this person."""
        config = Config()
        use_hub(config, self.url)
        config.CourseDirectory.root = str(self.folder)
        config.CourseDirectory.course_id = course
        config.CourseDirectory.assignment_id = assignment
        config.Exchange.assignment_dir = str(self.folder)
        config.merge(Config(self.settings))
        factory = ExchangeFactory(config=config)
        directory = CourseDirectory(config=config)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("JUPYTERHUB_API_TOKEN", self.who)
            patch.setenv("JUPYTERHUB_USER", self.who)
            made = getattr(factory, action)(
                coursedir=directory, authenticator=Authenticator(config=config), config=config
            )
            for name, value in options.items():
                setattr(made, name, value)
            return made.start()

    def write(self, path: str, content: str) -> Path:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
        return target

    def read(self, path: str) -> str:
        return (self.folder / path).read_text()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path / "exchange") as service:
        yield service


@pytest.fixture
def ada(service: Served, tmp_path: Path) -> Desk:
    return Desk("ada", tmp_path / "home-of-ada", service.url)


@pytest.fixture
def bob(service: Served, tmp_path: Path) -> Desk:
    return Desk("bob", tmp_path / "home-of-bob", service.url)


@pytest.fixture
def ivy(service: Served, tmp_path: Path) -> Desk:
    """The instructor; one assignment is out."""
    desk = Desk("ivy", tmp_path / "course", service.url)
    desk.write(f"release/{PS1}/backprop.ipynb", "{}")
    desk.write(f"release/{PS1}/data/points.csv", "1,2")
    desk.write(f"release/{PS1}/__pycache__/a.pyc", "compiled")
    desk.do("ReleaseAssignment")
    return desk


def grade(ivy: Desk, student: str, page: str) -> None:
    """Leave what grading leaves: the page, and beside it when the work was handed in."""
    ivy.write(f"feedback/{student}/{PS1}/backprop.html", page)
    for name in ("timestamp.txt", "submission_secret.txt"):
        ivy.write(f"feedback/{student}/{PS1}/{name}", ivy.read(f"submitted/{student}/{PS1}/{name}"))


def test_the_whole_cycle(ivy: Desk, ada: Desk, bob: Desk) -> None:
    [out] = ada.do("List", assignment="")
    assert (out["status"], out["course_id"], out["assignment_id"]) == ("released", COURSE, PS1)
    ada.do("FetchAssignment")
    assert ada.read(f"{PS1}/data/points.csv") == "1,2"
    assert not (ada.folder / PS1 / "__pycache__").exists()
    [out] = ada.do("List", assignment="")
    assert out["status"] == "fetched"
    assert [book["notebook_id"] for book in out["notebooks"]] == ["backprop"]

    ada.write(f"{PS1}/backprop.ipynb", "wrong")
    ada.do("Submit")
    ada.write(f"{PS1}/backprop.ipynb", "right")
    ada.do("Submit")
    bob.do("FetchAssignment")
    bob.do("Submit")
    [handed_in] = ada.do("List", assignment="", cached=True)
    assert [one["has_exchange_feedback"] for one in handed_in["submissions"]] == [False, False]
    assert {info["student_id"] for info in ivy.do("List", inbound=True)} == {"ada", "bob"}

    ivy.do("Collect")
    assert stat.S_IMODE((ivy.folder / "submitted" / "ada" / PS1).stat().st_mode) == 0o700
    assert ivy.read(f"submitted/ada/{PS1}/backprop.ipynb") == "right"
    assert ivy.read(f"submitted/ada/{PS1}/timestamp.txt") == handed_in["submissions"][-1]["timestamp"]
    grade(ivy, "ada", "all right")
    grade(ivy, "bob", "nothing there")
    ivy.do("ReleaseFeedback")

    ada.do("FetchFeedback")
    [handed_in] = ada.do("List", assignment="", cached=True)
    assert [one["has_local_feedback"] for one in handed_in["submissions"]] == [False, True]
    page = Path(handed_in["submissions"][-1]["local_feedback_path"]) / "backprop.html"
    assert page.read_text() == "all right"
    assert [one["feedback_updated"] for one in handed_in["submissions"]] == [False, False]

    grade(ivy, "ada", "one point more")
    ivy.do("ReleaseFeedback")
    [handed_in] = ada.do("List", assignment="", cached=True)
    assert handed_in["submissions"][-1]["feedback_updated"]
    ada.do("FetchFeedback")
    assert page.read_text() == "one point more"


def test_feedback_goes_to_the_hand_in_that_was_graded(ivy: Desk, ada: Desk) -> None:
    ada.do("FetchAssignment")
    ada.do("Submit")
    ivy.do("Collect")
    grade(ivy, "ada", "on the first")
    ada.do("Submit")  # while the first one is being graded
    ivy.do("ReleaseFeedback")
    [handed_in] = ada.do("List", assignment="", cached=True)
    assert [one["has_exchange_feedback"] for one in handed_in["submissions"]] == [True, False]


@pytest.mark.parametrize("left", ["timestamp.txt", "submission_secret.txt"])
def test_either_of_the_two_files_beside_a_page_is_enough(left: str, ivy: Desk, ada: Desk) -> None:
    ada.do("FetchAssignment")
    ada.do("Submit")
    ivy.do("Collect")
    grade(ivy, "ada", "page")
    for name in {"timestamp.txt", "submission_secret.txt"} - {left}:
        (ivy.folder / "feedback" / "ada" / PS1 / name).unlink()
    ivy.do("ReleaseFeedback")
    [handed_in] = ada.do("List", assignment="", cached=True)
    assert handed_in["submissions"][0]["has_exchange_feedback"]


def test_one_students_page_without_either_stops_nobody_elses(ivy: Desk, ada: Desk, bob: Desk) -> None:
    for desk in (ada, bob):
        desk.do("FetchAssignment")
        desk.do("Submit")
    ivy.do("Collect")
    grade(ivy, "bob", "page")
    ivy.write(f"feedback/ada/{PS1}/backprop.html", "page")
    with pytest.raises(ExchangeError, match="all other is: ada: no hand-in"):
        ivy.do("ReleaseFeedback")
    [handed_in] = bob.do("List", assignment="", cached=True)
    assert handed_in["submissions"][0]["has_exchange_feedback"]


def test_feedback_that_is_the_same_is_not_given_twice(ivy: Desk, ada: Desk, service: Served) -> None:
    ada.do("FetchAssignment")
    ada.do("Submit")
    ivy.do("Collect")
    grade(ivy, "ada", "page")
    for _ in range(3):
        ivy.do("ReleaseFeedback")
    given = service.exchange.store.drawer(COURSE, "feedback", PS1, "ada", "1").sheets()
    assert len(given) == 1


def test_the_servers_time_and_secret_take_the_place_of_the_students(ivy: Desk, ada: Desk, service: Served) -> None:
    ada.do("FetchAssignment")
    # Straight to the service, since our own client leaves these out.
    forged = {"backprop.ipynb": b"{}", "timestamp.txt": b"2020-01-01 00:00:00 UTC", "submission_secret.txt": b"mine"}
    Connection(service.url, "ada").send("courses", COURSE, "assignments", PS1, "hand-ins", files=forged)
    ivy.do("Collect")
    assert ivy.read(f"submitted/ada/{PS1}/timestamp.txt") > "2026"
    assert ivy.read(f"submitted/ada/{PS1}/submission_secret.txt") != "mine"


def test_collecting_again_takes_what_is_newer_when_asked_to(ivy: Desk, ada: Desk) -> None:
    ada.do("FetchAssignment")
    ada.do("Submit")
    ivy.do("Collect")
    ada.write(f"{PS1}/backprop.ipynb", "second")
    ada.do("Submit")
    ivy.do("Collect")
    assert ivy.read(f"submitted/ada/{PS1}/backprop.ipynb") == "{}"
    ivy.do("Collect", update=True)
    assert ivy.read(f"submitted/ada/{PS1}/backprop.ipynb") == "second"
    ivy.write(f"submitted/ada/{PS1}/note", "kept where nothing is newer")
    ivy.do("Collect", update=True)
    assert ivy.read(f"submitted/ada/{PS1}/note")


def test_the_last_one_before_the_due_date(ivy: Desk, ada: Desk, bob: Desk) -> None:
    ada.do("FetchAssignment")
    bob.do("FetchAssignment")
    for content in ("first", "second"):
        ada.write(f"{PS1}/backprop.ipynb", content)
        ada.do("Submit")
    with gradebook_of(ivy.folder) as gradebook:
        gradebook.update_or_create_assignment(PS1, duedate=datetime.now(UTC).replace(tzinfo=None))
    for desk in (ada, bob):
        for content in ("late", "later"):
            desk.write(f"{PS1}/backprop.ipynb", content)
            desk.do("Submit")
    ivy.do("Collect", before_duedate=True)
    assert ivy.read(f"submitted/ada/{PS1}/backprop.ipynb") == "second"
    assert ivy.read(f"submitted/bob/{PS1}/backprop.ipynb") == "later"  # none was in time


def test_what_a_student_has_begun_is_not_overwritten(ivy: Desk, ada: Desk) -> None:
    ada.do("FetchAssignment")
    ada.write(f"{PS1}/backprop.ipynb", "begun")
    with pytest.raises(ExchangeError, match="already have a copy"):
        ada.do("FetchAssignment")
    (ada.folder / PS1 / "data" / "points.csv").unlink()
    ada.do("FetchAssignment", replace_missing_files=True)
    assert ada.read(f"{PS1}/backprop.ipynb") == "begun"
    assert ada.read(f"{PS1}/data/points.csv") == "1,2"


@pytest.mark.parametrize("includes", [True, False])
def test_a_folder_for_each_course_where_the_hub_has_several(includes: bool, ivy: Desk, ada: Desk) -> None:
    ada.settings = {"Exchange": {"path_includes_course": includes}}
    ada.do("FetchAssignment")
    folder = f"{COURSE}/{PS1}" if includes else PS1
    assert (ada.folder / folder / "backprop.ipynb").is_file()
    ada.do("Submit")
    assert len(ada.do("List", cached=True)) == 1


def test_a_link_is_not_followed_and_a_secret_file_stays(ivy: Desk, ada: Desk, service: Served, tmp_path: Path) -> None:
    ada.do("FetchAssignment")
    (tmp_path / "secret").write_text("of this machine")
    (ada.folder / PS1 / "stolen").symlink_to(tmp_path / "secret")
    (ada.folder / PS1 / "folder").symlink_to(tmp_path)
    os.mkfifo(ada.folder / PS1 / "pipe")
    names = (".hidden.swp", "a\nb", "a\\b", " a", "x" * 129, "e\u0301.csv", ".ssh/key", os.fsdecode(b"\xff"))
    for name in names:
        ada.write(f"{PS1}/{name}", "stays here")
    ada.do("Submit")
    [one] = Connection(service.url, "ivy").told("courses", COURSE, "hand-ins")
    assert sorted(path for path, *_ in one["files"]) == ["backprop.ipynb", "data/points.csv"]


@pytest.mark.parametrize("name", ["linked.ipynb", "e\u0301.ipynb", "a\nb.ipynb"])
def test_a_notebook_that_cannot_go_along_is_not_left_out_in_silence(name: str, ivy: Desk, ada: Desk) -> None:
    ada.do("FetchAssignment")
    path = ada.folder / PS1 / name
    if name.startswith("linked"):
        path.symlink_to(ada.folder / PS1 / "backprop.ipynb")
    else:
        path.write_text("{}")
    with pytest.raises(ExchangeError, match="nothing was sent"):
        ada.do("Submit")
    assert ivy.do("List", inbound=True) == []


def test_a_notebook_that_is_missing_is_told_or_refused(ivy: Desk, ada: Desk, caplog: pytest.LogCaptureFixture) -> None:
    ada.do("FetchAssignment")
    (ada.folder / PS1 / "backprop.ipynb").rename(ada.folder / PS1 / "mine.ipynb")
    with pytest.raises(ExchangeError, match=r"backprop\.ipynb is missing"):
        ada.do("Submit", strict=True)
    with caplog.at_level(logging.WARNING, "traitlets"):
        ada.do("Submit")
    assert "Submitted without: backprop.ipynb" in caplog.text


# What is refused, and what the sentence says. Who, action, settings, word.
REFUSED = [
    ("ada", "ReleaseAssignment", {}, "no instructor"),
    ("ada", "Collect", {}, ""),
    ("olga", "FetchAssignment", {}, "no student"),
    ("eve", "Submit", {}, "no student"),
    ("eve", "FetchFeedback", {}, "no student"),
    ("ada", "Submit", {"CourseDirectory": {"student_id": "bob"}}, "cannot hand in as bob"),
    ("ada", "Submit", {"CourseDirectory": {"assignment_id": "02-none"}}, "not found"),
    ("ada", "FetchAssignment", {"CourseDirectory": {"assignment_id": "02-none"}}, "no released assignment"),
    ("ada", "FetchAssignment", {"CourseDirectory": {"course_id": OTHER}}, "no student"),
    ("ada", "FetchAssignment", {"CourseDirectory": {"course_id": ""}}, "No course id"),
    ("ivy", "ReleaseAssignment", {}, "--force"),
    ("nobody", "List", {}, "no token"),
]


@pytest.mark.parametrize(("who", "action", "settings", "word"), REFUSED)
def test_what_is_refused_is_one_sentence_of_nbgraders_kind(
    who: str, action: str, settings: dict[str, Any], word: str, ivy: Desk, service: Served, tmp_path: Path
) -> None:
    desk = Desk(who, tmp_path / ("course" if who == "ivy" else who), service.url, settings)
    desk.write(f"{PS1}/backprop.ipynb", "{}")
    desk.write(f"release/{PS1}/backprop.ipynb", "{}")
    if (who, action) == ("ada", "Collect"):  # a student collects what is theirs, and nothing else
        desk.do("Collect")
        assert not (desk.folder / "submitted").exists()
        return
    if action == "FetchAssignment":
        settings.setdefault("Exchange", {})["assignment_dir"] = str(tmp_path / "empty")
    with pytest.raises(ExchangeError, match=word):
        desk.do(action)


def test_where_no_service_answers_the_sentence_says_so(tmp_path: Path) -> None:
    with pytest.raises(ExchangeError, match="does not answer"):
        Desk("ada", tmp_path, "http://127.0.0.1:1/").do("List")
    with pytest.raises(ExchangeError, match="no exchange here"):
        Desk("ada", tmp_path, "").do("List")


def test_a_netrc_file_does_not_speak_for_another(ivy: Desk, ada: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    (ada.folder / ".netrc").parent.mkdir(exist_ok=True)
    (ada.folder / ".netrc").write_text("default login ivy password ivy\n")
    monkeypatch.setenv("NETRC", str(ada.folder / ".netrc"))
    assert ada.do("List", assignment="")


def test_withdrawn_is_no_longer_listed_and_hand_ins_stay(ivy: Desk, ada: Desk) -> None:
    ada.do("FetchAssignment")
    ada.do("Submit")
    ivy.do("List", remove=True)
    assert ada.do("List", assignment="") == []
    with pytest.raises(ExchangeError, match="kept"):
        ivy.do("List", inbound=True, remove=True)
    assert len(ivy.do("List", inbound=True)) == 1


def test_a_folder_that_is_replaced_is_whole_or_the_old_one(
    ivy: Desk, ada: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada.do("FetchAssignment")
    ada.do("Submit")
    ivy.do("Collect")
    ada.write(f"{PS1}/backprop.ipynb", "second")
    ada.do("Submit")
    with monkeypatch.context() as patched:
        patched.setattr("machine_room.exchange.service.write_files", _disk_full)
        with pytest.raises(ExchangeError, match=r"ada: .*disk full"):
            ivy.do("Collect", update=True)
    assert ivy.read(f"submitted/ada/{PS1}/backprop.ipynb") == "{}"
    assert [path.name for path in (ivy.folder / "submitted" / "ada").iterdir()] == [PS1]


def _disk_full(folder: Path, files: object) -> None:
    folder.mkdir(parents=True)
    raise OSError("disk full")


def test_every_seam_of_nbgrader_has_a_class() -> None:
    seams = set(ExchangeFactory.class_traits(config=True))
    assert seams == set(SEAMS)


def test_the_classes_need_nothing_of_the_autograder_or_the_hub(tmp_path: Path) -> None:
    """As in a student's environment: importing these names fails there."""
    asked = "import sys; sys.modules |= dict.fromkeys(('autograde', 'jupyterhub', 'machine_room_hub'))\n"
    asked += "from importlib import import_module\n"
    asked += "\n".join(f"import_module('machine_room.exchange.{name.partition('.')[0]}')" for name in SEAMS.values())
    asked += "\nimport_module('machine_room.exchange.strict')"
    subprocess.run([sys.executable, "-P", "-c", asked], cwd=tmp_path, check=True)
