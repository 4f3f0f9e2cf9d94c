"""Ways to break one thing of a server with accounts, each mended at its end. For the doctor's tests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from jupyterhub import orm
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from tests.hub.server import Server

Break = Callable[[Server], AbstractContextManager[object]]


def mode(path: Callable[[Server], Path], value: int) -> Break:
    @contextmanager
    def broken(server: Server) -> Iterator[None]:
        before = path(server).stat().st_mode
        path(server).chmod(value)
        try:
            yield
        finally:
            path(server).chmod(before)

    return broken


def given_to(path: Callable[[Server], Path], account: str) -> Break:
    @contextmanager
    def broken(server: Server) -> Iterator[None]:
        before = path(server).stat()
        shutil.chown(path(server), account)
        try:
            yield
        finally:
            os.chown(path(server), before.st_uid, before.st_gid)

    return broken


def edited(path: Callable[[Server], Path], old: str, new: str) -> Break:
    @contextmanager
    def broken(server: Server) -> Iterator[None]:
        place = path(server)
        before = place.read_text()
        assert old in before
        place.write_text(before.replace(old, new, 1))
        try:
            yield
        finally:
            place.write_text(before)

    return broken


def moved(path: Callable[[Server], Path]) -> Break:
    @contextmanager
    def broken(server: Server) -> Iterator[None]:
        place = path(server)
        away = place.rename(place.with_name("away"))
        try:
            yield
        finally:
            away.rename(place)

    return broken


def added(path: Callable[[Server], Path], text: str) -> Break:
    @contextmanager
    def broken(server: Server) -> Iterator[None]:
        path(server).parent.mkdir(parents=True, exist_ok=True)
        path(server).write_text(text)
        try:
            yield
        finally:
            path(server).unlink()
            if path(server).parent.name == "autograde":
                path(server).parent.rmdir()

    return broken


def recorded(change: Callable[[Session], Callable[[], object]]) -> Break:
    """Change the hub's record; what the change returns takes it back."""

    @contextmanager
    def broken(server: Server) -> Iterator[None]:
        url = server.settings.database.replace("postgresql://", "postgresql+psycopg://")
        engine = create_engine(url)
        with Session(engine) as db:
            back = change(db)
            db.commit()
            try:
                yield
            finally:
                back()
                db.commit()
        engine.dispose()

    return broken


def role(db: Session, name: str) -> orm.Role:
    return db.scalars(select(orm.Role).where(orm.Role.name == name)).one()


def group(db: Session, name: str) -> orm.Group:
    return db.scalars(select(orm.Group).where(orm.Group.name == name)).one()


def user(db: Session, name: str) -> orm.User:
    return db.scalars(select(orm.User).where(orm.User.name == name)).one()


def scopes(name: str, change: Callable[[list[str]], list[str]]) -> Break:
    def act(db: Session) -> Callable[[], object]:
        one = role(db, name)
        before = list(one.scopes)
        one.scopes = change(before)
        return lambda: setattr(one, "scopes", before)

    return recorded(act)


Owner = Callable[[Session], orm.Role | orm.Group]


def put_in(of: Owner, members: str, what: Callable[[Session], object]) -> Break:
    def act(db: Session) -> Callable[[], object]:
        owner, thing = of(db), what(db)  # both are kept: a session holds them weakly
        getattr(owner, members).append(thing)
        return lambda: getattr(owner, members).remove(thing)

    return recorded(act)


def taken_out(of: Owner, members: str, what: Callable[[Session], object]) -> Break:
    def act(db: Session) -> Callable[[], object]:
        owner, thing = of(db), what(db)
        getattr(owner, members).remove(thing)
        return lambda: getattr(owner, members).append(thing)

    return recorded(act)


def another_role(db: Session) -> Callable[[], object]:
    one = orm.Role(name="all-powerful", scopes=["admin:users"])
    db.add(one)
    return lambda: db.delete(one)


def service(db: Session, name: str) -> orm.Service:
    return db.scalars(select(orm.Service).where(orm.Service.name == name)).one()


def packages(environment: str) -> Callable[[Server], Path]:
    def where(server: Server) -> Path:
        [found] = Path(getattr(server.settings, environment)).glob("lib/python3*/site-packages")
        return found

    return where


def distribution(environment: str, name: str) -> Callable[[Server], Path]:
    def where(server: Server) -> Path:
        [found] = packages(environment)(server).glob(f"{name}-*.dist-info")
        return found

    return where


def course(name: str, *parts: str) -> Callable[[Server], Path]:
    return lambda server: server.course_folder(name).joinpath(*parts)


def setting(name: str) -> Callable[[Server], Path]:
    return lambda server: Path(getattr(server.settings, name))


def configuration(who: str) -> Callable[[Server], Path]:
    return lambda server: server.settings.configuration / who / "jupyter_server_config.json"


def settings_file(server: Server) -> Path:
    return server.settings_file


def ports(key: str) -> Break:
    """hub.toml names a port at which nothing answers."""

    @contextmanager
    def broken(server: Server) -> Iterator[None]:
        before = server.settings_file.read_text()
        changed = re.sub(rf"^{key} = \d+", f"{key} = 1", before, count=1, flags=re.MULTILINE)
        assert changed != before
        server.settings_file.write_text(changed)
        try:
            yield
        finally:
            server.settings_file.write_text(before)

    return broken


def ending_soon(server: Server) -> AbstractContextManager[object]:
    @contextmanager
    def broken() -> Iterator[None]:
        file = Path(server.certificate)
        before = file.read_bytes()
        key = ["-key", server.settings.key, "-out", str(file)]
        subprocess.run(["openssl", "req", "-x509", "-days", "3", "-subj", "/CN=127.0.0.1", *key], check=True)
        try:
            yield
        finally:
            file.write_bytes(before)

    return broken()
