"""What can be done to a notebook as data: a table of mutations by name, for tests/mutated_notebooks.py."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

__all__ = ["OF_STRUCTURE"]

JSON = dict[str, Any]
Place = tuple[Any, Any]  # a container of the notebook, and a key or an index in it

ODD_TEXTS = (
    "\ud800 alone",
    "a\udfffb",
    "\0\x01\x1b[2J\x1b]0;title\x07",
    "\u202e right to left \u2066",
    "\u2028\u2029\x85\x0b\x0c",
    "\ufeff\ufffe\uffff",
    "e\u0301\u0301\u0301" * 50,
    "\u200d\u200b\u00ad\u3164",
    "\U0001f9d1\u200d\U0001f52c" * 20,
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "../../../../etc/passwd",
    "'; DROP TABLE grade; --",
    "{{ 7 * 7 }} ${7*7} %s %n {0} {name}",
    "\r\n\r\r\n",
    "\\" * 999,
    '"' * 999,
    "",
    " ",
)
ODD_NUMBERS = (0, -1, 2**63, -(2**64), 10**400, 1e308, 5e-324, -0.0, float("nan"), float("inf"), float("-inf"), 0.1)
ODD_VALUES: tuple[Any, ...] = (*ODD_TEXTS, *ODD_NUMBERS, None, True, False, [], {}, [[]], [None] * 9, {"": {"": ""}})
FOREIGN_IDS = (
    "adam_step",
    "adam_step-check",
    "check",
    "../x",
    "__class__",
    "extra-1",
    "prose-1",
    "x" * 5_000,
    "\ud83d",
)
SOURCES = (
    "%%javascript\nalert(1)",
    "!rm -rf /",
    "%run nothing.py\n%load_ext nothing",
    "get_ipython().system('true')",
    "def f(:\n",
    "\tif 1:\n        x\n\ty",
    "raise SystemExit(3)",
    "raise KeyboardInterrupt",
    "1/0",
    "x = (" * 90,
    "f'{'" * 30,
    "# -*- coding: rot13 -*-\nsverq",
    "await something()",
    "from __future__ import annotations\nprint = None",
    "import numpy as np\nnp = None",
    "class relative_error: pass\nforward_difference = 3\nasync def dense_forward(*a): pass",
    "check = None",
    "display({'text/html': '<script>'}, raw=True)",
    "print('\\ud800\\x1b[2J')",
    "while False: pass\n" * 5_000,
    "\n" * 100_000,
    "x" * 600_000,
    "$" * 3_000 + "\\(" * 3_000,
    "# " + "é" * 40_000,
)
MARKDOWN = (
    "![x](attachment:nothing.png) ![y](https://example.org/x.png)",
    "[x](javascript:alert(1)) <iframe src=//example.org>",
    "$$\\href{javascript:alert(1)}{x}$$ \\def\\x{\\x\\x}\\x",
    "| a |\n|---|\n" * 500,
    "> " * 3_000,
    "* " * 2_000,
    "[" * 9_000,
    "`" * 9_001,
    "\\begin{matrix}" * 400,
)


def _places(value: Any) -> list[Place]:
    """Every place of the notebook whose content can be exchanged."""
    found: list[Place] = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        keys: list[Any] = list(one) if isinstance(one, dict) else list(range(len(one)))
        for key in keys:
            found.append((one, key))
            if isinstance(one[key], dict | list):
                waiting.append(one[key])
    return found


def _cells(notebook: JSON) -> list[JSON]:
    cells = notebook.get("cells")
    return [cell for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else []


def _some(rng: random.Random, notebook: JSON) -> list[JSON]:
    """Some cells, at least one where there is one."""
    cells = _cells(notebook)
    return rng.sample(cells, rng.randint(1, len(cells))) if cells else []


def another_type(rng: random.Random, notebook: JSON) -> None:
    for container, key in rng.sample(places := _places(notebook), min(rng.randint(1, 5), len(places))):
        container[key] = copy.deepcopy(rng.choice(ODD_VALUES))


def every_field_of_a_name(rng: random.Random, notebook: JSON) -> None:
    places = [(container, key) for container, key in _places(notebook) if isinstance(key, str)]
    name = rng.choice(sorted({key for _, key in places}, key=repr) or [""])
    value = rng.choice(ODD_VALUES)
    for container, key in places:
        if key == name:
            container[key] = copy.deepcopy(value)


def fields_taken_out(rng: random.Random, notebook: JSON) -> None:
    places = [(container, key) for container, key in _places(notebook) if isinstance(container, dict)]
    for container, key in rng.sample(places, min(rng.randint(1, 20), len(places))):
        container.pop(key, None)


def fields_nobody_knows(rng: random.Random, notebook: JSON) -> None:
    for cell in [notebook, *_some(rng, notebook)]:
        cell[rng.choice(ODD_TEXTS)] = rng.choice(ODD_VALUES)


def names_of_fields_changed(rng: random.Random, notebook: JSON) -> None:
    for cell in _some(rng, notebook):
        for key in list(cell):
            if rng.random() < 0.3:
                cell[rng.choice((key.upper(), key + " ", "\ufeff" + key, key[::-1]))] = cell.pop(key)


def nested(rng: random.Random, notebook: JSON) -> None:
    container, key = rng.choice(_places(notebook))
    for _ in range(rng.randint(5, 400)):
        container[key] = {"a": container[key]} if rng.random() < 0.5 else [container[key]]


def huge_texts(rng: random.Random, notebook: JSON) -> None:
    for cell in rng.sample(cells := _cells(notebook), min(2, len(cells))):
        cell["source"] = rng.choice(("a", "\n", "é", "\U0001f600", "\\", "# ", "\0")) * rng.choice(
            (9_999, 300_000, 700_000)
        )


def huge_numbers(rng: random.Random, notebook: JSON) -> None:
    for container, key in _places(notebook):
        if type(container[key]) in (int, float, type(None)) and rng.random() < 0.5:
            container[key] = rng.choice(ODD_NUMBERS)


def ids_twice(rng: random.Random, notebook: JSON) -> None:
    cells = _cells(notebook)
    for cell in _some(rng, notebook):
        cell["id"] = rng.choice(cells).get("id")
        cell["metadata"] = copy.deepcopy(rng.choice(cells).get("metadata"))


def ids_missing(rng: random.Random, notebook: JSON) -> None:
    for cell in _some(rng, notebook):
        cell.pop("id", None)
        if rng.random() < 0.5:
            cell.pop("metadata", None)


def ids_of_elsewhere(rng: random.Random, notebook: JSON) -> None:
    for cell in _some(rng, notebook):
        cell["id"] = rng.choice(FOREIGN_IDS)
        if isinstance(metadata := cell.get("metadata"), dict):
            metadata["nbgrader"] = {"grade_id": rng.choice(FOREIGN_IDS), "grade": True, "locked": False, "points": 99}


def metadata_of_elsewhere(rng: random.Random, notebook: JSON) -> None:
    for cell in [notebook, *_some(rng, notebook)]:
        cell["metadata"] = rng.choice(
            (
                {"nbgrader": rng.choice(ODD_VALUES)},
                {
                    "machine_room": {
                        "role": rng.choice(("check", "given", "extra", [], 3)),
                        "exercise": "relative_error",
                    }
                },
                {"machine_room": {"edition": rng.choice(ODD_VALUES)}},
                {"tags": ["raises-exception", "skip-execution", None, 3]},
                {"jupyter": {"source_hidden": True}, "trusted": True, "vscode": {"languageId": "\ud800"}},
                {"kernelspec": rng.choice(ODD_VALUES), "language_info": rng.choice(ODD_VALUES)},
                rng.choice(ODD_VALUES),
            )
        )


def kinds_swapped(rng: random.Random, notebook: JSON) -> None:
    for cell in _some(rng, notebook):
        cell["cell_type"] = rng.choice(("code", "markdown", "raw", "heading", "html", "Code", "", None, 7, ["code"]))


def odd_characters(rng: random.Random, notebook: JSON) -> None:
    for cell in _some(rng, notebook):
        cell["source"] = f"{cell.get('source', '')}{rng.choice(ODD_TEXTS)}"


def odd_characters_within(rng: random.Random, notebook: JSON) -> None:
    for cell in _some(rng, notebook):
        source = str(cell.get("source", ""))
        at = rng.randint(0, len(source))
        cell["source"] = source[:at] + rng.choice(ODD_TEXTS) + source[at:]


def odd_code(rng: random.Random, notebook: JSON) -> None:
    for cell in rng.sample(cells := _cells(notebook), min(4, len(cells))):
        cell["source"] = rng.choice(SOURCES)


def odd_markdown(rng: random.Random, notebook: JSON) -> None:
    for cell in rng.sample(cells := _cells(notebook), min(6, len(cells))):
        cell["cell_type"], cell["source"] = "markdown", rng.choice(MARKDOWN)


def sources_in_pieces(rng: random.Random, notebook: JSON) -> None:
    for cell in _some(rng, notebook):
        lines = str(cell.get("source", "")).splitlines(keepends=True)
        cell["source"] = rng.choice((lines, list("".join(lines)), [*lines, None, 3, ["x"], {}], [lines], {"0": lines}))


def broken_attachments(rng: random.Random, notebook: JSON) -> None:
    for cell in _some(rng, notebook):
        picture = {"image/png": rng.choice(("no base64!", "A" * 9_999, "", 3, ["x"], {"a": 1}))}
        cell["attachments"] = rng.choice(({"x.png": picture}, {"": {}}, [], "x", {"../x": picture}, {"x": [picture]}))


def giant_outputs(rng: random.Random, notebook: JSON) -> None:
    for cell in rng.sample(cells := _cells(notebook), min(2, len(cells))):
        stream = {"output_type": "stream", "name": "stdout", "text": "x" * rng.choice((9_999, 1_000_000))}
        cell["outputs"] = [stream] * rng.choice((1, 3)) + [
            {"output_type": "display_data", "data": {"a": ["y"] * 50_000}}
        ]


def odd_outputs(rng: random.Random, notebook: JSON) -> None:
    for cell in _some(rng, notebook):
        data = {
            "text/html": "<script>",
            "image/png": "A" * 99,
            "application/javascript": "alert(1)",
            "": rng.choice(ODD_VALUES),
        }
        cell["outputs"] = rng.choice(
            (
                [{"output_type": "execute_result", "data": data, "metadata": None, "execution_count": "1"}],
                [{"output_type": "error", "ename": None, "evalue": 3, "traceback": "x"}],
                [{"output_type": rng.choice(ODD_VALUES)}],
                rng.choice(ODD_VALUES),
            )
        )


def another_format(rng: random.Random, notebook: JSON) -> None:
    notebook["nbformat"] = rng.choice((0, 1, 2, 3, 5, 99, -4, 4.5, "4", None, [4], 10**30))
    notebook["nbformat_minor"] = rng.choice((0, 5, 99, -1, "5", None, {}))


def worksheets(rng: random.Random, notebook: JSON) -> None:
    cells = notebook.pop("cells", [])
    for cell in cells if isinstance(cells, list) else []:
        if isinstance(cell, dict) and rng.random() < 0.8:
            cell["input"] = cell.pop("source", "")
    notebook["nbformat"] = 3
    sheet = {"cells": cells, "metadata": {}}
    notebook["worksheets"] = rng.choice(
        ([sheet], [sheet, sheet], [None, sheet], [{"cells": None}], sheet, "x", [[sheet]])
    )


def cells_shuffled(rng: random.Random, notebook: JSON) -> None:
    notebook["cells"] = rng.sample(cells := _cells(notebook), len(cells))


def cells_lost(rng: random.Random, notebook: JSON) -> None:
    notebook["cells"] = [cell for cell in _cells(notebook) if rng.random() < rng.choice((0.1, 0.5, 0.9))]


def cells_many_times(rng: random.Random, notebook: JSON) -> None:
    notebook["cells"] = _cells(notebook) * rng.choice((2, 3, 40))


def cells_that_are_none(rng: random.Random, notebook: JSON) -> None:
    cells: list[Any] = list(_cells(notebook))
    for _ in range(rng.randint(1, 20)):
        cells.insert(rng.randint(0, len(cells)), copy.deepcopy(rng.choice(ODD_VALUES)))
    notebook["cells"] = cells


def cells_merged(rng: random.Random, notebook: JSON) -> None:
    cells = _cells(notebook)
    while len(cells) > 1 and rng.random() < 0.9:
        at = rng.randrange(len(cells) - 1)
        second = cells.pop(at + 1)
        cells[at]["source"] = f"{cells[at].get('source', '')}\n{second.get('source', '')}"
    notebook["cells"] = cells


def no_cells(rng: random.Random, notebook: JSON) -> None:
    notebook["cells"] = copy.deepcopy(rng.choice(([], {}, None, "x", 3, [[]], [{}], [{}] * 3_000)))


OF_STRUCTURE: dict[str, Callable[[random.Random, JSON], None]] = {
    "fields of another type": another_type,
    "every field of a name": every_field_of_a_name,
    "fields taken out": fields_taken_out,
    "fields that nobody knows": fields_nobody_knows,
    "names of fields changed": names_of_fields_changed,
    "nested": nested,
    "huge texts": huge_texts,
    "huge numbers": huge_numbers,
    "ids twice": ids_twice,
    "ids missing": ids_missing,
    "ids of elsewhere": ids_of_elsewhere,
    "metadata of elsewhere": metadata_of_elsewhere,
    "kinds of cells swapped": kinds_swapped,
    "odd characters at the end": odd_characters,
    "odd characters within": odd_characters_within,
    "odd code": odd_code,
    "odd markdown": odd_markdown,
    "sources in pieces": sources_in_pieces,
    "broken attachments": broken_attachments,
    "giant outputs": giant_outputs,
    "odd outputs": odd_outputs,
    "another format": another_format,
    "worksheets": worksheets,
    "cells shuffled": cells_shuffled,
    "cells lost": cells_lost,
    "cells many times": cells_many_times,
    "cells that are none": cells_that_are_none,
    "cells merged": cells_merged,
    "no cells": no_cells,
}
