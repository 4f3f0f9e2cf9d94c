"""What a check makes of an exercise's cases, how often it calls a function for it, and what it says."""

# Functions as students write them, without types.
# mypy: allow-untyped-defs, allow-untyped-calls

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from machine_room.checks import CheckResult, run_check
from machine_room.checks.answers import answers
from machine_room.checks.faults import faults
from machine_room.checks.further import Trial, further
from machine_room.checks.show import Step
from machine_room.exercises import all_exercises
from machine_room.exercises.answer import Elsewhere
from machine_room.exercises.exercise import VISIBLE_SEED, Case, Exercise

AUTHOR = Path(__file__).resolve().parents[3] / "docs" / "author.md"


def layer(x, w, b):
    """Return `z = x w + b`."""
    return np.asarray(x) @ w + b


def layer_cases(rng):
    yield Case("three examples", (rng.normal(size=(3, 2)), rng.normal(size=(2, 4)), rng.normal(size=4)))
    yield Case("five examples", (rng.normal(size=(5, 3)), rng.normal(size=(3, 3)), rng.normal(size=3)))


LAYER = Exercise(reference=layer, cases=layer_cases, takes_integers=True)


def scores(values):
    """Return the mean."""
    return np.mean(values)


SCORES = Exercise(
    reference=scores,
    takes_integers=True,
    cases=lambda rng: [Case("two", ([70.25, 75.5],)), Case("three", ([1.5, 2.0, 7.0],))],
)


def checked(function: Callable[..., Any], exercise: Exercise = LAYER, step: Step = Step.IDEA) -> CheckResult:
    function.__name__ = exercise.name
    return run_check(exercise, function, seed=VISIBLE_SEED, step=step)


def shapes(exercise: Exercise) -> dict[Trial, list[tuple[int, ...]]]:
    made = further(exercise, exercise.draw(VISIBLE_SEED))
    return {one.trial: [np.shape(value) for value in one.case.args] for one in made}


def test_an_axis_is_cut_with_all_that_are_as_long_in_every_case() -> None:
    assert shapes(LAYER) == {
        Trial.ONE_ROW: [(1, 2), (2, 4), (4,)],
        Trial.ONE_UNIT: [(3, 1), (1, 4), (4,)],
        Trial.INTEGERS: [(3, 2), (2, 4), (4,)],
    }


def test_integers_are_tried_in_lists_as_well_and_first_where_the_answer_is_none() -> None:
    (made,) = further(SCORES, SCORES.draw(VISIBLE_SEED))
    assert made.trial is Trial.INTEGERS
    assert made.case.args == ([70, 76],) or made.case.args == ([2, 2, 7],)
    assert made.expected.value % 1


@pytest.mark.parametrize("trial", [Trial.ONE_ROW, Trial.ONE_UNIT])
def test_an_exercise_says_what_its_text_does_not_ask_for(trial: Trial) -> None:
    less = Exercise(reference=layer, cases=layer_cases, untried=(trial.value,), takes_integers=True)
    assert shapes(less).keys() == shapes(LAYER).keys() - {trial}


def test_integers_are_tried_only_where_the_exercise_says_that_it_takes_them() -> None:
    assert Trial.INTEGERS not in shapes(Exercise(reference=layer, cases=layer_cases))


def test_an_array_that_has_one_length_in_all_cases_is_not_cut() -> None:
    fixed = Exercise(reference=lambda z: z * 2.0, cases=lambda rng: [Case("an image", (rng.normal(size=(4, 3)),))])
    assert shapes(fixed) == {}
    signal = Exercise(reference=lambda z: z * 2.0, cases=lambda rng: [Case("n", (rng.normal(size=n),)) for n in (4, 5)])
    assert shapes(signal) == {}


def test_the_numbers_of_the_second_call_are_another_seeds() -> None:
    known = answers(LAYER, VISIBLE_SEED)
    other = known.again.other
    assert other is not None
    assert [np.shape(value) for value in other.case.args] == [np.shape(v) for v in known.cases[known.again.index].args]
    assert not np.array_equal(other.case.args[0], known.cases[known.again.index].args[0])
    same = Exercise(reference=layer, cases=lambda rng: [Case("n", (np.eye(2), np.eye(2), np.ones(2)))])
    assert answers(same, VISIBLE_SEED).again.other is None


def test_what_the_reference_refuses_or_warns_of_is_not_asked_for() -> None:
    def spread(x):
        if np.asarray(x).dtype.kind != "f":
            raise TypeError("floats")
        return x - x.sum() / (len(x) - 1)

    assert shapes(Exercise(reference=spread, cases=lambda rng: [Case("a few", (rng.normal(size=4),))])) == {}


def test_a_case_with_a_function_among_its_arguments_is_left_to_its_author() -> None:
    def at(f, theta):
        return theta * f(theta)

    cases = [Case("three", (lambda theta: float(theta[2]), np.array([1.5, 2.0, 3.0])))]
    assert shapes(Exercise(reference=at, cases=lambda rng: cases)) == {}


def test_a_case_that_the_exercise_has_itself_is_not_made_again() -> None:
    def own(rng):
        yield from layer_cases(rng)
        yield Case("one example", (rng.normal(size=(1, 2)), rng.normal(size=(2, 4)), rng.normal(size=4)))

    assert Trial.ONE_ROW not in shapes(Exercise(reference=layer, cases=own))


def test_a_right_answer_is_called_for_each_case_and_each_trial_and_once_more_and_a_wrong_one_for_the_cases() -> None:
    calls = []

    def right(x, w, b):
        calls.append(x.shape)
        return x @ w + b

    def wrong(x, w, b):
        calls.append(x.shape)
        return x @ w - b

    assert checked(right).passed
    assert len(calls) == 2 + 1 + 3
    calls.clear()
    known = answers(LAYER, VISIBLE_SEED)
    assert faults(known, wrong).failing
    assert len(calls) == 2


def squeezed(x, w, b):
    return np.squeeze(x @ w + b)


def test_a_lost_axis_is_told_in_three_steps() -> None:
    where, idea, line = (checked(squeezed, step=step).text for step in Step)
    assert "Right in all other cases, wrong with a single row, as in a batch of one." in where
    assert "has the shape (4,), expected (1, 4)." in where
    assert "np.squeeze" not in where
    assert "np.squeeze" in idea
    assert "The formula: Return `z = x w + b`." not in idea
    assert "z = x w + b" in line


def test_what_is_told_without_calling_names_the_kind_as_well() -> None:
    class There(Elsewhere):
        __name__ = "layer"

        def __call__(self, *args):
            return squeezed(*args)

    result = run_check(LAYER, There(), seed=VISIBLE_SEED, hidden=True)
    assert not result.passed
    assert result.seen is not None
    assert "a single row, as in a batch of one" in result.seen
    assert result.explain_by is not None


def test_no_case_of_the_exercises_own_counts_as_wrong() -> None:
    assert checked(squeezed).cases == (("three examples", True), ("five examples", True))


def test_a_helper_that_loses_the_axis_is_blamed() -> None:
    space: dict[str, Any] = {"np": np, "__name__": "__main__"}
    exec(
        "def dense_forward(x, weights, bias):\n    return (x @ weights + bias).squeeze()\n"
        "def two_layer_gradient(x, labels, weights1, bias1, weights2, bias2):\n"
        "    return reference(dense_forward, x, labels, weights1, bias1, weights2, bias2)\n",
        space,
    )
    exercise = next(one for one in all_exercises() if one.name == "two_layer_gradient")

    def reference(forward, x, labels, *parameters):
        if forward(x, *parameters[:2]).shape != (len(x), len(parameters[1])):
            raise ValueError("not enough values to unpack")
        return exercise.reference(x, labels, *parameters)

    space["reference"] = reference
    result = run_check(exercise, space["two_layer_gradient"], seed=VISIBLE_SEED)
    assert not result.passed
    assert "it calls your own dense_forward" in (result.hint or "")


def test_integers_are_only_blamed_where_the_same_numbers_are_right_as_floats() -> None:
    def in_place(x, w, b):
        made = np.zeros_like(x @ w)
        made += (x @ w + b + 0.25).astype(made.dtype)
        return made - (0.25 if made.dtype.kind == "f" else 0) + (0.5 if made.dtype.kind == "i" else 0)

    def odd(x, w, b):
        return x @ w + b + (1 if np.all(x == np.round(x)) else 0)

    assert "Make floats of what you are given first" in (checked(in_place).hint or "")
    assert "floats" not in (checked(odd).hint or "")
    assert "wrong with integers" in (checked(odd).seen or "")


def test_another_order_in_memory_is_told_from_what_is_kept_and_what_is_remembered() -> None:
    def by_memory(x, w, b):
        return x.ravel(order="K").reshape(x.shape) @ w + b

    calls: list[int] = []
    cache: dict[tuple[int, ...], np.ndarray] = {}

    def kept(x, w, b):
        calls.append(1)
        return x @ w + b + (len(calls) > 2)

    late: list[np.ndarray] = []

    def lags(x, w, b):
        late.append(x @ w + b)
        return late[-1] if len(late) <= 2 else late[-2]

    def remembered(x, w, b):
        return cache.setdefault(x.shape, x @ w + b)

    assert "lies in memory column by column" in (checked(by_memory).seen or "")
    assert "A second call with the same input" in (checked(kept).seen or "")
    assert "lies in memory" not in (checked(lags).seen or "")
    assert "right in an earlier call" in (checked(remembered).hint or "")


def test_the_authors_table_is_what_is_tried() -> None:
    text = AUTHOR.read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([\w ]+)` \|.*\| (\d+) \|$", text, re.MULTILINE))
    exercises = [exercise for exercise in all_exercises() if exercise.score is None]
    known = [answers(exercise, VISIBLE_SEED) for exercise in exercises]
    counts = {trial.value: sum(trial in one.with_further.trials for one in known) for trial in Trial}
    counts[Trial.OTHER_NUMBERS.value] = sum(one.again.other is not None for one in known)
    assert rows == {name: str(count) for name, count in counts.items()}
    assert f"of the {len(exercises)} exercises" in text
