"""A base for the images without a registry: Debian's essential packages, and the Python that makes the wheels.

mmdebstrap lays out this machine's release of Debian. Where this environment's Python is not Debian's own, it goes along
into /usr/local with the packages of the libraries that it loads; its packages, tests and windows stay here.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

__all__ = ["TAG", "make"]

TAG = "localhost/machine-room/base"
PACKAGES = ("passwd", "libstdc++6")  # for useradd; for what wheels of compiled packages load
DEBIANS_PYTHON = ("python3", "python3-venv")
LEFT_OUT = ("doc", "man", "locale", "info")  # of /usr/share
NOT_COPIED = ("site-packages", "test", "idlelib", "tkinter", "turtledemo", "lib2to3", "__pycache__", "_tkinter*", "*.a")


def make() -> None:
    """Make the image `TAG`."""
    prefix = Path(sys.base_prefix).resolve()
    own = prefix == Path("/usr")
    packages = [*PACKAGES, *(DEBIANS_PYTHON if own else sorted(set(_packages_of(prefix))))]
    with TemporaryDirectory(prefix="machine-room-base-") as name:
        root = Path(name, "root")
        unwanted = [f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in LEFT_OUT]
        options = ["--quiet", "--variant=essential", f"--include={','.join(packages)}", *unwanted]
        subprocess.run(["mmdebstrap", *options, _release(), str(root)], check=True)
        if not own:
            _copy_python(prefix, root)
        packed = Path(name, "base.tar")
        subprocess.run(["tar", "-C", str(root), "-cf", str(packed), "."], check=True)
        subprocess.run(["podman", "import", "--quiet", str(packed), TAG], check=True, stdout=subprocess.DEVNULL)


def _release() -> str:
    told = Path("/etc/os-release").read_text(encoding="utf-8")
    found = re.search(r"^VERSION_CODENAME=(\w+)$", told, re.MULTILINE)
    if not found or "ID=debian\n" not in told:
        sys.exit("This machine is no Debian, so no base is made from it. Name one: make try-images BASE=IMAGE.")
    return found[1]


def _copy_python(prefix: Path, root: Path) -> None:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    left_out = shutil.ignore_patterns(*NOT_COPIED)
    (root / "usr/local/bin").mkdir(parents=True, exist_ok=True)
    for name in ("python3", version):
        shutil.copy2(prefix / "bin" / version, root / "usr/local/bin" / name)
    shutil.copytree(prefix / "lib" / version, root / "usr/local/lib" / version, ignore=left_out, symlinks=True)
    for library in (prefix / "lib").glob("libpython3*.so*"):
        shutil.copy2(library, root / "usr/local/lib" / library.name, follow_symlinks=False)
    subprocess.run(["chroot", str(root), "ldconfig"], check=True)


def _packages_of(prefix: Path) -> Iterator[str]:
    """Debian's packages of the libraries that a Python loads."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    loaded = [prefix / "bin" / version, *(prefix / "lib" / version / "lib-dynload").glob("*.so")]
    asked = subprocess.run(
        ["ldd", *(str(one) for one in loaded if not one.name.startswith("_tkinter"))],
        capture_output=True,
        text=True,
        check=True,
    )
    for found in sorted(set(re.findall(r"=> (/(?:usr/)?lib/\S+)", asked.stdout))):
        for path in (found, f"/usr{found}"):
            owner = subprocess.run(["dpkg", "-S", path], capture_output=True, text=True, check=False)
            if owner.returncode == 0:
                yield owner.stdout.split(":", 1)[0]
                break
