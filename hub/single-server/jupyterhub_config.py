"""JupyterHub for courses on one Linux server with accounts. Run as root; docs/operator.md says what has to be there.

Everybody's server runs as their own account, formgrader of a course as the course's, the exchange as its own. What is
yours to set stands in hub.toml beside this file, or where MACHINE_ROOM_HUB_SETTINGS says. The environment that runs the
hub has machine-room-hub installed, which reads hub.toml and knows who may do what (machine_room_hub/roles.py).
"""

import os
import pwd
import secrets
import sys
from pathlib import Path

from machine_room_hub.accounts import NamedAccounts
from machine_room_hub.roles import CULLER, DOCTOR, EXCHANGE, SERVER_SCOPES, groups, roles
from machine_room_hub.settings import SettingsError, read
from machine_room_hub.starting import patience

HERE = Path(__file__).resolve().parent
STARTS = patience()  # a hub whose service takes longer to start ends
PROGRAMS = "/usr/local/bin:/usr/bin:/bin"
# Read by NumPy's libraries when they are loaded. The course's networks are small: threads would wait for each other.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"), "1")

try:
    TOLD = read(Path(os.environ.get("MACHINE_ROOM_HUB_SETTINGS", HERE / "hub.toml")))
except SettingsError as error:
    sys.exit(str(error))


def account(name):
    """An account of this server; a missing one is told here, not by a service that does not start."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        sys.exit(f"hub.toml names the account {name!r}, which this server does not have. Make it: useradd -m {name}")


def readable_by_all(path):
    """Everybody's server runs from there: a folder that others cannot enter would show as a hub that dies."""
    for folder in [path, *path.resolve().parents]:
        if not folder.exists() or not folder.stat().st_mode & 0o001:
            sys.exit(f"Not every account can use {path}: {folder} is missing, or others cannot enter it (chmod o+x).")


def doctors_token(file):
    """With this `autograde doctor --hub` looks at services; root's alone, and made once."""
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(32), encoding="ascii")
    return file.read_text(encoding="ascii")


for environment in (TOLD.students_environment, TOLD.graders_environment, TOLD.configuration):
    readable_by_all(environment)
account(TOLD.exchange_account)

c = get_config()  # noqa: F821 - JupyterHub defines it

c.JupyterHub.bind_url = TOLD.address
c.JupyterHub.ssl_cert, c.JupyterHub.ssl_key = TOLD.certificate, TOLD.key
c.JupyterHub.hub_port = TOLD.hub_port
c.JupyterHub.db_url = TOLD.database_url
c.JupyterHub.cookie_secret_file = str(TOLD.state / "cookie-secret")
c.ConfigurableHTTPProxy.command = list(TOLD.proxy)
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{TOLD.proxy_port}"
c.ConfigurableHTTPProxy.pid_file = str(TOLD.state / "proxy.pid")

# --- who logs in: accounts of the server, by PAM, that hub.toml names

GROUPS = groups(TOLD)
c.JupyterHub.authenticator_class = NamedAccounts
c.NamedAccounts.members = GROUPS
c.NamedAccounts.open_sessions = False
c.Authenticator.allowed_users = set(TOLD.people())
c.Authenticator.allow_existing_users = False  # who is taken out of hub.toml is out
c.Authenticator.admin_users = set(TOLD.admins)
c.JupyterHub.load_groups = {name: {"users": sorted(members)} for name, members in GROUPS.items()}
c.JupyterHub.load_roles = [role.as_told() for role in roles(TOLD)]

# --- people's servers: their own account, an environment without the autograder, limits that the kernel keeps

c.JupyterHub.spawner_class = "localprocess"
c.Spawner.cmd = [
    "prlimit", f"--as={TOLD.limits.memory_bytes}", f"--nproc={TOLD.limits.processes}", "--core=0",
    f"{TOLD.students_environment}/bin/python", "-m", "jupyterhub.singleuser",
]  # fmt: skip
c.Spawner.env_keep = ["LANG", "LC_ALL"]
c.Spawner.environment = {
    **ONE_THREAD,
    "JUPYTER_CONFIG_PATH": f"{TOLD.configuration}/students",
    "PYTHONSTARTUP": f"{TOLD.configuration}/students/startup.py",
    "MACHINE_ROOM_EXCHANGE_URL": TOLD.exchange_url,
    "PATH": f"{TOLD.students_environment}/bin:{PROGRAMS}",
}
c.Spawner.server_token_scopes = list(SERVER_SCOPES)
c.Spawner.http_timeout = c.Spawner.start_timeout = 120

# --- the exchange, as an account of its own, whose folder nobody else enters; what ends idle servers; the doctor

SERVICES = [
    {
        "name": EXCHANGE,
        "url": f"http://127.0.0.1:{TOLD.exchange_port}",
        "user": TOLD.exchange_account,
        "command": [
            f"{TOLD.hub_environment}/bin/python", "-m", "machine_room_hub", "--root", str(TOLD.exchange_folder),
            *(f"--course={name}={','.join(course.services)}" for name, course in TOLD.courses.items()),
        ],
        "display": False,
        **STARTS,
    },
    {
        "name": CULLER,
        "user": "nobody",
        "cwd": "/",
        "command": [
            f"{TOLD.hub_environment}/bin/python", "-m", "jupyterhub_idle_culler", f"--timeout={TOLD.idle_seconds}",
        ],
        "display": False,
    },
    {"name": DOCTOR, "api_token": doctors_token(TOLD.doctor_token), "display": False},
]  # fmt: skip

# --- each course's server, which runs formgrader as the course's account

for name, course in TOLD.courses.items():
    SERVICES.append(
        {
            "name": name,
            "url": f"http://127.0.0.1:{course.port}",
            "user": course.account,
            "cwd": str(course.folder),
            "command": [f"{TOLD.graders_environment}/bin/python", "-m", "jupyterhub.singleuser"],
            "oauth_no_confirm": True,
            **STARTS,
            "environment": {
                **ONE_THREAD,
                "JUPYTERHUB_USER": course.account,
                # JupyterLab refuses to show formgrader in a frame; in a page of its own it works.
                "JUPYTERHUB_DEFAULT_URL": "/formgrader/manage_assignments",
                "JUPYTER_CONFIG_PATH": f"{TOLD.configuration}/grader",
                "MACHINE_ROOM_EXCHANGE_URL": TOLD.exchange_url,
                "HOME": account(course.account).pw_dir,
                "PATH": f"{TOLD.graders_environment}/bin:{PROGRAMS}",  # nbgrader starts alembic by name
            },
        }
    )

    if course.watch:
        SERVICES.append(
            {
                "name": course.watcher,
                "user": course.account,
                "cwd": str(course.folder),
                "command": [f"{TOLD.graders_environment}/bin/python", "-m", "autograde", "watch"],
                "display": False,
                "environment": {
                    **ONE_THREAD,
                    "MACHINE_ROOM_EXCHANGE_URL": TOLD.exchange_url,
                    "HOME": account(course.account).pw_dir,
                    "PATH": f"{TOLD.graders_environment}/bin:{PROGRAMS}",
                },
            }
        )

c.JupyterHub.services = SERVICES
