"""Who takes part in the benchmark of training: each makes a step and an epoch of the same network and optimizer.

Ours, a textbook's loop in NumPy, PyTorch with its fused optimizers, JAX with the whole step compiled, scikit-learn's
`MLPClassifier`. Same first weights, same batches; nothing is done that only one of them could do.

PyTorch's step is `zero_grad`, forward, `cross_entropy`, `backward`, `step`. JAX's is one `jit` of loss, gradient and
update, with the old parameters' memory given away. scikit-learn has no single step: its figure is `partial_fit` on one
batch, which checks its input each time; an epoch is `partial_fit` on all the data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from importlib.util import find_spec
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from machine_room.arguments import Array

__all__ = ["BATCH", "CONTESTANTS", "Recipe", "Runs", "Task", "installed"]

BATCH = 32
CLASSES = 10
BETA, BETA1, BETA2, EPSILON = 0.9, 0.9, 0.999, 1e-7


class Recipe(Enum):
    """An optimizer; its value is the learning rate."""

    SGD = 0.1
    MOMENTUM = 0.01
    ADAM = 0.001


@dataclass(frozen=True)
class Task:
    """What every contestant trains: a network of ReLUs and a softmax on cross-entropy."""

    hidden: tuple[int, ...]
    recipe: Recipe
    x: Array
    labels: Array

    def first_weights(self) -> list[tuple[Array, Array]]:
        """Return (weights, bias) of every layer, after He."""
        rng, sizes = np.random.default_rng(0), [self.x.shape[1], *self.hidden, CLASSES]
        return [
            (rng.normal(0, np.sqrt(2 / n_in), (n_in, n_out)).astype(self.x.dtype), np.zeros(n_out, self.x.dtype))
            for n_in, n_out in pairwise(sizes)
        ]


class Runs(NamedTuple):
    """One step on the first batch, one epoch on everything, and the loss on everything before any of them."""

    step: Callable[[], Any]
    epoch: Callable[[], Any]
    loss: Callable[[], float]


def ours(task: Task) -> Runs:
    from machine_room import SGD, Adam, Dense, Momentum, Network

    made = {
        Recipe.SGD: SGD,
        Recipe.MOMENTUM: partial(Momentum, beta=BETA),
        Recipe.ADAM: partial(Adam, beta1=BETA1, beta2=BETA2, epsilon=EPSILON**2),
    }
    layers = [Dense(units, activation="relu") for units in task.hidden]
    net = Network([*layers, Dense(CLASSES)], inputs=task.x.shape[1], loss="cross_entropy", dtype=task.x.dtype)
    blocks = [np.vstack([weights, bias]).T.ravel() for weights, bias in task.first_weights()]
    net.theta = np.concatenate(blocks)
    net.compile(made[task.recipe](task.recipe.value))
    return Runs(
        partial(net.train_step, task.x[:BATCH], task.labels[:BATCH]),
        partial(net.fit, task.x, task.labels, batch_size=BATCH, progress=False),
        partial(net.loss, task.x, task.labels),
    )


def textbook(task: Task) -> Runs:
    """Write what a textbook writes: a list of weights and biases, updated one by one with vectorised NumPy."""
    parameters = [array for layer in task.first_weights() for array in layer]
    updates = {Recipe.SGD: _sgd, Recipe.MOMENTUM: _momentum, Recipe.ADAM: _adam}
    update = updates[task.recipe](parameters, task.recipe.value)

    def forward(x: Array) -> list[Array]:
        outputs = [x]
        for weights, bias in zip(parameters[::2], parameters[1::2], strict=True):
            z = outputs[-1] @ weights + bias
            outputs.append(np.maximum(z, 0) if len(outputs) < len(parameters) // 2 else z)
        return outputs

    def probabilities(logits: Array) -> Array:
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(e / e.sum(axis=1, keepdims=True))

    def step(x: Array, labels: Array) -> float:
        outputs = forward(x)
        rows, dz = np.arange(len(x)), probabilities(outputs[-1])
        loss = -float(np.log(dz[rows, labels]).mean())
        dz[rows, labels] -= 1
        dz /= len(x)
        gradients: list[Array] = []
        for place in reversed(range(len(outputs) - 1)):
            h, weights = outputs[place], parameters[2 * place]
            gradients += [dz.sum(axis=0), h.T @ dz]
            if place:
                dz = (dz @ weights.T) * (h > 0)
        update(gradients[::-1])
        return loss

    def epoch() -> None:
        order = np.random.default_rng(0).permutation(len(task.x))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            step(task.x[batch], task.labels[batch])

    def loss() -> float:
        chosen = probabilities(forward(task.x)[-1])[np.arange(len(task.x)), task.labels]
        return -float(np.log(chosen).mean())

    return Runs(partial(step, task.x[:BATCH], task.labels[:BATCH]), epoch, loss)


Update = Callable[[list[Array]], None]


def _sgd(parameters: list[Array], rate: float) -> Update:
    def update(gradients: list[Array]) -> None:
        for theta, g in zip(parameters, gradients, strict=True):
            theta -= rate * g

    return update


def _momentum(parameters: list[Array], rate: float) -> Update:
    ms = [np.zeros_like(theta) for theta in parameters]

    def update(gradients: list[Array]) -> None:
        for theta, m, g in zip(parameters, ms, gradients, strict=True):
            m *= BETA
            m -= rate * g
            theta += m

    return update


def _adam(parameters: list[Array], rate: float) -> Update:
    ms, ss = ([np.zeros_like(theta) for theta in parameters] for _ in range(2))
    t = 0

    def update(gradients: list[Array]) -> None:
        nonlocal t
        t += 1
        for theta, m, s, g in zip(parameters, ms, ss, gradients, strict=True):
            m *= BETA1
            m += (1 - BETA1) * g
            s *= BETA2
            s += (1 - BETA2) * g * g
            m_hat, s_hat = m / (1 - BETA1**t), s / (1 - BETA2**t)
            theta -= rate * m_hat / (np.sqrt(s_hat) + EPSILON)

    return update


def pytorch(task: Task) -> Runs:
    import torch

    layers: list[torch.nn.Module] = []
    for weights, bias in task.first_weights():
        linear = torch.nn.Linear(*weights.shape)
        linear.weight.data, linear.bias.data = torch.tensor(weights.T.copy()), torch.tensor(bias)
        layers += [linear, torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers[:-1])
    make: dict[Recipe, Callable[..., torch.optim.Optimizer]] = {
        Recipe.SGD: torch.optim.SGD,
        Recipe.MOMENTUM: partial(torch.optim.SGD, momentum=BETA),
        Recipe.ADAM: partial(torch.optim.Adam, betas=(BETA1, BETA2), eps=EPSILON),
    }
    optimizer, loss = make[task.recipe](net.parameters(), lr=task.recipe.value, fused=True), torch.nn.CrossEntropyLoss()
    all_x, all_y = torch.tensor(task.x), torch.tensor(task.labels)

    def step(x: torch.Tensor, labels: torch.Tensor) -> None:
        optimizer.zero_grad(set_to_none=True)
        loss(net(x), labels).backward()
        optimizer.step()

    def epoch() -> None:
        for batch in torch.randperm(len(all_x)).split(BATCH):
            step(all_x[batch], all_y[batch])

    return Runs(partial(step, all_x[:BATCH], all_y[:BATCH]), epoch, lambda: loss(net(all_x), all_y).item())


def jax(task: Task) -> Runs:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    parameters = [(jnp.array(weights), jnp.array(bias)) for weights, bias in task.first_weights()]
    zeros = jax.tree.map(jnp.zeros_like, parameters)
    state = (parameters, {Recipe.SGD: (), Recipe.MOMENTUM: (zeros,), Recipe.ADAM: (zeros, zeros)}[task.recipe], 0)
    state = jax.tree.map(jnp.copy, state)  # no two of them may share memory: all is given away
    update = {Recipe.SGD: _jax_sgd, Recipe.MOMENTUM: _jax_momentum, Recipe.ADAM: _jax_adam}[task.recipe]

    def loss(parameters: Any, x: Any, labels: Any) -> Any:
        *hidden, last = parameters
        for weights, bias in hidden:
            x = jnp.maximum(x @ weights + bias, 0)
        logits = x @ last[0] + last[1]
        chosen = jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], axis=1)
        return -chosen.mean()

    @partial(jax.jit, donate_argnums=0)
    def compiled(state: Any, x: Any, labels: Any) -> Any:
        parameters, moments, t = state
        value, gradients = jax.value_and_grad(loss)(parameters, x, labels)
        return (*update(parameters, moments, gradients, t + 1, task.recipe.value), t + 1), value

    all_x, all_y = jnp.array(task.x), jnp.array(task.labels)
    one_x, one_y = all_x[:BATCH], all_y[:BATCH]

    def step() -> None:
        nonlocal state
        state, value = compiled(state, one_x, one_y)
        value.block_until_ready()

    def epoch() -> None:
        nonlocal state
        order = np.random.default_rng(0).permutation(len(task.x))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            state, value = compiled(state, task.x[batch], task.labels[batch])
        value.block_until_ready()

    return Runs(step, epoch, lambda: float(loss(state[0], all_x, all_y)))


def _jax_sgd(parameters: Any, moments: Any, gradients: Any, t: Any, rate: float) -> Any:
    import jax

    return jax.tree.map(lambda theta, g: theta - rate * g, parameters, gradients), ()


def _jax_momentum(parameters: Any, moments: Any, gradients: Any, t: Any, rate: float) -> Any:
    import jax

    m = jax.tree.map(lambda m, g: BETA * m - rate * g, moments[0], gradients)
    return jax.tree.map(lambda theta, m: theta + m, parameters, m), (m,)


def _jax_adam(parameters: Any, moments: Any, gradients: Any, t: Any, rate: float) -> Any:
    import jax
    import jax.numpy as jnp

    m = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, moments[0], gradients)
    s = jax.tree.map(lambda s, g: BETA2 * s + (1 - BETA2) * g * g, moments[1], gradients)

    def move(theta: Any, m: Any, s: Any) -> Any:
        of_m, of_s = ((1 - beta ** t.astype(theta.dtype)) for beta in (BETA1, BETA2))
        return theta - rate * (m / of_m) / (jnp.sqrt(s / of_s) + EPSILON)

    return jax.tree.map(move, parameters, m, s), (m, s)


def scikit_learn(task: Task) -> Runs:
    from sklearn.neural_network import MLPClassifier

    settings: dict[str, Any] = {
        Recipe.SGD: {"solver": "sgd", "momentum": 0.0, "nesterovs_momentum": False},
        Recipe.MOMENTUM: {"solver": "sgd", "momentum": BETA, "nesterovs_momentum": False},
        Recipe.ADAM: {"solver": "adam", "beta_1": BETA1, "beta_2": BETA2, "epsilon": EPSILON},
    }[task.recipe]
    x, labels = task.x, task.labels

    def classifier() -> MLPClassifier:
        net = MLPClassifier(
            task.hidden, alpha=0.0, batch_size=BATCH, learning_rate_init=task.recipe.value, random_state=0, **settings
        )
        net.partial_fit(x[:BATCH], labels[:BATCH], classes=np.arange(CLASSES))
        firsts = task.first_weights()
        for place, (weights, bias) in enumerate(firsts):
            net.coefs_[place][:], net.intercepts_[place][:] = weights, bias
        return net

    def loss() -> float:
        chosen = for_epochs.predict_proba(x)[np.arange(len(x)), labels]
        return -float(np.log(chosen).mean())

    for_steps, for_epochs = classifier(), classifier()
    return Runs(
        lambda: for_steps.partial_fit(x[:BATCH], labels[:BATCH]), lambda: for_epochs.partial_fit(x, labels), loss
    )


# name -> what makes it, and the package that it takes
CONTESTANTS: dict[str, tuple[Callable[[Task], Runs], str]] = {
    "ours": (ours, "numpy"),
    "NumPy": (textbook, "numpy"),
    "PyTorch": (pytorch, "torch"),
    "JAX": (jax, "jax"),
    "scikit-learn": (scikit_learn, "sklearn"),
}


def installed() -> dict[str, Callable[[Task], Runs]]:
    """Return the contestants whose package is here; ours and NumPy's always are."""
    return {name: make for name, (make, package) in CONTESTANTS.items() if find_spec(package)}
