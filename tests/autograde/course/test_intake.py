"""A submission is data: whatever the file is, what is graded is the master with the student's answers in it."""

from __future__ import annotations

import codecs
import contextlib
import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograde.course import intake
from autograde.course.intake import MAX_BYTES, IntakeError, blank, read_submission, rebuild
from autograde.course.notebook import Cell, Notebook, Role, cell_json, notebook_json, without_hidden

HIDDEN = "\n### BEGIN HIDDEN TESTS\ncheck({0}, hidden=True)\n### END HIDDEN TESTS"


def solution(name: str) -> Cell:
    return Cell(name, Role.SOLUTION, "code", f"def {name}(x):\n    return 'the answer'", name)


def check(name: str) -> Cell:
    return Cell(f"{name}-check", Role.CHECK, "code", f"check({name})" + HIDDEN.format(name), name, 1.0)


MASTER = Notebook(
    "01-backprop",
    "backprop",
    (
        Cell("prose-1", Role.PROSE, "markdown", "# Title"),
        Cell("given-1", Role.GIVEN, "code", "import numpy as np"),
        solution("one"),
        check("one"),
        Cell("prose-2", Role.PROSE, "code", "print('try')"),
        Cell("explore-1", Role.EXPLORE, "code", "explore.it(one)"),
        solution("two"),
        check("two"),
        Cell("written-1", Role.WRITTEN, "markdown", "YOUR ANSWER HERE", points=2.0),
    ),
)
STUB = "def {0}(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
MINE = "def {0}(x):\n    return 'mine'"


def submission(**answers: str) -> dict[str, Any]:
    """The release, with answers by cell id."""
    cells = []
    for cell in MASTER.cells:
        plain = cell_json(cell)
        plain["source"] = STUB.format(cell.id) if cell.role is Role.SOLUTION else without_hidden(cell.source)
        plain["source"] = answers.get(cell.id.replace("-", "_"), plain["source"])
        cells.append(plain)
    return notebook_json(cells)


DONE = submission(one=MINE.format("one"), two=MINE.format("two"), written_1="because", prose_2="print('tried')")


def rebuilt(notebook: Any) -> Notebook:
    return rebuild(MASTER, json.dumps(notebook).encode())


def by_id(notebook: Notebook) -> dict[str, Cell]:
    cells = {cell.id: cell for cell in notebook.cells}
    assert len(cells) == len(notebook.cells), "ids are unique"
    return cells


def edited(change: Callable[[list[dict[str, Any]]], Any]) -> Notebook:
    notebook = copy.deepcopy(DONE)
    change(notebook["cells"])
    return rebuilt(notebook)


def index(cells: list[dict[str, Any]], identifier: str) -> int:
    return next(i for i, cell in enumerate(cells) if cell["id"] == identifier)


def drop(*identifiers: str) -> Callable[[list[dict[str, Any]]], None]:
    def change(cells: list[dict[str, Any]]) -> None:
        cells[:] = [cell for cell in cells if cell["id"] not in identifiers]

    return change


def test_answers_come_from_the_student_and_all_else_from_the_master() -> None:
    result = rebuilt(DONE)
    assert [cell.id for cell in result.cells] == [cell.id for cell in MASTER.cells]
    cells = by_id(result)
    assert cells["one"].source == MINE.format("one")
    assert cells["written-1"].source == "because"
    assert cells["prose-2"].source == "print('tried')"
    assert [cell for cell in result.cells if cell.locked] == [cell for cell in MASTER.cells if cell.locked]
    assert result.notes == ()


def test_the_untouched_release_has_nothing_to_mend() -> None:
    assert rebuilt(submission()).notes == ()


# --- forged

FORGERIES: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    "check edited": lambda cells: cells[3].update(source="1 + 1"),
    "check retyped": lambda cells: cells[3].update(cell_type="markdown"),
    "points raised": lambda cells: cells[3]["metadata"]["nbgrader"].update(points=1000),
    "role changed": lambda cells: cells[3]["metadata"].update(machine_room={"role": "solution", "exercise": "one"}),
    "solution says check": lambda cells: cells[2]["metadata"].update(machine_room={"role": "check", "exercise": "two"}),
    "flags cleared": lambda cells: cells[3]["metadata"].update(nbgrader={}),
    "metadata is a list": lambda cells: cells[3].update(metadata=[1, 2]),
    "tags": lambda cells: cells[3]["metadata"].update(tags=["raises-exception", "skip-execution"]),
    "outputs filled in": lambda cells: cells[3].update(
        outputs=[{"output_type": "execute_result", "data": {"text/plain": "1.0"}}]
    ),
    "given edited": lambda cells: cells[1].update(source="np = None"),
    "check copied and edited": lambda cells: cells.append({**copy.deepcopy(cells[3]), "source": "1.0"}),
    "cells swapped": lambda cells: cells.reverse(),
    "all locked cells deleted": drop("given-1", "one-check", "explore-1", "two-check"),
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_file_changes_no_cell_of_ours(forgery: Callable[[list[dict[str, Any]]], Any]) -> None:
    result = edited(forgery)
    ours = [cell for cell in result.cells if cell.role is not Role.EXTRA and cell.locked]
    assert ours == [cell for cell in MASTER.cells if cell.locked]
    assert {cell.id: cell.points for cell in result.cells if cell.graded} == {
        "one-check": 1.0,
        "two-check": 1.0,
        "written-1": 2.0,
    }
    assert by_id(result)["one"].source == MINE.format("one")
    assert by_id(result)["two"].source == MINE.format("two")


# --- mended


def test_a_deleted_solution_is_empty_and_nothing_else_changes() -> None:
    result = edited(drop("one"))
    assert by_id(result)["one"].source == ""
    assert by_id(result)["two"].source == MINE.format("two")
    assert result.notes == ("The cell for one was deleted.",)


def test_a_deleted_check_is_put_back() -> None:
    result = edited(drop("one-check"))
    assert by_id(result)["one-check"] == MASTER.cells[3]
    assert result.notes == ("The check of one was deleted. It was put back.",)


def test_a_notebook_without_cells_is_the_master_without_answers() -> None:
    result = edited(list.clear)
    assert [cell.id for cell in result.cells] == [c.id for c in MASTER.cells if c.role is not Role.PROSE]
    assert {cell.source for cell in result.cells if cell.role in (Role.SOLUTION, Role.WRITTEN)} == {""}


def test_a_blank_notebook_holds_no_answer_of_ours() -> None:
    result = blank(MASTER, "The file is empty.")
    assert [cell.id for cell in result.cells] == [cell.id for cell in MASTER.cells]
    assert "the answer" not in "".join(cell.source for cell in result.cells)
    assert result.notes == ("The file is empty.",)


def test_lost_ids_are_found_by_the_def_line_and_by_the_text() -> None:
    def lose(cells: list[dict[str, Any]]) -> None:
        for cell in cells:
            del cell["id"]
            cell["metadata"] = {}

    result = edited(lose)
    cells = by_id(result)
    assert cells["one"].source == MINE.format("one")
    assert cells["two"].source == MINE.format("two")
    assert [cell.source for cell in result.cells if cell.role is Role.EXTRA] == ["print('tried')", "because"]
    assert "The cell for one had lost its id. It was found by its `def` line." in result.notes


def test_merged_cells_answer_both_exercises() -> None:
    def merge(cells: list[dict[str, Any]]) -> None:
        cells[2]["source"] += "\n\n" + cells.pop(index(cells, "two"))["source"]

    result = edited(merge)
    assert MINE.format("two") in by_id(result)["two"].source
    assert result.notes == ("The cell for two was merged with another one. It was found by its `def` line.",)


def test_a_solution_merged_into_a_locked_cell_is_still_an_answer() -> None:
    def merge(cells: list[dict[str, Any]]) -> None:
        answer = cells.pop(index(cells, "one"))["source"]
        check_cell = cells[index(cells, "one-check")]
        check_cell["source"] = answer + "\n\n" + check_cell["source"]

    result = edited(merge)
    assert MINE.format("one") in by_id(result)["one"].source
    assert by_id(result)["one-check"] == MASTER.cells[3]


@pytest.mark.parametrize("stub_last", [False, True])
def test_of_two_cells_with_one_id_the_last_written_one_counts(stub_last: bool) -> None:
    def duplicate(cells: list[dict[str, Any]]) -> None:
        other = STUB.format("one") if stub_last else MINE.format("one") + "  # better"
        cells.insert(3, {**copy.deepcopy(cells[2]), "source": other})

    result = edited(duplicate)
    assert by_id(result)["one"].source == MINE.format("one") + ("" if stub_last else "  # better")
    assert "There were 2 cells for one. The last written one counts." in result.notes


def test_a_solution_turned_into_text_is_run_as_code() -> None:
    result = edited(lambda cells: cells[2].update(cell_type="markdown"))
    assert by_id(result)["one"] == Cell("one", Role.SOLUTION, "code", MINE.format("one"), "one")
    assert result.notes == ("The cell for one was no code cell. It was run as code.",)


def test_extra_cells_stand_where_they_stood() -> None:
    def insert(cells: list[dict[str, Any]]) -> None:
        cells.insert(0, {"cell_type": "code", "source": "first = 1", "metadata": {}})
        cells.insert(4, {"cell_type": "code", "source": "between = 1", "metadata": {}, "id": "one-check-"})
        cells.append({"cell_type": "code", "source": ["last\n", "= 1"], "metadata": {}, "id": "extra-1"})

    cells = edited(insert).cells
    order = [cell.source for cell in cells]
    assert order[0] == "first = 1"
    assert order[order.index("between = 1") - 1] == MINE.format("one")
    assert order[-1] == "last\n= 1"
    assert [cell.id for cell in cells if cell.role is Role.EXTRA] == ["extra-1", "extra-2", "extra-3"]


@pytest.mark.parametrize(
    "source",
    [
        "%%time\nx = 1",
        "!ls",
        "%%bash\nls",
        "await x",
        "input()",
        "def f(:\n",
        "\tif x:\n        y",
        "\x00\x1b[0m",
        "\ud800",
    ],
)
def test_any_source_can_be_written_to_a_file_again(source: str) -> None:
    cells = by_id(edited(lambda cells: cells[2].update(source=source)))
    assert cells["one"].source.encode("utf-8")


@pytest.mark.parametrize("junk", [None, 3, "x", [], {}, {"cell_type": "code"}, {"cell_type": 3, "source": {}}])
def test_junk_among_the_cells_is_passed_over(junk: Any) -> None:
    result = edited(lambda cells: cells.insert(2, junk))
    assert [cell.id for cell in result.cells] == [cell.id for cell in MASTER.cells]


def test_the_old_format_is_read() -> None:
    old = {
        "nbformat": 3,
        "worksheets": [
            {
                "cells": [
                    {"cell_type": "heading", "level": 1, "source": "Title"},
                    {"cell_type": "code", "input": MINE.format("one"), "outputs": []},
                    {"cell_type": "code", "input": [MINE.format("two")], "outputs": []},
                ]
            }
        ],
    }
    result = rebuilt(old)
    assert by_id(result)["one"].source == MINE.format("one")
    assert by_id(result)["two"].source == MINE.format("two")
    assert "The file was in an old format of notebooks." in result.notes


TEXT = json.dumps(submission(one="def one(x):\n    return 'größer'"), ensure_ascii=False)
ENCODED = {
    "UTF-8 with a byte-order mark": codecs.BOM_UTF8 + TEXT.encode(),
    "UTF-16": TEXT.encode("utf-16"),
    "UTF-16 big endian": codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    "UTF-32": TEXT.encode("utf-32"),
    "Windows-1252": TEXT.encode("cp1252"),
    "zero bytes at the end": TEXT.encode() + b"\0" * 1000,
    "Windows line ends": TEXT.replace("\n", "\r\n").encode(),
}


@pytest.mark.parametrize("content", ENCODED.values(), ids=ENCODED)
def test_an_odd_encoding_is_read(content: bytes) -> None:
    assert by_id(rebuild(MASTER, content))["one"].source == "def one(x):\n    return 'größer'"


BROKEN = {
    "empty": (b"", "The file is empty."),
    "blank": (b" \n\n", "The file is empty."),
    "not JSON": (b"<html>Please log in</html>", "is not JSON from line 1 on"),
    "truncated": (json.dumps(DONE).encode()[:700], "The file "),
    "a PDF": (b"%PDF-1.7\n\xff\xfe\x00", "is not JSON from line 1 on"),
    "a list": (b"[1, 2]", "The file holds a list, not a notebook."),
    "null": (b"null", "The file holds a null, not a notebook."),
    "no cells": (b'{"nbformat": 4}', "JSON without cells"),
    "cells are text": (b'{"cells": "x"}', "JSON without cells"),
    "deep": (b"[" * 200_000, "The file "),
    "a number too long": (b'{"cells": ' + b"9" * 10_000 + b"}", "The file is JSON that no notebook holds."),
    "random bytes": (bytes(range(256)) * 10, "is not JSON"),
}


@pytest.mark.parametrize(("content", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_no_notebook_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(IntakeError, match=reason):
        rebuild(MASTER, content)


def test_a_file_cut_anywhere_in_the_middle_is_called_that() -> None:
    whole = json.dumps(DONE, indent=1).encode()
    for end in range(10, len(whole) - 3, 97):
        with pytest.raises(IntakeError, match="ends in the middle"):
            rebuild(MASTER, whole[:end])


def test_endless_cells_and_sources_are_cut() -> None:
    many = [{"cell_type": "code", "source": f"x = {i}"} for i in range(5_000)]
    result = rebuilt({"cells": [{"cell_type": "code", "id": "one", "source": "x" * 10**6}, *many]})
    assert len(result.cells) < 2_100
    assert by_id(result)["one"].source == ""


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda v: (
            st.lists(v)
            | st.dictionaries(
                st.sampled_from(
                    ["cells", "metadata", "nbgrader", "grade_id", "id", "source", "cell_type", "worksheets"]
                ),
                v,
            )
        ),
    )
)
def test_any_json_gives_a_notebook_with_all_of_our_cells_or_a_reason(value: Any) -> None:
    try:
        result = rebuilt(value)
    except IntakeError:
        return
    assert [cell for cell in result.cells if cell.locked] == [cell for cell in MASTER.cells if cell.locked]


@given(st.binary())
def test_any_bytes_give_a_notebook_or_a_reason(content: bytes) -> None:
    with contextlib.suppress(IntakeError):  # the only one allowed
        assert rebuild(MASTER, content).cells


# --- the file


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a b é 'x'\n.ipynb"
    path.write_bytes(b"content")
    assert read_submission(path) == b"content"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    (tmp_path / "real").mkdir()
    path = tmp_path / "real" / "x.ipynb"
    path.write_text("secret")
    return path


def linked_file(folder: Path, secret: Path) -> Path:
    (folder / "x.ipynb").symlink_to(secret)
    return folder / "x.ipynb"


def linked_folder(folder: Path, secret: Path) -> Path:
    (folder / "linked").symlink_to(secret.parent)
    return folder / "linked" / "x.ipynb"


def directory(folder: Path, secret: Path) -> Path:
    (folder / "x.ipynb").mkdir()
    return folder / "x.ipynb"


def fifo(folder: Path, secret: Path) -> Path:
    os.mkfifo(folder / "x.ipynb")
    return folder / "x.ipynb"


def socket(folder: Path, secret: Path) -> Path:
    import socket

    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "x.ipynb"))
    return folder / "x.ipynb"


@pytest.mark.parametrize("kind", [linked_file, linked_folder, directory, fifo, socket])
def test_what_is_no_regular_file_is_never_opened(
    tmp_path: Path, secret: Path, kind: Callable[[Path, Path], Path]
) -> None:
    with pytest.raises(IntakeError, match="is a link, a folder or a device"):
        read_submission(kind(tmp_path, secret))


def test_a_missing_file_is_called_missing(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match=r"No file x\.ipynb was handed in\."):
        read_submission(tmp_path / "x.ipynb")


def test_a_huge_file_is_refused_with_its_size(tmp_path: Path) -> None:
    path = tmp_path / "x.ipynb"
    with path.open("wb") as file:
        file.truncate(200 * 2**20)  # sparse: takes no room on disk
    with pytest.raises(IntakeError, match=r"x\.ipynb has 200 MB; a notebook may have 32 MB\."):
        read_submission(path)
    assert MAX_BYTES == 32 * 2**20


# --- what a file costs to parse

MANY = {
    "empty lists": ("[", "[],", "[]]"),
    "empty objects": ("[", "{},", "{}]"),
    "objects of one name": ("[", '{"":0},', "0]"),
    "numbers": ("[", "1,", "1]"),
    "short strings": ("[", '"é",', '""]'),
    "strings of quotes": ("[", '"\\"",', '""]'),
    "strings of backslashes": ("[", '"\\\\",', '""]'),
    "names": ("{", '"a":1,', '"b":1}'),
    "truth and nothing": ("[", "null,true,", "0]"),
    "lists in a notebook's outputs": ('{"cells":[{"cell_type":"code","source":"","outputs":[', "[],", "[]]}]}"),
    "lists behind a string": ('["\\\\\\"[[[", ', "[],", "[]]"),
    "lists before what is no JSON": ("[", "[],", "] \\"),
    "lists between wide letters": ('["\U0001f600",', "[],", "[]]"),
    "lists of lists": ("[" * 100, "[[[]]],", "[]" + "]" * 100),
}


def of_size(name: str, size: int) -> str:
    begin, piece, end = MANY[name]
    return begin + piece * (size // len(piece.encode())) + end


@pytest.mark.parametrize("name", MANY)
def test_a_file_of_too_many_values_is_refused_before_it_is_parsed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json, "loads", lambda text, **_: pytest.fail("it was parsed"))
    with pytest.raises(IntakeError, match=r"more than 1,000,000 lists, names and values; .* Clear all outputs"):
        rebuild(MASTER, of_size(name, 9 << 20).encode())


IN_LITTLE_ROOM = """
import resource, sys
from autograde.course.notebook import Notebook
from autograde.course.intake import IntakeError, rebuild
content = open(sys.argv[1], "rb").read()
taken = int(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmSize"))) << 10
resource.setrlimit(resource.RLIMIT_AS, (taken + (int(sys.argv[2]) << 20),) * 2)
try:
    rebuild(Notebook("01-backprop", "backprop", ()), content)
except IntakeError as error:
    print(error)
"""


@pytest.mark.parametrize("name", ["empty lists", "objects of one name", "names", "lists between wide letters"])
def test_reading_the_largest_file_takes_a_few_times_its_size(name: str, tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    path.write_text(of_size(name, MAX_BYTES - 1_000), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", IN_LITTLE_ROOM, str(path), "300"], capture_output=True, text=True, check=False
    )
    assert "more than 1,000,000" in done.stdout, done.stderr[-500:]


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_no_value_is_missed_and_strings_count_for_nothing(value: Any) -> None:
    def values(of: Any) -> int:
        inner = of.values() if isinstance(of, dict) else of if isinstance(of, list) else ()
        return 1 + sum(map(values, inner))

    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1)):
        assert values(value) <= intake._values(text) <= 2 * values(value)


def test_the_course_and_a_notebook_full_of_outputs_are_far_below(tmp_path: Path) -> None:
    notebook = submission()
    plot = {"output_type": "display_data", "data": {"application/json": [[n / 7, "x,[{"] for n in range(100_000)]}}
    notebook["cells"][1]["outputs"] = [plot, {"output_type": "stream", "text": ["[1, 2, {3: 4}]\n"] * 50_000}]
    assert rebuild(MASTER, json.dumps(notebook).encode()).notes == ()


# --- a slip of a key, an answer in the wrong place, another notebook


def turned(identifier: str, kind: str) -> Callable[[list[dict[str, Any]]], None]:
    return lambda cells: cells[index(cells, identifier)].update(cell_type=kind)


@pytest.mark.parametrize("kind", ["raw", "markdown"])
def test_a_solution_that_is_no_code_cell_any_more_runs_as_code(kind: str) -> None:
    result = edited(turned("one", kind))
    cell = by_id(result)["one"]
    assert (cell.kind, cell.source) == ("code", MINE.format("one"))
    assert result.notes == ("The cell for one was no code cell. It was run as code.",)


def test_a_written_answer_that_was_turned_raw_is_read() -> None:
    result = edited(turned("written-1", "raw"))
    assert (by_id(result)["written-1"].kind, by_id(result)["written-1"].source) == ("markdown", "because")
    assert result.notes == ()


def test_a_raw_solution_that_lost_its_id_is_found_by_its_def_line() -> None:
    def change(cells: list[dict[str, Any]]) -> None:
        cells[index(cells, "one")].update(cell_type="raw", id="lost", metadata={})

    assert by_id(edited(change))["one"].source == MINE.format("one")


def test_a_raw_copy_that_was_put_aside_is_not_the_answer() -> None:
    def change(cells: list[dict[str, Any]]) -> None:
        aside = {**copy.deepcopy(cells[index(cells, "one")]), "cell_type": "raw", "source": "def one(x): return 'old'"}
        cells += [aside, {"cell_type": "raw", "id": "mine", "metadata": {}, "source": "def two(x): return 'old'"}]

    result = edited(change)
    assert by_id(result)["one"].source == MINE.format("one")
    assert by_id(result)["two"].source == MINE.format("two")
    assert result.notes == ()


@pytest.mark.parametrize("identifier", ["prose-1", "prose-2", "given-1", "one-check", "explore-1"])
def test_no_raw_cell_is_left_which_other_programs_take_for_html(identifier: str) -> None:
    result = edited(turned(identifier, "raw"))
    assert {cell.kind for cell in result.cells} == {"code", "markdown"}


MISPLACED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "in its check": (
        "one-check",
        "def one(x):\n    return 1\n\ncheck(one)",
        ("What you wrote in the check cell of one does not count: write it in the cell for one.",),
    ),
    "in another's check": (
        "two-check",
        "check(two)\ndef one(x): return 1",
        ("What you wrote in the check cell of two does not count: write it in the cell for one.",),
    ),
    "by a name": (
        "one-check",
        "one = lambda x: 1\ncheck(one)",
        ("What you wrote in the check cell of one does not count: write it in the cell for one.",),
    ),
    "in a condition": (
        "one-check",
        "if True:\n    async def one (x): pass",
        ("What you wrote in the check cell of one does not count: write it in the cell for one.",),
    ),
    "both": (
        "two-check",
        "def one(x): 1\ndef two(x): 2",
        (
            "What you wrote in the check cell of two does not count: write it in the cell for one.",
            "What you wrote in the check cell of two does not count: write it in the cell for two.",
        ),
    ),
    "in a cell that is given": (
        "given-1",
        "import numpy as np\ndef two(x): 2",
        (
            "What you wrote in the locked cell given-1 does not count: write it in the cell for two.",
            "The locked cell given-1 was changed. The original was used.",
        ),
    ),
    "in a picture's": (
        "explore-1",
        "def two(x): 2\nexplore.it(one)",
        ("What you wrote in the locked cell explore-1 does not count: write it in the cell for two.",),
    ),
    "a look at it": ("one-check", "print(one(3))\ncheck(one)", ()),
    "a comparison": ("one-check", "one == two\ncheck(one)", ()),
    "another name": ("one-check", "def one_more(x): 1\ncheck(one)", ()),
}


@pytest.mark.parametrize(("identifier", "source", "notes"), MISPLACED.values(), ids=MISPLACED)
def test_an_answer_in_a_cell_of_ours_is_told(identifier: str, source: str, notes: tuple[str, ...]) -> None:
    result = edited(lambda cells: cells[index(cells, identifier)].update(source=source))
    assert result.notes == notes
    assert by_id(result)[identifier] in MASTER.cells


def test_a_check_cell_as_the_course_has_it_is_told_nothing() -> None:
    ours = Cell("one-check", Role.CHECK, "code", "def one(x): return 0\ncheck(one)", "one", 1.0)
    cells = tuple(ours if cell.id == "one-check" else cell for cell in MASTER.cells)
    changed = {**DONE, "cells": [{**cell, "source": cell["source"] + "\n"} for cell in DONE["cells"]]}
    assert rebuild(Notebook("a", "b", cells), json.dumps(changed).encode()).notes == ()


def another(title: str = "# Activations\nmore") -> dict[str, Any]:
    cells = [
        Cell("title", Role.PROSE, "markdown", title),
        Cell("swish", Role.SOLUTION, "code", "def swish(x): return x", "swish"),
        Cell("swish-check", Role.CHECK, "code", "check(swish)", "swish", 1.0),
        Cell("written-swish", Role.WRITTEN, "markdown", "YOUR ANSWER HERE", points=2.0),
    ]
    return notebook_json(map(cell_json, cells))


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("# Activations\nmore", ', "Activations"'),
        ("words\n## Second <b>\u202e", ', "Second <b>\\u202e"'),
        ("# " + "x" * 500, f', "{"x" * 60}..."'),
        ("no title", ""),
        ("\n" * 100 + "# late", ""),
    ],
)
def test_another_notebook_under_the_right_name_is_told(title: str, shown: str) -> None:
    with pytest.raises(IntakeError) as told:
        rebuilt(another(title))
    assert str(told.value) == (
        f"The file holds another notebook{shown}: none of its cells is one that backprop asks for. "
        "Hand in backprop.ipynb."
    )


NO_OTHER = {
    "no cells": {"cells": []},
    "cells of their own": {"cells": [{"cell_type": "code", "id": "x", "metadata": {}, "source": "def f(): 1"}]},
    "one cell of ours among others": {"cells": [*another()["cells"], DONE["cells"][2]]},
    "a written answer alone": {"cells": [*another()["cells"], DONE["cells"][-1]]},
    "ours without ids": {
        "cells": [{**cell, "id": f"r{at}", "metadata": {}} for at, cell in enumerate(copy.deepcopy(DONE["cells"]))]
    },
    "ours with other ids": {
        "cells": [
            {**cell, "metadata": {"nbgrader": {"grade_id": f"cell-{at}"}}}
            for at, cell in enumerate(copy.deepcopy(DONE["cells"]))
        ]
    },
}


@pytest.mark.parametrize("notebook", NO_OTHER.values(), ids=NO_OTHER)
def test_a_notebook_that_has_lost_much_is_graded_all_the_same(notebook: dict[str, Any]) -> None:
    assert [cell for cell in rebuilt(notebook).cells if cell.locked] == [cell for cell in MASTER.cells if cell.locked]
