"""Everything that a check says is said through the catalogue: seen in a language in which nothing else looks alike."""

from __future__ import annotations

import ast
import html
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from machine_room.checks import CheckResult, check, run_check
from machine_room.checks.observe import observe
from machine_room.checks.show import Step
from machine_room.exercises import all_exercises, find
from machine_room.exercises.exercise import VISIBLE_SEED, Exercise
from machine_room.translation import say
from tests.pseudo_language import english_in, names_in, pseudo_course

TAG = re.compile(r"<[^>]*>")
#: What stands in a message as Python writes it: how numbers, shapes and calls are printed.
PYTHON = {
    "np",
    "array",
    "dtype",
    "bool",
    "float32",
    "float64",
    "int64",
    "nan",
    "inf",
    "True",
    "False",
    "None",
    "lambda",
}
PYTHON |= {"check", "hint", "T", "e", "list", "tuple", "dict"}
EXERCISES = {exercise.name: exercise for exercise in all_exercises()}


@pytest.fixture(autouse=True)
def course(tmp_path: Path) -> Iterator[None]:
    with pseudo_course(tmp_path):
        yield


def code_of(function: Callable[..., Any]) -> str:
    """A function of the bank without what its author says of it."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.decorator_list = []
            if ast.get_docstring(node) is not None:
                node.body[0] = ast.Pass()
    return ast.unparse(tree)


def names_of(exercise: Exercise) -> set[str]:
    """The names that a message about an exercise may quote: its own, and those of the code of its bank."""
    functions = (exercise.reference, *exercise.variants, *(mistake.function for mistake in exercise.mistakes))
    parts = {name for names in exercise.entries.values() for name in names}
    values = {repr(value) for case in exercise.draw(VISIBLE_SEED) for value in plainly(case.args, case.kwargs.values())}
    own = " ".join([exercise.name, *exercise.parameters, *exercise.returns, *parts, *values])
    return set().union(PYTHON, names_in(own), *(names_in(code_of(function)) for function in functions))


def plainly(*groups: Any) -> Iterator[Any]:
    """Words among the arguments, functions by their source."""
    for value in (value for group in groups for value in group):
        if isinstance(value, str | dict | list | tuple):
            yield value
        elif callable(value):
            yield getattr(value, "__name__", "")


def pythons_words(exercise: Exercise, function: Callable[..., Any]) -> set[str]:
    """The words of the errors and warnings that a function causes: Python's and NumPy's, quoted as they are."""
    found: set[str] = set()
    for case in exercise.draw(VISIBLE_SEED):
        seen = observe(function, case, exercise.parameters, quiet=True)
        said = [*seen.warned, *([seen.raised.type_name, seen.raised.message] if seen.raised else [])]
        found |= names_in(" ".join(said))
    return found


def shown(result: CheckResult) -> Iterator[str]:
    yield result.text
    yield html.unescape(TAG.sub(" ", result.html))
    yield from filter(None, (result.hint, result.seen))


@pytest.mark.parametrize("name", EXERCISES)
def test_whatever_mistake_is_made_no_word_of_english_is_said(name: str) -> None:
    exercise = find(name)
    names = names_of(exercise)
    for mistake in exercise.mistakes:
        for step in Step:
            result = run_check(exercise, mistake.function, seed=VISIBLE_SEED, step=step)
            assert not result.passed
            texts = list(shown(result))
            assert any("⟦" in text for text in texts)
            words = set().union(*(english_in(text, names) for text in texts))
            if words:  # an error's are asked for only where there may be one
                words -= pythons_words(exercise, mistake.function)
            assert words == set(), (mistake.name, texts[0])


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_is_praised_in_the_language(name: str) -> None:
    exercise = find(name)
    for hidden in (False, True):
        result = run_check(exercise, exercise.reference, seed=VISIBLE_SEED, hidden=hidden)
        assert all(english_in(text, names_of(exercise)) == set() for text in shown(result))
        assert result.text.startswith("⟦")


def not_written(a: Any, b: Any) -> Any:
    raise NotImplementedError()


@pytest.mark.parametrize(
    ("said", "call"),
    [
        ("⟦çĥéçķ ñééđš ýóúŕ ƒúñçţíóñ íţšéļƒ", lambda: check(3)),  # type: ignore[arg-type]
        ("⟦ĥíñţ ɱúšţ ƀé 1, 2 óŕ 3", lambda: check(find("relative_error").reference, hint=7)),
        ("⟦çĥéçķ ƒíñđš ţĥé éẋéŕçíšé ƀý", lambda: check(lambda a, b: 0)),
        ("⟦ñó éẋéŕçíšé íš çáļļéđ 'not_written'", lambda: check(not_written)),
    ],
)
def test_what_cannot_be_checked_is_told_in_the_language(said: str, call: Callable[[], Any]) -> None:
    with pytest.raises((TypeError, ValueError, LookupError)) as raised:
        call()
    assert said in str(raised.value)


def test_what_is_not_written_yet_is_told_in_the_language() -> None:
    result = run_check(find("relative_error"), not_written, seed=VISIBLE_SEED)
    assert "relative_error íš ñóţ ŵŕíţţéñ ýéţ" in result.text


def test_points_and_names_of_cases_and_mistakes_are_the_same_as_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    from machine_room import translation

    for exercise in all_exercises()[::7]:
        for mistake in exercise.mistakes:
            said = run_check(exercise, mistake.function, seed=VISIBLE_SEED)
            with translation.speaking("en"):
                english = run_check(exercise, mistake.function, seed=VISIBLE_SEED)
            for what in ("exercise", "passed", "outcome", "mistake", "share", "points_share", "cases"):
                assert getattr(said, what) == getattr(english, what)
            assert said.text != english.text


def test_the_hint_that_is_said_is_the_banks() -> None:
    result = run_check(
        find("gradient_descent_step"),
        find("gradient_descent_step").mistakes[0].function,
        seed=VISIBLE_SEED,
    )
    assert result.mistake == "step_climbs"
    assert result.hint == say(find("gradient_descent_step").mistakes[0].hint)
    assert result.hint == "⟦Ţĥáţ ğóéš úþĥíļļ: ţĥé ğŕáđíéñţ þóíñţš ţó ŵĥéŕé ţĥé ļóšš ğŕóŵš. Šúƀţŕáçţ.⟧"
