"""A Jupyter server extension that lets pictures follow a moved slider closely, for who switches it on.

It changes the whole server, so installing it does not switch it on. `make lab` does; any other server, with
`jupyter lab --ServerApp.jpserver_extensions=machine_room.lab_server=True`, or the same in its configuration.

A picture follows its slider in three messages: the kernel is busy, the picture, the kernel is idle.

Jupyter's server leaves Nagle's algorithm on, so the second waits until the browser has acknowledged the first, and that
takes 40 ms on Linux (measured on loopback). With TCP_NODELAY it leaves when it is ready.

JupyterLab changes the icon of the browser's tab at the first and at the third, which costs a third of the pictures
that a browser can show in a second (measured). Here the icon stays; the circle at the notebook's right still tells.

NumPy's BLAS starts a thread for every core. The course's networks are small: the threads wait for each other, and burn
what another student's kernel could use. So kernels of this server start with one, unless who starts the server has said
how many. A kernel is where this can be settled: once NumPy is loaded it is too late, and in a notebook it often is.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Any

__all__ = ["SWITCH_ON"]

#: The argument of a Jupyter server that switches this extension on.
SWITCH_ON = "--ServerApp.jpserver_extensions=machine_room.lab_server=True"

# Read by the BLAS libraries when they are loaded: OpenBLAS, MKL, BLIS, Apple's Accelerate, and OpenMP for all of them.
_THREADS = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "OMP_NUM_THREADS",
)
_BUSY_ICON = "@jupyterlab/application-extension:faviconbusy"

PageConfig = dict[str, Any]
Hook = Callable[[Any, PageConfig], PageConfig]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Called by Jupyter's server, to find what to load."""
    return [{"module": "machine_room.lab_server"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Called by Jupyter's server as it starts."""
    _start_kernels_with_one_thread()
    _send_small_messages_at_once()
    settings = server.web_app.settings
    settings["page_config_hook"] = _leaving_the_icon(settings.get("page_config_hook"))


def _start_kernels_with_one_thread() -> None:
    """Set what kernels inherit. Where one of the variables is set, somebody has decided: nothing changes."""
    if not any(name in os.environ for name in _THREADS):
        os.environ.update(dict.fromkeys(_THREADS, "1"))


def _send_small_messages_at_once() -> None:
    """Have every kernel's socket that opens from now on wait for no acknowledgement."""
    from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

    opened: Callable[..., Awaitable[None]] = KernelWebsocketHandler.open

    async def open_without_delay(handler: Any, *arguments: Any, **keywords: Any) -> None:
        handler.set_nodelay(True)
        await opened(handler, *arguments, **keywords)

    KernelWebsocketHandler.open = open_without_delay  # type: ignore[method-assign, assignment] # to replace it is the point


def _leaving_the_icon(before: Hook | None) -> Hook:
    """Return what JupyterLab calls with each page's settings; another extension's function is called before."""

    def hook(handler: Any, page: PageConfig) -> PageConfig:
        page = page if before is None else before(handler, page)
        return {**page, "disabledExtensions": [*page.get("disabledExtensions", ()), _BUSY_ICON]}

    return hook
