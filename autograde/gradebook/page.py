"""A feedback page: what it shows as plain data, and the template that makes HTML of it.

A page needs nothing but itself: no script, font, style sheet or picture from elsewhere, and its policy forbids the
browser any. *Trust*: what is `Markup` here was made or sanitised by `texts`; Jinja escapes everything else.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from nbconvert.filters import strip_ansi

from machine_room.translation import language, say

from ..course.notebook import (
    Role,
    exercise_of,
    role_of,
    said_by_nbgrader,
    source_of,
    without_hidden,
    without_mark_scheme,
)
from ..course.settings import Feedback
from .around import Around, Scores
from .course_text import without_course_text
from .hints import as_allowed
from .pictures import NotShown, Pixels
from .pieces import NO_FORMULAS
from .repeated import Styles
from .texts import Formatter, harmless

__all__ = ["page_maker"]

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True)
class _Output:
    """What stands under a cell; `kind`: text, error, picture or message."""

    kind: str
    body: str
    alt: str = ""


@dataclass(frozen=True)
class _Part:
    """One cell."""

    kind: str  # text or source
    body: Markup
    id: str = ""
    label: str = ""  # over a cell that was answered or graded
    name: str = ""  # in the list of what was graded
    score: float = 0.0
    points: float | None = None  # how many there were; None where it is not graded
    optional: bool = False  # a check without points
    share: str = ""  # how much of the class had it right
    comment: Markup | None = None
    outputs: tuple[_Output, ...] = ()


def page_maker(
    allowed: Feedback | None = None, around: Mapping[str, Around] | None = None
) -> Callable[[str, Mapping[str, Any], Scores], str]:
    """Return a function that renders one page from its name, its graded notebook and its scores.

    Args:
        allowed: what the course lets pages tell; None: what one does that says nothing about it.
        around: by notebook, what all pages have in common.
    """
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True)
    environment.globals["say"] = _in_the_page
    template = environment.get_template("page.html.j2")
    formatter = Formatter()

    def render(name: str, notebook: Mapping[str, Any], scores: Scores) -> str:
        formatter.begin_page()
        common = (around or {}).get(name, Around())
        making = _Making(scores, formatter, Pixels(), Styles(), allowed or Feedback(), common)
        cells = without_course_text(notebook["cells"], common.ours, _lost(notebook, scores))
        page = {
            "name": name,
            "score": _round(sum(score for score, _ in scores.scores.values()) - scores.late_penalty),
            "max_score": _round(sum(most for _, most in scores.scores.values())),
            "late_penalty": _round(scores.late_penalty),
            "parts": [_part(cell, making) for cell in cells],
            "shortened": bool(common.ours),
            "language": language(),
        }
        return template.render(page=page, policy=POLICY, css=Markup(f"{_css()}{making.styles.css()}"))

    return render


def _in_the_page(message: str, **values: Any) -> Markup:
    """A sentence of the template's, between tags: what is translated is text, never markup."""
    return Markup(escape(say(message, **values), quote=False))


@cache
def _css() -> str:
    return Path(__file__).with_name("page.css").read_text(encoding="utf-8")


@dataclass(frozen=True)
class _Making:
    """What one page is made with."""

    scores: Scores
    formatter: Formatter
    pixels: Pixels
    styles: Styles
    allowed: Feedback
    around: Around


def _lost(notebook: Mapping[str, Any], scores: Scores) -> frozenset[str]:
    """The exercises of which a check lost points, or that somebody commented upon."""
    return frozenset(
        exercise
        for cell in notebook["cells"]
        if (exercise := exercise_of(cell)) is not None and _wants_a_look(said_by_nbgrader(cell), scores)
    )


def _wants_a_look(flags: Mapping[str, Any], scores: Scores) -> bool:
    name = str(flags.get("grade_id", ""))
    score, points = scores.scores.get(name, (0.0, 0.0))
    return score < points or bool(scores.comments.get(name))


def _part(cell: Mapping[str, Any], making: _Making) -> _Part:
    role, source = role_of(cell), source_of(cell)
    scores, formatter = making.scores, making.formatter
    if role is Role.CHECK:
        source = without_hidden(source).strip()
    if role is Role.TASK:
        source = without_mark_scheme(source).strip()
    is_text = cell.get("cell_type") == "markdown"
    flags = said_by_nbgrader(cell)
    name = str(flags.get("grade_id", ""))
    comment = scores.comments.get(name) if flags else None
    score, points = scores.scores.get(name, (0.0, flags.get("points", 0.0)))
    graded = bool(flags.get("grade") or flags.get("task"))
    return _Part(
        kind="text" if is_text else "source",
        body=Markup(formatter.markdown(source) if is_text else formatter.code(source)),
        id=name,
        label=_label(flags, name.removesuffix("-check"), is_text),
        name=_name(role, name, is_text),
        score=_round(score),
        points=_round(points) if graded else None,
        optional=role is Role.CHECK and points == 0,
        share=making.around.shares.get(name, "") if role is Role.CHECK else "",
        comment=Markup(formatter.markdown(comment)) if comment else None,
        outputs=tuple(_outputs(cell, role, making)),
    )


def _name(role: Role, name: str, is_text: bool) -> str:
    if role in (Role.CHECK, Role.TASK):
        return name.removesuffix("-check")
    return say("Written answer") if is_text else say("Your answer")


def _label(flags: Mapping[str, Any], name: str, is_text: bool) -> str:
    if flags.get("task"):
        return say("Task")
    if flags.get("solution"):
        return say("Your written answer") if is_text else say("Your answer")
    return say("Check of {name}", name=name) if flags.get("grade") else ""


def _outputs(cell: Mapping[str, Any], role: Role, making: _Making) -> Iterator[_Output]:
    """Yield what is shown under a cell. The points that nbgrader reads from a check stand in its heading already."""
    for output in cell.get("outputs", ()):
        kind, data = output.get("output_type"), output.get("data", {})
        if kind == "stream":
            yield _Output("text", _text(output.get("text")))
        elif kind == "error":
            yield _Output("error", _text("\n".join(output.get("traceback", ()))))
        elif role is Role.CHECK and kind == "execute_result":
            continue
        elif "text/html" in data and "image/png" not in data:
            message = harmless(as_allowed(_unwrapped(_text(data["text/html"])), making.allowed))
            yield _Output("message", Markup(making.styles.named(message)))
        elif "image/png" in data:
            alt = output.get("metadata", {}).get("image/png", {}).get("alt", say("what the cell drew"))
            yield _picture(_text(data["image/png"]), str(alt), making.pixels)
        elif "text/plain" in data:
            yield _Output("text", _text(data["text/plain"]))


def _unwrapped(message: str) -> str:
    """A message without what keeps MathJax away from it: there is none on a page."""
    begin, end = NO_FORMULAS.split("{}")
    whole = message.startswith(begin) and message.endswith(end)
    return message[len(begin) : -len(end)] if whole else message


def _picture(encoded: str, alt: str, pixels: Pixels) -> _Output:
    """A picture of the graded notebook, or why it is not shown: also where an older release wrote the notebook."""
    try:
        image = pixels.repacked(base64.b64decode(encoded))
    except (NotShown, ValueError) as reason:
        return _Output("text", str(reason))
    return _Output("picture", base64.b64encode(image).decode("ascii"), alt)


def _text(lines: Any) -> str:
    """Return a text that the format allows to be a list of lines, without the colours of a terminal."""
    text = "".join(map(str, lines)) if isinstance(lines, list) else str(lines or "")
    return str(strip_ansi(text))


def _round(number: Any) -> float:
    return round(float(number or 0.0), 2)
