"""nbgrader in a student's server, through the hub's exchange: the course that it names, or all that a student is in."""

import os

from machine_room.exchange import use_hub

c = get_config()  # noqa: F821 - nbgrader defines it

use_hub(c)
# Where none is named, Assignment List offers the courses that a student is in, and each has a folder of its own.
course = os.environ.get("MACHINE_ROOM_COURSE", "")
c.CourseDirectory.course_id = course
c.HubExchange.path_includes_course = not course
