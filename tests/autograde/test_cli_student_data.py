"""`export`, `forget` and `expire` at the command line: what they say, how they end, what is lost meanwhile: nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.autograde import test_cli_situations as situations
from tests.autograde.test_cli_situations import (
    ASSIGNMENT,
    JOURNAL,
    another_run,
    assert_sentences,
    assert_unchanged,
    files_of,
    full_disk,
    locked_gradebook,
    points,
    replaced,
    run_with,
    statements,
    without_rights,
)

graded, root, quick = situations.graded, situations.root, situations.quick  # fixtures
Captured = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch


def run(monkeypatch: Patch, root: Path, *arguments: str) -> int:
    return run_with(monkeypatch, *arguments, "--course", str(root))


def test_forget_lists_first_and_does_it_with_yes(root: Path, monkeypatch: Patch, capsys: Captured) -> None:
    before = files_of(root)
    assert run(monkeypatch, root, "forget", "ada") == 0
    said = capsys.readouterr().out
    for line in ("submitted    submitted/ada: 1 file, ", "feedback     feedback/ada: 3 files, ", JOURNAL):
        assert line in said
    assert "Nothing was changed. The same command with --yes removes all of this. It cannot be undone." in said
    assert "out of reach: backups of the course folder" in said
    assert files_of(root) == before
    assert run(monkeypatch, root, "forget", "ada", "--yes") == 0
    assert "ada is forgotten in " in capsys.readouterr().out
    assert points(root) == {"zoë": 3.5}
    assert run(monkeypatch, root, "forget", "ada", "--yes") == 2
    assert_sentences(capsys.readouterr().err, "Nothing is recorded about ada in ")


def test_export_says_where_and_what_it_left_out(root: Path, monkeypatch: Patch, capsys: Captured) -> None:
    monkeypatch.chdir(root)
    (root / "grades.csv").write_text("student,score\nada,3.5\nzoë,3.5\n", encoding="utf-8")
    assert run(monkeypatch, root, "export", "ada") == 0
    said = capsys.readouterr()
    assert said.out.startswith("exports/ada: ")
    assert "also named in grades.csv, which is not theirs alone and is not in it" in said.out
    assert said.err == ""
    assert run(monkeypatch, root, "export", "ada", "--to", "exports/ada.zip") == 0
    assert run(monkeypatch, root, "forget", "ada") == 0
    said = capsys.readouterr()
    for stays in ("exports/ada", "exports/ada.zip", "grades.csv"):
        assert f"stays: {stays} names them" in said.out
    assert "out of reach: a hub's exchange service, whose address is not known here" in said.out
    (root / "submitted" / "zoë" / ASSIGNMENT / "secret").symlink_to("/etc/passwd")
    assert run(monkeypatch, root, "export", "zoë", "--to", "zoe.zip") == 3
    assert_sentences(capsys.readouterr().err, "left out: submitted/01-backprop/secret: it is a link, and no link is")
    assert run(monkeypatch, root, "export", "zoë", "--to", "zoe.zip") == 2
    assert_sentences(capsys.readouterr().err, "zoe.zip is there already")


def test_expire_lists_first_and_does_it_with_yes(root: Path, monkeypatch: Patch, capsys: Captured) -> None:
    assert run(monkeypatch, root, "expire") == 2
    assert_sentences(capsys.readouterr().err, r"does not say how long anything is kept, so nothing goes. Write \[ret")
    (root / "autograde.toml").write_text("[retention]\nsubmitted_days = 1\n", encoding="utf-8")
    assert run(monkeypatch, root, "expire", "--yes") == 0
    assert capsys.readouterr().out == "Nothing is older than it should be.\n"
    monkeypatch.setattr("autograde.grading.retention.is_older", lambda *_: True)
    before = files_of(root)
    assert run(monkeypatch, root, "expire") == 0
    assert f"submitted/ada/{ASSIGNMENT}\n" in capsys.readouterr().out
    assert files_of(root) == before
    assert run(monkeypatch, root, "expire", "--yes") == 0
    assert "2 were removed. The gradebook's rows stay" in capsys.readouterr().out
    assert list((root / "submitted").iterdir()) == []


NOBODY = ["../ada", "/etc", "", "*", "ada2", "..", "a\x1b[31m", "x" * 200, "\u202eada", "ada\\"]


@pytest.mark.parametrize("name", NOBODY)
@pytest.mark.parametrize("command", [("export",), ("forget",), ("forget", "--yes")], ids=" ".join)
def test_a_name_that_is_nobodys_is_one_sentence(
    root: Path, monkeypatch: Patch, capsys: Captured, command: tuple[str, ...], name: str
) -> None:
    monkeypatch.chdir(root)
    before = files_of(root)
    assert run(monkeypatch, root, *command, name) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert_sentences(said.err, "cannot be a student's name|Nothing is recorded about")
    assert files_of(root) == before


Enter = Callable[[Path], AbstractContextManager[None]]
#: What is wrong meanwhile, and what the sentence says. All of it is mended afterwards, and the same command does it.
STOPS: dict[str, tuple[Enter, str]] = {
    "a locked gradebook": (locked_gradebook, "database is locked"),
    "a gradebook of text": (replaced("gradebook.db", b"not a database"), "file is not a database. Restore it"),
    "a newer gradebook": (
        statements("UPDATE alembic_version SET version_num = 'ffffffffffff'"),
        "schema ffffffffffff, which the nbgrader installed here does not know",
    ),
    "a gradebook that is not ours to write": (
        without_rights("gradebook.db", 0o444),
        "readonly database. Make it yours",
    ),
    "a journal that is not ours": (without_rights(JOURNAL, 0o000), "Permission denied: .* Make it yours"),
    "a configuration that raises": (replaced("nbgrader_config.py", b"1 / 0"), "nbgrader_config.py cannot be run"),
    "a full disk": (full_disk, "Make room on it"),
    "another run": (another_run, "Another run is grading in .* ada's work may be under way. Nothing was changed"),
}


@pytest.mark.parametrize("stop", STOPS)
def test_whatever_stops_forgetting_is_one_sentence_and_the_same_command_goes_on(
    root: Path, monkeypatch: Patch, capsys: Captured, stop: str
) -> None:
    enter, says = STOPS[stop]
    with enter(root):
        assert run(monkeypatch, root, "forget", "ada", "--yes") == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert_sentences(said.err, says)
    assert run(monkeypatch, root, "forget", "ada", "--yes") == 0, capsys.readouterr()
    assert points(root) == {"zoë": 3.5}
    assert "ada" not in {part for name in files_of(root) for part in name.split("/")}
    assert not (root / ".autograde" / "forgetting").exists()


@pytest.mark.parametrize("stop", sorted(STOPS.keys() - {"another run", "a gradebook that is not ours to write"}))
def test_whatever_stops_an_export_is_one_sentence_and_leaves_nothing_behind(
    root: Path, monkeypatch: Patch, capsys: Captured, stop: str
) -> None:
    monkeypatch.chdir(root)
    enter, says = STOPS[stop]
    with enter(root):
        before = files_of(root)
        assert run(monkeypatch, root, "export", "ada") == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert_sentences(said.err, says)
        assert_unchanged(before, files_of(root), "export")
        assert not list(root.glob("exports/*")) + list(root.glob("exports/.*"))
    assert run(monkeypatch, root, "export", "ada") == 0, capsys.readouterr()
