"""What our plug-in classes have in common: the service, the course, the folders, one way to fail."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from nbgrader.exchange.abc import Exchange
from traitlets import Bool, Unicode, default

from machine_room.translation import say

from .bundle import Rules, files_below
from .service import ADDRESS, Connection, Refused, here, put_in_place

__all__ = ["HubExchange"]


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
        try:
            return here(self.url)
        except Refused as refused:
            self.fail(str(refused))

    @property
    def course(self) -> str:
        """The course, which has to be known."""
        if not self.coursedir.course_id:
            self.fail(say("No course id specified. Re-run with --course flag."))
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
                self.fail(
                    say(
                        "{path!r} cannot go along, because {why}. Mend that first: nothing was sent.",
                        path=path,
                        why=found,
                    )
                )
            if isinstance(found, str):
                self.log.warning(say("Left out: {path!r}, because {why}.", path=path, why=found))
            else:
                files[path] = found
        if not files:
            self.fail(say("There is nothing in {folder}. Look for the folder that holds your notebook.", folder=folder))
        return files

    def put_in_place(self, folder: Path, files: Mapping[str, bytes], *, folder_mode: int | None = None) -> None:
        """Write a folder that appears complete; what was there before goes when the new one is there.

        Args:
            folder: where.
            files: contents by path.
            folder_mode: of the folder; None: as the umask has it.
        """
        put_in_place(folder, files, folder_mode=folder_mode)
