"""Exercise plateau_wait: counting epochs without a better one."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import schedules
from machine_room.exercises.exercise import Case, Exercise

NAN = float("nan")
INFINITY = float("inf")


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    best, wait = round(rng.uniform(0.5, 0.9), 2), int(rng.integers(2, 6))
    small = {"min_delta": 0.125}
    yield Case("clearly better", (best, wait, best - 0.25), small)
    yield Case("clearly worse", (best, wait, best + 0.25), small)
    yield Case("the same again", (best, wait, best), small)
    yield Case("better, but by less than min_delta", (best, wait, best - 0.0625), small)
    yield Case("a little worse, by less than min_delta", (best, wait, best + 0.0625), small)
    yield Case("better by exactly min_delta", (0.75, wait, 0.625), small)
    yield Case("better by less than min_delta times best, but more than min_delta", (8.0, wait, 7.5), small)
    yield Case("min_delta = 0, a little better", (best, wait, best - 1e-6), {"min_delta": 0.0})
    yield Case("no epoch was worse so far", (best, 0, best + 0.25), small)
    yield Case("the default min_delta", (best, wait, best - 1e-5))
    yield Case("the first epoch", (INFINITY, 0, best), small)
    yield Case("NaN, the network has blown up", (best, wait, NAN), small)


plateau_wait = Exercise(
    reference=schedules.plateau_wait,
    cases=_cases,
    returns=("best", "wait"),
    withheld=("callbacks.early_stopping_step", "callbacks.EarlyStopping", "callbacks.ReduceLROnPlateau"),
)


@plateau_wait.mistake(
    "Compare with the best so far, not with the last epoch: after a bad epoch, best stays what it was."
)
def compares_with_the_last(best, wait, metric, *, min_delta=1e-4):
    return (metric, 0) if metric < best - min_delta else (metric, wait + 1)


@plateau_wait.mistake("Better means better by more than min_delta: metric < best - min_delta.")
def min_delta_ignored(best, wait, metric, *, min_delta=1e-4):
    return (metric, 0) if metric < best else (best, wait + 1)


@plateau_wait.mistake("min_delta makes it harder to be better: subtract it from best, do not add it.")
def min_delta_added(best, wait, metric, *, min_delta=1e-4):
    return (metric, 0) if metric < best + min_delta else (best, wait + 1)


@plateau_wait.mistake("min_delta is absolute here: best - min_delta. (best * (1 - min_delta) is PyTorch's way.)")
def min_delta_relative(best, wait, metric, *, min_delta=1e-4):
    return (metric, 0) if metric < best * (1 - min_delta) else (best, wait + 1)


@plateau_wait.mistake("Better by exactly min_delta is not enough: compare with <, not <=.")
def ties_count(best, wait, metric, *, min_delta=1e-4):
    return (metric, 0) if metric <= best - min_delta else (best, wait + 1)


@plateau_wait.mistake("The metric is an error: smaller is better.")
def larger_is_better(best, wait, metric, *, min_delta=1e-4):
    return (metric, 0) if metric > best + min_delta else (best, wait + 1)


@plateau_wait.mistake("After a better epoch the waiting starts again: wait is 0.")
def wait_goes_on(best, wait, metric, *, min_delta=1e-4):
    return (metric, wait) if metric < best - min_delta else (best, wait + 1)


@plateau_wait.mistake("The better epoch itself is not one of the bad ones: wait is 0 after it, not 1.")
def wait_starts_at_one(best, wait, metric, *, min_delta=1e-4):
    return (metric, 1) if metric < best - min_delta else (best, wait + 1)


@plateau_wait.mistake("An epoch that is no better counts: wait + 1.")
def never_counts(best, wait, metric, *, min_delta=1e-4):
    return (metric, 0) if metric < best - min_delta else (best, wait)


@plateau_wait.mistake("After a better epoch, that epoch's metric is the new best.")
def best_stays(best, wait, metric, *, min_delta=1e-4):
    return (best, 0) if metric < best - min_delta else (best, wait + 1)


@plateau_wait.mistake(
    "best follows every small gain, so an error that creeps down never counts as better: keep best where it was "
    "when the epoch is not better by min_delta."
)
def best_creeps(best, wait, metric, *, min_delta=1e-4):
    return (metric, 0) if metric < best - min_delta else (metric if metric < best else best, wait + 1)


@plateau_wait.mistake("Return best first, then wait.")
def swapped(best, wait, metric, *, min_delta=1e-4):
    return (0, metric) if metric < best - min_delta else (wait + 1, best)


@plateau_wait.mistake(
    "NaN counts as better in your function. Every comparison with NaN is False: ask whether the epoch is better "
    "(metric < best - min_delta), not whether it is worse."
)
def nan_is_better(best, wait, metric, *, min_delta=1e-4):
    return (best, wait + 1) if metric >= best - min_delta else (metric, 0)


@plateau_wait.mistake("min_delta is always 1e-4 in your function: use the argument.")
def min_delta_of_the_default(best, wait, metric, *, min_delta=1e-4):
    return (metric, 0) if metric < best - 1e-4 else (best, wait + 1)


@plateau_wait.mistake("The new best is the metric itself. best - min_delta is only what it is compared with.")
def best_lowered_by_min_delta(best, wait, metric, *, min_delta=1e-4):
    return (best - min_delta, 0) if metric < best - min_delta else (best, wait + 1)


@plateau_wait.mistake("With abs(...) an epoch that is much worse counts as better too: better is below best.")
def any_change_is_better(best, wait, metric, *, min_delta=1e-4):
    return (metric, 0) if abs(best - metric) > min_delta else (best, wait + 1)


@plateau_wait.mistake(
    "There are two cases, not three: any epoch that is not better counts, the same error again as well."
)
def only_worse_counts(best, wait, metric, *, min_delta=1e-4):
    if metric < best - min_delta:
        return metric, 0
    return (best, wait + 1) if metric > best else (best, wait)


@plateau_wait.mistake("An epoch with NaN is not better, so it counts: wait + 1.")
def nan_passed_over(best, wait, metric, *, min_delta=1e-4):
    if np.isnan(metric):
        return best, wait
    return (metric, 0) if metric < best - min_delta else (best, wait + 1)


@plateau_wait.mistake("The default of min_delta is 1e-4: keep the first line as it was given.")
def default_of_zero(best, wait, metric, *, min_delta=0.0):
    return (metric, 0) if metric < best - min_delta else (best, wait + 1)


@plateau_wait.mistake("You count every epoch, the better ones too. After a better epoch wait is 0.")
def counts_every_epoch(best, wait, metric, *, min_delta=1e-4):
    return (metric, wait + 1) if metric < best - min_delta else (best, wait + 1)


@plateau_wait.mistake("Where an epoch is not better your function returns nothing: that way needs a return as well.")
def nothing_when_not_better(best, wait, metric, *, min_delta=1e-4):
    if metric < best - min_delta:
        return metric, 0


@plateau_wait.also_correct
def with_an_if(best, wait, metric, *, min_delta=1e-4):
    better = metric < best - min_delta
    if better:
        best = metric
        wait = 0
    else:
        wait += 1
    return best, wait


@plateau_wait.also_correct
def by_the_gain(best, wait, metric, *, min_delta=1e-4):
    if best - metric > min_delta:
        return [metric, 0]
    return [best, wait + 1]


@plateau_wait.also_correct
def worse_asked_first(best, wait, metric, *, min_delta=1e-4):
    if np.isnan(metric) or metric >= best - min_delta:
        return np.float64(best), np.int64(wait + 1)
    return np.float64(metric), np.int64(0)
