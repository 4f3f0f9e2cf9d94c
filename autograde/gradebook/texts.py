"""Markdown, code and our messages as the HTML of a page: inert, whatever they say.

*Trust*: a text is anybody's. Markdown becomes HTML first, and that HTML is sanitised (nh3: a parser and an allow-list),
so nothing rests on foreseeing how Markdown can be spelled. A picture on the web becomes a link to it, formulas become
MathML, and what would cost too much stays as it was typed. nbconvert takes a second to import: so does this module.
"""

from __future__ import annotations

import html
import re
from functools import cache, lru_cache
from itertools import groupby

import nh3
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments.lexers import PythonLexer
from pygments.token import Comment, Keyword, Name, Operator, String, _TokenType, is_token_subtype

from ..course.folds import CLOSES, OPENS
from .allowance import Allowance
from .formulas import ATTRIBUTES, ELEMENTS, as_tex, mathml

__all__ = ["Formatter", "harmless"]

_TAGS = """
    p br hr h1 h2 h3 h4 h5 h6 em strong del code pre blockquote ul ol li dl dt dd a table thead tbody tr th td
    div span b details summary
"""
#: What the messages of our checks are styled with; nothing that places a box over another or loads a picture.
_STYLE = """
    margin margin-top padding color border-left border-bottom border-collapse font-size font-weight font-family
    text-align vertical-align white-space word-break overflow-wrap max-width
"""
#: What of Python has a colour: few classes, since their tags would be half of a page. The first that fits counts.
_COLOURED = (
    (Comment, "c"),
    (String, "s"),
    (Keyword, "k"),
    (Operator.Word, "k"),
    (Name.Builtin, "b"),
    (Name.Function, "f"),
    (Name.Class, "f"),
    (Name.Decorator, "f"),
)
PYTHON = {"python", "python3", "py", "ipython", "ipython3"}
MAX_KEPT = 20_000  # characters: what is longer is a student's own, and nobody else shows it
SCHEMES = {"http", "https", "mailto"}
#: The curves in a message, as `machine_room.checks.picture` draws them.
SVG = {
    "svg": {"width", "height", "viewBox", "role", "aria-label"},
    "line": {"x1", "x2", "y1", "y2", "stroke", "opacity"},
    "path": {"d", "fill", "stroke", "stroke-width", "stroke-dasharray"},
    "text": {"x", "y", "font-size", "fill"},
}
DRAWN = re.compile(r"[\w #.,+-]*")
PNG_URL = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]*")


class Formatter:
    """Renders the texts of one page after the other. What a whole class shares is rendered once."""

    def __init__(self) -> None:
        self._allowance = Allowance()

    def begin_page(self) -> None:
        """Give the next page budgets of its own."""
        self._allowance = Allowance()

    def markdown(self, source: str) -> str:
        """Return a text as HTML."""
        if not self._allowance.for_text(source):
            return f"<pre>{html.escape(source)}</pre>"
        page, formulas = _as_html(source, False)
        return _as_html(source, True)[0] if formulas and self._allowance.for_formulas(formulas) else page

    def code(self, source: str) -> str:
        """Return Python as HTML, coloured if that is not too much."""
        return _coloured(source) if self._allowance.for_code(source) else f"<pre>{html.escape(source)}</pre>"


@lru_cache(maxsize=512)
def _as_html(source: str, with_mathml: bool) -> tuple[str, int]:
    """Return a text as sanitised HTML, and how many formulas are in it."""
    renderer = _Renderer(with_mathml)
    return harmless(MarkdownWithMath(renderer=renderer).render(source)), renderer.formulas


@lru_cache(maxsize=512)
def _coloured(source: str) -> str:
    parts = []
    for name, tokens in groupby(PythonLexer(stripnl=False).get_tokens(source), key=lambda token: _colour(token[0])):
        text = html.escape("".join(text for _, text in tokens), quote=False)
        parts.append(f'<span class="{name}">{text}</span>' if name else text)
    return f'<div class="code"><pre>{"".join(parts)}</pre></div>'


@cache
def _colour(kind: _TokenType) -> str:
    return next((name for known, name in _COLOURED if is_token_subtype(kind, known)), "")


def harmless(markup: str) -> str:
    """Return HTML without anything that runs, loads or leaves the page by itself.

    Example:
        >>> harmless("<b onclick=x>hi</b><script>alert(1)</script><a href='javascript:x'>link</a>")
        '<b>hi</b><a rel="nofollow noopener noreferrer">link</a>'
    """
    return _cleaned(markup) if len(markup) <= MAX_KEPT else _cleaned.__wrapped__(markup)


@lru_cache(maxsize=512)
def _cleaned(markup: str) -> str:
    return nh3.clean(
        markup,
        tags={*_TAGS.split(), *ELEMENTS, *SVG, "img"},
        attributes={
            **ATTRIBUTES,
            **SVG,
            "*": {"class", "style"},
            "a": {"href"},
            "img": {"src", "alt"},
            "td": {"colspan", "rowspan"},
            "th": {"colspan", "rowspan"},
        },
        attribute_filter=_kept,
        filter_style_properties={*_STYLE.split()},
        link_rel="nofollow noopener noreferrer",
        url_schemes=SCHEMES | {"data"},
    )


def _kept(tag: str, attribute: str, value: str) -> str | None:
    """Only pictures have data in them, and nothing else in theirs: all that is shown is in the page."""
    if attribute == "src":
        return value if PNG_URL.fullmatch(value) else None
    if tag in SVG and attribute != "style":
        return value if DRAWN.fullmatch(value) else None
    if attribute == "href":
        return None if value.lstrip().lower().startswith("data:") else value
    return value


class _Renderer(IPythonRenderer):
    """Jupyter's Markdown, with formulas made here, pictures as links, and no HTML of the text's own."""

    def __init__(self, with_mathml: bool) -> None:
        super().__init__(escape=True, exclude_anchor_links=True)
        self.with_mathml, self.formulas = with_mathml, 0

    def block_math(self, body: str) -> str:
        return self._formula(body, block=True)

    def inline_math(self, body: str) -> str:
        return self._formula(body, block=False)

    def latex_environment(self, name: str, body: str) -> str:
        return self._formula(f"\\begin{{{name}}}{body}\\end{{{name}}}", block=True)

    def _formula(self, tex: str, *, block: bool) -> str:
        self.formulas += 1
        return (mathml(tex, block=block) if self.with_mathml else None) or as_tex(tex, block=block)

    def block_html(self, html: str) -> str:
        """A folded answer stays folded. All other HTML is shown as it was typed."""
        lines = html.split("\n")
        if all(line.strip() in (OPENS, CLOSES, "") for line in lines):
            return html
        return str(super().block_html(html))

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return str(self.link(text or url, url, title))

    def block_code(self, code: str, info: str | None = None) -> str:
        """Only Python is coloured: of the five hundred lexers that a text could ask for, some take hours."""
        words = (info or "").split()
        return _coloured(code) if words and words[0] in PYTHON else f"<pre><code>{html.escape(code)}</code></pre>"
