"""The pictures of section 3: faster optimizers."""

from machine_room.explore.optimizers.bias import bias_correction_at_start
from machine_room.explore.optimizers.decay import decay_against_l2
from machine_room.explore.optimizers.digits_race import digits_race
from machine_room.explore.optimizers.look_ahead import look_ahead
from machine_room.explore.optimizers.momentum import momentum_on_bowl
from machine_room.explore.optimizers.race import optimizer_race
from machine_room.explore.optimizers.rates import effective_rates

__all__ = [
    "bias_correction_at_start",
    "decay_against_l2",
    "digits_race",
    "effective_rates",
    "look_ahead",
    "momentum_on_bowl",
    "optimizer_race",
]
