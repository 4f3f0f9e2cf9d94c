"""A Python in which one system call is refused, as a container's seccomp profile refuses it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
# Numbers on x86-64 and AArch64.
NUMBERS = {
    "clone": (56, 220),
    "landlock_create_ruleset": (444, 444),
    "mount": (165, 40),
    "pivot_root": (155, 41),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "umount2": (166, 39),
    "unshare": (272, 97),
}
# BPF: load the number; where it is ours, and its first argument has one of the flags, EPERM; else go on.
BEGIN = """
import ctypes, os, struct, sys
from autograde.inside.linux import forbid_new_privileges, prctl
from autograde.inside.seccomp import _Program
number, flags = int(sys.argv[1]), int(sys.argv[2])
instruction = lambda code, k, yes=0, no=0: struct.pack("=HBBI", code, yes, no, k)
code = instruction(0x20, 0) + instruction(0x15, number, 0, 3)
code += instruction(0x20, 16) + (instruction(0x45, flags, 0, 1) if flags else instruction(0x05, 0))
code += instruction(0x06, 0x00050001) + instruction(0x06, 0x7FFF0000)
forbid_new_privileges()
wanted = _Program(len(code) // 8, code)
prctl("seccomp", 22, 2, ctypes.addressof(wanted))
os.execv(sys.executable, [sys.executable, *sys.argv[3:]])
"""
NEW_USER = 0x10000000  # of clone's flags: what makes a namespace, and not a thread or a process


def refusing(call: str) -> list[str]:
    """What to put before a Python's arguments."""
    number = NUMBERS[call][os.uname().machine == "aarch64"]
    return [sys.executable, "-c", BEGIN, str(number), str(NEW_USER if call == "clone" else 0)]


def findings(call: str, environment: dict[str, str] | None = None) -> dict[str, dict[str, Any]]:
    """What the doctor finds where the call is refused."""
    command = [*refusing(call), "-m", "autograde", "doctor", "--json"]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **(environment or {})}, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 1, done.stderr
    return {finding["feature"]: finding for finding in json.loads(done.stdout)}
