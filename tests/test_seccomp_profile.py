"""The seccomp profile for containers: the runtime's own, and what the sandbox needs, under one rule."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tools.seccomp_profile import NEEDED, ProfileError, main, widened

# As runtimes write theirs: a rule by arguments, one for holders of a capability, and its opposite for all others.
DEFAULT: dict[str, Any] = {
    "defaultAction": "SCMP_ACT_ERRNO",
    "defaultErrnoRet": 1,
    "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}],
    "syscalls": [
        {"names": ["read", "write", "prctl"], "action": "SCMP_ACT_ALLOW"},
        {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "op": "SCMP_CMP_MASKED_EQ"}]},
        {"names": ["mount", "setns", "bpf"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
        {"names": ["mount", "setns", "bpf"], "action": "SCMP_ACT_ERRNO", "excludes": {"caps": ["CAP_SYS_ADMIN"]}},
        {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
    ],
}  # fmt: skip


def rules_for(profile: dict[str, Any], call: str) -> list[dict[str, Any]]:
    return [rule for rule in profile["syscalls"] if call in rule["names"]]


@pytest.mark.parametrize("call", NEEDED)
def test_what_the_sandbox_calls_has_one_rule_which_allows_it_to_everyone(call: str) -> None:
    (rule,) = rules_for(widened(DEFAULT), call)
    assert rule["action"] == "SCMP_ACT_ALLOW"
    assert not rule["args"]
    assert "includes" not in rule
    assert "excludes" not in rule


@pytest.mark.parametrize("call", ["read", "write", "bpf", "clone3", "reboot"])
def test_whatever_else_the_runtime_says_of_a_call_stays(call: str) -> None:
    def without_names(profile: dict[str, Any]) -> list[dict[str, Any]]:
        return [{**rule, "names": [call]} for rule in rules_for(profile, call)]

    assert without_names(widened(DEFAULT)) == without_names(DEFAULT)


def test_the_rest_of_the_profile_stays_and_what_was_given_is_not_changed() -> None:
    before = copy.deepcopy(DEFAULT)
    made = widened(DEFAULT)
    assert {name: value for name, value in made.items() if name != "syscalls"} == {
        name: value for name, value in before.items() if name != "syscalls"
    }
    assert before == DEFAULT
    assert widened(made) == made


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "no `defaultAction`"),
        ({}, "no `defaultAction`"),
        ({"defaultAction": "SCMP_ACT_ERRNO"}, "no `syscalls`"),
        ({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": {}}, "no `syscalls`"),
        ({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"name": "read"}]}, "`names` and an `action`"),
        ({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": []}, "confines nothing"),
    ],
)
def test_what_is_no_profile_or_confines_nothing_is_refused(given: Any, said: str) -> None:
    with pytest.raises(ProfileError, match=said):
        widened(given)


def test_the_command_prints_the_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "default.json").write_text(json.dumps(DEFAULT))
    assert main([str(tmp_path / "default.json")]) == 0
    assert json.loads(capsys.readouterr().out) == widened(DEFAULT)


@pytest.mark.parametrize(
    ("text", "said"), [(None, "cannot be read"), ("{", "is no seccomp profile"), ("{}", "is no seccomp profile")]
)
def test_the_command_says_in_a_sentence_what_is_wrong(
    text: str | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if text is not None:
        (tmp_path / "default.json").write_text(text)
    assert main([str(tmp_path / "default.json")]) == 1
    assert said in capsys.readouterr().err
    assert main([]) == 2
