"""Operators of ONNX Runtime's optimiser that are not as they should be: findings, each."""

from __future__ import annotations

from typing import Any

from tests.each import each
from tests.importers.onnx_bytes import model, node
from tests.importers.planning import refused

NAN = float("nan")


@each(
    ("op", "reads", "given", "said"),
    [
        ("FusedConv", "x w", {"activation": "Clip", "activation_params": ["a"]}, "no layer"),
        ("FusedConv", "x w", {"activation": "Warp"}, "no layer"),
        ("FusedConv", "x", {"activation": "Relu"}, "has no input 2"),
        ("FusedMatMul", "", {"transA": 1}, "no layer"),
        ("Attention", "x w", {"num_heads": 2, "unidirectional": NAN}, "Attention"),
        ("Gelu", "", {}, "has no input 1"),
    ],
)
def test_an_odd_operator_is_a_finding(
    op: str, reads: str, given: dict[str, Any], said: str
) -> None:
    nodes = [
        node(op, reads.split(), ["a"], domain="com.microsoft", **given),
        node("Add", ["a", "x"], ["y"]),
    ]
    problem = refused(model(nodes, {"x": [1, 3, 4, 4]}, ["y"], {"w": (2, 3, 1, 1)}))
    assert said in problem.message
