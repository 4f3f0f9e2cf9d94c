"""Settings out of the way: with epsilon next to 0, one example, one layer, is what remains right, or a known mistake?

What is found says which setting is used wrongly, and lets a mistake be seen that another one hides. Every sentence has
been tried on all cases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np

from machine_room.checks.compare import agree, value_differences
from machine_room.checks.evidence import Evidence, Trials
from machine_room.checks.matches import praises
from machine_room.checks.observe import MAX_ENTRIES, Observation, enough
from machine_room.exercises.exercise import Case, Exercise, Mistake
from machine_room.translation import sentence

__all__ = ["Neutral", "neutral_settings"]

#: Settings by name, and the value with which they do nothing, or next to it where 0 itself is refused.
WITHOUT_EFFECT = {
    "epsilon": 1e-30,
    "epsilon_inside": True,
    "min_delta": 0.0,
    "cooldown": 0,
    "min_rate": 0.0,
    "weight_decay": 0.0,
    "l1": 0.0,
    "l2": 0.0,
    "rate": 0.0,
    "beta": 0.0,
    "beta1": 0.0,
    "beta2": 0.0,
    "c": 1.0,
    "staircase": False,
    "approximate": False,
    "training": False,
}
#: With these out of the way the formula is still there.
FORMULA_STAYS = ("epsilon", "epsilon_inside", "min_delta", "cooldown", "min_rate", "weight_decay", "l1", "l2", "c")
#: Arrays that are added to something, or remembered: with zeros in their place they do nothing.
ADDED = ("bias", "bias1", "bias2", "m", "s")


@dataclass(frozen=True)
class Neutral:
    """What is so with a setting out of the way: all is right (`mistake` is None), or a known mistake stands alone."""

    words: str
    about: str
    mistake: Mistake | None


@dataclass(frozen=True)
class _Setting:
    """A way to take something out of the cases; `change` returns None where a case has nothing of it."""

    words: str
    about: str
    change: Callable[[Case], Case | Sequence[Case] | None]
    name: str = ""

    @property
    def leaves_the_formula(self) -> bool:
        """Whether so much is left that a mistake can be told: with beta 0, or one example, many are alike."""
        return self.name in FORMULA_STAYS


def neutral_settings(evidence: Evidence) -> Neutral | None:
    """Return what becomes clear with one setting out of the way; None where nothing does."""
    if evidence.exercise.measure is not None:  # of random results a moment would be right by luck
        return None
    tried = []
    for setting in _settings(evidence.exercise, evidence.answers.cases):
        cases = _changed(evidence, setting)
        if not cases:
            continue
        found = _all_right(evidence, cases)
        if found:
            return Neutral(setting.words, setting.about, None)
        tried.append((setting, cases))
    for setting, cases in tried:
        mistake = _known(evidence, cases) if setting.leaves_the_formula else None
        if mistake is not None and setting.name not in mistake.hint:
            return Neutral(setting.words, setting.about, mistake)
    return None


def _settings(exercise: Exercise, cases: Sequence[Case]) -> Iterator[_Setting]:
    used = {name for case in cases for name in case.kwargs}
    for name, value in WITHOUT_EFFECT.items():
        if name in used:
            said = f"{name} {value:g}" if type(value) is not bool else f"{name} {value}"
            words = sentence("{name} next to 0", name=name) if name == "epsilon" else said
            yield _Setting(words, _about(name, said), _with_setting(name, value), name)
    yield _Setting(
        sentence("one example"),
        sentence("what mixes examples: a mean, a sum, a division, an axis, an index"),
        _each_example,
    )
    yield _Setting(sentence("one layer"), sentence("what is done for every layer"), _one_layer)
    yield _Setting(
        sentence("one parameter"),
        sentence("what is done for each by itself: no sum or mean over all of them"),
        _one_entry,
    )
    for place, name in enumerate(exercise.parameters):
        if name in ADDED:
            yield _Setting(
                sentence("{name} 0 everywhere", name=name),
                sentence("what you do with {name}", name=name),
                _with_zeros(place),
            )


def _about(name: str, said: str) -> str:
    """Where to look: a setting of 0 may take terms away with it, which can be wrong in themselves."""
    if name in FORMULA_STAYS:
        return sentence("how {name} is used", name=name)
    return sentence("how {name} is used, and at all that {setting} takes away", name=name, setting=said)


def _with_setting(name: str, value: Any) -> Callable[[Case], Case | None]:
    def change(case: Case) -> Case | None:
        return replace(case, kwargs={**case.kwargs, name: value})

    return change


def _each_example(case: Case) -> Sequence[Case] | None:
    """Return each example by itself: the first alone may be one that shows nothing."""
    rows = next((len(value) for value in case.args if isinstance(value, np.ndarray) and value.ndim == 2), 0)
    if rows < 2:
        return None
    first = next(place for place, value in enumerate(case.args) if isinstance(value, np.ndarray) and value.ndim == 2)
    if first != 0:  # the batch comes first wherever there is one
        return None
    return [_example(case, row, rows) for row in range(rows)]


def _example(case: Case, row: int, rows: int) -> Case:
    return replace(
        case,
        args=tuple(
            value[row : row + 1] if isinstance(value, np.ndarray) and len(value) == rows else value
            for value in case.args
        ),
    )


def _one_entry(case: Case) -> Case | None:
    """Only where all arrays are lists of equally many: what is asked for goes entry by entry, then."""
    sizes = {value.shape for value in case.args if isinstance(value, np.ndarray)}
    if len(sizes) != 1 or len(shape := sizes.pop()) != 1 or shape[0] < 2 or any(map(callable, case.args)):
        return None
    return replace(case, args=tuple(v[:1] if isinstance(v, np.ndarray) else v for v in case.args))


def _one_layer(case: Case) -> Case | None:
    places = [place for place, value in enumerate(case.args) if type(value) in (list, tuple) and len(value) > 1]
    if len(places) != 1 or not all(isinstance(item, (np.ndarray, tuple)) for item in case.args[places[0]]):
        return None
    return replace(case, args=tuple(v[:1] if place == places[0] else v for place, v in enumerate(case.args)))


def _is_array(case: Case, place: int) -> bool:
    return place < len(case.args) and isinstance(case.args[place], np.ndarray)


def _with_zeros(place: int) -> Callable[[Case], Case | None]:
    def change(case: Case) -> Case | None:
        if not _is_array(case, place) or case.args[place].dtype.kind != "f":
            return None
        return replace(case, args=(*case.args[:place], np.zeros_like(case.args[place]), *case.args[place + 1 :]))

    return change


def _changed(evidence: Evidence, setting: _Setting) -> list[Case]:
    """The cases with the setting out of the way; none unless all wrong ones have it, and it matters."""
    trials = evidence.trials
    assert trials is not None
    changed = [_as_list(setting.change(case)) for case in evidence.wrong_cases]
    if not all(changed):
        return []
    telling = any(
        _is_telling(evidence.exercise, case, trials.asked(case), trials.asked(one))
        for case, ones in zip(evidence.wrong_cases, changed, strict=True)
        for one in ones
    )
    right = [case for index, case in enumerate(evidence.answers.cases) if index not in evidence.failing]
    others = [_as_list(setting.change(case)) for case in right]
    return list(chain(*changed, *others)) if telling else []


def _as_list(changed: Case | Sequence[Case] | None) -> Sequence[Case]:
    if changed is None:
        return ()
    return (changed,) if isinstance(changed, Case) else changed


def _is_telling(exercise: Exercise, case: Case, before: Observation, after: Observation) -> bool:
    if before.raised is not None or after.raised is not None:
        return False
    differs = any(value_differences(exercise, case, before.value, after.value))
    numbers = [value for value in _numbers(after.value) if np.size(value)]
    return differs and any(np.any(value) for value in numbers)


def _numbers(value: Any) -> list[Any]:
    if type(value) in (tuple, list):
        return [number for item in value for number in _numbers(item)]
    if type(value) is dict:
        return [number for item in value.values() for number in _numbers(item)]
    return [value] if type(value) in (int, float, np.ndarray) else []


def _all_right(evidence: Evidence, cases: Sequence[Case]) -> bool:
    assert evidence.trials is not None
    return evidence.trials.are_right(cases)


def _known(evidence: Evidence, cases: Sequence[Case]) -> Mistake | None:
    """Return the known mistake that the function does in all of the cases, in one of which at least it shows."""
    trials = evidence.trials
    assert trials is not None
    seen = [trials.did(case, most=enough(trials.asked(case).value)) for case in cases]
    if any(one.raised is not None for one in seen) or not any(np.any(n) for one in seen for n in _numbers(one.value)):
        return None  # what is 0 everywhere is as any mistake that is
    for mistake in evidence.exercise.mistakes:
        if not praises(mistake) and _does(evidence.exercise, trials, mistake, cases, seen):
            return mistake
    return None


def _does(
    exercise: Exercise, trials: Trials, mistake: Mistake, cases: Sequence[Case], seen: Sequence[Observation]
) -> bool:
    other = Trials(exercise, mistake.function, len(cases))
    shows = False
    for case, yours in zip(cases, seen, strict=True):
        known = other.did(case, most=MAX_ENTRIES)
        if known.raised is not None or not agree(exercise, case, known, yours):
            return False
        shows = shows or any(value_differences(exercise, case, trials.asked(case).value, known.value))
    return shows
