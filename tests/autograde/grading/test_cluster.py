"""Grading on a Dask cluster: bytes go, JSON comes, nothing of a worker's is believed or run, grades are the same."""

from __future__ import annotations

import json
import os
import pickle
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograde.contract.failures import CourseError, Failure, WorkersUnavailable
from autograde.contract.verdict import Engine, Verdict
from autograde.course.folder import Course
from autograde.course.notebook import Notebook
from autograde.grading import cluster, local_cluster, remote, rulings
from autograde.grading.bench import Settled
from autograde.grading.cluster import Cluster, _Desk, only_bytes
from autograde.grading.crew import Arrived, Errand
from autograde.grading.journal import Journal
from autograde.grading.options import GradeOptions
from autograde.grading.parcels import Answer, Brief, HandIn
from autograde.grading.pool import Job, Task, prepare
from autograde.grading.run import grade, task_for, withheld_for
from autograde.grading.seeds import seed_for
from autograde.sandbox.process import Isolation, IsolationUnavailable

from ..conftest import ASSIGNMENT, write_small_course
from ..stand_ins import Box, full_marks

SOLVED = "def relative_error(a, b):\n    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))\n"


def hand_in(root: Path, student: str, *, solved: bool = True) -> Path:
    notebook = json.loads((root / "release" / ASSIGNMENT / "small.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if solved and cell["metadata"].get("nbgrader", {}).get("grade_id") == "relative_error":
            cell["source"] = SOLVED
    path = root / "submitted" / student / ASSIGNMENT / "small.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


@pytest.fixture
def course(tmp_path: Path) -> Course:
    write_small_course(tmp_path / "course")
    return Course(tmp_path / "course")


@pytest.fixture
def task(course: Course) -> Task:
    (master,) = course.read_masters(ASSIGNMENT)
    return task_for(course, master, GradeOptions(), view=course.private / "view")


@pytest.fixture
def no_box(monkeypatch: pytest.MonkeyPatch, in_this_process: None) -> Iterator[None]:
    """Workers without a sandbox, in which the judge gives everyone full marks."""
    monkeypatch.setattr("autograde.grading.pool.Sandbox", Box)
    monkeypatch.setattr("autograde.grading.pool.grade_notebook", judge)
    monkeypatch.setattr("autograde.grading.pool._limit_memory", lambda memory_bytes: None)
    yield
    remote.dismiss()


def judge(notebook: Notebook, *, student: str, **_: Any) -> Verdict:
    """Full marks, and what is written a person's to grade."""
    whole = rulings.our_fault(student, notebook, "")
    given = {cell.cell_id: cell for cell in full_marks(notebook, student=student).cells}
    return replace(whole, cells=tuple(given.get(cell.cell_id, cell) for cell in whole.cells))


def brief_of(task: Task) -> Brief:
    return Brief.of(task, withheld=withheld_for(ASSIGNMENT), beside={})


class Here:
    """A crew of one, which does what a worker does in this process."""

    def __init__(self, change: Callable[[Verdict], Verdict] = lambda verdict: verdict) -> None:
        self.coming: list[Arrived] = []
        self.errands: list[Errand] = []
        self._change = change

    def members(self) -> set[str]:
        return {"here"}

    def send(self, member: str, errand: Errand, parcel: bytes) -> int:
        self.errands.append(errand)
        answer = Answer.from_bytes({Errand.ENLIST: remote.enlist, Errand.GRADE: remote.grade}[errand](parcel))
        if answer.verdict is not None:
            answer = replace(answer, verdict=self._change(answer.verdict))
        self.coming.append(Arrived(len(self.errands), answer))
        return len(self.errands)

    def recall(self, ticket: int) -> None:
        pass

    def arrived(self, seconds: float) -> Sequence[Arrived]:
        came, self.coming = self.coming, []
        return came


# --- what travels


def test_a_brief_travels_whole_and_names_no_path(task: Task) -> None:
    brief = replace(
        brief_of(task), former={1: b"older"}, beside={"data/a.csv": b"1,2\n"}, libraries=("scipy",),
        packages={"signals": {"__init__.py": b"", "exercises/waves.py": b"pi = 3"}},
    )  # fmt: skip
    sent = brief.to_bytes()
    assert Brief.from_bytes(sent) == brief
    assert Brief.from_bytes(sent).name == brief.name
    assert str(task.master.parent.parent).encode() not in sent
    assert replace(brief, seed=brief.seed + 1).name != brief.name


def test_a_hand_in_travels_whole() -> None:
    sent = HandIn("brief", "zoë", b"\x00\xff", {"a/b.csv": b"1"})
    assert HandIn.from_bytes(sent.to_bytes()) == sent


ANSWERS: dict[str, object] = {
    "no bytes": "text",
    "an object": object(),
    "no JSON": b"\x80\x04",
    "a list": b"[]",
    "too few fields": b'{"verdict": null}',
    "too many fields": b'{"verdict": null, "refused": "", "ready": true, "more": 1}',
    "no verdict": b'{"verdict": {"points": 20}, "refused": "", "ready": false}',
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("case", ANSWERS)
def test_what_is_no_answer_is_a_value_error_and_nothing_else(case: str) -> None:
    with pytest.raises(ValueError):
        Answer.from_bytes(ANSWERS[case])


class Runs:
    """What a pickle can do that is loaded as pickles are."""

    def __init__(self, *call: Any) -> None:
        self._call = call

    def __reduce__(self) -> Any:
        return self._call[0], self._call[1:]


def test_a_pickle_of_bytes_type_is_all_that_is_imported() -> None:
    assert only_bytes(pickle.dumps(bytes)) is bytes
    assert only_bytes(pickle.dumps([1, "a", None, {"b": 2.5}])) == [1, "a", None, {"b": 2.5}]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    "call", [(os.system, "true"), (eval, "1"), (getattr, "a", "upper"), (Path, "/"), (bytes.fromhex, "00"), (type, "a")]
)
def test_a_pickle_that_would_call_something_is_refused(call: tuple[Any, ...], protocol: int) -> None:
    with pytest.raises(pickle.UnpicklingError, match="nothing from a cluster may name"):
        only_bytes(pickle.dumps(Runs(*call), protocol=protocol))


@pytest.mark.parametrize("address", ["tcp://10.0.0.1:8786", "tcp://127.0.0.1:8786"])
def test_an_address_without_encryption_is_refused(address: str) -> None:
    with pytest.raises(CourseError, match="is not encrypted"), cluster.connected(address):
        pass


@pytest.mark.parametrize("address", ["", "scheduler:8786", "tls://", "ucx://10.0.0.1:1", "http://10.0.0.1"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(CourseError, match="no scheduler's address"), cluster.connected(address):
        pass


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(CourseError, match="extra `cluster`"), cluster.connected("tls://10.0.0.1:8786"):
        pass


# --- a worker


def test_a_worker_of_another_version_refuses_and_says_which(task: Task) -> None:
    other = replace(brief_of(task), engine=Engine("9.9", "digest"))
    answer = Answer.from_bytes(remote.enlist(other.to_bytes()))
    assert not answer.ready
    assert "has another version" in answer.refused
    assert "9.9" in answer.refused


def test_a_courses_own_package_goes_along_and_a_worker_with_other_files_of_it_refuses(course: Course) -> None:
    package = course.root / "lib" / "signals"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("DECAY = 0.9\n", encoding="utf-8")
    (course.root / "autograde.toml").write_text('packages = ["signals"]\n', encoding="utf-8")
    (master,) = course.read_masters(ASSIGNMENT)
    brief = brief_of(task_for(course, master, GradeOptions(), view=course.private / "view"))
    with tempfile.TemporaryDirectory() as folder:
        laid_out = remote._laid_out(brief, Path(folder))
        remote._must_be_alike(laid_out, brief)
        (own,) = laid_out.packages
        assert own.name == "signals"
        assert (own.folder / "__init__.py").read_text(encoding="utf-8") == "DECAY = 0.9\n"
    changed = replace(brief, packages={"signals": {"__init__.py": b"DECAY = 0.8\n"}})
    assert "has another version" in Answer.from_bytes(remote.enlist(changed.to_bytes())).refused


def test_the_files_beside_a_notebook_go_along_and_are_in_the_workers_view(course: Course, no_box: None) -> None:
    (course.root / "source" / ASSIGNMENT / "data").mkdir()
    (course.root / "source" / ASSIGNMENT / "data" / "tide.csv").write_bytes(b"1,2\n")
    (master,) = course.read_masters(ASSIGNMENT)
    task = task_for(course, master, GradeOptions(), view=course.private / "view")
    brief = Brief.of(task, withheld=withheld_for(ASSIGNMENT), beside=task.beside())
    assert Brief.from_bytes(brief.to_bytes()).beside == {"data/tide.csv": b"1,2\n"}
    with tempfile.TemporaryDirectory() as folder:
        laid_out = remote._laid_out(brief, Path(folder))
        prepare(laid_out, brief.withheld)
        assert (laid_out.view / ".beside" / "data" / "tide.csv").read_bytes() == b"1,2\n"
        assert laid_out.beside() == task.beside()


def test_a_worker_that_cannot_isolate_refuses_with_the_sandboxs_words(
    task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(task: Task, withheld: Sequence[str]) -> None:
        raise IsolationUnavailable("This machine cannot isolate students' code: bwrap: no namespaces.")

    monkeypatch.setattr(remote, "prepare", cannot)
    answer = Answer.from_bytes(remote.enlist(brief_of(task).to_bytes()))
    assert answer == Answer(refused="This machine cannot isolate students' code: bwrap: no namespaces.")


def test_a_worker_that_lacks_a_library_refuses(task: Task) -> None:
    lacking = replace(brief_of(task), libraries=("no-such-library",))
    assert "no-such-library" in Answer.from_bytes(remote.enlist(lacking.to_bytes())).refused


def test_a_worker_under_a_nanny_is_told_how_to_start(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("multiprocessing.current_process", lambda: type("Process", (), {"daemon": True}))
    assert "--no-nanny" in Answer.from_bytes(remote.enlist(brief_of(task).to_bytes())).refused


def test_a_worker_that_knows_no_brief_says_so() -> None:
    assert Answer.from_bytes(remote.grade(HandIn("brief", "ada", b"").to_bytes())) == Answer()


def test_a_worker_leaves_no_file_behind(
    task: Task, course: Course, no_box: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    brief = brief_of(task)
    assert Answer.from_bytes(remote.enlist(brief.to_bytes())).ready
    content = hand_in(course.root, "ada").read_bytes()
    for _ in range(2):
        assert Answer.from_bytes(remote.grade(HandIn(brief.name, "ada", content).to_bytes())).verdict is not None
    (kept,) = tmp_path.glob("autograde-*")
    assert list((kept / "hand-ins").iterdir()) == []
    remote.dismiss()
    assert list(tmp_path.glob("autograde-*")) == []


@pytest.mark.parametrize("name", ["../out.csv", "/etc/out.csv", "a/../../out.csv"])
def test_no_file_of_a_hand_in_leads_out_of_its_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="leads out of its folder"):
        remote._write({name: b""}, tmp_path / "here")
    assert not (tmp_path / "out.csv").exists()


# --- the run at home


def test_a_run_on_a_cluster_gives_what_one_at_home_does(course: Course, task: Task, no_box: None) -> None:
    for student in ("ada", "bob"):
        hand_in(course.root, student)
    (course.root / "submitted" / "eve" / ASSIGNMENT).mkdir(parents=True)
    (course.root / "submitted" / "eve" / ASSIGNMENT / "small.ipynb").write_bytes(b"\x00" * 10)
    (course.root / "submitted" / "mia" / ASSIGNMENT).mkdir(parents=True)  # handed in nothing
    at_home = grade(course, ASSIGNMENT)
    away = grade(course, ASSIGNMENT, GradeOptions(force=True), bench=Cluster(Here(), lambda sentence: None))
    assert [what(verdict) for verdict in away] == [what(verdict) for verdict in at_home]
    assert len(away) == 4


def what(verdict: Verdict) -> Verdict:
    return replace(verdict, wall_seconds=0.0, cpu_seconds=0.0, student_cpu_seconds=0.0)


LIES: dict[str, tuple[Callable[[Verdict], Verdict], str]] = {
    "another student": (lambda said: replace(said, student="eve"), "another student"),
    "another assignment": (lambda said: replace(said, assignment="02"), "another assignment"),
    "another notebook": (lambda said: replace(said, notebook="large"), "another notebook"),
    "other tests": (lambda said: replace(said, key="0"), "another key"),
    "another file": (lambda said: replace(said, file="0"), "another file"),
    "another engine": (lambda said: replace(said, engine=Engine("9", "9")), "another engine"),
    "another edition": (lambda said: replace(said, edition=7), "another edition"),
    "more points": (
        lambda said: replace(said, cells=tuple(replace(c, points=99.0, max_points=99.0) for c in said.cells)),
        "other cells",
    ),
    "a cell more": (
        lambda said: replace(said, cells=(*said.cells, replace(said.cells[0], cell_id="x"))),
        "other cells",
    ),
    "a cell less": (lambda said: replace(said, cells=said.cells[1:]), "other cells"),
    "no cells": (lambda said: replace(said, cells=()), "other cells"),
    "points where grading failed": (lambda said: replace(said, killed_workers=2), "points where grading failed"),
    "no key and points": (lambda said: replace(said, key="", file=""), "points where grading failed"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_verdict_on_something_else_is_not_taken_and_its_worker_gets_no_more_work(
    lie: str, course: Course, task: Task, no_box: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    change, sentence = LIES[lie]
    path = hand_in(course.root, "ada")
    desk = _Desk(task, [Job("ada", path, path.parent.parent)])
    brief = brief_of(task)
    remote.enlist(brief.to_bytes())
    honest = Answer.from_bytes(remote.grade(desk.pack("ada", brief.name)))
    assert honest.verdict is not None
    assert desk.refusal("ada", honest) == ""
    assert sentence in desk.refusal("ada", Answer(change(honest.verdict)))
    assert desk.refusal("ada", Answer()) == "it gave no verdict"


def test_without_isolation_nothing_is_sent(course: Course, no_box: None) -> None:
    hand_in(course.root, "ada")
    crew = Here()
    with pytest.raises(CourseError, match="in the sandbox"):
        grade(course, ASSIGNMENT, GradeOptions(isolation=Isolation.NONE), bench=Cluster(crew, print))
    assert crew.errands == []


# --- a real cluster


def test_a_real_cluster_that_loses_a_worker_and_meets_a_liar_gives_the_same_grades(
    course: Course, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    students = [f"student{number}" for number in range(6)]
    for number, student in enumerate(students):
        hand_in(course.root, student, solved=number % 2 == 0)
    seed_for(course, ASSIGNMENT)
    told: list[str] = []
    marker = tmp_path / "ran"
    with local_cluster.started(2) as two, cluster.connected(two.address) as crew:
        failures: list[Failure] = []

        def kill_one(verdict: Verdict) -> None:
            if len(verdicts_seen) == 0:
                os.kill(two.workers[0].pid, signal.SIGKILL)
                two.add_worker()
            verdicts_seen.append(verdict.student)

        verdicts_seen: list[str] = []
        away = grade(
            course, ASSIGNMENT, on_verdict=kill_one, on_failure=failures.append, bench=Cluster(crew, told.append)
        )
        # a worker that has been taken over: what it sends runs nothing here
        member = sorted(crew.members())[0]
        future = crew._client.submit(Runs, os.system, f"touch {marker}", workers=[member], pure=False)
        crew._futures[-1] = future
        future.add_done_callback(lambda _: crew._done.put(-1))
        until, came = time.monotonic() + 60.0, None
        while came is None and time.monotonic() < until:  # what the killed worker had may arrive before
            came = next((one for one in crew.arrived(1.0) if one.ticket == -1), None)
        assert came is not None
        assert came.answer is None
    assert not marker.exists()
    assert failures == []
    assert sorted(verdicts_seen) == students
    assert any("has left the cluster" in sentence for sentence in told)
    assert all(process.poll() is not None for process in [*two.workers, two.scheduler] if process)
    assert not two.folder.exists()
    at_home = grade(course, ASSIGNMENT, GradeOptions(force=True))
    assert [what(verdict) for verdict in away] == [what(verdict) for verdict in at_home]
    assert {verdict.points for verdict in away} == {0.0, 2.5}
    assert len(Journal(course.journal(ASSIGNMENT, "small"))) == len(students)


def test_where_no_scheduler_is_the_address_and_the_settings_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.2)
    with pytest.raises(WorkersUnavailable, match="No scheduler answers at"), cluster.connected("tls://127.0.0.1:1"):
        pass


def test_the_bench_settles_what_it_was_given(course: Course, task: Task, no_box: None) -> None:
    path = hand_in(course.root, "ada")
    work = type("Work", (), {"task": task, "jobs": [Job("ada", path, path.parent.parent)], "withheld": ()})
    (one,) = Cluster(Here(), print).graded(work)  # type: ignore[arg-type]
    assert isinstance(one, Settled)
