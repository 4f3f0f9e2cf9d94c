"""The exchange's two ends as they are installed: students' without the autograder, the hub's without either."""

from __future__ import annotations

from tools.wheels import Built, Environment

CLIENT = """
import importlib.util
from importlib import import_module
from traitlets.config import Config
from nbgrader.exchange import ExchangeFactory
from machine_room.exchange import use_hub
for absent in ("autograde", "machine_room_hub", "jupyterhub"):
    assert importlib.util.find_spec(absent) is None, absent
config = Config()
use_hub(config, "http://127.0.0.1:1/")
factory = ExchangeFactory(config=config)
print(*(type(getattr(factory, action)(config=config)).__name__ for action in ("List", "FetchAssignment", "Submit")))
"""
SERVICE = """
import importlib.util
import machine_room_hub.handlers
for absent in ("autograde", "machine_room", "nbgrader", "numpy"):
    assert importlib.util.find_spec(absent) is None, absent
print(machine_room_hub.__version__)
"""


def test_the_exchanges_classes_work_where_the_autograder_is_not_installed(students_on_a_hub: Environment) -> None:
    done = students_on_a_hub.run("python", "-c", CLIENT)
    assert done.stdout.split() == ["HubList", "HubFetchAssignment", "HubSubmit"], done.stderr


def test_the_service_needs_neither_library_nor_grader(hubs: Environment) -> None:
    done = hubs.run("python", "-c", SERVICE)
    assert done.stdout.strip() == "0.1.0", done.stderr


def test_the_service_says_in_one_sentence_that_a_hub_starts_it(hubs: Environment) -> None:
    done = hubs.run("machine-room-exchange", "--root", "exchange", "--course", "machine-room")
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "A hub starts this service and says at which address. JUPYTERHUB_SERVICE_URL says none."
    )


def test_the_hubs_wheel_holds_its_package_alone(hub: Built) -> None:
    assert {name.split("/")[0] for name in hub.names()} == {"machine_room_hub", "machine_room_hub-0.1.0.dist-info"}
