"""One server with accounts on JupyterHub 5, with the same configuration: who gets in, whose formgrader opens to whom.

The hub's environment, students' and graders' all have it. What the exchange refuses there is in test_refusals.py.
Needs root: `make test-root`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.hub.older import OLDER, older_jupyterhub
from tests.hub.server import Server, install_all, running_server
from tests.hub.test_single_server import (
    kernel,
    people,
    test_a_student_sees_no_formgrader_and_no_menus_of_instructors,
    test_a_students_environment_has_the_course_and_no_autograder,
    test_a_students_server_runs_as_the_student,
    test_a_wrong_password_and_who_is_in_no_course_are_refused,
    test_instructors_open_their_own_courses_formgrader_alone,
    test_the_kernel_of_linux_keeps_the_limits,
)
from tests.hub.test_single_server_doctor import test_all_is_well_on_a_server_as_the_page_sets_it_up
from tools.postgresql import PostgreSQL

__all__ = [
    "kernel", "people", "test_a_student_sees_no_formgrader_and_no_menus_of_instructors",
    "test_a_students_environment_has_the_course_and_no_autograder", "test_a_students_server_runs_as_the_student",
    "test_a_wrong_password_and_who_is_in_no_course_are_refused",
    "test_all_is_well_on_a_server_as_the_page_sets_it_up", "test_instructors_open_their_own_courses_formgrader_alone",
    "test_the_kernel_of_linux_keeps_the_limits",
]  # fmt: skip

pytestmark = pytest.mark.root


@pytest.fixture(scope="module")
def server(set_up: Server, database: PostgreSQL) -> Iterator[Server]:
    """The server of the other tests, in other environments; a hub's record is of its own version."""
    made, state = set_up.folder / "older", set_up.folder / "older-state"
    install_all(set_up.settings.hub_environment.parents[1], made, older_jupyterhub())
    state.mkdir(mode=0o700)
    before = set_up.settings_file.read_text()
    set_up.set(
        hub_environment=f"{made}/hub/environment", students_environment=f"{made}/students/environment",
        graders_environment=f"{made}/graders/environment", state=str(state), database=database.new_database(),
    )  # fmt: skip
    with running_server(set_up):
        yield set_up
    set_up.settings_file.write_text(before)


def test_it_is_jupyterhub_5_on_every_side(server: Server) -> None:
    told = requests.get(f"{server.address}/hub/api", verify=server.certificate, timeout=60).json()
    assert told["version"] == OLDER
    for folder in (server.settings.students_environment, server.settings.graders_environment):
        assert [path.name for path in Path(folder).glob("lib/*/site-packages/jupyterhub-*.dist-info")] == [
            f"jupyterhub-{OLDER}.dist-info"
        ]
