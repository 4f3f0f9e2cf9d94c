"""The library as a student's code sees it while it is graded: what they are asked to write is not in it.

The view is a copy of the installed `machine_room`, as source text. Every withheld function, method, class or name is
replaced there by a stub that says why it is missing. The exercises, and with them the cases and the known mistakes, are
left out; `check`, the pictures and `progress` are quiet. The packages of a course's own lie
beside it, made the same way, and in a folder that nothing can be imported from the files that go with the notebook.

*Called by* `pool`, before any worker starts. *Trust*: everything in the view can be read by every student.
"""

from __future__ import annotations

import ast
import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

import numpy as np

import machine_room
from machine_room import datasets
from machine_room.exercises import all_exercises
from machine_room.packages import LIBRARY, full_name

from ..course.packages import CoursePackage, PackagesError
from ..inside.confinement import BESIDE

__all__ = ["NotWithheld", "write_view"]

TEMPLATES = Path(__file__).parent / "templates"
LEFT_OUT = ("checks", "exchange", "exercises", "explore", "locale", "notebook")
#: Of an own package: where answers stand, and what its author has beside it for people.
NOT_OF_AN_OWN = ("exercises", "explore", "locale", "tests", "test", "docs")
FOR_PEOPLE = (".ipynb", ".md", ".rst", ".pyc", ".pyo")
EMPTY_ROOMS = ("exercises.py", "explore.py")  # of the templates: what stands in place of these two
DECLARES = (f"{LIBRARY}.exercises", f"{LIBRARY}.checks")
DIGEST = "digest"
DIGITS = f"{LIBRARY}/data/digits.npz"

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class NotWithheld(PackagesError, LookupError):
    """A name that is to be withheld is in no package, so that something would be there that must not be."""


def write_view(
    folder: Path,
    withheld: tuple[str, ...],
    own: Sequence[CoursePackage] = (),
    beside: Mapping[str, bytes] | None = None,
) -> None:
    """Write the students' `machine_room` into a folder; leave it as it is where it is up to date.

    The folder appears complete or not at all.

    Args:
        folder: is to hold `machine_room/` and the own packages, and nothing else of ours.
        withheld: dotted names, see `Exercise.withheld`.
        own: the packages of the course's own.
        beside: the course's files that go with the notebook, by path, see `inside.confinement.BESIDE`.

    Raises:
        NotWithheld: there is no such name.
    """
    files_beside = {f"{BESIDE}/{name}": content for name, content in (beside or {}).items()}
    sources = {**dict(_sources()), **dict(_sources_of(own)), **files_beside}
    current = _digest(sources, withheld)
    stamp = folder / DIGEST
    if stamp.is_file() and stamp.read_text(encoding="ascii") == current:
        return
    files = _without(sources, withheld)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".view-") as scratch:
        fresh = Path(scratch) / "fresh"
        for name, content in files.items():
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        (fresh / DIGEST).write_text(current, encoding="ascii")
        _put(fresh, folder, Path(scratch) / "old")


def _put(fresh: Path, folder: Path, old: Path) -> None:
    if folder.exists():
        os.rename(folder, old)
    try:
        os.rename(fresh, folder)
    except OSError:  # someone else was quicker, with the same view or a newer one
        if not folder.exists():
            raise
        shutil.rmtree(fresh)


def _sources() -> Iterator[tuple[str, bytes]]:
    """Yield the files of the library that students have: source and data, no bytecode, nothing about exercises."""
    root = Path(machine_room.__file__).parent
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        if path.is_file() and "__pycache__" not in name.parts and name.parts[0].removesuffix(".py") not in LEFT_OUT:
            yield f"{LIBRARY}/{name.as_posix()}", path.read_bytes()
    for path in sorted(TEMPLATES.glob("*.py")):
        yield f"{LIBRARY}/{path.name}", path.read_bytes()


def _sources_of(own: Iterable[CoursePackage]) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a course's own packages that students have while they are graded.

    What declares exercises is left out wherever it stands: mistakes and other right ways stand in it, too.
    """
    for package in own:
        for name, path in package.files:
            first, suffix = PurePosixPath(name).parts[0].removesuffix(".py"), PurePosixPath(name).suffix
            content = path.read_bytes()
            if first in NOT_OF_AN_OWN or suffix in FOR_PEOPLE or (suffix == ".py" and _declares(path, content)):
                continue
            yield f"{package.name}/{name}", content
        for name in EMPTY_ROOMS:
            yield f"{package.name}/{name}", (TEMPLATES / name).read_bytes()


def _declares(path: Path, content: bytes) -> bool:
    """Whether a module imports what exercises are made of, or makes one."""
    try:
        tree = ast.parse(content, str(path))
    except (SyntaxError, ValueError):  # nobody can import it
        return True
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "Exercise":
            return True
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        if any(f"{name}.".startswith(f"{one}.") for name in names for one in DECLARES):
            return True
    return False


def _digest(sources: dict[str, bytes], withheld: Iterable[str]) -> str:
    total = hashlib.sha256("\n".join(sorted(withheld)).encode() + Path(__file__).read_bytes())
    for name, content in sources.items():
        total.update(f"\0{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


def _without(sources: dict[str, bytes], withheld: Iterable[str]) -> dict[str, bytes]:
    """Return the files with a stub for every withheld name."""
    asked = {exercise.name for exercise in all_exercises()}
    files = dict(sources)
    for file, names in _by_file(sources, withheld).items():
        files[file] = _stubbed(files[file].decode("utf-8"), names, asked).encode("utf-8")
    if "datasets.digits" in withheld:
        files[DIGITS] = _practice_only(files[DIGITS])
    return files


def _practice_only(stored: bytes) -> bytes:
    """Return the file of digits without those that a judge reads with: no code of a student's can find them."""
    shortened = io.BytesIO()
    with np.load(io.BytesIO(stored)) as arrays:
        np.savez_compressed(shortened, **{name: array[: datasets.PRACTICE] for name, array in arrays.items()})
    return shortened.getvalue()


def _by_file(sources: dict[str, bytes], withheld: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for dotted in map(full_name, withheld):
        parts = dotted.split(".")
        for length in range(len(parts) - 1, 0, -1):
            file = next((f for f in _files_of(parts[:length]) if f in sources), None)
            if file is not None:
                found.setdefault(file, []).append(".".join(parts[length:]))
                break
        else:
            raise NotWithheld(
                f"cannot withhold {dotted}: students have no such module. Correct the name in withheld=, or take it "
                "out."
            )
    return found


def _files_of(parts: list[str]) -> tuple[str, str]:
    path = "/".join(parts)
    return f"{path}.py", f"{path}/__init__.py"


def _stubbed(source: str, names: Iterable[str], asked: set[str]) -> str:
    """Return a module's source with the named definitions replaced; everything else keeps its text."""
    lines = source.splitlines(keepends=True)
    tree = ast.parse(source)
    replaced = [(node, name) for name in _outermost(names) for node in _find(tree, name)]
    for node, name in sorted(replaced, key=lambda pair: pair[0].lineno, reverse=True):
        start = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
        stub = ast.unparse(ast.fix_missing_locations(_stub(node, _sentence(name, asked))))
        indent = " " * node.col_offset
        lines[start - 1 : node.end_lineno] = [f"{indent}{line}\n" for line in stub.splitlines()]
    return "".join(_with_import(lines, tree))


def _outermost(names: Iterable[str]) -> list[str]:
    """Leave out what lies in a class that is withheld as a whole."""
    every = set(names)
    return [name for name in every if not any(name.startswith(f"{other}.") for other in every)]


def _find(tree: ast.Module, name: str) -> list[ast.stmt]:
    """Return the statements that define a dotted name: a property has several."""
    body: list[ast.stmt] = tree.body
    *classes, last = name.split(".")
    for part in classes:
        body = next((node.body for node in body if isinstance(node, ast.ClassDef) and node.name == part), [])
    found = [node for node in body if last in _defined(node)]
    if not found:
        raise NotWithheld(
            f"cannot withhold {name!r}: its module does not define it at its top by `def`, `class` or `=`. Write it "
            "so, or name in withheld= where it is defined."
        )
    return found


def _defined(node: ast.stmt) -> set[str]:
    if isinstance(node, Definition):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _sentence(name: str, asked: set[str]) -> str:
    why = "is what you are asked to write; it" if name in asked else "would do the work for you; it"
    return f"{name} {why} is not available while your work is graded."


def _stub(node: ast.stmt, sentence: str) -> ast.stmt:
    """Return what stands in a definition's place: same name and signature, no body of its own, no docstring."""
    refuse = f"raise Withheld({sentence!r})"
    if isinstance(node, ast.ClassDef):
        node.body = ast.parse(f"def __new__(cls, *args, **kwargs):\n    {refuse}").body
        node.decorator_list = []
        return node
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        node.body = ast.parse(refuse).body
        return node
    value = ast.parse(f"WithheldValue({sentence!r})", mode="eval").body
    return ast.Assign([ast.Name(target, ast.Store()) for target in sorted(_defined(node))], value)


def _with_import(lines: list[str], tree: ast.Module) -> list[str]:
    """Import the stubs' exception after the module's docstring and `__future__` imports."""
    after = 0
    for node in tree.body:
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if not is_docstring and not is_future:
            break
        after = node.end_lineno or 0
    return [*lines[:after], "from machine_room.withheld import Withheld, WithheldValue\n", *lines[after:]]
