"""A container runtime's own seccomp profile, and beside what it allows, what the sandbox needs.

    python -m tools.seccomp_profile /usr/share/containers/seccomp.json > machine-room.json

Made on the machine that runs the containers, from the file that its runtime comes with: what a newer runtime forbids,
the profile then forbids too. Docker, podman, CRI-O and containerd share the format.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["NEEDED", "ProfileError", "main", "widened"]

ALLOW = "SCMP_ACT_ALLOW"
# What bubblewrap and the zygote call to make namespaces, and what a runtime allows to holders of CAP_SYS_ADMIN alone.
NEEDED = ("clone", "unshare", "mount", "umount2", "pivot_root", "sethostname", "setns")
# What a student's process calls to confine itself. Profiles from before Linux 5.13 do not know them.
CONFINING = ("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "seccomp", "prctl", "capset")


class ProfileError(ValueError):
    """The file is no profile of a container runtime."""


def widened(profile: Any) -> dict[str, Any]:
    """The profile with one more rule, which allows what the sandbox needs; no other rule names that any more.

    Args:
        profile: as JSON gives it.

    Raises:
        ProfileError: it is something else.
    """
    rules = profile.get("syscalls") if isinstance(profile, dict) else None
    if not isinstance(rules, list) or not all(_is_rule(rule) for rule in rules) or "defaultAction" not in profile:
        raise ProfileError("it has no `defaultAction` and no `syscalls` with `names` and an `action`")
    if profile["defaultAction"] == ALLOW:
        raise ProfileError("it allows whatever it does not name, so it confines nothing: take the runtime's default")
    ours = {"names": sorted({*NEEDED, *CONFINING}), "action": ALLOW, "args": []}
    return {**profile, "syscalls": [*_without(rules, {*NEEDED, *CONFINING}), ours]}


def _is_rule(rule: Any) -> bool:
    return isinstance(rule, dict) and isinstance(rule.get("names"), list) and isinstance(rule.get("action"), str)


def _without(rules: list[dict[str, Any]], names: set[str]) -> Iterator[dict[str, Any]]:
    """The rules, without some names: two rules on one call would be the runtime's to weigh."""
    for rule in rules:
        left = [name for name in rule["names"] if name not in names]
        if left:
            yield {**rule, "names": left}


def main(arguments: list[str]) -> int:
    """Print the profile that is made of the file named."""
    if len(arguments) != 1:
        print("Say which profile to start from: python -m tools.seccomp_profile DEFAULT.json", file=sys.stderr)
        return 2
    try:
        profile = widened(json.loads(Path(arguments[0]).read_text(encoding="utf-8")))
    except OSError as error:
        print(f"{arguments[0]} cannot be read: {error.strerror}. Name your runtime's profile.", file=sys.stderr)
        return 1
    except ValueError as error:
        print(f"{arguments[0]} is no seccomp profile: {error}. Name your runtime's.", file=sys.stderr)
        return 1
    print(json.dumps(profile, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
