"""Forging the result, end to end: no point for what was not done, none lost for what was."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("forging")  # one class is graded for all of these

ATTACKS = {
    "publishes points": """
from IPython.display import display
display({"text/plain": "3.0", "text/html": "<b>3.0</b>"}, raw=True)
def backward_221(theta, x, y): return 3.0
3.0
""",
    "transforms the cells to come": """
shell = get_ipython()
shell.input_transformers_cleanup.append(lambda lines: ["def backward_221(*a, **k): return check\\n"])
shell.input_transformers_post.append(lambda lines: ["pass\\n"])
shell.ast_transformers.append(type("T", (), {"visit": lambda self, tree: tree})())
def backward_221(theta, x, y): return theta
""",
    "hooks before and after cells": """
shell = get_ipython()
for event in ("pre_run_cell", "post_run_cell", "pre_execute", "post_execute"):
    shell.events.register(event, lambda *a: globals().update(check=lambda *a, **k: True))
shell.showtraceback = lambda *a, **k: None
shell.set_custom_exc((BaseException,), lambda *a, **k: None)
def backward_221(theta, x, y): raise KeyboardInterrupt
""",
    "replaces the display hook": """
import sys
sys.displayhook = get_ipython().displayhook.__class__.__call__ = lambda *a, **k: print("1.0")
def backward_221(theta, x, y): return 1
""",
    "an import hook for everything": """
import sys
class Finder:
    def find_spec(self, name, path=None, target=None): raise SystemExit(0)
sys.meta_path.insert(0, Finder())
def backward_221(theta, x, y):
    import decimal
    return 1
""",
    "shadows the library in the scratch": """
import os, sys
for name in ("machine_room", "numpy", "inside", "json", "IPython"):
    open(f"{name}.py", "w").write("def check(*a, **k): return True\\ndef backward_221(*a): return {}\\n")
sys.path.insert(0, os.getcwd())
for name in ("machine_room", "inside"):
    for module in [m for m in sys.modules if m.startswith(name)]:
        del sys.modules[module]
from machine_room import backward_221
""",
    "takes the class of what it returns from an argument": """
def backward_221(theta, x, y):
    class Dict(dict):
        def __getitem__(self, key): return Dict()
        def __eq__(self, other): return True
        __hash__ = None
        __class__ = type(theta)
        def __array__(self, *a, **k): return theta
    return Dict()
""",
    "right keys, views of its arguments": """
def backward_221(theta, x, y):
    theta[:] = 0.0
    x[:] = 0.0
    return dict.fromkeys(("dyhat", "dh1", "dh2", "dz1", "dz2"), 0.0) | {"gradient": theta}
""",
    "not a number everywhere": """
def backward_221(theta, x, y):
    return dict.fromkeys(("dyhat", "dh1", "dh2", "dz1", "dz2"), np.nan) | {"gradient": np.full(9, np.nan)}
""",
    "infinities, complex numbers, truth values": """
def backward_221(theta, x, y):
    odd = {"dyhat": np.inf, "dh1": 1j, "dh2": True, "dz1": np.longdouble("inf"), "dz2": 2**16000}
    return odd | {"gradient": np.full(9, np.inf, np.float16)}
""",
    "denormals": """
def backward_221(theta, x, y):
    return dict.fromkeys(("dyhat", "dh1", "dh2", "dz1", "dz2"), 5e-324) | {"gradient": np.full(9, 5e-324)}
""",
    "its arguments, times a denormal": """
def backward_221(theta, x, y):
    return {"dyhat": 1e-310, "dh1": 1e-310, "dh2": 1e-310, "dz1": 1e-310, "dz2": 1e-310, "gradient": theta * 1e-310}
""",
    "another result in each call": """
results = [{}, [], [[1], [2, 3]], (1, [2, [3]]), {"gradient": [[1], []]}, np.zeros(0), 1j, "x", None, 2**70, {(1,): 2}]
def backward_221(theta, x, y):
    results.append(results.pop(0))
    return results[0]
""",
    "rows of unequal length in every other call": """
calls = [0]
def backward_221(theta, x, y):
    calls[0] += 1
    parts = dict.fromkeys(("dyhat", "dh1", "dh2", "dz1", "dz2"), [[1.0], [1.0, 2.0]] if calls[0] % 2 else 1.0)
    return parts | {"gradient": [[1.0] * calls[0], [2.0]] if calls[0] % 2 else np.ones(9)}
""",
    "NaN with words in it, negative zeros, half precision": """
import struct
secret = struct.unpack("<d", b"graded" + bytes([0xF8, 0x7F]))[0]
def backward_221(theta, x, y):
    odd = {"dyhat": secret, "dh1": -0.0, "dh2": np.float16(6e-8), "dz1": np.longdouble("1e-4950"), "dz2": np.array(1.0)}
    return odd | {"gradient": np.full(9, -0.0, np.float16)}
""",
    "a number too long to print": """
def backward_221(theta, x, y):
    return dict.fromkeys(("dyhat", "dh1", "dh2", "dz1", "dz2", "gradient"), 2 ** 16000)
""",
    "remembers what it was asked": """
known = {}
def backward_221(theta, x, y):
    key = (theta.tobytes(), x.tobytes(), y)
    return known.setdefault(key, {"gradient": theta})
""",
    "puts itself in the place of another": """
def backward_221(theta, x, y):
    return relative_error(theta, theta)
backward_221.__name__ = "relative_error"
""",
    "looks up the stack for answers": """
import gc, sys
def backward_221(theta, x, y):
    frame, found = sys._getframe(), []
    while frame:
        found += [v for v in frame.f_locals.values() if isinstance(v, dict) and "gradient" in v]
        frame = frame.f_back
    found += [d for d in gc.get_objects() if type(d) is dict and "dyhat" in d]
    return found[0] if found else None
""",
    "patches what answers the judge": """
import sys
kernel, wire, frames = (sys.modules["inside." + name] for name in ("kernel", "wire", "frames"))
def call(self, number, target, args, kwargs):
    return ("called", number, self.objects, None, (args, kwargs), [], 0.0)
kernel.Kernel.call = call
""",
    "says it is the judge": """
import sys
wire, kernel = sys.modules["inside.wire"], sys.modules["inside.kernel"]
kernel.Kernel.export = lambda self, value: wire.Reference("judge", 0, "function", "f")
def backward_221(theta, x, y): return object()
""",
    "answers before it is asked": """
import os, sys
wire = sys.modules["inside.wire"]
def backward_221(theta, x, y):
    for number in range(1, 200):
        header, blob = wire.encode(("called", number, {"gradient": 1.0}, None, None, [], 0.0), lambda v: None)
        os.write(3, len(header).to_bytes(4, "big") + len(blob).to_bytes(4, "big") + header + blob)
    return 1
""",
    "garbage on the line": """
import os
def backward_221(theta, x, y):
    os.write(3, os.urandom(100_000))
    return 1
""",
    "a message without end": """
import os
def backward_221(theta, x, y):
    os.write(3, b"\\x00\\x10\\x00\\x00\\x00\\x10\\x00\\x00")
    while True: os.write(3, b"[" * 4096)
""",
    "cuts the line and lives on": """
import os, time
def backward_221(theta, x, y):
    os.close(3)
    time.sleep(100)
""",
    "fills in numbers and text of the wrong kind": """
import sys
frames = sys.modules["inside.kernel"]
frames.Kernel.call = lambda self, number, *a: ("called", float(number), [], "error", {}, "warned", "nan")
def backward_221(theta, x, y): return 1
""",
    "answers in words of a request, of a piece, of nothing, and far too long": """
import sys
kernel = sys.modules["inside.kernel"]
words = iter(["run", "stream", "returned", "", "CALLED", "called" * 1_000_000] * 100)
kernel.Kernel.say = lambda self, reply, number, *a: kernel.send(self.channel, (next(words), number, *a), self.export)
def backward_221(theta, x, y): return {"gradient": 1.0}
""",
    "leaves before the question": "import os; os._exit(0)",
    "exits politely": "raise SystemExit(0)",
    "an exception that is our own": """
import sys
class Breach(BaseException): outcome = "correct"
class SessionLost(RuntimeError): pass
class GraderError(Exception): of_student = False
def backward_221(theta, x, y): raise (Breach, SessionLost, GraderError)[int(abs(y)) % 3]("correct")
""",
    "deep recursion in what it returns": """
def backward_221(theta, x, y):
    value = {}
    for _ in range(100_000): value = {"gradient": value}
    return value
""",
    "an array of objects, dates and records": """
def backward_221(theta, x, y):
    return {"gradient": np.array([object()] * 9), "dyhat": np.zeros(1, "M8[s]"), "dz1": np.zeros(1, [("a", "f8")])}
""",
}

PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"<script>alert(1)</script>" * 4).decode()
ANSWERED = {"output_type": "execute_result", "data": {"text/plain": "20.0"}, "metadata": {}, "execution_count": 1}


def passed_checks(notebook: dict[str, Any]) -> None:
    for cell in notebook["cells"]:
        if cell["id"].endswith("-check"):
            cell["source"] = "1000.0"
            cell["metadata"]["nbgrader"] |= {"points": 1000, "locked": False, "solution": True, "task": True}
            cell["outputs"] = [ANSWERED]


def checks_without_functions(notebook: dict[str, Any]) -> None:
    extra = {"cell_type": "code", "id": "forged", "metadata": {}, "outputs": [ANSWERED], "execution_count": 1}
    extra["source"] = "check = lambda *a, **k: True\nnp.testing = None"
    notebook["cells"].insert(0, extra)
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = ["skip-execution", "raises-exception", "remove_cell"]


def copies_of_checks(notebook: dict[str, Any]) -> None:
    for cell in [cell for cell in notebook["cells"] if cell["id"].endswith("-check")]:
        copy = cell | {"source": "pass", "outputs": [ANSWERED]}
        notebook["cells"] += [copy, copy | {"id": "another"}]


def all_cells_are_checks(notebook: dict[str, Any]) -> None:
    for cell in notebook["cells"]:
        cell["metadata"] = {
            "nbgrader": {"grade": True, "grade_id": "backward_221-check", "points": 20, "locked": False},
            "machine_room": {"role": "check", "exercise": "backward_221"},
        }


def no_cells(notebook: dict[str, Any]) -> None:
    notebook["cells"] = []


def more_cells_than_sane(notebook: dict[str, Any]) -> None:
    notebook["cells"] += [{"cell_type": "code", "metadata": {}, "source": "1000.0", "outputs": [ANSWERED]}] * 3000


def says_edition(notebook: dict[str, Any], edition: Any) -> None:
    notebook["metadata"]["machine_room"] = {"edition": edition, "editions": edition, "accepted": True}


FILES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "checks that passed already": passed_checks,
    "tags and a check of its own": checks_without_functions,
    "copied checks": copies_of_checks,
    "every cell is a check": all_cells_are_checks,
    "no cells at all": no_cells,
    "thousands of cells": more_cells_than_sane,
    "a list": lambda notebook: [notebook],
    "an edition to come": lambda notebook: says_edition(notebook, 2),
    "an edition before the first": lambda notebook: says_edition(notebook, 0),
    "an edition that is true": lambda notebook: says_edition(notebook, True),
    "an edition that is a path": lambda notebook: says_edition(notebook, "../../source/01-backprop"),
    "an edition too long to print": lambda notebook: says_edition(notebook, 10**4000),
    "an edition of editions": lambda notebook: says_edition(notebook, [{"edition": [1] * 1000}] * 100),
    "a role instead of an edition": lambda notebook: says_edition(notebook, {"role": "check", "edition": 1}),
    "metadata of wrong types": lambda notebook: {
        "cells": [{"cell_type": [], "metadata": "grade", "source": {}, "id": 1, "outputs": 3}] * 9,
        "metadata": [],
        "nbformat": "4; DROP TABLE grade",
    },
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_forged_answer_gains_nothing(attack: str, attack_holds: Any) -> None:
    attack_holds(attack)


# These break what their own later cells need, and it is their own loss: 6 points came before.
HARM_THEMSELVES = {
    "transforms the cells to come",
    "patches what answers the judge",
    "says it is the judge",
    "fills in numbers and text of the wrong kind",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_was_done_honestly_beside_it_counts(attack: str, run: Any) -> None:
    assert run.points(attack) == (6.0 if attack in HARM_THEMSELVES else 17.0)


@pytest.mark.parametrize("attack", FILES)
def test_a_file_in_which_nothing_was_written_gets_nothing(attack: str, run: Any, attack_holds: Any) -> None:
    attack_holds(attack)
    assert run.points(attack) == 0.0


def test_nobody_else_is_hurt(nobody_else_is_hurt: Any) -> None:
    nobody_else_is_hurt()
