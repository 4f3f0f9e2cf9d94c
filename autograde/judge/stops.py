"""Why a name is not there: which cell should have defined it, at which line that cell stopped, and for what.

*Called by* `judge`. *Trust*: what a cell raised is what the student's process says. A line's number is taken from it,
the line itself from the file that was handed in; all of it is cut, and escaped by whoever shows it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from machine_room.translation import say, sentence

from ..contract.names import readable
from ..contract.verdict import CellOutput
from ..course.libraries import not_found
from ..course.notebook import Cell, Role

__all__ = ["Above", "Stop"]

MAX_LINE, MAX_SAID, MAX_NAMES = 80, 300, 10
PLACE = re.compile(r"^ +(?:Cell \d+|File \"<[^>]{1,40}>\"), line (\d{1,6})", re.MULTILINE)
SAID = re.compile(r"[A-Za-z_][\w.]{0,80}(: |$)")
DEFINED = re.compile(r"^(?:async +)?def +(\w{1,60})", re.MULTILINE)
UNDEFINED = re.compile(r"NameError: name '(\w{1,60})' is not defined")
WORD, ASSIGNED = re.compile(r"[A-Za-z_]\w{0,80}"), re.compile(r"[ \t]*\w{1,80}[ \t]{0,20}(:[^=]{1,80})?=(?!=)")
MAX_LINES, MAX_STATEMENT = 500, 300  # of a cell, that are looked at for names
UNREADABLE = ("SyntaxError", "IndentationError", "TabError")
PYTHON = sentence(
    "Your work is graded with Python {major}.{minor}.", major=sys.version_info.major, minor=sys.version_info.minor
)


@dataclass(frozen=True)
class Stop:
    """One of the student's cells that ended in an exception."""

    cell: Cell
    error: str  # the traceback, or what else the cell ended with

    @property
    def said(self) -> str:
        """The exception itself, without the way to it."""
        lines = self.error.strip().split("\n")
        indented = max((at for at, line in enumerate(lines) if line.startswith("  ")), default=-1)
        after = [line for line in lines[indented + 1 :] if SAID.match(line)]
        return readable((after or lines[-1:])[0].rstrip("."), MAX_SAID)

    @property
    def line(self) -> int | None:
        """Which line of the cell it stopped at, from 1; None where that is not told."""
        lines = self.cell.source.split("\n")
        if told := PLACE.search(self.error):
            number = int(told[1])
            return number if 1 <= number <= len(lines) else None
        # a magic's complaint about itself comes without a place
        magics = (at for at, line in enumerate(lines, 1) if line.lstrip().startswith("%"))
        return next(magics, None) if self.error.startswith("UsageError") else None

    @property
    def where(self) -> str:
        if self.line is None:
            return ""
        text = self.cell.source.split("\n")[self.line - 1].strip().replace("`", "'")
        return " " + say("at line {line}", line=self.line) + (f", `{readable(text, MAX_LINE)}`" if text else "")

    def __str__(self) -> str:
        """What became of the cell, as the end of a sentence that names it."""
        if self.said.startswith(UNREADABLE):
            which = say("cannot be read by Python{where}, so none of its lines ran", where=self.where)
            return f"{which}: {self.said}. {say(PYTHON)}"
        missing = not_found(self.error)
        tail = " " + say("There is no {missing} where your work is graded.", missing=missing[0]) if missing else ""
        return say("stopped{where}: {said}.", where=self.where, said=self.said) + tail


class Above:
    """What ran above a check."""

    def __init__(self) -> None:
        self._ran: set[str] = set()
        self._stops: dict[str, Stop] = {}
        self._unbound: dict[str, Stop] = {}  # name -> the last cell that stopped and would have bound it

    def add(self, cell: Cell, output: CellOutput) -> None:
        self._ran.add(cell.id)
        if output.error:
            stop = self._stops[cell.id] = Stop(cell, output.error)
            self._unbound.update(dict.fromkeys(_bound(cell.source), stop))

    def why_missing(self, name: str, solutions: Iterable[Cell]) -> str:
        """One sentence on a name that the check asked for and nobody defined."""
        for cell in solutions:
            if cell.exercise == name:
                return say("{name} is not there: {why}", name=name, why=self._of_solution(cell, name))
        stop = self._unbound.get(name)
        if stop is None:
            return say("{name} is not there: no cell above this check defines it without an error.", name=name)
        return say("{name} is not there: {why}", name=name, why=f"{_called(stop.cell)} {stop}")

    def _of_solution(self, cell: Cell, name: str) -> str:
        stop = self._stops.get(cell.id) or self._unbound.get(name)
        if stop is not None:
            return f"{_called(stop.cell)} {stop}"
        if not cell.source.strip():
            return say("no cell above this check defines it; the cell for it is empty, or was deleted.")
        if cell.id not in self._ran:
            return say("no cell above this check defines it without an error.")
        defined = [f"`{found}`" for found in dict.fromkeys(DEFINED.findall(cell.source)) if found != name][:3]
        instead = " " + say("It defines {names}.", names=", ".join(defined)) if defined else ""
        return say(
            "the cell for it ran without an error and does not define it.{instead} Keep its first line, `def "
            "{name}(...)`, as it came.",
            instead=instead,
            name=name,
        )

    def note(self, text: str, solutions: Iterable[Cell]) -> str:
        """One sentence below a failed check's message: a cell stopped, and that may be why. "" where none did."""
        for cell in solutions:
            if stop := self._stops.get(cell.id):
                return f"{_called(cell).capitalize()} {stop}"
        for name in UNDEFINED.findall(text)[:MAX_NAMES]:
            if stop := self._unbound.get(name):
                return say("{name} is not there: {why}", name=name, why=f"{_called(stop.cell)} {stop}")
        return ""


def _bound(source: str) -> Iterator[str]:
    """The names that a cell's lines import, define or assign, as far as that shows without running them."""
    for line in source.split("\n")[:MAX_LINES]:
        words = WORD.findall(line[:MAX_STATEMENT])
        if words[:1] in (["import"], ["from"]):
            yield from words[1:]
        elif words[:1] in (["def"], ["class"]):
            yield from words[1:2]
        elif words[:2] == ["async", "def"]:
            yield from words[2:3]
        elif ASSIGNED.match(line[:MAX_STATEMENT]):
            yield from words[:1]


def _called(cell: Cell) -> str:
    return (
        say("the cell for {exercise}", exercise=cell.exercise)
        if cell.role is Role.SOLUTION and cell.exercise
        else say("a cell above this check")
    )
