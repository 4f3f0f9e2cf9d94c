"""The course's one grader process: who may ask, what several ask at once, killed, idle, and upgraded under our feet."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from autograde.contract.failures import CourseError, Failure, Stage, WorkersUnavailable
from autograde.contract.verdict import CellOutput, CellVerdict, Engine, Kept, Outcome, Verdict
from autograde.course import libraries
from autograde.course.folder import Course
from autograde.course.libraries import LibrariesError
from autograde.course.settings import SettingsError
from autograde.grading import client, lanes, pool, protocol, run, serve
from autograde.grading.bench import locked
from autograde.grading.journal import Journal, JournalWriter
from autograde.grading.options import GradeOptions
from autograde.grading.protocol import Event, Kind, Request, address, event_of, line_of, read_request, request_line
from autograde.inside.limits import Limits
from autograde.sandbox.process import Isolation, IsolationUnavailable

from . import test_run
from .test_run import ASSIGNMENT, RIGHT, UPHILL, Quick, hand_in, points, scores

course, quick = test_run.course, test_run.quick
WAIT = 60.0


class Served:
    """A grader process's inside, in a thread of the test: what a test puts in place of a part of ours is there too."""

    def __init__(self, course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
        self.course = course
        self._monkeypatch = monkeypatch
        listening = threading.Event()
        monkeypatch.setattr(client, "_start", self._never)
        monkeypatch.setattr(lanes, "SPARE", 0)  # stand-ins have one worker for all of a process
        self.thread = threading.Thread(
            target=lambda: serve.serve(course, idle_seconds=3600, workers=1, on_listening=listening.set)
        )
        self.thread.start()
        assert listening.wait(WAIT)

    def _never(self, course: Course) -> None:
        raise AssertionError("there is a process")

    def stop(self) -> None:
        """As it ends where the code on disk is not its own any more."""
        if self.thread.is_alive():
            self._monkeypatch.setattr(serve, "_code_on_disk", lambda course: "another")
            assert ask(self.course, request_line(Request(ASSIGNMENT, GradeOptions()))) == [Event(Kind.STALE)]
            self.thread.join(WAIT)
        assert not self.thread.is_alive()


@pytest.fixture
def served(course: Course, quick: Quick, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    started = Served(course, monkeypatch)
    yield started
    started.stop()


def ask(course: Course, line: bytes) -> list[Event]:
    with address(course) as path, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(path)
        connection.sendall(line)
        with connection.makefile("rb") as lines:
            return [event_of(line) for line in lines]


# --- one after another


def test_a_journal_is_read_again_only_where_another_process_wrote(
    served: Served, course: Course, quick: Quick, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def reading(path: Path) -> JournalWriter:
        read.append(path)
        return JournalWriter(path)

    monkeypatch.setattr(serve, "JournalWriter", reading)
    for student in ("ada", "bo"):
        hand_in(course, student, **RIGHT)
        client.grade(course, ASSIGNMENT)
    assert len(read) == 1
    with JournalWriter(read[0]) as another:  # as a command with --no-serve
        another.add(next(iter(another.journal)))
    client.grade(course, ASSIGNMENT)
    assert len(read) == 2


def test_the_process_grades_and_records_as_the_command_alone_does(
    served: Served,
    course: Course,
    quick: Quick,
    tmp_path: Path,
) -> None:
    hand_in(course, "ada", **RIGHT)
    hand_in(course, "bo", **{**RIGHT, "gradient_descent_step": UPHILL})
    started: list[int] = []
    seen: list[Verdict] = []
    verdicts = client.grade(course, ASSIGNMENT, on_start=started.append, on_verdict=seen.append)
    assert points(verdicts) == scores(course) == {"ada": 3.5, "bo": 2.5}
    assert [verdict.student for verdict in verdicts] == ["ada", "bo"]
    assert sorted(verdict.student for verdict in seen) == ["ada", "bo"]
    assert started == [2]
    served.stop()
    assert run.grade(course, ASSIGNMENT) == verdicts
    assert Counter(quick.graded) == {"ada": 1, "bo": 1}


def test_what_every_hand_in_needs_is_made_ready_once_a_minute(
    served: Served, course: Course, quick: Quick, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared: list[pool.Task] = []

    def preparing(task: pool.Task, withheld: Sequence[str]) -> None:
        prepared.append(task)
        pool.prepare(task, withheld)

    def handed_in(student: str) -> int:
        """How often it was made ready until then."""
        hand_in(course, student, **RIGHT)
        client.grade(course, ASSIGNMENT)
        return len(prepared)

    monkeypatch.setattr(serve, "prepare", preparing)
    assert [handed_in("ada"), handed_in("bo")] == [1, 1]
    shutil.rmtree(prepared[0].view)
    assert [handed_in("cy"), handed_in("di")] == [2, 2]
    (course.root / "autograde.toml").write_text("[limits]\nrequest_seconds = 9\n", encoding="utf-8")
    assert [handed_in("eve"), handed_in("flo")] == [3, 3]
    monkeypatch.setattr(serve, "PREPARED_SECONDS", 0.0)
    assert handed_in("gus") == 4
    assert Counter(quick.graded).keys() == {"ada", "bo", "cy", "di", "eve", "flo", "gus"}


def test_what_could_not_be_made_ready_is_tried_again(
    served: Served, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(task: pool.Task, withheld: Sequence[str]) -> None:
        raise IsolationUnavailable("no namespaces here")

    hand_in(course, "ada", **RIGHT)
    with monkeypatch.context() as broken:
        broken.setattr(serve, "prepare", cannot)
        for _ in range(2):
            with pytest.raises(IsolationUnavailable, match="no namespaces here"):
                client.grade(course, ASSIGNMENT)
    assert points(client.grade(course, ASSIGNMENT)) == {"ada": 3.5}


def test_it_makes_itself_ready_for_what_will_be_handed_in_and_tells_nobody(
    served: Served, course: Course, quick: Quick
) -> None:
    for _ in range(2):
        client.wake(course, [ASSIGNMENT])
    hand_in(course, "ada", **RIGHT)
    [verdict] = client.grade(course, ASSIGNMENT)
    assert verdict.student == "ada"
    assert quick.graded == ["", "ada"]  # the instructor's own notebook, once
    assert len(quick.sandboxes) == 1
    assert scores(course) == {"ada": 3.5}
    with JournalWriter(course.journal(ASSIGNMENT, "small")) as journal:
        assert [one.student for one in journal.journal] == ["ada"]


@pytest.mark.parametrize(
    ("settings", "error"),
    [("libraries = ['no-such-library']\n", LibrariesError), ("librarys = []\n", SettingsError)],
    ids=["a library that is not there", "settings that are wrong"],
)
def test_what_it_cannot_make_itself_ready_for_is_said(
    served: Served, course: Course, settings: str, error: type[Exception]
) -> None:
    (course.root / "autograde.toml").write_text(settings, encoding="utf-8")
    with pytest.raises(error):
        client.wake(course, [ASSIGNMENT])


def test_what_stands_is_told_with_its_reason(served: Served, course: Course) -> None:
    hand_in(course, "ada", **RIGHT)
    first = client.grade(course, ASSIGNMENT)
    kept: list[tuple[Verdict, Kept]] = []
    assert client.grade(course, ASSIGNMENT, on_kept=lambda verdict, why: kept.append((verdict, why))) == first
    assert kept == [(first[0], Kept.NOTHING_NEW)]


def test_a_file_handed_in_again_is_graded_again(served: Served, course: Course, quick: Quick) -> None:
    hand_in(course, "ada")
    assert points(client.grade(course, ASSIGNMENT)) == {"ada": 0.0}
    hand_in(course, "ada", **RIGHT)
    assert points(client.grade(course, ASSIGNMENT, GradeOptions(students=("ada",)))) == scores(course) == {"ada": 3.5}


def test_failures_and_complaints_arrive(served: Served, course: Course) -> None:
    hand_in(course, "ada", **RIGHT)
    (course.root / "submitted" / "link").symlink_to("ada")
    journal = course.journal(ASSIGNMENT, "small")
    journal.parent.mkdir(mode=0o700, parents=True)
    journal.write_text("half a li", encoding="utf-8")
    failures: list[Failure] = []
    complaints: list[str] = []
    client.grade(course, ASSIGNMENT, on_failure=failures.append, on_complaint=complaints.append)
    assert [(one.student, one.stage) for one in failures] == [("link", Stage.READING)]
    assert [str(journal) in one for one in complaints] == [True]


@pytest.mark.parametrize(
    "error",
    [
        CourseError("no course"),
        SettingsError("no settings"),
        LibrariesError("no library"),
        IsolationUnavailable("This host cannot isolate."),
        WorkersUnavailable("no workers"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_a_person_can_mend_arrives_as_it_was_said(
    served: Served,
    course: Course,
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(serve, "grade", fails)
    with pytest.raises(type(error), match=str(error)):
        client.grade(course, ASSIGNMENT)


def test_a_bug_of_ours_is_one_sentence_and_the_process_lives_on(
    served: Served,
    course: Course,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("of ours")

    with monkeypatch.context() as patch:
        patch.setattr(serve, "grade", fails)
        with pytest.raises(CourseError, match="The grader process failed: ZeroDivisionError: of ours"):
            client.grade(course, ASSIGNMENT)
    hand_in(course, "ada", **RIGHT)
    assert points(client.grade(course, ASSIGNMENT)) == {"ada": 3.5}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"\n", "Expecting value"),
        (b"[]\n", "no request"),
        (b"{}\n", "no request"),
        (b'{"protocol": 99}\n', "the client speaks protocol 99, this process 2"),
        (b'{"protocol": 2, "assignment": "a", "options": {}}\n', "options should be"),
        (b'{"protocol": 2, "assignment": "a", "options": 3}\n', "no request"),
        (b"\xff\xfe\n", "codec"),
        (b"[" * 300_000 + b"\n", "no request"),
    ],
)
def test_what_is_no_request_is_answered_in_a_sentence(served: Served, course: Course, line: bytes, said: str) -> None:
    [event] = ask(course, line)
    assert event.kind is Kind.ERROR
    assert said in event.text


# --- at once


def test_a_batch_and_a_stream_of_hand_ins_at_once_lose_nothing_and_grade_nothing_twice(
    served: Served,
    course: Course,
    quick: Quick,
) -> None:
    students = [f"s{n}" for n in range(8)]
    for student in students:
        hand_in(course, student, **RIGHT)
    got: list[dict[str, float]] = []

    def asking(*which: str) -> Callable[[], None]:
        return lambda: got.append(points(client.grade(course, ASSIGNMENT, GradeOptions(students=which))))

    threads = [threading.Thread(target=asking()), *(threading.Thread(target=asking(one)) for one in students)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    assert sorted(map(len, got)) == [1] * 8 + [8]
    assert scores(course) == dict.fromkeys(students, 3.5)
    assert Counter(quick.graded) == Counter(students)
    assert len(course.journal(ASSIGNMENT, "small").read_text(encoding="utf-8").splitlines()) == 8


class Reading:
    """Tells who reads Python into a tree while another thread may, which CPython 3.11 cannot do."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.benches: list[serve.Shared] = []
        self.beside_others: list[str] = []
        self.times: Counter[str] = Counter()
        self._patch = monkeypatch
        self.watched(serve, "Shared", self.benches.append)
        for module, name in ((run, "task_for"), (serve, "prepare"), (run, "GradebookWriter"), (libraries, "_closure")):
            self.watched(module, name, partial(self._read, name))

    def watched(self, module: Any, name: str, told: Callable[[Any], None]) -> None:
        really = getattr(module, name)

        def watching(*arguments: Any, **named: Any) -> Any:
            made = really(*arguments, **named)
            told(made)
            return made

        self._patch.setattr(module, name, watching)

    def _read(self, name: str, _made: Any) -> None:
        self.times[name] += 1
        if not all(bench._writing.locked() for bench in self.benches):
            self.beside_others.append(name)


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Reading:
    libraries._allowed.cache_clear()
    return Reading(monkeypatch)


def test_no_two_threads_read_python_at_once(reading: Reading, served: Served, course: Course) -> None:
    """Each of many that ask at once asks what students may import, whose requirements are Python's syntax."""
    for student in ("ada", "bo"):
        hand_in(course, student, **RIGHT)
    client.wake(course, [ASSIGNMENT])
    client.grade(course, ASSIGNMENT, GradeOptions(students=("ada",)))
    libraries._allowed.cache_clear()
    client.grade(course, ASSIGNMENT)
    assert len(reading.benches) == 1
    assert reading.times.keys() == {"task_for", "prepare", "GradebookWriter", "_closure"}
    assert reading.beside_others == []


def test_while_it_grades_no_other_run_can_and_afterwards_one_can(
    served: Served,
    course: Course,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hand_in(course, "ada", **RIGHT)
    gate, told = threading.Event(), threading.Event()
    really = run.grade

    def slowly(*arguments: Any, on_verdict: Callable[[Verdict], None], **how: Any) -> Any:
        def waits(verdict: Verdict) -> None:
            told.set()
            assert gate.wait(WAIT)
            on_verdict(verdict)

        return really(*arguments, on_verdict=waits, **how)

    monkeypatch.setattr(serve, "grade", slowly)
    asking = threading.Thread(target=lambda: client.grade(course, ASSIGNMENT))
    asking.start()
    assert told.wait(WAIT)
    with pytest.raises(CourseError, match="Another run is grading"):
        run.grade(course, ASSIGNMENT)
    gate.set()
    asking.join(WAIT)
    with locked(course) as free:
        assert free


def test_a_run_alone_keeps_the_process_from_grading(served: Served, course: Course) -> None:
    hand_in(course, "ada", **RIGHT)
    with locked(course) as mine:
        assert mine
        with pytest.raises(CourseError, match="Another run is grading"):
            client.grade(course, ASSIGNMENT)
    assert points(client.grade(course, ASSIGNMENT)) == {"ada": 3.5}


def test_a_client_that_goes_away_loses_nothing(served: Served, course: Course) -> None:
    for student in ("ada", "bo", "cy"):
        hand_in(course, student, **RIGHT)

    def leaves(verdict: Verdict) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client.grade(course, ASSIGNMENT, on_verdict=leaves)
    assert set(points(client.grade(course, ASSIGNMENT))) == {"ada", "bo", "cy"}
    assert scores(course) == {"ada": 3.5, "bo": 3.5, "cy": 3.5}
    lines = course.journal(ASSIGNMENT, "small").read_text(encoding="utf-8").splitlines()
    assert Counter(json.loads(line)["student"] for line in lines) == {"ada": 1, "bo": 1, "cy": 1}


# --- who may ask


def test_the_socket_is_its_owners_alone(served: Served, course: Course) -> None:
    private = course.root / ".autograde"
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    found = (private / protocol.SOCKET).lstat()
    assert stat.S_ISSOCK(found.st_mode)
    assert stat.S_IMODE(found.st_mode) == 0o600


def test_another_user_gets_no_word_out_of_it(
    served: Served,
    course: Course,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(serve, "is_ours", lambda connection: False)
        said: list[Event] = []
        with contextlib.suppress(ConnectionError):
            said = ask(course, request_line(Request(ASSIGNMENT, GradeOptions())))
        assert said == []


def test_the_kernel_tells_whose_the_other_end_is(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = socket.socketpair()
    with one, other:
        assert protocol.is_ours(one)
        monkeypatch.setattr(os, "geteuid", lambda: 54321)
        assert not protocol.is_ours(one)


def test_a_client_does_not_speak_to_another_users_process(
    served: Served,
    course: Course,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(client, "is_ours", lambda connection: False)
        with pytest.raises(CourseError, match="is another user's"):
            client.grade(course, ASSIGNMENT)


def test_a_course_deep_in_folders_has_a_socket_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path.joinpath(*["a-folder-with-a-long-name"] * 8)
    deep.mkdir(parents=True)
    started = Served(Course(deep), monkeypatch)
    with pytest.raises(CourseError, match="No notebook in source"):
        client.grade(Course(deep), ASSIGNMENT)
    started.stop()


# --- its life


def test_a_course_has_one_process(served: Served, course: Course) -> None:
    assert serve.serve(course) is False


def test_without_clients_it_ends(course: Course) -> None:
    assert serve.serve(course, idle_seconds=0.05) is True
    assert not (course.private / protocol.SOCKET).exists()


def test_a_process_of_other_code_ends_and_grades_nothing(
    served: Served,
    course: Course,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serve, "_code_on_disk", lambda course: "upgraded")
    assert ask(course, request_line(Request(ASSIGNMENT, GradeOptions()))) == [Event(Kind.STALE)]
    served.thread.join(WAIT)
    assert not served.thread.is_alive()


def test_a_process_that_dies_again_and_again_is_told(
    served: Served,
    course: Course,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def dies(*_: Any, **__: Any) -> None:
        raise ConnectionResetError

    hand_in(course, "ada", **RIGHT)
    with monkeypatch.context() as patch:
        patch.setattr(serve, "grade", dies)
        with pytest.raises(CourseError, match="ended 5 times at once"):
            client.grade(course, ASSIGNMENT)


def process_of(course: Course) -> int:
    return int((course.private / serve.PID).read_text(encoding="ascii"))


def test_it_starts_on_demand_and_killed_in_the_middle_it_is_started_again(course: Course) -> None:
    """kill -9 after the first verdict: the client goes on with another process, and nobody is graded twice."""
    students = ["ada", "bo", "cy", "dee"]
    for student in students:
        hand_in(course, student, **RIGHT)
    killed: list[int] = []

    def kill_once(verdict: Verdict) -> None:
        if not killed:
            killed.append(process_of(course))
            os.kill(killed[0], signal.SIGKILL)

    try:
        verdicts = client.grade(course, ASSIGNMENT, GradeOptions(workers=1), on_verdict=kill_once)
        assert points(verdicts) == scores(course) == dict.fromkeys(students, 3.5)
        assert process_of(course) != killed[0]
    finally:
        os.kill(process_of(course), signal.SIGKILL)
    lines = course.journal(ASSIGNMENT, "small").read_text(encoding="utf-8").splitlines()
    assert Counter(json.loads(line)["student"] for line in lines) == Counter(students)
    assert Journal(course.journal(ASSIGNMENT, "small")).damaged == 0


def test_a_process_that_cannot_start_says_why(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", shutil.which("false"))
    with pytest.raises(CourseError, match="does not start: it says nothing"):
        client.grade(course, ASSIGNMENT)


# --- what travels

VERDICT = Verdict(
    "ada",
    ASSIGNMENT,
    "small",
    (CellVerdict("f-check", "f", 1.0, 2.0, Outcome.WRONG, mistake="m", hint="h", text="t", html="<p>"),),
    outputs=(CellOutput("c", stdout="s", images=(b"\x89PNG",)),),
    notes=("a note",),
    engine=Engine("1", "d"),
)


@pytest.mark.parametrize(
    "event",
    [
        Event(Kind.START, total=3),
        Event(Kind.VERDICT, verdict=VERDICT),
        Event(Kind.VERDICT, verdict=VERDICT, why=Kept.FEEDBACK_IS_OUT),
        Event(Kind.FAILURE, failure=Failure("ada", Stage.RECORDING, "full\nstop")),
        Event(Kind.COMPLAINT, text="damaged"),
        Event(Kind.ERROR, text="no", error="CourseError"),
        Event(Kind.DONE),
        Event(Kind.STALE),
    ],
    ids=["start", "verdict", "kept verdict", "failure", "complaint", "error", "done", "stale"],
)
def test_an_event_arrives_as_it_was_sent(event: Event) -> None:
    line = line_of(event)
    assert line.count(b"\n") == 1
    assert event_of(line) == event


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b"[]", b"3", b'{"kind": "start"}', b'{"kind": "none"}', b"\xff", b"[" * 300_000],
    ids=lambda line: repr(line[:20]),
)
def test_what_is_no_event_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError):
        event_of(line)


@pytest.mark.parametrize(
    "options",
    [
        GradeOptions(),
        GradeOptions(students=("ada", "b ö"), workers=3, regrade=True, force=True),
        GradeOptions(isolation=Isolation.NONE, limits=Limits(request_seconds=3.0)),
        GradeOptions(already=frozenset({("ada", "small"), ("bo", "small")}), db="postgresql://u:p@h/d"),
    ],
    ids=["as it stands", "for two of them", "with limits", "kept, elsewhere"],
)
def test_a_request_arrives_as_it_was_sent(options: GradeOptions) -> None:
    for request in (Request(ASSIGNMENT, options), Request(ASSIGNMENT, options, warm=True)):
        assert read_request(request_line(request)) == request


@pytest.mark.parametrize("assignment", [ASSIGNMENT, "09-none"])
def test_in_a_folder_that_is_no_course_nothing_is_started_and_nothing_made(tmp_path: Path, assignment: str) -> None:
    with pytest.raises(CourseError, match="Assignments there: none"):
        client.grade(Course(tmp_path), assignment)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [(), ("--background",)])
def test_nor_does_the_command_serve_it(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "autograde", "serve", "--course", str(tmp_path), *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"autograde: No course in {tmp_path}")
    assert list(tmp_path.iterdir()) == []
