"""What the sandbox asks of a kernel, and the few lines that try each.

Each runs in a process of its own, since what it does cannot be undone. *Called by* the doctor, which says what of it
this host refuses, and by `process`, which asks where a box's /proc can come from.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum, auto
from pathlib import Path

__all__ = [
    "BY_ROOT",
    "FRESH_PROC",
    "LANDLOCK",
    "NAMESPACES",
    "SECCOMP",
    "TRIAL_SECONDS",
    "USABLE",
    "Need",
    "Trial",
    "refused",
]

TRIAL_SECONDS = 30.0


class Need(StrEnum):
    """What kind of thing is refused where a trial fails: one setting mends all of a kind."""

    NAMESPACE = auto()  # namespaces, and the system calls that make them
    PROC = auto()  # a procfs of one's own
    USER = auto()  # a second user in a namespace
    LANDLOCK = auto()
    SECCOMP = auto()


@dataclass(frozen=True)
class Trial:
    """A feature, what it is for, and the lines that use it."""

    feature: str
    why: str
    lines: str
    need: Need = Need.NAMESPACE
    required: bool = True


_START = """
import ctypes, os, platform, signal, socket
from autograde.inside import landlock, seccomp
from autograde.inside.linux import *
from autograde.inside.linux import _checked
libc = ctypes.CDLL(None, use_errno=True)
user, group = os.geteuid(), os.getegid()
arm = platform.machine() == 'aarch64'
"""
_UNSHARE_USER = "unshare(CLONE_NEWUSER, 'unshare a user namespace')\n"
_MAPS = (
    'for name, text in ("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1"):\n'
    '    with open(f"/proc/self/{name}", "w") as file: file.write(text)\n'
)
_MOUNTS = _UNSHARE_USER + "unshare(CLONE_NEWNS, 'unshare a mount namespace')\n"
_IN_A_PID_NAMESPACE = (
    _UNSHARE_USER + "unshare(CLONE_NEWNS | CLONE_NEWPID, 'unshare a mount and a pid namespace')\n"
    "child = os.fork()\n"
    "if child: raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
)


def _namespace(kind: str, why: str) -> Trial:
    name = {"mount": "NS", "network": "NET"}.get(kind, kind.upper())
    return Trial(f"{kind} namespaces", why, f"{_UNSHARE_USER}unshare(CLONE_NEW{name}, 'unshare a {kind} namespace')")


NAMESPACES = (
    Trial("user namespaces", "students' code is confined without anybody's root password", _UNSHARE_USER),
    Trial("uid map", "it is one known user in there", _UNSHARE_USER + _MAPS, Need.USER),
    Trial(
        "clone into namespaces",
        "bubblewrap starts the box with it",
        # 17: SIGCHLD; without a stack of its own it is a fork
        "child = syscall('clone', 220 if arm else 56, CLONE_NEWUSER | 17, None, None, None, None)\n"
        "if not child: os._exit(0)\n"
        "os.waitpid(child, 0)",
    ),
    _namespace("pid", "it sees and signals no process but its own, and ends whole"),
    _namespace("mount", "it sees no file but those it is given"),
    _namespace("network", "it reaches no network"),
    _namespace("ipc", "it shares no memory with anybody"),
    _namespace("uts", "it does not learn this machine's name"),
    _namespace("cgroup", "it does not learn in which group of processes it is"),
    Trial(
        "sethostname",
        "the box has a name that says nothing",
        _UNSHARE_USER + "unshare(CLONE_NEWUTS, 'unshare a uts namespace')\nsocket.sethostname('box')",
    ),
    Trial(
        "setns",
        "each process of a student's is the first of a pid namespace of its own",
        _IN_A_PID_NAMESPACE + "own = os.open('/proc/self/ns/pid', os.O_RDONLY)\n"
        "unshare(CLONE_NEWPID, 'unshare a pid namespace')\nsetns(own, CLONE_NEWPID)",
    ),
    Trial(
        "tmpfs in a namespace",
        "its files live in memory, in a space of limited size",
        _MOUNTS + "mount_tmpfs('/tmp', 'size=64k')",
    ),
    Trial(
        "pivot_root and umount",
        "the box has a root of its own, and this machine's is gone from it",
        # 1 << 14 and 1 << 18: MS_REC and MS_PRIVATE; 2: MNT_DETACH
        _MOUNTS + "_checked(libc.mount(None, b'/', None, ctypes.c_ulong(1 << 14 | 1 << 18), None), 'make / private')\n"
        "mount_tmpfs('/tmp', 'size=64k')\nos.chdir('/tmp')\n"
        "new, old = (ctypes.create_string_buffer(b'.') for _ in range(2))\n"  # the old root onto the new one
        "syscall('pivot_root', 41 if arm else 155, new, old)\n"
        "_checked(libc.umount2(b'.', 2), 'umount2')",
    ),
)
#: What AppArmor refuses where it lets a namespace be made, and then nothing be done in it.
USABLE = Trial("AppArmor", "", _MOUNTS + "mount_tmpfs('/tmp', 'size=64k')")
FRESH_PROC = Trial(
    "a procfs of its own",
    "in the box there are no processes but the box's, whatever else should fail",
    _IN_A_PID_NAMESPACE
    # 14: nosuid, nodev, noexec
    + "_checked(libc.mount(b'proc', b'/proc', b'proc', ctypes.c_ulong(14), None), 'mount proc')",
    Need.PROC,
    required=False,
)
BY_ROOT = Trial(
    "another user for students' code",
    "root grades here, and students' code is to be somebody else in the box",
    "told, tell = os.pipe()\nhold, go = os.pipe()\nchild = os.fork()\n"
    "if not child:\n"
    "    unshare(CLONE_NEWUSER, 'unshare a user namespace')\n"
    "    os.write(tell, b'x')\n    os.read(hold, 1)\n    os._exit(0)\n"
    "os.close(tell)\n"
    "ready = os.read(told, 1)\n"
    "try:\n"
    "    for kind in ('uid_map', 'gid_map') if ready else ():\n"
    "        with open(f'/proc/{child}/{kind}', 'w') as file: file.write('0 0 1\\n65533 65533 1\\n')\n"
    "finally: os.kill(child, signal.SIGKILL)",
    Need.USER,
)
LANDLOCK = Trial(
    "Landlock",
    "a second wall around files, should a mount be wrong",
    "forbid_new_privileges()\nlandlock.restrict([('/usr', landlock.Files.READ)])\n"
    "try: os.listdir('/proc')\nexcept PermissionError: pass\nelse: raise OSError('it does not restrict')",
    Need.LANDLOCK,
)
SECCOMP = Trial(
    "seccomp filters",
    "it makes only the system calls that Python and NumPy need, and no second process",
    "forbid_new_privileges()\nseccomp.install()\n"
    "try: os.fork()\nexcept PermissionError: pass\nelse: raise OSError('it does not restrict')",
    Need.SECCOMP,
)


def refused(trial: Trial) -> str:
    """In what words this host refuses a feature; empty where it has it."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    command = [sys.executable, "-S", "-c", _START + trial.lines]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TRIAL_SECONDS, env=environment)
    except subprocess.TimeoutExpired:
        return f"no answer in {TRIAL_SECONDS:g} seconds"
    lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
    return lines[-1] if done.returncode else ""
