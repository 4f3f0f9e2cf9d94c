"""Another account of the system at the grader process's socket. Needs root: `make test-root`."""

from __future__ import annotations

import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograde.contract.failures import CourseError
from autograde.course.folder import Course
from autograde.grading import client, serve
from autograde.grading.options import GradeOptions
from autograde.grading.protocol import SOCKET, Kind, Request, event_of, request_line
from tests.accounts import STUDENT, as_account

pytestmark = pytest.mark.root

WAIT = 60.0
ASSIGNMENT = "01-uphill"
ASKED = request_line(Request(ASSIGNMENT, GradeOptions()))


@pytest.fixture
def course() -> Iterator[Course]:
    """A course in a place that everybody can reach, with one empty assignment."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    (place / "source" / ASSIGNMENT).mkdir(parents=True)
    (place / "source" / ASSIGNMENT / "small.ipynb").write_text("{}")
    yield Course(place)
    shutil.rmtree(place)


@pytest.fixture
def served(course: Course) -> Iterator[Path]:
    """The socket of a grader process, and its end afterwards."""
    listening, over = threading.Event(), threading.Event()

    def process() -> None:
        serve.serve(course, idle_seconds=1.0, workers=1, on_listening=listening.set)
        over.set()

    threading.Thread(target=process).start()
    assert listening.wait(WAIT)
    yield course.private / SOCKET
    assert over.wait(WAIT)


def asked(path: Path) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(WAIT)
        connection.connect(str(path))
        connection.sendall(ASKED)
        with connection.makefile("rb") as lines:
            return lines.read()


def silence(path: Path) -> None:
    try:
        answer = asked(path)
    except (BrokenPipeError, ConnectionResetError):  # closed before the question was out
        return
    assert answer == b""


def test_its_own_account_is_answered_so_silence_would_show(served: Path) -> None:
    (said,) = map(event_of, asked(served).splitlines())
    assert said.kind is Kind.ERROR
    with pytest.raises(AssertionError):
        silence(served)


@pytest.mark.parametrize(
    "attempt",
    [asked, lambda path: path.unlink(), lambda path: path.rename("/tmp/mine"), lambda path: path.chmod(0o777)],
    ids=["ask", "remove it", "move it", "open it"],
)
def test_another_account_does_not_reach_it(served: Path, attempt: Callable[[Path], object]) -> None:
    assert as_account(STUDENT, lambda: attempt(served)) == "PermissionError"


def test_an_opened_folder_helps_nobody(served: Path) -> None:
    """Who it is the kernel says: the walls of the folder are not the only ones."""
    for path in (served.parent, served):
        path.chmod(0o777)
    assert as_account(STUDENT, lambda: silence(served)) == "done"


def test_another_account_in_the_place_of_the_process_is_told_no_work(course: Course) -> None:
    path = course.private / SOCKET
    theirs = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    path.parent.chmod(0o777)

    def listen() -> None:
        theirs.bind(str(path))
        theirs.listen()

    try:
        assert as_account(STUDENT, listen) == "done"
        with pytest.raises(CourseError, match="another user's"):
            client.grade(course, ASSIGNMENT)
    finally:
        theirs.close()
