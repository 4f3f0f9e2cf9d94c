"""Section 6: the network is scored in levels, over seeds, on digits held back."""

from types import SimpleNamespace

import numpy as np
import pytest

from machine_room import datasets, exercises, experiments
from machine_room.checks import check, run_check
from machine_room.checks.observe import Observation
from machine_room.checks.run import VISIBLE_SEED
from machine_room.exercises.exercise import Case, Exercise, Score
from machine_room.exercises.make_it_better.reading import LEVELS, NOISE

EXERCISE = exercises.find("train_and_read")
TRUTH = np.arange(200) % 10


def baseline(x, labels, x_new, *, seed):
    return experiments.read(experiments.train(experiments.BASELINE, x, labels, seed=seed), x_new)


def random_features(x, labels, x_new, *, seed):
    return next(one for one in EXERCISE.variants if one.__name__ == "random_hidden_layer")(x, labels, x_new, seed=seed)


def reading(right, first):
    """A reading of TRUTH with so many right; which ones are wrong depends on `first`."""
    answer = TRUTH.copy()
    wrong = (first + np.arange(len(TRUTH) - right)) % len(TRUTH)
    answer[wrong] = (answer[wrong] + 1) % 10
    return answer


def scored(answers):
    cases = [Case("", truth=TRUTH) for _ in answers]
    return EXERCISE.score(cases, [Observation(answer) for answer in answers])


def scored_at(*right):
    """The score of three seeds that read so many of 200, and of the first seed again."""
    readings = [reading(count, 10 * number) for number, count in enumerate(right)]
    return scored([*readings, readings[0]])


@pytest.mark.parametrize("seed", [VISIBLE_SEED, 1, 2])
def test_the_baseline_earns_nothing_and_is_named(seed):
    result = run_check(EXERCISE, baseline, seed=seed, hidden=True)
    assert (result.passed, result.points_share, result.mistake) == (False, 0.0, "no_better_than_the_baseline")


@pytest.mark.parametrize("seed", range(100, 104))
def test_a_network_that_follows_the_lecture_earns_all(seed):
    result = run_check(EXERCISE, experiments.train_and_read, seed=seed, hidden=True)
    assert (result.passed, result.points_share, result.outcome) == (True, 1.0, "correct")


@pytest.mark.parametrize(("right", "share"), [(143, 0), (144, 0.25), (164, 0.5), (176, 0.75), (182, 1), (199, 1)])
def test_the_share_follows_the_levels(right, share):
    assert scored_at(right, right, right).share == share


def test_the_standard_error_is_taken_off():
    same, spread = scored_at(182, 182, 182), scored_at(174, 182, 190)
    assert (same.share, spread.share) == (1.0, 0.75)
    assert "standard error 2.3; counted 88.7" in spread.lines[1]
    assert spread.hint.startswith("Level 4 begins at 91.")


def test_another_answer_for_the_same_seed_is_not_scored():
    found = scored([reading(195, 0), reading(195, 10), reading(195, 20), reading(195, 30)])
    assert found.share == 0
    assert found.hint.startswith("Called again with the same seed, it reads otherwise.")


@pytest.mark.parametrize("made", [list, lambda array: array.astype(float), lambda array: array.astype(np.int32)])
def test_class_numbers_of_any_kind_are_read(made):
    readings = [made(reading(190, first)) for first in (0, 10, 20, 0)]
    assert scored(readings).share == 1


UNFIT = {
    "nothing": (None, "Your function returns None"),
    "text": ("3", "Return an array of class numbers"),
    "a column": (TRUTH[:, None], "Return one class number for each of the 200 rows"),
    "too few": (TRUTH[1:], "yours has (199,)"),
}


@pytest.mark.parametrize(("answer", "words"), UNFIT.values(), ids=UNFIT)
def test_what_is_no_class_number_is_told(answer, words):
    found = scored([answer] * 4)
    assert found.share == 0
    assert words in found.hint


def test_an_error_and_what_is_not_written_are_told():
    def broken(x, labels, x_new, *, seed):
        raise ValueError("operands could not be broadcast together")

    def unwritten(x, labels, x_new, *, seed):
        raise NotImplementedError

    wrong, missing = (run_check(EXERCISE, function, seed=VISIBLE_SEED) for function in (broken, unwritten))
    assert (wrong.outcome, wrong.points_share) == ("error", 0.0)
    assert "ValueError" in wrong.text
    assert (missing.outcome, missing.points_share) == ("missing", 0.0)
    assert missing.text.startswith("train_and_read is not written yet")


@pytest.mark.parametrize(("meant", "told"), [(0.0, True), (60.0, False), (None, False)])
def test_a_call_that_takes_too_long_is_told_where_students_see_it(meant, told):
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


def test_a_check_that_trains_says_in_a_notebook_how_many_calls_are_done(monkeypatch):
    said = []
    monkeypatch.setattr("machine_room.checks.run.in_notebook", lambda: True)
    monkeypatch.setattr("machine_room.progress.in_notebook", lambda: True)
    monkeypatch.setattr(
        "IPython.display.display",
        lambda bundle, **options: (
            said.append(bundle["text/plain"])
            or SimpleNamespace(update=lambda newer, raw: said.append(newer["text/plain"]))
        ),
    )

    def train_and_read(x, labels, x_new, *, seed):
        said.append("trained")
        return random_features(x, labels, x_new, seed=seed)

    check(train_and_read)
    assert [line.split("] ")[-1].split("  ")[0] for line in said] == [
        "call 0/4", "trained", "call 1/4", "trained", "call 2/4", "trained", "call 3/4", "trained", "call 4/4",
    ]  # fmt: skip


def test_the_check_that_students_see_takes_no_points_where_it_passes():
    def middling(x, labels, x_new, *, seed):
        some = np.random.default_rng(seed).permutation(len(x))[:150]
        return random_features(x[some], labels[some], x_new, seed=seed)

    visible = run_check(EXERCISE, middling, seed=VISIBLE_SEED)
    hidden = run_check(EXERCISE, middling, seed=5, hidden=True)
    assert (visible.passed, visible.points_share) == (True, 1.0)
    assert (hidden.passed, hidden.outcome) == (True, "wrong")
    assert hidden.points_share in set(LEVELS.values()) - {1.0}


def test_grading_reads_digits_that_are_not_for_practice():
    practice = {row.tobytes() for row in datasets.practice_digits()[0]}
    held_back, labels = (array[datasets.PRACTICE :] for array in datasets.digits())
    for seed in (1, 2):
        x, _, x_new = EXERCISE.draw(seed)[0].args
        truth = EXERCISE.draw(seed)[0].truth
        assert {row.tobytes() for row in x} == practice
        assert sorted(truth) == sorted(labels)
        distances = ((x_new[:, None] - held_back) ** 2).sum(axis=2)
        assert (labels[distances.argmin(axis=1)] == truth).all()
        assert distances.min() > 0, "an image of the file can be found by its bytes"
        assert np.abs(x_new - held_back[distances.argmin(axis=1)]).max() < 6 * NOISE


def test_the_order_of_what_is_read_depends_on_the_seed():
    one, other = (EXERCISE.draw(seed)[0].truth for seed in (1, 2))
    assert (one != other).mean() > 0.5


def test_the_visible_check_reads_practice_digits_only():
    x, labels = datasets.practice_digits()
    case = EXERCISE.draw(VISIBLE_SEED)[0]
    np.testing.assert_array_equal(case.args[0], x[:1000])
    np.testing.assert_array_equal(case.truth, labels[1000:])


def test_a_check_of_one_answer_is_not_scored_and_the_other_way_round():
    assert [one.name for one in exercises.all_exercises() if one.score is not None] == ["train_and_read"]


def test_settings_that_the_baseline_does_not_have_are_named():
    with pytest.raises(ValueError, match="the baseline has no setting 'epoch': it has hidden, activation, "):
        experiments.one_change_at_a_time(experiments.BASELINE, {"epoch": [1]})


def test_one_seed_says_nothing_about_the_spread():
    with pytest.raises(ValueError, match="at least two numbers, one for each seed, but it holds 1"):
        experiments.summarize([90.0])


@pytest.mark.parametrize("name", experiments.CHANGES)
def test_every_change_of_the_table_can_be_trained(name):
    x, labels = datasets.practice_digits()
    for value in experiments.CHANGES[name]:
        settings = {**experiments.BASELINE, "epochs": 2, name: value}
        if name == "epochs":
            continue
        told: list[float] = []
        model = experiments.train(settings, x[:100], labels[:100], seed=0, progress=told.append)
        assert set(experiments.read(model, x)) <= set(range(10))
        assert told == [0.5, 1.0]


def test_the_same_seed_trains_the_same_network():
    x, labels = datasets.practice_digits()
    settings = {**experiments.BASELINE, "epochs": 2, "regularization": "dropout"}
    one, again, other = (experiments.train(settings, x[:99], labels[:99], seed=seed).theta for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
