"""The journal: what is finished stays finished, whatever happened to the file's last line."""

from __future__ import annotations

import io
import json
import math
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from autograde.contract.verdict import CellOutput, CellVerdict, Outcome, Verdict
from autograde.grading.journal import Journal, digest, from_json, to_json
from autograde.report.table import show

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


VALUES = (
    b"null",
    b"[]",
    b"{}",
    b"-1",
    b"1e999",
    b"NaN",
    b"true",
    b'"\\ud800"',
    b"9" * 5000,
    b"[" * 3000,
    b'"\xff"',
    b'"x"',
)


def mutated(line: bytes, seed: int) -> bytes:
    """The line with bytes changed, taken out, repeated or cut off, or with another value in a field or before one."""
    draw = random.Random(seed)
    at = draw.randrange(len(line))
    end = min(len(line), at + draw.randrange(1, 40))
    kind = seed % 6
    if kind == 0:
        return line[:at] + draw.randbytes(draw.randrange(1, 5)) + line[at + 1 :]
    if kind == 1:
        return line[:at] + line[end:]
    if kind == 2:
        return line[:end] + line[at:]
    if kind == 3:
        return line[:at]
    fields = list(re.finditer(rb'(?<=: )("[^"]*"|[0-9.]+|null|\[|\{)', line))
    field, value = draw.choice(fields), draw.choice(VALUES)
    before = b"" if kind == 4 else draw.choice(fields).group()
    return line[: field.start()] + before + value + line[field.end() :]


def test_no_line_stops_the_reader_whatever_it_holds(path: Path) -> None:
    fill(path, VERDICT)
    whole = path.read_bytes().rstrip(b"\n")
    passed_over = 0
    for seed in range(900):
        line = mutated(whole, seed).replace(b"\n", b" ").replace(b"\r", b" ")
        path.write_bytes(line + b"\n")
        fill(path, replace(VERDICT, student="ada"))
        with Journal(path) as journal:
            students = [verdict.student for verdict in journal.verdicts]
            assert "ada" in students
            assert len(students) + journal.damaged + (not line.strip()) == 2
            assert journal.finished("ada", "activations", "key") is not None
            terminal = io.StringIO()
            show(journal.verdicts, title="02-activations", console=Console(file=terminal, width=200))
        assert terminal.getvalue().replace("\n", "").isprintable()
        passed_over += journal.damaged
    assert 400 < passed_over < 900, "most mutations leave no verdict, some leave one"


FIELDS = [
    *(("", name) for name in ("student", "assignment", "notebook", "cells", "outputs", "notes", "wall_seconds", "key")),
    *(
        ("cells", name)
        for name in ("cell_id", "exercise", "points", "max_points", "outcome", "mistake", "text", "html")
    ),
    *(("outputs", name) for name in ("cell_id", "stdout", "stderr", "result", "error", "images")),
]
WRONG = [{}, True, [[]], [None], {"a": 1}, math.nan, math.inf, 10**400, -1e300]


@pytest.mark.parametrize("value", WRONG, ids=lambda value: str(value)[:9])
@pytest.mark.parametrize(("part", "field"), FIELDS)
def test_a_field_of_another_type_is_no_verdict(part: str, field: str, value: Any) -> None:
    plain = json.loads(json.dumps(to_json(VERDICT)))
    (plain[part][0] if part else plain)[field] = value
    with pytest.raises(ValueError):
        from_json(plain)


@pytest.mark.parametrize("name", ["\udcff", "\x1b[2J", "a\u202eb", "", "x" * 300, ".."])
def test_a_verdict_on_nobody_is_none(name: str) -> None:
    with pytest.raises(ValueError):
        from_json(to_json(replace(VERDICT, student=name)))


def test_damaged_lines_are_counted_and_told(path: Path) -> None:
    fill(path, VERDICT)
    with Journal(path) as journal:
        assert (journal.damaged, journal.complaint) == (0, "")
    path.write_bytes(b"x\n\n\xff\n" + path.read_bytes())
    with Journal(path) as journal:
        assert journal.damaged == 2
        assert "has 2 damaged lines, which count for nothing" in journal.complaint
        assert journal.verdicts == [VERDICT]
