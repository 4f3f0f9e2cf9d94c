"""The hub's exchange service, and what our plug-in classes have in common: the course, the folders, one way to fail."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

import requests
from nbgrader.exchange.abc import Exchange
from traitlets import Bool, Unicode, default

from .bundle import BrokenBundle, Rules, files_below, packed, unpacked, write_files

__all__ = ["ADDRESS", "Connection", "HubExchange", "Refused"]

ADDRESS, TOKEN = "MACHINE_ROOM_EXCHANGE_URL", "JUPYTERHUB_API_TOKEN"
SECONDS = (10, 300)  # to connect, and between two bytes


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

    def told(self, *path: str, **query: str | None) -> Any:
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

    def remove(self, *path: str, **query: str | None) -> Any:
        """Ask the service to hand something out no longer, or to forget it."""
        return self._json(self._ask("DELETE", path, query=query))

    def _ask(
        self, method: str, path: tuple[str, ...], *, query: Mapping[str, str | None] = {}, content: bytes | None = None
    ) -> requests.Response:
        address = "/".join([self._url, *(quote(part, safe="") for part in path)])
        given = {key: value for key, value in query.items() if value is not None}
        try:
            answer = self._session.request(
                method, address, params=given, data=content, timeout=SECONDS, allow_redirects=False
            )
        except requests.RequestException as error:
            kind = type(error).__name__
            raise Refused(f"The exchange at {self._url} does not answer ({kind}). Try again in a minute.") from None
        if answer.ok and not answer.is_redirect:
            return answer
        raise Refused(self._why(answer))

    def _why(self, answer: requests.Response) -> str:
        try:
            return str(answer.json()["message"])
        except (ValueError, KeyError, TypeError):
            return f"At {self._url} no exchange answers (HTTP {answer.status_code}). Tell whoever runs the hub."

    def _json(self, answer: requests.Response) -> Any:
        try:
            return json.loads(answer.content)
        except ValueError:
            raise Refused(self._why(answer)) from None


class HubExchange(Exchange):  # type: ignore[misc] # nbgrader has no types
    """What nbgrader's exchange classes share, on a hub."""

    url = Unicode(help=f"The exchange service. Where it is not set, the environment's {ADDRESS}.").tag(config=True)
    path_includes_course = Bool(False, help="Whether assignments lie in a folder of their course.").tag(config=True)

    @default("url")
    def _url_default(self) -> str:
        return os.environ.get(ADDRESS, "")

    @property
    def service(self) -> Connection:
        """The service, with this server's token."""
        token = os.environ.get(TOKEN, "")
        if not self.url or not token:
            self.fail(f"There is no exchange here: {ADDRESS} or {TOKEN} is not set. On a hub, start your server anew.")
        return Connection(self.url, token)

    @property
    def course(self) -> str:
        """The course, which has to be known."""
        if not self.coursedir.course_id:
            self.fail("No course id specified. Re-run with --course flag.")
        return str(self.coursedir.course_id)

    def start(self) -> Any:
        """Do it; a refusal is nbgrader's failure, with the service's sentence."""
        try:
            return super().start()
        except Refused as refused:
            self.fail(str(refused))

    def fail(self, msg: str) -> NoReturn:
        super().fail(msg)
        raise AssertionError("nbgrader's fail raises")

    def own_folder(self, assignment: str) -> Path:
        """A student's folder of an assignment."""
        parts = [self.course, assignment] if self.path_includes_course else [assignment]
        return Path(os.path.abspath(Path(self.assignment_dir, *parts)))

    def gathered(self, folder: Path) -> dict[str, bytes]:
        """The files of a folder that go along; those that stay are told."""
        directory = self.coursedir
        rules = Rules(tuple(directory.ignore), tuple(directory.include), 1000 * directory.max_file_size)
        files = {}
        for path, found in files_below(folder, rules):
            if isinstance(found, str) and path.endswith(".ipynb") and "/." not in f"/{path}":
                self.fail(f"{path!r} cannot go along, because {found}. Mend that first: nothing was sent.")
            if isinstance(found, str):
                self.log.warning("Left out: %r, because %s.", path, found)
            else:
                files[path] = found
        if not files:
            self.fail(f"There is nothing in {folder}. Look for the folder that holds your notebook.")
        return files

    def put_in_place(self, folder: Path, files: Mapping[str, bytes], *, folder_mode: int | None = None) -> None:
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
