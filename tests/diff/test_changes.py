"""Which layers came, went or changed: matched by name and structure, and what it costs."""

from __future__ import annotations

from dataclasses import astuple

import pytest

import convcalc
from convcalc.features.diff import compare
from convcalc.features.diff.matching import Pair, identities, matched
from convcalc.planning import Plan
from tests.diff.networks import (
    CONFIGS,
    SMALL,
    SMALL_MACS,
    SMALL_PARAMS,
    difference,
    example,
    planned,
    statuses,
)
from tests.each import each


@each(
    ("old", "new", "expected"),
    [
        pytest.param("", "", {}, id="nothing"),
        pytest.param(
            "layers:",
            "layers:\n  - {conv: {out: 3, k: 1}, name: mix}",
            {"mix": "added"},
            id="one more at the top",
        ),
        pytest.param(
            "layers:", "layers:\n  - conv: {out: 3, k: 1}", {"conv_1": "added"}, id="without a name"
        ),
        pytest.param("  - batch_norm\n", "", {"batch_norm_1": "removed"}, id="one less"),
        pytest.param(
            "out: 16",
            "out: 24",
            {"conv_2": "changed", "relu_2": "affected"},
            id="a wider layer",
        ),
        pytest.param("name: stem", "name: first", {"first": "renamed"}, id="another name"),
        pytest.param(
            "- relu\n  - conv", "- gelu\n  - conv", {"gelu_1": "changed"}, id="another activation"
        ),
        pytest.param("p: 1}, name", "p: half}, name", {}, id="the same padding in another word"),
        pytest.param("k: 3, p: 1, s: 2", "k: 3, s: 2, p: 1", {}, id="fields in another order"),
        pytest.param("batch_norm", "{batch_norm: {}, name: n}", {"n": "renamed"}, id="a new name"),
        pytest.param(
            "  - batch_norm\n  - relu\n",
            "  - relu\n  - batch_norm\n",
            {"batch_norm_1": "moved"},
            id="two in the other order",
        ),
        pytest.param("name: Small", "name: Other", {}, id="the network's name"),
    ],
)
def test_one_edit(old: str, new: str, expected: dict[str, str]) -> None:
    assert statuses(difference(SMALL, SMALL.replace(old, new, 1) if old else SMALL)) == expected


def test_a_wider_layer_with_its_numbers() -> None:
    found = difference(SMALL, SMALL.replace("out: 16", "out: 24"))
    change = next(one for one in found.changes if one.name == "conv_2")
    assert [astuple(field) for field in change.fields] == [("out_channels", 16, 24)]
    # 8 more filters of 8*9 weights and a bias each, at 16 positions.
    assert change.figure("params").delta == 8 * 72 + 8
    assert change.figure("macs").delta == 8 * 72 * 16
    assert change.moved == ("output", "params", "macs", "activation_bytes")
    assert found.totals["params"][:2] == (SMALL_PARAMS, SMALL_PARAMS + 584)
    assert found.totals["macs"][:2] == (SMALL_MACS, SMALL_MACS + 9216)
    assert found.totals["flops"].delta == 2 * 9216
    assert found.totals["layers"][:2] == (5, 5)
    assert found.totals["receptive_field"][:2] == (5, 5)
    assert found.totals["stride"][:2] == (2, 2)


def test_what_comes_behind_a_layer_put_in_is_affected_and_not_rewired() -> None:
    layer = "layers:\n  - {conv: {out: 3, k: 3, p: 1}, name: blur}"
    found = difference(SMALL, SMALL.replace("layers:", layer))
    assert statuses(found) == {
        "blur": "added",
        "stem": "affected",
        "batch_norm_1": "affected",
        "relu_1": "affected",
        "conv_3": "affected",
        "relu_2": "affected",
    }
    assert {change.moved for change in found.changes[1:]} == {("receptive_field",)}
    assert found.totals["receptive_field"][:2] == (5, 7)


BRANCHES = """\
convcalc: 1
input: [4, 8, 8]
layers:
  - {relu: {}, name: one}
  - {tanh: {}, name: two, from: one}
  - {sigmoid: {}, name: three, from: one}
  - {add: [one, two], name: sum}
"""


@each(
    ("old", "new", "name", "inputs"),
    [
        pytest.param(
            "[one, two]", "[one, three]", "sum", (("two",), ("three",)), id="another branch"
        ),
        pytest.param(
            "[one, two]", "[one, two, three]", "sum",
            (("one", "two"), ("one", "two", "three")), id="one branch more",
        ),
        pytest.param(
            "three, from: one", "three, from: two", "three", (("one",), ("two",)), id="from"
        ),
    ],
)  # fmt: skip
def test_other_wiring(
    old: str, new: str, name: str, inputs: tuple[tuple[str, ...], tuple[str, ...]]
) -> None:
    found = difference(BRANCHES, BRANCHES.replace(old, new))
    assert statuses(found) == {name: "changed"}
    change = next(one for one in found.changes if one.name == name)
    assert change.inputs == inputs


def test_the_order_of_inputs_is_wiring_where_it_makes_a_difference() -> None:
    turned = BRANCHES.replace("[one, two]", "[two, one]")
    assert not statuses(difference(BRANCHES, turned))
    less = [text.replace("add:", "sub:") for text in (BRANCHES, turned)]
    found = difference(*less)
    assert statuses(found) == {"sum": "changed"}
    assert found.changes[-1].inputs == (("one", "two"), ("two", "one"))


def test_renamed_inputs_of_a_layer_are_the_same_wiring() -> None:
    renamed = BRANCHES.replace("two", "zwei").replace("name: one", "name: eins")
    renamed = renamed.replace("from: one", "from: eins").replace("[one,", "[eins,")
    assert statuses(difference(BRANCHES, renamed)) == {"eins": "renamed", "zwei": "renamed"}


TIED = """\
convcalc: 1
input: [8, 4]
layers:
  - {linear: {out: 8, over: channels}, name: one}
  - {linear: {out: 8, over: channels}, name: two}
  - {linear: {out: 8, over: channels}, name: three, weights: one}
"""


def test_a_renamed_layer_whose_weights_are_used_is_the_same_owner() -> None:
    renamed = TIED.replace("one", "eins")
    assert statuses(difference(TIED, renamed)) == {"eins": "renamed"}
    other = difference(TIED, TIED.replace("weights: one", "weights: two"))
    assert statuses(other) == {"three": "changed"}
    (change,) = (one for one in other.changes if one.name == "three")
    assert [(one.name, one.before, one.after) for one in change.fields] == [
        ("weights", "one", "two")
    ]


def test_another_input_shape_changes_no_layer() -> None:
    found = difference(SMALL, SMALL.replace("[3, 8, 8]", "[3, 16, 16]"))
    assert set(statuses(found).values()) == {"affected"}
    assert found.totals["macs"][:2] == (SMALL_MACS, 4 * SMALL_MACS)
    assert found.totals["params"].delta == 0


@each("name", ["inception_v3", "unet", "shufflenet_v2_x1_0", "wavenet_stack"])
def test_a_network_is_the_same_as_itself(name: str) -> None:
    plan = example(name)
    found = compare(plan, plan, ("a", "b"))
    assert found.is_same
    assert all(figure.is_same for figure in found.totals.values())


PAIRS = [
    pytest.param("resnet18", "resnet50", id="residual networks"),
    pytest.param("vgg16", "vgg16_bn", id="norms put in"),
    pytest.param("squeezenet1_0", "squeezenet1_1", id="two versions"),
    pytest.param("mobilenet_v2", "mobilenet_v3_small", id="two generations"),
    pytest.param("lenet5", "wavenet_stack", id="nothing in common"),
    pytest.param("densenet121", "resnet18", id="larger and smaller"),
]


@each(("one", "other"), PAIRS)
def test_every_layer_is_told_once_and_the_sums_add_up(one: str, other: str) -> None:
    before, after = example(one), example(other)
    found = compare(before, after, ("a", "b"))
    stays = [change for change in found.changes if change.status != "moved"]
    assert sorted(c.before.name for c in found.changes if c.before) == sorted(
        row.name for row in before.rows
    )
    places = [before.rows.index(change.before) for change in stays if change.before]
    assert places == sorted(places)
    assert [change.after for change in found.changes if change.after] == list(after.rows)
    for key in ("params", "macs"):
        assert sum(change.figure(key).delta or 0 for change in found.changes) == (
            found.totals[key].delta
        )
    assert found.counted("added") - found.counted("removed") == len(after) - len(before)


# Published: Araujo, Norris, Sim, "Computing Receptive Fields of Convolutional Neural Networks",
# 2019, for ResNet-50 as in the paper 483; with the stride on the 3x3 as torchvision has it, 427.
@each(
    ("name", "field", "stride"),
    [
        pytest.param("resnet18", 435, 32, id="before the global pool"),
        pytest.param("resnet50", 427, 32, id="bottlenecks"),
        pytest.param("vgg16", 212, 32, id="before dense layers"),
        pytest.param("lenet5", 16, 4, id="five by five"),
    ],
)
def test_field_and_stride_are_those_of_the_last_map(name: str, field: int, stride: int) -> None:
    found = compare(example(name), example(name), ("a", "b"))
    assert found.totals["receptive_field"].after == field
    assert found.totals["stride"].after == stride


def test_squeezenet_moved_its_pools_forward() -> None:
    found = compare(example("squeezenet1_0"), example("squeezenet1_1"), ("a", "b"))
    assert [change.name for change in found.changes if change.status == "moved"] == [
        "max_pool_2", "max_pool_3",
    ]  # fmt: skip
    assert [found.counted(status) for status in ("added", "removed", "changed")] == [0, 0, 1]


def test_norms_put_into_vgg_are_all_that_differs() -> None:
    found = compare(example("vgg16"), example("vgg16_bn"), ("a", "b"))
    differ = [change for change in found.changes if change.status != "same"]
    assert {(change.status, change.row.kind) for change in differ} == {("added", "batch_norm")}
    # One behind each of the 13 convolutions, two numbers a channel.
    widths = [64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]
    assert [change.row.params for change in differ] == [2 * width for width in widths]


@pytest.mark.parametrize("name", ["resnet18", "vgg16", "unet", "googlenet", "tcn_mnist"])
def test_a_layer_put_in_anywhere_is_the_only_one_that_differs(name: str) -> None:
    text = (CONFIGS / f"{name}.net.yaml").read_text(encoding="utf-8")
    head, layers, tail = text.partition("\nlayers:\n")
    lines = tail.split("\n")
    places = [at for at, line in enumerate(lines) if line.startswith("  - ")]
    for at in places[:: max(1, len(places) // 4)]:
        more = "\n".join([*lines[:at], "  - hardswish", *lines[at:]])
        found = compare(example(name), planned(f"{head}{layers}{more}"), ("a", "b"))
        assert list(statuses(found).values()) == ["added"], lines[at]


def test_names_that_the_reader_made_up_are_no_identity() -> None:
    blocks = """\
convcalc: 1
input: [4, 8, 8]
blocks:
  pair:
    layers: [relu, {tanh: {}, name: end}]
layers:
  - {pair: {}, repeat: 2}
  - {pair: {}, name: last}
  - {relu: {}, repeat: 2}
"""
    found = identities(planned(blocks).graph)
    assert [(one.given, one.place) for one in found] == [
        ("", ("(pair).0",)), ("end", ("(pair).0",)),
        ("", ("(pair).1",)), ("end", ("(pair).1",)),
        ("", ("last",)), ("end", ("last",)),
        ("", ()), ("", ()),
    ]  # fmt: skip


def _pairs(before: str, after: str) -> list[Pair]:
    head = "convcalc: 1\ninput: [4, 8, 8]\nlayers:"
    return matched(*(planned(f"{head} [{layers}]") for layers in (before, after)))


@pytest.mark.parametrize("cells", [1_000_000, 4, 0])
@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("relu, tanh", "relu, tanh", [(0, 0), (1, 1)], id="equal"),
        pytest.param(
            "relu, conv: {out: 4, k: 3}, tanh",
            "relu, conv: {out: 4, k: 1}, tanh",
            [(0, 0), (1, 1), (2, 2)],
            id="one changed",
        ),
        pytest.param(
            "relu, {tanh: {}, name: a}, flatten",
            "{sigmoid: {}, name: b}, relu, {tanh: {}, name: a}, flatten",
            [(None, 0), (0, 1), (1, 2), (2, 3)],
            id="one in front",
        ),
    ],
)
def test_long_networks_are_matched_as_short_ones(
    before: str, after: str, expected: list[Pair], cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without a table there are only layers that occur once, and what is left goes in step.
    monkeypatch.setattr("convcalc.features.diff.matching.MOST_CELLS", cells)
    assert _pairs(before, after) == expected


def _long(count: int, first: str) -> Plan:
    layers = "".join(f"  - {{relu: {{}}, name: r{at}}}\n" for at in range(count))
    return convcalc.plan(
        convcalc.loads(
            f"convcalc: 1\ninput: [4, 8, 8]\nlayers:\n  - {first}\n{layers}  - flatten\n"
        )
    )


def test_many_layers_are_matched_at_once() -> None:
    before, after = _long(1500, "tanh"), _long(1500, "conv: {out: 4, k: 1}")
    pairs = matched(before, after)
    assert pairs[2:] == [(at, at) for at in range(1, 1502)]
    assert sorted(pairs[:2], key=str) == [(0, None), (None, 0)]
