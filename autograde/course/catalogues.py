"""The course in another language: what students read is collected for translators, and their work is made ready.

Babel collects the sentences, keeps the `.po` files up to date and makes `.mo` files of them; at run time Python's own
`gettext` reads those (`machine_room.translation`), so that students need nothing more. A course has its catalogue in
its own package, beside its table of points, and there all that students read can be translated: what this library
and the grader say, and the package itself.

*Trust*: translators are authors. What they get wrong, a place that the sentence does not have, is told with file and
line, and at run time said in English.
"""

from __future__ import annotations

import ast
import io
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import autograde
import machine_room
from machine_room.packages import LIBRARY
from machine_room.translation import CATALOGUE, ENGLISH, LETTERS, fits, fits_count, places

from ..contract.failures import CourseError
from ..contract.names import escaped
from .packages import PLACE as LIB
from .packages import CoursePackage
from .points import place_of_points

if TYPE_CHECKING:  # Babel is for who translates
    from babel.messages import Catalog, Message

__all__ = ["CatalogueError", "Translated", "compiled", "counted", "language_text", "place_of_catalogue", "update"]

#: The calls whose first literal text is said; the two forms of what is counted.
SAID: dict[str, tuple[int, ...] | None] = {"say": None, "sentence": None, "say_count": (2, 3)}
#: In a room of exercises: hints, and what a case tests, which are said later.
DECLARED: dict[str, tuple[int, ...] | None] = {"mistake": None, "Case": None}
LINE = re.compile(r'#.*|\s*|\s*((msgid|msgid_plural|msgctxt|msgstr(\[\d+\])?)\s*)?"(\\.|[^"\\])*"\s*')
KEPT_HEADERS = ("MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Language", "Plural-Forms")

Id = str | tuple[str, ...] | list[str]  # of what is counted: its two forms


class CatalogueError(CourseError):
    """Translations that cannot be used; a line for each, with its file and line."""


@dataclass(frozen=True)
class Translated:
    """How many of the sentences that students read are in a language, beside English."""

    language: str
    translated: int
    total: int

    def __str__(self) -> str:
        missing = self.total - self.translated
        if not missing:
            return f"All {self.total:,} sentences are translated to {self.language}."
        return (
            f"{missing:,} of {self.total:,} sentences are not translated to {self.language}: students read them in "
            "English."
        )


def place_of_catalogue(root: Path, own: Sequence[CoursePackage], language: str) -> Path:
    """Where a course's translations belong, below the course folder: in the package that has its points.

    Raises:
        CatalogueError: no package lies there, or that is no name of a language.
    """
    if not LETTERS.fullmatch(language) or language == ENGLISH or not _is_known(language):
        raise CatalogueError(
            f"{escaped(language, 60)!r} is no language to translate to. Expected its letters, as in de, fr or pt_BR."
        )
    place = place_of_points(root, own).parent
    if not (root / place).is_dir():
        raise CatalogueError(
            f"A course in {language} needs a package of its own in {root / LIB}, which brings the translations to "
            "students. Lay one out with `autograde new-course`, and name it under packages in autograde.toml."
        )
    return (place / CATALOGUE.format(language=language)).with_suffix(".po")


def _is_known(language: str) -> bool:
    from babel.core import Locale, UnknownLocaleError

    try:
        return Locale.parse(language) is not None
    except (UnknownLocaleError, ValueError):
        return False


def language_text(language: str) -> str:
    """Return what stands in `language.json` of the package."""
    return json.dumps(language) + "\n"


def update(root: Path, own: Sequence[CoursePackage], language: str) -> tuple[Path, Translated]:
    """Bring a course's file of translations up to date with what students read now; what is translated stays.

    A sentence that has changed keeps the old translation, marked fuzzy: it is not said until a person has looked.

    Args:
        root: the course folder.
        own: its packages, in use.
        language: its letters.

    Returns:
        The file, and how much of it is translated.

    Raises:
        CatalogueError: the file cannot be read, or there is no place for one.
    """
    from babel.messages import Catalog
    from babel.messages.pofile import write_po

    path = root / place_of_catalogue(root, own, language)
    catalogue = _read(path, language) if path.exists() else Catalog(locale=language, project=path.parents[3].name)
    catalogue.update(_template(own), no_fuzzy_matching=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    made = io.BytesIO()
    write_po(made, catalogue, width=110, include_lineno=False, include_previous=True)
    path.write_bytes(made.getvalue())
    return path, counted(root, own, language)


def compiled(root: Path, own: Sequence[CoursePackage], language: str) -> bytes | None:
    """Return the `.mo` file of a course's translations, the same bytes on every machine; None where it has none.

    Raises:
        CatalogueError: translations that cannot be used.
    """
    path = root / place_of_catalogue(root, own, language)
    if not path.is_file():
        return None
    from babel.messages.mofile import write_mo

    catalogue = _read(path, language)
    if problems := [f"{path}:{problem}" for problem in _problems(catalogue)]:
        raise CatalogueError("\n".join(problems))
    made = io.BytesIO()
    write_mo(made, _without_dates(catalogue))
    return made.getvalue()


def counted(root: Path, own: Sequence[CoursePackage], language: str) -> Translated:
    """Count what students read, and how much of it is translated: by the course, or by this library."""
    files = [root / place_of_catalogue(root, own, language), _of_the_library(language)]
    catalogues = [_read(path, language) for path in files if path.is_file()]
    ids = [message.id for message in _template(own) if message.id]
    done = sum(any(_is_translated(one.get(_key(found))) for one in catalogues) for found in ids)
    return Translated(language, done, len(ids))


def sentences(own: Sequence[CoursePackage]) -> Iterator[tuple[str, int, Id]]:
    """Yield file, line and message of all that can be translated."""
    from babel.messages.extract import extract

    roots = {package.name: package.folder for package in own}
    roots |= {LIBRARY: Path(machine_room.__file__).parent, "autograde": Path(autograde.__file__).parent}
    for name, folder in roots.items():
        for path in sorted(folder.rglob("*.py")):
            inside = path.relative_to(folder)
            for line, message in _in_file(path, declares=inside.parts[0].removesuffix(".py") == "exercises"):
                yield f"{name}/{inside.as_posix()}", line, message
    for path in sorted((roots["autograde"] / "gradebook").glob("*.j2")):
        with path.open("rb") as file:
            for line, message, _, _ in extract("jinja2.ext:babel_extract", file, keywords={"say": None}):
                yield f"autograde/gradebook/{path.name}", line, message
    yield from _formulas()


def _in_file(path: Path, *, declares: bool) -> Iterator[tuple[int, Id]]:
    from babel.messages.extract import extract

    text = path.read_bytes()
    keywords = {**(SAID if b"machine_room.translation" in text else {}), **(DECLARED if declares else {})}
    if any(f"{word}(".encode() in text for word in keywords):
        for line, message, _, _ in extract(_calls, io.BytesIO(text), keywords=keywords):  # type: ignore[arg-type]
            if message:
                yield line, message


def _calls(
    file: Any, keywords: Mapping[str, Any], comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[tuple[int, str, tuple[str | None, ...], list[str]]]:
    """Yield the calls of a module with their literal texts, in Babel's form: its own reader of Python misses some.

    It reads tokens, and loses a call that has another one among its arguments, or that stands in an f-string.
    """
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", "")
            if isinstance(node.func, ast.Attribute) and node.func.attr in DECLARED:  # @swish.mistake(...)
                name = node.func.attr
            if name in keywords and node.args:
                yield node.lineno, name, tuple(map(_literal, node.args)), []


def _literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _formulas() -> Iterator[tuple[str, int, Id]]:
    """The sentence in which a reference says what it returns: the last step of a check's message."""
    from machine_room.checks.explain import formula
    from machine_room.exercises import all_exercises

    for exercise in all_exercises():
        if said := formula(exercise):
            module = exercise.reference.__module__.replace(".", "/")
            yield f"{module}.py", exercise.reference.__code__.co_firstlineno, said


def _template(own: Sequence[CoursePackage]) -> Catalog:
    from babel.messages import Catalog

    template = Catalog()
    for name, line, message in sentences(own):
        template.add(message, locations=[(name, line)])
    return template


def _of_the_library(language: str) -> Path:
    return (Path(machine_room.__file__).parent / CATALOGUE.format(language=language)).with_suffix(".po")


def _read(path: Path, language: str) -> Catalog:
    from babel.messages.pofile import PoFileError, read_po

    try:
        text = path.read_text(encoding="utf-8")
        for number, line in enumerate(text.split("\n"), 1):
            if not LINE.fullmatch(line):  # Babel would guess
                raise CatalogueError(
                    f"{path}:{number}: {escaped(line, 60)} is no line of a catalogue. "
                    "Expected a file of gettext's (.po), with a word such as msgstr and text in quotes."
                )
        return read_po(io.StringIO(text), locale=language, abort_invalid=True)
    except PoFileError as error:
        raise CatalogueError(f"{path}:{error.lineno}: {error}. Expected a file of gettext's (.po).") from None
    except (OSError, ValueError) as error:
        raise CatalogueError(f"{path} cannot be read: {error}. Expected a file of gettext's (.po), in UTF-8.") from None


def _problems(catalogue: Catalog) -> Iterator[str]:
    """Yield line and sentence of each translation that cannot be said in its sentence's place."""
    for message in catalogue:
        if message.id and not message.fuzzy and any(_forms(message.string)):
            for form in _forms(message.string):
                if form and not _fits(message.id, form):
                    yield f"{message.lineno}: {_why(message.id, form)}"


def _fits(message: Id, form: str) -> bool:
    return fits(message, form) if isinstance(message, str) else fits_count(message[0], message[1], form)


def _why(message: Id, form: str) -> str:
    english = message if isinstance(message, str) else message[-1]
    wanted, got = places(english), places(form)
    shown = f"{english[:60]!r} is translated as {form[:60]!r}"
    if wanted != got:
        return (
            f"{shown}, which has {', '.join(sorted(got)) or 'no place'} where the sentence has "
            f"{', '.join(sorted(wanted)) or 'none'}. Keep the places in braces as they are."
        )
    return f"{shown}: keep its tags, and begin and end a line where it does."


def _is_translated(message: Message | None) -> bool:
    return message is not None and not message.fuzzy and all(_forms(message.string)) and bool(_forms(message.string))


def _forms(string: Any) -> list[str]:
    """All forms of a translation; of what is not counted there is one."""
    return [string] if isinstance(string, str) else list(string or ())


def _key(message: Id) -> str:
    """What a catalogue keeps a message under: of two forms the first."""
    return message if isinstance(message, str) else message[0]


def _without_dates(catalogue: Catalog) -> Catalog:
    """The same translations under a head that says neither when they were made nor by which version of Babel."""
    from babel.messages import Catalog

    class Settled(Catalog):
        @property
        def mime_headers(self) -> list[tuple[str, str]]:
            return [(name, value) for name, value in super().mime_headers if name in KEPT_HEADERS]

    settled = Settled(locale=catalogue.locale, fuzzy=False)
    for message in catalogue:
        if message.id and not message.fuzzy and any(_forms(message.string)):
            settled.add(message.id, message.string)
    return settled
