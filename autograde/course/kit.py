"""A kit for students' own laptops: the released notebooks, the library's wheel, and a page that says how to begin.

What a student gets is what release/ holds, which `autograde build` made without answers, hidden tests and seeds; and
the library, which is an open book. What is released is looked at once more, and a kit that would give something away
is not made.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile

from machine_room.notebook.points import assignments

from ..contract.failures import CourseError
from .build import build, files_below
from .folder import Course
from .notebook import Role, read_master
from .wheel import own_wheel, wheel_files, wheel_name, write_zip

__all__ = ["FOLDER", "make_kit"]

FOLDER = "machine-room-course"  # all of the kit lies in it
PAGE = "START-HERE.html"
REQUIREMENTS = "requirements.txt"
#: What no file of a kit may hold: the marks of answers and hidden tests, and of what only grading knows.
SECRET = re.compile(rb"(BEGIN|END) (SOLUTION|HIDDEN TESTS)|hidden\s*=\s*True|MACHINE_ROOM_SEED|gradebook\.db")


def make_kit(root: Path, target: Path) -> list[str]:
    """Write the kit of a course as a zip file; return what an instructor should know of it.

    Args:
        root: the course folder.
        target: the file to write; a former kit there is replaced.

    Raises:
        CourseError: release/ is not what the text says, or holds what students must not get; or the file cannot be
            written.
    """
    _refuse_what_is_not_built(root)
    notebooks = dict(_released(root))
    for name, content in notebooks.items():
        if found := SECRET.search(content):
            raise CourseError(
                f"release/{name} holds {found.group().decode()!r}, which students must not get. Run `autograde build`, "
                "and look at what the file is."
            )
    own = dict(map(own_wheel, Course(root).packages()))
    wheels = {name: _zipped(files) for name, files in {wheel_name(): wheel_files(), **own}.items()}
    contents = {**notebooks, **wheels, REQUIREMENTS: _requirements(own), PAGE: _page(own)}
    _write(target, {f"{FOLDER}/{name}": content for name, content in sorted(contents.items())})
    return list(_remarks(root))


def _refuse_what_is_not_built(root: Path) -> None:
    drifted = build(root, check=True) if (root / "course").is_dir() else []
    if drifted:
        raise CourseError(
            f"{drifted[0]}, but a kit must hold what the text says ({len(drifted)} files differ). "
            "Run `autograde build`."
        )
    if not Course(root).assignments() or not (root / "release").is_dir():
        raise CourseError(f"{root} holds no built course: expected source/ and release/. Run `autograde build` there.")


def _released(root: Path) -> Iterator[tuple[str, bytes]]:
    release = root / "release"
    for path in files_below(release):
        if not path.is_symlink():
            yield path.relative_to(release).as_posix(), path.read_bytes()


def _zipped(contents: Mapping[str, bytes]) -> bytes:
    made = BytesIO()
    write_zip(made, contents)
    return made.getvalue()


def _requirements(own: Iterable[str]) -> bytes:
    """One line for each wheel, that pip reads in the same way on every system, and Binder too."""
    lines = [f"./{wheel_name()}[lab]", *(f"./{name}" for name in own)]
    return "\n".join(["# JupyterLab, and the course's library from the files beside this one.", *lines, ""]).encode()


def _page(own: Iterable[str]) -> bytes:
    text = (files("autograde.course") / "kit.html").read_text(encoding="utf-8")
    install = " ".join(f"./{name}" for name in (wheel_name(), *own))
    text = text.replace("%pip install --quiet ./{wheel}", f"%pip install --quiet {html.escape(install)}")
    named = " and ".join(f"<code>{html.escape(name)}</code>" for name in (wheel_name(), *own))
    return text.replace("<code>{wheel}</code>", named).encode()


def _remarks(root: Path) -> Iterator[str]:
    """Where the library tells students other points than the course's text."""
    course = Course(root)
    masters = [read_master(path) for name in course.assignments() for path in course.masters(name)]
    with course.in_use():
        theirs = {one.name: dict(one.checks) for one in assignments()}
    for master in masters:
        now = {f"{cell.exercise}": cell.points for cell in master.cells if cell.role is Role.CHECK}
        if theirs.get(master.assignment) != now:
            yield (
                f"{master.assignment}: the library counts other points than this course gives. `check` and `progress` "
                "will say the library's; grading counts the course's."
            )


def _write(target: Path, contents: Mapping[str, bytes]) -> None:
    try:
        with NamedTemporaryFile(dir=target.parent, prefix=".kit-", delete=False) as scratch:
            made = Path(scratch.name)
        try:
            write_zip(made, contents)
            made.chmod(0o644)
            made.replace(target)
        finally:
            made.unlink(missing_ok=True)
    except OSError as error:
        raise CourseError(
            f"Cannot write the kit to {target}: {error.strerror}. Name a file in a folder that is yours to write."
        ) from error
