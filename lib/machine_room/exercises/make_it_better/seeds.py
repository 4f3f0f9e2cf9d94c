"""Exercises summarize and gap_in_standard_errors: what several seeds say together."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import experiments
from machine_room.exercises.exercise import Case, Exercise


def _scores(rng: np.random.Generator, mean: float, seeds: int) -> list[float]:
    return [round(float(score), 2) for score in rng.normal(mean, 1.5, seeds)]


def _cases_of_one(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("three seeds, easy numbers", ([90.0, 92.0, 94.0],))
    yield Case("two seeds", (_scores(rng, 80, 2),))
    yield Case("three seeds", (_scores(rng, 90, 3),))
    yield Case("five seeds", (_scores(rng, 70, 5),))


summarize = Exercise(reference=experiments.summarize, cases=_cases_of_one, returns=("mean", "deviation"))


@summarize.mistake("Divide by n - 1 in the standard deviation: np.std(scores, ddof=1).")
def divided_by_n(scores):
    return np.mean(scores), np.std(scores)


@summarize.mistake("That is the variance. The standard deviation is its root.")
def variance(scores):
    return np.mean(scores), np.var(scores, ddof=1)


@summarize.mistake("That is the standard error, deviation / sqrt(n). Here the spread of the seeds itself is asked for.")
def standard_error(scores):
    return np.mean(scores), np.std(scores, ddof=1) / np.sqrt(len(scores))


@summarize.mistake("Report the mean of all seeds, not the best one: the best is luck.")
def best_seed(scores):
    return np.max(scores), np.std(scores, ddof=1)


@summarize.mistake("The second number is the standard deviation, not the distance from the best to the worst.")
def whole_range(scores):
    return np.mean(scores), np.max(scores) - np.min(scores)


@summarize.mistake("The mean comes first, then the deviation.")
def wrong_order(scores):
    return np.std(scores, ddof=1), np.mean(scores)


@summarize.also_correct
def by_hand(scores):
    mean = sum(scores) / len(scores)
    return mean, (sum((score - mean) ** 2 for score in scores) / (len(scores) - 1)) ** 0.5


@summarize.also_correct
def with_a_root(scores):
    return [float(np.mean(scores)), float(np.sqrt(np.var(scores, ddof=1)))]


def _cases_of_two(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("easy numbers", ([70.0, 71.0, 72.0], [72.0, 74.0, 76.0, 78.0]))
    yield Case("three seeds each", (_scores(rng, 80, 3), _scores(rng, 85, 3)))
    yield Case("three seeds and five", (_scores(rng, 90, 3), _scores(rng, 92, 5)))
    yield Case("a change that made it worse", (_scores(rng, 85, 4), _scores(rng, 80, 3)))


gap_in_standard_errors = Exercise(reference=experiments.gap_in_standard_errors, cases=_cases_of_two)


@gap_in_standard_errors.mistake("Above 0 is to mean better: the changed network's mean minus the baseline's.")
def sign_turned(baseline, scores):
    error = np.sqrt(np.var(scores, ddof=1) / len(scores) + np.var(baseline, ddof=1) / len(baseline))
    return (np.mean(baseline) - np.mean(scores)) / error


@gap_in_standard_errors.mistake("A gap may be negative: the change made it worse. Leave the absolute value out.")
def absolute_value(baseline, scores):
    error = np.sqrt(np.var(scores, ddof=1) / len(scores) + np.var(baseline, ddof=1) / len(baseline))
    return abs(np.mean(scores) - np.mean(baseline)) / error


@gap_in_standard_errors.mistake("Divide each variance by its number of seeds: a mean of many is more certain.")
def not_divided_by_n(baseline, scores):
    error = np.sqrt(np.var(scores, ddof=1) + np.var(baseline, ddof=1))
    return (np.mean(scores) - np.mean(baseline)) / error


@gap_in_standard_errors.mistake("The standard deviation is with n - 1: ddof=1, as in summarize.")
def with_n(baseline, scores):
    error = np.sqrt(np.var(scores) / len(scores) + np.var(baseline) / len(baseline))
    return (np.mean(scores) - np.mean(baseline)) / error


@gap_in_standard_errors.mistake(
    "Add the squares of the two standard errors, then take the root; errors do not just add."
)
def errors_added(baseline, scores):
    error = np.std(scores, ddof=1) / np.sqrt(len(scores)) + np.std(baseline, ddof=1) / np.sqrt(len(baseline))
    return (np.mean(scores) - np.mean(baseline)) / error


@gap_in_standard_errors.mistake("The root of the summed variances is missing.")
def no_root(baseline, scores):
    error = np.var(scores, ddof=1) / len(scores) + np.var(baseline, ddof=1) / len(baseline)
    return (np.mean(scores) - np.mean(baseline)) / error


@gap_in_standard_errors.mistake("The baseline has noise of its own: its standard error counts too.")
def baseline_taken_as_certain(baseline, scores):
    return (np.mean(scores) - np.mean(baseline)) / (np.std(scores, ddof=1) / np.sqrt(len(scores)))


@gap_in_standard_errors.mistake("That is the gap itself. Divide it by its standard error.")
def gap_alone(baseline, scores):
    return np.mean(scores) - np.mean(baseline)


@gap_in_standard_errors.mistake("Divide the deviation by sqrt(n), its square by n: yours divides the deviation by n.")
def deviation_divided_by_n(baseline, scores):
    error = np.sqrt((np.std(scores, ddof=1) / len(scores)) ** 2 + (np.std(baseline, ddof=1) / len(baseline)) ** 2)
    return (np.mean(scores) - np.mean(baseline)) / error


@gap_in_standard_errors.also_correct
def with_hypot(baseline, scores):
    errors = [np.std(some, ddof=1) / np.sqrt(len(some)) for some in (baseline, scores)]
    return (np.mean(scores) - np.mean(baseline)) / np.hypot(*errors)


@gap_in_standard_errors.also_correct
def by_hand_again(baseline, scores):
    def mean_and_square_of_error(some):
        mean = sum(some) / len(some)
        return mean, sum((score - mean) ** 2 for score in some) / (len(some) - 1) / len(some)

    (mean_b, square_b), (mean, square) = mean_and_square_of_error(baseline), mean_and_square_of_error(scores)
    return (mean - mean_b) / (square + square_b) ** 0.5
