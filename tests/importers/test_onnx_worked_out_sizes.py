"""Sizes of ONNX files that operations work out of stored numbers."""

from __future__ import annotations

import pytest

import convcalc
from tests.importers.onnx_bytes import model, node, tensor
from tests.importers.onnx_parameters import network_of

LOGARITHMS = [
    node("Log", ["zero"], ["low"]),
    node("Cast", ["low"], ["whole"], to=7),
    node("Less", ["whole", "zero_whole"], ["is_less"]),
    node("Where", ["is_less", "shape", "zero_whole"], ["asked"]),
    node("Reshape", ["x", "asked"], ["y"]),
]


SUMS = [
    node("CumSum", ["ones", "axis"], ["sums"]),
    node("GatherElements", ["sums", "places"], ["asked"], axis=1),
    node("Squeeze", ["asked", "first"], ["flat"]),
    node("Reshape", ["x", "flat"], ["y"]),
]


@pytest.mark.parametrize(
    ("nodes", "constants", "output"),
    [
        (
            LOGARITHMS,
            {
                "zero": tensor("zero", (1,), [0.0]),
                "zero_whole": tensor("zero_whole", (1,), [0]),
                "shape": tensor("shape", (2,), [1, 6]),
            },
            (6,),
        ),
        # 1 and 2 and 3 of them: of (1, 3), the second and the last.
        (
            SUMS,
            {
                "ones": tensor("ones", (1, 3), [1, 1, 1]),
                "axis": tensor("axis", (), [1]),
                "places": tensor("places", (1, 3), [0, 1, 2]),
                "first": tensor("first", (1,), [0]),
            },
            (2, 3),
        ),
        (
            [
                node("Expand", ["two", "none"], ["same"]),
                node("Unsqueeze", ["same", "first"], ["row"]),
                node("Concat", ["row", "rest"], ["asked"], axis=0),
                node("Reshape", ["x", "asked"], ["y"]),
            ],
            {
                "two": tensor("two", (), [2]),
                "none": tensor("none", (0,), []),
                "first": tensor("first", (1,), [0]),
                "rest": tensor("rest", (1,), [3]),
            },
            (2, 3),
        ),
    ],
    ids=["a logarithm of 0", "sums along an axis", "a single number"],
)
def test_sizes_are_worked_out_as_processors_do(
    nodes: list[bytes], constants: dict[str, bytes], output: tuple[int, ...]
) -> None:
    plan = convcalc.plan(network_of(model(nodes, {"x": [1, 6]}, ["y"], constants)))
    assert plan[-1].output == output
