"""What is left of the budgets of one page or one notebook for its texts and code (`inside.limits.Budgets`)."""

from __future__ import annotations

import re

from ..inside.limits import BUDGETS

__all__ = ["Allowance"]

MAX_BLANKS = 300  # in a row: what they take in a lexer grows with the square of their number


class Allowance:
    """Asked before the work is done. A text that is not allowed is shown as it was typed."""

    def __init__(self) -> None:
        self._steps, self._formulas, self._code = BUDGETS.text_steps, BUDGETS.formulas, BUDGETS.coloured_page

    def for_text(self, text: str) -> bool:
        """Whether Markdown may be looked for: that costs at most some steps for each mark and character after it."""
        if len(text) > BUDGETS.text_characters or _blank(text):
            return False
        self._steps -= len(text) * (1 + len(re.findall(r"[^\w\s]|_|\n", text)))
        return self._steps >= 0

    def for_formulas(self, count: int) -> bool:
        """Whether so many formulas may be converted."""
        self._formulas -= count
        return self._formulas >= 0

    def for_code(self, source: str) -> bool:
        """Whether code may be coloured."""
        if len(source) > BUDGETS.coloured_characters or _blank(source):
            return False
        self._code -= len(source)
        return self._code >= 0


def _blank(text: str) -> bool:
    return re.search(rf"\s{{{MAX_BLANKS}}}", text) is not None
