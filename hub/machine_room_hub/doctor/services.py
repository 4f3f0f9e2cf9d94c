"""What runs: the hub, the exchange, each course's formgrader; and whether the sandbox holds for each course's account.

The doctor's own token opens the exchange and formgrader, nothing else. It goes to this machine alone.
"""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

from ..as_account import preparation
from ..settings import CourseOnServer, Settings
from .finding import Finding, of

__all__ = ["services"]

SECONDS = 180  # also on a busy machine
PAGE, LIST = "formgrader/manage_assignments", "formgrader/api/assignments"
# What a course's nbgrader_config.py says: it is a program, so its own account runs it.
ASKED = """
import sys
from pathlib import Path
from autograde.gradebook.database import course_config
folder = course_config(Path(sys.argv[1])).CourseDirectory
print(folder.course_id if "course_id" in folder else "")
print(folder.db_url if "db_url" in folder else "")
"""


@dataclass(frozen=True)
class _Answer:
    status: int  # 0: none
    text: str = ""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        """To a page for logging in: whoever is sent there got nothing."""


_OPENER = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))


def services(settings: Settings) -> Iterator[Finding]:
    """Ask everything that runs, with a token and without."""
    hub = _get(f"{settings.api_url}/")
    silent = f"Nothing answers at {settings.api_url}. Start the hub, and read what it says."
    yield of("hub", "it answers services on this machine", "" if hub.status == 200 else silent)
    try:
        token = settings.doctor_token.read_text(encoding="ascii").strip()
    except OSError:
        told = f"{settings.doctor_token} cannot be read. The hub writes it when it starts: start it again, as root."
        yield of("doctor's token", "with it services are asked", told)
        return
    yield _exchange(settings, token)
    for course in settings.courses.values():
        yield _formgrader(course, token)
        yield _closed(course)
        yield from _said(settings, course)
        yield from _isolation(settings, course)


def _get(url: str, token: str = "") -> _Answer:
    request = urllib.request.Request(url, headers={"Authorization": f"token {token}"} if token else {})
    try:
        with _OPENER.open(request, timeout=SECONDS) as answer:
            return _Answer(answer.status, answer.read(1 << 20).decode("utf-8", "replace"))
    except urllib.error.HTTPError as error:
        return _Answer(error.code)
    except OSError:
        return _Answer(0)


def _exchange(settings: Settings, token: str) -> Finding:
    feature, why = "exchange", "students fetch and hand in there"
    if _get(f"{settings.exchange_url}health").status != 200:
        return of(
            feature,
            why,
            f"Nothing answers at {settings.exchange_url}. See in the hub's log why it ended, and start the hub again.",
        )
    asked = _get(f"{settings.exchange_url}courses", token)
    told = (
        f"It does not take a token of this hub (status {asked.status}). Start the hub and the exchange again, together."
    )
    return of(feature, why, "" if asked.status == 200 else told)


def _formgrader(course: CourseOnServer, token: str) -> Finding:
    feature, why = f"formgrader of {course.name}", "instructors collect, grade and give back there"
    place = f"http://127.0.0.1:{course.port}/services/{course.name}/"
    page = _get(place + PAGE, token)
    if page.status == 0:
        return of(
            feature,
            why,
            f"Nothing answers at port {course.port}. See in the hub's log why it ended, and start the hub again.",
        )
    if page.status != 200:
        return of(
            feature,
            why,
            f"Its page answers {page.status}. See that formgrader is on in the configuration, and start the hub again.",
        )
    listed = _get(place + LIST, token)
    told = f"Its page is there, and its list answers {listed.status}: the gradebook cannot be opened. "
    told += f"Try `autograde build` as {course.account} in {course.folder}: it says why."
    return of(feature, why, "" if listed.status == 200 else told)


def _closed(course: CourseOnServer) -> Finding:
    open_to_all = _get(f"http://127.0.0.1:{course.port}/services/{course.name}/{LIST}").status == 200
    told = (
        f"Everybody on this machine can open it. Something else than the hub's server is at port {course.port}: end it."
    )
    return of(f"formgrader of {course.name} is closed", "without a token nothing is shown", told if open_to_all else "")


def _said(settings: Settings, course: CourseOnServer) -> Iterator[Finding]:
    """What the course's folder says of itself is what hub.toml says."""
    asked = ("-c", ASKED, str(course.folder))
    done = _as_grader(settings, course, *asked)
    file = course.folder / "nbgrader_config.py"
    if done is None or done.returncode:
        yield of(
            f"settings of {course.name}",
            "nbgrader reads them",
            f"{file} cannot be run as {course.account}. Try it: autograde build.",
        )
        return
    name, gradebook = ([*done.stdout.splitlines(), "", ""])[:2]
    told = f'{file} calls the course {name!r}. Write there: c.CourseDirectory.course_id = "{course.name}".'
    yield of(f"name of {course.name}", "work goes to this course", "" if name == course.name else told)
    differs = f"{file} names another database than hub.toml, so a backup would lack the grades. Write the same in both."
    yield of(f"gradebook of {course.name}", "a backup holds it", "" if gradebook == course.gradebook else differs)


def _isolation(settings: Settings, course: CourseOnServer) -> Iterator[Finding]:
    """`autograde doctor` as the account that grades."""
    feature, why = f"sandbox of {course.name}", f"students' code is confined where {course.account} grades"
    done = _as_grader(settings, course, "-m", "autograde", "doctor", "--json")
    try:
        found = json.loads(done.stdout) if done is not None else []
    except ValueError:
        found = []
    missing = [one for one in found if one["required"] and not one["present"]]
    if not found:
        yield of(feature, why, f"`autograde doctor` does not run as {course.account} in {course.folder}. Try it there.")
    elif missing:
        told = f"{missing[0]['feature']}: {missing[0]['why']}. {missing[0]['what_to_do']}"
        yield of(feature, why, f"{course.account} lacks something. {told}")
    else:
        yield of(feature, why, "")


def _as_grader(settings: Settings, course: CourseOnServer, *arguments: str) -> subprocess.CompletedProcess[str] | None:
    command = [str(settings.graders_environment / "bin" / "python"), *arguments]
    try:
        return subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, check=False, cwd=course.folder,
            **preparation(course.account),
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
