"""The release's notebooks as the site has them: pages to read, and copies to work in.

Both are made from `release/`, which stays as it is. A page gets its answers folded away and a link to the copy; a copy
gets two cells below its title, which say what holds here and bring the library. Handed in, they cost nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

__all__ = ["Notebook", "as_live", "as_page", "read_release"]

Cell = Any  # nbformat has no types for it
#: In `machine_room` of a cell's metadata.
_CHECK = "check"
_BEGINS_ANEW = re.compile(r"#|\*\*(Question|Exercise)")
_QUESTION, _ANSWER = "**Question", "The answer"
#: Jupyter's address of a heading is its text with hyphens; on a page it is lower case, and has no punctuation.
_ANCHOR = re.compile(r"(?<=\]\()(?P<page>[^)\s#]*)#(?P<heading>[^)\s]+)(?=\))")

BANNER = """\
**You are practising in your browser.** Nothing is installed, and nothing that you write leaves this computer. Run the
cell below first.

- Your work is kept in this browser alone: who clears its data clears your work. *File > Download* keeps a copy.
- **That file is what you hand in, as your course says. Grading is elsewhere**: here nobody sees your points.
- Your code does not run in the sandbox that grades it. Its limits of time and memory do not hold here, and what trains
  is several times slower than on a computer of your own.
"""
READY = """\
# In a browser this brings the library; anywhere else it does nothing. Run it first.
import sys

if sys.platform == "emscripten":
    import piplite

    await piplite.install("machine-room-browser")
    import machine_room_browser

    display(machine_room_browser.welcome({path!r}))
"""


@dataclass(frozen=True)
class Notebook:
    """One of the release's notebooks: its folder's name, its own, and what is in it."""

    folder: str
    name: str
    content: Any

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.name}"


def read_release(release: Path) -> Iterator[Notebook]:
    """Yield the notebooks of release/, in order."""
    for path in sorted(release.glob("*/*.ipynb")):
        yield Notebook(path.parent.name, path.name, nbformat.read(path, as_version=4))


def as_page(notebook: Notebook) -> Any:
    """Return a notebook to be read: answers are folded away, and no check complains of what nobody wrote."""
    page = nbformat.from_dict(notebook.content)
    asked = False
    for cell in page.cells:
        if cell.cell_type == "code":
            _leave_out_what_a_check_says(cell)
            continue
        cell.source = _with_a_pages_anchors(cell.source)
        if asked or cell.source.startswith(_ANSWER):
            cell.source = _folded(cell.source)
        asked = _ends_in_a_question(cell.source)
    page.cells.insert(1, _text("site-live", _invitation(notebook)))
    return page


def as_live(notebook: Notebook) -> Any:
    """Return a notebook to be worked in: the release's, with two cells below its title."""
    live = nbformat.from_dict(notebook.content)
    ready = nbformat.v4.new_code_cell(READY.format(path=notebook.path), id="site-ready")
    ready.metadata["tags"] = ["raises-exception"]
    live.cells[1:1] = [_text("site-banner", BANNER), ready]
    return live


def _text(cell_id: str, source: str) -> Cell:
    return nbformat.v4.new_markdown_cell(source, id=cell_id)


def _invitation(notebook: Notebook) -> str:
    address = f"../../live/lab/index.html?path={notebook.path}"
    said = "Nothing to install; the pictures get their sliders."
    return f'<p class="to-work"><a href="{address}">Work in it in your browser</a> {said}</p>'


def _leave_out_what_a_check_says(cell: Cell) -> None:
    if cell.metadata.get("machine_room", {}).get("role") == _CHECK:
        cell.metadata["tags"] = [*cell.metadata.get("tags", []), "remove-output"]


def _with_a_pages_anchors(source: str) -> str:
    def mended(found: re.Match[str]) -> str:
        slug = re.sub(r"[^\w-]", "", found["heading"].lower())
        return f"{found['page']}#{slug}"

    return _ANCHOR.sub(mended, source)


def _ends_in_a_question(source: str) -> bool:
    """Whether the last thing that a cell of text asks is a question, with no heading after it."""
    last = [part for part in source.split("\n\n") if _BEGINS_ANEW.match(part)]
    return bool(last) and last[-1].startswith(_QUESTION)


def _folded(source: str) -> str:
    """Return text whose beginning answers a question, with that folded away."""
    parts = source.split("\n\n")
    until = next((place for place, part in enumerate(parts) if _BEGINS_ANEW.match(part)), len(parts))
    if not until or "<details" in source:
        return source
    answer = ["<details>\n<summary>The answer</summary>", *parts[:until], "</details>"]
    return "\n\n".join([*answer, *parts[until:]])
