"""What notebook 3 claims of the race: who arrives when, at which rates; and on which bowls Adam loses."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from machine_room import optimizers, surfaces
from machine_room.explore.optimizers.race_run import _INNER, RATES
from tests.course.claims.optimizers import BOWLS, NAMES, TEXT, steps, walked
from tests.course.claims.registry import claim, near

#: Where Adam's bar is long; Rosenbrock's valley and Beale's are the others.
WIDE = (*BOWLS, "saddle")


@claim("forty-one-rates")
def each_tries_forty_one_rates_from_0_0001_to_1() -> None:
    tried = RATES[_INNER]
    assert len(tried) == 41
    np.testing.assert_allclose(tried[[0, -1]], [1e-4, 1.0])
    assert all(_INNER.start <= walked(name, one).best < _INNER.stop for name in WIDE for one in NAMES)


@claim("who-arrives-on-the-saddle")
def adagrad_is_first_on_the_saddle_and_sgd_before_adam() -> None:
    found = steps("saddle")
    assert min(found, key=found.__getitem__) == "AdaGrad"
    assert (found["AdaGrad"], found["SGD"], found["Adam"]) == (5, 13, 52)


@claim("adam-has-the-widest-bar")
def of_adam_and_adamw_many_rates_are_good_and_of_sgd_and_nag_few() -> None:
    for surface in WIDE:
        widths = {name: walked(surface, name).width for name in NAMES}
        assert min(widths[name] for name in ("Adam", "AdamW")) > max(
            width for name, width in widths.items() if name not in ("Adam", "AdamW")
        )
    near(walked("bowl 100", "Adam").width, 300, 30)
    assert all(walked("bowl 100", name).width < 2.1 for name in ("SGD", "NAG"))


@claim("good-rates-of-adam")
def any_rate_from_0_2_to_5_is_good_for_adam_on_the_bowls_and_the_saddle() -> None:
    for surface in WIDE:
        low, high = walked(surface, "Adam").good
        assert RATES[low] < 0.201
        assert RATES[high] > 5


@claim("sgd-is-fourth-on-the-short-bowl")
def on_the_short_bowl_sgd_is_fourth() -> None:
    found = steps("bowl 20")
    assert sorted(found, key=found.__getitem__).index("SGD") == 3


@claim("adamw-is-like-adam-on-the-bowls")
def on_the_bowls_adamw_needs_about_as_many_steps_as_adam() -> None:
    for surface in BOWLS:
        near(steps(surface)["AdamW"] / steps(surface)["Adam"], 1, 0.1)


@claim("bowls-on-which-adam-loses")
def nag_wins_on_a_round_bowl_and_on_a_turned_one() -> None:
    """With the cell of the practice, as it stands in the notebook."""
    source = re.search(r"\nfrom machine_room import surfaces\n.*?(?=try:)", TEXT, re.DOTALL)
    assert source is not None
    cell: dict[str, Any] = {"np": np, "nesterov_step": optimizers.nesterov_step, "adam_step": optimizers.adam_step}
    with np.errstate(all="ignore"):
        exec(source[0], cell)
        for condition, turned, nag, adam in ((20, 0, 8, 24), (300, 45, 35, 83)):
            cell["surface"] = surfaces.bowl(condition=condition, turned=turned)
            assert (cell["steps_needed"](cell["nag"]), cell["steps_needed"](cell["adam"])) == (nag, adam)
