"""What to say when code from elsewhere asks for a part of Keras that this library does not have."""

from collections.abc import Callable, Iterable
from typing import NoReturn


def missing_from(module: str, names: Iterable[str]) -> Callable[[str], NoReturn]:
    """Return a module's `__getattr__` that names what there is.

    Example:
        >>> missing_from("machine_room.keras.layers", ["Dense"])("Conv2D")
        Traceback (most recent call last):
        AttributeError: machine_room.keras.layers has no Conv2D: this course has Dense
    """
    listed = ", ".join(names)

    def fail(name: str) -> NoReturn:
        raise AttributeError(f"{module} has no {name}: this course has {listed}")

    return fail
