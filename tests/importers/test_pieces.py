"""Functions and norms that exporters take to pieces, and the kinds that they are found to be."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import pi, sqrt
from types import SimpleNamespace
from typing import Any

import pytest

import convcalc
from convcalc.importers.attended_letters import letters
from convcalc.importers.onnx.pieces import norms
from convcalc.kinds.scaled_dot_product_attention import ScaledDotProductAttention
from tests.each import each
from tests.importers import onnx_cases_of_attention as attention
from tests.importers import onnx_cases_of_pieces as like
from tests.importers.onnx_bytes import model, node, tensor


def single(name: str, value: float) -> bytes:
    return tensor(name, (), [float(value)])


NUMBERS = {
    name: single(name, value)
    for name, value in {
        "half": 0.5,
        "one": 1,
        "two": 2,
        "three": 3,
        "six": 6,
        "sixth": 1 / 6,
        "zero": 0,
        "root": sqrt(2),
        "inverse": sqrt(0.5),
        "cubic": 0.044715,
        "scale": sqrt(2 / pi),
        "quick": 1.702,
        "eps": 1e-6,
    }.items()
}
C = 8
WEIGHTS = NUMBERS | {
    "w": tensor("w", (C,), [1.0] * C),
    "b": tensor("b", (C,), [0.0] * C),
    "matrix": tensor("matrix", (C, 5), None),
    "b5": tensor("b5", (5,), None),
}


def kinds(nodes: Sequence[bytes], dims: Sequence[int] = (1, 7, C), **weights: bytes) -> list[str]:
    data = model(nodes, {"x": list(dims)}, ["y"], {**WEIGHTS, **weights})
    return [row.kind for row in convcalc.plan(convcalc.loads(data, "net.onnx"))]


SILU = [node("Sigmoid", ["x"], ["s"]), node("Mul", ["x", "s"], ["y"])]
QUICK = [
    node("Mul", ["x", "quick"], ["m"]),
    node("Sigmoid", ["m"], ["s"]),
    node("Mul", ["x", "s"], ["y"]),
]
MISH = [
    node("Softplus", ["x"], ["p"]),
    node("Tanh", ["p"], ["t"]),
    node("Mul", ["x", "t"], ["y"]),
]
HARDSWISH = [
    node("Add", ["x", "three"], ["a"]),
    node("Clip", ["a", "zero", "six"], ["c"]),
    node("Mul", ["x", "c"], ["m"]),
    node("Div", ["m", "six"], ["y"]),
]
HARDSWISH_OF_GATE = [
    node("HardSigmoid", ["x"], ["g"], alpha=1 / 6, beta=0.5),
    node("Mul", ["x", "g"], ["y"]),
]
HARDSIGMOID = [*HARDSWISH[:2], node("Div", ["c", "six"], ["y"])]
GELU = [
    node("Div", ["x", "root"], ["d"]),
    node("Erf", ["d"], ["e"]),
    node("Add", ["e", "one"], ["a"]),
    node("Mul", ["x", "a"], ["m"]),
    node("Mul", ["m", "half"], ["y"]),
]
GELU_OTHERWISE = [
    node("Mul", ["x", "inverse"], ["d"]),
    *GELU[1:3],
    node("Mul", ["half", "x"], ["h"]),
    node("Mul", ["h", "a"], ["y"]),
]
GELU_TANH = [
    node("Mul", ["x", "x"], ["x2"]),
    node("Mul", ["x2", "x"], ["x3"]),
    node("Mul", ["x3", "cubic"], ["c"]),
    node("Add", ["x", "c"], ["i"]),
    node("Mul", ["i", "scale"], ["j"]),
    node("Tanh", ["j"], ["t"]),
    node("Add", ["t", "one"], ["a"]),
    node("Mul", ["x", "a"], ["m"]),
    node("Mul", ["m", "half"], ["y"]),
]
LINEAR = [node("MatMul", ["x", "matrix"], ["m"]), node("Add", ["b5", "m"], ["y"])]
STANDARD = [
    node("ReduceMean", ["x"], ["mean"], axes=[-1]),
    node("Sub", ["x", "mean"], ["d"]),
    node("Pow", ["d", "two"], ["s"]),
    node("ReduceMean", ["s"], ["v"], axes=[-1]),
    node("Add", ["v", "eps"], ["e"]),
    node("Sqrt", ["e"], ["r"]),
]
LAYER_NORM = [
    *STANDARD,
    node("Div", ["d", "r"], ["n"]),
    node("Mul", ["n", "w"], ["m"]),
    node("Add", ["m", "b"], ["y"]),
]
BARE_NORM = [*STANDARD, node("Div", ["d", "r"], ["y"])]
RMS_NORM = [
    node("Pow", ["x", "two"], ["s"]),
    node("ReduceMean", ["s"], ["v"], axes=[-1]),
    node("Add", ["v", "eps"], ["e"]),
    node("Sqrt", ["e"], ["r"]),
    node("Div", ["x", "r"], ["n"]),
    node("Mul", ["w", "n"], ["y"]),
]

# ConvNeXt's LayerNorm2d: the mean is of the channels at each position, and of nothing else.
NORM_OF_CHANNELS = [
    node("ReduceMean", ["x"], ["mean"], axes=[1]),
    node("Sub", ["x", "mean"], ["d"]),
    node("Mul", ["d", "d"], ["s"]),
    node("ReduceMean", ["s"], ["v"], axes=[1]),
    node("Add", ["v", "eps"], ["e"]),
    node("Sqrt", ["e"], ["r"]),
    node("Div", ["d", "r"], ["n"]),
    node("Mul", ["upright", "n"], ["y"]),
]
SPLIT = [node("Split", ["x", "parts"], ["a", "g"], axis=-1), node("Sigmoid", ["g"], ["s"])]


def test_a_norm_of_channels_first_is_over_them_alone() -> None:
    weights = WEIGHTS | {"upright": tensor("upright", (C, 1, 1), [1.0] * C)}
    data = model(NORM_OF_CHANNELS, {"x": [1, C, 4, 5]}, ["y"], weights)
    rows = convcalc.plan(convcalc.loads(data, "net.onnx")).rows
    assert [(row.kind, row.output, row.params) for row in rows] == [
        ("layer_norm", (C, 4, 5), 0),
        ("scale", (C, 4, 5), C),
    ]


def test_factors_along_another_axis_than_the_norms_are_a_layer_of_their_own() -> None:
    # [5] lies along the width.
    assert (
        kinds([*NORM_OF_CHANNELS[:-1], node("Mul", ["n", "b5"], ["y"])], (1, C, 4, 5))[0]
        == "layer_norm"
    )


@pytest.mark.parametrize(
    ("sizes", "wanted"),
    [
        pytest.param([4, 4], ["glu"], id="halves"),
        pytest.param([1, 7], ["slice", "slice", "sigmoid", "mul"], id="one and seven"),
    ],
)
def test_only_halves_are_a_gated_linear_unit(sizes: list[int], wanted: list[str]) -> None:
    parts = tensor("parts", (2,), sizes)
    found = kinds([*SPLIT, node("Mul", ["a", "s"], ["y"])], parts=parts)
    assert [kind for kind in found if kind != "broadcast"] == wanted


@each(
    ("nodes", "kind"),
    [
        pytest.param(SILU, "silu", id="silu"),
        pytest.param(QUICK, "quick_gelu", id="quick gelu"),
        pytest.param(MISH, "mish", id="mish"),
        pytest.param(HARDSWISH, "hardswish", id="hardswish"),
        pytest.param(HARDSWISH_OF_GATE, "hardswish", id="hardswish by its gate"),
        pytest.param(HARDSIGMOID, "hardsigmoid", id="hardsigmoid"),
        pytest.param(GELU, "gelu", id="gelu"),
        pytest.param(GELU_OTHERWISE, "gelu", id="gelu, half of x first"),
        pytest.param(GELU_TANH, "gelu", id="gelu with a tanh"),
        pytest.param(LINEAR, "linear", id="linear"),
        pytest.param(LAYER_NORM, "layer_norm", id="layer norm"),
        pytest.param(BARE_NORM, "layer_norm", id="layer norm that learns nothing"),
        pytest.param(RMS_NORM, "rms_norm", id="rms norm"),
    ],
)
def test_pieces_are_found_to_be_one_layer(nodes: Sequence[bytes], kind: str) -> None:
    assert kinds(nodes) == [kind]


GROUP_NORM = [
    node("Reshape", ["x", "groups"], ["g"]),
    node("InstanceNormalization", ["g", "ones", "zeros"], ["n"]),
    node("Reshape", ["n", "shape"], ["m"]),
    node("Mul", ["m", "wide"], ["s"]),
    node("Add", ["s", "high"], ["y"]),
]


def test_groups_as_instances_are_a_group_norm() -> None:
    found = kinds(
        GROUP_NORM,
        (1, 6, 4, 4),
        groups=tensor("groups", (3,), [0, 2, -1]),
        ones=tensor("ones", (2,), [1.0, 1.0]),
        zeros=tensor("zeros", (2,), [0.0, 0.0]),
        shape=tensor("shape", (4,), [1, 6, 4, 4]),
        wide=tensor("wide", (6, 1, 1), [2.0] * 6),
        high=tensor("high", (6, 1, 1), [3.0] * 6),
    )
    assert found == ["group_norm"]


def test_groups_of_rows_that_were_places_stay_as_they_are_written() -> None:
    """Two groups of four channels at each of 3 places: rows of 8, dealt from 3 x 2 x 4."""
    nodes = [
        node("Reshape", ["x", "groups"], ["r"]),
        node("InstanceNormalization", ["r", "ones", "zeros"], ["n"]),
        node("Reshape", ["n", "rows"], ["o"]),
        node("Mul", ["o", "w"], ["m"]),
        node("Add", ["m", "b"], ["y"]),
    ]
    weights = {
        "groups": tensor("groups", (3,), [3, 2, 4]),
        "rows": tensor("rows", (2,), [3, C]),
        "ones": tensor("ones", (2,), [1.0, 1.0]),
        "zeros": tensor("zeros", (2,), [0.0, 0.0]),
    }
    data = model(nodes, {"x": [1, 3, 2, 4]}, ["y"], WEIGHTS | weights)
    plan = convcalc.plan(convcalc.loads(data, "net.onnx"))
    assert "group_norm" not in [row.kind for row in plan]
    # A factor and a shift of each channel, and those of the norm in between.
    assert plan.totals.params == 2 * C + 2 * 2


def test_a_group_norm_runs_with_a_factor_for_each_channel() -> None:
    """Groups of one value each side of their mean are -1 and 1; times 2, and 3 more."""
    weights = {
        "groups": tensor("groups", (3,), [0, 1, -1]),
        "ones": tensor("ones", (1,), [1.0]),
        "zeros": tensor("zeros", (1,), [0.0]),
        "shape": tensor("shape", (4,), [1, 2, 2, 1]),
        "wide": tensor("wide", (2, 1, 1), [2.0, 4.0]),
        "high": tensor("high", (2, 1, 1), [3.0, 0.0]),
    }
    data = model(GROUP_NORM, {"x": [1, 2, 2, 1]}, ["y"], weights)
    network = convcalc.loads(data, "net.onnx")
    x = [[[0.0], [0.0]], [[10.0], [10.0]]]
    (y,) = convcalc.run(network, x).values()
    assert y.round(4).tolist() == [[[[1.0], [1.0]], [[4.0], [4.0]]]]


@each(
    "nodes",
    [
        pytest.param(
            [SILU[0], node("Relu", ["x"], ["r"]), node("Mul", ["r", "s"], ["y"])],
            id="a gate of something else",
        ),
        pytest.param(
            [*GELU[:3], node("Mul", ["x", "a"], ["y"])],
            id="a gelu without its half",
        ),
        pytest.param(
            [*HARDSWISH[:3], node("Div", ["m", "three"], ["y"])],
            id="a hardswish over three",
        ),
        pytest.param(
            [*GELU_TANH[:2], node("Mul", ["x3", "half"], ["c"]), *GELU_TANH[3:]],
            id="a gelu of another cubic",
        ),
    ],
)  # fmt: skip
def test_what_is_nearly_a_piece_stays_as_it_is_written(nodes: Sequence[bytes]) -> None:
    assert len(kinds(nodes)) == len(nodes)


def test_what_others_read_stays_as_well() -> None:
    nodes = [*SILU[:1], node("Mul", ["x", "s"], ["m"]), node("Add", ["m", "s"], ["y"])]
    assert sorted(kinds(nodes)) == ["add", "sigmoid", "silu"]


def are_causal(data: bytes) -> list[bool]:
    """Of each layer of attention, whether it hides what comes later."""
    layers = [node.layer for node in convcalc.loads(data, "net.onnx").graph().layers]
    return [one.causal for one in layers if isinstance(one, ScaledDotProductAttention)]


def test_attention_under_masks_is_one_layer() -> None:
    for name, case in attention.ONE.items():
        assert are_causal(case.data) == [False], name
    for name, case in attention.CAUSAL.items():
        assert are_causal(case.data) == [True], name
    for name, case in attention.SEVERAL.items():
        assert are_causal(case.data) == [], name


def attended(*beside: bytes, outputs: Sequence[str] = ("y",)) -> tuple[list[str], int]:
    """Kinds and MACs of attention in pieces, 7 queries and keys of 8, with something beside it."""
    nodes = [
        node("Transpose", ["x"], ["turned"], perm=[0, 2, 1]),
        node("MatMul", ["x", "turned"], ["scores"]),
        node("Mul", ["scores", "half"], ["scaled"]),
        node("Softmax", ["scaled"], ["shares"], axis=-1),
        node("MatMul", ["shares", "x"], ["y"]),
        *beside,
    ]
    data = model(nodes, {"x": [1, 7, C]}, outputs, WEIGHTS)
    plan = convcalc.plan(convcalc.loads(data, "net.onnx"))
    return [row.kind for row in plan], plan.totals.macs


@each(("steps", "is_one"), [(8, True), (9, False)])
def test_scores_go_through_eight_steps_at_most(steps: int, is_one: bool) -> None:
    names = ["m", *(f"m{step}" for step in range(1, steps)), "n"]
    adds = [node("Add", [one, "f"], [other]) for one, other in pairwise(names)]
    data = attention.joined(adds, {"f": attention.FLOATS}).data
    found = [row.kind for row in convcalc.plan(convcalc.loads(data, "net.onnx"))]
    assert (ScaledDotProductAttention.kind in found) is is_one


@each("name", [one for one in like.PIECES if one.startswith("norm along ")])
def test_a_norm_is_put_back_on_the_axis_of_its_mean(name: str) -> None:
    """Of what is made before no rank is told: counts from the front and from the end stay apart."""
    plan = convcalc.plan(convcalc.loads(like.PIECES[name].data, "net.onnx"))
    is_one = name.endswith("columns") if "along -1 " in name else name.endswith("rows")
    is_told = "along 1 " not in name or "Reshape" in name
    assert ("rms_norm" in {row.kind for row in plan}) is (is_one and is_told)


@each("name", ["scores", "scaled", "shares"])
def test_attention_whose_scores_or_shares_are_read_counts_each_product_once(name: str) -> None:
    # Queries on keys, and shares of values: 7 x 7 pairs for 8 numbers, twice.
    macs = 2 * 7 * 7 * 8
    written = ["matmul", "mul_number", "softmax", "matmul"]
    assert attended(outputs=("y", name)) == (written, macs)
    looked = node("Relu", [name], ["seen"])
    found, count = attended(looked, outputs=("y", "seen"))
    assert (sorted(found), count) == (sorted([*written, "relu"]), macs)
    assert attended(looked) == (["scaled_dot_product_attention"], macs)


@each(("name", "kind"), [
    ("gelu", "gelu"), ("gelu by tanh", "gelu"), ("gelu by tanh of products", "gelu"),
    ("quick gelu", "quick_gelu"), ("hard swish", "hardswish"), ("hard sigmoid", "hardsigmoid"),
    ("mish", "mish"), ("silu", "silu"), ("norm", "layer_norm"), ("norm by squares", "rms_norm"),
    ("norm by an inverse root", "rms_norm"), ("length", "l2_normalize"),
    ("gelu of products", "gelu"), ("gelu over 2", "gelu"), ("gelu by a square", "gelu"),
    ("gelu by squares", "gelu"), ("gelu by a square's cube", "gelu"),
    ("hard line", "hardsigmoid"), ("hard line over 6", "hardsigmoid"),
    ("hard sigmoid, a sixth", "hardsigmoid"), ("hard swish, a sixth", "hardswish"),
    ("softsign", "softsign"), ("softplus", "softplus"), ("tanhshrink", "tanhshrink"),
    ("norm put back", "rms_norm"), ("norm put back by shape", "rms_norm"),
    ("length, spread", "l2_normalize"), ("norm put back on columns", "rms_norm"),
    ("norm put back by shape on columns", "rms_norm"), ("groups", "group_norm"),
    ("norm put back, a factor of columns", "rms_norm"),
    ("norm of columns, a factor and a shift of columns", "layer_norm"),
    ("every second column", "rearrange"), ("every third column", "rearrange"),
    ("groups, all channels in one", "group_norm"),
    *((name, "group_norm") for name in like.PIECES if name.startswith("groups of ")),
])  # fmt: skip
def test_pieces_are_one_layer(name: str, kind: str) -> None:
    plan = convcalc.plan(convcalc.loads(like.PIECES[name].data, "net.onnx"))
    assert [row.kind for row in plan] == [kind]


@each(
    ("scores", "gathered", "why"),
    [
        ("bhijd,bhjd->bhij", "bhij,bhjd->bihd", "a query for each key"),
        ("bhid,bhijd->bhij", "bhij,bhjd->bihd", "a key for each query"),
        ("bhide,bhjde->bhij", "bhij,bhjd->bihd", "two axes are summed"),
        ("bhid,bhd->bhij", "bhij,bhjd->bihd", "no axis of keys"),
        ("bhid,bhjd->bhij", "bhij,bhd->bihd", "values of no key"),
        ("bhid,bhjd->bhij", "bhij,bhijd->bihd", "values for each query"),
        ("bhid,bhjd->bhij", "bhij,bhjd->bhd", "queries are summed"),
        ("bhid,bhjd->bhij", "bhij,bhjd->bhijd", "keys are left"),
        ("bhid,bhjd->bhij", "bhij,bhjj->bihj", "an axis twice"),
        ("bhid,bhjd->bhij", "bhi,bhjd->bihd", "scores of fewer axes"),
        ("bhid,bhjd->bhji", "bhji,bhjd->bihd", "sums over queries"),
        ("bid,bjd->ij", "ij,jd->id", "samples are summed"),
        ("bid,bjd->bij", "bij,cjd->bid", "values of other samples"),
        ("bhid,bhjd->bhij", "bhij,bhjd,x->bihd", "a third tensor"),
        ("bhid,bhjd->bhij", "bhij,bhjd", "nothing is said of what comes out"),
        ("...id,...jd->...ij", "...ij,...jd->...id", "axes without letters"),
    ],
)
def test_sums_of_products_that_are_nearly_attention_are_none(
    scores: str, gathered: str, why: str
) -> None:
    assert letters(scores, gathered) is None, why


@each(
    ("scores", "gathered", "key", "value"),
    [
        ("bhid,bhjd->bhij", "bhij,bhjf->bihf", "bhjd", "bhj*"),
        ("bhid,jd->bhij", "bhij,jf->bihf", "jd", "j*"),
        ("bhid,bjd->bhij", "xyzw,xwu->xzyu", "bjd", "bj*"),
        ("id,jd->ij", "ij,jd->id", "jd", "j*"),
    ],
)
def test_keys_and_values_may_be_those_of_all_heads(
    scores: str, gathered: str, key: str, value: str
) -> None:
    found = letters(scores, gathered)
    assert found is not None
    assert (found.key, found.value) == (key, value)


@each(
    ("op", "inputs", "attributes", "is_one"),
    [
        ("LayerNormalization", ["x"], {"single": 1, "axis": -1}, True),
        ("LayerNormalization", ["x"], {"single": 1, "axis": 2}, True),
        ("LayerNormalization", ["x"], {"single": 1, "axis": 1}, False),
        ("LayerNormalization", ["x"], {"axis": -1}, False),
        # What learns something of its own is no part of another norm.
        ("LayerNormalization", ["x", "w"], {"single": 1, "axis": -1}, False),
        ("LayerNormalization", ["x", "w", "b"], {"single": 1, "axis": 2}, False),
    ],
)
def test_a_norm_of_groups_learns_nothing(
    op: str, inputs: list[str], attributes: dict[str, int], is_one: bool
) -> None:
    norm: Any = SimpleNamespace(op=op, inputs=inputs, attributes=attributes)
    pieces: Any = SimpleNamespace(maker=lambda name, *words: norm)
    assert norms._groups_normed(pieces, "y") is (norm if is_one else None)
