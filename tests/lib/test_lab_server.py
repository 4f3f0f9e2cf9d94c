"""The Jupyter server extension is for who switches it on, and sends small messages to browsers at once."""

import asyncio
import os
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest
from jupyter_core.paths import jupyter_config_path
from jupyter_server.extension.config import ExtensionConfigManager
from jupyter_server.extension.manager import ExtensionPackage
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

from machine_room import lab_server

PYPROJECT = Path(__file__).parents[2] / "lib" / "pyproject.toml"


@pytest.fixture(autouse=True)
def undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment of the test's own, in which nobody has said how many threads."""
    monkeypatch.setattr(os, "environ", {name: value for name, value in os.environ.items() if "THREADS" not in name})


def test_installing_the_package_switches_nothing_on() -> None:
    installed = [str(file) for file in metadata.files("machine-room") or ()]
    assert installed
    page = "share/jupyter/labextensions/machine-room/"  # a page's part, which shows saved pictures; no server's
    assert [name for name in installed if "jupyter" in name and page not in name] == []
    wheel = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["shared-data"] == {"labextension": page.rstrip("/")}


def test_a_server_of_this_environment_leaves_it_off() -> None:
    found = ExtensionConfigManager(read_config_path=jupyter_config_path()).get_jpserver_extensions()
    assert "jupyterlab" in found
    assert not found.get("machine_room.lab_server", False)


@pytest.mark.parametrize(("arguments", "on"), [([], False), ([lab_server.SWITCH_ON], True)])
def test_the_argument_switches_it_on_and_leaves_the_others_on(
    arguments: list[str], on: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    server = ServerApp()
    server.parse_command_line(arguments)
    server.find_server_extensions()
    assert server.jpserver_extensions.get("machine_room.lab_server", False) is on
    assert server.jpserver_extensions["jupyterlab"] is True


def test_the_server_finds_it() -> None:
    package = ExtensionPackage(name="machine_room.lab_server", enabled=True)
    assert package.validate()
    assert set(package.extension_points) == {"machine_room.lab_server"}


def test_a_kernels_socket_opens_without_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[object] = []

    class Handler:
        def set_nodelay(self, value: bool) -> None:
            happened.append(("nodelay", value))

    async def opened(handler: object, kernel_id: str) -> None:
        happened.append(kernel_id)

    monkeypatch.setattr(KernelWebsocketHandler, "open", opened)
    lab_server._load_jupyter_server_extension(SimpleNamespace(web_app=SimpleNamespace(settings={})))
    opening = KernelWebsocketHandler.open(Handler(), "kernel 1")  # type: ignore[arg-type]
    with pytest.raises(StopIteration):  # it waits for nothing: one push, and it is through; no event loop is needed
        opening.send(None)
    assert happened == [("nodelay", True), "kernel 1"]


def test_the_tabs_icon_stays_and_what_others_set_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KernelWebsocketHandler, "open", KernelWebsocketHandler.open)
    asked: list[object] = []

    def theirs(handler: object, page: dict[str, object]) -> dict[str, object]:
        asked.append(handler)
        return {**page, "hubUser": "ada"}

    settings = {"page_config_hook": theirs}
    lab_server._load_jupyter_server_extension(SimpleNamespace(web_app=SimpleNamespace(settings=settings)))
    page = settings["page_config_hook"]("handler", {"disabledExtensions": ["another"]})
    icon = "@jupyterlab/application-extension:faviconbusy"
    assert page == {"hubUser": "ada", "disabledExtensions": ["another", icon]}
    assert asked == ["handler"]


def test_a_page_without_any_setting_gets_one() -> None:
    assert lab_server._leaving_the_icon(None)(None, {}) == {
        "disabledExtensions": ["@jupyterlab/application-extension:faviconbusy"]
    }


# Of a process that has multiplied matrices: how many threads it has.
MULTIPLIES = "import numpy as np, os; a = np.ones((300, 300)); a @ a; print(len(os.listdir('/proc/self/task')))"


def test_a_kernel_multiplies_matrices_in_one_thread() -> None:
    lab_server._start_kernels_with_one_thread()
    child = subprocess.run([sys.executable, "-c", MULTIPLIES], env=os.environ, capture_output=True, text=True)
    assert child.stdout.strip() == "1", child.stderr


@pytest.mark.parametrize("name", lab_server._THREADS)
def test_who_has_said_how_many_threads_gets_them(name: str) -> None:
    os.environ[name] = "3"
    lab_server._start_kernels_with_one_thread()
    assert {key: value for key, value in os.environ.items() if "THREADS" in key} == {name: "3"}


def test_jupyter_gives_a_kernel_what_the_server_has() -> None:
    from jupyter_client.manager import KernelManager
    from jupyter_client.provisioning.local_provisioner import LocalProvisioner

    lab_server._start_kernels_with_one_thread()
    provisioner = LocalProvisioner(kernel_id="k", kernel_spec=KernelManager(kernel_name="python3").kernel_spec)
    arguments = asyncio.run(provisioner.pre_launch(extra_arguments=[]))
    assert arguments["env"]["OPENBLAS_NUM_THREADS"] == "1"
