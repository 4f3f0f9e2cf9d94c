"""How long the hub's services may take to start, on each line of JupyterHub: a hub whose service takes longer ends.

JupyterHub 6 is told in each service. JupyterHub 5 asks ten times, a second each, and has no setting for it: on a busy
machine formgrader takes longer than that. There each time is made longer; after each it looks whether the service has
ended.
"""

from __future__ import annotations

from typing import Any

from jupyterhub.objects import Server
from jupyterhub.services.service import Service

__all__ = ["START_SECONDS", "patience"]

START_SECONDS = 180
TRIES = 10  # of JupyterHub 5's


def patience(service: type[Any] = Service, server: type[Any] = Server) -> dict[str, int]:
    """Return what of a service's settings gives it the time; where there is no such setting, have the hub wait.

    Args:
        service: JupyterHub's, which tells by its fields what can be set.
        server: JupyterHub's, whose wait is made longer; another one in tests.
    """
    if "timeout" in service.class_trait_names():
        return {"timeout": START_SECONDS}
    waits = server.wait_up

    def wait_up(self: Any, timeout: float = 10, **how: Any) -> Any:
        return waits(self, timeout=max(timeout, START_SECONDS / TRIES), **how)

    server.wait_up = wait_up
    return {}
