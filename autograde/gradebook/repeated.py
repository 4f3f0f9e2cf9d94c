"""Styles that stand again and again in a page's messages, once in its head instead: half of a message is styles.

*Trust*: messages were sanitised, and may be nbgrader's or a student's all the same. A style that is moved consists of
letters, numbers and a few marks: none that ends a rule, a style sheet or an attribute.
"""

from __future__ import annotations

import re

__all__ = ["Styles"]

PARTS = ("td", "th", "tr")
MOST = 200  # different ones of a page; what comes after them stays where it is
#: A tag that has a style and no class, with what else a cell of a table may have before it.
_STYLED = re.compile(r'<(\w+(?: (?:rowspan|colspan)="\d+")*) style="([\w\s:;.#%(),-]*)">')


class Styles:
    """The styles of one page's messages. The first that a part of a table has is the one of all such parts."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._of_parts: dict[str, str] = {}

    def named(self, message: str) -> str:
        """Return the message with classes in the place of its styles."""
        return _STYLED.sub(self._with_class, message)

    def _with_class(self, found: re.Match[str]) -> str:
        tag, style = found.groups()
        if tag.split()[0] in PARTS and self._of_parts.setdefault(tag.split()[0], style) == style:
            return f"<{tag}>"
        if style not in self._names and len(self._names) >= MOST:
            return found[0]
        return f'<{tag} class="{self._names.setdefault(style, f"m{len(self._names)}")}">'

    def css(self) -> str:
        """Return their rules, stronger than those of the page, as styles are."""
        rules = [(tag, style) for tag, style in self._of_parts.items()]
        rules += [(f".{name}", style) for style, name in self._names.items()]
        return "\n".join(f".shown.message {what} {{ {style} }}" for what, style in rules)
