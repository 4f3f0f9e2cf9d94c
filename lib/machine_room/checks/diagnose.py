"""Why an answer is wrong: one clue after the other, the surest first. Whatever a clue says has been tried before.

1. What is kept between calls; a changed first line; another function of the student's that is wrong.
2. The exercise's known mistakes: in every case, or in all that one of them changes.
3. A right formula with one slip; two known mistakes together; what becomes right with a setting out of the way.
4. A right formula with two slips; what can be said of any wrong numbers: relations, and where they are right.

Where all is right but a case that the check has made (`further`), what kind of case that is comes in place of 3 and 4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from machine_room.checks import symptoms
from machine_room.checks.answers import Answers
from machine_room.checks.beyond import beyond, lost_axis
from machine_room.checks.compare import Difference, Kind, agree, all_finite
from machine_room.checks.evidence import Diagnosis, Evidence, Later, Spent, Trials
from machine_room.checks.headers import changed_header, exchanged_arguments
from machine_room.checks.helpers import blamed_helpers, may_call_others
from machine_room.checks.matches import part_match, whole_match
from machine_room.checks.neutral import neutral_settings
from machine_room.checks.observe import Observation, same
from machine_room.checks.orders import reordered, reordered_mistake
from machine_room.checks.remembered import remembered
from machine_room.checks.single import single_precision
from machine_room.checks.slipped import Found, one_slip, two_mistakes, two_slips
from machine_room.checks.where import where_right
from machine_room.translation import say

__all__ = ["Outcome", "Ruling", "diagnose", "rule"]


class Outcome(StrEnum):
    """How a check has ended. As text these are in journals: never change one."""

    CORRECT = "correct"
    WRONG = "wrong"  # it ran, and something differs
    MISSING = "missing"  # not written yet
    ERROR = "error"  # it raised


@dataclass(frozen=True)
class Ruling:
    """How a check that did not pass has ended, and the case to show (its index)."""

    outcome: Outcome
    case: int


def rule(answers: Answers, observed: Sequence[Observation], failing: Mapping[int, Sequence[Difference]]) -> Ruling:
    """Say how the check ends where something differs. This looks at no number of the student's: it cannot fail."""
    shown = min(failing, key=lambda index: (failing[index][0].kind is Kind.WARNED, answers.cases[index].size, index))
    if all(seen.raised is not None and seen.raised.not_written for seen in observed):
        return Ruling(Outcome.MISSING, shown)
    return Ruling(Outcome.ERROR if failing[shown][0].kind is Kind.RAISED else Outcome.WRONG, shown)


def diagnose(
    answers: Answers,
    observed: Sequence[Observation],
    failing: Mapping[int, Sequence[Difference]],
    ruling: Ruling,
    *,
    function: Callable[..., Any] | None = None,
) -> Diagnosis:
    """Name what went wrong.

    Args:
        answers: the cases and what is known about them.
        observed: what the student's function did, case by case.
        failing: the differences found, by index of the case; not empty.
        ruling: how the check has ended.
        function: the student's, where it may be called again to find out more; or a `Later`.
    """
    if ruling.outcome is Outcome.MISSING:
        return Diagnosis(symptoms.not_written(answers.exercise, observed))
    evidence = Evidence(answers, observed, failing, ruling.case, _trials(answers, function))
    if isinstance(function, Later):
        function.wanted = may_call_others(answers.exercise) or _known(evidence) is None
    return _first(_clues(evidence), evidence)


def _trials(answers: Answers, function: Callable[..., Any] | None) -> Trials | None:
    if isinstance(function, Later):
        return None
    return None if function is None else Trials(answers.exercise, function)


Clue = Callable[[Evidence], Diagnosis | None]


def _first(clues: Sequence[Clue], evidence: Evidence) -> Diagnosis:
    for clue in clues:
        try:
            found = clue(evidence)
        except Spent:  # it says nothing, then
            continue
        if found is not None:
            return found if clue in _WHOLE else _with_the_rest(found, evidence)
    return _with_the_rest(_symptoms(evidence), evidence)


def _with_the_rest(found: Diagnosis, evidence: Evidence) -> Diagnosis:
    """Add what is wrong besides and of another kind: an argument that is changed, an error in some case."""
    rest = symptoms.of_another_kind(evidence)
    if not rest:
        return found
    idea = f"{found.idea} {rest}" if found.idea else ""
    return replace(found, seen=f"{found.seen} {rest}", idea=idea)


def _clues(evidence: Evidence) -> Sequence[Clue]:
    """Which clues to ask. Where only a case that we made is wrong, what others would say of it they have not tried."""
    if evidence.failing[evidence.shown][0].kind is Kind.ORDER:
        return (beyond,)
    if evidence.answers.trial(evidence.shown) is not None:
        return _CLUES_BEYOND if evidence.trials else (_remembered, _known, _single_precision, beyond)
    return _CLUES if evidence.trials else _CLUES_WITHOUT_CALLS


def _kept(evidence: Evidence) -> Diagnosis | None:
    """Call the case that is shown once more: what is kept between calls makes every other clue worthless."""
    case, before = evidence.answers.cases[evidence.shown], evidence.observed[evidence.shown]
    assert evidence.trials is not None
    after = evidence.trials.did(case, most=evidence.enough)
    if before.raised is not None or after.raised is not None:
        return None
    if evidence.exercise.measure is None:
        kept = not agree(evidence.exercise, case, before, after)
    else:  # random numbers from elsewhere are known mistakes
        kept = not same(before.value, after.value) and _known(evidence) is None
    return Diagnosis(say(symptoms.AGAIN)) if kept else None


def _remembered(evidence: Evidence) -> Diagnosis | None:
    said = remembered(evidence)
    return Diagnosis(_seen(evidence), said) if said else None


def _single_precision(evidence: Evidence) -> Diagnosis | None:
    said = single_precision(evidence)
    return Diagnosis(_seen(evidence), said) if said else None


def _ignores_the_generator(evidence: Evidence) -> Diagnosis | None:
    """Where random numbers are asked for: draw the same case with another generator, and see whether it matters."""
    case, before = evidence.answers.cases[evidence.shown], evidence.observed[evidence.shown]
    changed = None if evidence.exercise.measure is None else symptoms.with_another_generator(case)
    of_numbers = evidence.failing[evidence.shown][0].kind in (Kind.VALUES, Kind.CHANCE, Kind.AGAIN)
    if changed is None or not of_numbers or before.raised is not None or not all_finite(before.value):
        return None
    assert evidence.trials is not None
    asked = evidence.trials.asked(changed)
    if same(asked.value, evidence.answers.expected[evidence.shown].value):
        return None
    stuck = same(evidence.trials.did(changed, most=evidence.enough).value, before.value)
    return Diagnosis(say(symptoms.NOT_RANDOM)) if stuck else None


def _header(evidence: Evidence) -> Diagnosis | None:
    said = changed_header(evidence)
    return Diagnosis(said) if said else None


def _helpers(evidence: Evidence) -> Diagnosis | None:
    names, rest = blamed_helpers(evidence)
    if not names:
        return None
    if rest is None:
        return Diagnosis(symptoms.blamed(evidence.exercise, names))
    own = _first([clue for clue in _clues(rest) if clue is not _helpers], rest)
    said = symptoms.also_blamed(names)
    return Diagnosis(" ".join(filter(None, [own.seen, said])), " ".join(filter(None, [own.idea, said])), own.mistake)


def _known(evidence: Evidence) -> Diagnosis | None:
    first = evidence.failing[evidence.shown][0]
    mistake = whole_match(evidence.answers, evidence.observed, first.yours if first.kind is Kind.CHANCE else None)
    return None if mistake is None else Diagnosis(_seen(evidence), mistake.said, mistake.name)


def _known_in_part(evidence: Evidence) -> Diagnosis | None:
    found = part_match(evidence.answers, evidence.observed, evidence.failing)
    if found is None:
        return None
    mistake, others = found
    return Diagnosis(_seen(evidence), f"{mistake.said} {symptoms.besides(others)}", mistake.name)


def _neutral(evidence: Evidence) -> Diagnosis | None:
    if evidence.failing[evidence.shown][0].kind is not Kind.VALUES:
        return None
    found = neutral_settings(evidence)
    if found is None:
        return None
    if found.mistake is None:
        more = symptoms.of_numbers(evidence)
        right = say("With {words} all is right: look at {about}.", words=found.words, about=found.about)
        return Diagnosis(_seen(evidence), f"{more} {right}" if more else right)
    second = say(
        "A second thing is wrong: with {words} only the first is left, so look at {about}, too.",
        words=found.words,
        about=found.about,
    )
    return Diagnosis(_seen(evidence), f"{found.mistake.said} {second}", found.mistake.name)


def _known_and_related(evidence: Evidence) -> Diagnosis | None:
    if evidence.failing[evidence.shown][0].kind is not Kind.VALUES or symptoms.of_numbers(evidence):
        return None
    found = symptoms.known_and_related(evidence)
    if found is None:
        return None
    mistake, besides = found
    return Diagnosis(
        _seen(evidence),
        say("{hint} A second thing is wrong besides: {besides}.", hint=mistake.said, besides=say(besides)),
        mistake.name,
    )


def _reordered(evidence: Evidence) -> Diagnosis | None:
    """Where shapes differ: put the parts of the result into another order, and look at what is wrong then."""
    if evidence.failing[evidence.shown][0].kind is not Kind.SHAPE:
        return None
    found = reordered(evidence)
    if found is None:
        return None
    order, rest = found
    said = say("The results stand in another order: return {order}.", order=order)
    if rest is None:
        return Diagnosis(said)
    own = _first(_CLUES_OF_NUMBERS, rest)
    return Diagnosis(said, say("{said} A second thing is wrong besides: {hint}", said=said, hint=own.hint), own.mistake)


def _reordered_mistake(evidence: Evidence) -> Diagnosis | None:
    """Where all parts have one shape: in another order, are they a known mistake's?"""
    found = reordered_mistake(evidence) if _of_values(evidence) else None
    if found is None:
        return None
    order, mistake = found
    said = say("The results stand in another order: return {order}.", order=order)
    return Diagnosis(
        _seen(evidence),
        say("{said} A second thing is wrong besides: {hint}", said=said, hint=mistake.said),
        mistake.name,
    )


def _one_slip(evidence: Evidence) -> Diagnosis | None:
    if not _of_values(evidence) or symptoms.of_all_numbers(evidence):
        return None
    return _slipped(evidence, one_slip(evidence))


def _two_mistakes(evidence: Evidence) -> Diagnosis | None:
    return _slipped(evidence, two_mistakes(evidence)) if _of_values(evidence) else None


def _two_slips(evidence: Evidence) -> Diagnosis | None:
    if not _of_values(evidence) or symptoms.of_all_numbers(evidence):
        return None
    return _slipped(evidence, two_slips(evidence))


def _of_values(evidence: Evidence) -> bool:
    return evidence.failing[evidence.shown][0].kind is Kind.VALUES


def _slipped(evidence: Evidence, found: Found | None) -> Diagnosis | None:
    if found is None:
        return None
    mistake = found.mistakes[0].name if found.mistakes else None
    return Diagnosis(_seen(evidence), found.sentence, mistake)


def _exchanged(evidence: Evidence) -> Diagnosis | None:
    said = exchanged_arguments(evidence)
    return Diagnosis(said) if said else None


def _symptoms(evidence: Evidence) -> Diagnosis:
    described = lost_axis(evidence) or symptoms.describe(evidence)
    if evidence.failing[evidence.shown][0].kind is Kind.VALUES:
        telling = symptoms.of_numbers(evidence)
        if telling:
            return Diagnosis(_seen(evidence) or described, described)
    return Diagnosis(_with_where(described, evidence))  # who asked for more would read the same again


def _seen(evidence: Evidence) -> str:
    """The first step: where it is wrong, without a word about why."""
    first = evidence.failing[evidence.shown][0]
    if first.kind is Kind.AGAIN and evidence.exercise.measure is not None:
        return ""  # it may be the very same again, for another generator
    if first.kind is not Kind.VALUES:
        return lost_axis(evidence) or symptoms.describe(evidence)
    return where_right(evidence) or symptoms.how_far(evidence)


def _with_where(described: str, evidence: Evidence) -> str:
    telling = evidence.failing[evidence.shown][0].kind in (Kind.VALUES, Kind.RAISED, Kind.SHAPE, Kind.TYPE)
    where = where_right(evidence) if telling else ""
    return f"{described} {where}" if where and where not in described else described


_CLUES: tuple[Clue, ...] = (
    _kept, _remembered, _header, _helpers, _known, _single_precision, _ignores_the_generator, _one_slip, _two_mistakes,
    _reordered_mistake, _known_in_part, _reordered, _neutral, _exchanged, _known_and_related, _two_slips,
)  # fmt: skip
_CLUES_WITHOUT_CALLS: tuple[Clue, ...] = (_remembered, _known, _single_precision, _known_in_part, _known_and_related)
_CLUES_OF_NUMBERS: tuple[Clue, ...] = (_known, _known_in_part, _neutral, _known_and_related)
#: Where all of the exercise's own cases are right.
_CLUES_BEYOND: tuple[Clue, ...] = (_kept, _remembered, _helpers, _known, _single_precision, beyond)
#: Clues that explain everything that differs.
_WHOLE: tuple[Clue, ...] = (_kept, _remembered, _header, _helpers, _known, beyond)
