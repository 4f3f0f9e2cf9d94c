"""The journal: what is finished stays finished, whatever happened to the file's last line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from autograde.journal import Journal, digest, from_json, to_json
from autograde.verdict import CellOutput, CellVerdict, Outcome, Verdict

CELL = CellVerdict("swish-check", "swish", 1.5, 2.0, Outcome.WRONG, "no_beta", "Multiply.", "text", "<b>html</b>")
VERDICT = Verdict(
    student="zoë",
    assignment="02-activations",
    notebook="activations",
    cells=(CELL, CellVerdict("written-1", None, None, 3.0, Outcome.NOT_GRADED)),
    outputs=(CellOutput("swish", stdout="\x1b[0m", images=(b"\x89PNG\x00",)),),
    notes=("mended",),
    wall_seconds=0.5,
    key="key",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal" / "a.jsonl"


def fill(path: Path, *verdicts: Verdict) -> None:
    with Journal(path) as journal:
        for verdict in verdicts:
            journal.add(verdict)


def test_a_verdict_comes_back_whole() -> None:
    assert from_json(to_json(VERDICT)) == VERDICT


def test_what_was_added_is_finished_for_the_next_run(path: Path) -> None:
    fill(path, VERDICT)
    with Journal(path) as journal:
        assert journal.finished("zoë", "activations", "key") == VERDICT
        assert journal.finished("zoë", "activations", "other key") is None
        assert journal.finished("ada", "activations", "key") is None


def test_the_last_verdict_counts(path: Path) -> None:
    fill(path, VERDICT, replace(VERDICT, key="new"))
    with Journal(path) as journal:
        assert journal.finished("zoë", "activations", "key") is None
        assert [verdict.key for verdict in journal.verdicts] == ["new"]


def test_a_grader_error_is_never_finished(path: Path) -> None:
    error = replace(CELL, points=None, outcome=Outcome.GRADER_ERROR)
    fill(path, replace(VERDICT, cells=(error,)))
    with Journal(path) as journal:
        assert journal.finished("zoë", "activations", "key") is None


def test_a_journal_cut_at_any_byte_loses_at_most_its_last_verdict(path: Path) -> None:
    fill(path, VERDICT, replace(VERDICT, student="ada"))
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for end in range(first, len(whole), 7):
        path.write_bytes(whole[:end])
        fill(path, replace(VERDICT, student="bo"))
        with Journal(path) as journal:
            assert {"zoë", "bo"} <= {verdict.student for verdict in journal.verdicts}


@pytest.mark.parametrize("line", ["", "x", "[]", "{}", '{"cells": []}', "null", '{"cells": [{"outcome": "great"}]}'])
def test_a_line_that_is_no_verdict_is_passed_over(path: Path, line: str) -> None:
    path.parent.mkdir()
    path.write_text(line + "\n")
    fill(path, VERDICT)
    with Journal(path) as journal:
        assert journal.verdicts == [VERDICT]


def test_parts_of_a_digest_cannot_run_into_each_other() -> None:
    assert digest("ab", "c") != digest("a", "bc") != digest("abc")
    assert digest("a", b"b") == digest("a", "b")
