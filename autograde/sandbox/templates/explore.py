"""The pictures while your work is graded: nobody looks at them, so each one is there and draws nothing."""

from typing import Any


class Quiet:
    """Stands for a picture, and for anything that is asked of one."""

    image = b""

    def __getattr__(self, name: str) -> "Quiet":
        if name.startswith("_"):
            raise AttributeError(name)
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> "Quiet":
        return self

    def _ipython_display_(self) -> None:
        """Show nothing where the picture is the last line of a cell."""


def __getattr__(name: str) -> Quiet:
    if name.startswith("_"):
        raise AttributeError(f"module 'machine_room.explore' has no attribute {name!r}")
    return Quiet()
