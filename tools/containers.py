"""Containers on this machine, by buildah and podman: whether it can have any, and one that runs while a block does.

A machine without the programs, and one that lets nobody start a container, are told apart from a container that failed:
by the sentence, and by what a command ends with (`Outcome`).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from uuid import uuid4

from tools.seccomp_profile import widened

__all__ = ["Container", "Outcome", "Unable", "confined", "may_run", "podman", "program", "require", "running", "widen"]

PACKAGES = {"buildah": "buildah", "podman": "podman", "runc": "runc"}
DEFAULT_PROFILE = Path("/usr/share/containers/seccomp.json")
ALSO = os.pathsep.join(["/usr/local/sbin", "/usr/sbin", "/sbin"])  # not on everybody's PATH
CPU_SECONDS = (
    "if [ -r /sys/fs/cgroup/cpuacct/cpuacct.usage ]; then cat /sys/fs/cgroup/cpuacct/cpuacct.usage; "
    "else echo $(($(grep ^usage_usec /sys/fs/cgroup/cpu.stat | cut -d' ' -f2) * 1000)); fi"
)


class Outcome(IntEnum):
    """What a command ends with; 2 is for a command that was written wrongly."""

    WELL = 0
    FAILED = 1
    MISSING = 3
    FORBIDDEN = 4


class Unable(Exception):
    """This machine cannot have containers, and why: in a sentence."""

    def __init__(self, outcome: Outcome, sentence: str) -> None:
        super().__init__(sentence)
        self.outcome = outcome


def program(name: str) -> str | None:
    """Where a program is, also where only root looks."""
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", os.defpath), ALSO]))


def require(*also: str) -> None:
    """Return if this machine has the programs, and lets its user make what containers are made of.

    Args:
        also: programs beside podman, buildah and runc, each in the package of its name.

    Raises:
        Unable: it has not, or does not.
    """
    missing = [package for name, package in PACKAGES.items() if program(name) is None]
    missing += [name for name in also if program(name) is None]
    if not DEFAULT_PROFILE.exists():
        missing.append("golang-github-containers-common")
    if missing:
        raise Unable(
            Outcome.MISSING,
            f"NOTHING WAS TRIED: this machine has no {', '.join(missing)}. Install what is missing, on Debian by "
            f"apt-get install {' '.join(missing)} (docs/containers.md).",
        )
    tried = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "true"], capture_output=True, text=True, check=False
    )
    if tried.returncode:
        raise _forbidden(tried.stderr)


def may_run(image: str) -> None:
    """Return if a container of an image runs here at all.

    Raises:
        Unable: podman starts none.
    """
    command = [*podman(), "run", "--rm", "--network=none", *confined(), image, "true"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    if tried.returncode:
        raise _forbidden(tried.stderr)


def _forbidden(said: str) -> Unable:
    words = (said.strip().splitlines() or ["without a word"])[-1].strip()
    return Unable(
        Outcome.FORBIDDEN,
        f"NOTHING WAS TRIED: this machine lets uid {os.geteuid()} start no container: {words}. It is likely a "
        "container itself, without the right to mount. Try it as root of a machine of its own (docs/containers.md).",
    )


def podman() -> list[str]:
    """podman, with what it runs containers by here: runc, in groups that it makes itself."""
    return ["podman", f"--runtime={program('runc')}", "--cgroup-manager=cgroupfs"]


def widen(profile: Path) -> None:
    """Write podman's own seccomp profile, and beside what it allows what the sandbox needs."""
    profile.write_text(json.dumps(widened(json.loads(DEFAULT_PROFILE.read_text(encoding="utf-8")))), encoding="utf-8")


def confined(profile: Path | None = None) -> list[str]:
    """podman's options for a container that can do nothing but compute, and write to /tmp.

    Args:
        profile: for seccomp, where the sandbox is to hold in it; None: podman's own.
    """
    return [
        "--user=1000:1000",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        *([f"--security-opt=seccomp={profile}"] if profile else []),
        "--read-only",
        "--tmpfs=/tmp:mode=1777,size=1g",
        "--env=HOME=/tmp",
        "--ulimit=nofile=1024:1024",
        "--ulimit=nproc=4096:4096",
    ]


@dataclass(frozen=True)
class Container:
    """One that runs.

    Attributes:
        name: by which podman knows it.
    """

    name: str

    def run(self, *command: str, told: str = "") -> str:
        """Run a command in it and return what it printed.

        Args:
            command: with its arguments.
            told: what it reads.

        Raises:
            subprocess.CalledProcessError: it failed; `output` has all that it said.
        """
        done = subprocess.run(
            ["podman", "exec", "--interactive", self.name, *command],
            input=told,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
        )
        return done.stdout

    def log(self) -> str:
        """What its own process has said."""
        done = subprocess.run(
            ["podman", "logs", self.name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        return done.stdout

    def cpu_seconds(self) -> float:
        """Of all its processes up to now."""
        try:
            return int(self.run("sh", "-c", CPU_SECONDS)) / 1e9
        except (subprocess.CalledProcessError, ValueError):
            return float("nan")


@contextmanager
def running(image: str, options: Sequence[str], *command: str) -> Iterator[Container]:
    """A container that is removed with the block."""
    container = Container(f"machine-room-{uuid4().hex[:12]}")
    started = [*podman(), "run", "--detach", "--init=false", f"--name={container.name}", *options, image, *command]
    subprocess.run(started, check=True, stdout=subprocess.DEVNULL)
    try:
        yield container
    finally:
        subprocess.run(
            ["podman", "rm", "--force", "--volumes", "--time=0", container.name], check=True, stdout=subprocess.DEVNULL
        )
