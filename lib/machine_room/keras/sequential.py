"""Keras's Sequential: layers added one by one, Keras's argument order, Keras's losses, around `Network`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from machine_room.arguments import Array
from machine_room.callbacks import Callback
from machine_room.keras.layers import InputLayer
from machine_room.keras.losses import KerasLoss
from machine_room.keras.losses import get as get_loss
from machine_room.layers import Layer
from machine_room.network import Network
from machine_room.optimizers import Optimizer

if TYPE_CHECKING:
    from machine_room.callbacks import History

__all__ = ["Sequential"]

ACCURACIES = ("accuracy", "acc", "sparse_categorical_accuracy", "categorical_accuracy")


class Sequential(Network):
    """A network that is used as in Keras.

    Args:
        layers: from input to output; the first may be an `Input(shape=...)`.
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
        self.layers: list[Layer] = []
        self._declared: InputLayer | None = None
        self._chosen: KerasLoss | None = None
        for layer in layers or ():
            self.add(layer)

    def add(self, layer: Layer | InputLayer) -> None:
        """Append a layer; an `Input` only says how many numbers an example has."""
        declared = layer if isinstance(layer, InputLayer) else getattr(layer, "declared", None)
        if declared is not None and not self.layers:
            self._declared = declared
        if not isinstance(layer, InputLayer):
            inputs = None if self._declared is None else self._declared.inputs
            super().__init__([*self.layers, layer], inputs=inputs, rng=self.rng)

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
        if not self.layers:
            raise ValueError("the model must have at least one layer before compile: add one")
        chosen = get_loss(loss)
        chosen.fits(getattr(self.layers[-1], "activation_name", "linear"))
        named = [metrics] if isinstance(metrics, str) else list(metrics or ())
        super().compile(optimizer, chosen.function, ["accuracy" if name in ACCURACIES else name for name in named])
        self._chosen = chosen

    @property
    def _loss(self) -> KerasLoss:
        if self._chosen is None:
            raise ValueError("the model is not compiled: call model.compile(optimizer=..., loss=...) first")
        return self._chosen

    def fit(  # type: ignore[override]  # Keras's order of arguments is not ours
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
        return super().fit(
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

    def evaluate(  # type: ignore[override]  # a list, as in Keras
        self, x: ArrayLike, y: ArrayLike, verbose: int | str = "auto", *, return_dict: bool = False
    ) -> float | list[float] | dict[str, float]:
        """Return the loss, or [loss, accuracy] where accuracy was asked for at compile."""
        values = self.measure(x, self._loss.targets(y))
        if return_dict:
            return values
        return values["loss"] if len(values) == 1 else list(values.values())

    def predict(
        self, x: ArrayLike, batch_size: int | None = None, verbose: int | str = "auto", *, training: bool = False
    ) -> Array:
        """Return the outputs for all examples at once; probabilities, where the last layer is a softmax."""
        return super().predict(x, training=training)

    def count_params(self) -> int:
        """Return the number of parameters."""
        return int(self.theta.size)
