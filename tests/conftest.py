"""In CI nothing is skipped: there a skip is a failure, because a skipped test can hide a missing feature.

What needs root runs where it is asked for: `make test-root`. So does what needs the built site: `make test-site`.

Nowhere is a test timed: Hypothesis has no deadline, which a busy machine, or one that measures coverage, would miss.

A browser lasts for a module's tests. While one is open, Playwright's event loop counts as running in its thread: there
can be no second one, nor an `asyncio.run`, in whatever else the same worker runs.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

#: Markers of tests that run only where `-m` names them.
ASKED_FOR = ("root", "site")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a shell's background; what is tested is Ctrl-C in front
    signal.signal(signal.SIGINT, signal.default_int_handler)
settings.register_profile("untimed", settings(deadline=None))
settings.load_profile("untimed")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = {marker for marker in ASKED_FOR if marker not in config.option.markexpr}
    others = [item for item in items if any(item.get_closest_marker(marker) for marker in left_out)]
    items[:] = [item for item in items if item not in others]
    config.hook.pytest_deselected(items=others)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if os.environ.get("CI") and report.skipped:
        report.outcome = "failed"
        report.longrepr = (
            f"{item.nodeid} was skipped in CI, where nothing may be: {call.excinfo and call.excinfo.value}"
        )
    return report


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from tools.lab_page import chromium  # here, because the lowest versions are tested without Playwright

    with chromium() as started:
        yield started
    # What Playwright leaves to the collector fails when it is collected, and is told with a traceback. That may read
    # Python into a syntax tree; in the middle of another such reading CPython 3.11 raises SystemError.
    gc.collect()
