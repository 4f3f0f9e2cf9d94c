"""A hub that starts nobody's server and has no proxy: only who is who, and which token may do what.

Its tokens are no secrets: it is reached from its own container's network alone, which has no other end.
"""

from __future__ import annotations

from typing import Any

from jupyterhub.proxy import Proxy

COURSE = "machine-room"
USES_EXCHANGE = "access:services!service=exchange"


class NoProxy(Proxy):  # type: ignore[misc] # JupyterHub has no types
    """Keeps routes and serves none: whoever asks here knows the ports."""

    routes: dict[str, dict[str, Any]] = {}  # noqa: RUF012 - one process, one proxy

    async def add_route(self, routespec: str, target: str, data: dict[str, Any]) -> None:
        self.routes[routespec] = {"routespec": routespec, "target": target, "data": data}

    async def delete_route(self, routespec: str) -> None:
        self.routes.pop(routespec, None)

    async def get_all_routes(self) -> dict[str, dict[str, Any]]:
        return self.routes


c = get_config()  # type: ignore[name-defined] # noqa: F821 - JupyterHub defines it

c.JupyterHub.proxy_class = NoProxy
c.NoProxy.should_start = False
c.JupyterHub.bind_url = "http://127.0.0.1:8000"
c.JupyterHub.hub_port = 8081
c.JupyterHub.db_url = "sqlite:////tmp/hub.sqlite"
c.JupyterHub.cookie_secret_file = "/tmp/cookie-secret"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allowed_users = {"ada", "eve"}
c.JupyterHub.load_groups = {f"nbgrader-{COURSE}": {"users": ["ada"]}}
c.JupyterHub.api_tokens = {"token-of-ada": "ada", "token-of-eve": "eve"}
c.JupyterHub.services = [{"name": "exchange", "url": "http://127.0.0.1:10101", "api_token": "token-of-exchange"}]
c.JupyterHub.load_roles = [
    {"name": "people", "groups": [f"nbgrader-{COURSE}"], "scopes": [USES_EXCHANGE]},
    {"name": "exchange", "services": ["exchange"], "scopes": ["read:users:name", "read:users:groups"]},
]
