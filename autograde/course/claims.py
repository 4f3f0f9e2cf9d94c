"""Claims: sentences of the course's text that say something measurable, marked for the test that measures it.

A marker, `{claim: sgd-is-first-on-the-bowl}`, stands right behind its sentence. Students do not see it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["claims_in", "problems_of_claims", "without_claims"]

_MARKER = re.compile(r"\{claim: ([a-z0-9]+(?:-[a-z0-9]+)*)\}")
_ALIKE = re.compile(r"(?<!\\)\{ *claims?\b[^}\n]*\}?", re.IGNORECASE)


def without_claims(source: str) -> str:
    """Return the text as students read it; what stands around a marker stays as it is."""
    return _MARKER.sub("", source)


def claims_in(source: str) -> list[str]:
    """Return the names of the claims, in the order in which they stand there."""
    return _MARKER.findall(source)


def problems_of_claims(kind: str, source: str) -> Iterator[str]:
    """Say what is wrong with the markers of a cell that is markdown or code."""
    for marker in _MARKER.finditer(source):
        if kind == "code":
            yield f"{marker[0]} in a code cell, where nothing takes it out: say it in a sentence above or below."
        elif marker.start() == 0 or source[marker.start() - 1].isspace():
            yield f"{marker[0]} stands alone: write it right behind the sentence that it marks, without a space."
    for alike in _ALIKE.finditer(without_claims(source) if kind == "markdown" else ""):
        yield f"{alike[0]} is no marker of a claim: write {{claim: its-name}}, small letters, digits and hyphens."
