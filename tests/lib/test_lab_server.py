"""The Jupyter server extension is installed switched on, and sends small messages to browsers at once."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from jupyter_server.extension.manager import ExtensionPackage
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

from machine_room import lab_server

CONFIG = Path("etc/jupyter/jupyter_server_config.d/machine-room.json")


def test_it_is_switched_on_in_this_environment() -> None:
    settings = json.loads((Path(sys.prefix) / CONFIG).read_text())
    assert settings["ServerApp"]["jpserver_extensions"] == {"machine_room.lab_server": True}


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
