"""nbgrader's exchange on a hub: plug-in classes that talk to the hub's exchange service, not to a shared folder.

In an `nbgrader_config.py`, of students and of instructors:

    from machine_room.exchange import use_hub
    use_hub(c)

Assignment List, formgrader and the nbgrader command work as before. In a student's notebook `handed_in()` shows what
they handed in last and what came of it. Needs the extra `hub`. A course without a hub
service has `use_strict_collect(c)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from machine_room.notebook.view import View

__all__ = ["handed_in", "use_hub", "use_strict_collect"]

#: nbgrader's seams, and which class of ours each gets.
SEAMS = {
    "exchange": "connection.HubExchange",
    "list": "listing.HubList",
    "fetch_assignment": "student.HubFetchAssignment",
    "submit": "student.HubSubmit",
    "fetch_feedback": "student.HubFetchFeedback",
    "release_assignment": "instructor.HubReleaseAssignment",
    "collect": "instructor.HubCollect",
    "release_feedback": "instructor.HubReleaseFeedback",
}


def use_hub(config: Any, url: str | None = None) -> None:
    """Let nbgrader release, fetch, hand in, collect and give feedback through the hub's exchange service.

    Args:
        config: nbgrader's `c`.
        url: of the service, as seen from where nbgrader runs; None: what MACHINE_ROOM_EXCHANGE_URL says there.
    """
    for seam, name in SEAMS.items():
        setattr(config.ExchangeFactory, seam, f"{__name__}.{name}")
    if url is not None:
        config.HubExchange.url = url


def use_strict_collect(config: Any) -> None:
    """Collect from nbgrader's shared folder only what the student named in it owns, and follow no link.

    Args:
        config: nbgrader's `c`.
    """
    config.ExchangeFactory.collect = f"{__name__}.strict.StrictCollect"


def handed_in(assignment: str | None = None, *, wait_seconds: float = 120.0) -> View:
    """Show what you handed in last and what came of it; waits for its points where they are on their way.

    Args:
        assignment: which one; None: the one whose folder this notebook is in.
        wait_seconds: for points; at least 0.
    """
    from .watching import handed_in as shown  # with what talks to the service, which nbgrader's configuration need not

    return shown(assignment, wait_seconds=wait_seconds)
