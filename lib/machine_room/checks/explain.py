"""A wrong answer explained. By now it is wrong, and what it is worth is fixed: explaining can only add words.

A wrong answer may be anything, and what is said about it takes it further apart than comparing did. So there is one
place, `explain`, where whatever fails is caught and a plain sentence told.
"""

from __future__ import annotations

import contextlib
import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from machine_room.checks.answers import Answers
from machine_room.checks.compare import Difference
from machine_room.checks.diagnose import Outcome, Ruling, diagnose
from machine_room.checks.evidence import Later
from machine_room.checks.observe import Observation, enough, observe
from machine_room.checks.picture import curves
from machine_room.checks.show import Message, Step, Steps, failure, not_written
from machine_room.exercises.exercise import Case, Exercise
from machine_room.translation import say, sentence

__all__ = ["Explanation", "Later", "explain", "quietly"]

PLAINLY = {
    Outcome.MISSING: sentence("{name} is not written yet."),
    Outcome.ERROR: sentence("Your function raised an error. Run the call below in a cell of its own to see which."),
    Outcome.WRONG: (
        sentence(
            "Your result is not the expected one, and too unusual to say more: run the call below in a cell of its "
            "own and print the type, the shape and the size of what your function returns."
        )
    ),
}


@dataclass(frozen=True)
class Explanation:
    """What to tell whose answer is wrong; `mistake` names a known one, `seen` is what the first step says."""

    mistake: str | None
    hint: str
    message: Message
    seen: str = ""


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Work with a student's numbers: neither NumPy's warnings nor anyone's may come out, or become errors."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def explain(
    answers: Answers,
    observed: Sequence[Observation],
    failing: Mapping[int, Sequence[Difference]],
    ruling: Ruling,
    *,
    hidden: bool,
    function: Callable[..., Any] | None,
    step: Step = Step.IDEA,
) -> Explanation:
    """Say what is wrong, as well as it can be said; never raises for an answer's sake.

    Args:
        answers, observed: what was asked for, and what came.
        failing: the differences found, by index of the case.
        ruling: how the check has ended, and which case to show.
        hidden: whether the cases are the hidden ones.
        function: the student's, where it may be called again to find out more; or a `Later`, or None.
        step: how much is told unfolded.
    """
    try:
        with quietly():
            return _explained(answers, observed, failing, ruling, hidden=hidden, function=function, step=step)
    except Exception:  # whatever it is: a wrong answer stays wrong
        hint = say(PLAINLY[ruling.outcome], name=answers.exercise.name)
        return Explanation(None, hint, _message(answers, failing, ruling, Steps(hint), hidden=hidden), hint)


def _explained(
    answers: Answers,
    observed: Sequence[Observation],
    failing: Mapping[int, Sequence[Difference]],
    ruling: Ruling,
    *,
    hidden: bool,
    function: Callable[..., Any] | None,
    step: Step = Step.IDEA,
) -> Explanation:
    diagnosis = diagnose(answers, observed, failing, ruling, function=function)
    exercise = answers.exercise
    if ruling.outcome is Outcome.MISSING:
        return Explanation(None, diagnosis.hint, not_written(diagnosis.hint), diagnosis.seen)
    drawable = _drawable(exercise, function, diagnosis.mistake) if ruling.outcome is Outcome.WRONG else None
    drawn = "" if drawable is None else picture(exercise, drawable, answers.cases[ruling.case].kwargs)
    found = failing[ruling.case]
    steps = Steps(diagnosis.seen, diagnosis.idea, say(formula(exercise)), step)
    message = _message(answers, failing, ruling, steps, found, hidden=hidden, picture=drawn)
    return Explanation(diagnosis.mistake, diagnosis.hint, message, diagnosis.seen)


def _drawable(
    exercise: Exercise, function: Callable[..., Any] | None, mistake: str | None
) -> Callable[..., Any] | None:
    """Whose curve is drawn: the student's; where that may not be called, the one of a known mistake that explains all.

    In grading that is how a recognised mistake has its picture: no code of a student's runs for it.
    """
    if not isinstance(function, Later):
        return function
    if function.wanted:
        return None
    return next((known.function for known in exercise.mistakes if known.name == mistake), None)


def formula(exercise: Exercise) -> str:
    """Return the sentence in which the library says what its function returns; empty where that is no formula."""
    first = " ".join((inspect.getdoc(exercise.reference) or "").split("\n\n")[0].split())
    return first if "`" in first else ""


def _message(
    answers: Answers,
    failing: Mapping[int, Sequence[Difference]],
    ruling: Ruling,
    steps: Steps,
    found: Sequence[Difference] = (),
    *,
    hidden: bool,
    picture: str = "",
) -> Message:
    return failure(
        answers.exercise,
        answers.cases[ruling.case],
        found,
        steps=steps,
        failed=len(failing),
        total=len(answers.cases),
        hidden=hidden,
        picture=picture,
    )


def picture(exercise: Exercise, function: Callable[..., Any], settings: Mapping[str, Any]) -> str:
    """Draw the student's curve over the expected one; nothing where there is none, or both are the same."""
    if exercise.curve is None:
        return ""
    z = np.linspace(exercise.curve.low, exercise.curve.high, 121)
    case = Case("curve", exercise.curve.arguments(z), settings)
    expected = observe(exercise.reference, case, exercise.parameters, quiet=True).value
    yours = observe(function, case, exercise.parameters, quiet=True, most=enough(expected)).value
    drawable = type(yours) is np.ndarray and yours.shape == z.shape and yours.dtype.kind in "iuf"
    if not drawable or np.allclose(yours, expected, equal_nan=True):  # two equal curves would say that all is well
        return ""
    with_settings = "".join(f", {name}={value!r}" for name, value in settings.items())
    return curves(z, expected, yours.astype(float), exercise.curve.label, with_settings)
