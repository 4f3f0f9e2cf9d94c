"""Where this runs, and which setting there mends what is refused: for plain Linux, Docker, podman and Kubernetes.

A container is told by what its runtime leaves in it, a pod by the variable that every pod has. What a node of a cluster
refuses is refused in its pods; that is said as the node's.
"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path

__all__ = ["Lack", "Place", "apparmor_profile", "kernel_setting", "kernel_version", "mend", "on_the_host", "this_place"]

PROFILE = "the profile that `python -m tools.seccomp_profile` makes of the runtime's own (docs/containers.md)"
_BY_OPTION = f"'s seccomp profile refuses: start with `--security-opt seccomp=machine-room.json`, {PROFILE}."
_NO_APPARMOR = "AppArmor refuses mounts: start with `--security-opt apparmor=unconfined`."


class Place(StrEnum):
    """What kind of place this is; the value is how a sentence calls it."""

    PLAIN = "plain Linux, no container"
    DOCKER = "a Docker container"
    PODMAN = "a podman container"
    POD = "a pod on Kubernetes"
    CONTAINER = "a container"


class Lack(StrEnum):
    """What a place can lack; each has one sentence for each place."""

    CALLS = "system calls"
    APPARMOR = "AppArmor"
    PROC = "proc"
    USER = "user"
    TEMPORARY = "temporary files"
    MEMORY = "memory"


def this_place() -> Place:
    """Where this process runs, by the surest sign first; a filter of system calls says no more than "a container"."""
    if "KUBERNETES_SERVICE_HOST" in os.environ:
        return Place.POD
    if (said := os.environ.get(_VARIABLE, "")) in _BY_NAME:
        return _BY_NAME[said]
    for mark, found in _MARKS.items():
        if Path(mark).exists():
            return found
    told = _text("/proc/self/mountinfo") + _text("/proc/self/cgroup")
    for trace, found in _TRACES.items():
        if trace in told:
            return found
    filtered = "\nSeccomp:\t2" in _text("/proc/self/status")
    return Place.CONTAINER if filtered or _VARIABLE in os.environ else Place.PLAIN


_VARIABLE = "container"  # systemd's convention, which runtimes follow
_BY_NAME = {"podman": Place.PODMAN, "docker": Place.DOCKER}
_MARKS = {"/run/.containerenv": Place.PODMAN, "/.dockerenv": Place.DOCKER}
#: Parts of paths in what is mounted (a container's /etc/hosts), or of the name of the group of processes.
_TRACES = {
    "/kubelet/pods/": Place.POD,
    "kubepods": Place.POD,
    "/docker/containers/": Place.DOCKER,
    "overlay-containers/": Place.PODMAN,
    "libpod": Place.PODMAN,
}


_MEND: dict[Lack, dict[Place, str]] = {
    Lack.CALLS: {
        Place.PLAIN: "Use a kernel with user namespaces (CONFIG_USER_NS) and allow them.",
        Place.DOCKER: f"Docker{_BY_OPTION}",
        Place.PODMAN: f"podman{_BY_OPTION}",
        Place.POD: "The pod's seccomp profile refuses. In its securityContext: `seccompProfile: {type: Localhost, "
        f"localhostProfile: machine-room.json}}`; the file, in /var/lib/kubelet/seccomp of each node, is {PROFILE}.",
        Place.CONTAINER: f"The container's seccomp profile refuses: give its runtime {PROFILE}.",
    },
    Lack.APPARMOR: {
        Place.PLAIN: "Ubuntu's AppArmor refuses: `sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`, or an "
        "AppArmor profile that gives bwrap and this Python `userns`.",
        Place.DOCKER: _NO_APPARMOR,
        Place.PODMAN: _NO_APPARMOR,
        Place.POD: "The node's AppArmor refuses mounts. In the pod's securityContext: "
        "`appArmorProfile: {type: Unconfined}`.",
        Place.CONTAINER: "AppArmor refuses mounts: have the runtime start the container without an AppArmor profile.",
    },
    Lack.PROC: {
        Place.PLAIN: "Something covers a part of /proc: `findmnt --submounts /proc` says what.",
        Place.DOCKER: "`--security-opt systempaths=unconfined` unmasks /proc.",
        Place.PODMAN: "`--security-opt unmask=/proc/*` unmasks /proc.",
        Place.POD: "`hostUsers: false` in the pod's spec and `procMount: Unmasked` in the container's securityContext.",
        Place.CONTAINER: "Have the runtime mask no path below /proc.",
    },
    Lack.USER: {
        Place.PLAIN: "Run autograde as an ordinary user.",
        Place.DOCKER: "Start with `--user 1000:1000`.",
        Place.PODMAN: "Start with `--user 1000:1000`.",
        Place.POD: "In the pod's securityContext: `runAsUser: 1000`, `runAsGroup: 1000`, `runAsNonRoot: true`.",
        Place.CONTAINER: "Run autograde in it as an ordinary user.",
    },
    Lack.TEMPORARY: {
        Place.PLAIN: "Make /tmp writable for this user, or set TMPDIR to a folder that is.",
        Place.DOCKER: "Start with `--tmpfs /tmp:mode=1777`.",
        Place.PODMAN: "Start with `--tmpfs /tmp:mode=1777`.",
        Place.POD: "Mount a volume at /tmp: `emptyDir: {medium: Memory, sizeLimit: 512Mi}`.",
        Place.CONTAINER: "Have the runtime mount a tmpfs at /tmp.",
    },
    Lack.MEMORY: {
        Place.PLAIN: "Raise the limit of this group of processes (systemd: MemoryMax).",
        Place.DOCKER: "Start with `--memory 2g`, or more.",
        Place.PODMAN: "Start with `--memory 2g`, or more.",
        Place.POD: "Raise `resources.limits.memory` of the container to 2Gi, or more.",
        Place.CONTAINER: "Have the runtime give it 2 GiB, or more.",
    },
}


def mend(lack: Lack, where: Place) -> str:
    """The setting that mends a lack in a place, as a sentence."""
    return _MEND[lack][where]


def on_the_host(where: Place) -> str:
    """Whose the kernel's settings are, to put before one."""
    if where is Place.PLAIN:
        return ""
    return "On each node: " if where is Place.POD else "On the machine that runs the container: "


def kernel_setting(name: str) -> str:
    """A sysctl; empty where there is none."""
    return _text(f"/proc/sys/{name.replace('.', '/')}").strip()


def kernel_version() -> str:
    """What the kernel says it is."""
    return _text("/proc/version")


def apparmor_profile() -> str:
    """The AppArmor profile that confines this process; empty where none does."""
    profile = _text("/proc/self/attr/apparmor/current").strip("\0\n ")
    return "" if profile == "unconfined" else profile


def _text(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
