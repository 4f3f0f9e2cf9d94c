"""The few Linux calls the box needs and Python 3.11 does not have, through ctypes."""

from __future__ import annotations

import ctypes
import os

__all__ = [
    "CLONE_NEWCGROUP",
    "CLONE_NEWIPC",
    "CLONE_NEWNET",
    "CLONE_NEWNS",
    "CLONE_NEWPID",
    "CLONE_NEWUSER",
    "CLONE_NEWUTS",
    "bind",
    "drop_capabilities",
    "forbid_new_privileges",
    "mount_tmpfs",
    "prctl",
    "remount_read_only",
    "set_dumpable",
    "setns",
    "syscall",
    "unshare",
]

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REMOUNT, _MS_BIND = 1, 2, 4, 8, 32, 4096
# What statvfs calls a mount's option, and what mount does; a remount must repeat those that the mount has.
_MOUNT_OPTIONS = {2: _MS_NOSUID, 4: _MS_NODEV, 8: _MS_NOEXEC, 1024: 1024, 2048: 2048, 4096: 1 << 21}
_PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT = 4, 24, 38, 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_LAST_CAPABILITY = 63  # more than any kernel has; prctl says EINVAL past its last
_CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def _checked(result: int, what: str) -> int:
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(what: str, number: int, *arguments: int | ctypes.Array[ctypes.c_char] | None) -> int:
    """One raw system call; OSError names it as `what`."""
    words = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _checked(_libc.syscall(ctypes.c_long(number), *words), what)


def prctl(what: str, option: int, *arguments: int) -> int:
    """One prctl; OSError names it as `what`."""
    words = [ctypes.c_ulong(a) for a in (*arguments, 0, 0, 0, 0)[:4]]
    return _checked(_libc.prctl(ctypes.c_int(option), *words), what)


def unshare(flags: int, what: str) -> None:
    """Leave the namespaces in `flags` for new ones."""
    _checked(_libc.unshare(ctypes.c_int(flags)), what)


def setns(descriptor: int, kind: int) -> None:
    """Enter the namespace behind a descriptor of /proc/<pid>/ns."""
    _checked(_libc.setns(ctypes.c_int(descriptor), ctypes.c_int(kind)), "setns")


def mount_tmpfs(target: str, options: str, *, read_only: bool = False) -> None:
    """Cover `target` with an empty tmpfs."""
    flags = _MS_NOSUID | _MS_NODEV | _MS_NOEXEC | (_MS_RDONLY if read_only else 0)
    result = _libc.mount(b"tmpfs", target.encode(), b"tmpfs", ctypes.c_ulong(flags), options.encode())
    _checked(result, f"mount a tmpfs on {target}")


def bind(source: str, target: str) -> None:
    """Show a file or folder at `target` too; what is read-only or locked there is it here."""
    result = _libc.mount(source.encode(), target.encode(), None, ctypes.c_ulong(_MS_BIND), None)
    _checked(result, f"bind {source} to {target}")


def remount_read_only(target: str) -> None:
    """Make the mount at `target` read-only: what it shows keeps its times and rights; a device still takes writes."""
    present = os.statvfs(target).f_flag
    flags = _MS_REMOUNT | _MS_BIND | _MS_RDONLY
    for shown, option in _MOUNT_OPTIONS.items():
        flags |= option if present & shown else 0
    result = _libc.mount(None, target.encode(), None, ctypes.c_ulong(flags), None)
    _checked(result, f"remount {target} read-only")


def set_dumpable(allowed: bool) -> None:
    """Whether this process may be dumped and traced by its own user, and owns its /proc files."""
    prctl("prctl(PR_SET_DUMPABLE)", _PR_SET_DUMPABLE, int(allowed))


def forbid_new_privileges() -> None:
    """From here on no file's owner or capability bits can give anything."""
    prctl("prctl(PR_SET_NO_NEW_PRIVS)", _PR_SET_NO_NEW_PRIVS, 1)


def drop_capabilities() -> None:
    """Empty every capability set, the bounding set first: it needs a capability to be emptied."""
    for capability in range(_LAST_CAPABILITY + 1):
        try:
            prctl("prctl(PR_CAPBSET_DROP)", _PR_CAPBSET_DROP, capability)
        except OSError:
            break
    prctl("prctl(PR_CAP_AMBIENT)", _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _checked(_libc.capset(header, nothing), "capset")
