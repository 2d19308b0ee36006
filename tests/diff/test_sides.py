"""Where the two sides of a comparison come from, and sides that are broken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.diff.conftest import Repository
from tests.diff.networks import NET, SMALL, WIDER
from tests.importers.onnx_bytes import model, node


def test_other_inputs_and_variables_go_to_both_sides(run: Run, pair: tuple[str, str]) -> None:
    for name in pair:
        path = Path(name)
        text = path.read_text().replace("name: Small", "name: Small\nvars: {width: 8}")
        path.write_text(text.replace("out: 8", "out: =width"))
    args = ("diff", *pair, "--input", "3x16x16", "--set", "width=4", "--format", "json")
    totals = json.loads(run(*args).out)["networks"][0]["totals"]
    # 3*4*9 weights at 256 positions, and 4*16*9 at 64; then 9 at 256, and 4*24*9 at 64.
    assert totals["macs"]["before"] == 108 * 256 + 576 * 64
    assert totals["macs"]["after"] == 9 * 256 + 108 * 256 + 864 * 64


BROKEN = "convcalc: 1\ninput: [3, 8, 8]\nlayers:\n  - conv: {out: 8, k: 11}\n"


@pytest.mark.parametrize("format", ["plain", "markdown", "json"])
def test_a_side_that_is_broken_is_told_with_its_name(
    run: Run, pair: tuple[str, str], format: str
) -> None:
    Path(pair[1]).write_text(BROKEN)
    result = run("diff", *pair, "--format", format, "--fail-on", "params>0")
    assert result.code == 2
    if format == "json":
        assert json.loads(result.out)["networks"] == []
        (problem,) = json.loads(result.out)["problems"]
        assert (problem["file"], problem["line"], problem["code"]) == ("b.net.yaml", 4, "CC101")
    else:
        assert result.out == ""
        assert result.err.startswith("b.net.yaml:4:23: error CC101 kernel-exceeds-input")


def test_both_sides_are_told_at_once(run: Run, pair: tuple[str, str]) -> None:
    for name in pair:
        Path(name).write_text(BROKEN)
    result = run("diff", *pair)
    assert result.code == 2
    assert [line.split(":")[0] for line in result.err.splitlines() if "CC101" in line] == list(pair)


def test_a_broken_base_is_told_as_such(run: Run, repository: Repository) -> None:
    repository.write(NET, BROKEN)
    repository.commit()
    repository.write(NET, SMALL)
    result = run("diff", NET, "--base", "main")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("main:nets/small.net.yaml:4:23: error CC101")


def test_standard_input_on_one_side(run: Run, pair: tuple[str, str]) -> None:
    for args in (("-", pair[0]), (pair[0], "-")):
        result = run("diff", *args, stdin=SMALL)
        assert result.code == 0
        assert result.out.startswith("no difference: 5 layers")


def test_a_revision(run: Run, repository: Repository) -> None:
    repository.write(NET, WIDER)
    result = run("diff", NET, "--base", "main", "--fail-on", "params>+5%")
    assert result.code == 1
    assert result.out.splitlines()[2] == f"main:{NET} → {NET}"


def test_a_revision_of_a_model_file(run: Run, repository: Repository) -> None:
    """A dense layer of 3 to 4 became one of 3 to 5: 3 weights more."""

    def dense(features: int) -> bytes:
        nodes = [node("MatMul", ["x", "w"], ["y"], "head")]
        return model(nodes, {"x": ["batch", 3]}, ["y"], {"w": (3, features)})

    path = repository.path / "net.onnx"
    path.write_bytes(dense(4))
    repository.commit()
    path.write_bytes(dense(5))
    result = run("diff", "net.onnx", "--base", "main", "--fail-on", "params>+1%", "--format", "csv")
    assert result.code == 1
    assert "main:net.onnx" in result.err or "net.onnx" in result.out
    data = json.loads(run("diff", "net.onnx", "--base", "main", "--format", "json").out)
    assert data["networks"][0]["totals"]["params"]["delta"] == 3


def test_a_folder_of_networks(run: Run, repository: Repository) -> None:
    for name in ("two", "three"):
        repository.write(f"nets/{name}.net.yaml", SMALL.replace("Small", name))
    repository.commit()
    assert run("diff", "nets", "--base", "main") == (
        0,
        "no network in `nets` differs from `main`\n",
        "",
    )
    repository.write(NET, WIDER)
    repository.write("nets/two.net.yaml", BROKEN)
    repository.write("nets/new.net.yaml", "convcalc: 1\ninput: [1, 4, 4]\nlayers: [relu]\n")
    (repository.path / "nets/three.net.yaml").unlink()
    result = run("diff", "nets", "--base", "main", "--fail-on", "params>+5%")
    # One that is broken hides nothing of the others.
    assert result.code == 2
    assert result.err.startswith("nets/two.net.yaml:4:23: error CC101")
    assert result.out.splitlines()[0] == "3 networks, 1 over a limit"
    assert "`nets/new.net.yaml` is new; `main` has no such file" in result.out
    assert "gone: 5 layers, 1,408 params, 32,256 MACs" in result.out
    # There is nothing to compare the only side with.
    titles = [line.split() for line in result.out.splitlines() if line.startswith(" " * 20)]
    assert titles == [["after"], ["before", "after", "change", "percent"], ["before"]]
    data = json.loads(run("diff", "nets", "--base", "main", "--format", "json").out)
    sides = [(one["before"], one["after"]) for one in data["networks"]]
    assert sides == [
        (None, "nets/new.net.yaml"),
        ("main:nets/small.net.yaml", "nets/small.net.yaml"),
        ("main:nets/three.net.yaml", None),
    ]
    assert [problem["file"] for problem in data["problems"]] == ["nets/two.net.yaml"]
