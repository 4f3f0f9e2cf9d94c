"""Whether what the notebooks need is here: each thing tried, and what to do where it is not."""

from __future__ import annotations

import html
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from machine_room.notebook.memory import folder
from machine_room.notebook.view import View
from machine_room.progress_line import in_notebook
from machine_room.translation import say, sentence

__all__ = ["Finding", "findings", "installation"]

_OLDEST_PYTHON = (3, 11)
_AGAIN = sentence("Install the course again by the lines that came with it, then Kernel > Restart Kernel")


@dataclass(frozen=True)
class Finding:
    """One thing that the notebooks need: as it is here, and what to do where that is not enough."""

    what: str
    here: str
    what_to_do: str = ""  # empty: all is well

    @property
    def good(self) -> bool:
        """Whether nothing is to be done."""
        return not self.what_to_do


def installation() -> View:
    """Show whether everything is here that the notebooks need.

    Example:
        >>> "Python" in installation().text
        True
    """
    found = list(findings())
    missing = sum(not one.good for one in found)
    head = (
        say("All is here: you can begin.")
        if not missing
        else say("{count} of {total} things need something done.", count=missing, total=len(found))
    )
    return View(
        "\n".join([head, *map(_line, found)]),
        View.framed(f"<p><b>{html.escape(head)}</b></p>{''.join(map(_row, found))}"),
    )


def findings() -> Iterator[Finding]:
    """Try each thing; whatever fails is a finding."""
    for what, look in _LOOKS.items():
        try:
            here, what_to_do = look()
        except Exception as error:  # the library itself may be half there
            here, what_to_do = f"{type(error).__name__}: {error}", f"{say(_AGAIN)}."
        yield Finding(say(what), here, what_to_do)


def _python() -> tuple[str, str]:
    here = ".".join(map(str, sys.version_info[:3]))
    wanted = ".".join(map(str, _OLDEST_PYTHON))
    return here, "" if sys.version_info >= _OLDEST_PYTHON else say(
        "Python {wanted} or newer is needed. {again}.", wanted=wanted, again=say(_AGAIN)
    )


def _library() -> tuple[str, str]:
    return say("{version}, in {folder}", version=metadata.version("machine-room"), folder=Path(__file__).parents[1]), ""


def _version_of(name: str) -> Callable[[], tuple[str, str]]:
    """Return what looks for a library, and at whether it is as new as machine-room asks."""

    def look() -> tuple[str, str]:
        try:
            here = metadata.version(name)
        except metadata.PackageNotFoundError:
            return say("not there"), f"{say(_AGAIN)}."
        lowest = _lowest(name)
        new_enough = _numbers(here) >= _numbers(lowest)
        return here, "" if new_enough else say(
            "{lowest} or newer is needed. {again}.", lowest=lowest, again=say(_AGAIN)
        )

    return look


def _lowest(name: str) -> str:
    """What machine-room asks for: "2.0" of a requirement `numpy>=2.0`; "0" where it asks for none."""
    for line in metadata.requires("machine-room") or ():
        if found := re.match(rf"{re.escape(name)}\s*>=\s*([\d.]+)", line):
            return found.group(1)
    return "0"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)[:3]))


def _digits() -> tuple[str, str]:
    from machine_room import datasets

    images, _ = datasets.practice_digits()
    return say("{count} pictures", count=len(images)), ""


def _sliders() -> tuple[str, str]:
    if not in_notebook():
        return say("cannot be seen from outside of a notebook"), ""
    try:
        return f"jupyterlab_widgets {metadata.version('jupyterlab_widgets')}", ""
    except metadata.PackageNotFoundError:
        return (
            say("not there"),
            say("Pictures show, but their sliders do not. pip install jupyterlab_widgets, and reload the page."),
        )


def _memory() -> tuple[str, str]:
    place = folder().parent
    writable = os.access(place, os.W_OK)
    return str(place), "" if writable else say("This folder cannot be written. Copy the notebooks to one of yours.")


_LOOKS: dict[str, Callable[[], tuple[str, str]]] = {
    "Python": _python,
    "machine_room": _library,
    "NumPy": _version_of("numpy"),
    "Matplotlib": _version_of("matplotlib"),
    "ipywidgets": _version_of("ipywidgets"),
    sentence("sliders"): _sliders,
    sentence("handwritten digits"): _digits,
    sentence("a folder to write in"): _memory,
}


def _line(one: Finding) -> str:
    mark = say("ok     ") if one.good else say("missing")
    return f"{mark} {one.what}: {one.here}" + (f"\n        {one.what_to_do}" if one.what_to_do else "")


def _row(one: Finding) -> str:
    mark = "&#10003;" if one.good else "&#10007;"
    said = f"<div>{mark} <b>{html.escape(one.what)}</b>: {html.escape(one.here)}</div>"
    return said + (f'<div style="margin-left:1.4em">{html.escape(one.what_to_do)}</div>' if one.what_to_do else "")
