"""What the panel *Hand in* asks a student's server: whose folder it may be, what goes along, what came of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from machine_room.exchange.bundle import packed
from machine_room.exchange.panel import Folder, told
from machine_room.exchange.service import Connection, Refused
from tests.hub.served import COURSE, Served, served

PS1 = "01-backprop"
HAND_INS = ("courses", COURSE, "assignments", PS1, "hand-ins")
STUDENTS = Path(__file__).resolve().parents[3] / "hub" / "local" / "students"


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """ada's server, in the course that it names; one assignment is out, and in her folder."""
    with served(tmp_path / "exchange") as service:
        for name, value in (
            ("JUPYTERHUB_API_TOKEN", "ada"), ("JUPYTERHUB_USER", "ada"), ("MACHINE_ROOM_EXCHANGE_URL", service.url),
            ("MACHINE_ROOM_COURSE", COURSE), ("JUPYTER_CONFIG_PATH", str(STUDENTS)),
        ):  # fmt: skip
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        service.ask("POST", f"courses/{COURSE}/assignments/{PS1}", who="ivy", data=packed({"a.ipynb": b"{}"}))
        folder = tmp_path / "home" / PS1
        folder.mkdir(parents=True)
        (folder / "a.ipynb").write_bytes(b"mine")
        (folder / ".hidden").write_bytes(b"no")
        yield service


@pytest.fixture
def folder(service: Served, tmp_path: Path) -> Folder:
    return Folder(tmp_path / "home", f"{PS1}/a.ipynb")


@pytest.mark.parametrize("path", ["a.ipynb", "../elsewhere/a.ipynb", f"{PS1}/../../a.ipynb", "/etc/x/a.ipynb", ""])
def test_a_notebook_that_is_in_no_folder_of_the_students_is_refused(path: str, tmp_path: Path, service: Served) -> None:
    with pytest.raises(Refused, match="is handed in from the folder of its assignment"):
        Folder(tmp_path / "home", path)


def test_before_anything_is_handed_in_it_says_what_would_go_along(folder: Folder) -> None:
    found = told(folder)
    assert (found["assignment"], found["is_out"], found["last"], found["before"]) == (PS1, True, None, [])
    [file] = found["files"]
    assert (file["path"], file["bytes"], file["digest"]) == ("a.ipynb", 4, hashlib.sha256(b"mine").hexdigest()[:8])


def grader_asks(service: Served, **said: str) -> None:
    """The course's grader, as it asks for what waits."""
    Connection(service.url, "ivy").told("courses", COURSE, "waiting", assignment=PS1, **said)


@pytest.mark.parametrize(
    ("pace", "said"),
    [
        ("", ""),
        ("1.2", "It is graded at once. It takes about 5 seconds, as others' did."),
        ("64", "It is graded at once. It takes about 65 seconds, as others' did."),
        ("400", "It is graded at once. It takes about 7 minutes, as others' did."),
    ],
)
def test_before_anything_is_handed_in_it_says_how_long_grading_takes(
    folder: Folder, service: Served, pace: str, said: str
) -> None:
    assert told(folder)["takes"] == ""  # nobody grades at once
    grader_asks(service, pace=pace, lanes="1")
    assert told(folder)["takes"] == said


def test_what_waits_already_counts(folder: Folder, service: Served) -> None:
    grader_asks(service, pace="80", lanes="2")
    Connection(service.url, "bob").send(*HAND_INS, files={"a.ipynb": b"theirs"})
    assert told(folder)["takes"] == "It is graded at once. It takes about 2 minutes, as others' did."


def test_what_is_handed_in_is_what_it_said(folder: Folder, service: Served) -> None:
    digest = told(folder)["files"][0]["digest"]
    assert folder.hand_in()["number"] == 1
    [one] = Connection(service.url, "ada").told("courses", COURSE, "hand-ins")
    assert [(path, sha256[:8]) for path, _, sha256 in one["files"]] == [("a.ipynb", digest)]


def test_what_came_of_it_is_told_and_of_those_before_the_points(folder: Folder, service: Served) -> None:
    answer = {"state": "graded", "sentence": "2 of 3 points; attempt 1.", "lines": [], "points": 2.0, "most": 3.0}
    for number in (1, 2):
        folder.hand_in()
        assert told(folder)["last"]["said"] == "It is kept, and is graded with everybody's."
        Connection(service.url, "ivy").say(*HAND_INS, "ada", str(number), "answer", said=answer)
    found = told(folder)
    assert (found["last"]["number"], found["last"]["said"]) == (2, "2 of 3 points; attempt 1.")
    assert [(one["number"], one["points"]) for one in found["before"]] == [(1, 2.0)]


def test_a_refusal_of_the_exchange_is_its_sentence(folder: Folder, service: Served) -> None:
    service.ask("DELETE", f"courses/{COURSE}/assignments/{PS1}", who="ivy")
    assert told(folder)["is_out"] is False
    with pytest.raises(Refused, match=f"There is no released assignment {PS1}"):
        folder.hand_in()


def test_where_the_server_names_no_course_it_is_the_folder_above(
    service: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MACHINE_ROOM_COURSE")
    (tmp_path / "home" / PS1).rename(tmp_path / "home" / "moved")
    (tmp_path / "home" / COURSE).mkdir()
    (tmp_path / "home" / "moved").rename(tmp_path / "home" / COURSE / PS1)
    assert Folder(tmp_path / "home", f"{COURSE}/{PS1}/a.ipynb").hand_in()["number"] == 1
