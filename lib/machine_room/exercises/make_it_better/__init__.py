"""The exercises of the section: make it better."""

# isort: off
from machine_room.exercises.make_it_better.first_loss import expected_first_loss
from machine_room.exercises.make_it_better.ratio import update_ratio
from machine_room.exercises.make_it_better.table import one_change_at_a_time
from machine_room.exercises.make_it_better.seeds import summarize
from machine_room.exercises.make_it_better.seeds import gap_in_standard_errors
from machine_room.exercises.make_it_better.reading import train_and_read
# isort: on

__all__ = [
    "EXERCISES",
    "expected_first_loss",
    "gap_in_standard_errors",
    "one_change_at_a_time",
    "summarize",
    "train_and_read",
    "update_ratio",
]

#: In the notebook's order.
EXERCISES = (
    expected_first_loss,
    update_ratio,
    one_change_at_a_time,
    summarize,
    gap_in_standard_errors,
    train_and_read,
)
