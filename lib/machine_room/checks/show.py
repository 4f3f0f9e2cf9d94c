"""What a student reads: the same message as text and as HTML.

*Trust*: names, numbers and error texts may come from a student. All of it is escaped on its way into HTML, in `_escape`
only, and control characters are taken out of both. Backticks and stars then make code and emphasis of what they
enclose: no text can make anything else.
"""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from machine_room.checks.compare import Difference, Kind, close, is_numeric
from machine_room.checks.written import Table, call_text, digits_to_tell_apart, is_spelled_out, table
from machine_room.exercises.exercise import Case, Exercise
from machine_room.printable import readable
from machine_room.translation import say, say_count, sentence

__all__ = [
    "BUTTONS",
    "STEP_CLASS",
    "Message",
    "Step",
    "Steps",
    "borrowed",
    "failure",
    "for_console",
    "marked_up",
    "not_written",
    "noted",
    "score",
    "success",
]

GREEN, ORANGE, RED, GREY = "#2e7d32", "#b26a00", "#c62828", "#757575"
WITH_NUMBERS = (Kind.VALUES, Kind.SHAPE, Kind.DTYPE, Kind.TYPE, Kind.COUNT)
STEP_CLASS = "check-step-"
MAX_PARTS = 4
MAX_WIDTH = 24
RUN_THE_CALL = sentence(
    "Run that call in a cell of its own to see what your function returns; mend it, then check again."
)
CHECK_AGAIN = sentence("Mend it, then check again.")
#: As in Markdown; a star between spaces or letters is a product.
CODE, EMPHASIS = re.compile(r"`([^`\n]+)`"), re.compile(r"(?<![\w*)\]])\*(\w(?:[^*\n]*\w)?)\*(?![\w*(\[])")
#: JupyterLab would break a long line anywhere, also within a name.
CALL = "margin:.3em 0;white-space:pre-wrap;word-break:normal;overflow-wrap:anywhere;background:none;color:inherit"


@dataclass(frozen=True)
class Message:
    text: str
    html: str


class Step(IntEnum):
    """How much a message tells unfolded: each step tells what the one before does, and more."""

    WHERE = 1  # where it is wrong, and which numbers
    IDEA = 2  # what is behind it
    LINE = 3  # the formula


YOURS, EXPECTED, EMPTY = sentence("yours"), sentence("expected"), sentence("(empty)")
BUTTONS = {Step.IDEA: sentence("Show a hint"), Step.LINE: sentence("Show the formula")}


@dataclass(frozen=True)
class Steps:
    """What there is to tell, step by step; `unfolded` is the last step that is told at once."""

    seen: str
    idea: str = ""
    formula: str = ""
    unfolded: Step = Step.IDEA

    @property
    def first(self) -> str:
        """What is told to everybody: what was seen, or where nothing was, the idea."""
        return self.seen or self.idea

    @property
    def told(self) -> list[tuple[Step, str]]:
        """The sentences that are told at once."""
        line = say("The formula: {formula}", formula=self.formula) if self.formula else ""
        further = [(step, text) for step, text in ((Step.IDEA, self.idea), (Step.LINE, line)) if text != self.first]
        steps = [(Step.WHERE, self.first), *((step, text) for step, text in further if step <= self.unfolded)]
        return [(step, text) for step, text in steps if text]

    @property
    def folded(self) -> list[tuple[Step, str]]:
        """What a button shows."""
        steps = [(Step.IDEA, self.idea), (Step.LINE, self.formula)]
        return [(step, text) for step, text in steps if text and step > self.unfolded and text != self.first]

    @property
    def next(self) -> Step | None:
        """The next step that tells more, if there is one."""
        return next((step for step, _ in self.folded), None)


def success(exercise: Exercise, cases: int, hidden: bool) -> Message:
    """One green line."""
    line = say_count(cases, "{name}: correct, {count} case", "{name}: correct, {count} cases", name=exercise.name)
    if hidden:
        line = say_count(
            cases, "{name}: correct, {count} hidden case", "{name}: correct, {count} hidden cases", name=exercise.name
        )
    return Message(line, _box(GREEN, f"<b>&#10003; {_escape(line)}</b>"))


def not_written(hint: str) -> Message:
    """Nothing to compare yet: what to do, and no numbers."""
    return Message(readable(hint), _box(GREY, f"<b>&#8230;</b> {marked_up(hint)}"))


def borrowed(line: str) -> Message:
    """Right numbers that are not the student's own: orange, because they earn nothing."""
    return Message(
        readable(line), _box(ORANGE, f'<div style="overflow-wrap:anywhere"><b>!</b> {marked_up(line)}</div>')
    )


def noted(message: Message, line: str) -> Message:
    """The message with one line below it that is no part of the result."""
    return Message(f"{message.text}\n{readable(line)}", message.html + _box(GREY, f"<div>{marked_up(line)}</div>"))


def score(share: float, lines: Sequence[str], hint: str) -> Message:
    """What was reached, line by line, and what to do next."""
    colour = GREEN if share == 1 else ORANGE if share > 0 else RED
    head, *rest = [*lines, *([hint] if hint else [])]
    body = f"<b>{marked_up(head)}</b>" + "".join(f"<div>{marked_up(line)}</div>" for line in rest)
    return Message("\n".join(map(readable, [head, *rest])), _box(colour, body))


def failure(
    exercise: Exercise,
    case: Case,
    found: Sequence[Difference],
    *,
    steps: Steps,
    failed: int,
    total: int,
    hidden: bool,
    picture: str = "",
) -> Message:
    """What is told first, then the smallest failing case, yours beside expected, what is folded, what to do next."""
    which = say_count(total, "{count} case", "{count} cases")
    if hidden:
        which = say_count(total, "{count} hidden case", "{count} hidden cases")
    head = say_count(
        failed,
        "{name}: not right yet ({count} of {which} differs)",
        "{name}: not right yet ({count} of {which} differ)",
        name=exercise.name,
        which=which,
    )
    where = say("Smallest case: {case}", case=say(case.description))
    call = call_text(exercise.name, exercise.parameters, case.args, dict(case.kwargs))
    with_numbers = [difference for difference in found if difference.kind in WITH_NUMBERS]
    compared = [_compared(case, difference) for difference in with_numbers[:MAX_PARTS]]
    further = ", ".join(say(difference.part) for difference in with_numbers[MAX_PARTS:])
    lines = [head, "", *(readable(said) for _, said in steps.told), "", where, f"  {call}"]
    body = [
        f"<b>&#10007; {_escape(head)}</b>",
        *(_told(step, said) for step, said in steps.told),
        f"<div>{_escape(where)}</div>",
        f'<pre style="{CALL}">{_escape(call)}</pre>',
    ]
    if compared:
        lines += ["", *_text_tables(compared)]
        body.append(_html_tables(compared))
    if further:
        also = say("Also different: {parts}", parts=further)
        lines.append(also)
        body.append(f"<div>{_escape(also)}</div>")
    for difference in found:
        if difference.kind is Kind.RAISED:
            error = difference.yours
            raised = say("yours     raised {error}", error=f"{error.type_name}: {error.message}")
            lines += ["", f"  {readable(raised)}"]
            body.append(f"<div>{_escape(raised)}</div>")
    next_step = say(RUN_THE_CALL if is_spelled_out(case.args, case.kwargs) else CHECK_AGAIN)
    lines += ["", next_step]
    if steps.next is not None and not hidden:
        lines.append(say("For more help: {call}", call=f"check({exercise.name}, hint={int(steps.next)})"))
    body += [_folded(step, text) for step, text in steps.folded]
    body += [picture, f'<div style="margin-top:.5em">{_escape(next_step)}</div>']
    return Message("\n".join(lines), _box(RED, "".join(body)))


def _told(step: Step, said: str) -> str:
    """One step that stands open. By the class a page of feedback finds it, and folds it or leaves it out."""
    return f'<div class="{STEP_CLASS}{step:d}" style="margin:.5em 0;font-size:110%">{marked_up(said)}</div>'


def _folded(step: Step, text: str) -> str:
    """What opens at a click, or at Enter where it has the focus: the browser's own element, no script."""
    return (
        f'<details class="{STEP_CLASS}{step:d}" style="margin:.5em 0">'
        f'<summary style="cursor:pointer">{_escape(say(BUTTONS[step]))}</summary>'
        f'<div style="margin:.3em 0;font-size:110%">{marked_up(text)}</div></details>'
    )


def _compared(case: Case, difference: Difference) -> tuple[str, Table, Table]:
    """Return the part's name and the two tables, yours and expected."""
    yours, expected = difference.yours, difference.expected
    if difference.kind is not Kind.VALUES or not is_numeric(yours):
        return say(difference.part), table(yours, None), table(expected, None)
    marks = ~close(case, expected, yours, difference.part)
    digits = digits_to_tell_apart(np.atleast_1d(yours), np.atleast_1d(expected), marks)
    return say(difference.part), table(yours, marks, digits), table(expected, marks, digits)


def _text_tables(compared: Sequence[tuple[str, Table, Table]]) -> list[str]:
    lines = []
    for part, yours, expected in compared:
        if part:
            lines.append(f"{part}:")
        widths = [_width(yours), _width(expected)]
        if max(widths) <= MAX_WIDTH and _is_grid(yours) == _is_grid(expected):  # numbers stand under each other
            widths = [max(widths)] * 2
        lines += _text_rows(say(YOURS), yours, widths[0]) + _text_rows(say(EXPECTED), expected, widths[1])
    return [*lines, say("(* differs)")] if any(any(map(any, yours.marks)) for _, yours, _ in compared) else lines


def _is_grid(shown: Table) -> bool:
    return max(map(len, shown.rows), default=0) > 1


def _width(shown: Table) -> int:
    return max((len(entry) + 1 for row in shown.rows for entry in row), default=1)


def _text_rows(title: str, shown: Table, width: int) -> list[str]:
    cells = [
        [f"{entry}{'*' if mark else ' '}" for entry, mark in zip(row, marks, strict=True)]
        for row, marks in zip(shown.rows, shown.marks, strict=True)
    ]
    lines = [
        f"  {title if i == 0 else '':10}" + " ".join(cell.rjust(width) for cell in row) for i, row in enumerate(cells)
    ]
    lines = lines or [f"  {title:10}{say(EMPTY)}"]
    return [readable(line.rstrip()) for line in [*lines, *([f"  {'':10}{shown.cut}"] if shown.cut else [])]]


CELL = "text-align:right;padding:0 .6em;font-family:monospace;color:inherit"
MARKED = f"{CELL};font-weight:bold;border-bottom:2px solid {RED}"
LABEL = "text-align:left;vertical-align:top;padding:.1em .8em .1em 0"


def _html_tables(compared: Sequence[tuple[str, Table, Table]]) -> str:
    """One table per part, so that the columns of yours stand over those of expected."""
    return "".join(
        '<table style="border-collapse:collapse;margin:.3em 0;color:inherit">'
        f"{_html_rows(f'{part} {say(YOURS)}', yours)}{_html_rows(f'{part} {say(EXPECTED)}', expected)}</table>"
        for part, yours, expected in compared
    )


def _html_rows(label: str, shown: Table) -> str:
    rows = list(zip(shown.rows, shown.marks, strict=True)) or [((say(EMPTY),), (False,))]
    lines = [
        "".join(
            f'<td style="{MARKED if mark else CELL}">{_escape(entry)}</td>' for entry, mark in zip(*row, strict=True)
        )
        for row in rows
    ]
    if shown.cut:
        lines.append(f'<td colspan="9" style="text-align:left">{_escape(shown.cut)}</td>')
    head = f'<th rowspan="{len(lines)}" style="{LABEL}">{_escape(label.strip())}</th>'
    return "".join(
        f'<tr style="background:none">{head if index == 0 else ""}{line}</tr>' for index, line in enumerate(lines)
    )


def _box(colour: str, body: str) -> str:
    style = f"border-left:4px solid {colour};padding:.3em .8em;color:var(--jp-ui-font-color1,inherit)"
    return f'<div role="status" style="{style}">{body}</div>'  # told to who hears the page, when it appears


def for_console(text: str) -> str:
    """Replace what the console's encoding does not have: Windows' cp1252 knows no theta, and print would raise."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, errors="replace").decode(encoding, errors="replace")


def _escape(text: str) -> str:
    return html.escape(readable(text))


def marked_up(text: str) -> str:
    """Return a sentence as HTML."""
    between, *rest = CODE.split(_escape(text))
    parts = [EMPHASIS.sub(r"<em>\1</em>", between)]
    for code, between in zip(rest[::2], rest[1::2], strict=True):
        parts += [f"<code>{code}</code>", EMPHASIS.sub(r"<em>\1</em>", between)]
    return "".join(parts)
