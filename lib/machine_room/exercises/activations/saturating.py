"""The sigmoid, which must not overflow."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

import numpy as np

from machine_room import activations
from machine_room.exercises.activations.inputs import WITHHELD, elementwise
from machine_room.exercises.exercise import Curve, Exercise

sigmoid = Exercise(reference=activations.sigmoid, cases=elementwise, withheld=WITHHELD, curve=Curve(-6, 6))


@sigmoid.mistake(
    "exp(-z) overflows where z is very negative. Use exp(-abs(z)), which is at most 1, "
    "and write the fraction anew for z < 0: exp(z) / (1 + exp(z))."
)
def overflows_below(z):
    return 1 / (1 + np.exp(-z))


@sigmoid.mistake(
    "np.where computes both branches for every entry and only then chooses, so each overflows on the other's side. "
    "Put exp(-abs(z)) into both."
)
def overflows_in_where(z):
    return np.where(z >= 0, 1 / (1 + np.exp(-z)), np.exp(z) / (1 + np.exp(z)))


@sigmoid.mistake(
    "exp(z) / (1 + exp(z)) is infinity over infinity for large z. Divide by exp(z) there: 1 / (1 + exp(-z))."
)
def infinite_ratio(z):
    return np.exp(z) / (1 + np.exp(z))


@sigmoid.mistake("Clipped at 20 the tail is wrong: sigmoid(-50) is 2e-22, not 2e-9. Use exp(-abs(z)), or clip at 700.")
def clipped_too_early(z):
    return 1 / (1 + np.exp(-np.clip(z, -20, 20)))


@sigmoid.mistake(
    "Yours falls; the sigmoid rises, from 0 for very negative z to 1 for large z. Look at the sign in the exponent and "
    "at which side is which."
)
def falls(z):
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, small, 1) / (1 + small)


@sigmoid.mistake("That is tanh: it runs from -1 to 1. The sigmoid runs from 0 to 1.")
def from_minus_one(z):
    return np.tanh(z)


@sigmoid.mistake(
    "exp(-abs(z)) is right for z >= 0 only. For z < 0 the fraction is exp(z) / (1 + exp(z)), below one half."
)
def mirrored(z):
    return 1 / (1 + np.exp(-np.abs(z)))


@sigmoid.mistake("That is the slope s (1 - s). The sigmoid itself is asked for.")
def the_slope(z):
    small = np.exp(-np.abs(z))
    return small / (1 + small) ** 2


@sigmoid.also_correct
def by_masks(z):
    result = np.empty_like(z)
    positive = z >= 0
    result[positive] = 1 / (1 + np.exp(-z[positive]))
    small = np.exp(z[~positive])
    result[~positive] = small / (1 + small)
    return result


@sigmoid.also_correct
def through_tanh(z):
    return 0.5 * (1 + np.tanh(z / 2))


@sigmoid.also_correct
def through_logarithms(z):
    return np.exp(-np.logaddexp(0, -z))


@sigmoid.also_correct
def clipped(z):
    return 1 / (1 + np.exp(-np.clip(z, -80, 80)))


@sigmoid.also_correct
def entry_by_entry(z):
    result = np.zeros_like(z)
    for index in np.ndindex(z.shape):
        value = float(z[index])
        small = np.exp(-abs(value))
        result[index] = 1 / (1 + small) if value >= 0 else small / (1 + small)
    return result


@sigmoid.mistake(
    "z is an array, and `if` can ask only one question of all its entries. np.where(z > 0, a, b) asks it of each."
)
def asks_the_whole_array(z):
    if z > 0:
        return 1 / (1 + np.exp(-z))
    return np.exp(z) / (1 + np.exp(z))


@sigmoid.mistake("math.exp takes one number. For arrays there is np.exp, which works entry by entry.")
def exponential_of_one_number(z):
    import math

    return 1 / (1 + math.exp(-z))


@sigmoid.mistake("exp(z) is only nearly right for negative z: the fraction is exp(z) / (1 + exp(z)), and 1/2 at 0.")
def denominator_forgotten_below(z):
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + small), small)


@sigmoid.mistake("The denominator needs brackets: 1 / (1 + e). Without them, 1 / 1 + e is 1 + e.")
def brackets_forgotten(z):
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / 1 + small, small / 1 + small)


@sigmoid.mistake("z == 0 belongs to neither of your two sides, and stays what it was. Take it into one: z >= 0.")
def no_side_for_zero(z):
    result = np.zeros_like(z)
    small = np.exp(-np.abs(z))
    result[z > 0] = (1 / (1 + small))[z > 0]
    result[z < 0] = (small / (1 + small))[z < 0]
    return result


@sigmoid.mistake("Brackets are missing: 1 / 1 + e is 1 + e. Write 1 / (1 + e).")
def sum_not_in_brackets(z):
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / 1 + small, small / (1 + small))
