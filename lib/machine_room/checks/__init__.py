"""check(my_function): compare with the reference, name the mistake, show it."""

from __future__ import annotations

from machine_room.checks.observe import StudentError
from machine_room.checks.run import CheckFailed, CheckResult, check, hidden_seed, recorded, run_check

__all__ = ["CheckFailed", "CheckResult", "StudentError", "check", "hidden_seed", "recorded", "run_check"]
