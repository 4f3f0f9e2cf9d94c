"""The sentences that a student reads, in the language of the course.

A sentence is written in English where it is said, as a message with named places: `say("{name} is not there", name=n)`.
The message is what a catalogue knows it by. Catalogues are gettext's, one in each package of the course, its own first:

    <package>/language.json                            "de", written by `autograde build` from autograde.toml
    <package>/locale/de/LC_MESSAGES/messages.po        what translators write
    <package>/locale/de/LC_MESSAGES/messages.mo        made of it by `autograde build`

What no catalogue has, or has with other places than the message, is said in English. The language is the course's, as
its points are: neither the environment nor a student's code chooses it where work is graded.
"""

from __future__ import annotations

import gettext
import json
import re
import string
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from machine_room.packages import packages, remembered

__all__ = [
    "CATALOGUE",
    "ENGLISH",
    "LETTERS",
    "TABLE",
    "Sentence",
    "fits",
    "fits_count",
    "language",
    "places",
    "say",
    "say_count",
    "sentence",
    "speaking",
]

ENGLISH = "en"
TABLE = "language.json"
CATALOGUE = "locale/{language}/LC_MESSAGES/messages.mo"
#: How a language is named: de, pt_BR.
LETTERS = re.compile(r"[a-z]{2,3}(_[A-Z][A-Za-z]+)?")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")

_speaking: ContextVar[str | None] = ContextVar("speaking", default=None)


class Sentence(str):
    """An English sentence that knows which message it was made of, so that it can be said in another language later.

    To all else it is its English text: as a key, in a journal, to a regular expression.

    Example:
        >>> kept = sentence("{count} rows", count=3)
        >>> kept, kept.message
        ('3 rows', '{count} rows')
    """

    message: str
    values: dict[str, Any]

    @classmethod
    def of(cls, message: str, values: dict[str, Any]) -> Sentence:
        """Return the sentence of a message, or of another sentence with more values.

        Args:
            message: a literal text, or a sentence.
            values: for its places.

        Example:
            >>> Sentence.of(sentence("{a} and {b}", a=1, b="more"), {"b": 2})
            '1 and 2'
        """
        if isinstance(message, Sentence):
            values = {**message.values, **values}
            message = message.message
        made = cls(message.format(**values) if values else message)
        made.message, made.values = message, values
        return made


def sentence(message: str, /, **values: Any) -> str:
    """Keep a sentence for later, in English: a table's row, a hint, the name of a case. `say` says it.

    Args:
        message: as for `say`, a literal text.
        values: for its places.

    Returns:
        The English text.

    Example:
        >>> sentence("in front of {activation}", activation="relu")
        'in front of relu'
    """
    return Sentence.of(message, values)


def say(message: str, /, **values: Any) -> str:
    """Return a sentence in the course's language; in English where no catalogue has it.

    Args:
        message: in English, a literal text; without values, braces in it are braces. Or what `sentence` has kept.
        values: for its places. One that `sentence` has kept is said, too.

    Returns:
        The sentence with its values.

    Example:
        >>> say("{name} is not written yet", name="relu")
        'relu is not written yet'
    """
    if isinstance(message, Sentence):
        values = {**message.values, **values}
        message = message.message
    known = _catalogues(packages(), language())
    text = _translated(known, message) if known else message
    if not values:
        return text
    return text.format(**_said(values))


def _said(values: dict[str, Any]) -> dict[str, Any]:
    return {name: say(value) if isinstance(value, Sentence) else value for name, value in values.items()}


def say_count(count: int, one: str, many: str, /, **values: Any) -> str:
    """Return the form of a sentence that goes with a number, in the course's language.

    Args:
        count: the number; the messages have it as `{count}`.
        one: the message for 1, a literal text.
        many: the message for any other number in English; a catalogue has as many forms as its language.
        values: for their other places.

    Returns:
        The sentence with its values.

    Example:
        >>> [say_count(n, "{count} case", "{count} cases") for n in (1, 2)]
        ['1 case', '2 cases']
    """
    text = one if count == 1 else many
    for catalogue in _catalogues(packages(), language()):
        found = catalogue.ngettext(one, many, count)
        if found not in (one, many) and fits_count(one, many, found):
            text = found
            break
    return text.format(count=count, **_said(values))


def language() -> str:
    """Return the language of the course, by its two or three letters.

    Example:
        >>> language()
        'en'
    """
    spoken = _speaking.get()
    return _of_the_course(packages()) if spoken is None else spoken


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Say everything in this language inside the block, in this thread: what compares sentences needs one it knows.

    Args:
        name: its letters.

    Returns:
        A context manager.

    Example:
        >>> with speaking("de"):
        ...     language()
        'de'
    """
    token = _speaking.set(name)
    try:
        yield
    finally:
        _speaking.reset(token)


@remembered
def _of_the_course(among: tuple[str, ...]) -> str:
    """What the first package that says so is in."""
    for package in among:
        try:
            found = json.loads((_folder(package) / TABLE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(found, str) and LETTERS.fullmatch(found):
            return found
    return ENGLISH


@remembered
def _catalogues(among: tuple[str, ...], spoken: str) -> tuple[gettext.GNUTranslations, ...]:
    if spoken == ENGLISH or not LETTERS.fullmatch(spoken):
        return ()
    places = (_folder(package) / CATALOGUE.format(language=spoken) for package in among)
    return tuple(read for place in places if (read := _read(place)) is not None)


def _read(place: Path) -> gettext.GNUTranslations | None:
    """A catalogue; None where it is not there or damaged: a student is then told in English."""
    try:
        with place.open("rb") as file:
            return gettext.GNUTranslations(file)
    except (OSError, ValueError, struct.error):
        return None


def _folder(package: str) -> Path:
    spec = find_spec(package)
    return Path(spec.origin if spec and spec.origin else "").parent


def _translated(known: Sequence[gettext.GNUTranslations], message: str) -> str:
    for catalogue in known:
        found = catalogue.gettext(message) if message else ""  # of nothing a catalogue has its head
        if found and found != message and fits(message, found):
            return found
    return message


@lru_cache(maxsize=4096)
def fits(message: str, translation: str) -> bool:
    """Tell whether a translation has the places, tags and outer line breaks of its message, so that it can be said.

    Args:
        message: the English one.
        translation: of it.

    Example:
        >>> fits("{count} rows", "{count} Zeilen"), fits("{count} rows", "{number} Zeilen")
        (True, False)
    """
    return _shape(message) == _shape(translation)


def fits_count(one: str, many: str, translation: str) -> bool:
    """Tell whether a form of a counted sentence fits the two English ones: it may leave out what one of them does.

    Args:
        one: the English message for 1.
        many: the English message for other numbers.
        translation: one form of it.

    Example:
        >>> fits_count("one row", "{count} rows", "{count} Zeilen"), fits_count("one row", "{count} rows", "eine Zeile")
        (True, True)
    """
    wanted, asked, got = _shape(many), _shape(one), _shape(translation)
    return got[1:] == wanted[1:] and asked[0] & wanted[0] <= got[0] <= asked[0] | wanted[0]


def _shape(text: str) -> tuple[frozenset[str], frozenset[str], bool, bool]:
    return places(text), frozenset(_TAG.findall(text)), text.startswith("\n"), text.endswith("\n")


def places(text: str) -> frozenset[str]:
    """Return the places of a message as they are written; a text with single braces has one of its own kind.

    Args:
        text: the message.

    Example:
        >>> sorted(places("{name}: {share:.3g}"))
        ['{name}', '{share:.3g}']
    """
    try:
        found = list(string.Formatter().parse(text))
    except ValueError:
        return frozenset(("unreadable",))
    return frozenset(
        f"{{{name}{'!' if how else ''}{how or ''}{':' if form else ''}{form}}}"
        for _, name, form, how in found
        if name is not None
    )
