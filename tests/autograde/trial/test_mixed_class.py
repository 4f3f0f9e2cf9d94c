"""Hostile work among honest: as the benchmark of that name, with few of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograde.trial.hostile import BURNING, HOSTILE, HOSTILE_AND_MORE
from autograde.trial.synthetic import Submission, mixed_class
from benchmarks.hostile import Both, grade_both
from benchmarks.watching import Part

pytestmark = pytest.mark.xdist_group("mixed-class")  # one class is graded for all of these

ROOT = Path(__file__).resolve().parents[3]
SOURCE, RELEASE = (ROOT / part / "01-backprop" / "backprop.ipynb" for part in ("source", "release"))
FEW = 12


def make(*, honest: int, hostile: int, burning: int = 3) -> list[Submission]:
    return mixed_class(RELEASE, SOURCE, "01-backprop", honest=honest, hostile=hostile, burning=burning)


def test_the_honest_ones_are_the_same_whoever_is_beside_them() -> None:
    alone, among = make(honest=30, hostile=0), make(honest=30, hostile=40)
    assert alone == [one for one in among if one.honest]
    assert [one.honest for one in among[:4]] == [True, False, True, False]
    assert len({one.student for one in among}) == len(among) == 70


def test_every_kind_of_attack_comes_and_few_burn_their_time() -> None:
    hostile = make(honest=0, hostile=300, burning=7)
    assert {one.kind for one in hostile} == set(HOSTILE_AND_MORE) > set(HOSTILE)
    assert sum(one.kind in BURNING for one in hostile) == 7
    assert len({one.exercise for one in hostile}) == 12
    assert len({one.content for one in hostile}) == 300


@pytest.mark.parametrize("kind", HOSTILE_AND_MORE)
def test_an_attack_is_a_cell_of_python(kind: str) -> None:
    compile(HOSTILE_AND_MORE[kind].replace("{name}", "asked_for"), kind, "exec")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    return grade_both(tmp_path_factory.mktemp("both"), honest=FEW, hostile=FEW, burning=1, every=0.2)


def test_honest_work_gets_the_same_verdict_alone_and_among_hostile_work(both: Both) -> None:
    assert len(both.honest) == len(both.hostile) == FEW
    assert both.not_judged() == []
    assert both.graded_otherwise() == both.told_otherwise() == []
    assert any(both.among[student].points == both.among[student].max_points for student in both.honest)


def test_an_attack_gains_nothing(both: Both) -> None:
    assert both.gained() == []
    assert both.outcomes().total() == FEW


def test_the_processes_of_a_run_are_seen(both: Both) -> None:
    assert both.cost_among.processes(Part.PARENT) == 1
    assert both.cost_among.processes(Part.WORKER) >= 1
    assert both.cost_among.processes(Part.ZYGOTE) >= 1
    assert all(0 < both.cost_among.highest(part) < 1 << 30 for part in Part)
    assert both.cost_among.cpu_seconds > 0 < both.cost_among.wall_seconds
