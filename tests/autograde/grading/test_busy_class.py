"""The longest assignment beside busy loops: as the benchmark of that name, with one hand-in."""

from __future__ import annotations

from pathlib import Path

from benchmarks.busy import grade_quiet_and_busy

LOOPS = 4  # they leave a fifth of a processor; a machine that leaves less than a fortieth would stop the work


def test_honest_work_of_06_gets_the_same_points_beside_busy_loops(tmp_path: Path) -> None:
    both = grade_quiet_and_busy(tmp_path, students=1, loops=LOOPS)
    (student,) = both.quiet
    assert both.quiet[student].points == 19.0  # all but what a person grades
    assert both.graded_otherwise() == both.cut_off() == []
    assert both.longer_than_allowed() == [student]  # by the clock on the wall it would have been stopped
