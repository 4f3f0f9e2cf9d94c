"""What a student sees of their hand-in while the course's grader is at it: the place in the queue, points, hints.

In a cell of the notebook that was handed in, on a hub:

    from machine_room.exchange import handed_in
    handed_in()
"""

from __future__ import annotations

import html
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from machine_room.notebook.view import View
from machine_room.printable import readable
from machine_room.progress_line import CellLine, in_notebook
from machine_room.translation import say

from .service import Connection, Refused, here

__all__ = ["handed_in", "last_answer", "while_waiting"]

NEWS_SECONDS = 20.0  # that the service may take to answer where there is no news
_NUMBER = "text-align:right;white-space:nowrap;padding:.15em .8em .15em 0;vertical-align:top"
_NAME = "text-align:left;padding:.15em .8em .15em 0;vertical-align:top"

Told = dict[str, Any]


def handed_in(assignment: str | None = None, *, wait_seconds: float = 120.0) -> View:
    """Show what you handed in last and what came of it; waits for its points where they are on their way.

    Args:
        assignment: which one; None: the one whose folder this notebook is in.
        wait_seconds: for points; at least 0.
    """
    line = CellLine()
    try:
        found = last_answer(
            assignment, wait_seconds=wait_seconds, tell=line.say if in_notebook() else lambda text: None
        )
    except Refused as refused:
        return View.of_lines([str(refused)])
    finally:
        line.empty()
    return found


def last_answer(assignment: str | None, *, wait_seconds: float, tell: Callable[[str], None]) -> View:
    """The same, with one's own way to say how far it is.

    Raises:
        Refused: there is no exchange here, or it refuses.
    """
    service, name = here(), assignment or Path.cwd().name
    course = _course(service)
    mine = service.told("courses", course, "hand-ins", assignment=name, student=_own_name())
    if not mine:
        return View.of_lines([say("You have not handed in {name} yet.", name=name)])
    place = ("courses", course, "assignments", name, "hand-ins", mine[-1]["student"], str(mine[-1]["number"]), "answer")
    told = _waited_for(service, place, wait_seconds, tell)
    return _view(told, mine)


def _waited_for(service: Connection, path: Sequence[str], seconds: float, tell: Callable[[str], None]) -> Told:
    until, place = time.monotonic() + seconds, ""
    while True:
        left = max(0.0, until - time.monotonic())
        told: Told = service.told(*path, place=place, seconds=f"{min(left, NEWS_SECONDS):.1f}")
        if told["answer"] is not None or not told["place"] or not left:
            return told
        place = str(told["place"])
        tell(while_waiting(told))


def while_waiting(told: Mapping[str, Any]) -> str:
    """Say where a hand-in that has no answer yet is."""
    if not told["watched"]:
        return say("It is kept, and is graded with everybody's.")
    if not told["place"]:
        return say("You handed in again after this one: the later one is graded.")
    if told["trouble"]:
        return readable(str(told["trouble"]))
    if not told["there"]:
        return say(
            "It is kept. The grader does not answer just now: this is graded when it is back, and nothing is lost."
        )
    ahead = told["place"] - 1
    turn = say("Being graded: it is your turn.")
    said = say("In the queue: {ahead} before yours.", ahead=ahead) if ahead else turn
    return f"{said} {_about(told.get('seconds'))}".rstrip()


def before_handing_in(seconds: float | None) -> str:
    """How long the points take, for who has not pressed the button yet; empty where nobody knows."""
    about = _about(seconds)
    return f"{say('It is graded at once.')} {about}" if about else ""


def _about(seconds: float | None) -> str:
    """How long it takes, by what the grader has measured; empty where it has not."""
    if seconds is None:
        return ""
    if seconds < 90:
        return say("It takes about {count} seconds, as others' did.", count=max(5, 5 * round(seconds / 5)))
    return say("It takes about {count} minutes, as others' did.", count=round(seconds / 60))


def _view(told: Told, mine: Sequence[Told]) -> View:
    answer = told["answer"]
    head = say("Handed in {at}, number {number}.", at=_moment(told["at"]), number=told["number"])
    said = while_waiting(told) if answer is None else readable(str(answer["sentence"]))
    lines = answer["lines"] if answer is not None else []
    text = [head, said, *(_text(one) for one in lines), *_history(mine)]
    rows = "".join(map(_row, lines))
    table = (
        '<table style="border-collapse:collapse;color:inherit;margin:.5em 0"><thead><tr>'
        f"{_heading(_NAME, say('exercise'))}{_heading(_NUMBER, say('points'))}{_heading(_NAME, say('what to do'))}"
        f"</tr></thead><tbody>{rows}</tbody></table>"
    )
    body = [f"<div>{html.escape(head)}</div>", f"<p><b>{html.escape(said)}</b></p>", table if rows else ""]
    body += [f"<div>{html.escape(line)}</div>" for line in _history(mine)]
    return View("\n".join(text), View.framed("".join(body)))


def _heading(style: str, word: str) -> str:
    return f'<th scope="col" style="{style}">{html.escape(word)}</th>'


def _text(line: Told) -> str:
    said = [readable(str(line[key])) for key in ("outcome", "hint", "text") if line[key]]
    return f"  {readable(str(line['name']))}: {_points(line)}" + "".join(f"\n    {one}" for one in said)


def _row(line: Told) -> str:
    hint, whole = readable(str(line["hint"])), readable(str(line["text"]))
    more = f'<pre style="white-space:pre-wrap;color:inherit">{html.escape(whole)}</pre>' if whole else ""
    name, points, outcome = readable(str(line["name"])), _points(line), readable(str(line["outcome"]))
    return (
        f'<tr style="background:none"><th scope="row" style="{_NAME};font-weight:normal">{html.escape(name)}</th>'
        f'<td style="{_NUMBER}">{html.escape(points)}</td>'
        f'<td style="{_NAME}">{html.escape(outcome)}<div>{html.escape(hint)}</div>{more}</td></tr>'
    )


def _points(line: Told) -> str:
    got, most = line["points"], float(line["most"])
    return say("{points} of {most}", points="-" if got is None else f"{float(got):g}", most=f"{most:g}")


def _history(mine: Sequence[Told]) -> Iterator[str]:
    """One's earlier hand-ins that were graded at once."""
    for one in mine[:-1]:
        answer = one["answer"]
        if answer is not None and answer["state"] == "graded":
            at, points = _moment(one["at"]), float(answer["points"])
            yield say("Number {number}, {at}: {points:g} points.", number=one["number"], at=at, points=points)


def _moment(at: str) -> str:
    return f"{at[:16]} UTC"


def _own_name() -> str | None:
    return os.environ.get("JUPYTERHUB_USER")


def _course(service: Connection) -> str:
    """The course that this notebook belongs to: the one that the server names, the only one, or its folder's."""
    if named := os.environ.get("MACHINE_ROOM_COURSE"):
        return named
    mine = [str(one["course"]) for one in service.told("courses")]
    if len(mine) == 1:
        return mine[0]
    if (folder := Path.cwd().parent.name) in mine:
        return folder
    raise Refused(
        say(
            "You are in {count} courses, and this folder is in none of theirs. Open the notebook there.",
            count=len(mine),
        )
    )
