"""Folded answers: what a reader opens once they have guessed.

    <details><summary>Answer</summary>

    A little too large, and the ball swings.

    </details>

Jupyter, its relatives and browsers know the two elements. Each stands on a line of its own with blank lines around it,
else what is between them is no Markdown, or the rest of the notebook is folded too.
"""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["CLOSES", "OPENS", "problems_of_folds"]

OPENS, CLOSES = "<details><summary>Answer</summary>", "</details>"


def problems_of_folds(kind: str, text: str) -> Iterator[str]:
    """Say what is wrong with the folds of a cell."""
    lines = ["", *text.split("\n"), ""]
    found = [(number, line) for number, line in enumerate(lines) if "details>" in line or "<details" in line]
    if kind != "markdown":
        return
    for number, line in found:
        if line not in (OPENS, CLOSES):
            yield f"a folded answer begins with the line {OPENS} and ends with {CLOSES}, but here stands {line!r}."
        elif lines[number - 1].strip() or lines[number + 1].strip():
            yield f"{line} stands between blank lines, else what it folds is no Markdown."
    if [line for _, line in found if line in (OPENS, CLOSES)] != [OPENS, CLOSES] * (len(found) // 2):
        yield f"every {OPENS} needs a {CLOSES} after it in the same cell."
