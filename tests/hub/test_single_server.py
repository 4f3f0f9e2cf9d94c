"""One server with accounts, as it is set up and run: hub/single-server with real users, PAM, TLS and PostgreSQL.

Needs root: `make test-root`. Makes accounts whose names begin with `mrtest-`, and takes them away again.
"""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from machine_room_hub.as_account import preparation
from tests.hub.accounts import processes_of
from tests.hub.by_http import ByHttp
from tests.hub.server import ADA, BOB, EVE, IDA, IVY, OMAR, ONE, Server, running_server
from tools.kernel import Kernel

pytestmark = pytest.mark.root

ASSIGNMENT = "01-backprop"
SECONDS = 60


@pytest.fixture(scope="module")
def server(set_up: Server) -> Iterator[Server]:
    """One whose course one is graded while its students watch; course two is not."""
    before = set_up.settings_file.read_text()
    set_up.set_course("one", watch=True)
    with running_server(set_up):
        yield set_up
    set_up.settings_file.write_text(before)


@pytest.fixture(scope="module")
def people(server: Server) -> Mapping[str, ByHttp]:
    found = {name: ByHttp(server, name) for name in (ADA, BOB, IVY, IDA, OMAR)}
    for name, person in found.items():
        assert person.log_in(), name
    return found


@pytest.fixture(scope="module")
def kernel(people: Mapping[str, ByHttp]) -> Iterator[Kernel]:
    opened = people[ADA].open_server()
    yield opened
    opened.close()


def test_a_wrong_password_and_who_is_in_no_course_are_refused(server: Server) -> None:
    assert not ByHttp(server, ADA).log_in("wrong")
    assert not ByHttp(server, EVE).log_in()


def test_a_students_server_runs_as_the_student(kernel: Kernel) -> None:
    account = pwd.getpwnam(ADA)
    assert kernel.run("import os, getpass; print(os.getuid(), os.getgid(), os.getgroups(), os.environ['HOME'])") == (
        f"{account.pw_uid} {account.pw_gid} [{account.pw_gid}] {account.pw_dir}"
    )


def test_a_students_environment_has_the_course_and_no_autograder(kernel: Kernel) -> None:
    found = (
        "import importlib.util as u; print([bool(u.find_spec(n)) for n in ('machine_room', 'nbgrader', 'autograde')])"
    )
    assert kernel.run(found) == "[True, True, False]"
    assert "ModuleNotFoundError" in kernel.run("import autograde")


def test_a_kernel_has_one_blas_thread(kernel: Kernel) -> None:
    assert kernel.run("import os; print(os.environ['OMP_NUM_THREADS'], os.environ['OPENBLAS_NUM_THREADS'])") == "1 1"
    works = "import numpy as n, os; n.ones((900, 900)) @ n.ones((900, 900)); print(len(os.listdir('/proc/self/task')))"
    said = kernel.run(f"import subprocess, sys; print(subprocess.check_output([sys.executable, '-c', {works!r}]))")
    assert said == "b'1\\n'"


def test_the_kernel_of_linux_keeps_the_limits(kernel: Kernel, server: Server) -> None:
    limits = server.settings.limits
    asked = (
        "import resource as r; print(r.getrlimit(r.RLIMIT_AS), r.getrlimit(r.RLIMIT_NPROC), r.getrlimit(r.RLIMIT_CORE))"
    )
    memory, processes = (limits.memory_bytes,) * 2, (limits.processes,) * 2
    assert kernel.run(asked) == f"{memory} {processes} (0, 0)"
    assert "MemoryError" in kernel.run(f"bytearray({limits.memory_bytes})")


def test_a_student_sees_no_formgrader_and_no_menus_of_instructors(people: Mapping[str, ByHttp], kernel: Kernel) -> None:
    ada = people[ADA]
    assert ada.get(f"/user/{ADA}/formgrader/manage_assignments").status_code == 404
    page = ada.get(f"/user/{ADA}/lab").text
    config = json.loads(
        page.split('<script id="jupyter-config-data" type="application/json">')[1].split("</script>")[0]
    )
    disabled = config["disabledExtensions"]
    for extension in ("formgrader", "create-assignment", "course-list"):
        assert f"@jupyter/nbgrader:{extension}" in disabled
    for course in ("one", "two"):
        assert ada.get(f"/services/{course}/formgrader/manage_assignments").status_code == 403


@pytest.mark.parametrize(("who", "course", "status"), [
    (IVY, "one", 200), (IDA, "one", 200), (OMAR, "two", 200),
    (IVY, "two", 403), (IDA, "two", 403), (OMAR, "one", 403), (BOB, "one", 403),
])  # fmt: skip
def test_instructors_open_their_own_courses_formgrader_alone(
    who: str, course: str, status: int, people: Mapping[str, ByHttp]
) -> None:
    for path in ("formgrader/manage_assignments", "formgrader/api/assignments"):
        answer = people[who].get(f"/services/{course}/{path}")
        assert answer.status_code == status, answer.text[-1000:]
    assert status != 200 or ASSIGNMENT in answer.text


WRITES = """
import json, subprocess
done = subprocess.run(["nbgrader", "fetch_assignment", "--course", "one", "01-backprop"], capture_output=True)
path = "one/01-backprop/backprop.ipynb"
book = json.load(open(path))
[cell] = [cell for cell in book["cells"] if cell["id"] == "relu_backward"]
cell["source"] = '''
import os
print("RAN AS", os.getuid(), os.path.exists("SEED"), os.path.exists("HOMES"))
def relu_backward(dh, z):
    return dh * (z > 0)
'''
json.dump(book, open(path, "w"))
done = subprocess.run(["nbgrader", "submit", "--course", "one", "01-backprop"], capture_output=True, text=True)
print(done.returncode, done.stderr[-300:])
"""


@pytest.fixture(scope="module")
def graded(server: Server, people: Mapping[str, ByHttp], kernel: Kernel) -> str:
    """Ada's work in course one, released, handed in, collected and graded by formgrader's buttons; ada's log of it."""
    ivy = people[IVY]
    told = ivy.press("one", f"assignment/{ASSIGNMENT}/release")
    assert told["success"], told
    seed = server.course_folder("one") / ".autograde" / "seed"
    said = kernel.run(WRITES.replace("SEED", str(seed)).replace("HOMES", str(server.folder / "homes")))
    assert said.startswith("0 "), said
    for button in (f"assignment/{ASSIGNMENT}/collect", f"submission/{ASSIGNMENT}/{ADA}/autograde"):
        told = ivy.press("one", button)
        assert told["success"], told
    return str(told["log"])


def test_a_hand_in_is_collected_by_the_courses_account(server: Server, graded: str) -> None:
    collected = server.course_folder("one") / "submitted" / ADA / ASSIGNMENT / "backprop.ipynb"
    assert collected.stat().st_uid == pwd.getpwnam(ONE).pw_uid
    assert not (server.course_folder("two") / "submitted").exists()


def test_it_is_graded_in_the_sandbox_as_the_courses_account(server: Server, graded: str) -> None:
    """The seed and the homes are there for the account, and not for what it grades."""
    folder, account = server.course_folder("one"), pwd.getpwnam(ONE)
    assert (folder / ".autograde" / "seed").exists()
    work = folder / "autograded" / ADA / ASSIGNMENT / "backprop.ipynb"
    assert work.stat().st_uid == account.pw_uid
    assert f"RAN AS {account.pw_uid} False False" in work.read_text()
    serving = int((folder / ".autograde" / "serve.pid").read_text())
    assert Path(f"/proc/{serving}").stat().st_uid == account.pw_uid


def test_the_grade_is_in_postgresql_and_in_formgrader(
    server: Server, people: Mapping[str, ByHttp], graded: str
) -> None:
    [row] = json.loads(people[IVY].get(f"/services/one/formgrader/api/submissions/{ASSIGNMENT}").text)[:1]
    assert (row["student"], row["score"]) == (ADA, 1.0)
    assert not (server.course_folder("one") / "gradebook.db").exists()


def test_the_other_course_saw_nothing_of_it(people: Mapping[str, ByHttp], graded: str) -> None:
    assert json.loads(people[OMAR].get("/services/two/formgrader/api/assignments").text)[0]["num_submissions"] == 0
    assert people[OMAR].get(f"/services/one/formgrader/api/submissions/{ASSIGNMENT}").status_code == 403


# --- graded while the student watches: course one, and an assignment that nobody else's test hands in

WATCHED, EXERCISE = "02-activations", "sigmoid"
HANDS_IN = f"""
import json, os, subprocess
os.chdir(os.path.expanduser("~"))
if not os.path.exists("one/{WATCHED}"):
    subprocess.run(["nbgrader", "fetch_assignment", "--course", "one", "{WATCHED}"], capture_output=True)
path = "one/{WATCHED}/activations.ipynb"
book = json.load(open(path))
[cell] = [cell for cell in book["cells"] if cell["id"] == "{EXERCISE}"]
cell["source"] = CODE
json.dump(book, open(path, "w"))
done = subprocess.run(["nbgrader", "submit", "--course", "one", "{WATCHED}"], capture_output=True, text=True)
assert not done.returncode, done.stderr
os.chdir("one/{WATCHED}")
from machine_room.exchange import handed_in
handed_in(wait_seconds=170)
"""
WRONG = "def sigmoid(z):\n    return z\n"
RIGHT = "import numpy as np\ndef sigmoid(z):\n    return 0.5 * (1 + np.tanh(z / 2))\n"


@pytest.fixture(scope="module")
def neighbour(people: Mapping[str, ByHttp]) -> Iterator[Kernel]:
    """Bob's, who is in course one as well."""
    opened = people[BOB].open_server()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def watched(server: Server, people: Mapping[str, ByHttp], kernel: Kernel) -> list[str]:
    """What ada is told in her notebook: of a wrong answer, and of the right one after it."""
    allowed = server.course_folder("one") / "autograde.toml"
    allowed.write_text(f'[watch.{WATCHED}]\nshow = "hints"\n')
    os.chown(allowed, pwd.getpwnam(ONE).pw_uid, pwd.getpwnam(ONE).pw_gid)
    told = people[IVY].press("one", f"assignment/{WATCHED}/release")
    assert told["success"], told
    return [kernel.run(HANDS_IN.replace("CODE", repr(code))) for code in (WRONG, RIGHT)]


def test_a_hand_in_is_answered_with_points_while_its_student_watches(watched: list[str]) -> None:
    for said, number, line in zip(watched, (1, 2), ("0 of 2\n    wrong", "2 of 2"), strict=True):
        assert f"number {number}." in said, said
        assert f"{EXERCISE}: {line}" in said, said


def test_the_courses_account_has_graded_it(server: Server, people: Mapping[str, ByHttp], watched: list[str]) -> None:
    """Nobody has pressed a button, and the points are in formgrader, journal and PostgreSQL."""
    account = pwd.getpwnam(ONE).pw_uid
    folder = server.course_folder("one")
    work = folder / "autograded" / ADA / WATCHED / "activations.ipynb"
    journal = folder / ".autograde" / "journal" / f"{WATCHED}-activations.jsonl"
    assert {Path(path).stat().st_uid for path in (work, journal, f"/proc/{watcher()}")} == {account}
    rows = json.loads(people[IVY].get(f"/services/one/formgrader/api/submissions/{WATCHED}").text)
    assert [(row["student"], row["score"]) for row in rows if row["autograded"]] == [(ADA, 2.0)]


def watcher() -> int:
    """The process that watches."""
    [found] = (
        number for number in processes_of(pwd.getpwnam(ONE).pw_uid)
        if Path(f"/proc/{number}/cmdline").read_bytes().endswith(b"-m\0autograde\0watch\0")
    )  # fmt: skip
    return found


ADAS = f"courses/one/assignments/{WATCHED}/hand-ins/{ADA}/2"
# What a neighbour asks the exchange for, with the token of his own server.
NEIGHBOUR_ASKS = [
    ("GET", f"{ADAS}/answer"), ("GET", f"{ADAS}/answer?seconds=0"), ("GET", ADAS), ("GET", f"{ADAS}/feedback"),
    ("GET", f"courses/one/hand-ins?student={ADA}"), ("GET", f"courses/one/students/{ADA}"),
    ("GET", f"courses/one/waiting?assignment={WATCHED}"), ("POST", f"{ADAS}/answer"), ("POST", f"{ADAS}/feedback"),
]  # fmt: skip
ASKS = """
import os, requests
headers = {"Authorization": "token " + os.environ["JUPYTERHUB_API_TOKEN"]}
answer = requests.request("METHOD", os.environ["MACHINE_ROOM_EXCHANGE_URL"] + "PATH", headers=headers, data=b"{}")
print(answer.status_code, answer.text)
"""


@pytest.mark.parametrize(("method", "path"), NEIGHBOUR_ASKS)
def test_a_neighbour_is_told_nothing_of_it(method: str, path: str, neighbour: Kernel, watched: list[str]) -> None:
    said = neighbour.run(ASKS.replace("METHOD", method).replace("PATH", path))
    assert said.startswith("403 "), said
    assert "points" not in said


def test_ada_herself_may_read_it_and_not_write_it(kernel: Kernel, watched: list[str]) -> None:
    told = json.loads(kernel.run(ASKS.replace("METHOD", "GET").replace("PATH", f"{ADAS}/answer")).removeprefix("200 "))
    assert (told["answer"]["state"], told["answer"]["points"]) == ("graded", 2.0)
    assert kernel.run(ASKS.replace("METHOD", "POST").replace("PATH", f"{ADAS}/answer")).startswith("403 ")


def test_a_neighbour_sees_no_hand_in_of_ada_in_his_notebook(neighbour: Kernel, watched: list[str]) -> None:
    said = neighbour.run(f"from machine_room.exchange import handed_in; handed_in('{WATCHED}')")
    assert said == f"You have not handed in {WATCHED} yet."


# What a student tries in a kernel: path of a file or folder of somebody else's, by the server's settings.
CLOSED = {
    "the gradebook": "{two}/gradebook.db",
    "the course's folder": "{one}",
    "the source": "{one}/source",
    "the seed": "{one}/.autograde/seed",
    "the journal": "{one}/.autograde/journal/" + f"{WATCHED}-activations.jsonl",
    "the socket of the grader process": "{one}/.autograde/serve.sock",
    "what was handed in": "{one}/submitted/" + f"{ADA}/{WATCHED}",
    "what was graded": "{one}/autograded/" + f"{ADA}/{WATCHED}",
    "the course's settings with the gradebook's password": "{one}/nbgrader_config.py",
    "what is graded at once": "{one}/autograde.toml",
    "the exchange": "{exchange}",
    "the state of the hub": "{state}/cookie-secret",
    "the doctor's token": "{state}/doctor-token",
    "the settings with the database's password": "{settings}",
    "the key of the certificate": "{key}",
    "another's home": "{homes}/{other}",
    "the environment of the course's server": "/proc/{grader}/environ",
    "the environment, with its token, of what grades at once": "/proc/{watcher}/environ",
}


@pytest.mark.parametrize("who", [ADA, BOB])
@pytest.mark.parametrize("path", CLOSED.values(), ids=CLOSED)
def test_a_student_in_a_shell_can_neither_read_nor_write(
    path: str, who: str, kernel: Kernel, neighbour: Kernel, server: Server, graded: str, watched: list[str]
) -> None:
    told = server.settings
    place = path.format(
        one=told.courses["one"].folder, two=told.courses["two"].folder, exchange=told.exchange_folder, state=told.state,
        settings=server.settings_file, key=told.key, homes=server.folder / "homes", other=BOB if who == ADA else ADA,
        grader=processes_of(pwd.getpwnam(ONE).pw_uid)[0], watcher=watcher(),
    )  # fmt: skip
    assert Path(place).exists()
    shell = kernel if who == ADA else neighbour
    reads = f"import os\np = {place!r}\nprint(os.listdir(p) if os.path.isdir(p) else open(p, 'rb').read())"
    assert shell.run(reads).startswith("PermissionError"), place
    writes = f"import os\np = {place!r}\nopen(p + '/x' if os.path.isdir(p) else p, 'ab')"
    assert shell.run(writes).startswith("PermissionError"), place


def test_the_courses_account_grades_in_a_terminal_too(server: Server, graded: str) -> None:
    done = server.as_grader("one", "autograde", "grade", ASSIGNMENT)
    assert done.returncode == 0, done.stderr
    assert ADA in done.stdout


def test_idle_servers_are_stopped(server: Server, people: Mapping[str, ByHttp], kernel: Kernel) -> None:
    """The culler's own token is enough; with a timeout of a second ada's server is idle."""
    here = str(server.settings.hub_environment)  # another server's may be on this machine, too
    culler = next(
        number for number in processes_of(pwd.getpwnam("nobody").pw_uid)
        if (said := Path(f"/proc/{number}/cmdline").read_text()).startswith(here) and "jupyterhub_idle_culler" in said
    )  # fmt: skip
    variables = dict(
        line.split("=", 1) for line in Path(f"/proc/{culler}/environ").read_text().split("\0") if "=" in line
    )
    told = {name: variables[name] for name in ("JUPYTERHUB_API_TOKEN", "JUPYTERHUB_API_URL")}
    python = server.settings.hub_environment / "bin" / "python"
    often = [str(python), "-m", "jupyterhub_idle_culler", "--timeout=1", "--cull-every=1"]
    second = subprocess.Popen(often, cwd="/", **preparation("nobody", **told))
    deadline = time.monotonic() + SECONDS
    try:
        while people[ADA].at_the_hub("GET", f"users/{ADA}").json()["server"]:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    finally:  # also where it has stopped nobody: it would be waited for without an end
        second.kill()
        second.wait()
    while any("jupyterhub" in Path(f"/proc/{n}/cmdline").read_text() for n in processes_of(pwd.getpwnam(ADA).pw_uid)):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert (Path(pwd.getpwnam(ADA).pw_dir) / "one" / ASSIGNMENT / "backprop.ipynb").exists()
