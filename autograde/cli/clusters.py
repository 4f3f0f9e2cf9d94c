"""`autograde grade --scheduler` and `--local-cluster`: the same run, with workers somewhere else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import click

from ..contract.verdict import Verdict
from ..report.terminal import complain

__all__ = ["on_a_cluster"]


def on_a_cluster(scheduler: str, local: int | None, workers: int | None) -> Callable[..., list[Verdict]]:
    """What grades instead of `run.grade`.

    Args:
        scheduler: of a cluster that is there; empty: none.
        local: how many workers to start on this machine instead.
        workers: what was asked for by `--workers`.
    """
    if scheduler and local:
        raise click.UsageError("Say either --scheduler or --local-cluster.")
    if workers:
        raise click.UsageError("A cluster has as many workers as are in it: leave --workers out.")

    def grade(*arguments: Any, **options: Any) -> list[Verdict]:
        from ..grading import cluster, local_cluster, run

        with ExitStack() as held:
            address = scheduler
            if local:
                address = held.enter_context(local_cluster.started(local)).address
            crew = held.enter_context(cluster.connected(address))
            return run.grade(*arguments, bench=cluster.Cluster(crew, _told), **options)

    return grade


def _told(sentence: str) -> None:
    complain([sentence])
