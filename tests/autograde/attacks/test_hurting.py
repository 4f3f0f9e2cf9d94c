"""Hurting: whatever a submission spends, breaks or shows, the run ends, its author is told, and nobody else notices."""

from __future__ import annotations

import base64
import re
import struct
from html.parser import HTMLParser
from typing import Any

import pytest

from autograde.contract.verdict import Outcome
from autograde.inside.limits import BUDGETS

pytestmark = pytest.mark.xdist_group("hurting")  # one class is graded for all of these

LIMITS = {"request_seconds": 3.0}

ENDS = {
    "a fork bomb": (
        """
import os
def backward_221(theta, x, y):
    for _ in range(1000):
        try: os.fork()
        except OSError: pass
    return os.fork()
""",
        {Outcome.ERROR},
    ),
    "threads by the thousand": (
        """
import threading, time
def backward_221(theta, x, y):
    for _ in range(10_000): threading.Thread(target=time.sleep, args=(60,)).start()
""",
        {Outcome.ERROR},
    ),
    "memory by touching it": (
        "def backward_221(theta, x, y):\n    hoard = []\n    while True: hoard.append(bytearray(1 << 22))",
        {Outcome.MEMORY_LIMIT},
    ),
    "memory by NumPy": (
        "def backward_221(theta, x, y): return np.ones((40_000, 40_000)) @ np.ones((40_000, 40_000))",
        {Outcome.MEMORY_LIMIT},
    ),
    "memory by a huge integer": (
        "def backward_221(theta, x, y): return 1 << (1 << 33)",
        {Outcome.MEMORY_LIMIT},
    ),
    "a full scratch": (
        """
def backward_221(theta, x, y):
    for n in range(100_000): open(f"{n}", "wb").write(bytes(1 << 20))
""",
        {Outcome.ERROR},
    ),
    "output without end": (
        "def backward_221(theta, x, y):\n    while True: print('spam ' * 1000)",
        {Outcome.OUTPUT_LIMIT},
    ),
    "a loop without end": ("def backward_221(theta, x, y):\n    while True: pass", {Outcome.TIME_LIMIT}),
    "a loop in C that hears no signal": (
        """
import signal
def backward_221(theta, x, y):
    for number in range(1, 32):
        try: signal.signal(number, signal.SIG_IGN)
        except OSError: pass
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    return sum(range(10**14))
""",
        {Outcome.TIME_LIMIT},
    ),
    "a loop when it is cleared away": (
        """
import atexit, os
class Undying:
    def __del__(self):
        while True: pass
def backward_221(theta, x, y):
    atexit.register(backward_221, theta, x, y)
    Undying()
""",
        {Outcome.TIME_LIMIT},
    ),
    "kills everyone": (
        """
import os, signal
def backward_221(theta, x, y):
    for target in (-1, 0, 1, os.getppid(), -os.getpgrp()):
        try: os.kill(target, signal.SIGKILL)
        except OSError: pass
    os.setsid()
""",
        {Outcome.ERROR, Outcome.CRASHED},
    ),
    "a segmentation fault": (
        "import ctypes\ndef backward_221(theta, x, y): return ctypes.string_at(1)",
        {Outcome.CRASHED},
    ),
    "recursion below Python": (
        """
import sys
def backward_221(theta, x, y):
    sys.setrecursionlimit(10**9)
    return backward_221(theta, x, y)
""",
        {Outcome.CRASHED, Outcome.ERROR, Outcome.MEMORY_LIMIT, Outcome.TIME_LIMIT},  # whichever comes first
    ),
    "all descriptors": (
        "import os\ndef backward_221(theta, x, y): return [os.dup(0) for _ in range(10_000)]",
        {Outcome.ERROR},
    ),
    "the state of the world": (
        """
import os, random, sys
os.umask(0o777); os.chdir("/"); os.environ.clear(); sys.path.clear(); sys.setswitchinterval(1000)
np.seterr(all="ignore"); np.random.seed(1); random.seed(1); np.set_printoptions(precision=0)
def backward_221(theta, x, y): return sys.path
""",
        {Outcome.WRONG},
    ),
    "a parting shot": (
        """
import os, signal, threading, time
def last_word():
    while True:
        try: os.write(3, b"x" * 1000)
        except OSError: pass
def backward_221(theta, x, y):
    threading.Thread(target=last_word, daemon=True).start()
    time.sleep(0.1)
""",
        {Outcome.VIOLATION, Outcome.TIME_LIMIT, Outcome.CRASHED},
    ),
}

MARKUP = "<script>alert(1)</script><img src=x onerror=alert(1)><a href='javascript:alert(1)'>x</a>"
SHOWS = {
    "markup everywhere": f"""
import sys
from IPython.display import HTML, Javascript, display, publish_display_data
markup = {MARKUP!r}
print(markup); print(markup, "\\x1b]8;;javascript:alert(1)\\x07x\\x1b]8;;\\x07\\x1b[31m", file=sys.stderr)
display(HTML(markup), Javascript("alert(1)"))
publish_display_data({{"text/html": markup, "application/javascript": "alert(1)", "image/svg+xml": markup}})
Error = type(markup[:60], (Exception,), {{}})
def backward_221(theta, x, y): raise Error(markup)
HTML(markup)
""",
    "markup in an exception": f"""
def backward_221(theta, x, y): return {MARKUP!r}
raise type("</pre><script>alert(1)</script>", (Exception,), {{}})({MARKUP!r})
""",
    "a picture that is a page": """
from IPython.display import publish_display_data
png = b"\\x89PNG\\r\\n\\x1a\\n\\0\\0\\0\\rIHDR" + b"<script>alert(1)</script>" * 9
publish_display_data({"image/png": png})
def backward_221(theta, x, y): return None
""",
}
ATTACKS = {name: source for name, (source, _) in ENDS.items()} | SHOWS


def much_of_everything(notebook: dict[str, Any]) -> None:
    """Each cell stays below its limit; together they would fill memory and disk."""
    source = "import sys\nprint('x' * 90_000); print('y' * 9_000, file=sys.stderr)"
    notebook["cells"] += [_cell("code", source) for _ in range(60)]


def pictures_by_the_dozen(notebook: dict[str, Any]) -> None:
    source = """
import struct
from IPython.display import publish_display_data
head = b"\\x89PNG\\r\\n\\x1a\\n" + struct.pack(">I4sII", 13, b"IHDR", 9, 9)
for _ in range(4):
    publish_display_data({"image/png": head + bytes(900_000) + b"IEND" + bytes(4)})
"""
    notebook["cells"] += [_cell("code", source) for _ in range(8)]


def pictures_of_billions_of_pixels(notebook: dict[str, Any]) -> None:
    """Small as files: a row of one bit a pixel, all of them blank."""
    source = """
import struct, zlib
from IPython.display import publish_display_data
def chunk(kind, data=b""):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
def png(width, height, rows):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\\x89PNG\\r\\n\\x1a\\n" + head + chunk(b"IDAT", zlib.compress(bytes(rows))) + chunk(b"IEND")
large, lying, right = png(8000, 8000, 8_008_000), png(8, 8, 50_000_000), png(2000, 2000, 502_000)
for image in (large, lying, right, right, right, right, right, right):
    publish_display_data({"image/png": image})
"""
    notebook["cells"] += [_cell("code", source) for _ in range(4)]


def formulas_without_end(notebook: dict[str, Any]) -> None:
    notebook["cells"] += [_cell("markdown", "\\\\(" * 3_000) for _ in range(200)]


def markdown_that_takes_hours(notebook: dict[str, Any]) -> None:
    notebook["cells"] += [_cell("markdown", text * 20_000) for text in ("\\begin{a}", "[a](", "*a ", "![", "$x ")]


def code_that_takes_hours_to_colour(notebook: dict[str, Any]) -> None:
    notebook["cells"] += [_cell("code", text * 60_000 + "x = 1") for text in ("\n ", "f'{", "import a.", "(")]


def text_without_end(notebook: dict[str, Any]) -> None:
    """Cells that have to be compared with ours, each as long as a cell may be."""
    for cell in notebook["cells"]:
        cell["id"] = "lost"
        cell["metadata"] = {}
    notebook["cells"] = [_cell("code", "\n" * 490_000) for _ in range(10)]


def markdown_with_markup(notebook: dict[str, Any]) -> None:
    texts = [MARKUP, f"[x](javascript:alert(1)) [y][z]\n\n[z]: javascript:alert(1)\n\n<{MARKUP}", f"`` ` ``{MARKUP}"]
    texts += [f"```{MARKUP}\nx\n```", f"| {MARKUP} |\n|---|\n| {MARKUP} |", "[x](java&#115;cript:alert(1))"]
    notebook["cells"] += [_cell("markdown", text) for text in texts]


def _cell(kind: str, source: str) -> dict[str, Any]:
    return {"cell_type": kind, "metadata": {}, "source": source}


FILES = {
    "much of everything": much_of_everything,
    "pictures by the dozen": pictures_by_the_dozen,
    "pictures of billions of pixels": pictures_of_billions_of_pixels,
    "formulas without end": formulas_without_end,
    "markdown that takes hours": markdown_that_takes_hours,
    "code that takes hours to colour": code_that_takes_hours_to_colour,
    "text without end": text_without_end,
    "markdown with markup": markdown_with_markup,
}


@pytest.mark.parametrize("attack", ENDS)
def test_what_it_breaks_is_its_own(attack: str, run: Any, attack_holds: Any) -> None:
    assert attack_holds(attack).outcome in ENDS[attack][1]
    assert run.points(attack) == 17.0


@pytest.mark.parametrize("attack", [*SHOWS, *FILES])
def test_what_it_shows_is_inert(attack: str, run: Any, attack_holds: Any) -> None:
    attack_holds(attack)
    page = Live()
    page.feed(run.feedback(attack))
    assert page.found == []
    for cell in run.autograded(attack)["cells"]:
        if not cell["id"].endswith("-check"):  # there the markup is ours
            kinds = {kind for output in cell.get("outputs", ()) for kind in output.get("data", ())}
            assert kinds <= {"text/plain", "image/png"}


@pytest.mark.parametrize("attack", FILES)
def test_a_file_costs_no_more_than_it_may(attack: str, run: Any) -> None:
    assert run.points(attack) == 0.0
    assert run.seconds(attack) < 20.0
    assert len(run.shown(attack)) < 5_000_000
    assert len(run.feedback(attack)) < 25_000_000


def test_no_page_shows_more_pixels_than_it_may(run: Any) -> None:
    for attack in ("pictures of billions of pixels", "pictures by the dozen", "a picture that is a page"):
        images = re.findall(r'<img src="data:image/png;base64,([^"]*)"', run.feedback(attack))
        sizes = [struct.unpack_from(">II", base64.b64decode(image), 16) for image in images]
        assert sum(width * height for width, height in sizes) <= BUDGETS.pictures_pixels
        assert all(width * height <= BUDGETS.picture_pixels for width, height in sizes)
        assert "was left out" in run.feedback(attack)
    # five would fit, but for the few pixels that the lying one said it had
    assert run.feedback("pictures of billions of pixels").count("<img ") == 4


def test_formulas_without_end_are_shown_as_typed(run: Any) -> None:
    assert run.feedback("formulas without end").count("\\\\(" * 3_000) == 200


def test_nobody_else_is_hurt(nobody_else_is_hurt: Any) -> None:
    nobody_else_is_hurt()


class Live(HTMLParser):
    """Collects what would run in a browser, or be loaded by it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "link", "iframe", "object", "embed", "form", "base"):
            self.found.append(tag)
        for name, value in attributes:
            if name == "src" and not (value or "").startswith("data:image/png;base64,"):
                self.found.append(f"{tag} {name}")
            if name.startswith("on") or re.match(r"\s*javascript:", value or "", re.IGNORECASE):
                self.found.append(f"{tag} {name}")
