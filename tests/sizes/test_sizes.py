"""Input sizes: every verdict is that of planning anew, the patterns are those that papers name."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.features.sizes import search
from convcalc.features.sizes.answer import CRITERIA
from convcalc.features.sizes.axis_groups import AxisGroup
from convcalc.features.sizes.independence import is_symmetric
from convcalc.features.sizes.judged_layers import JudgedAxes, sources_of
from convcalc.features.sizes.pattern import find_pattern, members
from convcalc.features.sizes.place import _tries
from convcalc.features.sizes.search import checked_sizes
from convcalc.features.sizes.walk import Walker
from convcalc.kinds.base import LayerKind
from convcalc.network import Network
from convcalc.network.graph import Graph
from convcalc.planning.expectations import check_expectations
from tests.each import each

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"


def example(name: str) -> Network:
    return convcalc.load(CONFIGS / f"{name}.net.yaml")


def net(layers: str, input: str = "[4, 16, 16]", more: str = "") -> Network:
    return convcalc.loads(f"convcalc: 1\ninput: {input}\n{more}layers:\n{layers}")


def planned_verdicts(network: Network, axis: int, size: int, base: tuple[int, ...]) -> set[str]:
    """The criteria that a size meets, from a plan of its own and its rows."""
    shape = (*base[: 1 + axis], size, *base[2 + axis :])
    try:
        plan = convcalc.plan(network, input=shape)
    except StackError:
        return set()
    met = set(CRITERIA)
    graph = plan.graph
    for row in plan.rows:
        layer = row.node.layer
        x = graph.shape_of(row.node.inputs[0])
        if not isinstance(layer, LayerKind) or len(row.output) != len(x):
            continue
        windows = layer.windows(x)
        if row.kind == "conv_transpose" or not windows:
            continue
        # Where axes have become one, all of them show in it.
        for at in [axis] if len(windows) == len(base) - 1 else range(len(windows)):
            w, before, after = windows[at], x[1 + at], row.output[1 + at]
            last = (after - 1) * w.stride + w.span - w.before
            # A crop is a negative padding: it reads up to where it cuts.
            if last < before + min(0, w.after) and (before - last) > max(0, w.stride - w.span):
                met.discard("pixels")
            if last != before + w.after:
                met.discard("exact")
            if w.stride > 1 and after * w.stride != before:
                met.discard("strides")
    if _weights(plan) != _weights_at(network, base):
        met.discard("weights")
    if check_expectations(graph, plan.rows):
        met.discard("expect")
    return met


@lru_cache
def _weights_at(network: Network, base: tuple[int, ...]) -> list[dict[str, tuple[int, ...]]]:
    return _weights(convcalc.plan(network, input=base))


def _weights(plan: convcalc.Plan) -> list[dict[str, tuple[int, ...]]]:
    graph = plan.graph
    layers = [(row.node.layer, graph.shape_of(row.node.inputs[0])) for row in plan.rows]
    return [layer.weights(x) for layer, x in layers if isinstance(layer, LayerKind)]


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("lenet5", 1, 64),
        ("unet", 180, 200),
        ("resnet18", 1, 40),
        ("squeezenet1_1", 1, 45),
        ("id_cnn", 1, 12),
        pytest.param("deeplabv3_resnet50", 20, 26, marks=pytest.mark.thorough),
        ("textcnn", 1, 20),
        pytest.param("densenet121", 25, 36, marks=pytest.mark.thorough),
        ("wavenet_stack", 1, 8),
    ],
)
def test_every_verdict_is_that_of_planning_anew(name: str, low: int, high: int) -> None:
    network = example(name)
    (base,) = network.inputs.values()
    answer = checked_sizes(network, low, high, required=("legal", "expect"))
    for number, axis in enumerate(answer.axes):
        for size in range(low, high + 1):
            expected = planned_verdicts(network, number, size, base)
            found = {
                criterion
                for criterion, bits in axis.sets.items()
                if bits is not None and bits >> (size - low) & 1
            }
            assert found == expected, (name, number, size)


LIKE_INPUT = (
    "  - conv: {out: 4, k: 3, s: 2, p: 1}\n  - conv: {out: 4, k: 3, s: 3, p: 1}\n"
    "  - {upsample: {like: input}, name: up}\n  - add: [up, input]\n"
)


TRICKY = {
    "transposed and strict add": (
        "  - {max_pool: 2, name: half}\n"
        "  - {conv_transpose: {out: 4, k: 3, s: 2, p: 1, a: 1}, name: back}\n"
        "  - add: [back, input]\n"
    ),
    "rounding up": (
        "  - max_pool: {k: 3, s: 2, p: 1, ceil_mode: true}\n"
        "  - avg_pool: {k: 3, s: 3, ceil_mode: true}\n"
    ),
    "same_upper and crop": "  - conv: {out: 4, k: 5, s: 3, p: same_upper}\n  - crop: 2\n",
    "concat with crop": (
        "  - {conv: {out: 4, k: 5}, name: inner}\n"
        "  - {max_pool: 2, name: half}\n"
        "  - {conv_transpose: {out: 4, k: 2, s: 2}, name: back}\n"
        "  - concat: {inputs: [inner, back], align: crop}\n"
    ),
    "strict concat": (
        "  - {max_pool: 3, name: third}\n  - {upsample: 3, name: back}\n  - concat: [input, back]\n"
    ),
    "adaptive": (
        "  - conv: {out: 4, k: 3, s: 2}\n  - adaptive_avg_pool: 3\n  - flatten\n  - linear: 5\n"
    ),
    "flatten": "  - max_pool: 2\n  - flatten\n  - linear: 5\n",
    "a reshape that does nothing here": (
        "  - {max_pool: 4, name: small}\n  - reshape: [-1, 4, 4]\n"
        "  - concat: {inputs: [prev, small], align: crop}\n  - relu\n"
    ),
    "layer norms of two sizes": "  - layer_norm\n  - crop: 2\n  - layer_norm\n",
    "sizes made channels": "  - reshape: [-1, 4, 4]\n  - crop: [0, 1]\n",
    "reshape": "  - reshape: [16, -1]\n  - conv: {out: 2, k: 3}\n",
    "unshuffle": (
        "  - pixel_unshuffle: 2\n  - conv: {out: 4, k: 3, s: 2, p: 1}\n  - pixel_shuffle: 2\n"
    ),
    "gate": (
        "  - {conv: {out: 4, k: 3, s: 2, p: 1}, name: map}\n"
        "  - global_avg_pool\n  - {linear: 4, name: gate}\n  - mul: [map, gate]\n"
    ),
    "reflection": (
        "  - conv: {out: 4, k: 7, p: 3, padding_mode: reflect}\n  - max_pool: {k: 1, s: 3}\n"
    ),
    "layer norm over all": "  - layer_norm\n  - max_pool: {k: 3, s: 2, d: 2}\n",
    "channels of sizes": "  - flatten\n  - {linear: =cin//3, name: third}\n  - relu\n",
    "unfold and pool": "  - unfold: {k: 2, s: 2}\n  - avg_pool: {k: 3, ceil_mode: true}\n",
    "unfold": "  - unfold: {k: 3, s: 2}\n  - conv: {out: 2, k: 2}\n",
    "one axis apart": "  - conv: {out: 4, k: [1, 5], s: [2, 3], p: [0, 2]}\n  - max_pool: [4, 1]\n",
    "like the input": LIKE_INPUT,
    "like, on an axis that appears at some sizes": (
        LIKE_INPUT + "  - {flatten: {}, name: long}\n"
        "  - {conv: {out: 2, k: [1, 5]}, from: up, if: =cin>800}\n  - flatten\n"
    ),
    "an axis by name": "  - {conv: {out: 4, k: 3}, name: a}\n  - conv: {out: =height(a), k: 1}\n",
    "dense over positions": "  - upsample: {scale_factor: 1.5}\n  - conv: {out: 4, k: 4, s: 4}\n",
}


@each("title", TRICKY)
def test_tricky_layers_are_judged_as_planned(title: str) -> None:
    base = (4, 16, 16)
    network = net(TRICKY[title])
    if title == "strict concat":
        base = (4, 18, 18)
        network = net(TRICKY[title], "[4, 18, 18]")
    answer = checked_sizes(network, 1, 24)
    for number, axis in enumerate(answer.axes):
        for size in range(1, 25):
            expected = planned_verdicts(network, number, size, base) - {"expect"}
            found = {name for name, bits in axis.sets.items() if bits and bits >> (size - 1) & 1}
            assert found == expected, (number, size)


@pytest.mark.parametrize(
    ("layers", "base"),
    [
        pytest.param("  - reshape: [-1, 4]\n  - max_pool: 3\n", (4, 16), id="one axis"),
        pytest.param("  - reshape: [-1, 4, 4, 4]\n  - max_pool: 3\n", (4, 8, 8, 8), id="three"),
    ],
)
def test_sizes_made_channels_on_other_axes(layers: str, base: tuple[int, ...]) -> None:
    network = net(layers, str([*base]))
    answer = checked_sizes(network, 1, 16)
    assert len(answer.axes) == len(base) - 1
    for number, axis in enumerate(answer.axes):
        for size in range(1, 17):
            expected = planned_verdicts(network, number, size, base) - {"expect"}
            found = {name for name, bits in axis.sets.items() if bits and bits >> (size - 1) & 1}
            assert found == expected, (number, size)


def test_equal_axes_are_planned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes that an expression asks for are planned one by one: 30 of a square, not 60."""
    count = 0
    graph = Network.graph

    def counted(network: Network, *args: Any, **options: Any) -> Graph:
        nonlocal count
        count += 1
        return graph(network, *args, **options)

    monkeypatch.setattr(Network, "graph", counted)
    for title, most in (("like the input", 35), ("an axis by name", 65)):
        count = 0
        answer = checked_sizes(net(TRICKY[title]), 1, 30, required=("legal",))
        assert answer.by_planning
        assert most - 5 <= count <= most


TIED = (
    "like the input",
    "like, on an axis that appears at some sizes",
    "an axis by name",
    "flatten",
    "reshape",
    "channels of sizes",
    "unfold",
    "unfold and pool",
    "sizes made channels",
    "a reshape that does nothing here",
)


@pytest.mark.thorough
@each("title", TRICKY)
def test_axes_that_are_said_to_be_independent_are(title: str) -> None:
    network = net(TRICKY[title], "[4, 18, 18]")
    answer = checked_sizes(network, 1, 14, required=("legal",))
    if answer.tied or answer.by_planning:
        assert title in TIED
        return
    rows, columns = (set(axis.members()) for axis in answer.axes)
    for height in range(1, 15):
        for width in range(1, 15):
            try:
                network.graph((4, height, width))
            except StackError:
                assert height not in rows or width not in columns, (height, width)
            else:
                assert height in rows, (height, width)
                assert width in columns, (height, width)


@each(
    ("more", "layer", "asks"),
    [
        ("", "conv: {out: =height, k: 1}", True),
        ("vars: {height: 4}", "conv: {out: =height, k: 1}", False),
        (
            "blocks: {u: {args: [width], layers: [conv: {out: =width, k: 1}]}}", "u: {width: 4}",
            False,
        ),
        ("blocks: {u: {args: [c], layers: [conv: {out: =width, k: 1}]}}", "u: {c: 4}", True),
        ("blocks: {u: {args: {c: =height}, layers: [conv: {out: =c, k: 1}]}}", "u", True),
        (
            "vars: {height: 4}\nblocks: {u: {args: {c: =height}, layers: [conv: {out: =c, k: 1}]}}",
            "u", False,
        ),
    ],
)  # fmt: skip
def test_words_for_sizes_ask_for_them_unless_they_are_declared(
    more: str, layer: str, asks: bool
) -> None:
    network = convcalc.loads(f"convcalc: 1\ninput: [3, 8, 8]\n{more}\nlayers: [{layer}]\n")
    assert convcalc.sizes(network, range=(8, 9)).by_planning is asks


def test_maps_of_one_pixel_side_by_side_are_no_gates_of_each_other() -> None:
    network = net(
        "  - {global_avg_pool: {keepdim: true}, name: a}\n"
        "  - {conv: {out: 4, k: 1}, name: b}\n"
        "  - add: [a, b]\n"
    )
    assert not checked_sizes(network, 1, 12).tied


@each(("shape", "first"), [((3, 100), 128), ((3, 7, 100), 128), ((3,), 32)])
def test_round_sizes_near_the_declared_one_are_tried_first(
    shape: tuple[int, ...], first: int
) -> None:
    assert next(_tries({"input": shape}, 4)) == first


def test_a_small_map_that_could_be_a_gate_ties_the_axes() -> None:
    """On 2x2 a map of 1x1 stands beside one of 2x2: a gate. On 2x9, 1x5 beside 2x5 is none."""
    network = net(
        "  - {max_pool: {k: 2, s: 2, p: 1}, name: more}\n"
        "  - {conv: {out: 4, k: 3, s: 2, p: 1}, from: input, name: less}\n"
        "  - add: [more, less]\n",
        "[4, 9, 9]",
    )
    network.graph((4, 2, 2))
    answer = checked_sizes(network, 1, 12)
    assert 2 not in answer.axes[0].members()
    assert [culprit.layer for culprit in answer.tied] == ["add_1"]


@pytest.mark.parametrize(
    ("name", "criterion", "period", "residues", "smallest"),
    [
        # Ronneberger et al. 2015: all 2x2 pools on even maps; 572 = 12 mod 16.
        pytest.param("unet", "pixels", 16, (12,), 188, id="U-Net without padding"),
        pytest.param(
            "resnet50",
            "strides",
            32,
            (0,),
            32,
            id="ResNet: multiples of 32",
            marks=pytest.mark.thorough,
        ),
        # DeepLab's 513 = 1 mod 32: the sizes at which symmetric padding is used up.
        pytest.param(
            "resnet50",
            "exact",
            32,
            (1,),
            1,
            id="ResNet: corners aligned",
            marks=pytest.mark.thorough,
        ),
        # Szegedy et al. 2016: 299 = 11 mod 32.
        pytest.param(
            "inception_v3", "exact", 32, (11,), 75, id="Inception: 299", marks=pytest.mark.thorough
        ),
    ],
)
def test_patterns_that_are_known(
    name: str, criterion: str, period: int, residues: tuple[int, ...], smallest: int
) -> None:
    bits = checked_sizes(example(name)).axes[0].sets[criterion]
    assert bits is not None
    found = find_pattern(bits, 1, 1024)
    assert (found.period, found.residues, found.smallest) == (period, residues, smallest)
    assert found.before == ()


def test_dense_layers_fix_the_size() -> None:
    """32 gives maps of 5x5 to the dense layer; so do 33 to 35, with pixels dropped."""
    axis = checked_sizes(example("lenet5"), 1, 200).axes[0]
    weights = axis.sets["weights"]
    assert weights is not None
    assert members(weights, 1) == [32, 33, 34, 35]
    assert axis.members() == [32]


def test_costs_are_expected_of_a_network_whose_channels_follow_its_size() -> None:
    """36 h w + 4 h h w: 2,240 for h = 5 beside w = 8, and 544 w for h = 8.

    Each size is planned on its own.
    """
    layers = "  - {conv: {out: 4, k: 3, p: 1}}\n  - {conv: {out: =height, k: 1}}\n"
    text = f"convcalc: 1\ninput: [1, 8, 8]\nlayers:\n{layers}expect: {{macs: 2240}}\n"
    axes = convcalc.sizes(convcalc.loads(text), range=(1, 40)).axes
    assert [members(axis.sets["expect"] or 0, 1) for axis in axes] == [[5], []]
    found = convcalc.sizes(convcalc.loads(text), range=(1, 40), require=["expect"]).axes
    assert [axis.members() for axis in found] == [[5], []]


def test_symmetry_is_no_assumption() -> None:
    """What is walked once for a square is what both walks give."""
    for name in ("resnet18", "unet", "densenet121"):
        network = example(name)
        assert is_symmetric(network.graph())
        (base,) = network.inputs.values()
        for size in (33, 188, 204, 224):
            assert planned_verdicts(network, 0, size, base) - {"expect"} == planned_verdicts(
                network, 1, size, base
            ) - {"expect"}
    assert not is_symmetric(net(TRICKY["one axis apart"]).graph())


def test_sizes_beyond_the_usual_range_are_near() -> None:
    network = convcalc.loads("convcalc: 1\ninput: [3, 64, 64]\nlayers: [max_pool: 7]")
    found = convcalc.sizes(network, near=1000, require=["strides"]).axes[0].members()
    # A quarter more than what is asked for, and a little.
    assert found[-2:] == [1302, 1309]


def test_inputs_of_one_size_change_together() -> None:
    inputs = "{left: [3, 8, 8], right: [3, 8, 8], code: [5]}"
    answer = checked_sizes(net("  - add: [left, right]\n  - max_pool: 2\n", inputs), 1, 8)
    assert [axis.inputs for axis in answer.axes] == [("left", "right"), ("left", "right")]
    assert answer.axes[0].members() == [2, 4, 6, 8]


# Layers of inputs apart, and the sizes of the first axis of each from 1 to 12 that lose no pixel.
APART = {
    "a picture and a sequence": (
        "{img: [3, 9, 7], aux: [5, 9]}",
        "  - {max_pool: 2, from: img}\n  - {max_pool: 3, from: aux}\n",
        {"img": [2, 4, 6, 8, 10, 12], "aux": [3, 6, 9, 12]},
    ),
    "a volume and a picture": (
        "{scan: [1, 8, 8, 8], img: [3, 9, 9]}",
        "  - {max_pool: 2, from: scan}\n  - {max_pool: 3, from: img}\n",
        {"scan": [2, 4, 6, 8, 10, 12], "img": [3, 6, 9, 12]},
    ),
    "squares of two sizes": (
        "{img: [3, 8, 8], aux: [5, 9, 9]}",
        "  - {max_pool: 2, from: img}\n  - {max_pool: 3, from: aux}\n",
        {"img": [2, 4, 6, 8, 10, 12], "aux": [3, 6, 9, 12]},
    ),
    # One of 10 loses a column at any size of the other.
    "squares of two sizes, one of which loses pixels": (
        "{img: [3, 8, 8], aux: [5, 10, 10]}",
        "  - {max_pool: 2, from: img}\n  - {max_pool: 3, from: aux}\n",
        {"img": [2, 4, 6, 8, 10, 12], "aux": [3, 6, 9, 12]},
    ),
    # n rows of 9 become 9n positions, of which pairs are made.
    "a picture that becomes a sequence, beside one": (
        "{img: [4, 3, 9], aux: [4, 9]}",
        "  - {reshape: [4, -1], from: img}\n  - max_pool: 2\n  - {max_pool: 3, from: aux}\n",
        {"img": [2, 4, 6, 8, 10, 12], "aux": [3, 6, 9, 12]},
    ),
    # A gate of the sequence scales the picture, whose lost row is not the sequence's.
    "a picture that a sequence gates": (
        "{img: [4, 9, 9], aux: [4, 8]}",
        "  - {max_pool: 2, from: aux}\n  - {global_avg_pool: {}, name: gate}\n"
        "  - mul: [img, gate]\n  - max_pool: 2\n",
        {"img": [2, 4, 6, 8, 10, 12], "aux": [2, 4, 6, 8, 10, 12]},
    ),
}


@pytest.mark.parametrize("case", APART.values(), ids=list(APART))
def test_each_input_is_judged_by_what_its_own_maps_lose(
    case: tuple[str, str, dict[str, list[int]]],
) -> None:
    inputs, layers, wanted = case
    answer = checked_sizes(net(layers, inputs), 1, 12)
    found = {axis.inputs[0]: axis.members() for axis in reversed(answer.axes)}
    assert found == wanted


def test_sizes_near_one_of_inputs_of_several_ranks() -> None:
    inputs, layers, _ = APART["a picture and a sequence"]
    near = convcalc.sizes(net(layers, inputs), near=(8, 6, 10)).near
    assert near is not None
    assert near.culprit is not None
    assert (near.is_good, near.why, near.culprit.layer) == (False, "pixels", "max_pool_2")
    assert near.larger is not None
    assert near.larger.sizes == (8, 6, 12)


def test_a_small_map_beside_a_larger_one_is_no_gate_where_the_merge_refuses_it() -> None:
    """62x30 and 30x62 plan: `up` has 2 pixels where `a` has 1, which concat does not take."""
    network = net(
        "  - {conv: {out: 8, k: 3, p: 1}, name: a}\n"
        "  - conv: {out: 8, k: 3, s: 2, p: 1}\n"
        "  - {upsample: 2, name: up}\n"
        "  - concat: [up, a]\n",
        "[1, 64, 64]",
    )
    assert checked_sizes(network, 1, 64).tied == ()
    for shape in ((1, 62, 30), (1, 30, 62)):
        assert convcalc.plan(network, input=shape)["concat_1"].output == (16, *shape[1:])


def test_a_crop_is_no_floor() -> None:
    found = checked_sizes(net("  - conv: {out: 4, k: 3, p: 1}\n  - crop: 1\n", "[3, 8, 8]"), 1, 32)
    assert found.axes[0].members() == list(range(3, 33))


def test_layers_that_hand_shapes_on_are_looked_at_once() -> None:
    """Their columns are one: 20,000 of them took 9 s, each gone through several times."""
    text = "convcalc: 1\ninput: [3, 8, 8]\nlayers: [{relu: {}, repeat: 2000}]\n"
    walk = Walker(convcalc.loads(text).graph(), JudgedAxes({}, []))
    columns = walk.walk([((3, size, 8),) for size in range(1, 33)]).columns
    assert (len(columns), len({id(column) for column in columns})) == (2001, 1)


def test_sizes_that_are_tried_where_the_declared_one_does_not_fit() -> None:
    """Near it the ones with the most factors of 2, then round ones, then one after the other."""
    tried = list(_tries({"a": (3, 20, 100), "b": (900,)}, 400))
    # From 84 to 132; then 2^5 to 2^12, and multiples of 32 up to 1024.
    assert tried[:13] == [128, 96, 112, 120, 104, 88, 132, 124, 116, 108, 100, 92, 84]
    assert tried[13:49] == sorted(range(86, 131, 4), reverse=True) + sorted(
        range(85, 132, 2), reverse=True
    )
    assert tried[49:60] == [32, 64, 256, 512, 1024, 2048, 4096, 160, 192, 224, 288]
    assert tried[80:85] == [992, 1, 2, 3, 4]
    # 1 to 83 but 32 and 64, and 133 to 171 but 160: two hundred in all.
    assert tried[162:164] == [133, 134]
    assert (len(tried), tried[-1]) == (200, 171)
    # The largest that is asked for is the last one, where there are fewer.
    assert list(_tries({"a": (3, 2000)}, 41))[-3:] == [39, 40, 41]


def test_one_axis_of_a_volume_changes_alone() -> None:
    sample = ((1, 2, 3, 4), (1, 2, 3, 4), (5, 6))
    for axis, changed in enumerate(((1, 9, 3, 4), (1, 2, 9, 4), (1, 2, 3, 9))):
        assert AxisGroup((1,), axis).resized(sample, 9) == (sample[0], changed, sample[2])


def test_the_range_reaches_beyond_the_size_that_is_near() -> None:
    network = convcalc.loads("convcalc: 1\ninput: [5, 64]\nlayers: [max_pool: 2]")
    assert convcalc.sizes(network, near=2000).axes[0].high == 2000 + 500 + 64
    assert convcalc.sizes(network, near=100).axes[0].high == 1024


def test_channels_before_the_size_that_is_near_are_those_of_the_input() -> None:
    network = convcalc.loads("convcalc: 1\ninput: [5, 64, 64]\nlayers: [max_pool: 2]")
    near = convcalc.sizes(network, near=(5, 33, 34)).near
    assert near is not None
    assert near.asked == (33, 34)
    with pytest.raises(StackError, match="the network's input has 5 channels, not 64"):
        convcalc.sizes(network, near=(64, 33, 34))


def test_the_inputs_that_each_layer_is_made_of() -> None:
    network = convcalc.loads(
        "convcalc: 1\ninput: {a: [1, 8], b: [1, 8], c: [1, 8]}\nlayers:\n"
        "  - {relu: {}, from: b, name: one}\n  - {add: [one, c], name: two}\n"
        "  - {relu: {}, from: a, name: three}\n  - {concat: [two, three], name: all}\n"
    )
    # A bit for each of a, b and c.
    assert sources_of(network.graph()) == [1, 2, 4, 2, 6, 1, 7]


@each(("range", "count"), [((1, 40), 40), ((10, 20), 11), ((7, 7), 1)])
def test_as_many_sizes_are_counted_as_are_tried(range: tuple[int, int], count: int) -> None:
    """Both ends of a range are."""
    network = convcalc.loads("convcalc: 1\ninput: [1, 8, 8]\nlayers: [conv: {out: 4, k: 3}]\n")
    told: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "refuse_too_many", lambda _groups, _graph, tried: told.append(tried))
        convcalc.sizes(network, range=range)
    assert told == [count]
