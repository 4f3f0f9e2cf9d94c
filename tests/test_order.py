"""How workers share the tests: a module is one worker's, and the longest begin first. And what is left open fails."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tests.conftest import GROWS, LONGEST

ROOT = Path(__file__).resolve().parents[1]


def test_a_module_is_in_one_group(request: pytest.FixtureRequest) -> None:
    groups = defaultdict(set)
    for item in request.session.items:
        groups[item.path].add(tuple(marker.args for marker in item.iter_markers("xdist_group")))
    assert {path: found for path, found in groups.items() if len(found) != 1 or () in found} == {}


def test_what_makes_its_process_large_comes_last_and_in_each_part_the_longest_first(
    request: pytest.FixtureRequest,
) -> None:
    modules = list(dict.fromkeys(item.nodeid.partition("::")[0] for item in request.session.items))
    small = [module for module in modules if not module.startswith(GROWS)]
    large = [module for module in modules if module.startswith(GROWS)]
    assert modules == small + large
    for part in (small, large):
        listed = [module for module in LONGEST if module in part]
        assert part[: len(listed)] == listed


@pytest.mark.parametrize("module", LONGEST)
def test_what_is_listed_as_long_is_there(module: str) -> None:
    assert (ROOT / module).is_file()


LEAVING = """
import gc
import socket
import weakref


class Node:
    pass


def test_leaves():
    {leaves}
"""
LEFT = {
    "nothing": ("socket.socket().close()", 0),
    "a socket": ("socket.socket()", 1),
    "a file": ("open(__file__)", 1),
    "a socket that the collector finds": (
        "node = Node(); node.it, node.left = node, socket.socket(); del node; gc.collect()",
        1,
    ),
    "a finalizer that fails": ("weakref.finalize(Node(), lambda: 1 / 0)", 1),
}


@pytest.mark.parametrize(("leaves", "code"), LEFT.values(), ids=LEFT)
def test_what_is_left_open_fails(leaves: str, code: int, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_collection_modifyitems\n")
    (tmp_path / "test_leaving.py").write_text(LEAVING.format(leaves=leaves))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml")]
    done = subprocess.run([*command, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
