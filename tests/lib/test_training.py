"""The training loop: what it calls and when, what it records, what it shows, and what it refuses."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from machine_room import (
    SGD,
    Adam,
    Callback,
    Dense,
    Dropout,
    EarlyStopping,
    LearningRateScheduler,
    Momentum,
    Nesterov,
    Network,
    datasets,
)
from machine_room.optimizers import nesterov_step
from machine_room.progress_line import ProgressLine

X, LABELS = datasets.digits()


def small(*, seed: int = 0, optimizer: str = "adam", layers: Any = ()) -> Any:
    net = Network(
        [Dense(12, "relu"), *layers, Dense(10)], inputs=64, loss="cross_entropy", rng=np.random.default_rng(seed)
    )
    net.compile(optimizer, metrics=["accuracy"])
    return net


def test_training_on_the_digits_learns_to_read_them() -> None:
    net = small(optimizer=Adam(0.01))
    history = net.fit(X[:1400], LABELS[:1400], epochs=10, validation_data=(X[1400:], LABELS[1400:]), progress=False)
    assert history.history["val_accuracy"][-1] > 0.85
    assert set(history.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}


def test_the_same_rng_gives_the_same_training() -> None:
    one, other = (small() for _ in range(2))
    for net in (one, other):
        net.fit(X[:100], LABELS[:100], epochs=2, progress=False)
    np.testing.assert_array_equal(one.theta, other.theta)


def test_an_epoch_visits_every_example_once_and_the_last_batch_may_be_smaller() -> None:
    class Batches(Callback):  # type: ignore[misc] # `machine_room` imports its names late, so mypy knows no class
        def __init__(self) -> None:
            self.steps: list[Any] = []

        def on_batch_end(self, step: Any, logs: Any) -> None:
            self.steps.append(step)

    batches, net = Batches(), small(optimizer=SGD(0.0))
    history = net.fit(X[:70], LABELS[:70], epochs=2, batch_size=32, callbacks=[batches], progress=False)
    assert batches.steps == list(range(6))
    # the rate is 0: the mean over the batches, weighted by their sizes, is the loss of all examples
    assert history.history["loss"][0] == pytest.approx(net.loss(X[:70], LABELS[:70]))


def test_without_shuffling_the_batches_come_in_order() -> None:
    net, by_hand = small(optimizer=SGD(0.1)), small(optimizer=SGD(0.1))
    net.fit(X[:64], LABELS[:64], batch_size=32, shuffle=False, progress=False)
    for start in (0, 32):
        by_hand.theta -= 0.1 * by_hand.gradient(X[start : start + 32], LABELS[start : start + 32])
    np.testing.assert_allclose(net.theta, by_hand.theta, rtol=1e-12)


def test_a_nesterov_training_step_is_the_pure_step() -> None:
    net = small(optimizer=Nesterov(0.1, beta=0.8))
    twin = small()
    theta, m = net.theta.copy(), np.zeros_like(net.theta)

    def gradient_at(point: Any) -> Any:
        twin.theta = point
        return twin.gradient(X[:8], LABELS[:8])

    for _ in range(3):
        net.train_step(X[:8], LABELS[:8])
        theta, m = nesterov_step(theta, gradient_at, m, learning_rate=0.1, beta=0.8)
    np.testing.assert_allclose(net.theta, theta, rtol=1e-12)


def test_a_validation_split_holds_back_the_last_examples() -> None:
    seen = small(optimizer=SGD(0.0))
    history = seen.fit(X[:100], LABELS[:100], validation_split=0.2, progress=False).history
    assert history["val_loss"][0] == pytest.approx(seen.loss(X[80:100], LABELS[80:100]))
    assert history["loss"][0] == pytest.approx(seen.loss(X[:80], LABELS[:80]))


def test_a_callback_stops_and_a_schedule_sets_rates() -> None:
    net = small(optimizer=Momentum(0.1))
    rates = LearningRateScheduler(lambda epoch: 0.1 / (1 + epoch))
    stop = EarlyStopping(monitor="loss", patience=1, min_delta=100.0)
    history = net.fit(X[:64], LABELS[:64], epochs=9, callbacks=[rates, stop], progress=False).history
    assert history["learning_rate"] == [0.1, 0.05]


def test_dropout_is_on_while_training_and_off_when_predicting() -> None:
    net = small(layers=(Dropout(0.5),))
    np.testing.assert_array_equal(net.predict(X[:5]), net.predict(X[:5]))
    assert not np.array_equal(net.predict(X[:5], training=True), net.predict(X[:5], training=True))


def test_fit_changes_no_argument() -> None:
    x, labels = X[:50].copy(), LABELS[:50].copy()
    small().fit(x, labels, epochs=2, progress=False)
    np.testing.assert_array_equal(x, X[:50])
    np.testing.assert_array_equal(labels, LABELS[:50])


REFUSED = {
    "lengths": (
        lambda: small().fit(X[:5], LABELS[:4]),
        "x and y must hold equally many examples, at least one, but they hold 5 and 4",
    ),
    "nothing": (
        lambda: small().fit(X[:0], LABELS[:0]),
        "x and y must hold equally many examples, at least one, but they hold 0 and 0",
    ),
    "epochs": (lambda: small().fit(X, LABELS, epochs=0), "epochs must be a whole number >= 1, but it is 0"),
    "batch": (lambda: small().fit(X, LABELS, batch_size=0), "batch_size must be a whole number >= 1, but it is 0"),
    "features": (lambda: small().predict(X[:, :9]), "x must have the shape (batch, 64), but it has (1797, 9)"),
    "metric": (lambda: small().compile(metrics=["f1"]), "unknown metric 'f1': choose 'accuracy'"),
    "no layers": (lambda: Network([]), "layers must hold at least one layer, but it is empty"),
    "integers": (lambda: Network([Dense(1)], dtype=int), "dtype must be float64 or float32, but it is int64"),
    "theta": (lambda: setattr(small(), "theta", np.zeros(3)), "theta must have the shape (910,), but it has (3,)"),
}


@pytest.mark.parametrize(("do", "words"), REFUSED.values(), ids=REFUSED)
def test_bad_input_is_refused_word_for_word(do: Callable[..., Any], words: str) -> None:
    with pytest.raises(ValueError) as error:
        do()
    assert str(error.value) == words


def test_the_summary_counts_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    Network([Dense(100, "relu"), Dropout(0.5), Dense(10)], inputs=64).summary()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in lines] == ["parameters", "6,500", "0", "1,010", "7,510"]


class Terminal(io.StringIO):
    def isatty(self) -> Any:
        return True


def test_progress_is_one_line_on_a_terminal_that_ends_with_the_last_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    small().fit(X[:64], LABELS[:64], epochs=3)
    shown = terminal.getvalue()
    assert shown.count("\n") == 1
    assert "epoch 3/3" in shown.split("\r")[-1]
    assert shown.endswith("s\n")


def test_progress_says_nothing_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    small().fit(X[:64], LABELS[:64], epochs=2)
    assert capsys.readouterr() == ("", "")


def test_progress_in_a_notebook_updates_one_display(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = []

    class Handle:
        def update(self, bundle: Any, raw: Any) -> None:
            shown.append(bundle["text/plain"])

    def display(bundle: Any, *, raw: Any, display_id: Any) -> Any:
        shown.append(bundle["text/plain"])
        return Handle()

    monkeypatch.setattr("machine_room.progress_line.in_notebook", lambda: True)
    monkeypatch.setattr("machine_room.progress_line.PAUSE_SECONDS", 0.0)
    monkeypatch.setattr("IPython.display.display", display)
    line = ProgressLine(3)
    for epoch in (1, 2, 3):
        line.show(epoch, {"loss": 1 / epoch}, last=epoch == 3)
    assert [text.split("epoch ")[1][:3] for text in shown] == ["1/3", "2/3", "3/3"]
