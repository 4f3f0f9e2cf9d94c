"""Feedback pages: what a student sees, and what must never be in them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from autograde.contract.failures import CourseError
from autograde.contract.verdict import CellOutput, CellVerdict, Outcome, Verdict
from autograde.course.intake import rebuild
from autograde.course.notebook import Cell, Notebook, Role, cell_json, notebook_json
from autograde.course.settings import FILE
from autograde.gradebook.feedback import write_feedback
from autograde.gradebook.writer import GradebookWriter, gradebook_of

ASSIGNMENT = "01-backprop"
EVIL = "<script>alert('evil')</script><img src=x onerror=alert(1)>"
MARKDOWN = [
    EVIL,
    "<!-- --><svg/onload=alert(1)>",
    "[click](javascript:alert(1)) ![](javascript:alert(1)) <javascript:alert(1)>",
    "[a]: javascript:alert(1)\n\n[click][a]",
    "[click](\n  java&#115;cript:alert(1)) [click]( <javascript:alert(1)>) [click](JAVASCRIPT:alert(1) 'x')",
    "[click](&#x6A;avascript:alert(1)) [click](vbscript:x) [click](data:text/html,<script>alert(1)</script>)",
    '[click](https://x.org" onclick="alert(1)) [b]:\n javascript:alert(1)\n\n[b]',
    '![x" onerror="alert(1)](y" onerror="alert(1))',
    "$<script>alert(1)</script>$ and $$<img src=x onerror=alert(1)>$$",
    "```mermaid\ngraph TD; A-->B; click A callback\n```\n```html\n<script>alert(1)</script>\n```",
    "\\begin{x}<script>alert(1)</script>\\end{x}",
]


def submission(master: Notebook, *extra: Cell) -> Notebook:
    return replace(
        rebuild(master, json.dumps(notebook_json(cell_json(cell) for cell in master.cells)).encode()),
        cells=(*master.cells, *extra),
    )


def verdict(student: str = "ada", outputs: tuple[CellOutput, ...] = ()) -> Verdict:
    wrong = CellVerdict(
        "gradient_descent_step-check",
        "gradient_descent_step",
        0.0,
        1.0,
        Outcome.WRONG,
        hint="That goes uphill.",
        text="That goes uphill. yours 1.5 expected 0.5",
        html="<div>That goes <b>uphill</b>: yours 1.5, expected 0.5</div>",
    )
    right = CellVerdict("relative_error-check", "relative_error", 2.5, 2.5, Outcome.CORRECT, text="correct")
    written = CellVerdict("written-one-step-1", None, None, 3.0, Outcome.NOT_GRADED)
    return Verdict(student, ASSIGNMENT, "small", (right, wrong, written), outputs=outputs, key="k")


@pytest.fixture
def graded(tmp_path: Path, master: Notebook) -> Path:
    """A course with one student's hostile output, and another student's ordinary work."""
    texts = [Cell(f"extra-{index}", Role.EXTRA, "markdown", text) for index, text in enumerate(MARKDOWN)]
    code = Cell("extra-code", Role.EXTRA, "code", f"print('''{EVIL}''')")
    outputs = (
        CellOutput("relative_error", stdout=EVIL, stderr=f"\x1b[31m{EVIL}\x1b[0m", result=EVIL),
        CellOutput("extra-code", error=f"Traceback\n{EVIL}: {EVIL}"),
        CellOutput("prose-relative-error-2", stdout="harmless", images=(b'"><script>alert(1)</script>',)),
    )
    with GradebookWriter(tmp_path) as writer:
        writer.ensure(master)
        writer.record(verdict(outputs=outputs), submission(master, *texts, code))
        writer.record(verdict("bo"), submission(master))
    return tmp_path


def page(root: Path, student: str = "ada") -> str:
    (path,) = write_feedback(root, ASSIGNMENT, [student])
    assert path == root / "feedback" / student / ASSIGNMENT / "small.html"
    return path.read_text(encoding="utf-8")


class _Tags(HTMLParser):
    """Collects every start tag of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = _Tags()
    parser.feed(html)
    return parser.found


def test_a_page_tells_points_reasons_and_comments(graded: Path) -> None:
    with gradebook_of(graded) as book:
        book.find_comment("relative_error", "small", ASSIGNMENT, "ada").manual_comment = "Nicely *short*."
        book.db.commit()
    html = page(graded)
    assert "small (Score: 2.5 / 6.5)" in html
    assert '<a href="#gradient_descent_step-check">gradient_descent_step</a> (Score: 0.0 / 1.0)' in html
    assert "That goes <b>uphill</b>: yours 1.5, expected 0.5" in html
    assert "Nicely <em>short</em>." in html


def test_scores_and_comments_are_each_students_own(graded: Path) -> None:
    with gradebook_of(graded) as book:
        book.find_grade("gradient_descent_step-check", "small", ASSIGNMENT, "bo").manual_score = 1.0
        book.find_comment("relative_error", "small", ASSIGNMENT, "bo").manual_comment = "For Bo alone."
        book.find_submission_notebook("small", ASSIGNMENT, "ada").late_submission_penalty = 0.5
        book.db.commit()
    ada, bo = page(graded), page(graded, "bo")
    assert "small (Score: 2.0 / 6.5)" in ada
    assert "Late submission penalty (Score: -0.5)" in ada
    assert "small (Score: 3.5 / 6.5)" in bo
    assert "For Bo alone." in bo
    assert "For Bo alone." not in ada


STEP = 'class="check-step-{}" style=""'
IN_STEPS = (
    f"<div><b>&#10007; not right yet</b><div {STEP.format(1)}>That goes uphill.</div>"
    f"<div {STEP.format(2)}>Mind the sign.</div>"
    f'<details {STEP.format(3)}><summary style="">Show</summary><div style="">x * 2</div></details></div>'
)


def class_of(root: Path, master: Notebook, size: int, wrong: int, message: str = IN_STEPS) -> None:
    """A class with something to say of everyone, of whom so many have the step wrong."""
    with GradebookWriter(root) as writer:
        writer.ensure(master)
        for place in range(size):
            said = verdict(f"somebody{place:02}")
            right, lost, written = said.cells
            better = replace(lost, points=1.0, outcome=Outcome.CORRECT, html="<div>correct</div>", hint=None)
            cell = replace(lost, html=message) if place < wrong else better
            writer.record(replace(said, cells=(right, cell, written)), submission(master))


def test_how_much_of_the_class_has_it_is_told_where_a_course_allows_it(tmp_path: Path, master: Notebook) -> None:
    class_of(tmp_path, master, 20, wrong=8)
    assert "of the class" not in page(tmp_path, "somebody03")
    (tmp_path / FILE).write_text("[feedback]\nshare_right = true\n", encoding="utf-8")
    html = page(tmp_path, "somebody03")
    assert re.findall(r'<p class="share">(.*?)</p>', html) == [
        "More than 70 % of the class had this right.",
        "About 60 % of the class had this right.",
    ]
    others = {f"somebody{place:02}" for place in range(20)} - {"somebody03"}
    assert not [name for name in others if name in html]
    with gradebook_of(tmp_path) as book:  # nobody has graded it: neither right nor wrong
        book.find_grade("gradient_descent_step-check", "small", ASSIGNMENT, "somebody00").auto_score = None
        book.db.commit()
    assert page(tmp_path, "somebody03").count('<p class="share">') == 1


@pytest.mark.parametrize(
    ("hints", "told"), [(1, ["uphill"]), (2, ["uphill", "Mind the sign"]), (3, ["uphill", "Mind"])]
)
def test_hints_go_as_far_as_a_course_allows(tmp_path: Path, master: Notebook, hints: int, told: list[str]) -> None:
    class_of(tmp_path, master, 1, wrong=1)
    (tmp_path / FILE).write_text(f"[feedback]\nhints = {hints}\nopen_hints = 1\n", encoding="utf-8")
    html = page(tmp_path, "somebody00")
    steps = ["That goes uphill.", "Mind the sign.", "x * 2"]
    assert [step for step in steps if step in html] == steps[:hints]
    assert html.count("<details>") == hints - 1
    assert "check-step" not in html


def test_who_was_graded_before_there_were_steps_is_named(tmp_path: Path, master: Notebook) -> None:
    old = re.sub(r" class=.check-step-\d.", "", IN_STEPS)
    class_of(tmp_path, master, 3, wrong=2, message=old)
    told: list[str] = []
    write_feedback(tmp_path, ASSIGNMENT, say=told.append)
    assert not [one for one in told if "steps" in one]
    (tmp_path / FILE).write_text("[feedback]\nhints = 1\n", encoding="utf-8")
    write_feedback(tmp_path, ASSIGNMENT, say=told.append)
    (said,) = [one for one in told if "steps" in one]
    assert said.startswith("2 were graded before hints had steps")
    assert "somebody00, somebody01. `autograde grade 01-backprop --regrade` renews that." in said


def test_hidden_tests_are_not_shown(graded: Path, master: Notebook) -> None:
    assert any("hidden=True" in cell.source for cell in master.cells)
    html = re.sub("<[^>]*>", "", page(graded))
    assert "HIDDEN" not in html
    assert "hidden=True" not in html
    assert "check(relative_error)" in html


def test_a_page_holds_no_script_no_handler_and_nothing_from_elsewhere(graded: Path) -> None:
    for student in ("ada", "bo"):
        found = tags(page(graded, student))
        assert {tag for tag, _ in found}.isdisjoint({"script", "iframe", "object", "embed", "form", "base", "link"})
        assert not [name for _, attributes in found for name in attributes if name.startswith("on")]
        sources = [attributes["src"] for _, attributes in found if "src" in attributes]
        assert all(source is not None and source.startswith("data:image/png;base64,") for source in sources)
        links = [attributes.get("href") or "" for tag, attributes in found if tag == "a"]
        assert all(re.match(r"https?://|#|mailto:", link) or ":" not in link for link in links)
        assert not re.search(r"url\(|@import|mathjax\.|require\.js|mermaid\.", page(graded, student), re.IGNORECASE)


def test_the_pages_policy_forbids_what_is_not_there(graded: Path) -> None:
    html = page(graded)
    policy = next(found["content"] for tag, found in tags(html) if tag == "meta" and "http-equiv" in found)
    rules = dict([*rule.split(), ""][:2] for rule in (policy or "").split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    assert not rules.keys() & {"script-src", "connect-src", "font-src", "frame-src", "object-src"}
    assert html.index("Content-Security-Policy") < html.index("<style>")


def test_formulas_are_there_without_a_program_to_show_them(graded: Path) -> None:
    cell = {"cell_type": "markdown", "id": "f", "metadata": {}, "source": "So $\\eta < 1$ and $\\nosuch$."}
    path = graded / "autograded" / "ada" / ASSIGNMENT / "small.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    path.chmod(0o644)
    path.write_text(json.dumps(notebook | {"cells": [*notebook["cells"], cell]}), encoding="utf-8")
    html = page(graded)
    assert "So <math><mrow><mi>η</mi><mo>&lt;</mo><mn>1</mn></mrow></math> and" in html
    assert '<code class="tex">$\\nosuch$</code>' in html


def test_what_nbgraders_own_autograde_left_in_a_notebook_is_inert_too(graded: Path) -> None:
    path = graded / "autograded" / "ada" / ASSIGNMENT / "small.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    data = {"text/html": EVIL, "application/javascript": "alert(1)", "image/svg+xml": "<svg onload=alert(1)>"}
    output = {"output_type": "display_data", "data": data, "metadata": {}}
    picture = {"output_type": "display_data", "data": {"image/png": '"><script>'}, "metadata": {}}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [*cell["outputs"], output, picture]
    cells = [*notebook["cells"], {"cell_type": "markdown", "id": "e", "metadata": {}, "source": EVIL}]
    path.chmod(0o644)
    path.write_text(json.dumps(notebook | {"cells": cells}), encoding="utf-8")
    html = page(graded)
    assert "script" not in [tag for tag, _ in tags(html)]
    assert not [name for _, attributes in tags(html) for name in attributes if name.startswith("on")]


def test_a_page_is_small_and_nothing_in_it_is_there_twice(graded: Path) -> None:
    html = page(graded, "bo")
    assert len(html) < 40_000
    named = [found["id"] for _, found in tags(html) if "id" in found]
    assert len(named) == len(set(named))
    wanted = [found["href"] for tag, found in tags(html) if tag == "a" and (found.get("href") or "").startswith("#")]
    assert {link[1:] for link in wanted if link} <= set(named)


def test_what_a_student_wrote_and_printed_is_there_to_read(graded: Path) -> None:
    html = page(graded)
    assert html.count("&lt;script&gt;alert(") >= 4  # printed, on stderr, as a result, raised
    assert "harmless" in html


def test_pages_for_everyone(graded: Path) -> None:
    assert [path.parent.parent.name for path in write_feedback(graded, ASSIGNMENT)] == ["ada", "bo"]


def test_whoever_was_not_graded_is_named(graded: Path) -> None:
    with pytest.raises(CourseError, match=r"No work of zoe was graded for 01-backprop in .* Run `autograde grade"):
        write_feedback(graded, ASSIGNMENT, ["ada", "zoe"])
    with pytest.raises(CourseError, match=r"No work was graded for 02-activations"):
        write_feedback(graded, "02-activations")


def test_a_gradebook_that_was_deleted_is_noticed(graded: Path) -> None:
    (graded / "gradebook.db").unlink()
    with pytest.raises(CourseError, match=r"The gradebook knows nothing of .*small\.ipynb"):
        write_feedback(graded, ASSIGNMENT)
