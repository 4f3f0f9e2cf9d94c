"""What answers the judge from inside the box: runs cells, hands out values, calls functions.

One request at a time, each answered once with its own number:

    ("run", n, cell id, source)          -> ("ran", n, stdout, stderr, result, error, images, cpu)
    ("get", n, name)                     -> ("value", n, value) | ("raised", n, error)
    ("attribute", n, object, name)       -> ("value", n, value) | ("raised", n, error)
    ("call", n, target, args, kwargs)    -> ("called", n, value, error, arguments, warnings, cpu)

    ("notebook", n)                      -> ("ready", n)          ordinary courses: see `displays`
    ("file", n, name, content)           -> ("ready", n)
    ("execute", n, cell id, source)      -> ("shown", n, pieces, cpu)

While a call runs, a function of the judge's that was passed in calls back:

    ("callback", n, k, function, args, kwargs)  -> ("returned", k, value) | ("failed", k, type name, message)

and the judge answers that before it asks anything else. ("exceeded", 0, "output") is this process's last word.

*Trust*: the student's code runs in this very process and may change every line of it. Nothing said here is believed:
the judge keeps the clock, checks every message and decides alone. What stands here serves honest students.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from .arrays import np
from .displays import Displays, be_a_notebook, keep_file
from .frames import Closed, receive_encoded, send
from .limits import Limits
from .messages import Reply, Request, Returned
from .transcript import NotebookShell, Transcript, place
from .wire import JUDGE, STUDENT, Reference, WireError, decode, encode

__all__ = ["prepare", "serve"]

MAX_MESSAGE = 2_000
MAX_WARNINGS = 50

_shell: NotebookShell | None = None


def prepare() -> None:
    """Import and set up what every fork needs. *Called by* the zygote, once, before it forks."""
    global _shell
    if _shell is None:
        _shell = _new_shell()
        _shell.run_cell("None", store_history=False)  # the first cell pays for caches


def _new_shell() -> NotebookShell:
    """IPython's shell; in an environment of a course's own that has no IPython, one of Python alone."""
    if find_spec("IPython") is None:
        from .plain_shell import new_plain_shell

        return new_plain_shell()
    from .shell import new_shell

    return new_shell()


def serve(channel: socket.socket, limits: Limits) -> None:
    """Answer requests until the channel closes. *Called by* the zygote's fork, as its last act."""
    prepare()
    assert _shell is not None
    kernel = Kernel(channel, limits, _shell)
    with np.errstate(all="warn", under="ignore"):
        while kernel.answer_next():
            pass


class Kernel:
    """The state of one student's process."""

    def __init__(self, channel: socket.socket, limits: Limits, shell: NotebookShell) -> None:
        self.channel = channel
        self.limits = limits
        self.shell = shell
        self.objects = Objects()
        self.calls: list[int] = []  # the number of the call under way, if there is one
        self.callbacks = 0
        self.thread = threading.get_ident()

    def answer_next(self) -> bool:
        """Read a request and answer it; False once the judge has gone."""
        try:
            self.answer(*self._receive())
        except Closed:
            return False
        return True

    def answer(self, request: tuple[Any, ...], encoded: tuple[bytes, bytes]) -> None:
        kind, number, rest = Request(request[0]), request[1], request[2:]
        reply = getattr(self, kind.value)(number, *rest)  # each is answered by the method of its name
        if kind is Request.CALL and self._encoded(request) != encoded:  # the call changed its arguments
            reply = (*reply[:4], (request[3], request[4]), *reply[5:])
        try:
            self.say(*reply)
        except WireError as error:
            raised = ("ValueError", f"the result is too large: {error}", "", "")
            if kind is Request.CALL:
                self.say(Reply.CALLED, number, None, raised, None, [], 0.0)
            else:
                self.say(Reply.RAISED, number, raised)

    def say(self, reply: Reply, number: int, *content: Any) -> None:
        send(self.channel, (reply.value, number, *content), self.export)

    # --- requests

    def run(self, number: int, cell_id: str, source: str) -> tuple[Any, ...]:
        self._listen()
        began = time.process_time()
        self.shell.run_cell(source, store_history=True)
        cpu = time.process_time() - began
        shown = self.shell.transcript
        stdout, stderr = "".join(shown.stdout), "".join(shown.stderr)
        return (Reply.RAN, number, stdout, stderr, shown.result, shown.error, shown.images, cpu)

    def notebook(self, number: int) -> tuple[Any, ...]:
        be_a_notebook(self.shell)
        return (Reply.READY, number)

    def file(self, number: int, name: str, content: bytes) -> tuple[Any, ...]:
        keep_file(name, content)
        return (Reply.READY, number)

    def execute(self, number: int, cell_id: str, source: str) -> tuple[Any, ...]:
        displays = Displays(self.limits.output_bytes, self._spill)
        self.shell.listen(displays)
        began = time.process_time()
        self.shell.run_cell(source, store_history=True)
        return (Reply.SHOWN, number, displays.said(), time.process_time() - began)

    def get(self, number: int, name: str) -> tuple[Any, ...]:
        names = self.shell.user_ns
        if name not in names:
            return (Reply.RAISED, number, ("NameError", f"name {name!r} is not defined", "", ""))
        return (Reply.VALUE, number, names[name])

    def attribute(self, number: int, owner: Any, name: str) -> tuple[Any, ...]:
        try:
            return (Reply.VALUE, number, getattr(owner, name))
        except BaseException as error:
            return (Reply.RAISED, number, describe(error))

    def call(self, number: int, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        self._listen()
        value, raised = None, None
        self.calls.append(number)
        began = time.process_time()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                value = target(*args, **kwargs)
            except BaseException as error:
                raised = describe(error)
        cpu = time.process_time() - began
        self.calls.pop()
        warned = [(w.category.__name__, str(w.message)[:MAX_MESSAGE]) for w in caught[:MAX_WARNINGS]]
        return (Reply.CALLED, number, value, raised, None, warned, cpu)

    def callback(self, function: Remote, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Ask the judge for the value of its function."""
        if not self.calls or threading.get_ident() != self.thread:
            raise RuntimeError(
                f"{function.__name__} can only be called while your function runs, not later or beside it"
            )
        self.callbacks += 1
        number = self.callbacks
        self.say(Reply.CALLBACK, self.calls[-1], number, function, args, kwargs)
        (tag, _, *said), _ = self._receive()
        if Returned(tag) is Returned.FAILED:
            raise _builtin_error(*said)
        return said[0]

    def _receive(self) -> tuple[Any, tuple[bytes, bytes]]:
        encoded = receive_encoded(self.channel)
        return decode(*encoded, self.adopt), encoded

    def _encoded(self, request: tuple[Any, ...]) -> tuple[bytes, bytes] | None:
        try:
            return encode(request, self.export)
        except WireError:  # they have become too large
            return None

    def _listen(self) -> None:
        """Catch what is printed from here on."""
        self.shell.listen(Transcript(self.limits.output_bytes, self._spill))

    def _spill(self) -> None:
        self.say(Reply.EXCEEDED, 0, "output")
        os._exit(0)

    # --- what crosses by reference

    def export(self, value: Any) -> Reference:
        if type(value) is Remote:
            return value.reference
        return self.objects.refer(value)

    def adopt(self, reference: Reference) -> Any:
        return Remote(self, reference) if reference.owner == JUDGE else self.objects.find(reference)


class Objects:
    """The student's objects that the judge holds a reference to."""

    def __init__(self) -> None:
        self.by_number: dict[int, Any] = {}
        self.numbers: dict[int, int] = {}  # id -> number; what is listed stays alive, so ids stay theirs

    def refer(self, value: Any) -> Reference:
        number = self.numbers.get(id(value))
        if number is None:
            number = len(self.by_number)
            self.by_number[number] = value
            self.numbers[id(value)] = number
        return Reference(STUDENT, number, _type_name(value), _name(value))

    def find(self, reference: Reference) -> Any:
        try:
            return self.by_number[reference.number]
        except KeyError:
            raise WireError(f"no object {reference.number} of the student's") from None


class Remote:
    """A function of the judge's, as the student's code sees it."""

    def __init__(self, kernel: Kernel, reference: Reference) -> None:
        self._kernel = kernel
        self.reference = reference
        self.__name__ = reference.name or "f"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._kernel.callback(self, args, kwargs)

    def __repr__(self) -> str:
        return f"<function {self.__name__}>"


def _type_name(value: Any) -> str:
    if type(value) is np.ndarray:
        numeric = value.dtype.kind in "biufc"
        return f"array of {value.nbytes} bytes" if numeric else f"array of dtype {value.dtype.name}"
    return str(type.__getattribute__(type(value), "__name__"))[:60]


def _name(value: Any) -> str | None:
    """The `__name__` of what can be called; a name, if only its type's, says that it can."""
    if not callable(value):
        return None
    try:
        name = value.__name__
    except BaseException:
        name = None
    return name[:60] if type(name) is str else type(value).__name__[:60]


def describe(error: BaseException) -> tuple[str, str, str, str]:
    """Return an exception's type name, message, place in the student's cell, and the function it arose in."""
    try:
        message = str(error)
    except BaseException:
        message = ""
    function = ""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        function = frame.f_code.co_name
    return _type_name(error), message[:MAX_MESSAGE], place(error.__traceback__), function[:60]


def _builtin_error(type_name: str, message: str) -> Exception:
    kind: Callable[[str], Exception] = ERRORS.get(type_name, RuntimeError)
    return kind(message)


ERRORS = {
    kind.__name__: kind for kind in (TypeError, ValueError, IndexError, KeyError, AttributeError, ArithmeticError)
}
