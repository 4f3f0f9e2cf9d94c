"""Exercise expected_first_loss: what the loss must be before anything is learned."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import experiments
from machine_room.exercises.exercise import Case, Exercise


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("the ten digits", (10,))
    yield Case("two classes", (2,))
    yield Case("a thousand classes", (1000,))
    yield Case("some other number", (int(rng.integers(11, 500)),))


expected_first_loss = Exercise(reference=experiments.expected_first_loss, cases=_cases)


@expected_first_loss.mistake("The loss is the natural logarithm: np.log, not np.log10.")
def decimal_logarithm(classes):
    return np.log10(classes)


@expected_first_loss.mistake("The loss is the natural logarithm: np.log, not np.log2.")
def binary_logarithm(classes):
    return np.log2(classes)


@expected_first_loss.mistake("The sign: the loss is minus the logarithm of 1/classes, which is above 0.")
def minus_forgotten(classes):
    return np.log(1 / classes)


@expected_first_loss.mistake("That is the chance of the right class. The loss is minus its logarithm.")
def probability_itself(classes):
    return 1 / classes


@expected_first_loss.mistake(
    "You sum over all classes. Cross-entropy has one term for each example: the right class's."
)
def summed_over_classes(classes):
    return classes * np.log(classes)


@expected_first_loss.mistake(
    "Cross-entropy has no factor 1/classes: the right class has the weight 1, the others 0. Minus the logarithm is all."
)
def weighted_by_the_chance(classes):
    return -np.log(1 / classes) / classes


@expected_first_loss.mistake("You use the number 10. It must work for any number of classes: use classes.")
def always_ten(classes):
    return np.log(10)


@expected_first_loss.mistake("Do not round: the check compares all digits.")
def rounded(classes):
    return np.round(np.log(classes), 3)


@expected_first_loss.also_correct
def minus_the_logarithm(classes):
    return -np.log(1 / classes)


@expected_first_loss.also_correct
def by_cross_entropy(classes):
    logits = np.zeros(classes)
    return np.log(np.sum(np.exp(logits))) - logits[0]
