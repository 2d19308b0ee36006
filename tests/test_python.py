"""What a command answers, Python can ask for: the same values, and the same refusals."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc import cli
from convcalc.core.records import Record
from convcalc.features.schema import commands
from tests.each import each

NETS = Path(__file__).parent / "schema" / "nets"
PAGE = (Path(__file__).parents[1] / "docs" / "python.md").read_text(encoding="utf-8")


def net(name: str) -> convcalc.Network:
    return convcalc.load(f"{name}.net.yaml")


# The words of a command, and the same question from Python.
PAIRS: dict[str, Callable[[], Record]] = {
    "budget lenet.net.yaml --only memory,stride --check": lambda: convcalc.budget(
        net("lenet"), only=["memory", "stride"]
    ),
    "check smelly.net.yaml --select CC4 --isolated": lambda: convcalc.check(
        "smelly.net.yaml", select=["CC4"], isolated=True
    ),
    "compare 3x3*2 lenet.net.yaml --cin 8 --size 20 --no-padding": lambda: convcalc.compare(
        "3x3*2", net("lenet"), cin=8, size=20, padded=False
    ),
    "convert lenet.net.yaml --dense-to-conv --input 1x40x40": lambda: convcalc.convert(
        net("lenet"), input=[1, 40, 40]
    ),
    "convert lenet.net.yaml --conv-to-dense conv_2": lambda: convcalc.dense_matrix(
        net("lenet"), "conv_2"
    ),
    "diff lenet.net.yaml narrow.net.yaml --fail-on params>+1%": lambda: convcalc.diff(
        net("lenet"), net("narrow"), fail_on=["params>+1%"]
    ),
    "import blocks.net.yaml": lambda: convcalc.import_(net("blocks")),
    "invert 3x32x32 conv 64 k3 s2 p1": lambda: convcalc.invert("3x32x32 conv 64 k3 s2 p1"),
    "invert blocks.net.yaml": lambda: convcalc.invert(net("blocks")),
    "invert blocks.net.yaml --layer stem": lambda: convcalc.invert(net("blocks"), layer="stem"),
    "plan blocks.net.yaml --batch 2": lambda: convcalc.plan(net("blocks"), batch=2),
    "rf blocks.net.yaml --layer head --at 3,3": lambda: convcalc.receptive_field(
        net("blocks"), "head", at=(3, 3)
    ),
    "rf blocks.net.yaml --from stem --object 9": lambda: convcalc.receptive_field(
        net("blocks"), origin="stem", object_size=9
    ),
    "rf 1d k8 d1,2,4,8 x3": lambda: convcalc.receptive_field("1d k8 d1,2,4,8 x3"),
    "relations": lambda: convcalc.relations(),
    "relations 6x5 k3 s2 p1": lambda: convcalc.relations("6x5 k3 s2 p1"),
    "rules CC3": lambda: convcalc.rules("CC3"),
    "shape 75 max_pool k2 s2 --dialect caffe": lambda: convcalc.shape(
        ["75", "max_pool", "k2", "s2"], dialect="caffe"
    ),
    "show 3x3 k2 --seed 4 --view sums": lambda: convcalc.show("3x3 k2", seed=4, views=["sums"]),
    "show bare.net.yaml --layer conv_1 --view windows": lambda: convcalc.show(
        convcalc.loads((NETS / "bare.net.yaml").read_text().replace("32, 32", "3, 3")),
        layer="conv_1",
        views=["windows"],
    ),
    "sizes blocks.net.yaml --near 67 --require strides": lambda: convcalc.sizes(
        net("blocks"), near=67, require=["strides"]
    ),
    "solve 20 10 --kernel 3:4 --cin 3 --cout 8 --max-params 400": lambda: convcalc.solve(
        20, 10, kernel=(3, 4), cin=3, cout=8, max_params=400
    ),
    "solve 16 4 --layers 2:3 -c 8:16:8 --max-params 2K": lambda: convcalc.choices(
        16, 4, layers=range(2, 4), channels=(8, 16), max_params=2000
    ),
    "verify lenet.net.yaml --only macs --seed 3": lambda: convcalc.verify(
        net("lenet"), checks=["macs"], seed=3
    ),
    "why 'running_mean should contain 6 elements not 400' lenet.net.yaml": lambda: convcalc.why(
        "running_mean should contain 6 elements not 400", net("lenet")
    ),
}
# A question of one network, whose command answers of several.
INSIDE = {"budget": "files", "diff": "networks"}


@pytest.mark.parametrize("words", PAIRS)
def test_python_gives_what_the_command_writes(
    words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    command = words.split()[0]
    for path in NETS.glob("*.yaml"):
        text = path.read_text()
        if path.name == "bare.net.yaml" and command == "show":
            text = text.replace("32, 32", "3, 3")
        (tmp_path / path.name).write_text(text)
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    assert cli.run([*shlex.split(words), "--format", "json"]) in (0, 1)
    written = json.loads(capsys.readouterr().out)
    (written,) = written[INSIDE[command]] if command in INSIDE else (written,)
    found = json.loads(json.dumps(PAIRS[words]().to_dict()))
    for data in (written, found):
        data.pop("seconds", None)
    assert found == written


def test_every_command_with_an_answer_is_tried() -> None:
    assert {words.split()[0] for words in PAIRS} == set(commands())


LENET = "convcalc: 1\ninput: [3, 8, 8]\nlayers: [conv: {out: 4, k: 3}, relu]"


@each(
    ("ask", "message", "help"),
    [
        pytest.param(
            lambda net: convcalc.shape("224 k7", dialect="trch"),
            "dialect: there is no `trch`", "did you mean `torch`?", id="unknown dialect",
        ),
        pytest.param(
            lambda net: convcalc.shape("224 k300"), "`k300` does not fit its input", None,
            id="a kernel too large",
        ),
        pytest.param(
            lambda net: convcalc.invert(net, layer="conv_2"),
            "no layer `conv_2`; did you mean `conv_1`?", "", id="a layer to invert",
        ),
        pytest.param(
            lambda net: convcalc.invert("9 k3 , k3"),
            "one layer at a time: a chain is inverted as a file", None, id="a chain to invert",
        ),
        pytest.param(
            lambda net: convcalc.compare("3x3"), "give two stacks or more", "as in '3x3*3' 7x7",
            id="one stack",
        ),
        pytest.param(
            lambda net: convcalc.compare("3x3", "5x5", size=0),
            "size wants an integer, 1 or more, got `0`", "size=8", id="no map",
        ),
        pytest.param(
            lambda net: convcalc.solve(8, 4, kernel=(5, 3)),
            "kernel wants a number, 1 or more, or the first and the last of several, got `(5, 3)`",
            "kernel=(1, 4)", id="a range the wrong way round",
        ),
        pytest.param(
            lambda net: convcalc.solve(8, 4, ceil=True), "ceil is for pools alone",
            "give pool=True too", id="ceil without a pool",
        ),
        pytest.param(
            lambda net: convcalc.solve(8, 4, max_macs=5), "costs depend on the channels",
            "give channels=64, or cin and cout", id="costs without channels",
        ),
        pytest.param(
            lambda net: convcalc.sizes(net, near="big"),
            "near: `big`: a size wants a whole number, got `big`",
            "write 224, 224x192, 3x224x224, or 3@224x224 to mark the channels", id="size in words",
        ),
        pytest.param(
            lambda net: convcalc.sizes(net, near=(200,)),
            "the network has 2 axes to choose, not 1",
            "give a size for each, or one number for all", id="near on one axis of two",
        ),
        pytest.param(
            lambda net: convcalc.solve((224, 2), (112,)), "224x2 has 2 axes, 112 has 1",
            "give equally many, or one number for all", id="one axis for two",
        ),
        pytest.param(
            lambda net: convcalc.solve([8], [4, 2]), "8 has 1 axis, 4x2 has 2",
            "give equally many, or one number for all", id="two axes for one",
        ),
        pytest.param(
            convcalc.convert, "the network has no dense layer",
            "it takes maps of other sizes as it is; `convcalc sizes` lists them",
            id="no dense layer",
        ),
        pytest.param(
            lambda net: convcalc.sizes(net, range=(1, 100_000)),
            "range: at most 65,536 sizes are checked", "ask for fewer", id="too many sizes",
        ),
        pytest.param(
            lambda net: convcalc.sizes(net, require=["leagl"]),
            "require: there is no `leagl`", "did you mean `legal`?", id="unknown criterion",
        ),
        pytest.param(
            lambda net: convcalc.dense_matrix(net, "conv"),
            "there is no layer `conv`", "did you mean `conv_1`?", id="a layer as a matrix",
        ),
        pytest.param(
            lambda net: convcalc.receptive_field(net, "conv_1", at=(9, 9)),
            "`conv_1` has no unit 9,9: its map is 6x6", "positions go from 0 to 5,5",
            id="a unit that is not there",
        ),
        pytest.param(
            lambda net: convcalc.check(net, select=["CC4O5"]),
            "no finding is called `CC4O5`", "did you mean `CC405`?", id="unknown finding",
        ),
        pytest.param(
            lambda net: convcalc.rules("CC4O5"), "no finding is called `CC4O5`",
            "did you mean `CC405`?", id="unknown rule",
        ),
        pytest.param(
            lambda net: convcalc.diff(net, net, fail_on=["parms>0"]),
            "fail_on: there is no figure `parms`", "did you mean `params`?", id="unknown figure",
        ),
        pytest.param(
            lambda net: convcalc.budget(net, slack="lots"),
            "slack wants a percentage from 0 to 1000, got `lots`", 'slack="10%"',
            id="no percentage",
        ),
        pytest.param(
            lambda net: convcalc.show(net), "a layer of the network is needed", 'layer="conv_1"',
            id="which layer to show",
        ),
        pytest.param(
            lambda net: convcalc.show("3 k2", views=["sum"]),  # type: ignore[list-item]
            "views: there is no `sum`",
            "did you mean `sums`?", id="unknown view",
        ),
    ],
)  # fmt: skip
def test_what_means_nothing_is_refused(
    ask: Callable[[convcalc.Network], Any], message: str, help: str | None
) -> None:
    with pytest.raises(convcalc.StackError) as caught:
        ask(convcalc.loads(LENET))
    (problem,) = caught.value.problems
    assert problem.message.startswith(message)
    assert help is None or (problem.message, problem.help) == (message, help)


def test_one_number_is_for_every_axis() -> None:
    net = convcalc.loads(LENET)
    assert convcalc.sizes(net, near=200) == convcalc.sizes(net, near=(200, 200))
    assert convcalc.solve((224, 8), 4) == convcalc.solve((224, 8), (4, 4))
    assert convcalc.solve(224, (112, 4)) == convcalc.solve((224, 224), (112, 4))


@each("name", convcalc.__all__)
def test_everything_public_is_there_and_documented(name: str) -> None:
    assert getattr(convcalc, name) is not None
    told = rf"`{name}`" if name[0].isupper() else rf"\bconvcalc\.{name}\b"
    assert name == "__version__" or re.search(told, PAGE)
