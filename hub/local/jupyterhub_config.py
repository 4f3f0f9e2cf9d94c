"""A hub on one machine for a try, as one ordinary user: everybody's server runs with your rights.

There is no wall between its users: a demo, with a course of one instructor and three students. For a class see
docs/operator.md. `make hub` starts it and makes the folder that MACHINE_ROOM_HUB names: hub.json and all that is kept.
"""

import hmac
import json
import os
import sys
from pathlib import Path

from jupyterhub.auth import Authenticator
from traitlets import Dict

from machine_room_hub.starting import patience

HERE = Path(__file__).resolve().parent
FOLDER = Path(os.environ["MACHINE_ROOM_HUB"])
TOLD = json.loads((FOLDER / "hub.json").read_text(encoding="utf-8"))
COURSE, GRADER, WATCH = "machine-room", "grader-machine-room", "watch-machine-room"
PORTS = TOLD["ports"]
STARTS = patience()  # a hub whose service takes longer to start ends
EXCHANGE_URL = f"http://127.0.0.1:{PORTS['exchange']}/services/exchange/"
PROGRAMS = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # nbgrader starts alembic by name


class NamesAndPasswords(Authenticator):
    """Who is in hub.json, with the password that stands there."""

    passwords = Dict(config=True)

    async def authenticate(self, handler, data):
        expected = self.passwords.get(data["username"])
        given = data["password"].encode("utf-8")
        return data["username"] if expected and hmac.compare_digest(expected.encode("utf-8"), given) else None


c = get_config()  # noqa: F821 - JupyterHub defines it

c.JupyterHub.bind_url = f"http://127.0.0.1:{PORTS['hub']}"
c.JupyterHub.hub_port = PORTS["api"]
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{PORTS['proxy']}"
c.ConfigurableHTTPProxy.command = [
    str(Path(sys.executable).with_name("configurable-http-proxy")),
    "--proxy-timeout=600000",  # milliseconds. Left out it is 20 s, and a server may take longer to start
]
c.ConfigurableHTTPProxy.pid_file = str(FOLDER / "proxy.pid")
c.JupyterHub.db_url = f"sqlite:///{FOLDER / 'hub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(FOLDER / "cookie-secret")
c.JupyterHub.cleanup_servers = True

c.JupyterHub.authenticator_class = NamesAndPasswords
c.NamesAndPasswords.passwords = TOLD["passwords"]
c.NamesAndPasswords.allowed_users = set(TOLD["passwords"])
c.JupyterHub.template_vars = {
    "announcement": "A demo: all servers run as one user of this machine, nothing keeps them apart. Not for a class."
}

# --- the course: its people, its server, its exchange

INSTRUCTORS, STUDENTS = f"formgrade-{COURSE}", f"nbgrader-{COURSE}"
USES_EXCHANGE = "access:services!service=exchange"
c.JupyterHub.load_groups = {
    INSTRUCTORS: {"users": TOLD["instructors"]},
    STUDENTS: {"users": TOLD["students"]},
}
c.JupyterHub.load_roles = [
    {"name": "people-of-the-course", "groups": [INSTRUCTORS, STUDENTS], "scopes": [USES_EXCHANGE]},
    {
        "name": "instructors-of-the-course",
        "groups": [INSTRUCTORS],
        "scopes": [f"access:services!service={COURSE}", "list:services", f"read:services!service={COURSE}"],
    },
    {"name": "server-of-the-course", "services": [COURSE, WATCH], "scopes": [USES_EXCHANGE]},
    # What the exchange asks the hub: in which groups somebody is.
    {"name": "exchange", "services": ["exchange"], "scopes": ["read:users:name", "read:users:groups"]},
]
c.JupyterHub.services = [
    {
        "name": "exchange",
        "url": EXCHANGE_URL.removesuffix("/services/exchange/"),
        "command": [
            sys.executable, "-m", "machine_room_hub",
            "--root", str(FOLDER / "exchange"), "--course", f"{COURSE}={COURSE},{WATCH}",
        ],
        "display": False,
        **STARTS,
    },
    {
        "name": COURSE,
        "url": f"http://127.0.0.1:{PORTS['grader']}",
        "api_token": TOLD["token"],
        "command": [sys.executable, "-m", "jupyterhub.singleuser", *TOLD["as_root"]],
        "cwd": str(FOLDER / "course"),
        "oauth_no_confirm": True,
        **STARTS,
        "environment": {
            "JUPYTERHUB_USER": GRADER,
            # JupyterLab refuses to show formgrader in a frame; in a page of its own it works.
            "JUPYTERHUB_DEFAULT_URL": "/formgrader/manage_assignments",
            "JUPYTER_CONFIG_PATH": str(HERE / "grader"),
            "MACHINE_ROOM_EXCHANGE_URL": EXCHANGE_URL,
            "HOME": str(FOLDER / "homes" / GRADER),
            "PATH": PROGRAMS,
        },
    },
    {
        # Grades what is handed in while its student watches, as the course's autograde.toml allows.
        "name": WATCH,
        "command": [sys.executable, "-m", "autograde", "watch"],
        "cwd": str(FOLDER / "course"),
        "display": False,
        "environment": {
            "MACHINE_ROOM_EXCHANGE_URL": EXCHANGE_URL,
            "HOME": str(FOLDER / "homes" / GRADER),
            "PATH": PROGRAMS,
        },
    },
]  # fmt: skip

# --- students' servers

c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(FOLDER / "homes" / "{username}")
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser", *TOLD["as_root"]]
c.Spawner.args = TOLD["lab_arguments"]
c.Spawner.environment = {
    "JUPYTER_CONFIG_PATH": str(HERE / "students"),
    "PYTHONSTARTUP": str(HERE / "students" / "startup.py"),
    "MACHINE_ROOM_COURSE": COURSE,
    "MACHINE_ROOM_EXCHANGE_URL": EXCHANGE_URL,
    "PATH": PROGRAMS,
}
# All that a server's token may do: tell that it is used, be visited by its owner, and go to the exchange.
c.Spawner.server_token_scopes = ["users:activity!user", "access:servers!server", USES_EXCHANGE]
c.Spawner.http_timeout = c.Spawner.start_timeout = 120
