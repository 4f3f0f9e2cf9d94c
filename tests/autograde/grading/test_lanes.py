"""Workers that several runs share: whose turn it is, what moves out of the way, and what is held until when."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from autograde.contract.failures import Failure, WorkersUnavailable
from autograde.contract.verdict import Engine, Verdict
from autograde.course.notebook import Notebook
from autograde.grading import allowance, lanes
from autograde.grading.bench import Settled, Work
from autograde.grading.journal import JournalWriter
from autograde.grading.lanes import Held, Lanes
from autograde.grading.pool import Graded, Job, Task
from autograde.inside.limits import Limits
from autograde.sandbox.process import Isolation

WAIT = 20.0  # seconds, after which a test has failed; nothing here takes one
HURRIED = 100.0  # processor seconds of a hand-in that has used too many


def task(name: str = "a") -> Task:
    return Task(Path(f"source/{name}.ipynb"), 1, Limits(), Isolation.NONE, Path("view"), engine=Engine("1", "d"))


def graded(job: Job) -> Graded:
    return Graded(Verdict(job.student, "a", "n", ()), Notebook("a", "n", ()))


@dataclass
class Workers:
    """Stands in for the processes: a test ends what they have begun. Knows who began what, in which order."""

    begun: list[str] = field(default_factory=list)
    vacated: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    futures: dict[str, Future[Graded]] = field(default_factory=dict)
    spent: dict[int, float] = field(default_factory=dict)  # processor seconds by worker
    by_student: dict[str, int] = field(default_factory=dict)  # who has them now
    first: dict[str, int] = field(default_factory=dict)  # who had them first
    seats: int = 0
    give_way: list[int] = field(default_factory=list)  # workers that were asked to
    do_not_start: bool = False
    warm_at_once: bool = False  # what is asked to grade the instructor's own notebook has done so
    warmed: list[int] = field(default_factory=list)  # workers that were asked to
    refused: int = 0
    looks: int = 0  # at what a worker has used
    unread: set[int] = field(default_factory=set)  # workers that have begun, and whose time before is not known yet
    changed: threading.Condition = field(default_factory=threading.Condition)

    def gives_way(self, pid: int) -> None:
        with self.changed:
            self.give_way.append(pid)
            self.changed.notify_all()

    def cpu_seconds(self, pid: int) -> float:
        with self.changed:
            self.looks += 1
            self.unread.discard(pid)
            self.changed.notify_all()
        return self.spent.get(pid, 0.0)

    def seat(self, task: Task) -> Any:
        workers = self

        class Seat:
            def __init__(self) -> None:
                workers.seats += 1
                self.pid = workers.seats
                self.task = task
                self.warm = False

            def begin(self, job: Job) -> Future[Graded]:
                if workers.do_not_start:
                    with workers.changed:
                        workers.refused += 1
                        workers.changed.notify_all()
                    raise WorkersUnavailable("none")
                with workers.changed:
                    workers.begun.append(job.student)
                    if job.student:
                        workers.unread.add(self.pid)
                    workers.by_student[job.student] = self.pid
                    workers.first.setdefault(job.student, self.pid)
                    future: Future[Graded] = Future()
                    workers.futures[job.student] = future
                    if not job.student:
                        workers.warmed.append(self.pid)
                    if workers.warm_at_once and not job.student:
                        future.set_result(graded(job))
                    workers.changed.notify_all()
                return future

            def vacate(self) -> None:
                workers.vacated.append(self.pid)

            def leave(self) -> None:
                workers.left.append(self.pid)

        return Seat()

    def until(self, true: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(true, WAIT), f"begun: {self.begun}, vacated: {self.vacated}"

    def has_begun(self, *students: str, times: int = 1) -> None:
        self.until(lambda: not self.unread and all(self.begun.count(student) >= times for student in students))

    def end(self, *students: str) -> None:
        for student in students:
            self.futures[student].set_result(graded(Job(student, Path(student))))

    def die(self, student: str) -> None:
        self.futures[student].set_exception(BrokenProcessPool())

    def is_slow(self, student: str) -> None:
        self.spent[self.by_student[student]] = HURRIED


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Workers:
    stand_in = Workers()
    monkeypatch.setattr(lanes, "Seat", stand_in.seat)
    monkeypatch.setattr(lanes, "LOOKS", 0.005)
    monkeypatch.setattr(lanes, "SPARE", 0)
    monkeypatch.setattr(lanes, "give_way", stand_in.gives_way)
    monkeypatch.setattr(lanes, "cpu_seconds", stand_in.cpu_seconds)
    return stand_in


@pytest.fixture
def two(workers: Workers) -> Iterator[Lanes]:
    made = Lanes(2, held=Held())
    yield made
    made.close()


class Run(threading.Thread):
    """One run in a thread of its own, as the grader process has it."""

    def __init__(self, of: Lanes, journal: JournalWriter, *students: str, **how: Any) -> None:
        super().__init__(daemon=True)
        jobs = [Job(student, Path(student)) for student in students]
        look = how.pop("look", lambda student: Job(student, Path(student)))
        self.work = Work(how.pop("task", task()), jobs, how.pop("workers", 9), (), journal, look)
        self.lanes = of
        self.got: list[Settled | Failure] = []
        self.error: BaseException | None = None
        self.recording = threading.Event()  # nothing is recorded before this is set
        self.recording.set()
        self.start()

    def run(self) -> None:
        try:
            for one in self.lanes.graded(self.work):
                assert self.recording.wait(WAIT)
                self.got.append(one)
        except BaseException as error:
            self.error = error

    def students(self) -> list[str]:
        self.join(WAIT)
        assert not self.is_alive()
        assert self.error is None
        return [one.graded.verdict.student for one in self.got if isinstance(one, Settled)]


@pytest.fixture
def journal(tmp_path: Path) -> JournalWriter:
    return JournalWriter(tmp_path / "a-n.jsonl")


def test_a_hand_in_beside_a_class_is_the_next_to_be_served(
    two: Lanes, workers: Workers, journal: JournalWriter
) -> None:
    batch = Run(two, journal, *(f"s{n:02}" for n in range(50)))
    workers.until(lambda: len(workers.begun) == 2)
    single = Run(two, journal, "ada")
    with two.held.changed:
        assert two.held.changed.wait_for(lambda: len(two._orders) == 2, WAIT)
    workers.end(workers.begun[0])
    workers.until(lambda: len(workers.begun) == 3)
    assert workers.begun[2] == "ada"
    workers.end("ada")
    assert single.students() == ["ada"]
    for n in range(50):
        name = f"s{n:02}"
        workers.has_begun(name)
        if not workers.futures[name].done():
            workers.end(name)
    assert sorted(batch.students()) == [f"s{n:02}" for n in range(50)]


def test_two_endless_loops_stop_nobody(two: Lanes, workers: Workers, journal: JournalWriter) -> None:
    loops = Run(two, journal, "loop-1", "loop-2")
    workers.has_begun("loop-1", "loop-2")
    workers.is_slow("loop-1")
    workers.is_slow("loop-2")
    others = Run(two, journal, "ada", "bo")
    workers.has_begun("ada", "bo")
    assert len(workers.vacated) == 1  # one goes on where it is, the other waits to be begun anew
    workers.end("ada", "bo")
    assert sorted(others.students()) == ["ada", "bo"]
    [stopped] = workers.vacated
    second = next(student for student, pid in workers.by_student.items() if pid == stopped)
    [first] = {"loop-1", "loop-2"} - {second}
    workers.end(first)
    workers.has_begun(second, times=2)
    workers.end(second)
    assert sorted(loops.students()) == ["loop-1", "loop-2"]


def test_nothing_moves_where_nobody_waits(two: Lanes, workers: Workers, journal: JournalWriter) -> None:
    """A class whose work takes long is graded on all lanes: its own hand-ins wait for each other either way."""
    batch = Run(two, journal, "a", "b", "c", "d")
    workers.has_begun("a", "b")
    workers.is_slow("a")
    workers.is_slow("b")
    workers.end("a", "b")
    workers.has_begun("c", "d")
    workers.end("c", "d")
    assert sorted(batch.students()) == ["a", "b", "c", "d"]
    assert workers.vacated == []


def test_a_student_is_held_until_the_verdict_is_recorded(two: Lanes, workers: Workers, journal: JournalWriter) -> None:
    """Between the verdict and its record nobody else looks at that student's file."""
    looked: list[str] = []

    def look(student: str) -> Job:
        looked.append(student)
        return Job(student, Path(student))

    first = Run(two, journal, "ada", look=look)
    first.recording.clear()
    workers.has_begun("ada")
    second = Run(two, journal, "ada", "bo", look=look)
    workers.end("ada")
    workers.has_begun("bo")
    workers.end("bo")
    assert looked == ["ada", "bo"]
    with two.held.free(journal, "ada") as free:
        assert not free
    first.recording.set()
    assert first.students() == ["ada"]
    workers.has_begun("ada", times=2)
    assert looked == ["ada", "bo", "ada"]
    workers.end("ada")
    assert sorted(second.students()) == ["ada", "bo"]
    with two.held.free(journal, "ada") as free:
        assert free


def test_who_was_graded_meanwhile_is_not_graded_twice(two: Lanes, workers: Workers, journal: JournalWriter) -> None:
    settled = Settled(graded(Job("ada", Path("ada"))))
    run = Run(two, journal, "ada", look=lambda student: settled)
    assert run.students() == ["ada"]
    assert run.got == [settled]
    assert workers.begun == []


def test_a_file_that_cannot_be_looked_at_is_its_students_failure(
    two: Lanes, workers: Workers, journal: JournalWriter
) -> None:
    def look(student: str) -> Job:
        raise OSError("gone")

    run = Run(two, journal, "ada", look=look)
    assert run.students() == []
    assert [(one.student, one.reason) for one in run.got if isinstance(one, Failure)] == [("ada", "OSError: gone")]


def test_what_ends_a_worker_is_tried_once_more_and_then_given_up(
    two: Lanes, workers: Workers, journal: JournalWriter, small_course: Path
) -> None:
    master = small_course / "source" / "01-backprop" / "small.ipynb"
    run = Run(two, journal, "ada", task=Task(master, 1, Limits(), Isolation.NONE, Path("view")))
    workers.has_begun("ada")
    workers.die("ada")
    workers.has_begun("ada", times=2)
    workers.die("ada")
    assert run.students() == ["ada"]
    [one] = run.got
    assert isinstance(one, Settled)
    assert one.graded.verdict.killed_workers == 2
    assert one.graded.verdict.final


def test_a_run_that_is_given_up_frees_its_lanes_and_its_students(
    two: Lanes, workers: Workers, journal: JournalWriter
) -> None:
    jobs = [Job(student, Path(student)) for student in ("ada", "bo", "cy")]
    going = two.graded(Work(task(), jobs, 9, (), journal, lambda student: Job(student, Path(student))))
    taken: list[Any] = []
    asking = threading.Thread(target=lambda: taken.append(next(going)))
    asking.start()
    workers.has_begun("ada", "bo")
    workers.end("ada")
    asking.join(WAIT)
    assert len(taken) == 1
    workers.has_begun("cy")
    going.close()  # type: ignore[attr-defined]
    other = Run(two, journal, "ada", "bo", "cy")
    workers.has_begun("ada", times=2)
    workers.end("ada")
    workers.has_begun("bo", "cy", times=2)
    workers.end("bo", "cy")
    assert sorted(workers.vacated) == sorted({workers.first["bo"], workers.first["cy"]})
    assert sorted(other.students()) == ["ada", "bo", "cy"]


def test_workers_that_do_not_start_are_told_to_the_run(two: Lanes, workers: Workers, journal: JournalWriter) -> None:
    workers.do_not_start = True
    run = Run(two, journal, "ada")
    run.join(WAIT)
    assert isinstance(run.error, WorkersUnavailable)


def test_a_run_has_no_more_workers_than_it_asked_for(two: Lanes, workers: Workers, journal: JournalWriter) -> None:
    run = Run(two, journal, "ada", "bo", workers=1)
    workers.has_begun("ada")
    other = Run(two, journal, "cy")
    workers.has_begun("cy")
    assert workers.begun == ["ada", "cy"]
    workers.end("ada")
    workers.has_begun("bo")
    workers.end("bo", "cy")
    assert (run.students(), other.students()) == (["ada", "bo"], ["cy"])


def test_a_lane_keeps_the_workers_of_the_notebooks_it_graded_last(workers: Workers, journal: JournalWriter) -> None:
    one = Lanes(1)
    try:
        for times, name in ((1, "a"), (1, "b"), (2, "a"), (2, "b")):
            run = Run(one, journal, name, task=task(name))
            workers.has_begun(name, times=times)
            workers.end(name)
            assert run.students() == [name]
        assert workers.seats == 2
    finally:
        one.close()


def test_a_lane_that_was_made_warm_has_graded_the_instructors_notebook_and_does_so_once(
    workers: Workers, journal: JournalWriter
) -> None:
    one = Lanes(1)
    try:
        one.warm(task("a"))
        one.warm(task("a"))
        workers.has_begun("")
        workers.end("")
        run = Run(one, journal, "ada", task=task("a"))
        workers.has_begun("ada")
        workers.end("ada")
        assert run.students() == ["ada"]
        assert (workers.begun, workers.seats) == (["", "ada"], 1)
    finally:
        one.close()


def test_who_waits_is_served_before_a_lane_is_made_warm(workers: Workers, journal: JournalWriter) -> None:
    one = Lanes(1)
    try:
        run = Run(one, journal, "ada", "bo")
        workers.has_begun("ada")
        one.warm(task("b"))
        workers.end("ada")
        workers.has_begun("bo")
        workers.end("bo")
        assert sorted(run.students()) == ["ada", "bo"]
        workers.has_begun("")
        workers.end("")
        assert workers.begun == ["ada", "bo", ""]
    finally:
        one.close()


def test_a_lane_that_cannot_be_made_warm_grades_all_the_same(workers: Workers, journal: JournalWriter) -> None:
    one = Lanes(1)
    try:
        workers.do_not_start = True
        one.warm(task("b"))
        workers.until(lambda: workers.refused == 1)
        workers.do_not_start = False
        run = Run(one, journal, "ada")
        workers.has_begun("ada")
        workers.end("ada")
        assert run.students() == ["ada"]
        assert workers.left == [1]  # no worker stays behind for which there is no work
    finally:
        one.close()


def test_what_is_usual_for_a_notebook_says_from_when_on_a_hand_in_is_in_the_way(
    workers: Workers, journal: JournalWriter
) -> None:
    one = Lanes(1)
    try:
        for spent in (0.0, 5.0, 5.0):  # the first, whose worker has everything to import, tells nothing
            run = Run(one, journal, "ada")
            workers.has_begun("ada", times=len(workers.begun) or 1)
            workers.until(lambda: one._orders[0].under_way == 1)
            workers.spent[1] = workers.spent.get(1, 0.0) + spent
            workers.end("ada")
            assert run.students() == ["ada"]
            workers.begun.clear()
        assert one._allowance.seconds(task().key, warm=True) == pytest.approx(allowance.TIMES * 5.0)
    finally:
        one.close()


def test_a_worker_that_has_all_to_import_first_is_in_nobodys_way_by_that(
    workers: Workers, journal: JournalWriter
) -> None:
    one = Lanes(1)
    try:
        first = Run(one, journal, "ada")
        workers.has_begun("ada")
        other = Run(one, journal, "bo")
        with one.held.changed:
            assert one.held.changed.wait_for(lambda: len(one._orders) == 2, WAIT)
        workers.spent[1] = allowance.SLOW_AFTER + allowance.START - 0.1
        looks = workers.looks
        workers.until(lambda: workers.looks >= looks + 3)
        workers.end("ada")
        workers.has_begun("bo")
        workers.end("bo")
        assert (first.students(), other.students()) == (["ada"], ["bo"])
        assert (workers.vacated, workers.give_way) == ([], [])
    finally:
        one.close()


def test_the_slow_lane_gives_way(two: Lanes, workers: Workers, journal: JournalWriter) -> None:
    loops = Run(two, journal, "loop-1", "loop-2")
    workers.has_begun("loop-1", "loop-2")
    workers.is_slow("loop-1")
    others = Run(two, journal, "ada")
    workers.has_begun("ada")
    workers.until(lambda: workers.give_way == [workers.by_student["loop-1"]])
    workers.end("ada", "loop-1", "loop-2")
    assert (others.students(), sorted(loops.students())) == (["ada"], ["loop-1", "loop-2"])


# --- spares


@pytest.fixture
def spared(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lanes]:
    """Two lanes and two spares, all warm for one notebook."""
    monkeypatch.setattr(lanes, "SPARE", 2)
    workers.warm_at_once = True
    made = Lanes(2, held=Held())
    made.warm(task())
    workers.has_begun("", times=4)
    are_ready(made, task(), 2)
    yield made
    made.close()


def are_ready(made: Lanes, one: Task, count: int) -> None:
    with made.held.changed:
        assert made.held.changed.wait_for(lambda: made._spares.count(one) == count, WAIT)


def looping(made: Lanes, workers: Workers, journal: JournalWriter, *students: str) -> Run:
    """Endless loops on all lanes."""
    run = Run(made, journal, *students)
    workers.has_begun(*students)
    for student in students:
        workers.is_slow(student)
    return run


def test_after_two_loops_who_waits_has_a_warm_worker_at_once(
    spared: Lanes, workers: Workers, journal: JournalWriter
) -> None:
    loops = looping(spared, workers, journal, "loop-1", "loop-2")
    others = Run(spared, journal, "ada", "bo")
    workers.has_begun("ada", "bo")
    theirs = {workers.by_student["ada"], workers.by_student["bo"]}
    assert theirs <= set(workers.warmed)
    assert theirs.isdisjoint({workers.first["loop-1"], workers.first["loop-2"]})
    workers.end("ada", "bo")
    assert sorted(others.students()) == ["ada", "bo"]
    are_ready(spared, task(), 2)  # others are warm by then
    del loops


@pytest.mark.parametrize("dying", [1, 2])
def test_what_ends_a_worker_costs_who_comes_next_no_start(
    spared: Lanes, workers: Workers, journal: JournalWriter, dying: int
) -> None:
    names = [f"bomb-{n}" for n in range(dying)]
    bombs = Run(spared, journal, *names)
    workers.has_begun(*names)
    for name in names:
        workers.die(name)
    are_ready(spared, task(), 2)
    others = Run(spared, journal, "ada", "bo")
    workers.has_begun("ada", "bo")
    assert {workers.by_student["ada"], workers.by_student["bo"]} <= set(workers.warmed)
    workers.end("ada", "bo")
    assert sorted(others.students()) == ["ada", "bo"]
    del bombs


def test_the_slow_lane_takes_no_spare(spared: Lanes, workers: Workers, journal: JournalWriter) -> None:
    """Else one bad hand-in after another would use up what those who come to an end wait for."""
    bomb = Run(spared, journal, "bomb")
    workers.has_begun("bomb")
    workers.die("bomb")
    workers.has_begun("bomb", times=2)
    assert workers.first["bomb"] in workers.warmed
    assert workers.by_student["bomb"] not in workers.warmed
    workers.end("bomb")
    assert bomb.students() == ["bomb"]


def test_loops_without_end_use_up_the_spares_and_stop_nobody(
    spared: Lanes, workers: Workers, journal: JournalWriter
) -> None:
    """Somebody waits all the time, so no spare is made: the lanes start workers of their own, as without spares."""
    for n in range(6):
        looping(spared, workers, journal, f"loop-{n}-a", f"loop-{n}-b")
        honest = Run(spared, journal, f"ada-{n}", f"bo-{n}")
        workers.has_begun(f"ada-{n}", f"bo-{n}")
        workers.end(f"ada-{n}", f"bo-{n}")
        assert sorted(honest.students()) == [f"ada-{n}", f"bo-{n}"]
        assert len(spared._spares) <= 2


def test_no_spare_is_made_while_somebody_waits(workers: Workers, journal: JournalWriter, spared: Lanes) -> None:
    workers.warm_at_once = False
    looping(spared, workers, journal, "loop-1", "loop-2")
    batch = Run(spared, journal, *(f"s{n}" for n in range(6)))
    begun = workers.begun.count("")
    for n in range(4):
        workers.has_begun(f"s{n}")
        assert workers.begun.count("") == begun
        workers.end(f"s{n}")
    workers.has_begun("s4", "s5")
    workers.has_begun("", times=begun + 1)  # nobody waits any more
    workers.end("s4", "s5")
    assert sorted(batch.students()) == [f"s{n}" for n in range(6)]


def test_notebooks_share_the_spares(spared: Lanes, workers: Workers, journal: JournalWriter) -> None:
    for name, ready in (("b", {"a": 1, "b": 1}), ("c", {"a": 0, "b": 1, "c": 1}), ("b", {"b": 1, "c": 1})):
        spared.warm(task(name))
        for one, count in ready.items():
            are_ready(spared, task(one), count)
    assert len(spared._spares) == 2


def test_a_notebook_that_nobody_watches_gets_no_spare(spared: Lanes, workers: Workers, journal: JournalWriter) -> None:
    begun = workers.begun.count("")
    bomb = Run(spared, journal, "bomb", task=task("z"))
    workers.has_begun("bomb")
    workers.die("bomb")
    workers.has_begun("bomb", times=2)
    workers.end("bomb")
    assert bomb.students() == ["bomb"]
    assert workers.begun.count("") == begun


def test_a_spare_that_cannot_be_made_is_tried_again_when_one_is_missed_and_not_before(
    workers: Workers, journal: JournalWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "SPARE", 1)
    workers.do_not_start = True
    made = Lanes(1, held=Held())
    try:
        made.warm(task())
        workers.until(lambda: workers.refused == 2)  # the lane, and the spare
        with made.held.changed:
            assert made.held.changed.wait_for(lambda: made._spares.wanted() is None, WAIT)
        workers.do_not_start, workers.warm_at_once = False, True
        assert len(made._spares) == 0
        bomb = Run(made, journal, "bomb")
        workers.has_begun("bomb")
        workers.die("bomb")
        workers.has_begun("bomb", times=2)
        workers.end("bomb")
        assert bomb.students() == ["bomb"]
        are_ready(made, task(), 1)
    finally:
        made.close()


@pytest.mark.parametrize("warm", [True, False], ids=["ready", "in the making"])
def test_no_spare_is_left_behind(
    workers: Workers, journal: JournalWriter, monkeypatch: pytest.MonkeyPatch, warm: bool
) -> None:
    monkeypatch.setattr(lanes, "SPARE", 1)
    workers.warm_at_once = True
    made = Lanes(1, held=Held())
    made.warm(task())
    are_ready(made, task(), 1)
    if not warm:
        workers.warm_at_once = False
        bomb = Run(made, journal, "bomb")
        workers.has_begun("bomb")
        workers.die("bomb")
        workers.has_begun("bomb", times=2)
        workers.end("bomb")
        assert bomb.students() == ["bomb"]
    workers.has_begun("", times=2)
    made.close()
    assert set(workers.left) | set(workers.vacated) >= set(range(1, workers.seats + 1))
