"""Who logs in on a server with accounts: by PAM, and only who is named in hub.toml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyterhub.auth import PAMAuthenticator
from traitlets import Dict

from .people import INSTRUCTORS, STUDENTS

__all__ = ["NamedAccounts"]


class NamedAccounts(PAMAuthenticator):  # type: ignore[misc] # JupyterHub has no types
    """Accounts of the system, with the courses' groups as they are named here.

    JupyterHub's `load_groups` adds members and takes nobody out. So who was taken out of hub.toml would stay a student,
    or an instructor, for good. A hub calls `add_user` for everybody it knows as it starts.
    """

    members = Dict(help="Of the courses' groups: who is in them. Nobody else is.", config=True)

    async def add_user(self, user: Any) -> None:
        self._take_out(user)  # first: the rest fails for an account that is gone
        await super().add_user(user)

    def _take_out(self, user: Any) -> None:
        members: Mapping[str, Any] = self.members
        for group in [one for one in user.groups if one.name.startswith((STUDENTS, INSTRUCTORS))]:
            if user.name not in members.get(group.name, ()):
                self.log.warning("%s is no longer in %s.", user.name, group.name)
                user.groups.remove(group)
