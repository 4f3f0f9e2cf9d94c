"""Interactive pictures: `explore.<name>(...)` answers a question with sliders.

Nothing of matplotlib or ipywidgets is imported before a picture is made.
"""

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any

# section -> its pictures; each is a function of the module or package of that name beside this file
PICTURES = {
    "backprop": (
        "ball_on_surface cost_of_finite_differences dead_unit digits_training finite_difference_error loss_drop "
        "worked_network"
    ),
    "activations": "activation_and_slope deep_digits dying_relu signal_through_depth three_gelus",
    "optimizers": (
        "bias_correction_at_start decay_against_l2 digits_race effective_rates look_ahead momentum_on_bowl "
        "optimizer_race"
    ),
    "schedules": "plateau_stepper range_test rising_schedules schedule_designer schedules_on_digits two_rates",
    "regularization": (
        "dropout_sums early_stopping_curve max_norm_arrows overfitting_moons penalty_shapes regularizers_on_digits"
    ),
    "make_it_better": "experiment_table sanity_checks sick_runs",
}
HOME = {name: section for section, names in PICTURES.items() for name in names.split()}

__all__ = sorted([*HOME, "Explorer"])


def __getattr__(name: str) -> Any:
    if name == "Explorer":
        from machine_room.explore.explorer import Explorer

        return Explorer
    if name not in HOME:
        raise AttributeError(f"module 'machine_room.explore' has no picture {name!r}: there are {', '.join(HOME)}")
    value = _in_house_style(getattr(import_module(f"machine_room.explore.{HOME[name]}"), name))
    globals()[name] = value
    return value


def _in_house_style(make: Callable[..., Any]) -> Callable[..., Any]:
    """Return make, drawn as all our pictures are, whatever style the notebook has set: titles, legends, lines.

    A number that grows beyond all bounds is for the picture to show, not for NumPy to warn of.
    """

    @wraps(make)
    def picture(*args: Any, **keywords: Any) -> Any:
        import numpy as np

        from machine_room.explore.canvas import house_style

        with house_style(), np.errstate(all="ignore"):
            return make(*args, **keywords)

    return picture


def __dir__() -> list[str]:
    return __all__
