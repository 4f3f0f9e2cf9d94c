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


def build(base: str, steps: Steps) -> None:
    """Build all images from wheels that are made here."""
    with TemporaryDirectory(prefix="machine-room-images-") as name:
        context = Path(name)
        with steps.step("wheels"):
            _make_wheels(context / "wheelhouse")
        for part in ("students", "grader"):
            shutil.copytree(ROOT / "hub" / "local" / part, context / part)
        for image in IMAGES:
            with steps.step(f"image {image}"):
                _build_image(image, base, context)
            steps.note(f"image {image}: {try_images.size_of(image)}")


def _make_wheels(folder: Path) -> None:
    made = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    _run([*made, "--constraint", "constraints.txt", "--wheel-dir", str(folder), *WHEELS])


def _build_image(image: str, base: str, context: Path) -> None:
    names = "\n".join(sorted(one.name for one in (context / "wheelhouse").iterdir()))
    ours = b"".join(one.read_bytes() for one in sorted((context / "wheelhouse").glob("machine_room*")))
    wheels = hashlib.sha256(names.encode() + ours).hexdigest()
    told = ["--build-arg", f"BASE={base}", "--build-arg", f"WHEELS={wheels}", "--target", image]
    file = str(ROOT / "hub" / "images" / "Containerfile")
    built = ["buildah", "bud", "--quiet", "--layers", "--isolation", "chroot", "--format", "oci", *told]
    _run([*built, "--tag", f"machine-room/{image}", "--file", file, str(context)])


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
    make_base = what == "try" and not base
    require(*(["mmdebstrap"] if make_base else []))
    if make_base:
        with steps.step("base"):
            base_image.make()
            may_run(base_image.TAG)
    build(base or (base_image.TAG if make_base else REGISTRYS), steps)
    if what == "try":
        try_images.all_of_them(steps)


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
