"""Which modules say to students what no catalogue has. A module that is translated stays so; the list only shrinks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.english import said_past_the_catalogue

ROOT = Path(__file__).resolve().parent.parent
#: Where sentences for students are made.
SPEAKING = (
    "lib/machine_room/checks",
    "lib/machine_room/exchange",
    "lib/machine_room/exercises",
    "lib/machine_room/explore",
    "lib/machine_room/notebook",
    "lib/machine_room/progress_line.py",
    "autograde/gradebook/autograded.py",
    "autograde/gradebook/page.py",
    "autograde/gradebook/pictures.py",
    "autograde/gradebook/pieces.py",
    "autograde/gradebook/shares.py",
    "autograde/grading/attempts.py",
    "autograde/grading/shown.py",
    "autograde/inside/displays.py",
    "autograde/inside/shell.py",
    "autograde/judge",
    "autograde/sandbox/templates",
)
#: Not translated yet: take a module out when it is. docs/adapting.md says the same in words.
NOT_YET = {
    "autograde/grading": {"attempts"},
    "autograde/inside": {"displays", "shell"},
    "autograde/judge": {"callbacks", "explaining", "replies", "together"},
    "autograde/sandbox/templates": set[str](),
    "lib/machine_room": {"progress_line"},
}
#: No speech, though it has two words: code that is shown as code, Python's own messages, an author's mistakes.
NO_SPEECH = {
    "autograde/judge/session.py": {
        "a reply to another request",  # what the wire says of a process that lies, and our own faults
        "a request cannot be sent: {}",
        "a callback while nothing of ours was given",
        "a function that was never given",
    },
    "lib/machine_room/checks/answers.py": {"{}, with {}", "{}, again"},  # what reports call a case
    "lib/machine_room/checks/further.py": {"other numbers", "one row", "one unit"},  # as an exercise says `untried`
    "lib/machine_room/checks/flags.py": {"divide by zero", "invalid value", "{} encountered in {}"},  # as NumPy warns
    "lib/machine_room/checks/headers.py": {"def {}{}:"},
    "lib/machine_room/checks/observe.py": {"{} key"},  # in the place of a key that is no text
    "lib/machine_room/checks/raised.py": None,  # Python's words, to find ours by
    "lib/machine_room/checks/scored.py": {"{} has no score: its answers are compared with the reference"},
    "lib/machine_room/checks/show.py": {"check({}, hint={})", "{};font-weight:bold;border-bottom:2px solid {}"},
    "lib/machine_room/checks/verification.py": None,  # for authors, in English
    # What a course's staff reads, and what nbgrader's own pages and lists say in its words.
    "lib/machine_room/exchange/connection.py": {  # help of options, and our own fault
        "The exchange service. Where it is not set, the environment's {}.",
        "Whether assignments lie in a folder of their course.",
        "nbgrader's fail raises",
    },
    "lib/machine_room/exchange/instructor.py": None,
    "lib/machine_room/exchange/listing.py": None,
    "lib/machine_room/exchange/plain.py": None,
    "lib/machine_room/exchange/service.py": {"token {}"},  # a header of HTTP
    "lib/machine_room/exchange/strict.py": None,
    "lib/machine_room/exchange/student.py": {"from machine_room.exchange import handed_in; handed_in()"},  # code
    "lib/machine_room/exercises/__init__.py": {"no assignment {} has exercises: choose one of {}"},
    "lib/machine_room/exercises/backprop/functions.py": None,  # code
    "lib/machine_room/exercises/exercise.py": {
        "withheld is a tuple of names: write withheld=({},), with the comma",
    },
    "lib/machine_room/exercises/schedules/find_the_bug.py": {"lambda theta: np.array({}) * theta"},
    "lib/machine_room/exercises/steps.py": None,  # names
    "lib/machine_room/explore/panel.py": None,  # style sheets
    "lib/machine_room/explore/optimizers/race.py": {"turned bowl 100", "own trail", "own loss"},  # keys
    # A schedule's name as a key: it is said where it is shown.
    "lib/machine_room/explore/schedules/designer.py": {"piecewise constant"},
    "lib/machine_room/explore/schedules/race.py": {"piecewise constant"},
    "lib/machine_room/explore/schedules/race_run.py": {"piecewise constant"},
    "lib/machine_room/notebook/installation.py": {"jupyterlab_widgets {}"},
    "lib/machine_room/notebook/memory.py": {"expected an object with a list of names"},  # caught below it
    "lib/machine_room/notebook/sentences.py": None,  # lines of code to write
}


def modules() -> dict[str, Path]:
    places = [ROOT / place for place in SPEAKING]
    files = [path for place in places for path in ([place] if place.suffix else sorted(place.rglob("*.py")))]
    return {path.relative_to(ROOT).as_posix(): path for path in files}


def is_not_yet(name: str) -> bool:
    path = Path(name)
    return any(
        path.parent.as_posix() == folder and path.stem in stems if stems else path.is_relative_to(folder)
        for folder, stems in NOT_YET.items()
    )


def english_of(name: str, path: Path) -> list[str]:
    known = NO_SPEECH.get(name, set())
    return [] if known is None else [s for s in said_past_the_catalogue(path) if s.partition(": ")[2] not in known]


@pytest.mark.parametrize("name", [name for name in modules() if not is_not_yet(name)])
def test_a_translated_module_says_nothing_past_the_catalogue(name: str) -> None:
    assert english_of(name, modules()[name]) == []


@pytest.mark.parametrize("folder", NOT_YET)
def test_what_is_not_translated_yet_has_something_to_translate(folder: str) -> None:
    inside = {name: path for name, path in modules().items() if Path(name).is_relative_to(folder)}
    if NOT_YET[folder]:
        named = {stem: ROOT / folder / f"{stem}.py" for stem in NOT_YET[folder]}
        assert [stem for stem, path in named.items() if not english_of(path.name, path)] == []
    else:
        assert any(english_of(name, path) for name, path in inside.items())


#: Whether English past the catalogue is seen in a line of a module.
LINES = {
    'text = f"{name} is not there"': True,
    'raise ValueError(f"expected {count} numbers")': True,
    'lines += ["Run the cells above first."]': True,
    'def f(x="two words"): pass': True,
    'text = say("a message", where="but not this one")': True,
    'text = say(f"{name} is put together")': False,  # refused by another test
    'text = say("{name} is not there", name=name)': False,
    'def f():\n    "A docstring of some words."': False,
    'style = "margin:.5em 0;font-size:110%"': False,
    'pattern = re.compile("two words")': False,
    'found = "two words" in text': False,
    'name = "matplotlib_inline"': False,
    'raise RuntimeError("our own fault, never shown")': False,
}


@pytest.mark.parametrize("line", LINES)
def test_english_past_the_catalogue_is_seen(line: str, tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(line, encoding="utf-8")
    assert bool(said_past_the_catalogue(tmp_path / "module.py")) is LINES[line]
