"""How far a check's message goes on a student's page: as many of its steps as the instructor allows.

A message says of each of its sentences which step it is (`machine_room.checks.show`); here the later ones are folded,
or left out. *Trust*: the HTML comes from a notebook in autograded/, which need not be ours. What leaves here is
sanitised afterwards, and whoever forged a message can hide or show their own hints alone.
"""

from __future__ import annotations

import re
from html import escape

from machine_room.checks.show import BUTTONS, STEP_CLASS, Step
from machine_room.translation import say

from ..course.settings import Feedback

__all__ = ["as_allowed", "knows_no_steps"]

FAILED = "&#10007;"  # what a message of a failed check begins with
#: A step, open or folded: how it begins, its number, what it says, which holds no div.
_OPENS = re.compile(rf'<(div|details) class="{STEP_CLASS}([123])" style="[^"<>]*">')
_FOLDED = re.compile(r'<summary style="[^"<>]*">[^<]*</summary><div style="[^"<>]*">')
_ENDS = {"div": "</div>", "details": "</div></details>"}


def as_allowed(message: str, allowed: Feedback) -> str:
    """Return a message with the steps that are allowed, those beyond `open_hints` folded."""
    parts: list[str] = []
    position = 0
    while found := _OPENS.search(message, position):
        tag, step = found[1], Step(int(found[2]))
        end = message.find(_ENDS[tag], found.end())
        if end < 0:  # no message of ours; the rest is what it is
            break
        words = _FOLDED.sub("", message[found.end() : end], count=1)
        parts += [message[position : found.start()], _shown(step, words, allowed)]
        position = end + len(_ENDS[tag])
    return "".join([*parts, message[position:]])


def _shown(step: Step, words: str, allowed: Feedback) -> str:
    if step > allowed.hints and step is not Step.WHERE:
        return ""
    said = f"<p>{words}</p>"
    if step is Step.WHERE or step <= allowed.open_hints:
        return said
    return f"<details><summary>{escape(say(BUTTONS[step]))}</summary>{said}</details>"


def knows_no_steps(notebook: str) -> bool:
    """Whether a graded notebook's messages were made before they had steps: they tell all that they tell."""
    return FAILED in notebook and STEP_CLASS not in notebook
