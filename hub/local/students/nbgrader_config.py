"""nbgrader in a student's server: one course, through the hub's exchange."""

from machine_room.exchange import use_hub

c = get_config()  # noqa: F821 - nbgrader defines it

use_hub(c)
c.CourseDirectory.course_id = "machine-room"
