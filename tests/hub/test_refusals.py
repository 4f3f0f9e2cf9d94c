"""What a hub refuses: another's work, the course's files, the exchange in another's name. With the hub's own tokens.

All of it twice: on the JupyterHub that constraints.txt pins, and on the one of the line before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import pytest
import requests
from playwright.sync_api import APIResponse, Browser, expect

from machine_room.exchange.bundle import packed
from tests.hub.older import OLDER
from tests.hub.visitors import Visitor, visiting
from tools.hub import COURSE, Hub

pytestmark = pytest.mark.xdist_group("hub")

WORK = packed({"backprop.ipynb": b"{}"})
EXCHANGE = "access:services!service=exchange"
OUTSIDER = "olga"
ASSIGNMENT = "02-activations"  # nobody else's test hands this in
HAND_IN = f"courses/{COURSE}/assignments/{ASSIGNMENT}/hand-ins"


@pytest.fixture(scope="module", params=["hub", "older_hub"])
def hub(request: pytest.FixtureRequest) -> Hub:
    """One of the two; the tests below know nothing of which."""
    started: Hub = request.getfixturevalue(request.param)
    runs = requests.get(f"{started.address}/hub/api", timeout=60).json()["version"]
    assert (runs == OLDER) == (request.param == "older_hub"), runs
    return started


@pytest.fixture(scope="module")
def visitors(hub: Hub, browser: Browser) -> Iterator[Mapping[str, Visitor]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(visiting(browser, hub, name)) for name in ("ada", "bob", "ivy", OUTSIDER)}


def at_the_hub(visitor: Visitor, method: str, path: str, data: object = None) -> APIResponse:
    """Ask the hub as one's browser does."""
    xsrf = next(cookie["value"] for cookie in visitor.page.context.cookies() if cookie["name"].endswith("_xsrf"))
    address = f"{visitor.hub.address}/hub/api/users/{visitor.name}/tokens{path}"
    return visitor.page.request.fetch(address, method=method, data=data, headers={"X-XSRFToken": xsrf})


def minted(visitor: Visitor, *scopes: str) -> APIResponse:
    """Ask the hub for a token of one's own, as on its page of tokens."""
    return at_the_hub(visitor, "POST", "", {"scopes": list(scopes), "note": "a test"})


def token(visitor: Visitor, *scopes: str) -> str:
    return str(minted(visitor, *scopes).json()["token"])


@pytest.fixture(scope="module")
def tokens(visitors: Mapping[str, Visitor]) -> Mapping[str, str]:
    return {name: token(visitors[name], EXCHANGE) for name in ("ada", "bob", "ivy")}


def ask(hub: Hub, method: str, path: str, given: str) -> requests.Response:
    headers = {"Authorization": f"token {given}"}
    data = WORK if method == "POST" else None
    return requests.request(method, hub.exchange + path, headers=headers, data=data, timeout=60)


@pytest.fixture(scope="module")
def handed_in(hub: Hub, tokens: Mapping[str, str]) -> int:
    """Ada's hand-in, with feedback."""
    out = ask(hub, "POST", f"courses/{COURSE}/assignments/{ASSIGNMENT}", tokens["ivy"])
    assert out.status_code == 201, out.text
    told = ask(hub, "POST", HAND_IN, tokens["ada"])
    assert told.status_code == 201, told.text
    number = int(told.json()["number"])
    assert ask(hub, "POST", f"{HAND_IN}/ada/{number}/feedback", tokens["ivy"]).status_code == 201
    return number


# Who, method, path below the exchange; N is the number of ada's hand-in.
REFUSED_TO_BOB = [
    ("GET", f"{HAND_IN}/ada/N"),
    ("GET", f"{HAND_IN}/ada/N/feedback"),
    ("GET", f"courses/{COURSE}/hand-ins?student=ada"),
    ("POST", f"{HAND_IN}/ada/N/feedback"),
    ("POST", f"courses/{COURSE}/assignments/{ASSIGNMENT}?anew=1"),
    ("DELETE", f"courses/{COURSE}/assignments/{ASSIGNMENT}"),
    ("GET", f"courses/{COURSE}/students/ada"),
    ("GET", f"courses/{COURSE}/students/bob"),
    ("DELETE", f"courses/{COURSE}/students/ada"),
    ("DELETE", f"courses/{COURSE}/students/bob"),
    ("DELETE", f"courses/{COURSE}/expired?before=2999-01-01T00:00:00Z"),
    ("GET", "courses/another-course/assignments"),
    ("POST", "courses/another-course/assignments/01/hand-ins"),
]


@pytest.mark.parametrize(("method", "path"), REFUSED_TO_BOB)
def test_a_student_may_not(method: str, path: str, hub: Hub, tokens: Mapping[str, str], handed_in: int) -> None:
    assert ask(hub, method, path.replace("N", str(handed_in)), tokens["bob"]).status_code == 403


@pytest.mark.parametrize("path", [f"{HAND_IN}/ada/N", f"{HAND_IN}/ada/N/feedback", f"courses/{COURSE}/hand-ins"])
def test_the_one_whose_it_is_and_the_instructor_may(
    path: str, hub: Hub, tokens: Mapping[str, str], handed_in: int
) -> None:
    for who in ("ada", "ivy"):
        assert ask(hub, "GET", path.replace("N", str(handed_in)), tokens[who]).status_code == 200


def test_instructors_and_the_courses_server_may_ask_what_is_kept_and_remove_it(
    hub: Hub, tokens: Mapping[str, str], handed_in: int
) -> None:
    for given in (tokens["ivy"], hub.token):
        told = ask(hub, "GET", f"courses/{COURSE}/students/ada", given).json()
        assert (ASSIGNMENT, handed_in) in {(one["assignment"], one["number"]) for one in told}
        assert ask(hub, "DELETE", f"courses/{COURSE}/students/nobody", given).json() == {"forgotten": 0}


def test_what_bob_hands_in_is_bobs_whatever_he_says(hub: Hub, tokens: Mapping[str, str], handed_in: int) -> None:
    for path in (f"{HAND_IN}?student=ada", f"{HAND_IN}?user=ada&at=2020-01-01"):
        assert ask(hub, "POST", path, tokens["bob"]).status_code == 201
    listed = ask(hub, "GET", f"courses/{COURSE}/hand-ins?student=ada", tokens["ivy"]).json()
    assert max(one["number"] for one in listed) == handed_in
    mine = ask(hub, "GET", f"courses/{COURSE}/hand-ins", tokens["bob"]).json()
    assert {one["student"] for one in mine} == {"bob"}
    assert all(one["at"] > "2026" for one in mine)


def test_a_replay_takes_nobodys_place(hub: Hub, tokens: Mapping[str, str], handed_in: int) -> None:
    """Bob sends what ada sent, byte for byte: it is one more hand-in of his."""
    sent = ask(hub, "GET", f"{HAND_IN}/ada/{handed_in}", tokens["ada"]).content
    headers = {"Authorization": f"token {tokens['bob']}"}
    told = requests.post(hub.exchange + HAND_IN, data=sent, headers=headers, timeout=60)
    assert told.status_code == 201
    listed = ask(hub, "GET", f"courses/{COURSE}/hand-ins?student=ada", tokens["ivy"]).json()
    assert [one["number"] for one in listed][-1] == handed_in


def test_a_token_that_may_less_is_refused(hub: Hub, visitors: Mapping[str, Visitor]) -> None:
    narrow = token(visitors["ada"], "read:users!user")
    assert len(narrow) > 10
    for given in (narrow, "", "no such token", hub.token[:-1]):
        assert ask(hub, "GET", "courses", given).status_code == 403


def test_an_outsider_gets_no_token_for_the_exchange_and_none_in(hub: Hub, visitors: Mapping[str, Visitor]) -> None:
    assert minted(visitors[OUTSIDER], EXCHANGE).status in (400, 403)
    own = token(visitors[OUTSIDER])
    for method, path in (("GET", "courses"), ("GET", f"courses/{COURSE}/assignments"), ("POST", HAND_IN)):
        assert ask(hub, method, path, own).status_code == 403


def test_a_revoked_token_is_out(hub: Hub, visitors: Mapping[str, Visitor]) -> None:
    """At once where the service has not seen it in the last seconds."""
    made = minted(visitors["ada"], EXCHANGE).json()
    given = str(made["token"])
    assert at_the_hub(visitors["ada"], "DELETE", f"/{made['id']}").status == 204
    assert ask(hub, "GET", "courses", given).status_code == 403


# What a browser of ada's, a student, is not shown. "" is what the course's own server answers at its front.
COURSE_FILES = [
    "", "formgrader/", "formgrader/manage_assignments", "lab", "api/contents/source", "files/gradebook.db",
    "files/source/01-backprop/backprop.ipynb", "files/.autograde/seed", "api/kernels", "terminals/1",
]  # fmt: skip


@pytest.mark.parametrize("path", COURSE_FILES)
@pytest.mark.parametrize("who", ["ada", OUTSIDER])
def test_the_courses_server_is_shown_to_instructors_alone(
    who: str, path: str, hub: Hub, visitors: Mapping[str, Visitor]
) -> None:
    address = f"{hub.address}/services/{COURSE}/{path}"
    assert visitors[who].page.goto(address).status == 403  # type: ignore[union-attr] # it answers


def test_and_to_the_instructor_it_is(hub: Hub, visitors: Mapping[str, Visitor]) -> None:
    ivy = visitors["ivy"]
    ivy.formgrader()
    expect(ivy.page.locator("td.name", has_text=ASSIGNMENT)).to_be_visible()


@pytest.mark.parametrize("path", ["lab", "api/contents", "files/01-backprop/backprop.ipynb", "api/kernels"])
def test_another_students_server_is_not_shown(path: str, hub: Hub, visitors: Mapping[str, Visitor]) -> None:
    visitors["ada"].open_lab()  # so that there is one
    for who in ("bob", OUTSIDER):
        answer = visitors[who].page.goto(f"{hub.address}/user/ada/{path}")
        assert answer is not None
        assert answer.status in (403, 404), answer.url


def test_formgrader_is_not_in_students_servers(hub: Hub, visitors: Mapping[str, Visitor]) -> None:
    ada = visitors["ada"]
    ada.open_lab()
    answer = ada.page.goto(f"{hub.address}/user/ada/formgrader/manage_assignments")
    assert answer is not None
    assert answer.status == 404
