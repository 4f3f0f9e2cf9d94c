"""A Jupyter server extension for the panel *Hand in* of JupyterLab: hands a notebook's folder in, and says what came.

It asks the hub's exchange with the token of the student's own server. The page beside it is `lib/labextension`. Whoever
runs a hub switches it on (`jpserver_extensions`); nothing shows where it is off.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from nbgrader.apps import NbGrader
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeError
from tornado.web import authenticated
from traitlets.config import Config

from machine_room.translation import say

from .bundle import Rules, files_below
from .service import Refused, here
from .student import HubSubmit, own_name
from .watching import before_handing_in, while_waiting

__all__ = ["Folder", "told"]

ADDRESS = "machine-room/hand-in"
SHOWN_DIGITS = 8  # of a file's digest
REFUSED = 409


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Called by Jupyter's server, to find what to load."""
    return [{"module": "machine_room.exchange.panel"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Called by Jupyter's server as it starts."""
    settings = server.web_app.settings
    settings.setdefault("page_config_data", {})["machineRoomHandIn"] = "true"  # or the page asks nobody
    address = url_path_join(settings["base_url"], ADDRESS)
    server.web_app.add_handlers(".*$", [(address, Panel, {"root": Path(server.root_dir)})])


class Folder:
    """The folder of an assignment that a student has open.

    Args:
        root: of their files.
        path: of a notebook in it, from there, with slashes; the browser's word.

    Raises:
        Refused: it is no folder of an assignment below the root.
    """

    def __init__(self, root: Path, path: str) -> None:
        place = PurePosixPath(path)
        if place.is_absolute() or ".." in place.parts or len(place.parts) < 2:
            raise Refused(say("A notebook is handed in from the folder of its assignment. Open it there."))
        self.path = root.joinpath(*place.parts).parent
        self.assignment = self.path.name
        self.config = _configuration()
        named = str(self.config.CourseDirectory.get("course_id", "") or "")
        self.course = named or self.path.parent.name
        self.assignments_in = self.path.parent if named else self.path.parent.parent

    def files(self) -> list[dict[str, Any]]:
        """What goes along when it is handed in now, as it lies on the disk."""
        directory = CourseDirectory(config=self.config)
        rules = Rules(tuple(directory.ignore), tuple(directory.include), 1000 * directory.max_file_size)
        return [
            {
                "path": path,
                "bytes": len(content),
                "digest": hashlib.sha256(content).hexdigest()[:SHOWN_DIGITS],
                "saved": datetime.fromtimestamp((self.path / path).stat().st_mtime, UTC).isoformat(),
            }
            for path, content in files_below(self.path, rules)
            if isinstance(content, bytes)
        ]

    def hand_in(self) -> dict[str, Any]:
        """Hand it in, as `nbgrader submit` does; return its number and the server's time."""
        config = Config(self.config)
        config.CourseDirectory.course_id = self.course
        config.CourseDirectory.assignment_id = self.assignment
        config.Exchange.assignment_dir = str(self.assignments_in)
        submit = HubSubmit(
            coursedir=CourseDirectory(config=config), authenticator=Authenticator(config=config), config=config
        )
        try:
            submit.start()
        except ExchangeError as error:
            raise Refused(str(error)) from None
        return dict(submit.kept)


def told(folder: Folder, *, place: str = "", seconds: str = "0") -> dict[str, Any]:
    """What the panel shows: the files as they are, what was handed in, and of the last one what came of it.

    Args:
        folder: of the assignment.
        place: in the queue, as it was told last.
        seconds: to wait for news.
    """
    service = here()
    out = {one["assignment"]: one for one in service.told("courses", folder.course, "assignments")}
    mine = service.told(
        "courses", folder.course, "hand-ins", assignment=folder.assignment, student=own_name()
    )  # each with its answer
    last = None
    if mine:
        path = ("assignments", folder.assignment, "hand-ins", mine[-1]["student"], str(mine[-1]["number"]), "answer")
        last = service.told("courses", folder.course, *path, place=place, seconds=seconds)
        last["said"] = while_waiting(last) if last["answer"] is None else last["answer"]["sentence"]
    return {
        "assignment": folder.assignment,
        "is_out": folder.assignment in out,
        "takes": before_handing_in(out.get(folder.assignment, {}).get("seconds")),
        "files": folder.files(),
        "last": last,
        "before": [
            {"number": one["number"], "at": one["at"], "points": one["answer"]["points"], "most": one["answer"]["most"]}
            for one in mine[:-1]
            if one["answer"] is not None and one["answer"]["state"] == "graded"
        ],
    }


class Panel(APIHandler):
    """What the panel asks."""

    def initialize(self, root: Path) -> None:
        self.root = root

    @authenticated
    async def get(self) -> None:
        """What there is; `place` and `seconds`: when there is news."""
        asked = {name: self.get_query_argument(name, "") for name in ("place", "seconds")}
        await self._answer(lambda: told(self._folder(), **asked))

    @authenticated
    async def post(self) -> None:
        """Hand in what lies in the folder."""
        await self._answer(lambda: self._folder().hand_in())

    def _folder(self) -> Folder:
        return Folder(self.root, self.get_query_argument("path"))

    async def _answer(self, ask: Callable[[], dict[str, Any]]) -> None:
        try:
            self.finish(await asyncio.to_thread(ask))
        except Refused as refused:
            self.set_status(REFUSED)
            self.finish({"message": str(refused)})


def _configuration() -> Config:
    """What nbgrader_config.py says here, as Assignment List reads it."""
    app = NbGrader()
    app.load_config_file()
    config = Config(app.config)
    if not config.CourseDirectory.get("course_id"):
        config.CourseDirectory.course_id = os.environ.get("MACHINE_ROOM_COURSE", "")
    return config
