"""nbgrader's gradebook of a course: where its nbgrader_config.py says, made on first use."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

__all__ = ["course_config", "gradebook_of", "has_gradebook", "home_of"]


def course_config(root: Path) -> Any:
    """What the course's nbgrader_config.py says, as a traitlets Config."""
    from traitlets.config import Config
    from traitlets.config.loader import PyFileConfigLoader

    if not (root / "nbgrader_config.py").exists():
        return Config()
    return PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()


def gradebook_of(root: Path) -> Any:
    """Open nbgrader's Gradebook of a course: `CourseDirectory.db_url` of nbgrader_config.py, else gradebook.db."""
    from nbgrader.api import Gradebook

    folder = course_config(root).CourseDirectory
    url = _url(root, folder)
    _make_database(url)
    return Gradebook(url, str(folder.course_id) if "course_id" in folder else "")


def has_gradebook(root: Path) -> bool:
    """Whether there is one already; a database elsewhere is taken to be there."""
    from sqlalchemy.engine import make_url

    url = make_url(_url(root, course_config(root).CourseDirectory))
    return not url.drivername.startswith("sqlite") or (bool(url.database) and Path(str(url.database)).is_file())


def home_of(config: Any) -> tzinfo | None:
    """The zone in which the course's exchange writes times (`c.Exchange.timezone`), where it is settled."""
    try:
        return ZoneInfo(str(config.Exchange.timezone)) if "timezone" in config.Exchange else None
    except (LookupError, ValueError, OSError):
        return None


def _url(root: Path, folder: Any) -> str:
    return str(folder.db_url) if "db_url" in folder else f"sqlite:///{root / 'gradebook.db'}"


def _make_database(url: str) -> None:
    """Make nbgrader's tables where there are none. Left to itself it looks for an `alembic` program on the PATH."""
    from alembic.script import ScriptDirectory
    from nbgrader.api import Base
    from nbgrader.dbutil import ALEMBIC_DIR
    from sqlalchemy import create_engine, inspect, text

    engine = create_engine(url)
    with engine.begin() as connection:
        if not inspect(connection).get_table_names():
            Base.metadata.create_all(connection)
            version = ScriptDirectory(ALEMBIC_DIR).get_current_head()
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": version})
    engine.dispose()
