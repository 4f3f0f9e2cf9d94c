"""The pages: Sphinx over documents, notebooks and the library's docstrings. Its warnings are errors."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

from web import reference, text
from web.notebooks import as_page, read_release
from web.polish import polish

__all__ = ["build"]

HERE = Path(__file__).resolve().parent


def build(repository: Path, release: Path, scratch: Path, target: Path) -> None:
    """Write all pages into target.

    Args:
        repository: where the documents lie.
        release: the folder with the notebooks.
        scratch: an empty folder.
        target: the site's folder.
    """
    texts = scratch / "text"
    text.lay_out(repository, texts)
    shutil.copytree(HERE / "front", texts, dirs_exist_ok=True)
    reference.write(texts / "reference")
    for notebook in read_release(release):
        file = texts / "release" / notebook.path
        file.parent.mkdir(parents=True)
        nbformat.write(as_page(notebook), file)
    _run_sphinx(repository, texts, scratch / "doctrees", target)
    polish(target)


def _run_sphinx(repository: Path, texts: Path, doctrees: Path, target: Path) -> None:
    command = [
        sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going", "-j", "auto", "-b", "html",
        "-c", str(HERE), "-d", str(doctrees), str(texts), str(target),
    ]  # fmt: skip
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(repository)}, check=False)
    if done.returncode:
        raise RuntimeError("Sphinx warned of what stands above; a page with a warning is not published.")
