"""Shapes of operators of ONNX, by hand after their pages; no kind does most of these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import convcalc
from convcalc.importers.network import ForeignNetwork
from tests.each import each
from tests.importers.onnx_bytes import model, node, tensor

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
