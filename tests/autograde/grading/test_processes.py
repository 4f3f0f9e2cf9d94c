"""What a worker and the processes below it have used, and that they give way."""

from __future__ import annotations

import os
import subprocess
import sys

from autograde.grading import processes


def test_processor_time_counts_what_is_below_a_process_and_what_has_ended_there() -> None:
    before = processes.cpu_seconds(os.getpid())
    subprocess.run([sys.executable, "-c", "sum(range(20_000_000))"], check=True)
    assert processes.cpu_seconds(os.getpid()) > before
    burn = "import time\nwhile time.process_time() < 0.3: pass\nprint(1, flush=True)\ninput()"
    with subprocess.Popen([sys.executable, "-c", burn], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"1\n"
        assert processes.cpu_seconds(child.pid) >= 0.2
        child.communicate(b"\n")


def test_a_process_and_those_below_it_give_way() -> None:
    child = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'print(1, flush=True)\\ninput()'])"
    with subprocess.Popen([sys.executable, "-c", child], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        pids = [pid for pid, _ in processes._below(parent.pid)]
        before = os.getpriority(os.PRIO_PROCESS, 0)
        processes.give_way(parent.pid)
        found = [os.getpriority(os.PRIO_PROCESS, pid) for pid in pids]
        parent.communicate(b"\n")
    assert len(pids) == 2
    assert found == [max(before, processes.GIVES_WAY)] * 2
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


def test_a_process_that_has_ended_is_nobodys_fault() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    processes.give_way(child.pid)
    assert processes.cpu_seconds(child.pid) == 0.0
