"""What notebook 6 claims."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from machine_room import datasets, exercises, experiments
from machine_room.checks import run_check
from machine_room.exercises.make_it_better import reading
from machine_room.explore.activations import deep_run
from machine_room.explore.make_it_better import sanity_run, sick_run, table
from machine_room.layers import Dense
from machine_room.network import Network
from machine_room.optimizers import SGD
from tests.course.claims.registry import claim, near

BASELINE = dict(experiments.BASELINE)
GOOD: dict[str, Any] = {**BASELINE, "activation": "relu", "initializer": "he_normal"}
TUNED: dict[str, Any] = {**GOOD, "optimizer": "Adam", "learning_rate": 0.005}


@cache
def digits() -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    x, labels = datasets.practice_digits()
    return (x[:1000], labels[:1000]), (x[1000:], labels[1000:])


@cache
def _scores(settings: tuple[tuple[str, Any], ...]) -> tuple[float, ...]:
    training, (x, labels) = digits()
    with np.errstate(all="ignore"):
        models = [experiments.train(dict(settings), *training, seed=seed) for seed in (0, 1, 2)]
        return tuple(100 * float(np.mean(experiments.read(model, x) == labels)) for model in models)


def scores(settings: dict[str, Any], **changes: Any) -> tuple[float, ...]:
    """Return how many of 100 validation digits three seeds read."""
    return _scores(tuple({**settings, **changes}.items()))


def gap(without: tuple[float, ...], following: tuple[float, ...]) -> float:
    return experiments.gap_in_standard_errors(without, following)


@claim("baseline-reads-61-40-34")
def the_baseline_reads_61_40_and_34() -> None:
    assert [round(score) for score in scores(BASELINE)] == [61, 40, 34]


@claim("digits-and-their-parts")
def there_are_1797_digits_in_three_parts() -> None:
    (training, _), (validation, _) = digits()
    practice = len(datasets.practice_digits()[0])
    assert (len(training), len(validation), practice) == (1000, 297, 1297)
    assert len(datasets.digits()[0]) - practice == 500


@claim("luckiest-of-fifty")
def the_best_of_fifty_alike_reads_3_more_than_it_will_later() -> None:
    """Networks that read each of 297 digits right by a chance of 93 of 100."""
    read = np.random.default_rng(0).binomial(297, 0.93, size=(4000, 50)) / 297 * 100
    near(float(read.max(axis=1).mean()) - 93, 3, 0.3)


# --- three checks


def checked(activation: str, initializer: str, rate: float = 0.15) -> sanity_run.Run:
    return sanity_run.run(sanity_run.Setting(activation, initializer, rate))


def first_ratio(rate: float) -> float:
    weights = checked("relu", "he_normal", rate).weights
    return experiments.update_ratio(weights[0], weights[1])


@claim("baseline-starts-near-ln-10")
def the_baseline_starts_near_ln_10() -> None:
    near(float(np.log(10)), 2.303, 0.0005)
    assert all(abs(first - np.log(10)) < 0.3 for first in checked("sigmoid", "normal 0.1").first)


@claim("baseline-cannot-learn-twenty-by-heart")
def the_baseline_cannot_learn_twenty_digits_by_heart() -> None:
    near(float(checked("sigmoid", "normal 0.1").few[400]), 2.1, 0.06)


@claim("relu-knows-twenty-by-heart")
def relu_knows_twenty_digits_after_some_70_epochs() -> None:
    near(float(np.argmax(checked("relu", "he_normal").few < 0.1)), 70, 25)


@claim("two-sigmoids-let-little-through")
def two_sigmoids_let_hardly_any_gradient_through() -> None:
    def share(activation: str) -> float:
        rng = np.random.default_rng(0)
        hidden = [Dense(64, activation, kernel_initializer="glorot_normal") for _ in range(2)]
        net = Network([*hidden, Dense(10)], inputs=64, loss="cross_entropy", rng=rng)
        (x, labels), _ = digits()
        net.loss_and_gradient(x, labels)
        first, *_, last = (float(np.linalg.norm(vars(layer)["dweights"])) for layer in net.layers)
        return first / last

    assert share("sigmoid") < 0.1 * share("relu")


@claim("update-ratio-rule-of-thumb")
def ten_times_more_at_the_start_does_no_harm_and_a_hundred_times_more_does() -> None:
    rates = np.geomspace(0.01, 30, 25)
    ratios = np.array([first_ratio(float(rate)) for rate in rates])
    ten, hundred = (float(rates[np.argmin(np.abs(np.log(ratios / ratio)))]) for ratio in (1e-2, 1e-1))
    assert checked("relu", "he_normal", ten).few[-1] < 0.1
    assert not checked("relu", "he_normal", hundred).few[-1] < 0.1


@claim("sure-and-wrong-at-the-start")
def large_weights_and_large_inputs_make_the_first_loss_large() -> None:
    assert min(checked("sigmoid", "normal 1").first) > 2 * np.log(10)
    (x, labels), _ = digits()
    net = Network([Dense(64, "relu"), Dense(10)], inputs=64, loss="cross_entropy", rng=np.random.default_rng(0))
    assert net.loss(x, labels) < 1.5 * np.log(10) < 10 * np.log(10) < net.loss(255 * x, labels)


# --- changes


@claim("gaps-by-luck-alone")
def with_three_seeds_one_gap_of_nine_is_beyond_2_by_luck_and_one_of_sixty_beyond_4() -> None:
    scores = np.random.default_rng(0).normal(size=(100_000, 2, 3))
    means, variances = scores.mean(axis=2), scores.var(axis=2, ddof=1)
    gaps = (means[:, 1] - means[:, 0]) / np.sqrt(variances.sum(axis=1) / 3)
    assert experiments.gap_in_standard_errors(scores[0, 0].tolist(), scores[0, 1].tolist()) == pytest.approx(
        float(gaps[0])
    )
    near(1 / float(np.mean(np.abs(gaps) > 2)), 9, 0.7)
    near(1 / float(np.mean(np.abs(gaps) > 4)), 60, 6)


@claim("adam-at-a-third-of-the-rate")
def at_a_third_of_the_rate_adam_reads_97() -> None:
    near(float(np.mean(scores(BASELINE, optimizer="Adam", learning_rate=0.05))), 97, 1)


@claim("relu-beats-sigmoid-if-shallow")
def with_one_to_three_layers_relu_reads_more_than_the_sigmoid() -> None:
    for depth in (1, 2, 3):
        for rate in (0.03, 0.1, 0.3):
            relu, sigmoid = (
                deep_run.library_course(deep_run.Setting(name, scheme, depth, rate)).right[-1]
                for name, scheme in (("relu", "he"), ("sigmoid", "glorot"))
            )
            assert relu > sigmoid, (depth, rate)


@claim("eight-rows")
def the_table_shows_eight_rows() -> None:
    assert table._ROWS == 8


@claim("twelve-runs")
def of_twelve_runs_one_is_healthy() -> None:
    names = [ailment.name for ailment in sick_run.AILMENTS]
    assert len(names) == len(set(names)) == 12
    assert names.count("healthy") == 1


@claim("gap-of-the-question")
def the_gap_of_the_question_is_1_5() -> None:
    near(gap((90.0, 92.0, 94.0), (93.0, 94.0, 95.0)), 1.5, 0.06)


@claim("first-table")
def relu_and_nesterov_help_and_adam_guesses() -> None:
    near(float(np.mean(scores(BASELINE))), 45, 0.6)
    assert np.mean(scores(BASELINE, activation="relu")) > 94
    assert np.mean(scores(BASELINE, optimizer="Nesterov")) > 94
    assert np.mean(scores(BASELINE, optimizer="Adam")) < 15


@claim("first-table-noise")
def l2_may_be_noise_and_two_more_layers_kill_it() -> None:
    with_penalty = scores(BASELINE, regularization="L2")
    assert np.mean(with_penalty) < np.mean(scores(BASELINE))
    assert abs(gap(scores(BASELINE), with_penalty)) < 4
    assert np.mean(scores(BASELINE, hidden=(64, 64, 64, 64))) < 15


@claim("nothing-helps-the-baseline")
def regularization_and_schedules_do_not_help_the_baseline() -> None:
    for changes in (
        {"regularization": "early stopping"}, {"regularization": "dropout"}, {"regularization": "L2"},
        {"schedule": "performance"}, {"schedule": "exponential"}, {"schedule": "1cycle"},
    ):  # fmt: skip
        assert gap(scores(BASELINE), scores(BASELINE, **changes)) < 2, changes


def learning_curve(settings: dict[str, Any], count: int) -> tuple[float, float]:
    x, labels = datasets.practice_digits()
    model = experiments.train(settings, x[:count], labels[:count], seed=0)
    training, validation = ((x[:count], labels[:count]), digits()[1])
    seen, unseen = (100 * float(np.mean(experiments.read(model, a) == b)) for a, b in (training, validation))
    return seen, unseen


@claim("more-digits-fewer-mistakes")
def with_more_digits_it_reads_fewer_wrong() -> None:
    assert [round(100 - learning_curve(GOOD, count)[1]) for count in (50, 200, 1000)] == [16, 13, 3]


@claim("better-knows-by-heart")
def it_knows_its_training_digits_but_for_a_few() -> None:
    wrong = [round(count * (100 - learning_curve(GOOD, count)[0]) / 100) for count in (50, 200, 1000)]
    assert wrong == [1, 1, 4]


# --- the lecture's suggestions


@cache
def suggestions() -> dict[str, float]:
    """Return the gap of each line of the notebook's table."""
    deep = {**TUNED, "hidden": (64,) * 8}
    rows = {
        "relu": (scores(BASELINE), scores(BASELINE, activation="relu")),
        "swish": (scores(deep), scores(deep, activation="swish")),
        "adam": (scores(BASELINE), scores(BASELINE, optimizer="Adam")),
        "tuned adam": (scores(GOOD), scores(TUNED)),
        "nag": (scores(BASELINE, optimizer="Adam"), scores(BASELINE, optimizer="Nesterov")),
        "sgd": (scores(GOOD, learning_rate=0.5), scores(TUNED)),
        "performance": (scores(TUNED), scores(TUNED, schedule="performance")),
        "1cycle": (scores(TUNED), scores(TUNED, schedule="1cycle")),
        "early stopping": (scores(TUNED), scores(TUNED, regularization="early stopping")),
        "weight decay": (scores(TUNED), scores(TUNED, optimizer="AdamW")),
        "l2": (scores(TUNED, regularization="L2"), scores(TUNED)),
    }
    return {name: gap(*row) if np.ptp(np.array(row)) else 0.0 for name, row in rows.items()}


@claim("two-suggestions-beyond-doubt")
def relu_and_nag_are_beyond_doubt() -> None:
    assert min(suggestions()[name] for name in ("relu", "nag")) > 4


@claim("adam-at-the-wrong-rate")
def adam_at_the_rate_of_sgd_does_harm() -> None:
    assert suggestions()["adam"] < -4


@claim("other-suggestions-change-little")
def the_others_change_little() -> None:
    others = {name: value for name, value in suggestions().items() if name not in ("relu", "nag", "adam")}
    assert all(abs(value) < 4 for value in others.values()), others


# --- your network


@claim("held-back-digits-are-harder")
def the_held_back_digits_are_harder() -> None:
    x, labels = datasets.digits()
    practice = {row.tobytes() for row in datasets.practice_digits()[0]}
    held_back = np.array([row.tobytes() not in practice for row in x])
    training, (unseen, answers) = digits()
    here, there = [], []
    for seed in (0, 1, 2):
        model = experiments.train_and_read(*training, seed=seed)
        here.append(100 * np.mean(experiments.read(model, unseen) == answers))
        model = experiments.train_and_read(*datasets.practice_digits(), seed=seed)
        there.append(100 * np.mean(experiments.read(model, x[held_back]) == labels[held_back]))
    near(float(np.mean(here)), 97, 1)
    near(float(np.mean(there)), 93, 1)


def read_well(x: Any, labels: Any, *, seed: int) -> Any:
    """Train for a short time what earns some points."""
    layers = [Dense(64, "relu", kernel_initializer="he_normal"), Dense(10)]
    model = Network(layers, inputs=64, loss="cross_entropy", rng=np.random.default_rng(seed))
    model.compile(SGD(0.2))
    model.fit(x, labels, epochs=3, progress=False)
    return model


@claim("called-four-times")
def the_check_calls_it_four_times() -> None:
    seeds = []

    def counted(x: Any, labels: Any, *, seed: int) -> Any:
        seeds.append(seed)
        return read_well(x, labels, seed=seed)

    assert run_check(exercises.find("train_and_read"), counted, seed=1).points_share > 0
    assert len(seeds) == 4
    assert len(set(seeds)) == 3


@claim("most-parameters")
def more_than_55_000_parameters_are_refused() -> None:
    def with_units(units: int) -> str:
        def untrained(x: Any, labels: Any, *, seed: int) -> Any:
            rng = np.random.default_rng(seed)
            return Network([Dense(units, "relu"), Dense(10)], inputs=64, loss="cross_entropy", rng=rng)

        return str(run_check(exercises.find("train_and_read"), untrained, seed=1))

    assert "at most" not in with_units(733)  # 733 * 65 + 10 * 734 = 54,985
    assert "has 55,060 parameters; at most 55,000 are accepted" in with_units(734)


@claim("what-counts-and-for-how-much")
def the_mean_less_its_standard_error_counts_and_reaches_the_levels() -> None:
    text = (Path(__file__).parents[3] / "course" / "06-make-it-better" / "make_it_better.md").read_text("utf-8")
    rows = re.search(r"\| read for sure, of 100 \| points \|\n\|---\|---\|\n((?:\| \d+ \| \d \|\n)+)", text)
    assert rows is not None
    stated = {int(read): int(points) / 8 for read, points in re.findall(r"\| (\d+) \| (\d) \|", rows[1])}
    assert stated == reading.LEVELS
    told = str(run_check(exercises.find("train_and_read"), read_well, seed=1))
    mean, error, counted = (float(re.search(rf"{words} (\d+\.\d)", told)[1]) for words in WORDS)  # type: ignore[index]
    near(mean - error, counted, 0.11)


WORDS = ("reads", "standard error", "counted")


@claim("baseline-earns-nothing")
def the_baseline_earns_nothing() -> None:
    def train_and_read(x: Any, labels: Any, *, seed: int) -> Any:
        return experiments.train(experiments.BASELINE, x, labels, seed=seed)

    assert run_check(exercises.find("train_and_read"), train_and_read, seed=1, hidden=True).points_share == 0
