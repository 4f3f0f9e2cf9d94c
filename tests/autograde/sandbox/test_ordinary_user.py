"""Nothing of the sandbox needs root: for an ordinary user the same attacks fail for the same reasons."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from autograde.sandbox.box import find_bwrap

ROOT = Path(__file__).resolve().parents[3]
ORDINARY = 65534
BECOME = f"""
import os, sys
os.setgroups([]); os.setresgid({ORDINARY}, {ORDINARY}, {ORDINARY}); os.setresuid({ORDINARY}, {ORDINARY}, {ORDINARY})
os.execv(sys.argv[1], sys.argv[1:])
"""


def readable_to_all(paths: list[Path]) -> list[str]:
    """bwrap options that show these folders to everybody, also where a folder above them (/root) is closed."""
    options: list[str] = []
    for path in paths:
        closed = [folder for folder in (*reversed(path.parents), path) if folder.stat().st_mode & 0o005 != 0o005]
        if closed and closed[0] != path:
            options += ["--perms", "0755", "--tmpfs", str(closed[0])]
            between = [folder for folder in reversed(path.parents) if folder.is_relative_to(closed[0])]
            for folder in between[1:]:
                options += ["--perms", "0755", "--dir", str(folder)]
            options += ["--ro-bind", str(path), str(path)]
    return options


def as_ordinary_user(command: list[str]) -> list[str]:
    """The command, run by nobody if we are root."""
    if os.geteuid() != 0:
        return command
    paths = {Path(path).resolve() for path in (sys.base_prefix, sys.prefix, ROOT)}
    needed = [path for path in sorted(paths) if not any(path.is_relative_to(other) for other in paths - {path})]
    view = [str(find_bwrap()), "--bind", "/", "/", "--dev-bind", "/dev", "/dev", *readable_to_all(needed)]
    return [*view, "--chdir", str(ROOT), "--", sys.executable, "-c", BECOME, *command]


def test_an_ordinary_user_has_the_same_sandbox() -> None:
    attacks = "not end_has_its_reason and not memory_ends"
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", attacks]
    with tempfile.TemporaryDirectory() as theirs:  # pytest's own folder is closed to others
        os.chmod(theirs, 0o777)
        files = [str(Path(__file__).with_name(name)) for name in ("test_attacks.py", "test_marks.py")]
        command = [*pytest, f"--basetemp={theirs}/base", *files]
        done = run(as_ordinary_user(command))
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert "failed" not in done.stdout


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
