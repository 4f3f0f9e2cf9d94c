"""The three environments: students' without the grader, graders' with it, versions that belong together.

Each is asked as the account `nobody`: what it can run, every account can.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ..as_account import preparation
from ..settings import Settings
from .finding import Finding, of

__all__ = ["environments"]

SECONDS = 180  # also on a busy machine
LIBRARY, GRADER, HUB = "machine-room", "machine-room-autograde", "machine-room-hub"
ASKED = """
import json
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
found = {}
for name in ("machine-room", "machine-room-autograde", "nbgrader", "jupyterhub", "jupyterlab"):
    try: found[name] = version(name)
    except PackageNotFoundError: pass
if find_spec("autograde"): found.setdefault("machine-room-autograde", "of unknown version")
print(json.dumps(found))
"""
PIP = "{environment}/bin/python -m pip install"


def environments(settings: Settings) -> Iterator[Finding]:
    """Who has what, in which version."""
    students, graders = settings.students_environment, settings.graders_environment
    yield _students(students, found := _installed(students))
    yield _graders(graders, others := _installed(graders))
    if isinstance(found, str) or isinstance(others, str):
        return
    yield _same(LIBRARY, found, others, "a check in a notebook says what grading will say")
    yield _same("nbgrader", found, others, "both ends of the exchange speak the same")
    yield _hubs(found, others)
    yield from _configuration(settings)


def _installed(environment: Path) -> dict[str, str] | str:
    """Versions by name, or why nobody could be asked."""
    command = [str(environment / "bin" / "python"), "-I", "-c", ASKED]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, check=False, cwd="/", **preparation("nobody")
        )
        told: dict[str, str] = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return f"Not every account can run {command[0]}. Build it on a Python that is in nobody's home."
    return told


def _students(environment: Path, found: dict[str, str] | str) -> Finding:
    why = "a student's kernel has the course, and nothing of the grader"
    if isinstance(found, str):
        return of("students' environment", why, found)
    if GRADER in found:
        uninstall = f"{environment}/bin/python -m pip uninstall {GRADER}"
        return of("students' environment", why, f"The autograder is in it, with all answers. Take it out: {uninstall}.")
    return of("students' environment", why, _lacks(environment, found, LIBRARY, "nbgrader", "jupyterhub", "jupyterlab"))


def _graders(environment: Path, found: dict[str, str] | str) -> Finding:
    why = "formgrader and the grader run in it"
    if isinstance(found, str):
        return of("graders' environment", why, found)
    return of(
        "graders' environment", why, _lacks(environment, found, LIBRARY, GRADER, "nbgrader", "jupyterhub", "jupyterlab")
    )


def _lacks(environment: Path, found: Mapping[str, str], *wanted: str) -> str:
    missing = [name for name in wanted if name not in found]
    told = f"{', '.join(missing)} is missing in {environment}. Install it as docs/operator.md says."
    return told if missing else ""


def _same(name: str, one: Mapping[str, str], other: Mapping[str, str], why: str) -> Finding:
    versions = one.get(name), other.get(name)
    told = f"Students have {name} {versions[0]}, graders {versions[1]}. Install the same in both."
    return of(f"{name} is one", why, "" if versions[0] == versions[1] else told)


def _hubs(found: Mapping[str, str], others: Mapping[str, str]) -> Finding:
    """A hub and its servers understand each other where the first number is the same."""
    here = _version("jupyterhub")
    wrong = [
        who for who, one in (("students", found), ("graders", others)) if _major(one.get("jupyterhub")) != _major(here)
    ]
    told = (
        f"The hub is JupyterHub {here}, and {' and '.join(wrong)} have another one. Install jupyterhub=={here} there."
    )
    return of("JupyterHub is one", "a hub and its servers speak the same", told if wrong else "")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _major(of_what: str | None) -> str:
    return (of_what or "").partition(".")[0]


def _configuration(settings: Settings) -> Iterator[Finding]:
    """Formgrader is off in students' servers, and on in the courses'."""
    for who, wanted in (("students", False), ("grader", True)):
        file = settings.configuration / who / "jupyter_server_config.json"
        try:
            extensions = json.loads(file.read_bytes())["ServerApp"]["jpserver_extensions"]
            right = extensions.get("nbgrader.server_extensions.formgrader") is wanted
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            right = False
        told = f"{file} does not switch formgrader {'on' if wanted else 'off'}. Copy hub/local/{who} there again."
        yield of(f"menus of {who}", f"formgrader is {'on' if wanted else 'off'} there", "" if right else told)
