"""Strangers' code taken apart: whatever it is, in time that grows with it, and shown without their words."""

from __future__ import annotations

import pytest

from autograde.report.plain_code import MAX_CHARACTERS, TokenKind, tokens_of, without_words

ANSWER = '''def mish(z):
    """Von Ada Lovelace, Gruppe 7."""
    # ada@uni.example war hier
    adas_trick = np.log1p(np.exp(z))  # siehe Slack
    s = 'geschrieben von Ada'
    return z * np.tanh(adas_trick) + 0.5e-3
'''


def test_an_example_has_no_word_of_its_author() -> None:
    shown = without_words(ANSWER, {"mish", "z"})
    assert shown == (
        'def mish(z):\n    name_1 = np.log1p(np.exp(z))\n    name_2 = "..."\n    return z * np.tanh(name_1) + 0.5e-3'
    )


WORDS = {
    "a comment": "x = 1  # ADA",
    "a comment in another alphabet": "x = 1  # ÁDÅ ADA",
    "a name": "ADA = 1",
    "an attribute": "np.ADA",
    "a keyword argument": "f(ADA=1)",
    "a function": "def ADA(): pass",
    "a text": "x = 'ADA'",
    "a text over lines": "x = '''\nADA\n'''",
    "an f-string": "x = f'{ADA}'",
    "bytes": "x = rb'ADA'",
    "a text that does not end": "x = 'ADA",
    "a long text that does not end": "x = '''ADA\nADA",
    "a number": "x = 0xADA0ADA",
    "a decorator": "@ADA\ndef f(): pass",
    "an import": "import ADA as np",
    "a magic": "%load ADA",
    "a shell line": "!echo ADA",
}


@pytest.mark.parametrize("source", WORDS.values(), ids=WORDS)
def test_no_word_comes_through(source: str) -> None:
    assert "ADA" not in without_words(source, set())


HOSTILE = {
    "nothing": "",
    "brackets": "(" * 100_000,
    "braces in texts": "f'{" * 50_000,
    "quotes": "'" * 100_000,
    "double quotes": '"' * 99_999,
    "quotes in turn": "'\"" * 50_000,
    "long quotes": "'''\"\"\"" * 20_000,
    "backslashes": "'" + "\\" * 99_999,
    "zero bytes": "\x00" * 1_000 + "x = 1",
    "half a character": "x = '\ud800'\n\ud800 = 1",
    "indentation": "\n".join(" " * depth + "if 1:" for depth in range(400)),
    "one long name": "a" * 1_000_000,
    "one long number": "1" * 1_000_000,
    "dots": "." * 100_000,
    "exponents": "1e+" * 30_000,
    "blanks": " " * 100_000 + "x",
    "unary": "-" * 100_000 + "1",
    "line ends": "\r\n" * 50_000,
    "digits of other alphabets": "x = ١٢٣ + ²",
    "form feeds": "\f" * 10_000,
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_whatever_comes_is_taken_apart_completely(source: str) -> None:
    tokens = list(tokens_of(source))
    assert "".join(token.text for token in tokens) == source[:MAX_CHARACTERS]
    assert all(token.line >= 1 for token in tokens)
    without_words(source, set())


@pytest.mark.parametrize("name", ["test_plain_code.py", "../../../autograde/report/plain_code.py"])
def test_pythons_own_tokenizer_sees_the_same_names_and_numbers(name: str) -> None:
    import tokenize
    from pathlib import Path

    path = Path(__file__).with_name("x").parent / name
    with path.open("rb") as file:
        theirs = [
            (token.string, token.start[0])
            for token in tokenize.tokenize(file.readline)
            if token.type in (tokenize.NAME, tokenize.NUMBER, tokenize.STRING, tokenize.COMMENT)
        ]
    wanted = (TokenKind.NAME, TokenKind.NUMBER, TokenKind.STRING, TokenKind.COMMENT)
    ours = [(t.text, t.line) for t in tokens_of(path.read_text(encoding="utf-8")) if t.kind in wanted]
    assert ours == theirs
