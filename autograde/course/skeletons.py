"""A course, an assignment, an exercise, a picture to begin with: what is written builds, verifies and shows at once.

Nothing that is there is overwritten: files are new, and a text or module only grows at its end.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from machine_room.packages import section_of

from ..contract.failures import CourseError
from ..contract.names import escaped
from .carried import SETTINGS, carried
from .folder import Course
from .packages import PLACE, find_packages
from .settings import FILE

__all__ = ["new_assignment", "new_course", "new_exercise", "new_picture"]

TOML = """# Packages of this course's own, with exercises and pictures; each lies in lib/.
packages = ["{package}"]
"""
PACKAGE = '"""{package}: what this course has of its own, on top of machine_room."""\n\n__version__ = "0.1"\n'
EXERCISES = '"""What is asked: a module for each assignment, which has its EXERCISES in the notebook\'s order."""\n'
EXPLORE = '"""The pictures: a module for each section, of which each function without an underscore is one."""\n'
TEXT = """---
edition: 1
jupytext:
  notebook_metadata_filter: edition
kernelspec:
  display_name: Python 3 (ipykernel)
  language: python
  name: python3
---

# {title}

*Notebook {{count: notebook}} of {{count: notebooks}}, {{count: points}} points.*

What this notebook is about, in a few sentences.

```{{code-cell}} ipython3
:role: given

import numpy as np

from machine_room import check, explore
```
"""
SECTION = '''"""The exercises of {assignment}."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room.exercises import Case, Exercise

EXERCISES = ()
'''
EXERCISE = '''
def {name}(x, *, factor=2.0):
    """Return factor * x.

    The first sentence is what students see as the formula. Nothing of this folder is there while work is graded.
    """
    return factor * np.asarray(x)


def {name}_cases(rng: np.random.Generator) -> Iterator[Case]:
    """Draw what it is tried on: every number from rng, so that the same seed gives the same cases."""
    yield Case("three numbers", (rng.normal(size=3).round(2),))
    yield Case("another factor", (rng.normal(size=4).round(2),), {{"factor": round(float(rng.uniform(3, 5)), 2)}})


_{name} = Exercise(reference={name}, cases={name}_cases)


@_{name}.mistake("The factor is missing.")
def {name}_without_factor(x, *, factor=2.0):
    return np.asarray(x)


@_{name}.mistake("Multiply by the factor: do not add it.")
def {name}_added(x, *, factor=2.0):
    return x + factor


@_{name}.also_correct
def {name}_by_outer(x, *, factor=2.0):
    return np.outer(factor, x)[0]


@_{name}.also_correct
def {name}_by_division(x, *, factor=2.0):
    return x / (1 / factor)


'''
CELLS = '''
## {title}

**Exercise.** Write `{name}`: what it is given, what it returns.

```{{code-cell}} ipython3
:role: solution
:exercise: {name}

def {name}(x, *, factor=2.0):
    """Return factor * x."""
    ### BEGIN SOLUTION
    return factor * x
    ### END SOLUTION
```

```{{code-cell}} ipython3
:role: check
:exercise: {name}
:points: 1

check({name})
### BEGIN HIDDEN TESTS
check({name}, hidden=True)
### END HIDDEN TESTS
```
'''
PICTURES = '''"""The pictures of {assignment}."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Slider
from machine_room.explore.explorer import Explorer
'''
PICTURE = '''

def {name}() -> Explorer:
    """Return the picture: what its slider shows, in one sentence."""
    canvas = Canvas("What does the slider change?", (560, 360))
    axes = canvas.axes(60, 60, 460, 230, xlim=(0, 6.3), ylim=(-1.2, 1.2), xlabel="time")
    (line,) = axes.plot([], [])
    canvas.moving(line)
    time = np.linspace(0, 6.3, 200)

    def draw(values: Mapping[str, Any]) -> Sequence[str]:
        line.set_data(time, np.sin(float(values["speed"]) * time))
        return ()

    controls = [Slider("speed", "speed", 0.5, 5, 1, 0.1, meaning="how fast the wave is")]
    return Explorer(canvas, controls, draw, alternative="A wave whose speed the slider sets.")
'''
SHOWN = """
What do you expect when you move the slider? Guess first.

```{{code-cell}} ipython3
:role: explore

explore.{name}()
```
"""


def new_course(root: Path, package: str) -> list[Path]:
    """Lay out a course folder with a package of its own, and no assignment yet.

    Raises:
        CourseError: something of it is there already, or the package's name will not do.
    """
    folder = root / PLACE / package
    _refuse_if_there(root / FILE, root / SETTINGS, folder)
    _write(folder / "__init__.py", PACKAGE.format(package=package))
    try:
        find_packages(root, [package])
    except CourseError:
        shutil.rmtree(folder)
        raise
    _write(folder / "exercises" / "__init__.py", EXERCISES)
    _write(folder / "explore" / "__init__.py", EXPLORE)
    _write(root / FILE, TOML.format(package=package))
    settings = (carried() / SETTINGS).read_text(encoding="utf-8")
    _write(root / SETTINGS, settings.replace('course_id = "machine-room"', f'course_id = "{package}"'))
    return [root / FILE, root / SETTINGS, folder]


def new_assignment(root: Path, assignment: str) -> list[Path]:
    """Write an assignment's text and the module of its exercises, which has none yet."""
    section = _section(assignment)
    text, module = root / "course" / assignment / f"{section}.md", _room(root, "exercises") / f"{section}.py"
    _refuse_if_there(text.parent, module)
    _write(text, TEXT.format(title=_title(section)))
    _write(module, SECTION.format(assignment=assignment))
    return [text, module]


def new_exercise(root: Path, assignment: str, name: str) -> list[Path]:
    """Write an exercise at the end of the assignment's module, and its cells at the end of the text."""
    section = _section(assignment)
    text, module = _text(root, assignment), _room(root, "exercises") / f"{section}.py"
    _require_name(name)
    if name in {exercise.name for exercise in Course(root).exercises(assignment)}:
        raise CourseError(f"{assignment} has an exercise {name} already. Choose another name.")
    source = module.read_text(encoding="utf-8") if module.exists() else SECTION.format(assignment=assignment)
    found = re.search(r"^EXERCISES = \((.*)\)\n?\Z", source, re.MULTILINE)
    if found is None:
        raise CourseError(
            f"{module} does not end in a line EXERCISES = (...), which the new exercise would go into. Write it so, on "
            "one line."
        )
    there = [one for one in found.group(1).replace(" ", "").split(",") if one]
    named = f"EXERCISES = ({', '.join([*there, f'_{name}'])},)\n"
    _write(module, f"{source[: found.start()].rstrip()}\n\n{EXERCISE.format(name=name)}{named}")
    _grow(text, CELLS.format(name=name, title=_title(name)))
    return [module, text]


def new_picture(root: Path, assignment: str, name: str) -> list[Path]:
    """Write a picture at the end of the section's module, and the cell that shows it at the end of the text."""
    from machine_room.explore.gallery import pictures

    text, module = _text(root, assignment), _room(root, "explore") / f"{_section(assignment)}.py"
    _require_name(name)
    with Course(root).in_use():
        if name in pictures():
            raise CourseError(f"There is a picture {name} already, in {pictures()[name]}. Choose another name.")
    source = module.read_text(encoding="utf-8") if module.exists() else PICTURES.format(assignment=assignment)
    _write(module, source.rstrip() + "\n" + PICTURE.format(name=name))
    _grow(text, SHOWN.format(name=name))
    return [module, text]


def _section(assignment: str) -> str:
    section = section_of(assignment)
    if not section or not re.fullmatch(r"[\w-]+", assignment, re.ASCII):
        raise CourseError(
            f"{escaped(assignment, 60)!r} is no name for an assignment: expected letters and digits with hyphens, "
            "perhaps behind a number, as in 03-noise."
        )
    return section


def _require_name(name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise CourseError(
            f"{escaped(name, 60)!r} is no name for a function: expected small letters, digits and underscores, as in "
            "moving_average."
        )


def _room(root: Path, room: str) -> Path:
    """The folder of exercises or pictures of the course's first own package."""
    found = Course(root).packages()
    if not found:
        raise CourseError(
            f"{root / FILE} names no package of this course's own. Begin with `autograde new-course`, or write "
            'packages = ["my_course"] there.'
        )
    return found[0].folder / room


def _text(root: Path, assignment: str) -> Path:
    found = sorted((root / "course" / _checked(assignment)).glob("*.md"))
    if not found:
        raise CourseError(
            f"No text in {root / 'course' / assignment}. Run `autograde new-assignment {assignment}` first."
        )
    return found[0]


def _checked(assignment: str) -> str:
    _section(assignment)
    return assignment


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _refuse_if_there(*paths: Path) -> None:
    for path in paths:
        if path.exists():
            raise CourseError(f"{path} is there already, and nothing is overwritten. Choose another name.")


def _grow(path: Path, more: str) -> None:
    _write(path, path.read_text(encoding="utf-8").rstrip() + "\n" + more)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
