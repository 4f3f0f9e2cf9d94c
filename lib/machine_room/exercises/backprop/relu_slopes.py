"""The exercise relu_backward: slopes back through ReLU."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import activations
from machine_room.exercises.exercise import Case, Curve, Exercise
from machine_room.translation import sentence


def _away_from_zero(rng: np.random.Generator, shape: tuple[int, ...], positive: float = 0.5) -> np.ndarray:
    """Draw numbers of both signs, none near 0, where the slope of ReLU jumps and any choice is right."""
    size = rng.uniform(0.2, 2, size=shape).round(2)
    return np.where(rng.random(shape) < positive, size, -size)


def _relu_cases(rng: np.random.Generator) -> Iterator[Case]:
    for name, shape in (
        (sentence("one example"), (1, 4)),
        (sentence("a batch of 3"), (3, 4)),
        (sentence("a square batch"), (3, 3)),
    ):
        dh, z = _away_from_zero(rng, shape), _away_from_zero(rng, shape)
        dh[0, :4], z[0, :4] = [1.5, -0.5, 0.75, -1.25][: shape[1]], [2, 0.5, -3, -0.5][: shape[1]]
        yield Case(name, (dh, z))
    dh, z = _away_from_zero(rng, (2, 3)), _away_from_zero(rng, (2, 3))
    # nothing comes back to the unit at 0, so that any slope is right there; 0/0 is not
    dh[1, :2], z[1, :2] = [0.0, 1.25], [0.0, -0.75]
    yield Case("a unit at exactly 0", (dh, z))
    dh, z = _away_from_zero(rng, (5, 3)).astype(np.float32), _away_from_zero(rng, (5, 3)).astype(np.float32)
    yield Case("float32", (dh, z))


relu_backward = Exercise(
    reference=activations.relu_backward,
    cases=_relu_cases,
    withheld=[
        "activations.relu_derivative",
        "activations.leaky_relu_derivative",
        "activations.elu_derivative",
        "layers.Activation.backward",
    ],
    curve=Curve(
        -2, 2, lambda z: (-(z != 0).astype(float), z), label=sentence("z, where dh is -1,")
    ),  # at 0 any slope is right
)


@relu_backward.also_correct
def relu_with_where(dh, z):
    return np.where(z >= 0, dh, 0)


@relu_backward.also_correct
def relu_with_a_mask(dh, z):
    dz = dh.copy()
    dz[z <= 0] = 0
    return dz


@relu_backward.also_correct
def relu_with_loops(dh, z):
    return np.array([[d if v > 0 else 0.0 for d, v in zip(*rows, strict=True)] for rows in zip(dh, z, strict=True)])


@relu_backward.also_correct
def relu_with_heaviside(dh, z):
    return dh * np.heaviside(z, 0.5)


@relu_backward.mistake("You pass dh on unchanged. Where z was negative the unit was off, and nothing goes back: 0.")
def relu_passes_everything(dh, z):
    return dh * 1.0


@relu_backward.mistake("The switch is the sign of z, what went in, not the sign of dh.")
def relu_switches_on_dh(dh, z):
    return dh * (dh > 0)


@relu_backward.mistake("dh may be negative and still pass. Only the sign of z counts.")
def relu_switches_on_both(dh, z):
    return dh * ((dh > 0) & (z > 0))


@relu_backward.mistake("You multiply by the value of ReLU. Multiply by its slope: 1 where z > 0, else 0.")
def relu_multiplies_by_the_value(dh, z):
    return dh * np.maximum(0, z)


@relu_backward.mistake("You multiply by z. Multiply by the slope of ReLU at z: 1 where z > 0, else 0.")
def relu_multiplies_by_z(dh, z):
    return dh * z


@relu_backward.mistake("That is ReLU's own slope. Multiply it by dh, what came back from above.")
def relu_slope_alone(dh, z):
    return (z > 0) * 1.0


@relu_backward.mistake("You return True and False. The comparison is the switch: multiply dh by it.")
def relu_returns_the_comparison(dh, z):
    return z > 0


@relu_backward.mistake("That is ReLU forward. Going back: dh where z > 0, else 0.")
def relu_goes_forward(dh, z):
    return np.maximum(0, z)


@relu_backward.mistake("The switch is turned round: dh passes where z > 0.")
def relu_is_turned_round(dh, z):
    return dh * (z < 0)


@relu_backward.mistake(
    "You overwrite z with zeros and ones, and the caller still needs it. Make the mask a new array: z > 0."
)
def relu_overwrites_z(dh, z):
    z[z > 0] = 1
    z[z <= 0] = 0
    return dh * z


@relu_backward.mistake(
    "`dh[...] = 0` and `dh *= ...` change the caller's array. Write dz = dh * (z > 0), or start with dz = dh.copy()."
)
def relu_overwrites_dh(dh, z):
    dh[z <= 0] = 0
    return dh


@relu_backward.mistake(
    "Through an activation the slopes multiply entry by entry: `*`. A matrix product (@, np.dot) belongs to weights."
)
def relu_with_a_matrix_product(dh, z):
    return dh @ (z > 0)


@relu_backward.mistake("z * (1 - z) has to do with a sigmoid. ReLU's slope is 1 where z > 0, else 0.")
def relu_takes_sigmoids_slope(dh, z):
    return dh * z * (1 - z)


@relu_backward.mistake("A unit that is off lets nothing through: 0, not a hundredth. That would be leaky ReLU.")
def relu_leaks(dh, z):
    return np.where(z > 0, dh, 0.01 * dh)


@relu_backward.mistake("A negative z makes the slope 0, not -1: that would be the slope of the absolute value.")
def relu_takes_the_sign(dh, z):
    return dh * np.sign(z)


@relu_backward.mistake(
    "Python's own `if` and max want one number and got an array. Entry by entry it is dh * (z > 0): dh where z is "
    "positive, else 0."
)
def relu_takes_pythons_max(dh, z):
    return max(0, dh)


@relu_backward.mistake("max(0, z) / z is 0/0 where z is 0. The comparison z > 0 needs no division.")
def relu_divides_by_z(dh, z):
    return dh * np.maximum(0, z) / z


@relu_backward.mistake(
    "dh[z > 0] picks out the entries that pass and drops the others. dz keeps the shape of z, with 0 in their places: "
    "dh * (z > 0)."
)
def relu_picks_out_entries(dh, z):
    return dh[z > 0]


@relu_backward.mistake("Where the unit is off you return z. Nothing goes back there: np.where(z > 0, dh, 0).")
def relu_returns_z_where_off(dh, z):
    return np.where(z > 0, dh, z)


@relu_backward.mistake(
    "dh and z have changed places: what passes is dh, and the switch is the sign of z, dh * (z > 0)."
)
def relu_swaps_the_roles(dh, z):
    return z * (dh > 0)
