"""One student's records where work comes through a hub's exchange: the course's own server asks the service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autograde.contract.failures import CourseError
from autograde.course.folder import Course
from autograde.grading.export import export
from autograde.grading.records import forget, recorded
from autograde.grading.retention import expire, expired
from machine_room.exchange.bundle import packed
from tests.hub.served import COURSE, Served, served

PS1 = f"courses/{COURSE}/assignments/01-backprop"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path / "exchange") as service:
        assert service.ask("POST", PS1, who="ivy", data=packed({"a.ipynb": b"{}"})).status_code == 201
        for who in ("ada", "ada", "bob"):
            work = packed({"a.ipynb": who.encode(), "data/points.csv": b"1,2"})
            assert service.ask("POST", f"{PS1}/hand-ins", who=who, data=work).status_code == 201
        for page in (b"first page", b"second page"):
            told = service.ask("POST", f"{PS1}/hand-ins/ada/2/feedback", who="ivy", data=packed({"a.html": page}))
            assert told.status_code == 201
        yield service


@pytest.fixture
def course(service: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """The course's server, whose token is formgrader's."""
    monkeypatch.setenv("MACHINE_ROOM_EXCHANGE_URL", service.url)
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "formgrader")
    root = tmp_path / "course"
    root.mkdir()
    (root / "nbgrader_config.py").write_text(f'c = get_config()\nc.CourseDirectory.course_id = "{COURSE}"\n')
    return Course(root)


def hand_ins(service: Served) -> list[tuple[str, int]]:
    kept = service.ask("GET", f"courses/{COURSE}/hand-ins", who="ivy").json()
    return [(one["student"], one["number"]) for one in kept]


def test_an_export_holds_every_hand_in_and_every_page(course: Course, tmp_path: Path) -> None:
    made = export(course, "ada", tmp_path / "export")
    folder = made.target / "records" / "hub-exchange"
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    told = json.loads(found.pop("records.json"))
    assert [(one["student"], one["number"]) for one in told] == [("ada", 1), ("ada", 2)]
    assert found == {
        "01-backprop/1/files/a.ipynb": b"ada",
        "01-backprop/1/files/data/points.csv": b"1,2",
        "01-backprop/2/files/a.ipynb": b"ada",
        "01-backprop/2/files/data/points.csv": b"1,2",
        "01-backprop/2/feedback/1/a.html": b"first page",
        "01-backprop/2/feedback/2/a.html": b"second page",
    }


def test_who_is_forgotten_is_out_of_the_exchange_and_nobody_else(course: Course, service: Served) -> None:
    assert [place.name for place, _ in recorded(course, "ada").places] == ["hub-exchange"]
    left = forget(course, "ada")
    assert left.is_empty
    assert not [one for one in left.out_of_reach if "exchange service" in one]
    assert hand_ins(service) == [("bob", 1)]


@pytest.mark.parametrize("token", ["ada", "omar", "no such token"])
def test_an_exchange_that_refuses_is_one_sentence_and_nothing_is_begun(
    course: Course, service: Served, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    (course.root / "submitted" / "ada").mkdir(parents=True)
    (course.root / "submitted" / "ada" / "a.ipynb").write_text("{}")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", token)
    with pytest.raises(CourseError, match=r"The hub's exchange does not do it: .* To leave it out, take"):
        forget(course, "ada")
    assert (course.root / "submitted" / "ada" / "a.ipynb").exists()
    assert len(hand_ins(service)) == 3


def test_without_a_token_it_is_said_and_nothing_is_begun(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JUPYTERHUB_API_TOKEN")
    with pytest.raises(CourseError, match=r"JUPYTERHUB_API_TOKEN is not set here\. Run the command in a terminal"):
        forget(course, "ada")


def test_an_exchange_that_does_not_answer_is_one_sentence(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MACHINE_ROOM_EXCHANGE_URL", "http://127.0.0.1:9/")
    with pytest.raises(CourseError, match="does not answer"):
        recorded(course, "ada")


def test_what_is_older_goes_there_too(course: Course, service: Served) -> None:
    (course.root / "autograde.toml").write_text("[retention]\nexchange_days = 30\n")
    now = datetime.now(UTC)
    assert expire(course, now + timedelta(days=29)) == []
    assert len(expired(course, now + timedelta(days=31))) == 3
    assert len(hand_ins(service)) == 3
    expire(course, now + timedelta(days=31))
    assert hand_ins(service) == []
