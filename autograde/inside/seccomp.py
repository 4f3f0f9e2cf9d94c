"""The system calls a student's process may make; every other one is refused. A raw BPF program, for x86-64 and AArch64.

Refused calls get EPERM, so that Python raises PermissionError and the notebook goes on. Calls newer than the common
numbering (424 and up, among them clone3 and io_uring) get ENOSYS, as on a kernel that lacks them: the C library then
falls back to the older call, which is judged here. A call from another architecture, or of the x32 ABI, kills.

Locks are granted without being taken: there is no second process that they could keep out, and on a file that all
students' boxes show, /dev/null or a library, they would tell a neighbour something. So would what else leaves a mark on
a shared file or asks for one: leases, notifications, questions about a lock, and what the page cache holds.

What the list leaves out on purpose: execve and every second process (so memory is bounded by one process's limit),
ptrace and process_vm_*, all of mount, namespaces, sockets but an anonymous stream pair, io_uring, bpf, perf, keys,
userfaultfd, personality, kernel modules, and memory that RLIMIT_AS does not count (memfd_create, System V shared
memory).
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from functools import cache

from .linux import prctl

__all__ = ["Unsupported", "install", "program"]

# name, number on x86-64, number on AArch64; "-": this architecture never had it
_ALLOWED = """
    read 0 63, write 1 64, open 2 -, openat 257 56, creat 85 -, close 3 57, close_range 436 436, lseek 8 62,
    pread64 17 67, pwrite64 18 68, readv 19 65, writev 20 66, preadv 295 69, pwritev 296 70, sendfile 40 71,
    copy_file_range 326 285,

    stat 4 -, fstat 5 80, lstat 6 -, newfstatat 262 79, statx 332 291, access 21 -, faccessat 269 48, faccessat2 439
    439, readlink 89 -, readlinkat 267 78, getdents 78 -, getdents64 217 61, getcwd 79 17, statfs 137 43, fstatfs 138
    44, getxattr 191 8, lgetxattr 192 9, fgetxattr 193 10, listxattr 194 11, llistxattr 195 12, flistxattr 196 13,

    chdir 80 49, fchdir 81 50, rename 82 -, renameat 264 38, renameat2 316 276, mkdir 83 -, mkdirat 258 34, rmdir 84 -,
    link 86 -, linkat 265 37, unlink 87 -, unlinkat 263 35, symlink 88 -, symlinkat 266 36, chmod 90 -, fchmod 91 52,
    fchmodat 268 53, umask 95 166, utime 132 -, utimes 235 -, futimesat 261 -, utimensat 280 88, truncate 76 45,
    ftruncate 77 46, fallocate 285 47, fsync 74 82, fdatasync 75 83,

    dup 32 23, dup2 33 -, dup3 292 24, pipe 22 -, pipe2 293 59, poll 7 -, ppoll 271 73, select 23 -,
    pselect6 270 72, epoll_create 213 -, epoll_create1 291 20, epoll_ctl 233 21, epoll_wait 232 -, epoll_pwait 281 22,
    epoll_pwait2 441 441, eventfd 284 -, eventfd2 290 19,

    sendmsg 46 211, recvfrom 45 207, recvmsg 47 212, shutdown 48 210, getsockname 51 204, getpeername 52 205,
    getsockopt 55 209,

    mmap 9 222, mprotect 10 226, munmap 11 215, mremap 25 216, msync 26 227, brk 12 214,

    rt_sigaction 13 134, rt_sigprocmask 14 135, rt_sigreturn 15 139, rt_sigpending 127 136, rt_sigtimedwait 128 137,
    rt_sigsuspend 130 133, sigaltstack 131 132, kill 62 129, tkill 200 130, tgkill 234 131, pause 34 -, alarm 37 -,
    getitimer 36 102, setitimer 38 103, timer_create 222 107, timer_settime 223 110, timer_gettime 224 108,
    timer_getoverrun 225 109, timer_delete 226 111, timerfd_create 283 85, timerfd_settime 286 86,
    timerfd_gettime 287 87, nanosleep 35 101, clock_nanosleep 230 115, clock_gettime 228 113, clock_getres 229 114,
    gettimeofday 96 169, time 201 -, times 100 153,

    getpid 39 172, getppid 110 173, gettid 186 178, getpgid 121 155, getpgrp 111 -, getsid 124 156, getuid 102 174,
    geteuid 107 175, getgid 104 176, getegid 108 177, getresuid 118 148, getresgid 120 150, getgroups 115 158,
    capget 125 90, getpriority 140 141, getrlimit 97 163, prlimit64 302 261, getrusage 98 165, sysinfo 99 179,
    uname 63 160, getcpu 309 168, getrandom 318 278, sched_yield 24 124, sched_getaffinity 204 123,
    sched_getparam 143 121, sched_getscheduler 145 120, sched_get_priority_max 146 125, sched_get_priority_min 147 126,

    futex 202 98, set_robust_list 273 99, get_robust_list 274 100, set_tid_address 218 96, rseq 334 293,
    membarrier 324 283, restart_syscall 219 128, exit 60 93, exit_group 231 94, wait4 61 260, waitid 247 95
"""
# Allowed for some arguments only.
_JUDGED = """
    ioctl 16 29, prctl 157 167, socketpair 53 199, sendto 44 206, clone 56 220, fcntl 72 25, madvise 28 233,
    flock 73 32, fadvise64 221 223, preadv2 327 286, pwritev2 328 287
"""

_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column of the table, AUDIT_ARCH_*

# Terminal queries that ask without doing (isatty, window size), bytes waiting, blocking mode, close-on-exec.
_IOCTLS = (0x5401, 0x802C542A, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
# Names of threads and of mappings, and questions about oneself.
_PRCTLS = (15, 16, 0x53564D41, 3, 21, 23, 39)
# DUPFD, GETFD, SETFD, GETFL, SETFL, DUPFD_CLOEXEC; and SETLK, SETLKW, OFD_SETLK, OFD_SETLKW, which take locks.
_FCNTLS, _LOCKS = (0, 1, 2, 3, 4, 1030), (6, 7, 37, 38)
# NORMAL, RANDOM, SEQUENTIAL, WILLNEED, DONTNEED, FREE, DONTFORK, DOFORK, HUGEPAGE, NOHUGEPAGE, DONTDUMP, DODUMP: of
# one's own mappings. Not COLD and PAGEOUT, which take a library's pages away from everyone.
_MADVICE = (0, 1, 2, 3, 4, 8, 10, 11, 14, 15, 16, 17)
_AF_UNIX, _SOCK_STREAM, _SOCK_TYPE_MASK = 1, 1, 0xF
_CLONE_THREAD = 0x00010000
_CLONE_NEW_ANYTHING = 0x7E020080

_COMMON_NUMBERING = 424
_X32_BIT = 0x40000000

_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW = 0x7FFF0000
_SUCCEED = 0x00050000  # say that it was done, and do nothing
_KILL = 0x80000000
_REFUSE = 0x00050000 | errno.EPERM
_UNKNOWN = 0x00050000 | errno.ENOSYS
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data

_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2

Block = list[bytes]


class Unsupported(OSError):
    """There is no table for this machine's architecture."""


def _instruction(code: int, k: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, k)


def _return(action: int) -> Block:
    return [_instruction(_RETURN, action)]


def _load_argument(index: int, *, high: bool = False) -> Block:
    return [_instruction(_LOAD, _ARGUMENTS + 8 * index + (4 if high else 0))]


def _unless_equal(value: int, action: int) -> Block:
    return [_instruction(_JUMP_EQUAL, value, 1, 0), *_return(action)]


def _if_equal(value: int, action: int) -> Block:
    return [_instruction(_JUMP_EQUAL, value, 0, 1), *_return(action)]


def _if_any_bit(mask: int, action: int) -> Block:
    return [_instruction(_JUMP_ANY_BIT, mask, 0, 1), *_return(action)]


def _one_of(argument: int, allowed: tuple[int, ...], succeed: tuple[int, ...] = ()) -> Block:
    block = _load_argument(argument)
    for value in allowed:
        block += _if_equal(value, _ALLOW)
    for value in succeed:
        block += _if_equal(value, _SUCCEED)
    return block + _return(_REFUSE)


# A datagram socket could name a receiver in sendmsg, where a filter cannot look; a stream socket cannot.
_STREAM_PAIR = [
    *_load_argument(0),
    *_unless_equal(_AF_UNIX, _REFUSE),
    *_load_argument(1),
    _instruction(_AND, _SOCK_TYPE_MASK),
    *_unless_equal(_SOCK_STREAM, _REFUSE),
    *_return(_ALLOW),
]
_NO_ADDRESS = [
    *_load_argument(4),
    *_unless_equal(0, _REFUSE),
    *_load_argument(4, high=True),
    *_unless_equal(0, _REFUSE),
    *_return(_ALLOW),
]
_THREADS_ONLY = [
    *_load_argument(0),
    *_if_any_bit(_CLONE_NEW_ANYTHING, _REFUSE),
    *_if_any_bit(_CLONE_THREAD, _ALLOW),
    *_return(_REFUSE),
]
_JUDGEMENTS: dict[str, Block] = {
    "ioctl": _one_of(1, _IOCTLS),
    "prctl": _one_of(0, _PRCTLS),
    "socketpair": _STREAM_PAIR,
    "sendto": _NO_ADDRESS,
    "clone": _THREADS_ONLY,
    "fcntl": _one_of(1, _FCNTLS, succeed=_LOCKS),
    "madvise": _one_of(2, _MADVICE),
    "flock": _return(_SUCCEED),
    "fadvise64": _return(_SUCCEED),
    "preadv2": _one_of(5, (0,)),  # RWF_NOWAIT tells what the page cache holds
    "pwritev2": _one_of(5, (0,)),
}


def _numbers(table: str, column: int) -> dict[str, int]:
    rows = (entry.split() for entry in table.replace("\n", " ").split(","))
    return {name: int(numbers[column]) for name, *numbers in rows if numbers[column] != "-"}


@cache
def program(machine: str) -> bytes:
    """The filter for `os.uname().machine`, as the kernel takes it: 8 bytes per instruction."""
    if machine not in _ARCHITECTURES:
        known = " and ".join(_ARCHITECTURES)
        raise Unsupported(errno.ENOSYS, f"the list of system calls is written for {known}, this machine is {machine}")
    column, architecture = _ARCHITECTURES[machine]
    blocks: Block = [_instruction(_LOAD, _ARCHITECTURE), *_unless_equal(architecture, _KILL)]
    blocks += [_instruction(_LOAD, _NUMBER), _instruction(_JUMP_AT_LEAST, _X32_BIT, 0, 1), *_return(_KILL)]
    for number in _numbers(_ALLOWED, column).values():
        blocks += _if_equal(number, _ALLOW)
    for name, number in _numbers(_JUDGED, column).items():
        judgement = _JUDGEMENTS[name]
        blocks += [_instruction(_JUMP_EQUAL, number, 0, len(judgement)), *judgement]
    blocks += [_instruction(_JUMP_AT_LEAST, _COMMON_NUMBERING, 0, 1), *_return(_UNKNOWN), *_return(_REFUSE)]
    return b"".join(blocks)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def install() -> None:
    """Put the filter on this thread and everything it starts, for good. no_new_privs must be set."""
    code = program(os.uname().machine)
    wanted = _Program(len(code) // 8, code)
    prctl("prctl(PR_SET_SECCOMP)", _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(wanted))
