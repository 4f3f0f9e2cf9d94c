"""Where no procfs can be mounted, as in a container that masks a part of /proc, the walls are the same."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from autograde.sandbox.box import find_bwrap

ROOT = Path(__file__).resolve().parents[3]
# What a runtime does to /proc: something lies over a file of it. Then nobody in a namespace may mount another one.
MASKED = [
    str(find_bwrap()),
    "--bind",
    "/",
    "/",
    "--dev-bind",
    "/dev",
    "/dev",
    "--ro-bind",
    "/dev/null",
    "/proc/interrupts",
]
WATCHED = """
import tempfile, time
from pathlib import Path
from autograde.sandbox import process
from autograde.sandbox.box import Proc
from autograde.sandbox.trials import FRESH_PROC, refused
from autograde.inside.zygote import Order
assert "mount proc: Operation not permitted" in refused(FRESH_PROC)
folder = tempfile.mkdtemp()
Path(folder).chmod(0o755)
Path(folder, "server.py").write_text("def serve(channel, limits):\\n    channel.recv(1)\\n    while True: pass\\n")
with process.Sandbox(Path(folder), shelves=(), _order=Order(serve="server:serve", preload=())) as sandbox:
    fork = sandbox.fork()
    assert process._proc is Proc.BOUND
    quiet = fork.so_far()
    fork.channel.sendall(b"x")
    until = time.monotonic() + 30
    while fork.so_far().cpu_seconds < quiet.cpu_seconds + 0.05: assert time.monotonic() < until
    second = sandbox.fork()
    assert second.so_far().cpu_seconds < 0.05, "another process's time was read"
    for one in (fork, second):
        one.kill()
        one.wait(30)
"""


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    return subprocess.run(
        [*MASKED, "--chdir", str(ROOT), "--", *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_the_box_has_this_places_proc_and_the_clock_reads_the_right_process() -> None:
    done = run([sys.executable, "-c", WATCHED])
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_attack_fails_as_ever() -> None:
    attacks = "not end_has_its_reason and not memory_ends and not importable"
    with tempfile.TemporaryDirectory() as base:
        files = [str(Path(__file__).with_name(name)) for name in ("test_attacks.py", "test_marks.py")]
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0", "-k", attacks]
        done = run([*command, f"--basetemp={base}/base", *files])
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert "failed" not in done.stdout
