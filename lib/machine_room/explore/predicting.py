"""predict(...): a question before a picture, answered in the page, and then what is true beside the answer.

Before an answer the output is a widget, with the question and the folded truth as text for pages without a kernel.
After it, the output is the text alone, and carries the prediction: it looks the same next morning.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

from machine_room.explore.cells import close_when_run_again
from machine_room.explore.prediction import NOT_GRADED, Answer, Point, Prediction, find, section_of
from machine_room.notebook.predictions import output_of, predicted, remember_prediction
from machine_room.notebook.view import View
from machine_room.progress_line import in_notebook
from machine_room.translation import say, sentence

__all__ = ["predict", "text_of"]

Bundle = dict[str, Any]

_WIDGET = "application/vnd.jupyter.widget-view+json"
_AGAIN = sentence("Run this cell again and save the notebook, so that it is kept with it.")


def predict(name: str) -> None:
    """Ask a question, and keep the answer with the notebook; once there is one, show what is true beside it.

    It is never graded. Who does not want to predict unfolds the answer.

    Args:
        name: of the question.

    Raises:
        LookupError: no question is called so.

    Example:
        >>> predict("forward_passes")  # doctest: +ELLIPSIS
        A network has 64 inputs, ...
    """
    prediction = find(name)
    answer = _kept(prediction)
    if not in_notebook():
        print(text_of(prediction, answer))
        return
    from IPython.display import display

    place = uuid.uuid4().hex
    widget = None if answer is not None else _asking(prediction, place)
    display(_bundle(prediction, answer) | _view(widget), raw=True, display_id=place)


def text_of(prediction: Prediction, answer: Answer | None) -> str:
    """Return a question and its answer as text; what is true is in it only where there is an answer.

    Args:
        prediction: the question.
        answer: as its kind accepted it; None: nobody gave one.
    """
    asks = say("In a notebook this cell asks for your prediction.")
    said = (asks,) if answer is None else prediction.beside(answer)
    return "\n".join([say(prediction.question), *said, say(NOT_GRADED)])


def _kept(prediction: Prediction) -> Answer | None:
    """What was predicted before; None where nothing was, or what is kept answers another question than it did."""
    try:
        return prediction.kind.accept(predicted(section_of(prediction.name), prediction.name))
    except ValueError:
        return None


def _bundle(prediction: Prediction, answer: Answer | None) -> Bundle:
    """The output without a widget."""
    shown = {"text/plain": text_of(prediction, answer), "text/html": _page(prediction, answer)}
    return shown if answer is None else shown | output_of(prediction.name, answer)


def _page(prediction: Prediction, answer: Answer | None) -> str:
    question = f"<p><b>{escape(say(prediction.question))}</b></p>"
    told = escape(prediction.told())
    if answer is None:
        summary = escape(say("Answer"))
        body = f"{_picture(prediction, {})}<details><summary>{summary}</summary><p>{told}</p></details>"
    else:
        marks = {say("your prediction"): answer, say("true"): prediction.true()}
        body = "".join(f"<p>{escape(line)}</p>" for line in prediction.beside(answer)) + _picture(prediction, marks)
    note = f"<p><small>{escape(say(NOT_GRADED))}</small></p>"
    return View.framed(f'<div class="machine-room-prediction">{question}{body}{note}</div>')


def _picture(prediction: Prediction, marks: Mapping[str, Sequence[float]]) -> str:
    kind = prediction.kind
    if not isinstance(kind, Point):
        return ""
    width, _ = kind.asked()["size"]
    said = " ".join([say(kind.about), *(f"{name}: {kind.shown(list(point))}." for name, point in marks.items())])
    return f'<img src="{_url(kind.picture(marks))}" width="{width}" style="max-width:100%" alt="{escape(said)}">'


def _url(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"


# --- the widget


def _asking(prediction: Prediction, place: str) -> Any:
    """Return the widget that asks; None where anywidget is missing."""
    try:
        kind = _kind()
    except ImportError:
        return None
    asked = prediction.kind.asked()
    if isinstance(prediction.kind, Point):
        asked["image"] = _url(prediction.kind.picture({}))
    widget = kind(question=say(prediction.question), asked=asked, told=prediction.told(), texts=_texts())
    widget.observe(lambda change: _answered(prediction, widget, place, change["new"]), names="answer")
    close_when_run_again(widget.close)
    return widget


def _texts() -> dict[str, str]:
    """What stands in every form."""
    return {
        "answer": say("Your prediction"),
        "point": say("Click into the picture, or set both numbers:"),
        "keep": say("Keep my prediction"),
        "unfold": say("Answer, without a prediction"),
        "note": say(NOT_GRADED),
    }


def _answered(prediction: Prediction, widget: Any, place: str, said: object) -> None:
    """Keep what came from the page, and show what is true: in the widget, and in place of it."""
    from IPython.display import update_display

    try:
        answer = prediction.kind.accept(said)
    except ValueError as error:
        widget.complaint = str(error)
        return
    complaint = remember_prediction(section_of(prediction.name), prediction.name, answer)
    widget.complaint = ""
    # Seen only where the page was reloaded since: such a page does not hear of the new output.
    widget.result = [*prediction.beside(answer), complaint or say(_AGAIN)]
    update_display(_bundle(prediction, answer), raw=True, display_id=place)


def _view(widget: Any) -> Bundle:
    return {} if widget is None else {_WIDGET: {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}}


@cache
def _kind() -> Any:
    import anywidget
    from traitlets import Any as Anything
    from traitlets import Dict, List, Unicode

    class Asking(anywidget.AnyWidget):
        _esm = files("machine_room.explore").joinpath("predicting.js").read_text(encoding="utf-8")
        question = Unicode().tag(sync=True)
        asked = Dict().tag(sync=True)
        told = Unicode().tag(sync=True)
        texts = Dict().tag(sync=True)
        answer = Anything(None, allow_none=True).tag(sync=True)
        complaint = Unicode().tag(sync=True)
        result = List(Unicode()).tag(sync=True)

    return Asking
