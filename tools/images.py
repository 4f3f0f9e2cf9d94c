"""Build the course's container images, and grade the demo's class in one of them.

    python -m tools.images build [--base IMAGE]    wheels by constraints.txt, then all images
    python -m tools.images try                     the demo class in one of them, on a Dask cluster of two

What it takes: buildah, podman and runc; for a base without a registry debootstrap, see docs/containers.md. The
container that grades has an ordinary user, no capabilities, no new privileges, a read-only root, no network, and a
seccomp profile that is made of podman's own.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.seccomp_profile import widened

__all__ = ["IMAGES", "confined", "main"]

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ("exchange", "student", "grader")
WHEELS = ("./lib[lab,hub]", ".[cluster,postgresql]", "./hub", "notebook", "jupyterhub")
DEFAULT_PROFILE = Path("/usr/share/containers/seccomp.json")
# The course is laid out in memory and graded there; what the cluster says of a worker goes to stderr.
TRY = (
    "autograde doctor && cd /tmp && autograde demo --directory course --students 12 && "
    "rm -r course/gradebook.db course/autograded course/feedback course/.autograde/journal && "
    "cd course && autograde grade 01-backprop --local-cluster 2"
)


def build(base: str) -> None:
    """Build all images from wheels that are made here."""
    with TemporaryDirectory(prefix="machine-room-images-") as name:
        context = Path(name)
        wheels = ["-m", "pip", "wheel", "--quiet", "--constraint", "constraints.txt", "--wheel-dir"]
        _run([sys.executable, *wheels, str(context / "wheelhouse"), *WHEELS])
        for part in ("students", "grader"):
            shutil.copytree(ROOT / "hub" / "local" / part, context / part)
        for image in IMAGES:
            built = ["--isolation", "chroot", "--format", "oci", "--build-arg", f"BASE={base}", "--target", image]
            file = str(ROOT / "hub" / "images" / "Containerfile")
            _run(["buildah", "bud", *built, "--tag", f"machine-room/{image}", "--file", file, str(context)])


def confined(profile: Path) -> list[str]:
    """podman's options for a container in which the sandbox holds and that can do nothing else."""
    return [
        "--rm",
        "--user=1000:1000",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        f"--security-opt=seccomp={profile}",
        "--read-only",
        "--tmpfs=/tmp:mode=1777,size=1g",
        "--env=HOME=/tmp",
        "--network=none",
        "--ulimit=nofile=1024:1024",
        "--ulimit=nproc=4096:4096",
    ]


def try_grading() -> None:
    """Grade the demo's class in the image, at home and on a cluster of two workers; fails where one is not graded."""
    with TemporaryDirectory(prefix="machine-room-images-") as name:
        profile = Path(name, "machine-room.json")
        profile.write_text(json.dumps(widened(json.loads(DEFAULT_PROFILE.read_text(encoding="utf-8")))))
        podman = ["podman", "--runtime=runc", "--cgroup-manager=cgroupfs", "run", *confined(profile)]
        _run([*podman, "machine-room/grader", "sh", "-c", TRY])


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, cwd=ROOT, check=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Build, or try."""
    parser = argparse.ArgumentParser(prog="python -m tools.images", description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=("build", "try"))
    parser.add_argument("--base", default="docker.io/library/python:3.11-slim-bookworm")
    told = parser.parse_args(arguments)
    try:
        if told.what == "build":
            build(told.base)
        else:
            try_grading()
    except FileNotFoundError as error:
        sys.exit(f"{error.filename} is missing. Install buildah, podman and runc (docs/containers.md).")
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error.cmd[0]} ended with {error.returncode}; what it said stands above.")


if __name__ == "__main__":
    main()
