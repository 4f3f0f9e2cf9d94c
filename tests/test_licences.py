"""Who may do what with code, text and data is said, and travels with them."""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from machine_room import datasets

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = ROOT / "lib" / "machine_room"
TEXT_LICENCE = (ROOT / "LICENSE-text").read_text(encoding="utf-8")


def test_the_code_is_under_the_licence_that_the_package_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("BSD 3-Clause License\n")
    assert "BSD-3-Clause" in project["license"]
    assert "LICENSE" in project["license-files"]


def test_the_texts_licence_is_named_so_that_people_and_programs_find_it() -> None:
    assert "SPDX-License-Identifier: CC-BY-4.0\n" in TEXT_LICENCE
    assert "https://creativecommons.org/licenses/by/4.0/legalcode\n" in TEXT_LICENCE
    assert "BSD 3-Clause License, see LICENSE" in TEXT_LICENCE


def test_the_texts_licence_covers_the_folders_that_hold_text_and_they_are_there() -> None:
    covered = re.findall(r"^    (\w+)/ ", TEXT_LICENCE, re.MULTILINE)
    assert covered == ["course", "source", "release", "docs"]
    assert all((ROOT / folder).is_dir() for folder in covered)
    pages = re.findall(r"\w+\.md", TEXT_LICENCE)
    assert set(pages) == {path.name for path in ROOT.glob("*.md")}


@pytest.mark.parametrize(
    "fact",
    [
        "E. Alpaydin and C. Kaynak",
        "Optical Recognition of Handwritten Digits",
        "UCI Machine Learning Repository, 1998",
        "https://doi.org/10.24432/C50P49",
        "SPDX-License-Identifier: CC-BY-4.0",
        "https://creativecommons.org/licenses/by/4.0/",
        "scikit-learn (BSD-3-Clause)",
        "\nChanges: ",  # CC BY 4.0 asks for it
    ],
)
def test_the_notice_of_the_digits_says_what_their_licence_asks_for(fact: str) -> None:
    notice = resources.files("machine_room") / "data" / "NOTICE"
    assert fact in notice.read_text(encoding="utf-8")


def test_every_data_file_has_a_notice() -> None:
    data = {path.name for path in (LIBRARY / "data").iterdir()} - {"NOTICE"}
    noticed = re.findall(r"^([\w.-]+): ", (LIBRARY / "data" / "NOTICE").read_text(encoding="utf-8"), re.MULTILINE)
    assert data == set(noticed) - {"Source", "Licence", "Changes", "SPDX-License-Identifier"}


@pytest.mark.parametrize(
    "function", [datasets.digits, datasets.practice_digits], ids=lambda function: function.__name__
)
def test_who_loads_digits_reads_whose_they_are(function: Any) -> None:
    assert "Alpaydin and" in (function.__doc__ or "")
    assert "Kaynak" in (function.__doc__ or "")
    assert "CC BY 4.0" in (function.__doc__ or "")


def test_the_notice_ships_in_the_wheel(tmp_path: Path) -> None:
    """Hatch packs whole packages, without what is excluded or what .gitignore names."""
    projects = [path for path in (ROOT / "pyproject.toml", ROOT / "lib" / "pyproject.toml") if path.is_file()]
    wheels = {path: tomllib.loads(path.read_text(encoding="utf-8"))["tool"]["hatch"]["build"] for path in projects}
    holding = [
        build
        for path, build in wheels.items()
        if LIBRARY in [path.parent / package for package in build["targets"]["wheel"]["packages"]]
    ]
    assert len(holding) == 1, "one project, and one alone, packs the library"
    assert not {"exclude", "only-include"} & (set(holding[0]) | set(holding[0]["targets"]["wheel"]))
    (tmp_path / ".gitignore").write_bytes((ROOT / ".gitignore").read_bytes())
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    asked = ["git", "check-ignore", "--no-index", "lib/machine_room/data/NOTICE", "lib/machine_room/__pycache__/a.pyc"]
    ignored = subprocess.run(asked, cwd=tmp_path, check=False, capture_output=True, text=True).stdout
    assert ignored == "lib/machine_room/__pycache__/a.pyc\n"
