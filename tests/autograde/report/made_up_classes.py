"""Classes whose members think for themselves, and copies planted among them.

Everyone starts from what the course knows (solution, other right ways, known mistakes), under names of their own, adds
lines that many would write (drawn from one pool), and, mostly where they are wrong, lines that only they would write.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from autograde.course.answers import Answers
from autograde.course.notebook import Notebook, Role, read_master
from autograde.report.plain_code import tokens_of
from autograde.trial.synthetic import source_as
from machine_room.exercises import of_assignment

ROOT = Path(__file__).resolve().parents[3]
OPERATORS = ("+", "-", "*", "/", "@", "**")
FUNCTIONS = ("exp", "log", "maximum", "where", "sum", "mean", "abs", "dot", "outer", "clip", "sqrt", "sign")
NAMES = ("tmp", "res", "grad", "out", "val", "acc", "hidden", "delta", "g", "u", "left", "right", "summe", "erg", "w")
COMMON = (
    "assert {a}.ndim in (1, 2), {b}.shape",
    "{a} = np.asarray({b}, dtype=float).copy()",
    "if {a}.shape != {b}.shape: raise ValueError({a}.shape)",
    "{a} = np.zeros_like({b}, dtype=float)",
    "for {a} in range({b}.shape[0]): pass",
    "print({a}.shape, {b}.shape, {c}.shape)",
    "{a} = {b}.reshape({b}.shape[0], -1)",
    "{a} = np.array([{b}, {c}], dtype=float)",
    "{a} = {b}.astype(float) * 1.0 + 0.0",
    "{a}, {b} = {c}.shape[0], {c}.shape[1]",
    "{a} = np.maximum({b}, 1e-8) * {c}",
    "{a} = np.where({b} > 0, {b}, 0.0)",
    "{a} = len({b}) if hasattr({b}, 'shape') else 1",
    "{a} = np.sum({b} * {c}, axis=0)",
    "{a} = {b}.T @ {c} / {b}.shape[0]",
    "{a} = np.exp({b} - {b}.max())",
    "{a} = float(np.mean({b})) + float(np.mean({c}))",
    "{a} = [float({b}) for {b} in {c}.ravel()]",
    "{a} = {b}[:, None] * {c}[None, :]",
    "{a} = np.ones({b}.shape[0]) * {c}",
)
SENTENCES = (
    "I am still unsure about what the bias does in all this.",
    "Why do we divide by the number of examples in the batch?",
    "What happens with the gradient when a unit is never on?",
    "I understood everything except for the shapes of the matrices.",
)
WORDS = ("slope", "unit", "minus", "batch", "layer", "square", "number", "formula", "picture", "curve", "sign", "step")


@dataclass(frozen=True)
class Member:
    """One student of a made-up class."""

    name: str
    answers: Answers
    lost: frozenset[str]


@cache
def master_of(assignment: str) -> Notebook:
    (path,) = (ROOT / "source" / assignment).glob("*.ipynb")
    return read_master(path)


@cache
def honest_class(assignment: str, size: int, seed: int) -> tuple[Member, ...]:
    """Make a class in which nobody copies."""
    rng = random.Random(seed)
    bank = bank_of(assignment)
    written = [cell.id for cell in master_of(assignment).cells if cell.role is Role.WRITTEN]
    return tuple(_member(f"student-{place:04}", bank, written, rng) for place in range(size))


@cache
def bank_of(assignment: str) -> dict[str, tuple[list[str], list[str]]]:
    """By exercise: right answers and known mistakes, as source."""
    found = {}
    for exercise in of_assignment(assignment):
        right = [source_as(exercise.name, one) for one in (exercise.reference, *exercise.variants)]
        found[exercise.name] = (right, [source_as(exercise.name, one.function) for one in exercise.mistakes])
    return found


def _member(
    name: str, bank: Mapping[str, tuple[list[str], list[str]]], written: list[str], rng: random.Random
) -> Member:
    able = rng.uniform(0.4, 1.0)  # a weak student is wrong in most of it
    code, lost = {}, set()
    for exercise, (right, mistakes) in bank.items():
        wrong = bool(mistakes) and rng.random() > able
        source = rng.choice(mistakes if wrong else right)
        more = [_common(rng) for _ in range(rng.randint(0, 3))]
        more += [_own(rng) for _ in range(rng.randint(1, 3) if wrong else rng.random() < 0.4)]
        code[exercise] = renamed(_with_lines(source, more), rng)
        lost |= {exercise} if wrong else set()
    prose = {cell: f"{rng.choice(SENTENCES)} {_own_sentence(rng)}" for cell in written if rng.random() < 0.7}
    return Member(name, Answers(code, prose), frozenset(lost))


def _common(rng: random.Random) -> str:
    a, b, c = rng.sample(NAMES, 3)
    return rng.choice(COMMON).format(a=a, b=b, c=c)


def _own(rng: random.Random) -> str:
    """A line that hardly anybody else would write."""
    terms = [f"np.{rng.choice(FUNCTIONS)}({rng.choice(NAMES)} * {rng.randint(1, 99) / 10})" for _ in range(3)]
    return f"{rng.choice(NAMES)} = " + f" {rng.choice(OPERATORS)} ".join(terms)


def _own_sentence(rng: random.Random) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(6, 12))) + "."


def _with_lines(source: str, more: list[str]) -> str:
    """Put lines of one's own below the head of the function."""
    lines = source.split("\n")
    head = next(place for place, line in enumerate(lines) if line.rstrip().endswith(":")) + 1
    return "\n".join([*lines[:head], *(f"    {line}" for line in more), *lines[head:]])


# --- what a copy changes


def renamed(source: str, rng: random.Random) -> str:
    """Give what was assigned other names."""
    own = sorted({*re.findall(r"^\s+(\w+)(?:, \w+)* =", source, re.MULTILINE), *NAMES})
    new = {name: f"{rng.choice(NAMES)}_{rng.randint(1, 99)}" for name in own}
    return "".join(new.get(token.text, token.text) for token in tokens_of(source))


def reordered(source: str, rng: random.Random) -> str:
    """Shuffle the statements at the head of the function, and swap what is added or multiplied."""
    lines = source.split("\n")
    head = next(place for place, line in enumerate(lines) if line.rstrip().endswith(":")) + 1
    body = [line for line in lines[head:] if line.startswith("    ") and "=" in line and not line.startswith("     ")]
    rest = [line for line in lines[head:] if line not in body]
    rng.shuffle(body)
    swapped = [re.sub(r"= (\S+) ([*+]) (\S+)$", r"= \3 \2 \1", line) for line in body]
    return "\n".join([*lines[:head], *swapped, *rest])


def commented(source: str, rng: random.Random) -> str:
    """Take the comments out, and put other ones in."""
    plain = "".join(token.text for token in tokens_of(source) if token.kind.value != "comment")
    lines = [
        f"{line}  # {_own_sentence(rng)}" if line.strip() and rng.random() < 0.5 else line for line in plain.split("\n")
    ]
    return "\n".join(lines)


def laid_out(source: str, rng: random.Random) -> str:
    """Other blanks, empty lines, brackets and line ends."""
    lines = []
    for line in source.split("\n"):
        assigned = re.fullmatch(r"(\s+)(\w+) = (.+)", line)
        if assigned and "#" not in line and line.count("(") == line.count(")") and rng.random() < 0.7:
            indent, name, value = assigned.groups()
            line = f"{indent}{name} =  (\n{indent}    {value.replace(' + ', ' +   ')}\n{indent})"
        lines += [line, ""] if rng.random() < 0.3 else [line]
    return "\n".join(lines)


def verbatim(source: str, rng: random.Random) -> str:
    return source


def everything(source: str, rng: random.Random) -> str:
    return laid_out(commented(renamed(reordered(source, rng), rng), rng), rng)


DISGUISES: dict[str, Callable[[str, random.Random], str]] = {
    "verbatim": verbatim,
    "renamed": renamed,
    "reordered": reordered,
    "other comments": commented,
    "laid out anew": laid_out,
    "all of it": everything,
}


def copied(donor: Member, own: Member, *, disguise: Callable[[str, random.Random], str], rng: random.Random) -> Member:
    """A student who hands in the donor's code, disguised."""
    code = {exercise: disguise(source, rng) for exercise, source in donor.answers.code.items()}
    return replace(own, answers=Answers(code, own.answers.prose), lost=donor.lost)


def copied_in_part(donor: Member, own: Member, *, left_out: Collection[str], rng: random.Random) -> Member:
    """A student who did half of it, and has the rest from the donor under other names, two wrong answers with it."""
    exercises = sorted(donor.answers.code)
    theirs = set(exercises[1::2]) | set(sorted(donor.lost - set(left_out))[:2])
    code = {
        name: renamed(donor.answers.code[name], rng) if name in theirs else own.answers.code[name] for name in exercises
    }
    return replace(own, answers=Answers(code, own.answers.prose), lost=(donor.lost & theirs) | (own.lost - theirs))
