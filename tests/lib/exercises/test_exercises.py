"""The contract of every exercise of every section: its mistakes are caught and named, its right answers pass."""

# Functions as students write them, without types.
# mypy: allow-untyped-defs, allow-untyped-calls

import builtins
import dis
import importlib
import inspect
import re
import textwrap
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from machine_room import exercises
from machine_room.checks.answers import answers
from machine_room.checks.compare import agree
from machine_room.checks.observe import observe
from machine_room.checks.run import VISIBLE_SEED, run_check
from machine_room.checks.verification import verify_exercise
from machine_room.exercises.exercise import Case, Exercise

EXERCISES = exercises.all_exercises()
every_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=[exercise.name for exercise in EXERCISES])
bank = [
    pytest.param(exercise, function, id=f"{exercise.name}-{function.__name__}")
    for exercise in EXERCISES
    for function in (*(mistake.function for mistake in exercise.mistakes), *exercise.variants)
]


@pytest.mark.parametrize("assignment", exercises.assignments())
def test_every_section_has_exercises_found_by_name_and_assignment(assignment: str) -> None:
    found = exercises.of_assignment(assignment)
    assert found
    assert all(exercises.find(exercise.name) is exercise for exercise in found)


def test_no_two_exercises_have_the_same_name() -> None:
    names = [exercise.name for exercise in EXERCISES]
    assert sorted(set(names)) == sorted(names)


def test_the_first_section_asks_in_the_order_of_its_notebook() -> None:
    assert [exercise.name for exercise in exercises.of_assignment("01-backprop")] == [
        "forward_difference",
        "numerical_gradient",
        "relative_error",
        "forward_221",
        "backward_221",
        "gradient_descent_step",
        "dense_forward",
        "relu_backward",
        "dense_backward",
        "skip_backward",
        "cross_entropy",
        "two_layer_gradient",
    ]


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(LookupError, match=r"no exercise is called 'dense_foward': did you mean dense_forward\?"):
        exercises.find("dense_foward")
    with pytest.raises(LookupError, match="no assignment '07' has exercises: choose one of 01-backprop, "):
        exercises.of_assignment("07")


@every_exercise
def test_mistakes_are_caught_and_named_and_right_answers_pass(exercise: Exercise) -> None:
    found = verify_exercise(exercise, seeds=[0])  # `autograde verify`, a part of `make check`, takes eight
    assert (found.uncaught, found.misnamed, found.confused, found.rejected) == ((), (), (), ())
    assert found.ok


@every_exercise
def test_an_exercise_knows_three_mistakes_and_two_other_right_ways(exercise: Exercise) -> None:
    assert len(exercise.mistakes) >= 3
    assert len(exercise.variants) >= 2
    names = [mistake.name for mistake in exercise.mistakes] + [variant.__name__ for variant in exercise.variants]
    assert len(set(names)) == len(names)


@every_exercise
def test_hints_are_whole_sentences_and_tell_mistakes_apart(exercise: Exercise) -> None:
    hints = [mistake.hint for mistake in exercise.mistakes]
    assert len(set(hints)) == len(hints)
    for hint in hints:
        assert hint == hint.strip()
        assert hint.endswith((".", "?", ".)"))
        assert 20 <= len(hint) <= 260, hint


@every_exercise
def test_the_reference_changes_no_argument_and_does_not_warn(exercise: Exercise) -> None:
    for seed in (VISIBLE_SEED, 0):
        for case in exercise.draw(seed):
            seen = observe(exercise.reference, case, exercise.parameters, quiet=True)
            assert (seen.raised, seen.changed, seen.warned) == (None, (), ()), case.description


@every_exercise
def test_the_same_seed_draws_the_same_cases_and_another_seed_others(exercise: Exercise) -> None:
    def drawn(seed):
        return [(case.description, _bytes(case)) for case in exercise.draw(seed)]

    assert drawn(1) == drawn(1)
    assert [description for description, _ in drawn(1)] == [description for description, _ in drawn(2)]
    assert drawn(1) != drawn(2)


def _bytes(case: Case) -> list[object]:
    """Return what a case's arguments hold; callables by name, generators by the numbers they would draw."""
    return [_content(value) for value in (*case.args, *case.kwargs.items())]


def _content(value: object) -> object:
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape, value.tobytes())
    if isinstance(value, np.random.Generator):
        return str(value.bit_generator.state)
    if isinstance(value, (list, tuple)):
        return [_content(item) for item in value]
    if isinstance(value, dict):
        return [(key, _content(item)) for key, item in value.items()]
    return getattr(value, "__name__", "") if callable(value) else repr(value)


@every_exercise
def test_cases_describe_themselves_and_fit_the_signature(exercise: Exercise) -> None:
    for case in exercise.draw(VISIBLE_SEED):
        assert case.description
        inspect.signature(exercise.reference).bind(*case.args, **case.kwargs)


@every_exercise
def test_an_exercise_is_called_as_the_function_it_asks_for(exercise: Exercise) -> None:
    assert exercise.name == exercise.reference.__name__
    assert exercise.name.isidentifier()
    assert exercise.parameters == tuple(inspect.signature(exercise.reference).parameters)


@every_exercise
def test_what_is_withheld_exists_in_the_library_and_contains_the_reference(exercise: Exercise) -> None:
    assert any(_library_object(name) is exercise.reference for name in exercise.withheld)


def _library_object(name: str) -> object:
    module, *path = name.split(".")
    value: object = importlib.import_module(f"machine_room.{module}")
    for part in path:
        value = getattr(value, part)
    return value


@pytest.mark.parametrize(("exercise", "function"), bank)
def test_a_function_of_the_bank_stands_alone_in_a_notebook(exercise: Exercise, function: Callable[..., Any]) -> None:
    """Its source, under the exercise's name and with NumPy alone, does what the function does."""
    lines = textwrap.dedent(inspect.getsource(function)).splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("def "))
    source = re.sub(r"^def \w+", f"def {exercise.name}", "\n".join(lines[start:]))
    namespace: dict[str, object] = {"np": np}
    exec(compile(source, "<cell>", "exec"), namespace)
    pasted = namespace[exercise.name]
    unknown = _globals_of(pasted.__code__) - set(vars(builtins)) - {"np", exercise.name}  # type: ignore[attr-defined]
    assert not unknown, f"{function.__name__} uses {unknown}, which a notebook does not have"
    case = answers(exercise, VISIBLE_SEED).cases[0]
    did, does = (observe(one, case, exercise.parameters, quiet=True) for one in (function, pasted))  # type: ignore[arg-type]
    assert agree(exercise, case, did, does)


def _globals_of(code: types.CodeType) -> set[str]:
    names = {str(i.argval) for i in dis.get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return names.union(*(_globals_of(inner) for inner in code.co_consts if isinstance(inner, types.CodeType)))


@every_exercise
def test_cases_survive_a_function_that_spoils_everything_it_is_given(exercise: Exercise) -> None:
    def vandal(*args: object, **kwargs: object) -> None:
        for value in (*args, *kwargs.values()):
            if isinstance(value, np.ndarray):
                value[...] = 0

    before = [_bytes(case) for case in answers(exercise, VISIBLE_SEED).cases]
    assert not run_check(exercise, vandal, seed=VISIBLE_SEED).passed
    assert [_bytes(case) for case in answers(exercise, VISIBLE_SEED).cases] == before


def test_a_declaration_returns_the_function_so_that_it_can_be_used() -> None:
    exercise = _square()
    assert exercise.mistakes[0].function(3) == 6
    assert exercise.variants[0](3) == 9
    assert repr(exercise) == "<Exercise square: 1 mistakes, 1 variants>"


def _square() -> Exercise:
    def square(x):
        return x * x

    exercise = Exercise(reference=square, cases=lambda rng: [Case("a number", (rng.normal(),))])

    @exercise.mistake("Times itself, not times 2.")
    def doubles(x):
        return 2 * x

    @exercise.also_correct
    def powers(x):
        return x**2

    assert doubles(1) == 2
    assert powers(2) == 4
    return exercise
