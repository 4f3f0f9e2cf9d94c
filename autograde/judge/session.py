"""One submission's life: its cells run in order, its functions are called, and after a breach it starts again.

    session.run(cell)                  the student's cells, as they come
    with session.exercise():           one check: shares one allowance of time
        function = session.get("swish")
        function(np.array([1.0]))      answers with plain data, or raises what the student's code raised

Limits on time count the seconds that are fair to count: those in which the student's process stood in a queue for a
processor are not (`clock`). A request, a check and the whole submission each have an account.

A breach (time, memory, output, a crash, a broken protocol) ends the process and whatever was going on. The next request
starts a fresh fork and replays the cells that ran before, without those that breached.

*Called by* `judge`. *Trust*: the peer is the student's process. Every message from it is taken apart by type (see
`replies`); one that is malformed, late, out of order or for another request is a `Breach`, and the clock is ours.
"""

from __future__ import annotations

import contextlib
import math
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, TypeVar

from machine_room.translation import say

from ..contract.verdict import CellOutput, Outcome
from ..course.notebook import Cell
from ..inside.frames import Closed, TooLate, receive, send
from ..inside.limits import Limits
from ..inside.messages import Reply, Request, Returned
from ..inside.wire import JUDGE, STUDENT, Reference, WireError
from ..sandbox.process import Exit, ExitReason, Process, Sandbox
from . import replies
from .callbacks import Allowance, TooMuch
from .clock import Account, Look, Watch
from .proxy import StudentFunction, StudentObject, write_back
from .replies import Callback, Malformed, Raised

__all__ = ["Breach", "Session", "SessionLost"]

T = TypeVar("T")

REQUESTS_PER_EXERCISE = 3  # one check may take this many times what one call may
GRACE_SECONDS = 1.0  # for a process that has closed its channel to end
FORK_SECONDS = 0.05  # what a fresh process is counted as, however busy the machine is while it is made

OUTCOMES = {
    ExitReason.CPU_LIMIT: Outcome.TIME_LIMIT,
    ExitReason.WALL_LIMIT: Outcome.TIME_LIMIT,
    ExitReason.MEMORY_LIMIT: Outcome.MEMORY_LIMIT,
    ExitReason.FINISHED: Outcome.CRASHED,
    ExitReason.EXITED: Outcome.CRASHED,
    ExitReason.CRASHED: Outcome.CRASHED,
    ExitReason.KILLED: Outcome.CRASHED,
}


class Breach(BaseException):
    """The student's code overstepped a limit or the protocol. No `Exception`: no check may take it for an answer."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason


class SessionLost(RuntimeError):
    """The sandbox failed, which is our fault."""


class Session:
    """One submission's process, and what it takes to make it again.

    Args:
        sandbox: where processes come from.
        limits: deadlines and caps.
        account: the seconds that the submission has left; None: all that the limits give it.
    """

    def __init__(self, sandbox: Sandbox, limits: Limits, account: Account | None = None) -> None:
        self.sandbox = sandbox
        self.limits = limits
        self.student_cpu_seconds = 0.0  # in the student's cells and functions, as their process says
        self.sandbox_cpu_seconds = 0.0  # of all processes that ended
        self.failure: Exception | None = None  # ours, during a call; a check may have taken it for the student's
        self.lost: dict[str, Breach] = {}  # cell id -> why that cell is not replayed
        self.replay_seconds = 0.0  # what the cells took that a fresh process would run
        self._history: list[Cell] = []
        self._process: Process | None = None
        self._looked: Look | None = None  # when somebody last asked what it had waited
        self._generation = 0
        self._numbers = 0
        self._functions: list[Callable[..., Any]] = []  # ours, that the call under way may call back
        self._allowance: Allowance | None = None  # of the call under way
        self._asking = False
        self._whole = account or Account(limits.submission_seconds)
        self._exercise = Account(math.inf)

    # --- what the judge asks

    def run(self, cell: Cell) -> CellOutput:
        """Run one of the student's cells and return what it showed.

        Raises:
            Breach: it overstepped; it will not be replayed.
            SessionLost: the sandbox failed.
        """
        self._alive()
        spent = self._whole.spent
        try:
            output = self._run(cell)
        except Breach as breach:
            self.lost[cell.id] = breach
            raise
        self._history.append(cell)
        self.replay_seconds += self._whole.spent - spent
        return output

    @contextlib.contextmanager
    def exercise(self) -> Iterator[None]:
        """Everything asked inside the block shares one allowance of time; our `failure` in it is kept."""
        self.failure = None
        self._exercise = Account(REQUESTS_PER_EXERCISE * self.limits.request_seconds)
        try:
            yield
        finally:
            self._exercise = Account(math.inf)

    def get(self, name: str) -> Any:
        """Return the student's value of a name: plain data, or an object that stands for theirs.

        Raises:
            NameError: they have no such name.
            Breach, SessionLost: as in `run`.
        """
        return self._value(Request.GET, name, called_as=name)

    def attribute(self, owner: StudentObject, name: str) -> Any:
        """Return an attribute of an object of theirs. *Called by* the object's `__getattr__`."""
        return self._value(Request.ATTRIBUTE, owner, name, called_as=name)

    def call(self, target: StudentObject, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a function of theirs. *Called by* `StudentFunction`.

        Arguments that the call changed are changed here too, and warnings it caused are raised here again.

        Raises:
            Exception: what their function raised: the builtin class where it is one, else `StudentError`.
            Breach, SessionLost: as in `run`.
        """
        self._refuse_to_nest()
        self._allowance = Allowance(args, kwargs)
        try:
            reply = self._ask(replies.called, Request.CALL, target, args, kwargs)
            if reply.arguments is not None:
                write_back((args, kwargs), reply.arguments)
        except Exception as error:
            self.failure = self.failure or error
            raise
        finally:
            self._functions.clear()
            self._allowance = None
        self.student_cpu_seconds += reply.cpu_seconds
        for category, text in reply.warnings:
            warnings.warn(text, category, stacklevel=3)
        if reply.raised is not None:
            if reply.raised.type_name == "MemoryError":
                self._breach(
                    Outcome.MEMORY_LIMIT,
                    say("It needed more than {megabytes} MB of memory.", megabytes=self.limits.memory_bytes >> 20),
                )
            raise reply.raised.as_exception()
        return reply.value

    @property
    def replayed(self) -> tuple[Cell, ...]:
        """The cells that a fresh process would run."""
        return tuple(self._history)

    def close(self) -> None:
        """End the process; idempotent."""
        if self._process is not None:
            self._end(self._process)

    # --- one request

    def _value(self, kind: Request, *content: Any, called_as: str) -> Any:
        try:
            value = self._ask(replies.value, kind, *content)
        except Exception as error:
            self.failure = self.failure or error
            raise
        if type(value) is Raised:
            raise value.as_exception()
        if type(value) is StudentFunction:
            # what it is called in a check is our word, never the student's: it says which exercise this is
            value.__name__ = called_as
        return value

    def _run(self, cell: Cell) -> CellOutput:
        shown = self._ask(replies.ran, Request.RUN, cell.id, cell.source)
        self.student_cpu_seconds += shown.cpu_seconds
        return shown.output(cell.id, self.limits.output_bytes)

    def _ask(self, parse: Callable[[Reply, Any], T], kind: Request, *content: Any) -> T:
        """Send a request, serve the callbacks it causes, and return what `parse` makes of its answer."""
        self._refuse_to_nest()
        process = self._alive()
        self._numbers += 1
        number = self._numbers
        self._asking = True
        accounts = (Account(self.limits.request_seconds), self._exercise, self._whole)
        watch = Watch(min(account.left for account in accounts), process.so_far, last=self._looked)
        try:
            self._send(process, (kind.value, number, *content), watch)
            while True:
                tag, of, *rest = replies.message(receive(process.channel, self._adopt, watch.left))
                if tag is Reply.EXCEEDED:
                    self._breach(
                        Outcome.OUTPUT_LIMIT,
                        say("It printed more than {most} characters.", most=self.limits.output_bytes),
                    )
                if of != number:
                    raise Malformed("a reply to another request")
                if tag is not Reply.CALLBACK:
                    return parse(tag, rest)
                self._call_back(process, replies.callback(rest), watch)
        except TooLate:
            self._too_late(min(accounts, key=lambda account: account.left))
        except Closed:
            self._died(process)
        except (WireError, Malformed) as error:
            self._breach(Outcome.VIOLATION, say("It answered what no honest function answers: {error}.", error=error))
        finally:
            self._asking = False
            self._charge(watch.seconds())
            self._looked = watch.last

    def _charge(self, seconds: float) -> None:
        for account in (self._exercise, self._whole):
            account.spent += seconds

    def _too_late(self, account: Account) -> NoReturn:
        if account is self._whole:
            reason = say(
                "The notebook as a whole took {seconds:g} seconds; the rest was not run.", seconds=account.seconds
            )
        else:
            reason = say("It was stopped after {seconds:g} seconds.", seconds=account.seconds)
        self._breach(Outcome.TIME_LIMIT, reason)

    def _refuse_to_nest(self) -> None:
        """One request at a time: a function of ours that theirs calls back asks nothing of them."""
        if self._asking:
            raise RuntimeError("nothing of the student's can be asked for while their function calls one of ours")

    def _send(self, process: Process, message: tuple[Any, ...], watch: Watch) -> None:
        try:
            send(process.channel, message, self._export, watch.left)
        except WireError as error:  # what we send is ours
            raise SessionLost(f"a request cannot be sent: {error}") from error

    def _call_back(self, process: Process, callback: Callback, watch: Watch) -> None:
        if self._allowance is None:
            raise Malformed("a callback while nothing of ours was given")
        try:
            reply: tuple[Any, ...] = (Returned.RETURNED.value, callback.number, self._allowance.answer(callback))
            send(process.channel, reply, self._export, watch.left)
        except TooMuch as error:
            raise Malformed(str(error)) from None
        except Exception as error:  # of our function; what it was given is the student's
            if isinstance(error, (TooLate, Closed)):
                raise
            reply = (Returned.FAILED.value, callback.number, type(error).__name__, str(error)[:1000])
            send(process.channel, reply, self._export, watch.left)

    # --- what crosses by reference

    def _export(self, value: Any) -> Reference | None:
        if isinstance(value, StudentObject):
            reference: Reference = value._reference
            return reference if value._generation == self._generation else None
        if not callable(value) or isinstance(value, type):
            return None
        known = [function is value for function in self._functions]
        if not any(known):
            self._functions.append(value)
            known.append(True)
        return Reference(JUDGE, known.index(True), "function", str(getattr(value, "__name__", "f")))

    def _adopt(self, reference: Reference) -> Any:
        if reference.owner == STUDENT:
            kind = StudentObject if reference.name is None else StudentFunction
            return kind(self, reference, self._generation)
        if not 0 <= reference.number < len(self._functions):
            raise WireError("a function that was never given")
        return self._functions[reference.number]

    # --- the process

    def _alive(self) -> Process:
        """Return the process; make it, and replay what ran before, where there is none."""
        while self._process is None and not self._whole.empty:
            self._generation += 1
            exercise, self._exercise = self._exercise, Account(math.inf)  # a replay is no fault of this exercise
            try:
                self._process = self.sandbox.fork()
                self._looked = Look()
                self._charge(FORK_SECONDS)
                self._prepare()
                self._replay()
            finally:
                self._exercise = exercise
        if self._process is None or self._whole.empty:
            self._too_late(self._whole)
        return self._process

    def _prepare(self) -> None:
        """What a fresh process is told before any cell runs in it."""

    def _replay(self) -> None:
        for cell in tuple(self._history):
            try:
                self._run(cell)
            except Breach as breach:  # it went well the first time; it has had its chance
                self.lost[cell.id] = breach
                self._history.remove(cell)
                return

    def _breach(self, outcome: Outcome, reason: str) -> NoReturn:
        if self._process is not None:
            self._end(self._process)
        raise Breach(outcome, reason)

    def _died(self, process: Process) -> NoReturn:
        """Raise what the end of the process means."""
        began = time.monotonic()
        exit = self._end(process, GRACE_SECONDS)
        if exit.reason is ExitReason.WALL_LIMIT and time.monotonic() - began >= GRACE_SECONDS:
            raise Breach(Outcome.VIOLATION, say("It cut the line to the judge and lived on."))
        if exit.reason is ExitReason.LOST:
            raise SessionLost(exit.detail)
        raise Breach(OUTCOMES[exit.reason], exit.detail)

    def _end(self, process: Process, grace_seconds: float = 0.0) -> Exit:
        self._process = None
        if not grace_seconds:
            process.kill()
        exit = process.wait(grace_seconds or GRACE_SECONDS)
        process.channel.close()
        self.sandbox_cpu_seconds += exit.cpu_seconds
        return exit
