"""Early stopping on a recorded curve: where it stops, and where it goes back to."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import stopping
from machine_room.exercises.exercise import Case, Exercise

NAN = float("nan")
WITHHELD = (
    "stopping.early_stopping",
    "stopping.descend_with_early_stopping",
    "callbacks.early_stopping_step",
    "callbacks.EarlyStopping",
)


def draw_cases(rng: np.random.Generator) -> Iterator[Case]:
    start = round(float(rng.uniform(4, 6)), 1)
    low = round(float(rng.uniform(1.2, 1.8)), 2)
    yield Case("rises after the best", ([start, 3.0, low, 2.0, 2.5, 3.0, 3.5],), {"patience": 2})
    yield Case("ends before patience runs out", ([start, 3.0, low, 2.0],), {"patience": 3})
    yield Case("falls below the last, not below the best", ([start, low, 3.0, 2.5, 2.4, 2.3, 1.0],), {"patience": 3})
    yield Case("a new best in time", ([start, 3.0, 3.5, 2.0, 2.5, low, 2.0, 2.2, 2.3],), {"patience": 2})
    yield Case("the same value again", ([start, low, low, low, low],), {"patience": 2})
    yield Case(
        "better by less than min_delta", ([3.0, 2.875, 2.8125, 2.78125, 1.0],), {"patience": 2, "min_delta": 0.25}
    )
    yield Case("better in the end by min_delta", ([3.0, 2.875, 2.75, 2.5, 2.5],), {"patience": 4, "min_delta": 0.25})
    yield Case("NaN at first", ([NAN, start, low, 2.0, 2.5, 3.0],), {"patience": 2})
    yield Case("NaN in between", ([start, low, NAN, NAN, NAN, 1.0],), {"patience": 2})
    walk = 2 + np.cumsum(rng.normal(-0.02, 0.3, size=25)).round(2)
    yield Case("a noisy curve", ([float(v) for v in walk],), {"patience": int(rng.integers(4, 6))})
    yield Case("the default patience", ([start, low, *np.linspace(2.0, 3.0, 9).tolist()],))
    yield Case("only the first epoch", ([start],), {"patience": 1})


early_stopping = Exercise(
    reference=stopping.early_stopping,
    cases=draw_cases,
    withheld=WITHHELD,
    returns=("stop", "best"),
    takes_integers=True,
)


@early_stopping.mistake("Stop in the epoch in which patience runs out: wait >= patience, not wait > patience.")
def one_epoch_late(losses, *, patience=5, min_delta=0.0):
    lowest, best, wait = np.inf, 0, 0
    for epoch, loss in enumerate(losses):
        if loss < lowest - min_delta:
            lowest, best, wait = loss, epoch, 0
        else:
            wait += 1
            if wait > patience:
                break
    return epoch, best


@early_stopping.mistake("Count the bad epoch first, then compare with patience: yours stops one epoch early.")
def one_epoch_early(losses, *, patience=5, min_delta=0.0):
    lowest, best, wait = np.inf, 0, 0
    for epoch, loss in enumerate(losses):
        if loss < lowest - min_delta:
            lowest, best, wait = loss, epoch, 0
        else:
            wait += 1
            if wait >= patience - 1:
                break
    return epoch, best


@early_stopping.mistake("Compare with the best loss so far, not with the epoch before.")
def compares_with_the_last(losses, *, patience=5, min_delta=0.0):
    last, best, wait = np.inf, 0, 0
    for epoch, loss in enumerate(losses):
        if loss < last - min_delta:
            best, wait = epoch, 0
        else:
            wait += 1
            if wait >= patience:
                break
        last = loss
    return epoch, best


@early_stopping.mistake("After a better epoch start counting again: wait = 0.")
def never_counts_again(losses, *, patience=5, min_delta=0.0):
    lowest, best, wait = np.inf, 0, 0
    for epoch, loss in enumerate(losses):
        if loss < lowest - min_delta:
            lowest, best = loss, epoch
        else:
            wait += 1
            if wait >= patience:
                break
    return epoch, best


@early_stopping.mistake("Go back to the *best* epoch: the second result is not the last one.")
def keeps_the_last(losses, *, patience=5, min_delta=0.0):
    lowest, wait = np.inf, 0
    for epoch, loss in enumerate(losses):  # noqa: B007
        if loss < lowest - min_delta:
            lowest, wait = loss, 0
        else:
            wait += 1
            if wait >= patience:
                break
    return epoch, epoch


@early_stopping.mistake(
    "Only epochs that ran can be the best: the lowest point of the whole curve may lie after the stop."
)
def best_of_the_whole_curve(losses, *, patience=5, min_delta=0.0):
    lowest, wait = np.inf, 0
    for epoch, loss in enumerate(losses):  # noqa: B007
        if loss < lowest - min_delta:
            lowest, wait = loss, 0
        else:
            wait += 1
            if wait >= patience:
                break
    return epoch, int(np.nanargmin(losses))


@early_stopping.mistake("The same loss again is not better: loss < best - min_delta, without an equals sign.")
def equal_is_better(losses, *, patience=5, min_delta=0.0):
    lowest, best, wait = np.inf, 0, 0
    for epoch, loss in enumerate(losses):
        if loss <= lowest - min_delta:
            lowest, best, wait = loss, epoch, 0
        else:
            wait += 1
            if wait >= patience:
                break
    return epoch, best


@early_stopping.mistake("min_delta makes it harder to count as better: loss < best - min_delta, with a minus.")
def min_delta_the_wrong_way(losses, *, patience=5, min_delta=0.0):
    lowest, best, wait = np.inf, 0, 0
    for epoch, loss in enumerate(losses):
        if loss < lowest + min_delta:
            lowest, best, wait = loss, epoch, 0
        else:
            wait += 1
            if wait >= patience:
                break
    return epoch, best


@early_stopping.mistake("Your function ignores min_delta: a loss is better only if it is below best - min_delta.")
def min_delta_ignored(losses, *, patience=5, min_delta=0.0):
    lowest, best, wait = np.inf, 0, 0
    for epoch, loss in enumerate(losses):
        if loss < lowest:
            lowest, best, wait = loss, epoch, 0
        else:
            wait += 1
            if wait >= patience:
                break
    return epoch, best


@early_stopping.mistake(
    "If the first loss is NaN, nothing is ever below it. Start with a best of infinity, and NaN is never better."
)
def starts_with_the_first(losses, *, patience=5, min_delta=0.0):
    lowest, best, wait = losses[0], 0, 0
    for epoch, loss in enumerate(losses):
        if epoch == 0 or loss < lowest - min_delta:
            lowest, best, wait = loss, epoch, 0
        else:
            wait += 1
            if wait >= patience:
                break
    return epoch, best


@early_stopping.mistake("Patience counts bad epochs *in a row since the best*, not epochs in which the loss rose.")
def counts_rises(losses, *, patience=5, min_delta=0.0):
    lowest, best, wait = np.inf, 0, 0
    for epoch, loss in enumerate(losses):
        if loss < lowest - min_delta:
            lowest, best, wait = loss, epoch, 0
        elif epoch > 0 and loss > losses[epoch - 1]:
            wait += 1
            if wait >= patience:
                break
    return epoch, best


@early_stopping.mistake("Epochs count from 0: the first is epoch 0.")
def counts_from_one(losses, *, patience=5, min_delta=0.0):
    lowest, best, wait = np.inf, 1, 0
    for epoch, loss in enumerate(losses, start=1):
        if loss < lowest - min_delta:
            lowest, best, wait = loss, epoch, 0
        else:
            wait += 1
            if wait >= patience:
                break
    return epoch, best


@early_stopping.mistake("Return (stop, best) in this order: first where training ends, then where it goes back to.")
def results_swapped(losses, *, patience=5, min_delta=0.0):
    lowest, best, wait = np.inf, 0, 0
    for epoch, loss in enumerate(losses):
        if loss < lowest - min_delta:
            lowest, best, wait = loss, epoch, 0
        else:
            wait += 1
            if wait >= patience:
                break
    return best, epoch


@early_stopping.mistake("best is the number of the best epoch, and not its loss: remember both.")
def loss_for_epoch(losses, *, patience=5, min_delta=0.0):
    lowest, wait = np.inf, 0
    for epoch, loss in enumerate(losses):  # noqa: B007
        if loss < lowest - min_delta:
            lowest, wait = loss, 0
        else:
            wait += 1
            if wait >= patience:
                break
    return epoch, lowest


@early_stopping.mistake(
    "You take the lowest point of the whole curve, which nobody knows while training. Go through the epochs one by one."
)
def sees_ahead(losses, *, patience=5, min_delta=0.0):
    best = int(np.argmin(losses))
    return min(best + patience, len(losses) - 1), best


@early_stopping.mistake(
    "NaN counts as better in your function. Every comparison with NaN is False: ask whether the epoch is better "
    "(loss < best - min_delta), not whether it is worse."
)
def nan_is_better(losses, *, patience=5, min_delta=0.0):
    lowest, best, wait = np.inf, 0, 0
    for epoch, loss in enumerate(losses):
        if loss >= lowest - min_delta:
            wait += 1
            if wait >= patience:
                break
        else:
            lowest, best, wait = loss, epoch, 0
    return epoch, best


@early_stopping.mistake(
    "The first epoch is compared with itself in yours, and counts as a bad one. Start with a best of infinity."
)
def first_epoch_counts_as_bad(losses, *, patience=5, min_delta=0.0):
    lowest, best, wait = losses[0], 0, 0
    for epoch, loss in enumerate(losses):
        if loss < lowest - min_delta:
            lowest, best, wait = loss, epoch, 0
        else:
            wait += 1
            if wait >= patience:
                break
    return epoch, best


@early_stopping.mistake("No loss is below 0, where your best starts. Start with infinity: np.inf.")
def starts_at_zero(losses, *, patience=5, min_delta=0.0):
    lowest, best, wait = 0.0, 0, 0
    for epoch, loss in enumerate(losses):
        if loss < lowest - min_delta:
            lowest, best, wait = loss, epoch, 0
        else:
            wait += 1
            if wait >= patience:
                break
    return epoch, best


@early_stopping.mistake(
    "best is the last epoch that was better by min_delta, not the lowest point: smaller gains do not count."
)
def lowest_until_the_stop(losses, *, patience=5, min_delta=0.0):
    lowest, wait = np.inf, 0
    for epoch, loss in enumerate(losses):  # noqa: B007
        if loss < lowest - min_delta:
            lowest, wait = loss, 0
        else:
            wait += 1
            if wait >= patience:
                break
    return epoch, int(np.nanargmin(losses[: epoch + 1]))


@early_stopping.mistake(
    "best follows every small gain, so a loss that creeps down never counts as better: keep it where it was when the "
    "epoch is not better by min_delta."
)
def best_creeps(losses, *, patience=5, min_delta=0.0):
    lowest, best, wait = np.inf, 0, 0
    for epoch, loss in enumerate(losses):
        if loss < lowest - min_delta:
            best, wait = epoch, 0
        else:
            wait += 1
            if wait >= patience:
                break
        lowest = loss if loss < lowest else lowest
    return epoch, best


@early_stopping.mistake("Epochs count from 0, so the last one of the curve is len(losses) - 1.")
def one_past_the_end(losses, *, patience=5, min_delta=0.0):
    lowest, best, wait = np.inf, 0, 0
    for epoch, loss in enumerate(losses):
        if loss < lowest - min_delta:
            lowest, best, wait = loss, epoch, 0
        else:
            wait += 1
            if wait >= patience:
                return epoch, best
    return len(losses), best


@early_stopping.mistake(
    "Where patience never runs out your function returns nothing: after the loop, return the last epoch."
)
def nothing_at_the_end(losses, *, patience=5, min_delta=0.0):
    lowest, best, wait = np.inf, 0, 0
    for epoch, loss in enumerate(losses):
        if loss < lowest - min_delta:
            lowest, best, wait = loss, epoch, 0
        else:
            wait += 1
            if wait >= patience:
                return epoch, best


@early_stopping.mistake("One rise is no reason to stop: go on until `patience` epochs in a row were not better.")
def stops_at_the_first_rise(losses, *, patience=5, min_delta=0.0):
    for epoch in range(1, len(losses)):
        if losses[epoch] > losses[epoch - 1]:
            return epoch, epoch - 1
    return len(losses) - 1, len(losses) - 1


@early_stopping.mistake("The default of patience is 5: keep the first line as it was given.")
def default_of_ten(losses, *, patience=10, min_delta=0.0):
    lowest, best, wait = np.inf, 0, 0
    for epoch, loss in enumerate(losses):
        if loss < lowest - min_delta:
            lowest, best, wait = loss, epoch, 0
        else:
            wait += 1
            if wait >= patience:
                break
    return epoch, best


@early_stopping.mistake("Compare with the best loss so far. Yours compares every epoch with the one before.")
def compares_with_the_epoch_before(losses, *, patience=5, min_delta=0.0):
    best, wait = 0, 0
    for epoch in range(1, len(losses)):
        if losses[epoch] < losses[epoch - 1] - min_delta:
            best, wait = epoch, 0
        else:
            wait += 1
            if wait >= patience:
                return epoch, best
    return len(losses) - 1, best


@early_stopping.also_correct
def by_distance_from_the_best(losses, *, patience=5, min_delta=0.0):
    best, lowest = -1, float("inf")
    for epoch in range(len(losses)):
        if losses[epoch] < lowest - min_delta:
            best, lowest = epoch, losses[epoch]
        if epoch - best >= patience:
            return epoch, max(best, 0)
    return len(losses) - 1, max(best, 0)


@early_stopping.also_correct
def with_a_while_loop(losses, *, patience=5, min_delta=0.0):
    epoch, best, wait, lowest = 0, 0, 0, None
    while True:
        loss = losses[epoch]
        if not np.isnan(loss) and (lowest is None or lowest - loss > min_delta):
            lowest, best, wait = loss, epoch, 0
        else:
            wait = wait + 1
        if wait == patience or epoch == len(losses) - 1:
            return epoch, best
        epoch += 1


@early_stopping.mistake(
    "Whether an epoch is bad is asked of the lowest loss so far. You compare with the epoch before, so a curve that "
    "climbs down from a bad epoch seems to be getting better."
)
def bad_epochs_by_the_epoch_before(losses, *, patience=5, min_delta=0.0):
    best, wait = 0, 0
    for epoch in range(1, len(losses)):
        wait = 0 if losses[epoch] < losses[epoch - 1] - min_delta else wait + 1
        if losses[epoch] < losses[best] - min_delta:
            best = epoch
        if wait >= patience:
            return epoch, best
    return len(losses) - 1, best


@early_stopping.mistake(
    "An epoch with the same loss as the best, or better by less than min_delta, is no better: it counts as bad, too."
)
def only_rises_are_bad(losses, *, patience=5, min_delta=0.0):
    lowest, best, wait = np.inf, 0, 0
    for epoch, loss in enumerate(losses):
        if loss < lowest - min_delta:
            lowest, best, wait = loss, epoch, 0
        elif loss > lowest:
            wait += 1
        if wait >= patience:
            break
    return epoch, best
