"""Strangers' functions: the right ones pass, the wrong ones are caught, and no hint is known to mislead."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks import strangers as benchmark
from benchmarks.strangers import Judged, checked, judge, wilson
from machine_room.checks import CheckResult
from machine_room.checks.diagnose import Outcome
from machine_room.exercises import all_exercises
from tests.strangers.collection import UNMEASURED, Group, Kind, Stranger, judgements, strangers

MEASURED = [one for one in strangers() if one.group not in UNMEASURED]
WRONG = [pytest.param(one, id=one.key) for one in MEASURED if one.kind is not Kind.RIGHT]
RIGHT = [pytest.param(one, id=one.key) for one in MEASURED if one.kind is Kind.RIGHT]


@pytest.mark.parametrize("stranger", RIGHT)
def test_a_right_function_is_accepted(stranger: Stranger) -> None:
    assert judge(stranger, checked(stranger)) is Judged.ACCEPTED


@pytest.mark.parametrize("stranger", WRONG)
def test_a_wrong_function_is_caught_and_not_misled(stranger: Stranger) -> None:
    assert judge(stranger, checked(stranger)) in (Judged.NAMED, Judged.UNNAMED)


def test_there_are_enough_of_every_kind_and_of_every_exercise() -> None:
    kinds = Counter(one.kind for one in strangers())
    assert kinds[Kind.WRONG] >= 300
    assert kinds[Kind.PAIR] >= 60
    assert kinds[Kind.RIGHT] >= 80
    asked = {exercise.name for exercise in all_exercises() if exercise.score is None}
    tried = {one.exercise.name for one in strangers()}
    assert len(tried & asked) >= 53
    assert len({one.key for one in strangers()}) == len(strangers())
    assert {one.group for one in strangers()} == set(Group)


def test_every_judgement_is_of_a_function_that_is_there() -> None:
    assert set(judgements()) <= {one.key for one in strangers()}
    assert {verdict for said in judgements().values() for verdict in said.values()} <= set(Judged)


def test_intervals_hold_their_share_and_stay_between_0_and_1() -> None:
    for total in (1, 7, 150):
        for hits in (0, total // 2, total):
            low, high = wilson(hits, total)
            assert 0 <= low <= hits / total <= high <= 1


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> list[Stranger]:
    """Check nothing, and keep what was to be checked."""
    asked: list[Stranger] = []

    def passes(one: Stranger) -> CheckResult:
        asked.append(one)
        return CheckResult(one.exercise.name, True, False, Outcome.CORRECT, None, None, "", "")

    monkeypatch.setattr(benchmark, "checked", passes)
    return asked


def test_the_benchmark_leaves_alone_what_is_not_measured_yet(run: list[Stranger]) -> None:
    rows = benchmark.table().rows
    assert run == MEASURED
    assert not any(row[0].startswith(tuple(UNMEASURED)) for row in rows)


def test_one_group_is_run_by_its_name(run: list[Stranger], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    messages = tmp_path / "messages.md"
    benchmark.main([Group.BLIND, "--messages", str(messages)])
    blind = [one for one in strangers() if one.group is Group.BLIND]
    assert run == blind
    printed = capsys.readouterr().out
    assert all(f"{Group.BLIND}, {kind}" in printed for kind in (Kind.WRONG, Kind.PAIR, Kind.RIGHT))
    assert all(one.mistake in messages.read_text(encoding="utf-8") for one in blind)
    assert messages.read_text(encoding="utf-8").count("Passes.") == len(blind)
