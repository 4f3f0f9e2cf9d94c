"""A formula with switches: any operator, function, number or name in it can be exchanged for what is slipped at there.

Right answers and known mistakes are plain functions of ours. One is compiled once, with a switch at every place of
`slip_tables`; after that each slip, or several together, costs a call. No code of a student's is looked at.
"""

from __future__ import annotations

import ast
import inspect
import operator
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from types import FunctionType
from typing import Any

import numpy as np

from machine_room.checks.slip_tables import COMPARED, FUNCTIONS, OPERATORS, TESTED, Table, first, second, updated
from machine_room.translation import sentence

__all__ = ["Slip", "Switched", "switched"]

MOST_STEPS = 20_000  # of one call: a slip may make a loop endless
MOST_WORDS = 28  # characters of an operand that is named
ORIGINAL: dict[str, Callable[..., Any]] = {
    "Add": operator.add, "Sub": operator.sub, "Mult": operator.mul, "Div": operator.truediv, "Pow": operator.pow,
    "FloorDiv": operator.floordiv, "Mod": operator.mod, "Lt": operator.lt, "LtE": operator.le, "Gt": operator.gt,
    "GtE": operator.ge, "Eq": operator.eq, "NotEq": operator.ne, "IAdd": operator.iadd,
}  # fmt: skip
NOUNS = {"Add": sentence("a term"), "Sub": sentence("a term"), "Mult": sentence("a factor")}
SOMETHING = sentence("something")
NO_TEXTS: Mapping[str, str] = {}
UNKNOWN = re.compile(r"\b(something|a term|a factor)\b")
BATCH = re.compile(r"len\((x|logits|labels|dz|dh|dy|h|z)\)|\b(x|logits|labels|dz|dh|dy|h|z)\.shape\[0\]")
SIGNS = {"Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">=", "Eq": "==", "NotEq": "!="}


class TooLong(Exception):
    """A slip has made a loop too long."""


@dataclass(frozen=True)
class Slip:
    """One change at one place of one function: `words` say what it comes to."""

    place: int
    words: str
    put: Callable[..., Any]
    vague: int = 0  # how little the words say: of numbers and of operands without a name, more


@dataclass(eq=False)
class Switched:
    """A function of ours in which slips can be switched on."""

    function: Callable[..., Any]
    slips: tuple[Slip, ...] = ()
    active: dict[int, Callable[..., Any]] = field(default_factory=dict)
    steps: int = 0

    @contextmanager
    def with_slips(self, *slips: Slip) -> Iterator[Callable[..., Any]]:
        """In the block, the function makes these slips."""
        self.active = {slip.place: slip.put for slip in slips}
        try:
            yield self._called
        finally:
            self.active = {}

    def _called(self, *args: Any, **kwargs: Any) -> Any:
        self.steps = 0
        return self.function(*args, **kwargs)

    def at(self, place: int, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Compute what stands at a place: as it is, or what is switched on there."""
        self.tick()
        return (self.active.get(place) or original)(*args, **kwargs)

    def tick(self) -> None:
        """Count a step.

        Raises:
            TooLong: they are too many.
        """
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise TooLong


@lru_cache(maxsize=4096)
def switched(function: Callable[..., Any]) -> Switched | None:
    """Return a function of ours with switches; None where its source cannot be had."""
    if type(function) is not FunctionType:
        return None
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError, TypeError):
        return None
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef):
        return None
    maker = _Switches(definition)
    definition.decorator_list = []
    maker.visit_body(definition)
    made = Switched(function)
    names = {**function.__globals__, "_at": made.at, "_tick": made.tick, "_original": ORIGINAL, "_method": _method}
    names |= {"_first": first, "_unary": operator.neg, "np": np}
    exec(compile(ast.fix_missing_locations(tree), "<switched>", "exec"), names)
    made.function = names[definition.name]
    made.slips = tuple(maker.slips)
    return made


def _method(name: str) -> Callable[..., Any]:
    def call(value: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(value, name)(*args, **kwargs)

    return call


class _Switches(ast.NodeTransformer):
    """Puts a switch at every place, and collects the slips."""

    def __init__(self, definition: ast.FunctionDef) -> None:
        arguments = definition.args
        self.places_taken = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
        self.settings = [one.arg for one in arguments.kwonlyargs]
        self.parameters = [*self.places_taken, *self.settings]
        self.known = {*self.parameters, "np", "math", "abs", "len", "sum", "max", "min", "range"} | set(FUNCTIONS)
        self.set_again = {
            node.id for node in ast.walk(definition) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        self.slips: list[Slip] = []
        self.places = 0
        self.depth = 0
        self.inside = -1  # the body itself is no loop
        self.before = set(self.parameters)  # what is set by now, outside of any loop or case

    def visit_body(self, definition: ast.FunctionDef) -> None:
        """Switch what is in the function; its defaults stay."""
        kept = [name for name in self.parameters if name in self.set_again]
        definition.body = [*self._statements(definition.body)]
        definition.body[:0] = [ast.parse(f"_old_{name} = {name}").body[0] for name in kept]

    def _statements(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        self.inside += 1
        found = [statement for one in body for statement in self._several(self.visit(one))]
        self.inside -= 1
        return found

    @staticmethod
    def _several(found: Any) -> list[ast.stmt]:
        return found if isinstance(found, list) else [found]

    def _place(self, table: Table, texts: Mapping[str, str] = NO_TEXTS, *, vague: int = 0) -> int:
        self.places += 1
        for words, put in table.items():
            said = sentence(words, **texts)
            if said.startswith("the factor a factor"):
                said = sentence("a factor is missing")
            self.slips.append(Slip(self.places, said, put, vague + len(UNKNOWN.findall(said))))
        return self.places

    def _at(
        self, place: int, original: ast.expr, args: Sequence[ast.expr], keywords: Sequence[ast.keyword] = ()
    ) -> Any:
        name = ast.Name("_at", ast.Load())
        return ast.Call(name, [ast.Constant(place), original, *args], list(keywords))

    def _is_known(self, node: ast.expr) -> bool:
        names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
        return names <= self.known and len(ast.unparse(node)) <= MOST_WORDS

    def _text(self, node: ast.expr, noun: str = SOMETHING) -> str:
        """The operand as it is written, where every name in it is one that students have."""
        inside = list(ast.walk(node))
        names = {one.id for one in inside if isinstance(one, ast.Name)}
        text = _with_examples(ast.unparse(node))
        plain = names <= self.known and len(text) <= MOST_WORDS
        odd = any(isinstance(one, (ast.Compare, ast.Lambda, ast.IfExp)) for one in inside)
        return text if plain and not odd else noun

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """A function inside: its operators are switched, its names are its own."""
        self.depth += 1
        node.body = self._statements(node.body)
        self.depth -= 1
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        self.depth += 1
        node.body = self.visit(node.body)
        self.depth -= 1
        return node

    def _inside(self, node: ast.expr) -> ast.expr:
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1
        return node

    visit_ListComp = visit_GeneratorExp = visit_DictComp = visit_SetComp = _inside

    def visit_For(self, node: ast.For) -> ast.For:
        node.iter = self.visit(node.iter)
        node.body = [ast.parse("_tick()").body[0], *self._statements(node.body)]
        node.orelse = self._statements(node.orelse)
        return node

    def visit_While(self, node: ast.While) -> ast.While:
        node.test = self.visit(node.test)
        node.body = [ast.parse("_tick()").body[0], *self._statements(node.body)]
        return node

    def visit_If(self, node: ast.If) -> ast.If:
        node.test = self._tested(node.test)
        node.body, node.orelse = self._statements(node.body), self._statements(node.orelse)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.IfExp:
        node.test = self._tested(node.test)
        node.body, node.orelse = self.visit(node.body), self.visit(node.orelse)
        return node

    def _tested(self, test: ast.expr) -> Any:
        asked = f"`{ast.unparse(test)}`" if self._is_known(test) else sentence("of a case")
        place = self._place(TESTED, {"a": asked}, vague=int(asked == "of a case"))
        return self._at(place, ast.Name("_first", ast.Load()), [self.visit(test)])

    def visit_Assign(self, node: ast.Assign) -> ast.Assign:
        """Inside a loop or a case, what is set anew may have been left as it was."""
        node.value = self.visit(node.value)
        target = node.targets[0]
        if self.inside and isinstance(target, ast.Name):
            node.value = self._kept(target, node.value)
        if self.inside and isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = list(zip(target.elts, node.value.elts, strict=False))
            node.value.elts = [self._kept(one, v) if isinstance(one, ast.Name) else v for one, v in pairs]
        if not self.inside and not self.depth:
            self.before |= {one.id for each in node.targets for one in ast.walk(each) if isinstance(one, ast.Name)}
        return node

    def _kept(self, target: ast.Name, value: ast.expr) -> Any:
        if self.depth or target.id not in self.before:
            return value
        place = self._place(
            {sentence("something is not set anew, and keeps its old value (`{id}` in ours)", id=target.id): second}
        )
        return self._at(place, ast.Name("_first", ast.Load()), [value, ast.Name(target.id, ast.Load())])

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        kind = type(node.op).__name__
        noun = NOUNS.get(kind, SOMETHING)
        texts = {"a": self._text(node.left, noun), "b": self._text(node.right, noun)}
        left, right = self.visit(node.left), self.visit(node.right)
        if kind not in OPERATORS:
            return ast.BinOp(left, node.op, right)
        return self._at(self._place(OPERATORS[kind], texts), self._original(kind), [left, right])

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        if not isinstance(node.op, ast.USub) or isinstance(node.operand, ast.Constant):
            return node if isinstance(node.operand, ast.Constant) else self.generic_visit(node)
        words = sentence("the minus before {text} is missing", text=self._text(node.operand))
        place = self._place({words: first})
        return self._at(place, ast.Name("_unary", ast.Load()), [self.visit(node.operand)])

    def visit_Compare(self, node: ast.Compare) -> Any:
        kind = type(node.ops[0]).__name__
        text = ast.unparse(node)
        asked = f" ({text})" if self._is_known(node) else ""
        self.generic_visit(node)
        if len(node.ops) > 1 or kind not in COMPARED:
            return node
        table = {
            sentence(
                "{sign} in place of {signs} in a comparison{asked}", sign=sign, signs=SIGNS[kind], asked=asked
            ): put
            for sign, put in COMPARED[kind]
        }
        return self._at(self._place(table), self._original(kind), [node.left, node.comparators[0]])

    @staticmethod
    def _original(kind: str) -> ast.expr:
        return ast.parse(f"_original[{kind!r}]", mode="eval").body

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        if not isinstance(node.op, ast.Add) or not isinstance(node.target, ast.Name):
            node.value = self.visit(node.value)
            return node
        place = self._place(updated)
        got = ast.Name(node.target.id, ast.Load())
        return ast.Assign([node.target], self._at(place, self._original("IAdd"), [got, self.visit(node.value)]))

    def visit_Call(self, node: ast.Call) -> Any:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        of_module = isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) in ("np", "np.linalg", "math")
        owner = node.func if isinstance(node.func, ast.Attribute) and not of_module else None
        texts = dict(zip("ab", [*map(self._text, node.args), SOMETHING, SOMETHING], strict=False))
        axis = next((one.value for one in node.keywords if one.arg == "axis"), None)
        if owner is not None:
            owner.value = self.visit(owner.value)
        node.args = [self.visit(one) for one in node.args]
        node.keywords = [self._keyword(one) for one in node.keywords]
        if name not in FUNCTIONS or (name == "where" and len(node.args) != 3):
            return node
        place = self._place(FUNCTIONS[name], texts)
        if axis is not None:
            self._axes(place, name, axis)
        if owner is None:
            return self._at(place, node.func, node.args, node.keywords)
        original = ast.parse(f"_method({name!r})", mode="eval").body
        return self._at(place, original, [owner.value, *node.args], node.keywords)

    def _keyword(self, node: ast.keyword) -> ast.keyword:
        if node.arg != "axis" or not isinstance(node.value, ast.Constant):
            node.value = self.visit(node.value)
            return node
        return node

    def _axes(self, place: int, name: str, axis: ast.expr) -> None:
        """Over another axis, with the shape that then fits."""
        if not isinstance(axis, ast.Constant):
            return
        for other in (0, 1, None):
            for keepdims in (False, True):
                if other != axis.value:
                    words = sentence("no axis, over all entries,") if other is None else f"axis={other}"
                    words = sentence(
                        "{words} in place of axis={value!r} (in `{name}`)", words=words, value=axis.value, name=name
                    )
                    self.slips.append(Slip(place, words, _over_axis(name, other, keepdims)))

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        node.value = self.visit(node.value)
        return node

    def visit_Constant(self, node: ast.Constant) -> Any:
        value = node.value
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not np.isfinite(value):
            return node
        table = {
            sentence("{other:g} in place of {value:g}", other=other, value=float(value)): _always(other)
            for other in _other_numbers(value)
        }
        return self._at(self._place(table, vague=2), ast.Name("_first", ast.Load()), [node])

    def visit_Name(self, node: ast.Name) -> Any:
        if not isinstance(node.ctx, ast.Load) or self.depth or node.id not in self.parameters:
            return node
        again = node.id in self.set_again
        alike = self.settings if node.id in self.settings else self.places_taken
        others = [name for name in alike if name != node.id]
        table = {
            sentence("{name} in place of {id}", name=name, id=node.id): _number(place + 1)
            for place, name in enumerate(others)
        }
        if again:
            others.append(f"_old_{node.id}")
            table[sentence("the old {id} in place of the new one", id=node.id)] = _number(len(others))
        if not others:
            return node
        args: list[ast.expr] = [node, *(ast.Name(name, ast.Load()) for name in others)]
        return self._at(self._place(table), ast.Name("_first", ast.Load()), args)


def _with_examples(code: str) -> str:
    """Code in which the number of examples is called so."""
    message, found = BATCH.subn("{examples}", code.replace("{", "{{").replace("}", "}}"))
    return sentence(message, examples=sentence("the number of examples")) if found else code


def _over_axis(name: str, axis: int | None, keepdims: bool) -> Callable[..., Any]:
    function = getattr(np, name, None) or getattr(np.linalg, name)

    def call(value: Any, *_: Any, **__: Any) -> Any:
        return function(value, axis=axis, keepdims=keepdims)

    return call


def _always(value: Any) -> Callable[..., Any]:
    return lambda *args: value


def _number(place: int) -> Callable[..., Any]:
    return lambda *args: args[place]


def _other_numbers(value: float) -> list[float]:
    near: list[float] = [value + 1, value - 1] if value == int(value) and abs(value) < 100 else []
    others = [*near, 2 * value, value / 2]
    return [other for other in dict.fromkeys(others) if other != value]
