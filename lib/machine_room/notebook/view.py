"""What is shown in a notebook: the same as text and as HTML, in the colours of the front end's theme."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["View"]

_STYLE = "color:var(--jp-ui-font-color1,inherit);max-width:46em;line-height:1.5;overflow-wrap:anywhere"


@dataclass(frozen=True, repr=False)
class View:
    """The last value of a cell: HTML in a notebook, text elsewhere."""

    text: str
    html: str

    @classmethod
    def of_lines(cls, lines: Iterable[str]) -> View:
        """Return one paragraph a line."""
        listed = list(lines)
        paragraphs = "".join(f"<div>{html.escape(line)}</div>" for line in listed)
        return cls("\n".join(listed), cls.framed(paragraphs))

    @staticmethod
    def framed(body: str) -> str:
        """Return a fragment of HTML that is readable in light and dark themes."""
        return f'<div style="{_STYLE}">{body}</div>'

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html
