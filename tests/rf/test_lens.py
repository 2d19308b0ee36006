"""Looking back to a layer, and past layers: what counts, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.features.rf import field_report, look, unit_fields
from convcalc.features.rf.lens import find
from convcalc.features.rf.merges import dominators
from tests.each import each

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"

GATED = """
convcalc: 1
input: [4, 32, 32]
layers:
  - {conv: {out: 4, k: 3, p: 1}, name: stem}
  - {global_avg_pool: {}, name: squeeze}
  - {linear: 4, name: excite}
  - {mul: [stem, excite], name: scaled}
  - {instance_norm: {}, name: norm}
  - {conv: {out: 4, k: 3, p: 1}, name: last}
  - {global_avg_pool: {}, name: pooled}
  - {linear: 10, name: classes}
"""
GRAPH = convcalc.loads(GATED).graph()


def test_the_nearest_layer_that_every_path_comes_through() -> None:
    layers = (
        "{relu: {}, name: a}", "{tanh: {}, from: a, name: b}", "{elu: {}, name: c}",
        "{sigmoid: {}, from: a, name: d}", "{add: [c, d], name: both}", "{relu: {}, name: e}",
        "{parameter: {shape: [1, 9]}, name: p}", "{add: [e, p], name: learnt}",
        "{elu: {}, name: f}",
    )  # fmt: skip
    graph = convcalc.loads(f"convcalc: 1\ninput: [1, 9]\nlayers: [{', '.join(layers)}]\n").graph()
    names = ["none", *map(graph.name_of, range(len(graph.nodes)))]
    found = {graph.name_of(at): names[one + 1] for at, one in enumerate(dominators(look(graph)))}
    assert found == {
        "input": "none", "a": "input", "b": "a", "c": "b", "d": "a", "both": "a", "e": "both",
        # What is learnt comes through nothing.
        "p": "none", "learnt": "none", "f": "learnt",
    }  # fmt: skip


FORK = """
convcalc: 1
input: {a: [1, 9], b: [1, 9]}
layers:
  - {concat: [a, b], name: both}
  - {conv: {out: 1, k: 3}, name: x}
  - {conv: {out: 1, k: 3}, name: y}
"""


@each(("many", "a_layer", "is_followed"), [(0, 2, True), (3, 1, True), (2, 1, False)])
def test_fields_are_followed_as_far_as_there_are_layers_for_them(
    many: int, a_layer: int, is_followed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of three layers each reads what was seen of two inputs: 6 fields."""
    monkeypatch.setattr("convcalc.features.rf.walk.MAX_FIELDS", many)
    monkeypatch.setattr("convcalc.features.rf.walk.FIELDS_PER_LAYER", a_layer)
    graph = convcalc.loads(FORK).graph()
    if is_followed:
        assert {field.layer for field in field_report(graph).layers} == {"both", "x", "y"}
    else:
        with pytest.raises(StackError, match="fields of 2 inputs in 3 layers are too many"):
            field_report(graph)


# (words, sees everything at: scaled, norm, last), layers that were ignored
IGNORED = [
    pytest.param((), (True, True, True), (), id="nothing"),
    pytest.param(("se",), (False, True, True), ("excite",), id="the gate"),
    pytest.param(("norm",), (True, True, True), ("norm",), id="the norm alone leaves the gate"),
    pytest.param(("se", "norm"), (False, False, False), ("excite", "norm"), id="gate and norm"),
    pytest.param(
        ("global",), (False, False, False),
        ("squeeze", "excite", "norm", "pooled", "classes"), id="all that see a whole map"),
    pytest.param(("instance_norm", "se"), (False, False, False), ("excite", "norm"), id="a kind"),
    pytest.param(("norm", "squeeze"), (False, False, False), ("squeeze", "norm"), id="a layer"),
]  # fmt: skip


@each(("words", "sees", "skipped"), IGNORED)
def test_ignore(words: tuple[str, ...], sees: tuple[bool, ...], skipped: tuple[str, ...]) -> None:
    report = field_report(GRAPH, ignore=words)
    found = tuple(report.of(name)[0].is_global for name in ("scaled", "norm", "last"))
    assert found == sees
    assert set(report.lens.skipped) == set(skipped)
    # The local field is the same, whatever hides it.
    assert [axis.size for axis in report.of("last")[0].axes] == [5, 5]


def test_an_input_without_positions_is_a_gate_too() -> None:
    text = """convcalc: 1
input: {x: [3, 8, 8], v: [3]}
layers:
  - {conv: {out: 3, k: 3}, from: x, name: c}
  - {unflatten: [3, 1, 1], from: v, name: u}
  - {mul: [c, u], name: m}
"""
    report = field_report(convcalc.loads(text).graph(), ignore=["se"])
    assert report.lens.skipped == ("u",)
    assert [field.source for field in report.of("m")] == ["x"]


def test_an_ignored_layer_ends_its_path() -> None:
    report = field_report(GRAPH, ignore=["pooled"])
    assert report.of("pooled") == ()
    assert report.of("classes") == ()


def test_a_whole_block_can_be_ignored() -> None:
    network = convcalc.load(CONFIGS / "mobilenet_v3_small.net.yaml")
    block = "inverted_1.squeeze_excite_1"
    report = field_report(network.graph(), ignore=[block])
    # With the block its result is gone too: nothing is left to read behind it.
    assert report.of(block) == ()
    assert len(report.lens.skipped) == 6


def test_gates_hide_the_local_field_of_efficientnet() -> None:
    graph = convcalc.load(CONFIGS / "efficientnet_b0.net.yaml").graph()
    (hidden,) = field_report(graph).of("conv_bn_silu_2")
    (local,) = field_report(graph, ignore=["se"]).of("conv_bn_silu_2")
    assert (hidden.sizes, local.sizes) == ((224, 224), (851, 851))
    assert hidden.axes == local.axes
    assert len(look(graph, ignore=["se"]).skipped) == 16


FROM = [
    # Six 3x3: one with stride 2, then five at 2: 3 + 5 * 4.
    pytest.param("resnet50", "stage2", "stage3", 23, 2, id="one stage of ResNet-50"),
    pytest.param("resnet50", "max_pool_1", "stage1", 7, 1, id="three 3x3"),
    pytest.param("vgg16", "stage_1.3", "features", 8, 2, id="three 3x3 and a pool"),
    pytest.param("wavenet_stack", "conv_1", "conv_2", 1024, 1, id="all of the stack"),
]


@each(("network", "origin", "layer", "size", "stride"), FROM)
def test_from(network: str, origin: str, layer: str, size: int, stride: int) -> None:
    graph = convcalc.load(CONFIGS / f"{network}.net.yaml").graph()
    report = field_report(graph, origin=origin)
    (field,) = report.of(layer)
    assert field.axes[0].size == size
    assert field.axes[0].stride == stride
    assert field.source == graph.name_of(find(graph, origin)) == report.origin
    assert min(one.index for one in report.layers) > find(graph, origin)


def test_a_series_of_blocks_stands_for_its_last() -> None:
    graph = convcalc.load(CONFIGS / "resnet18.net.yaml").graph()
    assert find(graph, "basic_4") == find(graph, "basic_4.1")
    assert find(graph, "basic_4") != find(graph, "basic_4.0")


def test_from_measures_only_what_depends_on_it() -> None:
    text = """
convcalc: 1
input: [2, 32]
layers:
  - {conv: {out: 2, k: 3, p: 1}, name: a}
  - {conv: {out: 2, k: 5, p: 2}, from: input, name: b}
  - {add: [a, b], name: both}
"""
    graph = convcalc.loads(text).graph()
    report = field_report(graph, origin="a")
    assert report.of("b") == ()
    assert [axis.size for axis in report.of("both")[0].axes] == [1]
    (field,) = unit_fields(look(graph, "a"), find(graph, "both"), (7,))
    assert (field.source, field.real, field.used) == ("a", ((7, 7),), 1)


def test_several_inputs_are_told_apart() -> None:
    text = """
convcalc: 1
input: {image: [2, 32, 32], depth: [2, 16, 16]}
layers:
  - {conv: {out: 2, k: 3, s: 2, p: 1}, from: image, name: x}
  - {conv: {out: 2, k: 5, p: 2}, from: depth, name: y}
  - {add: [x, y], name: both}
"""
    graph = convcalc.loads(text).graph()
    image, depth = field_report(graph).of("both")
    assert (image.source, image.sizes) == ("image", (3, 3))
    assert (depth.source, depth.sizes) == ("depth", (5, 5))
    assert [image.axes[0].stride, depth.axes[0].stride] == [2, 1]
    (only,) = field_report(graph, origin="depth").of("both")
    assert only.sizes == (5, 5)
    first, second = unit_fields(look(graph), find(graph, "both"), (0, 15))
    assert (first.window, first.real) == (((-1, 1), (29, 31)), ((0, 1), (29, 31)))
    assert (second.window, second.real) == (((-2, 2), (13, 17)), ((0, 2), (13, 15)))


REFUSED = [
    pytest.param({"origin": "stme"}, "there is no layer `stme`", "did you mean `stem`?", id="from"),
    pytest.param({"layers": ["lst"]}, "there is no layer `lst`", "did you mean `last`?",
                 id="layer"),
    pytest.param({"ignore": ["nrm"]}, "nothing to ignore is called `nrm`", "did you mean `norm`?",
                 id="ignore"),
    pytest.param({"ignore": ["qqqqqq"]}, "nothing to ignore is called `qqqqqq`",
                 "write se, norm, global, a kind such as instance_norm, or a layer's name",
                 id="ignore, nothing near"),
]  # fmt: skip


@each(("options", "message", "help"), REFUSED)
def test_unknown_names(options: dict[str, str], message: str, help: str) -> None:
    with pytest.raises(StackError) as caught:
        field_report(GRAPH, **options)  # type: ignore[arg-type]
    (problem,) = caught.value.problems
    assert (problem.message, problem.help) == (message, help)
