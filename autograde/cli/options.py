"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

__all__ = ["course_option", "isolation_option"]

ISOLATIONS = ("full", "none")


def course_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--course`, which arrives as `root`."""
    return click.option(
        "--course",
        "root",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        default=Path(),
        help="The course folder; default: this one.",
    )(command)


def isolation_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--isolation`, which arrives by its name."""
    return click.option(
        "--isolation",
        type=click.Choice(ISOLATIONS),
        default="full",
        help="full: the sandbox, or refuse. none: students' code runs with your rights; see SECURITY.md.",
    )(command)
