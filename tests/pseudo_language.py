"""A language in which everything that is said is seen: ⟦Ýóúŕ ŕéšúļţ⟧. What a student reads without it was missed.

Every sentence that can be translated is: all its letters have accents, its places and tags stay, and brackets stand
around it. So a plain letter in a text came in through a place, as a name or a line of code, or it was never translated.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo

from autograde.course.catalogues import sentences
from machine_room.packages import forget, using
from machine_room.translation import CATALOGUE, TABLE

LANGUAGE = "qps"
PACKAGE = "pseudo_course"
_PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ACCENTED = "áƀçđéƒğĥíĵķļɱñóþǫŕšţúṽŵẋýžÁɃÇĐÉƑĞĤÍĴĶĻṀÑÓÞǪŔŠŢÚṼŴẊÝŽ"
ACCENTS = str.maketrans(_PLAIN, _ACCENTED)
_KEPT = re.compile(r"({[^{}]*}|</?[A-Za-z][^<>]*>|&\w+;)")
_WORD = re.compile(r"\w+")


def pseudo(message: str) -> str:
    """Return a message in the pseudo-language."""
    parts = _KEPT.split(message)
    said = "".join(part if place % 2 else part.translate(ACCENTS) for place, part in enumerate(parts))
    stripped = said.strip("\n")
    return said.replace(stripped, f"⟦{stripped}⟧", 1)


@cache
def _catalogue() -> bytes:
    catalogue = Catalog()
    for _, _, message in sentences(()):
        catalogue.add(message, pseudo(message) if isinstance(message, str) else tuple(map(pseudo, message)))
    made = BytesIO()
    write_mo(made, catalogue)
    return made.getvalue()


@contextmanager
def pseudo_course(folder: Path, catalogue: bytes | None = None) -> Iterator[None]:
    """Inside, the course has a package of its own that brings this language, as `autograde build` would make it.

    Args:
        folder: of the test's own.
        catalogue: another one than of all sentences.
    """
    package = folder / PACKAGE
    place = package / CATALOGUE.format(language=LANGUAGE)
    place.parent.mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / TABLE).write_text(json.dumps(LANGUAGE), encoding="utf-8")
    place.write_bytes(_catalogue() if catalogue is None else catalogue)
    sys.path.insert(0, str(folder))
    forget()
    try:
        with using([PACKAGE]):
            yield
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop(PACKAGE, None)
        forget()


def names_in(text: str) -> set[str]:
    """Return the words of plain letters in a text: of code, what a sentence may quote of it."""
    return {
        word for word in _WORD.findall(text) if word.isascii() and not word.strip("_").isdigit() and word.strip("_")
    }


def english_in(text: str, names: Iterable[str] = ()) -> set[str]:
    """Return the words of a text that were not translated, and are none of the names that stand in it as they are."""
    return {word for word in names_in(text) if not word[0].isdigit()} - set(names)
