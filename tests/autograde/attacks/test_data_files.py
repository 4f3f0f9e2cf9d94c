"""The course's files beside a notebook: whatever a student hands in or runs, their code finds these, unchanged."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograde.contract.verdict import Outcome, Verdict
from autograde.course.build import build
from autograde.course.folder import Course
from autograde.grading.journal import Journal
from autograde.grading.run import GradeOptions, grade
from autograde.inside.limits import Limits
from autograde.sandbox.process import Isolation
from tests.own_course import RIGHT, copy_of_course, hand_in

ASSIGNMENT, NOTEBOOK = "02-waves", "waves"
OURS, DEEPER = "tide.csv", "gauges/places.txt"
LIMITS = Limits(request_seconds=3.0, cpu_seconds=10, wall_seconds=40.0, memory_bytes=300 << 20)
SAME, OTHER, SECRET = "the course's own", "something else", "only the grader reads this"


def write(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def socket_at(path: Path) -> None:
    os.chdir(path.parent)  # the path of a socket may have a hundred characters
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(path.name)


#: What stands in a student's folder where the course has its file.
HANDED_IN: dict[str, Callable[[Path], object]] = {
    "the same": lambda path: None,
    "none at all": Path.unlink,
    "another content": lambda path: write(path, b"hour,metres\n0,100\n"),
    "an empty one": lambda path: write(path, b""),
    "a larger one": lambda path: write(path, b"1,1\n" * (8 << 20)),
    "bytes that are no text": lambda path: write(path, b"\xff\x00\xfe" * 1000),
    "one that nobody may read": lambda path: path.chmod(0),
    "one that may be run": lambda path: path.chmod(0o777),
    "a link to a file of the grader's": lambda path: (path.unlink(), path.symlink_to("../../../secret.txt")),
    "a link to the gradebook": lambda path: (path.unlink(), path.symlink_to("../../../gradebook.db")),
    "a link to a device": lambda path: (path.unlink(), path.symlink_to("/dev/zero")),
    "a link to nothing": lambda path: (path.unlink(), path.symlink_to("nowhere")),
    "a link to itself": lambda path: (path.unlink(), path.symlink_to(path.name)),
    "a second name of another file": lambda path: (path.unlink(), path.hardlink_to(path.parents[2] / "other.txt")),
    "a folder": lambda path: (path.unlink(), path.mkdir(), (path / "inside").write_text("0")),
    "an empty folder": lambda path: (path.unlink(), path.mkdir()),
    "a pipe": lambda path: (path.unlink(), os.mkfifo(path)),
    "a socket": lambda path: (path.unlink(), socket_at(path)),
    "its name in other letters": lambda path: (path.unlink(), write(path.with_name("TIDE.csv"), b"0")),
    "an archive of that name": lambda path: write(path, b"PK\x05\x06" + bytes(18)),
    "a file in the folder's place": lambda path: (
        (path.parent / DEEPER).unlink(), (path.parent / "gauges").rmdir(), write(path.parent / "gauges", b"0"),
    ),
    "a link in the folder's place": lambda path: (
        (path.parent / DEEPER).unlink(), (path.parent / "gauges").rmdir(), (path.parent / "gauges").symlink_to("/etc"),
    ),
    "other files in the folder": lambda path: [
        write(path.parent / "gauges" / name, b"0") for name in ("places.txt", "more.txt")
    ],
    "a hundred files more": lambda path: [write(path.parent / f"more-{n}.csv", b"0") for n in range(100)],
    "modules of the library's names": lambda path: [
        write(path.parent / name, b"raise SystemExit") for name in ("numpy.py", "machine_room.py", "signals.py")
    ],
    "the folder that the box has it in": lambda path: (
        (path.parent / ".beside").mkdir(), write(path.parent / ".beside" / OURS, b"0"),
    ),
}  # fmt: skip

#: What a student's code does to it, each line for itself.
RUN = {
    "writes": "open('tide.csv', 'w').write('0')",
    "writes in place": "open('tide.csv', 'r+b').write(b'0')",
    "adds": "open('tide.csv', 'a').write('0')",
    "cuts off": "os.truncate('tide.csv', 0)",
    "removes": "os.remove('tide.csv')",
    "removes and writes": "os.remove('tide.csv')\nopen('tide.csv', 'w').write('0')",
    "puts another in its place": "open('mine', 'w').write('0')\nos.replace('mine', 'tide.csv')",
    "gives it another name": "os.rename('tide.csv', 'mine')\nopen('tide.csv', 'w').write('0')",
    "exchanges two": "open('mine', 'w').write('0')\nctypes.CDLL(None).renameat2(-100, b'mine', -100, b'tide.csv', 2)",
    "makes a link of it": "os.symlink('/view', 'mine')\nos.replace('mine', 'tide.csv')",
    "gives itself the right": "os.chmod('tide.csv', 0o666)\nopen('tide.csv', 'w').write('0')",
    "gives itself the file": "os.chown('tide.csv', os.getuid(), os.getgid())\nopen('tide.csv', 'w').write('0')",
    "takes the right to read": "os.chmod('tide.csv', 0)",
    "by a second name": "os.link('tide.csv', 'mine')\nopen('mine', 'w').write('0')",
    "by its memory": "import mmap\nfd = os.open('tide.csv', os.O_RDWR)\nmmap.mmap(fd, 4)[:4] = b'0000'",
    "by its memory, made writable": (
        "import mmap\nfd = os.open('tide.csv', os.O_RDONLY)\nmmap.mmap(fd, 4, prot=mmap.PROT_WRITE)[:4] = b'0000'"
    ),
    "by its descriptor": "fd = os.open('tide.csv', os.O_RDONLY)\nos.open(f'/proc/self/fd/{fd}', os.O_WRONLY)",
    "where it comes from": "open('/view/.beside/tide.csv', 'w').write('0')",
    "removes it where it comes from": "os.remove('/view/.beside/tide.csv')",
    "takes the mount away": "ctypes.CDLL(None).umount2(b'/tmp/tide.csv', 2)",
    "makes the mount writable": "ctypes.CDLL(None).mount(None, b'/tmp/tide.csv', None, 32 | 4096, None)",
    "puts a mount over it": "ctypes.CDLL(None).mount(b'/dev/null', b'/tmp/tide.csv', None, 4096, None)",
    "removes the folder": "shutil.rmtree('gauges')",
    "renames the folder": "os.rename('gauges', 'mine')\nos.mkdir('gauges')",
    "writes in the folder": "open('gauges/places.txt', 'w').write('0')",
    "removes in the folder": "os.remove('gauges/places.txt')",
    "adds to the folder": "open('gauges/more.txt', 'w').write('0')",
    "makes a folder in the folder": "os.mkdir('gauges/more')",
    "renames out of the folder": "os.rename('gauges/places.txt', 'mine')",
    "sets its times": "os.utime('tide.csv', (0, 0))",
    "marks it": "os.setxattr('tide.csv', 'user.mine', b'0')",
    "removes all it can": "shutil.rmtree('/tmp', ignore_errors=True)",
    "fills the scratch": "for n in range(200):\n    open(f'mine-{n}', 'wb').write(bytes(1 << 20))",
}
LOOK = f"""
import hashlib
found = [hashlib.sha256(open(name, "rb").read()).hexdigest() for name in ({OURS!r}, {DEEPER!r})]
print({SAME!r} if found == EXPECTED and sorted(os.listdir("gauges")) == ["places.txt"] else {OTHER!r}, found)
"""


def _looking(root: Path, attack: str) -> str:
    """A student's cell: the attack, whatever comes of it, then a look at the files, then a right answer."""
    place = root / "source" / ASSIGNMENT
    expected = [hashlib.sha256((place / name).read_bytes()).hexdigest() for name in (OURS, DEEPER)]
    lines = "\n".join(f"    {line}" for line in attack.splitlines())
    tried = f"try:\n{lines}\nexcept (OSError, shutil.Error, ValueError) as error:\n    print(type(error).__name__)\n"
    return f"import ctypes, os, shutil\nEXPECTED = {expected!r}\n{tried}{LOOK}{RIGHT['sine_wave']}"


def _submitted(root: Path, student: str, attack: str) -> Path:
    answers = {**RIGHT, "sine_wave": _looking(root, attack), "relative_error": LOOK + RIGHT["relative_error"]}
    folder = hand_in(root, ASSIGNMENT, NOTEBOOK, student, answers)
    (folder / "gauges").mkdir(exist_ok=True)
    for name in (OURS, DEEPER):
        (folder / name).write_bytes((root / "source" / ASSIGNMENT / name).read_bytes())
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    here = Path.cwd()
    root = copy_of_course(tmp_path_factory.mktemp("data") / "course")
    build(root)
    (root / "secret.txt").write_text(SECRET)
    (root / "submitted").mkdir()
    (root / "submitted" / "other.txt").write_text(SECRET)
    yield root
    os.chdir(here)


@pytest.fixture(scope="module")
def verdicts(built: Path) -> dict[str, Verdict]:
    """Everyone in the tables, graded in one run by two workers."""
    for name, damage in HANDED_IN.items():
        damage(_submitted(built, name, "pass") / OURS)
    for name, source in RUN.items():
        _submitted(built, name, source)
    grade(Course(built), ASSIGNMENT, GradeOptions(workers=2, limits=LIMITS))
    return {verdict.student: verdict for verdict in Journal(Course(built).journal(ASSIGNMENT, NOTEBOOK))}


@pytest.mark.parametrize("attack", [*HANDED_IN, *RUN])
def test_students_code_finds_the_courses_files_unchanged(attack: str, verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts[attack]
    shown = "\n".join(one.stdout for one in verdict.outputs)
    assert shown.count(SAME) == 2, shown  # after the attack, and a cell later
    assert OTHER not in shown
    assert SECRET not in shown
    assert "13 hours at harbour" in shown
    assert verdict.points == 3.0
    assert [cell.outcome for cell in verdict.cells] == [Outcome.CORRECT] * 2


def test_after_a_breach_the_files_are_there_again(built: Path) -> None:
    answers = {
        **RIGHT,
        "sine_wave": "import os\nos.open('tide.csv', os.O_RDONLY)\nos._exit(3)\n",
        "relative_error": _looking(built, "pass").replace(RIGHT["sine_wave"], RIGHT["relative_error"]),
    }
    hand_in(built, ASSIGNMENT, NOTEBOOK, "breach", answers)
    (verdict,) = grade(Course(built), ASSIGNMENT, GradeOptions(students=("breach",), limits=LIMITS))
    journal = Journal(Course(built).journal(ASSIGNMENT, NOTEBOOK))
    shown = "\n".join(one.stdout for one in next(one for one in journal if one.student == "breach").outputs)
    assert SAME in shown
    assert {cell.exercise: cell.points for cell in verdict.cells} == {"sine_wave": 0.0, "relative_error": 1.0}


def test_without_a_box_each_process_has_a_copy_of_its_own(built: Path) -> None:
    for student in ("first", "second"):
        _submitted(built, student, "open('tide.csv', 'w').write('0')" if student == "first" else "pass")
    options = GradeOptions(students=("first", "second"), isolation=Isolation.NONE, limits=LIMITS, workers=1)
    grade(Course(built), ASSIGNMENT, options)
    journal = {one.student: one for one in Journal(Course(built).journal(ASSIGNMENT, NOTEBOOK))}
    assert SAME in "".join(one.stdout for one in journal["second"].outputs)
    assert (built / "source" / ASSIGNMENT / OURS).read_text().startswith("hour,metres\n0,2.10\n")
    view = built / ".autograde" / "view" / ASSIGNMENT / ".beside"
    assert (view / OURS).read_bytes() == (built / "source" / ASSIGNMENT / OURS).read_bytes()
