"""`machine-room-server`: what an operator of one server with accounts does as root: save, restore, examine it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from .backup import BackupError, restore, save
from .settings import SettingsError, read

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Do one of these; what is in the way is one sentence."""
    told = _parser().parse_args(arguments)
    if os.geteuid() != 0:
        sys.exit("machine-room-server acts for several accounts. Run it as root.")
    try:
        if told.what == "doctor":
            _examine(told.settings)
        elif told.what == "save":
            save(read(told.settings), told.settings, told.folder)
            print(f"Saved: {told.folder}. It holds everybody's grades and work: keep it where only you can read it.")
        else:
            restore(read(told.settings), told.folder)
            print("Restored. Start the hub, and see with `autograde doctor --hub` whether all is well.")
    except (SettingsError, BackupError, OSError) as error:
        sys.exit(str(error))
    except KeyError as error:
        sys.exit(f"hub.toml names an account that this server does not have: {error}. Make it: useradd -m NAME")


def _examine(settings_file: Path) -> None:
    from .doctor import examine  # with JupyterHub's tables, which a backup does not need

    print(json.dumps([asdict(finding) for finding in examine(settings_file)], indent=1))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="machine-room-server", description=__doc__)
    parser.add_argument(
        "--settings", type=Path, default=Path("hub.toml"), help="hub.toml of the server (default: here)"
    )
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser("doctor", help="what `autograde doctor --hub` shows, as JSON")
    for name, does in (
        ("save", "write a backup into a new folder"),
        ("restore", "put a backup back; the hub is stopped"),
    ):
        what.add_parser(name, help=does).add_argument("folder", type=Path)
    return parser


if __name__ == "__main__":
    main()
