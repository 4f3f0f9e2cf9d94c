"""From a fork of the zygote to a student's process that can hurt nobody: the steps, in the order they must have.

Called in the fork, before any of the student's code. Whatever fails raises `ConfinementError`, and the fork ends
unused: there is no confinement by halves.

    1. an unprivileged user, where the zygote has one to give (the grader runs as root)
    2. own user, mount, net, ipc, uts and cgroup namespaces (the pid namespace comes from the zygote's fork)
    3. an empty scratch over /tmp, with the course's files in it that cannot be written; nothing over /proc, the host's
       devices on read-only mounts: written to, not changed
    4. Landlock: the box's files to read, the scratch to write, no TCP, no abstract socket, no signal to outside
    5. limits (rlimits), per process; there is only one process
    6. no capability left, no new privileges, no core dump
    7. the filter of system calls, last: it forbids all of the above
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from . import landlock, seccomp
from .landlock import Files
from .limits import Limits
from .linux import (
    CLONE_NEWCGROUP,
    CLONE_NEWIPC,
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWUSER,
    CLONE_NEWUTS,
    bind,
    drop_capabilities,
    forbid_new_privileges,
    mount_tmpfs,
    remount_read_only,
    set_dumpable,
    unshare,
)

__all__ = ["BESIDE", "SCRATCH", "ConfinementError", "confine", "mapped_bytes", "set_limits"]

SCRATCH = "/tmp"
BESIDE = ".beside"  # in the view: files that stand beside the notebook; no name that can be imported
_VIEW = "/view"
# What the box holds for Python to run (autograde.box mounts it).
READABLE = (
    "/python",
    "/packages",
    "/view",
    "/box",
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/nix/store",
    "/gnu/store",
)
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")

_NAMESPACES = (
    (CLONE_NEWUSER, "user namespace"),
    (CLONE_NEWNS, "mount namespace"),
    (CLONE_NEWNET, "network namespace"),
    (CLONE_NEWIPC, "ipc namespace"),
    (CLONE_NEWUTS, "uts namespace"),
    (CLONE_NEWCGROUP, "cgroup namespace"),
)
_FILES_IN_SCRATCH = 4096


class ConfinementError(RuntimeError):
    """A step failed; the message names it."""


@contextmanager
def _step(name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, OverflowError) as error:
        raise ConfinementError(f"{name}: {error}") from error


def confine(limits: Limits, *, student: int | None) -> None:
    """Confine the calling process for good.

    Args:
        limits: the rlimits and the size of the scratch.
        student: user and group number to become; None keeps the zygote's, which is unprivileged then.

    Raises:
        ConfinementError: a step failed. End the process.
    """
    mapped = mapped_bytes()  # while there is a /proc
    if student is not None:
        with _step("change of user"):
            _become(student)
    user, group = os.geteuid(), os.getegid()
    for flag, name in _NAMESPACES:
        with _step(name):
            unshare(flag, f"unshare a {name}")
            if flag == CLONE_NEWUSER:
                _map_only(user, group)
    with _step("scratch"):
        mount_tmpfs(SCRATCH, f"size={limits.scratch_bytes},nr_inodes={_FILES_IN_SCRATCH},mode=700")
        mount_tmpfs("/proc", "size=4k,nr_inodes=2,mode=555", read_only=True)
        os.chdir(SCRATCH)
    with _step("files beside the notebook"):
        _show_beside(f"{_VIEW}/{BESIDE}")
    with _step("devices"):
        for device in DEVICES:
            remount_read_only(device)
    with _step("no_new_privs"):
        forbid_new_privileges()
    with _step("Landlock"):
        landlock.restrict(_rules())
    with _step("limits"):
        set_limits(limits, mapped, threads=True)
    with _step("capabilities"):
        drop_capabilities()
        set_dumpable(False)  # no crash handler of the host is to read what a hostile process has prepared for it
    with _step("seccomp"):
        seccomp.install()


def _show_beside(folder: str) -> None:
    """Show what lies in a read-only folder in the working directory: mounts, which nobody there can take away."""
    if not os.path.isdir(folder):
        return
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            os.mkdir(entry.name)
        else:
            os.close(os.open(entry.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400))
        bind(entry.path, entry.name)


def _become(student: int) -> None:
    os.setgroups([])
    os.setresgid(student, student, student)
    os.setresuid(student, student, student)
    set_dumpable(True)  # a change of user takes one's own /proc files away, and step 2 writes there


def _map_only(user: int, group: int) -> None:
    # When the host runs out of memory, the kernel is to take a student's process, not the grader.
    with suppress(OSError):
        _write("/proc/self/oom_score_adj", "1000")
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{user} {user} 1")
    _write("/proc/self/gid_map", f"{group} {group} 1")


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def _rules() -> Iterator[tuple[str, Files]]:
    yield from ((path, Files.READ) for path in READABLE)
    yield from ((path, Files.DEVICE) for path in DEVICES)
    yield SCRATCH, Files.SCRATCH


def mapped_bytes() -> int:
    """The size of this process's address space now; 0 where /proc does not tell (then memory is not limited)."""
    try:
        with open("/proc/self/statm", "rb") as statm:
            return int(statm.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def set_limits(limits: Limits, mapped: int, *, threads: bool) -> None:
    """Set the rlimits of this process.

    Args:
        limits: what is allowed.
        mapped: bytes of address space that the imported libraries take already, see `mapped_bytes`. Address space is
            what the kernel can limit; it counts pages before they are touched.
        threads: whether to limit threads. Without a user namespace of one's own that would count all the user's
        processes.
    """
    values = {
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_CORE: 0,
    }
    if threads:
        values[resource.RLIMIT_NPROC] = limits.threads
    if mapped:
        values[resource.RLIMIT_AS] = mapped + limits.memory_bytes
    for name, value in values.items():
        _, hard = resource.getrlimit(name)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(name, (value, value))
