"""A person on a hub with accounts, as their browser speaks to it: they log in, have a server, run code in a kernel."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.hub.server import Server
from tools.kernel import Kernel

__all__ = ["ByHttp"]

SECONDS = 180


@dataclass
class ByHttp:
    """Somebody with a browser."""

    server: Server
    name: str
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.trust_env = False
        self.session.verify = self.server.certificate

    def log_in(self, password: str | None = None) -> bool:
        """Whether the hub lets them in."""
        self.session.get(f"{self.server.address}/hub/login", timeout=SECONDS)
        form = {
            "username": self.name, "password": password or self.server.passwords[self.name],
            "_xsrf": self.session.cookies.get("_xsrf", path="/hub/") or "",
        }  # fmt: skip
        answer = self.session.post(f"{self.server.address}/hub/login?next=/hub/home", data=form, timeout=SECONDS)
        return answer.status_code == 200 and answer.url.endswith("/hub/home")

    def get(self, path: str) -> requests.Response:
        """Go to a page."""
        return self.session.get(self.server.address + path, timeout=SECONDS)

    def press(self, course: str, path: str) -> dict[str, Any]:
        """Press a button of formgrader, and return what it says."""
        prefix = f"/services/{course}/"
        self.get(f"{prefix}formgrader/manage_assignments")
        xsrf = self.session.cookies.get("_xsrf", path=prefix) or ""
        address = f"{self.server.address}{prefix}formgrader/api/{path}"
        answer = self.session.post(address, headers={"X-XSRFToken": xsrf}, timeout=SECONDS)
        assert answer.status_code == 200, f"{answer.status_code} {answer.text[-2000:]}"
        told: dict[str, Any] = answer.json()
        return told

    def at_the_hub(self, method: str, path: str, content: Any = None) -> requests.Response:
        """Ask the hub as its own pages do."""
        xsrf = self.session.cookies.get("_xsrf", path="/hub/") or ""
        return self.session.request(
            method,
            f"{self.server.address}/hub/api/{path}",
            json=content,
            headers={"X-XSRFToken": xsrf},
            timeout=SECONDS,
        )

    def open_server(self) -> Kernel:
        """Start their server and a kernel in it."""
        told = self.at_the_hub("POST", f"users/{self.name}/server")
        assert told.status_code in (201, 202), told.text
        deadline = time.monotonic() + SECONDS
        while not self.at_the_hub("GET", f"users/{self.name}").json()["server"]:
            assert time.monotonic() < deadline, self.server.log.read_text()[-5000:]
            time.sleep(0.2)
        scopes = [f"access:servers!user={self.name}"]
        token = self.at_the_hub("POST", f"users/{self.name}/tokens", {"scopes": scopes}).json()["token"]
        return Kernel(f"{self.server.address}/user/{self.name}/", token, self.server.certificate)
