"""What CONTRIBUTING.md lists is all that a kind, a rule, a column, a format or a command needs.

Each is written to a copy of the project, in the files of its list, and then asked for everywhere.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[2]
ADDED = Path(__file__).parent / "added"
DRAWN = """\
    "rival_norm": lambda rng: draws.global_response_norm(rng)._replace(
        kind="rival_norm", fields={}
    ),
"""
RULE = '''\
"""CC499 too-many-relus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Problem
from convcalc.features.check.rules.base import Rule, Subject


class TooManyRelus(Rule):
    """Work that is done again at once.

    Why: the second does what the first has done, and nothing else.

    Bad:

    ```yaml
    convcalc: 1
    input: [3, 8, 8]
    layers: [flatten, flatten]
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [3, 8, 8]
    layers: [flatten]
    ```

    Source: counted by hand, on two fingers.
    """

    code: ClassVar[str] = "CC499"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        before = ""
        for row in subject.rows:
            if row.kind == before:
                yield cls.at(row, f"`{row.name}` comes again", help="delete it")
            before = row.kind


RULE = TooManyRelus
'''
EDGES = """
## too-many-relus: one alone
input: [3, 8, 8]
layers: [flatten]

## too-many-relus: another between
input: [3, 8, 8]
layers: [relu, sigmoid, relu]

## too-many-relus: twice
input: [3, 8, 8]
layers: [relu, relu]
=> `relu_2` comes again
help: delete it
"""
COLUMN = '        Column("layers", "count", lambda branch: len(branch.rows), right=True),\n'
ANSWERS = '''\
"""Tabs between, and nothing else."""

from convcalc.report.page import Page
from convcalc.report.style import Style
from convcalc.report.table import exact


def render(page: Page, style: Style) -> str:
    """A line a row."""
    rows = (map(exact, row.values) for row in page.rows.rows)
    return "".join("\\t".join(map(str, row)) + "\\n" for row in rows)
'''
FINDINGS = '''\
"""The Test Anything Protocol."""

from convcalc.report.checked import Report
from convcalc.report.style import Style


def render(report: Report, style: Style) -> str:
    """A line a finding."""
    return "".join(f"not ok - {problem.code}\\n" for problem in report.problems)
'''
COMMAND = '''\
"""`convcalc greet`: a greeting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from convcalc.cli import values
from convcalc.cli.declared import Argument, Option

EXAMPLES = ("convcalc greet you", "convcalc greet you --times 2 --tone loud")


@dataclass(frozen=True, kw_only=True)
class Request:
    """A greeting as it is asked for."""

    whom: Annotated[str, Argument("Whoever is greeted.", "WHOM")]
    times: Annotated[int, Option("How often: --times 2.", "N", values.integer(1))] = 1
    tone: Annotated[
        str, Option("{known}, as in --tone loud.", "NAME", known=lambda: ("loud", "low"))
    ] = "low"


def greet(request: Request) -> int:
    """Greet somebody as often as asked."""
    from convcalc.cli.streams import answer

    answer(f"hello {request.whom}\\n" * request.times)
    return 0
'''


class Copy:
    """A copy of the project; `written` are the files of it that are new or changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.written: set[str] = set()

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self.written.add(name)

    def add(self, name: str, added: str) -> None:
        self.write(name, (ADDED / added).read_text(encoding="utf-8"))

    def change(self, name: str, change: Callable[[str], str]) -> None:
        before = (self.folder / name).read_text(encoding="utf-8")
        assert change(before) != before
        self.write(name, change(before))

    def run(
        self, *args: str, stdin: str = "", code: int = 0, variables: dict[str, str] | None = None
    ) -> str:
        """The output of Python with `args` in the copy."""
        done = subprocess.run(
            [sys.executable, *args],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(self.folder)} | (variables or {}),
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def convcalc(self, *args: str, stdin: str = "", code: int = 0) -> str:
        return self.run("-m", "convcalc", *args, stdin=stdin, code=code)

    def tests(self, *args: str) -> None:
        """The tests that `args` name pass in the copy, and there are some."""
        out = self.run("-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", *args)
        assert re.search(r"^\d+ passed", out, flags=re.M), out

    def failing(self, *args: str) -> set[str]:
        """The cases that fail of the tests that `args` name."""
        out = self.run("-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", *args, code=1)
        named = re.findall(r" \d+ of \d+ fail: (.*) \(\d+ sub-exceptions?\)$", out, flags=re.M)
        return {name for names in named for name in names.split(", ")}

    def completes(self, words: str) -> list[str]:
        """What the shell would propose."""
        asked = {
            "_CONVCALC_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(words.count(" ")),
        }
        return self.run("-m", "convcalc", variables=asked).split()


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    # With what is compiled already.
    unwanted = shutil.ignore_patterns("pictures")
    for name in ("convcalc", "tests", "docs", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=unwanted)
    for name in ("pyproject.toml", "README.md", "CHANGELOG.md", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    copy = Copy(tmp_path)
    assert copy.run("-c", "import convcalc; print(convcalc.__file__)").startswith(str(tmp_path))
    return copy


def listed(head: str, name: str) -> set[str]:
    """The files of the list below a head of CONTRIBUTING.md."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    part = text.partition(f"\n### {head}\n")[2].partition("\n##")[0]
    found = re.findall(r"^- `([^`]+)`: ", part, flags=re.M)
    assert found
    return {path.replace("NAME", name) for path in found}


# What the laws hold against a second definition; the others need nothing but the kind.
SECOND = {
    "states_its_output",
    "counts_its_parameters",
    "counts_its_work",
    "knows_what_it_reads",
    "gives_its_numbers",
}


def test_a_kind(copy: Copy) -> None:
    copy.add("convcalc/kinds/rival_norm.py", "rival_norm.py")
    net = "convcalc: 1\ninput: [3, 8, 8]\nlayers: [{conv: {out: 4, k: 3}}, rival_norm, relu]\n"
    asked = {
        name: copy.convcalc(*words.split(), stdin=net)
        for name, words in {
            "plan": "plan - --format csv",
            "rf": "rf - --format csv",
            "sizes": "sizes -",
            "check": "check - --format concise",
            "verify": "verify -",
            "explain": "explain rival_norm",
            "schema": "schema",
            "shape": "shape 4@6x6 rival_norm",
            "invert": "invert -",
        }.items()
    }
    assert "rival_norm_1" in asked["plan"]
    assert asked["plan"].splitlines()[2].split(",")[:2] == ["rival_norm_1", "rival_norm"]
    assert "rival_norm_1" in asked["rf"]
    assert "Woo et al. 2023, without the shift" in asked["explain"]
    assert '"rival_norm"' in asked["schema"]
    assert "FAIL" not in asked["verify"]
    assert asked["shape"].startswith("4x6x6\n")
    assert re.search(r"rival_norm_1 .*itself", asked["invert"])
    assert copy.completes("convcalc explain rival") == ["rival_norm"]
    # Rules and repairs have learnt of it.
    inside = "convcalc: 1\ninput: [4, 6, 6]\nlayers: [softmax, rival_norm, relu]\n"
    out = copy.convcalc("check", "-", "--format", "concise", stdin=inside)
    assert "CC415 softmax-inside: `softmax_1` stands inside of the network" in out
    wrong = "convcalc: 1\ninput: [4, 6, 6]\nlayers: [ContestNorm2d]\n"
    out = copy.convcalc("check", "-", stdin=wrong, code=1)
    assert "write `rival_norm`" in out
    assert "\n## rival_norm\n" in copy.run(
        "-c", "import sys; sys.path.insert(0, 'docs'); import pages; print(pages.kinds())"
    )
    # All laws but those of a second definition hold for what its page shows.
    assert copy.failing("tests/test_laws.py", "-k", "rival_norm") == SECOND | {"is_drawn"}
    copy.tests("tests/network/test_proposals.py", "tests/test_kinds_own_their_names.py")
    copy.add("tests/reference/rival_norm.py", "rival_norm_definition.py")
    copy.change(
        "tests/drawn_layers.py", lambda text: text.replace('    "scale": ', DRAWN + '    "scale": ')
    )
    assert copy.written == listed("A kind", "rival_norm")
    copy.tests("tests/test_laws.py", "tests/reference", "-k", "rival_norm")


def test_a_kind_with_a_line_of_pytorch(copy: Copy) -> None:
    copy.add("convcalc/kinds/relu3.py", "relu3.py")
    layers = "{conv: {out: 4, k: 3}}, relu3, {conv: {out: 2, k: 3}}"
    copy.write("a.net.yaml", f"convcalc: 1\ninput: [3, 8, 8]\nlayers: [{layers}]\n")
    assert "nn.Hardtanh(0.0, 3.0)" in copy.convcalc("invert", "a.net.yaml", "--torch")
    assert "no line is written for it" in copy.convcalc("invert", "a.net.yaml", "--keras")
    within = "convcalc: 1\ninput: [3, 8, 8]\nlayers: [sigmoid, relu3]\n"
    out = copy.convcalc("check", "-", "--format", "concise", stdin=within)
    assert "CC412 activation-without-effect: `relu3_1` changes nothing" in out
    assert copy.convcalc("shape", "9x9", "k3", ",", "relu3").startswith("7x7\n")
    assert copy.failing("tests/test_laws.py", "-k", "relu3") == SECOND | {"is_drawn"}


def test_a_rule(copy: Copy) -> None:
    copy.write("convcalc/features/check/rules/too_many_relus.py", RULE)
    said = "too-many-relus: `flatten_2` comes again\n"
    copy.change("tests/rules/messages.txt", lambda text: text + said)
    copy.change("tests/rules/edges.txt", lambda text: text + EDGES)
    # It repairs nothing, so that the list's last file has nothing to show.
    assert copy.written | {"tests/rules/fixes.txt"} == listed("A rule", "too_many_relus")
    pages, edges = "tests/rules/test_manual_pages.py", "tests/rules/test_edges.py"
    # The stacks of other rules have layers that come again.
    copy.tests(pages, edges, "-k", "not no_example_of_another_mistake")
    net = "convcalc: 1\ninput: [3, 8, 8]\nlayers: [relu, relu]\n"
    out = copy.convcalc("check", "-", "--format", "concise", stdin=net)
    assert "warning CC499 too-many-relus: `relu_2` comes again" in out
    assert "CC499" in copy.convcalc("rules", "CC4")
    assert "on two fingers" in copy.convcalc("explain", "too-many-relus")
    sarif = json.loads(copy.convcalc("check", "-", "--format", "sarif", stdin=net))
    assert "CC499" in json.dumps(sarif["runs"][0]["tool"])
    assert copy.completes("convcalc check --select CC49") == ["CC499"]
    assert "on two fingers" in copy.run(
        "-c", "import sys; sys.path.insert(0, 'docs'); import rules_page; print(rules_page.rules())"
    )


def test_a_column_of_plans(copy: Copy) -> None:
    name = "convcalc/report/columns.py"
    copy.change(
        name, lambda text: text.replace("        *_sums(),\n", COLUMN + "        *_sums(),\n")
    )
    assert copy.written == listed("A column of plans", "layers")
    net = "convcalc: 1\ninput: [3, 8, 8]\nlayers: [relu, relu]\n"
    for form, line in (
        ("plain", "relu_1      1"),
        ("csv", "relu_1,1"),
        ("markdown", "| `relu_1` | 1 |"),
    ):
        out = copy.convcalc("plan", "-", "--columns", "name,layers", "--format", form, stdin=net)
        assert line in re.sub(r"  +", "      ", out), out
    assert copy.completes("convcalc plan x --columns name,lay") == ["name,layers"]
    copy.tests("tests/report", "-k", "table or layout")


def test_a_format_of_answers(copy: Copy) -> None:
    copy.write("convcalc/report/pages/tabs.py", ANSWERS)
    assert copy.written == listed("A format of answers", "tabs")
    lenet = "examples/configs/lenet5.net.yaml"
    assert "conv_1\t" in copy.convcalc("plan", lenet, "--format", "tabs")
    for words in (f"rf {lenet}", f"sizes {lenet}", "compare 3x3*3 7x7", "solve 8 4"):
        assert "\t" in copy.convcalc(*words.split(), "--format", "tabs"), words
    assert "tabs" in copy.convcalc("rf", "--help")
    assert copy.completes("convcalc plan x --format ta") == ["table", "tabs"]
    copy.tests("--doctest-modules", "convcalc/report/__init__.py")


def test_a_format_of_findings(copy: Copy) -> None:
    copy.write("convcalc/report/findings/tap.py", FINDINGS)
    row = "| `markdown` |"
    copy.change("docs/checking.md", lambda text: text.replace(row, f"| `tap` | protocols |\n{row}"))
    assert copy.written == listed("A format of findings", "tap")
    net = "convcalc: 1\ninput: [3, 8, 8]\nlayers: [{conv: {out: 4, k: 33}}]\n"
    assert copy.convcalc("check", "-", "--format", "tap", stdin=net, code=1) == "not ok - CC101\n"
    assert "tap" in copy.convcalc("check", "--help")
    assert copy.completes("convcalc check --format ta") == ["tap"]
    copy.tests("tests/docs/test_counts.py", "-k", "table_of_the_manual")


def test_a_command(copy: Copy) -> None:
    copy.write("convcalc/features/greet/__init__.py", '"""Greetings."""\n')
    copy.write("convcalc/features/greet/command.py", COMMAND)
    assert copy.written == listed("A command", "greet")
    assert copy.convcalc("greet", "you", "--times", "2") == "hello you\nhello you\n"
    assert re.search(r"\n  greet +Greet somebody as often as asked\.\n", copy.convcalc("--help"))
    assert "loud or low, as in --tone loud." in " ".join(copy.convcalc("greet", "--help").split())
    assert copy.completes("convcalc gre") == ["greet"]
    assert copy.completes("convcalc greet you --tone lo") == ["loud", "low"]
    copy.tests(
        "tests/cli/test_declared.py", "tests/cli/test_conduct.py", "-k", "greet or known_words"
    )
    copy.tests("tests/cli/test_terminal.py", "tests/test_imports.py", "-k", "greet or imports")
    assert "## `convcalc greet`" in copy.run(
        "-c", "import sys; sys.path.insert(0, 'docs'); import pages; print(pages.commands())"
    )
