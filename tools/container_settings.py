"""What `autograde doctor` misses in a container, setting by setting: the table of docs/containers.md.

    python -m tools.container_settings [--docker DEFAULT.json]

It runs the image `grader`, which `make images` builds. Docker's default profile is in its repository moby/profiles;
without it the rows that begin with it are left out.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.containers import DEFAULT_PROFILE, confined, podman, require
from tools.seccomp_profile import widened

__all__ = ["Setting", "main", "settings"]

OF_ITS_OWN = ("--uidmap=0:100000:65536", "--gidmap=0:100000:65536")
UNMASKED = "--security-opt=unmask=/proc/*"
ROOT = "--user=0:0"


@dataclass(frozen=True)
class Setting:
    """One row: what podman is told, all else as `confined` says."""

    name: str
    profile: str  # a file, or what podman takes for one
    options: Sequence[str] = ()
    without: Sequence[str] = ()  # beginnings of options

    def podmans(self) -> list[str]:
        """podman's options."""
        usual = confined(Path(self.profile) if self.profile else None)
        return [*(one for one in usual if not one.startswith(tuple(self.without) or ("-?",))), *self.options]


def settings(podmans: Path, dockers: Path | None) -> Iterator[Setting]:
    """The rows, from the profiles that are widened already; podman's and Docker's own are theirs.

    Args:
        podmans: a folder's `podman.json`, widened.
        dockers: the same of Docker's; beside it lies `docker-default.json`.
    """
    ours = str(podmans)
    yield Setting("podman's default profile", "")
    if dockers is not None:
        yield Setting("Docker's default profile", str(dockers.with_name("docker-default.json")))
    yield Setting("seccomp unconfined, `/proc` masked", "unconfined")
    for name, profile in (("podman's", ours), *((("Docker's", str(dockers)),) if dockers else ())):
        yield Setting(f"{name} default and the seven calls, `/proc` masked", profile)
        yield Setting(f"{name} and the seven calls, `/proc` unmasked", profile, (UNMASKED,))
        yield Setting(f"{name} and the seven calls, a user namespace of its own, `/proc` masked", profile, OF_ITS_OWN)
        both = (*OF_ITS_OWN, UNMASKED)
        yield Setting(f"{name} and the seven calls, a user namespace of its own, `/proc` unmasked", profile, both)
    yield Setting("podman's and the seven calls, root, all capabilities dropped", ours, (ROOT,), ("--user",))
    yield Setting("podman's and the seven calls, no writable `/tmp`", ours, ("--read-only-tmpfs=false",), ("--tmpfs",))


def _missing(setting: Setting) -> tuple[str, str]:
    """What the doctor misses, and what it says mends that."""
    command = [*podman(), "run", "--rm", "--network=none", *setting.podmans(), "machine-room/grader"]
    done = subprocess.run([*command, "autograde", "doctor", "--json"], capture_output=True, text=True, check=False)
    try:
        told = [one for one in json.loads(done.stdout) if "feature" in one and not one["present"]]
    except ValueError:
        return f"it does not run: {(done.stderr.strip().splitlines() or ['?'])[-1]}", ""
    features = [one["feature"] + ("" if one["required"] else " (may be)") for one in told]
    # the last advice, of the whole, is to mend the others
    advice = dict.fromkeys(one["what_to_do"] for one in told if one["feature"] != "the sandbox as a whole")
    return ", ".join(features) or "nothing", " / ".join(advice)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--docker", type=Path, help="Docker's default profile")
    told = parser.parse_args(arguments)
    require()
    with TemporaryDirectory(prefix="machine-room-settings-") as name:
        folder = Path(name)
        _widen(DEFAULT_PROFILE, folder / "podman.json")
        if told.docker:
            (folder / "docker-default.json").write_bytes(told.docker.read_bytes())
            _widen(told.docker, folder / "docker.json")
        print("| setting | missing | what mends it |\n|---|---|---|")
        for setting in settings(folder / "podman.json", folder / "docker.json" if told.docker else None):
            print(f"| {setting.name} | {' | '.join(_missing(setting))} |", flush=True)


def _widen(profile: Path, to: Path) -> None:
    to.write_text(json.dumps(widened(json.loads(profile.read_text(encoding="utf-8")))), encoding="utf-8")


if __name__ == "__main__":
    main()
