"""What a worker holds after hostile work is what it held before: the same number of objects, round after round.

Resident memory is no measure of that. Some attacks make the judge take apart megabytes, which malloc keeps in pieces.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograde.course import notebook as notebooks
from autograde.grading import pool
from autograde.grading.run import withheld_for
from autograde.inside.limits import Limits
from autograde.sandbox.process import Isolation
from autograde.sandbox.student_view import write_view
from autograde.trial.hostile import BURNING, HOSTILE_AND_MORE

ROOT = Path(__file__).resolve().parents[3]
SOURCE, RELEASE = (ROOT / part / "01-backprop" / "backprop.ipynb" for part in ("source", "release"))
LIMITS = Limits(request_seconds=5.0, submission_seconds=60.0, memory_bytes=300 << 20)
KINDS = sorted(set(HOSTILE_AND_MORE) - BURNING)
FEW = 40  # objects that come and go in this process whatever a worker does; one submission kept is thousands


def hostile_notebooks() -> Iterator[bytes]:
    """Every kind that does not wait for the clock, each in the place of another exercise's solution."""
    exercises = list(notebooks.solutions_of(json.loads(SOURCE.read_text(encoding="utf-8"))))
    for start in range(0, len(KINDS), len(exercises)):
        kinds = KINDS[start : start + len(exercises)]
        edited = json.loads(RELEASE.read_text(encoding="utf-8"))
        attacks = {
            name: HOSTILE_AND_MORE[kind].replace("{name}", name) for name, kind in zip(exercises, kinds, strict=False)
        }
        for cell in edited["cells"]:
            name = notebooks.exercise_of(cell)
            if notebooks.role_of(cell) is notebooks.Role.SOLUTION and name in attacks:
                cell["source"] = attacks[name]
        yield json.dumps(edited).encode()


@pytest.fixture
def jobs(tmp_path: Path) -> list[pool.Job]:
    paths = [tmp_path / f"{number}.ipynb" for number, _ in enumerate(hostile_notebooks())]
    for path, content in zip(paths, hostile_notebooks(), strict=True):
        path.write_bytes(content)
    return [pool.Job(path.stem, path) for path in paths]


def objects() -> int:
    gc.collect()
    return len(gc.get_objects())


def test_hostile_work_leaves_no_object_in_a_worker(tmp_path: Path, jobs: list[pool.Job]) -> None:
    write_view(tmp_path / "view", withheld_for("01-backprop"))
    worker = pool._Worker(pool.Task(SOURCE, 5, LIMITS, Isolation.FULL, tmp_path / "view"))
    held = []
    try:
        for _ in range(3):
            verdicts = [worker.grade(job).verdict for job in jobs]
            assert not any(verdict.grader_errors for verdict in verdicts)
            assert not any(verdict.points for verdict in verdicts)
            del verdicts
            held.append(objects())
    finally:
        worker.close()
    assert len(KINDS) > 30
    assert held[2] - held[1] <= FEW, held
