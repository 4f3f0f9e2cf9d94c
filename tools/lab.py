"""Open the student notebooks in JupyterLab: a working copy of release/, so that nothing of the course is changed.

Run by `make lab`. Arguments go on to JupyterLab.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

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


def main() -> None:
    work = REPOSITORY / "my-notebooks"
    working_copy(REPOSITORY / "release", work)
    print(f"Your notebooks: {work}. Delete one there to get a fresh copy of it.", flush=True)
    jupyter = Path(sys.executable).with_name("jupyter-lab")
    os.execv(jupyter, [str(jupyter), f"--ServerApp.root_dir={work}", *sys.argv[1:]])


if __name__ == "__main__":
    main()
