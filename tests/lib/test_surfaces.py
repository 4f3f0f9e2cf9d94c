"""The loss surfaces: gradients against differences, lowest points, many points at once."""

import numpy as np
import pytest

from machine_room import surfaces
from machine_room.gradients import numerical_gradient, relative_error
from machine_room.surfaces import Surface

SURFACES = [
    surfaces.bowl(),
    surfaces.bowl(condition=0.5),
    surfaces.bowl(condition=300),
    surfaces.rosenbrock(),
    surfaces.beale(),
    surfaces.saddle(),
]
each_surface = pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name)


def points(surface: Surface, count: int = 40) -> np.ndarray:
    left, right, low, high = surface.window
    rng = np.random.default_rng(0)
    return np.stack([rng.uniform(left, right, count), rng.uniform(low, high, count)])


@each_surface
def test_the_gradient_agrees_with_central_differences(surface: Surface) -> None:
    for point in points(surface).T:
        expected = numerical_gradient(lambda theta: float(surface.value(theta)), point)
        assert relative_error(surface.gradient(point), expected) < 1e-5


@each_surface
def test_the_minima_are_flat_and_nothing_in_the_window_lies_lower(surface: Surface) -> None:
    for minimum in surface.minima:
        assert np.abs(surface.gradient(np.array(minimum))).max() < 1e-12
        assert surface.value(np.array(minimum)) == pytest.approx(0, abs=1e-12)
    assert surface.value(points(surface, 1000)).min() >= 0


@each_surface
def test_many_points_at_once_give_what_each_gives_alone(surface: Surface) -> None:
    many = points(surface, 6).reshape(2, 2, 3)
    values, gradients = surface.value(many), surface.gradient(many)
    assert values.shape == (2, 3)
    assert gradients.shape == many.shape
    for row, column in np.ndindex(2, 3):
        point = many[:, row, column]
        assert values[row, column] == pytest.approx(surface.value(point), rel=1e-12)
        assert gradients[:, row, column] == pytest.approx(surface.gradient(point), rel=1e-12)


@each_surface
def test_start_and_minima_lie_in_the_window(surface: Surface) -> None:
    left, right, low, high = surface.window
    for x, y in (surface.start, *surface.minima):
        assert left < x < right
        assert low < y < high


def test_the_saddle_is_flat_at_its_middle_yet_not_lowest_there() -> None:
    surface, middle = surfaces.saddle(), np.zeros(2)
    assert np.all(surface.gradient(middle) == 0)
    assert surface.value(np.array([0.0, 0.01])) < surface.value(middle) < surface.value(np.array([0.01, 0.0]))


@pytest.mark.parametrize("condition", [1.0, 10.0, 200.0])
def test_gradient_descent_on_the_bowl_diverges_just_above_two_over_the_condition_number(condition: float) -> None:
    surface = surfaces.bowl(condition=condition)
    for factor, grows in ((0.99, False), (1.01, True)):
        theta = np.array(surface.start)
        for _ in range(2000):
            theta = theta - factor * 2 / condition * surface.gradient(theta)
        assert (np.abs(theta).max() > 2) == grows


def test_a_condition_number_that_is_not_positive_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^condition must be a finite number > 0, but it is 0$"):
        surfaces.bowl(condition=0)
