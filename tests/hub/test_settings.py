"""hub.toml: what is wrong with it is one sentence that names the setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from machine_room_hub.settings import Settings, SettingsError, read

RIGHT = """
address = "http://127.0.0.1:8000"
state = "/srv/jupyterhub"
configuration = "/opt/configuration"
hub_environment = "/opt/hub"
students_environment = "/opt/students"
graders_environment = "/opt/graders"
exchange_account = "exchange"
exchange_folder = "/srv/exchange"
exchange_port = 10101
admins = []
[courses.one]
account = "grader-one"
folder = "/home/grader-one/course"
port = 10102
students = ["ada"]
"""


def told(folder: Path, text: str) -> Settings:
    (folder / "hub.toml").write_text(text)
    return read(folder / "hub.toml")


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    settings = told(tmp_path, RIGHT)
    assert settings.database_url == "sqlite:////srv/jupyterhub/hub.sqlite"
    assert settings.limits.processes == 512
    assert settings.people() == {"ada"}
    assert settings.courses["one"].instructors == ()


WRONG = {
    "a setting that there is not": ("state =", "sate =", "there is no setting sate"),
    "one that is missing": ('state = "/srv/jupyterhub"', "", "state is missing"),
    "a port as text": ("= 10101", '= "10101"', "exchange_port is a whole number above 0. This is '10101'"),
    "a port that is true": ("= 10101", "= true", "exchange_port is a whole number above 0"),
    "a port twice": ("= 10102", "= 10101", "port 10101 is given twice"),
    "people as one text": ('["ada"]', '"ada"', "courses.one.students is a list of texts"),
    "people as numbers": ('["ada"]', "[1]", "courses.one.students is a list of texts"),
    "a path that is none": ("/opt/hub", "opt/hub", "hub_environment is a whole path"),
    "a text that is a number": ('"exchange"', "3", "exchange_account is a text"),
    "an account twice": ('"grader-one"', '"exchange"', "the account 'exchange' is given twice"),
    "a student who is the grader": ('["ada"]', '["grader-one"]', "'grader-one' is a person here and the account"),
    "no course": ("[courses.one]", "[limits]", "there is no setting limits.account"),
    "a course that is no table": ("[courses.one]", "[courses]\none = 3", "there is no setting|courses.one is a table"),
    "a course with a slash": ("[courses.one]", '[courses."a/b"]', "begins with a dot or holds a slash"),
    "an address without a scheme": (
        "http://127.0.0.1:8000",
        "hub.example.org",
        "address begins with http:// or https://",
    ),
    "another kind of database": (
        "admins = []",
        'database = "mysql://me:pw@db/hub"',
        "database begins with postgresql://",
    ),
    "another kind of gradebook": (
        "port = 10102",
        'port = 9\ngradebook = "me:pw@db"',
        "courses.one.gradebook begins with",
    ),
    "https without a certificate": ("http://127.0.0.1:8000", "https://127.0.0.1:8000", "exactly where a certificate"),
    "half a certificate": ("admins = []", 'key = "/key"', "certificate and key belong together"),
    "a watch in words": (
        "port = 10102",
        'port = 10102\nwatch = "yes"',
        "courses.one.watch is true or false",
    ),
    "a course called as a service is": (
        "port = 10102",
        'port = 10102\nwatch = true\n[courses.watch-one]\naccount = "two"\nfolder = "/two"\nport = 10103',
        "two services called 'watch-one'",
    ),
    "no TOML": ("admins = []", "admins = [", "is no TOML"),
}


@pytest.mark.parametrize(("old", "new", "sentence"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_one_sentence(old: str, new: str, sentence: str, tmp_path: Path) -> None:
    assert RIGHT.count(old) >= 1
    with pytest.raises(SettingsError, match=sentence) as caught:
        told(tmp_path, RIGHT.replace(old, new))
    assert str(caught.value).startswith(str(tmp_path / "hub.toml"))
    assert "pw" not in str(caught.value).removeprefix(str(tmp_path))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read(tmp_path / "hub.toml")
