"""How a command ends, whatever happened: an exit code, and one sentence on stderr that says what to do.

A traceback tells a person in front of a class nothing. Who wants it, because it is our fault, sets
AUTOGRADE_TRACEBACK=1 and runs the command again.
"""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum

from .failures import CourseError, WorkersUnavailable, is_of_the_machine, what_to_do, why
from .names import escaped, readable

__all__ = ["Code", "Ending", "ended", "interrupted_once"]

TRACEBACK = "AUTOGRADE_TRACEBACK"


class Code(IntEnum):
    """What a command's exit code says; the table is in docs/instructor.md."""

    DONE = 0
    DOES_NOT_HOLD = 1  # what was asked is not so: a drift, a test of the tests, an isolation; or nobody read to the end
    REFUSED = 2  # the sentence says what to mend
    NOT_ALL = 3  # the run ended, but somebody's work could not be graded or shown
    OUR_FAULT = 70  # EX_SOFTWARE of sysexits.h
    INTERRUPTED = 130  # 128 and SIGINT, as shells count


@dataclass(frozen=True)
class Ending:
    """How a command ends that did not end by itself; no sentence where nobody is there to read it."""

    code: Code
    sentence: str = ""


@contextmanager
def interrupted_once() -> Iterator[None]:
    """Let the first Ctrl-C interrupt a command, and none after it: the command is about to end in a sentence.

    Where SIGINT is handled otherwise, as in a job in the background, it stays so.
    """

    def first(number: int, frame: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt

    is_main = threading.current_thread() is threading.main_thread()  # no other may set a handler
    if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, first)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is first:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def ended(run: Callable[[], int]) -> Ending:
    """Run a command of click's; return how it ended.

    Raises:
        Exception: a fault of ours, where the environment asks for its traceback.
    """
    try:
        return Ending(Code(run()))
    except SystemExit as end:
        return Ending(Code(int(end.code or 0)))
    except BaseException as error:
        ending = _of_the_command_line(error) or _ending_of(error)
        if ending.code is Code.OUR_FAULT and os.environ.get(TRACEBACK):
            raise
        return ending


def _of_the_command_line(error: BaseException) -> Ending | None:
    """How click ends a command that was not understood, or that a command itself ends by click's means."""
    import click

    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return Ending(Code.REFUSED)
    if isinstance(error, click.UsageError):
        command = error.ctx.command_path if error.ctx else "autograde"
        return Ending(Code.REFUSED, f"{error.format_message().rstrip('.')}. `{command} --help` says what it takes.")
    if isinstance(error, click.ClickException):
        return Ending(Code.DOES_NOT_HOLD, error.format_message())
    return _ending_of(KeyboardInterrupt()) if isinstance(error, click.Abort) else None


def _ending_of(error: BaseException) -> Ending:
    if isinstance(error, KeyboardInterrupt):
        return Ending(
            Code.INTERRUPTED, "Interrupted. What was graded until now is kept: the same command goes on from there."
        )
    if isinstance(error, BrokenPipeError):
        return Ending(Code.DOES_NOT_HOLD)
    if isinstance(error, CourseError | WorkersUnavailable):
        return Ending(Code.REFUSED, readable(str(error)))
    if is_of_the_machine(error):
        return Ending(Code.REFUSED, f"{why(error)}. {what_to_do(error)} Then run the same command again.")
    return Ending(Code.OUR_FAULT, _our_fault(error))


def _our_fault(error: BaseException) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = "".join(f" in {os.path.basename(frame.filename)}, line {frame.lineno}" for frame in last)
    return (
        f"This is a fault of the autograder: {type(error).__name__}{where}: {escaped(str(error), 300)}. What was "
        f"graded until now is kept. Please report it, with what the same command says after `export {TRACEBACK}=1`."
    )
