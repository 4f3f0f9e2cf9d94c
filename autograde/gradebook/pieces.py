"""What an ordinary notebook's cell showed, as outputs of nbformat: in order and typed, harmless in any browser.

*Trust*: every text and picture is the student's. HTML is sanitised by the allow-list of feedback pages; formulas and
Markdown are shown as they were typed.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

from machine_room.translation import say

from ..contract.names import readable
from ..contract.verdict import CellOutput, CellVerdict, Outcome, Shown, ShownAs
from ..course.notebook import JSON, Cell, Role
from .pictures import NotShown, Pixels

__all__ = ["NO_FORMULAS", "drawn", "in_pieces", "lines", "result"]

#: Nobody's Markdown: MathJax leaves what stands in it alone, under its old name and its new.
NO_FORMULAS = '<div class="tex2jax_ignore mathjax_ignore">{}</div>'
STREAMS = {ShownAs.STDOUT: "stdout", ShownAs.STDERR: "stderr"}


def in_pieces(cell: Cell, said: CellVerdict | None, output: CellOutput | None, pixels: Pixels) -> list[JSON]:
    """The outputs of one cell: what it showed, and before that, of a test, what was said of it.

    nbgrader reads the same points from them, or fewer: a test that is worth nothing here ends in an error there.
    """
    shown = output.shown if output else ()
    pieces = [one for piece in shown for one in _piece(piece, pixels)]
    return [*_told(cell, said, shown), *pieces]


def _told(cell: Cell, said: CellVerdict | None, shown: tuple[Shown, ...]) -> Iterator[JSON]:
    if cell.role is not Role.CHECK:
        return
    if said is None or said.points is None:
        reason = said.text if said else say("This test was not graded.")
        yield _error((said.outcome if said else Outcome.GRADER_ERROR).value, "", lines(reason))
    elif said.points == 0 < said.max_points and not any(piece.kind is ShownAs.ERROR for piece in shown):
        yield _error(said.outcome.value, said.hint or "", lines(said.text))


def _piece(piece: Shown, pixels: Pixels) -> Iterator[JSON]:
    if piece.kind in STREAMS:
        yield {"output_type": "stream", "name": STREAMS[piece.kind], "text": lines(piece.text)}
    elif piece.kind is ShownAs.ERROR:
        yield _error(piece.name, piece.message, readable(piece.text).split("\n"))
    elif piece.image:
        yield drawn(piece.image, pixels)
        if piece.kind is ShownAs.RESULT:  # which may be a score
            yield result(piece.text)
    else:
        made = result(piece.text)
        if piece.html:
            made["data"]["text/html"] = lines(NO_FORMULAS.format(_harmless(piece.html)))
        if piece.kind is ShownAs.DISPLAY:
            made = {"output_type": "display_data", "data": made["data"], "metadata": {}}
        yield made


def _harmless(html: str) -> str:
    from .texts import harmless  # with the sanitiser, which few notebooks need

    return str(harmless(html))


def _error(name: str, message: str, trace: list[str]) -> JSON:
    return {"output_type": "error", "ename": name[:80], "evalue": message[:500], "traceback": trace}


def drawn(image: bytes, pixels: Pixels) -> JSON:
    """A picture, or the sentence that says why it is not there."""
    try:
        data: JSON = {"image/png": base64.b64encode(pixels.repacked(image)).decode("ascii")}
    except NotShown as reason:
        data = {"text/plain": lines(str(reason))}
    return {"output_type": "display_data", "data": data, "metadata": {"image/png": {"alt": say("what the cell drew")}}}


def result(text: str) -> JSON:
    """The value of a cell's last expression."""
    return {
        "output_type": "execute_result",
        "data": {"text/plain": lines(text)},
        "execution_count": None,
        "metadata": {},
    }


def lines(text: str) -> list[str]:
    """A text as nbformat holds it, without what does not show."""
    return readable(text).splitlines(keepends=True)
