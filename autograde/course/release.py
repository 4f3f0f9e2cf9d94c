"""source/ -> release/ by nbgrader's own generate_assignment: answers and hidden tests taken out, cells locked.

Needs no database: the gradebook learns of an assignment when it is first graded.
"""

from __future__ import annotations

import logging
from pathlib import Path

from ..contract.failures import CourseError
from ..contract.imports import spare_grammars

__all__ = ["generate_release"]


def generate_release(root: Path, assignment: str) -> None:
    """Make release/<assignment> from source/<assignment>, both under `root`.

    Raises:
        CourseError: nbgrader refused; its own words say why.
    """
    spare_grammars()
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.preprocessors import SaveCells
    from traitlets.config import Config

    config = Config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.assignment_id = assignment
    folder = CourseDirectory(config=config)
    converter = GenerateAssignment(coursedir=folder, config=config, no_database=True, force=True)
    converter.preprocessors = [step for step in converter.preprocessors if step is not SaveCells]
    said = _Said()
    converter.log.addHandler(said)
    try:
        converter.start()
    except BaseException as error:  # nbgrader leaves by sys.exit too
        if isinstance(error, KeyboardInterrupt):
            raise
        reason = "; ".join(said.errors) or f"{type(error).__name__}: {error}"
        raise CourseError(f"nbgrader could not make release/{assignment} from source/{assignment}: {reason}") from error
    finally:
        converter.log.removeHandler(said)


class _Said(logging.Handler):
    """Keeps what nbgrader logs as an error: that is where it says what was wrong."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.errors: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.errors.append(record.getMessage())
