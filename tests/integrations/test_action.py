"""`action.yml`: its steps, run as the runner would run them, with inputs that mean harm."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
INSTALL, CHECK, DIFF, RESULT = STEPS

NET = "convcalc: 1\ninput: [3, 8, 8]\nlayers:\n  - conv: {out: 4, k: 3}\n"
BROKEN = NET.replace("k: 3", "k: 33")

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


def test_no_script_has_a_value_in_its_text() -> None:
    """An expression is put into a script before the shell reads it, whatever it holds."""
    assert ACTION["runs"]["using"] == "composite"
    for step in STEPS:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"
        for value in step["env"].values():
            assert re.fullmatch(r"\$\{\{ (inputs|steps)\.[a-z.-]+ \}\}", value)


def test_every_input_arrives_and_none_is_missing() -> None:
    used = {value for step in STEPS for value in step["env"].values() if "inputs." in value}
    assert used == {f"${{{{ inputs.{name} }}}}" for name in ACTION["inputs"]}
    for step in STEPS:
        read = set(re.findall(r"\bCONVCALC_[A-Z_]+", step["run"]))
        assert read == set(step["env"])


def test_the_interpreter_reads_nothing_from_the_repository() -> None:
    # `python -m pip` would run a `pip.py` that somebody has put there.
    for line in INSTALL["run"].splitlines():
        assert " -m " not in line or " -I -m " in line


class Ran(NamedTuple):
    """What a run of the action left: exit code of the last step, output, outputs by step."""

    code: int
    said: str
    outputs: dict[str, dict[str, str]]


class Runner:
    """A stand-in for the runner: a repository, a folder of its own, and the convcalc from here."""

    def __init__(self, folder: Path) -> None:
        self.work = folder / "repository"
        self.temp = folder / "temp dir"
        self.work.mkdir()
        bin = self.temp / "convcalc-venv" / "bin"
        bin.mkdir(parents=True)
        self.program = bin / "convcalc"
        self.program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m convcalc "$@"\n')
        self.program.chmod(0o755)

    def only_record(self) -> None:
        """Put a program in convcalc's place that writes down its arguments, and does no more."""
        self.program.write_text(f"#!/bin/sh\nprintf '%s\\0' \"$@\" END >> '{self.temp}/calls'\n")

    @property
    def calls(self) -> list[list[str]]:
        """The arguments of each call that was recorded."""
        calls: list[list[str]] = [[]]
        for word in (self.temp / "calls").read_text().split("\0")[:-1]:
            if word == "END":
                calls.append([])
            else:
                calls[-1].append(word)
        return calls[:-1]

    def write(self, name: str, text: str) -> None:
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def git(self, *args: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *who, *args], cwd=self.work, check=True, capture_output=True)

    def commit(self) -> None:
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "all")

    def run(self, *steps: dict[str, Any], **given: str) -> Ran:
        """Run steps with inputs; names have `_` for `-`."""
        inputs = {name: entry.get("default", "") for name, entry in ACTION["inputs"].items()}
        inputs |= {name.replace("_", "-"): value for name, value in given.items()}
        assert set(inputs) == set(ACTION["inputs"])
        outputs: dict[str, dict[str, str]] = {}
        code, said = 0, ""
        for step in steps:
            done, found = self.step(step, inputs, outputs)
            code, said = done.returncode, said + done.stdout + done.stderr
            if "id" in step:
                outputs[step["id"]] = found
        return Ran(code, said, outputs)

    def step(
        self, step: dict[str, Any], inputs: dict[str, str], outputs: dict[str, dict[str, str]]
    ) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
        """One step: how it ended, and the outputs that it wrote."""

        def value_of(expression: str) -> str:
            path = expression.removeprefix("${{ ").removesuffix(" }}").split(".")
            return inputs[path[1]] if path[0] == "inputs" else outputs[path[1]][path[3]]

        script, output = self.temp / "script.sh", self.temp / "output"
        script.write_text(step["run"])
        output.write_text("")
        surroundings = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
            cwd=self.work,
            env=surroundings
            | {name: value_of(text) for name, text in step["env"].items()}
            | {
                "RUNNER_TEMP": str(self.temp),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_ACTION_PATH": str(ROOT),
            },
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )
        return done, _outputs(output.read_text())


def _outputs(text: str) -> dict[str, str]:
    """The outputs that a step wrote, read as the runner reads them."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        if "<<" in line.partition("=")[0]:
            name, _, mark = line.partition("<<")
            value: list[str] = []
            for one in lines:
                if one == mark:
                    break
                value.append(one)
            found[name] = "\n".join(value)
        else:
            name, _, found[name] = line.partition("=")
    return found


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


@pytest.mark.thorough
@needs_bash
def test_findings_are_annotated_and_fail_the_last_step(runner: Runner) -> None:
    runner.write("nets/a.net.yaml", NET)
    runner.write("nets/b c.net.yaml", BROKEN)
    ran = runner.run(CHECK, DIFF, RESULT)
    assert ran.code == 1
    assert "::error " in ran.said
    assert "file=nets/b c.net.yaml" in ran.said
    assert ran.outputs["result"] == {"exit-code": str(ran.code)}
    assert "diff-file" not in ran.outputs["diff"]
    sarif = json.loads(Path(ran.outputs["check"]["sarif-file"]).read_text())
    assert sarif["version"] == "2.1.0"
    assert [one["ruleId"] for one in sarif["runs"][0]["results"]] == ["CC101"]


HOSTILE = [
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned #",
    "' ; touch pwned '",
    '" ; touch pwned "',
    "&& touch pwned",
    "| touch pwned",
    "> pwned",
    "--output-file=pwned",
    "--fix",
    "-rf",
    "${PATH}",
    "*",
    "\\",
    "x\ncode=0\nexit-code=0",
    "${{ github.token }}",
]


@needs_bash
def test_hostile_inputs_are_words(runner: Runner) -> None:
    """All of them at once, in every input: each arrives as it is, and nothing is run."""
    runner.only_record()
    runner.write("a.net.yaml", NET)
    lines = [line for one in HOSTILE for line in one.split("\n")]
    text = " ".join(HOSTILE)
    named = {
        name: f"{name} {text}" for name in ("select", "ignore", "fail_on", "config", "baseline")
    }
    given = [f"--{name.replace('_', '-')}={value}" for name, value in named.items()]
    ran = runner.run(
        CHECK, DIFF, RESULT,
        paths="\n".join(HOSTILE), base=text, diff_fail_on="\n".join(HOSTILE), **named,
    )  # fmt: skip
    assert ran.code == 0
    check, sarif, diff = runner.calls
    assert check == ["check", *given, "--format=github", "--", *lines]
    file = f"--output-file={runner.temp}/convcalc.sarif"
    assert sarif == ["check", *given, "--format=sarif", file, "--", *lines]
    limits = [f"--fail-on={line}" for line in lines]
    assert diff == ["diff", f"--base={text}", "--format=markdown", *limits, "--", *lines]
    assert os.listdir(runner.work) == ["a.net.yaml"]


@needs_bash
@pytest.mark.parametrize(
    ("checked", "compared", "code"),
    [("0", "0", 0), ("1", "0", 1), ("0", "1", 1), ("1", "2", 2), ("2", "1", 2), ("3", "0", 3)],
)
def test_the_worst_code_is_the_result(
    runner: Runner, checked: str, compared: str, code: int
) -> None:
    outputs = {"check": {"code": checked}, "diff": {"code": compared}}
    done, found = runner.step(RESULT, {}, outputs)
    assert (done.returncode, found) == (code, {"exit-code": str(code)})


@pytest.mark.thorough
@needs_bash
def test_hostile_inputs_reach_the_program_and_do_no_harm(runner: Runner) -> None:
    runner.write("a.net.yaml", NET + "  - batch_norm\n")
    runner.commit()
    before = sorted(os.listdir(runner.work))
    paths = runner.run(CHECK, DIFF, RESULT, paths="\n".join(HOSTILE))
    # None of them is a file, and that is said of each; only `*` matches one.
    assert paths.code == 2
    assert "--output-file=pwned" in paths.said
    text = " ".join(HOSTILE)
    for name in ("select", "ignore", "fail_on", "config", "base"):
        assert runner.run(CHECK, DIFF, RESULT, **{name: text}).code == 2
    assert runner.run(DIFF, base="--output=pwned").outputs["diff"]["code"] == "2"
    assert sorted(os.listdir(runner.work)) == before
    assert (runner.work / "a.net.yaml").read_text() == NET + "  - batch_norm\n"


@needs_bash
def test_a_line_break_in_a_path_begins_no_other_output(runner: Runner) -> None:
    runner.only_record()
    name = str(runner.temp / "x\nexit-code=9\ncode=7")
    ran = runner.run(CHECK, sarif_file=name)
    assert ran.outputs["check"] == {"code": "0", "sarif-file": name}


@pytest.mark.thorough
@needs_bash
def test_paths_are_lines_and_options_are_passed_on(runner: Runner) -> None:
    runner.write("a b.net.yaml", NET)
    runner.write("old/c.net.yaml", BROKEN)
    runner.write("d.net.yaml", BROKEN)
    assert runner.run(CHECK, paths="a b.net.yaml\r\n\n").outputs["check"]["code"] == "0"
    ran = runner.run(CHECK, paths="a b.net.yaml\nold")
    assert "c.net.yaml" in ran.said
    assert "d.net.yaml" not in ran.said
    runner.write("ci.toml", 'exclude = ["old/", "d.net.yaml"]\n')
    assert runner.run(CHECK, config="ci.toml").outputs["check"]["code"] == "0"


@needs_bash
@pytest.mark.parametrize(
    ("given", "paths"),
    [
        pytest.param(".", ["."], id="the default"),
        pytest.param("a b\r\n\n c\n", ["a b", " c"], id="lines of any kind"),
        pytest.param("\n", ["."], id="no line"),
        pytest.param("nets/*.net.yaml", ["nets/*.net.yaml"], id="a pattern, left to convcalc"),
    ],
)
def test_paths_are_lines(runner: Runner, given: str, paths: list[str]) -> None:
    runner.only_record()
    runner.write("nets/a.net.yaml", NET)
    runner.run(CHECK, paths=given)
    assert [call[call.index("--") + 1 :] for call in runner.calls] == [paths, paths]


@pytest.mark.thorough
@needs_bash
def test_networks_are_compared_with_the_base(runner: Runner) -> None:
    runner.write("a.net.yaml", NET)
    runner.commit()
    runner.write("a.net.yaml", NET.replace("out: 4", "out: 8"))
    ran = runner.run(CHECK, DIFF, RESULT, base="HEAD")
    assert (ran.code, ran.outputs["diff"]["code"]) == (0, "0"), ran.said
    # 3*9*4 + 4 = 112 and 224 parameters.
    text = Path(ran.outputs["diff"]["diff-file"]).read_text()
    assert "112" in text
    assert "224" in text
    over = runner.run(CHECK, DIFF, RESULT, base="HEAD", diff_fail_on="macs>+200%\nparams>+5%")
    assert (over.code, over.outputs["result"]["exit-code"]) == (1, "1")


@pytest.mark.thorough
@needs_bash
def test_it_installs_itself_and_runs_nothing_of_the_repository(runner: Runner) -> None:
    runner.write("a.net.yaml", NET)
    for name in ("pip.py", "venv.py", "convcalc.py", "sitecustomize.py", "yaml.py"):
        runner.write(name, "open('pwned', 'w')\nraise SystemExit(9)\n")
    shutil.rmtree(runner.temp / "convcalc-venv")
    installed = runner.run(INSTALL, python=sys.executable)
    if re.search("No matching distribution|ConnectionError|Network is unreachable", installed.said):
        pytest.skip("needs a package index to install convcalc's dependencies from")
    assert installed.code == 0, installed.said
    ran = runner.run(CHECK, DIFF, RESULT)
    assert (ran.code, ran.outputs["check"]["code"]) == (0, "0"), ran.said
    assert not (runner.work / "pwned").exists()


def test_the_documentation_lists_every_input_output_and_hook() -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.+?`) \|", page, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([a-z-]+)`", row)}
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert named == {*ACTION["inputs"], *ACTION["outputs"], *(hook["id"] for hook in hooks)}
