"""JupyterHub for courses on one Linux server with accounts. Run as root; docs/operator.md says what has to be there.

Everybody's server runs as their own account, formgrader of a course as the course's, the exchange as its own. What is
yours to set stands in hub.toml beside this file, or where MACHINE_ROOM_HUB_SETTINGS says.
"""

import os
import pwd
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
SETTINGS = Path(os.environ.get("MACHINE_ROOM_HUB_SETTINGS", HERE / "hub.toml"))
TOLD = tomllib.loads(SETTINGS.read_text(encoding="utf-8"))
STUDENTS_PYTHON, GRADERS_PYTHON = TOLD["students_environment"], TOLD["graders_environment"]
USES_EXCHANGE = "access:services!service=exchange"
EXCHANGE = f"http://127.0.0.1:{TOLD['exchange_port']}"
EXCHANGE_URL = f"{EXCHANGE}/services/exchange/"
SERVICE_SECONDS = 180  # to start; a hub whose service takes longer than this ends
CONFIGURATION = TOLD["configuration"]  # of nbgrader and Jupyter: its folders students/ and grader/


def account(name):
    """An account of this server; a missing one is told here, not by a service that does not start."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        sys.exit(f"hub.toml names the account {name!r}, which this server does not have. Make it: useradd -m {name}")


def readable_by_all(path):
    """Everybody's server runs from there: a folder that others cannot enter would show as a hub that dies."""
    for folder in [Path(path), *Path(path).resolve().parents]:
        if not folder.exists() or not folder.stat().st_mode & 0o001:
            sys.exit(f"Not every account can use {path}: {folder} is missing, or others cannot enter it (chmod o+x).")
    return path


for environment in (STUDENTS_PYTHON, GRADERS_PYTHON, CONFIGURATION):
    readable_by_all(environment)

c = get_config()  # noqa: F821 - JupyterHub defines it

c.JupyterHub.bind_url = TOLD["address"]  # behind what has the certificate; or set ssl_key and ssl_cert here
c.JupyterHub.db_url = f"sqlite:///{TOLD['state']}/hub.sqlite"
c.JupyterHub.cookie_secret_file = f"{TOLD['state']}/cookie-secret"
c.ConfigurableHTTPProxy.pid_file = f"{TOLD['state']}/proxy.pid"

# Accounts of the server, by PAM. Who is in no course can log in, and reaches no course.
c.JupyterHub.authenticator_class = "pam"
c.Authenticator.allow_all = True
c.Authenticator.admin_users = set(TOLD["admins"])
c.PAMAuthenticator.open_sessions = False

# --- people's servers: their own account, an environment without the autograder

c.JupyterHub.spawner_class = "localprocess"
c.Spawner.cmd = [f"{STUDENTS_PYTHON}/bin/jupyterhub-singleuser"]
c.Spawner.environment = {
    "JUPYTER_CONFIG_PATH": f"{CONFIGURATION}/students",
    "PYTHONSTARTUP": f"{CONFIGURATION}/students/startup.py",
    "MACHINE_ROOM_EXCHANGE_URL": EXCHANGE_URL,
    "PATH": f"{STUDENTS_PYTHON}/bin:/usr/local/bin:/usr/bin:/bin",
}
# All that a server's token may do: tell that it is used, be visited by its owner, and go to the exchange.
c.Spawner.server_token_scopes = ["users:activity!user", "access:servers!server", USES_EXCHANGE]

# --- the exchange, as an account of its own, whose folder nobody else enters

account(TOLD["exchange_account"])
GRANTS = [f"{name}={name}" for name in TOLD["courses"]]
SERVICES = [
    {
        "name": "exchange",
        "url": EXCHANGE,
        "user": TOLD["exchange_account"],
        "command": [
            f"{TOLD['hub_environment']}/bin/machine-room-exchange", "--root", TOLD["exchange_folder"],
            *(f"--course={grant}" for grant in GRANTS),
        ],
        "display": False,
        "timeout": SERVICE_SECONDS,
    }
]  # fmt: skip
GROUPS, ROLES = {}, [{"name": "exchange", "services": ["exchange"], "scopes": ["read:users:name", "read:users:groups"]}]

# --- each course: its people, and its server, which runs formgrader as the course's account

for name, course in TOLD["courses"].items():
    grader = account(course["account"])
    instructors, students = f"formgrade-{name}", f"nbgrader-{name}"
    GROUPS |= {instructors: {"users": course["instructors"]}, students: {"users": course["students"]}}
    ROLES += [
        {"name": f"people-of-{name}", "groups": [instructors, students], "scopes": [USES_EXCHANGE]},
        {
            "name": f"instructors-of-{name}",
            "groups": [instructors],
            "scopes": [f"access:services!service={name}", "list:services", f"read:services!service={name}"],
        },
        {"name": f"server-of-{name}", "services": [name], "scopes": [USES_EXCHANGE]},
    ]
    SERVICES.append(
        {
            "name": name,
            "url": f"http://127.0.0.1:{course['port']}",
            "user": course["account"],
            "cwd": course["folder"],
            "command": [f"{GRADERS_PYTHON}/bin/jupyterhub-singleuser"],
            "oauth_no_confirm": True,
            "timeout": SERVICE_SECONDS,
            "environment": {
                "JUPYTERHUB_USER": course["account"],
                # JupyterLab refuses to show formgrader in a frame; in a page of its own it works.
                "JUPYTERHUB_DEFAULT_URL": "/formgrader/manage_assignments",
                "JUPYTER_CONFIG_PATH": f"{CONFIGURATION}/grader",
                "MACHINE_ROOM_EXCHANGE_URL": EXCHANGE_URL,
                "HOME": grader.pw_dir,
                "PATH": f"{GRADERS_PYTHON}/bin:/usr/local/bin:/usr/bin:/bin",  # nbgrader starts alembic by name
            },
        }
    )

c.JupyterHub.load_groups, c.JupyterHub.load_roles, c.JupyterHub.services = GROUPS, ROLES, SERVICES
