"""nbgrader's own command and button, made to ask the course's grader process: three lines of nbgrader_config.py.

    c.Autograde.exporter_class = "autograde.plugin.Sandboxed"
    c.Autograde.autograde_preprocessors = ["autograde.plugin.NeverUnprotected"]
    c.ExchangeFactory.collect = "autograde.plugin.Collect"

As texts: nbgrader stops at a class that it cannot find, but goes on, unprotected, where its configuration fails. This
room is loaded by nbgrader alone. It holds no box, no worker and no gradebook.
"""

from machine_room.exchange.plain import Collect

from .sandboxed import NeverUnprotected, Sandboxed

__all__ = ["Collect", "NeverUnprotected", "Sandboxed"]
