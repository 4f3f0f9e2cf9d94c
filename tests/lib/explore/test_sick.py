"""The twelve runs to diagnose: each shows the sign that the picture tells of it, and no other run's."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from machine_room import explore
from machine_room.explore.explorer import Explorer
from machine_room.explore.make_it_better.sick_run import AILMENTS, EPOCHS, NAMES, Run, run

LN10 = float(np.log(10))


def falls(curve: np.ndarray) -> bool:
    return bool((np.diff(curve) < 0).all())


SIGNS: dict[str, Callable[[Run], object]] = {
    "healthy": lambda r: r.losses[-1].max() < 0.3 and r.right[-1, 1] > 90,
    "rate too large": lambda r: (
        (np.diff(r.losses[:, 0]) > 0).sum() > 5 and 0.2 < np.ptp(r.losses[5:, 0]) < 3 and r.losses[-1, 0] > 0.5
    ),
    "labels by lot": lambda r: r.losses[-1, 0] < 2 and r.losses[-1, 1] > LN10 + 0.05 and r.right[-1, 1] < 20,
    "rate too small": lambda r: (
        falls(r.losses[:, 0]) and 3 > r.losses[0, 0] > r.losses[-1, 0] > 1.8 and np.diff(r.losses[-3:, 0]).max() < -0.01
    ),
    "weights all 0": lambda r: np.abs(r.losses - LN10).max() < 0.01 and (r.lengths == 0).all(),
    "overfits": lambda r: r.right[-1, 0] > 95 and r.losses[-1, 1] > 3 * r.losses[-1, 0],
    "uphill": lambda r: falls(-r.losses[:, 0]) and np.diff(r.losses[:, 0])[-1] > 10 * np.diff(r.losses[:, 0])[0],
    "penalty too strong": lambda r: r.losses[-1].min() > 1 and np.ptp(r.losses[-1]) < 0.1 and r.right[-1, 1] > 70,
    "weights too large": lambda r: r.losses[0].min() > 20 * LN10 and np.isfinite(r.losses).all(),
    "too many sigmoids": lambda r: np.abs(r.losses[2:] - LN10).max() < 0.02 and 0 < r.lengths[0] < 0.01 * r.lengths[-1],
    "rate fell too early": lambda r: r.losses[5, 0] > 1 and np.ptp(r.losses[6:, 0]) < 0.01 and r.losses[5, 0] < 1.7,
    "blown up": lambda r: r.losses[1].min() > 1e6 and np.isnan(r.losses[-1]).all(),
}


@pytest.fixture(scope="module")
def picture() -> Iterator[Explorer]:
    made = explore.sick_runs()
    yield made
    made.close()


def told(picture: Explorer) -> str:
    return next(text.get_text() for text in picture.static().texts if text.get_text().startswith("Run "))


def test_there_are_twelve_and_a_sign_of_each() -> None:
    assert len(set(NAMES)) == 12
    assert set(SIGNS) == set(NAMES)
    assert len({ailment.sign for ailment in AILMENTS}) == 12


@pytest.mark.parametrize("name", NAMES)
def test_a_run_shows_its_own_sign_and_no_other_runs(name: str) -> None:
    found = run(NAMES.index(name) + 1)
    assert found.losses.shape == found.right.shape == (EPOCHS + 1, 2)
    with np.errstate(all="ignore"):
        assert [other for other, shows in SIGNS.items() if shows(found)] == [name]


@pytest.mark.parametrize("number", range(1, 13))
def test_the_picture_answers_a_right_diagnosis_and_says_what_a_wrong_one_would_look_like(
    picture: Explorer, number: int
) -> None:
    ailment, other = AILMENTS[number - 1], AILMENTS[number % 12]
    picture.update(run=number, diagnosis=ailment.name)
    assert told(picture) == f"Run {number}: right, {ailment.name}:\n{ailment.sign}."
    picture.update(diagnosis=other.name)
    assert told(picture).startswith(f"Run {number}: no. ")
    assert told(picture).endswith(f"{other.sign}.")
    picture.update(diagnosis="?")
    assert not any(ailment.name in told(picture) for ailment in AILMENTS)


def test_who_does_not_see_the_three_panels_is_told_them(picture: Explorer) -> None:
    said = set()
    for number in range(1, len(AILMENTS) + 1):
        picture.update(run=number)
        sentence = picture.sentence
        assert sentence.startswith(f"Run {number}: ")
        assert f"reads {run(number).right[-1, 1]:.0f} of 100." in sentence
        assert "First gradient's length by layer: " in sentence
        said.add(sentence.split(" ", 2)[2])
    assert len(said) == len(AILMENTS), "two runs sound alike"
