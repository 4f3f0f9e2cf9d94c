"""JupyterLite: the notebooks live, by its own tools, with our wheels, and Pyodide from where the operator chooses."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat

from web import pyodide
from web.notebooks import as_live, read_release

__all__ = ["build", "make_room_on_a_phone", "write_contents"]

HERE = Path(__file__).resolve().parent
#: Of the widgets' code nothing is fetched: what is listed here is on the site. jupyterlab_pygments, which nbconvert
#: brings, asks for a newer JupyterLab than this one.
_EXTENSIONS = (
    "@jupyter-widgets/jupyterlab-manager",
    "@jupyterlite/pyodide-kernel-extension",
    "anywidget",
    "machine-room",
)
#: On a phone JupyterLab's list of files leaves a notebook a strip of 60 pixels. Folded away, its tab brings it back.
_ROOM_ON_A_PHONE = """\
    <script type="module">
      if (matchMedia("(max-width: 600px)").matches) {
        while (!window.jupyterapp) await new Promise((soon) => setTimeout(soon, 50));
        await window.jupyterapp.restored;
        const { shell } = window.jupyterapp;
        let touched = false; // JupyterLab unfolds the list while it starts; after a touch it is the reader's
        for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => { touched = true; }, true);
        const fold = () => { if (!touched && !shell.leftCollapsed) shell.collapseLeft(); };
        shell.layoutModified.connect(fold);
        fold();
      }
    </script>
  </head>
"""
_SETTINGS = ("litePluginSettings", "@jupyterlite/pyodide-kernel-extension:kernel")


def build(repository: Path, release: Path, scratch: Path, target: Path, *, pyodide_folder: Path | None) -> None:
    """Build JupyterLite with the release's notebooks.

    Args:
        repository: where lib/ lies.
        release: the folder with the notebooks.
        scratch: an empty folder.
        target: where the finished folder is to lie; not there yet.
        pyodide_folder: a full distribution of Pyodide, whose part that is needed goes along; None: the CDN's is loaded.
    """
    shutil.copytree(HERE / "lite", scratch, dirs_exist_ok=True)
    if pyodide_folder is None:
        _load_from_cdn(scratch / "jupyter-lite.json")
    else:
        pyodide.copy_needed(pyodide_folder, scratch / "static" / "pyodide")
    contents, wheels = scratch / "contents", scratch / "wheels"
    write_contents(release, contents)
    _make_wheels(repository, scratch / "browser", contents, wheels)
    _run_lite(scratch, contents, wheels, target)
    make_room_on_a_phone(target / "lab" / "index.html")


def make_room_on_a_phone(page: Path) -> None:
    """Let JupyterLab's page fold its list of files away where a window is narrow.

    Raises:
        ValueError: it is not the page that was looked at.
    """
    before, head, after = page.read_text(encoding="utf-8").partition("  </head>\n")
    if not head:
        raise ValueError(f"{page} has no end of its head: this JupyterLite is not the one that is pinned.")
    page.write_text(before + _ROOM_ON_A_PHONE + after, encoding="utf-8")


def _load_from_cdn(settings_file: Path) -> None:
    settings: dict[str, Any] = json.loads(settings_file.read_text(encoding="utf-8"))
    plugins, kernel = _SETTINGS
    settings["jupyter-config-data"][plugins][kernel]["pyodideUrl"] = pyodide.CDN
    settings_file.write_text(json.dumps(settings), encoding="utf-8")


def write_contents(release: Path, contents: Path) -> None:
    """Write what a browser's notebooks lie in: the notebooks, and the course's files beside them."""
    shutil.copytree(release, contents, ignore=shutil.ignore_patterns("*.ipynb", "__pycache__", ".*"))
    for notebook in read_release(release):
        nbformat.write(as_live(notebook), contents / notebook.path)


def _make_wheels(repository: Path, browser: Path, contents: Path, wheels: Path) -> None:
    """Make the wheels that the browser installs: ours are built, the pinned others fetched; all are pure Python."""
    shutil.copytree(HERE / "browser", browser)
    shutil.copytree(contents, browser / "machine_room_browser" / "notebooks")
    for folder in (repository / "lib", browser):
        _python("hatchling", "build", "--target", "wheel", "--directory", str(wheels), within=folder)
    _python(
        "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:",
        "--implementation", "py", "--abi", "none", "--platform", "any", "--python-version", "3.12",
        "--dest", str(wheels), "--requirement", str(HERE / "wheels.txt"), within=repository,
    )  # fmt: skip


def _run_lite(scratch: Path, contents: Path, wheels: Path, target: Path) -> None:
    found = Path(sys.prefix) / "share" / "jupyter" / "labextensions"
    extensions = [f"--LiteBuildConfig.federated_extensions={found / name}" for name in _EXTENSIONS]
    named = [f"--piplite-wheels={wheel}" for wheel in sorted(wheels.glob("*.whl"))]
    _python(
        "jupyterlite_core.app", "build", "--contents", str(contents), "--output-dir", str(target), "--apps", "lab",
        "--no-unused-shared-packages", "--no-sourcemaps", "--LiteBuildConfig.ignore_sys_prefix=True",
        *extensions, *named, within=scratch,
    )  # fmt: skip


def _python(module: str, *arguments: str, within: Path) -> None:
    """Run a module of this environment, and show what it said where it fails."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=within,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{module} failed:\n{done.stdout}{done.stderr}")
