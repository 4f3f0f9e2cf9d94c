"""What a class wrote in its own words, and answers that may stand as examples: of many, few are kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..contract.names import readable
from ..course.answers import Answers
from ..course.notebook import Notebook, Role
from .plain_code import names_in, without_words
from .tally import MistakeReport

__all__ = ["Asked", "Examples", "Words", "asked_of"]

MOST_WORDS = 60  # answers of one question that the page lists
MAX_WORDS = 600  # characters of one of them
MAX_EXAMPLE = 1_500
MAX_QUESTION = 300


@dataclass(frozen=True)
class Asked:
    """One question that is answered in words, and some of the answers, without who gave them."""

    cell_id: str
    question: str
    answered: int
    answers: tuple[str, ...]


def asked_of(master: Notebook) -> dict[str, str]:
    """The questions of a notebook that are answered in words, by the id of the answer's cell."""
    found: dict[str, str] = {}
    before = ""
    for cell in master.cells:
        if cell.role is Role.WRITTEN:
            found[cell.id] = before
        before = readable(" ".join(cell.source.replace("**", "").split()), MAX_QUESTION)  # as words, without Markdown
    return found


class Words:
    """Collects answers. Of a large class every second, fourth, ... is kept, so that early and late names are there."""

    def __init__(self, questions: Mapping[str, str]) -> None:
        self._questions = questions
        self._answered = dict.fromkeys(questions, 0)
        self._kept: dict[str, list[str]] = {cell: [] for cell in questions}
        self._every = dict.fromkeys(questions, 1)

    def add(self, answers: Answers) -> None:
        for cell, text in answers.prose.items():
            if cell not in self._questions:
                continue
            if self._answered[cell] % self._every[cell] == 0:
                self._keep(cell, readable(text, MAX_WORDS))
            self._answered[cell] += 1

    def _keep(self, cell: str, text: str) -> None:
        self._kept[cell].append(text)
        if len(self._kept[cell]) > MOST_WORDS:
            self._kept[cell] = self._kept[cell][::2]
            self._every[cell] *= 2

    def asked(self) -> tuple[Asked, ...]:
        return tuple(
            Asked(cell, question, self._answered[cell], tuple(sorted(set(self._kept[cell]), key=len, reverse=True)))
            for cell, question in self._questions.items()
        )


class Examples:
    """For each recognised mistake the answer of one who made it, without their words."""

    def __init__(self, master: Notebook, mistakes: Iterable[MistakeReport]) -> None:
        self._known = frozenset[str]().union(*(names_in(cell.source) for cell in master.cells))
        self._wanted: dict[str, set[tuple[str, str]]] = {}
        for one in mistakes:
            self._wanted.setdefault(one.first, set()).add((one.exercise, one.mistake))
        self.found: dict[tuple[str, str], str] = {}

    def add(self, student: str, answers: Answers) -> None:
        for exercise, mistake in self._wanted.get(student, ()):
            code = without_words(answers.code.get(exercise, ""), self._known)
            if code:
                cut = code[:MAX_EXAMPLE]
                self.found[exercise, mistake] = cut if cut == code else f"{cut}\n..."
