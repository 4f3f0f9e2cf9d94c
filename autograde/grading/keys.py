"""Keys of work: equal for the same submission under the same tests, whoever grades it.

In a key is what the student handed in and what the course has set. What grades is not: that is the `Engine`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from ..inside.limits import Limits
from ..sandbox.process import Isolation

__all__ = ["digest", "set_by_course", "task_key"]


def digest(*parts: bytes | str) -> str:
    """One key for all parts; their lengths are hashed too, so that they cannot run into each other."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "big"))
        total.update(data)
    return total.hexdigest()


def task_key(
    master: bytes,
    *,
    seed: int,
    limits: Limits,
    isolation: Isolation,
    libraries: Sequence[str] = (),
    former: Mapping[int, bytes] | None = None,
    beside: Mapping[str, bytes] | None = None,
) -> str:
    """Return the key of all that is the same for every submission of a notebook.

    Args:
        master: the source notebook's file.
        seed: the course's.
        limits: only those that differ from the defaults count: the defaults are the engine's.
        isolation: without one, students' code may do more.
        libraries: those that the course declares, see `libraries.declared_names`; their versions are the engine's.
        former: the masters of the older editions that are accepted, by number.
        beside: the files that students' code finds beside the notebook; without any the key is what it always was.
    """
    older = [part for number, content in sorted((former or {}).items()) for part in (str(number), content)]
    files = [part for name, content in sorted((beside or {}).items()) for part in ("beside", name, content)]
    set_limits = json.dumps(set_by_course(limits), sort_keys=True)
    return digest(master, set_limits, str(seed), isolation.value, json.dumps(list(libraries)), *older, *files)


def set_by_course(limits: Limits) -> dict[str, float]:
    """The limits that a course has set: those that are not the defaults."""
    defaults = asdict(Limits())
    return {name: value for name, value in asdict(limits).items() if value != defaults[name]}
