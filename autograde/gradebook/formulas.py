r"""Formulas: TeX to MathML when a page is written, so that a page needs no program to show them.

*Trust*: the TeX is anybody's. Only commands that are listed here are converted, so none that links, styles, loads or
defines; of the result only listed elements and attributes are kept. What is left over is shown as TeX, which is safe.
"""

from __future__ import annotations

import html
import itertools
import re
from functools import lru_cache
from typing import Any

from ..inside.limits import BUDGETS

__all__ = ["ATTRIBUTES", "ELEMENTS", "as_tex", "mathml"]

MAX_DEPTH = 40  # of the elements; the deepest formula of the course has 9

#: What takes arguments or changes what follows. Symbols (\alpha, \le) and functions (\log) are allowed besides.
#: Not \sideset, which the library converts twice over: nested, that doubles with each level. Nothing that defines.
_COMMANDS = r"""
    \frac \dfrac \tfrac \cfrac \binom \dbinom \tbinom \sqrt \over \choose
    \left \right \middle \big \Big \bigg \Bigg \bigl \Bigl \biggl \Biggl \bigr \Bigr \biggr \Biggr \bigm \Bigm
    \hat \widehat \bar \tilde \widetilde \vec \dot \ddot \acute \grave \breve \check \mathring
    \overline \underline \overbrace \underbrace \overset \underset \stackrel \overrightarrow \overleftarrow \substack
    \mathbf \mathrm \mathit \mathsf \mathtt \mathbb \mathcal \mathfrak \mathscr \boldsymbol \bm \operatorname
    \text \textbf \textit \textrm \textsf \texttt \textnormal \emph \mbox
    \limits \nolimits \displaystyle \textstyle \scriptstyle \boxed \cancel \not \phantom \xrightarrow \xleftarrow
    \quad \qquad \, \; \: \! \> \  \\ \{ \} \| \_ \% \# \$ \&
    \begin \end \hline \nonumber \notag \bmod \pmod \mod
    \max \min \sup \inf \lim \limsup \liminf \argmax \argmin \det \gcd \Pr
"""
#: Environments by the name under which the library knows them.
ENVIRONMENTS = {name: name for name in ("matrix", "cases", "array", "smallmatrix", "split", "align*")} | {
    "aligned": "align*",
    "align": "align*",
    "gather": "matrix",
    "gather*": "matrix",
    "gathered": "matrix",
    **{f"{kind}matrix": f"{kind}matrix" for kind in "pbBvV"},
}
#: Around a formula, and without a meaning of their own here.
WRAPPERS = re.compile(r"\\(?:begin|end)\s*\{(?:equation|displaymath|math)\*?\}")

_ELEMENTS = """
    math mrow mi mo mn mtext mspace mfrac msqrt mroot mstyle msub msup msubsup munder mover munderover mtable mtr mtd
    mpadded mphantom menclose
"""
COMMANDS = {*_COMMANDS.split(), "\\ ", "\\\n"}
ELEMENTS = {*_ELEMENTS.split()}
_STYLE = {"displaystyle", "scriptlevel"}
ATTRIBUTES: dict[str, set[str]] = {
    "math": {"display"},
    "mi": {"mathvariant"},
    "mo": {"mathvariant", "stretchy", "fence", "form", "minsize", "maxsize", "movablelimits", "largeop", "separator"},
    "mn": {"mathvariant"},
    "mtext": {"mathvariant"},
    "mspace": {"width"},
    "mfrac": {"linethickness"},
    "mover": {"accent"},
    "munder": {"accentunder"},
    "mstyle": _STYLE,
    "mtable": _STYLE,
    "mtd": {"columnalign"},
    "mpadded": {"width", "height", "depth"},
    "menclose": {"notation"},
}
#: How many parts an element has that has a fixed number of them; a browser shows others as an error.
PARTS = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3, "munderover": 3}
_VALUE = re.compile(r"[A-Za-z0-9.+-]{1,20}")
_COMMAND = re.compile(r"\\(?:[A-Za-z]+|.)", re.DOTALL)
_OPERATOR = re.compile(r"(\\operatorname\*?\s*)\{((?:[A-Za-z]|\\[,; ]| )+)\}")
_ENVIRONMENT = re.compile(r"(\\(?:begin|end)\s*)\{([^{}]*)\}")


class _NotConverted(Exception):
    """A formula that stays TeX."""


@lru_cache(maxsize=2048)
def mathml(tex: str, *, block: bool) -> str | None:
    """Return a formula as MathML, or None where it cannot be or may not be converted.

    Args:
        tex: the formula without its dollars.
        block: whether it stands on a line of its own.

    Example:
        >>> mathml("x_1", block=False)
        '<math><msub><mi>x</mi><mn>1</mn></msub></math>'
    """
    try:
        return _markup(_element(_known_only(tex), block), MAX_DEPTH)
    except _NotConverted:
        return None


def as_tex(tex: str, *, block: bool) -> str:
    """Return a formula as it was typed, for people to read."""
    dollars = "$$" if block else "$"
    return f'<code class="tex">{html.escape(f"{dollars}{tex}{dollars}")}</code>'


def _known_only(tex: str) -> str:
    """Return the formula with the environments that the library knows."""
    if len(tex) > BUDGETS.formula_characters:
        raise _NotConverted
    tex = WRAPPERS.sub(" ", tex)
    tex, operators = _OPERATOR.subn(lambda found: f"{found[1]}{{{re.sub('[^A-Za-z]+', '', found[2])}}}", tex)
    if operators != tex.count("\\operatorname"):
        raise _NotConverted
    if not all(_is_known(command) for command in _COMMAND.findall(tex)):
        raise _NotConverted
    environments = _ENVIRONMENT.findall(tex)
    if len(environments) != len(re.findall(r"\\(?:begin|end)(?![A-Za-z])", tex)):
        raise _NotConverted
    if not all(name in ENVIRONMENTS for _, name in environments):
        raise _NotConverted
    return _ENVIRONMENT.sub(lambda found: f"{found[1]}{{{ENVIRONMENTS[found[2]]}}}", tex)


def _is_known(command: str) -> bool:
    from latex2mathml.commands import FUNCTIONS
    from latex2mathml.symbols_parser import convert_symbol

    return command in COMMANDS or command in FUNCTIONS or convert_symbol(command) is not None


def _element(tex: str, block: bool) -> Any:
    from latex2mathml.converter import Converter

    try:
        return Converter(display="block" if block else "inline").convert_to_element(tex)
    except Exception as error:  # a parser of strangers' text: it ends in twenty kinds of exceptions
        raise _NotConverted from error


def _markup(element: Any, depth: int) -> str:
    if depth == 0:
        raise _NotConverted
    tag, attributes = element.tag, _attributes(element)
    if tag not in ELEMENTS or PARTS.get(tag, len(element)) != len(element):
        raise _NotConverted
    # the library writes characters as `&#x3B8;`
    inner = html.escape(html.unescape(element.text or ""), quote=False)
    _mark_signs(element)
    inner += "".join(_markup(child, depth - 1) for child in element)
    if tag == "mrow" and not attributes and len(element) == 1:
        return inner
    return f"<{tag}{attributes}>{inner}</{tag}>"


def _mark_signs(row: Any) -> None:
    """Say of a plus or minus behind an operator or a bracket that it is a sign, which stands close to its number."""
    for before, here in itertools.pairwise(row):
        signs = here.tag == "mo" and html.unescape(here.text or "") in ("+", "-", "\N{MINUS SIGN}")
        if signs and before.tag == "mo" and html.unescape(before.text or "") not in (")", "]", "}", "|", "!"):
            here.set("form", "prefix")


def _attributes(element: Any) -> str:
    kept = ATTRIBUTES.get(element.tag, set())
    pairs = {name: value for name, value in element.attrib.items() if name in kept and _VALUE.fullmatch(value)}
    if pairs.get("display") == "inline":
        del pairs["display"]
    return "".join(f' {name}="{value}"' for name, value in pairs.items())
