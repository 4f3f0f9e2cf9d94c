"""nbgrader in the course's own server: what the course folder says of itself, and the hub's exchange."""

from machine_room.exchange import use_hub

c = get_config()  # noqa: F821 - nbgrader defines it

use_hub(c)
