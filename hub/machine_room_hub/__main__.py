"""`machine-room-exchange`: the exchange as a service that a hub starts."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from tornado.httpserver import HTTPServer

from . import names
from .exchange import Exchange, Limits
from .handlers import HEADER_BYTES, application
from .people import HubDoor
from .refusals import Refusal
from .store import Store

__all__ = ["main"]

BODY_SECONDS = 600  # for one hand-in to arrive


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM; what is wrong with the way it was started is one sentence."""
    told = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    try:
        courses = dict(map(_course, told.course))
        address = urlsplit(os.environ.get("JUPYTERHUB_SERVICE_URL", ""))
        if not address.hostname or not address.port:
            raise ValueError("A hub starts this service and says at which address. JUPYTERHUB_SERVICE_URL says none.")
        limits = replace(
            Limits(), **{key: value for key, value in vars(told).items() if key in vars(Limits()) and value}
        )
        asyncio.run(_serve(told.root, courses, limits, (address.hostname, address.port)))
    except BlockingIOError:
        sys.exit(f"Another exchange has {told.root} open. Stop it, or choose another folder.")
    except (ValueError, OSError, Refusal) as error:
        sys.exit(str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="machine-room-exchange", description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="the folder where everything is kept; nobody else's")
    parser.add_argument(
        "--course", action="append", required=True, metavar="COURSE[=SERVICE,...]",
        help="a course; and the hub's services that act as its instructor: formgrader, the grader. Once for each",
    )  # fmt: skip
    parser.add_argument("--bundle-bytes", type=int, help=f"of one hand-in or release: {Limits.bundle_bytes:,}")
    parser.add_argument("--student-bytes", type=int, help=f"of one student in one course: {Limits.student_bytes:,}")
    parser.add_argument("--hand-ins", type=int, help=f"of one student in one assignment: {Limits.hand_ins:,}")
    return parser


def _course(told: str) -> tuple[str, frozenset[str]]:
    course, _, services = told.partition("=")
    names.checked_folder("course", course)
    return course, frozenset(services.split(",")) - {""}


async def _serve(root: Path, courses: dict[str, frozenset[str]], limits: Limits, address: tuple[str, int]) -> None:
    store = Store(root)
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "/")
    most = limits.bundle_bytes + HEADER_BYTES
    # What comes goes to a file at once: a connection holds one chunk of it, whoever sends how much.
    server = HTTPServer(
        application(Exchange(store, limits), HubDoor(courses), prefix), max_body_size=most, body_timeout=BODY_SECONDS
    )
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    server.listen(address[1], address[0])
    logging.getLogger("machine_room_hub").info("The exchange of %s is at %s.", ", ".join(courses), prefix)
    await stopped.wait()
    server.stop()
    store.close()


if __name__ == "__main__":
    main()
