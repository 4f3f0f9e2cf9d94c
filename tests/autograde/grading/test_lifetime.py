"""Ctrl-C while a worker is being started: it is heard once that is done, and no worker hears it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from autograde.contract.endings import interrupted_once
from autograde.grading.lifetime import without_interrupts

BLOCKED = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))"


def to_this_process() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def in_another_thread() -> None:
    """As the kernel does it where the main thread has blocked it and another has not."""

    def hear() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT,))
        to_this_process()

    thread = threading.Thread(target=hear)
    thread.start()
    thread.join()


@pytest.mark.parametrize("send", [to_this_process, in_another_thread])
def test_what_comes_while_a_process_is_started_is_heard_at_the_end(send: Callable[[], None]) -> None:
    done: list[str] = []

    def start() -> None:
        with without_interrupts():
            send()
            done.append("started")

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        start()
    assert done == ["started"]
    assert signal.getsignal(signal.SIGINT) is before
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_a_process_started_there_does_not_hear_it_nor_does_what_it_starts() -> None:
    start = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BLOCKED!r}], check=True)"
    with without_interrupts():
        for program in (BLOCKED, start):
            done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
            assert done.stdout == "True\n"


def test_where_it_is_ignored_it_stays_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupted_once(), without_interrupts():
            to_this_process()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_the_second_one_interrupts_nothing() -> None:
    before = signal.getsignal(signal.SIGINT)
    try:
        with interrupted_once():
            with pytest.raises(KeyboardInterrupt):
                to_this_process()
            to_this_process()
        to_this_process()
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_command_that_nobody_interrupts_leaves_all_as_it_was() -> None:
    before = signal.getsignal(signal.SIGINT)
    with interrupted_once():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
