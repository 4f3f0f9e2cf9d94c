"""Formulas as MathML, written when a page is: no script, and nothing to load. As on the feedback pages."""

from __future__ import annotations

from html import escape
from typing import Any

from latex2mathml.converter import convert


def inline(writer: Any, node: Any) -> None:
    """Write a formula within a line."""
    _write(writer, node, "inline")


def block(writer: Any, node: Any) -> None:
    """Write a formula of its own; what is wider than the page scrolls."""
    writer.body.append('<div class="formula" tabindex="0">')
    _write(writer, node, "block")
    writer.body.append("</div>\n")


def _write(writer: Any, node: Any, display: str) -> None:
    from docutils.nodes import SkipNode

    made = convert(node.astext(), display=display)
    # For programs that do not speak MathML.
    named = made.replace("<math ", f'<math alttext="{escape(node.astext().strip())}" ', 1)
    writer.body.append(named)
    raise SkipNode


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
