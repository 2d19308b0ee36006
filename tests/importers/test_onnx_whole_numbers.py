"""Reals that become integers lose their fraction; what is whole already stays as it is."""

from __future__ import annotations

import numpy as np

import convcalc
from tests.each import each
from tests.importers.onnx_bytes import model, node, tensor
from tests.importers.onnx_parameters import network_of

CAST = node("Cast", ["a"], ["y"], to=7)
NUMBERS = {
    "ten": tensor("ten", (), [10.0]),
    "four": tensor("four", (), [4]),
    "far": tensor("far", (), [492.0]),
    "by": tensor("by", (), [41.0]),
}
GIVEN = (-1.75, -0.5, 0.0, 1.25, 2.5)


@each(
    ("nodes", "kinds", "numbers"),
    [
        ([node("Neg", ["x"], ["a"]), CAST], ["mul_number", "trunc"], (1, 0, 0, -1, -2)),
        ([node("Relu", ["x"], ["a"]), CAST], ["relu", "trunc"], (0, 0, 0, 1, 2)),
        ([node("Greater", ["x", "x"], ["a"]), CAST], ["greater"], (0, 0, 0, 0, 0)),
        (
            [node("Cast", ["x"], ["a"], to=7), node("Add", ["a", "a"], ["b"]),
             node("Cast", ["b"], ["y"], to=6)],
            ["trunc", "add"],
            (-2, 0, 0, 2, 4),
        ),
        (
            # Of 10 (x - 1/4): -20, -7, -2, 10 and 22, by 4.
            [node("Mul", ["x", "ten"], ["t"]), node("Cast", ["t"], ["a"], to=7),
             node("Div", ["a", "four"], ["y"])],
            ["mul_number", "trunc", "div_number", "trunc"],
            (-4, -1, 0, 3, 6),
        ),
        # 615 times 1/41 is a hair below 15.
        (
            [node("Mul", ["x", "far"], ["t"]), node("Div", ["t", "by"], ["b"]),
             node("Floor", ["b"], ["y"])],
            ["mul_number", "div_number", "floor"],
            (-21, -6, 0, 15, 30),
        ),
        ([node("Floor", ["x"], ["y"])], ["floor"], (-2, -1, 0, 1, 2)),
        ([node("Ceil", ["x"], ["y"])], ["ceil"], (-1, 0, 0, 2, 3)),
        ([node("Round", ["x"], ["y"])], ["round"], (-2, 0, 0, 1, 2)),
        ([node("Sign", ["x"], ["y"])], ["sign"], (-1, -1, 0, 1, 1)),
    ],
)  # fmt: skip
def test_whole_numbers_of_reals(
    nodes: list[bytes], kinds: list[str], numbers: tuple[float, ...]
) -> None:
    network = network_of(model(nodes, {"x": [1, 5]}, ["y"], NUMBERS))
    assert [row.kind for row in convcalc.plan(network)] == kinds
    (found,) = convcalc.run(network, np.array(GIVEN, np.float32)).values()
    assert found.ravel().tolist() == [float(one) for one in numbers]
