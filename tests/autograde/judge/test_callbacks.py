"""What comes back through a function that we handed out: few numbers, or a TypeError over there; never work for us."""

from __future__ import annotations

import inspect
import textwrap
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from autograde.contract.verdict import CellVerdict, Outcome
from autograde.course.notebook import Cell, Notebook, Role
from autograde.judge import callbacks
from autograde.judge.callbacks import MAX_CALLS, Allowance
from autograde.judge.judge import grade_notebook
from autograde.judge.replies import Callback
from autograde.judge.session import Breach, Session
from machine_room.checks import observe as observing
from machine_room.checks.observe import observe
from machine_room.exercises import all_exercises, find

SOURCE = """
import numpy as np
def apply(f, theta, make):
    scope = {"np": np, "f": f, "theta": theta}
    return f(eval(make, scope))
def call(f, theta, how):
    return eval(how, {"np": np, "f": f, "theta": theta})
def often(f, theta, times):
    said = set()
    for _ in range(times):
        try: f(theta)
        except Exception as error: said.add(f"{type(error).__name__}: {error}")
    return list(said)
"""
THETA = np.arange(4.0)


class Ours:
    """A function of the judge's that keeps what it was given."""

    def __init__(self) -> None:
        self.seen: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
        self.__name__ = "f"

    def __call__(self, *args: Any, **kwargs: Any) -> float:
        self.seen.append((args, kwargs))
        return 1.0


@pytest.fixture
def session(sandbox: Any, limits: Any) -> Iterator[Session]:
    session = Session(sandbox, limits)
    assert session.run(Cell("cell", Role.SOLUTION, "code", SOURCE)).error == ""
    yield session
    session.close()


HONEST = {
    "theta itself": "theta",
    "a shifted copy": "theta + 1e-5 * np.eye(4)[1]",
    "a complex step": "theta + 1e-20j",
    "a list of floats": "theta.tolist()",
    "a tuple of floats": "tuple(theta.tolist())",
    "a column": "theta[:, None]",
    "a row": "theta[None]",
    "a table with one row per parameter": "theta + 1e-5 * np.eye(4)",
    "single precision": "theta.astype(np.float32)",
    "half precision": "theta.astype(np.float16)",
    "extended precision": "theta.astype(np.longdouble)",
    "integers": "theta.astype(int)",
    "truth values": "theta > 1",
    "one float": "2.5",
    "one integer": "3",
    "one truth value": "True",
    "a NumPy number": "np.float64(3)",
    "an extended NumPy number": "np.longdouble(3)",
    "not a number": "np.full(4, np.nan)",
    "infinity": "float('inf')",
    "denormals": "np.full(4, 5e-324)",
    "nothing at all": "np.zeros(0)",
    "a list of numbers of NumPy's": "[np.float64(1), 2, 3.0]",
}


@pytest.mark.parametrize("make", HONEST.values(), ids=HONEST)
def test_what_an_honest_caller_passes_reaches_our_function(make: str, session: Session) -> None:
    ours = Ours()
    assert session.get("apply")(ours, THETA.copy(), make) == 1.0
    ((args, kwargs),) = ours.seen
    wanted = eval(make, {"np": np, "theta": THETA})
    assert np.array_equal(np.asarray(args[0]), np.asarray(wanted), equal_nan=np.asarray(wanted).dtype.kind in "fc")
    assert kwargs == {}


HOSTILE = {
    "a range": "range(10**9)",
    "a short range": "range(3)",
    "a reversed range": "range(10**9, 0, -1)",
    "a range in a list": "[range(10**9)]",
    "a slice": "slice(0, 10**9)",
    "a list of a hundred thousand": "[0.0] * 10**5",
    "nested lists of a hundred thousand": "[[]] * 10**5",
    "a tuple of tuples": "((0.0,) * 300,) * 300",
    "a deep list": "eval('[' * 20 + ']' * 20)",
    "a list in itself": "(lambda loop: loop.append(loop) or loop)([])",
    "an array of a million": "np.zeros(10**6)",
    "an array just too large": "np.zeros(10**3)",
    "many small arrays": "[np.zeros(8)] * 100",
    "a trillion entries in one": "np.broadcast_to(0.0, (10**6, 10**6))",
    "a million entries in one": "np.broadcast_to(0.0, (10**6,))",
    "strides outside its memory": "np.lib.stride_tricks.as_strided(theta, (10**4, 10**4), (0, 0))",
    "no entry, on a long axis": "np.zeros((0, 10**7))",
    "no entry, on many long axes": "np.zeros((10**6, 0, 10**6))",
    "many axes": "np.zeros((1,) * 12)",
    "a huge integer": "10**4000",
    "an integer just beyond 64 bits": "2**63",
    "a huge integer in a list": "[-(2**64)]",
    "a text": "'theta'",
    "a long text": "'x' * 10**6",
    "bytes": "b'x' * 10**6",
    "None": "None",
    "Ellipsis": "...",
    "a set": "set(range(500))",
    "a dict": "dict.fromkeys(range(500))",
    "an array of texts": "np.array(['theta'])",
    "an array of objects": "np.array([theta, 1], dtype=object)",
    "an array of dates": "np.zeros(2, 'datetime64[s]')",
    "an array of records": "np.zeros(2, [('a', 'f8')])",
    "a matrix": "np.asmatrix(theta)",
    "a masked array": "np.ma.array(theta, mask=True)",
    "a function of theirs": "lambda x: x",
    "our own function": "f",
    "our own function in a list": "[f]",
    "a class": "float",
    "an object": "object()",
    "an object that lies": "type('Liar', (), {'__float__': lambda s: 1.0, '__array__': lambda s, *a, **k: theta})()",
    "a generator": "(x for x in theta)",
    "a random generator": "np.random.default_rng(0)",
    "a module": "np",
}


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_what_no_honest_caller_passes_is_a_type_error_over_there(make: str, session: Session) -> None:
    ours = Ours()
    with pytest.raises(TypeError) as caught:
        session.get("apply")(ours, THETA.copy(), make)
    assert ours.seen == []
    assert str(caught.value).startswith("f takes ")
    assert len(str(caught.value)) < 200
    assert session.failure is None  # it is no fault of ours


@pytest.mark.parametrize("make", ["[0.0] * 10**6", "[[[]]] * 10**6", "((0,) * 1000,) * 1000"])
def test_more_items_than_the_wire_has_are_a_violation(make: str, session: Session) -> None:
    ours = Ours()
    with pytest.raises(Breach) as caught:
        session.get("apply")(ours, THETA.copy(), make)
    assert caught.value.outcome is Outcome.VIOLATION
    assert ours.seen == []


CALLS = {
    "an unknown keyword": ("f(theta, of=1)", "unexpected keyword argument"),
    "our own parameter's name": ("f(theta, self=1)", "multiple values"),
    "a hundred keywords": ("f(**{f'k{i}': 0 for i in range(100)})", "no more than 8 arguments"),
    "a thousand keywords": ("f(**{f'k{i}': 0 for i in range(1000)})", "no more than 8 arguments"),
    "a keyword of a million letters": ("f(**{'k' * 10**6: 0})", "a keyword that is no name"),
    "a keyword that is markup": ("f(**{'<script>': 0})", "a keyword that is no name"),
    "a keyword with a range": ("f(theta=range(10**9))", "takes numbers"),
    "many arguments": ("f(*[0.0] * 1000)", "no more than 8 arguments"),
    "no argument": ("f()", "missing 1 required positional argument"),
    "f of f": ("f(f)", "takes numbers"),
    "an attribute of f": ("f.function", "no attribute"),
}


@pytest.mark.parametrize(("how", "told"), CALLS.values(), ids=CALLS)
def test_how_a_function_of_ours_is_called_is_checked_too(how: str, told: str, session: Session) -> None:
    def f(theta: Any) -> float:
        return 1.0

    with pytest.raises((TypeError, AttributeError), match=told):
        session.get("call")(observing.Counted(f), THETA.copy(), how)


def test_more_keywords_than_the_wire_has_are_a_violation(session: Session) -> None:
    ours = Ours()
    with pytest.raises(Breach) as caught:
        session.get("call")(ours, THETA.copy(), "f(**{f'k{i}': 0 for i in range(5000)})")
    assert caught.value.outcome is Outcome.VIOLATION
    assert ours.seen == []


def test_how_large_an_argument_may_be_follows_from_the_call_s_own(session: Session) -> None:
    ours, many = Ours(), np.zeros(10**5)
    assert session.get("apply")(ours, many, "theta") == 1.0
    assert session.get("apply")(ours, many, "[theta.tolist()]") == 1.0
    with pytest.raises(TypeError, match="takes at most"):
        session.get("apply")(ours, many, "np.zeros(10**6)")
    assert len(ours.seen) == 2


def test_an_endless_loop_of_calls_ends_with_a_sentence(session: Session) -> None:
    ours = Ours()
    said = session.get("often")(ours, THETA.copy(), MAX_CALLS + 50)
    assert said == [f"RuntimeError: f was called more than {MAX_CALLS} times: is there a loop that never stops?"]
    assert len(ours.seen) == MAX_CALLS


def test_who_goes_on_when_refused_is_stopped(session: Session) -> None:
    ours = Ours()
    with pytest.raises(Breach, match="all refused") as caught:
        session.get("often")(ours, range(10), 1_000_000)
    assert caught.value.outcome is Outcome.VIOLATION
    assert ours.seen == []


def test_every_call_of_theirs_has_an_allowance_of_its_own(session: Session) -> None:
    ours = Ours()
    for _ in range(3):
        assert session.get("often")(ours, THETA.copy(), MAX_CALLS // 2) == []


def test_the_time_in_our_functions_is_summed(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "MAX_SECONDS", 0.0)
    ours = Ours()
    said = session.get("often")(ours, THETA.copy(), 5)
    assert said == ["RuntimeError: the calls of f took more than 0 seconds together"]
    assert len(ours.seen) == 1


def test_a_slow_function_of_ours_counts_to_the_request(sandbox: Any, impatient: Any) -> None:
    session = Session(sandbox, impatient)
    session.run(Cell("cell", Role.SOLUTION, "code", SOURCE))
    calls = []

    def slow(theta: Any) -> float:
        calls.append(1)
        end = time.thread_time() + 0.4
        while time.thread_time() < end:
            pass
        return 1.0

    with pytest.raises(Breach) as caught:
        session.get("often")(slow, THETA.copy(), 100)
    assert caught.value.outcome is Outcome.TIME_LIMIT
    assert len(calls) <= 4
    session.close()


FORGED = {
    "a function that was never given": "Reference('judge', 7, 'function', 'f')",
    "a function of a call long ago": "Reference('judge', 1, 'function', 'f')",
    "a negative number": "Reference('judge', -1, 'function', 'f')",
    "a handle of theirs": "Reference('student', 0, 'function', 'f')",
    "nobody's": "Reference('nobody', 0, 'function', 'f')",
}
SPEAKS = """
import sys
def forges(f):
    frame = sys._getframe()
    while type(frame.f_locals.get("self")).__name__ != "Kernel":
        frame = frame.f_back
    kernel = frame.f_locals["self"]
    Reference = type(f.reference)
    f.reference = {reference}
    return f(1.0)
def two(f, g): return f(1.0) + g(1.0)
"""


@pytest.mark.parametrize("reference", FORGED.values(), ids=FORGED)
def test_a_callback_to_what_was_not_given_is_a_violation(reference: str, sandbox: Any, limits: Any) -> None:
    session = Session(sandbox, limits)
    assert session.run(Cell("cell", Role.SOLUTION, "code", SPEAKS.format(reference=reference))).error == ""
    assert session.get("two")(Ours(), Ours()) == 2.0
    ours = Ours()
    with pytest.raises(Breach) as caught:
        session.get("forges")(ours)
    assert caught.value.outcome is Outcome.VIOLATION
    assert ours.seen == []
    session.close()


def _admitted(args: tuple[Any, ...], kwargs: dict[str, Any], called: list[tuple[Any, ...]]) -> int:
    """How many of these calls of ours the allowance of a call lets through."""
    allowance, ours = Allowance(args, kwargs), Ours()
    for number, given in enumerate(called):
        allowance.answer(Callback(number, ours, given, {}))
    return len(ours.seen)


WITH_FUNCTIONS = [
    exercise
    for exercise in all_exercises()
    if exercise.score is None
    and any(map(callable, exercise.draw(0)[0].args + tuple(exercise.draw(0)[0].kwargs.values())))
]


def test_the_exercises_that_hand_out_functions_are_known() -> None:
    assert {exercise.name for exercise in WITH_FUNCTIONS} >= {
        "forward_difference", "numerical_gradient", "nesterov_step", "activation_stats", "gradient_norms",
        "descend_with_early_stopping",
    }  # fmt: skip


@pytest.mark.parametrize("exercise", WITH_FUNCTIONS, ids=lambda exercise: exercise.name)
def test_no_answer_of_the_course_comes_near_the_bounds(exercise: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """References, variants and known mistakes use less than a quarter of the entries, and a tenth of the calls."""
    called: list[tuple[Any, ...]] = []
    count = observing.Counted.__call__

    def recording(self: Any, *args: Any, **kwargs: Any) -> Any:
        called.append((*args, *kwargs.values()))
        return count(self, *args, **kwargs)

    monkeypatch.setattr(observing.Counted, "__call__", recording)
    monkeypatch.setattr(callbacks, "MAX_CALLS", MAX_CALLS // 10)
    monkeypatch.setattr(callbacks, "ROOM", callbacks.ROOM // 4)
    monkeypatch.setattr(callbacks, "SPARE", callbacks.SPARE // 4)
    functions = [exercise.reference, *exercise.variants, *(mistake.function for mistake in exercise.mistakes)]
    total = 0
    for seed in ("visible", 0, 1, 2):
        for case in exercise.draw(seed):
            for function in functions:
                called.clear()
                observe(function, case, exercise.parameters, quiet=True)
                assert _admitted(case.args, dict(case.kwargs), called) == len(called)
                total += len(called)
    assert total > 0


def grade(sandbox: Any, limits: Any, source: str) -> tuple[CellVerdict, ...]:
    """An attack on numerical_gradient, then relu_backward done honestly."""
    honest = "def relu_backward(dh, z):\n    return dh * (z > 0)"
    cells = []
    for name, code in (("numerical_gradient", source), ("relu_backward", honest)):
        check = f"check({name})\ncheck({name}, hidden=True)"
        cells += [
            Cell(name, Role.SOLUTION, "code", "import numpy as np\n" + textwrap.dedent(code), name),
            Cell(f"{name}-check", Role.CHECK, "code", check, name, 1.0),
        ]
    notebook = Notebook("01-backprop", "backprop", tuple(cells))
    return grade_notebook(notebook, student="mallory", sandbox=sandbox, limits=limits, seed=1).cells


ATTACKS = {
    "a range of a billion": "def numerical_gradient(f, theta, *, epsilon=1e-5): return f(range(10**9))",
    "a list of a million": "def numerical_gradient(f, theta, *, epsilon=1e-5): return f([0.0] * 10**6)",
    "calls without end": """
        def numerical_gradient(f, theta, *, epsilon=1e-5):
            while True: f(theta)
    """,
    "calls without end, whatever is said": """
        def numerical_gradient(f, theta, *, epsilon=1e-5):
            while True:
                try: f(theta)
                except Exception: pass
    """,
    "itself": """
        def numerical_gradient(f, theta, *, epsilon=1e-5):
            return f(numerical_gradient(f, theta))
    """,
    "itself, handed to f": "def numerical_gradient(f, theta, *, epsilon=1e-5): return f(numerical_gradient)",
    "long axes": "def numerical_gradient(f, theta, *, epsilon=1e-5): return f(np.zeros((0, 2**24)))",
    "a result of ours that it keeps": "def numerical_gradient(f, theta, *, epsilon=1e-5): return f",
}
LOST = {Outcome.WRONG, Outcome.ERROR, Outcome.VIOLATION, Outcome.TIME_LIMIT, Outcome.MEMORY_LIMIT, Outcome.CRASHED}


@pytest.mark.parametrize("source", ATTACKS.values(), ids=ATTACKS)
def test_an_attack_through_a_function_of_ours_costs_its_own_points(source: str, sandbox: Any, limits: Any) -> None:
    attacked, honest = grade(sandbox, limits, source)
    assert attacked.points == 0.0
    assert attacked.outcome in LOST
    assert attacked.hint
    assert (honest.points, honest.outcome) == (1.0, Outcome.CORRECT)


@pytest.mark.parametrize("variant", find("numerical_gradient").variants, ids=lambda variant: variant.__name__)
def test_every_right_answer_still_passes_through_the_boundary(variant: Any, sandbox: Any, limits: Any) -> None:
    source = inspect.getsource(variant).split("\n", 1)[1].replace(variant.__name__, "numerical_gradient")
    right, _ = grade(sandbox, limits, source)
    assert (right.points, right.outcome) == (1.0, Outcome.CORRECT)
