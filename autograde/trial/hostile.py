"""What an autograder meets sooner or later, as solution cells: `{name}` is the function that was asked for."""

from __future__ import annotations

__all__ = ["HOSTILE"]

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
