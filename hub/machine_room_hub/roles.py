"""Who may do what on a server with accounts: the hub's groups and roles, as small as they can be.

The configuration gives them to the hub, and the doctor compares the hub's own record with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .people import INSTRUCTORS, STUDENTS
from .settings import CourseOnServer, Settings

__all__ = ["CULLER", "DOCTOR", "EXCHANGE", "SERVER_SCOPES", "Role", "groups", "roles"]

EXCHANGE, CULLER, DOCTOR = "exchange", "idle-culler", "doctor"
USES_EXCHANGE = f"access:services!service={EXCHANGE}"
#: All that the token of a person's server may do: tell that it is used, be visited by its owner, go to the exchange.
SERVER_SCOPES = ("users:activity!user", "access:servers!server", USES_EXCHANGE)


@dataclass(frozen=True)
class Role:
    """What some groups and services may do."""

    name: str
    scopes: tuple[str, ...]
    groups: tuple[str, ...] = ()
    services: tuple[str, ...] = ()

    def as_told(self) -> dict[str, Any]:
        """The role as `load_roles` takes it."""
        named = {"groups": list(self.groups), "services": list(self.services)}
        return {"name": self.name, "scopes": list(self.scopes), **{kind: who for kind, who in named.items() if who}}


def groups(settings: Settings) -> dict[str, frozenset[str]]:
    """Who is in which group: nbgrader's names for a course's students and instructors."""
    found = {}
    for name, course in settings.courses.items():
        found[INSTRUCTORS + name] = frozenset(course.instructors)
        found[STUDENTS + name] = frozenset(course.students)
    return found


def roles(settings: Settings) -> list[Role]:
    """Every role that this server's hub has beside JupyterHub's own."""
    of_courses = [role for course in settings.courses.values() for role in _of_course(course)]
    return [
        # What the exchange asks the hub: in which groups somebody is.
        Role(EXCHANGE, ("read:users:name", "read:users:groups"), services=(EXCHANGE,)),
        Role(CULLER, ("list:users", "read:users:activity", "read:servers", "delete:servers"), services=(CULLER,)),
        Role(DOCTOR, tuple(_access(name) for name in (EXCHANGE, *settings.courses)), services=(DOCTOR,)),
        *of_courses,
    ]


def _of_course(course: CourseOnServer) -> Iterator[Role]:
    instructors, students = INSTRUCTORS + course.name, STUDENTS + course.name
    yield Role(f"people-of-{course.name}", (USES_EXCHANGE,), groups=(instructors, students))
    shown = ("list:services", f"read:services!service={course.name}")
    yield Role(f"instructors-of-{course.name}", (_access(course.name), *shown), groups=(instructors,))
    yield Role(f"server-of-{course.name}", (USES_EXCHANGE,), services=course.services)


def _access(service: str) -> str:
    return f"access:services!service={service}"
