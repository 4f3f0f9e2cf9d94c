"""Early stopping on a recorded validation curve: the best epoch, the stop, and what more patience would have found."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from machine_room import datasets, stopping
from machine_room.arguments import Array, Function
from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Slider
from machine_room.explore.explorer import Explorer
from machine_room.explore.student import Attempts
from machine_room.layers import Dense, Dropout
from machine_room.network import Network
from machine_room.optimizers import Adam
from machine_room.translation import say

_EPOCHS = 80


@cache
def _recorded() -> tuple[Array, Array]:
    """Return training and validation loss per epoch of a network that overfits 150 digits."""
    x, labels = datasets.digits()
    layers = [Dense(60, activation="relu", kernel_initializer="he_normal"), Dropout(0.5), Dense(10)]
    net = Network(layers, inputs=64, loss="cross_entropy", rng=np.random.default_rng(4))
    net.compile(Adam(0.012))
    history = net.fit(
        x[:150],
        labels[:150],
        epochs=_EPOCHS,
        batch_size=10,
        validation_data=(x[150:450], labels[150:450]),
        progress=False,
    ).history
    return np.array(history["loss"]), np.array(history["val_loss"])


def _answer(function: Function, losses: Array, values: Mapping[str, Any]) -> tuple[int, int]:
    stop, best = function(losses.tolist(), patience=int(values["patience"]), min_delta=float(values["min_delta"]))
    return int(stop), int(best)


def early_stopping_curve(early_stopping: Function | None = None) -> Explorer:
    """Return the picture of a validation curve with the best epoch, the stop and the epoch restored.

    Args:
        early_stopping: the student's; its two epochs are marked beside the reference's.

    Sliders: patience, min_delta.

    Source: lecture section 5, `EarlyStopping(monitor="val_loss", patience=5)`.
    """
    training, losses = _recorded()
    epochs = np.arange(_EPOCHS)
    canvas = Canvas(say("How much patience is enough?"), (880, 380))
    top = float(np.quantile(losses, 0.98)) * 1.15
    axes = canvas.axes(56, 84, 640, 244, xlim=(-1, _EPOCHS), ylim=(0, top), xlabel=say("epoch"), ylabel=say("loss"))
    axes.plot(epochs, training, "-.", color=palette.SKY, lw=1.4, label=say("training"))
    axes.plot(epochs, losses, color=palette.FRAME, lw=1.4, label=say("validation"))
    (seen,) = axes.plot([], [], color=palette.FORWARD, lw=2.4, label=say("until the stop"))
    (stop_line,) = axes.plot([], [], color=palette.BACKWARD, lw=1.8, ls=":", label=say("stop"))
    (best_point,) = axes.plot([], [], "o", color=palette.GOOD, ms=11, mec=palette.PAPER, label=say("best: restored"))
    (own_best,) = axes.plot([], [], "D", color=palette.YOURS, ms=8, mec=palette.INK, label=say("your best"))
    (own_stop,) = axes.plot([], [], color=palette.YOURS, lw=1.6, ls="--", label=say("your stop"))
    handles = [line for line in axes.lines if early_stopping is not None or line not in (own_best, own_stop)]
    canvas.figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(712 / 880, 330 / 380), frameon=False)
    told = canvas.caption(56, 37)
    canvas.moving(seen, stop_line, best_point, own_best, own_stop)

    def draw(values: Mapping[str, Any]) -> Sequence[str]:
        attempts = Attempts()
        stop, best = _answer(stopping.early_stopping, losses, values)
        seen.set_data(epochs[: stop + 1], losses[: stop + 1])
        stop_line.set_data([stop, stop], [0, top])
        best_point.set_data([best], [losses[best]])
        _mark_yours(_yours(early_stopping, losses, values, (stop, best), attempts), own_stop, own_best, losses, top)
        lowest = int(losses.argmin())
        ends = say("Patience never runs out") if stop == _EPOCHS - 1 else say("Stops after epoch {stop}", stop=stop)
        missed = (
            say("the lowest of all.")
            if best == lowest
            else say("the lowest of all is {losses:.3f}, in epoch {lowest}.", losses=losses[lowest], lowest=lowest)
        )
        restored = say(
            "Restores epoch {best}, validation loss {losses:.3f}; {missed}",
            best=best,
            losses=losses[best],
            missed=missed,
        )
        told.set_text(say("{ends}, {stop} after the best.\n{restored}", ends=ends, stop=stop - best, restored=restored))
        return attempts.notes

    controls = [
        Slider(
            "patience", say("patience"), 1, 40, 5, 1, whole=True, meaning=say("epochs without a better one"), column=0
        ),
        Slider(
            "min_delta",
            say("min_delta"),
            0.0,
            0.1,
            0.0,
            0.002,
            meaning=say("by how much an epoch must be better"),
            column=1,
        ),
    ]
    shown = say(
        "Training and validation loss per epoch, with the best epoch, the stop, and what would have come after it."
    )
    return Explorer(canvas, controls, draw, alternative=shown)


def _yours(
    function: Function | None, losses: Array, values: Mapping[str, Any], expected: tuple[int, int], attempts: Attempts
) -> tuple[int, int] | None:
    """Return the student's (stop, best) where they are epochs; note where they are not the reference's."""
    if function is None:
        return None
    answer = attempts.call("early_stopping", lambda: np.array(_answer(function, losses, values)), shape=(2,))
    if answer is None:
        return None
    stop, best = map(int, answer)
    if not (0 <= stop < _EPOCHS and 0 <= best < _EPOCHS):
        attempts.say(
            say(
                "early_stopping returns ({stop}, {best}): there are epochs 0 to {epochs}.",
                stop=stop,
                best=best,
                epochs=_EPOCHS - 1,
            )
        )
        return None
    if (stop, best) != expected:
        attempts.say(
            say(
                "early_stopping returns ({stop}, {best}), the reference {expected}: run its check.",
                stop=stop,
                best=best,
                expected=expected,
            )
        )
    return stop, best


def _mark_yours(own: tuple[int, int] | None, stop_line: Any, best_point: Any, losses: Array, top: float) -> None:
    stops, bests = ([], []) if own is None else ([own[0]] * 2, [own[1]])
    stop_line.set_data(stops, [0, top][: len(stops)])
    best_point.set_data(bests, losses[bests] if bests else [])
