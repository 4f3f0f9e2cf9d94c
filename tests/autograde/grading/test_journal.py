"""The journal: what is finished stays finished, whatever happened to the file's last line."""

from __future__ import annotations

import io
import json
import math
import random
import re
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from autograde.contract.failures import CourseError
from autograde.contract.verdict import CellOutput, CellVerdict, Engine, Outcome, Shown, ShownAs, Verdict
from autograde.grading.first import FIRST
from autograde.grading.journal import APART, FORMAT, Journal, JournalWriter, from_json, to_json
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
    file="file",
    engine=Engine("9.9", "digest"),
)
FIRST_CELL = {
    "cell_id": "swish-check",
    "exercise": "swish",
    "points": 1.5,
    "max_points": 2.0,
    "outcome": "wrong",
    "mistake": "no_beta",
    "hint": None,
    "text": "text",
    "html": "",
}
# A line as 0.1.0 wrote it.
FIRST_LINE = json.dumps(
    {
        "student": "zoë",
        "assignment": "02-activations",
        "notebook": "activations",
        "cells": [FIRST_CELL],
        "outputs": [
            {"cell_id": "swish", "stdout": "", "stderr": "", "result": "", "error": "", "images": ["iVBORwA="]}
        ],
        "notes": ["mended"],
        "wall_seconds": 0.5,
        "cpu_seconds": 0.0,
        "student_cpu_seconds": 0.0,
        "key": "old key",
    }
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal" / "a.jsonl"


def fill(path: Path, *verdicts: Verdict) -> None:
    with JournalWriter(path) as journal:
        for verdict in verdicts:
            journal.add(verdict)


def test_a_verdict_comes_back_whole() -> None:
    assert from_json(to_json(VERDICT)) == VERDICT


def first_line(student: str, points: float) -> str:
    plain = json.loads(FIRST_LINE) | {"student": student, "cells": [FIRST_CELL | {"points": points}]}
    return json.dumps(plain) + "\n"


def students(path: Path) -> set[str]:
    return {verdict.student for verdict in Journal(path)}


def test_what_was_added_is_final_for_the_next_run(path: Path) -> None:
    fill(path, VERDICT)
    assert Journal(path).final("zoë", "activations") == VERDICT
    assert Journal(path).final("ada", "activations") is None
    assert Journal(path).final("zoë", "optimizers") is None


def test_the_last_verdict_counts(path: Path) -> None:
    fill(path, VERDICT, replace(VERDICT, key="new"))
    assert [verdict.key for verdict in Journal(path)] == ["new"]


def test_a_grader_error_is_never_final(path: Path) -> None:
    error = replace(CELL, points=None, outcome=Outcome.GRADER_ERROR)
    fill(path, replace(VERDICT, cells=(error,)))
    assert Journal(path).final("zoë", "activations") is None
    assert len(Journal(path)) == 1


def test_a_journal_cut_at_any_byte_loses_at_most_its_last_verdict(path: Path) -> None:
    fill(path, VERDICT, replace(VERDICT, student="ada"))
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for end in range(first, len(whole), 7):
        path.write_bytes(whole[:end])
        fill(path, replace(VERDICT, student="bo"))
        assert {"zoë", "bo"} <= students(path)


LINES = [
    "",
    "x",
    "[]",
    "{}",
    '{"cells": []}',
    "null",
    '{"cells": [{"outcome": "great"}]}',
    '{"format": "3"}',
    '{"format": null}',
    '{"format": 2, "cells": [], "outputs": [], "notes": []}',
    "[" * 100_000,
]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:20])
def test_a_line_that_is_no_verdict_is_passed_over(path: Path, line: str) -> None:
    path.parent.mkdir()
    path.write_text(line + "\n")
    fill(path, VERDICT)
    assert list(Journal(path)) == [VERDICT]


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
        journal = Journal(path)
        students = [verdict.student for verdict in journal]
        assert "ada" in students
        assert len(students) + journal.damaged + (not line.strip()) == 2
        assert journal.final("ada", "activations") is not None
        terminal = io.StringIO()
        show(list(journal), title="02-activations", console=Console(file=terminal, width=200))
        assert terminal.getvalue().replace("\n", "").isprintable()
        passed_over += journal.damaged
    assert 400 < passed_over < 900, "most mutations leave no verdict, some leave one"


FIELDS = [
    *(("", name) for name in ("student", "assignment", "notebook", "cells", "outputs", "notes", "wall_seconds", "key")),
    *(("", name) for name in ("format", "file", "engine")),
    *(
        ("cells", name)
        for name in ("cell_id", "exercise", "points", "max_points", "outcome", "mistake", "text", "html")
    ),
    *(("outputs", name) for name in ("cell_id", "stdout", "stderr", "result", "error", "images")),
    *(("engine", name) for name in ("version", "digest")),
]
WRONG = [{}, True, [[]], [None], {"a": 1}, math.nan, math.inf, 10**400, -1e300]


@pytest.mark.parametrize("value", WRONG, ids=lambda value: str(value)[:9])
@pytest.mark.parametrize(("part", "field"), FIELDS)
def test_a_field_of_another_type_is_no_verdict(part: str, field: str, value: Any) -> None:
    plain = json.loads(json.dumps(to_json(VERDICT)))
    held = plain[part] if part else plain
    (held[0] if part in ("cells", "outputs") else held)[field] = value
    with pytest.raises(ValueError):
        from_json(plain)


@pytest.mark.parametrize("name", ["\udcff", "\x1b[2J", "a\u202eb", "", "x" * 300, ".."])
def test_a_verdict_on_nobody_is_none(name: str) -> None:
    with pytest.raises(ValueError):
        from_json(to_json(replace(VERDICT, student=name)))


def test_damaged_lines_are_counted_and_told(path: Path) -> None:
    fill(path, VERDICT)
    assert (Journal(path).damaged, Journal(path).complaint) == (0, "")
    path.write_bytes(b"x\n\n\xff\n" + path.read_bytes())
    journal = Journal(path)
    assert journal.damaged == 2
    assert "has 2 damaged lines, which count for nothing" in journal.complaint
    assert list(journal) == [VERDICT]


def test_the_memory_of_a_journal_does_not_grow_with_what_students_print(path: Path) -> None:
    printed = replace(VERDICT, outputs=(CellOutput("cell", stdout="x" * 1_000_000, images=(b"\x89PNG" * 100_000,)),))
    fill(path, *(replace(printed, student=f"student{number}") for number in range(20)))
    tracemalloc.start()
    try:
        journal = Journal(path)
        kept, _ = tracemalloc.get_traced_memory()
        assert [verdict.outputs == printed.outputs for verdict in journal] == [True] * 20
    finally:
        tracemalloc.stop()
    assert kept < 100_000


@pytest.mark.parametrize(
    "now",
    [None, b"", b"x", b"{}", b"[" * 100_000, json.dumps(to_json(replace(VERDICT, student="ada"))).encode()],
    ids=["gone", "empty", "short", "no verdict", "nested", "another's"],
)
def test_what_is_not_in_the_file_any_more_is_no_verdict(path: Path, now: bytes | None) -> None:
    fill(path, VERDICT)
    journal = Journal(path)
    path.unlink() if now is None else path.write_bytes(now)
    assert journal.final(VERDICT.student, VERDICT.notebook) is None
    assert list(journal) == []
    assert len(journal) == 1


@pytest.mark.parametrize("present", [True, False])
def test_a_journal_knows_whether_the_file_is_as_it_was(path: Path, present: bool) -> None:
    if present:
        fill(path, VERDICT)
    with JournalWriter(path) as writer:
        assert writer.journal.current
        writer.add(replace(VERDICT, student="ada"))
        assert writer.journal.current
    fill(path, replace(VERDICT, student="bo"))
    assert not writer.journal.current
    other = Journal(path)
    path.replace(path.with_suffix(".moved"))
    assert not other.current


# --- reading and writing


def test_reading_makes_nothing(path: Path) -> None:
    assert list(Journal(path)) == []
    assert not path.parent.exists()


def test_reading_changes_nothing_also_where_the_last_line_is_cut_off(path: Path) -> None:
    fill(path, VERDICT, replace(VERDICT, student="ada"))
    path.write_bytes(path.read_bytes()[:-9])
    before = path.read_bytes(), path.stat().st_mtime_ns
    assert students(path) == {"zoë"}
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_a_writer_that_adds_nothing_writes_nothing(path: Path) -> None:
    fill(path)
    assert not path.parent.exists()


# --- versions


def test_every_line_says_its_format(path: Path) -> None:
    fill(path, VERDICT, VERDICT)
    assert [line[:12] for line in path.read_text().splitlines()] == [f'{{"format": {APART}'] * 2


def test_a_line_with_output_piece_by_piece_says_the_newer_format_and_comes_back_whole(path: Path) -> None:
    pieces = (
        Shown(ShownAs.STDOUT, "a"),
        Shown(ShownAs.DISPLAY, image=b"\x89PNG\x00"),
        Shown(ShownAs.RESULT, "1", html="<b>1</b>"),
        Shown(ShownAs.ERROR, "Traceback", name="ValueError", message="no"),
    )
    together = replace(VERDICT, outputs=(CellOutput("f", shown=pieces),))
    fill(path, together)
    assert path.read_text().startswith(f'{{"format": {FORMAT}')
    assert list(Journal(path)) == [together]


def test_a_line_of_0_1_0_is_a_verdict_by_0_1_0(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(FIRST_LINE + "\n")
    (verdict,) = Journal(path)
    assert (verdict.key, verdict.file, verdict.engine) == ("old key", "", FIRST)
    assert verdict.cells[0].points == 1.5
    assert verdict.outputs[0].images == (b"\x89PNG\x00",)


def test_two_versions_may_write_into_one_journal_in_turns(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(FIRST_LINE + "\n")
    fill(path, replace(VERDICT, student="ada"))
    with path.open("a") as file:  # 0.1.0 again
        file.write(first_line("bo", 1.5) + first_line("ada", 2.0))
    fill(path, replace(VERDICT, student="cy"))
    by_student = {verdict.student: verdict for verdict in Journal(path)}
    assert by_student.keys() == {"zoë", "ada", "bo", "cy"}
    assert (by_student["ada"].engine, by_student["ada"].points) == (FIRST, 2.0)
    assert by_student["cy"].engine == VERDICT.engine


@pytest.mark.parametrize("place", ["first", "middle", "last"])
@pytest.mark.parametrize("reader", [Journal, JournalWriter])
def test_a_newer_format_anywhere_is_refused_with_one_sentence(path: Path, place: str, reader: type) -> None:
    fill(path, VERDICT, VERDICT)
    lines = path.read_text().splitlines(keepends=True)
    lines.insert({"first": 0, "middle": 1, "last": 2}[place], f'{{"format": {FORMAT + 1}}}\n')
    path.write_text("".join(lines))
    with pytest.raises(CourseError) as refused:
        reader(path)
    assert str(refused.value) == (
        f"{path} holds verdicts in format 4, and this version reads formats up to 3. A newer version graded here: use "
        "that one, or move the file away to grade everyone anew."
    )
    assert path.read_text() == "".join(lines)
