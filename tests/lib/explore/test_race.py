"""Who arrives when in the race, which learning rates are called good, and what the picture shows of it."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from machine_room import explore, surfaces
from machine_room.explore.explorer import Explorer
from machine_room.explore.optimizers.race_run import ARRIVED, GOOD, RATES, SURFACES, arrival, sweep
from machine_room.explore.optimizers.recipes import RECIPES, walk

NAMES = [recipe.name for recipe in RECIPES]


@pytest.fixture
def race() -> Iterator[Explorer]:
    picture = explore.optimizer_race()
    yield picture
    picture.close()


@pytest.mark.parametrize(
    ("losses", "step"),
    [
        ([1.0, 1e-4, 1e-5], 1.0),
        ([1.0, 1e-4, 0.5, 1e-4], 3.0),  # it came by, and left again
        ([1.0, 0.5, 1e-4, 2e-3], np.inf),
        ([1.0, np.nan, np.nan], np.inf),
        ([1.0, 1e-4, np.nan], np.inf),
        ([1.0, 0.9, ARRIVED], 2.0),
    ],
)
def test_who_leaves_again_has_not_arrived(losses: list[float], step: float) -> None:
    assert arrival(np.array(losses)[:, None]).tolist() == [step]


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("recipe", RECIPES, ids=NAMES)
def test_good_rates_surround_the_best_and_need_at_most_twice_its_steps(surface: str, recipe: Any) -> None:
    found = sweep(surface, recipe)
    low, high = found.good
    assert low <= found.best <= high
    assert 1e-4 <= RATES[found.best] <= 1.0001
    if np.isfinite(found.arrived[found.best]):
        assert (found.arrived[low : high + 1] <= GOOD * found.arrived[found.best]).all()
        for beyond in {low - 1, high + 1} & set(range(len(RATES))):
            assert found.arrived[beyond] > GOOD * found.arrived[found.best]
    else:
        assert found.width == 1


def test_a_walk_by_itself_arrives_as_in_the_sweep() -> None:
    surface, recipe = SURFACES["turned bowl 100"], RECIPES[NAMES.index("Adam")]
    found = sweep("turned bowl 100", recipe)
    points = walk(recipe, surface.gradient, np.array(surface.start), float(RATES[found.best]), 200)
    losses = surface.value(points.T)
    assert arrival(losses[:, None]) == found.arrived[found.best]


@pytest.mark.parametrize("angle", [0.0, 30.0, 90.0, 200.0])
def test_a_turned_bowl_is_the_same_bowl_for_who_has_one_rate_for_all(angle: float) -> None:
    plain, turned = surfaces.bowl(condition=50.0), surfaces.bowl(condition=50.0, turned=angle)
    for name in ("SGD", "Momentum", "NAG"):
        recipe = RECIPES[NAMES.index(name)]
        losses = [one.value(walk(recipe, one.gradient, np.array(one.start), 0.02, 60).T) for one in (plain, turned)]
        np.testing.assert_allclose(losses[0], losses[1], rtol=1e-6, atol=1e-12)


def test_the_list_says_for_all_eight_when_they_arrive(race: Explorer) -> None:
    race.update(surface="bowl 100")
    said = [text.get_text() for text in race.static().texts]
    for recipe in RECIPES:
        found = sweep("bowl 100", recipe)
        assert recipe.name in said
        assert f"{found.arrived[found.best]:.0f}" in said


def test_the_sentence_says_who_arrives_when_and_who_does_not(race: Explorer) -> None:
    race.update(surface="bowl 100", step=200)
    assert "steps: AdaGrad 3, Nadam 8, NAG 17, " in race.sentence
    assert "SGD 115. Loss at step 200: SGD " in race.sentence
    before = race.sentence
    race.update(step=10)
    assert race.sentence != before
    race.update(surface="Rosenbrock")
    assert "SGD not" in race.sentence
    race.update(factor=10.0)
    assert "Momentum not" in race.sentence


def test_at_most_four_are_drawn_and_their_names_stand_apart_at_every_step(race: Explorer) -> None:
    for surface, step in [("bowl 100", 0), ("bowl 100", 3), ("saddle", 50), ("Rosenbrock", 200), ("Beale", 120)]:
        race.update(surface=surface, step=step)
        ends = [text for text in race.canvas._moving if getattr(text, "get_text", str)() in NAMES]
        heights = sorted(text.get_position()[1] for text in ends if 550 < text.get_position()[0] * 920 < 600)  # type: ignore[attr-defined]
        assert len(heights) == 4
        assert min(np.diff(heights)) * race.canvas.size[1] > 14
