"""Notebooks as no Jupyter saves them: drawn from a seed, so that each can be made again.

    mutated = MutatedNotebook(bases, seed=7)
    mutated.content       # bytes to hand in
    mutated.mutations     # the names of what was done to them, e.g. ("ids twice", "UTF-16 with a mark")

`OF_STRUCTURE` changes a notebook as data, `OF_BYTES` the file that is made of it. Most files get one mutation, some get
several at once.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from tests.mutations_of_bytes import OF_BYTES
from tests.mutations_of_structure import OF_STRUCTURE

__all__ = ["EVERY", "OF_BYTES", "OF_STRUCTURE", "Base", "MutatedNotebook"]

EVERY = (*OF_STRUCTURE, *OF_BYTES)


@dataclass(frozen=True)
class Base:
    """A whole notebook of an assignment, as a student might hand it in."""

    assignment: str
    content: bytes


@dataclass(frozen=True)
class MutatedNotebook:
    """One file. The first mutation goes through the table in turn, so that none is left out; chance adds others."""

    bases: Sequence[Base]
    seed: int

    @property
    def base(self) -> Base:
        return self.bases[(self.seed + self.seed // len(EVERY)) % len(self.bases)]

    @cached_property
    def mutations(self) -> tuple[str, ...]:
        rng = random.Random(f"which {self.seed}")
        more = rng.sample(EVERY, rng.choice((0, 0, 0, 1, 2, 4)))
        chosen = {EVERY[self.seed % len(EVERY)], *more}
        return tuple(name for name in EVERY if name in chosen)  # structure first: bytes cannot be taken apart again

    @cached_property
    def content(self) -> bytes:
        rng = random.Random(self.seed)
        notebook = json.loads(self.base.content)
        for name in self.mutations:
            if name in OF_STRUCTURE:
                OF_STRUCTURE[name](rng, notebook)
        content = json.dumps(notebook, indent=rng.choice((None, 1)), ensure_ascii=True).encode()
        if rng.random() < 0.5 and b"\\ud" not in content:  # as Jupyter writes it
            content = json.dumps(notebook, indent=1, ensure_ascii=False).encode()
        for name in self.mutations:
            if name in OF_BYTES:
                content = OF_BYTES[name](rng, content)
        return content

    def __repr__(self) -> str:
        return f"MutatedNotebook(seed={self.seed}: {self.base.assignment}, {', '.join(self.mutations)})"
