"""A text line by line, before a parser reads it: what would make one stumble, or go through to students unseen.

Told with the line that it is in. A parser says where it gave up, which may be the first line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

__all__ = ["problems_of_lines"]

#: What a merge leaves where it found two texts. The row of `=` between them may also underline a heading.
CONFLICT = re.compile(r"^(<{7}|>{7}|\|{7})( |$)")
FENCE = re.compile(r"^(`{3,}|~{3,})(.*)$")
CELL = "{code-cell}"
OPTION = re.compile(r"^:([A-Za-z_]\w*)( .*)?$")
BREAK = "+++"
FRONT = "---"
#: Markers of another spelling: nothing would take out what stands between them.
MARKER = re.compile(r"#+ *(begin|end) +(solution|hidden +tests)\b", re.IGNORECASE)
RIGHT = re.compile(r"(BEGIN|END) (SOLUTION|HIDDEN TESTS)")


def problems_of_lines(text: str) -> list[tuple[int, str]]:
    """Say what is wrong with single lines: the number, counted from 1, and a sentence with the remedy."""
    lines = text.split("\n")
    return sorted([*_front(lines), *_single(lines), *_fences(lines)])


def _front(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    if lines[0].rstrip() != FRONT:
        return
    if not any(line.rstrip() == FRONT for line in lines[1:]):
        yield 1, f"the front matter has no end: write a line {FRONT} below it."


def _single(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, 1):
        if CONFLICT.match(line):
            yield number, "a merge left its conflict here: choose one of the two texts, and take the markers out."
        found = MARKER.search(line)
        if found and not RIGHT.search(line):
            right = " ".join(found.group().strip("# ").upper().split())
            yield number, f"a marker is written in capitals, or nothing takes the answer out: write ### {right}."
        if line.startswith(BREAK) and (said := line.removeprefix(BREAK).strip()):
            try:
                json.loads(said)
            except ValueError as error:
                reason = str(error).split(": line")[0]
                yield number, f'what stands behind {BREAK} is no JSON ({reason}): write {BREAK} {{"name": "value"}}.'


def _fences(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Cells that are not closed, and options that are none."""
    opened: tuple[int, str, bool] | None = None  # line, its fence, whether it is a cell
    options = False
    for number, line in enumerate(lines, 1):
        fence = FENCE.match(line)
        if opened is None:
            if fence:
                opened = number, fence.group(1), CELL in fence.group(2)
                options = opened[2]
            continue
        if fence and not fence.group(2).strip() and fence.group(1).startswith(opened[1]):
            opened = None
        elif fence and CELL in fence.group(2):
            yield (
                opened[0],
                f"this cell is not closed before the next one in line {number}: write {opened[1]} below it.",
            )
            opened = number, fence.group(1), True
            options = True
        elif options:
            options = line.startswith(":")
            if found := OPTION.match(line):
                yield number, f"an option has a colon behind its name: write :{found.group(1)}:{found.group(2) or ' …'}"
    if opened is not None:
        yield opened[0], f"this cell is not closed: write {opened[1]} below it."
