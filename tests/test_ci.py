"""The script that CI runs: where a machine lets nobody start a container it says so, and does not tell a success."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
RUN = ROOT / ".ci" / "run"
SAYS = "IMAGES WERE NOT TRIED: this machine lets nobody start a container"
NOT_ROOT = "IMAGES WERE NOT TRIED: only root can."
#: What trying the images ends with, what the script then ends with, and whether it says that nothing was tried.
ENDS = {
    "well": (0, 0, False),
    "failed": (1, 1, False),
    "written wrongly": (2, 2, False),
    "a program is missing": (3, 3, False),
    "forbidden": (4, 0, True),
    "killed": (137, 137, False),
}


def up_to_its_parts(part: str) -> str:
    """The script without the parts that it runs, but with one."""
    lines = RUN.read_text(encoding="utf-8").splitlines()
    begun = next(number for number, line in enumerate(lines) if line.startswith("part "))
    return "\n".join([*lines[:begun], part])


def stand_in(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def ran(folder: Path, *, ends: int, user: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the part that tries images, as if by that user, where the trial ends so."""
    stand_in(folder / ".venv" / "bin" / "python", f'[ "$*" = "-m tools.images try" ] && exit {ends}\nexit 99')
    stand_in(folder / "bin" / "id", f"echo {user}")
    script = folder / ".ci" / "run"
    script.parent.mkdir()
    script.write_text(up_to_its_parts('part "make try-images" try_images'))
    here = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    return subprocess.run(["bash", str(script)], env=here, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("name", ENDS)
def test_where_no_container_can_be_started_it_says_so_at_the_very_end(name: str, tmp_path: Path) -> None:
    code, ends, untried = ENDS[name]
    done = ran(tmp_path, ends=code)
    assert done.returncode == ends, done.stderr
    assert done.stdout.splitlines()[-1].startswith(SAYS) is untried
    assert ("make try-images (failed)" in done.stdout) is bool(ends)
    assert done.stderr == ""


def test_who_is_not_root_is_told_that_nothing_was_tried(tmp_path: Path) -> None:
    done = ran(tmp_path, ends=99, user=1000)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == NOT_ROOT


def test_the_lines_that_bring_it_in_are_prepared_after_all_tests() -> None:
    parts = [line.removeprefix("# ") for line in RUN.read_text(encoding="utf-8").splitlines()]
    prepared = ['part "install containers" containers_for_the_images', 'part "make try-images" try_images']
    begun = parts.index(prepared[0])
    assert parts[begun : begun + 2] == prepared
    assert parts.index('part "make test" make test') < begun
