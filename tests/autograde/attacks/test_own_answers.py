"""A course of its own package: every way from a student's code to the answers in it. None leads there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograde.contract.verdict import Outcome, Verdict
from autograde.course.build import build
from autograde.course.folder import Course
from autograde.grading.journal import Journal
from autograde.grading.run import GradeOptions, grade
from tests.own_course import RIGHT, copy_of_course, hand_in

LOOKED = "looked everywhere"
#: What only the author's files say: no student's code may show any of it.
SECRETS = ("np.full(width", "np.cumsum(x)", "mean of each", "log10(power / reference)", "whole turn", "not their mean")

AVERAGE, LOUDNESS, WAVE = "moving_average", "decibels", "sine_wave"
ATTACKS: dict[str, tuple[str, str]] = {
    "imports the reference": (AVERAGE, "from signals.filters import moving_average"),
    "calls it by its module": (
        AVERAGE,
        "def moving_average(x, *, width):\n    return filters.moving_average(x, width=width)",
    ),
    "another right way beside it": (
        AVERAGE,
        "def moving_average(x, *, width):\n    return filters.by_running_sum(x, width=width)",
    ),
    "another name for it": (AVERAGE, "def moving_average(x, *, width):\n    return filters.smoothed(x, width)"),
    "an object that does it": (AVERAGE, "def moving_average(x, *, width):\n    return filters.Smoother(width)(x)"),
    "the class without its constructor": (
        AVERAGE,
        """
def moving_average(x, *, width):
    smoother = object.__new__(filters.Smoother)
    smoother.width = width
    return filters.Smoother.__call__(smoother, x)
""",
    ),
    "the room of the exercises": (
        AVERAGE,
        "from signals.exercises.smoothing import EXERCISES\nmoving_average = EXERCISES[0].reference",
    ),
    "the room, by itself": (AVERAGE, "import signals.exercises\nmoving_average = signals.exercises.moving_average"),
    "the reference beside its exercise": (LOUDNESS, "from signals.exercises.smoothing import decibels"),
    "an exercise of another assignment": (LOUDNESS, "from signals.exercises.waves import EXERCISES\nprint(EXERCISES)"),
    "by the library's own search": (
        LOUDNESS,
        "from machine_room.exercises import find\ndecibels = find('decibels').reference",
    ),
    "by the check": (LOUDNESS, "from machine_room.checks.answers import answers\ndecibels = answers"),
    "the picture that uses it": (
        AVERAGE,
        """
import signals.explore
picture = explore.smoothing_window()
drawn = signals.explore.smoothing_window
print(getattr(picture, "_draw", None), drawn)
def moving_average(x, *, width):
    return picture.canvas.axes.lines[-1].get_ydata()
""",
    ),
    "its source": (
        AVERAGE,
        """
import inspect, importlib.util
print(inspect.getsource(filters))
print(importlib.util.find_spec("signals.filters").loader.get_source("signals.filters"))
exec(inspect.getsource(filters.moving_average).replace("raise ", "return "))
""",
    ),
    "its help": (AVERAGE, "help(filters)\nhelp(filters.moving_average)"),
    "loads its module anew": (
        AVERAGE,
        "import importlib, sys\nimportlib.reload(sys.modules['signals.filters'])\n"
        "moving_average = sys.modules['signals.filters'].moving_average",
    ),
    "the folder where the author has it": (
        AVERAGE,
        """
import sys
for name in [one for one in sys.modules if one.partition(".")[0] == "signals"]:
    del sys.modules[name]
sys.path[:0] = [LIB, LIB + "/signals", "/work", "/course/lib", "../lib", "../../lib"]
from signals.filters import moving_average
""",
    ),
    "every file on the disk": (
        AVERAGE,
        """
import os
for top in ["/", LIB, "/packages", "/view", "/python", "/box", "/tmp", "/proc/self/root", "/proc/self/cwd"]:
    for path, folders, files in os.walk(top):
        folders[:] = [name for name in folders if name not in ("proc", "sys")]
        for name in files:
            if "signals" in path or "filters" in name or "smoothing" in name or name.startswith("RECORD"):
                try:
                    text = open(os.path.join(path, name), "rb").read().decode("utf-8", "replace")
                except OSError:
                    continue
                if "signals" in path + text:
                    print(path, name, text)
""",
    ),
    "bytecode": (
        AVERAGE,
        """
import glob, marshal
for path in glob.glob("/**/__pycache__/*", recursive=True):
    if "filters" in path or "smoothing" in path:
        print(path)
        exec(marshal.loads(open(path, "rb").read()[16:]))
""",
    ),
    "what is in memory": (
        AVERAGE,
        """
import gc, types
for thing in gc.get_objects():
    if isinstance(thing, types.FunctionType) and thing.__name__ in ("moving_average", "by_running_sum", "by_slices"):
        print(thing.__module__, thing.__code__.co_names, thing.__code__.co_consts)
        moving_average = thing
""",
    ),
    "what is known of the installed": (
        AVERAGE,
        """
from importlib import metadata
print([(point.name, point.value) for point in metadata.entry_points(group="machine_room.packages")])
for name in ("signals", "machine-room", "machine_room"):
    try:
        print([str(file) for file in metadata.files(name) or ()], metadata.distribution(name).read_text("RECORD"))
    except metadata.PackageNotFoundError:
        print("none")
""",
    ),
    "what the library knows of packages": (
        AVERAGE,
        """
from machine_room import packages
print(packages.packages(), packages.sections("signals", "exercises"), packages.folders("signals", "exercises"))
packages.use(["signals"])
with packages.using(["signals"]):
    print(packages.sections("signals", "exercises"))
""",
    ),
    "a pickle that names it": (
        AVERAGE,
        "import pickle\nmoving_average = pickle.loads(b'csignals.filters\\nmoving_average\\n.')",
    ),
    "walks the package": (
        AVERAGE,
        """
import importlib, pkgutil, signals
found = [module.name for module in pkgutil.walk_packages(signals.__path__, "signals.", onerror=lambda name: None)]
print(found)
def moving_average(x, *, width):
    for name in found:
        for thing in vars(importlib.import_module(name)).values():
            for arguments, words in (((x,), {"width": width}), ((x, width), {})):
                try:
                    got = np.asarray(thing(*arguments, **words), dtype=float)
                except BaseException:
                    continue
                if got.shape == (len(x) - width + 1,):
                    return got
    return None
""",
    ),
    "the stub's own parts": (
        AVERAGE,
        """
function = filters.moving_average
print(function.__doc__, function.__code__.co_consts, function.__closure__, getattr(function, "__wrapped__", None))
moving_average = function
""",
    ),
    "the judge's cell": (
        AVERAGE,
        "import sys\nprint([str(frame)[:300] for frame in sys._current_frames().values()])\n"
        "moving_average = sys.modules.get('autograde')",
    ),
}
WAVES: dict[str, tuple[str, str]] = {
    "the wave beside its exercise": (WAVE, "from signals.exercises.waves import sine_wave"),
    "the room as a namespace": (
        WAVE,
        "import importlib.util\n"
        "print(importlib.util.find_spec('signals.exercises.waves'))\n"
        "sine_wave = __import__('signals.exercises', fromlist=['waves']).waves.sine_wave",
    ),
    "the library's reference": ("relative_error", "from machine_room.gradients import relative_error"),
    "what does the same in the library": (
        "relative_error",
        """
from machine_room import gradients
def relative_error(a, b):
    return gradients.gradient_check(lambda t: float((t * a).sum()), b, np.zeros_like(a)).error
""",
    ),
}
TABLES = {"01-smoothing": ("smoothing", ATTACKS), "02-waves": ("waves", WAVES)}


@dataclass(frozen=True)
class Graded:
    """What one run of the course left behind."""

    root: Path
    verdicts: Mapping[str, Verdict]

    def shown(self, attack: str) -> str:
        """All that the author's own cells printed and raised."""
        return "\n".join(
            f"{one.stdout}\n{one.stderr}\n{one.result}\n{one.error}" for one in self.verdicts[attack].outputs
        )


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Graded]:
    """Both assignments, graded with everything in the tables beside one who is honest."""
    root = tmp_path_factory.mktemp("own") / "course"
    copy_of_course(root)
    build(root)
    found = {}
    for assignment, (notebook, attacks) in TABLES.items():
        hand_in(root, assignment, notebook, "honest", RIGHT)
        for name, (target, source) in attacks.items():
            cell = f"LIB = {str(root / 'lib')!r}\n{source.strip()}\nprint({LOOKED!r})\n"
            hand_in(root, assignment, notebook, name, {**RIGHT, target: cell})
        grade(Course(root), assignment, GradeOptions(workers=2))
        journal = Journal(Course(root).journal(assignment, notebook))
        found[assignment] = Graded(root, {verdict.student: verdict for verdict in journal})
    return found


@pytest.mark.parametrize(
    ("assignment", "attack"), [(name, one) for name, (_, table) in TABLES.items() for one in table]
)
def test_no_way_leads_to_the_own_packages_answers(assignment: str, attack: str, graded: dict[str, Graded]) -> None:
    target, _ = TABLES[assignment][1][attack]
    verdict = graded[assignment].verdicts[attack]
    cells = {cell.exercise: cell for cell in verdict.cells}
    assert cells[target].points == 0.0
    assert cells[target].outcome not in (Outcome.CORRECT, Outcome.GRADER_ERROR)
    others = [cell for name, cell in cells.items() if name not in (target, None)]
    assert others
    assert all(cell.points == cell.max_points for cell in others)
    shown = graded[assignment].shown(attack)
    assert LOOKED in shown or "Error" in shown or "Withheld" in shown
    assert [secret for secret in SECRETS if secret in shown] == []


@pytest.mark.parametrize(("assignment", "points"), [("01-smoothing", 3.0), ("02-waves", 3.0)])
def test_honest_work_has_its_points_and_the_packages_other_functions(
    assignment: str, points: float, graded: dict[str, Graded]
) -> None:
    verdict = graded[assignment].verdicts["honest"]
    assert verdict.points == points
    assert [output.error for output in verdict.outputs] == [""] * len(verdict.outputs)
