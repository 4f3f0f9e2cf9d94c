"""Every sentence of the course that is marked as a claim is measured, and every measurement has its sentence."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from autograde.course.claims import claims_in
from tests.course.claims import (  # noqa: F401 - importing them fills the table
    activations,
    backprop,
    first_steps,
    first_weights,
    make_it_better,
    optimizers,
    race,
    regularization,
    schedules,
)
from tests.course.claims.registry import CLAIMS

ROOT = Path(__file__).parents[2]
TEXTS = sorted((ROOT / "course").glob("*/*.md"))
MARKED = [name for text in TEXTS for name in claims_in(text.read_text(encoding="utf-8"))]


def test_every_claim_is_measured_and_every_measurement_has_its_sentence() -> None:
    assert sorted(set(MARKED) - set(CLAIMS)) == [], "claimed and not measured"
    assert sorted(set(CLAIMS) - set(MARKED)) == [], "measured and not claimed"


def test_no_name_marks_two_sentences() -> None:
    assert [name for name, times in Counter(MARKED).items() if times > 1] == []


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.stem)
def test_every_notebook_claims_something(text: Path) -> None:
    assert len(claims_in(text.read_text(encoding="utf-8"))) >= 10


@pytest.mark.parametrize("part", ["source", "release", "editions"])
def test_students_see_no_marker(part: str) -> None:
    notebooks = sorted((ROOT / part).rglob("*.ipynb"))
    assert notebooks
    assert [path for path in notebooks if "{claim" in path.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("name", CLAIMS)
def test_the_course_says_what_is_so(name: str) -> None:
    CLAIMS[name]()
