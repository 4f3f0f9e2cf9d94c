"""Where a student is in the course, while their work is graded: nobody looks, and nothing is remembered."""

__all__ = ["forget", "installation", "progress", "recorded"]


def progress() -> None:
    """Show nothing."""


forget = installation = recorded = progress
