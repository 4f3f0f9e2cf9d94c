"""python -m web: build the site into a folder. `make site` runs it in an environment of its own."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from web import live, pages

REPOSITORY = Path(__file__).resolve().parent.parent


def main() -> None:
    """Build pages and JupyterLite, and put both in place when both are made."""
    chosen = _arguments()
    with TemporaryDirectory(prefix="machine-room-site-") as scratch:
        made = Path(scratch) / "site"
        for part in ("pages", "live"):
            (Path(scratch) / part).mkdir()
        try:
            if not chosen.live_only:
                pages.build(REPOSITORY, chosen.release, Path(scratch) / "pages", made)
            live.build(REPOSITORY, chosen.release, Path(scratch) / "live", made / "live", pyodide_folder=chosen.pyodide)
        except (RuntimeError, ValueError) as error:
            sys.exit(str(error))
        (made / ".nojekyll").touch()  # else GitHub Pages leaves out folders that begin with an underscore
        shutil.rmtree(chosen.output, ignore_errors=True)
        shutil.move(made, chosen.output)
    size = sum(path.stat().st_size for path in chosen.output.rglob("*") if path.is_file())
    print(f"{chosen.output}: {size / 1e6:.0f} MB. To look at it: python -m http.server --directory {chosen.output}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m web", description="Build the course as a static site.")
    parser.add_argument("--output", type=Path, default=REPOSITORY / "_site", help="the folder, which is replaced")
    parser.add_argument("--release", type=Path, default=REPOSITORY / "release", help="the folder with the notebooks")
    parser.add_argument(
        "--pyodide", type=Path, help="a folder with Pyodide that the site is to ship; else the CDN's is loaded"
    )
    parser.add_argument("--live-only", action="store_true", help="JupyterLite without the pages")
    return parser.parse_args()


if __name__ == "__main__":
    main()
