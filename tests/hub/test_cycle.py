"""The whole cycle on a hub in Chromium, from fetching to being forgotten; and a cheat that gains nothing."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.hub.visitors import Visitor, notebook_of, visiting
from tools.hub import RELEASED, Hub, nbgrader, terminal
from tools.lab_page import LabPage

pytestmark = pytest.mark.xdist_group("hub")

WRONG = "def relu_backward(dh, z):\n    return dh * z\n"
RIGHT = "def relu_backward(dh, z):\n    return dh * (z > 0)\n"
CHEAT = "import machine_room\ncheck = machine_room.check = lambda *arguments, **named: None\n"
SAID = "I am unsure about the chain rule."


def place_of(page: LabPage, role: str, exercise: str | None = None) -> int:
    cells = page.cells()
    return next(at for at, cell in enumerate(cells) if (cell.get("role"), cell.get("exercise")) == (role, exercise))


def work_through(ada: Visitor, screenshots: Path) -> None:
    """Begin in the middle, move a slider, write a function wrong, read the hint, mend it, answer, save, validate."""
    page = ada.open_notebook(f"{RELEASED}/backprop.ipynb")
    picture_at = place_of(page, "explore")
    expect(page.run(picture_at)).to_contain_text("Run the cells above first")
    page.run(place_of(page, "given"))
    page.run(picture_at)
    picture = page.picture(picture_at)
    before = picture.pixels()
    handle = picture.handles()[0]
    picture.push(handle, "ArrowRight")
    picture.wait_for_change(before)
    ada.page.screenshot(path=screenshots / "3-student-moves-a-slider.png")

    solution, check = (place_of(page, role, "relu_backward") for role in ("solution", "check"))
    page.type_into(solution, WRONG)
    page.run(solution)
    said = page.run(check)
    expect(said).to_contain_text("not right yet")
    said.evaluate("cell => cell.scrollIntoView({block: 'center'})")
    ada.page.screenshot(path=screenshots / "4-student-reads-the-hint.png")
    page.type_into(solution, RIGHT)
    page.run(solution)
    expect(page.run(check)).to_contain_text("relu_backward: correct")
    ada.page.evaluate(
        """([place, text]) => window.jupyterapp.shell.currentWidget.content.widgets[place]
            .model.sharedModel.setSource(text)""",
        [place_of(page, "written"), SAID],
    )
    ada.save()
    ada.page.locator(".jp-NotebookPanel-toolbar").get_by_text("Validate").click()
    verdict = ada.page.locator(".jp-Dialog")
    expect(verdict).to_contain_text("check(cross_entropy)")  # and others that ada has left out
    expect(verdict).not_to_contain_text("check(relu_backward)")
    ada.page.screenshot(path=screenshots / "4-student-validates.png")
    verdict.get_by_role("button", name="OK").click()


def cheat(path: Path) -> None:
    """Replace the check by one that passes everything, and the check cells' words by nothing."""
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        if cell["metadata"].get("machine_room", {}).get("role") in ("solution", "check"):
            cell["source"] = CHEAT
    path.write_text(json.dumps(notebook))


def autograde(hub: Hub, *arguments: str) -> str:
    """Run the autograder as in a terminal of the course's server."""
    command = [str(Path(sys.executable).with_name("autograde")), *arguments]
    done = subprocess.run(command, cwd=hub.course, env=terminal(hub), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def grade_by_hand(ivy: Visitor, student: str) -> None:
    """Give a point of extra credit for the written answer, and a comment, in formgrader."""
    listed = ivy.page.request.get(
        f"{ivy.hub.address}/services/machine-room/formgrader/api/submitted_notebooks/{RELEASED}/backprop"
    ).json()
    [submission] = [one["id"] for one in listed if one["student"] == student]
    ivy.formgrader(f"submissions/{submission}")
    ivy.page.wait_for_load_state("networkidle")  # until scores and comments are there, the page listens to no field
    answer = ivy.page.locator(".nbgrader_cell", has_text=SAID)
    answer.locator("input.extra-credit").fill("1")
    answer.locator("textarea.comment").fill("Ask in the next lecture.")
    with ivy.page.expect_response(lambda answer: "/api/comment/" in answer.url and answer.request.method == "PUT"):
        ivy.page.keyboard.press("Tab")


def kept_by_the_exchange(hub: Hub, student: str) -> list[Path]:
    return [path for path in (hub.folder / "exchange").rglob(student) if path.is_dir()]


def forget(hub: Hub, student: str, other: str) -> None:
    """Hand out all that is recorded about one student, the exchange's share too; then remove it, and nobody else's."""
    exported = hub.folder / "exported"
    autograde(hub, "export", student, "--to", str(exported))
    [sent] = (exported / "records" / "hub-exchange" / RELEASED).glob("*/files/backprop.ipynb")
    assert SAID in sent.read_text()
    assert list((exported / "records" / "hub-exchange" / RELEASED).glob("*/feedback/*/backprop.html"))
    assert kept_by_the_exchange(hub, student)
    autograde(hub, "forget", student, "--yes")
    assert not kept_by_the_exchange(hub, student)
    assert not (hub.course / "submitted" / student).exists()
    assert kept_by_the_exchange(hub, other)
    assert (hub.course / "submitted" / other).exists()


def test_the_whole_cycle(hub: Hub, browser: Browser, screenshots: Path) -> None:
    with visiting(browser, hub, "ada") as ada:
        ada.open_lab()
        ada.page.screenshot(path=screenshots / "1-student-in-lab.png")
        ada.fetch(RELEASED)
        ada.page.screenshot(path=screenshots / "2-student-has-fetched.png")
        work_through(ada, screenshots)
        ada.submit(RELEASED)
        ada.page.screenshot(path=screenshots / "5-student-has-handed-in.png")

    with visiting(browser, hub, "bob") as bob:
        bob.open_lab()
        bob.fetch(RELEASED)
        cheat(notebook_of(hub, "bob", RELEASED))
        bob.submit(RELEASED)

    with visiting(browser, hub, "ivy") as ivy:
        ivy.formgrader()
        expect(ivy.row(RELEASED).locator("td.status")).to_have_text("released")
        ivy.page.screenshot(path=screenshots / "6-instructor-in-formgrader.png")
        ivy.press(RELEASED, "collect")
        ivy.page.screenshot(path=screenshots / "7-instructor-has-collected.png")
        for student in ("ada", "bob"):
            ivy.autograde(RELEASED, student)
        grade_by_hand(ivy, "ada")
        ivy.page.screenshot(path=screenshots / "8-instructor-grades-by-hand.png")
        autograde(hub, "feedback", RELEASED)
        ivy.press(RELEASED, "release-feedback")

    done = nbgrader(hub, "export", "--to", str(hub.folder / "grades.csv"))
    assert done.returncode == 0, done.stderr
    with (hub.folder / "grades.csv").open() as file:
        scores = {
            row["student_id"]: float(row["score"]) for row in csv.DictReader(file) if row["assignment"] == RELEASED
        }
    assert scores == {"ada": 2.0, "bob": 0.0}  # one exercise and a point by hand; the cheat has nothing
    assert (hub.course / ".autograde" / "journal" / f"{RELEASED}-backprop.jsonl").exists()  # it was our grader

    with visiting(browser, hub, "ada") as ada:
        ada.open_lab()
        listed = ada.assignments()
        handed_in = listed.locator("#submitted_assignments_list .list_item", has_text=RELEASED)
        handed_in.get_by_text("Fetch Feedback").first.click()
        expect(handed_in.get_by_text("view feedback").first).to_be_attached()
        ada.page.screenshot(path=screenshots / "9-student-has-feedback.png")
    [page] = (hub.home("ada") / RELEASED / "feedback").glob("*/backprop.html")
    assert "Ask in the next lecture." in page.read_text()
    assert not (hub.home("bob") / RELEASED / "feedback").exists()
    forget(hub, "ada", "bob")
