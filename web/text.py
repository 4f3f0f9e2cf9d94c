"""The documents as Sphinx reads them: laid out as in the repository, without links to what is not on the site."""

from __future__ import annotations

import posixpath
import re
import shutil
from collections.abc import Collection
from pathlib import Path, PurePosixPath

__all__ = ["DOCUMENTS", "documents", "lay_out", "without_dead_links"]

#: What is on the site beside the notebooks, as patterns in the repository.
DOCUMENTS = ("*.md", "docs/*.md", "docs/decisions/*.md", "benchmarks/*.md")
#: Pages below this one, in their order.
_CHAPTERS = {PurePosixPath("docs/decisions/README.md"): "\n```{toctree}\n:hidden:\n:glob:\n\n[0-9]*\n```\n"}
_PICTURES = ("docs/pictures/**/*.png",)
#: What is looked for, from left to right: blocks and spans of code, where a link is no link; and links, whose text may
#: be code and whose address has no blank in it.
_CODE = r"^(?P<fence>```+).*?^(?P=fence)|(?P<ticks>`+).+?(?P=ticks)"
_LINK = r"(?<!!)\[(?P<said>(?:`[^`]*`|[^\[\]`])+)\]\((?P<address>[^)\s]+)\)"
_CODE_OR_LINK = re.compile(f"{_CODE}|{_LINK}", re.MULTILINE | re.DOTALL)
_NOT_A_PATH = re.compile(r"#|[a-z]+:")


def documents(repository: Path) -> list[PurePosixPath]:
    """Return the documents' paths, relative to the repository."""
    found = {path.relative_to(repository) for pattern in DOCUMENTS for path in repository.glob(pattern)}
    return [PurePosixPath(path) for path in sorted(found)]


def lay_out(repository: Path, folder: Path) -> None:
    """Copy documents and their pictures into folder, each at its path."""
    there = documents(repository)
    for path in there:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        said = (repository / path).read_text(encoding="utf-8")
        target.write_text(without_dead_links(said, path, there) + _CHAPTERS.get(path, ""), encoding="utf-8")
    for pattern in _PICTURES:
        for picture in repository.glob(pattern):
            target = folder / picture.relative_to(repository)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(picture, target)


def without_dead_links(text: str, page: PurePosixPath, there: Collection[PurePosixPath]) -> str:
    """Return text with its links to files that are not on the site replaced by what they say.

    Args:
        text: a document in Markdown.
        page: its path.
        there: the paths of all documents on the site.

    Example:
        >>> a, b = PurePosixPath("docs/a.md"), PurePosixPath("docs/b.md")
        >>> without_dead_links("[`lib/`](../lib), [more](b.md#x), `[c](d)`", a, [b])
        '`lib/`, [more](b.md#x), `[c](d)`'
    """

    def mended(found: re.Match[str]) -> str:
        if found["address"] is None or _NOT_A_PATH.match(found["address"]):
            return found[0]
        address = found["address"].partition("#")[0]
        target = PurePosixPath(posixpath.normpath(page.parent / address))
        return found[0] if target in there else found["said"]

    return _CODE_OR_LINK.sub(mended, text)
