"""What to say when code from elsewhere asks for a part of Keras that this library does not have."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

NONE: Mapping[str, str] = MappingProxyType({})


def missing_from(
    module: str, names: Iterable[str], importable: Mapping[str, str] = NONE
) -> Callable[[str], type["Absent"]]:
    """Return a module's `__getattr__` that names what there is.

    Args:
        module: the module's name.
        names: what it has.
        importable: names of Keras's that may be imported all the same, and what to do instead of using them. A list of
            imports then carries over as it is, and the error comes from the line that uses one.

    Example:
        >>> find = missing_from("machine_room.keras.layers", ["Dense"], {"Conv2D": "leave the layer out"})
        >>> find("Dens")
        Traceback (most recent call last):
        AttributeError: machine_room.keras.layers has no Dens: this course has Dense
        >>> find("Conv2D")(32, 3)
        Traceback (most recent call last):
        ValueError: Conv2D is not in this course: leave the layer out
    """
    listed = ", ".join(names)

    def find(name: str) -> type[Absent]:
        if name not in importable:
            raise AttributeError(f"{module} has no {name}: this course has {listed}")
        words = f"{name} is not in this course: {importable[name]}"
        return type(name, (Absent,), {"words": words})

    return find


class Absent:
    """A name of Keras's that is here to be imported; to call it, or to derive from it, says what to do instead."""

    words: ClassVar[str]

    def __new__(cls, *args: Any, **options: Any) -> "Absent":
        raise ValueError(cls.words)

    def __init_subclass__(cls) -> None:
        if "words" not in vars(cls):
            raise ValueError(cls.words)
