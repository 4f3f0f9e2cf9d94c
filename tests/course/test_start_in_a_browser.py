"""A student's first minutes, in a real browser: the start notebook, the line below a check, a borrowed answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tools.lab_page import Laboratory, LabPage

#: One JupyterLab and one browser serve all tests here: they stay in one worker.
pytestmark = pytest.mark.xdist_group("browser")

WIDTHS = (700, 1280)
RIGHT = "def relu_backward(dh, z):\n    return dh * (z > 0)\n"
BORROWED = "import machine_room\nrelu_backward = machine_room.activations.relu_backward\n"
WRONG = "def relu_backward(dh, z):\n    return dh * z\n"

STEPS = (
    ("wrong", WRONG, "0 of 1 point in this exercise, 0 of 20 in this notebook"),
    ("borrowed", BORROWED, "the numbers are right, but they are the library's"),
    ("right", RIGHT, "1 of 1 point in this exercise, 1 of 20 in this notebook"),
)


def run_all(page: LabPage) -> None:
    for place, cell in enumerate(page.cells()):
        if cell["kind"] == "code":
            page.run(place)


def photograph(page: LabPage, cell: Locator, folder: Path, name: str) -> None:
    """At both widths, light and dark; nothing shown may be wider than its place."""
    for theme in ("JupyterLab Dark", "JupyterLab Light"):  # which takes longer to change than the width
        page.theme(theme)
        for width in WIDTHS:
            page.page.set_viewport_size({"width": width, "height": 900})
            cell.evaluate("cell => cell.scrollIntoView({block: 'start'})")
            page.page.screenshot(path=folder / f"{name}-{width}-{theme.split()[-1].lower()}.png")
            assert too_wide(page.page) == []


def too_wide(page: Page) -> list[str]:
    """What of the cells' outputs is wider than its place."""
    return list(page.evaluate(
        """() => [...document.querySelectorAll('.jp-CodeCell .jp-OutputArea-output :is(table, div)')]
            .filter(one => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0)
            .map(one => one.textContent.slice(0, 60))"""
    ))  # fmt: skip


def place_of(page: LabPage, role: str, exercise: str) -> int:
    [found] = (
        place for place, cell in enumerate(page.cells()) if (cell.get("role"), cell.get("exercise")) == (role, exercise)
    )
    return found


def test_a_student_starts_and_comes_back_to_where_they_were(
    home: Path, students: Laboratory, browser: Browser, screenshots: Path
) -> None:
    with students.open(browser, f"{home.name}/00-start/start.ipynb") as page:
        run_all(page)
        notebook = page.page.locator(".jp-Notebook")
        expect(notebook).to_contain_text("All is here: you can begin.")
        expect(notebook).to_contain_text("0 of 132 points so far")
        expect(notebook).to_contain_text("Nothing is recorded of you here.")
        photograph(page, page.cell(0), screenshots, "start-top")
        photograph(page, page.cell(6), screenshots, "start-board")
        assert page.complaints == []
    with students.open(browser, f"{home.name}/01-backprop/backprop.ipynb") as page:
        check, solution = (place_of(page, role, "relu_backward") for role in ("check", "solution"))
        said = page.run(check)
        expect(said).to_contain_text("check is not there: the cell that makes it has not run since the kernel started")
        expect(said).not_to_contain_text("Traceback")
        photograph(page, said, screenshots, "check-before-its-cells")
        given = [place for place, cell in enumerate(page.cells()) if cell.get("role") == "given"]
        page.run(next(place for place in given if page.cells()[place]["kind"] == "code"))
        for name, source, text in STEPS:
            page.type_into(solution, source)
            page.run(solution)
            said = page.run(check)
            expect(said).to_contain_text(text)
            photograph(page, said, screenshots, f"check-{name}")
    with students.open(browser, f"{home.name}/00-start/start.ipynb") as page:
        run_all(page)
        board = page.page.locator(".jp-Notebook")
        expect(board).to_contain_text("1 of 132 points so far")
        expect(board).to_contain_text('"passed": ["relu_backward"]')
        photograph(page, page.cell(6), screenshots, "start-later")
        page.page.get_by_role("link", name="How training a network works").last.click()
        page.page.wait_for_function(
            "path => window.jupyterapp.shell.currentWidget.context?.path === path",
            arg=f"{home.name}/01-backprop/backprop.ipynb",
        )


def test_the_menus_have_what_is_for_students_and_nothing_for_instructors(
    home: Path, students: Laboratory, browser: Browser
) -> None:
    with students.open(browser, f"{home.name}/00-start/start.ipynb") as page:
        page.page.wait_for_function("window.jupyterapp.commands.hasCommand('nbgrader:open-assignment-list')")
        has = "name => window.jupyterapp.commands.hasCommand(name)"
        found = page.page.evaluate(
            "() => window.jupyterapp.commands.listCommands().filter(name => name.startsWith('nbgrader'))"
        )
        assert "nbgrader:open-assignment-list" in found
        assert page.page.evaluate(has, "notebook:run-cell")
        assert [name for name in found if any(word in name for word in ("formgrader", "create", "course"))] == []
