"""The house as its imports show it: modules, rooms, arrows, circles; and the tables in docs/architecture.md.

python -m tools.house            write the tables between their markers
python -m tools.house --check    say whether they are as the code is
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGES = {
    "autograde": REPOSITORY / "autograde",
    "machine_room": REPOSITORY / "lib" / "machine_room",
    "machine_room_hub": REPOSITORY / "hub" / "machine_room_hub",
}
PAGE = REPOSITORY / "docs" / "architecture.md"

Graph = dict[str, set[str]]  # importer -> imported


@cache
def module_files(package: str) -> dict[str, Path]:
    """The package's modules by dotted name; templates are text for the box, no modules of ours."""
    root = PACKAGES[package]
    found = {}
    for path in sorted(root.rglob("*.py")):
        if "templates" not in path.parts:
            parts = (package, *path.relative_to(root).with_suffix("").parts)
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


def imported_names(path: Path, module: str) -> Iterator[str]:
    """Yield the dotted names of everything a file imports, anywhere in it: in functions and for types, too."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")
            anchor = parents[: len(parents) - node.level + 1] if node.level else []
            base = ".".join([*anchor, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


@cache
def module_imports(package: str) -> Graph:
    """Which module of a package imports which other one of it."""
    files = module_files(package)
    return {
        module: {found for name in imported_names(path, module) if (found := _module_of(name, files))} - {module}
        for module, path in files.items()
    }


def _module_of(name: str, files: Mapping[str, Path]) -> str | None:
    """The longest beginning of a dotted name that is a module."""
    while name and name not in files:
        name = name.rpartition(".")[0]
    return name or None


def room_of(module: str) -> str:
    """The folder directly below the package that a module lies in, or the module itself where it lies in none."""
    package, _, rest = module.partition(".")
    return f"{package}.{rest.partition('.')[0]}" if rest else package


def room_imports(package: str) -> Graph:
    """Which room imports from which: the arrows of the floor plan."""
    rooms: Graph = {}
    for importer, imported in module_imports(package).items():
        arrows = rooms.setdefault(room_of(importer), set())
        arrows |= {room_of(module) for module in imported} - {room_of(importer)}
    return rooms


def arrows(graph: Graph) -> int:
    """How many there are."""
    return sum(map(len, graph.values()))


def circle(graph: Graph) -> list[str]:
    """One circle of a graph, as the names along it; nothing where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def floors(graph: Graph) -> dict[str, int]:
    """How many rooms lie below each, along the longest way down. The graph has no circle."""
    height: dict[str, int] = {}
    for room in TopologicalSorter(graph).static_order():
        height[room] = 1 + max((height[below] for below in graph.get(room, ())), default=0)
    return height


# --- the tables


def first_sentence(path: Path) -> str:
    """The first line of a module's docstring, without its last full stop."""
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return said.partition("\n")[0].removesuffix(".").replace("|", "\\|")


def table(package: str) -> str:
    """A Markdown table of the package's rooms, from the top floor down: modules, what they are, what is imported."""
    graph, files = room_imports(package), module_files(package)
    height = floors(graph)
    lines = [f"{len(graph) - 1} rooms, {arrows(graph)} arrows, {max(height.values())} floors.", ""]
    lines += ["| floor | room | what | imports |", "|---|---|---|---|"]
    for room in sorted(graph, key=lambda room: (-height[room], room)):
        if room == package:
            continue
        below = ", ".join(f"`{other.partition('.')[2]}`" for other in sorted(graph[room]) if other != package)
        name = room.partition(".")[2]
        is_folder = files[room].name == "__init__.py"
        lines.append(
            f"| {height[room]} | `{name}{'/' if is_folder else '.py'}` | {first_sentence(files[room])} | {below} |"
        )
        if is_folder and package == "autograde":
            inside = [module for module in files if module.startswith(f"{room}.")]
            lines += [f"| | `{name}/{files[module].name}` | {first_sentence(files[module])} | |" for module in inside]
    return "\n".join(lines)


def page_with_tables(page: str) -> str:
    """The page with what stands between each pair of markers made anew."""
    for package in PACKAGES:
        begin, end = f"<!-- house: {package} -->\n", f"\n<!-- end of house: {package} -->"
        before, found, rest = page.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise SystemExit(f"docs/architecture.md lacks {begin.strip()} or {end.strip()}. Put it back.")
        page = before + begin + table(package) + end + after
    return page


def main() -> None:
    page = PAGE.read_text(encoding="utf-8")
    fresh = page_with_tables(page)
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(fresh, encoding="utf-8")
    elif fresh != page:
        raise SystemExit("docs/architecture.md is not as the code is. Run `python -m tools.house`.")


if __name__ == "__main__":
    main()
