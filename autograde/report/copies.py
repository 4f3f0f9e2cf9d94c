"""Who shares answers: pairs that have more in common than the release, common answers and being right explain.

Evidence for a person, never a verdict. Compared are logical lines of code as bags of tokens in which every name of the
student's own is the same, so that renaming, reordering, layout and other comments change nothing; beside them the words
of comments and of written answers. What the course itself knows (the release, its solution, references, other right
ways, known mistakes) counts for nothing, nor does what more than a few of the class have. A shared line counts by how
rare it is, in bits, and more where both lost points there: right answers are alike by themselves, rare wrong ones not.

This is our own, since the libraries that find copies of programs compare folders of files, and know neither a release
nor who was wrong. *Trust*: everything compared is a stranger's. Nothing of it is parsed or run: `plain_code` takes it
apart.
"""

from __future__ import annotations

import builtins
import inspect
import keyword
import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from itertools import combinations

from ..course.answers import Answers
from ..course.notebook import Notebook, Role
from .plain_code import MAX_CHARACTERS, Token, TokenKind, tokens_of

__all__ = ["Copies", "Pair", "Shared", "marks_of"]

RARE = 12  # what more of a class share is common; also what keeps the work in bounds
MOST_MARKS = 400  # of one answer
SHORT_LINE, SHORT_WORDS = 7, 5  # tokens of a line, words of a sentence; what is shorter many would write
RIGHT, WRONG, WORDS = 0.5, 1.5, 1.0  # what a bit counts for
ENOUGH = 6.0  # bits beyond those that chance needs to find one pair among all
OPEN, CLOSED = frozenset("([{"), frozenset(")]}")
KEPT = frozenset({*keyword.kwlist, *dir(builtins)})


@dataclass(frozen=True)
class Mark:
    """One thing that two answers may have in common."""

    digest: bytes
    line: int  # where it stands in its cell, from 1
    is_words: bool


@dataclass(frozen=True)
class Shared:
    """What two students have in common in one exercise or one written answer."""

    where: str
    lines: int
    both_wrong: bool


@dataclass(frozen=True)
class Pair:
    """Two students who share more than chance explains."""

    left: str
    right: str
    bits: float
    shared: tuple[Shared, ...]


class Copies:
    """Collects a class's answers to one notebook, as digests alone, and compares everyone with everyone.

    Args:
        master: the notebook.
    """

    def __init__(self, master: Notebook) -> None:
        solutions = {
            cell.exercise: cell.source for cell in master.cells if cell.role is Role.SOLUTION and cell.exercise
        }
        self.left_out = tuple(name for name, source in solutions.items() if _is_one_line(source))
        self._compared = set(solutions) - set(self.left_out)
        self._known = {name: _known_to_the_course(name, source, master) for name, source in solutions.items()}
        self._students: list[str] = []
        self._lost: list[Collection[str]] = []
        self._answered: dict[str, int] = defaultdict(int)
        self._who: dict[str, dict[bytes, list[int]]] = defaultdict(lambda: defaultdict(list))
        self._words: set[bytes] = set()

    def add(self, student: str, answers: Answers, lost: Collection[str]) -> None:
        """Take in one student's answers; `lost` are the exercises in which they lost points."""
        number = len(self._students)
        self._students.append(student)
        self._lost.append(lost)
        for where, text, is_prose in _texts(answers, self._compared):
            self._answered[where] += 1
            known = self._known.get(where, frozenset())
            marks = {mark.digest: mark for mark in marks_of(text, is_prose=is_prose)}
            for digest, mark in marks.items():
                who = self._who[where][digest]
                if digest not in known and len(who) <= RARE:
                    who.append(number)
                if mark.is_words:
                    self._words.add(digest)

    def common(self, where: str, left: Answers, right: Answers) -> tuple[frozenset[int], frozenset[int]]:
        """Return the lines of both answers that say the same, but for what the course says too."""
        is_prose = where in left.prose
        texts = (one.prose[where] if is_prose else one.code.get(where, "") for one in (left, right))
        mine, yours = (list(marks_of(text, is_prose=is_prose)) for text in texts)
        both = {mark.digest for mark in mine} & {mark.digest for mark in yours} - self._known.get(where, frozenset())
        both -= {digest for digest in both if len(self._who[where][digest]) > RARE}
        return (
            frozenset(mark.line for mark in mine if mark.digest in both),
            frozenset(mark.line for mark in yours if mark.digest in both),
        )

    def pairs(self) -> list[Pair]:
        """Return those with most in common first."""
        bits: dict[tuple[int, int], float] = defaultdict(float)
        lines: dict[tuple[int, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for where, left, right, worth in self._shared():
            bits[left, right] += worth
            lines[left, right][where] += 1
        size = len(self._students)
        enough = ENOUGH + math.log2(max(1, size * (size - 1) // 2))
        found = sorted((pair for pair, count in bits.items() if count >= enough), key=lambda pair: (-bits[pair], pair))
        return [self._pair(pair, bits[pair], lines[pair]) for pair in found]

    def _shared(self) -> Iterator[tuple[str, int, int, float]]:
        """Yield what any two share, and what it is worth."""
        for where, marks in self._who.items():
            for digest, who in marks.items():
                if not 2 <= len(who) <= RARE:
                    continue
                rarity = math.log2(self._answered[where] / len(who))
                for left, right in combinations(who, 2):
                    yield where, left, right, rarity * self._weight(where, digest, left, right)

    def _weight(self, where: str, digest: bytes, left: int, right: int) -> float:
        if digest in self._words:
            return WORDS
        return WRONG if where in self._lost[left] and where in self._lost[right] else RIGHT

    def _pair(self, pair: tuple[int, int], bits: float, lines: Mapping[str, int]) -> Pair:
        left, right = pair
        shared = tuple(
            Shared(where, count, where in self._lost[left] and where in self._lost[right])
            for where, count in sorted(lines.items(), key=lambda item: (-item[1], item[0]))
        )
        return Pair(self._students[left], self._students[right], bits, shared)


def _texts(answers: Answers, compared: Collection[str]) -> Iterator[tuple[str, str, bool]]:
    yield from ((name, code, False) for name, code in answers.code.items() if name in compared and code.strip())
    yield from ((cell, text, True) for cell, text in answers.prose.items())


def marks_of(text: str, *, is_prose: bool = False) -> Iterator[Mark]:
    """Yield what of an answer is compared, at most MOST_MARKS of it."""
    found = _sentences(text[:MAX_CHARACTERS], 1) if is_prose else _of_code(text)
    for _, mark in zip(range(MOST_MARKS), found, strict=False):
        yield mark


def _of_code(source: str) -> Iterator[Mark]:
    for tokens in _logical_lines(source):
        words = [token for token in tokens if token.kind is TokenKind.COMMENT]
        for token in words:
            yield from _sentences(token.text, token.line)
        line = [token for token in tokens if token.kind is not TokenKind.COMMENT]
        if len(line) == 1 and line[0].kind is TokenKind.STRING:  # a docstring
            yield from _sentences(line[0].text, line[0].line)
        elif len(line) >= SHORT_LINE:
            yield Mark(_digest(sorted(_plain(line))), line[0].line, is_words=False)


def _logical_lines(source: str) -> Iterator[list[Token]]:
    """Yield the tokens of each line, as far as brackets and backslashes carry it; blanks say nothing."""
    line: list[Token] = []
    depth, carried = 0, False
    for token in tokens_of(source):
        if token.kind is TokenKind.BLANK:
            continue
        ends = token.kind is TokenKind.NEWLINE or token.text == ";"
        if ends and depth == 0 and not carried:
            yield line
            line = []
        elif token.text == "\\" or ends:
            pass
        else:
            depth = max(0, depth + (token.text in OPEN) - (token.text in CLOSED))
            line.append(token)
        carried = token.text == "\\"
    yield line


def _plain(line: Iterable[Token]) -> Iterator[str]:
    """Yield tokens without what a copy changes: own names, what texts say, brackets that change nothing."""
    before = ""
    for token in line:
        if token.kind is TokenKind.NAME:
            yield token.text if before == "." or token.text in KEPT else "name"
        elif token.kind is TokenKind.STRING:
            yield "text"
        elif token.text not in "()":
            yield token.text
        before = token.text


def _sentences(text: str, line: int) -> Iterator[Mark]:
    for offset, physical in enumerate(text.split("\n")):
        for sentence in re.split(r"[.!?;:]\s", physical):
            words = re.findall(r"\w+", sentence.casefold())
            if len(words) >= SHORT_WORDS:
                yield Mark(_digest(words), line + offset, is_words=True)


def _digest(parts: Iterable[str]) -> bytes:
    """Nobody finds another line with the same digest, to make an innocent person suspect."""
    return blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=12).digest()


def _is_one_line(solution: str) -> bool:
    """Whether the course's own answer is a single line: everyone who is right writes the same."""
    lines = [line for line in _logical_lines(solution) if any(token.kind is not TokenKind.COMMENT for token in line)]
    code = [line for line in lines if not (len(line) == 1 and line[0].kind is TokenKind.STRING)]
    heads = ("def", "import", "from", "@")
    return sum(line[0].text not in heads for line in code) <= 1


def _known_to_the_course(name: str, solution: str, master: Notebook) -> frozenset[bytes]:
    """Digests of all that the course says itself, of this exercise and around it."""
    given = (cell.source for cell in master.cells if cell.kind == "code")
    return _bank(name).union(mark.digest for source in (solution, *given) for mark in marks_of(source))


@cache
def _bank(name: str) -> frozenset[bytes]:
    """Digests of the right answers and the mistakes that are known of an exercise."""
    from machine_room import exercises

    try:
        exercise = exercises.find(name)
    except LookupError:
        return frozenset()
    functions = (exercise.reference, *exercise.variants, *(mistake.function for mistake in exercise.mistakes))
    return frozenset(mark.digest for one in functions for mark in marks_of(inspect.getsource(one)))
