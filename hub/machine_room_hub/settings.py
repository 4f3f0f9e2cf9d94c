"""What an operator sets for one server with accounts: hub.toml, checked when it is read; what is wrong is one sentence.

The configuration of JupyterHub, the backup and the doctor read it here, so they mean the same server.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar, get_type_hints
from urllib.parse import urlsplit

from . import names
from .refusals import Refusal

__all__ = ["CourseOnServer", "Limits", "Settings", "SettingsError", "read"]

Made = TypeVar("Made")


class SettingsError(Exception):
    """hub.toml cannot be used as it is; the text says why and what to do."""


@dataclass(frozen=True)
class Limits:
    """What one person's server may take.

    Attributes:
        memory_bytes: of address space, for each process.
        processes: of one account, threads counted.
    """

    memory_bytes: int = 4 << 30
    processes: int = 512


@dataclass(frozen=True)
class CourseOnServer:
    """A course: its account, its people, its folder.

    Attributes:
        name: of the course, and of the hub's service in which its formgrader runs.
        account: whose the folder is, and as whom grading runs.
        folder: with nbgrader_config.py; the account's alone.
        port: of its server, on this machine.
        instructors: who may open formgrader.
        students: who may fetch and hand in.
        gradebook: URL of its database, as nbgrader_config.py in the folder says it; empty: gradebook.db in the folder.
        watch: whether what is handed in is graded while its student watches, as autograde.toml in the folder allows.
    """

    name: str
    account: str
    folder: Path
    port: int
    instructors: tuple[str, ...] = ()
    students: tuple[str, ...] = ()
    gradebook: str = ""
    watch: bool = False

    @property
    def watcher(self) -> str:
        """The hub's service that grades what is handed in while its student watches."""
        return f"watch-{self.name}"

    @property
    def services(self) -> tuple[str, ...]:
        """The hub's services that act as the course's instructor."""
        return (self.name, self.watcher) if self.watch else (self.name,)


@dataclass(frozen=True)
class Settings:
    """One server. hub.toml beside hub/single-server/jupyterhub_config.py says what each is for."""

    address: str
    state: Path
    configuration: Path
    hub_environment: Path
    students_environment: Path
    graders_environment: Path
    exchange_account: str
    exchange_folder: Path
    exchange_port: int
    certificate: str = ""
    key: str = ""
    database: str = ""
    proxy: tuple[str, ...] = ("configurable-http-proxy",)
    hub_port: int = 8081
    proxy_port: int = 8001
    idle_seconds: int = 3600
    admins: tuple[str, ...] = ()
    limits: Limits = Limits()
    courses: Mapping[str, CourseOnServer] = field(default_factory=dict)

    @property
    def database_url(self) -> str:
        """Of the hub."""
        return self.database or f"sqlite:///{self.state / 'hub.sqlite'}"

    @property
    def exchange_url(self) -> str:
        """Where servers on this machine reach the exchange."""
        return f"http://127.0.0.1:{self.exchange_port}/services/exchange/"

    @property
    def api_url(self) -> str:
        """Where services on this machine ask the hub."""
        return f"http://127.0.0.1:{self.hub_port}/hub/api"

    @property
    def doctor_token(self) -> Path:
        """The file of the token with which the doctor looks at services; root's alone."""
        return self.state / "doctor-token"

    def people(self) -> frozenset[str]:
        """Everybody who may log in."""
        return frozenset(self.admins).union(*(c.instructors + c.students for c in self.courses.values()))


def read(path: Path) -> Settings:
    """Read hub.toml.

    Raises:
        SettingsError: it is not there, no TOML, or says what cannot be.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror}). Copy hub.toml of hub/single-server.") from None
    except ValueError as error:
        raise SettingsError(f"{path} is no TOML: {error}. Mend that line.") from None
    try:
        return _checked(_settings(told))
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None


def _settings(told: dict[str, Any]) -> Settings:
    courses, limits = told.pop("courses", {}), told.pop("limits", {})
    for name, table in (("courses", courses), ("limits", limits)):
        if not isinstance(table, dict):
            raise SettingsError(f"{name} is a table, and something else is there. Write [{name}].")
    named = {name: _course(name, course) for name, course in courses.items()}
    return _made(Settings, {**told, "limits": _made(Limits, limits, "limits."), "courses": named})


def _course(name: str, told: Any) -> CourseOnServer:
    try:
        names.checked_folder("course", name)
    except Refusal as refusal:
        raise SettingsError(refusal.sentence) from None
    if not isinstance(told, dict):
        raise SettingsError(f"courses.{name} is a table, and something else is there. Write [courses.{name}].")
    return _made(CourseOnServer, {**told, "name": name}, f"courses.{name}.")


def _made(kind: type[Made], told: dict[str, Any], where: str = "") -> Made:
    """One of these from what a table says; every key known, every value of its kind."""
    known = {one.name: one for one in fields(kind)}  # type: ignore[arg-type] # they are dataclasses
    for key in told:
        if key not in known:
            raise SettingsError(f"there is no setting {where}{key}. There are: {', '.join(sorted(known))}.")
    for key, one in known.items():
        if key not in told and one.default is MISSING and one.default_factory is MISSING:
            raise SettingsError(f"{where}{key} is missing. hub.toml of hub/single-server says what it is for.")
    types = get_type_hints(kind)
    return kind(**{key: _value(where + key, types[key], value) for key, value in told.items()})


def _value(key: str, kind: Any, value: Any) -> Any:
    if kind == tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise SettingsError(f'{key} is a list of texts, as ["ada", "bob"]. This is {value!r}.')
        return tuple(value)
    if kind is int:
        if type(value) is not int or value <= 0:
            raise SettingsError(f"{key} is a whole number above 0. This is {value!r}.")
        return value
    if kind is bool:
        if not isinstance(value, bool):
            raise SettingsError(f"{key} is true or false. This is {value!r}.")
        return value
    if kind in (str, Path):
        if not isinstance(value, str):
            raise SettingsError(f'{key} is a text, as "...". This is {value!r}.')
        if kind is Path and not Path(value).is_absolute():
            raise SettingsError(f"{key} is a whole path, from / on. This is {value!r}.")
        return kind(value)
    return value  # a table that has been made already


def _checked(settings: Settings) -> Settings:
    for sentence in _contradictions(settings):
        raise SettingsError(sentence)
    return settings


def _contradictions(settings: Settings) -> Iterator[str]:
    courses = settings.courses.values()
    if not courses:
        yield "there is no course. Write a table [courses.NAME] for each."
    # Without the URL itself: a password may stand in it.
    if settings.database and not settings.database.startswith(("postgresql://", "sqlite:///")):
        yield "database begins with postgresql:// or sqlite:///. Leave it out for a file in `state`."
    for course in courses:
        if course.gradebook and not course.gradebook.startswith("postgresql://"):
            yield f"courses.{course.name}.gradebook begins with postgresql://. Leave it out for gradebook.db there."
    for name in _twice([name for course in courses for name in course.services]):
        yield f"the hub would have two services called {name!r}. Call a course otherwise."
    scheme = urlsplit(settings.address).scheme
    if scheme not in ("http", "https"):
        yield f"address begins with http:// or https://. This is {settings.address!r}."
    if bool(settings.certificate) != bool(settings.key):
        yield "certificate and key belong together, and one is missing. Name both files, or none."
    if bool(settings.certificate) != (scheme == "https"):
        yield "address is https:// exactly where a certificate is named. Behind a web server with one it is http://."
    ports = [settings.exchange_port, settings.hub_port, settings.proxy_port, *(course.port for course in courses)]
    yield from (f"port {port} is given twice. Every service has its own." for port in _twice(ports))
    accounts = [settings.exchange_account, *(course.account for course in courses)]
    for account in _twice(accounts):
        yield f"the account {account!r} is given twice. Whoever shares one reads the other's files: make one for each."
    for person in settings.people() & set(accounts):
        yield f"{person!r} is a person here and the account of a service. Services' accounts are nobody's to log in to."


def _twice(values: list[Any]) -> list[Any]:
    return [value for value, count in Counter(values).items() if count > 1]
