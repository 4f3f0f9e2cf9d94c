"""Docstrings as they are written here: text, `code` between single backticks, and examples. Nothing else is markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

__all__ = ["as_rest"]

_MEANT_BY_REST = re.compile(r"([\\*|]|(?<=\w)_(?!\w))")
#: Before Napoleon, which reads sections.
_FIRST = 100


def as_rest(lines: list[str]) -> list[str]:
    """Return a docstring's lines with what reStructuredText would take for markup escaped.

    Example:
        >>> as_rest(["Stable for |z| up to 1e4: `abs(z)`.", "", ">>> a * b"])
        ['Stable for \\\\|z\\\\| up to 1e4: ``abs(z)``.', '', '>>> a * b']
        >>> as_rest(["all `Dense`s"])
        ['all ``Dense``\\\\ s']
    """
    return list(_mended(lines))


def _mended(lines: list[str]) -> Iterator[str]:
    text: list[str] = []
    example = False
    for line in lines:
        example = line.strip() != "" and (example or line.lstrip().startswith(">>>"))
        if not example:
            text.append(line)
            continue
        yield from _text(text)
        text = []
        yield line
    yield from _text(text)


def _text(lines: list[str]) -> list[str]:
    """Mend lines without an example in them; a code between backticks may go on in the next line."""
    parts = "\n".join(lines).split("`")
    return "".join(map(_part, range(len(parts)), parts)).split("\n") if lines else []


def _part(place: int, part: str) -> str:
    """Mend what stands before, between or behind backticks; a letter that touches code is set apart from its marks."""
    if place % 2:
        return f"``{part}``"
    apart = "\\ " if place and part[:1].isalnum() else ""
    return apart + _MEANT_BY_REST.sub(r"\\\1", part)


def _process(_app: Any, _what: str, _name: str, _object: Any, _options: Any, lines: list[str]) -> None:
    lines[:] = as_rest(lines)


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", _process, priority=_FIRST)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
