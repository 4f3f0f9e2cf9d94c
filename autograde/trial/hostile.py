"""What an autograder meets sooner or later, as solution cells: `{name}` is the function that was asked for."""

from __future__ import annotations

__all__ = ["BURNING", "HOSTILE", "HOSTILE_AND_MORE"]

ENDLESS = """
def {name}(*args, **kwargs):
    while True:
        pass
"""

FORK_BOMB = """
import os

def {name}(*args, **kwargs):
    while True:
        try:
            os.fork()
        except OSError:
            pass
"""

MEMORY_HOG = """
def {name}(*args, **kwargs):
    hoard = []
    while True:
        hoard.append(np.zeros(10_000_000))
"""

QUITTER = """
import os

def {name}(*args, **kwargs):
    os._exit(0)
"""

PATCHES_NUMPY = """
import builtins, sys
import machine_room

class Agreeable:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __array__(self, *args, **kwargs): return np.zeros(0)

np.allclose = np.array_equal = np.isclose = lambda *a, **k: True
np.testing.assert_allclose = np.testing.assert_array_equal = lambda *a, **k: None
builtins.abs = lambda value: 0
machine_room.check = check = lambda *a, **k: None
for module in list(sys.modules.values()):
    for attribute in ("check", "run_check", "compare", "Exercise"):
        if hasattr(module, attribute):
            setattr(module, attribute, lambda *a, **k: True)

def {name}(*args, **kwargs):
    return Agreeable()
"""

READS_THE_ANSWERS = """
import glob, importlib, pkgutil
import machine_room

def {name}(*args, **kwargs):
    for found in pkgutil.walk_packages(machine_room.__path__, "machine_room.", onerror=lambda name: None):
        try:
            answer = getattr(importlib.import_module(found.name), "{name}")
            return getattr(answer, "reference", answer)(*args, **kwargs)
        except Exception:
            pass
    for path in glob.glob("/**/*.ipynb", recursive=True) + glob.glob("/**/gradebook.db", recursive=True):
        print(open(path).read())
    return None
"""

HOSTILE = {
    "endless loop": ENDLESS,
    "fork bomb": FORK_BOMB,
    "memory hog": MEMORY_HOG,
    "ends the process": QUITTER,
    "patches NumPy": PATCHES_NUMPY,
    "looks for the answers": READS_THE_ANSWERS,
}

#: What goes into large classes beside those: other ways to spend, to break, to forge and to look.
MORE = {
    "sleeps": """
import time

def {name}(*args, **kwargs):
    time.sleep(3600)
""",
    "hears no signal": """
import signal

def {name}(*args, **kwargs):
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    return sum(range(10**14))
""",
    "lives on behind a cut line": """
import os, time

def {name}(*args, **kwargs):
    os.close(3)
    time.sleep(3600)
""",
    "memory by touching it": """
def {name}(*args, **kwargs):
    hoard = []
    while True:
        hoard.append(bytearray(1 << 22))
""",
    "one huge number": """
def {name}(*args, **kwargs):
    return 1 << (1 << 33)
""",
    "a number too long to print": """
def {name}(*args, **kwargs):
    return 2**16_000
""",
    "output without end": """
def {name}(*args, **kwargs):
    while True:
        print("spam " * 1000)
""",
    "markup and control characters": """
print("<script>alert(1)</script>\\x1b]0;title\\x07\\u202e" * 100)

def {name}(*args, **kwargs):
    raise ValueError("<img src=x onerror=alert(1)>\\x1b[2J\\u202e\\ud800")
""",
    "threads by the thousand": """
import threading, time

def {name}(*args, **kwargs):
    for _ in range(10_000):
        threading.Thread(target=time.sleep, args=(60,)).start()
""",
    "a full scratch": """
def {name}(*args, **kwargs):
    for n in range(100_000):
        open(f"{n}", "wb").write(bytes(1 << 20))
""",
    "all descriptors": """
import os

def {name}(*args, **kwargs):
    return [os.dup(0) for _ in range(10_000)]
""",
    "segmentation fault": """
import ctypes

def {name}(*args, **kwargs):
    return ctypes.string_at(1)
""",
    "kills everyone": """
import os, signal

def {name}(*args, **kwargs):
    for target in (-1, 0, 1, os.getppid(), -os.getpgrp()):
        try:
            os.kill(target, signal.SIGKILL)
        except OSError:
            pass
""",
    "garbage on the line": """
import os

def {name}(*args, **kwargs):
    os.write(3, os.urandom(100_000))
    return 1
""",
    "answers before it is asked": """
import os, sys
wire = sys.modules["inside.wire"]

def {name}(*args, **kwargs):
    for number in range(1, 200):
        header, blob = wire.encode(("called", number, 1.0, None, None, [], 0.0), lambda value: None)
        os.write(3, len(header).to_bytes(4, "big") + len(blob).to_bytes(4, "big") + header + blob)
    return 1
""",
    "patches what answers the judge": """
import sys
sys.modules["inside.kernel"].Kernel.call = lambda self, number, *rest: ("called", number, True, None, None, [], 0.0)

def {name}(*args, **kwargs):
    return None
""",
    "hooks the cells to come": """
shell = get_ipython()
shell.input_transformers_cleanup.append(lambda lines: ["check = {name} = lambda *a, **k: True\\n"])
for event in ("pre_run_cell", "post_run_cell", "pre_execute", "post_execute"):
    shell.events.register(event, lambda *a: globals().update(check=lambda *a, **k: True))

def {name}(*args, **kwargs):
    return True
""",
    "an exception of our own": """
class Breach(BaseException):
    outcome = "correct"

def {name}(*args, **kwargs):
    raise Breach("correct")
""",
    "nested without end": """
def {name}(*args, **kwargs):
    value = {}
    for _ in range(100_000):
        value = {"gradient": value, "loss": [value]}
    return value
""",
    "objects, dates and records": """
def {name}(*args, **kwargs):
    return np.array([object()] * 9), np.zeros(1, "M8[s]"), np.zeros(1, [("a", "f8")])
""",
    "a gigantic array": """
def {name}(*args, **kwargs):
    return np.ones(20_000_000)
""",
    "an array that claims to be endless": """
def {name}(*args, **kwargs):
    return np.lib.stride_tricks.as_strided(np.ones(1), shape=(1 << 40,), strides=(0,))
""",
    "not a number": """
def {name}(*args, **kwargs):
    return np.nan
""",
    "denormals, ragged, another each time": """
results = [5e-324, [[1.0], [2.0, 3.0]], (), {}, 1j, "x", None, np.zeros(0), [[]], 2**70, {(1,): 2}, -0.0]

def {name}(*args, **kwargs):
    results.append(results.pop(0))
    return results[0]
""",
    "zeroes its arguments": """
def {name}(*args, **kwargs):
    for value in args:
        if isinstance(value, np.ndarray):
            value[...] = 0
    return args[0]
""",
    "calls back without end": """
def {name}(*args, **kwargs):
    for value in args:
        while callable(value):
            try:
                value(range(10**9))
            except Exception:
                value(np.ones(1))
    return None
""",
    "looks up the stack": """
import gc, sys

def {name}(*args, **kwargs):
    frame, found = sys._getframe(), []
    while frame:
        found += [value for value in frame.f_locals.values() if isinstance(value, (dict, np.ndarray))]
        frame = frame.f_back
    return [thing for thing in gc.get_objects() if type(thing) is dict and "reference" in thing][:3]
""",
    "opens a network": """
import socket

def {name}(*args, **kwargs):
    return socket.create_connection(("127.0.0.1", 80))
""",
    "an import hook for everything": """
import sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        raise SystemExit(0)

sys.meta_path.insert(0, Finder())

def {name}(*args, **kwargs):
    import decimal
    return decimal
""",
    "takes another's answer for its own": """
def {name}(*args, **kwargs):
    return check({name}, hidden=True)
""",
}
HOSTILE_AND_MORE = HOSTILE | MORE
#: Kinds that use up the time they have; a class may hold fewer of them.
BURNING = frozenset({"endless loop", "fork bomb", "sleeps", "hears no signal", "lives on behind a cut line"})
