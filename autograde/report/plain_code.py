"""Code of strangers taken apart into tokens, whatever it is, and shown without a word of theirs.

One regular expression reads every text, in time that grows with its length: Python's own parser ends the process on
deep nesting, and its tokenizer stops at the first thing that is no Python. Half a line is still read here.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

__all__ = ["MAX_CHARACTERS", "Token", "TokenKind", "names_in", "tokens_of", "without_words"]

MAX_CHARACTERS = 20_000  # of one cell; what is more is not looked at
TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
    |(?P<string>[rbufRBUF]{0,2}(?:'{3}(?:[^\\]|\\.)*?'{3}|"{3}(?:[^\\]|\\.)*?"{3}|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"))
    |(?P<name>[^\W\d]\w*)
    |(?P<number>(?:\d|\.\d)(?:[\w.]|(?<=[eE])[+-](?=\d))*)
    |(?P<newline>\n)
    |(?P<blank>[^\S\n]+)
    |(?P<operator>\*\*=|//=|>>=|<<=|\.\.\.|[-+*/%@&|^=<>!:]=|\*\*|//|->|<<|>>|.)""",
    re.VERBOSE | re.DOTALL,
)


class TokenKind(StrEnum):
    """What a piece of code is."""

    COMMENT = "comment"
    STRING = "string"
    NAME = "name"
    NUMBER = "number"
    NEWLINE = "newline"
    BLANK = "blank"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of code; all of them together are the code."""

    kind: TokenKind
    text: str
    line: int  # from 1


def tokens_of(source: str) -> Iterator[Token]:
    """Take code apart. Never fails: what is no Python becomes operators of one character."""
    line = 1
    for found in TOKEN.finditer(source[:MAX_CHARACTERS]):
        text = found.group()
        yield Token(TokenKind(found.lastgroup or "operator"), text, line)
        line += text.count("\n")


def names_in(source: str) -> frozenset[str]:
    """The names that a text uses."""
    return frozenset(token.text for token in tokens_of(source) if token.kind is TokenKind.NAME)


def without_words(source: str, known: Collection[str]) -> str:
    """Return code as an example for others: no comment, no text, and only names that anybody might have written.

    Args:
        source: a student's cell.
        known: names of the course's own; Python's and NumPy's are known beside them. Others become `name_1`, `name_2`.
    """
    ours = {*known, *_everybodys()}
    others: dict[str, str] = {}
    parts = [_anonymous(token, ours, others) for token in tokens_of(source)]
    lines = (line.rstrip() for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line and line.strip() != '"..."')  # a docstring is a line of its own


def _anonymous(token: Token, ours: Collection[str], others: dict[str, str]) -> str:
    if token.kind is TokenKind.COMMENT:
        return ""
    if token.kind is TokenKind.STRING:
        return '"..."'
    if token.kind is TokenKind.NAME and token.text not in ours:
        return others.setdefault(token.text, f"name_{len(others) + 1}")
    if token.kind is TokenKind.NUMBER and not re.fullmatch(r"[\d._eExXjJ+-]{1,24}", token.text):
        return "0"  # a number may spell a word: 0xADA is none that is kept either
    if token.kind is TokenKind.OPERATOR and not (token.text.isascii() and token.text.isprintable()):
        return "?"
    return " " * len(token.text) if token.kind is TokenKind.BLANK else token.text


@cache
def _everybodys() -> frozenset[str]:
    import numpy as np

    return frozenset({*keyword.kwlist, *dir(builtins), *dir(np), *dir(np.ndarray), "np", "numpy", "self"})
