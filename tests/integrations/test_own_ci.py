"""The project's own workflows and hooks: they call what a contributor calls."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import yaml

from tests.each import each

ROOT = Path(__file__).parents[2]
STAGES = set(re.findall(r"^(\w+)\(\) \{", (ROOT / ".ci" / "check").read_text(), flags=re.M))
JOBS: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())[
    "jobs"
]
HOOKS = [
    hook
    for repo in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    for hook in repo["hooks"]
]


def commands(job: str) -> list[str]:
    return [step["run"] for step in JOBS[job]["steps"] if "run" in step]


def test_the_workflow_calls_the_two_scripts() -> None:
    assert commands("check")[-1] == "bash .ci/check"
    assert commands("run") == ["bash .ci/run"]
    assert len(commands("check")) == 2


def test_the_workflow_tries_every_python_from_the_lowest_on() -> None:
    (lowest,) = re.findall(r'requires-python = ">=3\.(\d+)"', (ROOT / "pyproject.toml").read_text())
    minors = [int(name.partition(".")[2]) for name in JOBS["check"]["strategy"]["matrix"]["python"]]
    assert minors == list(range(int(lowest), int(lowest) + len(minors)))
    assert len(minors) >= 3


@each("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_calls_what_is_there(hook: dict[str, Any]) -> None:
    assert hook["language"] == "system"
    program, *words = shlex.split(hook["entry"])
    if program == "bash":
        script, *stages = words
        assert script == ".ci/check"
        assert set(stages) <= STAGES
        assert not hook["pass_filenames"]
    else:
        assert (program, words) == ("convcalc", ["check", "--force-exclude"])
        assert re.search(hook["files"], "examples/configs/lenet5.net.yaml")
        assert not re.search(hook["files"], "tests/network/bad/x.net.yaml")
