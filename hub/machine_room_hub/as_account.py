"""What root does as somebody else: a program runs as an account, and with nothing of root's own environment."""

from __future__ import annotations

import os
import pwd
from typing import Any

__all__ = ["preparation"]


def preparation(account: str, **variables: str) -> dict[str, Any]:
    """Return what `subprocess.run` needs to run a program as an account, files of its alone.

    Raises:
        KeyError: there is no such account.
    """
    told = pwd.getpwnam(account)
    environment = {
        "HOME": told.pw_dir, "USER": account, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", **variables
    }  # fmt: skip
    if told.pw_uid == os.geteuid():
        return {"env": environment, "umask": 0o077}
    return {"env": environment, "umask": 0o077, "user": told.pw_uid, "group": told.pw_gid, "extra_groups": []}
