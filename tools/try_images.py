"""Run each image as it is meant to run, and see that it does what it is for, and has not what it must not.

Every container has an ordinary user, no capabilities, no new privileges, a read-only root and no network but itself.
The sandbox's seccomp profile is the grader's alone. What is wrong is one sentence (`Failed`).
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tools.containers import Container, confined, running, widen
from tools.steps import Steps

__all__ = ["Failed", "kept_from_students", "size_of", "try_grader", "try_student_and_exchange"]

ROOT = Path(__file__).resolve().parent.parent
IN_IMAGES = ROOT / "tools" / "in_images"
ASSIGNMENT, STUDENTS = "01-backprop", 12
AWAKE = ("sleep", "infinity")
LONE = ("--network=none",)
OURS = f"--volume={ROOT / 'tools'}:/try/tools:ro"
VISIT = ("env", "PYTHONPATH=/try", "python", "-m", "tools.in_images.visit")
AWAIT_HUB = """
import time, urllib.request
until = time.monotonic() + 120
while True:
    try:
        urllib.request.urlopen("http://127.0.0.1:8081/hub/api").read()
        break
    except OSError:
        assert time.monotonic() < until
        time.sleep(0.1)
"""
STATUS = "id -u; id -g; grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status; touch /here 2>&1 || true"
CONFINED = ["1000", "1000", "CapBnd: 0000000000000000", "CapEff: 0000000000000000", "NoNewPrivs: 1", "Seccomp: 2"]
#: What only graders have, or only the hub: of a student's image neither as a module nor as a distribution.
NOT_FOR_STUDENTS = {"autograde", "machine_room_hub", "distributed", "dask", "psycopg"}
# The course is laid out in memory and graded there.
AT_HOME = f"cd /tmp && autograde demo --directory course --assignment {ASSIGNMENT} --students {STUDENTS}"
ON_DASK = (
    f"cd /tmp/course && autograde grades {ASSIGNMENT} --for moodle --to ../home.csv && "
    "rm -r gradebook.db autograded feedback .autograde/journal && "
    f"autograde grade {ASSIGNMENT} --local-cluster 2 && autograde grades {ASSIGNMENT} --for moodle --to ../away.csv && "
    f"test $(wc -l < ../home.csv) -gt {STUDENTS} && cmp ../home.csv ../away.csv"
)
HUB = {
    "JUPYTERHUB_API_URL": "http://127.0.0.1:8081/hub/api",
    "JUPYTERHUB_BASE_URL": "/",
}
EXCHANGE = {
    **HUB,
    "JUPYTERHUB_API_TOKEN": "token-of-exchange",
    "JUPYTERHUB_SERVICE_NAME": "exchange",
    "JUPYTERHUB_SERVICE_PREFIX": "/services/exchange/",
    "JUPYTERHUB_SERVICE_URL": "http://0.0.0.0:10101",
}
SERVER = {
    **HUB,
    "JUPYTERHUB_API_TOKEN": "token-of-ada",
    "JUPYTERHUB_CLIENT_ID": "jupyterhub-user-ada",
    "JUPYTERHUB_USER": "ada",
    "JUPYTERHUB_SERVICE_PREFIX": "/user/ada/",
    "JUPYTERHUB_SERVICE_URL": "http://0.0.0.0:8888",
    "JUPYTERHUB_OAUTH_ACCESS_SCOPES": '["access:servers!user=ada"]',
    "MACHINE_ROOM_COURSE": "machine-room",
    "MACHINE_ROOM_EXCHANGE_URL": "http://127.0.0.1:10101/services/exchange/",
}


class Failed(Exception):
    """An image does not do what it is for."""


def size_of(image: str) -> str:
    """Megabytes of an image with its base."""
    asked = ["podman", "image", "inspect", "--format", "{{.Size}}", f"machine-room/{image}"]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    return f"{int(done.stdout) / 1e6:.0f} MB"


def try_grader(steps: Steps) -> None:
    """Grade the demo's class in the image, alone and on a cluster of two workers: the same grades.

    Raises:
        Failed: it does not do what it should.
        subprocess.CalledProcessError: a command in it failed.
    """
    with TemporaryDirectory(prefix="machine-room-images-") as name:
        profile = Path(name, "machine-room.json")
        widen(profile)
        with running("machine-room/grader", [*confined(profile), *LONE], *AWAKE) as grader:
            _is_confined(grader)
            for step, command in (
                ("grader: doctor", "autograde doctor"),
                (f"grader: the demo's class of {STUDENTS}", AT_HOME),
                ("grader: the same on two Dask workers", ON_DASK),
            ):
                with steps.step(step, grader.cpu_seconds):
                    grader.run("sh", "-c", command)


def try_student_and_exchange(steps: Steps) -> None:
    """Start a hub that knows two people, the exchange, and a student's server; they see each other and nothing else.

    Raises:
        Failed: one does not do what it should.
        subprocess.CalledProcessError: a command in one failed.
    """
    with ExitStack() as stack:
        there: list[Container] = []

        def cpu_seconds() -> float:
            return sum(one.cpu_seconds() for one in there)

        try:
            with steps.step("hub, exchange and a student's server: health and refusals", cpu_seconds):
                student = _started(stack, there)
                _exchange_knows_whom(json.loads(student.run(*VISIT, "exchange")))
            with steps.step("student: what is importable", cpu_seconds):
                _has_only_its_own(student)
            with steps.step("student: a notebook's first check", cpu_seconds):
                _first_check_runs(student)
        except (Failed, subprocess.CalledProcessError):
            for one in there:
                print(one.log()[-5000:])
            raise


def _started(stack: ExitStack, there: list[Container]) -> Container:
    """Start the three containers, note each, and return the student's."""

    def start(image: str, options: Sequence[str], *command: str) -> Container:
        there.append(stack.enter_context(running(image, [*confined(), *options], *command)))
        return there[-1]

    config = [f"--volume={IN_IMAGES / 'hub_config.py'}:/try/hub_config.py:ro", "--entrypoint=jupyterhub"]
    hub = start("machine-room/exchange", [*LONE, *config], "--config=/try/hub_config.py")
    hub.run("python", "-c", AWAIT_HUB)
    beside = f"--network=container:{hub.name}"
    kept = [beside, *_variables(EXCHANGE)]
    _is_confined(start("machine-room/exchange", kept, "--root=/tmp/exchange", "--course=machine-room"))
    home = ["--volume=/home/student", "--env=HOME=/home/student", *_variables(SERVER), OURS]
    student = start("machine-room/student", [beside, *home])
    _is_confined(student)
    return student


def _variables(told: Mapping[str, str]) -> list[str]:
    return [f"--env={name}={value}" for name, value in told.items()]


def _is_confined(container: Container) -> None:
    *told, refused = container.run("sh", "-c", STATUS).splitlines()
    _must(
        [*told[:2], *sorted(" ".join(line.split()) for line in told[2:])] == CONFINED and "Read-only" in refused,
        f"a container is not confined as it should be: {told}, {refused}",
    )


def _has_only_its_own(student: Container) -> None:
    script = (IN_IMAGES / "importable.py").read_text(encoding="utf-8")
    found = json.loads(student.run("python", "-", "/opt/machine-room", "/home", told=script))
    wrong = list(kept_from_students(found))
    _must(not wrong, f"the student's image has what students must not: {', '.join(wrong)}")


def kept_from_students(found: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """What of an environment a student must not have; first that it has what a student needs.

    Args:
        found: what `in_images.importable` prints.
    """
    if "machine_room" not in found["modules"] or "jupyterhub" not in found["modules"]:
        yield "not even the library and JupyterHub"
    for name in (*found["modules"], *found["distributions"]):
        if name.replace("-", "_") in NOT_FOR_STUDENTS or name in ("machine-room-autograde", "machine-room-hub"):
            yield name
    yield from found["solved"]


def _exchange_knows_whom(told: Mapping[str, Any]) -> None:
    _must(told["health"] == {"status": "ok"}, f"the exchange's health is {told['health']}")
    for who in ("nobody", "a stranger", "eve"):
        status, sentence = told["hand-in"][who]
        _must(status == 403 and "no token of this hub" in sentence, f"a hand-in of {who} got {status}: {sentence}")
    status, sentence = told["hand-in"]["ada"]  # of the course; nothing is released in it
    _must(status == 404, f"a hand-in of ada, who may, got {status}: {sentence}")
    _must([one["course"] for one in told["courses of ada"]] == ["machine-room"], f"ada is in {told['courses of ada']}")


def _first_check_runs(student: Container) -> None:
    """A release's notebook to its first check, unsolved; then the same with the function written."""
    (path,) = (ROOT / "release" / ASSIGNMENT).glob("*.ipynb")
    cells = [one for one in json.loads(path.read_text(encoding="utf-8"))["cells"] if one["cell_type"] == "code"]
    roles = [one["metadata"].get("machine_room", {}).get("role") for one in cells]
    before = ["".join(one["source"]) for one in cells[: roles.index("check") + 1]]
    sources = json.loads((ROOT / "source" / ASSIGNMENT / path.name).read_text(encoding="utf-8"))["cells"]
    wanted = cells[roles.index("solution")]["id"]
    (written,) = ("".join(one["source"]) for one in sources if one["id"] == wanted)
    told = json.dumps({"cells": [*before, written, before[-1]]})
    found = json.loads(student.run(*VISIT, "server", told=told))
    unsolved, solved = found["said"][len(before) - 1], found["said"][-1]
    _must(found["statuses"] == [403, 403, 200], f"the server said {found['statuses']} to nobody, eve and ada")
    _must("not written" in unsolved, f"the first check of an unwritten function said: {unsolved}")
    _must("correct" in solved, f"the first check of the right function said: {solved}")


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Failed(otherwise)
