"""Markdown, code and messages: what is left of hostile ones, what honest ones look like, and what they may cost."""

from __future__ import annotations

import random
import re
from html.parser import HTMLParser
from typing import Any

import nh3
import pytest
from nbconvert.filters.markdown_mistune import MarkdownWithMath

from autograde.gradebook import texts
from autograde.gradebook.formulas import mathml
from autograde.gradebook.texts import Formatter, harmless
from autograde.inside.limits import BUDGETS

URLS = re.compile(r"\s*(https?:|mailto:|#)", re.IGNORECASE)
PNG = "data:image/png;base64,AAAA"

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "text <svg/onload=alert(1)> text",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<style>@import url(//evil)</style> <link rel=stylesheet href=//evil> <base href=//evil>",
    "<form action=//evil><button>x</button></form> <meta http-equiv=refresh content='0;url=//evil'>",
    "[x](javascript:alert(1)) [x](JaVaScRiPt:alert(1)) [x](java&#115;cript:alert(1)) [x](&#x6a;avascript:alert(1))",
    "[x](vbscript:x) [x](data:text/html,<script>alert(1)</script>) [x](file:///etc/passwd)",
    "[x][y]\n\n[y]: javascript:alert(1)",
    "<javascript:alert(1)> <JAVASCRIPT:alert(1)>",
    "![x](https://evil.example/pixel.png) ![](//evil.example/pixel.png) ![x][y]\n\n[y]: https://evil.example/p.png",
    '![x" onerror="alert(1)](y" onerror="alert(1)) [x](https://a" onclick="alert(1))',
    "![x](attachment:x.png) ![x](data:image/svg+xml,<svg onload=alert(1)>)",
    "$<script>alert(1)</script>$ $$<img src=x onerror=alert(1)>$$",
    "\\begin{x}<script>alert(1)</script>\\end{x}",
    "$\\href{javascript:alert(1)}{x}$ \\\\(\\style{x}{y}\\\\) \\\\[\\class{a}{b}\\\\]",
    "```mermaid\ngraph TD; A-->B; click A callback\n```",
    "```html\n<script>alert(1)</script>\n```\n~~~x y=z onclick=1\n<b>\n~~~",
    "| <script> | a |\n|---|---|\n| <img src=x onerror=alert(1)> | $<b>$ |",
    "# <a name=top onclick=x>\n\n- [x] <input onfocus=alert(1) autofocus>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<math href=javascript:alert(1)><maction actiontype=statusline xlink:href=javascript:alert(1)>x",
]
#: The same, where a check's message (or nbgrader's own autograde) brings HTML along.
MARKUP = [
    *HOSTILE,
    f'<img src="{PNG}" onload=alert(1)><img src="https://evil/x.png"><img src="data:image/svg+xml;base64,AA==">',
    f'<a href="{PNG}">x</a><a href="data:text/html,x">x</a><a href=" DATA:text/html,x">x</a>',
    '<div style="background:url(//evil);position:fixed;inset:0;color:red;behavior:url(x)">x</div>',
    '<svg><script>alert(1)</script><animate onbegin=alert(1)><use href="//evil#x"/><image href="//evil"/></svg>',
    '<svg><path d="M0,0" fill="url(//evil#x)" stroke="url(https://evil)"/><foreignObject><b>x</b></foreignObject></svg>',
    '<svg><a href="javascript:alert(1)"><text x="1" y="1">x</text></a><style>*{x:url(//evil)}</style></svg>',
    "<p id=top name=x formaction=y ping=//evil srcset=//evil background=//evil>x</p>",
    "<video src=//evil autoplay></video><audio src=//evil><object data=//evil><embed src=//evil><template><b>",
]


class Found(HTMLParser):
    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attributes]


def assert_inert(markup: str) -> None:
    found = Found(markup)
    live = "script style link base meta form input button iframe object embed video audio use image foreignobject"
    assert not set(found.tags) & set(live.split())
    for tag, name, value in found.attributes:
        assert not name.startswith("on")
        assert name not in ("id", "name", "srcset", "srcdoc", "ping", "background", "formaction", "action")
        assert "url(" not in value or tag == "a"
        assert "position" not in value or name != "style"
        if name in ("src", "xlink:href", "data"):
            assert (tag, value) == ("img", PNG)
        if name == "href":
            assert tag == "a"
            assert URLS.match(value) or ":" not in value
    for rel in [{n: v for t, n, v in found.attributes if t == "a"}.get("rel")]:
        assert rel in (None, "nofollow noopener noreferrer")


@pytest.mark.parametrize("source", HOSTILE)
def test_hostile_markdown_is_inert(source: str) -> None:
    page = Formatter().markdown(source)
    assert_inert(page)
    assert "img" not in Found(page).tags


@pytest.mark.parametrize("markup", MARKUP)
def test_hostile_markup_is_inert(markup: str) -> None:
    assert_inert(harmless(markup))


@pytest.mark.parametrize("markup", MARKUP)
def test_what_is_harmless_stays_as_it_is(markup: str) -> None:
    assert harmless(harmless(markup)) == harmless(markup)


def test_a_picture_on_the_web_is_a_link() -> None:
    page = Formatter().markdown("![my curve](https://example.org/curve.png)")
    link = '<a href="https://example.org/curve.png" rel="nofollow noopener noreferrer">my curve</a>'
    assert link in page


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("**bold** and *thin* and `code`", "<strong>bold</strong> and <em>thin</em> and <code>code</code>"),
        ("| a |\n|--:|\n| 1 |", '<td style="text-align:right">1</td>'),
        ("so $x^2$", "so <math><msup><mi>x</mi><mn>2</mn></msup></math>"),
        ("$$x$$", '<math display="block"><mi>x</mi></math>'),
        ("a \\\\(x\\\\) b", "a <math><mi>x</mi></math> b"),
        ("\\begin{align}a&=b\\end{align}", '<mtd columnalign="right">'),
        ("it costs $5", "it costs $5"),
        ("$\\nosuch{x}$", '<code class="tex">$\\nosuch{x}$</code>'),
        ("[a](https://x.org/y?z=1#w)", 'href="https://x.org/y?z=1#w"'),
        ("[a](#there)", 'href="#there"'),
        ("```python\nif x < 1:\n```", '<pre><span class="k">if</span> x &lt; 1:'),
        ("```julia\nx = 1\n```", "<pre><code>x = 1\n</code></pre>"),
        ("a <b> c & d", "a &lt;b&gt; c &amp; d"),
    ],
)
def test_markdown_looks_as_in_jupyter(source: str, expected: str) -> None:
    assert expected in Formatter().markdown(source)


def test_the_messages_of_our_checks_pass_whole() -> None:
    from machine_room.checks import picture, show
    from machine_room.exercises import of_assignment

    exercise = of_assignment("01-backprop")[0]
    message = show.success(exercise, 3, hidden=False).html
    assert re.findall(r"[\w-]+:", harmless(message)) == re.findall(r"[\w-]+:", message)
    assert "&lt;" not in harmless(show.marked_up("see `x` and *y*"))
    import numpy as np

    curve = picture.curves(np.linspace(0, 1, 5), np.ones(5), np.zeros(5), "z")
    assert nh3.clean(curve, tags=set()) == nh3.clean(harmless(curve), tags=set())
    assert len(Found(harmless(curve)).attributes) == len(Found(curve).attributes)


MARKS = [
    "\\\\(", "\\\\[", "\\begin{a}", "$", "$x ", "[", "[a](", "![", "*", "**a ", "_", "__a ", "`", "``a", "<", "<a ",
    "&#", "~~", "|a", "|a\n|-\n", "> ", "- ", "\n  - ", "\n#", "\n\n", "[a]: b\n", "http://a ", "www.", "@", "\\*",
    "```\n", "a\n: b\n", "<a\n", "{", "(", "a\n=\n", "***a", "_a_", "\n1. a\n   ", "](", "\\end{a}", "\n$$", "*_",
    "<!--", "[^a]",
]  # fmt: skip


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were looked at for Markdown, in place of looking."""
    seen: list[str] = []

    def look(source: str, with_mathml: bool) -> tuple[str, int]:
        seen.append(source)
        return "", source.count("$") // 2

    monkeypatch.setattr(texts, "_as_html", look)
    return seen


def steps(text: str) -> int:
    return len(text) * (1 + len(re.findall(r"[^\w\s]|_|\n", text)))


@pytest.mark.parametrize("mark", MARKS)
def test_a_page_of_marks_costs_no_more_than_its_steps(mark: str, rendered: list[str]) -> None:
    formatter = Formatter()
    cells = [(mark * 3_000)[: 3_000 - n] for n in range(60)]
    pages = [formatter.markdown(cell) for cell in cells]
    assert sum(steps(text) for text in set(rendered)) <= BUDGETS.text_steps
    assert sum(page.startswith("<pre>") for page in pages) == len(cells) - len(rendered) >= 20


def test_a_page_that_is_full_shows_the_rest_as_typed_and_the_next_page_begins_anew(rendered: list[str]) -> None:
    formatter = Formatter()
    for n in range(20):
        formatter.markdown("(" * (5_000 + n))
    assert formatter.markdown("*a* <b>") == "<pre>*a* &lt;b&gt;</pre>"
    formatter.begin_page()
    formatter.markdown("*a* <b>")
    assert rendered[-1] == "*a* <b>"


@pytest.mark.parametrize("text", ["x" * (BUDGETS.text_characters + 1), "a" + " " * 400, "a\n" + "\n" * 400])
def test_a_text_that_is_too_long_or_blank_is_not_looked_at(text: str, rendered: list[str]) -> None:
    assert Formatter().markdown(text).startswith("<pre>")
    assert rendered == []


def test_formulas_beyond_the_budget_stay_tex_and_are_not_converted(monkeypatch: pytest.MonkeyPatch) -> None:
    converted: list[str] = []
    real = mathml

    def counting(tex: str, *, block: bool) -> str | None:
        converted.append(tex)
        return real(tex, block=block)

    monkeypatch.setattr(texts, "mathml", counting)
    formatter = Formatter()
    pages = [formatter.markdown(" ".join(f"$b_{{{n}}}$" for n in range(k, k + 50))) for k in range(0, 1000, 50)]
    assert len(converted) == BUDGETS.formulas
    assert [page.count("<math") for page in pages] == [50] * 8 + [0] * 12
    assert pages[-1].count('<code class="tex">') == 50


def test_what_a_class_shares_is_rendered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Any] = []
    real = MarkdownWithMath
    monkeypatch.setattr(texts, "MarkdownWithMath", lambda **options: looked.append(1) or real(**options))
    formatter, source = Formatter(), f"Shared {random.random()} $x$"
    pages = {formatter.begin_page() or formatter.markdown(source) for _ in range(30)}
    assert len(pages) == 1
    assert len(looked) == 2  # to count its formulas, and to convert them


def test_code_beyond_the_budget_has_no_colours() -> None:
    formatter = Formatter()
    assert "<span" in formatter.code("x = 'one'")
    assert formatter.code("\n" * 400 + "x <= 1") == f"<pre>{chr(10) * 400}x &lt;= 1</pre>"
    cells = [f"x = {n}  # {'y' * 9_990}" for n in range(40)]
    coloured = [cell for cell in cells if "<span" in formatter.code(cell)]
    assert sum(map(len, coloured)) <= BUDGETS.coloured_page
    assert len(coloured) >= 15
