"""Keras's Sequential: layers added one by one, Keras's argument order, Keras's losses. It has a `Network`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from machine_room import losses
from machine_room.arguments import Array
from machine_room.callbacks import Callback, History
from machine_room.keras.layers import InputLayer
from machine_room.keras.losses import KerasLoss
from machine_room.keras.losses import get as get_loss
from machine_room.layers import Layer
from machine_room.network import Network
from machine_room.optimizers import Optimizer

__all__ = ["Sequential"]

ACCURACIES = ("accuracy", "acc", "sparse_categorical_accuracy", "categorical_accuracy")


class Sequential:
    """A model that is used as in Keras, around a `Network` of the same layers.

    With the same layers and the same seed, it starts from the same weights as that.

    Args:
        layers: from input to output; the first may be an `Input(shape=...)`. They stay as they are.
        rng: where the first weights and dropout's masks are drawn from.

    Example:
        >>> from machine_room.keras.layers import Dense
        >>> model = Sequential([Dense(100, activation="relu", input_shape=(64,)), Dense(10, activation="softmax")])
        >>> model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        >>> model.count_params()
        7510
    """

    def __init__(
        self, layers: Sequence[Layer | InputLayer] | None = None, *, rng: np.random.Generator | None = None
    ) -> None:
        self.rng = np.random.default_rng() if rng is None else rng
        self._added: list[Layer] = []
        self._declared: InputLayer | None = None
        self._chosen: KerasLoss | None = None
        self._network: Network | None = None
        for layer in layers or ():
            self.add(layer)

    def add(self, layer: Layer | InputLayer) -> None:
        """Append a layer; an `Input` only says how many numbers an example has. Compile the model afterwards."""
        declared = layer if isinstance(layer, InputLayer) else getattr(layer, "declared", None)
        if declared is not None and not self._added:
            self._declared = declared
        if not isinstance(layer, InputLayer):
            self._added.append(layer)
            self._chosen = None

    @property
    def network(self) -> Network:
        """The network itself, made when it is first asked for; with a layer added since, made anew around its weights.

        Raises:
            ValueError: there is no layer yet.
        """
        if self._network is None or len(self._network.layers) != len(self._added):
            self._network = self._made(self._network)
        return self._network

    def _made(self, before: Network | None) -> Network:
        declared = None if self._declared is None else self._declared.inputs
        network = Network(self._added, rng=self.rng)
        if before is not None and before.inputs is not None:
            network.build(before.inputs, kept=before.theta)
        elif declared is not None:
            network.build(declared)
        return network

    def compile(
        self,
        optimizer: str | Optimizer = "rmsprop",
        loss: Any = None,
        metrics: Sequence[str] | str | None = None,
    ) -> None:
        """Choose optimizer, loss and metrics, by Keras's names or objects.

        Raises:
            ValueError: there is no layer yet, a name is unknown, or the loss takes probabilities and the last layer
                has no softmax.
        """
        if not self._added:
            raise ValueError("the model must have at least one layer before compile: add one")
        chosen = get_loss(loss)
        chosen.fits(getattr(self._added[-1], "activation_name", "linear"))
        named = [metrics] if isinstance(metrics, str) else list(metrics or ())
        accuracies = ["accuracy" if name in ACCURACIES else name for name in named]
        self.network.compile(optimizer, chosen.function, accuracies)
        self._chosen = chosen

    @property
    def _loss(self) -> KerasLoss:
        if self._chosen is None:
            raise ValueError("the model is not compiled: call model.compile(optimizer=..., loss=...) first")
        return self._chosen

    def fit(
        self,
        x: ArrayLike,
        y: ArrayLike,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Sequence[Callback] | Callback | None = None,
        validation_split: float = 0.0,
        validation_data: tuple[ArrayLike, ArrayLike] | None = None,
        shuffle: bool = True,
    ) -> History:
        """Train; returns the `History`, as in Keras. `verbose=0` shows no progress."""
        held_back = None if validation_data is None else (validation_data[0], self._loss.targets(validation_data[1]))
        return self.network.fit(
            x,
            self._loss.targets(y),
            epochs=epochs,
            batch_size=32 if batch_size is None else batch_size,
            validation_data=held_back,
            validation_split=validation_split,
            callbacks=[callbacks] if isinstance(callbacks, Callback) else list(callbacks or ()),
            shuffle=shuffle,
            progress=verbose != 0,
        )

    def evaluate(
        self, x: ArrayLike, y: ArrayLike, verbose: int | str = "auto", *, return_dict: bool = False
    ) -> float | list[float] | dict[str, float]:
        """Return the loss, or [loss, accuracy] where accuracy was asked for at compile."""
        values = self.network.measure(x, self._loss.targets(y))
        if return_dict:
            return values
        return values["loss"] if len(values) == 1 else list(values.values())

    def predict(
        self, x: ArrayLike, batch_size: int | None = None, verbose: int | str = "auto", *, training: bool = False
    ) -> Array:
        """Return the outputs for all examples at once; probabilities, where the last layer is a softmax."""
        return self.network.predict(x, training=training)

    def count_params(self) -> int:
        """Return the number of parameters."""
        return int(self.theta.size)

    def summary(self) -> None:
        """Print every layer with its outputs and parameters."""
        self.network.summary()

    def save(self, path: str | Path) -> Path:
        """Write layers, loss and theta to a .npz file; `machine_room.load` makes a `Network` of it."""
        return self.network.save(path)

    # What a network has, and programs for this library ask of either.

    @property
    def layers(self) -> list[Layer]:
        """The network's layers; before there are any, an empty list."""
        return self.network.layers if self._added else []

    @property
    def theta(self) -> Array:
        """All parameters, one flat vector; assigning copies into it."""
        return self.network.theta

    @theta.setter
    def theta(self, values: ArrayLike) -> None:
        self.network.theta = values

    @property
    def inputs(self) -> int | None:
        """How many numbers an example has; None before that is known."""
        return self.network.inputs

    @property
    def dtype(self) -> np.dtype[Any]:
        """The parameters' type."""
        return self.network.dtype

    @property
    def loss_function(self) -> losses.Loss:
        """The loss as the network takes it."""
        return self.network.loss_function

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer chosen at compile."""
        return self.network.optimizer

    @property
    def metrics(self) -> list[str]:
        """The metrics chosen at compile, by the library's names."""
        return self.network.metrics

    @property
    def stop_training(self) -> bool:
        """Set it to True to have `fit` stop after the epoch."""
        return self.network.stop_training

    @stop_training.setter
    def stop_training(self, value: bool) -> None:
        self.network.stop_training = value

    def build(self, inputs: int) -> None:
        """Draw the first weights for this number of input features; see `Network.build`."""
        self.network.build(inputs)

    def forward(self, x: ArrayLike, *, training: bool = False) -> Array:
        """Return the last layer's output, as the loss takes it; see `Network.forward`."""
        return self.network.forward(x, training=training)

    def loss(self, x: ArrayLike, y: ArrayLike) -> float:
        """Return the mean loss over the batch, y as the library's loss takes it; see `Network.loss`."""
        return self.network.loss(x, y)

    def penalty(self) -> float:
        """Return the sum of the layers' penalties."""
        return self.network.penalty()

    def gradient(self, x: ArrayLike, y: ArrayLike) -> Array:
        """Return the gradient of `loss` with respect to theta; see `Network.gradient`."""
        return self.network.gradient(x, y)

    def measure(self, x: ArrayLike, y: ArrayLike) -> dict[str, float]:
        """Return the loss and the compiled metrics, y as the library's loss takes it; see `Network.measure`."""
        return self.network.measure(x, y)

    def train_step(self, x: ArrayLike, y: ArrayLike) -> float:
        """Update theta once on this batch, y as the library's loss takes it; see `Network.train_step`."""
        return self.network.train_step(x, y)
