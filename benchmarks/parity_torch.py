"""The deviations from PyTorch, computed live in float64; imported by `benchmarks.parity` where torch is installed."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from benchmarks.deviation import (
    Deviation,
    Step,
    descend,
    difference,
    momentum,
    path,
    plateau_rates,
    with_moments,
    with_squares,
)
from machine_room import activations, losses, optimizers, regularizers, schedules
from machine_room.worked_network import two_layer_gradient

ORACLE = f"PyTorch {torch.__version__.split('+')[0]}"
RNG = np.random.default_rng(20250401)
THETA = np.array([2.0, -1.0, 0.5])
GRADIENTS = RNG.normal(size=(12, 3)) * [1.0, 0.05, 5.0]
Z = np.array([-1000.0, -30.0, -3.0, -1.0, -0.25, 0.25, 1.0, 3.0, 30.0, 1000.0])  # without the kinks at 0

MOMENTS = {"learning_rate": 0.05, "beta1": 0.8, "beta2": 0.9, "epsilon": 0.1, "epsilon_inside": False}
TORCH_MOMENTS = {"lr": 0.05, "betas": (0.8, 0.9), "eps": 0.1}

OPTIMIZERS: dict[str, tuple[Step, Callable[..., torch.optim.Optimizer], dict[str, Any], str]] = {
    "sgd": (descend(0.05), torch.optim.SGD, {"lr": 0.05}, "the same"),
    "momentum": (momentum(0.05, 0.8), torch.optim.SGD, {"lr": 0.05, "momentum": 0.8}, "the same at a constant rate"),
    "nesterov": (
        momentum(0.05, 0.8, seen_ahead=True),
        torch.optim.SGD,
        {"lr": 0.05, "momentum": 0.8, "nesterov": True},
        "at the look-ahead point, constant rate",
    ),
    "adagrad": (
        with_squares(optimizers.adagrad_step, learning_rate=0.05, epsilon=0.1, epsilon_inside=False),
        torch.optim.Adagrad,
        {"lr": 0.05, "eps": 0.1},
        "epsilon outside",
    ),
    "rmsprop": (
        with_squares(optimizers.rmsprop_step, learning_rate=0.05, beta=0.8, epsilon=0.1, epsilon_inside=False),
        torch.optim.RMSprop,
        {"lr": 0.05, "alpha": 0.8, "eps": 0.1},
        "epsilon outside",
    ),
    "adam": (with_moments(optimizers.adam_step, **MOMENTS), torch.optim.Adam, TORCH_MOMENTS, "epsilon outside"),
    "nadam": (
        with_moments(optimizers.nadam_step, momentum_decay=0.004, **MOMENTS),
        torch.optim.NAdam,
        {**TORCH_MOMENTS, "momentum_decay": 0.004},
        "epsilon outside, momentum_decay=0.004",
    ),
    "adamw": (
        with_moments(optimizers.adamw_step, weight_decay=0.3, **MOMENTS),
        torch.optim.AdamW,
        {**TORCH_MOMENTS, "weight_decay": 0.3},
        "epsilon outside",
    ),
}

ACTIVATIONS: dict[str, tuple[dict[str, Any], Callable[[torch.Tensor], torch.Tensor]]] = {
    "sigmoid": ({}, torch.sigmoid),
    "tanh": ({}, torch.tanh),
    "relu": ({}, functional.relu),
    "leaky_relu": ({"alpha": 0.2}, lambda z: functional.leaky_relu(z, 0.2)),
    "elu": ({"alpha": 0.7}, lambda z: functional.elu(z, 0.7)),
    "selu": ({}, functional.selu),
    "gelu": ({}, functional.gelu),
    "gelu tanh": ({"approximate": True}, lambda z: functional.gelu(z, approximate="tanh")),
    "swish": ({}, functional.silu),
    "swish, beta 1.5": ({"beta": 1.5}, lambda z: z * torch.sigmoid(1.5 * z)),
    "mish": ({}, functional.mish),
    "softplus": ({}, lambda z: functional.softplus(z, threshold=500)),  # above its threshold PyTorch returns z
}


def deviations() -> Iterator[Deviation]:
    """Yield every comparison with PyTorch."""
    for name, (step, theirs, settings, convention) in OPTIMIZERS.items():
        ours = path(step, THETA, GRADIENTS)
        yield Deviation("optimizer", name, ORACLE, difference(ours, optimizer_path(theirs, settings)), convention)
    yield from _schedules()
    for name, (settings, theirs_at) in ACTIVATIONS.items():
        base = name.split(",")[0].split()[0]
        z = torch.tensor(Z, requires_grad=True)
        value = theirs_at(z)
        value.sum().backward()
        ours_at, derivative_at = getattr(activations, base), getattr(activations, f"{base}_derivative")
        yield Deviation("activation", name, ORACLE, difference(ours_at(Z, **settings), value.detach().numpy()))
        assert z.grad is not None
        yield Deviation("derivative", name, ORACLE, difference(derivative_at(Z, **settings), z.grad.numpy()))
    yield from _gradients()


def optimizer_path(optimizer: Callable[..., torch.optim.Optimizer], settings: dict[str, Any]) -> np.ndarray:
    """Return theta after each of PyTorch's steps along GRADIENTS."""
    theta = torch.tensor(THETA, requires_grad=True)
    running, points = optimizer([theta], **settings), []
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # else NAdam keeps its product of momenta in float32
    try:
        for gradient in GRADIENTS:
            theta.grad = torch.tensor(gradient)
            running.step()
            points.append(theta.detach().numpy().copy())
    finally:
        torch.set_default_dtype(default)
    return np.array(points)


def _rates(make: Callable[[torch.optim.Optimizer], Any], steps: int, rate: float) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)
    scheduler, rates = make(optimizer), []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def _schedules() -> Iterator[Deviation]:
    schedulers = torch.optim.lr_scheduler
    total, half = 50, 22  # one_cycle_schedule(total=50): 22 up, 22 down, 6 to the end
    ours: dict[str, tuple[Callable[[float], float], Callable[[torch.optim.Optimizer], Any], str]] = {
        "exponential": (
            schedules.Exponential(0.3, s=7),
            lambda optimizer: schedulers.ExponentialLR(optimizer, gamma=0.1 ** (1 / 7)),
            "gamma = factor**(1 / s)",
        ),
        "exponential staircase": (
            schedules.Exponential(0.3, s=7, staircase=True),
            lambda optimizer: schedulers.StepLR(optimizer, step_size=7, gamma=0.1),
            "the same",
        ),
        "piecewise constant": (
            schedules.PiecewiseConstant(boundaries=[5, 15], values=[0.3, 0.03, 0.003]),
            lambda optimizer: schedulers.MultiStepLR(optimizer, milestones=[5, 15], gamma=0.1),
            "the same",
        ),
        "warm-up": (
            schedules.WarmUp(0.3, s=10),
            lambda optimizer: schedulers.LinearLR(optimizer, start_factor=0.1, total_iters=9),
            "start_factor = 1 / s, total_iters = s - 1",
        ),
        "1cycle": (
            schedules.OneCycle(total=total, max_rate=0.3),
            lambda optimizer: schedulers.OneCycleLR(
                optimizer,
                max_lr=0.3,
                total_steps=total + 1,
                pct_start=(half + 1) / (total + 1),
                anneal_strategy="linear",
                three_phase=True,
                cycle_momentum=False,
                div_factor=10,
                final_div_factor=1000,
            ),
            "linear, three phases, no momentum cycle",
        ),
    }
    for name, (schedule, make, convention) in ours.items():
        rates = [schedule(t) for t in range(total)]
        yield Deviation("schedule", name, ORACLE, difference(rates, _rates(make, total, 0.3)), convention)
    metrics = [1.0, 0.9, 0.9, 0.9, 0.8, 0.8, 0.8, 0.79, 0.81, 0.7, 0.7, 0.7, 0.7]
    for patience, cooldown in ((1, 0), (2, 0), (3, 0), (1, 1), (2, 3)):
        theirs = _plateau_rates(metrics, patience=patience - 1, cooldown=cooldown)
        ours_rates = plateau_rates(metrics, factor=0.5, patience=patience, cooldown=cooldown + 1, min_delta=1e-4)
        yield Deviation(
            "schedule",
            f"plateau, {patience} and {cooldown}",
            ORACLE,
            difference(ours_rates, theirs),
            "their patience is one less, their cooldown one less",
        )


def _plateau_rates(metrics: list[float], *, patience: int, cooldown: int) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.5, patience=patience, cooldown=cooldown, threshold=1e-4, threshold_mode="abs"
    )
    rates = []
    for metric in metrics:
        scheduler.step(metric)
        rates.append(float(optimizer.param_groups[0]["lr"]))
    return rates


def _gradients() -> Iterator[Deviation]:
    """Compare penalties, cross-entropy and the whole two-layer backward pass with autograd."""
    x, labels = RNG.normal(size=(5, 4)), RNG.integers(0, 3, size=5)
    parameters = [RNG.normal(size=shape) for shape in ((4, 6), 6, (6, 3), 3)]
    tensors = [torch.tensor(array, requires_grad=True) for array in parameters]
    weights1, bias1, weights2, bias2 = tensors
    logits = torch.relu(torch.tensor(x) @ weights1 + bias1) @ weights2 + bias2
    loss = functional.cross_entropy(logits, torch.tensor(labels))
    loss.backward()
    ours = two_layer_gradient(x, labels, *parameters)
    worst = max(
        difference(gradient, tensor.grad.numpy())
        for gradient, tensor in zip(ours, tensors, strict=True)
        if tensor.grad is not None
    )
    yield Deviation("gradient", "two layers", ORACLE, worst)
    yield Deviation(
        "loss",
        "cross-entropy",
        ORACLE,
        difference(losses.cross_entropy(logits.detach().numpy(), labels)[0], loss.item()),
    )
    for name, regularizer in {"l1": regularizers.L1(0.3), "l2": regularizers.L2(0.3)}.items():
        w = torch.tensor(parameters[0], requires_grad=True)
        (0.3 * (w.abs() if name == "l1" else w.square()).sum()).backward()
        assert w.grad is not None
        yield Deviation("gradient", name, ORACLE, difference(regularizer.gradient(parameters[0]), w.grad.numpy()))
