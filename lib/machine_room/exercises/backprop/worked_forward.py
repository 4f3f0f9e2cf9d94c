"""The exercise forward_221: the lecture's network forward, number by number."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import worked_network
from machine_room.exercises.backprop.networks import NETWORK_AS_A_WHOLE, networks
from machine_room.exercises.exercise import Case, Exercise


def _forward_cases(rng: np.random.Generator) -> Iterator[Case]:
    for name, theta, x in networks(rng):
        yield Case(name, (theta, x))


forward_221 = Exercise(
    takes_integers=True,
    reference=worked_network.forward_221,
    cases=_forward_cases,
    withheld=[*NETWORK_AS_A_WHOLE, "layers.dense_forward"],
)


@forward_221.also_correct
def forward_with_matrices(theta, x):
    hidden, output = theta[:6].reshape(2, 3), theta[6:]
    z = hidden[:, :2] @ x + hidden[:, 2]
    h = np.maximum(z, 0)
    return {"z1": z[0], "z2": z[1], "h1": h[0], "h2": h[1], "yhat": output[:2] @ h + output[2]}


@forward_221.also_correct
def forward_with_if(theta, x):
    z1 = sum([theta[0] * x[0], theta[1] * x[1], theta[2]])
    z2 = sum([theta[3] * x[0], theta[4] * x[1], theta[5]])
    h1 = z1 if z1 > 0 else 0
    h2 = z2 if z2 > 0 else 0
    return dict(z1=z1, h1=h1, z2=z2, h2=h2, yhat=theta[6] * h1 + theta[7] * h2 + theta[8], loss=None)


@forward_221.mistake(
    "The hidden units pass on negative values. ReLU cuts them off: h1 = max(0, z1), and the same for h2."
)
def forward_without_relu(theta, x):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    return {"z1": z1, "h1": z1, "z2": z2, "h2": z2, "yhat": v11 * z1 + v21 * z2 + c1}


@forward_221.mistake(
    "h1 and h2 are right, but yhat is made of z1 and z2. What leaves the hidden units is h: use h1, h2."
)
def forward_outputs_from_z(theta, x):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    return {"z1": z1, "h1": max(0, z1), "z2": z2, "h2": max(0, z2), "yhat": v11 * z1 + v21 * z2 + c1}


@forward_221.mistake("The output unit is linear: yhat may be negative, so no ReLU there.")
def forward_cuts_the_output(theta, x):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    return {"z1": z1, "h1": h1, "z2": z2, "h2": h2, "yhat": max(0, v11 * h1 + v21 * h2 + c1)}


@forward_221.mistake("The biases of the hidden units are missing: add b1 to z1 and b2 to z2.")
def forward_without_hidden_biases(theta, x):
    w11, w21, _, w12, w22, _, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1], w12 * x[0] + w22 * x[1]
    h1, h2 = max(0, z1), max(0, z2)
    return {"z1": z1, "h1": h1, "z2": z2, "h2": h2, "yhat": v11 * h1 + v21 * h2 + c1}


@forward_221.mistake("The output's bias is missing: add c1 to yhat.")
def forward_without_output_bias(theta, x):
    w11, w21, b1, w12, w22, b2, v11, v21, _ = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    return {"z1": z1, "h1": h1, "z2": z2, "h2": h2, "yhat": v11 * h1 + v21 * h2}


@forward_221.mistake(
    "w12 and w21 are in each other's place. The first index says where a weight comes from, the second where it goes: "
    "w21 leads from input 2 to unit 1."
)
def forward_swaps_the_indices(theta, x):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w12 * x[1] + b1, w21 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    return {"z1": z1, "h1": h1, "z2": z2, "h2": h2, "yhat": v11 * h1 + v21 * h2 + c1}


@forward_221.mistake("The two inputs are in each other's place: w11 goes with x[0], w21 with x[1].")
def forward_swaps_the_inputs(theta, x):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[1] + w21 * x[0] + b1, w12 * x[1] + w22 * x[0] + b2
    h1, h2 = max(0, z1), max(0, z2)
    return {"z1": z1, "h1": h1, "z2": z2, "h2": h2, "yhat": v11 * h1 + v21 * h2 + c1}


@forward_221.mistake(
    "You read theta as all weights first, then the biases. It goes unit by unit: w11, w21, b1, then w12, w22, b2, then "
    "the output's two weights and bias."
)
def forward_reads_weights_first(theta, x):
    w11, w21, w12, w22, b1, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    return {"z1": z1, "h1": h1, "z2": z2, "h2": h2, "yhat": v11 * h1 + v21 * h2 + c1}


@forward_221.mistake("h2 is made of z1: a copied line. Write max(0, z2).")
def forward_copies_a_line(theta, x):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z1)
    return {"z1": z1, "h1": h1, "z2": z2, "h2": h2, "yhat": v11 * h1 + v21 * h2 + c1}


@forward_221.mistake("The output's weights are in each other's place: v11 goes with h1, v21 with h2.")
def forward_swaps_the_output_weights(theta, x):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0, z1), max(0, z2)
    return {"z1": z1, "h1": h1, "z2": z2, "h2": h2, "yhat": v21 * h1 + v11 * h2 + c1}


@forward_221.mistake("ReLU is not the absolute value: a negative z gives 0, not -z.")
def forward_takes_abs(theta, x):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = abs(z1), abs(z2)
    return {"z1": z1, "h1": h1, "z2": z2, "h2": h2, "yhat": v11 * h1 + v21 * h2 + c1}


@forward_221.mistake("ReLU keeps what is positive: max(0, z), not min(0, z).")
def forward_takes_min(theta, x):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = min(0, z1), min(0, z2)
    return {"z1": z1, "h1": h1, "z2": z2, "h2": h2, "yhat": v11 * h1 + v21 * h2 + c1}


@forward_221.mistake("h is the 0 or 1 of the switch. Where the unit is on, ReLU lets z itself through: max(0, z).")
def forward_passes_the_switch(theta, x):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = int(z1 > 0), int(z2 > 0)
    return {"z1": z1, "h1": h1, "z2": z2, "h2": h2, "yhat": v11 * h1 + v21 * h2 + c1}


@forward_221.mistake("Your hidden units squash z with a sigmoid. This network has ReLU units: max(0, z).")
def forward_takes_sigmoid(theta, x):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = 1 / (1 + np.exp(-z1)), 1 / (1 + np.exp(-z2))
    return {"z1": z1, "h1": h1, "z2": z2, "h2": h2, "yhat": v11 * h1 + v21 * h2 + c1}


@forward_221.mistake("Python counts from 0: the formula's x1 and x2 are x[0] and x[1].")
def forward_counts_from_one(theta, x):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[1] + w21 * x[2] + b1, w12 * x[1] + w22 * x[2] + b2
    h1, h2 = max(0, z1), max(0, z2)
    return {"z1": z1, "h1": h1, "z2": z2, "h2": h2, "yhat": v11 * h1 + v21 * h2 + c1}


@forward_221.mistake(
    "z1 and z2 are what goes into ReLU, h1 and h2 what comes out. Your z is cut off too: keep it as it was, and give h "
    "a name of its own."
)
def forward_overwrites_the_sums(theta, x):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = max(0, w11 * x[0] + w21 * x[1] + b1), max(0, w12 * x[0] + w22 * x[1] + b2)
    return {"z1": z1, "h1": z1, "z2": z2, "h2": z2, "yhat": v11 * z1 + v21 * z2 + c1}


@forward_221.mistake(
    "np.max looks for the largest entry of one array; its second argument is an axis. The larger of two numbers is "
    "max(0, z1), or np.maximum(0, z1)."
)
def forward_uses_max_for_maximum(theta, x):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = np.max(0, z1), np.max(0, z2)
    return {"z1": z1, "h1": h1, "z2": z2, "h2": h2, "yhat": v11 * h1 + v21 * h2 + c1}


@forward_221.mistake("The biases of the hidden units are added, not subtracted: + b1, + b2.")
def forward_subtracts_the_biases(theta, x):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] - b1, w12 * x[0] + w22 * x[1] - b2
    h1, h2 = max(0, z1), max(0, z2)
    return {"z1": z1, "h1": h1, "z2": z2, "h2": h2, "yhat": v11 * h1 + v21 * h2 + c1}


@forward_221.mistake("A unit that is off outputs 0, not a hundredth of z: that would be leaky ReLU.")
def forward_leaks(theta, x):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * x[0] + w21 * x[1] + b1, w12 * x[0] + w22 * x[1] + b2
    h1, h2 = max(0.01 * z1, z1), max(0.01 * z2, z2)
    return {"z1": z1, "h1": h1, "z2": z2, "h2": h2, "yhat": v11 * h1 + v21 * h2 + c1}


@forward_221.mistake("You use the inputs -5 and 2 whatever the caller passes. Use the argument: x[0], x[1].")
def forward_with_the_slides_inputs(theta, x):
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = theta
    z1, z2 = w11 * -5 + w21 * 2 + b1, w12 * -5 + w22 * 2 + b2
    h1, h2 = max(0, z1), max(0, z2)
    return {"z1": z1, "h1": h1, "z2": z2, "h2": h2, "yhat": v11 * h1 + v21 * h2 + c1}


@forward_221.mistake(
    "You use the slide's weights whatever the caller passes. Use w11, w21, b1 and so on, out of theta."
)
def forward_with_the_slides_weights(theta, x):
    z1, z2 = 1 * x[0] + 4 * x[1] + 3, 2 * x[0] + 1 * x[1] - 2
    h1, h2 = max(0, z1), max(0, z2)
    return {"z1": z1, "h1": h1, "z2": z2, "h2": h2, "yhat": 2 * h1 + 3 * h2 - 2}
