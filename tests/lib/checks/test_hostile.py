"""A student's function may return, raise and change anything: the check neither believes it nor falls over."""

# Functions as students write them, without types.
# mypy: allow-untyped-defs, allow-untyped-calls
# And objects that lie about themselves:
# mypy: allow-any-generics, disable-error-code="assignment, misc, override"

import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from machine_room.checks import StudentError, explain, run_check
from machine_room.checks.diagnose import Outcome
from machine_room.checks.observe import Elsewhere, Foreign, enough, observe, plain
from machine_room.exercises import all_exercises, find
from machine_room.exercises.exercise import Case, Exercise, Score
from tests.hostile_results import LEAVES, STRUCTURES, HostileFunction


def total(x):
    """Stands for a function that returns one number."""
    return float(np.sum(x))


TOTAL = Exercise(
    reference=total, cases=lambda rng: [Case("two", (np.array([1.0, 2.0]),)), Case("three", (rng.normal(size=3),))]
)


class Agreeable:
    """Equal to everything, of every size, and an array of whatever is asked for."""

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __hash__(self):
        return hash(1.0)

    def __bool__(self):
        return True

    def __float__(self):
        return 3.0

    def __len__(self):
        return 2

    def __array__(self, *args, **kwargs):
        return np.array(3.0)

    def __getattr__(self, name):
        if name.startswith("__array"):  # NumPy itself asks for these, and would not make an array of such objects
            raise AttributeError(name)
        return self


class Chameleon(type):
    """A class that claims to be every other class."""

    def __eq__(cls, other):
        return True

    def __hash__(cls):
        return hash(np.float64)

    def __instancecheck__(cls, instance):
        return True

    def __subclasscheck__(cls, subclass):
        return True

    @property
    def __name__(cls):
        raise RuntimeError("no name")


class Disguised(metaclass=Chameleon):
    def item(self):
        return self

    def __eq__(self, other):
        return True

    __hash__ = None


class LyingList(list):
    def __getitem__(self, index):
        return 3.0

    def __iter__(self):
        raise RuntimeError("no")

    def __len__(self):
        return 0


class LyingDict(dict):
    def items(self):
        raise RuntimeError("no")

    def __contains__(self, key):
        return True


class LyingTuple(tuple):
    __slots__ = ()

    def __iter__(self):
        return iter((3.0,))


class LyingArray(np.ndarray):
    def __eq__(self, other):
        return np.array(True)

    __hash__ = None

    def __array_ufunc__(self, *args, **kwargs):
        return True

    def __array_function__(self, *args, **kwargs):
        return True


class LyingFloat(float):
    def __eq__(self, other):
        return True

    __hash__ = None

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__


def _endless_list():
    nested: list[Any] = []
    nested.extend([nested] * 50)
    return nested


def _deep_list():
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    return nested


HOSTILE = {
    "an agreeable object": Agreeable,
    "an agreeable class": lambda: Agreeable,
    "an object of a class that lies": Disguised,
    "a class that lies": lambda: Disguised,
    "a lying list": lambda: LyingList([1, 2]),
    "a lying dict": lambda: LyingDict(a=1),
    "a lying tuple": lambda: LyingTuple((1,)),
    "a lying array": lambda: np.array([1.0]).view(LyingArray),
    "a lying number": lambda: LyingFloat(7),
    "a list that contains itself": _endless_list,
    "a very deep list": _deep_list,
    "an array of agreeable objects": lambda: np.array([Agreeable(), 1], dtype=object),
    "an array of records": lambda: np.zeros(2, dtype=[("a", float)]),
    "an array of times": lambda: np.array(["2024-01-01"], dtype="datetime64[D]"),
    "an array of text": lambda: np.array(["3.0"]),
    "an array with no entries": lambda: np.zeros((0, 3)),
    "an array of 20 axes": lambda: np.zeros((1,) * 20),
    "a view that costs nothing and has a million entries": lambda: np.broadcast_to(3.0, (1000, 1000)),
    "a view that claims a trillion entries": lambda: np.broadcast_to(3.0, (10**6, 10**6)),
    "a whole number beyond every float": lambda: 10**400,
    "bytes": lambda: b"3.0",
    "a function": lambda: total,
    "a module": lambda: np,
    "NotImplemented": lambda: NotImplemented,
    "Ellipsis": lambda: ...,
    "text in place of a number": lambda: "3.0",
    "not a number": lambda: float("nan"),
    "infinity": lambda: float("inf"),
    "keys of any kind": lambda: {1: 2, None: 3, Agreeable(): 4},
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("exercise", [TOTAL, find("dense_backward"), find("forward_221")], ids=lambda e: e.name)
def test_hostile_results_fail_with_a_message_and_never_pass(exercise: Exercise, make: Callable[..., Any]) -> None:
    result = run_check(exercise, lambda *args, **kwargs: make(), seed="visible")
    assert not result.passed
    assert result.outcome == "wrong"
    assert result.hint
    assert len(result.text) < 5000
    assert result.points_share == 0


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_hostile_parts_of_a_right_result_fail_too(make: Callable[..., Any]) -> None:
    exercise = find("forward_221")
    result = run_check(exercise, lambda *args: {**exercise.reference(*args), "yhat": make()}, seed="visible")
    assert not result.passed
    assert "yhat" in result.text


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_results_are_reduced_to_plain_data(make: Callable[..., Any]) -> None:
    assert _is_plain(plain(make()))


def _is_plain(value):
    if type(value) in (list, tuple):
        return all(map(_is_plain, value))
    if type(value) is dict:
        return all(type(key) is str for key in value) and all(map(_is_plain, value.values()))
    if type(value) is np.ndarray:
        return value.dtype.kind in "biufc" and value.ndim > 0
    return any(type(value) is kind for kind in (type(None), bool, int, float, complex, str, Foreign))


RIGHT = {
    "a NumPy number": lambda x: np.sum(x),
    "an array without axes": lambda x: np.array(np.sum(x)),
    "a wide float": lambda x: np.longdouble(np.sum(x)),
}


@pytest.mark.parametrize("function", RIGHT.values(), ids=RIGHT)
def test_numbers_of_every_type_are_numbers(function: Callable[..., Any]) -> None:
    assert run_check(TOTAL, function, seed="visible").passed


class Wordless(Exception):
    def __str__(self):
        raise RuntimeError("no words")


class LyingText(str):
    def __len__(self):
        raise RuntimeError("no length")

    def __getitem__(self, index):
        raise RuntimeError("no items")


class Talkative(Exception):
    def __str__(self):
        return LyingText("x" * 10_000)


class Pretends(Exception):
    @property
    def __class__(self):
        return NotImplementedError


ERRORS = {
    "without words": (Wordless(), "Your function raised Wordless."),
    "with too many words": (Talkative(), None),
    "from elsewhere": (StudentError("too hot", "MyError"), "Your function raised MyError: too hot."),
    "from elsewhere with an odd name": (StudentError("too hot", LyingText("MyError")), None),
    "that pretends": (Pretends("x"), None),
    "an assertion": (AssertionError(), "Your function raised AssertionError."),
    "a recursion": (
        RecursionError("maximum recursion depth exceeded"),
        "Your function raised RecursionError: maximum recursion depth exceeded. It calls itself without end.",
    ),
}


@pytest.mark.parametrize(("error", "hint"), ERRORS.values(), ids=ERRORS)
def test_every_exception_is_reported(error: Any, hint: str | None) -> None:
    def total(x):
        raise error

    result = run_check(TOTAL, total, seed="visible")
    assert not result.passed
    assert hint is None or result.hint == hint
    assert len(result.text) < 3000


def test_an_endless_recursion_is_reported() -> None:
    def total(x):
        return total(x)

    assert run_check(TOTAL, total, seed="visible").outcome == "error"


@pytest.mark.parametrize("breach", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_is_no_exception_passes_through(breach: type[Any]) -> None:
    def total(x):
        raise breach

    with pytest.raises(breach):
        run_check(TOTAL, total, seed="visible")


def _resizes(x):
    right = total(x)
    x.shape = (1, -1)
    return right


def _changes_dtype(x):
    right = total(x)
    x.dtype = np.int64
    return right


def _changes_a_list(x):
    right = sum(x)
    x.append(Agreeable())
    return right


def _changes_a_number_in_a_list(x):
    right = sum(x)
    x[0] = Agreeable()
    return right


@pytest.mark.parametrize(
    ("function", "argument"),
    [
        (_resizes, np.array([1.0, 2.0])),
        (_changes_dtype, np.array([1.0, 2.0])),
        (_changes_a_list, [1.0, 2.0]),
        (_changes_a_number_in_a_list, [1.0, 2.0]),
    ],
)
def test_every_change_of_an_argument_is_seen_and_named(function: Callable[..., Any], argument: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        seen = observe(function, Case("one", (argument,)), ("x",))
    assert seen.value == 3
    assert seen.changed == ("x",)
    keyword = observe(lambda *, y: function(y), Case("one", (), {"y": argument}), ())
    assert keyword.changed == ("y",)


def test_a_function_that_remembers_is_caught() -> None:
    def remembers_the_first():
        answers = []

        def total(x):
            answers.append(float(np.sum(x)))
            return answers[-1] if len(answers) <= 2 else answers[-2]

        return total

    def fills_a_default():
        def total(x, seen=[]):  # noqa: B006
            seen.extend(x)
            return float(np.sum(seen)) if len(seen) > 5 else float(np.sum(x))

        return total

    for make in (remembers_the_first, fills_a_default):
        result = run_check(TOTAL, make(), seed="visible")
        assert not result.passed
        assert "something is kept between calls" in str(result.hint)


def test_a_function_that_draws_random_numbers_is_caught() -> None:
    rng = np.random.default_rng(0)
    assert not run_check(TOTAL, lambda x: float(np.sum(x)) + rng.normal(), seed="visible").passed


def test_the_cases_cannot_be_reached_through_the_function_they_call() -> None:
    """A callable argument is wrapped anew for every call: what is hung onto it is gone the next time."""
    seen = []

    def slope(f, x):
        seen.append(hasattr(f, "answer"))
        f.answer = 1
        return f(x)

    exercise = Exercise(reference=lambda f, x: f(x), cases=lambda rng: [Case("a", (np.sin, 1.0))] * 3)
    assert run_check(exercise, slope, seed=0).passed
    assert not any(seen)


def test_neither_stderr_nor_warnings_leak(capsys: pytest.CaptureFixture[str]) -> None:
    """nbgrader gives no points to a cell that writes to stderr."""

    def total(x):
        print("looking", file=sys.stderr)
        warnings.warn("odd", UserWarning, stacklevel=1)
        np.log(np.zeros(1))
        return float(np.sum(x))

    with warnings.catch_warnings(record=True) as leaked:
        warnings.simplefilter("always")
        run_check(TOTAL, total, seed="visible")
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "looking" in printed.out
    assert leaked == []


@pytest.mark.parametrize("huge", [1e308, -1e308, np.finfo(np.float64).max])
def test_numbers_as_large_as_they_come_leave_no_warning(huge: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = run_check(find("sigmoid"), lambda z: np.full_like(z, huge), seed="visible")
    assert not result.passed


def test_numpys_error_state_and_the_warning_filters_are_as_before() -> None:
    def total(x):
        np.seterr(all="ignore")
        warnings.simplefilter("error")
        return float(np.sum(x))

    before, filters = np.geterr(), list(warnings.filters)
    assert run_check(TOTAL, total, seed="visible").passed
    assert np.geterr() == before
    assert list(warnings.filters) == filters


numbers = st.one_of(st.integers(), st.floats(), st.complex_numbers(), st.booleans(), st.none(), st.text(max_size=5))
tables = arrays(
    st.sampled_from(["f8", "f4", "i8", "u1", "c16", "?", "U3", "O"]), array_shapes(min_dims=0, max_dims=3, min_side=0)
)
anything = st.recursive(
    numbers | tables,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.sampled_from(["z1", "h1", "yhat", "gradient", "other"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(result=anything, name=st.sampled_from(["relative_error", "backward_221", "cross_entropy", "relu_backward"]))
def test_whatever_is_returned_is_answered_with_a_message(result: Any, name: str) -> None:
    answer = run_check(find(name), lambda *args, **kwargs: result, seed="visible")
    assert not answer.passed
    assert answer.hint
    assert "<script" not in answer.html


EACH = 8


@pytest.mark.parametrize("exercise", all_exercises(), ids=lambda exercise: exercise.name)
def test_whatever_a_function_returns_in_whichever_call_is_wrong_or_truly_right(exercise: Exercise) -> None:
    first = EACH * all_exercises().index(exercise)
    for seed in range(first, first + EACH):
        function = HostileFunction(exercise, seed)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            result = run_check(exercise, function, seed="visible" if seed % 2 else 3, hidden=not seed % 2)
        assert result.outcome in ("wrong", "error", "missing", "correct"), function
        assert result.hint or result.passed, function
        assert len(result.text) < 20_000, function
        assert not result.passed or function.truly_right, function


def test_the_hostile_functions_are_of_all_kinds() -> None:
    drawn = [HostileFunction(TOTAL, seed) for seed in range(3_000)]
    assert {function.leaf for function in drawn} == set(LEAVES)
    assert {function.structure for function in drawn} == set(STRUCTURES)
    assert 0.2 < sum(function.varies for function in drawn) / len(drawn) < 0.5


def _in_turn(*results):
    left = list(results)
    return lambda *args, **kwargs: left[0] if len(left) == 1 else left.pop(0)


TRIGGERS = {
    "a denormal": ("sigmoid", lambda: lambda z: np.full_like(z, 5e-324)),
    "a share so small that it has no inverse": ("l2_gradient", lambda: lambda theta, **_: theta * 1e-310),
    "rows of unequal length, in some calls": ("l2_penalty", lambda: _in_turn([[1.0], [1.0, 2.0]], [1.0], 3.0)),
    "rows of unequal length, then of equal": ("dense_backward", lambda: _in_turn(([[1], []],) * 3, ([[1]],) * 3)),
    "another shape in each call": ("sigmoid", lambda: _in_turn(*(np.ones((1,) * n) for n in range(1, 9)))),
    "another type in each call": ("summarize", lambda: _in_turn([], {}, (), "x", None, 1j, np.ones(2), [[1], []])),
    "unequal rows for class numbers": ("train_and_read", lambda: _in_turn([[1], [2, 3]], [1] * 500, [[[]]])),
    "deep lists for class numbers": ("train_and_read", lambda: lambda *_, seed: [[[[1]] * 2] * 2] * 500),
    "no class numbers": ("train_and_read", lambda: lambda *_, seed: np.zeros(0)),
    "denormals for class numbers": ("train_and_read", lambda: lambda x, labels, *, seed: np.full(len(x), 5e-324)),
    "huge integers in a list": ("l1_gradient", lambda: lambda *_, **__: [2**70] * 15),
    "an odd key": ("forward_221", lambda: lambda *_: {(1, 2): 3, None: 4, "k" * 10**5: 5}),
}


@pytest.mark.parametrize(("name", "make"), TRIGGERS.values(), ids=TRIGGERS)
def test_what_once_stopped_the_explaining_is_explained(
    name: str, make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explain, "PLAINLY", {})  # what is not explained would raise
    result = run_check(find(name), make(), seed="visible")
    assert result.outcome == "wrong"
    assert result.hint


FAILURES = [
    ZeroDivisionError("float division by zero"), ValueError(), MemoryError(), RecursionError(), OverflowError(),
    KeyError(), StopIteration(), RuntimeWarning("overflow"), UnicodeEncodeError("utf-8", "x", 0, 1, "no"),
]  # fmt: skip


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("broken", ["diagnose", "picture", "failure"])
@pytest.mark.parametrize("hidden", [True, False])
def test_what_fails_while_a_wrong_answer_is_explained_leaves_it_wrong(
    broken: str, error: Any, hidden: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    fell: list[Any] = []
    whole = getattr(explain, broken)

    def fails(*args, **kwargs):
        if not fell:
            fell.append(broken)
            raise error
        return whole(*args, **kwargs)

    monkeypatch.setattr(explain, broken, fails)
    result = run_check(find("sigmoid"), lambda z: z, seed="visible", hidden=hidden)
    assert (result.passed, result.outcome, result.points_share) == (False, "wrong", 0)
    assert fell or (broken == "picture" and hidden)
    assert not fell or result.hint == explain.PLAINLY[Outcome.WRONG]
    assert "sigmoid(" in result.text


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_the_outcome_is_fixed_before_anything_is_explained(error: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args, **kwargs):
        raise error

    def raises(z):
        raise ValueError("mine")

    def is_not_written(z):
        raise NotImplementedError

    monkeypatch.setattr(explain, "diagnose", fails)
    for function, outcome in (
        (raises, Outcome.ERROR),
        (is_not_written, Outcome.MISSING),
        (np.exp, Outcome.WRONG),
    ):
        result = run_check(find("sigmoid"), function, seed="visible")
        assert result.outcome == outcome
        assert result.hint == explain.PLAINLY[outcome].format(name="sigmoid")


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_what_cannot_be_compared_is_wrong(error: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args, **kwargs):
        raise error

    monkeypatch.setattr("machine_room.checks.faults.differences", fails)
    result = run_check(find("sigmoid"), find("sigmoid").reference, seed="visible")
    assert (result.outcome, result.points_share) == ("wrong", 0)
    assert str(result.hint).startswith("Your result cannot be compared with what is expected")


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_what_cannot_be_scored_is_worth_nothing(error: Any) -> None:
    def score(cases, observed):
        raise error

    exercise = Exercise(reference=total, cases=TOTAL.cases, score=score)
    result = run_check(exercise, total, seed="visible")
    assert (result.outcome, result.points_share) == ("wrong", 0)
    assert result.hint == "Your results are too unusual to be measured: print them."


def test_a_warning_in_a_score_is_no_failure() -> None:
    def score(cases, observed):
        warnings.warn("odd", RuntimeWarning, stacklevel=1)
        return Score(1.0, ("good",))

    exercise = Exercise(reference=total, cases=TOTAL.cases, score=score)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert run_check(exercise, total, seed="visible").passed


class There(Elsewhere):
    """Stands for a function of the student's in another process, as in grading."""

    type_name = "function"

    def __init__(self, name):
        self.__name__ = name
        self.calls = 0

    def __call__(self, *args, **kwargs):
        self.calls += 1
        return args[0] * 0.3


@pytest.mark.parametrize("hidden", [True, False])
@pytest.mark.parametrize("name", ["sigmoid", "swish", "l2_gradient", "adamw_step"])
def test_in_grading_nothing_is_called_to_explain(name: str, hidden: bool) -> None:
    function, exercise = There(name), find(name)
    assert not run_check(exercise, function, seed="visible", hidden=hidden).passed
    assert function.calls == len(exercise.draw("visible"))


def test_a_result_far_larger_than_expected_is_not_looked_at() -> None:
    expected = find("sigmoid").reference(np.zeros(3))
    many = np.zeros(enough(expected) + 1)
    assert plain(many, enough(expected)) == Foreign(f"array of {many.size} entries")
    assert plain((many[:-1], many[:1], many[:1]), enough(expected))[2] == Foreign("array of 1 entries")
    result = run_check(find("sigmoid"), lambda z: np.zeros(10**6), seed="visible")
    assert "array of 1000000 entries" in str(result.hint)


def test_a_text_far_longer_than_any_expected_is_cut() -> None:
    assert len(plain("x" * 10**6)) < 10**4
    assert max(map(len, plain({"k" * 10**6: 1}))) < 10**4


@pytest.mark.parametrize(
    "exercise", [e for e in all_exercises() if e.score is None], ids=lambda exercise: exercise.name
)
def test_no_answer_of_the_course_is_too_large_to_be_looked_at(exercise: Exercise) -> None:
    for case in exercise.draw("visible"):
        expected = observe(exercise.reference, case, exercise.parameters, quiet=True).value
        for function in (*exercise.variants, *(mistake.function for mistake in exercise.mistakes)):
            whole = observe(function, case, exercise.parameters, quiet=True)
            bounded = observe(function, case, exercise.parameters, quiet=True, most=enough(expected) // 2)
            assert type(bounded.value) is type(whole.value)
            assert not isinstance(bounded.value, Foreign) or isinstance(whole.value, Foreign)
