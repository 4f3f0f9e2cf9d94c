"""Build the course's container images, and try them.

    python -m tools.images build [--base IMAGE]    wheels by constraints.txt, then all images
    python -m tools.images try [--base IMAGE]      the same, on a base that is made here; then each image is run

What it takes: buildah, podman and runc; to make a base without a registry mmdebstrap too, see docs/containers.md. `try`
runs everything in containers with an ordinary user, no capabilities, no new privileges, a read-only root and no network
(`try_images`).

It ends with 0 where all went well, 1 where something failed, 3 where a program is missing here, and 4 where this
machine lets nobody start a container. Then nothing was tried, and a sentence says so.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tools import base_image, try_images
from tools.containers import Outcome, Unable, may_run, require
from tools.steps import Steps

__all__ = ["IMAGES", "main"]

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ("exchange", "student", "grader")
WHEELS = ("./lib[lab,hub]", ".[cluster,postgresql]", "./hub", "notebook", "jupyterhub")
REGISTRYS = "docker.io/library/python:3.11-slim-bookworm"


@dataclass(frozen=True)
class Build:
    """What images are built of.

    Attributes:
        base: the image that they stand on.
        context: a folder with the wheels and what is copied.
    """

    base: str
    context: Path

    def wheels(self, steps: Steps) -> None:
        """Make ours, and fetch those that they ask for, by constraints.txt."""
        with steps.step("wheels"):
            made = [
                sys.executable,
                "-m",
                "pip",
                "wheel",
                "--quiet",
                "--disable-pip-version-check",
                "--no-build-isolation",
            ]
            told = ["--constraint", "constraints.txt", "--wheel-dir", str(self.context / "wheelhouse")]
            _run([*made, *told, *WHEELS])
        for part in ("students", "grader"):
            shutil.copytree(ROOT / "hub" / "local" / part, self.context / part)

    def image(self, image: str, steps: Steps) -> None:
        """Build one; what it shares with one before is there."""
        told = ["--build-arg", f"BASE={self.base}", "--build-arg", f"WHEELS={self._digest()}", "--target", image]
        file = str(ROOT / "hub" / "images" / "Containerfile")
        built = ["buildah", "bud", "--quiet", "--layers", "--isolation", "chroot", "--format", "oci", *told]
        with steps.step(f"image {image}"):
            _run([*built, "--tag", f"machine-room/{image}", "--file", file, str(self.context)])
        steps.note(f"image {image}: {try_images.size_of(image)}")

    def _digest(self) -> str:
        """Of our wheels' content, and of all others' names."""
        wheels = sorted((self.context / "wheelhouse").iterdir())
        names = "\n".join(one.name for one in wheels)
        ours = b"".join(one.read_bytes() for one in wheels if one.name.startswith("machine_room"))
        return hashlib.sha256(names.encode() + ours).hexdigest()


def build(made: Build, steps: Steps) -> None:
    """Build all images from wheels that are made here."""
    made.wheels(steps)
    for image in IMAGES:
        made.image(image, steps)


def build_and_try(made: Build, steps: Steps) -> None:
    """The same, and each image is run. What does not wait for something else happens beside it."""
    if made.base == base_image.TAG:
        steps.side_by_side("base and wheels", _make_base, made.wheels)
    else:
        made.wheels(steps)
    for image in ("exchange", "student"):
        made.image(image, steps)

    def grader(steps: Steps) -> None:
        made.image("grader", steps)
        try_images.try_grader(steps)

    steps.side_by_side("grader, and the others' try", grader, try_images.try_student_and_exchange)


def _make_base(steps: Steps) -> None:
    with steps.step("base"):
        base_image.make()
        may_run(base_image.TAG)


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, cwd=ROOT, check=True, stdout=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> Outcome:
    """Build, or build and try."""
    parser = argparse.ArgumentParser(prog="python -m tools.images", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=("build", "try"))
    parser.add_argument("--base", default="", help=f"build: {REGISTRYS}; try: one that is made here")
    told = parser.parse_args(arguments)
    steps = Steps()
    try:
        _do(told.what, told.base, steps)
    except Unable as unable:
        print(unable, file=sys.stderr)
        return unable.outcome
    except FileNotFoundError as error:
        print(f"{error.filename} is missing. Install it (docs/containers.md).", file=sys.stderr)
        return Outcome.MISSING
    except subprocess.CalledProcessError as error:
        print(error.output or "", file=sys.stderr)
        print(f"{error.cmd[0]} ended with {error.returncode}; what it said stands above.", file=sys.stderr)
        return Outcome.FAILED
    except try_images.Failed as failed:
        print(f"FAILED: {failed}", file=sys.stderr)
        return Outcome.FAILED
    finally:
        print(steps.text())
    return Outcome.WELL


def _do(what: str, base: str, steps: Steps) -> None:
    makes_base = what == "try" and not base
    require(*(["mmdebstrap"] if makes_base else []))
    with TemporaryDirectory(prefix="machine-room-images-") as name:
        made = Build(base or (base_image.TAG if makes_base else REGISTRYS), Path(name))
        (build if what == "build" else build_and_try)(made, steps)


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
