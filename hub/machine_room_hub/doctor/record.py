"""What the hub has on record: roles, their scopes, who has them, who is in which group; hub.toml says what is meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jupyterhub import orm
from sqlalchemy import create_engine, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ..people import INSTRUCTORS, STUDENTS
from ..roles import SERVER_SCOPES, groups, roles
from ..settings import Settings
from .finding import Finding, of

__all__ = ["record"]

OF_JUPYTERHUB = {"user", "admin", "server", "token"}  # JupyterHub's own roles
START_AGAIN = "Start the hub again with this configuration"


def record(settings: Settings) -> Iterator[Finding]:
    """Compare what the hub has on record with what is meant."""
    why = "it knows who may do what"
    try:
        url = make_url(settings.database_url)
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        engine = create_engine(url)
        with Session(engine) as db:
            found = list(_found(settings, db))
        engine.dispose()
    except (SQLAlchemyError, ImportError) as error:
        told = f"It cannot be opened ({type(error).__name__}). See that the database runs, and start the hub once."
        yield of("record of the hub", why, told)
        return
    yield of("record of the hub", why, "")
    yield from found


def _found(settings: Settings, db: Session) -> Iterator[Finding]:
    wanted = {role.name: role for role in roles(settings)}
    known = {role.name: role for role in db.scalars(select(orm.Role))}
    for name, role in wanted.items():
        yield of(f"role {name}", f"it may {', '.join(role.scopes)}", _wrong(role, known.get(name)))
    yield of("no other roles", "nobody may more than is meant", _strange(wanted, known))
    yield of(
        "roles of JupyterHub's own", "people have the usual one, admins theirs, services none", _usual(settings, known)
    )
    members = {group.name: {user.name for user in group.users} for group in db.scalars(select(orm.Group))}
    for name, people in groups(settings).items():
        yield of(f"group {name}", f"{len(people)} are in it", _members(name, people, members.get(name, set())))
    past = [name for name, there in members.items() if name.startswith((STUDENTS, INSTRUCTORS)) and there]
    strange = sorted(set(past) - set(groups(settings)))
    told = f"{', '.join(strange)} has members, and no course here. {START_AGAIN}: it takes them out." if strange else ""
    yield of("no other groups", "nobody is in a course that there is not", told)
    yield of("tokens of servers", "a person's server may go to the exchange, and little else", _tokens(db))


def _wrong(role: Any, known: Any) -> str:
    if known is None:
        return f"The hub does not have it. {START_AGAIN}."
    scopes = set(known.scopes)
    if more := scopes - set(role.scopes):
        return f"It may more: {', '.join(sorted(more))}. {START_AGAIN}, and change no roles elsewhere."
    if less := set(role.scopes) - scopes:
        return f"It may less, {', '.join(sorted(less))} is missing. {START_AGAIN}."
    held = {("group", one.name) for one in known.groups} | {("service", one.name) for one in known.services}
    held |= {("user", one.name) for one in known.users}
    meant = {("group", one) for one in role.groups} | {("service", one) for one in role.services}
    if strange := held - meant:
        return f"Others have it: {_named(strange)}. {START_AGAIN}, or take it from them on the hub's pages."
    if missing := meant - held:
        return f"It is not given to: {_named(missing)}. {START_AGAIN}."
    return ""


def _named(holders: set[tuple[str, str]]) -> str:
    return ", ".join(f"{kind} {name}" for kind, name in sorted(holders))


def _strange(wanted: dict[str, Any], known: dict[str, Any]) -> str:
    others = sorted(set(known) - set(wanted) - OF_JUPYTERHUB)
    return (
        f"The hub has also: {', '.join(others)}. {START_AGAIN}: it drops what the configuration does not name."
        if others
        else ""
    )


def _usual(settings: Settings, known: dict[str, Any]) -> str:
    """A service with one of them, or an admin whom hub.toml does not name, may nearly everything."""
    for name in OF_JUPYTERHUB & set(known):
        services = [one.name for one in known[name].services]
        if services and name != "token":
            return f"The service {services[0]} has the role {name}. Take it away, and {START_AGAIN.lower()}."
    admins = {user.name for user in known["admin"].users} if "admin" in known else set()
    strange = sorted(admins - set(settings.admins))
    return (
        f"{', '.join(strange)} is an admin of the hub, and not in hub.toml. Take it away on the hub's page of users."
        if strange
        else ""
    )


def _members(name: str, meant: frozenset[str], there: set[str]) -> str:
    if strange := sorted(there - meant):
        return f"{', '.join(strange)} is in {name}, and not in hub.toml. {START_AGAIN}: it takes them out."
    if missing := sorted(meant - there):
        return f"{', '.join(missing)} is in hub.toml, and not in {name}. {START_AGAIN}."
    return ""


def _tokens(db: Session) -> str:
    allowed = {scope.partition("!")[0] for scope in SERVER_SCOPES}
    for spawner in db.scalars(select(orm.Spawner).where(orm.Spawner.server_id.is_not(None))):
        for token in spawner.user.api_tokens if spawner.user else ():
            at_server = (token.note or "").startswith("Server at ")
            if at_server and (more := {scope.partition("!")[0] for scope in token.scopes} - allowed):
                told = f"The server of {spawner.user.name} may more: {', '.join(sorted(more))}"
                return f"{told}. Stop it, and {START_AGAIN.lower()}."
    return ""
