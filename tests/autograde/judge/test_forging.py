"""Forging the result: whatever is tried, no points are gained, the next check is graded, the reason is told."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pytest

from autograde.contract.verdict import Outcome, Verdict
from autograde.course.notebook import Cell, Notebook, Role
from autograde.judge.judge import grade_notebook
from machine_room.checks.answers import answers
from machine_room.checks.run import VISIBLE_SEED
from machine_room.exercises import find

SEED = 20_240_607
HONEST = """
def relative_error(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))
"""
LOST = {Outcome.WRONG, Outcome.ERROR, Outcome.MISSING}


def notebook(*sources: str) -> Notebook:
    """Cells of the student's for relu_backward, its check, then relative_error done honestly, and its check."""
    cells = [Cell("given-1", Role.GIVEN, "code", "import numpy as np")]
    cells += [
        Cell(f"relu-{i}", Role.SOLUTION, "code", textwrap.dedent(source), "relu_backward")
        for i, source in enumerate(sources)
    ]
    cells += [_check("relu_backward", 3.0), Cell("error", Role.SOLUTION, "code", HONEST, "relative_error")]
    return Notebook("01-backprop", "backprop", (*cells, _check("relative_error", 2.0)))


def _check(exercise: str, points: float) -> Cell:
    source = f"check({exercise})\n### BEGIN HIDDEN TESTS\ncheck({exercise}, hidden=True)\n### END HIDDEN TESTS"
    return Cell(f"{exercise}-check", Role.CHECK, "code", source, exercise, points)


def grade(sandbox: Any, limits: Any, *sources: str) -> Verdict:
    return grade_notebook(notebook(*sources), student="mallory", sandbox=sandbox, limits=limits, seed=SEED)


def test_the_honest_answer_gets_everything(sandbox: Any, limits: Any) -> None:
    verdict = grade(sandbox, limits, "def relu_backward(dh, z):\n    return dh * (z > 0)")
    assert [(cell.points, cell.outcome) for cell in verdict.cells] == [(3.0, Outcome.CORRECT), (2.0, Outcome.CORRECT)]
    assert len(sandbox.processes) == 1


LIAR = """
class Liar:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __lt__
    def __bool__(self): return True
    def __len__(self): return 3
    def __float__(self): return 0.0
    def __array__(self, *args, **kwargs): return np.zeros(3)
    def __array_ufunc__(self, *args, **kwargs): return self
    def __array_function__(self, *args, **kwargs): return True
    def __getattr__(self, name): return self
    def __call__(self, *args, **kwargs): return self
    def __iter__(self): return iter([self])
    def __getitem__(self, key): return self
    def __reduce__(self): return (print, ("unpickled",))
    shape, dtype, ndim, size = (3,), np.dtype(float), 1, 3
    @property
    def __class__(self): return np.ndarray
"""

# What relu_backward does, after the honest import of numpy. Each of these only changes its own exercise.
FORGERIES = {
    "an object that lies about everything": LIAR + "\ndef relu_backward(dh, z): return Liar()",
    "an array of objects that lie": LIAR
    + """
def relu_backward(dh, z):
    lies = np.empty(np.shape(dh), object)
    lies[...] = [Liar()] * np.size(dh) if np.ndim(dh) == 1 else Liar()
    return lies
""",
    "an ndarray subclass that compares equal": """
class Agreeable(np.ndarray):
    def __eq__(self, other): return np.ones(self.shape, bool)
    def __array_ufunc__(self, *args, **kwargs): return np.zeros(self.shape)
    def __array_finalize__(self, source): pass
def relu_backward(dh, z): return np.zeros(np.shape(dh)).view(Agreeable)
""",
    "a float subclass that compares equal": """
class Number(float):
    def __eq__(self, other): return True
def relu_backward(dh, z): return Number(0)
""",
    "a list subclass that lies": """
class Many(list):
    def __len__(self): return 10**9
    def __iter__(self): raise SystemExit
    def __eq__(self, other): return True
def relu_backward(dh, z): return Many([1.0])
""",
    "a matrix": "def relu_backward(dh, z): return np.asmatrix(dh * (z > 0))",
    "a masked array": "def relu_backward(dh, z): return np.ma.array(dh * (z > 0), mask=True)",
    "not a number": "def relu_backward(dh, z): return np.full(np.shape(dh), np.nan)",
    "infinities": "def relu_backward(dh, z): return np.full(np.shape(dh), np.inf)",
    "complex numbers": "def relu_backward(dh, z): return dh * (z > 0) + 0j",
    "truth values": "def relu_backward(dh, z): return z > 0",
    "a huge integer": "def relu_backward(dh, z): return 10 ** 4000",
    "integers beyond 64 bits": "def relu_backward(dh, z): return [2 ** 70] * len(dh)",
    "dates": "def relu_backward(dh, z): return np.zeros(np.shape(dh), 'datetime64[s]')",
    "records": "def relu_backward(dh, z): return np.zeros(np.shape(dh), [('a', 'f8')])",
    "texts": "def relu_backward(dh, z): return np.full(np.shape(dh), 'correct')",
    "a huge array that takes no room": "def relu_backward(dh, z): return np.broadcast_to(1.0, (10**6, 10**6))",
    "strides outside its memory": """
def relu_backward(dh, z): return np.lib.stride_tricks.as_strided(dh, (10**6, 10**6), (0, 0))
""",
    "more dimensions than sane": "def relu_backward(dh, z): return np.zeros((1,) * 30)",
    "itself in itself": """
def relu_backward(dh, z):
    loop = []
    loop.append(loop)
    return loop
""",
    "a dict with a million keys": "def relu_backward(dh, z): return dict.fromkeys(range(10**6))",
    "its own points": "def relu_backward(dh, z): return {'passed': True, 'points': 3.0, 'points_share': 1.0}",
    "a function": "def relu_backward(dh, z): return relu_backward",
    "None": "def relu_backward(dh, z): pass",
    "its argument, changed in place": """
def relu_backward(dh, z):
    dh *= z > 0
    return dh
""",
    "its argument, unchanged": "def relu_backward(dh, z): return dh",
    "right at first": """
calls = 0
def relu_backward(dh, z):
    global calls
    calls += 1
    return dh * (z > 0) if calls < 4 else dh
""",
    "right every second time": """
calls = 0
def relu_backward(dh, z):
    global calls
    calls += 1
    return dh * (z > 0) if calls % 2 else dh
""",
    "an exercise's name that is easier": """
def relu_backward(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))
relu_backward.__name__ = relu_backward.__qualname__ = "relative_error"
""",
    "a class called like the function": """
class relu_backward:
    def __new__(cls, dh, z): return object.__new__(cls)
    def __eq__(self, other): return True
""",
    "a module called like the function": "import sys as relu_backward",
    "no function but the answer": "relu_backward = np.zeros(3)",
    "no function but a lying object": LIAR + "\nrelu_backward = Liar()",
    "its own check": """
def check(*args, **kwargs): return True
def relu_backward(dh, z): return 0.0
""",
    "its own NumPy and builtins by name": """
abs = max = min = len = lambda *args: 0
def relu_backward(dh, z): return dh
""",
    "SystemExit": "def relu_backward(dh, z): raise SystemExit(0)",
    "KeyboardInterrupt": "def relu_backward(dh, z): raise KeyboardInterrupt",
    "GeneratorExit": "def relu_backward(dh, z): raise GeneratorExit",
    "StopIteration": "def relu_backward(dh, z): raise StopIteration(dh)",
    "endless recursion": "def relu_backward(dh, z): return relu_backward(dh, z)",
    "an exception group": "def relu_backward(dh, z): raise ExceptionGroup('many', [ValueError()])",
    "a codec's error": "def relu_backward(dh, z): b'\\xff'.decode()",
    "an exception called like ours": """
class CheckFailed(AssertionError):
    result = None
class Breach(BaseException):
    outcome = "correct"
def relu_backward(dh, z): raise (CheckFailed if z.size else Breach)("passed")
""",
    "an exception that cannot be written": """
class Mute(Exception):
    def __str__(self): raise Mute
    __repr__ = __str__
def relu_backward(dh, z): raise Mute
""",
    "an exception of a million letters": "def relu_backward(dh, z): raise ValueError('x' * 10**6)",
    "an exception that is markup": "def relu_backward(dh, z): raise ValueError('<script>alert(1)</script>\\x1b[2J\\0')",
    "a failed assertion": "def relu_backward(dh, z): assert False, 'correct'",
    "a generator": "def relu_backward(dh, z): yield dh * (z > 0)",
    "a coroutine": "async def relu_backward(dh, z): return dh * (z > 0)",
}


@pytest.mark.parametrize("source", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_result_gains_nothing_and_costs_nobody_else(source: str, sandbox: Any, limits: Any) -> None:
    attacked, honest = grade(sandbox, limits, source).cells
    assert attacked.points == 0.0
    assert attacked.outcome in LOST
    assert attacked.text
    assert attacked.hint
    assert (honest.points, honest.outcome) == (2.0, Outcome.CORRECT)


def test_markup_and_control_characters_of_the_student_stay_text(sandbox: Any, limits: Any) -> None:
    attacked = grade(sandbox, limits, FORGERIES["an exception that is markup"]).cells[0]
    assert "<script" not in attacked.html
    assert not {"\x1b", "\0"} & set(attacked.html + attacked.text + (attacked.hint or ""))


def test_a_function_that_recognises_the_visible_cases_fails_the_hidden_ones(sandbox: Any, limits: Any) -> None:
    own = answers(find("relu_backward"), VISIBLE_SEED)
    table = [
        (case.args[0].tolist(), case.args[1].tolist(), str(seen.value.dtype), seen.value.tolist())
        for known in (own.with_other_numbers(), own.with_further)
        for case, seen in zip(known.cases, known.expected, strict=True)
    ]
    attacked, honest = grade(
        sandbox,
        limits,
        f"""
nan = inf = None
TABLE = {table!r}
def relu_backward(dh, z):
    for known_dh, known_z, dtype, answer in TABLE:
        if np.array_equal(dh, known_dh) and np.array_equal(z, known_z):
            return np.array(answer, dtype)
    return dh
""",
    ).cells
    assert (attacked.points, attacked.outcome) == (0.0, Outcome.WRONG)
    assert "hidden" in attacked.text
    assert honest.points == 2.0


PATCHES = {
    "NumPy, its tests and the builtins": """
import builtins, numpy.testing
np.allclose = np.array_equal = np.isclose = np.testing.assert_allclose = lambda *a, **k: True
builtins.abs = builtins.max = builtins.all = lambda *a: True
def relu_backward(dh, z): return dh
""",
    "every module there is": """
import sys
for module in list(sys.modules.values()):
    for name in ("check", "run_check", "observe", "close", "differences"):
        if hasattr(module, name):
            setattr(module, name, lambda *a, **k: True)
def relu_backward(dh, z): return dh
""",
    "the list of modules": """
import sys
for name in list(sys.modules):
    if name.startswith(("numpy", "json", "machine_room")):
        sys.modules[name] = None
def relu_backward(dh, z): return dh
""",
    "IPython's hooks": """
shell = get_ipython()
shell.input_transformers_cleanup.append(lambda lines: ["pass"])
shell.events.register("pre_run_cell", lambda info: 1 / 0)
shell.showtraceback = shell.displayhook = shell.run_cell = lambda *a, **k: None
def relu_backward(dh, z): return dh
""",
    "what encodes the answer": """
import gc
for thing in gc.get_objects():
    if type(thing).__name__ == "_Encoder" or getattr(thing, "__name__", "") == "encode":
        try:
            thing.value = lambda *a: True
        except Exception:
            pass
def relu_backward(dh, z): return dh
""",
    "the kernel's answer to a call": """
import gc
for thing in gc.get_objects():
    if type(thing).__name__ == "Kernel":
        thing.call = lambda n, target, args, kwargs: ("called", n, args[0], None, None, [], 0.0)
def relu_backward(dh, z): return dh
""",
}


@pytest.mark.parametrize("source", PATCHES.values(), ids=PATCHES)
def test_patching_their_own_process_gains_nothing(source: str, sandbox: Any, limits: Any) -> None:
    verdict = grade(sandbox, limits, source)
    assert verdict.cells[0].points == 0.0
    assert not verdict.grader_errors
    # the process was theirs alone: the next student gets a whole one
    assert grade(sandbox, limits, "def relu_backward(dh, z):\n    return dh * (z > 0)").points == 5.0


FORGED_REPLIES = {
    "a reply before the question": "send(('called', number + 1, *said))",
    "a reply to another question": "send(('called', number + 7, *said))",
    "a reply of another kind": "send(('value', number, 0.0))",
    "a reply to a cell": "send(('ran', number, '', '', '', '', [], 0.0))",
    "a reply without a number": "send(('called', None, *said))",
    "a reply with parts missing": "send(('called', number, 0.0))",
    "a reply with points": "send(('called', number, *said, 3.0))",
    "a time that is no number": "send(('called', number, 0.0, None, None, [], float('nan')))",
    "a time that is negative": "send(('called', number, 0.0, None, None, [], -1.0))",
    "an exception that is none": "send(('called', number, 0.0, ('X',), None, [], 0.0))",
    "arguments that are none": "send(('called', number, 0.0, None, 5, [], 0.0))",
    "warnings that are none": "send(('called', number, 0.0, None, None, [5], 0.0))",
    "warnings without end": "send(('called', number, 0.0, None, None, [('a', 'b')] * 1000, 0.0))",
    "a list": "send([1, 2, 3])",
    "a text": "send('passed')",
    "an array": "send(np.ones(3))",
    "a callback of nothing": "send(('callback', number, 1, None, (), {}))",
    "a callback of something of their own": "send(('callback', number, 1, relu_backward, (), {}))",
    "bytes that are no message": "channel.sendall(b'\\0\\0\\0\\5\\0\\0\\0\\0hello')",
    "a message of four gigabytes": "channel.sendall(b'\\xff' * 8)",
    "HTTP": "channel.sendall(b'GET / HTTP/1.1\\r\\n\\r\\n')",
}
# The kernel that is in this call stands on the stack; a fork of the tests' own process may hold those of other tests.
SPEAKS = """
import sys
said = (0.0, None, None, [], 0.0)
def found():
    frame = sys._getframe()
    while type(frame.f_locals.get("self")).__name__ != "Kernel":
        frame = frame.f_back
    return frame.f_locals["self"]
def send(message):
    kernel = found()
    frames = type(kernel).answer.__globals__
    frames["send"](kernel.channel, message, kernel.export)
def relu_backward(dh, z):
    channel, number = found().channel, found().calls[-1]
    {forgery}
    return dh
"""


@pytest.mark.parametrize("forgery", FORGED_REPLIES.values(), ids=FORGED_REPLIES)
def test_a_forged_reply_is_a_violation(forgery: str, sandbox: Any, limits: Any) -> None:
    attacked, honest = grade(sandbox, limits, SPEAKS.format(forgery=forgery)).cells
    assert (attacked.points, attacked.outcome) == (0.0, Outcome.VIOLATION)
    assert (honest.points, honest.outcome) == (2.0, Outcome.CORRECT)


ENDINGS = {
    "an endless loop": ("while True: pass", {Outcome.TIME_LIMIT}),
    "sleep": ("import time; time.sleep(1000)", {Outcome.TIME_LIMIT}),
    "a loop that catches everything": (
        "while True:\n        try: 1 / 0\n        except BaseException: pass",
        {Outcome.TIME_LIMIT},
    ),
    "endless output": ("while True: print('spam' * 100)", {Outcome.OUTPUT_LIMIT}),
    "endless warnings": ("import sys\n    while True: print('spam' * 100, file=sys.stderr)", {Outcome.OUTPUT_LIMIT}),
    "os._exit": ("import os; os._exit(0)", {Outcome.CRASHED}),
    "its own SIGKILL": ("import os; os.kill(os.getpid(), 9)", {Outcome.CRASHED}),
    "a segmentation fault": ("import ctypes; ctypes.string_at(0)", {Outcome.CRASHED}),
    "no memory": ("raise MemoryError", {Outcome.MEMORY_LIMIT}),
    "a closed channel": ("import os; os.closerange(3, 256)", {Outcome.CRASHED, Outcome.VIOLATION}),
    "a message that never ends": (
        "import sys\n    f = sys._getframe()\n"
        "    while type(f.f_locals.get('self')).__name__ != 'Kernel': f = f.f_back\n"
        "    k = f.f_locals['self']\n    k.channel.sendall(b'\\0\\x10\\0\\0\\0\\0\\0\\0')\n"
        "    while True: k.channel.sendall(b' ')",
        {Outcome.TIME_LIMIT, Outcome.VIOLATION},
    ),
}


@pytest.mark.parametrize(("body", "outcomes"), ENDINGS.values(), ids=ENDINGS)
def test_a_breach_costs_its_own_exercise_only(body: str, outcomes: set[Outcome], sandbox: Any, impatient: Any) -> None:
    attacked, honest = grade(sandbox, impatient, f"def relu_backward(dh, z):\n    {body}").cells
    assert attacked.points == 0.0
    assert attacked.outcome in outcomes
    assert attacked.hint
    assert (honest.points, honest.outcome) == (2.0, Outcome.CORRECT)
    assert len(sandbox.processes) == 2


@pytest.mark.parametrize("body", ["while True: pass", "import os; os._exit(3)"], ids=["endless", "exit"])
def test_a_cell_that_breaches_is_told_and_not_replayed(body: str, sandbox: Any, impatient: Any) -> None:
    verdict = grade(sandbox, impatient, body)
    attacked, honest = verdict.cells
    assert attacked.points == 0.0
    assert attacked.outcome in {Outcome.TIME_LIMIT, Outcome.CRASHED}  # not "missing": this is why it is
    assert honest.points == 2.0
    assert len(sandbox.processes) == 2
    assert attacked.outcome.value in verdict.outputs[1].error


def test_a_cell_that_goes_wrong_only_when_replayed_is_dropped(sandbox: Any, limits: Any, tmp_path: Any) -> None:
    once = f"""
import os
if os.path.exists({str(tmp_path / "ran")!r}): os._exit(1)
open({str(tmp_path / "ran")!r}, "w").close()
"""
    attacked, honest = grade(sandbox, limits, once, "def relu_backward(dh, z):\n    import os; os._exit(1)").cells
    assert (attacked.points, attacked.outcome) == (0.0, Outcome.CRASHED)
    assert honest.points == 2.0
    assert len(sandbox.processes) == 3


def test_the_judge_is_left_as_it_was(sandbox: Any, limits: Any) -> None:
    def numbers() -> Any:
        state: Any = np.random.get_state()
        return state[1].sum()

    before = (np.geterr(), numbers(), set(__import__("sys").modules))
    grade(
        sandbox, limits, "import random\nnp.seterr(all='raise')\nnp.random.seed(1)\ndef relu_backward(dh, z): return dh"
    )
    after = (np.geterr(), numbers(), set(__import__("sys").modules))
    assert before[:2] == after[:2]
    assert "random" in before[2]
