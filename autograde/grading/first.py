"""What 0.1.0 wrote: one key over file, tests and engine together. Known by heart, so that its verdicts still stand.

A key of 0.1.0 can be computed anew from the same file, tests, seed, limits and isolation, since the one other thing in
it, the digest of its code, never changes any more.
"""

from __future__ import annotations

import json

from ..contract.verdict import Engine
from ..course.intake import IntakeError
from ..inside.limits import Limits
from ..sandbox.process import Isolation
from .keys import digest, set_by_course

__all__ = ["FIRST", "first_key", "first_task_key"]

FIRST = Engine("0.1.0", "5ed4505862234e414d26039b613ca9ffe74bd078be8548e24322eee352267263")
# Its limits where a course set none.
DEFAULTS = {
    "cpu_seconds": 60,
    "file_bytes": 33554432,
    "memory_bytes": 1073741824,
    "open_files": 128,
    "output_bytes": 1048576,
    "request_seconds": 20.0,
    "scratch_bytes": 67108864,
    "threads": 64,
    "wall_seconds": 180.0,
}


def first_task_key(master: bytes, *, seed: int, limits: Limits, isolation: Isolation) -> str:
    """Return what 0.1.0 hashed of everything but the submission."""
    return digest(master, FIRST.digest, _limits(limits), str(seed), isolation.value)


def first_key(task_key: str, content: bytes | IntakeError) -> str:
    """Return the key of 0.1.0's verdict on a file, or on the reason why there is none."""
    if isinstance(content, IntakeError):
        return digest(task_key, "unreadable", str(content))
    return digest(task_key, content)


def _limits(limits: Limits) -> str:
    """The limits as 0.1.0 wrote them: what the course sets, and its own defaults for all else."""
    changed = set_by_course(limits)
    return json.dumps({name: changed.get(name, value) for name, value in DEFAULTS.items()}, sort_keys=True)
