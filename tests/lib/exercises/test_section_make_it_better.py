"""Section 6: the network is scored in levels, over seeds, on digits held back."""

# Functions as students write them, without types.
# mypy: allow-untyped-defs, allow-untyped-calls

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from machine_room import datasets, exercises, experiments
from machine_room.checks import check, run_check
from machine_room.checks.run import VISIBLE_SEED
from machine_room.exercises.exercise import Case, Exercise, Score
from machine_room.exercises.make_it_better.reading import LEVELS, NOISE, _scored

EXERCISE = exercises.find("train_and_read")
TRUTH = np.arange(200) % 10


def baseline(x, labels, *, seed):
    return experiments.train(experiments.BASELINE, x, labels, seed=seed)


def random_features(x, labels, *, seed):
    return next(one for one in EXERCISE.variants if one.__name__ == "random_hidden_layer")(x, labels, seed=seed)


def reading(right, first):
    """A reading of TRUTH with so many right; which ones are wrong depends on `first`."""
    answer = TRUTH.copy()
    wrong = (first + np.arange(len(TRUTH) - right)) % len(TRUTH)
    answer[wrong] = (answer[wrong] + 1) % 10
    return answer


def scored(answers):
    """The score where four networks read that; what else they would read is nothing."""
    case = Case("", (np.random.default_rng(0).random((5, 64)), np.arange(5)), truth=(None, TRUTH))
    reads: Any = SimpleNamespace(read=lambda x: np.full(len(x), -1))
    return _scored(case, [reads], answers, TRUTH)


def scored_at(*right):
    """The score of three seeds that read so many of 200, and of the first seed again."""
    readings = [reading(count, 10 * number) for number, count in enumerate(right)]
    return scored([*readings, readings[0]])


@pytest.mark.parametrize("seed", [VISIBLE_SEED, 1, 2])
def test_the_baseline_earns_nothing_and_is_named(seed: Any) -> None:
    result = run_check(EXERCISE, baseline, seed=seed, hidden=True)
    assert (result.passed, result.points_share, result.mistake) == (False, 0.0, "no_better_than_the_baseline")


@pytest.mark.parametrize("seed", range(100, 104))
def test_a_network_that_follows_the_lecture_earns_all(seed: int) -> None:
    result = run_check(EXERCISE, experiments.train_and_read, seed=seed, hidden=True)
    assert (result.passed, result.points_share, result.outcome) == (True, 1.0, "correct")


@pytest.mark.parametrize(("right", "share"), [(143, 0), (144, 0.25), (164, 0.5), (176, 0.75), (182, 1), (199, 1)])
def test_the_share_follows_the_levels(right: int, share: float) -> None:
    assert scored_at(right, right, right).share == share


def test_the_standard_error_is_taken_off() -> None:
    same, spread = scored_at(182, 182, 182), scored_at(174, 182, 190)
    assert (same.share, spread.share) == (1.0, 0.75)
    assert "standard error 2.3; counted 88.7" in spread.lines[1]
    assert spread.hint.startswith("Level 4 begins at 91.")


def test_another_answer_for_the_same_seed_is_not_scored() -> None:
    found = scored([reading(195, 0), reading(195, 10), reading(195, 20), reading(195, 30)])
    assert found.share == 0
    assert found.hint.startswith("Called again with the same seed, it is another network.")


def test_an_error_and_what_is_not_written_are_told() -> None:
    def broken(x, labels, *, seed):
        raise ValueError("operands could not be broadcast together")

    def unwritten(x, labels, *, seed):
        raise NotImplementedError

    wrong, missing = (run_check(EXERCISE, function, seed=VISIBLE_SEED) for function in (broken, unwritten))
    assert (wrong.outcome, wrong.points_share) == ("error", 0.0)
    assert "ValueError" in wrong.text
    assert (missing.outcome, missing.points_share) == ("missing", 0.0)
    assert missing.text.startswith("train_and_read is not written yet")


@pytest.mark.parametrize(("meant", "told"), [(0.0, True), (60.0, False), (None, False)])
def test_a_call_that_takes_too_long_is_told_where_students_see_it(meant: float | None, told: bool) -> None:
    def one():
        return 1

    exercise = Exercise(
        reference=one,
        cases=lambda rng: [Case("a call")],
        score=lambda cases, observed: Score(1.0, ("fine",)),
        call_seconds=meant,
    )
    visible, hidden = (run_check(exercise, one, seed=seed, hidden=seed == 1) for seed in (VISIBLE_SEED, 1))
    assert ("the slowest call took 0 s, 0 are meant: grading stops what is too slow" in visible.text) == told
    assert visible.passed
    assert "slowest" not in hidden.text


def test_a_check_that_trains_says_in_a_notebook_how_many_calls_are_done(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "machine_room.checks.run.borrowed_sentence", lambda exercise, function: ""
    )  # calls it once more
    monkeypatch.setattr("machine_room.checks.run.in_notebook", lambda: True)
    monkeypatch.setattr("machine_room.progress_line.in_notebook", lambda: True)
    monkeypatch.setattr(
        "IPython.display.display",
        lambda bundle, **options: (
            said.append(bundle["text/plain"])
            or SimpleNamespace(update=lambda newer, raw: said.append(newer["text/plain"]))
        ),
    )

    def train_and_read(x, labels, *, seed):
        said.append("trained")
        return random_features(x, labels, seed=seed)

    check(train_and_read)
    assert [line.split("] ")[-1].split("  ")[0] for line in said] == [
        "call 0/4", "trained", "call 1/4", "trained", "call 2/4", "trained", "call 3/4", "trained", "call 4/4",
    ]  # fmt: skip


def test_the_check_that_students_see_takes_no_points_where_it_passes() -> None:
    def middling(x, labels, *, seed):
        some = np.random.default_rng(seed).permutation(len(x))[:150]
        return random_features(x[some], labels[some], seed=seed)

    visible = run_check(EXERCISE, middling, seed=VISIBLE_SEED)
    hidden = run_check(EXERCISE, middling, seed=5, hidden=True)
    assert (visible.passed, visible.points_share) == (True, 1.0)
    assert (hidden.passed, hidden.outcome) == (True, "wrong")
    assert hidden.points_share in set(LEVELS.values()) - {1.0}


def numbers_of(seed):
    """What the check calls the classes: the usual number -> the one of this seed."""
    x, labels = datasets.practice_digits()
    known = {row.tobytes(): label for row, label in zip(x, labels, strict=True)}
    case = EXERCISE.draw(seed)[0]
    pairs = {(int(known[row.tobytes()]), int(label)) for row, label in zip(*case.args, strict=True)}
    assert len(pairs) == 10
    return np.array([new for _, new in sorted(pairs)])


def test_grading_reads_digits_that_are_not_for_practice_and_never_hands_them_out() -> None:
    practice = {row.tobytes() for row in datasets.practice_digits()[0]}
    held_back, labels = (array[datasets.PRACTICE :] for array in datasets.digits())
    for seed in (1, 2):
        for case in EXERCISE.draw(seed):
            x, given = case.args
            x_new, truth = case.truth
            assert {row.tobytes() for row in x} == practice
            assert len(given) == len(x) == datasets.PRACTICE
            assert set(case.kwargs) == {"seed"}
            distances = ((x_new[:, None] - held_back) ** 2).sum(axis=2)
            nearest = distances.argmin(axis=1)
            assert sorted(nearest) == list(range(len(held_back)))
            assert (numbers_of(seed)[labels[nearest]] == truth).all()
            assert np.abs(x_new - held_back[nearest]).max() < 6 * NOISE


def test_the_classes_are_numbered_anew_for_every_check() -> None:
    seen = [tuple(numbers_of(seed)) for seed in (VISIBLE_SEED, 1, 2)]
    assert len(set(seen)) == 3
    assert all(sorted(numbers) == list(range(10)) for numbers in seen)
    assert not any(number == usual for numbers in seen for usual, number in enumerate(numbers))


@pytest.mark.parametrize("seed", [VISIBLE_SEED, 1])
def test_work_of_the_former_contract_is_told_what_has_changed(seed: Any) -> None:
    def train_and_read(x, labels, x_new, *, seed):
        return experiments.read(experiments.train(experiments.BASELINE, x, labels, seed=seed), x_new)

    result = run_check(EXERCISE, train_and_read, seed=seed)
    assert (result.passed, result.points_share, result.mistake) == (False, 0.0, "takes_x_new")
    said = "the first line is now def train_and_read(x, labels, *, seed), and it returns the trained network"
    assert said in str(result.hint)


def test_another_wrong_signature_is_told_in_pythons_words() -> None:
    def train_and_read(x, labels, seed, extra):
        return None

    train_and_read.__qualname__ = "train_and_read"
    result = run_check(EXERCISE, train_and_read, seed=VISIBLE_SEED)
    assert (result.outcome, result.mistake) == ("error", None)
    assert "Keep the first line as it was given: def train_and_read(x, labels, *, seed):" in str(result.hint)


SHIFTS = {
    "16 x": lambda x: 16 * x,
    "2 x - 1": lambda x: 2 * x - 1,
    "standardized": lambda x: (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-7),
    "less the mean": lambda x: x - x.mean(axis=0),
}


@pytest.mark.parametrize("shift", SHIFTS.values(), ids=SHIFTS)
def test_a_network_for_other_inputs_is_named_or_reads_well_all_the_same(shift: Callable[..., Any]) -> None:
    def train_and_read(x, labels, *, seed):
        return experiments.train_and_read(shift(x), labels, seed=seed)

    result = run_check(EXERCISE, train_and_read, seed=1, hidden=True)
    assert result.points_share >= 0.25 or result.mistake == "trained_on_other_inputs"


def test_the_visible_check_trains_on_practice_digits_and_reads_with_others_of_them() -> None:
    x, labels = datasets.practice_digits()
    case = EXERCISE.draw(VISIBLE_SEED)[0]
    np.testing.assert_array_equal(case.args[0], x[:1000])
    np.testing.assert_array_equal(case.truth[1], numbers_of(VISIBLE_SEED)[labels[1000:]])


def test_a_check_of_one_answer_is_not_scored_and_the_other_way_round() -> None:
    assert [one.name for one in exercises.all_exercises() if one.score is not None] == [
        "failing_input",
        "train_and_read",
    ]


def test_settings_that_the_baseline_does_not_have_are_named() -> None:
    with pytest.raises(ValueError, match="the baseline has no setting 'epoch': it has hidden, activation, "):
        experiments.one_change_at_a_time(experiments.BASELINE, {"epoch": [1]})


def test_one_seed_says_nothing_about_the_spread() -> None:
    with pytest.raises(ValueError, match="at least two numbers, one for each seed, but it holds 1"):
        experiments.summarize([90.0])


@pytest.mark.parametrize("name", experiments.CHANGES)
def test_every_change_of_the_table_can_be_trained(name: str) -> None:
    x, labels = datasets.practice_digits()
    for value in experiments.CHANGES[name]:
        settings = {**experiments.BASELINE, "epochs": 2, name: value}
        if name == "epochs":
            continue
        told: list[float] = []
        model = experiments.train(settings, x[:100], labels[:100], seed=0, progress=told.append)
        assert set(experiments.read(model, x)) <= set(range(10))
        assert told == [0.5, 1.0]


def test_the_same_seed_trains_the_same_network() -> None:
    x, labels = datasets.practice_digits()
    settings = {**experiments.BASELINE, "epochs": 2, "regularization": "dropout"}
    one, again, other = (experiments.train(settings, x[:99], labels[:99], seed=seed).theta for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
