"""nbgrader's gradebook of a course: where its nbgrader_config.py says, made on first use.

Others write it too: formgrader, nbgrader's commands. On SQLite we wait for them up to `BUSY_SECONDS`; and what failed
because somebody else was quicker is tried again (`patiently`).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import tzinfo
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from ..contract.failures import CourseError
from ..contract.imports import spare_grammars
from ..contract.names import escaped, of_error
from .files import modes_of

__all__ = ["BUSY_SECONDS", "course_config", "gradebook_of", "has_gradebook", "home_of", "patiently"]

CONFIG = "nbgrader_config.py"
BUSY_SECONDS = 30  # sqlite3 itself waits 5, and a class's transaction may take as long on a slow disk
ATTEMPTS = 3
REMEMBERED = 4  # databases whose statements are kept
Result = TypeVar("Result")


def patiently(attempt: Callable[[], Result]) -> Result:
    """Try up to three times what another program's writing may have got in the way of. Each try is a whole transaction.

    A database that was locked all the time has been waited for already, and a value that it does not take stays so.
    """
    from sqlalchemy import exc

    for _ in range(ATTEMPTS - 1):
        try:
            return attempt()
        except (exc.OperationalError, exc.IntegrityError) as error:  # a deadlock; a row that is there since we looked
            if "locked" in str(error.orig):
                raise
    return attempt()


def course_config(root: Path) -> Any:
    """What the course's nbgrader_config.py says, as a traitlets Config."""
    from traitlets.config import Config
    from traitlets.config.loader import PyFileConfigLoader

    path = root / CONFIG
    if not path.exists():
        return Config()
    try:
        return PyFileConfigLoader(CONFIG, path=str(root)).load_config()
    except (Exception, SystemExit) as error:  # it is a program
        raise CourseError(
            f"{path} cannot be run, so nobody knows where the gradebook is: {of_error(error)}."
        ) from error


def gradebook_of(root: Path, url: str = "") -> Any:
    """Open nbgrader's Gradebook of a course.

    Args:
        root: the course folder.
        url: of the database; empty: `CourseDirectory.db_url` of nbgrader_config.py, else gradebook.db.

    Raises:
        CourseError: the URL is none, its driver is not installed, or its server does not answer.
    """
    spare_grammars()
    config = course_config(root)
    folder, mode = config.CourseDirectory, modes_of(config).private
    course_id = str(folder.course_id) if "course_id" in folder else ""
    with _told_without_the_password(url := url or _url(root, folder)):
        there = _as_we_connect(url)
        patiently(lambda: _make_database(there, mode))
        return patiently(lambda: _opened(_book(there, course_id)))


def _book(url: str, course_id: str) -> Any:
    """nbgrader's Gradebook, which works with our engine instead of its own."""
    from nbgrader.api import Gradebook
    from sqlalchemy.orm import scoped_session, sessionmaker

    book = Gradebook(url, course_id)
    book.close()
    book.engine = _engine(url)
    book.db = scoped_session(sessionmaker(autoflush=True, bind=book.engine, future=True))
    return book


@lru_cache(maxsize=REMEMBERED)
def _engine(url: str) -> Any:
    """One for all who open this database in this process: it holds the statements that it has compiled, no connection.

    A hand-in takes thirty statements, and each was compiled anew for it: a quarter of what recording one took.
    """
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url
    from sqlalchemy.pool import NullPool

    on_disk = make_url(url).get_backend_name() == "sqlite"  # where a connection is a file that is opened
    return create_engine(url, **({"poolclass": NullPool} if on_disk else {}))


def has_gradebook(root: Path) -> bool:
    """Whether there is one already; a database elsewhere is taken to be there."""
    from sqlalchemy.engine import make_url

    written = _url(root, course_config(root).CourseDirectory)
    with _told_without_the_password(written):
        url = make_url(written)
    return not url.drivername.startswith("sqlite") or (bool(url.database) and Path(str(url.database)).is_file())


def home_of(config: Any) -> tzinfo | None:
    """The zone in which the course's exchange writes times (`c.Exchange.timezone`), where it is settled."""
    try:
        return ZoneInfo(str(config.Exchange.timezone)) if "timezone" in config.Exchange else None
    except (LookupError, ValueError, OSError):
        return None


def _url(root: Path, folder: Any) -> str:
    return str(folder.db_url) if "db_url" in folder else f"sqlite:///{root / 'gradebook.db'}"


def _opened(book: Any) -> Any:
    """The gradebook, with the course that nbgrader's assignments point to where none has a name: only SQLite lets that
    point nowhere.
    """
    from nbgrader.api import Course

    if not book.course_id and book.engine.dialect.name != "sqlite" and book.db.get(Course, "") is None:
        book.db.add(Course(id=""))
        book.db.commit()
    book.db.remove()
    return book


def _as_we_connect(url: str) -> str:
    """The URL with our driver, and our patience."""
    from sqlalchemy.engine import make_url

    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):  # which SQLAlchemy 2.0 takes for psycopg2
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and "timeout" not in parsed.query:
        parsed = parsed.update_query_dict({"timeout": str(BUSY_SECONDS)})
    return parsed.render_as_string(hide_password=False)


@contextmanager
def _told_without_the_password(url: str) -> Iterator[None]:
    """Make one sentence of a database that cannot be opened. What libraries say may quote the URL, so it is not told.

    Raises:
        CourseError: the sentence.
    """
    from sqlalchemy import exc

    try:
        yield
    except (ImportError, exc.NoSuchModuleError):
        raise CourseError(
            f"The gradebook is at {_shown(url)}, and the driver for it is not installed. For PostgreSQL: "
            "pip install 'psycopg[binary]', or the extra `postgresql` of the autograder."
        ) from None
    except exc.ArgumentError:
        raise CourseError(
            "The gradebook's URL is none. Expected one as in sqlite:////home/me/course/gradebook.db or "
            "postgresql://user:password@host/database; it comes from --db or from c.CourseDirectory.db_url."
        ) from None
    except exc.OperationalError as error:
        if url.startswith("sqlite"):
            raise
        raise CourseError(f"The gradebook at {_shown(url)} cannot be opened: {_reason(url, error)}") from None


def _shown(url: str) -> str:
    from sqlalchemy.engine import make_url

    return escaped(make_url(url).render_as_string(hide_password=True), 200)


def _reason(url: str, error: Any) -> str:
    """What the server said, in one line, and nothing of the password."""
    from sqlalchemy.engine import make_url

    said = escaped(" ".join(str(error.orig).split()), 300)
    password = make_url(url).password
    return said.replace(str(password), "***") if password else said


def _make_database(url: str, mode: int) -> None:
    """Make nbgrader's tables where there are none. Left to itself it looks for an `alembic` program on the PATH."""
    from alembic.script import ScriptDirectory
    from nbgrader.api import Base
    from nbgrader.dbutil import ALEMBIC_DIR
    from sqlalchemy import inspect, text

    scripts = ScriptDirectory(ALEMBIC_DIR)
    _make_file(url, mode)
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            present = set(inspect(connection).get_table_names())
            if present:
                _require_schema(connection, present, scripts)
                return
            Base.metadata.create_all(connection)
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            head = {"version": scripts.get_current_head()}
            connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), head)
    finally:
        engine.dispose()


def _make_file(url: str, mode: int) -> None:
    """Make SQLite's file where there is none, with this mode: SQLite would leave all grades to the umask."""
    from sqlalchemy.engine import make_url

    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        with contextlib.suppress(OSError):  # it is there; or told by who opens it
            descriptor = os.open(str(parsed.database), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            os.fchmod(descriptor, mode)
            os.close(descriptor)


def _require_schema(connection: Any, present: set[str], scripts: Any) -> None:
    """Refuse a database that is no gradebook, or one of another nbgrader than is installed here.

    Raises:
        CourseError: says which, and what to do.
    """
    from sqlalchemy import text

    where = connection.engine.url.set(query={}).render_as_string(hide_password=True)
    if not {"alembic_version", "assignment"} <= present:
        raise CourseError(
            f"{where} holds other tables than a gradebook's, and nothing was changed. Move it away, or correct "
            f"c.CourseDirectory.db_url in {CONFIG}."
        )
    found = str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())
    if found == scripts.get_current_head():
        return
    if found in {script.revision for script in scripts.walk_revisions()}:
        raise CourseError(f"{where} is an older nbgrader's, and nothing was changed. Run `nbgrader db upgrade` first.")
    raise CourseError(
        f"{where} is of the schema {escaped(found, 40)}, which the nbgrader installed here does not know, and nothing "
        "was changed. A newer one wrote it: install that."
    )
