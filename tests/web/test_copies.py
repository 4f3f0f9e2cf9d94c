"""What a student reads of their copy in the browser, and what is on its disk afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

import machine_room_browser.copies as copies
from web.notebooks import as_live, read_release

ROOT = Path(__file__).resolve().parents[2]
LIVE = {notebook.path: json.loads(nbformat.writes(as_live(notebook))) for notebook in read_release(ROOT / "release")}
PATH = "01-backprop/backprop.ipynb"


@pytest.fixture
def drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A notebook's folder in the browser, where the kernel works; the present notebooks are those of release/."""
    monkeypatch.setattr(copies, "_present", lambda path: LIVE[path])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "backprop.ipynb").write_text(json.dumps(LIVE[PATH]), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("path", LIVE)
def test_a_fresh_copy_is_ready(path: str, drive: Path) -> None:
    (drive / path.split("/")[1]).write_text(json.dumps(LIVE[path]), encoding="utf-8")
    assert copies.welcome(path).text.startswith("Ready.")


@pytest.mark.parametrize("content", ["", "[1]", '{"cells": 3}', None], ids=["empty", "a list", "no cells", "not there"])
def test_a_file_that_is_no_notebook_stops_nobody_and_is_left_alone(content: str | None, drive: Path) -> None:
    file = drive / "backprop.ipynb"
    file.unlink()
    if content is not None:
        file.write_text(content, encoding="utf-8")
    assert copies.welcome(PATH).text.startswith("Ready.")
    assert "nothing was changed" in copies.renew(PATH).text
    assert [path.name for path in drive.iterdir()] == ([] if content is None else ["backprop.ipynb"])


def test_a_stale_copy_is_told_kept_and_renewed(drive: Path) -> None:
    stale = json.loads(json.dumps(LIVE[PATH]))
    stale["cells"][0]["source"] = "# Last year"
    (drive / "backprop.ipynb").write_text(json.dumps(stale), encoding="utf-8")
    assert "1 cell differs" in copies.welcome(PATH).text
    said = copies.renew(PATH)
    assert said.text.startswith("backprop-renewed-1.ipynb is")
    assert json.loads((drive / "backprop.ipynb").read_text(encoding="utf-8")) == stale
    renewed = drive / "backprop-renewed-1.ipynb"
    assert json.loads(renewed.read_text(encoding="utf-8"))["cells"][0]["source"] == LIVE[PATH]["cells"][0]["source"]
    assert "backprop-renewed-1.ipynb is the site's present notebook" in copies.welcome(PATH).text
    assert copies.renew(PATH).text.startswith("backprop-renewed-2.ipynb is")
    renewed.replace(drive / "backprop.ipynb")
    assert copies.welcome(PATH).text.startswith("Ready.")
    assert "renewed" not in copies.welcome(PATH).text


@pytest.mark.parametrize("content", ["", '{"cells": []}', "stale"], ids=["empty", "no cells of ours", "stale as well"])
def test_a_renewed_copy_that_is_not_the_present_one_is_not_sent_to(content: str, drive: Path) -> None:
    stale = json.loads(json.dumps(LIVE[PATH]))
    stale["cells"][0]["source"] = "# Last year"
    (drive / "backprop.ipynb").write_text(json.dumps(stale), encoding="utf-8")
    text = json.dumps(stale) if content == "stale" else content
    (drive / "backprop-renewed-1.ipynb").write_text(text, encoding="utf-8")
    assert "1 cell differs" in copies.welcome(PATH).text
