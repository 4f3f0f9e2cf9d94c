"""TeX to MathML: all of the course, nothing that acts, and never more than in proportion to what was typed."""

from __future__ import annotations

import random
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from nbconvert.filters.markdown_mistune import MarkdownWithMath

from autograde.course.notebook import read_master
from autograde.gradebook import texts
from autograde.gradebook.formulas import ATTRIBUTES, COMMANDS, ELEMENTS, ENVIRONMENTS, as_tex, mathml
from autograde.inside.limits import BUDGETS

ROOT = Path(__file__).resolve().parents[3]
TEXTS = sorted((ROOT / "course").glob("*/*.md"))
MOST_PER_CHARACTER = 60  # characters of MathML for one of TeX

WRITTEN = {  # what students write in answers and notes
    r"\frac{\partial L}{\partial w_{ij}} = \delta_j\, a_i": "<mfrac>",
    r"\hat{m}_t = \frac{m_t}{1-\beta_1^t}": 'accent="true"',
    r"\theta_{t+1} \leftarrow \theta_t - \eta \nabla_\theta L(\theta_t)": "∇",
    r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}": "<mtable>",
    r"\begin{aligned} a &= b \\ &= c \end{aligned}": 'columnalign="right"',
    r"\begin{align*} a &= b \end{align*}": "<mtable",
    r"\begin{equation} E = mc^2 \end{equation}": "<msup>",
    r"\begin{cases} x & x > 0 \\ 0 & \text{else} \end{cases}": "<mtext>else</mtext>",
    r"\operatorname{softmax}(z)_i = \frac{e^{z_i}}{\sum_j e^{z_j}}": "softmax",
    r"\operatorname*{arg\,min}_\theta L": "argmin",
    r"\mathbb{E}[X] \in \mathbb{R}^n, \mathcal{N}(0, \sigma^2)": "ℝ",
    r"\left( \sum_{i=1}^{n} x_i^2 \right)^{1/2} \le \lVert x \rVert_1": "‖",
    r"\boldsymbol{\theta}^\top \mathbf{W} x": "mathvariant",
    r"\lim_{x \to \infty} \sqrt[3]{x} \neq \tfrac12": "<mroot>",
    r"\underbrace{a + b}_{c} \overline{x} \cdots \ldots": "munder",
    r"x = -5 + (-1)": '<mo form="prefix">−</mo><mn>5</mn><mo>+</mo>',
    r"a < b > c \& d": "&lt;",
}
ACTIVE = [
    r"\href{javascript:alert(1)}{x}",
    r"\href{https://evil.example}{x}",
    r"\url{javascript:alert(1)}",
    r"\style{position:fixed;background:url(//evil)}{x}",
    r"\class{code}{x}",
    r"\cssId{top}{x}",
    r"\htmlClass{a}{x}",
    r"\htmlData{onclick=alert(1)}{x}",
    r"\unicode{x3c}script\unicode{x3e}",
    r"\unicode{x6f;<script>alert(1)</script>}",
    r"\require{html}x",
    r"\includegraphics{https://evil.example/x.png}",
    r"\textcolor{red;background:url(//evil)}{x}",
    r"\color{url(//evil)}x",
    r"\colorbox{url(//evil)}{x}",
    r"\newcommand{\a}{aa}\a",
    r"\def\a{aa}\def\b{\a\a}\def\c{\b\b}\c",
    r"\let\x\href",
    r"\newenvironment{e}{a}{b}\begin{e}x\end{e}",
    r"\DeclareMathOperator{\a}{<script>}\a",
    r"\verb|<script>alert(1)</script>|",
    r"\hbox{$\hbox{$x$}$}",
    r"\rule{1000000em}{1000000em}",
    r"\hspace{100000em}x",
    r"\raise{1em}{x}",
    r"\tag{<script>}",
    r"\begin{html}<script>\end{html}",
    r"\begin{a b}x\end{a b}",
    r"\mathchoice{a}{b}{c}{d}",
    r"\operatorname{<img src=x onerror=alert(1)>}",
    r"\sideset{_1}{_2}{\sideset{_1}{_2}{\sideset{_1}{_2}{x}}}",
    r"\nosuchcommand",
    r"\left(",
    r"x_1_2",
    r"\frac{1}",
    "x" * (BUDGETS.formula_characters + 1),
]
MARKUP = [
    r"\text{<script>alert(1)</script>}",
    r"\text{&lt;img src=x onerror=alert(1)&gt;}",
    r"\text{</mtext></math><img src=x onerror=alert(1)>}",
    r"\mathrm{<script>alert(1)</script>}",
    "<script>alert(1)</script>",
    "a</math><svg/onload=alert(1)>",
    "&#60;script&#62;alert(1)",
    r"\begin{array}{c|c}<b>&<i>\end{array}",
]


class Tags(HTMLParser):
    """What a formula is made of, and how deep."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.depth = self.deepest = 0
        self.feed(markup)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)

    def handle_endtag(self, tag: str) -> None:
        self.depth -= 1


def is_allowed(markup: str) -> bool:
    found = Tags(markup)
    return found.depth == 0 and all(
        tag in ELEMENTS and attributes.keys() <= ATTRIBUTES.get(tag, set()) for tag, attributes in found.found
    )


def formulas_of(text: str) -> list[tuple[str, bool]]:
    """The formulas of a text as its page finds them."""
    found: list[tuple[str, bool]] = []

    class Collector(texts._Renderer):
        def _formula(self, tex: str, *, block: bool) -> str:
            found.append((tex, block))
            return ""

    MarkdownWithMath(renderer=Collector(True)).render(text)
    return found


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_every_formula_of_the_course_becomes_mathml(path: Path) -> None:
    source = ROOT / "source" / path.parent.name / f"{path.stem}.ipynb"
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    if source.exists():
        text = "\n\n".join(cell.source for cell in read_master(source).cells if cell.kind == "markdown")
    found = formulas_of(text)
    assert len(found) > 5
    assert [tex for tex, block in found if mathml(tex, block=block) is None] == []
    assert all(is_allowed(mathml(tex, block=block) or "") for tex, block in found)


@pytest.mark.parametrize("tex", WRITTEN)
def test_what_students_write_becomes_mathml(tex: str) -> None:
    markup = mathml(tex, block=True) or ""
    assert markup.startswith('<math display="block">')
    assert WRITTEN[tex] in markup
    assert "\\" not in markup
    assert is_allowed(markup)


@pytest.mark.parametrize("tex", ACTIVE)
def test_what_acts_defines_or_is_broken_stays_tex(tex: str) -> None:
    assert mathml(tex, block=False) is None
    assert Tags(as_tex(tex, block=False)).found == [("code", {"class": "tex"})]


@pytest.mark.parametrize("tex", MARKUP)
def test_markup_in_a_formula_is_text(tex: str) -> None:
    markup = mathml(tex, block=False) or as_tex(tex, block=False)
    assert all(tag in ELEMENTS | {"code"} for tag, _ in Tags(markup).found)
    assert "<script" not in markup
    assert "<img" not in markup


def nested() -> list[str]:
    """Each command and environment within itself, as often as a formula is long, and thousands of random ones."""
    most, made = BUDGETS.formula_characters, []
    patterns = (
        "{}",
        "{}{{",
        "{}{{a}}{{b}}",
        "{}_",
        "{}^",
        "{}'",
        "{}[",
        "{}&",
        "_{{{}",
        "\\frac{{{}}}{{{}",
        "\\sqrt{}",
    )
    for command in sorted(COMMANDS):
        for pattern in patterns:
            piece = pattern.format(command, command)
            text = piece * (most // (2 * len(piece)))
            made += [text, text + "}" * (text.count("{") - text.count("}"))]
    for name in ENVIRONMENTS:
        begin, end = f"\\begin{{{name}}}", f"\\end{{{name}}}"
        count = most // len(begin + end)
        made += [begin * count + end * count, f"{begin}{'a&' * 250}{end}", f"{begin}{'a' * 9}{chr(92) * 400}{end}"]
    chance = random.Random(0)
    alphabet = [*sorted(COMMANDS), *"abc{}{}{}{}_^&'123 []()"]
    made += ["".join(chance.choices(alphabet, k=chance.randrange(5, 200))) for _ in range(800)]
    return [text[:most] for text in made]


def test_no_formula_grows_nests_or_escapes() -> None:
    converted = 0
    for tex in nested():
        markup = mathml(tex, block=True)
        if markup is None:
            continue
        converted += 1
        assert len(markup) < MOST_PER_CHARACTER * (10 + len(tex)), tex
        assert Tags(markup).deepest <= 40, tex
        assert is_allowed(markup), tex
    assert converted > 200
