"""What a student is shown at once: a table of attacks on it, each with the marker that must not come through.

Two oracles: no marker in anything that is told, and every text in it out of a closed set. That the attacks are ones is
seen by what the same verdicts say once all may be told.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograde.contract.verdict import CellOutput, CellVerdict, Outcome, Verdict
from autograde.course.folder import Course
from autograde.course.watch import Show
from autograde.grading.run import GradeOptions, grade
from autograde.grading.shown import SENTENCES, Answer, State, lines_of
from machine_room.exercises import all_exercises

from .test_run import ASSIGNMENT, RIGHT, hand_in

MARK = "LEAKED"
SAID = f"{MARK} [0.123 4.56]"


def texts(value: Any) -> Iterator[str]:
    """Every text in a piece of JSON that is no key."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)


def told(verdict: Verdict, show: Show, *, whole: bool = False) -> Any:
    """What travels to the student."""
    answer = Answer(State.GRADED, "", lines_of([verdict], show=show, whole=whole), attempt=1, whole=whole)
    return json.loads(json.dumps(answer.to_json()))


def closed_set(verdict: Verdict) -> set[str]:
    names = {name for cell in verdict.cells for name in (cell.exercise, cell.cell_id) if name}
    bank = {mistake.hint for exercise in all_exercises() for mistake in exercise.mistakes}
    return names | bank | set(SENTENCES.values()) | {one.value for one in (*Outcome, *State)} | {""}


# --- whatever a verdict holds


def test_every_outcome_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Outcome)


def poisoned(outcome: Outcome, exercise: str | None, mistake: str | None) -> Verdict:
    """A verdict whose every free text holds the marker."""
    points = None if outcome in (Outcome.GRADER_ERROR, Outcome.NOT_GRADED) else 0.0
    cell = CellVerdict("cell-check", exercise, points, 2.0, outcome, mistake, hint=SAID, text=SAID, html=SAID)
    output = CellOutput("cell", stdout=SAID, stderr=SAID, result=SAID, error=SAID, images=(SAID.encode(),))
    return Verdict("ada", ASSIGNMENT, "small", (cell,), outputs=(output,), notes=(SAID,), key=SAID, file=SAID)


@pytest.mark.parametrize("show", Show)
@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("exercise", [None, "relative_error", "no_such_exercise"])
@pytest.mark.parametrize("mistake", [None, SAID, "no_such_mistake"])
def test_no_free_text_of_a_verdict_is_told(
    show: Show, outcome: Outcome, exercise: str | None, mistake: str | None
) -> None:
    verdict = poisoned(outcome, exercise, mistake)
    found = told(verdict, show)
    assert MARK not in json.dumps(found)
    assert set(texts(found)) <= closed_set(verdict)
    assert MARK in json.dumps(told(verdict, show, whole=True))


def test_a_known_mistake_tells_the_librarys_sentence_and_not_the_verdicts() -> None:
    exercise = next(one for one in all_exercises() if one.mistakes)
    mistake = exercise.mistakes[0]
    verdict = poisoned(Outcome.WRONG, exercise.name, mistake.name)
    assert [line.hint for line in lines_of([verdict], show=Show.HINTS, whole=False)] == [mistake.hint]


def test_a_mistake_of_another_exercise_tells_nothing() -> None:
    first, second, *_ = (one for one in all_exercises() if one.mistakes)
    verdict = poisoned(Outcome.WRONG, first.name, second.mistakes[0].name)
    known = {mistake.name for mistake in first.mistakes}
    assert second.mistakes[0].name not in known
    assert [line.hint for line in lines_of([verdict], show=Show.HINTS, whole=False)] == [SENTENCES[Outcome.WRONG]]


def test_points_alone_say_nothing_but_points() -> None:
    verdict = poisoned(Outcome.WRONG, "relative_error", None)
    [line] = lines_of([verdict], show=Show.POINTS, whole=False)
    assert replace(line, points=None) == type(line)("relative_error", None, 2.0)


# --- attacks, graded in the sandbox

HEAD = "def gradient_descent_step(theta, gradient, *, learning_rate):\n    said = 'LEAKED' + repr((theta, gradient))\n"
#: What a student's code does with what it was called with. Each gets its words onto the page that comes after all.
ATTACKS = {
    "raises it": "    raise ValueError(said)",
    "raises it from within": "    try:\n        1 / 0\n    except Exception as e:\n        raise KeyError(said) from e",
    "raises an error that is called so": "    raise type(said[:60], (Exception,), {})(said)",
    "adds it to an error's notes": "    error = ValueError(said)\n    error.add_note(said)\n    raise error",
    "raises a group of it": "    raise ExceptionGroup(said, [ValueError(said)])",
    "asserts it": "    assert False, said",
    "ends with it": "    raise SystemExit(said)",
    "returns it": "    return said",
    "returns it as keys": "    return {said: theta}",
    "returns an object that shows it": "    return type('T', (), {'__repr__': lambda self: said})()",
    "returns a type that is called so": "    return type(said[:60], (), {})()",
    "returns numbers that are the input": "    return theta * 0 + gradient",
    "warns of it": "    import warnings\n    warnings.warn(said)\n    return theta",
    "prints it": "    print(said)\n    return theta",
    "prints it on stderr": "    import sys\n    print(said, file=sys.stderr)\n    return theta",
    "logs it": "    import logging\n    logging.error(said)\n    return theta",
    "shows it": "    from IPython.display import HTML, display\n    display(HTML(said))\n    return theta",
    "draws it": "    import matplotlib.pyplot as plt\n    plt.title(said)\n    plt.show()\n    return theta",
    "calls itself so": "    gradient_descent_step.__name__ = said[:60]\n    return theta",
    "keeps it for the next cell": "    global kept\n    kept = said\n    return theta",
    "says it where a cell stops": "    global relative_error\n    relative_error = said\n    return theta",
    "runs out of time by it": "    while theta.size:\n        pass",
    "ends Python": "    import os\n    os._exit(int(abs(theta[0]) * 100) % 256)",
}
#: Where nothing of the words can come through, not even when all is told: there are no words.
WORDLESS = {"runs out of time by it", "ends Python", "returns numbers that are the input"}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, small_course: Path) -> dict[str, Verdict]:
    """A class of attackers, with all that their verdicts hold."""
    root = tmp_path_factory.mktemp("attackers")
    for part in ("source", "release"):
        shutil.copytree(small_course / part, root / part)
    (root / "autograde.toml").write_text("[limits]\nrequest_seconds = 1\nsubmission_seconds = 4\n")
    course = Course(root)
    names = {f"s{number:02}": attack for number, attack in enumerate(ATTACKS)}
    for student, attack in names.items():
        hand_in(course, student, relative_error=RIGHT["relative_error"], gradient_descent_step=HEAD + ATTACKS[attack])
    found: dict[str, Verdict] = {}
    grade(
        course, ASSIGNMENT, GradeOptions(workers=1), on_verdict=lambda one: found.update({names[one.student]: one})
    )  # as the watcher is told of it: with every text
    return found


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_a_students_code_says_is_told_at_once(attack: str, graded: dict[str, Verdict]) -> None:
    verdict = graded[attack]
    wrong = next(cell for cell in verdict.cells if cell.exercise == "gradient_descent_step")
    assert wrong.points == 0.0
    for show in Show:
        found = told(verdict, show)
        assert MARK not in json.dumps(found)
        assert set(texts(found)) <= closed_set(verdict)
        assert {line["points"] for line in found["lines"]} <= {None, 0.0, 1.0, 2.5}


def test_the_attacks_are_ones(graded: dict[str, Verdict]) -> None:
    through = {
        attack for attack, verdict in graded.items() if MARK in json.dumps(told(verdict, Show.HINTS, whole=True))
    }
    assert len(through) >= 8
    assert not through & WORDLESS
