"""The pictures of section 4: learning rate scheduling."""

from machine_room.explore.schedules.designer import schedule_designer
from machine_room.explore.schedules.plateau import plateau_stepper
from machine_room.explore.schedules.race import schedules_on_digits
from machine_room.explore.schedules.range_test import range_test
from machine_room.explore.schedules.rising import rising_schedules
from machine_room.explore.schedules.two_rates import two_rates

__all__ = [
    "plateau_stepper",
    "range_test",
    "rising_schedules",
    "schedule_designer",
    "schedules_on_digits",
    "two_rates",
]
