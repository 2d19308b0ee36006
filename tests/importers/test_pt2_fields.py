"""Fields that a layer of ours has of an operator's arguments, where a run would not tell."""

from __future__ import annotations

from math import inf
from typing import Any

import convcalc
from tests.each import each
from tests.importers.pt2_bytes import archive, node, program

MAP = [1, 3, 8, 9]


def layer_of(
    op: str, y: list[int], weights: dict[str, list[int]], **given: Any
) -> tuple[str, dict[str, Any]]:
    """The kind and the fields of the only layer that an operator on `x` is."""
    stored = {name: (name, sizes) for name, sizes in weights.items()}
    found = program([node(f"aten.{op}", "y", **given)], {"x": MAP}, ["y"], {"y": y}, stored)
    (row,) = convcalc.plan(convcalc.loads(archive(found), "net.pt2")).rows
    layer = row.node.layer
    return row.kind, {name: getattr(layer, name) for name in type(layer).model_fields}


@each(("op", "y", "given", "kind", "fields"), [
    # Windows that step by their size unless told, and leave what does not fill one.
    ("max_pool2d", [2, 4], {"kernel_size": [3, 2]}, "max_pool",
     {"kernel_size": (3, 2), "stride": (3, 2), "padding": 0, "dilation": 1, "ceil_mode": False}),
    ("max_pool2d", [3, 4], {"kernel_size": 4, "stride": 3, "padding": 1, "ceil_mode": True},
     "max_pool", {"kernel_size": 4, "stride": 3, "padding": 1, "dilation": 1, "ceil_mode": True}),
    ("max_pool2d", [6, 6], {"kernel_size": [2], "stride": [1], "dilation": [2, 3]}, "max_pool",
     {"kernel_size": 2, "stride": 1, "dilation": (2, 3), "ceil_mode": False}),
    ("avg_pool2d", [2, 4], {"kernel_size": [3, 2]}, "avg_pool",
     {"stride": (3, 2), "padding": 0, "ceil_mode": False, "count_include_pad": True,
      "divisor_override": None}),
    ("avg_pool2d", [5, 3], {"kernel_size": 3, "stride": [2, 3], "padding": [1, 0],
                            "ceil_mode": True, "count_include_pad": False, "divisor_override": 5},
     "avg_pool", {"kernel_size": 3, "stride": (2, 3), "padding": (1, 0), "ceil_mode": True,
                  "count_include_pad": False, "divisor_override": 5}),
    # One bin is the whole map; one row or column of them is not.
    ("adaptive_avg_pool2d", [1, 1], {"output_size": [1, 1]}, "global_avg_pool", {"keepdim": True}),
    ("adaptive_max_pool2d", [1, 1], {"output_size": [1]}, "global_max_pool", {"keepdim": True}),
    ("adaptive_avg_pool2d", [1, 2], {"output_size": [1, 2]}, "adaptive_avg_pool",
     {"output_size": (1, 2)}),
    ("adaptive_max_pool2d", [4, 1], {"output_size": [4, 1]}, "adaptive_max_pool",
     {"output_size": (4, 1)}),
])  # fmt: skip
def test_the_fields_of_a_pool(
    op: str, y: list[int], given: dict[str, Any], kind: str, fields: dict[str, Any]
) -> None:
    found, has = layer_of(op, [1, 3, *y], {}, self="%x", **given)
    assert (found, has | fields) == (kind, has)


@each(("y", "weight", "given", "fields"), [
    ([6, 6, 8], [6, 3, 3, 2], {}, {"groups": 1, "kernel_size": (3, 2), "bias": False}),
    ([6, 6, 8], [6, 1, 3, 2], {"groups": 3}, {"groups": "depthwise", "out_channels": 6}),
    ([6, 4, 8], [6, 3, 3, 4], {"stride": [2, 1], "padding": [1, 1]},
     {"stride": (2, 1), "padding": 1, "dilation": 1}),
    ([6, 4, 1], [6, 3, 3, 5], {"dilation": [2, 2], "stride": 1}, {"dilation": 2, "stride": 1}),
    ([6, 8, 9], [6, 3, 3, 5], {"padding": "same", "dilation": [1, 2]},
     {"padding": "same", "dilation": (1, 2)}),
])  # fmt: skip
def test_the_fields_of_a_convolution(
    y: list[int], weight: list[int], given: dict[str, Any], fields: dict[str, Any]
) -> None:
    found, has = layer_of("conv2d", [1, *y], {"w": weight}, input="%x", weight="%w", **given)
    assert (found, has | fields) == ("conv", has)


def test_a_convolution_of_one_channel_has_no_groups() -> None:
    weights, shapes = {"w": ("w", [2, 1, 3, 3])}, {"y": [1, 2, 2, 3]}
    nodes = [node("aten.conv2d", "y", input="%x", weight="%w", groups=1)]
    found = program(nodes, {"x": [1, 1, 4, 5]}, ["y"], shapes, weights)
    (row,) = convcalc.plan(convcalc.loads(archive(found), "net.pt2")).rows
    assert row.node.layer.model_dump()["groups"] == 1


@each(("op", "sizes", "kind", "fields"), [
    # One learnt number for all, one for each channel, and one for each element.
    ("mul", [1], "scale", {"single": True}), ("mul", [3, 1, 1], "scale", {"single": False}),
    ("add", [3, 1, 1], "bias", {"over": "channels"}), ("add", [3, 8, 9], "bias", {"over": "all"}),
])  # fmt: skip
def test_the_fields_of_learnt_numbers(
    op: str, sizes: list[int], kind: str, fields: dict[str, Any]
) -> None:
    for left, right in (("%x", "%w"), ("%w", "%x")):
        found, has = layer_of(op, MAP, {"w": sizes}, self=left, other=right)
        assert (found, has | fields) == (kind, has)


@each(("given", "kept"), [
    ({"start": 3, "end": 4, "step": 2}, (3, 4)), ({"start": 7, "step": 5}, (7, 8)),
    ({"start": 5, "end": 300}, (5, 8)), ({"start": -3, "end": -1}, (5, 7)),
])  # fmt: skip
def test_a_span_is_one_slice(given: dict[str, int], kept: tuple[int, int]) -> None:
    """Of one place, whatever the step, and of no more than there are."""
    y = [1, 3, kept[1] - kept[0], 9]
    found, fields = layer_of("slice", y, {}, self="%x", dim=2, **given)
    assert (found, fields["channels"], fields["axis"]) == ("slice", kept, 1)


# The largest number of float32, as programs write the end of a range that has none.
LARGEST = 3.4028234663852886e38


@each(("given", "kind", "fields"), [
    ({"min": 0}, "relu", {}), ({"min": 0, "max": 6}, "relu6", {}),
    ({"min": -0.0, "max": 6.0}, "relu6", {}),
    ({"min": 0, "max": 5}, "hardtanh", {"min_val": 0, "max_val": 5}),
    ({"min": -1, "max": 6}, "hardtanh", {"min_val": -1, "max_val": 6}),
    ({"min": 1}, "hardtanh", {"min_val": 1, "max_val": None}),
    ({"max": 6}, "hardtanh", {"min_val": None, "max_val": 6}),
    ({"min": -LARGEST, "max": 2}, "hardtanh", {"min_val": None, "max_val": 2}),
    ({"min": -2, "max": LARGEST}, "hardtanh", {"min_val": -2, "max_val": None}),
    ({"min": -2, "max": inf}, "hardtanh", {"min_val": -2, "max_val": None}),
])  # fmt: skip
def test_a_range_is_a_function_where_it_is_one(
    given: dict[str, float], kind: str, fields: dict[str, Any]
) -> None:
    found, has = layer_of("clamp", MAP, {}, self="%x", **given)
    assert (found, has | fields) == (kind, has)


@each(("beta", "alpha", "is_one"), [
    (1, 1, True), (1.0, 1.0, True), (2, 2, False), (0.5, 0.5, False), (1, 2, False),
    (1, 0.5, False), (2, 1, False), (0.5, 1, False), (0, 1, False),
])  # fmt: skip
def test_a_dense_layer_by_factors_is_none_with_a_bias(
    beta: float, alpha: float, is_one: bool
) -> None:
    nodes = [node("aten.addmm", "y", self="%b", mat1="%x", mat2="%w", beta=beta, alpha=alpha)]
    weights = {"b": ("b", [4]), "w": ("w", [3, 4])}
    found = program(nodes, {"x": [1, 3]}, ["y"], {"y": [1, 4]}, weights)
    plan = convcalc.plan(convcalc.loads(archive(found), "net.pt2"))
    assert ([(row.kind, row.params) for row in plan.rows] == [("linear", 16)]) == is_one
    assert plan.totals.macs == 12
