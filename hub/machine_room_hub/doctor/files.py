"""Accounts, folders and files: whose they are, and who else gets in."""

from __future__ import annotations

import pwd
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from ..settings import Settings
from .finding import Finding, of

__all__ = ["files"]

DAYS = 14  # before a certificate ends it is told
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
OTHERS = 0o077


def files(settings: Settings) -> Iterator[Finding]:
    """Accounts that there have to be, folders that are one account's alone, files that nobody may change."""
    accounts = [settings.exchange_account, *(course.account for course in settings.courses.values())]
    missing = [name for name in accounts if not _exists(name)]
    yield of("accounts", f"services run as {', '.join(accounts)}", _make(missing))
    if missing:
        return
    for person in sorted(settings.people()):
        if not _exists(person):
            yield of(
                f"account of {person}", "hub.toml names them", f"{person} has no account here: useradd -m {person}."
            )
    yield _alone("state of the hub", settings.state, "root", "it holds the cookies' secret and who may do what")
    yield _alone("exchange", settings.exchange_folder, settings.exchange_account, "it holds everybody's work")
    for name, course in settings.courses.items():
        why = "it holds answers, hidden tests and grades"
        yield _alone(f"folder of {name}", course.folder, course.account, why)
        for what, path in (("gradebook", "gradebook.db"), ("seed", ".autograde/seed")):
            if (course.folder / path).exists():  # in a new course neither is, and a gradebook can be in PostgreSQL
                yield _alone_too(f"{what} of {name}", course.folder / path, course.account)
    for place in (settings.configuration, settings.hub_environment, settings.students_environment,
                  settings.graders_environment):  # fmt: skip
        yield of(f"{place}", "everybody's programs come from there, and only root changes them", _changeable(place))
    yield from _certificate(settings)


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _make(missing: list[str]) -> str:
    return f"There is no account {missing[0]}. Make it: useradd --create-home {missing[0]}." if missing else ""


def _alone(feature: str, folder: Path, account: str, why: str) -> Finding:
    """A folder that is one account's, and that nobody else can enter."""
    try:
        told = folder.lstat()
    except OSError:
        return of(feature, why, f"{folder} is not there. Make it: install -d -o {account} -m 700 {folder}.")
    if not stat.S_ISDIR(told.st_mode):
        return of(feature, why, f"{folder} is no folder. Move it away: install -d -o {account} -m 700 {folder}.")
    return of(feature, why, _open_to_others(folder, account, told.st_mode & OTHERS, "700"))


def _alone_too(feature: str, file: Path, account: str) -> Finding:
    """A file in such a folder: its owner writes it; the folder keeps others out, unless the file is everybody's."""
    return of(
        feature,
        "nobody else reads or changes it",
        _open_to_others(file, account, file.stat().st_mode & OTHERS_WRITE, "600"),
    )


def _open_to_others(path: Path, account: str, too_much: int, mode: str) -> str:
    owner = path.lstat().st_uid
    if owner != pwd.getpwnam(account).pw_uid:
        return f"{path} is not {account}'s. Give it back: chown -R {account} {path}."
    return f"Others get into {path}. Close it: chmod {mode} {path}." if too_much else ""


def _changeable(place: Path) -> str:
    """What is wrong with a folder of programs: somebody else can change it, or somebody cannot read it."""
    for path in (place, *sorted(place.glob("*")), *sorted(place.glob("lib/python3*/site-packages"))):
        told = path.stat()
        if told.st_uid != 0 or (told.st_mode & OTHERS_WRITE and not path.is_symlink()):
            return f"Not only root can change {path}. Close it: chown -R root {place}; chmod -R go-w {place}."
    for path in (place, *place.resolve().parents):
        if not path.exists() or not path.stat().st_mode & 0o001:
            return f"Not everybody can enter {path}, and everybody's server runs from {place}: chmod o+x {path}."
    return ""


def _certificate(settings: Settings) -> Iterator[Finding]:
    if not settings.certificate:
        return
    feature, why = "certificate", "browsers come by https"
    try:
        held = x509.load_pem_x509_certificate(Path(settings.certificate).read_bytes())
    except (OSError, ValueError):
        yield of(feature, why, f"{settings.certificate} cannot be read as a certificate. Name the file in PEM format.")
        return
    left = held.not_valid_after_utc - datetime.now(UTC)
    soon = f"It ends on {held.not_valid_after_utc:%Y-%m-%d}. Renew it, and start the hub again."
    yield of(feature, why, soon if left < timedelta(days=DAYS) else "")
    key = Path(settings.key)
    closed = key.exists() and key.stat().st_uid == 0 and not key.stat().st_mode & OTHERS
    yield of(
        "key of the certificate",
        "it is root's alone",
        "" if closed else f"Others can read {key}, or it is not there: chmod 600 {key}.",
    )
