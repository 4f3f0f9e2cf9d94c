"""A minute of everything at once on the course's grader process. Ten minutes of it: `python -m benchmarks serve`."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.serve import trial

pytestmark = pytest.mark.xdist_group("stress")  # one at a time


@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
def test_every_verdict_is_in_none_twice_and_no_score_is_lost(
    where: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("postgresql").new_database() if where == "postgresql" else ""
    found = trial(tmp_path / "course", seconds=30.0, kills=2, students=5, url=url)
    assert found.holds, found
    assert found.kills >= 1
    assert found.entered >= 1
    assert len(found.waits) >= 1
    assert found.handed_in == 7 + len(found.waits)
