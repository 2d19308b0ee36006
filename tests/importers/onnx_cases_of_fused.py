"""What ONNX Runtime's optimiser fuses: its operators, each argument that they have."""

from __future__ import annotations

from typing import Any

from tests.importers.onnx_bytes import node
from tests.importers.onnx_cases import C, Case, Read, W, X, net, op

MICROSOFT = "com.microsoft"


def fused(word: str, *reads: Read, **more: Any) -> Case:
    """One operator of ONNX Runtime."""
    return op(word, *reads, domain=MICROSOFT, **more)


KERNELS = (W((3, 2, 2, 2)), W((3,)))


def conv(activation: str, *reads: Read, **more: Any) -> Case:
    """A convolution of 2 maps of 3 x 4 to 3 by kernels of 2 x 2, and a function."""
    # 3 * 2 * 4 products at each of 2 x 3 places.
    return fused(
        "FusedConv", (1, 2, 3, 4), *KERNELS, *reads, activation=activation, macs=144, **more
    )


def gemm(activation: str, **more: Any) -> Case:
    """A dense layer of 4 features, and a function."""
    return fused(
        "FusedGemm", (1, 4), W((3, 4)), W((3,)), transB=1, activation=activation, macs=12, **more
    )


def product(left: tuple[int, ...], right: tuple[int, ...], macs: int, **more: Any) -> Case:
    """A product of two matrices that are calculated."""
    return fused("FusedMatMul", left, right, macs=macs, **more)


def embedded(ids: str, is_read: bool = False) -> Case:
    """Rows of a table of words, of places, and of kinds; of int32, as the operator wants them."""
    names = ids.split()
    is_told = "places" in names
    reads: dict[str, Read] = {name: X((1, 3), limit=2 + 4 * (name == "words")) for name in names}
    rest = ["kinds i", "w", "p", "k"] if "kinds" in names else ["", "w", "p", ""]
    nodes = [
        *(node("Cast", [name], [f"{name} i"], to=6) for name in names),
        node(
            "EmbedLayerNormalization",
            ["words i", *rest, "g", "b", *(["", "places i"] if is_told else [])],
            ["n", "count", *(["s"] if is_read else [])], domain=MICROSOFT, epsilon=0.25,
        ),
        node("Add", ["n", "s" if is_read else "n"], ["y"]),
    ]  # fmt: skip
    reads |= {"w": W((6, 4)), "p": W((5, 4)), "g": W((4,)), "b": W((4,))}
    return net(nodes, reads | ({"k": W((2, 4))} if "kinds" in names else {}))


NORM: tuple[Read, ...] = (W((4,)), W((4,)))
WITH_SUM = net(
    [
        node(
            "SkipLayerNormalization", ["x", "z", "g", "b", "more"], ["n", "", "", "s"],
            domain=MICROSOFT, epsilon=0.5,
        ),
        node("Add", ["n", "s"], ["y"]),
    ],
    {"x": (1, 3, 4), "z": (1, 3, 4), "g": W((4,)), "b": W((4,)), "more": W((4,))},
)  # fmt: skip

FUSED: dict[str, Case] = {
    "FusedConv": conv("Relu"),
    "FusedConv of a slope": conv("LeakyRelu", activation_params=(0.25,)),
    "FusedConv between ends": conv("Clip", activation_params=(-1.0, 6.0)),
    "FusedConv of a tanh": conv("Tanh"),
    "FusedConv of a sigmoid": conv("Sigmoid"),
    "FusedConv of a line": conv("HardSigmoid", activation_params=(0.25, 0.5)),
    "FusedConv between ends, of an old file": conv(
        "Clip", activation_params=(-1.0, 6.0), opset=10
    ),
    "FusedConv between ends, of the first file whose ends are read": conv(
        "Clip", activation_params=(-1.0, 6.0), opset=11
    ),
    "FusedConv and a sum": conv("Relu", (1, 3, 2, 3)),
    "FusedConv, its strides": fused(
        "FusedConv", (1, 2, 5, 5), W((4, 1, 3, 3)), activation="Relu", group=2, strides=(2, 2),
        pads=(1, 1, 1, 1), kernel_shape=(3, 3), macs=324,
    ),
    "FusedMatMul of a constant, turned": net(
        [node("FusedMatMul", ["x", "c"], ["y"], domain=MICROSOFT, transB=1, alpha=0.5)],
        {"x": (1, 3, 4), "c": C((5, 4), [float(at * 7 % 20) for at in range(20)])},
        params=20, macs=60,
    ),
    "FusedConv of no function": fused("FusedConv", (1, 2, 3, 4), *KERNELS, macs=144),
    "FusedConv of no function, and a sum": fused(
        "FusedConv", (1, 2, 3, 4), *KERNELS, (1, 3, 2, 3), macs=144
    ),
    "FusedGemm": gemm("Relu"),
    "FusedGemm of a slope": gemm("LeakyRelu", activation_alpha=0.25),
    "FusedGemm of a line": gemm("HardSigmoid", activation_alpha=0.25, activation_beta=0.75),
    "FusedMatMul": product((1, 3, 4), (1, 4, 5), 60, alpha=0.25),
    "FusedMatMul, one turned": product((1, 3, 4), (1, 5, 4), 60, transB=1, alpha=0.5),
    "FusedMatMul, both turned": product((1, 4, 3), (1, 5, 4), 60, transA=1, transB=1),
    "FusedMatMul, rows first": product(
        (3, 1, 4), (5, 1, 4), 60, transBatchA=1, transBatchB=1, transB=1
    ),
    "FusedMatMul of heads, rows first": product(
        (4, 1, 2, 5), (3, 1, 2, 5), 120, transBatchA=1, transBatchB=1, transB=1
    ),
    "FusedMatMul of heads, one turned, twice as much": product(
        (1, 2, 5, 4), (1, 2, 5, 3), 120, transA=1, alpha=2.0
    ),
    **{
        f"FusedMatMul of what {word} makes": net(
            [made, node("FusedMatMul", ["z", "h"], ["y"], domain=MICROSOFT, transB=1, alpha=0.5)],
            {"x": dims, **stored, "z": (1, 3, 4)},
            macs=60,
        )
        for word, made, dims, stored in (
            ("Reshape", node("Reshape", ["x", "d"], ["h"]), (1, 20), {"d": [1, 5, 4]}),
            ("Transpose", node("Transpose", ["x"], ["h"], perm=[0, 2, 1]), (1, 4, 5), {}),
            ("Add", node("Add", ["x", "v"], ["h"]), (1, 5, 4), {"v": W((4,))}),
            ("LayerNormalization", node("LayerNormalization", ["x", "v", "u"], ["h"]), (1, 5, 4),
             {"v": W((4,)), "u": W((4,))}),
            ("Identity", node("Identity", ["x"], ["h"]), (1, 5, 4), {}),
        )
    },
    "FusedMatMul of a dense layer": fused("FusedMatMul", (1, 3, 4), W((4, 5)), alpha=2.0, macs=60),
    "Gelu of ONNX Runtime": fused("Gelu", (1, 3, 4)),
    "BiasGelu": fused("BiasGelu", (1, 3, 4), W((4,))),
    "FastGelu": fused("FastGelu", (1, 3, 4)),
    "FastGelu of a sum": fused("FastGelu", (1, 3, 4), W((4,))),
    "QuickGelu": fused("QuickGelu", (1, 3, 4)),
    "QuickGelu, another slope": fused("QuickGelu", (1, 3, 4), alpha=1.0),
    "SkipLayerNormalization": fused("SkipLayerNormalization", (1, 3, 4), (1, 3, 4), *NORM),
    "SkipLayerNormalization of three": fused(
        "SkipLayerNormalization", (1, 3, 4), (1, 3, 4), *NORM, W((4,)), epsilon=0.25
    ),
    "SkipLayerNormalization and its sum": WITH_SUM,
    "SkipSimplifiedLayerNormalization": fused(
        "SkipSimplifiedLayerNormalization", (1, 3, 4), (1, 3, 4), W((4,)), epsilon=0.25
    ),
    "EmbedLayerNormalization": embedded("words"),
    "EmbedLayerNormalization of places that go in": embedded("words places"),
    "EmbedLayerNormalization of kinds": embedded("words kinds"),
    "EmbedLayerNormalization and its sum": embedded("words", is_read=True),
    # Three projections of 4 x 4 for 3 places; scores and sums of 3 x 3 pairs for 4 features.
    "Attention of ONNX Runtime": fused(
        "Attention", (1, 3, 4), W((4, 12)), W((12,)), num_heads=2, macs=144 + 72
    ),
    "Attention of what came before": fused(
        "Attention", (1, 3, 4), W((4, 12)), W((12,)), num_heads=2, unidirectional=1, macs=144 + 72
    ),
    "MultiHeadAttention of values of another size": fused(
        "MultiHeadAttention", (1, 3, 4), (1, 5, 4), (1, 5, 6), num_heads=2, macs=60 + 90
    ),
    "MultiHeadAttention and numbers added": fused(
        "MultiHeadAttention", (1, 3, 4), (1, 5, 4), (1, 5, 4), None, None, (1, 2, 3, 5),
        num_heads=2, macs=120,
    ),
    "Attention of ONNX Runtime without numbers added": fused(
        "Attention", (1, 3, 4), W((4, 12)), None, num_heads=2, macs=144 + 72
    ),
    "MultiHeadAttention": fused(
        "MultiHeadAttention", (1, 3, 4), (1, 5, 4), (1, 5, 4), num_heads=2, scale=0.25, macs=120
    ),
}  # fmt: skip
