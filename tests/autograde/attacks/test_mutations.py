"""Mutated notebooks: whatever a file holds, it is read or refused in a sentence, and the run goes to its end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from autograde.course.folder import Course
from benchmarks import mutated
from benchmarks.mutated import bases_of, lay_out, through_intake, through_pipeline
from tests.mutated_notebooks import EVERY, OF_BYTES, OF_STRUCTURE, Base, MutatedNotebook

from .test_hurting import Live

ASSIGNMENT = "01-backprop"
EACH = 2 * len(EVERY)  # files by which every mutation was the first one of two


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return lay_out(tmp_path_factory.mktemp("mutated"))


@pytest.fixture(scope="module")
def bases(course: Course) -> list[Base]:
    return bases_of(course)


@pytest.mark.parametrize("part", range(3))
def test_a_mutated_file_is_read_or_refused_in_a_sentence(part: int, course: Course, bases: list[Base]) -> None:
    files = [MutatedNotebook(bases, seed) for seed in range(part * EACH, (part + 1) * EACH)]
    door = through_intake(course, files)
    assert door.faults == []
    assert door.read + door.refused.total() == door.files == EACH
    assert door.read > EACH // 4  # what is mended is graded: not all is refused
    assert door.refused.total() > EACH // 8


def test_the_same_seed_makes_the_same_file_and_every_mutation_has_its_turn(bases: list[Base]) -> None:
    files = [MutatedNotebook(bases, seed) for seed in range(EACH)]
    assert {name for file in files for name in file.mutations} == set(EVERY) == {*OF_STRUCTURE, *OF_BYTES}
    assert {file.base.assignment for file in files} == {base.assignment for base in bases}
    assert [file.content for file in files[::7]] == [MutatedNotebook(bases, file.seed).content for file in files[::7]]
    assert all(file.content != file.base.content for file in files[::7])


def raises(error: BaseException) -> Callable[..., object]:
    def fail(*_: object, **__: object) -> object:
        raise error

    return fail


@pytest.mark.parametrize("error", [ValueError("broken"), MemoryError(), RecursionError(), SystemExit(3)])
def test_anything_but_the_refusal_is_a_fault(
    error: BaseException, course: Course, bases: list[Base], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutated, "receive", raises(error))
    door = through_intake(course, [MutatedNotebook(bases, 0)])
    assert [type(error).__name__ in fault for fault in door.faults] == [True]
    assert door.read + door.refused.total() == 0


def test_too_much_time_or_memory_is_a_fault(course: Course, bases: list[Base], monkeypatch: pytest.MonkeyPatch) -> None:
    def spin(*_: object, **__: object) -> object:
        while True:
            pass

    monkeypatch.setattr(mutated, "CPU_SECONDS", 0.2)
    monkeypatch.setattr(mutated, "receive", spin)
    monkeypatch.setattr(mutated, "MEMORY_BYTES", 32 << 20)
    slow = through_intake(course, [MutatedNotebook(bases, 0)])
    monkeypatch.setattr(mutated, "receive", lambda *_, **__: bytearray(2 << 30))
    greedy = through_intake(course, [MutatedNotebook(bases, 0)])
    assert ["TimeoutError" in slow.faults[0], "MemoryError" in greedy.faults[0]] == [True, True]


def test_a_class_of_mutated_files_is_graded_to_its_end(tmp_path: Path) -> None:
    course = lay_out(tmp_path, [ASSIGNMENT])
    bases = bases_of(course)
    piped = through_pipeline(course, [MutatedNotebook(bases, seed) for seed in range(len(EVERY))])
    assert piped.faults() == []
    assert len(piped.verdicts) + len({failure.student for failure in piped.failures}) >= len(EVERY)
    assert piped.full_marks > 0  # some mutations change nothing that counts
    assert any(verdict.points == 0.0 for verdict in piped.verdicts.values())
    for path in piped.pages.values():
        page = Live()
        page.feed(path.read_text(encoding="utf-8"))
        assert page.found == []
