"""Stealing: answers, hidden tests, the seed, grades, neighbours' work, the grader's environment. Nothing is there."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("stealing")  # one class is graded for all of these

LOOKED = "looked everywhere"  # a thief's last word: it did not give up half way

LEAVES_A_FILE = """
import glob, os
folders = ("/tmp", "/dev/shm", "/var/tmp", os.path.expanduser("~"))
print([open(path).read() for folder in folders for path in glob.glob(folder + "/loot*")])
for folder in folders:
    try:
        open(folder + "/loot", "w").write("backward_221 of mine")
    except OSError as error:
        print(type(error).__name__)
"""

ATTACKS = {
    "imports the reference": """
import importlib
found = []
for place in ("worked_network", "exercises.backprop", "checks.run", "checks.answers", "exercises", ""):
    try:
        module = importlib.import_module(("machine_room." + place).rstrip("."))
        backward_221 = module.backward_221
        print(backward_221(theta, x, y))
    except Exception as error:
        print(type(error).__name__)
""",
    "the reference in memory": """
import gc, sys, types
for thing in gc.get_objects():
    if isinstance(thing, types.FunctionType) and thing.__name__ == "backward_221":
        backward_221 = thing
for module in list(sys.modules.values()):
    if hasattr(module, "backward_221") and module.__name__ != "__main__":
        backward_221 = module.backward_221
""",
    "bytecode, archives and sources on disk": """
import glob, marshal, os, types, zipfile
for folder in ("/python", "/packages", "/view", "/box", "/tmp", "/usr", "/lib", "/", "."):
    for path in [p for name in ("*221*", "worked_network*") for p in glob.glob(f"{folder}/**/{name}", recursive=True)]:
        print(path)
        text = open(path, "rb").read()
        if path.endswith(".pyc"):
            exec(marshal.loads(text[16:]))
        elif b"def backward_221" in text:
            exec(text.decode())
""",
    "the source from inspect": """
import inspect, machine_room, machine_room.worked_network as module
exec(inspect.getsource(module.backward_221).replace("raise ", "return "))
print(inspect.getsource(module))
""",
    "the tests, the seed, the grades, the neighbours": """
import os
for path in ("/", "/work", "/home", "/root", "/tmp", "..", "../..", "/var", "/run", "/etc", "/proc", "/sys", "/dev"):
    try:
        print(path, sorted(os.listdir(path))[:50])
    except OSError as error:
        print(type(error).__name__)
for path, folders, files in os.walk("/"):
    for name in files:
        if name.endswith((".ipynb", ".db", ".jsonl", ".md")) or name in ("seed", "timestamp.txt"):
            try:
                text = open(os.path.join(path, name), errors="replace").read()
            except OSError:
                continue
            if "machine_room" in text or "HIDDEN" in text:
                print(text)
""",
    "the environment": """
import os, sys
print(dict(os.environ), sys.argv, sys.path, sys.orig_argv, sys.executable, os.getcwd())
import ctypes
environ = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
print([environ[i] for i in range(len(os.environ))])
""",
    "processes": """
import glob, os
for path in ["/proc/self/maps", *(p for name in ("environ", "cmdline", "fd/*") for p in glob.glob(f"/proc/*/{name}"))]:
    try:
        print(open(path, "rb").read())
    except OSError as error:
        print(type(error).__name__)
for pid in range(1, 5000):
    try:
        os.kill(pid, 0)
        print(os.getsid(pid), os.readlink(f"/proc/{pid}/cwd"))
    except OSError:
        pass
""",
    "inherited descriptors": """
import os, fcntl
for descriptor in range(200):
    if descriptor == 3: continue  # the line to the judge
    try:
        print(descriptor, os.fstat(descriptor).st_mode, os.pread(descriptor, 100_000, 0))
    except OSError:
        pass
""",
    "sockets": """
import socket
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK, socket.AF_VSOCK):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            socket.socket(family, kind).connect(("127.0.0.1", 80))
            print("CONNECTED")
        except (OSError, TypeError) as error:
            print(type(error).__name__)
try:
    print("RESOLVED", socket.getaddrinfo("localhost", 80))
except OSError as error:
    print(type(error).__name__)
""",
    "the memory of its own process": """
import ctypes, gc, sys
frame = sys._getframe()
while frame:
    print(str(frame.f_locals)[:20_000], str(frame.f_globals.get("__name__")))
    frame = frame.f_back
print([str(o)[:200] for o in gc.get_objects() if type(o) is dict and "seed" in o][:20])
""",
    "asks the judge through its line": """
import sys, socket
wire, frames, kernel = (sys.modules["inside." + name] for name in ("wire", "frames", "kernel"))
def backward_221(theta, x, y):
    channel = socket.socket(fileno=3)
    for number in range(10):
        asked = wire.Reference("judge", number, "function", "reference")
        frames.send(channel, ("callback", 1, 1, object(), (theta, x, y), {}), lambda value: asked)
    print(channel.recv(100_000))
    return None
""",
    "a file for the next one": LEAVES_A_FILE,
    "a file from the one before": LEAVES_A_FILE,
    "what is left of it in NumPy and Python": """
import atexit, builtins, numpy, readline, site, sysconfig
print(sysconfig.get_paths(), numpy.show_config(mode="dicts"), site.getsitepackages())
print([name for name in dir(builtins) if "seed" in name], __builtins__ is builtins)
""",
}
ATTACKS = {name: f"{source}\nprint({LOOKED!r})" for name, source in ATTACKS.items()}

THEFTS = {
    "forward_difference": """
from machine_room import gradients
def forward_difference(f, theta, *, epsilon=1e-6):
    return gradients._entrywise(theta, lambda move: (move(epsilon) - move(0)) / epsilon)
""",
    "numerical_gradient": """
from machine_room import gradients
def numerical_gradient(f, theta, *, epsilon=1e-5):
    return gradients.gradient_check(f, np.zeros(theta.shape), theta, epsilon=epsilon).numerical
""",
    "relative_error": """
from machine_room import gradients
def relative_error(a, b):
    return gradients.gradient_check(lambda t: float((t * a).sum()), b, np.zeros_like(a)).error
""",
    "forward_221": """
import machine_room
def forward_221(theta, x):
    network = machine_room.Network([machine_room.Dense(2, "relu"), machine_room.Dense(1)])
    network.build(2)
    network.theta = theta
    return dict.fromkeys(("z1", "h1", "z2", "h2"), 0.0) | {"yhat": float(network.predict(x[None])[0, 0])}
""",
    "gradient_descent_step": """
import machine_room
def gradient_descent_step(theta, gradient, *, learning_rate):
    moved = theta.copy()
    machine_room.SGD(learning_rate).update(moved, gradient)
    return moved
""",
    "dense_forward": """
from machine_room.layers import Dense
def dense_forward(x, weights, bias):
    layer = Dense.__new__(Dense)
    layer.weights, layer.bias, layer.activation = weights, bias, None
    return Dense.forward(layer, x)
""",
    "relu_backward": """
from machine_room import activations
def relu_backward(dh, z):
    return activations.get("relu").backward(dh, z)
""",
    "dense_backward": """
from machine_room import layers
def dense_backward(dz, x, weights):
    return (dz @ weights.T, *layers.parameter_gradients(dz, x))
""",
    "cross_entropy": """
from machine_room import keras, losses
def cross_entropy(logits, labels):
    return losses.get("cross_entropy")(logits, labels)
""",
    "two_layer_gradient": """
from machine_room import gradients, layers, losses
def two_layer_gradient(x, labels, weights1, bias1, weights2, bias2):
    first, second = layers.Dense(weights1.shape[1], "relu"), layers.Dense(weights2.shape[1])
    for layer, w, b in ((first, weights1, bias1), (second, weights2, bias2)):
        layer.weights, layer.bias = w, b
        layer.dweights, layer.dbias = np.zeros_like(w), np.zeros_like(b)
    gradients.backpropagation([first, second], losses.cross_entropy, x, labels)
    return first.dweights, first.dbias, second.dweights, second.dbias
""",
}


def all_from_the_library(notebook: dict[str, Any]) -> None:
    for cell in notebook["cells"]:
        if cell["id"] in THEFTS:
            cell["source"] = THEFTS[cell["id"]]


FILES = {"all from the library": all_from_the_library}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_thief_finds_nothing(attack: str, run: Any, attack_holds: Any) -> None:
    attack_holds(attack)
    shown = run.shown(attack)
    assert LOOKED in shown or "NameError" in shown or "is what you are asked to write" in shown
    assert not [word for word in ("CONNECTED", "RESOLVED", "backward_221 of mine") if word in shown]


@pytest.mark.parametrize("exercise", THEFTS)
def test_what_is_left_in_the_library_does_no_exercise(exercise: str, run: Any) -> None:
    cell = run.check("all from the library", exercise)
    assert cell.points == 0.0
    assert "not available while your work is graded" in cell.text


def test_nobody_else_is_hurt(nobody_else_is_hurt: Any) -> None:
    nobody_else_is_hurt()
