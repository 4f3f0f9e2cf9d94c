"""Open the student notebooks in JupyterLab: a working copy of release/, so that nothing of the course is changed.

Run by `make lab`. Arguments go on to JupyterLab.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from machine_room.lab import environment
from machine_room.lab_server import SWITCH_ON

REPOSITORY = Path(__file__).resolve().parent.parent


def working_copy(release: Path, work: Path) -> list[Path]:
    """Copy what is in release/ but not yet in work/; a notebook that a student has begun is never overwritten."""
    copied = []
    for original in sorted(path for path in release.rglob("*") if path.is_file()):
        target = work / original.relative_to(release)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(original, target)
            copied.append(target)
    return copied


def arguments(work: Path) -> list[str]:
    """Return JupyterLab's arguments: pictures follow closely; in a container one is root, which it wants to be told."""
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [f"--ServerApp.root_dir={work}", SWITCH_ON, *as_root]


def main() -> None:
    work = REPOSITORY / "my-notebooks"
    working_copy(REPOSITORY / "release", work)
    print(f"Your notebooks: {work}. Delete one there to get a fresh copy of it.", flush=True)
    jupyter = Path(sys.executable).with_name("jupyter-lab")
    os.execve(jupyter, [str(jupyter), *arguments(work), *sys.argv[1:]], environment(os.environ))


if __name__ == "__main__":
    main()
