"""The whole way: a submission's cells in the real box, with the students' library, judged from outside."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograde.contract.verdict import Outcome, Verdict
from autograde.course.notebook import Cell, Notebook, Role
from autograde.inside.limits import Limits
from autograde.judge.judge import grade_notebook
from autograde.sandbox.process import Sandbox
from autograde.sandbox.student_view import write_view
from machine_room.exercises import of_assignment

ASSIGNMENT = "01-backprop"
LIMITS = Limits(request_seconds=10.0, memory_bytes=400 << 20)
GIVEN = "import numpy as np\n\nfrom machine_room import check, datasets, explore"


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    view = tmp_path_factory.mktemp("view") / ASSIGNMENT
    write_view(view, tuple({name for exercise in of_assignment(ASSIGNMENT) for name in exercise.withheld}))
    with Sandbox(view, limits=LIMITS) as sandbox:
        yield sandbox


def grade(box: Sandbox, solutions: dict[str, str]) -> Verdict:
    """Grade one solution and one check for each exercise named, and a cell of the student's that checks itself."""
    cells = [Cell("given-1", Role.GIVEN, "code", GIVEN)]
    for name, source in solutions.items():
        check = f"check({name})\ncheck({name}, hidden=True)"
        cells += [
            Cell(name, Role.SOLUTION, "code", textwrap.dedent(source), name),
            Cell("extra-1", Role.EXTRA, "code", f"check({name})\nexplore.worked_network({name}, {name})"),
            Cell(f"{name}-check", Role.CHECK, "code", check, name, 1.0),
        ]
    notebook = Notebook(ASSIGNMENT, "backprop", tuple(cells))
    return grade_notebook(notebook, student="ada", sandbox=box, limits=LIMITS, seed=11)


def test_right_answers_get_full_marks_and_their_own_checks_stay_quiet(box: Sandbox) -> None:
    solutions = {}
    for exercise in of_assignment(ASSIGNMENT):
        variant = exercise.variants[0]
        source = textwrap.dedent(inspect.getsource(variant))
        solutions[exercise.name] = source[source.index("def ") :].replace(
            f"def {variant.__name__}", f"def {exercise.name}", 1
        )
    verdict = grade(box, solutions)
    assert [(cell.cell_id, cell.hint) for cell in verdict.cells if cell.points != 1.0] == []
    assert [output for output in verdict.outputs if output.error or output.stderr or output.stdout] == []


HANDS_IN_THE_REFERENCE = {
    "imported": "from machine_room.layers import dense_forward",
    "called": "import machine_room\ndef dense_forward(*args): return machine_room.dense_forward(*args)",
    "by a layer": """
        import machine_room
        def dense_forward(x, weights, bias):
            layer = machine_room.Dense(weights.shape[1], activation="linear")
            return layer.forward(x)
    """,
    "by its source": """
        import inspect, machine_room.layers
        source = inspect.getsource(machine_room.layers.dense_forward)
        exec(source.replace("raise ", "return lambda *args: "))
    """,
    "from the exercises": "from machine_room.exercises.backprop import dense_forward",
    "from what Python compiled": """
        import glob, importlib.util, marshal
        for path in glob.glob("/**/layers*.pyc", recursive=True):
            if "machine_room" in path:
                exec(marshal.loads(open(path, "rb").read()[16:]))
        dense_forward = globals().get("dense_forward")
    """,
    "from memory": """
        import gc, types
        found = [f for f in gc.get_objects() if isinstance(f, types.FunctionType) and f.__name__ == "dense_forward"]
        dense_forward = found[0] if found else None
    """,
    "from a file beside the notebook": """
        import sys
        open("machine_room.py", "w").write("def dense_forward(x, w, b): return 0")
        sys.path.insert(0, ".")
        del sys.modules["machine_room"]
        from machine_room import dense_forward
    """,
}


@pytest.mark.parametrize("source", HANDS_IN_THE_REFERENCE.values(), ids=HANDS_IN_THE_REFERENCE)
def test_handing_in_the_library_gains_nothing(source: str, box: Sandbox) -> None:
    cell = grade(box, {"dense_forward": source}).cells[0]
    assert cell.points == 0.0
    assert cell.outcome in {Outcome.ERROR, Outcome.WRONG, Outcome.MISSING}
    assert cell.hint


def test_the_student_is_told_why_the_library_does_not_answer(box: Sandbox) -> None:
    cell = grade(box, {"dense_forward": HANDS_IN_THE_REFERENCE["imported"]}).cells[0]
    assert cell.outcome is Outcome.ERROR
    assert "dense_forward is what you are asked to write; it is not available while your work is graded." in cell.text


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("hoard = []\n    while True: hoard.append(np.ones(10**7))", Outcome.MEMORY_LIMIT),
        ("import os\n    os._exit(0)", Outcome.CRASHED),
        ("import ctypes\n    ctypes.string_at(0)", Outcome.CRASHED),
        ("while True: print('spam' * 1000)", Outcome.OUTPUT_LIMIT),
    ],
)
def test_a_breach_in_the_box_costs_its_own_check_only(body: str, outcome: Outcome, box: Sandbox) -> None:
    breaks, works = grade(
        box,
        {
            "dense_forward": f"def dense_forward(x, weights, bias):\n    {body}",
            "relu_backward": "def relu_backward(dh, z): return dh * (z > 0)",
        },
    ).cells
    assert (breaks.points, breaks.outcome) == (0.0, outcome)
    assert (works.points, works.outcome) == (1.0, Outcome.CORRECT)


def test_the_seed_and_our_paths_are_nowhere_in_the_box(box: Sandbox) -> None:
    source = f"""
    import glob, os, sys
    texts = [str(os.environ), str(sys.path), str(sys.argv)]
    for path in glob.glob("/**/*", recursive=True):
        if path.endswith((".ipynb", ".db", "seed")) or "{Path(__file__).resolve().parents[3].name}/course" in path:
            print(path)
    print([text for text in texts if {str(Path(__file__).resolve().parents[3])!r} in text])
    def dense_forward(x, weights, bias): return x @ weights + bias
    """
    verdict = grade(box, {"dense_forward": source})
    assert verdict.cells[0].points == 1.0
    assert verdict.outputs[1].stdout == "[]\n"
