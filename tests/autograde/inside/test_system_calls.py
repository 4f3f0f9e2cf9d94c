"""The filter as a program: run here, instruction by instruction, for both architectures and every call."""

from __future__ import annotations

import errno
import struct

import pytest

from autograde.inside import seccomp
from autograde.inside.landlock import Files

ALLOW, KILL, EPERM, ENOSYS, DONE = 0x7FFF0000, 0x80000000, 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS, 0x50000
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
MACHINES = tuple(ARCHITECTURE)
# What glibc passes to start a thread: VM, FS, FILES, SIGHAND, THREAD, SYSVSEM, SETTLS, PARENT_SETTID, CHILD_CLEARTID.
THREAD_FLAGS = 0x3D0F00


def decide(machine: str, number: int, *arguments: int, architecture: int | None = None) -> int:
    """What the kernel would return for a call: a small interpreter of classic BPF."""
    words = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    data = struct.pack("=IIQ6Q", number, architecture or ARCHITECTURE[machine], 0, *words)
    code = seccomp.program(machine)
    accumulator = at = 0
    while True:
        operation, if_true, if_false, k = struct.unpack_from("=HBBI", code, 8 * at)
        at += 1
        if operation == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, k)
        elif operation == 0x54:
            accumulator &= k
        elif operation == 0x06:
            return int(k)
        else:
            holds = {0x15: accumulator == k, 0x35: accumulator >= k, 0x45: bool(accumulator & k)}[operation]
            at += if_true if holds else if_false


def number_of(name: str, machine: str) -> int:
    tables = seccomp._ALLOWED + "," + seccomp._JUDGED
    return seccomp._numbers(tables, MACHINES.index(machine))[name]


@pytest.mark.parametrize("machine", MACHINES)
def test_exactly_the_listed_calls_are_allowed(machine: str) -> None:
    column = MACHINES.index(machine)
    listed = set(seccomp._numbers(seccomp._ALLOWED, column).values())
    judged = set(seccomp._numbers(seccomp._JUDGED, column).values())
    decisions = {number: decide(machine, number) for number in range(1024) if number not in judged}
    assert {number for number, action in decisions.items() if action == ALLOW} == listed
    refused = {number: action for number, action in decisions.items() if action != ALLOW}
    assert all(action == (ENOSYS if number >= 424 else EPERM) for number, action in refused.items())


@pytest.mark.parametrize("machine", MACHINES)
def test_no_number_stands_twice(machine: str) -> None:
    column = MACHINES.index(machine)
    numbers = [
        *seccomp._numbers(seccomp._ALLOWED, column).values(),
        *seccomp._numbers(seccomp._JUDGED, column).values(),
    ]
    assert len(numbers) == len(set(numbers)) > 100


@pytest.mark.parametrize("machine", MACHINES)
def test_another_architecture_and_the_x32_abi_kill(machine: str) -> None:
    assert decide(machine, number_of("read", machine), architecture=0x40000003) == KILL
    assert decide(machine, 0x40000000 | 1) == KILL


JUDGED = {
    "a thread": ("clone", (THREAD_FLAGS,), ALLOW),
    "a process": ("clone", (17,), EPERM),
    "vfork": ("clone", (0x4111,), EPERM),
    "a user namespace": ("clone", (0x10000000 | 17,), EPERM),
    "a time namespace": ("clone", (0x80,), EPERM),
    "a thread in a new namespace": ("clone", (THREAD_FLAGS | 0x20000000,), EPERM),
    "a stream pair": ("socketpair", (1, 1 | 0o2000000), ALLOW),
    "a datagram pair": ("socketpair", (1, 2), EPERM),
    "a packet pair": ("socketpair", (1, 5), EPERM),
    "an inet pair": ("socketpair", (2, 1), EPERM),
    "send": ("sendto", (3, 4096, 1, 0, 0, 0), ALLOW),
    "send to an address": ("sendto", (3, 4096, 1, 0, 4096, 16), EPERM),
    "send to a high address": ("sendto", (3, 4096, 1, 0, 1 << 32, 16), EPERM),
    "isatty": ("ioctl", (0, 0x5401), ALLOW),
    "push a character into a terminal": ("ioctl", (0, 0x5412), EPERM),
    "name a thread": ("prctl", (15, 4096), ALLOW),
    "be dumpable": ("prctl", (4, 1), EPERM),
    "set a filter": ("prctl", (22, 2), EPERM),
    "duplicate a descriptor": ("fcntl", (3, 1030, 10), ALLOW),
    "do not block": ("fcntl", (3, 4, 2048), ALLOW),
    "lock": ("fcntl", (3, 6, 4096), DONE),
    "lock and wait": ("fcntl", (3, 7, 4096), DONE),
    "lock a description": ("fcntl", (3, 37, 4096), DONE),
    "ask for a lock": ("fcntl", (3, 5, 4096), EPERM),
    "take a lease": ("fcntl", (3, 1024, 0), EPERM),
    "be told of a folder's changes": ("fcntl", (3, 1026, 1), EPERM),
    "be sent signals of a file": ("fcntl", (3, 8, 1), EPERM),
    "enlarge a pipe": ("fcntl", (3, 1031, 1 << 20), EPERM),
    "flock": ("flock", (3, 2), DONE),
    "give memory back": ("madvise", (4096, 4096, 4), ALLOW),
    "use huge pages": ("madvise", (4096, 4096, 14), ALLOW),
    "page out": ("madvise", (4096, 4096, 21), EPERM),
    "make pages cold": ("madvise", (4096, 4096, 20), EPERM),
    "poison a page": ("madvise", (4096, 4096, 100), EPERM),
    "drop from the page cache": ("fadvise64", (3, 0, 0, 4), DONE),
    "read at a place": ("preadv2", (3, 4096, 1, 0, 0, 0), ALLOW),
    "read what is cached": ("preadv2", (3, 4096, 1, 0, 0, 8), EPERM),
    "write at a place": ("pwritev2", (3, 4096, 1, 0, 0, 0), ALLOW),
}


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("call", JUDGED)
def test_some_calls_are_judged_by_their_arguments(machine: str, call: str) -> None:
    name, arguments, action = JUDGED[call]
    assert decide(machine, number_of(name, machine), *arguments) == action


@pytest.mark.parametrize("machine", MACHINES)
def test_the_program_is_one_the_kernel_takes(machine: str) -> None:
    code = seccomp.program(machine)
    assert len(code) % 8 == 0
    assert len(code) // 8 <= 4096


def test_another_processor_is_refused_in_words() -> None:
    with pytest.raises(seccomp.Unsupported, match="written for x86_64 and aarch64, this machine is riscv64"):
        seccomp.program("riscv64")


def test_the_scratch_gives_no_right_to_run_files_or_make_devices_sockets_and_pipes() -> None:
    forbidden = Files.EXECUTE | Files.MAKE_CHAR | Files.MAKE_BLOCK | Files.MAKE_SOCK | Files.MAKE_FIFO | Files.IOCTL_DEV
    assert not Files.SCRATCH & forbidden
    assert not Files.READ & ~(Files.READ_FILE | Files.READ_DIR)
