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


summarize = Exercise(
    reference=experiments.summarize, cases=_cases_of_one, takes_integers=True, returns=("mean", "deviation")
)


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


@summarize.mistake("Brackets: divide the sum by (len(scores) - 1).")
def brackets_forgotten(scores):
    deviations = np.array(scores) - np.mean(scores)
    return np.mean(scores), np.sqrt(np.abs(np.sum(deviations**2) / len(scores) - 1))


@summarize.mistake("1/(n - 1) stands under the root, together with the sum.")
def divided_outside_the_root(scores):
    deviations = np.array(scores) - np.mean(scores)
    return np.mean(scores), np.sqrt(np.sum(deviations**2)) / (len(scores) - 1)


@summarize.mistake("The mean divides by n. Only the standard deviation has n - 1.")
def mean_with_n_minus_one(scores):
    return np.sum(scores) / (len(scores) - 1), np.std(scores, ddof=1)


@summarize.mistake("The mean is the sum over n, not the median.")
def median(scores):
    return np.median(scores), np.std(scores, ddof=1)


@summarize.mistake("Square the deviations; you take their absolute values.")
def mean_absolute_deviation(scores):
    return np.mean(scores), np.sum(np.abs(np.array(scores) - np.mean(scores))) / (len(scores) - 1)


@summarize.mistake("Do not round: the check compares all digits.")
def rounded(scores):
    return np.round(np.mean(scores), 1), np.round(np.std(scores, ddof=1), 1)


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


gap_in_standard_errors = Exercise(
    reference=experiments.gap_in_standard_errors, cases=_cases_of_two, takes_integers=True
)


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


@gap_in_standard_errors.mistake("Square the deviations: s**2 / n. Yours has s / n under the root.")
def deviation_in_place_of_variance(baseline, scores):
    error = np.sqrt(np.std(scores, ddof=1) / len(scores) + np.std(baseline, ddof=1) / len(baseline))
    return (np.mean(scores) - np.mean(baseline)) / error


@gap_in_standard_errors.mistake("Brackets: divide the whole difference of the means, (mean - mean_baseline) / error.")
def brackets_forgotten_here(baseline, scores):
    error = np.sqrt(np.var(scores, ddof=1) / len(scores) + np.var(baseline, ddof=1) / len(baseline))
    return np.mean(scores) - np.mean(baseline) / error


@gap_in_standard_errors.mistake(
    "Each variance is divided by its own number of seeds, and the baseline may have another."
)
def one_number_of_seeds(baseline, scores):
    error = np.sqrt((np.var(scores, ddof=1) + np.var(baseline, ddof=1)) / len(scores))
    return (np.mean(scores) - np.mean(baseline)) / error


@gap_in_standard_errors.mistake("Divide by the number of seeds that you are given, not always by 3.")
def always_three_seeds(baseline, scores):
    error = np.sqrt((np.var(scores, ddof=1) + np.var(baseline, ddof=1)) / 3)
    return (np.mean(scores) - np.mean(baseline)) / error


@gap_in_standard_errors.mistake("The numbers of seeds are exchanged: each variance is divided by its own.")
def numbers_of_seeds_exchanged(baseline, scores):
    error = np.sqrt(np.var(scores, ddof=1) / len(baseline) + np.var(baseline, ddof=1) / len(scores))
    return (np.mean(scores) - np.mean(baseline)) / error


@gap_in_standard_errors.mistake("Divide each variance by its own number of seeds, not by both numbers together.")
def all_seeds_together(baseline, scores):
    error = np.sqrt((np.var(scores, ddof=1) + np.var(baseline, ddof=1)) / (len(scores) + len(baseline)))
    return (np.mean(scores) - np.mean(baseline)) / error


@gap_in_standard_errors.mistake("The changed network has noise of its own: its standard error counts too.")
def scores_taken_as_certain(baseline, scores):
    return (np.mean(scores) - np.mean(baseline)) / (np.std(baseline, ddof=1) / np.sqrt(len(baseline)))


@gap_in_standard_errors.mistake("n - 1 is in the standard deviation already. Its square is divided by n.")
def n_minus_one_twice(baseline, scores):
    error = np.sqrt(np.var(scores, ddof=1) / (len(scores) - 1) + np.var(baseline, ddof=1) / (len(baseline) - 1))
    return (np.mean(scores) - np.mean(baseline)) / error


@gap_in_standard_errors.mistake("The variance is divided by n, not by sqrt(n): the root of the whole comes after.")
def variance_over_root_of_n(baseline, scores):
    error = np.sqrt(np.var(scores, ddof=1) / np.sqrt(len(scores)) + np.var(baseline, ddof=1) / np.sqrt(len(baseline)))
    return (np.mean(scores) - np.mean(baseline)) / error


@gap_in_standard_errors.mistake("The squares of the errors add up; yours are subtracted.")
def errors_subtracted(baseline, scores):
    error = np.sqrt(np.abs(np.var(scores, ddof=1) / len(scores) - np.var(baseline, ddof=1) / len(baseline)))
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


@gap_in_standard_errors.mistake(
    "That is Cohen's d: the gap in standard deviations. In standard errors each variance is divided by its number of "
    "seeds first."
)
def in_standard_deviations(baseline, scores):
    both = np.sqrt((np.var(scores, ddof=1) + np.var(baseline, ddof=1)) / 2)
    return (np.mean(scores) - np.mean(baseline)) / both
