"""The exercise backward_221: the lecture's network backward, slope by slope."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import worked_network
from machine_room.exercises.backprop.networks import LECTURE_THETA, LECTURE_Y, NETWORK_AS_A_WHOLE, networks
from machine_room.exercises.exercise import Case, Exercise


def _backward_cases(rng: np.random.Generator) -> Iterator[Case]:
    for name, theta, x in networks(rng):
        yield Case(name, (theta, x, LECTURE_Y if theta is LECTURE_THETA else float(rng.integers(4, 9))))


backward_221 = Exercise(
    reference=worked_network.backward_221,
    takes_integers=True,
    cases=_backward_cases,
    withheld=[
        *NETWORK_AS_A_WHOLE,
        "layers.dense_backward",
        "losses.squared_error",
        "activations.relu_backward",
        "activations.relu_derivative",
    ],
    entries={"gradient": ("w11", "w21", "b1", "w12", "w22", "b2", "v11", "v21", "c1")},
)


@backward_221.also_correct
def backward_with_matrices(theta, x, y):
    block, v, c = theta[:6].reshape(2, 3), theta[6:8], theta[8]
    z = block[:, :2] @ x + block[:, 2]
    h = np.maximum(z, 0)
    dyhat = 2 * (v @ h + c - y)
    dh = dyhat * v
    dz = np.where(z > 0, dh, 0)
    gradient = np.concatenate([np.outer(dz, np.append(x, 1)).ravel(), dyhat * h, [dyhat]])
    return {"gradient": gradient, "dyhat": dyhat, "dh1": dh[0], "dh2": dh[1], "dz1": dz[0], "dz2": dz[1]}


@backward_221.also_correct
def backward_with_if(theta, x, y):
    def unit(w, u, b):
        z = w * x[0] + u * x[1] + b
        return max(z, 0), 1.0 if z >= 0 else 0.0

    h1, slope1 = unit(*theta[:3])
    h2, slope2 = unit(*theta[3:6])
    error = theta[6] * h1 + theta[7] * h2 + theta[8] - y
    slopes = {"dyhat": error + error, "dh1": 2 * theta[6] * error, "dh2": 2 * theta[7] * error}
    slopes["dz1"], slopes["dz2"] = slope1 * slopes["dh1"], slope2 * slopes["dh2"]
    gradient = []
    for dz in (slopes["dz1"], slopes["dz2"]):
        gradient += [dz * x[0], dz * x[1], dz]
    gradient += [slopes["dyhat"] * h1, slopes["dyhat"] * h2, slopes["dyhat"]]
    slopes["gradient"] = np.array(gradient)
    return slopes


@backward_221.mistake("The slope of the square is missing its factor 2: L = (yhat - y)**2, so dyhat = 2 * (yhat - y).")
def backward_forgets_the_two(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = v11 * h1 + v21 * h2 + c1 - y
    dh1, dh2 = dyhat * v11, dyhat * v21
    dz1, dz2 = dh1 * (z1 > 0), dh2 * (z2 > 0)
    gradient = np.array([dz1 * x[0], dz1 * x[1], dz1, dz2 * x[0], dz2 * x[1], dz2, dyhat * h1, dyhat * h2, dyhat])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake("Everything has the wrong sign: it starts with 2 * (yhat - y), not 2 * (y - yhat).")
def backward_has_the_wrong_sign(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * (y - (v11 * h1 + v21 * h2 + c1))
    dh1, dh2 = dyhat * v11, dyhat * v21
    dz1, dz2 = dh1 * (z1 > 0), dh2 * (z2 > 0)
    gradient = np.array([dz1 * x[0], dz1 * x[1], dz1, dz2 * x[0], dz2 * x[1], dz2, dyhat * h1, dyhat * h2, dyhat])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake("dyhat is the loss itself. It should be its slope: 2 * (yhat - y).")
def backward_starts_with_the_loss(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = (v11 * h1 + v21 * h2 + c1 - y) ** 2
    dh1, dh2 = dyhat * v11, dyhat * v21
    dz1, dz2 = dh1 * (z1 > 0), dh2 * (z2 > 0)
    gradient = np.array([dz1 * x[0], dz1 * x[1], dz1, dz2 * x[0], dz2 * x[1], dz2, dyhat * h1, dyhat * h2, dyhat])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake(
    "Slopes pass through a unit that is off. ReLU's own slope is 1 where z > 0 and 0 elsewhere: multiply dh by it to "
    "get dz."
)
def backward_ignores_relu(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * (v11 * h1 + v21 * h2 + c1 - y)
    dh1, dh2 = dyhat * v11, dyhat * v21
    dz1, dz2 = dh1, dh2
    gradient = np.array([dz1 * x[0], dz1 * x[1], dz1, dz2 * x[0], dz2 * x[1], dz2, dyhat * h1, dyhat * h2, dyhat])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake(
    "Going back through ReLU you multiply by its value h. Multiply by its slope: 1 where z > 0, else 0."
)
def backward_multiplies_by_the_value(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * (v11 * h1 + v21 * h2 + c1 - y)
    dh1, dh2 = dyhat * v11, dyhat * v21
    dz1, dz2 = dh1 * h1, dh2 * h2
    gradient = np.array([dz1 * x[0], dz1 * x[1], dz1, dz2 * x[0], dz2 * x[1], dz2, dyhat * h1, dyhat * h2, dyhat])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake(
    "You switch on the sign of dh. What counts is whether the unit was on in the forward pass: z > 0."
)
def backward_switches_on_the_slope(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * (v11 * h1 + v21 * h2 + c1 - y)
    dh1, dh2 = dyhat * v11, dyhat * v21
    dz1, dz2 = max(0, dh1), max(0, dh2)
    gradient = np.array([dz1 * x[0], dz1 * x[1], dz1, dz2 * x[0], dz2 * x[1], dz2, dyhat * h1, dyhat * h2, dyhat])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake("h * (1 - h) is the slope of a sigmoid. These units are ReLUs: 1 where z > 0, else 0.")
def backward_takes_sigmoids_slope(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * (v11 * h1 + v21 * h2 + c1 - y)
    dh1, dh2 = dyhat * v11, dyhat * v21
    dz1, dz2 = dh1 * h1 * (1 - h1), dh2 * h2 * (1 - h2)
    gradient = np.array([dz1 * x[0], dz1 * x[1], dz1, dz2 * x[0], dz2 * x[1], dz2, dyhat * h1, dyhat * h2, dyhat])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake(
    "The slopes of the output's weights are made of z. What flows through these weights is h, what ReLU lets out: "
    "dyhat * h1, dyhat * h2."
)
def backward_outputs_from_z(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * (v11 * h1 + v21 * h2 + c1 - y)
    dh1, dh2 = dyhat * v11, dyhat * v21
    dz1, dz2 = dh1 * (z1 > 0), dh2 * (z2 > 0)
    gradient = np.array([dz1 * x[0], dz1 * x[1], dz1, dz2 * x[0], dz2 * x[1], dz2, dyhat * z1, dyhat * z2, dyhat])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake("A slope crosses a weight by being multiplied with it: dh1 = dyhat * v11, dh2 = dyhat * v21.")
def backward_skips_the_output_weights(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * (v11 * h1 + v21 * h2 + c1 - y)
    dh1, dh2 = dyhat, dyhat
    dz1, dz2 = dh1 * (z1 > 0), dh2 * (z2 > 0)
    gradient = np.array([dz1 * x[0], dz1 * x[1], dz1, dz2 * x[0], dz2 * x[1], dz2, dyhat * h1, dyhat * h2, dyhat])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake("The output's weights are in each other's place: v11 leads back to h1, v21 to h2.")
def backward_swaps_the_output_weights(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * (v11 * h1 + v21 * h2 + c1 - y)
    dh1, dh2 = dyhat * v21, dyhat * v11
    dz1, dz2 = dh1 * (z1 > 0), dh2 * (z2 > 0)
    gradient = np.array([dz1 * x[0], dz1 * x[1], dz1, dz2 * x[0], dz2 * x[1], dz2, dyhat * h1, dyhat * h2, dyhat])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake(
    "dw21 and dw12 are in each other's place. w21 leads from input 2 to unit 1, so its slope is dz1 * x[1]."
)
def backward_swaps_the_indices(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * (v11 * h1 + v21 * h2 + c1 - y)
    dh1, dh2 = dyhat * v11, dyhat * v21
    dz1, dz2 = dh1 * (z1 > 0), dh2 * (z2 > 0)
    gradient = np.array([dz1 * x[0], dz2 * x[0], dz1, dz1 * x[1], dz2 * x[1], dz2, dyhat * h1, dyhat * h2, dyhat])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake("The slope of a weight of layer 1 is dz times the *input* it carries: dz1 * x[0], not dz1 * w11.")
def backward_multiplies_by_the_weight(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * (v11 * h1 + v21 * h2 + c1 - y)
    dh1, dh2 = dyhat * v11, dyhat * v21
    dz1, dz2 = dh1 * (z1 > 0), dh2 * (z2 > 0)
    gradient = np.array([dz1 * w11, dz1 * w21, dz1, dz2 * w12, dz2 * w22, dz2, dyhat * h1, dyhat * h2, dyhat])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake(
    "The slopes of the biases are wrong. A bias is a weight whose input is always 1, so its slope is dz itself "
    "(and dyhat for the output's)."
)
def backward_multiplies_by_the_bias(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * (v11 * h1 + v21 * h2 + c1 - y)
    dh1, dh2 = dyhat * v11, dyhat * v21
    dz1, dz2 = dh1 * (z1 > 0), dh2 * (z2 > 0)
    gradient = np.array(
        [dz1 * x[0], dz1 * x[1], dz1 * b1, dz2 * x[0], dz2 * x[1], dz2 * b2, dyhat * h1, dyhat * h2, dyhat * c1]
    )
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake("The slopes of the biases are missing: they are dz1, dz2 and dyhat, not 0.")
def backward_forgets_the_biases(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * (v11 * h1 + v21 * h2 + c1 - y)
    dh1, dh2 = dyhat * v11, dyhat * v21
    dz1, dz2 = dh1 * (z1 > 0), dh2 * (z2 > 0)
    gradient = np.array([dz1 * x[0], dz1 * x[1], 0, dz2 * x[0], dz2 * x[1], 0, dyhat * h1, dyhat * h2, 0])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake(
    "The numbers are right, their order is not. Each unit's weights and then its bias: w11, w21, b1, w12, w22, b2, and "
    "the output's last."
)
def backward_puts_biases_last(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * (v11 * h1 + v21 * h2 + c1 - y)
    dh1, dh2 = dyhat * v11, dyhat * v21
    dz1, dz2 = dh1 * (z1 > 0), dh2 * (z2 > 0)
    gradient = np.array([dz1 * x[0], dz1 * x[1], dz2 * x[0], dz2 * x[1], dz1, dz2, dyhat * h1, dyhat * h2, dyhat])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake(
    "The gradient starts with the output unit, in the order in which you found the slopes. Return it in the order of "
    "theta: layer 1 first."
)
def backward_puts_the_output_first(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * (v11 * h1 + v21 * h2 + c1 - y)
    dh1, dh2 = dyhat * v11, dyhat * v21
    dz1, dz2 = dh1 * (z1 > 0), dh2 * (z2 > 0)
    gradient = np.array([dyhat * h1, dyhat * h2, dyhat, dz1 * x[0], dz1 * x[1], dz1, dz2 * x[0], dz2 * x[1], dz2])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake("Layer 1's slopes are made of dh, as if ReLU were not there. Use dz1 and dz2.")
def backward_uses_dh_for_layer_one(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * (v11 * h1 + v21 * h2 + c1 - y)
    dh1, dh2 = dyhat * v11, dyhat * v21
    dz1, dz2 = dh1 * (z1 > 0), dh2 * (z2 > 0)
    gradient = np.array([dh1 * x[0], dh1 * x[1], dh1, dh2 * x[0], dh2 * x[1], dh2, dyhat * h1, dyhat * h2, dyhat])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake(
    "dh1 and dh2 are dyhat times h: those are the slopes of the output's *weights*. The slope of a value is dyhat "
    "times the weight it goes through: dh1 = dyhat * v11."
)
def backward_takes_values_for_weights(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * (v11 * h1 + v21 * h2 + c1 - y)
    dh1, dh2 = dyhat * h1, dyhat * h2
    dz1, dz2 = dh1 * (z1 > 0), dh2 * (z2 > 0)
    gradient = np.array([dz1 * x[0], dz1 * x[1], dz1, dz2 * x[0], dz2 * x[1], dz2, dyhat * h1, dyhat * h2, dyhat])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake("dyhat keeps its sign: where yhat is below y it is negative. No absolute value: 2 * (yhat - y).")
def backward_takes_the_absolute_error(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * abs(v11 * h1 + v21 * h2 + c1 - y)
    dh1, dh2 = dyhat * v11, dyhat * v21
    dz1, dz2 = dh1 * (z1 > 0), dh2 * (z2 > 0)
    gradient = np.array([dz1 * x[0], dz1 * x[1], dz1, dz2 * x[0], dz2 * x[1], dz2, dyhat * h1, dyhat * h2, dyhat])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake(
    "The gradient has the wrong sign. The minus belongs to the step, which comes later; here return the slopes "
    "themselves."
)
def backward_points_downhill(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * (v11 * h1 + v21 * h2 + c1 - y)
    dh1, dh2 = dyhat * v11, dyhat * v21
    dz1, dz2 = dh1 * (z1 > 0), dh2 * (z2 > 0)
    gradient = -np.array([dz1 * x[0], dz1 * x[1], dz1, dz2 * x[0], dz2 * x[1], dz2, dyhat * h1, dyhat * h2, dyhat])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake("You use the target 8 whatever the caller passes. Use the argument y.")
def backward_with_the_slides_target(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * (v11 * h1 + v21 * h2 + c1 - 8)
    dh1, dh2 = dyhat * v11, dyhat * v21
    dz1, dz2 = dh1 * (z1 > 0), dh2 * (z2 > 0)
    gradient = np.array([dz1 * x[0], dz1 * x[1], dz1, dz2 * x[0], dz2 * x[1], dz2, dyhat * h1, dyhat * h2, dyhat])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake("dyhat starts with yhat + y. The error is the difference: 2 * (yhat - y).")
def backward_adds_the_target(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * (v11 * h1 + v21 * h2 + c1 + y)
    dh1, dh2 = dyhat * v11, dyhat * v21
    dz1, dz2 = dh1 * (z1 > 0), dh2 * (z2 > 0)
    gradient = np.array([dz1 * x[0], dz1 * x[1], dz1, dz2 * x[0], dz2 * x[1], dz2, dyhat * h1, dyhat * h2, dyhat])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake(
    "dh1 and dh2 are the bare weights. Multiply what came back by them: dh1 = dyhat * v11, dh2 = dyhat * v21."
)
def backward_drops_what_came_back(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * (v11 * h1 + v21 * h2 + c1 - y)
    dh1, dh2 = v11 * 1.0, v21 * 1.0
    dz1, dz2 = dh1 * (z1 > 0), dh2 * (z2 > 0)
    gradient = np.array([dz1 * x[0], dz1 * x[1], dz1, dz2 * x[0], dz2 * x[1], dz2, dyhat * h1, dyhat * h2, dyhat])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake("dz1 and dz2 are ReLU's own slope, 0 or 1. Multiply it by what came back: dz1 = dh1 * (z1 > 0).")
def backward_returns_the_switch(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * (v11 * h1 + v21 * h2 + c1 - y)
    dh1, dh2 = dyhat * v11, dyhat * v21
    dz1, dz2 = (z1 > 0) * 1.0, (z2 > 0) * 1.0
    gradient = np.array([dz1 * x[0], dz1 * x[1], dz1, dz2 * x[0], dz2 * x[1], dz2, dyhat * h1, dyhat * h2, dyhat])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake(
    "The numbers are right, their order is not. In theta each unit's bias comes after its weights: w11, w21, b1, and "
    "so on."
)
def backward_puts_biases_first(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * (v11 * h1 + v21 * h2 + c1 - y)
    dh1, dh2 = dyhat * v11, dyhat * v21
    dz1, dz2 = dh1 * (z1 > 0), dh2 * (z2 > 0)
    gradient = np.array([dz1, dz1 * x[0], dz1 * x[1], dz2, dz2 * x[0], dz2 * x[1], dyhat, dyhat * h1, dyhat * h2])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake(
    "The slopes of the output's weights are dyhat times the weights. A weight's slope is what flowed through it, times "
    "what came back: dyhat * h1, dyhat * h2."
)
def backward_takes_weights_for_values(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * (v11 * h1 + v21 * h2 + c1 - y)
    dh1, dh2 = dyhat * v11, dyhat * v21
    dz1, dz2 = dh1 * (z1 > 0), dh2 * (z2 > 0)
    gradient = np.array([dz1 * x[0], dz1 * x[1], dz1, dz2 * x[0], dz2 * x[1], dz2, dyhat * v11, dyhat * v21, dyhat])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake(
    "The two inputs are in each other's place: the slope of w11 is dz1 * x[0], that of w21 dz1 * x[1]."
)
def backward_swaps_the_inputs(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * (v11 * h1 + v21 * h2 + c1 - y)
    dh1, dh2 = dyhat * v11, dyhat * v21
    dz1, dz2 = dh1 * (z1 > 0), dh2 * (z2 > 0)
    gradient = np.array([dz1 * x[1], dz1 * x[0], dz1, dz2 * x[1], dz2 * x[0], dz2, dyhat * h1, dyhat * h2, dyhat])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake("You switch both units on z1. Each has its own switch: dz2 = dh2 * (z2 > 0).")
def backward_copies_the_switch(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    dyhat = 2 * (v11 * h1 + v21 * h2 + c1 - y)
    dh1, dh2 = dyhat * v11, dyhat * v21
    dz1, dz2 = dh1 * (z1 > 0), dh2 * (z1 > 0)
    gradient = np.array([dz1 * x[0], dz1 * x[1], dz1, dz2 * x[0], dz2 * x[1], dz2, dyhat * h1, dyhat * h2, dyhat])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


@backward_221.mistake(
    "The forward pass is wrong already: without ReLU, yhat is another number, and everything behind it. Check your "
    "forward_221 first."
)
def backward_after_a_forward_pass_without_relu(theta, x, y):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    dyhat = 2 * (v11 * z1 + v21 * z2 + c1 - y)
    dh1, dh2 = dyhat * v11, dyhat * v21
    dz1, dz2 = dh1 * (z1 > 0), dh2 * (z2 > 0)
    gradient = np.array([dz1 * x[0], dz1 * x[1], dz1, dz2 * x[0], dz2 * x[1], dz2, dyhat * z1, dyhat * z2, dyhat])
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}
