"""When work was handed in and what being late costs, as the gradebook should have it now.

*Trust*: `timestamp.txt` lies among the student's files. Where nbgrader's collect wrote it, it is the exchange's word;
where files came another way, it is theirs.
"""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path
from typing import Any

from ..contract.moments import parsed
from ..contract.names import refusal
from ..course.intake import IntakeError, read_submission
from . import files
from .database import home_of
from .rows import HandedIn, Rows

__all__ = ["TIMESTAMP", "Late"]

TIMESTAMP = "timestamp.txt"


class Late:
    """A course's times and its late policy.

    Args:
        root: the course folder.
        config: what its nbgrader_config.py says.
    """

    def __init__(self, root: Path, config: Any) -> None:
        self._root = root
        self._config = config
        self._home = home_of(config)
        self._modes = files.modes_of(config)
        self._policy: Any = None

    def stamp(self, student: str, assignment: str) -> datetime | None:
        """When it was handed in, in UTC and without a zone as nbgrader's tables have it; None where no file tells.

        The file is copied into autograded/, where formgrader and feedback look for it.
        """
        text, stamp = self.written(student, assignment)
        copy = self._root / "autograded" / student / assignment / TIMESTAMP
        if stamp is not None and text is not None and copy.parent.is_dir() and _held(copy) != text:
            files.write(copy, text, mode=self._modes.graded, folder_mode=self._modes.folder)
        return stamp

    def written(self, student: str, assignment: str) -> tuple[str | None, datetime | None]:
        """What `timestamp.txt` holds, None where there is none; and the moment, None where it names none."""
        folder = self._root / "submitted" / student
        if (
            refusal(student) or Path(student).name != student
        ):  # entered in the gradebook by hand: no folder is called so
            return None, None
        try:
            text = read_submission(folder / assignment / TIMESTAMP, folder)[:100].decode("utf-8", "replace").strip()
        except IntakeError:
            return None, None
        moment = parsed(text, self._home)
        return text, None if moment is None else moment.replace(tzinfo=None)

    def penalty(self, student: str, score: float, seconds_late: float) -> float | None:
        """What the course's late policy takes, never less than nothing nor more than the score.

        Raises:
            ValueError: the policy, which may be the course's own, gives no number.
        """
        if seconds_late <= 0:
            return None
        penalty = self._plugin().late_submission_penalty(student, score, seconds_late)
        if penalty is None:
            return None
        if not math.isfinite(penalty := float(penalty)):
            raise ValueError(f"the course's late policy should give a number or None, but gave {penalty}")
        return min(max(penalty, 0.0), max(score, 0.0))

    def _plugin(self) -> Any:
        if self._policy is None:
            from nbgrader.preprocessors import AssignLatePenalties

            self._policy = AssignLatePenalties(config=self._config)
            self._policy.init_plugin()
        return self._policy.plugin_inst

    def bring_up_to_date(self, rows: Rows, handed_in: HandedIn, assignment: str) -> None:
        """Write what is not as it should be of one hand-in: usually nothing."""
        stamp = self.stamp(handed_in.student, assignment) or handed_in.stamp
        wanted = {
            notebook.id: self.penalty(handed_in.student, notebook.score, handed_in.seconds_late(stamp))
            for notebook in handed_in.notebooks
        }
        if stamp != handed_in.stamp:
            rows.stamp(handed_in.id, stamp)
        for notebook in handed_in.notebooks:
            if wanted[notebook.id] != notebook.penalty:
                rows.late_penalty(notebook.id, wanted[notebook.id])


def _held(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
