"""Exercise train_and_read: train a better network and hand it over; the check reads with it. Scored, not compared.

Grading reads 500 digits that are not in the students' library, a little noisy. They never reach the student's code: it
trains, returns the network, and the judge reads. The classes are numbered anew for every check, so that a network can
know them from the labels that it was given alone. The score counts what the network reads for sure: the mean over three
seeds less its standard error.
"""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from machine_room import datasets, experiments
from machine_room.exercises.exercise import Case, Exercise, Score
from machine_room.exercises.make_it_better.handed_over import CLASSES, HandedOver, NotANetwork, as_plain, network_of
from machine_room.translation import say, sentence

SEEDS = (0, 1, 2)
#: Read for sure, of 100 digits -> share of the points.
LEVELS = {72: 0.25, 82: 0.5, 88: 0.75, 91: 1.0}
GUESSING = 25.0
READS = 80.0  # what does so has learned to read, whatever it calls the digits
READS_WHAT_IT_KNOWS = 88.0
NOISE = 0.03
PRACTICE_FOR_TRAINING = 1000
NOT_SCORED = (sentence("{name}: not scored", name="train_and_read"),)


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
    numbers = _other_numbers(rng)  # weights that were trained elsewhere know the usual ones
    for number, seed in enumerate((*SEEDS, SEEDS[0])):
        again = sentence("seed {seed} once more", seed=seed)
        words = again if number == len(SEEDS) else sentence("seed {seed}", seed=seed)
        yield Case(words, (x, numbers[labels]), {"seed": seed}, truth=(noisy, numbers[truth]))


def _other_numbers(rng: np.random.Generator) -> Any:
    """Return a number for each class, which for none is its own: all of them in a circle."""
    circle = rng.permutation(CLASSES)
    numbers = np.empty(CLASSES, np.int64)
    numbers[circle] = np.roll(circle, 1)
    return numbers


def _score(cases: Sequence[Case], observed: Sequence[Any]) -> Score:
    try:
        networks = [network_of(seen.value) for seen in observed]
    except NotANetwork as refused:
        return Score(0, NOT_SCORED, refused.hint, refused.mistake)
    if any(seen.changed for seen in observed):
        return Score(0, NOT_SCORED, mistake="changes_its_arguments")
    x_new, truth = cases[0].truth
    if not all(np.isfinite(network.outputs(x_new)).all() for network in networks):
        return Score(0, NOT_SCORED, say("The network's outputs are nan or inf: its weights are far too large."))
    return _scored(cases[0], networks, [network.read(x_new) for network in networks], truth)


def _scored(case: Case, networks: Sequence[HandedOver], readings: Sequence[Any], truth: Any) -> Score:
    right = [_right(reading, truth) for reading in readings[: len(SEEDS)]]
    mean, deviation = experiments.summarize(right)
    error = deviation / len(SEEDS) ** 0.5
    counted = mean - error
    lines = (
        say(
            "train_and_read: reads {mean:.1f} of 100 ({truth} digits, mean of {seeds} seeds)",
            mean=mean,
            truth=len(truth),
            seeds=len(SEEDS),
        ),
        say(
            "by seed {means}; standard error {error:.1f}; counted {counted:.1f}",
            means=", ".join(f"{one:.1f}" for one in right),
            error=error,
            counted=counted,
        ),
    )
    mistake = _mistake(case, networks, readings, mean)
    if mistake is not None:
        return Score(0, lines, mistake=mistake)
    if not np.array_equal(readings[0], readings[-1]):
        hint = say(
            "Called again with the same seed, it is another network. Make the network inside the function, and "
            "draw every random number from default_rng(seed), handed to it as rng."
        )
        return Score(0, lines, hint)
    return _level(counted, lines)


def _right(reading: Any, truth: Any) -> float:
    return 100 * float(np.mean(reading == truth))


def _mistake(case: Case, networks: Sequence[HandedOver], readings: Sequence[Any], mean: float) -> str | None:
    if mean < min(LEVELS):
        if _reads_other_inputs(networks[0], *case.args):
            return "trained_on_other_inputs"
        if _reads_by_other_numbers(readings[0], case.truth[1]):
            return "classes_numbered_otherwise"
    if all(len(np.unique(reading)) == 1 for reading in readings):
        return "always_the_same"
    if mean < GUESSING:
        return "labels_of_other_rows"
    if all(np.array_equal(readings[0], reading) for reading in readings[1:]):
        return "seed_ignored"
    return "no_better_than_the_baseline" if mean < min(LEVELS) else None


def _reads_by_other_numbers(reading: Any, truth: Any) -> bool:
    """Tell whether it keeps the digits apart, but does not call them as the labels do."""
    if _right(reading, truth) > GUESSING:
        return False
    meant = np.array([np.bincount(truth[reading == k], minlength=CLASSES).argmax() for k in range(CLASSES)])
    return _right(meant[reading], truth) >= READS


def _reads_other_inputs(network: HandedOver, x: Any, labels: Any) -> bool:
    """Tell whether it reads the training digits once they are scaled or shifted as some do it before they train."""
    shifted, spread = x - x.mean(axis=0), x.std(axis=0) + 1e-7
    others = [16 * x, 255 * x, 2 * x - 1, x - 0.5, x - x.mean(), (x - x.mean()) / x.std(), shifted, shifted / spread]
    return any(_right(network.read(other), labels) >= READS_WHAT_IT_KNOWS for other in others)


def _level(counted: float, lines: tuple[str, ...]) -> Score:
    reached = [share for level, share in LEVELS.items() if counted >= level]
    following = [level for level in LEVELS if counted < level]
    share = max(reached, default=0.0)
    worth = say(
        "level {reached} of {levels}: {share:.0f} % of the points",
        reached=len(reached),
        levels=len(LEVELS),
        share=100 * share,
    )
    hint = (
        say(
            "Level {level} begins at {following}. What does your experiment table say?",
            level=len(reached) + 1,
            following=following[0],
        )
        if following
        else ""
    )
    return Score(share, (*lines, worth), hint)


train_and_read = Exercise(
    reference=experiments.train_and_read,
    cases=_cases,
    visible_cases=_visible_cases,
    score=_score,
    as_plain=as_plain,
    told_by_error={"'x_new'": "takes_x_new"},
    call_seconds=3.0,
    withheld=("datasets.digits",),
)


@train_and_read.mistake(
    "Digits to read are not handed in any more: the first line is now def train_and_read(x, labels, *, seed), and it "
    "returns the trained network itself, with which the check reads."
)
def takes_x_new(x, labels, x_new, *, seed):
    centres = np.array([x[labels == k].mean(axis=0) for k in range(10)])
    return np.argmin(((x_new[:, None] - centres) ** 2).sum(axis=2), axis=1)


@train_and_read.mistake(
    "Return the trained network itself, as in `return model`, and not numbers that it reads: the check reads with it."
)
def class_numbers_returned(x, labels, *, seed):
    centres = np.array([x[labels == k].mean(axis=0) for k in range(10)])
    return np.argmin(((x[:, None] - centres) ** 2).sum(axis=2), axis=1)


@train_and_read.mistake(
    "All three seeds give the very same network. Draw the first weights and the order of the batches from "
    "np.random.default_rng(seed)."
)
def seed_ignored(x, labels, *, seed):
    centres = np.array([x[labels == k].mean(axis=0) for k in range(10)])
    theta = np.column_stack([2 * centres, -(centres**2).sum(axis=1)]).ravel()
    return {"sizes": [64, 10], "activations": ["linear"], "theta": theta}


@train_and_read.mistake(
    "Every digit is read as the same number: the network has learned nothing. Has fit been called, and is the loss "
    "finite? Print it after each epoch."
)
def always_the_same(x, labels, *, seed):
    theta = np.zeros((10, 65))
    theta[seed % 10, -1] = 1
    return {"sizes": [64, 10], "activations": ["softmax"], "theta": theta.ravel()}


@train_and_read.mistake(
    "It reads hardly more than guessing would. Shuffle x and labels by the same order, x[order] and labels[order]; "
    "train before you return; and look at the loss."
)
def labels_of_other_rows(x, labels, *, seed):
    mixed = np.random.default_rng(seed).permutation(labels)
    centres = np.array([x[mixed == k].mean(axis=0) for k in range(10)])
    theta = np.column_stack([2 * centres, -(centres**2).sum(axis=1)]).ravel()
    return {"sizes": [64, 10], "activations": ["linear"], "theta": theta}


@train_and_read.mistake(
    "It tells the digits apart, but calls them by other numbers than `labels` does. The check numbers the classes "
    "anew: train inside the function, on the x and labels that it is given."
)
def classes_numbered_otherwise(x, labels, *, seed):
    some = np.random.default_rng(seed).permutation(len(x))[:900]
    centres = np.array([x[some][labels[some] == k].mean(axis=0) for k in range(10)])
    theta = np.column_stack([2 * centres, -(centres**2).sum(axis=1)])
    return {"sizes": [64, 10], "activations": ["linear"], "theta": np.roll(theta, 1, axis=0).ravel()}


@train_and_read.mistake(
    "The network reads digits that are scaled or shifted, as you train it, and not x as it comes, from 0 to 1. Train "
    "on x itself: the check hands it to the network as it is."
)
def trained_on_other_inputs(x, labels, *, seed):
    some = np.random.default_rng(seed).permutation(len(x))[:900]
    scaled = 16 * x[some]
    centres = np.array([scaled[labels[some] == k].mean(axis=0) for k in range(10)])
    theta = np.column_stack([2 * centres, -(centres**2).sum(axis=1)]).ravel()
    return {"sizes": [64, 10], "activations": ["linear"], "theta": theta}


@train_and_read.mistake(
    "Your function changes x or labels themselves. Make new arrays: x = x - 0.5, not x -= 0.5; the next seed "
    "needs the old ones."
)
def changes_its_arguments(x, labels, *, seed):
    x += np.random.default_rng(seed).normal(0, 0.1, x.shape)
    centres = np.array([x[labels == k].mean(axis=0) for k in range(10)])
    theta = np.column_stack([2 * centres, -(centres**2).sum(axis=1)]).ravel()
    return {"sizes": [64, 10], "activations": ["linear"], "theta": theta}


@train_and_read.mistake(
    "That is about what the baseline reads. Change one thing that your experiment table calls better, and check again."
)
def no_better_than_the_baseline(x, labels, *, seed):
    rng = np.random.default_rng(seed)
    centres = np.array([x[labels == k].mean(axis=0) for k in range(10)])
    centres += rng.normal(0, 0.35, centres.shape)
    theta = np.column_stack([2 * centres, -(centres**2).sum(axis=1)]).ravel()
    return {"sizes": [64, 10], "activations": ["linear"], "theta": theta}


@train_and_read.also_correct
def with_numpy_alone(x, labels, *, seed):
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
    theta = np.concatenate([np.column_stack([w.T, b]).ravel() for w, b in zip(weights, biases, strict=True)])
    return {"sizes": [64, 100, 10], "activations": ["relu", "softmax"], "theta": theta}


@train_and_read.also_correct
def random_hidden_layer(x, labels, *, seed):
    rng = np.random.default_rng(seed)
    weights, bias = rng.normal(0, 0.3, (x.shape[1], 400)), rng.normal(0, 0.3, 400)
    h = np.maximum(0, x @ weights + bias)
    last = np.linalg.solve(h.T @ h + np.eye(400), h.T @ np.eye(10)[labels])
    theta = np.concatenate([np.vstack([weights, bias]).T.ravel(), np.vstack([last, np.zeros(10)]).T.ravel()])
    return {"sizes": (64, 400, 10), "activations": ("relu", None), "theta": theta}
