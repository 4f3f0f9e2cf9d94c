"""Which cell of the notebook shows what: what a cell showed is closed when the cell runs again.

Else the widgets of every run live on in the kernel and in the page, and a notebook that saves them grows with each run.
"""

from collections.abc import Callable
from typing import Any

#: What to close, by the id of the cell that shows it, and in which cells each is shown.
_shown: dict[str, list[Callable[[], None]]] = {}


def close_when_run_again(close: Callable[[], None]) -> None:
    """Have `close` called before the present cell runs again, unless another cell shows the same by then."""
    shell = _shell()
    cell = _present(shell)
    if cell is None:
        return
    if _before_a_cell not in shell.events.callbacks["pre_run_cell"]:
        shell.events.register("pre_run_cell", _before_a_cell)
    if close not in _shown.setdefault(cell, []):
        _shown[cell].append(close)


def forget(close: Callable[[], None]) -> None:
    """Take back what `close_when_run_again` was asked for."""
    for cell in list(_shown):
        _shown[cell] = [other for other in _shown[cell] if other != close]
        if not _shown[cell]:
            del _shown[cell]


def _before_a_cell(info: Any) -> None:
    """Called by IPython before each run of a cell."""
    for close in _shown.pop(getattr(info, "cell_id", None) or "", []):
        if not any(close in others for others in _shown.values()):
            close()


def _shell() -> Any:
    import sys

    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    return get_ipython()


def _present(shell: Any) -> str | None:
    """Return the id of the cell that runs, as the front end sent it; None outside of notebooks."""
    parent = shell.get_parent() if hasattr(shell, "get_parent") else None
    metadata = (parent or {}).get("metadata") or {}
    return metadata.get("cellId")
