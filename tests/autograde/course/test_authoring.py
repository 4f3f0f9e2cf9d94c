"""Mistakes of an author's in the text: each is refused in one sentence, with the line and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograde.course.build import build
from autograde.course.text import CourseTextError, read_course_text

from ..conftest import HEAD, TEXT, write_text

EXERCISES = ["relative_error", "gradient_descent_step"]
HIDDEN = "### BEGIN HIDDEN TESTS\ncheck(relative_error, hidden=True)\n### END HIDDEN TESTS\n"
PLAY = 'print("play here")'
QUESTION = "Why the minus?"
EXPLORE = "from machine_room import explore\n"

#: name -> (what stands in the text, what the author wrote instead, the line, the sentence or its beginning)
MISTAKES: dict[str, tuple[str, str, int, str]] = {
    "the check of another function": (
        "check(relative_error)\n" + HIDDEN,
        "check(gradient_descent_step)\n" + HIDDEN.replace("relative_error", "gradient_descent_step"),
        23,
        "the check of 'relative_error' checks 'gradient_descent_step': write check(relative_error). Another exercise "
        "has its own cell.",
    ),
    "a hidden check of another function": (
        HIDDEN,
        HIDDEN.replace("relative_error", "gradient_descent_step"),
        23,
        "the check of 'relative_error' checks 'gradient_descent_step'",
    ),
    "a misspelt function": (
        "check(relative_error)\n",
        "check(relativ_error)\n",
        23,
        "the check of 'relative_error' checks 'relativ_error'",
    ),
    "no hidden check": (
        HIDDEN,
        "",
        23,
        "the check of 'relative_error' has no hidden part, so whoever types in the visible numbers passes: write "
        "check(relative_error, hidden=True) between ### BEGIN HIDDEN TESTS and ### END HIDDEN TESTS.",
    ),
    "a hidden check that is not hidden": (
        HIDDEN,
        "check(relative_error, hidden=True)\n",
        23,
        "check(relative_error, hidden=True) stands where students see it: put ### BEGIN HIDDEN TESTS above it.",
    ),
    "hidden tests of visible numbers": (
        "check(relative_error, hidden=True)",
        "check(relative_error)",
        23,
        "the check of 'relative_error' has no hidden part",
    ),
    "nothing for students": (
        "check(relative_error)\n" + HIDDEN,
        HIDDEN,
        23,
        "the check of 'relative_error' shows students nothing: write check(relative_error) above the hidden part.",
    ),
    "assertions alone": (
        "check(relative_error)\n" + HIDDEN,
        "assert relative_error(1.0, 1.0) == 0\n",
        23,
        "the check of 'relative_error' never calls check(relative_error), so nobody would get its points: write it. "
        "Assertions may stand beside it; alone they give nothing.",
    ),
    "a picture that is not": (
        PLAY,
        EXPLORE + "explore.worked_netwrk()",
        34,
        "there is no picture explore.worked_netwrk: did you mean worked_network?",
    ),
    "a picture's argument that is not": (
        PLAY,
        EXPLORE + "explore.worked_network(nonsense=3)",
        34,
        "the picture explore.worked_network takes no nonsense: it takes forward_221, backward_221.",
    ),
    "too many arguments of a picture": (
        PLAY,
        EXPLORE + "explore.worked_network(1, 2, 3)",
        34,
        "the picture explore.worked_network takes 2 arguments by place, and here are 3.",
    ),
    "no Python": (PLAY, 'print("play here"', 34, "the cell is no Python ('(' was never closed, in its line 'print("),
    "a conflict in prose": (
        QUESTION,
        f"<<<<<<< HEAD\n{QUESTION}\n=======\nWhy?\n>>>>>>> theirs",
        63,
        "a merge left its conflict here: choose one of the two texts, and take the markers out.",
    ),
    "a conflict of three": (QUESTION, f"{QUESTION}\n||||||| base", 64, "a merge left its conflict here"),
    "a conflict in code": (PLAY, f"{PLAY}\n>>>>>>> theirs", 36, "a merge left its conflict here"),
    "an option without its colon": (
        ":points: 2.5",
        ":points 2.5",
        26,
        "an option has a colon behind its name: write :points: 2.5",
    ),
    "an option with nothing": (":points: 2.5", ":points", 26, "an option has a colon behind its name: write :points:"),
    "a cell that is not closed": (
        HIDDEN + "```\n",
        HIDDEN,
        23,
        "this cell is not closed before the next one in line 33: write ``` below it.",
    ),
    "the last cell is not closed": (
        'hidden=True)\n### END HIDDEN TESTS\n```\n\n+++ {"role": "written", "points": 3}',
        "hidden=True)\n### END HIDDEN TESTS\n",
        50,
        "this cell is not closed: write ``` below it.",
    ),
    "markers in small letters": (
        "### BEGIN HIDDEN TESTS\ncheck(relative_error",
        "### begin hidden tests\ncheck(relative_error",
        29,
        "a marker is written in capitals, or nothing takes the answer out: write ### BEGIN HIDDEN TESTS.",
    ),
    "a marker of mixed letters": (
        "    ### END SOLUTION\n```\n\n```{code-cell} ipython3\n:role: check\n:exercise: relative_error",
        "    ### End Solution\n```\n\n```{code-cell} ipython3\n:role: check\n:exercise: relative_error",
        20,
        "a marker is written in capitals, or nothing takes the answer out: write ### END SOLUTION.",
    ),
    "a break that is no JSON": (
        '"points": 3}',
        '"points": 3',
        61,
        'what stands behind +++ is no JSON (Expecting \',\' delimiter): write +++ {"name": "value"}.',
    ),
}
#: name -> (what stands above the text, the line, the sentence or its beginning)
FRONT: dict[str, tuple[str, int, str]] = {
    "no end": ("---\nedition: 2\n", 1, "the front matter has no end: write a line --- below it."),
    "no YAML": ("---\nedition: 2\nx: [\n---\n", 3, "the front matter is no YAML ("),
    "a colon too many": ("---\na: b: c\n---\n", 2, "the front matter is no YAML (mapping values are not allowed here)"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_its_line_and_a_remedy(mistake: str, tmp_path: Path) -> None:
    right, wrong, line, sentence = MISTAKES[mistake]
    assert right in TEXT
    path = write_text(tmp_path, TEXT.replace(right, wrong, 1))
    with pytest.raises(CourseTextError) as raised:
        read_course_text(path, EXERCISES)
    told = raised.value.problems[0]
    assert told.startswith(f"{path}:{line}: {sentence}")
    assert "\n" not in told


@pytest.mark.parametrize("mistake", FRONT)
def test_a_mistake_in_the_front_matter_is_told_with_its_line(mistake: str, tmp_path: Path) -> None:
    above, line, sentence = FRONT[mistake]
    path = write_text(tmp_path, above + TEXT)
    with pytest.raises(CourseTextError) as raised:
        read_course_text(path, EXERCISES)
    assert raised.value.problems[0].startswith(f"{path}:{line}: {sentence}")


#: What looks like a mistake, and is none.
FINE = {
    "a heading underlined": (QUESTION, "Why\n=======\n"),
    "assertions beside the check": (
        "check(relative_error)\n",
        "check(relative_error)\nassert relative_error(1, 1) == 0\n",
    ),
    "a magic": (PLAY, "%matplotlib inline\n!ls\nif True:\n    %time 1"),
    "a cell of another language": (PLAY, "%%bash\nls ("),
    "a picture of a function": (PLAY, EXPLORE + "explore.worked_network(forward_221=None)"),
    "all of the pictures": (PLAY, EXPLORE + "dir(explore)"),
    "a fence in prose": (QUESTION, "```python\n:points 3\nno ( python\n```"),
    "a marker in words": (QUESTION, "Where does the solution begin?"),
}


@pytest.mark.parametrize("fine", FINE)
def test_what_is_no_mistake_is_built(fine: str, tmp_path: Path) -> None:
    right, other = FINE[fine]
    assert right in TEXT
    read_course_text(write_text(tmp_path, HEAD.format(1) + TEXT.replace(right, other, 1)), EXERCISES)


def test_one_exercise_in_two_assignments_is_refused_at_the_second(tmp_path: Path) -> None:
    write_text(tmp_path, TEXT)
    again = tmp_path / "course" / "07-backprop" / "again.md"  # of the same section, whatever its number
    again.parent.mkdir()
    again.write_text(TEXT, encoding="utf-8")
    with pytest.raises(CourseTextError) as raised:
        build(tmp_path)
    assert raised.value.problems[0] == (
        f"{again}:15: 'relative_error' is asked for in 01-backprop already: give one of the two another name, or take "
        "it out."
    )
    assert len(raised.value.problems) == 2
