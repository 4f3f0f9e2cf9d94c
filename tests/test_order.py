"""How workers share the tests: a module is one worker's, and the longest begin first."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from tests.conftest import LONGEST

ROOT = Path(__file__).resolve().parents[1]


def test_a_module_is_in_one_group(request: pytest.FixtureRequest) -> None:
    groups = defaultdict(set)
    for item in request.session.items:
        groups[item.path].add(tuple(marker.args for marker in item.iter_markers("xdist_group")))
    assert {path: found for path, found in groups.items() if len(found) != 1 or () in found} == {}


def test_the_longest_come_before_all_others(request: pytest.FixtureRequest) -> None:
    modules = list(dict.fromkeys(item.nodeid.partition("::")[0] for item in request.session.items))
    listed = [module for module in modules if module in LONGEST]
    assert modules[: len(listed)] == listed == [module for module in LONGEST if module in modules]


@pytest.mark.parametrize("module", LONGEST)
def test_what_is_listed_as_long_is_there(module: str) -> None:
    assert (ROOT / module).is_file()
