"""Graded while the student watches: from the exchange through the grader process and back; what comes between."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeFactory
from traitlets.config import Config

from autograde.cli import autograde
from autograde.contract.failures import CourseError, Failure, Stage
from autograde.contract.verdict import Kept, Verdict
from autograde.course.folder import Course
from autograde.course.notebook import exercise_of, role_of
from autograde.course.settings import FILE
from autograde.gradebook.database import gradebook_of
from autograde.gradebook.hub import HandIn, Hub, HubError, hub_of
from autograde.gradebook.standings import extend, set_due
from autograde.grading import client, watch
from autograde.grading.bench import locked
from autograde.grading.watch import Watcher
from machine_room.exchange import handed_in, use_hub
from machine_room.exchange.bundle import packed
from machine_room.exchange.service import Connection
from tests.hub import served as exchange
from tests.hub.served import COURSE

from . import test_run, test_serve
from .test_run import ASSIGNMENT, RIGHT, UPHILL, Quick, scores

course, quick, served = test_run.course, test_run.quick, test_serve.served
MORNING = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HALF = {**RIGHT, "gradient_descent_step": UPHILL}
POLICY = (
    "c = get_config()\nc.CourseDirectory.course_id = 'machine-room'\nc.LateSubmissionPlugin.penalty_method = 'zero'\n"
)


@dataclass
class Scene:
    """A course with its grader process, an exchange, and a clock that both go by."""

    course: Course
    service: exchange.Served
    now: datetime = MORNING
    said: list[str] = field(default_factory=list)
    awake: list[list[str]] = field(default_factory=list)  # assignments that the grader process is to be ready for

    def hand_in(self, student: str = "ada", **solutions: str) -> int:
        notebook = json.loads((self.course.root / "release" / ASSIGNMENT / "small.ipynb").read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if role_of(cell).value == "solution":
                cell["source"] = solutions.get(exercise_of(cell) or "", cell["source"])
        place = ("courses", COURSE, "assignments", ASSIGNMENT, "hand-ins")
        told = Connection(self.service.url, student).send(*place, files={"small.ipynb": json.dumps(notebook).encode()})
        return int(told["number"])

    def watcher(self, **parts: Any) -> Watcher:
        hub = Hub(self.course.root, COURSE, self.service.url)
        quiet: dict[str, Any] = {
            "say": self.said.append,
            "now": lambda: self.now,
            "wake": lambda _, asked: self.awake.append(list(asked)),
        }
        return Watcher(self.course, **{"hub": hub, **quiet, **parts})

    def turn(self, watcher: Watcher | None = None) -> None:
        """All that waits is graded."""
        one = watcher or self.watcher()
        one.once()
        one.wait()

    def seen(self, number: int, student: str = "ada") -> dict[str, Any]:
        place = ("courses", COURSE, "assignments", ASSIGNMENT, "hand-ins", student, str(number), "answer")
        told: dict[str, Any] = Connection(self.service.url, student).told(*place)
        return told

    def answer(self, number: int, student: str = "ada") -> dict[str, Any]:
        told: dict[str, Any] = self.seen(number, student)["answer"]
        return told

    def allow(self, **settings: object) -> None:
        text = "".join(f"{key} = {value}\n" for key, value in settings.items())
        (self.course.root / FILE).write_text(f"[watch.{ASSIGNMENT}]\n{text}", encoding="utf-8")


@pytest.fixture
def scene(
    course: Course, served: test_serve.Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Scene]:
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "formgrader")
    (course.root / "nbgrader_config.py").write_text(POLICY)
    found: list[Scene] = []
    with exchange.served(tmp_path / "exchange", clock=lambda: found[0].now) as service:
        scene = Scene(course, service)
        found.append(scene)
        path = f"courses/{COURSE}/assignments/{ASSIGNMENT}"
        assert service.ask("POST", path, who="ivy", data=packed({"small.ipynb": b"{}"})).status_code == 201
        scene.allow()
        yield scene


def collected(scene: Scene) -> str:
    return (scene.course.root / "submitted" / "ada" / ASSIGNMENT / "timestamp.txt").read_text()


def in_notebook(scene: Scene, monkeypatch: pytest.MonkeyPatch, student: str = "ada") -> str:
    """What `handed_in()` shows in the student's notebook."""
    with monkeypatch.context() as patch:
        for name, value in (
            ("JUPYTERHUB_API_TOKEN", student), ("JUPYTERHUB_USER", student), ("MACHINE_ROOM_COURSE", COURSE),
            ("MACHINE_ROOM_EXCHANGE_URL", scene.service.url),
        ):  # fmt: skip
            patch.setenv(name, value)
        return handed_in(ASSIGNMENT, wait_seconds=0).text


# --- the way there and back


def test_the_grader_process_is_asked_to_be_ready_before_anybody_hands_in(scene: Scene) -> None:
    scene.hand_in(**RIGHT)
    scene.turn()
    assert scene.awake == [[ASSIGNMENT]]


def test_a_hand_in_has_points_and_sentences_and_the_gradebook_has_the_same(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.hand_in(**HALF)
    scene.turn()
    told = scene.answer(1)
    assert (told["state"], told["points"], told["most"], told["attempt"]) == ("graded", 2.5, 3.5, 1)
    assert [(line["name"], line["points"], line["outcome"]) for line in told["lines"]] == [
        ("relative_error", 2.5, "correct"),
        ("gradient_descent_step", 0.0, "wrong"),
    ]
    assert scores(scene.course) == {"ada": 2.5}
    shown = in_notebook(scene, monkeypatch)
    assert "relative_error: 2.5 of 2.5" in shown
    assert "gradient_descent_step: 0 of 1\n    wrong\n    Some results differ" in shown


def test_mended_and_handed_in_again_the_points_grow_and_the_earlier_one_is_listed(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.hand_in(**HALF)
    scene.turn()
    scene.now += timedelta(minutes=3)
    scene.hand_in(**RIGHT)
    scene.turn()
    assert [scene.answer(number)["points"] for number in (1, 2)] == [2.5, 3.5]
    assert scores(scene.course) == {"ada": 3.5}
    assert "Number 1, 2026-11-20 09:00 UTC: 2.5 points." in in_notebook(scene, monkeypatch)


def test_it_says_what_the_batch_says(scene: Scene) -> None:
    for student, solutions in (("ada", HALF), ("bob", RIGHT)):
        scene.hand_in(student, **solutions)
    scene.turn()
    kept: list[Kept] = []
    verdicts = client.grade(scene.course, ASSIGNMENT, on_kept=lambda _, why: kept.append(why))
    assert kept == [Kept.NOTHING_NEW] * 2
    assert {one.student: one.points for one in verdicts} == {
        who: scene.answer(1, who)["points"] for who in ("ada", "bob")
    }


def test_an_assignment_that_the_course_does_not_name_is_not_graded_at_once(scene: Scene, quick: Quick) -> None:
    (scene.course.root / FILE).write_text("")
    scene.hand_in(**RIGHT)
    scene.turn()
    assert quick.graded == []
    assert (scene.seen(1)["answer"], scene.seen(1)["watched"]) == (None, False)


def test_of_two_hand_ins_that_wait_the_last_one_is_graded(scene: Scene, quick: Quick) -> None:
    scene.hand_in(**HALF)
    scene.hand_in(**RIGHT)
    scene.turn()
    assert quick.graded == ["ada"]
    assert (scene.seen(1)["answer"], scene.answer(2)["points"]) == (None, 3.5)


def test_points_alone_where_the_course_shows_no_more(scene: Scene) -> None:
    scene.allow(show='"points"')
    scene.hand_in(**HALF)
    scene.turn()
    assert {(line["outcome"], line["hint"], line["text"]) for line in scene.answer(1)["lines"]} == {("", "", "")}
    assert scene.answer(1)["points"] == 2.5


# --- what is not graded at once is kept, and said


def test_more_than_the_allowed_attempts_are_kept_refused_with_a_sentence_and_count(scene: Scene, quick: Quick) -> None:
    scene.allow(attempts=2)
    for solutions in (HALF, {}, RIGHT):
        scene.now += timedelta(minutes=1)
        scene.hand_in(**solutions)
        scene.turn()
    assert [scene.answer(number)["state"] for number in (1, 2, 3)] == ["graded", "graded", "later"]
    assert scene.answer(3)["sentence"] == (
        "It is kept, and nothing of it is lost. 2 of yours were graded at once, which is how many are. It is graded "
        "later, with everybody's."
    )
    assert len(quick.graded) == 2
    collect(scene)
    client.grade(scene.course, ASSIGNMENT)
    assert scores(scene.course) == {"ada": 3.5}


def collect(scene: Scene) -> None:
    """`nbgrader collect --update`, as formgrader's button does it."""
    config = Config()
    use_hub(config, scene.service.url)
    config.CourseDirectory.root = str(scene.course.root)
    config.CourseDirectory.course_id = COURSE
    config.CourseDirectory.assignment_id = ASSIGNMENT
    ExchangeFactory(config=config).Collect(
        coursedir=CourseDirectory(config=config), authenticator=Authenticator(config=config), config=config, update=True
    ).start()


def test_too_soon_is_refused_with_the_time_that_is_left_and_graded_after_it(scene: Scene) -> None:
    scene.allow(pause_seconds=300)
    scene.hand_in(**HALF)
    scene.turn()
    scene.now += timedelta(seconds=100)
    scene.hand_in(**RIGHT)
    scene.turn()
    told = scene.answer(2)
    assert told["state"] == "later"
    assert "5 minutes pass: hand in again in 3 minutes 20 seconds, after 2026-11-20 09:05 UTC." in told["sentence"]
    scene.now += timedelta(seconds=200)
    scene.hand_in(**RIGHT)
    scene.turn()
    assert (scene.answer(3)["points"], scene.answer(3)["attempt"]) == (3.5, 2)


CLOSED = {
    "a time that the course sets": (lambda course: None, {"until": "2026-11-20T10:00:00Z"}),
    "the due date": (lambda course: set_due(course.root, ASSIGNMENT, MORNING + timedelta(hours=1)), {}),
}


@pytest.mark.parametrize(("prepare", "settings"), CLOSED.values(), ids=CLOSED)
def test_too_late_is_refused_with_a_sentence(
    scene: Scene, prepare: Callable[[Course], None], settings: dict[str, str]
) -> None:
    scene.allow(**settings)
    scene.hand_in(**HALF)
    scene.turn()
    prepare(scene.course)
    scene.now += timedelta(hours=2)
    scene.hand_in(**RIGHT)
    scene.turn()
    assert scene.answer(2)["state"] == "later"
    assert "graded at once until 2026-11-20 10:00 UTC" in scene.answer(2)["sentence"]
    assert scores(scene.course) == {"ada": 2.5}  # until the instructor collects


def test_who_was_given_longer_is_graded_for_longer(scene: Scene) -> None:
    scene.hand_in(**HALF)
    scene.turn()
    set_due(scene.course.root, ASSIGNMENT, MORNING + timedelta(hours=1))
    extend(scene.course.root, ASSIGNMENT, "ada", MORNING + timedelta(hours=3))
    scene.now += timedelta(hours=2)
    scene.hand_in(**RIGHT)
    scene.turn()
    assert (scene.answer(2)["state"], scene.answer(2)["points"]) == ("graded", 3.5)


# --- when something is down


class Down:
    """The grader process, which fails for a while."""

    def __init__(self, error: Exception, times: int) -> None:
        self.error, self.left = error, times

    def __call__(self, *arguments: Any, **named: Any) -> list[Verdict]:
        if self.left:
            self.left -= 1
            raise self.error
        return client.grade(*arguments, **named)


@pytest.mark.parametrize("error", [CourseError("the gradebook is locked"), RuntimeError("a bug of ours")])
def test_a_grader_that_fails_is_tried_again_and_the_student_is_told(
    scene: Scene, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "REST_SECONDS", (0.0, 0.0))
    watcher = scene.watcher(grade=Down(error, times=2))
    scene.hand_in(**RIGHT)
    scene.turn(watcher)
    scene.turn(watcher)
    assert scene.seen(1)["answer"] is None
    assert "Your work is kept, and is graded when that is mended." in scene.seen(1)["trouble"]
    assert str(error) in in_log(scene)
    scene.turn(watcher)
    assert scene.answer(1)["points"] == 3.5
    watcher.once()
    assert scene.seen(1)["trouble"] == ""


def in_log(scene: Scene) -> str:
    return "\n".join(scene.said)


def test_what_failed_rests_for_a_while(scene: Scene, quick: Quick) -> None:
    watcher = scene.watcher(grade=Down(CourseError("no"), times=1))
    scene.hand_in(**RIGHT)
    scene.turn(watcher)
    scene.turn(watcher)
    assert quick.graded == []


@pytest.mark.parametrize("moment", ["collect", "say"])
def test_killed_before_the_answer_the_next_one_begins_again_and_grades_nothing_twice(
    scene: Scene, quick: Quick, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = getattr(Hub, moment)

    def killed(hub: Hub, *arguments: Any) -> None:
        if moment == "collect":
            whole(hub, *arguments)  # and not graded any more
        raise HubError("killed")

    scene.hand_in(**RIGHT)
    with monkeypatch.context() as patch:
        patch.setattr(Hub, moment, killed)
        scene.turn()
    assert scene.seen(1)["answer"] is None
    scene.turn()
    assert scene.answer(1)["points"] == 3.5
    assert quick.graded == ["ada"]


def test_a_hand_in_that_came_while_nobody_watched_is_graded_by_who_comes_next(scene: Scene) -> None:
    scene.hand_in(**RIGHT)
    assert scene.seen(1)["there"] is False
    scene.turn()
    assert scene.answer(1)["points"] == 3.5


def test_work_that_cannot_be_entered_is_told_to_its_student_and_the_others_are_graded(scene: Scene) -> None:
    def failing(course: Course, assignment: str, options: Any, **on: Any) -> list[Verdict]:
        if options.students == ("ada",):
            on["on_failure"](Failure("ada", Stage.RECORDING, "secret/path: no"))
            return []
        return client.grade(course, assignment, options, **on)

    for student in ("ada", "bob"):
        scene.hand_in(student, **RIGHT)
    scene.turn(scene.watcher(grade=failing))
    assert scene.answer(1)["state"] == "failed"
    assert "secret/path" not in json.dumps(scene.answer(1))
    assert "secret/path" in in_log(scene)
    assert scene.answer(1, "bob")["points"] == 3.5


def test_who_is_forgotten_while_they_are_collected_leaves_nothing_and_nobody_waits_for_it(
    scene: Scene, quick: Quick, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Hub.collect

    def forgotten(hub: Hub, one: HandIn) -> None:
        whole(hub, one)
        Connection(scene.service.url, "ivy").remove("courses", COURSE, "students", "ada")

    watcher = scene.watcher()
    scene.hand_in(**RIGHT)
    with monkeypatch.context() as patch:
        patch.setattr(Hub, "collect", forgotten)
        scene.turn(watcher)
    assert quick.graded == []
    assert not (scene.course.root / "submitted" / "ada").exists()
    scene.turn(watcher)
    scene.hand_in("bob", **RIGHT)
    watcher.once()
    assert scene.seen(1, "bob")["trouble"] == ""
    watcher.wait()


class Over(Exception):
    """Enough was seen."""


def test_an_exchange_that_is_down_and_settings_that_are_wrong_end_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rest(seconds: float) -> None:
        if len(scene.said) == 2:
            raise Over
        (scene.course.root / FILE).write_text("watch = 3")

    nowhere = Hub(scene.course.root, COURSE, "http://127.0.0.1:9/")
    monkeypatch.setattr(watch, "time", SimpleNamespace(sleep=rest, monotonic=time.monotonic))
    with pytest.raises(Over):
        scene.watcher(hub=nowhere).run()
    assert "does not answer" in scene.said[0]
    assert "watch should have a table for each assignment" in scene.said[1]


def test_where_no_hub_is_it_says_so(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JUPYTERHUB_API_TOKEN")
    with pytest.raises(CourseError, match="Let the hub start this"):
        hub_of(scene.course.root)
    (scene.course.root / "nbgrader_config.py").write_text("c = get_config()\n")
    with pytest.raises(CourseError, match="has no name"):
        hub_of(scene.course.root)


def test_the_command_says_who_watches_already_what_is_missing_and_that_it_is_no_course(
    scene: Scene, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JUPYTERHUB_API_TOKEN")
    elsewhere, here = str(tmp_path_factory.mktemp("elsewhere")), str(scene.course.root)

    def said(root: str) -> str:
        ended = CliRunner().invoke(autograde, ["watch", "--course", root]).exception
        assert isinstance(ended, CourseError)
        return str(ended)

    assert "Let the hub start this" in said(here)
    with locked(scene.course, watch.LOCK) as mine:
        assert mine
        assert "Another `autograde watch` is at work" in said(here)
    assert "No course in" in said(elsewhere)


# --- what a person did, and what counts


def test_a_persons_score_stays_whatever_is_handed_in_and_is_flagged_once(scene: Scene) -> None:
    scene.hand_in(**HALF)
    scene.turn()
    with gradebook_of(scene.course.root) as book:
        grade = next(g for g in book.find_submission_notebook("small", ASSIGNMENT, "ada").grades if g.auto_score == 0.0)
        grade.manual_score, grade.needs_manual_grade = 0.5, False
        name = grade.name
        book.db.commit()
    for solutions in (HALF, RIGHT, RIGHT):
        scene.now += timedelta(minutes=1)
        scene.hand_in(**{**solutions, "relative_error": f"# {scene.now}\n{RIGHT['relative_error']}"})
        scene.turn()
    with gradebook_of(scene.course.root) as book:
        found = [g for g in book.find_submission_notebook("small", ASSIGNMENT, "ada").grades if g.name == name]
        assert [(g.manual_score, g.needs_manual_grade) for g in found] == [(0.5, True)]


def test_the_last_one_counts_also_where_it_is_worse(scene: Scene) -> None:
    for solutions in (RIGHT, HALF):
        scene.hand_in(**solutions)
        scene.turn()
        scene.now += timedelta(minutes=1)
    assert scores(scene.course) == {"ada": 2.5}
    assert scene.answer(2)["counts"] is None


def test_where_the_best_counts_a_worse_one_leaves_gradebook_and_submitted_as_they_were(scene: Scene) -> None:
    scene.allow(counts='"best"', attempts=2)
    for solutions in (RIGHT, HALF, HALF):
        scene.hand_in(**solutions)
        scene.turn()
        scene.now += timedelta(minutes=1)
    assert [scene.answer(number)["counts"] for number in (1, 2, 3)] == [1, 1, 1]
    assert "Your hand-in number 1 counts" in scene.answer(2)["sentence"]
    assert "It does not count" in scene.answer(3)["sentence"]
    assert scores(scene.course) == {"ada": 3.5}
    assert collected(scene).startswith("2026-11-20 09:00:00")
    collect(scene)
    assert collected(scene).startswith("2026-11-20 09:00:00")


def test_the_best_is_compared_after_what_being_late_costs(scene: Scene) -> None:
    scene.allow(counts='"best"', until="2026-11-21T10:00:00Z")
    scene.hand_in(**HALF)
    scene.turn()
    set_due(scene.course.root, ASSIGNMENT, MORNING + timedelta(hours=1))
    scene.now += timedelta(hours=2)
    scene.hand_in(**RIGHT)  # better, and late: the course's policy leaves nothing of it
    scene.turn()
    told = scene.answer(2)
    assert (told["points"], told["penalty"], told["counts"]) == (0.0, 3.5, 1)
    assert scores(scene.course) == {"ada": 2.5}


# --- when nobody can hand in any more


def test_all_is_told_when_the_last_of_all_can_hand_in_no_more_and_not_before(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.0)
    watcher = scene.watcher()
    for student in ("ada", "bob"):
        scene.hand_in(student, **HALF)
    scene.turn(watcher)
    set_due(scene.course.root, ASSIGNMENT, MORNING + timedelta(hours=1))
    extend(scene.course.root, ASSIGNMENT, "bob", MORNING + timedelta(hours=3))
    monkeypatch.setattr(watch, "FRESH_SECONDS", 0.0)
    for hours, whole in ((0, False), (2, False), (4, True)):
        scene.now = MORNING + timedelta(hours=hours)
        scene.turn(watcher)
        assert [scene.answer(1, who)["whole"] for who in ("ada", "bob")] == [whole] * 2
    assert scene.answer(1)["points"] == 2.5
