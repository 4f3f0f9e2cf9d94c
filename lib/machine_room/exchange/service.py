"""The hub's exchange service over HTTP, for whoever has a token of the hub: plug-ins of nbgrader, and the grader.

Imports nothing of nbgrader, which takes seconds.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from machine_room.translation import say

from .bundle import BrokenBundle, packed, unpacked, write_files

__all__ = ["ADDRESS", "TOKEN", "Connection", "Refused", "here", "put_in_place"]

ADDRESS, TOKEN = "MACHINE_ROOM_EXCHANGE_URL", "JUPYTERHUB_API_TOKEN"
SECONDS = (10, 300)  # to connect, and between two bytes


Query = str | list[str] | None  # a list: one argument of that name for each


class Refused(Exception):
    """The service said no, or could not be asked; the text is for whoever asked."""


class Connection:
    """The exchange service over HTTP, with the token that the hub gave this server.

    Args:
        url: of the service.
        token: the hub's.
    """

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False  # a .netrc would send another identity than the hub's
        self._session.headers["Authorization"] = f"token {token}"

    def told(self, *path: str, **query: Query) -> Any:
        """Return what the service says at a path."""
        return self._json(self._ask("GET", path, query=query))

    def files(self, *path: str, **query: str | None) -> dict[str, bytes]:
        """Return the files that the service keeps at a path."""
        try:
            return unpacked(self._ask("GET", path, query=query).content)
        except BrokenBundle as error:
            raise Refused(str(error)) from None

    def send(self, *path: str, files: Mapping[str, bytes], **query: str | None) -> Any:
        """Give files to the service; when this returns it keeps them."""
        return self._json(self._ask("POST", path, query=query, content=packed(files)))

    def say(self, *path: str, said: Any) -> Any:
        """Tell the service something that JSON holds; when this returns it keeps that."""
        return self._json(self._ask("POST", path, content=json.dumps(said).encode()))

    def remove(self, *path: str, **query: str | None) -> Any:
        """Ask the service to hand something out no longer, or to forget it."""
        return self._json(self._ask("DELETE", path, query=query))

    def _ask(
        self, method: str, path: tuple[str, ...], *, query: Mapping[str, Query] = {}, content: bytes | None = None
    ) -> requests.Response:
        address = "/".join([self._url, *(quote(part, safe="") for part in path)])
        given = {key: value for key, value in query.items() if value is not None}
        try:
            answer = self._session.request(
                method, address, params=given, data=content, timeout=SECONDS, allow_redirects=False
            )
        except requests.RequestException as error:
            kind = type(error).__name__
            raise Refused(
                say("The exchange at {url} does not answer ({kind}). Try again in a minute.", url=self._url, kind=kind)
            ) from None
        if answer.ok and not answer.is_redirect:
            return answer
        raise Refused(self._why(answer))

    def _why(self, answer: requests.Response) -> str:
        try:
            return str(answer.json()["message"])
        except (ValueError, KeyError, TypeError):
            return say(
                "At {url} no exchange answers (HTTP {status}). Tell whoever runs the hub.",
                url=self._url,
                status=answer.status_code,
            )

    def _json(self, answer: requests.Response) -> Any:
        try:
            return json.loads(answer.content)
        except ValueError:
            raise Refused(self._why(answer)) from None


def here(url: str = "") -> Connection:
    """Return the exchange of this server, with its token.

    Args:
        url: of the service; empty: what the environment says.

    Raises:
        Refused: there is none.
    """
    url, token = url or os.environ.get(ADDRESS, ""), os.environ.get(TOKEN, "")
    if not url or not token:
        raise Refused(
            say(
                "There is no exchange here: {address} or {token} is not set. On a hub, start your server anew.",
                address=ADDRESS,
                token=TOKEN,
            )
        )
    return Connection(url, token)


def put_in_place(folder: Path, files: Mapping[str, bytes], *, folder_mode: int | None = None) -> None:
    """Write a folder that appears complete; what was there before goes when the new one is there.

    Args:
        folder: where.
        files: contents by path.
        folder_mode: of the folder; None: as the umask has it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder.parent))
    try:
        write_files(unfinished / "new", files)
        if folder_mode is not None:
            (unfinished / "new").chmod(folder_mode)
        if folder.exists():
            os.rename(folder, unfinished / "old")
        os.rename(unfinished / "new", folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
