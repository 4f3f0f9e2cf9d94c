"""What stands unseen beside a panel's controls and speaks for them: names, values, the sentence, the theme.

ipywidgets gives its sliders no accessible name, and a logarithmic one is announced by its exponent. The companion is a
widget of anywidget's whose few lines of JavaScript (`companion.js`) set what is missing wherever widgets are shown:
JupyterLab, Notebook, VS Code, Colab. Without anywidget a panel works all the same, with the picture's text unseen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Description:
    """What a companion says of a picture that does not change with its values."""

    question: str
    names: tuple[str, ...]


def companion(about: Description, alternative: str, dark: bool, follow: Callable[[bool], None]) -> Any:
    """Return the widget, or None where anywidget is missing.

    Args:
        about: names in the order in which the controls stand on the page.
        alternative: what the picture shows.
        dark: what the last page said of its theme.
        follow: called with whether the page is dark, when that changes.
    """
    try:
        kind = _kind()
    except ImportError:
        return None
    made = kind(question=about.question, names=list(about.names), alternative=alternative, dark=dark)
    made.observe(lambda change: follow(bool(change["new"])), names="dark")
    return made


def accessible_names(labelled: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Return names of controls from their labels and the phrases that say what they mean.

    Example:
        >>> accessible_names([("η", "learning rate"), ("steps", "")])
        ('η, learning rate', 'steps')
    """
    return tuple(f"{label}, {meaning}" if meaning and meaning != label else label for label, meaning in labelled)


@cache
def _kind() -> Any:
    import anywidget
    from traitlets import Bool, List, Unicode

    class Companion(anywidget.AnyWidget):
        _esm = files("machine_room.explore").joinpath("companion.js").read_text(encoding="utf-8")
        question = Unicode().tag(sync=True)
        names = List(Unicode()).tag(sync=True)
        alternative = Unicode().tag(sync=True)
        sentence = Unicode().tag(sync=True)
        dark = Bool(False).tag(sync=True)

    return Companion
