"""Exercise plateau_step: performance scheduling, one epoch of it."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import schedules
from machine_room.exercises.exercise import Case, Exercise

INFINITY = float("inf")


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    rate, best = round(rng.uniform(0.3, 0.9), 2), round(rng.uniform(0.5, 0.9), 2)
    factor, patience = round(rng.uniform(0.3, 0.7), 2), int(rng.integers(3, 6))

    def state(wait: int, cooldown: int = 0, best: float = best, rate: float = rate) -> dict[str, float]:
        return {"learning_rate": rate, "best": best, "wait": wait, "cooldown": cooldown}

    given = {"factor": factor, "patience": patience, "min_delta": 0.125}
    resting = {**given, "cooldown": 4}
    worse = best + 0.25
    yield Case("better", (state(patience - 1), best - 0.25), given)
    yield Case("no better, patience left for two epochs", (state(patience - 2), worse), given)
    yield Case("no better, patience exhausted", (state(patience - 1), worse), given)
    yield Case("the first epoch after a reduction", (state(0), worse), given)
    yield Case("better, but by less than min_delta", (state(patience - 1), best - 0.0625), given)
    yield Case("better by exactly min_delta", (state(patience - 1, best=0.75), 0.625), given)
    yield Case("patience exhausted, now rest for 4", (state(patience - 1), worse), resting)
    yield Case("at rest, no better", (state(0, 4), worse), resting)
    yield Case("at rest, better", (state(0, 3), best - 0.25), resting)
    yield Case("the last epoch of the rest", (state(0, 1), worse), resting)
    yield Case("the last epoch of the rest, patience 1", (state(0, 1), worse), {**resting, "patience": 1})
    yield Case("reduced to min_rate", (state(patience - 1), worse), {**given, "min_rate": 0.95 * rate})
    yield Case("already at min_rate", (state(patience - 1), worse), {**given, "min_rate": rate, "cooldown": 2})
    yield Case("NaN, the network has blown up", (state(patience - 2), float("nan")), given)
    yield Case("the slide's settings", (state(4, rate=0.01), worse), {"factor": 0.5, "patience": 5})
    yield Case("the first epoch of all", (state(0, best=INFINITY), best), given)


plateau_step = Exercise(
    reference=schedules.plateau_step,
    cases=_cases,
    withheld=(
        "schedules.plateau_wait",
        "callbacks.ReduceLROnPlateau",
        "callbacks.early_stopping_step",
        "callbacks.EarlyStopping",
    ),
)


@plateau_step.mistake(
    "The rate falls in the epoch in which wait reaches patience: wait >= patience. (wait > patience is PyTorch's way.)"
)
def waits_one_epoch_longer(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = max(0, state["cooldown"] - 1)
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if metric < best - min_delta:
        best, wait = metric, 0
    elif resting == 0:
        wait += 1
        if wait > patience and learning_rate > min_rate:
            learning_rate, wait, resting = max(learning_rate * factor, min_rate), 0, cooldown
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake("Count this epoch first, then compare wait with patience: your rate falls one epoch early.")
def reduces_one_epoch_early(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = max(0, state["cooldown"] - 1)
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if metric < best - min_delta:
        best, wait = metric, 0
    elif resting == 0:
        wait += 1
        if wait >= patience - 1 and learning_rate > min_rate:
            learning_rate, wait, resting = max(learning_rate * factor, min_rate), 0, cooldown
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake("One bad epoch is not yet a plateau: the rate falls only when wait reaches patience.")
def patience_ignored(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = max(0, state["cooldown"] - 1)
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if metric < best - min_delta:
        best, wait = metric, 0
    elif resting == 0:
        wait += 1
        if learning_rate > min_rate:
            learning_rate, wait, resting = max(learning_rate * factor, min_rate), 0, cooldown
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake(
    "After lowering the rate start counting again, wait = 0: otherwise it falls every epoch from then on."
)
def wait_not_reset(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = max(0, state["cooldown"] - 1)
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if metric < best - min_delta:
        best, wait = metric, 0
    elif resting == 0:
        wait += 1
        if wait >= patience and learning_rate > min_rate:
            learning_rate, wait, resting = max(learning_rate * factor, min_rate), wait, cooldown
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake("After a better epoch start counting again: wait = 0.")
def wait_not_reset_when_better(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = max(0, state["cooldown"] - 1)
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if metric < best - min_delta:
        best = metric
    elif resting == 0:
        wait += 1
        if wait >= patience and learning_rate > min_rate:
            learning_rate, wait, resting = max(learning_rate * factor, min_rate), 0, cooldown
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake(
    "Compare with the best so far, not with the last epoch: after a bad epoch, best stays what it was."
)
def compares_with_the_last(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = max(0, state["cooldown"] - 1)
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if metric < best - min_delta:
        best, wait = metric, 0
    elif resting == 0:
        wait += 1
        if wait >= patience and learning_rate > min_rate:
            learning_rate, wait, resting = max(learning_rate * factor, min_rate), 0, cooldown
    best = metric
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake("Better means better by more than min_delta: metric < best - min_delta.")
def min_delta_ignored(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = max(0, state["cooldown"] - 1)
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if metric < best:
        best, wait = metric, 0
    elif resting == 0:
        wait += 1
        if wait >= patience and learning_rate > min_rate:
            learning_rate, wait, resting = max(learning_rate * factor, min_rate), 0, cooldown
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake("Better by exactly min_delta is not enough: compare with <, not <=.")
def ties_count(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = max(0, state["cooldown"] - 1)
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if metric <= best - min_delta:
        best, wait = metric, 0
    elif resting == 0:
        wait += 1
        if wait >= patience and learning_rate > min_rate:
            learning_rate, wait, resting = max(learning_rate * factor, min_rate), 0, cooldown
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake("The metric is an error: smaller is better.")
def larger_is_better(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = max(0, state["cooldown"] - 1)
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if metric > best + min_delta:
        best, wait = metric, 0
    elif resting == 0:
        wait += 1
        if wait >= patience and learning_rate > min_rate:
            learning_rate, wait, resting = max(learning_rate * factor, min_rate), 0, cooldown
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake("The rate never falls below min_rate: max(learning_rate * factor, min_rate).")
def min_rate_ignored(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = max(0, state["cooldown"] - 1)
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if metric < best - min_delta:
        best, wait = metric, 0
    elif resting == 0:
        wait += 1
        if wait >= patience and learning_rate > min_rate:
            learning_rate, wait, resting = learning_rate * factor, 0, cooldown
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake(
    "At min_rate there is nothing left to lower: neither wait nor cooldown starts again (rule 3 asks for a "
    "rate above min_rate)."
)
def reduces_at_min_rate_too(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = max(0, state["cooldown"] - 1)
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if metric < best - min_delta:
        best, wait = metric, 0
    elif resting == 0:
        wait += 1
        if wait >= patience:
            learning_rate, wait, resting = max(learning_rate * factor, min_rate), 0, cooldown
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake("Multiply the rate by factor, do not subtract it.")
def factor_subtracted(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = max(0, state["cooldown"] - 1)
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if metric < best - min_delta:
        best, wait = metric, 0
    elif resting == 0:
        wait += 1
        if wait >= patience and learning_rate > min_rate:
            learning_rate, wait, resting = max(learning_rate - factor, min_rate), 0, cooldown
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake("factor is below 1: multiply by it. (The slide divides, by a number above 1.)")
def divided_by_factor(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = max(0, state["cooldown"] - 1)
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if metric < best - min_delta:
        best, wait = metric, 0
    elif resting == 0:
        wait += 1
        if wait >= patience and learning_rate > min_rate:
            learning_rate, wait, resting = max(learning_rate / factor, min_rate), 0, cooldown
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake("After lowering the rate the rest begins: the new state's cooldown is the argument cooldown.")
def never_rests(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = max(0, state["cooldown"] - 1)
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if metric < best - min_delta:
        best, wait = metric, 0
    elif resting == 0:
        wait += 1
        if wait >= patience and learning_rate > min_rate:
            learning_rate, wait, resting = max(learning_rate * factor, min_rate), 0, 0
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake("While the state's cooldown is above 0, epochs that are no better do not count.")
def cooldown_ignored(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = max(0, state["cooldown"] - 1)
    wait = state["wait"]
    if metric < best - min_delta:
        best, wait = metric, 0
    else:
        wait += 1
        if wait >= patience and learning_rate > min_rate:
            learning_rate, wait, resting = max(learning_rate * factor, min_rate), 0, cooldown
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake("The cooldown counts down by 1 each epoch; yours stays where it is.")
def rests_for_ever(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = state["cooldown"]
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if metric < best - min_delta:
        best, wait = metric, 0
    elif resting == 0:
        wait += 1
        if wait >= patience and learning_rate > min_rate:
            learning_rate, wait, resting = max(learning_rate * factor, min_rate), 0, cooldown
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake(
    "Count the cooldown down first, then ask whether it is 0: the epoch in which it reaches 0 counts again."
)
def rests_one_epoch_longer(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = max(0, state["cooldown"] - 1)
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if metric < best - min_delta:
        best, wait = metric, 0
    elif state["cooldown"] == 0:
        wait += 1
        if wait >= patience and learning_rate > min_rate:
            learning_rate, wait, resting = max(learning_rate * factor, min_rate), 0, cooldown
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake("The cooldown stops at 0: count it down only while it is above 0.")
def cooldown_below_zero(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = state["cooldown"] - 1
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if metric < best - min_delta:
        best, wait = metric, 0
    elif resting <= 0:
        wait += 1
        if wait >= patience and learning_rate > min_rate:
            learning_rate, wait, resting = max(learning_rate * factor, min_rate), 0, cooldown
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake("A better epoch counts in the rest as well: best is the new metric.")
def rest_keeps_better_epochs_out(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = max(0, state["cooldown"] - 1)
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if resting == 0 and metric < best - min_delta:
        best, wait = metric, 0
    elif resting == 0:
        wait += 1
        if wait >= patience and learning_rate > min_rate:
            learning_rate, wait, resting = max(learning_rate * factor, min_rate), 0, cooldown
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake(
    "The state that you were given is changed. Make a new dict: the caller may still need the old one."
)
def state_changed(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    state["cooldown"] = max(0, state["cooldown"] - 1)
    if metric < state["best"] - min_delta:
        state["best"], state["wait"] = metric, 0
    elif state["cooldown"] == 0:
        state["wait"] += 1
        if state["wait"] >= patience and state["learning_rate"] > min_rate:
            state["learning_rate"] = max(state["learning_rate"] * factor, min_rate)
            state["wait"], state["cooldown"] = 0, cooldown
    return state


@plateau_step.mistake("You return the state as it was given: at the very least best or wait changes.")
def nothing_happens(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    return dict(state)


@plateau_step.mistake(
    "NaN counts as better in your function. Every comparison with NaN is False: ask whether the epoch is better "
    "(metric < best - min_delta), not whether it is worse."
)
def nan_is_better(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = max(0, state["cooldown"] - 1)
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if metric >= best - min_delta:
        if resting == 0:
            wait += 1
            if wait >= patience and learning_rate > min_rate:
                learning_rate, wait, resting = max(learning_rate * factor, min_rate), 0, cooldown
    else:
        best, wait = metric, 0
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake(
    "min_rate is the smallest rate that is allowed: take the larger of the two, max(learning_rate * factor, min_rate)."
)
def min_instead_of_max(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = max(0, state["cooldown"] - 1)
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if metric < best - min_delta:
        best, wait = metric, 0
    elif resting == 0:
        wait += 1
        if wait >= patience and learning_rate > min_rate:
            learning_rate, wait, resting = min(learning_rate * factor, min_rate), 0, cooldown
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake(
    "Where learning_rate * factor would lie below min_rate, the rate becomes min_rate; yours stays where it was."
)
def stays_above_min_rate(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = max(0, state["cooldown"] - 1)
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if metric < best - min_delta:
        best, wait = metric, 0
    elif resting == 0:
        wait += 1
        if wait >= patience and learning_rate * factor > min_rate:
            learning_rate, wait, resting = learning_rate * factor, 0, cooldown
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake(
    "A reduction changes the rate, wait and the cooldown. best stays: the smaller rate has to beat it."
)
def best_given_up_at_a_reduction(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = max(0, state["cooldown"] - 1)
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if metric < best - min_delta:
        best, wait = metric, 0
    elif resting == 0:
        wait += 1
        if wait >= patience and learning_rate > min_rate:
            learning_rate, wait, resting = max(learning_rate * factor, min_rate), 0, cooldown
            best = metric
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake("Rule 3 is for any *other* epoch: in yours a better one counts as well. Write else, or elif.")
def better_epochs_count_too(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = max(0, state["cooldown"] - 1)
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if metric < best - min_delta:
        best, wait = metric, 0
    if resting == 0:
        wait += 1
        if wait >= patience and learning_rate > min_rate:
            learning_rate, wait, resting = max(learning_rate * factor, min_rate), 0, cooldown
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake(
    "You count the cooldown down last, also in the epoch that has just set it. It comes first, rule 1."
)
def counts_a_new_cooldown_down(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best, wait, resting = state["learning_rate"], state["best"], state["wait"], state["cooldown"]
    if metric < best - min_delta:
        best, wait = metric, 0
    elif resting == 0:
        wait += 1
        if wait >= patience and learning_rate > min_rate:
            learning_rate, wait, resting = max(learning_rate * factor, min_rate), 0, cooldown
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": max(0, resting - 1)}


@plateau_step.mistake(
    """What counts down is state["cooldown"]. The argument cooldown is what it is set to when the rate falls."""
)
def argument_counted_down(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    wait, resting = state["wait"], state["cooldown"]
    cooldown = max(0, cooldown - 1)
    if metric < best - min_delta:
        best, wait = metric, 0
    elif cooldown == 0:
        wait += 1
        if wait >= patience and learning_rate > min_rate:
            learning_rate, wait, resting = max(learning_rate * factor, min_rate), 0, cooldown
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake("The slide's 0.5 and 5 stand in your function: use the arguments factor and patience.")
def settings_of_the_slide(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = max(0, state["cooldown"] - 1)
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if metric < best - min_delta:
        best, wait = metric, 0
    elif resting == 0:
        wait += 1
        if wait >= 5 and learning_rate > min_rate:
            learning_rate, wait, resting = max(learning_rate * 0.5, min_rate), 0, cooldown
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.mistake(
    "min_rate is not used. The rate falls only while it is above min_rate, and never below it: "
    "max(learning_rate * factor, min_rate)."
)
def min_rate_not_used(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = max(0, state["cooldown"] - 1)
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if metric < best - min_delta:
        best, wait = metric, 0
    elif resting == 0:
        wait += 1
        if wait >= patience:
            learning_rate, wait, resting = learning_rate * factor, 0, cooldown
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.also_correct
def with_plain_names(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    learning_rate, best = state["learning_rate"], state["best"]
    resting = max(0, state["cooldown"] - 1)
    wait = 0 if state["cooldown"] > 0 else state["wait"]
    if metric < best - min_delta:
        best, wait = metric, 0
    elif resting == 0:
        wait += 1
        if wait >= patience and learning_rate > min_rate:
            learning_rate, wait, resting = max(learning_rate * factor, min_rate), 0, cooldown
    return {"learning_rate": learning_rate, "best": best, "wait": wait, "cooldown": resting}


@plateau_step.also_correct
def on_a_copy(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    state = dict(state)
    if state["cooldown"] > 0:
        state["cooldown"] -= 1
        state["wait"] = 0
    if metric < state["best"] - min_delta:
        return {**state, "best": float(metric), "wait": 0}
    if state["cooldown"] > 0:
        return state
    state["wait"] += 1
    if state["wait"] >= patience and state["learning_rate"] > min_rate:
        state.update(learning_rate=max(factor * state["learning_rate"], min_rate), wait=0, cooldown=cooldown)
    return state


@plateau_step.also_correct
def with_arrays(state, metric, *, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_rate=0.0):
    rate, best, wait, rest = np.array([state[k] for k in ("learning_rate", "best", "wait", "cooldown")], float)
    better = metric < best - min_delta
    rest = np.maximum(rest - 1, 0)
    wait = np.where(better | (rest > 0), 0, wait + 1)
    if wait >= patience and rate > min_rate:
        rate, wait, rest = np.maximum(rate * factor, min_rate), 0, cooldown
    return {"cooldown": rest, "wait": wait, "best": np.where(better, metric, best), "learning_rate": rate}
