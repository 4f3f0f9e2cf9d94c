"""`autograde grade` on a cluster: what is asked for together that cannot be, is said before anything starts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from autograde.cli import autograde
from autograde.grading import cluster, local_cluster, run


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--scheduler", "tls://a:1", "--local-cluster", "2"), "either --scheduler or --local-cluster"),
        (("--scheduler", "tls://a:1", "--workers", "2"), "leave --workers out"),
        (("--local-cluster", "2", "--workers", "2"), "leave --workers out"),
        (("--local-cluster", "0"), "--local-cluster"),
    ],
)
def test_what_does_not_go_together_is_refused(options: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(autograde, ["grade", "01-backprop", "--course", str(tmp_path), *options])
    assert done.exit_code == 2
    assert said in done.output


@pytest.mark.parametrize(
    ("options", "address"),
    [(("--scheduler", "tls://far:8786"), "tls://far:8786"), (("--local-cluster", "3"), "tls://here:3")],
)
def test_the_run_works_with_the_crew_at_that_address(
    options: tuple[str, ...], address: str, small_course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def connected(told: str) -> Iterator[str]:
        yield f"the crew at {told}"

    @contextmanager
    def started(workers: int) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(address=f"tls://here:{workers}")

    benches: list[Any] = []
    monkeypatch.setattr(cluster, "connected", connected)
    monkeypatch.setattr(local_cluster, "started", started)
    monkeypatch.setattr(run, "grade", lambda *_, bench, **__: benches.append(bench) or [])
    done = CliRunner().invoke(autograde, ["grade", "01-backprop", "--course", str(small_course), *options])
    assert done.exit_code == 0, done.output
    (bench,) = benches
    assert isinstance(bench, cluster.Cluster)
    assert bench._crew == f"the crew at {address}"  # type: ignore[comparison-overlap]
