"""The configurations load in JupyterHub, ask for scopes that there are, and say what is missing in one sentence."""

from __future__ import annotations

import asyncio
import copy
import json
import shutil
import subprocess
import sys
import tomllib
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jupyterhub.app import JupyterHub
from jupyterhub.scopes import scope_definitions
from jupyterhub.services.service import Service
from nbgrader.apps import NbGrader
from traitlets.config.loader import PyFileConfigLoader

from machine_room.exchange import SEAMS
from machine_room_hub.accounts import NamedAccounts
from machine_room_hub.starting import START_SECONDS, TRIES, patience

ROOT = Path(__file__).resolve().parents[2]
SINGLE_SERVER, LOCAL = ROOT / "hub" / "single-server", ROOT / "hub" / "local"
# Accounts that every system of Debian's family has.
SETTINGS = {
    "address": "http://127.0.0.1:8000", "configuration": "/usr", "hub_environment": "/usr",
    "students_environment": "/usr", "graders_environment": "/usr", "exchange_account": "daemon",
    "exchange_folder": "/srv/exchange", "exchange_port": 10101, "idle_seconds": 600, "admins": ["root"],
    "courses": {
        "machine-room": {
            "account": "games", "folder": "/srv/course", "port": 10102, "instructors": ["ivy"],
            "students": ["ada", "bob"],
        },
        "analysis": {"account": "mail", "folder": "/srv/other", "port": 10103, "instructors": ["omar"], "students": []},
    },
}  # fmt: skip


def written(settings: dict[str, Any]) -> str:
    """The settings as TOML: JSON's values are TOML's here."""
    courses = settings["courses"]
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items() if key != "courses"]
    for name, course in courses.items():
        lines += [f"[courses.{name}]", *(f"{key} = {json.dumps(value)}" for key, value in course.items())]
    return "\n".join(lines)


def load(folder: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any]) -> Any:
    (folder / "hub.toml").write_text(written({"state": str(folder / "state"), **settings}))
    monkeypatch.setenv("MACHINE_ROOM_HUB_SETTINGS", str(folder / "hub.toml"))
    return PyFileConfigLoader("jupyterhub_config.py", path=str(SINGLE_SERVER)).load_config()


@pytest.fixture
def single_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    return load(tmp_path, monkeypatch, SETTINGS)


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    told = {
        "ports": dict.fromkeys(("hub", "api", "proxy", "exchange", "grader"), 1), "passwords": {"ada": "a", "ivy": "b"},
        "instructors": ["ivy"], "students": ["ada"], "as_root": [], "lab_arguments": [], "token": "0" * 64,
    }  # fmt: skip
    (tmp_path / "hub.json").write_text(json.dumps(told))
    monkeypatch.setenv("MACHINE_ROOM_HUB", str(tmp_path))
    return PyFileConfigLoader("jupyterhub_config.py", path=str(LOCAL)).load_config()


@pytest.mark.parametrize("name", ["single_server", "local"])
def test_the_hub_takes_it_and_knows_every_scope(name: str, request: pytest.FixtureRequest) -> None:
    config = request.getfixturevalue(name)
    app = JupyterHub(config=config)
    assert {key for service in app.services for key in service} <= set(Service.class_trait_names())
    scopes = [scope for role in app.load_roles for scope in role["scopes"]] + config.Spawner.server_token_scopes
    assert len(scopes) > 5
    assert {scope.partition("!")[0] for scope in scopes} <= set(scope_definitions)
    groups = set(app.load_groups)
    services = {service["name"] for service in app.services}
    for role in app.load_roles:
        assert set(role.get("groups", ())) <= groups
        assert set(role.get("services", ())) <= services
    named = {scope.partition("!service=")[2] for scope in scopes if "!service=" in scope}
    assert named <= services


class NoTimeout:
    """A service of JupyterHub 5's."""

    @staticmethod
    def class_trait_names() -> list[str]:
        return ["name", "url"]


def test_where_a_service_cannot_be_given_time_the_hub_waits_as_long_as_elsewhere() -> None:
    class Waits:
        def wait_up(self, timeout: float = 10, http: bool = False) -> tuple[float, bool]:
            return timeout, http

    assert patience() == {"timeout": START_SECONDS}
    assert patience(NoTimeout, Waits) == {}
    assert Waits().wait_up(timeout=1, http=True) == (START_SECONDS / TRIES, True)
    assert Waits().wait_up() == (START_SECONDS / TRIES, False)
    assert Waits().wait_up(timeout=120) == (120, False)  # of a person's server, which has its own


@pytest.mark.parametrize("name", ["single_server", "local"])
def test_nobody_but_instructors_reaches_a_courses_server(name: str, request: pytest.FixtureRequest) -> None:
    app = JupyterHub(config=request.getfixturevalue(name))
    courses = {service["name"] for service in app.services if "url" in service} - {"exchange"}
    assert courses
    for course in courses:
        holders = [role for role in app.load_roles if f"access:services!service={course}" in role["scopes"]]
        assert [role["groups"] for role in holders if "groups" in role] == [[f"formgrade-{course}"]]
        # What looks whether the page is there has a token of its own, which root alone can read.
        assert {service for role in holders for service in role.get("services", ())} <= {"doctor"}
    assert not [role for role in app.load_roles if {"inherit", "admin:users", "admin:servers"} & set(role["scopes"])]


def test_each_service_that_runs_has_an_account_that_is_named(single_server: Any) -> None:
    started = [service for service in single_server.JupyterHub.services if "command" in service]
    accounts = [service["user"] for service in started]
    assert len(accounts) == 4
    assert len(set(accounts)) == 4
    assert "root" not in accounts


def test_a_course_that_watches_has_a_service_of_its_own_account_that_goes_to_the_exchange_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: dict[str, Any] = copy.deepcopy(SETTINGS)
    settings["courses"]["analysis"]["watch"] = True
    app = JupyterHub(config=load(tmp_path, monkeypatch, settings))
    found = {service["name"]: service for service in app.services}
    assert "watch-machine-room" not in found
    watcher = found["watch-analysis"]
    assert (watcher["user"], watcher["cwd"], watcher["command"][1:]) == (
        "mail", "/srv/other", ["-m", "autograde", "watch"],
    )  # fmt: skip
    assert {"--course=machine-room=machine-room", "--course=analysis=analysis,watch-analysis"} <= set(
        found["exchange"]["command"]
    )
    scopes = [role["scopes"] for role in app.load_roles if "watch-analysis" in role.get("services", ())]
    assert scopes == [["access:services!service=exchange"]]


def test_only_who_is_named_logs_in(single_server: Any) -> None:
    told = single_server.Authenticator
    assert told.allowed_users == {"ivy", "ada", "bob", "omar", "root"}
    assert (told.allow_existing_users, told.admin_users) == (False, {"root"})


def test_the_doctors_token_is_made_once_and_roots_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, single_server: Any
) -> None:
    file = tmp_path / "state" / "doctor-token"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    before = file.read_text()
    load(tmp_path, monkeypatch, SETTINGS)
    assert file.read_text() == before


def test_idle_servers_are_stopped_after_the_seconds_that_are_told(single_server: Any) -> None:
    [culler] = [service for service in single_server.JupyterHub.services if service["name"] == "idle-culler"]
    assert "--timeout=600" in culler["command"]


class Known:
    """What a hub hands to `add_user`: a user and their groups."""

    def __init__(self, name: str, *groups: str) -> None:
        self.name = name
        self.groups = [SimpleNamespace(name=group) for group in groups]


@pytest.mark.parametrize(
    ("name", "groups", "stays"),
    [
        ("ada", ("nbgrader-one", "nbgrader-two"), ["nbgrader-one"]),  # left course two
        ("omar", ("formgrade-one",), []),  # teaches no longer
        ("ada", ("nbgrader-past",), []),  # of a course that is no more
        ("ada", ("nbgrader-one", "chess-club"), ["nbgrader-one", "chess-club"]),  # which is nothing of ours
    ],
)
def test_who_was_taken_out_of_the_settings_is_out_of_the_hubs_groups(
    name: str, groups: tuple[str, ...], stays: list[str]
) -> None:
    members = {"nbgrader-one": {"ada"}, "nbgrader-two": {"bob"}, "formgrade-one": {"ivy"}}
    door, user = NamedAccounts(members=members), Known(name, *groups)
    with suppress(KeyError):  # they have no account here
        asyncio.run(door.add_user(user))
    assert [group.name for group in user.groups] == stays


def test_the_exchange_knows_every_course_and_its_server(single_server: Any) -> None:
    [exchange] = [service for service in single_server.JupyterHub.services if service["name"] == "exchange"]
    told = [word for word in exchange["command"] if word.startswith("--course=")]
    assert told == ["--course=machine-room=machine-room", "--course=analysis=analysis"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"exchange_account": "no-such-account"}, "useradd -m no-such-account"),
        ({"students_environment": "/no/such/folder"}, "Not every account can use /no/such/folder"),
    ],
)
def test_what_is_missing_is_one_sentence(
    change: dict[str, Any], word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit, match=word):
        load(tmp_path, monkeypatch, SETTINGS | change)


def test_an_environment_that_others_cannot_enter_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(SystemExit, match="others cannot enter"):
        load(tmp_path, monkeypatch, SETTINGS | {"graders_environment": str(closed)})


def test_the_settings_that_ship_have_every_key() -> None:
    shipped = tomllib.loads((SINGLE_SERVER / "hub.toml").read_text(encoding="utf-8"))
    assert set(shipped) == {*SETTINGS, "state"}
    for course in shipped["courses"].values():
        assert set(course) == {"account", "folder", "port", "instructors", "students"}


def test_students_kernels_know_the_course_from_their_first_cell_on(single_server: Any, local: Any) -> None:
    startup = Path(local.Spawner.environment["PYTHONSTARTUP"])
    assert startup == LOCAL / "students" / "startup.py"
    assert startup.is_file()
    assert single_server.Spawner.environment["PYTHONSTARTUP"] == f"{SETTINGS['configuration']}/students/startup.py"


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A course folder with the settings that `autograde init` writes, as the place where nbgrader is called."""
    shutil.copyfile(ROOT / "nbgrader_config.py", tmp_path / "nbgrader_config.py")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MACHINE_ROOM_EXCHANGE_URL", raising=False)


def as_nbgrader_reads_it() -> Any:
    app = NbGrader()
    app.load_config_file()
    return app.config


def test_on_a_hub_a_course_goes_through_the_service_and_grades_in_the_sandbox(
    course: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the course folder says takes nothing back of what the hub says: its file is read last."""
    monkeypatch.setenv("MACHINE_ROOM_EXCHANGE_URL", "http://127.0.0.1:1/")
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(LOCAL / "grader"))
    config = as_nbgrader_reads_it()
    assert config.ExchangeFactory == {seam: f"machine_room.exchange.{name}" for seam, name in SEAMS.items()}
    assert config.Autograde.exporter_class == "autograde.plugin.Sandboxed"


def test_without_a_hub_a_course_collects_without_following_links(course: None) -> None:
    assert as_nbgrader_reads_it().ExchangeFactory == {"collect": "autograde.plugin.Collect"}


@pytest.mark.parametrize("folder", ["students", "grader"])
def test_formgrader_is_on_for_the_course_and_off_for_students(folder: str) -> None:
    server = json.loads((LOCAL / folder / "jupyter_server_config.json").read_text())["ServerApp"]["jpserver_extensions"]
    page = json.loads((LOCAL / folder / "labconfig" / "page_config.json").read_text())["disabledExtensions"]
    assert server["nbgrader.server_extensions.formgrader"] is (folder == "grader")
    assert page.get("@jupyter/nbgrader:formgrader", False) is (folder == "students")


def test_the_process_that_holds_the_hand_ins_has_nothing_in_it_that_acts_as_root() -> None:
    asked = "import sys, machine_room_hub.__main__; print(*[n for n in sys.modules if 'machine_room_hub.' in n])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[1] for name in done.stdout.split()}
    assert "store" in loaded
    assert not loaded & {"accounts", "as_account", "backup", "doctor", "server", "settings"}


@pytest.mark.parametrize(("named", "in_folders"), [("machine-room", False), ("", True)])
def test_students_have_the_course_that_is_named_or_all_of_theirs_in_folders(
    named: str, in_folders: bool, monkeypatch: pytest.MonkeyPatch, single_server: Any, local: Any
) -> None:
    assert local.Spawner.environment["MACHINE_ROOM_COURSE"] == "machine-room"
    assert "MACHINE_ROOM_COURSE" not in single_server.Spawner.environment
    monkeypatch.setenv("MACHINE_ROOM_COURSE", named)
    told = PyFileConfigLoader("nbgrader_config.py", path=str(LOCAL / "students")).load_config()
    assert (told.CourseDirectory.course_id, told.HubExchange.path_includes_course) == (named, in_folders)
