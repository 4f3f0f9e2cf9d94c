"""What of the documents, the library and the versions the site has, read off the sources."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import pytest
from packaging.utils import canonicalize_name

import machine_room
from tests.web.students import ROOT
from web import pyodide
from web.reference import CHAPTERS
from web.text import documents, lay_out

#: Modules that no chapter of the reference has: what is asked, what is drawn, and names for code from elsewhere.
NOT_IN_THE_REFERENCE = {"exercises", "explore", "naive", "tf"}
LOCAL_LINK = re.compile(r"(?<!!)\[[^\[\]]+\]\((?!#|[a-z]+:)([^)#\s]+)[^)]*\)")


def pins(path: str) -> dict[str, str]:
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    pinned = [line.split(";")[0].split("==") for line in lines if "==" in line and not line.startswith("#")]
    return {canonicalize_name(name.strip()): version.strip() for name, version in pinned}


def test_every_module_has_its_page() -> None:
    listed = [module for chapter in CHAPTERS for module in chapter.modules]
    assert len(listed) == len(set(listed))
    public = {*machine_room.MODULES, *machine_room.HOME.values()}
    assert public - set(listed) == NOT_IN_THE_REFERENCE


def test_every_link_of_a_document_leads_to_the_site(tmp_path: Path) -> None:
    lay_out(ROOT, tmp_path)
    for page in documents(ROOT):
        text = re.sub(r"^```.*?^```|`[^`\n]+`", "", (tmp_path / page).read_text(encoding="utf-8"), flags=re.M | re.S)
        for address in LOCAL_LINK.findall(text):
            assert (tmp_path / page.parent / address).is_file(), (page, address)


def test_every_document_is_in_the_contents() -> None:
    contents = (ROOT / "web" / "front" / "index.md").read_text(encoding="utf-8")
    listed = {line for block in re.findall(r"```\{toctree\}.*?```", contents, re.DOTALL) for line in block.splitlines()}
    below = PurePosixPath("docs/decisions")  # the page of decisions lists its own
    missing = [page for page in documents(ROOT) if str(page.with_suffix("")) not in listed and page.parent != below]
    assert missing == []


def test_the_landing_page_quotes_what_a_check_says() -> None:
    from machine_room.exercises import find

    quoted = re.findall(r'\*"([^"]+)"\*', (ROOT / "web" / "front" / "index.md").read_text(encoding="utf-8"))
    hints = [mistake.hint for mistake in find("gradient_descent_step").mistakes]
    assert quoted[0] in hints


def test_what_the_site_asks_for_is_pinned() -> None:
    wanted = (ROOT / "web" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    names = {canonicalize_name(line.partition("[")[0]) for line in wanted if line and not line.startswith("#")}
    assert names <= pins("web/constraints.txt").keys()


@pytest.mark.parametrize("name", sorted(pins("web/wheels.txt")))
def test_the_browser_gets_the_version_that_a_laptop_gets(name: str) -> None:
    assert pins("web/wheels.txt")[name] == pins("constraints.txt")[name]


PACKAGES = {
    "numpy": {"depends": []},
    "matplotlib": {"depends": ["numpy", "Prompt_Toolkit"]},
    "prompt-toolkit": {"depends": []},
}


def test_a_package_comes_with_what_it_depends_on() -> None:
    assert pyodide.closure(PACKAGES, ["matplotlib"]) == ["matplotlib", "numpy", "prompt-toolkit"]


def test_a_package_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="no package 'scipy'"):
        pyodide.closure(PACKAGES, ["scipy"])


@pytest.mark.parametrize(
    ("lock", "said"),
    [
        (None, "cannot be read"),
        ("{", "cannot be read"),
        ("{}", "cannot be read"),
        ('{"info": {"version": "0.26.0"}}', "0.26.0"),
    ],
    ids=["none", "broken", "empty", "another version"],
)
def test_a_folder_that_is_no_such_pyodide_is_refused(lock: str | None, said: str, tmp_path: Path) -> None:
    if lock is not None:
        (tmp_path / "pyodide-lock.json").write_text(lock, encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        pyodide.copy_needed(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
