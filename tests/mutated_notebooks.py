"""Notebooks as no Jupyter saves them: drawn from a seed, so that each can be made again.

    mutated = MutatedNotebook(bases, seed=7)
    mutated.content       # bytes to hand in
    mutated.mutations     # the names of what was done to them, e.g. ("ids twice", "utf-16")

`OF_STRUCTURE` changes a notebook as data, `OF_BYTES` the file that is made of it. Most files get one mutation, some get
several at once.
"""

from __future__ import annotations

import base64
import copy
import gzip
import json
import random
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import Any

__all__ = ["EVERY", "OF_BYTES", "OF_STRUCTURE", "Base", "MutatedNotebook"]

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


def truncated(rng: random.Random, content: bytes) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def beginning_lost(rng: random.Random, content: bytes) -> bytes:
    return content[rng.randrange(len(content) + 1) :]


def bytes_changed(rng: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice((1, 5, 100)) if content else 0):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def marks_changed(rng: random.Random, content: bytes) -> bytes:
    """JSON's own marks exchanged: what a parser trips over."""
    changed = bytearray(content)
    places = [at for at, byte in enumerate(content) if byte in b'{}[],:"\\']
    for at in rng.sample(places, min(rng.choice((1, 4)), len(places))):
        changed[at] = rng.choice(b'{}[],:"\\ \n0')
    return bytes(changed)


def a_block_lost(rng: random.Random, content: bytes) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] + content[at + rng.choice((1, 512, 4096)) :]


def a_block_of_zeros(rng: random.Random, content: bytes) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] + bytes(rng.choice((1, 512, 4096))) + content[at + 512 :]


def encoded(*encodings: str) -> Callable[[random.Random, bytes], bytes]:
    def encode(rng: random.Random, content: bytes) -> bytes:
        return content.decode("utf-8", errors="replace").encode(rng.choice(encodings), errors="replace")

    return encode


def not_utf_8(rng: random.Random, content: bytes) -> bytes:
    at = rng.randrange(len(content) + 1)
    return (
        content[:at]
        + rng.choice((b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe9"))
        + content[at:]
    )


def a_wrong_mark(rng: random.Random, content: bytes) -> bytes:
    return (
        rng.choice((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf\xef\xbb\xbf", b"\xff\xfe\0\0", b"\0\0\xfe\xff")) + content
    )


def zipped(rng: random.Random, content: bytes) -> bytes:
    if rng.random() < 0.5:
        return gzip.compress(content, mtime=0)
    with zipfile.ZipFile(archive := BytesIO(), "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(zipfile.ZipInfo("notebook.ipynb"), content)
    return archive.getvalue()


def other_line_ends(rng: random.Random, content: bytes) -> bytes:
    return content.replace(b"\n", rng.choice((b"\r\n", b"\r", b"\xe2\x80\xa8", b"")))


def twice(rng: random.Random, content: bytes) -> bytes:
    return content + rng.choice((b"", b"\n", b",")) + content


def surrounded(rng: random.Random, content: bytes) -> bytes:
    before, after = rng.choice(
        ((b"<html>", b"</html>"), (b"while(1);", b""), (b"", b"\n// end"), (b"[", b"]"), (b'"', b'"'))
    )
    return before + content + after


def conflict_marks(rng: random.Random, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    at = rng.randrange(len(lines) + 1)
    return b"".join((*lines[:at], b"<<<<<<< HEAD\n", *lines[at : at + 2], b"=======\n>>>>>>> theirs\n", *lines[at:]))


def deeply_nested(rng: random.Random, content: bytes) -> bytes:
    deep = rng.choice((500, 5_000, 300_000))
    opening, closing = rng.choice(((b"[", b"]"), (b'{"a":', b"}")))
    value = opening * deep + b"1" + closing * (deep if rng.random() < 0.7 else 0)
    return content.replace(b'"metadata": {', b'"metadata": {"deep": ' + value + b", ", 1)


def many_values(rng: random.Random, content: bytes) -> bytes:
    return content.replace(
        b'"metadata": {', b'"metadata": {"many": [' + b"[]," * rng.choice((9_999, 1_500_000)) + b"0], ", 1
    )


def long_numbers(rng: random.Random, content: bytes) -> bytes:
    number = rng.choice(
        (b"9" * 5_000, b"1e999", b"-" + b"1" * 4_299, b"0." + b"1" * 50_000, b"NaN", b"-Infinity", b"01", b"1_0")
    )
    return content.replace(b"null", number).replace(b'"nbformat": 4', b'"nbformat": ' + number)


def names_twice(rng: random.Random, content: bytes) -> bytes:
    extra = rng.choice(
        (b'"source": 3, ', b'"id": "same", ', b'"cells": [], ', b'"metadata": [], ', b'"cell_type": {}, ')
    )
    return content.replace(b"{", b"{" + extra, rng.choice((1, -1)))


def escapes(rng: random.Random, content: bytes) -> bytes:
    escape = rng.choice((b"\\ud800", b"\\udc00\\ud800", b"\\u0000", b"\\u202e", b"\\x41", b"\\u12", b"\\ufffe"))
    return content.replace(b'"source": "', b'"source": "' + escape, rng.choice((1, -1)))


def as_python(rng: random.Random, content: bytes) -> bytes:
    return content.replace(b'"', b"'").replace(b"null", b"None").replace(b"true", b"True")


def something_else(rng: random.Random, content: bytes) -> bytes:
    return rng.choice(
        (
            b"",
            b" \n\t ",
            b"null",
            b"{}",
            b"[]",
            b"3",
            b'"x"',
            b"<!DOCTYPE html><html><body>404</body></html>",
            b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
            b"\x89PNG\r\n\x1a\n" + bytes(99),
            b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00]\x94.",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n",
            rng.randbytes(5_000),
            bytes(100_000),
            base64.b64encode(content),
            b" " * 3_000_000 + content,
        )
    )


OF_BYTES: dict[str, Callable[[random.Random, bytes], bytes]] = {
    "truncated": truncated,
    "beginning lost": beginning_lost,
    "bytes changed": bytes_changed,
    "marks of JSON changed": marks_changed,
    "a block lost": a_block_lost,
    "a block of zeros": a_block_of_zeros,
    "UTF-8 with a mark": encoded("utf-8-sig"),
    "UTF-16 with a mark": encoded("utf-16"),
    "UTF-16 without a mark": encoded("utf-16-le", "utf-16-be"),
    "UTF-32": encoded("utf-32", "utf-32-le"),
    "a code page": encoded("latin-1", "cp1252", "cp437", "koi8-r"),
    "EBCDIC and UTF-7": encoded("cp500", "utf-7"),
    "not UTF-8": not_utf_8,
    "a wrong mark": a_wrong_mark,
    "zipped": zipped,
    "other line ends": other_line_ends,
    "twice": twice,
    "surrounded": surrounded,
    "marks of a merge": conflict_marks,
    "deeply nested": deeply_nested,
    "many values": many_values,
    "long numbers": long_numbers,
    "names of fields twice": names_twice,
    "escapes": escapes,
    "as Python": as_python,
    "something else": something_else,
}
EVERY = (*OF_STRUCTURE, *OF_BYTES)


@dataclass(frozen=True)
class Base:
    """A whole notebook of an assignment, as a student might hand it in."""

    assignment: str
    content: bytes


@dataclass(frozen=True)
class MutatedNotebook:
    """One file. The first mutation goes through the table in turn, so that none is left out; chance adds others."""

    bases: Sequence[Base]
    seed: int

    @property
    def base(self) -> Base:
        return self.bases[(self.seed + self.seed // len(EVERY)) % len(self.bases)]

    @cached_property
    def mutations(self) -> tuple[str, ...]:
        rng = random.Random(f"which {self.seed}")
        more = rng.sample(EVERY, rng.choice((0, 0, 0, 1, 2, 4)))
        chosen = {EVERY[self.seed % len(EVERY)], *more}
        return tuple(name for name in EVERY if name in chosen)  # structure first: bytes cannot be taken apart again

    @cached_property
    def content(self) -> bytes:
        rng = random.Random(self.seed)
        notebook = json.loads(self.base.content)
        for name in self.mutations:
            if name in OF_STRUCTURE:
                OF_STRUCTURE[name](rng, notebook)
        content = json.dumps(notebook, indent=rng.choice((None, 1)), ensure_ascii=True).encode()
        if rng.random() < 0.5 and b"\\ud" not in content:  # as Jupyter writes it
            content = json.dumps(notebook, indent=1, ensure_ascii=False).encode()
        for name in self.mutations:
            if name in OF_BYTES:
                content = OF_BYTES[name](rng, content)
        return content

    def __repr__(self) -> str:
        return f"MutatedNotebook(seed={self.seed}: {self.base.assignment}, {', '.join(self.mutations)})"
