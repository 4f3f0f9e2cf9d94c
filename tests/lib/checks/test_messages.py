"""What a student reads, word for word: one row per kind of difference, as text and as HTML."""

# Functions as students write them, without types.
# mypy: allow-untyped-defs, allow-untyped-calls

import functools
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from machine_room.checks import check, run_check
from machine_room.checks.run import CheckFailed
from machine_room.checks.show import Step, Steps, failure
from machine_room.exercises.exercise import VISIBLE_SEED, Case, Curve, Exercise


def layer(x, w, *, scale=1.0):
    """Stands for an exercise with a tuple of results: (z, total)."""
    return scale * x @ w, (scale * x @ w).sum(axis=0)


def layer_cases(rng):
    yield Case("two examples", (np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 5.0]])))
    yield Case("three examples", (rng.normal(size=(3, 2)), rng.normal(size=(2, 3))), {"scale": 2.0})


LAYER = Exercise(reference=layer, cases=layer_cases, returns=("z", "total"))


@LAYER.mistake("Sum over the examples, not over the units.")
def sums_the_units(x, w, *, scale=1.0):
    return scale * x @ w, (scale * x @ w).sum(axis=1)


@LAYER.mistake("The scale is missing in z.")
def forgets_the_scale(x, w, *, scale=1.0):
    return x @ w, (scale * x @ w).sum(axis=0)


@LAYER.also_correct
def scales_last(x, w, *, scale=1.0):
    return scale * (x @ w), scale * (x @ w).sum(axis=0)


def curve(z):
    """Stands for an elementwise function."""
    return np.maximum(z, 0.0)


CURVE = Exercise(
    reference=curve,
    cases=lambda rng: [
        Case("three numbers", (np.array([-1.0, 2.0, 3.0]),)),
        Case("five numbers", (np.array([4.0, -5.0, rng.uniform(1, 2), 6.0, -7.0]),)),
    ],
    curve=Curve(-3, 3),
)


def slope(f, theta):
    """Stands for a function that is given another."""
    return f(theta + 1) - f(theta)


SLOPE = Exercise(reference=slope, cases=lambda rng: [Case("a line", (lambda t: 2 * t, 1.0), max_calls=2)])


def once(f, theta):
    """Stands for a function that may call another one time."""
    return f(theta)


ONCE = Exercise(reference=once, cases=lambda rng: [Case("a line", (lambda t: 2 * t, 1.0), max_calls=1)])


def record(x):
    """Stands for a function that returns a dict."""
    return {"z": x + 1, "h": x + 2}


RECORD = Exercise(reference=record, cases=lambda rng: [Case("one number", (1.0,)), Case("another", (rng.normal(),))])


def pair(x):
    """Stands for a function that returns two arrays of one shape."""
    return x + 1, x * x


PAIR = Exercise(
    reference=pair, cases=lambda rng: [Case("two numbers", (rng.normal(size=2),))], returns=("first", "second")
)


def growth(x, *, rate=0.5, power=1.5):
    """Stands for a function with settings."""
    return rate * x**power


GROWTH = Exercise(
    reference=growth,
    cases=lambda rng: [
        Case("the defaults", (np.array([1.0, 2.0, 3.0]),)),
        Case("a rate", (np.array([1.0, 2.0]),), {"rate": 0.3}),
        Case("a rate and a power", (np.array([2.0, 4.0]),), {"rate": 0.4, "power": 2.0}),
    ],
)


def rows(names):
    """Stands for a function that returns a list of dicts."""
    return [{"name": name, "number": 1} for name in names]


ROWS = Exercise(reference=rows, cases=lambda rng: [Case("two names", (["a", "b"],))])


def mean(scores):
    """Stands for a function that is given a list."""
    return sum(scores) / len(scores)


MEAN = Exercise(reference=mean, cases=lambda rng: [Case("two scores", ([1.0, 2.0],))])


def _writes(function):
    """Make a function that changes its first argument before it answers rightly."""

    def spoils(z):
        right = function(z)
        z[0] = 100
        return right

    return spoils


def _counts():
    calls = []

    def curve(z):
        calls.append(z)
        return np.maximum(z, 0.0) + (len(calls) > 2)

    return curve


def _raises(error):
    def function(*args, **kwargs):
        raise error

    return function


def _scaled(z, *, beta):
    return beta * z


def _calls_by_place(z):
    return _scaled(z, 2.0)  # type: ignore[call-arg] # the mistake


def _leaves_a_setting_out(z):
    return _scaled(z)  # type: ignore[call-arg] # the mistake


HINTS = {
    "a known mistake": (LAYER, sums_the_units, "Sum over the examples, not over the units."),
    "two known mistakes together": (
        LAYER,
        lambda x, w, scale=1.0: (x @ w, (scale * x @ w).sum(axis=1)),
        "Sum over the examples, not over the units. A second thing is wrong besides: z.",
    ),
    "nothing returned": (CURVE, lambda z: z.copy().sort(), "Your function returned None: did you forget `return`?"),
    "nothing in it": (
        CURVE,
        lambda z: None,
        "curve is not finished yet: write your code in place of `...` or `pass`.",
    ),
    "a part is None": (LAYER, lambda x, w, scale=1.0: (scale * x @ w, None), "total is None: did you forget `return`?"),
    "text": (CURVE, lambda z: "three", "The result is text, expected an array of shape (3,)."),
    "a list": (
        CURVE,
        lambda z: [max(v, 0.0) for v in z.tolist()],
        "The result is a list, expected an array of shape (3,): wrap it in np.array(...).",
    ),
    "a ragged list": (
        CURVE,
        lambda z: [[1.0], [2.0, 3.0]],
        "The result is a list, expected an array of shape (3,): make all its rows equally long, then wrap it in "
        "np.array(...).",
    ),
    "an array of objects": (
        CURVE,
        lambda z: np.array([None, 1, 2]),
        "The result is an array of dtype object: rows of unequal length, or something in it that is no number.",
    ),
    "a matrix": (
        CURVE,
        lambda z: np.asmatrix(z),
        "The result is an np.matrix (use np.array), expected an array of shape (3,).",
    ),
    "a masked array": (
        CURVE,
        lambda z: np.ma.masked_less(z, 0),
        "The result is a masked array (use np.array), expected an array of shape (3,).",
    ),
    "a generator": (
        CURVE,
        lambda z: (v for v in z),
        "The result is a generator (wrap it in list(...), or return a list in place of yield), expected an array of "
        "shape (3,).",
    ),
    "one result instead of two": (
        LAYER,
        lambda x, w, scale=1.0: scale * x @ w,
        "The result is an array of shape (2, 3), expected a tuple of 2.",
    ),
    "three results": (
        LAYER,
        lambda x, w, scale=1.0: (*layer(x, w, scale=scale), 1),
        "Return 2 results, separated by commas; yours are 3.",
    ),
    "a key is missing": (RECORD, lambda x: {"z": x + 1}, "The dict lacks h."),
    "a key is misspelled": (
        RECORD,
        lambda x: {"z": x + 1, "H": x + 2},
        "The dict lacks h; it has H instead: is that only the spelling?",
    ),
    "transposed": (
        LAYER,
        lambda x, w, scale=1.0: ((scale * x @ w).T, layer(x, w, scale=scale)[1]),
        "z has the shape (3, 2), expected (2, 3): it is transposed.",
    ),
    "a stray axis": (
        CURVE,
        lambda z: np.maximum(z, 0)[:, None],
        "The result has the shape (3, 1), expected (3,): the same entries, differently arranged. Look for a stray axis "
        "(keepdims, reshape).",
    ),
    "a table": (
        CURVE,
        lambda z: np.maximum(z[:, None], z),
        "The result has the shape (3, 3), expected (3,): a sum over one axis is missing, or (n, 1) and (n,) were "
        "broadcast to a table.",
    ),
    "one sum too many": (
        CURVE,
        lambda z: np.maximum(z, 0).sum(),
        "The result has the shape () (a single number), expected (3,): one sum too many?",
    ),
    "another shape": (CURVE, lambda z: np.ones(7), "The result has the shape (7,), expected (3,)."),
    "truth values": (
        CURVE,
        lambda z: z > 0,
        "The result holds True and False, expected numbers: a comparison is the mask, multiply by it.",
    ),
    "complex numbers": (
        CURVE,
        lambda z: np.sqrt(z + 0j),
        "The result is complex: the root or logarithm of a negative number?",
    ),
    "an argument changed": (
        CURVE,
        _writes(curve),
        "Your function changes its argument z in place (`z -= ...`, `z[...] = ...`): the caller's z is spoiled. "
        "Work on a copy.",
    ),
    "a warning": (
        CURVE,
        lambda z: np.maximum(z, 0) + 0 * np.isnan(np.log(z)),
        "The numbers are right, but NumPy warns: invalid value encountered in log. That is 0/0, inf - inf, or the root "
        "or logarithm of a negative number.",
    ),
    "numbers wrong somewhere, and elsewhere only a warning": (
        CURVE,
        lambda z: np.maximum(z, 0) + (1 if len(z) > 3 else 0 * np.isnan(np.log(z))),
        "Your result differs in 5 of 8 numbers over all cases.",
    ),
    "results exchanged": (
        PAIR,
        lambda x: pair(x)[::-1],
        "The numbers are right, their order is not: return first, second.",
    ),
    "another default": (
        GROWTH,
        lambda x, *, rate=2.0, power=1.5: rate * x**power,
        "All is right where rate is given, but not where it is left out: its default is 0.5, as in the first line that "
        "you were given.",
    ),
    "the right default, and another mistake where it is left out": (
        GROWTH,
        lambda x, *, rate=0.5, power=1.5: rate * x**power + (rate == 0.5),
        re.compile(r"(?!All is right where).*"),
    ),
    "a number in place of a setting": (
        GROWTH,
        lambda x, *, rate=0.5, power=1.5: rate * x**1.5,
        "Your result stays the same when power changes: is power used, or a number in its place?",
    ),
    "a rounded constant": (
        GROWTH,
        lambda x, *, rate=0.5, power=1.5: rate * np.exp(0.9995 * power * np.log(x)),
        "Your result is nearly right, off by 1e-03 of its largest number at most: is a constant rounded, or something "
        "approximated?",
    ),
    "an array called as a function": (
        CURVE,
        lambda z: z(1),
        "Your function raised TypeError: 'numpy.ndarray' object is not callable. Round brackets behind a name call it "
        "as a function, but this is a value: is a `*` missing?",
    ),
    "a function indexed as an array": (
        SLOPE,
        lambda f, theta: f[theta + 1] - f[theta],
        re.compile(
            r".* is not subscriptable\. Square brackets take an entry .* a function is called with round ones\."
        ),
    ),
    "another key": (
        CURVE,
        lambda z: {"a": z}["b"],
        "Your function raised KeyError: 'b'. No entry of the dict has that key: is it spelled right?",
    ),
    "one call too many": (
        ONCE,
        lambda f, theta: f(theta) + 0 * f(theta),
        "Your function calls f 2 times; once is enough: every call costs a pass through the network.",
    ),
    "too many calls": (
        SLOPE,
        lambda f, theta: f(theta + 1) - f(theta) + 0 * f(theta),
        "Your function calls f 3 times; 2 are enough: every call costs a pass through the network.",
    ),
    "another answer the second time": (
        CURVE,
        _counts(),
        "A second call with the same input gives another answer: something is kept between calls (a global variable, a "
        "default argument that is changed, random numbers).",
    ),
    "not a number": (
        CURVE,
        lambda z: np.log(z),
        "Your result contains NaN (not a number). That is 0/0, inf - inf, or the root or logarithm of a negative "
        "number.",
    ),
    "infinite": (
        CURVE,
        lambda z: np.exp(1000 * z),
        "Your result contains infinity. exp of a large number is infinite: give it only numbers up to 0. (In a "
        "softmax, subtract the largest.)",
    ),
    "integers": (
        LAYER,
        lambda x, w, scale=1.0: ((scale * x @ w).astype(int), layer(x, w, scale=scale)[1]),
        "z holds integers, so everything behind the decimal point is lost: make its array one of floats. (total is "
        "right.)",
    ),
    "integers that are far from the right numbers": (
        CURVE,
        lambda z: (np.maximum(z, 0) ** 2).astype(int),
        "Your result differs in 5 of 8 numbers over all cases. Right where z <= 0, wrong where z > 0.",
    ),
    "zeros": (
        CURVE,
        lambda z: 0 * z,
        "Your result is zero everywhere: is it ever filled in, or cut to whole numbers (`//`, int)?",
    ),
    "the wrong sign": (CURVE, lambda z: -np.maximum(z, 0), "Your result has the wrong sign, everywhere."),
    "half": (
        CURVE,
        lambda z: np.maximum(z, 0) / 2,
        "Your result is 2 times too small, everywhere: look for a factor 2.",
    ),
    "an offset": (CURVE, lambda z: np.maximum(z, 0) + 0.25, "Your result is too large by 0.25, everywhere."),
    "the mean is missing": (
        LAYER,
        lambda x, w, scale=1.0: (len(x) * scale * x @ w, layer(x, w, scale=scale)[1]),
        "z is too large by the number of examples: the mean over the batch is missing. (total is right.)",
    ),
    "divided once too often": (
        LAYER,
        lambda x, w, scale=1.0: (scale * x @ w, layer(x, w, scale=scale)[1] / len(x)),
        "total is too small by the number of examples: one division too many. (z is right.)",
    ),
    "one entry": (
        LAYER,
        lambda x, w, scale=1.0: (scale * x @ w, layer(x, w, scale=scale)[1] * [1, 1, 0.5]),
        "Only total[2] is wrong; all other entries are right. (z is right.)",
    ),
    "some numbers": (
        CURVE,
        lambda z: np.maximum(z, 0) - 0.1 * z**2 * (z < 0),
        "Your result differs in 3 of 8 numbers over all cases. Right where z >= 0, wrong where z < 0.",
    ),
    "the right answer to another question": (
        CURVE,
        lambda z: np.abs(z),
        "Your result is right for the absolute value of z in place of z.",
    ),
    "not written": (
        CURVE,
        _raises(NotImplementedError()),
        "curve is not written yet: replace the line `raise NotImplementedError()` by your own code.",
    ),
    "a name is unknown": (
        CURVE,
        _raises(NameError("name 'q' is not defined")),
        "Your function raised NameError: name 'q' is not defined. Python does not know that name: is it spelled right, "
        "and given a value first?",
    ),
    "shapes do not fit": (
        LAYER,
        lambda x, w, scale=1.0: w @ x @ x,
        re.compile(
            r"Your function raised ValueError: matmul: .*mismatch in its core dimension.* Write the shape of every "
            r"array beside it: in a matrix product the inner two must be equal\."
        ),
    ),
    "shapes do not fit in np.dot": (
        LAYER,
        lambda x, w, scale=1.0: np.dot(w, x),
        re.compile(
            r"Your function raised ValueError: shapes \(2,3\) and \(2,2\) not aligned.* Write the shape of every array "
            r"beside it: in a matrix product the inner two must be equal\."
        ),
    ),
    "shapes do not fit entry by entry": (
        LAYER,
        lambda x, w, scale=1.0: x - w,
        "Your function raised ValueError: operands could not be broadcast together with shapes (2,2) (2,3). Entry by "
        "entry, two shapes must be equal, or 1 where they differ: keepdims=True keeps a sum or maximum as a column.",
    ),
    "a setting passed by its place": (
        CURVE,
        _calls_by_place,
        re.compile(
            r"Your function raised TypeError: .*takes 1 positional argument but 2 were given\..* What stands behind "
            r"the `\*` in a function's first line is passed by name, as in beta=beta\."
        ),
    ),
    "a setting left out": (
        CURVE,
        _leaves_a_setting_out,
        re.compile(
            r"Your function raised TypeError: .*missing 1 required keyword-only argument: 'beta'\..* What stands "
            r"behind the `\*` in a function's first line is passed by name, as in beta=beta\."
        ),
    ),
    "an array where one truth value is wanted": (
        LAYER,
        lambda x, w, scale=1.0: x if x > 0 else w,
        re.compile(
            r"Your function raised ValueError: The truth value of an array .* `if`, `and`, `min` and `max` want one "
            r"number and got an array\. np\.where, &, np\.minimum and np\.maximum go entry by entry; whether something "
            r"is None you ask with `is None`\."
        ),
    ),
    "a tuple in place of a dict": (
        RECORD,
        lambda x: (x + 1, x + 2),
        "The result is a tuple of 2, expected a dict with z, h.",
    ),
    "divides by zero": (
        CURVE,
        _raises(ZeroDivisionError("division by zero")),
        "Your function raised ZeroDivisionError: division by zero. Something you divide by is 0.",
    ),
    "a list that is too short": (
        ROWS,
        lambda names: rows(names[:1]),
        "The result is a list of 1, expected a list of 2.",
    ),
    "a list with another value": (
        ROWS,
        lambda names: [rows(names)[0], {"name": "b", "number": 2}],
        "Entry 1 of the list differs in number (the first is entry 0).",
    ),
    "a list with a name too many": (
        ROWS,
        lambda names: [{**row, "names": 2} for row in rows(names)],
        "Entry 0 of the list should not have names (the first is entry 0).",
    ),
    "a list with a name too few": (
        ROWS,
        lambda names: [{"name": name} for name in names],
        "Entry 0 of the list lacks number (the first is entry 0).",
    ),
    "a list of something else": (
        ROWS,
        lambda names: [rows(names)[0], "b"],
        "The result is a list of the right length; entry 1 differs (the first is entry 0).",
    ),
    "a generator of rows": (
        ROWS,
        lambda names: (row for row in rows(names)),
        "The result is a generator (wrap it in list(...), or return a list in place of yield), expected a list.",
    ),
    "a list that is used as an array": (
        MEAN,
        lambda scores: scores.mean(),
        re.compile(r".*'list' object has no attribute 'mean'.* A list is no array: np\.asarray\(\.\.\.\) makes .*"),
    ),
    "a number taken from a list": (
        MEAN,
        lambda scores: np.mean(scores - 1),
        re.compile(r".*unsupported operand type.* A list is no array: .*"),
    ),
    "a caret for a power": (
        MEAN,
        lambda scores: float(scores[0]) ^ 2,  # type: ignore[operator] # the mistake
        re.compile(r".*unsupported operand type.* A power is \*\* in Python: a \*\* b, not a \^ b\."),
    ),
    "a caret for a power of an array": (
        CURVE,
        lambda z: z ^ 2,
        re.compile(r".*'bitwise_xor' not supported.* A power is \*\* in Python: a \*\* b, not a \^ b\."),
    ),
    "an error without a message": (CURVE, _raises(RuntimeError()), "Your function raised RuntimeError."),
}


@pytest.mark.parametrize(("exercise", "function", "hint"), HINTS.values(), ids=HINTS)
def test_every_symptom_has_its_sentence(exercise: Exercise, function: Callable[..., Any], hint: Any) -> None:
    result = run_check(exercise, function, seed="visible")
    assert not result.passed
    if isinstance(hint, str):
        assert result.hint == hint
    else:
        assert hint.fullmatch(result.hint)
    assert str(result.hint) in result.text


def test_a_pass_is_one_line() -> None:
    result = run_check(LAYER, scales_last, seed="visible")
    assert (result.text, repr(result)) == ("layer: correct, 2 cases", "layer: correct, 2 cases")
    assert "&#10003; layer: correct, 2 cases" in result.html
    assert run_check(SLOPE, slope, seed="visible").text == "slope: correct, 1 case"
    assert run_check(LAYER, layer, seed=7, hidden=True).text == "layer: correct, 2 hidden cases"


def test_a_failure_shows_hint_call_and_numbers_side_by_side() -> None:
    assert run_check(LAYER, sums_the_units, seed="visible").text == (
        "layer: not right yet (2 of 2 cases differ)\n"
        "\n"
        "total has the shape (2,), expected (3,).\n"
        "Sum over the examples, not over the units.\n"
        "\n"
        "Smallest case: two examples\n"
        "  layer(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 5.0]]))\n"
        "\n"
        "total:\n"
        "  yours     15  33\n"
        "  expected   4   6  38\n"
        "\n"
        "Run that call in a cell of its own to see what your function returns; mend it, then check again."
    )


def test_the_call_that_is_shown_can_be_run() -> None:
    text = run_check(LAYER, sums_the_units, seed="visible").text
    call = next(line for line in text.splitlines() if line.startswith("  layer("))
    z, total = eval(call, {"np": np, "layer": layer})
    assert z.tolist() == [[1, 2, 12], [3, 4, 26]]
    assert total.tolist() == [4, 6, 38]


def test_entries_that_differ_are_marked_and_shown_with_enough_digits() -> None:
    def almost(z):
        return np.maximum(z, 0) + 1e-6 * (z == 2)

    text = run_check(CURVE, almost, seed="visible").text
    numbers = [line.split() for line in text.splitlines() if line.startswith(("  yours", "  expected"))]
    assert numbers == [["yours", "0", "2.000001*", "3"], ["expected", "0", "2*", "3"]]
    assert "(* differs)" in text


def test_the_smallest_failing_case_is_the_one_that_is_shown() -> None:
    def wrong_for_long(z):
        return np.maximum(z, 0) + (len(z) > 3)

    assert "Smallest case: five numbers" in run_check(CURVE, wrong_for_long, seed="visible").text
    assert "(1 of 2 cases differs)" in run_check(CURVE, wrong_for_long, seed="visible").text
    assert "Smallest case: three numbers" in run_check(CURVE, np.negative, seed="visible").text


def test_an_unwritten_function_is_told_so_without_numbers() -> None:
    result = run_check(CURVE, _raises(NotImplementedError()), seed="visible")
    assert result.outcome == "missing"
    assert result.text == result.hint
    assert "<table" not in result.html


def test_an_unwritten_function_that_is_called_is_the_one_named() -> None:
    def dense_forward(x, weights, bias):
        raise NotImplementedError

    def curve(z):
        return dense_forward(z, z, z)

    hint = run_check(CURVE, curve, seed="visible").hint
    assert hint == "curve calls dense_forward, which is not written yet: write that one first."


def test_another_first_line_is_answered_with_the_right_one() -> None:
    with pytest.raises(CheckFailed) as failed:
        exec("def relative_error(a): return 0\ncheck(relative_error)", {"check": check})
    assert failed.value.result.hint == (
        "relative_error() takes 1 positional argument but 2 were given. Keep the first line as it was given: "
        "def relative_error(a, b):"
    )


def test_what_is_asked_by_the_wrong_name_or_without_a_function_is_explained() -> None:
    def dense_foward(x, weights, bias):
        return x

    with pytest.raises(LookupError, match=r"no exercise is called 'dense_foward': did you mean dense_forward\?"):
        check(dense_foward)
    with pytest.raises(TypeError, match="a lambda has none: write it with def"):
        check(lambda a, b: 0)
    with pytest.raises(TypeError, match=r"got float: write check\(my_function\), without calling it"):
        check(0.5)  # type: ignore[arg-type] # no function
    with pytest.raises(TypeError, match="needs a function written with def, but got an object of type partial"):
        check(functools.partial(curve))


def test_html_escapes_what_comes_from_the_student() -> None:
    evil = '<script>alert("1")</script>'
    for function in (_raises(ValueError(evil)), lambda z: evil, lambda z: {evil: 1}, lambda z: type(evil, (), {})()):
        result = run_check(CURVE, function, seed="visible")
        assert "<script" not in result.html
        assert "alert" in result.text or "alert" not in result.html
    assert "&lt;script&gt;" in run_check(CURVE, _raises(ValueError(evil)), seed="visible").html


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("a *normal* number", "a <em>normal</em> number"),
        ("write `x -= 1`", "write <code>x -= 1</code>"),
        ("x * mask * (1 - p) and 2*a*b", "x * mask * (1 - p) and 2*a*b"),
        ("f(*args)*g(*more)", "f(*args)*g(*more)"),
        ("`a*b*c` is *one* thing", "<code>a*b*c</code> is <em>one</em> thing"),
        ("a ` alone, a * alone", "a ` alone, a * alone"),
    ],
)
def test_code_and_emphasis_of_a_message_are_seen_as_such(said: str, shown: str) -> None:
    exercise = Exercise(reference=curve, cases=CURVE.draw)  # type: ignore[arg-type] # its seed may be a generator
    exercise.mistake(said)(np.abs)
    result = run_check(exercise, np.abs, seed="visible")
    assert f">{shown}</div>" in result.html
    assert said in result.text


STEPS = {
    "where alone": (Steps("seen"), Step.WHERE, ["1 open"], None),
    "all, nothing folded": (Steps("seen", "idea", "formula"), Step.LINE, ["1 open", "2 open", "3 open"], None),
    "all, one folded": (Steps("seen", "idea", "formula"), Step.IDEA, ["1 open", "2 open", "3 folded"], Step.LINE),
    "all, two folded": (Steps("seen", "idea", "formula"), Step.WHERE, ["1 open", "2 folded", "3 folded"], Step.IDEA),
    "nothing seen": (Steps("", "idea", "formula"), Step.WHERE, ["1 open", "3 folded"], Step.LINE),
    "nothing seen, all open": (Steps("", "idea", "formula"), Step.LINE, ["1 open", "3 open"], None),
    "the idea is what was seen": (Steps("seen", "seen"), Step.WHERE, ["1 open"], None),
    "no idea": (Steps("seen", "", "formula"), Step.WHERE, ["1 open", "3 folded"], Step.LINE),
}


@pytest.mark.parametrize(("steps", "unfolded", "shown", "following"), STEPS.values(), ids=STEPS)
def test_each_step_of_a_message_says_which_it_is_and_is_there_once(
    steps: Steps, unfolded: Step, shown: list[str], following: Step | None
) -> None:
    steps = replace(steps, unfolded=unfolded)
    (case, *_) = CURVE.draw(VISIBLE_SEED)
    html = failure(CURVE, case, [], steps=steps, failed=1, total=2, hidden=False).html
    found = re.findall(r'<(div|details) class="check-step-(\d)"', html)
    assert [f"{number} {'open' if tag == 'div' else 'folded'}" for tag, number in found] == shown
    assert steps.next == following


@given(st.text("ab*` <>&\"'/\n"))
def test_no_text_makes_other_markup_than_code_and_emphasis(text: str) -> None:
    result = run_check(CURVE, _raises(ValueError(text)), seed="visible")
    hint = result.html.split("font-size:110%")[1].split("</div>")[0]
    assert set(re.findall("<[^>]*>", hint)) <= {"<code>", "</code>", "<em>", "</em>"}


def test_control_characters_reach_neither_text_nor_html() -> None:
    result = run_check(CURVE, _raises(ValueError("\x1b[31mred\x07\r")), seed="visible")
    assert "\ufffd[31mred\ufffd\ufffd" in result.text
    assert not set("\x1b\x07\r") & set(result.text + result.html)


def test_a_wrong_curve_is_drawn_over_the_right_one_and_only_then() -> None:
    wrong = run_check(CURVE, np.abs, seed="visible").html
    assert wrong.count("<path") == 2
    assert "solid: expected, dashed: yours" in wrong
    assert "<svg" not in run_check(CURVE, curve, seed="visible").html
    assert "<svg" not in run_check(CURVE, _raises(ValueError()), seed="visible").html
    assert "<svg" not in run_check(CURVE, _writes(curve), seed="visible").html  # equal curves would say all is well
    assert "<svg" not in run_check(CURVE, lambda z: 1.0, seed="visible").html
    assert "<svg" in run_check(CURVE, lambda z: np.full(len(z), np.inf), seed="visible").html
    assert "nan" not in run_check(CURVE, lambda z: z * np.nan, seed="visible").html.split("<svg")[1]


def test_long_arrays_are_cut_and_the_call_is_not_offered_for_copying() -> None:
    exercise = Exercise(reference=curve, cases=lambda rng: [Case("a large batch", (rng.normal(size=(40, 30)),))])
    text = run_check(exercise, np.negative, seed=0).text
    assert "curve(<float64 array of shape (40, 30)>)" in text
    assert "... of shape (40, 30)" in text
    assert text.endswith("\n\nMend it, then check again.")
    assert max(map(len, text.splitlines())) < 140


def test_a_call_with_nan_and_infinity_can_be_copied() -> None:
    def negative(x):
        return -x

    exercise = Exercise(
        reference=negative, cases=lambda rng: [Case("odd ones", (np.array([np.nan, np.inf, -np.inf]),))]
    )
    text = run_check(exercise, np.positive, seed=0).text
    assert "negative(np.array([np.nan, np.inf, -np.inf]))" in text


def test_parts_beyond_the_fourth_are_named() -> None:
    def many(x):
        return x, x, x, x, x, x

    exercise = Exercise(reference=many, cases=lambda rng: [Case("one", (1.0,))], returns="abcdef")
    text = run_check(exercise, lambda x: tuple(x + k + 1 for k in range(6)), seed=0).text
    assert "Also different: e, f" in text
