"""Shapes of operators of ONNX, by hand after their pages; no kind does most of these."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.importers.network import ForeignNetwork
from convcalc.importers.onnx import walk
from convcalc.importers.onnx.use import Rule, Tensor, Use
from convcalc.importers.placing import NoRuleError
from tests.each import each
from tests.importers import onnx_cases_of_axes as axes
from tests.importers import onnx_cases_of_constants as constants
from tests.importers import onnx_cases_of_maps as maps
from tests.importers import onnx_cases_of_products as products
from tests.importers import onnx_cases_of_unlike as unlike
from tests.importers.digits import recorded
from tests.importers.onnx_bytes import model, node, tensor
from tests.importers.onnx_operations import ALL, RECORDED

# 3 channels of 4 rows of 6.
X = (1, 3, 4, 6)


@each(
    "op, opset, inputs, attributes, stored, wanted",
    [
        ("Pad", 19, ["x", "p"], {"mode": "edge"}, {"p": [1, 0, 1, 2, 0, 0, 3, 1]}, (2, 3, 8, 9)),
        # Before opset 11 sides are attributes.
        ("Pad", 10, ["x"], {"mode": "edge", "pads": [1, 0, 1, 2, 0, 0, 3, 1]}, {}, (2, 3, 8, 9)),
        (
            "Pad", 19, ["x", "p", "", "a"], {"mode": "edge"}, {"p": [1, 2, 0, 3], "a": [0, -1]},
            (2, 3, 4, 11),
        ),
        # A border here and a cut there.
        ("Pad", 19, ["x", "p"], {}, {"p": [0, 0, 2, 0, 0, 0, -1, 1]}, (1, 3, 5, 7)),
        ("Pad", 10, ["x"], {"pads": [0, 0, -1, 0, 0, 0, 3, 2]}, {}, (1, 3, 6, 8)),
        (
            "Pad", 19, ["x", "p", "", "a"], {}, {"p": [-1, 0, 2, 4], "a": [-1, 2]},
            (1, 3, 8, 7),
        ),
        # floor(size * factor): 4 * 2.4 = 9.6 and 6 / 4 = 1.5.
        ("Resize", 19, ["x", "", "s"], {}, {"s": [1.0, 2.0, 2.4, 0.25]}, (1, 6, 9, 1)),
        ("Resize", 10, ["x", "s"], {}, {"s": [1.0, 2.0, 2.4, 0.25]}, (1, 6, 9, 1)),
        ("Upsample", 9, ["x", "s"], {}, {"s": [1.0, 3.0, 2.5, 1.5]}, (1, 9, 10, 9)),
        ("Resize", 19, ["x", "", "", "z"], {"antialias": 1}, {"z": [1, 6, 9, 8]}, (1, 6, 9, 8)),
        (
            "Resize", 19, ["x", "", "", "z"], {"axes": [3, 2], "antialias": 1}, {"z": [9, 7]},
            (1, 3, 7, 9),
        ),
        # The smaller of 9/4 and 9/6; the larger makes 13.5 of 6, and a half goes up.
        (
            "Resize", 19, ["x", "", "", "z"],
            {"axes": [2, 3], "antialias": 1, "keep_aspect_ratio_policy": "not_larger"},
            {"z": [9, 9]}, (1, 3, 6, 9),
        ),
        (
            "Resize", 19, ["x", "", "", "z"],
            {"axes": [2, 3], "antialias": 1, "keep_aspect_ratio_policy": "not_smaller"},
            {"z": [9, 9]}, (1, 3, 9, 14),
        ),
        ("CenterCropPad", 19, ["x", "z"], {"axes": [0, -1]}, {"z": [9, 2]}, (9, 3, 4, 2)),
        ("CenterCropPad", 19, ["x", "z"], {}, {"z": [2, 2, 5, 5]}, (2, 2, 5, 5)),
    ],
    ids=str,
)  # fmt: skip
def test_a_shape_is_worked_out(
    op: str,
    opset: int,
    inputs: list[str],
    attributes: dict[str, Any],
    stored: Mapping[str, list[Any]],
    wanted: tuple[int, ...],
) -> None:
    weights = {name: tensor(name, [len(values)], values) for name, values in stored.items()}
    data = model([node(op, inputs, ["y"], **attributes)], {"x": X}, ["y"], weights, opset)
    network = convcalc.loads(data, "net.onnx")
    assert isinstance(network, ForeignNetwork)
    convcalc.plan(network)
    assert [view.dims for view in network.output_views.values()] == [wanted]


@each(("places", "shape"), [([], (3, 6)), ([1], (3, 1, 6))])
def test_the_output_keeps_one_place_of_an_axis_where_a_list_names_it(
    places: list[int], shape: tuple[int, ...]
) -> None:
    stored = {"i": tensor("i", places, [2])}
    data = model([node("Gather", ["x", "i"], ["y"], axis=2)], {"x": X}, ["y"], stored)
    assert convcalc.plan(convcalc.loads(data, "net.onnx")).rows[-1].output == shape


# What every program can read has a kind: no shape is worked out for these beside it.
WITHOUT_SHAPES = {
    "Concat", "Flatten", "GlobalAveragePool", "GlobalMaxPool",
    "Linear", "Reshape", "SpaceToDepth", "Split", "Squeeze", "Transpose", "Unsqueeze",
}  # fmt: skip
COUNTED = {"Conv", "ConvTranspose", "GRU", "LSTM", "MatMul", "RNN"}


def no_kind(_op: str) -> Rule:
    """The rule of every operation, where no kind does it."""

    def rule(_use: Use) -> Sequence[Tensor]:
        raise NoRuleError("no kind does it")

    return rule


def test_what_onnx_runtime_makes_has_its_shape_and_work_without_a_kind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(walk, "rule_of", no_kind)
    wanted, without = recorded(RECORDED), set()
    counted = set()
    for name in {
        **maps.WINDOWS, **maps.BORDERS, **maps.SIZES, **maps.NORMS, **axes.CUTS, **axes.AXES,
        **axes.FIGURES, **axes.SHAPES, **products.PRODUCTS, **products.SEQUENCES,
        **products.ATTENTION, **constants.QUANTISED, **unlike.MAPS, **unlike.PRODUCTS,
    }:  # fmt: skip
        try:
            network = convcalc.loads(ALL[name].data, "net.onnx")
            macs = convcalc.plan(network).totals.macs
        except StackError as error:
            found = re.search(r"\((\w+)\) is no layer of any kind", str(error))
            assert found, name
            without.add(found[1])
            continue
        assert isinstance(network, ForeignNetwork)
        shapes = {key: list(view.dims) for key, view in network.output_views.items()}
        assert shapes == {key: one[0] for key, one in wanted[name].items()}, name
        op = network.model.operations[-1].op
        if op in COUNTED and not ALL[name].is_opaque:
            counted.add(op)
            assert macs == ALL[name].macs, name
    assert without == WITHOUT_SHAPES
    assert counted == COUNTED


def test_a_module_that_is_read_for_its_size_alone_is_unused() -> None:
    """`check` ended in a bug report: it looked for the module among the blocks of a text."""
    nodes = [
        node("Conv", ["x", "w"], ["a"], "/enc/first/Conv"),
        node("Conv", ["a", "v"], ["b"], "/enc/second/Conv"),
        node("Shape", ["b"], ["size"], "/Shape"),
        node("Expand", ["y", "size"], ["wide"], "/Expand"),
        node("Relu", ["wide"], ["z"], "/Relu"),
    ]
    inputs: dict[str, Sequence[int | str]] = {"x": ["n", 3, "h", "w"], "y": ["n", 4, 1, 1]}
    stored = {"w": (4, 3, 3, 3), "v": (4, 4, 3, 3)}
    network = convcalc.loads(model(nodes, inputs, ["z"], stored), "net.onnx")
    found = convcalc.check(network, select=["CC202"], input={"x": [3, 9, 9]}, isolated=True)
    # 3 * 3 kernels: of 3 channels onto 7x7 pixels, and of 4 onto 5x5, 4 filters each.
    wanted = ("no output depends on `enc`", "for nothing: 2 layers, 252 parameters, 8,892 MACs")
    assert [(one.message, one.note) for one in found.problems] == [wanted]
