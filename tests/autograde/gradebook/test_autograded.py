"""The notebook in autograded/: what a browser that shows it with MathJax, as formgrader does, may find in it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from autograde.contract.verdict import CellOutput, CellVerdict, Outcome, Verdict
from autograde.course.notebook import Cell, Notebook, Role
from autograde.gradebook.autograded import autograded_notebook, harmless_markdown
from autograde.inside.limits import BUDGETS
from autograde.judge.replies import LEFT_OUT, Ran

from .test_pictures import BROKEN, HONEST, blank

#: What MathJax obeys beyond typesetting, with all that Markdown and HTML may do to it on the way.
ACTIVE = [
    r"$\href{javascript:alert(1)}{x}$",
    r"$$\HREF{javascript:alert(1)}{x}$$",
    r"\\(\href {javascript:alert(1)}{x}\\)",
    r"\\href{javascript:alert(1)}{x}",
    r"\begin{align}\href{javascript:alert(1)}{x}\end{align}",
    r"&#36;&#92;href{javascript:alert(1)}{x}&#36;",
    r"&dollar;&bsol;href{javascript:alert(1)}{x}&dollar;",
    r"&#x24;\hr&#101;f{javascript:alert(1)}{x}&#x24;",
    r"$\url{javascript:alert(1)}$",
    r"$\style{position:fixed}{x}$",
    r"$\class{evil}{x}$",
    r"$\cssId{top}{x}$",
    r"$\htmlClass{a}{x} \htmlId{a}{x} \htmlStyle{a}{x} \htmlData{a=b}{x}$",
    r"$\unicode[serif;x]{65}$",
    r"$\require{action}\toggle{a}{b}\endtoggle$",
    r"$\includegraphics{https://evil.example/x.png}$",
    r"$\bbox[border:1px;background:url(//evil)]{x}$",
    r"$\mmlToken{mi}[href=javascript:alert(1)]{x}$",
    r"$\texttip{x}{y}\mathtip{x}{y}$",
    r"$\def\a{\a\a}\a$ $\newcommand{\b}{\b}\b$ $\renewcommand{\c}{x}$ $\let\d\href$ $\DeclareMathOperator{\e}{x}$",
    r"$\csname href\endcsname{javascript:alert(1)}{x}$",
    r"$\newenvironment{x}{y}{z}$ $\Newextarrow{\x}{1,1}{2}$ $\providecommand{\x}{y}$ $\gdef\x{y}$",
]
OBEYED = re.compile(
    r"\\\s{0}(href|url|style|class|cssid|html\w*|unicode|require|toggle|includegraphics|bbox|mmltoken|texttip|mathtip"
    r"|def|gdef|let|newcommand|renewcommand|providecommand|newenvironment|declaremathoperator|csname|newextarrow)\b",
    re.IGNORECASE,
)
HARMLESS = [
    r"$\frac{1}{2} \le \left( x \right) \leftarrow \ell$",
    r"$\begin{pmatrix}1 & 2 \\ 3 & 4\end{pmatrix}$",
    r"$\cdots \centerdot \deg \cdot \displaystyle \textstyle \neq \ne \nabla$",
    "**bold**, `code`, [a link](https://example.org), [there](#here), 3 < 4 & 5 > 2",
    "Tom & Jerry, AT&T; x[1], y![z",
]


@pytest.mark.parametrize("text", ACTIVE)
def test_tex_that_acts_is_taken_apart(text: str) -> None:
    import html

    assert OBEYED.search(html.unescape(text))
    assert not OBEYED.search(html.unescape(harmless_markdown(text)))


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_harmless_stays_as_it_was_written(text: str) -> None:
    assert harmless_markdown(text).replace("[picture: ", "![").replace("AT& T;", "AT&T;") == text


@pytest.mark.parametrize(
    "text",
    ["![x](https://e/x.png)", "!![x](https://e/x.png)", "![x][y]\n\n[y]: https://e/x.png", "- ![x](https://e/x.png)"],
)
def test_a_picture_is_a_link(text: str) -> None:
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    assert "<img" in markdown2html_mistune(text)
    shown = markdown2html_mistune(harmless_markdown(text))
    assert "<img" not in shown
    assert "https://e/x.png" in shown


@pytest.mark.parametrize(
    "fence", ["```mermaid", "~~~mermaid", "``` mermaid", "````mermaid\n```", "> ```mermaid", "- ```Mermaid"]
)
def test_a_diagram_is_not_drawn(fence: str) -> None:
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    text = f"{fence}\ngraph TD; A-->B; click A callback\n"
    assert "mermaid" not in re.findall(r'class="([^"]*)"', markdown2html_mistune(harmless_markdown(text)))


def of(master: Notebook, *extra: Cell, outputs: tuple[CellOutput, ...] = ()) -> list[dict[str, object]]:
    """The cells of the notebook in autograded/ of somebody who added some."""
    check = CellVerdict(
        "relative_error-check", "relative_error", 0.0, 2.5, Outcome.WRONG, text="no", html="<div>$\\href{x}{y}$</div>"
    )
    verdict = Verdict("ada", master.assignment, master.name, (check,), outputs=outputs, key="k")
    graded = replace(master, cells=(*master.cells, *extra))
    return list(json.loads(autograded_notebook(master, graded, verdict, {}))["cells"])


def test_mathjax_leaves_the_messages_of_checks_alone(master: Notebook) -> None:
    (cell,) = [cell for cell in of(master) if cell["id"] == "relative_error-check"]
    markup = "".join(cell["outputs"][0]["data"]["text/html"])  # type: ignore[index]
    assert markup == '<div class="tex2jax_ignore mathjax_ignore"><div>$\\href{x}{y}$</div></div>'


def test_a_student_s_text_cells_share_one_budget(master: Notebook) -> None:
    texts = [Cell(f"extra-{n}", Role.EXTRA, "markdown", "\\\\(" * 2_000) for n in range(200)]
    shown = ["".join(cell["source"]) for cell in of(master, *texts) if str(cell["id"]).startswith("extra")]  # type: ignore[arg-type]
    as_typed = [text for text in shown if text.startswith("```")]
    looked_at = len(shown) - len(as_typed)
    assert 0 <= looked_at * 6_000 * 6_001 <= BUDGETS.text_steps
    assert all("\\\\(" * 2_000 in text for text in shown)


def test_pictures_are_repacked_or_a_sentence_stands_in_their_place(master: Notebook) -> None:
    images = (HONEST["a plot"](), BROKEN["cut off"], BROKEN["a bomb behind a small header"], blank(3_000, 3_000))
    (cell,) = [
        cell
        for cell in of(master, outputs=(CellOutput("relative_error", images=images),))
        if cell["id"] == "relative_error"
    ]
    outputs: Any = cell["outputs"]
    shown = [list(output["data"]) for output in outputs]
    assert shown == [["image/png"], ["text/plain"], ["text/plain"], ["text/plain"]]
    sentences = ["".join(output["data"]["text/plain"]) for output in outputs[1:]]
    assert ["cut off" in sentences[0], "more or fewer" in sentences[1], "3000 x 3000" in sentences[2]] == [True] * 3


def test_pictures_of_all_cells_share_one_budget(master: Notebook) -> None:
    cells = [Cell(f"extra-{n}", Role.EXTRA, "code", "draw()") for n in range(4)]
    outputs = tuple(CellOutput(cell.id, images=(blank(2_000, 1_000),) * 8) for cell in cells)
    shown = [cell["outputs"] for cell in of(master, *cells, outputs=outputs) if str(cell["id"]).startswith("extra")]
    drawn = [[*output["data"]] for cell in shown for output in cell]  # type: ignore[attr-defined]
    assert drawn == [["image/png"]] * 10 + [["text/plain"]] * 22


@pytest.mark.parametrize("image", [b"", b"GIF89a" + bytes(60), blank(8_000, 8_000), BROKEN["no width"], bytes(4 << 20)])
def test_the_judge_keeps_no_picture_that_will_not_be_shown_and_says_so(image: bytes) -> None:
    output = Ran("", "mine\n", "", "", (HONEST["a plot"](), image), 0.0).output("x", 1_000)
    assert len(output.images) == 1
    assert output.stderr == f"mine\n{LEFT_OUT}"
