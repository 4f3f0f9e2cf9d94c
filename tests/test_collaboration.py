"""What the repository's host and pre-commit read: the workflow, the hooks, the forms."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = sorted((GITHUB / "ISSUE_TEMPLATE").glob("[0-9]*.yml"))
FIELDS = ("input", "textarea", "dropdown", "checkboxes")
# In the order in which a reader meets them; what each cannot do without.
ASKED = {
    "A check rejected right work": {"notebook", "exercise", "function", "message"},
    "The grader or a step failed": {"command", "message", "doctor"},
    "A sentence or a picture is wrong": {"place", "says", "should"},
}


class OnceOnly(yaml.SafeLoader):
    """YAML as it is, but a key that stands twice is a mistake, where yaml takes the last one in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(keys) != len(set(keys)):
            raise yaml.constructor.ConstructorError(None, None, f"a key stands twice among {keys}", node.start_mark)
        return super().construct_mapping(node, deep)


def read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), OnceOnly)


def yaml_files() -> list[Path]:
    found = [*ROOT.glob("*.y*ml"), *ROOT.glob(".*.y*ml"), *ROOT.glob("*.cff"), *GITHUB.rglob("*.y*ml")]
    return sorted(set(found))


def test_a_key_that_stands_twice_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("a: 1\nb: {c: 1, c: 2}\n")
    with pytest.raises(yaml.YAMLError, match="stands twice"):
        read(tmp_path / "a.yml")


@pytest.mark.parametrize("path", yaml_files(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_yaml_file_parses_to_a_mapping(path: Path) -> None:
    assert isinstance(read(path), dict)


# The workflows


def jobs() -> list[Any]:
    return [
        pytest.param(job, id=f"{path.stem}-{name}") for path in WORKFLOWS for name, job in read(path)["jobs"].items()
    ]


def test_the_matrix_is_the_classifiers() -> None:
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["classifiers"]
    promised = [found[1] for text in classifiers if (found := re.fullmatch(r".* :: Python :: (3\.\d+)", text))]
    job = read(GITHUB / "workflows" / "tests.yml")["jobs"]["test"]
    assert job["strategy"]["matrix"] == {"python": promised}
    given = [step["with"]["python-version"] for step in job["steps"] if "python-version" in step.get("with", {})]
    assert given == ["${{ matrix.python }}"]


def test_ci_runs_what_people_run() -> None:
    commands = [step.get("run") for step in read(GITHUB / "workflows" / "tests.yml")["jobs"]["test"]["steps"]]
    assert commands[-2:] == [".ci/run", "make coverage"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_read_and_no_more(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert not [name for name, job in workflow["jobs"].items() if "permissions" in job]
    assert "pull_request_target" not in workflow[True]  # YAML 1.1 reads the key `on` as true


@pytest.mark.parametrize("job", jobs())
def test_a_job_ends_and_its_actions_are_pinned_by_commit(job: dict[str, Any]) -> None:
    assert 0 < job["timeout-minutes"] <= 60
    used = [step["uses"] for step in job["steps"] if "uses" in step]
    assert used
    assert not [action for action in used if not re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40}", action)]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_beside_a_pin_stands_the_version_that_a_reader_knows(path: Path) -> None:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert not [line for line in lines if not re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)]


# The hooks


def test_hooks_are_lines_of_make_check_and_fetch_nothing() -> None:
    repositories = read(ROOT / ".pre-commit-config.yaml")["repos"]
    assert [repository["repo"] for repository in repositories] == ["local"]
    hooks = repositories[0]["hooks"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"^check:.*\n((?:\t.+\n)+)", makefile, re.MULTILINE)
    assert recipe
    checks = {line.strip().replace("$(BIN)", ".venv/bin") for line in recipe[1].splitlines()}
    entries = [hook["entry"] for hook in hooks]
    assert set(entries) <= checks
    for tool in ("ruff check", "ruff format --check", "mypy", "autograde build --check"):
        assert len([entry for entry in entries if entry.startswith(f".venv/bin/{tool}")]) == 1, tool
    assert {(hook["language"], hook["pass_filenames"]) for hook in hooks} == {("system", False)}


# The forms


def test_the_forms_stand_in_the_order_of_their_weight() -> None:
    assert [read(path)["name"] for path in FORMS] == list(ASKED)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_is_one(path: Path) -> None:
    form = read(path)
    assert all(isinstance(form[key], str) and form[key] for key in ("name", "description", "title"))
    assert set(form) <= {"name", "description", "title", "labels", "body"}
    for part in form["body"]:
        assert part["type"] in ("markdown", *FIELDS)
        if part["type"] == "markdown":
            assert part["attributes"]["value"].strip()
        else:
            assert re.fullmatch(r"[\w-]+", part["id"])
            assert part["attributes"]["label"]
            assert set(part) <= {"type", "id", "attributes", "validations"}
            assert set(part.get("validations", {})) <= {"required"}
    asked = [part for part in form["body"] if part["type"] in FIELDS]
    assert len({part["id"] for part in asked}) == len({part["attributes"]["label"] for part in asked}) == len(asked)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_insists_on_what_one_needs_to_try_it(path: Path) -> None:
    form = read(path)
    insisted = {part["id"] for part in form["body"] if part.get("validations", {}).get("required") is True}
    assert insisted == ASKED[form["name"]]


def test_who_found_a_hole_is_sent_to_the_security_page() -> None:
    links = read(GITHUB / "ISSUE_TEMPLATE" / "config.yml")["contact_links"]
    assert all(set(link) == {"name", "url", "about"} and link["url"].startswith("https://") for link in links)
    assert [link for link in links if "SECURITY.md" in link["about"]]
    security = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert "## Reporting" in security
    assert "Report a vulnerability" in security


def test_a_pull_request_is_asked_for_little() -> None:
    template = (GITHUB / "pull_request_template.md").read_text(encoding="utf-8")
    assert len(template.splitlines()) <= 12
    for named in re.findall(r"[\w/]+/|\w+\.md", template):
        assert (ROOT / named).exists(), named
