"""In CI nothing is skipped: there a skip is a failure, because a skipped test can hide a missing feature.

What needs root runs where it is asked for: `make test-root`. So does what needs the built site: `make test-site`.

Nowhere is a test timed: Hypothesis has no deadline, which a busy machine, or one that measures coverage, would miss.

Where workers share the tests (`--dist loadgroup`), one has a module from beginning to end, so that what the module's
tests share is made once and not by each worker. Modules that share more name a group. The longest begin first, since
one that begins last would leave the other workers idle.

What is left open is an error of the test that runs when the collector finds it (a ResourceWarning), but not where a
browser, a hub or a kernel is at the other end: these are ended from outside, and leave their end of a socket behind.

A browser lasts for a module's tests. While one is open, Playwright's event loop counts as running in its thread: there
can be no second one, nor an `asyncio.run`, in whatever else the same worker runs.
"""

from __future__ import annotations

import gc
import os
import signal
from collections import defaultdict
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter
    from playwright.sync_api import Browser

#: Markers of tests that run only where `-m` names them.
ASKED_FOR = ("root", "site")
#: Folders, and a fixture, of tests in which something may be left to the collector.
LEAVES = ("tests/course/", "tests/hub/", "tests/web/", "tests/wheels/"), "browser"
#: Modules that begin first, because they take long; in CI stands at the end what each took.
LONGEST = (
    "tests/hub/test_cycle.py",
    "tests/hub/test_refusals.py",
    "tests/autograde/grading/test_stress.py",
    "tests/course/test_notebooks_run.py",
    "tests/wheels/test_instructor.py",
    "tests/wheels/test_student.py",
    "tests/wheels/test_kit.py",
    "tests/course/test_browser.py",
    "tests/course/test_first_day.py",
    "tests/lib/explore/test_every.py",
    "tests/lib/explore/test_students.py",
    "tests/lib/explore/test_for_everyone.py",
    "tests/autograde/attacks/test_together.py",
    "tests/autograde/attacks/test_hurting.py",
    "tests/autograde/attacks/test_forging.py",
    "tests/autograde/grading/test_busy_class.py",
    "tests/autograde/grading/test_interrupted.py",
    "tests/autograde/grading/test_kill.py",
    "tests/autograde/trial/test_demo.py",
    "tests/autograde/trial/test_mixed_class.py",
    "tests/autograde/attacks/test_mutations.py",
    "tests/autograde/attacks/test_stealing.py",
    "tests/autograde/plugin/test_button.py",
    "tests/lib/exercises/test_exercises.py",
    "tests/lib/exercises/test_randomness.py",
    "tests/lib/checks/test_hostile.py",
    "tests/strangers/test_strangers.py",
    "tests/autograde/grading/test_late.py",
    "tests/autograde/grading/test_serve.py",
    "tests/autograde/grading/test_records.py",
    "tests/autograde/grading/test_run.py",
    "tests/autograde/grading/test_pool.py",
    "tests/autograde/grading/test_first_release.py",
    "tests/autograde/grading/test_former_editions.py",
    "tests/autograde/test_cli_situations.py",
)
#: What draws, trains and loads other libraries makes its process a gigabyte large. A test that forks, as all do in
#: which the judge explains a wrong answer, pays for each page: so these modules come last, the longest of them first.
GROWS = ("tests/lib/", "tests/strangers/")
#: How many modules are listed there.
SHOWN = 40

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a shell's background; what is tested is Ctrl-C in front
    signal.signal(signal.SIGINT, signal.default_int_handler)
settings.register_profile("untimed", settings(deadline=None))
settings.load_profile("untimed")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = {marker for marker in ASKED_FOR if marker not in config.option.markexpr}
    others = [item for item in items if any(item.get_closest_marker(marker) for marker in left_out)]
    items[:] = [item for item in items if item not in others]
    config.hook.pytest_deselected(items=others)
    _group(items)
    _be_strict(items)
    items.sort(key=_turn)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Let no collection look through what lasts: sixteen thousand tests and their modules are a million objects."""
    gc.collect()
    gc.freeze()


def _group(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(_module(item)))


def _be_strict(items: list[pytest.Item]) -> None:
    folders, fixture = LEAVES
    lenient = {_module(item) for item in items if fixture in getattr(item, "fixturenames", ())}
    for item in items:
        if _module(item) not in lenient and not item.nodeid.startswith(folders):
            item.add_marker(pytest.mark.filterwarnings("error::ResourceWarning"))
            item.add_marker(pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning"))


def _module(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def _turn(item: pytest.Item) -> tuple[int, int]:
    """The part of the run in which a test is, and its module's place in it: see `GROWS`."""
    module = _module(item)
    place = LONGEST.index(module) if module in LONGEST else len(LONGEST)
    grows = module.startswith(GROWS)
    return (2 if grows else 0) + (place == len(LONGEST)), place


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Say in CI where the time went, so that `LONGEST` can be set right."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for report in (one for reports in terminalreporter.stats.values() for one in reports):
        if isinstance(report, pytest.TestReport):
            seconds[report.nodeid.partition("::")[0]] += report.duration
    if os.environ.get("CI") and len(seconds) > SHOWN:
        terminalreporter.section(
            f"the {SHOWN} longest of {len(seconds)} modules, {sum(seconds.values()):.0f} s together"
        )
        for module in sorted(seconds, key=lambda module: -seconds[module])[:SHOWN]:
            terminalreporter.write_line(f"{seconds[module]:7.1f} s  {module}")


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
