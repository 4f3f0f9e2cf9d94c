"""Whether one server with accounts is as it has to be: each thing is looked at where it is, and told in a sentence.

Run as root, on the server, while the hub runs. No secret is ever told: neither a token nor a database's password.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from ..settings import Settings, SettingsError, read
from .environments import environments
from .files import files
from .finding import Finding
from .record import record
from .services import services

__all__ = ["PARTS", "Finding", "examine"]

Part = Callable[[Settings], Iterator[Finding]]
#: What is looked at, in this order.
PARTS: dict[str, Part] = {"files": files, "environments": environments, "record": record, "services": services}


def examine(settings_file: Path) -> list[Finding]:
    """Look at everything; takes some seconds for each course.

    Args:
        settings_file: hub.toml.
    """
    why = "what is yours to set is complete and fits together"
    try:
        settings = read(settings_file)
    except SettingsError as error:
        return [Finding("hub.toml", False, why, str(error))]
    found = [Finding("hub.toml", True, why, ""), *_secret(settings, settings_file)]
    for part in PARTS.values():
        found += part(settings)
    return found


def _secret(settings: Settings, file: Path) -> Iterator[Finding]:
    """Where a password stands in it, it is root's alone."""
    written = [settings.database, *(course.gradebook for course in settings.courses.values())]
    if any("@" in url and ":" in url.partition("://")[2].partition("@")[0] for url in written):
        told = file.stat()
        closed = told.st_uid == 0 and not told.st_mode & 0o077
        mend = f"Others can read {file}, and a password stands in it: chown root {file}; chmod 600 {file}."
        yield Finding("the password in hub.toml", closed, "it is root's alone", "" if closed else mend)
