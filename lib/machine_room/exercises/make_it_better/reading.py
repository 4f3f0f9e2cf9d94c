"""Exercise train_and_read: train a better network and read digits with it. It is scored, not compared.

Grading reads 500 digits that are not in the students' library, a little noisy and in an order of the secret seed. The
score counts what the network reads for sure: the mean over three seeds less its standard error.
"""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from machine_room import datasets, experiments
from machine_room.exercises.exercise import Case, Exercise, Score

SEEDS = (0, 1, 2)
#: Read for sure, of 100 digits -> share of the points.
LEVELS = {72: 0.25, 82: 0.5, 88: 0.75, 91: 1.0}
GUESSING = 25.0
NOISE = 0.03
PRACTICE_FOR_TRAINING = 1000


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    x, labels = datasets.digits()
    order = rng.permutation(datasets.PRACTICE)
    held_back = datasets.PRACTICE + rng.permutation(len(x) - datasets.PRACTICE)
    return _calls(x[order], labels[order], x[held_back], labels[held_back], rng)


def _visible_cases(rng: np.random.Generator) -> Iterator[Case]:
    x, labels = datasets.practice_digits()
    kept = PRACTICE_FOR_TRAINING
    return _calls(x[:kept], labels[:kept], x[kept:], labels[kept:], rng)


def _calls(x: Any, labels: Any, x_new: Any, truth: Any, rng: np.random.Generator) -> Iterator[Case]:
    noisy = np.clip(x_new + rng.normal(0, NOISE, x_new.shape), 0, 1)
    for number, seed in enumerate((*SEEDS, SEEDS[0])):
        again = " once more" if number == len(SEEDS) else ""
        yield Case(f"seed {seed}{again}", (x, labels, noisy), {"seed": seed}, truth=truth)


def _score(cases: Sequence[Case], observed: Sequence[Any]) -> Score:
    truth = cases[0].truth
    answers = [_from_list(seen.value) if type(seen.value) is list else seen.value for seen in observed]
    unfit = _unfit(answers, truth)
    if unfit is not None:
        return unfit
    name, *readings = "train_and_read", *answers
    if any(seen.changed for seen in observed):
        return Score(0, (f"{name}: not scored",), mistake="changes_its_arguments")
    right = [100 * float(np.mean(reading == truth)) for reading in readings[: len(SEEDS)]]
    mean, deviation = experiments.summarize(right)
    error = deviation / len(SEEDS) ** 0.5
    counted = mean - error
    lines = (
        f"{name}: reads {mean:.1f} of 100 ({len(truth)} digits, mean of {len(SEEDS)} seeds)",
        f"by seed {', '.join(f'{one:.1f}' for one in right)}; standard error {error:.1f}; counted {counted:.1f}",
    )
    mistake = _mistake(readings, mean)
    if mistake is not None:
        return Score(0, lines, mistake=mistake)
    if not np.array_equal(readings[0], readings[-1]):
        hint = (
            "Called again with the same seed, it reads otherwise. Make the network inside the function, and draw every "
            "random number from default_rng(seed), handed to it as rng."
        )
        return Score(0, lines, hint)
    return _level(counted, lines)


def _from_list(value: list[Any]) -> Any:
    try:
        return np.asarray(value)
    except ValueError:  # rows of unequal length
        return value


def _unfit(answers: Sequence[Any], truth: Any) -> Score | None:
    """Return what is wrong with the answers as such: they are to be class numbers, one for each digit."""
    lines = ("train_and_read: not scored",)
    for answer in answers:
        if answer is None:
            return Score(0, lines, "Your function returns None: is the return missing?")
        if type(answer) is not np.ndarray or answer.dtype.kind not in "iuf":
            return Score(0, lines, "Return an array of class numbers, one integer for each row of x_new.")
        if answer.shape == (len(truth), 10):
            return Score(0, lines, mistake="scores_returned")
        if answer.shape != truth.shape:
            expected = f"Return one class number for each of the {len(truth)} rows of x_new"
            return Score(0, lines, f"{expected}, shape {truth.shape}; yours has {answer.shape}.")
    return None


def _mistake(readings: Sequence[Any], mean: float) -> str | None:
    if all(len(np.unique(reading)) == 1 for reading in readings):
        return "always_the_same"
    if mean < GUESSING:
        return "labels_of_other_rows"
    if all(np.array_equal(readings[0], reading) for reading in readings[1:]):
        return "seed_ignored"
    return "no_better_than_the_baseline" if mean < min(LEVELS) else None


def _level(counted: float, lines: tuple[str, ...]) -> Score:
    reached = [share for level, share in LEVELS.items() if counted >= level]
    following = [level for level in LEVELS if counted < level]
    share = max(reached, default=0.0)
    worth = f"level {len(reached)} of {len(LEVELS)}: {100 * share:.0f} % of the points"
    hint = (
        f"Level {len(reached) + 1} begins at {following[0]}. What does your experiment table say?" if following else ""
    )
    return Score(share, (*lines, worth), hint)


train_and_read = Exercise(
    reference=experiments.train_and_read,
    cases=_cases,
    visible_cases=_visible_cases,
    score=_score,
    call_seconds=3.0,
    withheld=("datasets.digits",),
)


@train_and_read.mistake(
    "All three seeds give the very same answers. Draw the first weights and the order of the batches from "
    "np.random.default_rng(seed)."
)
def seed_ignored(x, labels, x_new, *, seed):
    centres = np.array([x[labels == k].mean(axis=0) for k in range(10)])
    return np.argmin(((x_new[:, None] - centres) ** 2).sum(axis=2), axis=1)


@train_and_read.mistake(
    "Return class numbers, one for each row of x_new: np.argmax(outputs, axis=1). Yours has ten numbers for each digit."
)
def scores_returned(x, labels, x_new, *, seed):
    centres = np.array([x[labels == k].mean(axis=0) for k in range(10)])
    return -((x_new[:, None] - centres) ** 2).sum(axis=2)


@train_and_read.mistake(
    "Every digit is read as the same number: the network has learned nothing. Has fit been called, and is the loss "
    "finite? Print it after each epoch."
)
def always_the_same(x, labels, x_new, *, seed):
    return np.full(len(x_new), seed % 10)


@train_and_read.mistake(
    "It reads hardly more than guessing would. Shuffle x and labels by the same order, x[order] and labels[order]; "
    "train before you read; and look at the loss."
)
def labels_of_other_rows(x, labels, x_new, *, seed):
    mixed = np.random.default_rng(seed).permutation(labels)
    centres = np.array([x[mixed == k].mean(axis=0) for k in range(10)])
    return np.argmin(((x_new[:, None] - centres) ** 2).sum(axis=2), axis=1)


@train_and_read.mistake(
    "Your function changes x, labels or x_new themselves. Make new arrays: x = x - 0.5, not x -= 0.5; the next seed "
    "needs the old ones."
)
def changes_its_arguments(x, labels, x_new, *, seed):
    shift = np.random.default_rng(seed).normal(0, 0.1, x.shape[1])
    x -= shift
    x_new -= shift
    centres = np.array([x[labels == k].mean(axis=0) for k in range(10)])
    return np.argmin(((x_new[:, None] - centres) ** 2).sum(axis=2), axis=1)


@train_and_read.mistake(
    "That is about what the baseline reads. Change one thing that your experiment table calls better, and check again."
)
def no_better_than_the_baseline(x, labels, x_new, *, seed):
    few = np.random.default_rng(seed).permutation(len(x))[:12]
    nearest = np.argmin(((x_new[:, None] - x[few]) ** 2).sum(axis=2), axis=1)
    return labels[few][nearest]


@train_and_read.also_correct
def with_numpy_alone(x, labels, x_new, *, seed):
    rng = np.random.default_rng(seed)
    weights = [rng.normal(0, np.sqrt(2 / 64), (64, 100)), rng.normal(0, np.sqrt(2 / 100), (100, 10))]
    biases, moving = [np.zeros(100), np.zeros(10)], None
    for epoch in range(25):
        for batch in np.array_split(rng.permutation(len(x)), len(x) // 32):
            h = np.maximum(0, x[batch] @ weights[0] + biases[0])
            z = h @ weights[1] + biases[1]
            p = np.exp(z - z.max(axis=1, keepdims=True))
            dz = (p / p.sum(axis=1, keepdims=True) - np.eye(10)[labels[batch]]) / len(batch)
            dh = (dz @ weights[1].T) * (h > 0)
            slopes = [x[batch].T @ dh, h.T @ dz, dh.sum(axis=0), dz.sum(axis=0)]
            moving = slopes if moving is None else [0.9 * m + g for m, g in zip(moving, slopes, strict=True)]
            rate = 0.1 * (1 - epoch / 25)
            weights = [w - rate * m for w, m in zip(weights, moving[:2], strict=True)]
            biases = [b - rate * m for b, m in zip(biases, moving[2:], strict=True)]
    return np.argmax(np.maximum(0, x_new @ weights[0] + biases[0]) @ weights[1] + biases[1], axis=1)


@train_and_read.also_correct
def random_hidden_layer(x, labels, x_new, *, seed):
    rng = np.random.default_rng(seed)
    weights, bias = rng.normal(0, 0.3, (x.shape[1], 400)), rng.normal(0, 0.3, 400)
    h, h_new = (np.maximum(0, rows @ weights + bias) for rows in (x, x_new))
    last = np.linalg.solve(h.T @ h + np.eye(400), h.T @ np.eye(10)[labels])
    return np.argmax(h_new @ last, axis=1).tolist()
