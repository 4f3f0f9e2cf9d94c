"""The exercises of the section: learning rate scheduling."""

from machine_room.exercises.schedules.exponential import exponential_schedule
from machine_room.exercises.schedules.find_the_bug import scheduled_descent
from machine_room.exercises.schedules.one_cycle import one_cycle_schedule
from machine_room.exercises.schedules.piecewise import piecewise_constant_schedule
from machine_room.exercises.schedules.plateau import plateau_step
from machine_room.exercises.schedules.power import power_schedule
from machine_room.exercises.schedules.range_test import range_test_schedule
from machine_room.exercises.schedules.waiting import plateau_wait
from machine_room.exercises.schedules.warm_up import warm_up_schedule

__all__ = [
    "EXERCISES",
    "exponential_schedule",
    "one_cycle_schedule",
    "piecewise_constant_schedule",
    "plateau_step",
    "plateau_wait",
    "power_schedule",
    "range_test_schedule",
    "scheduled_descent",
    "warm_up_schedule",
]

#: In the notebook's order.
EXERCISES = (
    power_schedule,
    exponential_schedule,
    scheduled_descent,
    piecewise_constant_schedule,
    plateau_wait,
    plateau_step,
    range_test_schedule,
    warm_up_schedule,
    one_cycle_schedule,
)
