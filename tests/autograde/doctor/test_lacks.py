"""Each thing that a host, a container or a pod can lack: the doctor names it alone, and what mends it there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from autograde import doctor
from autograde.doctor import place
from autograde.doctor.bounds import Bounds, bounds
from autograde.doctor.place import Lack, Place, mend
from autograde.sandbox import trials
from autograde.sandbox.trials import Need, Trial, refused

from .refusing import findings

NAMESPACES = {trial.feature for trial in trials.NAMESPACES} | {"a procfs of its own"}
# The system call that is refused -> what the doctor says is missing, beside the sandbox as a whole.
CALLS = {
    "sethostname": {"sethostname"},
    "setns": {"setns"},
    "clone": {"clone into namespaces"},
    "pivot_root": {"pivot_root and umount"},
    "umount2": {"pivot_root and umount"},
    "mount": {"tmpfs in a namespace", "pivot_root and umount", "a procfs of its own"},
    "unshare": NAMESPACES - {"clone into namespaces"},
    "landlock_create_ruleset": {"Landlock", "Landlock for TCP", "Landlock for signals"},
}


@pytest.mark.parametrize("call", CALLS)
def test_a_system_call_that_is_refused_is_missed_by_what_needs_it_and_by_nothing_else(call: str) -> None:
    found = findings(call, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"})
    # as root, a second user is mapped into a namespace that has to be made first
    by_root = {"another user for students' code"} if call == "unshare" else set()
    missing = {feature for feature, one in found.items() if not one["present"]} - by_root
    assert missing == CALLS[call] | {"the sandbox as a whole"}
    advised = found[min(CALLS[call] & NAMESPACES or CALLS[call])]["what_to_do"]
    assert "localhostProfile: machine-room.json" in advised or "procMount" in advised
    assert found["where this is"]["why"] == "a pod on Kubernetes"
    if call == "unshare":  # then nothing else is to blame for what needs a user namespace first
        assert all("localhostProfile" in found[feature]["what_to_do"] for feature in CALLS[call])


MENDS = {  # a word of the setting, by lack and place
    Lack.CALLS: ("CONFIG_USER_NS", "--security-opt seccomp=", "--security-opt seccomp=", "localhostProfile", "runtime"),
    Lack.APPARMOR: ("apparmor_restrict", "apparmor=unconfined", "apparmor=unconfined", "appArmorProfile", "AppArmor"),
    Lack.PROC: ("findmnt", "systempaths=unconfined", "unmask=/proc/*", "procMount: Unmasked", "mask no path"),
    Lack.USER: ("ordinary user", "--user 1000:1000", "--user 1000:1000", "runAsUser: 1000", "ordinary user"),
    Lack.TEMPORARY: ("TMPDIR", "--tmpfs /tmp", "--tmpfs /tmp", "emptyDir", "tmpfs at /tmp"),
    Lack.MEMORY: ("MemoryMax", "--memory", "--memory", "resources.limits.memory", "2 GiB"),
}


@pytest.mark.parametrize("lack", Lack)
@pytest.mark.parametrize("where", Place)
def test_every_lack_has_the_setting_that_mends_it_in_every_place(lack: Lack, where: Place) -> None:
    assert MENDS[lack][list(Place).index(where)] in mend(lack, where)


ADVICE = {
    "user.max_user_namespaces": ("0", "`sudo sysctl user.max_user_namespaces=15000`"),
    "kernel.unprivileged_userns_clone": ("0", "`sudo sysctl kernel.unprivileged_userns_clone=1`"),
    "kernel.apparmor_restrict_unprivileged_userns": ("1", "Ubuntu's AppArmor refuses"),
}
NODE = {Place.PLAIN: "", Place.POD: "On each node: ", Place.DOCKER: "On the machine that runs the container: "}


@pytest.mark.parametrize("where", NODE)
@pytest.mark.parametrize("setting", ADVICE)
def test_a_kernels_setting_is_named_as_whose_it_is(setting: str, where: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    value, sentence = ADVICE[setting]
    monkeypatch.setattr(doctor, "kernel_version", lambda: "Linux version 6.8")
    monkeypatch.setattr(doctor, "kernel_setting", lambda name: value if name == setting else "")
    monkeypatch.setattr(doctor, "apparmor_profile", lambda: "")
    assert doctor._advice(Need.NAMESPACE, where).startswith(NODE[where] + sentence)


def test_gvisor_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "kernel_version", lambda: "Linux version 4.4.0 (gVisor)")
    assert "gVisor" in doctor._advice(Need.NAMESPACE, Place.POD)


@pytest.mark.parametrize("where", [place for place in Place if place is not Place.PLAIN])
def test_where_a_profile_of_apparmor_confines_a_container_mounts_may_be_refused_by_it(
    where: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "apparmor_profile", lambda: "cri-containerd.apparmor.d (enforce)")
    monkeypatch.setattr(doctor, "refused", lambda trial: "mount: Permission denied" if trial is trials.USABLE else "")
    found = doctor._apparmor(where)
    assert (found.present, found.required) == (False, True)
    assert "cri-containerd" in found.why
    assert found.what_to_do == mend(Lack.APPARMOR, where)
    assert mend(Lack.APPARMOR, where) in doctor._advice(Need.NAMESPACE, where)


def test_a_restriction_by_apparmor_that_refuses_nothing_here_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "kernel_setting", lambda name: "1")
    monkeypatch.setattr(doctor, "refused", lambda trial: "")
    found = doctor._apparmor(Place.PLAIN)
    assert found.present
    assert "restricted (a sysctl)" in found.why


def test_root_that_cannot_map_a_second_user_is_told_to_be_an_ordinary_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "refused", lambda trial: "" if trial is not trials.BY_ROOT else "Not permitted")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    found = {finding.feature: finding for finding in doctor.examine()}
    assert not found[trials.BY_ROOT.feature].present
    assert found[trials.BY_ROOT.feature].what_to_do == mend(Lack.USER, place.this_place())


def test_no_folder_for_temporary_files_is_a_finding_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr("tempfile.gettempdir", none)
    found = doctor._temporary(Place.PODMAN)
    assert (found.present, found.required) == (False, True)
    assert found.what_to_do == "Start with `--tmpfs /tmp:mode=1777`."


def test_a_procfs_that_is_refused_stops_nobody_and_says_what_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "refused", lambda trial: "mount proc: Operation not permitted")
    found = doctor._tried(trials.FRESH_PROC, Place.POD)
    assert (found.present, found.required) == (False, False)
    assert found.what_to_do.startswith("Nothing must be done")
    assert "hostUsers: false" in found.what_to_do


def test_a_trial_that_fails_is_reported_with_the_kernels_words() -> None:
    trial = Trial("a feature", "it does this", "raise OSError(1, 'unshare: Operation not permitted')")
    finding = doctor._tried(trial, Place.PLAIN)
    assert not finding.present
    assert finding.why == "it does this; refused: PermissionError: [Errno 1] unshare: Operation not permitted"


def test_a_trial_that_never_ends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "TRIAL_SECONDS", 0.2)
    assert refused(Trial("a feature", "", "import time; time.sleep(60)")) == "no answer in 0.2 seconds"


PLACES: dict[str, tuple[dict[str, str], dict[str, str], Place]] = {  # environment, files, where it is
    "nothing at all": ({}, {}, Place.PLAIN),
    "a pod": ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, {"/run/.containerenv": ""}, Place.POD),
    "a pod without service links": ({}, {"/proc/self/mountinfo": "/var/lib/kubelet/pods/1-2/etc-hosts"}, Place.POD),
    "podman's variable": ({"container": "podman"}, {}, Place.PODMAN),
    "podman's file": ({}, {"/run/.containerenv": ""}, Place.PODMAN),
    "podman with a read-only root": ({}, {"/proc/self/cgroup": "0::/libpod_parent/libpod-4bf"}, Place.PODMAN),
    "Docker's file": ({}, {"/.dockerenv": ""}, Place.DOCKER),
    "Docker's mounts": ({}, {"/proc/self/mountinfo": "/var/lib/docker/containers/1/hosts /etc/hosts"}, Place.DOCKER),
    "another runtime's variable": ({"container": "oci"}, {}, Place.CONTAINER),
    "a filter of system calls alone": ({}, {"/proc/self/status": "Name:\tx\nSeccomp:\t2\n"}, Place.CONTAINER),
}


@pytest.mark.parametrize("case", PLACES)
def test_a_place_is_known_by_what_its_runtime_leaves(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environment, files, expected = PLACES[case]
    for name in ("KUBERNETES_SERVICE_HOST", "container"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(Path, "exists", lambda path, **options: str(path) in files)
    monkeypatch.setattr(place, "_text", lambda file: files.get(file, ""))
    assert place.this_place() is expected


GROUPS: dict[str, tuple[dict[str, str], str, int | None, float | None]] = {
    "no limit": ({"memory.max": "max\n", "cpu.max": "max 100000\n"}, "0::/\n", None, None),
    "version 2": ({"memory.max": "2147483648\n", "cpu.max": "150000 100000\n"}, "0::/\n", 2 << 30, 1.5),
    "the tighter one above": (
        {"a/memory.max": "1000\n", "a/b/memory.max": "max\n", "a/b/cpu.max": "200000 100000\n"},
        "0::/a/b\n",
        1000,
        2.0,
    ),
    "version 1": (
        {
            "memory/pod/memory.limit_in_bytes": "500\n",
            "cpu/pod/cpu.cfs_quota_us": "50000\n",
            "cpu/pod/cpu.cfs_period_us": "100000\n",
        },
        "8:memory:/pod\n7:cpu,cpuacct:/pod\n",
        500,
        0.5,
    ),
    "version 1 without limits": (
        {"memory/memory.limit_in_bytes": "9223372036854771712\n", "cpu/cpu.cfs_quota_us": "-1\n"},
        "8:memory:/\n7:cpu:/\n",
        None,
        None,
    ),
    "no cgroups": ({}, "", None, None),
    "what is no number": ({"memory.max": "\n", "cpu.max": "a b\n"}, "what\n", None, None),
}


@pytest.mark.parametrize("case", GROUPS)
def test_what_a_group_may_use_is_the_tightest_limit_on_the_way_up(case: str, tmp_path: Path) -> None:
    files, own, memory, processors = GROUPS[case]
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "own").write_text(own)
    assert bounds(tmp_path, tmp_path / "own") == Bounds(memory, processors)


def test_too_little_memory_is_said_with_the_places_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "bounds", lambda: Bounds(256 << 20, 1.5))
    found = doctor._bounds(Place.POD)
    assert (found.present, found.required) == (False, False)
    assert "memory 256 MiB, processors 1.5 (`--workers 1`)" in found.why
    assert "resources.limits.memory" in found.what_to_do


KINDS: dict[Need, Callable[[str], bool]] = {
    Need.LANDLOCK: lambda said: "CONFIG_SECURITY_LANDLOCK" in said,
    Need.SECCOMP: lambda said: "CONFIG_SECCOMP_FILTER" in said,
    Need.USER: lambda said: "runAsUser" in said,
    Need.PROC: lambda said: "procMount" in said,
    Need.NAMESPACE: lambda said: "seccompProfile" in said,
}


@pytest.mark.parametrize("need", Need)
def test_every_kind_of_need_has_advice_of_its_own(need: Need, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "kernel_setting", lambda name: "")
    monkeypatch.setattr(doctor, "apparmor_profile", lambda: "")
    assert KINDS[need](doctor._advice(need, Place.POD))
