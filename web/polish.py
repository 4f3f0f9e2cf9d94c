"""What the theme and docutils leave out for who hears a page: names of its parts, and no heading without a word."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["polish", "polished"]

_CHANGES = (
    # A corner of a table that says nothing is no heading.
    (re.compile(r'<th class="head(?: [\w-]+)*">\s*(?:<p>\s*</p>)?\s*</th>'), "<td></td>"),
    # A heading that is a formula alone is said as TeX: programs that look for a word do not look into MathML.
    (re.compile(r'<th class="head"><p>(?=<math alttext="([^"]*)"(?:(?!</p>).)*</math></p></th>)', re.DOTALL),
     r'<th class="head"><span class="unseen">\1</span><p aria-hidden="true">'),
    (re.compile(r"<summary>(?=\s*<span class=\"toctree-toggle\")"), '<summary aria-label="More below">'),
    (re.compile(r'<div class="sidebar-primary-item">(?=\s*<a class="navbar-brand)'),
     '<div class="sidebar-primary-item" role="navigation" aria-label="Home">'),
)  # fmt: skip


def polish(site: Path) -> None:
    """Polish every page in a folder."""
    for path in site.rglob("*.html"):
        path.write_text(polished(path.read_text(encoding="utf-8")), encoding="utf-8")


def polished(page: str) -> str:
    """Return a page with its parts named.

    Example:
        >>> polished('<th class="head"><p></p></th>')
        '<td></td>'
    """
    for pattern, replacement in _CHANGES:
        page = pattern.sub(replacement, page)
    return page
