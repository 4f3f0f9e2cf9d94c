"""Cells run as in a notebook, and what they show comes back as text and pictures, no more than is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from autograde.contract.verdict import CellOutput, Outcome
from autograde.course.notebook import Cell, Role
from autograde.judge.session import Breach, Session


@pytest.fixture
def session(sandbox: Any, limits: Any) -> Any:
    session = Session(sandbox, limits)
    yield session
    session.close()


def run(session: Session, source: str) -> CellOutput:
    return session.run(Cell("cell-1", Role.EXTRA, "code", source))


UNREADABLE = "\N{REPLACEMENT CHARACTER}"
SHOWS = {
    "print": ("print('a'); print('b')", "stdout", "a\nb\n"),
    "several prints to stderr": ("import sys; print('a', file=sys.stderr)", "stderr", "a\n"),
    "last expression": ("x = 1\nx + 1", "result", "2"),
    "array": ("import numpy as np\nnp.arange(3)", "result", "array([0, 1, 2])"),
    "nothing": ("None", "result", ""),
    "last result": ("41\n", "result", "41"),
    "display": ("display({'a': 1})", "stdout", "{'a': 1}\n"),
    "lone surrogate": ("print('a\\ud800b')", "stdout", "a?b\n"),
    "control characters": (
        "print('a\\x1b[2J\\0')",
        "stdout",
        "a\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}\n",
    ),
    "top-level await": ("import asyncio\nawait asyncio.sleep(0)\nprint('done')", "stdout", "done\n"),
    "async for": ("[i async for i in (x async for x in aiter_())] if False else 1", "result", "1"),
    "a magic": ("%%capture said\nprint(1)", "stdout", ""),
    "shell output": ("files = !ls\nfiles", "result", "[]"),
    "inline pictures": ("%matplotlib inline\n1", "result", "1"),
    "help": ("print?", "error", ""),
}


@pytest.mark.parametrize(("source", "where", "text"), SHOWS.values(), ids=SHOWS)
def test_a_cell_shows_what_it_shows_in_a_notebook(source: str, where: str, text: str, session: Session) -> None:
    output = run(session, source)
    assert getattr(output, where) == text
    assert output.error == ""
    assert output.cell_id == "cell-1"


@pytest.mark.parametrize(
    "source", ["!ls", "%%bash\nls", "%%sh\nls", "%%script perl\n1", "%pip install x", "%%python\n1"]
)
def test_what_needs_a_shell_says_so_and_the_notebook_goes_on(source: str, session: Session) -> None:
    output = run(session, source)
    assert "is not available while your work is graded" in output.stdout
    assert output.error == ""
    assert run(session, "1 + 1").result == "2"


@pytest.mark.parametrize("source", ["%time 1 + 1", "%timeit -n1 -r1 1", "%%time\nx = 1"])
def test_timing_magics_work(source: str, session: Session) -> None:
    output = run(session, source)
    assert output.stdout
    assert output.error == ""


RAISES = {
    "an exception": ("def f():\n    return 1 / 0\nf()", "ZeroDivisionError: division by zero"),
    "a syntax error": ("def f(:", "SyntaxError"),
    "tabs and spaces": ("if True:\n\tx = 1\n        y = 2", "Error"),
    "input": ("input('Your name?')", "input() has nobody to ask while your work is graded"),
    "exit": ("import sys\nsys.exit(3)", "SystemExit: 3"),
    "an interrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "an unknown magic": ("%%no_such_magic\n1", "UsageError: Cell magic `%%no_such_magic` not found"),
    "an error that cannot be written": (
        "class E(Exception):\n    def __str__(self): 1 / 0\nraise E",
        "<exception str() failed>",
    ),
    "endless recursion": ("def f(): return f()\nf()", "RecursionError"),
}


@pytest.mark.filterwarnings("default:To exit:UserWarning")  # IPython's, where a cell calls sys.exit
@pytest.mark.parametrize(("source", "text"), RAISES.values(), ids=RAISES)
def test_an_error_is_told_in_the_student_s_own_lines_and_the_next_cell_runs(
    source: str, text: str, session: Session
) -> None:
    output = run(session, source)
    assert text in output.error + output.stderr
    assert "autograde" not in output.error
    assert "site-packages" not in output.error
    assert run(session, "1 + 1").result == "2"


def test_a_traceback_names_cell_and_line(session: Session) -> None:
    run(session, "pass")
    assert "Cell 2, line 3" in run(session, "x = 0\n\n1 / x").error


def test_figures_come_back_as_png(session: Session) -> None:
    (image,) = run(session, "import matplotlib.pyplot as plt\nplt.plot([1, 2]);").images
    assert image.startswith(b"\x89PNG")


def test_shown_figures_come_once(session: Session) -> None:
    output = run(session, "import matplotlib.pyplot as plt\nplt.plot([1]); plt.show()\nplt.plot([2]); plt.show()")
    assert len(output.images) == 2
    assert output.stderr == ""


HUGE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (10**6).to_bytes(4, "big") * 2 + b"x" * 50 + b"IEND\xae\x42\x60\x82"


@pytest.mark.parametrize("image", [b"GIF89a" + b"x" * 50, HUGE], ids=["no PNG", "a million pixels wide"])
def test_what_is_no_sane_png_is_left_out(image: bytes, session: Session) -> None:
    assert run(session, f"display({{'image/png': {image!r}}}, raw=True)").images == ()


def test_names_and_results_last_from_cell_to_cell(session: Session) -> None:
    run(session, "x = 20")
    run(session, "x + 1")
    assert run(session, "_ * 2").result == "42"


def test_a_cell_that_takes_stdout_away_takes_only_its_own(session: Session) -> None:
    run(session, "import sys\nsys.stdout = sys.stderr = None")
    assert run(session, "print('back')").stdout == "back\n"


@pytest.mark.parametrize(
    "source",
    [
        "while True: print('spam')",
        "print('x' * 10**6)",
        "'x' * 10**6",
        "import sys\nwhile True: sys.stderr.write('spam')",
    ],
)
def test_endless_output_ends_the_process(source: str, session: Session) -> None:
    with pytest.raises(Breach) as caught:
        run(session, source)
    assert caught.value.outcome is Outcome.OUTPUT_LIMIT
