"""Keys of work: the file and what the course has set are in them, the engine and its defaults are not."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from autograde.course.intake import IntakeError, read_submission
from autograde.grading import first, keys
from autograde.grading.first import FIRST, first_key, first_task_key
from autograde.grading.keys import digest, task_key
from autograde.inside.limits import Limits
from autograde.sandbox.process import Isolation

WORK: dict[str, Any] = {"libraries": ("scipy",), "former": {1: b"first", 2: b"second"}}
SET: dict[str, Any] = {"seed": 7, "limits": Limits(), "isolation": Isolation.FULL}
LIMITS = [field.name for field in fields(Limits)]
LIMITS_OF_0_1_0 = (
    '{"cpu_seconds": 60, "file_bytes": 33554432, "memory_bytes": 1073741824, "open_files": 128, '
    '"output_bytes": 1048576, "request_seconds": 20.0, "scratch_bytes": 67108864, "threads": 64, "wall_seconds": 180.0}'
)


def test_parts_of_a_digest_cannot_run_into_each_other() -> None:
    assert digest("ab", "c") != digest("a", "bc") != digest("abc")
    assert digest("a", b"b") == digest("a", "b")


@pytest.mark.parametrize("key", [task_key, first_task_key])
def test_all_that_a_course_sets_is_in_the_key(key: Any) -> None:
    changed: list[dict[str, Any]] = [{"seed": 8}, {"isolation": Isolation.NONE}]
    changed += [
        {"limits": replace(Limits(), **{name: getattr(Limits(), name) + 1})}
        for name in (LIMITS if key is task_key else json.loads(LIMITS_OF_0_1_0))
    ]
    made = [key(b"master", **SET), key(b"Master", **SET), *(key(b"master", **{**SET, **one}) for one in changed)]
    assert len(set(made)) == len(made)


def test_each_file_beside_the_notebook_is_in_the_key_and_none_leaves_it_as_it_was() -> None:
    files: tuple[dict[str, bytes], ...] = (
        {"a.csv": b"1"},
        {"a.csv": b"2"},
        {"b.csv": b"1"},
        {"a.csv": b"1", "b.csv": b"1"},
        {"a.csv": b""},
        {},
    )
    made = [task_key(b"master", **SET, **WORK, beside=one) for one in files]
    assert len(set(made)) == len(made)
    assert made[-1] == task_key(b"master", **SET, **WORK)
    assert made[3] == task_key(b"master", **SET, **WORK, beside={"b.csv": b"1", "a.csv": b"1"})


def test_the_declared_libraries_and_each_older_master_are_in_the_key() -> None:
    changed = [
        {},
        WORK,
        {**WORK, "libraries": ()},
        {**WORK, "libraries": ("scipy", "sympy")},
        {**WORK, "former": {}},
        {**WORK, "former": {1: b"first"}},
        {**WORK, "former": {1: b"second", 2: b"first"}},
        {**WORK, "former": {1: b"first", 3: b"second"}},
    ]
    assert len({task_key(b"master", **SET, **one) for one in changed}) == len(changed)
    assert task_key(b"master", **SET, **WORK) == task_key(
        b"master", **SET, libraries=("scipy",), former={2: b"second", 1: b"first"}
    )


def test_a_default_that_another_engine_has_is_not_in_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before, first_before = task_key(b"master", **SET), first_task_key(b"master", **SET)

    def limits(**values: Any) -> Limits:
        return Limits(**{"cpu_seconds": 90, **values})

    monkeypatch.setattr(keys, "Limits", limits)
    assert task_key(b"master", **{**SET, "limits": limits()}) == before
    assert first_task_key(b"master", **{**SET, "limits": limits()}) == first_before
    assert task_key(b"master", **{**SET, "limits": limits(threads=3)}) != before


def test_a_key_of_0_1_0_is_worked_out_as_0_1_0_did() -> None:
    task = digest(b"master", FIRST.digest, LIMITS_OF_0_1_0, "7", "full")
    assert first_task_key(b"master", **SET) == task
    assert first_key(task, b"file") == digest(task, b"file")
    assert first_key(task, IntakeError("why")) == digest(task, "unreadable", "why")


def test_limits_that_a_course_set_are_written_as_0_1_0_wrote_them() -> None:
    text = LIMITS_OF_0_1_0.replace('"request_seconds": 20.0', '"request_seconds": 5.0')
    limits = Limits(request_seconds=5.0)
    assert first_task_key(b"", **{**SET, "limits": limits}) == digest(b"", FIRST.digest, text, "7", "full")
    assert sorted(first.DEFAULTS) == list(first.DEFAULTS)


def test_why_a_file_cannot_be_read_is_said_as_0_1_0_said_it(tmp_path: Path) -> None:
    """The sentences are in its keys: other words would grade these submissions anew.

    But for who handed in nothing: they are told what was there instead, and get their 0 points once more.
    """
    path = tmp_path / "ada" / "01-backprop" / "small.ipynb"
    path.parent.mkdir(parents=True)
    with pytest.raises(IntakeError) as absent:
        read_submission(path)
    path.mkdir()
    with pytest.raises(IntakeError) as folder:
        read_submission(path)
    path.rmdir()
    with path.open("wb") as file:
        file.truncate(40 * 2**20)
    with pytest.raises(IntakeError) as large:
        read_submission(path)
    assert str(absent.value).startswith("No file small.ipynb was handed in.")
    assert [str(error.value) for error in (folder, large)] == [
        "small.ipynb is a link, a folder or a device, not a file. Hand in the notebook itself.",
        "small.ipynb has 40 MB; a notebook may have 32 MB. Clear all outputs (Edit, Clear Outputs of All Cells), save, "
        "hand in again.",
    ]
