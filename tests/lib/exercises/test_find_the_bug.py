"""scheduled_descent: which of the three planted mistakes are left, however they are written, the check says."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograde.trial.synthetic import source_as
from machine_room.checks.run import VISIBLE_SEED, run_check
from machine_room.exercises import find

EXERCISE = find("scheduled_descent")
TEXT = (Path(__file__).parents[3] / "course" / "04-schedules" / "schedules.md").read_text(encoding="utf-8")

#: Each of the three as given, in other words, and mended in several ways.
TIMES = {
    True: [
        "for t in range(1, steps + 1):",
        "for t, _ in enumerate(range(steps), 1):",
        "for t in range(steps):\n        t += 1",
    ],
    False: [
        "for t in range(steps):",
        "for t in np.arange(0, steps):",
        "for t in reversed(range(steps)):\n        t = steps - 1 - t",
    ],
}
RATES = {
    True: [
        "learning_rate = rate = learning_rate * 0.1 ** (t / s)",
        "learning_rate *= 0.1 ** (t / s); rate = learning_rate",
    ],
    False: ["rate = learning_rate * 0.1 ** (t / s)", "rate = learning_rate * np.exp(-t / s * np.log(10))"],
}
ARRAYS = {
    True: [
        "theta -= rate * gradient(theta)",
        "theta[:] = theta - rate * gradient(theta)",
        "np.subtract(theta, rate * gradient(theta), out=theta)",
        "theta += -rate * gradient(theta)",
    ],
    False: ["theta = theta - rate * gradient(theta)", "theta = np.add(theta, -rate * gradient(theta))"],
}
NAMES = {
    (True, True, True): "all_three_are_left",
    (True, True, False): "time_and_rate_are_left",
    (False, True, True): "array_and_rate_are_left",
    (True, False, True): "array_and_time_are_left",
    (True, False, False): "time_is_left",
    (False, True, False): "rate_is_left",
    (False, False, True): "array_is_left",
    (False, False, False): None,
}
LEFT = ["", "one is left", "two are left", "All three"]
WRITTEN = [
    (left, words)
    for left in product((True, False), repeat=3)
    for words in product(TIMES[left[0]], RATES[left[1]], ARRAYS[left[2]])
]


def written(time: str, rate: str, array: str) -> Any:
    names: dict[str, Any] = {"np": np}
    lines = [
        "def scheduled_descent(theta, gradient, *, learning_rate, s, steps):",
        "    path = [theta]",
        f"    {time}",
        f"        {rate}",
        f"        {array}",
        "        path.append(theta)",
        "    return np.array(path)",
    ]
    exec("\n".join(lines), names)
    return names["scheduled_descent"]


@pytest.mark.parametrize(("left", "words"), WRITTEN)
@pytest.mark.parametrize("seed", [VISIBLE_SEED, 0, 1])
def test_what_is_left_is_named_and_counted_however_it_is_written(left: Any, words: Any, seed: Any) -> None:
    result = run_check(EXERCISE, written(*words), seed=seed)
    assert (result.passed, result.mistake) == (not any(left), NAMES[left])
    assert LEFT[sum(left)] in (result.hint or "")


def test_no_hint_says_the_line() -> None:
    """The first red must not be the solution."""
    planted = {name for name in NAMES.values() if name}
    hints = [mistake.hint for mistake in EXERCISE.mistakes if mistake.name in planted]
    assert len(hints) == 7
    for line in ("range(steps)", "theta = theta", ".copy()", "0.1 **"):
        assert not [hint for hint in hints if line in hint]


def test_the_notebook_gives_what_the_bank_calls_all_three() -> None:
    cell = re.search(r":id: given-find-the-bugs-1\n\n(.*?)```", TEXT, re.DOTALL)
    assert cell
    given = re.sub(r'\n    """.*?"""', "", cell[1], flags=re.DOTALL).strip()
    (mistake,) = [one for one in EXERCISE.mistakes if one.name == "all_three_are_left"]
    assert given == source_as("broken_descent", mistake.function).strip()


def test_every_step_of_every_case_is_seen() -> None:
    """A rate that has fallen to nothing would hide what is wrong with later steps."""
    for seed in (VISIBLE_SEED, *range(10)):
        for case in EXERCISE.draw(seed):
            path = EXERCISE.reference(*case.args, **case.kwargs)
            assert path.shape == (case.kwargs["steps"] + 1, len(case.args[0]))
            assert np.abs(np.diff(path, axis=0)).min() > 1e-4
            assert np.abs(path).max() <= 6
