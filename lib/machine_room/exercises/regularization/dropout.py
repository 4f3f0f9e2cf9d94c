"""Dropout, forward and backward."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from machine_room import regularizers
from machine_room.exercises.exercise import Case, Exercise
from machine_room.exercises.randomness import Draw, what_is_not_random
from machine_room.translation import sentence

WITHHELD = (
    "regularizers.dropout_forward",
    "regularizers.dropout_backward",
    "layers.Dropout",
)

# The same in every case, so that what dropout did to it can be told from the result alone.
X = np.outer(np.linspace(1, 2, 120), np.linspace(0.5, 1.5, 125))
# So few, and an odd number, that the share that is kept is never near 1 - rate; so many that some are always kept.
FEW = np.outer([1.0, 1.5, 2.0], np.linspace(0.5, 1.5, 15))
SCALE, SCALE_DEVIATION = sentence("y / x where the mask keeps"), sentence("deviation of y / x where the mask keeps")
MOMENTS = (
    sentence("whether the mask has the shape of x"),
    sentence("share of the mask that is kept"),
    sentence("the mask where it keeps"),
    SCALE,
    SCALE_DEVIATION,
    sentence("largest |y| where the mask drops"),
    sentence("share of rows whose mask is unlike the first"),
    sentence("share of columns whose mask is unlike the first"),
)
KEPT = MOMENTS[1]
TIMES = {0.7: 4, 0.2: 4}  # how often a rate is tried: the number kept must be seen to vary
#: By how much luck moves the share kept between two draws, relative to it: 7 deviations, of 15,000 entries each.
LUCK = {0.7: 0.13, 0.2: 0.035}


def moments(result: Any) -> Any:
    """Describe (y, mask) by what luck moves by a few percent at most, or hand on what it is when nothing is dropped."""
    y, mask = result
    if mask is None:
        return {"y": y}
    y, mask = np.asarray(y, dtype=float), np.asarray(mask, dtype=float)
    x = FEW if y.shape == FEW.shape else X
    is_whole = mask.shape == x.shape
    if not is_whole and mask.shape in ((x.shape[1],), (1, x.shape[1]), (len(x), 1)):
        mask = np.broadcast_to(mask, x.shape)
    kept = mask != 0
    if y.shape != x.shape or kept.shape != x.shape or not np.isfinite(y).all() or not kept.any() or kept.all():
        return dict.fromkeys(MOMENTS, np.nan)
    scale = (y / x)[kept]
    values = (
        is_whole,
        kept.mean(),
        mask[kept].mean(),
        scale.mean(),
        scale.std(),
        np.abs(y[~kept]).max(),
        (kept != kept[:1]).any(axis=1).mean(),
        (kept != kept[:, :1]).any(axis=0).mean(),
    )
    found = dict(zip(MOMENTS, map(float, values), strict=True))
    return found if x is X else {name: found[name] for name in (SCALE, SCALE_DEVIATION)}


def forward_cases(rng: np.random.Generator) -> Iterator[Case]:
    # 0.7 because a normal draw below 0.3 comes up in 0.62 of all cases: no other rate shows that as plainly
    for rate, times in TIMES.items():
        for time in range(times):
            generator = np.random.default_rng(int(rng.integers(1 << 32)))
            words = sentence("rate {rate}", rate=rate)
            if time:
                words = sentence("rate {rate}, generator {number}", rate=rate, number=time + 1)
            luck = dict.fromkeys(MOMENTS, 0.08) | {KEPT: LUCK[rate]}
            yield Case(words, (X,), {"rate": rate, "rng": generator}, rtol=luck, atol=0.001)
    generator = np.random.default_rng(int(rng.integers(1 << 32)))
    few = np.random.default_rng(int(rng.integers(1 << 32)))
    yield Case("few values, rate 0.5", (FEW,), {"rate": 0.5, "rng": few}, atol=1e-4)
    small = rng.normal(size=(2, 3))
    yield Case("not training", (small,), {"rate": 0.7, "rng": generator, "training": False})


def randomness(cases: Sequence[Case], results: Sequence[Any]) -> str:
    """Say what of the masks is not drawn as asked."""
    draws = []
    for case, (_, mask) in zip(cases, results, strict=True):
        if case.args[0] is X:
            dropped = case.kwargs["rate"]
            deviation = np.sqrt(dropped * (1 - dropped))
            draws.append(Draw(((np.asarray(mask) != 0) - (1 - dropped)) / deviation, 1 / deviation))
    return what_is_not_random(draws)


dropout_forward = Exercise(
    reference=regularizers.dropout_forward,
    cases=forward_cases,
    withheld=WITHHELD,
    returns=("y", "mask"),
    measure=moments,
    randomness=randomness,
)


@dropout_forward.mistake(
    "What is kept must make up for what is dropped: divide by 1 - rate. Without it, y shrinks with every layer."
)
def not_scaled(x, *, rate, rng, training=True):
    if not training:
        return x, None
    mask = rng.random(x.shape) >= rate
    return x * mask, mask


@dropout_forward.mistake("rate is the probability to *drop*: keep where the random number is at least rate.")
def rate_is_kept(x, *, rate, rng, training=True):
    if not training:
        return x, None
    mask = rng.random(x.shape) < rate
    return x * mask / rate, mask


@dropout_forward.mistake("You drop with the right probability, but divide by rate. Divide by what is kept, 1 - rate.")
def divided_by_the_rate(x, *, rate, rng, training=True):
    if not training:
        return x, None
    mask = rng.random(x.shape) >= rate
    return x * mask / rate, mask


@dropout_forward.mistake("Divide by 1 - rate: multiplying makes what is left smaller still.")
def multiplied_by_kept(x, *, rate, rng, training=True):
    if not training:
        return x, None
    mask = rng.random(x.shape) >= rate
    return x * mask * (1 - rate), mask


@dropout_forward.mistake("You compare a *normal* random number with rate. Use rng.random, which is uniform in [0, 1).")
def normal_numbers(x, *, rate, rng, training=True):
    if not training:
        return x, None
    mask = rng.normal(size=x.shape) < 1 - rate
    return x * mask / (1 - rate), mask


@dropout_forward.mistake("When not training nothing is dropped: return x as it is, and None for the mask.")
def always_drops(x, *, rate, rng, training=True):
    mask = rng.random(x.shape) >= rate
    return x * mask / (1 - rate), mask


@dropout_forward.mistake("y was scaled up while training, so there is nothing to scale when not training: return x.")
def scales_again(x, *, rate, rng, training=True):
    if not training:
        return x * (1 - rate), None
    mask = rng.random(x.shape) >= rate
    return x * mask / (1 - rate), mask


@dropout_forward.mistake(
    "Scale while training, not when predicting. Yours is the other form of dropout, which leaves y too small now."
)
def scales_when_predicting(x, *, rate, rng, training=True):
    if not training:
        return x * (1 - rate), None
    mask = rng.random(x.shape) >= rate
    return x * mask, mask


@dropout_forward.mistake("Draw a number for every entry, rng.random(x.shape): yours drops whole columns.")
def one_mask_for_all_rows(x, *, rate, rng, training=True):
    if not training:
        return x, None
    mask = np.ones(x.shape, bool) & (rng.random(x.shape[1]) >= rate)
    return x * mask / (1 - rate), mask


@dropout_forward.mistake("Draw a number for every entry, rng.random(x.shape): yours drops whole rows.")
def one_mask_for_all_columns(x, *, rate, rng, training=True):
    if not training:
        return x, None
    mask = np.ones(x.shape, bool) & (rng.random((len(x), 1)) >= rate)
    return x * mask / (1 - rate), mask


@dropout_forward.mistake(
    "Your mask has one entry for each column, so whole columns are dropped: draw a number for every entry, "
    "rng.random(x.shape)."
)
def mask_of_one_row(x, *, rate, rng, training=True):
    if not training:
        return x, None
    mask = rng.random(x.shape[1]) >= rate
    return x * mask / (1 - rate), mask


@dropout_forward.mistake(
    "Your mask has one entry for each example, so whole rows are dropped: use rng.random(x.shape)."
)
def mask_of_one_column(x, *, rate, rng, training=True):
    if not training:
        return x, None
    mask = rng.random((len(x), 1)) >= rate
    return x * mask / (1 - rate), mask


@dropout_forward.mistake("The mask must be True where a value is *kept*: the backward pass multiplies by it.")
def mask_of_the_dropped(x, *, rate, rng, training=True):
    if not training:
        return x, None
    dropped = rng.random(x.shape) < rate
    return np.where(dropped, 0, x) / (1 - rate), dropped


@dropout_forward.mistake(
    "Draw from the rng you are given. With a generator or seed of your own every step drops the same."
)
def own_seed(x, *, rate, rng, training=True):
    if not training:
        return x, None
    mask = np.random.default_rng(0).random(x.shape) >= rate
    return x * mask / (1 - rate), mask


@dropout_forward.mistake(
    "You scale as you should, but keep the wrong ones: rate is the probability to *drop*. Keep where the random number "
    "is at least rate."
)
def keeps_with_the_rate(x, *, rate, rng, training=True):
    if not training:
        return x, None
    mask = rng.random(x.shape) < rate
    return x * mask / (1 - rate), mask


@dropout_forward.mistake(
    "rate is the probability to *drop*: keep where the random number is at least rate. Then divide by 1 - rate."
)
def keeps_with_the_rate_and_never_scales(x, *, rate, rng, training=True):
    if not training:
        return x, None
    mask = rng.random(x.shape) < rate
    return x * mask, mask


@dropout_forward.mistake(
    "y is right. But the mask only says what is kept, True or False: the scale 1 / (1 - rate) does not belong in it, "
    "or the backward pass divides twice."
)
def scale_in_the_mask(x, *, rate, rng, training=True):
    if not training:
        return x, None
    mask = (rng.random(x.shape) >= rate) / (1 - rate)
    return x * mask, mask


@dropout_forward.mistake("Return y first, then the mask. When not training, that is x and None.")
def results_swapped(x, *, rate, rng, training=True):
    if not training:
        return None, x
    mask = rng.random(x.shape) >= rate
    return mask, x * mask / (1 - rate)


@dropout_forward.mistake("Operators: a / 1 - rate is (a / 1) - rate. Put 1 - rate in parentheses.")
def no_parentheses(x, *, rate, rng, training=True):
    if not training:
        return x, None
    mask = rng.random(x.shape) >= rate
    return x * mask / 1 - rate, mask


@dropout_forward.mistake("Yours always drops half. The probability to drop is the argument rate.")
def always_half(x, *, rate, rng, training=True):
    if not training:
        return x, None
    mask = rng.random(x.shape) >= 0.5
    return x * mask / 0.5, mask


@dropout_forward.mistake(
    "You drop half, whatever rate says, and scale by 1 - rate. Keep where the random number is at least rate."
)
def half_dropped_and_scaled_by_the_rate(x, *, rate, rng, training=True):
    if not training:
        return x, None
    mask = rng.random(x.shape) >= 0.5
    return x * mask / (1 - rate), mask


@dropout_forward.mistake(
    "Normal random numbers are below 0 half of the time. Use rng.random, which is uniform in [0, 1)."
)
def normal_numbers_of_at_least_rate(x, *, rate, rng, training=True):
    if not training:
        return x, None
    mask = rng.normal(size=x.shape) >= rate
    return x * mask / (1 - rate), mask


@dropout_forward.mistake("One random number decides for all of x. Draw one for every entry: rng.random(x.shape).")
def one_number_for_all(x, *, rate, rng, training=True):
    if not training:
        return x, None
    mask = rng.random() >= rate
    return x * mask / (1 - rate), mask


@dropout_forward.mistake(
    "Divide by 1 - rate, the probability to be kept. Yours divides by the share that this mask happens to keep."
)
def scaled_by_what_was_kept(x, *, rate, rng, training=True):
    if not training:
        return x, None
    mask = rng.random(x.shape) >= rate
    return x * mask / mask.mean(), mask


@dropout_forward.mistake(
    "Which entries are dropped must be left to chance: yours are the first columns, at every step."
)
def first_columns_dropped(x, *, rate, rng, training=True):
    if not training:
        return x, None
    mask = np.ones(x.shape, dtype=bool)
    mask[:, : int(rate * x.shape[1])] = False
    return x * mask / (1 - rate), mask


@dropout_forward.also_correct
def mask_of_ones_and_zeros(x, *, rate, rng, training=True):
    if not training:
        return x, None
    keep = 1 - rate
    mask = (rng.random(x.shape) < keep).astype(float)
    return x * mask / keep, mask


@dropout_forward.also_correct
def with_a_binomial(x, *, rate, rng, training=True):
    if training:
        mask = rng.binomial(1, 1 - rate, size=x.shape)
        return np.where(mask == 1, x / (1 - rate), 0.0), mask
    return x.copy(), None


def backward_cases(rng: np.random.Generator) -> Iterator[Case]:
    mask = np.array([[True, False, True]])
    yield Case("one example", (np.array([[1.0, 2.0, 3.0]]), mask), {"rate": 0.6})
    shape = (4, 5)
    mask = rng.random(shape) >= 0.3
    mask[0, :2] = True, False
    yield Case("a batch", (rng.normal(size=shape), mask), {"rate": 0.3})
    yield Case("single precision", (rng.normal(size=shape).astype(np.float32), mask), {"rate": 0.2})
    yield Case("not training, mask is None", (rng.normal(size=(2, 3)), None), {"rate": 0.3})


dropout_backward = Exercise(reference=regularizers.dropout_backward, cases=backward_cases, withheld=WITHHELD)


@dropout_backward.mistake("Where a value was dropped, y does not depend on it: multiply by the mask.")
def without_the_mask(dy, mask, *, rate):
    return dy if mask is None else dy / (1 - rate)


@dropout_backward.mistake("The forward pass divided by 1 - rate, so its slope is mask / (1 - rate): divide here too.")
def without_the_scale(dy, mask, *, rate):
    return dy if mask is None else dy * mask


@dropout_backward.mistake(
    "dy comes through unchanged in yours. y = x * mask / (1 - rate): its slope is mask / (1 - rate)."
)
def nothing_at_all(dy, mask, *, rate):
    return dy.copy()


@dropout_backward.mistake("The same scale as in the forward pass: divide by 1 - rate, do not multiply.")
def multiplied(dy, mask, *, rate):
    return dy if mask is None else dy * mask * (1 - rate)


@dropout_backward.mistake("Divide by what was kept, 1 - rate; you divide by rate.")
def divided_by_rate(dy, mask, *, rate):
    return dy if mask is None else dy * mask / rate


@dropout_backward.mistake("The mask is True where a value was kept. You let the gradient through where it was dropped.")
def mask_turned_round(dy, mask, *, rate):
    return dy if mask is None else dy * np.logical_not(mask) / (1 - rate)


@dropout_backward.mistake("When not training the mask is None and nothing was dropped: return dy as it is.")
def none_not_handled(dy, mask, *, rate):
    return dy * mask / (1 - rate)


@dropout_backward.mistake("When not training nothing was scaled either: return dy as it is.")
def scales_without_a_mask(dy, mask, *, rate):
    return dy / (1 - rate) if mask is None else dy * mask / (1 - rate)


@dropout_backward.mistake("Your function changes the caller's dy: make a new array, `dy * mask / (1 - rate)`.")
def in_place(dy, mask, *, rate):
    if mask is not None:
        dy *= mask
        dy /= 1 - rate
    return dy


@dropout_backward.mistake(
    "dy[mask] picks out entries and loses the shape. Multiply by the mask: where it is False, dx is 0."
)
def entries_picked_out(dy, mask, *, rate):
    return dy if mask is None else dy[mask] / (1 - rate)


@dropout_backward.mistake("Operators: a / 1 - rate is (a / 1) - rate. Put 1 - rate in parentheses.")
def no_parentheses_in_the_slope(dy, mask, *, rate):
    return dy if mask is None else dy * mask / 1 - rate


@dropout_backward.mistake("Without a mask y is x, so the slope is 1, and dx is dy: the gradient goes through.")
def ones_without_a_mask(dy, mask, *, rate):
    return np.ones_like(dy) if mask is None else dy * mask / (1 - rate)


@dropout_backward.mistake("When the mask is None your function returns nothing: return dy as it is.")
def nothing_without_a_mask(dy, mask, *, rate):
    if mask is not None:
        return dy * mask / (1 - rate)


@dropout_backward.mistake(
    "Do not undo dropout: going back, its slope is a factor as well, mask / (1 - rate). You divide by it."
)
def divided_by_the_slope(dy, mask, *, rate):
    return dy if mask is None else dy / mask * (1 - rate)


@dropout_backward.also_correct
def with_where(dy, mask, *, rate):
    if mask is None:
        return dy
    return np.where(mask, dy / (1 - rate), 0.0)


@dropout_backward.also_correct
def entry_by_entry(dy, mask, *, rate):
    if mask is None:
        return dy.copy()
    dx = np.zeros_like(dy)
    dx[mask] = dy[mask] / (1 - rate)
    return dx
