"""Every attack once more where tests run beside the student's code: what is outside of the box stays out of reach.

The points of the attacker's own notebook are not: `LISTED` is what cannot be stopped, as SECURITY.md lists it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

import pytest

from autograde.contract.verdict import Verdict
from autograde.course.folder import Course
from autograde.gradebook.feedback import write_feedback
from autograde.gradebook.writer import gradebook_of
from autograde.grading.run import GradeOptions, grade
from tests.autograde import ordinary_course as ordinary
from tests.autograde.interpreters import furnished_environment
from tests.autograde.ordinary_course import ASSIGNMENT, NOTEBOOK, code, graded, solution

from . import test_forging, test_hurting, test_stealing
from .conftest import LIMITS, NEIGHBOURS, ROOT, SECRET, student_of

pytestmark = pytest.mark.xdist_group("together")  # one class is graded for all of these

RIGHT = "def backward_221(theta, x, y):\n    return theta + x * y"
HIDDEN = "only-the-hidden-test-says-this"
CELLS = (
    code("theta, x, y = 1, 2, 3"),
    solution("backward_221", RIGHT),
    graded("seen", "assert backward_221(theta, x, y) == 7", 1),
    graded(
        "hidden",
        "assert backward_221(1, 1, 1) == 2\n### BEGIN HIDDEN TESTS\n"
        f"assert backward_221(2, 2, 2) == 6, {HIDDEN!r}\n### END HIDDEN TESTS",
        2,
    ),
    solution("other", "other = 1"),
    graded("after", "assert other == 1", 4),
)
FULL = 7.0
HONEST = tuple(f"honest-{number}" for number in range(3))
#: What the student's code can do to tests that run in its own process, and what that gives. SECURITY.md says so.
LISTED = {
    "takes the assertions out of the cells to come": """
import ast
class Without(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()
get_ipython().ast_transformers.append(Without())
""",
    "answers as the test expects, by looking at it": """
import re
class Any:
    def __eq__(self, other): return True
def backward_221(*args): return Any()
""",
    "makes other cells of the cells to come": """
get_ipython().input_transformers_post.append(lambda lines: ["pass\\n"])
""",
}
ENVIRONMENT = "where-the-environment-lies"
FRAGMENT = "hidden-test-sa"  # short enough for what is quoted of a message
TELLS = {
    "has its message quoted": (
        "import socket, sys\ndef backward_221(*a):\n    found = In[-1].find('hidden-test' + '-sa')\n    if found > 0:\n"
        "        line = socket.socket(fileno=3)\n"
        "        sys.modules['inside.frames'].send(line, (In[-1][found:][:20], len(In) + 1, 0), lambda value: None)\n"
        "        sys.modules['inside.frames'].send(line, (In[-1][found:][:20], 1, 0), lambda value: None)\n"
        "    return sum(a)"
    ),
    "prints the hidden test": "def backward_221(*a):\n    print(In)\n    return sum(a)",
    "raises the hidden test": "def backward_221(*a):\n    raise ValueError(str(In))",
    "names a class after the hidden test": "def backward_221(*a):\n    raise type(str(In)[-900:], (Exception,), {})()",
    "draws attention afterwards": (
        "import atexit, builtins\nkept = []\ndef backward_221(t, x, y):\n    kept.append(In)\n    return t + x * y\n"
        "class Late:\n    def __repr__(self): return str(kept)\n_other = Late()\n"
        "get_ipython().events.register('post_run_cell', lambda *a: print(kept))"
    ),
    "warns of the hidden test": "import warnings\ndef backward_221(*a):\n    warnings.warn(str(In))\n    return sum(a)",
}
SOURCES: Mapping[str, str] = {
    **test_forging.ATTACKS,
    **test_stealing.ATTACKS,
    **test_hurting.ATTACKS,
    **LISTED,
    **TELLS,
}


class Run:
    """What one run over all of them left behind."""

    def __init__(self, root: Path, verdicts: list[Verdict]) -> None:
        self.root = root
        self.verdicts = {verdict.student: verdict for verdict in verdicts}

    @cached_property
    def points(self) -> dict[str, float]:
        with gradebook_of(self.root) as book:
            return {row.student.id: row.score for row in book.assignment_submissions(ASSIGNMENT)}

    def told(self, student: str) -> str:
        """All that anybody is shown of it: the journal's line, the outputs in autograded/, the page."""
        folder = Path(student) / ASSIGNMENT
        made = json.loads((self.root / "autograded" / folder / f"{NOTEBOOK}.ipynb").read_text(encoding="utf-8"))
        page = (self.root / "feedback" / folder / f"{NOTEBOOK}.html").read_text(encoding="utf-8")
        outputs = [cell.get("outputs") for cell in made["cells"]]
        return f"{self.verdicts[student]!r}{self.journal[student]}{outputs!r}{page}"

    def printed(self, student: str) -> str:
        outputs = json.loads(self.journal[student])["outputs"]
        return "".join(piece["text"] for one in outputs for piece in one.get("shown", ()) if piece["kind"] == "stdout")

    @cached_property
    def journal(self) -> dict[str, str]:
        lines = Course(self.root).journal(ASSIGNMENT, NOTEBOOK).read_text(encoding="utf-8").splitlines()
        return {json.loads(line)["student"]: line for line in lines}


@pytest.fixture(scope="module", params=["the environment that grades", "one that the course names"])
def run(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Run]:
    root = ordinary.lay_out(tmp_path_factory.mktemp("together"), *CELLS, files={"data.csv": b"1\n"})
    if request.param == "one that the course names":
        python = furnished_environment(tmp_path_factory.mktemp("environment") / ENVIRONMENT)
        (root / "autograde.toml").write_text(f'python = "{python}"\n')
    for student in HONEST:
        ordinary.hand_in(root, student, {"backward_221": f"# {NEIGHBOURS}\n{RIGHT}"})
    for name, source in SOURCES.items():
        ordinary.hand_in(root, student_of(name), {"backward_221": source})
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "ADVERSARY_SECRET", SECRET)
        verdicts = grade(Course(root), ASSIGNMENT, GradeOptions(workers=2, limits=LIMITS))
        write_feedback(root, ASSIGNMENT)
        yield Run(root, verdicts)


def test_everyone_is_graded_and_whoever_was_honest_has_all_points(run: Run) -> None:
    assert run.verdicts.keys() == {*HONEST, *map(student_of, SOURCES)}
    points = run.points
    assert [points[student] for student in HONEST] == [FULL] * len(HONEST)


@pytest.mark.parametrize("attack", SOURCES)
def test_an_attack_finds_nothing_outside_and_what_is_said_of_it_is_recorded(run: Run, attack: str) -> None:
    student = student_of(attack)
    verdict, told = run.verdicts[student], run.told(student)
    assert not verdict.grader_errors
    assert run.points[student] == verdict.points <= FULL
    secrets = (SECRET, NEIGHBOURS, HIDDEN, FRAGMENT, ENVIRONMENT, str(run.root), str(ROOT / "autograde"))
    assert [secret for secret in secrets if secret in told] == []
    assert [word for word in ("CONNECTED", "RESOLVED") if word in run.printed(student)] == []


@pytest.mark.parametrize("attack", LISTED)
def test_what_cannot_be_stopped_is_what_security_md_lists(run: Run, attack: str) -> None:
    assert run.points[student_of(attack)] == FULL
    assert attack in (ROOT / "SECURITY.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("attack", test_hurting.ENDS)
def test_what_it_breaks_is_its_own_and_later_cells_count(run: Run, attack: str) -> None:
    after = next(cell for cell in run.verdicts[student_of(attack)].cells if cell.cell_id == "after")
    assert after.points == 4.0
