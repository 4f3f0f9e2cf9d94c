"""Who shares answers: planted copies are found whatever was changed, and honest people are left alone."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial

import pytest

from autograde.course.answers import Answers
from autograde.report.copies import MOST_MARKS, RARE, Copies, Pair, marks_of

from .made_up_classes import DISGUISES, Member, bank_of, copied, copied_in_part, honest_class, master_of
from .test_plain_code import HOSTILE

ASSIGNMENTS = ("01-backprop", "03-optimizers", "05-regularization")
SIZE = 200
MOST_FALSE = 1 / 1_000  # of all pairs of an honest class


def found(assignment: str, members: Sequence[Member]) -> list[Pair]:
    copies = Copies(master_of(assignment))
    for member in members:
        copies.add(member.name, member.answers, member.lost)
    return copies.pairs()


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
@pytest.mark.parametrize(("size", "seed"), [(20, 1), (20, 2), (20, 3), (SIZE, 1), (SIZE, 2)])
def test_of_an_honest_class_at_most_one_pair_in_a_thousand_is_named(assignment: str, size: int, seed: int) -> None:
    pairs = found(assignment, honest_class(assignment, size, seed))
    assert len(pairs) <= MOST_FALSE * size * (size - 1) / 2, [(pair.bits, pair.shared) for pair in pairs]


def test_a_class_that_the_course_itself_makes_up_shares_nothing() -> None:
    """Everyone has the solution, another right way or a known mistake, word for word."""
    bank = bank_of("01-backprop")
    rng = random.Random(0)
    members = []
    for place in range(SIZE):
        code = {name: rng.choice([*right, *mistakes]) for name, (right, mistakes) in bank.items()}
        members.append(Member(f"s{place:03}", Answers(code, {}), frozenset(bank)))
    assert found("01-backprop", members) == []


@cache
def planted(assignment: str, seed: int) -> tuple[dict[str, set[str]], list[Pair]]:
    """A class with a copy of each kind in it, each of another donor who was wrong in three exercises; who was found.

    Exercises of one line are not compared, so being wrong there is no evidence.
    """
    left_out = set(Copies(master_of(assignment)).left_out)
    members = list(honest_class(assignment, SIZE, seed))
    rng = random.Random(seed)
    donors = [member for member in members[: SIZE // 2] if len(member.lost - left_out) >= 3]
    ways: dict[str, Callable[..., Member]] = {
        name: partial(copied, disguise=disguise) for name, disguise in DISGUISES.items()
    }
    ways["half of it"] = partial(copied_in_part, left_out=left_out)
    who = {}
    for place, (name, way) in enumerate(ways.items()):
        members[-1 - place] = way(donors[place], members[-1 - place], rng=rng)
        who[name] = {donors[place].name, members[-1 - place].name}
    return who, found(assignment, members)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("kind", [*DISGUISES, "half of it"])
def test_a_planted_copy_is_found_whatever_was_changed(assignment: str, seed: int, kind: str) -> None:
    who, pairs = planted(assignment, seed)
    (pair,) = (pair for pair in pairs if {pair.left, pair.right} == who[kind])
    assert pair.shared


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_beside_planted_copies_honest_people_are_left_alone(assignment: str, seed: int) -> None:
    who, pairs = planted(assignment, seed)
    others = [pair for pair in pairs if {pair.left, pair.right} not in who.values()]
    assert len(others) <= MOST_FALSE * SIZE * (SIZE - 1) / 2


@pytest.mark.parametrize("seed", [1, 2])
def test_copied_prose_is_found(seed: int) -> None:
    members = honest_class("06-make-it-better", SIZE, seed)
    essay = (
        "My network reads better since dropout keeps units from relying on each other. With weight decay alone it was "
        "worse by two digits in a hundred. I tried Adam with a learning rate of three thousandths first. The noise in "
        "the pictures matters more than the number of units. Averaging seven networks did not help me at all."
    )
    same = essay.replace(". ", ".\n").upper()
    cell = next(iter(next(member for member in members if member.answers.prose).answers.prose))
    both = [
        replace(member, answers=Answers(member.answers.code, {**member.answers.prose, cell: text}))
        for member, text in zip(members[:2], (essay, same), strict=True)
    ]
    pairs = found("06-make-it-better", [*both, *members[2:]])
    assert any({pair.left, pair.right} == {both[0].name, both[1].name} for pair in pairs)


def test_who_shares_only_right_lines_needs_more_of_them_than_who_shares_wrong_ones() -> None:
    members = honest_class("01-backprop", SIZE, 3)
    line = "    x_{0} = np.sqrt(a * 3.7) + np.outer(a, b * {0}.5) - np.clip(b, 0, {0}.1)"
    head, *body = members[0].answers.code["backward_221"].split("\n")
    code = "\n".join([head, *(line.format(place) for place in range(3)), *body])

    def pairs(lost: frozenset[str]) -> bool:
        both = [replace(member, answers=Answers({"backward_221": code}, {}), lost=lost) for member in members[:2]]
        return bool(found("01-backprop", [*both, *members[2:]]))

    assert pairs(frozenset({"backward_221"}))
    assert not pairs(frozenset())


def test_exercises_of_one_line_are_left_out_and_named() -> None:
    copies = Copies(master_of("01-backprop"))
    assert copies.left_out == ("gradient_descent_step", "dense_forward", "relu_backward")
    line = "def relu_backward(dh, z):\n    return np.sqrt(dh * 3.7) + np.outer(z, dh * 1.5) - np.clip(z, 0, 7.1)\n" * 9
    for place in range(SIZE):
        copies.add(
            f"s{place}", Answers({"relu_backward": line if place < 2 else "pass"}, {}), frozenset({"relu_backward"})
        )
    assert copies.pairs() == []


def test_what_more_than_a_few_have_is_common() -> None:
    code = "def backward_221(theta, x, y):\n" + "\n".join(
        f"    x = np.sqrt(theta * {place}.7) + np.outer(x, y * 1.5) - np.clip(y, 0, 7.1)" for place in range(20)
    )

    def pairs(sharing: int) -> int:
        members = honest_class("01-backprop", SIZE, 4)
        same = [
            replace(one, answers=Answers({"backward_221": code}, {}), lost=frozenset()) for one in members[:sharing]
        ]
        names = {one.name for one in same}
        return sum({pair.left, pair.right} <= names for pair in found("01-backprop", [*same, *members[sharing:]]))

    assert pairs(RARE) == RARE * (RARE - 1) // 2
    assert pairs(RARE + 1) == 0


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("is_prose", [True, False])
def test_whatever_comes_is_compared_within_bounds(source: str, is_prose: bool) -> None:
    assert len(list(marks_of(source * 2, is_prose=is_prose))) <= MOST_MARKS
    copies = Copies(master_of("01-backprop"))
    for student in ("ada", "bo", "cy"):
        answers = Answers({} if is_prose else {"backward_221": source}, {"w": source} if is_prose else {})
        copies.add(student, answers, frozenset({"backward_221"}))
    copies.pairs()
    copies.common("backward_221" if not is_prose else "w", answers, answers)


def test_lines_in_common_are_those_that_say_the_same() -> None:
    copies = Copies(master_of("01-backprop"))
    left = "def backward_221(theta, x, y):\n    u = np.sqrt(x * 3.7) + np.outer(x, y * 1.5)\n    return u"
    right = (
        "# mine\ndef backward_221(theta, x, y):\n    '''Doc.'''\n    v = (np.outer(x,\n 1.5 * y) + np.sqrt(x * 3.7))"
    )
    one, other = Answers({"backward_221": left}, {}), Answers({"backward_221": right}, {})
    copies.add("ada", one, frozenset())
    copies.add("bo", other, frozenset())
    assert copies.common("backward_221", one, other) == (frozenset({2}), frozenset({4}))
