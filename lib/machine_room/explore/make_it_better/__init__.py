"""The pictures of section 6: make it better."""

from machine_room.explore.make_it_better.sanity import sanity_checks
from machine_room.explore.make_it_better.sick import sick_runs
from machine_room.explore.make_it_better.table import experiment_table

__all__ = ["experiment_table", "sanity_checks", "sick_runs"]
