"""English that a module says past the catalogue: literal texts with words in them that no call of `say` has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

__all__ = ["messages", "said_past_the_catalogue"]

CALLS = {"say": (0,), "sentence": (0,), "say_count": (1, 2), "mistake": (0,), "Case": (0,)}
#: Two words, the second of which begins small: no name, no key, no list of names to split.
TWO_WORDS = re.compile(r"[A-Za-z]{2,}[,.:;)]? \(?`?[a-z]{2,}|[a-z]{2,}[,:]? \{\}|\{\}[,:]? [a-z]{2,}")
#: Where Matplotlib puts a legend.
PLACES = re.compile(r"(upper|lower|center) (left|right|center)")
#: Markup and code, which have no words to translate between their signs.
MARKUP = re.compile(r"<[^<>]*>?|[\w-]+:[^;'\"]*;|[\w-]+=\"[^\"]*\"?")


def messages(tree: ast.AST) -> Iterator[tuple[str, ...]]:
    """Yield the literal messages of a module's calls, whether or not Babel finds them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node) in ("say", "sentence", "say_count"):
            found = [node.args[place] for place in CALLS[_name(node)] if place < len(node.args)]
            texts = [str(one.value) for one in found if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if texts and all(texts):
                yield tuple(texts)


def said_past_the_catalogue(path: Path) -> list[str]:
    """Return line and text of what a module says in English, whatever the language is; empty of a translated one."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [f"{node.lineno}: {text}" for node, text in _literals(tree) if _is_speech(text)]


def _is_speech(text: str) -> bool:
    return TWO_WORDS.search(MARKUP.sub("", text)) is not None and not PLACES.fullmatch(text)


def _literals(node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Yield the texts of a tree, but for docstrings, annotations, code to look for, and what is in the catalogue."""
    if isinstance(node, ast.Constant | ast.JoinedStr):
        if isinstance(node, ast.JoinedStr) or isinstance(node.value, str):
            yield node, _text(node)
        inside = node.values if isinstance(node, ast.JoinedStr) else []
        for value in inside:
            if isinstance(value, ast.FormattedValue):
                yield from _literals(value.value)
        return
    for child in ast.iter_child_nodes(node):
        if not _is_no_speech(node, child):
            yield from _literals(child)


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in node.values)


def _is_no_speech(node: ast.AST, child: ast.AST) -> bool:
    if isinstance(node, ast.Expr) and isinstance(child, ast.Constant):
        return True
    if isinstance(node, ast.Compare | ast.arg | ast.Assert):
        return True
    if isinstance(node, ast.AnnAssign) and child is node.annotation:
        return True
    if isinstance(node, ast.FunctionDef) and child is node.returns:
        return True
    if isinstance(node, ast.Raise):
        return _name(child) in ("RuntimeError", "LookupError", "NotImplementedError")  # ours, or an author's
    if not isinstance(node, ast.Call):
        return False
    name = _name(node)
    if name in CALLS and child in [node.args[place] for place in CALLS[name] if place < len(node.args)]:
        return True
    return ast.unparse(node.func).startswith("re.") or name in ("split", "startswith", "endswith", "namedtuple")


def _name(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Attribute):
        return "" if node.func.attr in ("say", "sentence") else node.func.attr  # a method of that name is another one
    return getattr(node.func, "id", "")
