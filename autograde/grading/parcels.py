"""What travels to another machine and back: bytes and JSON, no path of this one and no pickle.

A `Brief` is all that the submissions of one notebook have in common. It holds the secret seed and the hidden tests: it
goes to workers alone, over TLS. *Trust*: a worker believes what it is sent. What it answers is read here by whoever
owns the gradebook, and is checked against what was asked (`cluster`).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ..contract.verdict import Engine, Verdict
from ..inside.limits import Limits
from ..sandbox.process import Isolation
from .journal import from_json, to_json
from .keys import digest
from .pool import Task, WorkerLimits

__all__ = ["MAX_ANSWER", "Answer", "Brief", "HandIn"]

MAX_ANSWER = 256 << 20  # bytes: what cells may print and draw, twice over

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Brief:
    """What a worker has to know of a notebook to grade any submission of it."""

    assignment: str
    notebook: str
    master: bytes
    former: Mapping[int, bytes]  # masters of the older editions that are accepted
    beside: Files  # what lies in source/ beside the notebook
    seed: int
    limits: Limits
    libraries: tuple[str, ...]  # that the course declares
    packages: Mapping[str, Files]  # the course's own, by import name: references and cases, as the library has
    withheld: tuple[str, ...]  # from the students' view of the library
    key: str
    first_key: str
    engine: Engine  # a worker with another one is refused
    ignored: tuple[str, ...]
    preload: tuple[str, ...]
    worker: WorkerLimits

    @classmethod
    def of(cls, task: Task, *, withheld: tuple[str, ...], beside: Files) -> Brief:
        """Everything that the task names by a path, as bytes."""
        return cls(
            assignment=task.master.parent.name,
            notebook=task.master.stem,
            master=task.master.read_bytes(),
            former={number: path.read_bytes() for number, path in task.former.items()},
            beside=beside,
            seed=task.seed,
            limits=task.limits,
            libraries=task.libraries,
            packages={one.name: {name: path.read_bytes() for name, path in one.files} for one in task.packages},
            withheld=withheld,
            key=task.key,
            first_key=task.first_key,
            engine=task.engine,
            ignored=task.ignored,
            preload=task.preload,
            worker=task.worker,
        )

    @property
    def name(self) -> str:
        """Under which a worker keeps it."""
        return digest(self.to_bytes())

    def to_bytes(self) -> bytes:
        plain = {
            **asdict(self),
            "master": _text(self.master),
            "former": {str(number): _text(content) for number, content in self.former.items()},
            "beside": _texts(self.beside),
            "packages": {name: _texts(files) for name, files in self.packages.items()},
            "limits": self.limits.to_json(),
        }
        return json.dumps(plain, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Brief:
        plain = json.loads(data)
        made = {
            "master": _bytes(plain["master"]),
            "former": {int(number): _bytes(content) for number, content in plain["former"].items()},
            "beside": _files(plain["beside"]),
            "packages": {name: _files(files) for name, files in plain["packages"].items()},
            "limits": Limits.from_json(plain["limits"]),
            "engine": Engine(**plain["engine"]),
            "worker": WorkerLimits(**plain["worker"]),
            **{name: tuple(plain[name]) for name in ("libraries", "withheld", "ignored", "preload")},
        }
        return cls(**{**plain, **made})

    @property
    def isolation(self) -> Isolation:
        """There is no other one away from home."""
        return Isolation.FULL


@dataclass(frozen=True)
class HandIn:
    """One submission, as it was read at home."""

    brief: str  # its name
    student: str
    content: bytes
    beside: Files = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        return json.dumps({**asdict(self), "content": _text(self.content), "beside": _texts(self.beside)}).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> HandIn:
        plain = json.loads(data)
        return cls(plain["brief"], plain["student"], _bytes(plain["content"]), _files(plain["beside"]))


@dataclass(frozen=True)
class Answer:
    """What a worker says: a verdict, or in a sentence why it gives none; neither: it does not know the brief."""

    verdict: Verdict | None = None
    refused: str = ""
    ready: bool = False

    def to_bytes(self) -> bytes:
        verdict = None if self.verdict is None else to_json(self.verdict)
        return json.dumps({"verdict": verdict, "refused": self.refused, "ready": self.ready}).encode()

    @classmethod
    def from_bytes(cls, data: object) -> Answer:
        """Read a stranger's bytes.

        Raises:
            ValueError: they are anything else.
        """
        if type(data) is not bytes or len(data) > MAX_ANSWER:
            raise ValueError(f"no answer: {type(data).__name__}")
        try:
            plain: dict[str, Any] = json.loads(data)
            if set(plain) != {"verdict", "refused", "ready"}:
                raise ValueError(f"no answer: it has {sorted(plain)}")
            verdict = None if plain["verdict"] is None else from_json(plain["verdict"])
        except (TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"no answer: {error}") from error
        return cls(verdict, str(plain["refused"])[:1000], plain["ready"] is True)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _texts(files: Files) -> dict[str, str]:
    return {name: _text(content) for name, content in files.items()}


def _files(plain: Mapping[str, str]) -> dict[str, bytes]:
    return {name: _bytes(content) for name, content in plain.items()}
