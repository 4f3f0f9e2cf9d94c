"""Who may import whom (docs/architecture.md), read off the source."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = ROOT / "lib" / "machine_room"
AUTOGRADE = ROOT / "autograde"
# The parts of the library that stand on top of the numeric modules.
UPPER = ("exercises", "checks", "explore")


def imported_modules(path: Path, package: str) -> set[str]:
    """Absolute dotted names of everything a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                anchor = ".".join(parents[: len(parents) - node.level + 1])
                base = f"{anchor}.{base}".rstrip(".")
            found.add(base)
            found.update(f"{base}.{alias.name}" for alias in node.names)
    return found


def modules(root: Path, top: str) -> list[tuple[Path, str]]:
    files = []
    for path in sorted(root.rglob("*.py")):
        if "templates" in path.parts:
            continue
        parts = path.relative_to(root).with_suffix("").parts
        package = ".".join((top, *parts[:-1]))
        files.append((path, package))
    return files


LIBRARY_FILES = modules(LIBRARY, "machine_room")
AUTOGRADE_FILES = modules(AUTOGRADE, "autograde")


def identifier(value: object) -> str:
    return str(value.relative_to(ROOT)) if isinstance(value, Path) else ""


@pytest.mark.parametrize(("path", "package"), LIBRARY_FILES, ids=identifier)
def test_the_library_imports_nothing_of_the_autograder(path: Path, package: str) -> None:
    assert not {name for name in imported_modules(path, package) if name.split(".")[0] in ("autograde", "nbgrader")}


@pytest.mark.parametrize(
    ("path", "package"),
    [
        (p, k)
        for p, k in LIBRARY_FILES
        if p.relative_to(LIBRARY).parts[0].removesuffix(".py") not in (*UPPER, "__init__")
    ],
    ids=identifier,
)
def test_numeric_modules_do_not_import_exercises_checks_or_pictures(path: Path, package: str) -> None:
    forbidden = tuple(f"machine_room.{name}" for name in UPPER)
    assert not {name for name in imported_modules(path, package) if name.startswith(forbidden)}


@pytest.mark.parametrize(("path", "package"), AUTOGRADE_FILES, ids=identifier)
def test_only_the_nbgrader_modules_talk_to_nbgrader(path: Path, package: str) -> None:
    if path.name.startswith("nbgrader_"):
        return
    assert not {name for name in imported_modules(path, package) if name.split(".")[0] == "nbgrader"}


@pytest.mark.parametrize(("path", "package"), AUTOGRADE_FILES, ids=identifier)
def test_nobody_imports_the_command_line(path: Path, package: str) -> None:
    allowed = path in (AUTOGRADE / "__main__.py", AUTOGRADE / "cli.py")
    assert allowed or not {name for name in imported_modules(path, package) if name.startswith("autograde.cli")}


@pytest.mark.parametrize(
    ("path", "package"),
    [(p, k) for p, k in AUTOGRADE_FILES if "inside" in p.relative_to(AUTOGRADE).parts],
    ids=identifier,
)
def test_what_runs_in_the_box_imports_nothing_of_ours_from_outside(path: Path, package: str) -> None:
    ours = {name for name in imported_modules(path, package) if name.startswith("autograde")}
    assert all(name.startswith("autograde.inside") for name in ours)
