"""What a hostile student's code can reach, change and spoil from inside: nothing. Each is tested by trying."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from autograde.inside.limits import Limits
from autograde.sandbox import box
from autograde.sandbox.process import ExitReason

ROOT = Path(__file__).resolve().parents[3]
MEBIBYTE = 1 << 20


# --- what it can read


def test_only_python_the_packages_and_the_view_can_be_read(inside: Any) -> None:
    source = """
answer = set()
for folder, _, files in walk():
    for name in files[:3]:
        path = os.path.join(folder, name)
        try:
            with open(path, "rb") as file:
                file.read(1)
            answer.add("/".join(path.split("/")[:3]))
        except OSError:
            pass
answer = sorted(answer)
"""
    allowed = (
        "/python/",
        "/packages/",
        "/view/",
        "/box/inside",
        "/dev/",
        "/usr/lib",
        "/lib",
        "/nix/store",
        "/gnu/store",
    )
    found = inside.answer(source)
    assert any(path.startswith("/python/") for path in found)
    assert [path for path in found if not path.startswith(allowed)] == []


def test_what_the_zygote_did_not_import_a_student_can(inside: Any) -> None:
    source = "import machine_room.losses, numpy.polynomial, wave; answer = machine_room.losses.LATE"
    assert inside.answer(source) == "imported by a student"


def test_the_reference_and_the_autograder_are_nowhere(inside: Any) -> None:
    source = """
answer = [
    os.path.join(folder, name)
    for folder, folders, files in walk()
    for name in (*folders, *files)
    if name in ("worked_network.py", "judge.py", "sandbox.py", "course", "gradebook.db")
]
import machine_room
answer.append(machine_room.__file__)
"""
    assert [path for path in inside.answer(source) if "/site-packages/" not in path and "/packages/" not in path] == [
        "/view/machine_room/__init__.py"
    ]


HIDDEN = (
    "/etc/passwd",
    "/etc/shadow",
    "/etc/hostname",
    "/root",
    "/home",
    "/var",
    "/run",
    "/sys/kernel",
    "/boot",
    "/dev/vda",
    "/dev/mem",
    "/dev/tty",
    "/proc/self/maps",
    "/proc/1/environ",
    "/proc/mounts",
    "/bin/sh",
    "/usr/bin",
    str(ROOT),
    str(ROOT / "lib" / "machine_room"),
    str(ROOT / "autograde"),
    str(Path.home()),
    __file__,
)


def test_the_root_cannot_be_listed(inside: Any) -> None:
    assert inside.said("os.listdir('/')")["raised"] == "PermissionError"


def test_nothing_of_the_host_is_there(inside: Any, tmp_path: Path) -> None:
    seed = tmp_path / "seed"
    seed.write_text("1234")
    assert inside.answer(f"answer = [path for path in {(*HIDDEN, str(seed))!r} if os.path.lexists(path)]") == []


def test_the_environment_is_what_we_set_and_nothing_of_ours(inside: Any) -> None:
    names = inside.answer("answer = sorted(os.environ)")
    assert set(names) == {*box.environment("/tmp"), "LD_LIBRARY_PATH", "PYTHONHOME", "PWD"}


def test_no_descriptor_is_inherited_but_the_channel(inside: Any) -> None:
    source = """
answer = {}
for descriptor in range(1024):
    try:
        answer[descriptor] = os.fstat(descriptor).st_rdev
    except OSError:
        pass
"""
    null = os.stat("/dev/null").st_rdev
    assert inside.answer(source) == {"0": null, "1": null, "2": null, "3": 0}


# --- what it can write


def test_nothing_can_be_written_but_the_scratch(inside: Any) -> None:
    source = """
folders = [folder for folder, _, _ in walk() if not folder.startswith("/tmp")]
files = [
    os.path.join(folder, name)
    for top in ("/view", "/box", "/python/bin")
    for folder, _, names in os.walk(top)
    for name in names
]
answer = try_each(lambda folder: open(folder + "/mine", "w"), folders)
answer += try_each(lambda folder: os.mkdir(folder + "/mine"), folders[:100])
answer += try_each(lambda path: open(path, "a"), files)
answer += try_each(lambda path: os.chmod(path, 0o777), files)
open("/tmp/mine", "w").close()
os.mkdir("/dev/shm/folder")
answer += sorted(os.listdir("/tmp"))
"""
    assert inside.answer(source) == ["folder", "mine"]


def test_the_scratch_of_one_fork_is_not_seen_by_the_next(inside: Any) -> None:
    assert inside.answer("open('mine', 'w').write('for you'); answer = os.listdir('.')") == ["mine"]
    assert inside.answer("answer = os.listdir('.')") == []


DISK = {
    "one large file": (
        "open('large', 'wb', 0).write(bytes(limits.file_bytes)); open('large', 'ab', 0).write(b'1')",
        "EFBIG",
    ),
    "many files": ("for n in range(100): open(f'{n}', 'wb').write(bytes(1 << 20))", "ENOSPC"),
    "very many empty files": ("for n in range(100000): open(f'{n}', 'w').close()", "ENOSPC"),
    "open descriptors": ("kept = [os.open('/dev/null', os.O_RDONLY) for n in range(100000)]", "EMFILE"),
}


@pytest.mark.parametrize("attack", DISK)
def test_disk_and_descriptors_end_in_an_error_the_student_sees(inside: Any, attack: str) -> None:
    source, name = DISK[attack]
    said = inside.said(source)
    assert said["raised"] == "OSError"
    assert said["errno"] == getattr(errno, name)


# --- whom it can talk to

NETWORK = {
    "tcp": "socket.create_connection(('127.0.0.1', 80), 1)",
    "tcp by name": "socket.create_connection(('localhost', 80), 1)",
    "dns": "socket.getaddrinfo('example.org', 80)",
    "udp": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "ipv6": "socket.socket(socket.AF_INET6, socket.SOCK_STREAM)",
    "raw": "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
    "netlink": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)",
    "vsock": "socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)",
    "packet": "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    "unix": "socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)",
    "unix datagram pair": "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
    "listen on the channel": "channel.listen()",
    "bind the channel": "channel.bind('\\0mine')",
}


@pytest.mark.parametrize("attack", NETWORK)
def test_there_is_no_network(inside: Any, attack: str) -> None:
    assert inside.said(NETWORK[attack]).get("raised") in ("PermissionError", "gaierror", "OSError")


def test_asyncio_still_runs(inside: Any) -> None:
    source = "import asyncio\nasync def f(): return 7\nanswer = asyncio.run(f())"
    assert inside.answer(source) == 7


# --- whom it can hurt


def test_it_sees_no_process_but_its_own(inside: Any) -> None:
    neighbour = inside.fork()
    source = "answer = [os.getpid(), os.getppid(), try_each(lambda n: os.kill(n, 0), range(2, 40000))]"
    assert inside.answer(source) == [1, 0, []]
    assert inside.ask(neighbour, "answer = 'well'") == {"answer": "well"}
    inside.end(neighbour)


SECOND_PROCESS = {
    "fork": "os.fork()",
    "fork bomb": "while True: os.fork()",
    "vfork and exec": "import subprocess; subprocess.run(['/python/bin/python3'])",
    "multiprocessing": "import multiprocessing as m; m.get_context('fork').Process(target=print).start()",
    "exec": "os.execv(sys.executable, ['python'])",
    "posix_spawn": "os.posix_spawn(sys.executable, ['python'], {})",
    "setsid": "os.setsid()",
}


@pytest.mark.parametrize("attack", SECOND_PROCESS)
def test_there_is_no_second_process(inside: Any, attack: str) -> None:
    assert inside.said(SECOND_PROCESS[attack]).get("raised") == "PermissionError"


def test_signals_to_oneself_and_to_everyone_change_nothing(inside: Any) -> None:
    source = """
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGKILL, 40):
    os.kill(os.getpid(), number)
    try_each(lambda pid: os.kill(pid, number), (-1, 0))
answer = "still here"
"""
    neighbour = inside.fork()
    assert inside.answer(source) == "still here"
    assert inside.ask(neighbour, "answer = 'well'") == {"answer": "well"}
    inside.end(neighbour)


def test_no_crash_handler_of_the_host_is_called(inside: Any) -> None:
    source = "answer = [ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), *resource.getrlimit(resource.RLIMIT_CORE)]"
    assert inside.answer(source) == [0, 0, 0]


def test_threads_are_limited(inside: Any, limits: Limits) -> None:
    source = """
threading.stack_size(1 << 16)
gate, answer = threading.Event(), 1
try:
    while answer < 5000:
        threading.Thread(target=gate.wait, daemon=True).start()
        answer += 1
except RuntimeError:
    pass
gate.set()
"""
    assert inside.answer(source) == limits.threads


MEMORY = {
    "at once": "bytearray(1 << 30)",
    "page by page": "kept = []\nwhile True: kept.append(bytearray(1 << 20))",
    "numpy": "import numpy; numpy.ones(1 << 27)",
    "a large integer": "1 << (1 << 33)",
    "a mapping": "import mmap; mmap.mmap(-1, 1 << 30)",
}


@pytest.mark.parametrize("attack", MEMORY)
def test_memory_ends_in_an_error_the_student_sees(inside: Any, limits: Limits, attack: str) -> None:
    process = inside.fork()
    assert inside.ask(process, MEMORY[attack])["raised"] in ("MemoryError", "_ArrayMemoryError", "OSError")
    assert inside.ask(process, "kept = None; answer = 1") == {"answer": 1}
    assert inside.end(process).peak_memory_bytes < limits.memory_bytes + 200 * MEBIBYTE


# name: numbers on x86-64 and AArch64, arguments
SYSTEM_CALLS: dict[str, tuple[int, int, tuple[int, ...]]] = {
    "ptrace": (101, 117, (0,)),
    "process_vm_readv": (310, 270, (1,)),
    "process_vm_writev": (311, 271, (1,)),
    "kcmp": (312, 272, ()),
    "unshare a user namespace": (272, 97, (0x10000000,)),
    "unshare a mount namespace": (272, 97, (0x00020000,)),
    "setns": (308, 268, (0,)),
    "clone into a user namespace": (56, 220, (0x10000000 | 17,)),
    "clone as a thread into a namespace": (56, 220, (0x10010000,)),
    "clone3": (435, 435, ()),
    "mount": (165, 40, ()),
    "umount2": (166, 39, ()),
    "pivot_root": (155, 41, ()),
    "chroot": (161, 51, ()),
    "open_tree": (428, 428, ()),
    "move_mount": (429, 429, ()),
    "fsopen": (430, 430, ()),
    "bpf": (321, 280, ()),
    "perf_event_open": (298, 241, ()),
    "add_key": (248, 217, ()),
    "keyctl": (250, 219, ()),
    "userfaultfd": (323, 282, ()),
    "memfd_create": (319, 279, ()),
    "memfd_secret": (447, 447, ()),
    "io_uring_setup": (425, 425, (8,)),
    "pidfd_open": (434, 434, (1,)),
    "pidfd_getfd": (438, 438, ()),
    "init_module": (175, 105, ()),
    "kexec_load": (246, 104, ()),
    "personality": (135, 92, (0,)),
    "shmget": (29, 194, (0, 4096, 0o1600)),
    "mq_open": (240, 180, ()),
    "seccomp": (317, 277, ()),
    "setuid": (105, 146, (0,)),
    "capset": (126, 91, ()),
    "sched_setscheduler": (144, 119, ()),
    "sethostname": (170, 161, ()),
    "settimeofday": (164, 170, ()),
    "reboot": (169, 142, ()),
    "splice": (275, 76, ()),
    "fanotify_init": (300, 262, ()),
    "name_to_handle_at": (303, 264, ()),
    "quotactl": (179, 60, ()),
    "sync": (162, 81, ()),
    "a call that no kernel has": (999, 999, ()),
}


def test_dangerous_system_calls_are_refused(inside: Any) -> None:
    column = ("x86_64", "aarch64").index(os.uname().machine)
    calls = [(name, row[column], row[2]) for name, row in SYSTEM_CALLS.items()]
    source = f"""
libc = ctypes.CDLL(None, use_errno=True)
answer = dict()
for name, number, arguments in {calls!r}:
    result = libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, (*arguments, 0, 0, 0, 0, 0)[:6]))
    answer[name] = errno.errorcode[ctypes.get_errno()] if result == -1 else f"returned {{result}}"
"""
    said = inside.answer(source)
    assert {name: what for name, what in said.items() if what not in ("EPERM", "ENOSYS")} == {}
    assert len(said) == len(SYSTEM_CALLS)


def test_no_capability_is_left_and_limits_cannot_be_raised(inside: Any) -> None:
    source = """
header = (ctypes.c_uint32 * 2)(0x20080522, 0)
data = (ctypes.c_uint32 * 6)()
assert ctypes.CDLL(None).capget(header, data) == 0
answer = list(data)
answer += [n for n in range(64) if ctypes.CDLL(None).prctl(23, n, 0, 0, 0) == 1]  # the bounding set
try:
    resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
    answer.append("raised")
except (ValueError, OSError):
    pass
"""
    assert inside.answer(source) == [0] * 6


def test_students_of_root_are_not_root(inside: Any) -> None:
    uids = inside.answer("answer = [*os.getresuid(), *os.getresgid()]")
    expected = box.STUDENT if os.geteuid() == 0 else os.geteuid()
    assert uids[:3] == [expected] * 3
    assert 0 not in uids


# --- how it can end

ENDS = {
    "the channel closes": ("pass", ExitReason.FINISHED),
    "os._exit(0)": ("os._exit(0)", ExitReason.FINISHED),
    "os._exit(3)": ("os._exit(3)", ExitReason.EXITED),
    "an endless loop, deaf": (
        "for n in range(1, 65):\n try: signal.signal(n, signal.SIG_IGN)\n except (OSError, ValueError): pass\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True: pass",
        ExitReason.CPU_LIMIT,
    ),
    "an endless loop in C": ("sum(iter(int, 1))", ExitReason.CPU_LIMIT),
    "an endless loop in threads": (
        "def f():\n while True: pass\nfor _ in range(4): threading.Thread(target=f).start()\nf()",
        ExitReason.CPU_LIMIT,
    ),
    "a segmentation fault": ("ctypes.string_at(0)", ExitReason.CRASHED),
    "abort": ("os.abort()", ExitReason.CRASHED),
    "no stack left": (
        "sys.setrecursionlimit(10**9)\nclass A:\n def __getattr__(self, name): return getattr(self, 'x')\nA().x",
        ExitReason.CRASHED,
    ),
    "a long sleep": ("time.sleep(1000)", ExitReason.WALL_LIMIT),
    "the channel closed from inside": ("os.close(3); time.sleep(1000)", ExitReason.WALL_LIMIT),
    "endless output": ("while True: os.write(3, bytes(1 << 16))", ExitReason.WALL_LIMIT),
}


@pytest.mark.parametrize("way", ENDS)
def test_every_end_has_its_reason_and_the_next_fork_is_well(inside: Any, way: str) -> None:
    source, reason = ENDS[way]
    process = inside.fork()
    inside.tell(process, source)
    if reason is not ExitReason.WALL_LIMIT:
        process.channel.shutdown(socket.SHUT_WR)
    ended = process.wait(0.3 if reason is ExitReason.WALL_LIMIT else 30)
    assert ended.reason is reason, ended
    assert process.wait(0) is ended
    assert inside.answer("answer = 6 * 7") == 42
