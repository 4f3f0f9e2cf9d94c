"""Who is asking, and what they are in which course: the hub's word, never the client's.

A token is shown to the hub, which says whose it is and what it may do. Groups are asked of the hub by the service
itself, each time, so that a token of few scopes says no less, and who leaves a course is out at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol
from urllib.parse import quote

from jupyterhub.services.auth import HubAuth
from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from .refusals import Refusal, Status

__all__ = ["Door", "HubDoor", "Person", "Role"]

STUDENTS, INSTRUCTORS = "nbgrader-", "formgrade-"  # nbgrader's names of groups on a hub
TOKEN_SECONDS = 10  # so long a token that was revoked is still taken
NO_TOKEN = "The request carries no token of this hub that may use the exchange. Log in, and start your server anew."


class Role(Enum):
    """What somebody is in a course."""

    STUDENT = "student"
    INSTRUCTOR = "instructor"


@dataclass(frozen=True)
class Person:
    """Somebody whom the hub knows.

    Attributes:
        name: the user's, or the service's where it is one.
        is_user: a service has no work of its own to hand in.
        roles: by course.
    """

    name: str
    is_user: bool
    roles: Mapping[str, Role]

    def must_be(self, course: str, *roles: Role) -> None:
        """Raise a refusal unless they are one of these in the course; where there is no such course, the same one."""
        if self.roles.get(course) not in roles:
            wanted = " or ".join(role.value for role in roles)
            raise Refusal(Status.FORBIDDEN, f"You are no {wanted} of this course. Ask its instructor to add you.")


class Door(Protocol):
    """What tells whose a token is."""

    async def person(self, authorization: str) -> Person:
        """Return who sent this Authorization header, or raise a refusal."""


class HubDoor:
    """The door of a service that a hub started.

    Args:
        courses: every course there is, with the services that act as its instructor: formgrader's.
    """

    def __init__(self, courses: Mapping[str, frozenset[str]]) -> None:
        self._courses = courses
        self._auth = HubAuth(cache_max_age=TOKEN_SECONDS)
        if not self._auth.access_scopes or not self._auth.api_token:
            raise ValueError("A hub starts this service, and tells it by its environment who it is. Nobody did.")

    async def person(self, authorization: str) -> Person:
        found = self._auth.auth_header_pat.fullmatch(authorization.strip())
        model = await self._auth.user_for_token(found[1], sync=False) if found else None
        if not model or not self._auth.check_scopes(self._auth.access_scopes, model):
            raise Refusal(Status.FORBIDDEN, NO_TOKEN)
        name = str(model["name"])
        if model.get("kind") == "service":
            return Person(name, False, {c: Role.INSTRUCTOR for c, graders in self._courses.items() if name in graders})
        return Person(name, True, self._roles(await self._groups(name)))

    async def _groups(self, user: str) -> frozenset[str]:
        model = await self._asked(f"users/{quote(user, safe='')}")
        return frozenset(map(str, model.get("groups", ())))

    async def _asked(self, path: str) -> dict[str, Any]:
        headers = {"Authorization": f"token {self._auth.api_token}"}
        try:
            answer = await AsyncHTTPClient().fetch(f"{self._auth.api_url.rstrip('/')}/{path}", headers=headers)
        except HTTPClientError as error:
            if error.code == Status.NOT_THERE:
                raise Refusal(Status.FORBIDDEN, NO_TOKEN) from None
            raise
        model: dict[str, Any] = json.loads(answer.body)
        return model

    def _roles(self, groups: frozenset[str]) -> dict[str, Role]:
        """Who is in both groups of a course is its instructor."""
        students = {course: Role.STUDENT for course in self._courses if STUDENTS + course in groups}
        instructors = {course: Role.INSTRUCTOR for course in self._courses if INSTRUCTORS + course in groups}
        return students | instructors
