"""Numbers of a text that its cells say already: `{count: points}` becomes what the points add up to.

A number that is written twice is wrong once. The build fills these in, so that source/ and release/ have the number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

__all__ = ["numbers_of", "problems_of_counts", "with_counts"]

_MARKER = re.compile(r"\{count: ([a-z]+(?: of \w+)?)\}")
_ALIKE = re.compile(r"(?<![\\\w])\{ *counts?[: ][^}\n]*\}?", re.IGNORECASE)  # no argument of LaTeX's


def numbers_of(path: Path, checks: Mapping[str, float], written: float) -> dict[str, str]:
    """What each marker of a text stands for.

    Args:
        path: `course/<assignment>/<name>.md`.
        checks: the points of each exercise; 0 where it is optional.
        written: the points of all answers in words.
    """
    assignments = sorted({text.parent.name for text in path.parent.parent.glob("*/*.md")})
    numbers = {
        "points": sum(checks.values()) + written,
        "exercises": len(checks),
        "notebook": assignments.index(path.parent.name) + 1,
        "notebooks": len(assignments),
        **{f"points of {name}": points for name, points in checks.items()},
    }
    return {name: f"{number:g}" for name, number in numbers.items()}


def with_counts(source: str, numbers: Mapping[str, str]) -> str:
    """Return the text with its numbers."""
    return _MARKER.sub(lambda marker: numbers.get(marker[1], marker[0]), source)


def problems_of_counts(kind: str, source: str, numbers: Mapping[str, str]) -> Iterator[str]:
    """Say which markers of a cell, markdown or code, nothing stands for."""
    if kind == "code":
        found = _MARKER.search(source)
        if found:
            yield f"{found[0]} in a code cell, where nothing fills it in: write it into the text above or below."
        return
    for alike in _ALIKE.finditer(with_counts(source, numbers)):
        yield f"{alike[0]} is no number of this notebook: there are {{count: {'}, {count: '.join(numbers)}}}."
