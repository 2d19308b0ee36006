"""`convcalc import` on the command line: what it writes where, and what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import convcalc
from convcalc.features.import_ import answer
from convcalc.features.import_.sameness import difference
from tests.configs import CONFIGS
from tests.conftest import Run
from tests.each import each
from tests.import_.test_import import rows


@pytest.fixture
def lenet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The path of a small network, in the working directory."""
    monkeypatch.chdir(tmp_path)
    text = CONFIGS["lenet5"].read_text()
    Path("lenet.net.yaml").write_text("".join(text.splitlines(keepends=True)[6:]))
    return "lenet.net.yaml"


def test_it_says_what_it_leaves_out() -> None:
    text = """\
# Kept
convcalc: 1
name: "odd: name"
input: [3, 8, 8]
vars: {width: 8}
layers:
  - {conv: {out: =width, k: 3}, note: first}   # gone
  - {relu: {}, expect: {output: [8, 6, 6]}}
expect: {memory: {max: 1MiB}, output: [8, ~, 6]}
"""
    found = convcalc.import_(convcalc.loads(text))
    assert found.left_out == ("1 note", "1 expected layer", "1 comment", "a variable `width`")
    assert found.text.splitlines() == [
        "# Kept",
        "convcalc: 1",
        'name: "odd: name"',
        "input: [3, 8, 8]",
        "layers:",
        "  - conv: {out: 8, k: 3}",
        "  - relu",
        "expect: {memory: {max: 1MiB}, output: [8, ~, 6]}",
    ]


NET = """\
convcalc: 1
input: [3, 8, 8]
layers:
  - {conv: {out: 4, k: 3, p: 1}, name: a}
  - {leaky_relu: 0.1, name: b}
  - add: [a, b]
"""


@each(
    ("old", "new", "said"),
    [
        ("[3, 8, 8]", "[3, 9, 9]", "its inputs are 3x9x9, not 3x8x8"),
        ("  - add: [a, b]\n", "", "it has 2 layers, not 3"),
        ("leaky_relu: 0.1", "tanh: {}", "`b` has other kind than `b`: tanh, not leaky_relu"),
        ("[a, b]", "[b, a]", "`add_1` has other inputs than `add_1`: (2, 1), not (1, 2)"),
        ("k: 3, p: 1", "k: 1", "`a` has other facts than `a`"),
        ("0.1", "0.2", "`b` has other fields than `b`"),
        ("layers", "outputs: [b]\nlayers", "its outputs are other layers"),
        ("name: a", "name: c, note: as before", ""),
    ],
)
def test_networks_that_differ_are_told_apart(old: str, new: str, said: str) -> None:
    text = NET.replace(old, new)
    other = convcalc.loads(text.replace("[a,", "[c,") if "name: c" in new else text)
    found = difference(convcalc.loads(NET).graph(), other.graph())
    assert found.startswith(said)
    assert bool(found) == bool(said)


def test_a_text_that_is_another_network_is_not_given_out(
    run: Run, lenet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = answer.written
    monkeypatch.setattr(answer, "written", lambda *args: real(*args).replace("k: 5", "k: 3"))
    result = run("import", lenet, "-o", "new.net.yaml")
    assert result.code == 3
    assert not Path("new.net.yaml").exists()


def test_a_file_is_written_once(run: Run, lenet: str) -> None:
    wrote = run("import", lenet, "-o", "new.net.yaml")
    assert (wrote.code, wrote.err) == (0, "")
    assert wrote.out.startswith("12 layers in 18 lines\n")
    assert "the same 12 rows in the same order" in wrote.out
    assert wrote.out.endswith("wrote new.net.yaml\n")
    text = Path("new.net.yaml").read_text()
    assert rows(convcalc.plan(convcalc.loads(text))) == rows(convcalc.plan(convcalc.load(lenet)))
    again = run("import", lenet, "-o", "new.net.yaml")
    assert again == (2, "", "error: new.net.yaml exists\nhelp: --force overwrites it\n")
    assert run("import", lenet, "-o", "new.net.yaml", "--force").code == 0


def test_the_text_alone_is_on_standard_output(run: Run, lenet: str) -> None:
    piped = run("import", "-", "--stdin-filename", "a/b.net.yaml", stdin=Path(lenet).read_text())
    assert piped.out.startswith("# Rewritten from b.net.yaml by convcalc import\nconvcalc: 1\n")
    assert convcalc.loads(piped.out).name == "LeNet-5"
    assert "all layers are called as before" in piped.err


def test_another_size(run: Run, lenet: str) -> None:
    data = json.loads(run("import", lenet, "--input", "1x28x28", "--format", "json").out)
    assert "input: [1, 28, 28]" in data["text"]
    # By hand: 6(25+1) + 16(150+1) + 120(256+1) + 84(121) + 10(85).
    assert data["params"] == 44426


def test_a_broken_file_is_a_finding(run: Run, lenet: str) -> None:
    Path(lenet).write_text("convcalc: 1\ninput: [3, 8, 8]\nlayers: [conv: {out: 8, k: 9}]\n")
    result = run("import", lenet)
    assert (result.code, result.out) == (2, "")
    assert "kernel-exceeds-input" in result.err
