"""JupyterLab as a student should have it: `python -m machine_room.lab [FOLDER]`, and JupyterLab's own options.

For the server that it starts, and for no other: pictures follow their sliders closely (`lab_server`), what nbgrader has
for instructors is not in the menus, and a kernel tells by a sentence what has not run yet, before anything is imported.
Nothing of the environment or of anybody's settings is changed: it works by the variables of the new process.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["SETTINGS", "STARTUP", "environment", "main"]

_HERE = Path(__file__).parent
#: Settings for JupyterLab and its server, as a folder that JUPYTER_CONFIG_PATH can name.
SETTINGS = _HERE / "lab_settings"
#: What a kernel runs first, where PYTHONSTARTUP names it.
STARTUP = _HERE / "notebook" / "startup.py"


def environment(now: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a student's server.

    Args:
        now: the variables that there are. A PYTHONSTARTUP of one's own stays.

    Example:
        >>> environment({"PYTHONSTARTUP": "mine"})["PYTHONSTARTUP"]
        'mine'
    """
    paths = [str(SETTINGS), *filter(None, [now.get("JUPYTER_CONFIG_PATH")])]
    return {"PYTHONSTARTUP": str(STARTUP), **now, "JUPYTER_CONFIG_PATH": os.pathsep.join(paths)}


def main(arguments: Sequence[str]) -> int:
    """Run JupyterLab until it ends, and return how it ended."""
    if importlib.util.find_spec("jupyterlab") is None:
        print(
            "JupyterLab is not installed here: install the course's wheel with [lab] behind its name.", file=sys.stderr
        )
        return 1
    command = [sys.executable, "-m", "jupyterlab", *arguments]
    return subprocess.run(command, env=environment(os.environ), check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
