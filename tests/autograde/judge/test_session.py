"""Calls across the wall: what goes in, what comes back, and what happens when nothing sensible does."""

from __future__ import annotations

import os
import socket
import time
import warnings
from typing import Any

import numpy as np
import pytest

from autograde.contract.verdict import Outcome
from autograde.course.notebook import Cell, Role
from autograde.inside.frames import receive, send
from autograde.inside.limits import Limits
from autograde.inside.wire import Reference
from autograde.judge.session import Breach, Session, SessionLost
from machine_room.checks import StudentError

SOURCE = """
import warnings
import numpy as np

def same(value): return value
def double(x): return 2 * x
def spoil(x):
    x *= 0
def spoil_all(values, *, named):
    values[0] += 1
    values.append('new')
    values[1]['key'] = named
    named.clear()
def grow(x): x.resize(5, refcheck=False)
def draw(rng): return rng.normal()
def warn():
    np.exp(np.array([1000.0]))
    warnings.warn('careful', DeprecationWarning)
    return 1
def apply(f, *args): return f(*args)
def keep(f):
    global kept
    kept = f
def call_kept(): return kept(1.0)
def in_a_thread(f):
    import threading
    failed = []
    def attempt():
        try: f(1.0)
        except RuntimeError as error: failed.append(str(error))
    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    return failed
class Own(Exception): pass
def fail(which):
    if which == 'own': raise Own('mine')
    if which == 'key': return {}['a']
    if which == 'array': return np.ones(2) @ np.ones(3)
    raise eval(which)
class Thing:
    size = 3
    def __init__(self): self.inner = np.arange(2)
    def scaled(self, factor): return self.size * factor
    def __array__(self, *args, **kwargs): return np.zeros(3)
def make(): return Thing()
def inside(thing): return type(thing).__name__
def large(): return [np.zeros(10**6)] * 5
def wait():
    import time
    time.sleep(0.4)
number = 5
"""


def cell(source: str, name: str = "cell") -> Cell:
    return Cell(name, Role.SOLUTION, "code", source)


@pytest.fixture
def session(sandbox: Any, limits: Any) -> Any:
    session = Session(sandbox, limits)
    assert session.run(cell(SOURCE)).error == ""
    yield session
    session.close()


PLAIN = [None, True, 3, 2.5, 1j, "text", b"bytes", [1, [2]], (1, (2,)), {"a": 1, 2: "b"}, {1, 2}, slice(1, 2), range(3)]


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_plain_values_pass_both_ways(value: Any, session: Session) -> None:
    back = session.get("same")(value)
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize("dtype", ["f8", "f4", "i8", "u1", "b1", "c16", "f2"])
def test_arrays_pass_both_ways(dtype: str, session: Session) -> None:
    array = np.arange(6).reshape(2, 3).astype(dtype)
    back = session.get("double" if dtype != "b1" else "same")(array)
    assert type(back) is np.ndarray
    assert back.dtype == array.dtype
    assert np.array_equal(back, array if dtype == "b1" else 2 * array)


def test_names_that_are_plain_values_come_as_such(session: Session) -> None:
    assert session.get("number") == 5


def test_a_missing_name_is_a_name_error(session: Session) -> None:
    with pytest.raises(NameError, match="name 'nothing' is not defined"):
        session.get("nothing")


def test_an_array_changed_over_there_is_changed_here(session: Session) -> None:
    x = np.ones((2, 2))
    session.get("spoil")(x)
    assert np.array_equal(x, np.zeros((2, 2)))


def test_containers_change_in_place_and_keep_who_they_are(session: Session) -> None:
    array, inner, named = np.zeros(2), {"key": None}, [1]
    values: list[Any] = [array, inner]
    session.get("spoil_all")(values, named=named)
    assert values[0] is array
    assert values[1] is inner
    assert np.array_equal(array, np.ones(2))
    assert values[2] == "new"
    assert inner == {"key": []}
    assert named == []


def test_an_array_that_was_resized_shows(session: Session) -> None:
    x = np.ones(2)
    session.get("grow")(x)
    assert x.shape == (5,)


def test_what_did_not_change_is_not_sent_back(session: Session) -> None:
    x = np.ones(2)
    x.setflags(write=False)  # a copy back would raise
    assert np.array_equal(session.get("double")(x), [2.0, 2.0])


def test_a_random_generator_draws_the_same_numbers_and_comes_back_advanced(session: Session) -> None:
    rng, twin = np.random.default_rng(3), np.random.default_rng(3)
    assert session.get("draw")(rng) == twin.normal()
    assert rng.normal() == twin.normal()


def test_warnings_are_raised_here_again(session: Session) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        session.get("warn")()
    assert [(w.category, str(w.message)) for w in caught] == [
        (RuntimeWarning, "overflow encountered in exp"),
        (DeprecationWarning, "careful"),
    ]


def test_our_functions_are_called_back_with_what_they_are_given(session: Session) -> None:
    calls: list[Any] = []

    def f(x: Any, y: int) -> Any:
        calls.append((x.tolist(), y))
        return x + y

    assert np.array_equal(session.get("apply")(f, np.ones(2), 3), [4.0, 4.0])
    assert calls == [([1.0, 1.0], 3)]


def test_nothing_of_theirs_is_asked_for_while_theirs_calls_ours(session: Session) -> None:
    apply, double = session.get("apply"), session.get("double")
    for nested in (lambda x: double(x), lambda x: session.get("number"), lambda x: session.run(cell("1"))):
        with pytest.raises(RuntimeError, match="nothing of the student's can be asked for"):
            apply(nested, 1)
    assert session.get("number") == 5


def test_an_error_of_our_function_reaches_the_student_s_code(session: Session) -> None:
    def f(x: Any) -> Any:
        return x["no"]

    with pytest.raises(TypeError, match="not subscriptable"):
        session.get("apply")(f, 1.0)


def test_our_functions_cannot_be_called_later_or_beside(session: Session) -> None:
    session.get("keep")(lambda x: x)
    with pytest.raises((RuntimeError, Breach)):
        session.get("call_kept")()


def test_our_functions_cannot_be_called_from_a_thread(session: Session) -> None:
    (failed,) = session.get("in_a_thread")(lambda x: x)
    assert "while your function runs" in failed


def test_what_our_function_returns_must_be_plain(session: Session) -> None:
    with pytest.raises(Exception, match="cannot be sent"):
        session.get("apply")(lambda: object())


@pytest.mark.parametrize(
    ("which", "kind", "message"),
    [
        ("ValueError('bad')", ValueError, "bad"),
        ("NotImplementedError()", NotImplementedError, ""),
        ("RecursionError('deep')", RecursionError, "deep"),
        ("key", KeyError, "'a'"),
        ("own", StudentError, "mine"),
        ("SystemExit(3)", StudentError, "3"),
        ("KeyboardInterrupt()", StudentError, ""),
        ("UnicodeDecodeError('utf-8', b'x', 0, 1, 'no')", StudentError, "no"),
    ],
)
def test_exceptions_arrive_as_what_they_are(which: str, kind: type[Exception], message: str, session: Session) -> None:
    with pytest.raises(kind) as caught:
        session.get("fail")(which)
    assert message in str(caught.value)
    if kind is StudentError:
        assert caught.value.type_name in ("Own", which.split("(")[0])  # type: ignore[attr-defined]


def test_exceptions_name_their_line_in_the_cell(session: Session) -> None:
    with pytest.raises(ValueError) as caught:
        session.get("fail")("array")
    assert caught.value.function == "fail"  # type: ignore[attr-defined]
    assert caught.value.where.endswith("of the cell: if which == 'array': return np.ones(2) @ np.ones(3)")  # type: ignore[attr-defined]


def test_other_objects_stay_there_and_are_asked_there(session: Session) -> None:
    thing = session.get("make")()
    assert thing.type_name == "Thing"
    assert thing.size == 3
    assert thing.scaled(2) == 6
    assert np.array_equal(thing.inner, [0, 1])
    assert session.get("inside")(thing) == "Thing"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = thing.nothing


@pytest.mark.parametrize("name", ["__array__", "__len__", "__eq__", "__float__", "__class__", "_private"])
def test_special_methods_of_theirs_are_never_asked(name: str, session: Session) -> None:
    thing = session.get("make")()
    assert getattr(type(thing), name, None) is getattr(object, name, None) or name == "__class__"
    assert np.asarray(thing).dtype == object


def test_a_result_that_is_too_large_is_an_error(session: Session) -> None:
    with pytest.raises(ValueError, match="too large"):
        session.get("large")()


def test_an_object_of_an_ended_process_is_refused(session: Session) -> None:
    thing = session.get("make")()
    with pytest.raises(Breach):
        session.run(cell("import os; os._exit(0)", "exit"))
    with pytest.raises(SessionLost):
        session.get("inside")(thing)


def test_a_check_has_one_allowance_for_all_its_calls(sandbox: Any, limits: Any) -> None:
    session = Session(sandbox, Limits(request_seconds=1.0))
    session.run(cell(SOURCE))
    wait = session.get("wait")

    def wait_often() -> None:
        for _ in range(10):
            wait()

    began = time.monotonic()
    with session.exercise(), pytest.raises(Breach) as caught:
        wait_often()
    assert caught.value.outcome is Outcome.TIME_LIMIT
    assert time.monotonic() - began < 3.9
    assert session.get("number") == 5
    session.close()


def test_a_submission_has_one_allowance_for_all_its_cells_and_replays(sandbox: Any) -> None:
    session = Session(sandbox, Limits(request_seconds=0.1, submission_seconds=3.0))
    breaches = 0
    began = time.monotonic()
    for number in range(60):
        try:
            session.run(cell("import time\ntime.sleep(60)", f"cell-{number}"))
        except Breach as breach:
            breaches += 1
            reason = breach.reason
    session.close()
    assert breaches == 60
    assert reason == "The notebook as a whole took 3 seconds; the rest was not run."
    assert time.monotonic() - began < 6
    assert len(sandbox.processes) < 40


def test_the_student_s_time_is_told_apart_from_ours(session: Session) -> None:
    session.run(cell("import time\nbegan = time.process_time()\nwhile time.process_time() - began < 0.2: pass"))
    session.close()
    assert 0.2 <= session.student_cpu_seconds <= session.sandbox_cpu_seconds


def _refuse(value: Any) -> Reference | None:
    return None


def _silent(channel: socket.socket, limits: Limits) -> None:
    time.sleep(60)


def _deaf(channel: socket.socket, limits: Limits) -> None:
    channel.shutdown(socket.SHUT_RDWR)
    time.sleep(60)


def _gone(channel: socket.socket, limits: Limits) -> None:
    os._exit(3)


def _random(channel: socket.socket, limits: Limits) -> None:
    channel.recv(10)
    channel.sendall(os.urandom(10_000))


def _too_early(channel: socket.socket, limits: Limits) -> None:
    send(channel, ("ran", 1, "", "", "", "", [], -1.0), _refuse)
    time.sleep(60)


def _twice(channel: socket.socket, limits: Limits) -> None:
    while True:
        _, number, *_ = receive(channel, lambda reference: None)
        send(channel, ("ran", number, "", "", "", "", [], 0.0), _refuse)
        send(channel, ("ran", number, "", "", "", "", [], 0.0), _refuse)


@pytest.mark.parametrize(
    ("serve", "outcomes"),
    [
        (_silent, {Outcome.TIME_LIMIT}),
        (_deaf, {Outcome.TIME_LIMIT, Outcome.VIOLATION}),
        (_gone, {Outcome.CRASHED}),
        (_random, {Outcome.VIOLATION}),
        (_too_early, {Outcome.VIOLATION}),
        (_twice, {Outcome.VIOLATION}),
    ],
)
def test_a_peer_that_does_not_play_along_is_a_breach(serve: Any, outcomes: set[Outcome], sandbox: Any) -> None:
    sandbox.serve = serve
    session = Session(sandbox, Limits(request_seconds=0.3))
    breaches = []
    for _ in range(2):
        try:
            session.run(cell("pass"))
        except Breach as breach:
            breaches.append(breach.outcome)
    session.close()
    assert breaches
    assert set(breaches) <= outcomes


def test_a_sandbox_that_fails_is_our_fault(sandbox: Any, limits: Any) -> None:
    def fork() -> Any:
        raise OSError("no more processes")

    sandbox.fork = fork
    with pytest.raises(OSError, match="no more processes"):
        Session(sandbox, limits).run(cell("pass"))
