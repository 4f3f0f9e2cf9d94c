"""What notebook 3 claims of first steps, of averages that start at 0, and of how PyTorch writes the same."""

from __future__ import annotations

from typing import Any

import numpy as np

from machine_room import optimizers
from tests.course.claims.registry import claim, near

RATE, BETA = 0.1, 0.9


@claim("averages-that-start-at-zero")
def what_is_left_of_the_average_is_1_minus_beta_to_the_t() -> None:
    m = np.zeros(1)
    for t, stated in ((1, 0.1), (2, 0.19), (3, 0.271)):
        m = optimizers.first_moment(np.ones(1), m, beta1=BETA)
        near(float(m[0]), stated, 1e-12)
        near(float(m[0]), 1 - BETA**t, 1e-12)


@claim("first-steps-of-seven")
def three_first_steps_are_alike_and_two_others_and_one_is_far_too_long() -> None:
    theta, slope, zero = np.zeros(1), np.array([-3.0]), np.zeros(1)
    moments: dict[str, Any] = {"learning_rate": RATE, "beta1": BETA, "beta2": 0.999, "epsilon": 1e-16}
    momentum: dict[str, Any] = {"learning_rate": RATE, "beta": BETA}
    adaptive: dict[str, Any] = {"learning_rate": RATE, "epsilon": 1e-16}
    found = {
        "SGD": optimizers.gradient_descent_step(theta, slope, learning_rate=RATE),
        "Momentum": optimizers.momentum_step(theta, slope, zero, **momentum)[0],
        "NAG": optimizers.nesterov_step(theta, lambda at: slope, zero, **momentum)[0],
        "AdaGrad": optimizers.adagrad_step(theta, slope, zero, **adaptive)[0],
        "RMSProp": optimizers.rmsprop_step(theta, slope, zero, beta=0.999, **adaptive)[0],
        "Adam": optimizers.adam_step(theta, slope, zero, zero, 1, **moments)[0],
        "Nadam": optimizers.nadam_step(theta, slope, zero, zero, 1, **moments)[0],
    }
    lengths = {name: abs(float(moved[0])) for name, moved in found.items()}
    np.testing.assert_allclose([lengths[name] for name in ("SGD", "Momentum", "NAG")], RATE * 3)
    np.testing.assert_allclose([lengths[name] for name in ("AdaGrad", "Adam")], RATE)
    assert {name for name, length in lengths.items() if length > 20 * RATE} == {"RMSProp"}


# --- PyTorch


def gradient_at(theta: Any) -> Any:
    return np.array([1.0, 20.0]) * theta


def walk_of_torch(optimizer: Any, parameter: Any, rates: list[float]) -> list[Any]:
    import torch

    path = []
    for rate in rates:
        optimizer.param_groups[0]["lr"] = rate
        parameter.grad = torch.tensor(gradient_at(parameter.detach().numpy()))
        optimizer.step()
        path.append(parameter.detach().numpy().copy())
    return path


def parameter_of_torch() -> Any:
    import torch

    return torch.nn.Parameter(torch.tensor([2.0, -1.0], dtype=torch.float64))


@claim("pytorch-keeps-eta-outside")
def after_a_drop_of_the_rate_pytorchs_momentum_drops_at_once() -> None:
    import torch

    parameter = parameter_of_torch()
    start, rates = parameter.detach().numpy().copy(), [0.02] * 5 + [0.002] * 5
    theirs = walk_of_torch(torch.optim.SGD([parameter], lr=1.0, momentum=BETA), parameter, rates)
    theta, m, kept = start.copy(), np.zeros(2), []
    outside, average = start.copy(), np.zeros(2)
    for rate, place in zip(rates, theirs, strict=True):
        theta, m = optimizers.momentum_step(theta, gradient_at(theta), m, learning_rate=rate, beta=BETA)
        kept.append(theta)
        average = BETA * average + gradient_at(outside)
        outside = outside - rate * average
        np.testing.assert_allclose(place, outside, atol=1e-12)
    np.testing.assert_allclose(theirs[4], kept[4], atol=1e-12)  # the same until the rate drops
    assert np.abs(theirs[5] - kept[5]).max() > 0.01


@claim("the-same-path-from-one-step-ahead")
def pytorchs_theta_is_our_look_ahead_point() -> None:
    import torch

    parameter = parameter_of_torch()
    theta, m = parameter.detach().numpy().copy(), np.zeros(2)
    optimizer = torch.optim.SGD([parameter], lr=0.02, momentum=BETA, nesterov=True)
    for place in walk_of_torch(optimizer, parameter, [0.02] * 20):
        theta, m = optimizers.nesterov_step(theta, gradient_at, m, learning_rate=0.02, beta=BETA)
        np.testing.assert_allclose(place, optimizers.nesterov_lookahead(theta, m, beta=BETA), atol=1e-12)


@claim("pytorch-adds-epsilon-outside")
def pytorchs_adagrad_adds_epsilon_to_the_root() -> None:
    import torch

    parameter, epsilon = parameter_of_torch(), 0.5
    theta, s = parameter.detach().numpy().copy(), np.zeros(2)
    for place in walk_of_torch(torch.optim.Adagrad([parameter], lr=RATE, eps=epsilon), parameter, [RATE] * 5):
        gradient = gradient_at(theta)
        s = s + gradient**2
        theta = theta - RATE * gradient / (np.sqrt(s) + epsilon)
        np.testing.assert_allclose(place, theta, atol=1e-12)
