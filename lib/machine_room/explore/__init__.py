"""Interactive pictures: `explore.<name>(...)` answers a question with sliders; those of a course's own packages, too.

`explore.predict(...)` asks before one is looked at.

Nothing of matplotlib or ipywidgets is imported before a picture is made.
"""

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any

from machine_room.explore.gallery import pictures
from machine_room.packages import remembered


def __getattr__(name: str) -> Any:
    if name == "Explorer":
        from machine_room.explore.explorer import Explorer

        return Explorer
    if name == "predict":
        from machine_room.explore.predicting import predict

        return predict
    if name == "__all__":
        return __dir__()
    if name not in pictures():
        from machine_room.translation import say

        raise AttributeError(
            say(
                "module 'machine_room.explore' has no picture {name!r}: there are {known}",
                name=name,
                known=", ".join(pictures()),
            )
        )
    return _picture(pictures()[name], name)


@remembered
def _picture(module: str, name: str) -> Any:
    return _in_house_style(getattr(import_module(module), name))


def _in_house_style(make: Callable[..., Any]) -> Callable[..., Any]:
    """Return make, drawn as all our pictures are, whatever style the notebook has set: titles, legends, lines.

    A number that grows beyond all bounds is for the picture to show, not for NumPy to warn of.
    """

    @wraps(make)
    def picture(*args: Any, **keywords: Any) -> Any:
        import numpy as np

        from machine_room.explore.canvas import house_style

        with house_style(), np.errstate(all="ignore"):
            return make(*args, **keywords)

    return picture


def __dir__() -> list[str]:
    return sorted([*pictures(), "Explorer", "predict"])
