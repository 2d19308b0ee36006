"""DOT and Mermaid: sentences of their languages, read by Graphviz itself where that is there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.report import written_graph
from convcalc.report.diagram import fitting_outline, outline
from tests.drawing.pictures import HOSTILE, hostile_plan

Run = Callable[..., Any]
CONFIGS = Path(__file__).parents[2] / "examples" / "configs"
NAMES = ["lenet5", "resnet50", "googlenet"]

# The lines that Mermaid's flowcharts and DOT may have, of their grammars; labels hold no sign that
# means something.
MERMAID_LABEL = r'"(?:[\w ×,/()=:.%-]|#\d+;|<br/>)*"'
MERMAID = [
    r"flowchart TB",
    rf" *n\d+(?:\[{MERMAID_LABEL}\]|\(\[{MERMAID_LABEL}\]\))",
    rf" *subgraph f\d+ \[{MERMAID_LABEL}\]",
    r" *end",
    rf"  n\d+ -->\|{MERMAID_LABEL}\| n\d+",
    r"  style n\d+ stroke-width:\d\.\dpx",
]
DOT_LABEL = r'"(?:[^"\\]|\\[n\\"])*"'
DOT = [
    r"digraph \{",
    rf"  (?:label|labelloc|fontname)=(?:{DOT_LABEL}|t)",
    r"  (?:node|edge) \[[a-z]+=.*\]",
    rf" *n\d+ \[label={DOT_LABEL}(?:, penwidth=\d\.\d)?\]",
    rf" *subgraph cluster\d+ \{{ label={DOT_LABEL}",
    rf"  n\d+ -> n\d+ \[label={DOT_LABEL}\]",
    r" *\}",
]


def plan(name: str) -> convcalc.Plan:
    return convcalc.plan(convcalc.load(str(CONFIGS / f"{name}.net.yaml")))


def test_a_block_begins_before_its_nodes_and_ends_behind_them() -> None:
    layers = "[{two: {}, name: a}, max_pool: 2]"
    text = (
        "convcalc: 1\ninput: [1, 4]\nblocks: {two: {layers: [conv: {out: 1, k: 3}, tanh: {},"
        f" conv: {{out: 1, k: 1}}]}}}}\nlayers: {layers}\n"
    )
    lines = written_graph(outline(convcalc.plan(convcalc.loads(text))), "mermaid").splitlines()
    words = [line.strip().split("[")[0].split(" -->")[0].strip("( ") for line in lines]
    at = words.index("subgraph f0")
    assert words[at : at + 4] == ["subgraph f0", "n1", "n2", "end"]


@pytest.mark.parametrize(("form", "lines"), [("mermaid", MERMAID), ("dot", DOT)])
@pytest.mark.parametrize("name", [*NAMES, "hostile"])
def test_every_line_is_one_of_the_language(name: str, form: str, lines: list[str]) -> None:
    shown = hostile_plan() if name == "hostile" else plan(name)
    text = written_graph(outline(shown), form)
    known = re.compile("|".join(f"(?:{line})" for line in lines))
    assert [line for line in text.splitlines() if not known.fullmatch(line)] == []
    assert HOSTILE not in text
    assert "\u202e" not in text


def test_blocks_are_closed_in_mermaid() -> None:
    lines = [
        line.strip() for line in written_graph(outline(plan("resnet50")), "mermaid").split("\n")
    ]
    # Four stages with a first bottleneck and its followers.
    assert sum(line.startswith("subgraph") for line in lines) == 12
    assert lines.count("end") == 12


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("name", [*NAMES, "hostile"])
def test_graphviz_reads_what_was_written(name: str) -> None:
    found = fitting_outline(hostile_plan() if name == "hostile" else plan(name))
    text = written_graph(found, "dot")
    done = subprocess.run(
        ["dot", "-Tjson"], input=text, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""
    read = json.loads(done.stdout)
    assert read["label"].startswith(found.plan.name[:8])
    nodes = [one for one in read["objects"] if one["name"].startswith("n")]
    clusters = [one for one in read["objects"] if one["name"].startswith("cluster")]
    assert (len(nodes), len(clusters)) == (len(found.nodes), len(found.frames))
    # Graphviz numbers clusters and nodes as it likes: its own ids say which edge is meant.
    ids = {one["_gvid"]: one["name"] for one in read["objects"]}
    pairs = {(ids[one["tail"]], ids[one["head"]]) for one in read["edges"]}
    assert pairs == {(f"n{edge.source}", f"n{edge.target}") for edge in found.edges}


def test_plan_writes_a_graph(run: Run) -> None:
    lenet = str(CONFIGS / "lenet5.net.yaml")
    result = run("plan", lenet, "--format", "mermaid")
    assert result.code == 0
    assert result.out == written_graph(fitting_outline(plan("lenet5")), "mermaid")
    assert '  n0(["input"])\n  n1["conv k5<br/>then relu<br/>28.2 % of MACs"]' in result.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(
            ["--format", "dot", "--sort", "macs"],
            "--sort does not go with --format dot; a graph has no table",
            id="a table's option",
        ),
        pytest.param(
            ["--plot", "net.html"], "`net.html` is no picture; name it .svg or .png", id="HTML"
        ),
    ],
)
def test_words_that_do_not_go_together(run: Run, words: list[str], message: str) -> None:
    result = run("plan", str(CONFIGS / "lenet5.net.yaml"), *words)
    assert (result.code, result.out) == (2, "")
    assert message in result.err


@pytest.mark.parametrize("form", ["svg", "png"])
def test_plan_draws_its_graph_beside_the_answer(run: Run, tmp_path: Path, form: str) -> None:
    lenet, path = str(CONFIGS / "lenet5.net.yaml"), tmp_path / f"net.{form}"
    plain = run("plan", lenet)
    result = run("plan", lenet, "--plot", str(path))
    assert (result.code, result.out, result.err) == (0, plain.out, f"wrote {path}\n")
    begins = {"svg": b"<svg ", "png": b"\x89PNG"}[form]
    assert path.read_bytes().startswith(begins)


def test_json_may_stand_beside_a_folded_picture(run: Run, tmp_path: Path) -> None:
    words = ("plan", str(CONFIGS / "resnet18.net.yaml"), "--format", "json", "--depth", "0")
    assert run(*words).code == 2
    path = tmp_path / "net.svg"
    assert run(*words, "--plot", str(path)).code == 0
    assert "×2" in path.read_text()


def test_a_picture_of_too_many_pixels_is_refused(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("convcalc.features.plan.command._MOST_PIXELS", 100_000)
    lenet = str(CONFIGS / "lenet5.net.yaml")
    result = run("plan", lenet, "--plot", str(tmp_path / "net.png"))
    assert (result.code, result.out) == (2, "")
    assert "up to 100,000 pixels in all fit a PNG; fold blocks, as in --depth 0" in result.err
    assert run("plan", lenet, "--plot", str(tmp_path / "net.svg")).code == 0
