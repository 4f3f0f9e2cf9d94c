"""What hub/kubernetes/ says to a cluster: the chart's values, manifests that Kubernetes takes, who may talk to whom.

There is no Kubernetes here: nothing of this was applied to one. docs/kubernetes.md says what that leaves open.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from jupyterhub.scopes import _check_scopes_exist
from kubernetes_validate import ValidationError, validate
from kubernetes_validate.utils import all_versions

from machine_room_hub.__main__ import _parser
from machine_room_hub.roles import SERVER_SCOPES

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "hub" / "kubernetes"
PAGE = (ROOT / "docs" / "kubernetes.md").read_text(encoding="utf-8")
SCHEMA = json.loads((FOLDER / "z2jh-values.schema.json").read_text(encoding="utf-8"))
VERSIONS = [version for version in all_versions() if tuple(map(int, version.split(".")[:2])) >= (1, 33)]
VALUES = yaml.safe_load((FOLDER / "values.yaml").read_text(encoding="utf-8"))
OVERLAY = yaml.safe_load((FOLDER / "values-without-isolation.yaml").read_text(encoding="utf-8"))
# What the chart's own values give, as far as its schema asks for it.
CHART: dict[str, Any] = {
    **{name: {} for name in ("proxy", "custom", "global")},
    "imagePullSecrets": [],
    "hub": {"baseUrl": "/"},
    "ingress": {"enabled": False},
    "prePuller": {"hook": {"enabled": True}, "continuous": {"enabled": True}},
    "cull": {"enabled": True},
    "debug": {"enabled": False},
    "rbac": {"create": True},
    "singleuser": {"storage": {"type": "dynamic", "homeMountPath": "/home/jovyan"}},
}
FILES = ("exchange.yaml", "grader.yaml", "cluster.yaml")


def manifests(*files: str) -> list[dict[str, Any]]:
    return [one for file in files for one in yaml.safe_load_all((FOLDER / file).read_text(encoding="utf-8"))]


EVERY = manifests(*FILES)
PODS = {one["metadata"]["name"]: one for one in EVERY if one["kind"] == "Deployment"}


def named(one: Mapping[str, Any]) -> str:
    return f"{one['kind']} {one['metadata']['name']}"


def pod(name: str) -> dict[str, Any]:
    spec: dict[str, Any] = PODS[name]["spec"]["template"]["spec"]
    return spec


def container(name: str) -> dict[str, Any]:
    (one,) = pod(name)["containers"]
    found: dict[str, Any] = one
    return found


# --- the chart's values


def laid_over(values: Any, overlay: Any) -> Any:
    """As helm lays one file of values over another."""
    if not isinstance(values, dict) or not isinstance(overlay, dict):
        return overlay
    return {**values, **{key: laid_over(values.get(key), value) for key, value in overlay.items()}}


def check(values: dict[str, Any]) -> None:
    jsonschema.Draft7Validator(SCHEMA).validate(laid_over(CHART, values))


@pytest.mark.parametrize("values", [VALUES, laid_over(VALUES, OVERLAY)], ids=["isolated", "without isolation"])
def test_the_chart_takes_the_values(values: dict[str, Any]) -> None:
    check(values)


MISSPELT = {
    "a part": ("hubb", {}),
    "a service's part": ("hub", {"servces": {}}),
    "a policy": ("singleuser", {"networkPolicy": {"egressAllowRule": {}}}),
    "a type": ("singleuser", {"uid": "a thousand"}),
    "an image": ("hub", {"image": {"name": "hub"}}),
}


@pytest.mark.parametrize("case", MISSPELT)
def test_that_schema_refuses_what_is_misspelt(case: str) -> None:
    part, content = MISSPELT[case]
    with pytest.raises(jsonschema.ValidationError):
        check(laid_over(VALUES, {part: content}))


def test_the_values_give_the_rights_of_the_server_with_accounts_and_no_more() -> None:
    roles = {name: (set(role["scopes"]), role) for name, role in VALUES["hub"]["loadRoles"].items()}
    assert set(VALUES["hub"]["config"]["KubeSpawner"]["server_token_scopes"]) == set(SERVER_SCOPES)
    assert roles["exchange"][0] == {"read:users:name", "read:users:groups"}
    assert roles["people-of-machine-room"][0] == {"access:services!service=exchange"}
    assert roles["server-of-machine-room"][0] == {"access:services!service=exchange"}
    assert roles["instructors-of-machine-room"][1]["groups"] == ["formgrade-machine-room"]
    assert len(roles) == 4
    groups = set(VALUES["hub"]["config"]["JupyterHub"]["load_groups"])
    for scopes, role in roles.values():
        _check_scopes_exist(scopes)
        assert set(role.get("groups", ())) <= groups
        assert set(role.get("services", ())) <= set(VALUES["hub"]["services"])


def test_services_are_where_the_manifests_put_them_with_the_tokens_that_the_chart_draws() -> None:
    services = {one["metadata"]["name"]: one["spec"] for one in EVERY if one["kind"] == "Service"}
    assert services["scheduler"]["selector"] == {"app": "scheduler"}
    for name, service, deployment in (("exchange", "exchange", "exchange"), ("machine-room", "grader", "grader")):
        port = services[service]["ports"][0]["port"]
        assert VALUES["hub"]["services"][name]["url"] == f"http://{service}:{port}"
        environment = {one["name"]: one for one in container(deployment)["env"]}
        assert environment["JUPYTERHUB_SERVICE_PREFIX"]["value"] == f"/services/{name}/"
        key = environment["JUPYTERHUB_API_TOKEN"]["valueFrom"]["secretKeyRef"]
        assert key == {"name": "hub", "key": f"hub.services.{name}.apiToken"}
    exchange = "http://exchange:10101/services/exchange/"
    assert VALUES["singleuser"]["extraEnv"]["MACHINE_ROOM_EXCHANGE_URL"] == exchange
    assert {"name": "MACHINE_ROOM_EXCHANGE_URL", "value": exchange} in container("grader")["env"]


# --- manifests


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("one", EVERY, ids=named)
def test_kubernetes_takes_the_manifest_to_the_last_key(one: dict[str, Any], version: str) -> None:
    validate(copy.deepcopy(one), version, strict=True)


@pytest.mark.parametrize("version", VERSIONS)
def test_it_refuses_a_key_that_is_misspelt(version: str) -> None:
    wrong = copy.deepcopy(PODS["worker"])
    wrong["spec"]["template"]["spec"]["hostUser"] = False
    with pytest.raises(ValidationError):
        validate(wrong, version, strict=True)


@pytest.mark.parametrize("name", PODS)
def test_no_pod_is_root_holds_a_capability_writes_its_root_or_has_a_token_of_the_clusters(name: str) -> None:
    spec, one = pod(name), container(name)
    assert spec["automountServiceAccountToken"] is False
    assert (spec["securityContext"]["runAsNonRoot"], spec["securityContext"]["runAsUser"]) == (True, 1000)
    assert one["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert set(one["resources"]) == {"requests", "limits"}
    assert not {"hostNetwork", "hostPID", "hostIPC", "serviceAccountName"} & set(spec)
    assert not any("hostPath" in volume for volume in spec["volumes"])


@pytest.mark.parametrize("name", PODS)
def test_where_students_code_runs_the_profile_is_ours_and_elsewhere_the_runtimes(name: str) -> None:
    ours = {"type": "Localhost", "localhostProfile": "machine-room.json"}
    runs = name in ("grader", "worker")
    assert pod(name)["securityContext"]["seccompProfile"] == (ours if runs else {"type": "RuntimeDefault"})


def test_workers_keep_nothing_and_are_alone_in_their_namespace() -> None:
    spec = pod("worker")
    assert spec["hostUsers"] is False
    kinds = [set(volume) - {"name"} for volume in spec["volumes"]]
    assert kinds == [{"emptyDir"}, {"secret"}]
    here = {named(one) for one in EVERY if one["metadata"].get("namespace") == "machine-room-grading"}
    assert {one for one in here if one.startswith("Deployment")} == {"Deployment scheduler", "Deployment worker"}
    (namespace,) = (one for one in EVERY if one["kind"] == "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    (quota,) = (one for one in EVERY if one["kind"] == "ResourceQuota")
    assert quota["spec"]["hard"]["persistentvolumeclaims"] == "0"


def test_what_the_pods_are_told_to_run_takes_these_arguments() -> None:
    from distributed.cli import dask_scheduler, dask_worker

    _, _, *scheduler = container("scheduler")["args"]
    assert dask_scheduler.main.make_context("scheduler", list(scheduler)).params["protocol"] == "tls"
    _, _, *worker = container("worker")["args"]
    told = dask_worker.main.make_context("worker", list(worker)).params
    assert (told["nthreads"], told["nanny"], told["worker_port"]) == (1, False, "9000")
    assert _parser().parse_args(container("exchange")["args"]).course == ["machine-room=machine-room"]


def test_images_are_of_this_version() -> None:
    version = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.M)
    assert version is not None
    images = {container(name)["image"] for name in PODS}
    assert images == {f"registry.example.org/machine-room/{name}:{version[1]}" for name in ("exchange", "grader")}
    assert VALUES["singleuser"]["image"]["tag"] == version[1]


# --- who may talk to whom

#: namespace and labels of everybody there is; the first two are the chart's.
PEOPLE: dict[str, tuple[str, dict[str, str]]] = {
    "hub": ("jhub", {"app": "jupyterhub", "component": "hub"}),
    "proxy": ("jhub", {"app": "jupyterhub", "component": "proxy"}),
    "student's server": ("jhub", {"app": "jupyterhub", "component": "singleuser-server"}),
    "exchange": ("jhub", PODS["exchange"]["spec"]["template"]["metadata"]["labels"]),
    "grader": ("jhub", PODS["grader"]["spec"]["template"]["metadata"]["labels"]),
    "scheduler": ("machine-room-grading", {"app": "scheduler"}),
    "worker": ("machine-room-grading", {"app": "worker"}),
    "DNS": ("kube-system", {"k8s-app": "kube-dns"}),
    "another pod": ("default", {"app": "another"}),
}
OURS = ("exchange", "grader", "scheduler", "worker")
PORTS = {"exchange": 10101, "grader": 8888, "scheduler": 8786, "worker": 9000, "hub": 8081, "DNS": 53}
POLICIES = [one for one in EVERY if one["kind"] == "NetworkPolicy"]


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    assert set(selector) <= {"matchLabels"}, "this test knows no other selector"
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def is_peer(peer: Mapping[str, Any], who: str, home: str) -> bool:
    """Whether an entry of from or to, in a policy of the namespace `home`, means somebody."""
    namespace, labels = PEOPLE[who]
    assert set(peer) <= {"namespaceSelector", "podSelector"}
    there = (
        selects(peer["namespaceSelector"], {"kubernetes.io/metadata.name": namespace})
        if "namespaceSelector" in peer
        else namespace == home
    )
    return there and selects(peer.get("podSelector", {}), labels)


def policies_of(who: str, direction: str) -> Iterator[dict[str, Any]]:
    namespace, labels = PEOPLE[who]
    for policy in POLICIES:
        if policy["metadata"]["namespace"] == namespace and selects(policy["spec"]["podSelector"], labels):
            assert direction in policy["spec"]["policyTypes"]
            yield policy


def lets(who: str, other: str, port: int, *, direction: str, key: str) -> bool:
    """Whether the policies of somebody let a connection through. Where none of ours is about them, others say."""
    found = list(policies_of(who, direction))
    return not found or any(
        is_peer(peer, other, policy["metadata"]["namespace"]) and port in [entry["port"] for entry in rule["ports"]]
        for policy in found
        for rule in policy["spec"].get(direction.lower(), ())
        for peer in rule[key]
    )


def may_talk(one: str, other: str) -> bool:
    port = PORTS.get(other, 80)
    return lets(one, other, port, direction="Egress", key="to") and lets(
        other, one, port, direction="Ingress", key="from"
    )


#: Whom each of ours may begin to talk to, and who may begin to talk to it.
MAY_TALK = {
    "exchange": ({"hub", "DNS"}, {"hub", "proxy", "student's server", "grader"}),
    "grader": ({"hub", "exchange", "scheduler", "DNS"}, {"hub", "proxy"}),
    "scheduler": ({"worker"}, {"grader", "worker"}),
    "worker": ({"scheduler"}, {"scheduler"}),
}


@pytest.mark.parametrize("who", OURS)
def test_each_pod_talks_to_whom_it_must_and_to_nobody_else(who: str) -> None:
    everybody = set(PEOPLE) - {who}
    assert {other for other in everybody if may_talk(who, other)} == MAY_TALK[who][0]
    assert {other for other in everybody if may_talk(other, who)} == MAY_TALK[who][1]


@pytest.mark.parametrize("who", OURS)
def test_no_policy_lets_a_pod_reach_an_address_that_is_no_pod(who: str) -> None:
    rules = [rule for policy in policies_of(who, "Egress") for rule in policy["spec"].get("egress", ())]
    assert rules
    assert all(rule["to"] for rule in rules)
    assert not any("ipBlock" in peer for rule in rules for peer in rule["to"])


def test_whatever_else_comes_into_the_namespace_of_students_code_talks_to_nobody() -> None:
    (nobody,) = (one for one in POLICIES if one["metadata"]["name"] == "nobody")
    assert nobody["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@pytest.mark.parametrize("who", OURS)
def test_the_page_has_the_table_as_it_is(who: str) -> None:
    to, by = (", ".join(other for other in PEOPLE if other in side) for side in MAY_TALK[who])
    assert f"| {who} | {to} | {by} |" in PAGE


def test_students_servers_reach_the_exchange() -> None:
    (rule,) = VALUES["singleuser"]["networkPolicy"]["egress"]
    assert rule["to"] == [{"podSelector": {"matchLabels": {"app": "exchange"}}}]
    assert rule["ports"] == [{"protocol": "TCP", "port": PORTS["exchange"]}]
    assert not VALUES["singleuser"]["networkPolicy"]["egressAllowRules"]["privateIPs"]
