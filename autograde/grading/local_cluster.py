"""A cluster on this machine, for a try: Dask's own scheduler and workers as processes, with certificates of their own.

Whoever could reach its scheduler could run code as whoever grades, and every user of a machine reaches its ports. So it
speaks TLS with certificates that are made for it, lie in a folder of its owner's, and go with it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ..contract.failures import CourseError, WorkersUnavailable

__all__ = ["LocalCluster", "started"]

START_SECONDS = 120.0
END_SECONDS = 10.0
TLS = "DASK_DISTRIBUTED__COMM__TLS__"


@dataclass
class LocalCluster:
    """Processes of Dask's, and where its scheduler is."""

    folder: Path
    environment: Mapping[str, str]
    address: str = ""
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_scheduler(self) -> None:
        """Start it, and wait until it says where it is."""
        said = self.folder / "scheduler.json"
        arguments = ["--host", "127.0.0.1", "--port", "0", "--protocol", "tls", "--no-dashboard"]
        self.scheduler = self._start("distributed.cli.dask_scheduler", *arguments, "--scheduler-file", str(said))
        until = time.monotonic() + START_SECONDS
        while not self.address:
            if self.scheduler.poll() is not None or time.monotonic() > until:
                raise WorkersUnavailable(f"Dask's scheduler does not start. What it said is in {self._log}.")
            try:
                self.address = json.loads(said.read_text(encoding="utf-8"))["address"]
            except (OSError, ValueError):
                time.sleep(0.05)

    def add_worker(self) -> subprocess.Popen[bytes]:
        """Start one more worker, and do not wait for it."""
        kept = self.folder / f"worker-{len(self.workers)}"
        arguments = ["--no-nanny", "--nthreads", "1", "--no-dashboard", "--local-directory", str(kept)]
        worker = self._start("distributed.cli.dask_worker", self.address, *arguments)
        self.workers.append(worker)
        return worker

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    def _start(self, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-P", "-m", module, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
                cwd=self.folder,
                start_new_session=True,  # a terminal's Ctrl-C is the run's to hear
            )

    def end(self) -> None:
        """End all of it; the workers first, so that none looks for its scheduler."""
        processes = [*self.workers, *([self.scheduler] if self.scheduler else [])]
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def started(workers: int) -> Iterator[LocalCluster]:
    """A cluster of so many workers, which ends with the block; this process gets its certificates meanwhile.

    Raises:
        CourseError: the extra is not installed.
        WorkersUnavailable: its scheduler does not start.
    """
    try:
        from distributed.security import Security

        made = Security.temporary()
    except ImportError:
        raise CourseError("A cluster needs Dask: install machine-room-autograde with its extra `cluster`.") from None
    with tempfile.TemporaryDirectory(prefix="autograde-cluster-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        settings = _certificates(folder, made.tls_ca_file, made.tls_client_cert, made.tls_client_key)
        cluster = LocalCluster(folder, {**os.environ, **settings})
        try:
            cluster.start_scheduler()
            for _ in range(workers):
                cluster.add_worker()
            with _settings(settings):
                yield cluster
        finally:
            cluster.end()


def _certificates(folder: Path, authority: str, certificate: str, key: str) -> dict[str, str]:
    """Write them for all three roles, and say in Dask's variables where they are."""
    for name, text in (("authority.pem", authority), ("certificate.pem", certificate), ("key.pem", key)):
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(text, encoding="ascii")
    settings = {f"{TLS}CA_FILE": str(folder / "authority.pem")}
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        settings[f"{TLS}{role}__CERT"] = str(folder / "certificate.pem")
        settings[f"{TLS}{role}__KEY"] = str(folder / "key.pem")
    return settings


@contextmanager
def _settings(settings: Mapping[str, str]) -> Iterator[None]:
    import dask

    with dask.config.set({_key(name): value for name, value in settings.items()}):
        yield


def _key(variable: str) -> str:
    """Dask's name of a setting, from that of its variable."""
    return variable.removeprefix("DASK_").lower().replace("__", ".").replace("ca_file", "ca-file")
