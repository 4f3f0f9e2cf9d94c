"""The exercise cross_entropy: the loss of a classifier, and its slope."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import losses
from machine_room.exercises.backprop.networks import NETWORK_AS_A_WHOLE
from machine_room.exercises.exercise import Case, Exercise


def _entropy_cases(rng: np.random.Generator) -> Iterator[Case]:
    logits = rng.normal(size=(3, 2)).round(2)
    yield Case("3 examples, 2 classes", (logits, np.array([1, 0, 1])))
    logits = 2 * rng.normal(size=(5, 4)).round(2)
    yield Case("5 examples, 4 classes", (logits, rng.permutation([0, 1, 2, 3, 1])))
    logits = np.array([[1000.0, 998.0, 999.0], [1.0, 0.0, 2.0], [-1000.0, -1001.0, -1003.0]])
    yield Case("logits of 1000", (logits + rng.integers(-3, 4, size=(3, 3)), np.array([1, 2, 0])))
    logits = np.array([[0.0, 2400.0, 0.0], [1.0, 2.0, 3.0], [2.0, 0.0, 0.0]]) + rng.normal(size=(3, 3)).round(2)
    yield Case("the right class has a probability of almost 0", (logits, np.array([0, 2, 1])))
    logits = (3 * rng.normal(size=(6, 3))).astype(np.float32)
    yield Case("float32", (logits, rng.permutation([0, 1, 2, 0, 1, 2])))


cross_entropy = Exercise(
    reference=losses.cross_entropy,
    cases=_entropy_cases,
    returns=("loss", "dlogits"),
    withheld=[*NETWORK_AS_A_WHOLE, "activations.softmax", "activations.softmax_backward"],
)


@cross_entropy.also_correct
def entropy_row_by_row(logits, labels):
    loss, dlogits = 0.0, np.zeros(logits.shape)
    for row in range(len(labels)):
        z = logits[row] - max(logits[row])
        p = np.exp(z) / sum(np.exp(z))
        loss += (np.log(sum(np.exp(z))) - z[labels[row]]) / len(labels)
        for k in range(len(z)):
            dlogits[row, k] = (p[k] - (k == labels[row])) / len(labels)
    return loss, dlogits


@cross_entropy.also_correct
def entropy_with_one_hot(logits, labels):
    n, classes = logits.shape
    wanted = np.eye(classes)[labels]
    shifted = logits - np.max(logits, axis=1).reshape(n, 1)
    log_p = shifted - np.logaddexp.reduce(shifted, axis=1, keepdims=True)
    return -np.sum(wanted * log_p) / n, (np.exp(log_p) - wanted) / n


@cross_entropy.also_correct
def entropy_with_logaddexp(logits, labels):
    log_p = logits - np.logaddexp.reduce(logits, axis=1)[:, None]
    right = np.arange(logits.shape[1]) == labels[:, None]
    return -log_p[right].mean(), (np.exp(log_p) - right) / len(logits)


@cross_entropy.mistake(
    "exp of a large logit is infinite, and infinity divided by infinity is not a number. Subtract the largest logit of "
    "each row first."
)
def entropy_without_shift(logits, labels):
    rows = np.arange(len(logits))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    loss = -np.log(p[rows, labels]).mean()
    p[rows, labels] -= 1
    return loss, p / len(logits)


@cross_entropy.mistake(
    "A probability may be rounded to exactly 0, and log(0) is minus infinity. Do not take the logarithm of p: use "
    "log p = z - log(sum of exp(z))."
)
def entropy_takes_log_of_zero(logits, labels):
    rows = np.arange(len(logits))
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    loss = -np.log(p[rows, labels]).mean()
    p[rows, labels] -= 1
    return loss, p / len(logits)


@cross_entropy.mistake(
    "The small number you add inside the logarithm changes the loss. Use log p = z - log(sum of exp(z)), which needs "
    "no such guard."
)
def entropy_adds_a_guard(logits, labels):
    rows = np.arange(len(logits))
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    loss = -np.log(p[rows, labels] + 1e-12).mean()
    p[rows, labels] -= 1
    return loss, p / len(logits)


@cross_entropy.mistake(
    "You subtract one maximum from all rows, so rows with small logits become all zeros after exp. Each row needs its "
    "own: logits.max(axis=1, keepdims=True)."
)
def entropy_shifts_by_one_maximum(logits, labels):
    rows = np.arange(len(logits))
    shifted = logits - logits.max()
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dlogits = np.exp(log_p)
    dlogits[rows, labels] -= 1
    return -log_p[rows, labels].mean(), dlogits / len(logits)


@cross_entropy.mistake("Your softmax runs down the columns. The classes of one example are a row: axis=1.")
def entropy_runs_down_the_columns(logits, labels):
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=0, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=0, keepdims=True))
    dlogits = np.exp(log_p)
    dlogits[rows, labels] -= 1
    return -log_p[rows, labels].mean(), dlogits / len(logits)


@cross_entropy.mistake(
    "Your softmax divides by the sum over the whole batch. Each example has its own: .sum(axis=1, keepdims=True). "
    "(And subtract each row's largest logit first.)"
)
def entropy_sums_the_whole_batch(logits, labels):
    rows = np.arange(len(logits))
    p = np.exp(logits) / np.sum(np.exp(logits))
    loss = -np.log(p[rows, labels]).mean()
    p[rows, labels] -= 1
    return loss, p / len(logits)


@cross_entropy.mistake(
    "The loss is right, but dlogits is too large by the number of examples: the loss is a mean, so its slope is "
    "divided by n too."
)
def entropy_slope_without_mean(logits, labels):
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dlogits = np.exp(log_p)
    dlogits[rows, labels] -= 1
    return -log_p[rows, labels].mean(), dlogits


@cross_entropy.mistake("The loss is a sum over the examples. Take the mean; dlogits is right already.")
def entropy_loss_without_mean(logits, labels):
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dlogits = np.exp(log_p)
    dlogits[rows, labels] -= 1
    return -log_p[rows, labels].sum(), dlogits / len(logits)


@cross_entropy.mistake("Both are sums over the examples. Take the mean: divide the loss and dlogits by n.")
def entropy_without_any_mean(logits, labels):
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dlogits = np.exp(log_p)
    dlogits[rows, labels] -= 1
    return -log_p[rows, labels].sum(), dlogits


@cross_entropy.mistake("dlogits is divided twice. Once is enough: by the number of examples.")
def entropy_divides_twice(logits, labels):
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dlogits = np.exp(log_p) / len(logits)
    dlogits[rows, labels] -= 1 / len(logits)
    return -log_p[rows, labels].mean(), dlogits / len(logits)


@cross_entropy.mistake(
    "The mean runs over the examples only. You also divide by the number of classes: use len(logits)."
)
def entropy_divides_by_the_classes(logits, labels):
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dlogits = np.exp(log_p)
    dlogits[rows, labels] -= 1
    return -log_p[rows, labels].sum() / logits.size, dlogits / logits.size


@cross_entropy.mistake("The loss is the *negative* logarithm: minus in front, so that it is never below 0.")
def entropy_forgets_the_minus(logits, labels):
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dlogits = np.exp(log_p)
    dlogits[rows, labels] -= 1
    return log_p[rows, labels].mean(), dlogits / len(logits)


@cross_entropy.mistake("dlogits has the wrong sign: predicted minus wanted, p - 1 at the label.")
def entropy_slope_has_the_wrong_sign(logits, labels):
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dlogits = -np.exp(log_p)
    dlogits[rows, labels] += 1
    return -log_p[rows, labels].mean(), dlogits / len(logits)


@cross_entropy.mistake("dlogits is p alone. Predicted minus wanted: subtract 1 at each row's label.")
def entropy_slope_without_label(logits, labels):
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -log_p[rows, labels].mean(), np.exp(log_p) / len(logits)


@cross_entropy.mistake(
    "dlogits[labels] picks whole rows. Pick one entry in each row: dlogits[np.arange(len(labels)), labels]."
)
def entropy_subtracts_from_rows(logits, labels):
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dlogits = np.exp(log_p)
    dlogits[labels] -= 1
    return -log_p[rows, labels].mean(), dlogits / len(logits)


@cross_entropy.mistake(
    "[:, labels] picks the labels' columns in all rows. Pick one entry in each row: [np.arange(len(labels)), labels]."
)
def entropy_picks_whole_columns(logits, labels):
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dlogits = np.exp(log_p)
    dlogits[:, labels] -= 1
    return -log_p[:, labels].mean(), dlogits / len(logits)


@cross_entropy.mistake("The loss is made of the logits themselves. First turn them into log-probabilities.")
def entropy_without_softmax(logits, labels):
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    p[rows, labels] -= 1
    return -logits[rows, labels].mean(), p / len(logits)


@cross_entropy.mistake("The loss is minus the probability. Take its logarithm: -log p.")
def entropy_without_logarithm(logits, labels):
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    loss = -p[rows, labels].mean()
    p[rows, labels] -= 1
    return loss, p / len(logits)


@cross_entropy.mistake("Your logarithm has base 2. The loss uses the natural one: np.log.")
def entropy_in_bits(logits, labels):
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dlogits = np.exp(log_p)
    dlogits[rows, labels] -= 1
    return -log_p[rows, labels].mean() / np.log(2), dlogits / len(logits)


@cross_entropy.mistake(
    "`logits -= ...` changes the caller's array. Write shifted = logits - ..., which makes a new one."
)
def entropy_in_place(logits, labels):
    rows = np.arange(len(logits))
    logits -= logits.max(axis=1, keepdims=True)
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    dlogits = np.exp(log_p)
    dlogits[rows, labels] -= 1
    return -log_p[rows, labels].mean(), dlogits / len(logits)


@cross_entropy.mistake("dlogits is missing: return two results, loss and dlogits.")
def entropy_loss_alone(logits, labels):
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(logits)), labels].mean()


@cross_entropy.mistake("You return a loss for each example. The loss is their mean, one number.")
def entropy_of_every_example(logits, labels):
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dlogits = np.exp(log_p)
    dlogits[rows, labels] -= 1
    return -log_p[rows, labels], dlogits / len(logits)


@cross_entropy.mistake(
    "You shift each row by its own maximum, but the softmax divides by the sum over the whole batch. Each row has its "
    "own sum: .sum(axis=1, keepdims=True)."
)
def entropy_shifts_rows_and_sums_the_batch(logits, labels):
    rows = np.arange(len(logits))
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = exponentials / exponentials.sum()
    loss = -np.log(p[rows, labels]).mean()
    p[rows, labels] -= 1
    return loss, p / len(logits)


@cross_entropy.mistake(
    "p - labels subtracts the *numbers* of the classes. Wanted is 1 at the label and 0 elsewhere: subtract 1 from one "
    "entry in each row, p[np.arange(n), labels] -= 1."
)
def entropy_subtracts_the_labels(logits, labels):
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dlogits = np.exp(log_p) - labels
    return -log_p[np.arange(len(logits)), labels].mean(), dlogits / len(logits)


@cross_entropy.mistake("The two results are right, their order is not: return loss, dlogits.")
def entropy_returns_the_slope_first(logits, labels):
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dlogits = np.exp(log_p)
    dlogits[rows, labels] -= 1
    return dlogits / len(logits), -log_p[rows, labels].mean()


@cross_entropy.mistake(
    "log p is the average over all classes. Only the right class of each row counts: "
    "log_p[np.arange(n), labels].mean()."
)
def entropy_averages_all_classes(logits, labels):
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dlogits = np.exp(log_p)
    dlogits[rows, labels] -= 1
    return -log_p.mean(), dlogits / len(logits)


@cross_entropy.mistake(
    "The logarithm of the sum is of shifted logits, z itself is not shifted. Use the shifted ones in both places."
)
def entropy_shifts_in_one_place(logits, labels):
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    loss = -(logits[rows, labels] - np.log(np.exp(shifted).sum(axis=1))).mean()
    p[rows, labels] -= 1
    return loss, p / len(logits)


@cross_entropy.mistake(
    "You clip p before the logarithm, which changes the loss. Use log p = z - log(sum of exp(z)), which needs no such "
    "guard."
)
def entropy_clips(logits, labels):
    rows = np.arange(len(logits))
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    loss = -np.log(np.clip(p[rows, labels], 1e-7, 1)).mean()
    p[rows, labels] -= 1
    return loss, p / len(logits)


@cross_entropy.mistake(
    "You subtract each row's mean. The largest logit may still be far above it, and exp of it infinite: subtract "
    "the largest."
)
def entropy_shifts_by_the_mean(logits, labels):
    rows = np.arange(len(logits))
    shifted = logits - logits.mean(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dlogits = np.exp(log_p)
    dlogits[rows, labels] -= 1
    return -log_p[rows, labels].mean(), dlogits / len(logits)


@cross_entropy.mistake("The classes are numbered from 0, like NumPy's columns: labels, not labels - 1.")
def entropy_counts_from_one(logits, labels):
    rows, labels = np.arange(len(logits)), labels - 1
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dlogits = np.exp(log_p)
    dlogits[rows, labels] -= 1
    return -log_p[rows, labels].mean(), dlogits / len(logits)


@cross_entropy.mistake("n is the number of examples, len(logits). logits.shape[1] is the number of classes.")
def entropy_counts_the_classes(logits, labels):
    n = logits.shape[1]
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dlogits = np.exp(log_p)
    dlogits[np.arange(n), labels] -= 1
    return -log_p[np.arange(n), labels].mean(), dlogits / n


@cross_entropy.mistake(
    "labels holds one number for each row, that of its class, not zeros and a one. Pick with it: "
    "log_p[np.arange(n), labels]."
)
def entropy_takes_labels_for_one_hot(logits, labels):
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    loss = -(labels * np.log(p)).sum() / len(logits)
    return loss, (p - labels) / len(logits)


@cross_entropy.mistake(
    "Only the last example counts in the loss: inside the loop you overwrite it. Add up, with += or -=."
)
def entropy_overwrites_the_loss(logits, labels):
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dlogits = np.exp(log_p)
    dlogits[rows, labels] -= 1
    return -log_p[-1, labels[-1]] / len(logits), dlogits / len(logits)


@cross_entropy.mistake(
    "That is the entropy of yes or no for every class, added up. With one right class of several the loss is "
    "-log of its probability alone: leave out the (1 - y) * log(1 - p)."
)
def entropy_of_yes_or_no(logits, labels):
    n, classes = logits.shape
    logs = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    p, y = np.exp(logs), np.eye(classes)[labels]
    others = np.where(y == 0, np.log1p(-np.minimum(p, 1 - 1e-12)), 0.0)
    return -((y * logs).sum() + others.sum()) / n, (p - y) / n


@cross_entropy.mistake(
    "p * (1 - p) is the slope of a single probability. Softmax and logarithm together give p, minus 1 at the label."
)
def entropy_with_the_slope_of_softmax(logits, labels):
    n = len(labels)
    logs = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    p = np.exp(logs)
    return -logs[np.arange(n), labels].mean(), p * (1 - p) / n


@cross_entropy.mistake("The logits are taken for probabilities: apply the softmax first, then the logarithm.")
def entropy_of_the_logits(logits, labels):
    n = len(labels)
    wanted = np.eye(logits.shape[1])[labels]
    with np.errstate(all="ignore"):
        loss = -np.mean(np.log(logits[np.arange(n), labels]))
    return loss, (logits - wanted) / n
