"""Networks: layers over one flat parameter vector `theta`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from machine_room import activations, gradients, losses, network_file, optimizers, training
from machine_room.arguments import Array, count
from machine_room.callbacks import Callback, History
from machine_room.layers import Dense, Flatten, Layer

__all__ = ["Network"]


class Network:
    """Layers in a row, over one flat vector.

    All parameters lie in `theta`, layer by layer, unit by unit: a unit's incoming weights and then its bias. The layers
    hold views into it, so `net.theta -= eta * net.gradient(x, y)` is a step of gradient descent.

    Args:
        layers: from input to output. The network works on `fresh` ones; those given stay as they are.
        inputs: number of input features; None takes it from the first x.
        loss: a name of `losses.BY_NAME`, or a function (output, y) -> (loss, gradient with respect to output).
        dtype: float64 or float32.
        rng: where the first weights and dropout's masks are drawn from.

    Example:
        >>> net = Network([Dense(2, activation="relu"), Dense(1)], inputs=2, loss="squared_error")
        >>> net.theta[:] = [1, 4, 3, 2, 1, -2, 2, 3, -2]
        >>> net.gradient(x=[[-5, 2]], y=[[8]])
        array([-40.,  16.,   8.,   0.,   0.,   0.,  24.,   0.,   4.])

    Source: the lecture, section 1.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        *,
        inputs: int | None = None,
        loss: str | losses.Loss = "squared_error",
        dtype: DTypeLike = np.float64,
        rng: np.random.Generator | None = None,
    ) -> None:
        if not layers:
            raise ValueError("layers must hold at least one layer, but it is empty")
        if np.dtype(dtype) not in (np.float64, np.float32):
            raise ValueError(f"dtype must be float64 or float32, but it is {np.dtype(dtype)}")
        self.layers, self.dtype = [layer.fresh() for layer in layers], np.dtype(dtype)
        self.rng = np.random.default_rng() if rng is None else rng
        self.inputs: int | None = None
        self.stop_training = False
        self._identity = object()  # not the network itself: an optimizer that is kept must not keep it alive
        self._output: Callable[[Array], Array] | None = None
        self.compile(loss=loss)
        if inputs is not None:
            self.build(inputs)

    def build(self, inputs: int, *, kept: Array | None = None) -> None:
        """Lay out theta for this number of input features, and draw the first weights.

        Args:
            inputs: number of input features, >= 1.
            kept: the theta of a network of the first few of these layers: theirs is taken over, not drawn.
        """
        self.inputs = count("inputs", inputs, 1)
        sizes = [self.inputs]
        for layer in self.layers:
            sizes.append(layer.output_count(sizes[-1]))
        ends = np.cumsum([0] + [layer.parameter_count(n) for layer, n in zip(self.layers, sizes, strict=False)])
        self._theta, self._gradient = np.zeros(ends[-1], self.dtype), np.zeros(ends[-1], self.dtype)
        for layer, n_in, a, b in zip(self.layers, sizes, ends, ends[1:], strict=False):
            layer.bind(self._theta[a:b], self._gradient[a:b], n_in)
            if kept is None or b > kept.size or a == b:
                layer.initialize(self.rng)
        if kept is not None:
            self._theta[: kept.size] = kept

    def compile(
        self,
        optimizer: str | optimizers.Optimizer = "sgd",
        loss: str | losses.Loss | None = None,
        metrics: Sequence[str] = (),
    ) -> None:
        """Choose what `fit` uses; None keeps the loss. A softmax before cross-entropy becomes part of the loss."""
        for metric in metrics:
            if metric != "accuracy":
                raise ValueError(f"unknown metric {metric!r}: choose 'accuracy'")
        self.optimizer, self.metrics = optimizers.get(optimizer), list(metrics)
        if loss is not None:
            self.loss_function = losses.get(loss)
        self._fuse_softmax()

    def _fuse_softmax(self) -> None:
        """Cross-entropy takes logits: with a final softmax, train on what goes into it and apply it when predicting."""
        last: Any = self.layers[-1]
        if getattr(last, "activation_name", None) == "softmax":
            fused = self.loss_function is losses.cross_entropy
            last.activation = activations.get("linear" if fused else "softmax")
            self._output = activations.softmax if fused else None

    @property
    def theta(self) -> Array:
        """All parameters, one flat vector; assigning copies into it."""
        if self.inputs is None:
            raise ValueError("the network has no parameters yet: give inputs=..., or fit it first")
        return self._theta

    @theta.setter
    def theta(self, values: ArrayLike) -> None:
        array = np.asarray(values)
        if array.shape != self.theta.shape:
            raise ValueError(f"theta must have the shape {self.theta.shape}, but it has {array.shape}")
        self._theta[:] = array

    def _inputs(self, x: ArrayLike) -> Array:
        x = np.asarray(x, dtype=self.dtype)
        if x.ndim > 2 and isinstance(self.layers[0], Flatten):
            x = x.reshape(len(x), -1)
        if x.ndim != 2 or (self.inputs is not None and x.shape[1] != self.inputs):
            raise ValueError(f"x must have the shape (batch, {self.inputs or 'inputs'}), but it has {x.shape}")
        if self.inputs is None:
            self.build(x.shape[1])
        return x

    def forward(self, x: ArrayLike, *, training: bool = False) -> Array:
        """Return the last layer's output, as the loss takes it (logits, where softmax is part of the loss)."""
        output = self._inputs(x)
        for layer in self.layers:
            output = layer.forward(output, training=training)
        return output

    def predict(self, x: ArrayLike, *, training: bool = False) -> Array:
        """Return the outputs, (batch, n_out); training=True leaves dropout on."""
        output = self.forward(x, training=training)
        return output if self._output is None else self._output(output)

    def loss(self, x: ArrayLike, y: ArrayLike) -> float:
        """Return the mean loss over the batch, plus the regularizers' penalties."""
        return self.loss_function(self.forward(x), y)[0] + self.penalty()

    def penalty(self) -> float:
        """Return the sum of the layers' penalties."""
        return sum(layer.penalty() for layer in self.layers)

    def gradient(self, x: ArrayLike, y: ArrayLike) -> Array:
        """Return the gradient of `loss` with respect to theta, in theta's order, as a new array."""
        return self.loss_and_gradient(x, y)[1] + 0.0  # a copy, and -0.0 becomes 0.0

    def loss_and_gradient(self, x: ArrayLike, y: ArrayLike, *, training: bool = False) -> tuple[float, Array]:
        """Return the loss and the network's own gradient vector, which the next call overwrites."""
        return self._loss_and_gradient(self._inputs(x), y, training=training)

    def _loss_and_gradient(self, x: Array, y: ArrayLike, *, training: bool) -> tuple[float, Array]:
        value = gradients.backpropagation(self.layers, self.loss_function, x, y, training=training)
        return value + self.penalty(), self._gradient

    def train_step(self, x: ArrayLike, y: ArrayLike) -> float:
        """Update theta once on this batch, dropout on; return the loss before the update."""
        x, here = self._inputs(x), self.theta
        self.optimizer.attach(self._identity)
        ahead = self.optimizer.lookahead(here)
        if ahead is here:
            value, gradient = self._loss_and_gradient(x, y, training=True)
        else:  # Nesterov takes the gradient where the momentum will carry theta
            kept = here.copy()
            here[:] = ahead
            value, gradient = self._loss_and_gradient(x, y, training=True)
            here[:] = kept
        self.optimizer.update(here, gradient)
        for layer in self.layers:
            layer.constrain()
        return value

    def evaluate(self, x: ArrayLike, y: ArrayLike) -> dict[str, float]:
        """Return the loss and the compiled metrics, by name."""
        return self.measure(x, y)

    def measure(self, x: ArrayLike, y: ArrayLike) -> dict[str, float]:
        """Return the loss and the compiled metrics, by name: what `fit` records."""
        output = self.forward(x)
        values = {"loss": self.loss_function(output, y)[0] + self.penalty()}
        if "accuracy" in self.metrics:
            values["accuracy"] = float(np.mean(output.argmax(axis=1) == np.asarray(y)))
        return values

    def fit(
        self,
        x: ArrayLike,
        y: ArrayLike,
        epochs: int = 1,
        batch_size: int = 32,
        *,
        validation_data: tuple[ArrayLike, ArrayLike] | None = None,
        validation_split: float = 0.0,
        callbacks: Sequence[Callback] = (),
        shuffle: bool = True,
        rng: np.random.Generator | None = None,
        progress: bool = True,
    ) -> History:
        """Train with the compiled optimizer, and return the `History`; see `training.fit` for every option."""
        return training.fit(
            self,
            x,
            y,
            epochs=epochs,
            batch_size=batch_size,
            validation_data=validation_data,
            validation_split=validation_split,
            callbacks=callbacks,
            shuffle=shuffle,
            rng=rng,
            progress=progress,
        )

    def save(self, path: str | Path) -> Path:
        """Write layers, loss and theta to a .npz file; see `network_file.save`, and `saving.load` for the way back."""
        return network_file.save(self, path)

    def summary(self) -> None:
        """Print every layer with its outputs and parameters."""
        _ = self.theta  # raises where nothing is built yet
        n_in, total = self.inputs or 0, 0
        print(f"{'layer':<24}{'outputs':>10}{'parameters':>12}")
        for layer in self.layers:
            name, parameters = type(layer).__name__, layer.parameter_count(n_in)
            name += f" ({layer.activation_name})" if isinstance(layer, Dense) else ""
            n_in, total = layer.output_count(n_in), total + parameters
            print(f"{name:<24}{n_in:>10,}{parameters:>12,}")
        print(f"{'total':<34}{total:>12,}")
