"""Landlock: after `restrict`, the process reaches only the files it is given, whatever else its mounts hold.

The kernel's documentation is the source for the numbers: https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from ctypes import create_string_buffer
from enum import IntFlag

from .linux import syscall

__all__ = ["LEAST_ABI", "NETWORK_ABI", "SCOPE_ABI", "Files", "abi", "restrict"]

LEAST_ABI = 1
NETWORK_ABI = 4  # TCP bind and connect
SCOPE_ABI = 6  # abstract Unix sockets and signals

# The same numbers on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1  # flag of create_ruleset: tell the ABI
_PATH_BENEATH = 1
_ALL_TCP = 0b11  # bind, connect
_ALL_SCOPES = 0b11  # abstract sockets, signals


class Files(IntFlag):
    """What may be done beneath a path; the kernel's own bits."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13  # since ABI 2
    TRUNCATE = 1 << 14  # since ABI 3
    IOCTL_DEV = 1 << 15  # since ABI 5

    READ = READ_FILE | READ_DIR
    DEVICE = READ_FILE | WRITE_FILE
    SCRATCH = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SYM | REFER | TRUNCATE


def _known_rights(version: int) -> Files:
    newest = {1: Files.MAKE_SYM, 2: Files.REFER, 3: Files.TRUNCATE, 4: Files.TRUNCATE}.get(version, Files.IOCTL_DEV)
    return Files((newest << 1) - 1)


def abi() -> int:
    """The Landlock ABI of this kernel; 0 where it has none or has it switched off."""
    try:
        return syscall("landlock_create_ruleset", _CREATE_RULESET, None, 0, _VERSION)
    except OSError:
        return 0


def restrict(rules: Iterable[tuple[str, Files]]) -> int:
    """Allow what `rules` say and nothing else, for this process and all its children, for good.

    Handled: all access to files that this kernel's ABI knows, TCP from ABI 4, abstract sockets and signals from ABI 6.
    A path that does not exist is passed over: it cannot be reached either.

    Returns:
        The ABI that was used.

    Raises:
        OSError: the kernel has no Landlock, or no_new_privs is not set.
    """
    version = abi()
    handled = _known_rights(version)
    attributes = struct.pack(
        "=QQQ",
        handled,
        _ALL_TCP if version >= NETWORK_ABI else 0,
        _ALL_SCOPES if version >= SCOPE_ABI else 0,
    )
    size = 24 if version >= SCOPE_ABI else 16 if version >= NETWORK_ABI else 8
    ruleset = syscall("landlock_create_ruleset", _CREATE_RULESET, create_string_buffer(attributes, 24), size, 0)
    try:
        for path, rights in rules:
            _add(ruleset, path, rights & handled)
        syscall("landlock_restrict_self", _RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def _add(ruleset: int, path: str, rights: int) -> None:
    try:
        beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        # packed: 8 bytes of rights, 4 of descriptor, no padding
        rule = create_string_buffer(struct.pack("=Qi", rights, beneath), 12)
        syscall("landlock_add_rule", _ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(beneath)
