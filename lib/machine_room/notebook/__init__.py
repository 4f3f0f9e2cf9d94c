"""Where a student is in the course: points, what has passed, what is recorded, and what to run first."""

from __future__ import annotations

from machine_room.notebook.board import progress
from machine_room.notebook.installation import installation
from machine_room.notebook.memory import forget, recorded

__all__ = ["forget", "installation", "progress", "recorded"]
