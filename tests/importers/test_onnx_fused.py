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
        ("FusedConv", "x w", {"activation": 3}, "no layer"),
        ("FusedGemm", "x w", {"activation": 3}, "no layer"),
        # Masks that count keys, keys of earlier steps: `_` is an input that is left out.
        ("Attention", "x w w x", {"num_heads": 2}, "no layer"),
        ("Attention", "x w w _ x", {"num_heads": 2}, "no layer"),
        ("Attention", "x w w _ _ _ x", {"num_heads": 2}, "no layer"),
        ("Attention", "x w w", {}, "no layer"),
        ("Attention", "x w w", {"num_heads": 2, "do_rotary": 1}, "no layer"),
        ("Attention", "x w w", {"num_heads": 2, "qkv_hidden_sizes": [1, 1, 2]}, "no layer"),
        ("MultiHeadAttention", "x x x w", {"num_heads": 2}, "no layer"),
        ("MultiHeadAttention", "x x x _ x", {"num_heads": 2}, "no layer"),
        *(
            ("MultiHeadAttention", f"x x x _ _ _{' _' * gone} x", {"num_heads": 2}, "no layer")
            for gone in range(4)
        ),
        ("MultiHeadAttention", "x _ x", {"num_heads": 2}, "no layer"),
        ("FusedMatMul", "x v", {"transB": 1}, "no layer"),
        ("EmbedLayerNormalization", "x _ w w w w w", {}, "no layer"),
        ("EmbedLayerNormalization", "x _ w w _ w w x", {}, "no layer"),
    ],
)
def test_an_odd_operator_is_a_finding(
    op: str, reads: str, given: dict[str, Any], said: str
) -> None:
    read = ["" if one == "_" else one for one in reads.split()]
    nodes = [
        node(op, read, ["a"], domain="com.microsoft", **given),
        node("Add", ["a", "x"], ["y"]),
    ]
    problem = refused(model(nodes, {"x": [1, 3, 4, 4]}, ["y"], {"w": (2, 3, 1, 1), "v": (4,)}))
    assert said in problem.message


@each("place", [1, 2])
def test_figures_of_a_fused_norm_that_are_read_are_a_finding(place: int) -> None:
    """Its mean, or one over its deviation, which no layer gives; its sum is its fourth output."""
    outputs = ["n", *("" for _ in range(1, place)), "f"]
    names = ["x", "x", "g", "b"]
    nodes = [
        node("SkipLayerNormalization", names, outputs, domain="com.microsoft"),
        node("Add", ["n", "f"], ["y"]),
    ]
    problem = refused(model(nodes, {"x": [1, 3, 4]}, ["y"], {"g": (4,), "b": (4,)}))
    assert "no layer" in problem.message
