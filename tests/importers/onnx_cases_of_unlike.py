"""Operations of ONNX whose sizes, steps and borders are all unlike: none can stand for another."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

from tests.importers.onnx_bytes import node
from tests.importers.onnx_cases import C, Case, Read, W, X, net, op
from tests.importers.onnx_cases_of_attention import ADDED, FINITE, joined
from tests.importers.onnx_cases_of_constants import TALL
from tests.importers.onnx_cases_of_integers import REAL, SCALES, STEEP, does

MAPS: dict[str, Case] = {
    "Conv of groups, each side otherwise": op(
        "Conv", (1, 4, 7, 13), W((6, 2, 3, 2)), W((6,)), group=2, strides=[2, 3],
        pads=[1, 0, 2, 1], dilations=[2, 1],
        # 6 maps of 3 x 5 places, 2 channels of 3 x 2 taps.
        macs=90 * 12,
    ),
    "ConvTranspose of groups, each side otherwise": op(
        "ConvTranspose", (1, 4, 3, 5), W((4, 3, 3, 2)), W((6,)), group=2, strides=[3, 2],
        pads=[2, 0, 1, 1], output_padding=[2, 1], dilations=[1, 2],
        # 4 maps of 3 x 5 places, 3 filters of 3 x 2 taps.
        macs=60 * 18,
    ),
    "ConvTranspose of volumes": op(
        "ConvTranspose", (1, 2, 2, 3, 4), W((2, 3, 2, 3, 1)), strides=[1, 2, 3],
        pads=[0, 1, 0, 1, 0, 0], macs=48 * 18,
    ),
    **{
        f"ConvTranspose to {wanted} by {word}": op(
            "ConvTranspose", (1, 4, 3, 5), W((4, 2, 5, 3)), strides=[3, 2], output_shape=wanted,
            auto_pad=word, macs=4 * 15 * 2 * 15,
        )
        for word in ("NOTSET", "SAME_UPPER", "SAME_LOWER")
        for wanted in ([8, 10], [11, 9])
    },
    **{
        f"ConvTranspose by {word}, dilated": op(
            "ConvTranspose", (1, 4, 3, 5), W((4, 2, 3, 2)), strides=[3, 2], dilations=[2, 3],
            auto_pad=word, macs=4 * 15 * 2 * 6,
        )
        for word in ("SAME_UPPER", "SAME_LOWER")
    },
    **{
        f"{word} of {sides} to the end{', padded' if any(pads) else ''}": op(
            word, (1, 2, *sides), kernel_shape=[3, 4], strides=[2, 3], pads=pads, ceil_mode=1,
            opset=22,
        )
        for word in ("MaxPool", "AveragePool")
        for sides, pads in (
            ((7, 10), [0] * 4), ((8, 9), [0] * 4), ((6, 8), [1, 0, 0, 2]), ((7, 8), [1, 1, 1, 2]),
            ((8, 11), [0, 1, 1, 0]),
        )
    },
    "MaxPool of volumes": op(
        "MaxPool", (1, 2, 5, 6, 7), kernel_shape=[2, 3, 4], strides=[1, 2, 3],
        pads=[0, 1, 1, 1, 0, 2],
    ),
    "what a pool of volumes picked, put back": op(
        "MaxUnpool", (1, 1, 2, 3, 2), X((1, 1, 2, 3, 2), 6), kernel_shape=[2, 3, 1],
        strides=[1, 3, 2], pads=[0, 1, 0, 1, 0, 0], opaque=True,
    ),
    **{
        f"channels dealt to blocks of {side}, {mode}": op(
            "DepthToSpace", (1, 3 * side * side, 2, 5), blocksize=side, mode=mode
        )
        for side in (1, 2, 3) for mode in ("CRD", "DCR")
    },
    **{
        f"blocks of {side} as channels": op("SpaceToDepth", (1, 3, 6, 12), blocksize=side)
        for side in (1, 2, 3)
    },
    "slopes of maps, one for each": op("PRelu", (1, 3, 2, 5), W((3, 1, 1))),
    "slopes of rows, one for each": op("PRelu", (1, 3, 2, 5), W((2, 1)), opaque=True),
    "slopes of three maps as an array of one": op("PRelu", (1, 3, 2, 5), W((1, 3, 1, 1))),
    "one slope of four axes": op("PRelu", (1, 3, 2, 5), W((1, 1, 1, 1))),
    **{
        f"always the {said} of two, spread from {dims} to {other}": op(
            "Where", C((), [number], "bool"), *((dims, other) if number else (other, dims))
        )
        for number, said in ((1, "first"), (0, "second"))
        for dims, other in (
            ((1, 1, 3), (1, 4, 3)), ((1, 4, 1), (1, 1, 3)), ((1, 4, 3), (1, 1, 3)),
        )
    },
    "put around volumes": op(
        "Pad", (1, 2, 3, 4, 5), [0, 0, 1, 0, 3, 0, 0, 0, 2, 1], mode="edge"
    ),
    "one of many behind five axes": op(
        "OneHot", X((1, 2, 3, 2, 3), 4), C((), [5]), C((2,), [0.0, 1.0]), opaque=True
    ),
}  # fmt: skip

TABLE = C((5, 3), [at * 7 % 15 - 7 for at in range(15)], "int8")
WIDE = C((5, 3), [at * 7 % 15 - 7 for at in range(15)], "int32")
SINGLE = {"s": C((), [0.5]), "z": C((), [1], "int8")}
SEVERAL = {"s": C((3,), [0.5, 0.25, 2.0]), "z": C((3,), [1, 0, -1], "int8")}
BLOCKS = {
    "s": C((3, 3), [0.5, 0.25, 2.0, 1.0, 4.0, 0.125, 8.0, 0.75, 1.5]),
    "z": C((3, 3), [1, 0, -1, 2, 3, -2, 4, -3, 5], "int8"),
}
_REAL = ["q", "s", "z"]


def real(before: bytes, reads: Mapping[str, Read], rank: int, **more: Any) -> Case:
    """Stored integers that an operation puts elsewhere, made real and multiplied."""
    sides = {2: (1, 5, 3), 3: (1, 3, 5)}[rank]
    nodes = [before, node("DequantizeLinear", _REAL, ["r"], **more), node("Mul", ["x", "r"], ["y"])]
    return net(nodes, {"x": sides, **reads}, params=15)


def looked_up(reads: Mapping[str, Read], **more: Any) -> Case:
    """Rows of stored integers, made real."""
    nodes = [node("Gather", ["t", "i"], ["q"]), node("DequantizeLinear", _REAL, ["y"], axis=2)]
    return net(nodes, {"i": X((1, 4), 5), "t": TABLE, **reads}, params=15, **more)


def given(to: int, reads: Mapping[str, Read]) -> Case:
    """Whole numbers that go in, made real."""
    nodes = [
        node("Cast", ["x"], ["q"], to=to),
        node("DequantizeLinear", _REAL[: 1 + len(reads)], ["y"], axis=2),
    ]
    return net(nodes, {"x": X((1, 2, 3), 5), **reads})


INTEGERS: dict[str, Case] = {
    "rows of integers, one scale": looked_up(SINGLE),
    "rows of integers, a scale for each column": looked_up(SEVERAL, opaque=True),
    "integers that are cast, made real": real(
        node("Cast", ["t"], ["q"], to=3), {"t": WIDE, **SINGLE}, 2
    ),
    "integers in another shape, made real": real(
        node("Reshape", ["t", "d"], ["q"]), {"t": TABLE, "d": [3, 5], **SINGLE}, 3
    ),
    "turned integers, a scale for each row": real(
        node("Transpose", ["t"], ["q"]), {"t": TABLE, **SEVERAL}, 3, axis=0
    ),
    "integers, a scale for each column by the usual axis": real(
        node("Identity", ["t"], ["q"]), {"t": TABLE, **SEVERAL}, 2
    ),
    "integers, scales for blocks of two rows": real(
        node("Identity", ["t"], ["q"]), {"t": TABLE, **BLOCKS}, 2, axis=0, block_size=2
    ),
    # What `quantize_dynamic(per_channel=True)` writes: a scale of each column, which is not learnt.
    "a product of integers, a scale for each column": net(
        [
            node("Cast", ["i"], ["x"], to=1),
            node("DynamicQuantizeLinear", ["x"], ["xq", "xs", "xz"]),
            node("MatMulInteger", ["xq", "w", "xz"], ["yq"]),
            node("Cast", ["yq"], ["yr"], to=1),
            node("Mul", ["xs", "ws"], ["both"]),
            node("Mul", ["yr", "both"], ["y"]),
        ],
        {"i": X((1, 4, 64), 256), "w": TALL, "ws": W((2,))},
        params=128,
        macs=512,
    ),
    "integers that go in, made real": given(3, {"s": C((), [0.5]), "z": C((), [3], "int8")}),
    "integers that go in from 0, made real": given(2, {"s": C((), [0.25])}),
    "integers that go in, a scale for each map": net(
        [
            node("Cast", ["x"], ["q"], to=3),
            node("DequantizeLinear", ["q", "s"], ["y"], axis=1),
        ],
        {"x": X((1, 2, 3, 4), 5), "s": C((2,), [0.5, 2.0])},
        opaque=True,
    ),
}


def shares(of: int, opset: int) -> Case:
    """Shares of integers as a version has them, in a file of that one or of another."""
    nodes = [
        node("Mul", ["x", "by"], ["far"]),
        node("QuantizeLinear", ["far", "xs", "xz"], ["xq"]),
        does("QLinearSoftmax", "xq xs xz ys yz", axis=-1, opset=of),
        REAL,
    ]
    return net(nodes, SCALES | STEEP | {"by": 64.0}, opset=opset)


def guarded(test: str, of: str, again: tuple[str, ...] = ()) -> Case:
    """Attention whose shares are 0 where a test of them, or of what goes in, says so."""
    behind = [
        node(test, [of, *(["half"] if test == "Less" else [])], ["i"]),
        node("Where", ["i", "zero", "w"], ["g"]),
    ]
    more: dict[str, Read] = {"f": FINITE, "zero": 0.0}
    if of != "w":
        more[of] = (1, 2, 3, 5)
    return joined(ADDED, more, behind=behind, last="g", again=again)


LATER = [-inf if key > query else 0.0 for query in range(3) for key in range(3)]
NOTHING = [0.0] * 9
ATTENTION: dict[str, Case] = {
    "shares guarded against NaN, which come out as well": guarded("IsNaN", "w", again=("w",)),
    "shares that are 0 where they are small": guarded("Less", "w"),
    **{
        f"shares that are 0 where {of} is {word}": guarded(test, of)
        for of in ("b", "z") for test, word in (("Less", "small"), ("IsNaN", "NaN"))
    },
    **{
        f"what comes later hidden for the {said} head, of {len(lead) + 2} axes": joined(
            ADDED, {"f": C((*lead, 2, 3, 3), masks)}, keys=3
        )
        for said, masks in (("first", [*LATER, *NOTHING]), ("second", [*NOTHING, *LATER]))
        for lead in ((), (1,))
    },
    "sums of products behind shares of what one equation turned": net(
        [
            node("Einsum", ["x"], ["s"], equation="bij->bji"), node("Softmax", ["s"], ["w"]),
            node("Einsum", ["w", "v"], ["y"], equation="bji,bik->bjk"),
        ],
        {"x": (1, 3, 5), "v": (1, 3, 4)}, macs=5 * 3 * 4,
    ),
}  # fmt: skip


def normed(word: str, eps: float, *stored: Read, params: int = 0) -> Case:
    """A norm of numbers that are as small as its epsilon."""
    names = [f"c{place}" for place, _ in enumerate(stored)]
    nodes = [
        node("Mul", ["x", "small"], ["h"]),
        node(word, ["h", *names], ["y"], epsilon=eps),
    ]
    reads = {"x": (1, 3, 2, 5), "small": 2.0**-9, **dict(zip(names, stored, strict=True))}
    return net(nodes, reads, params=params)


def filled(count: int, number: float) -> C:
    return C((count,), [number] * count)


# Means and variances are no parameters; a shift of 0 that the exporter filled in is none either.
STATISTICS = (W((3,)), W((3,), True))
NORMS: dict[str, Case] = {
    **{
        f"{word} of numbers as small as {eps}": normed(word, eps, *stored, params=params)
        for eps in (1e-7, 1e-5, 1e-3)
        for word, stored, params in (
            ("InstanceNormalization", (filled(3, 1.0), filled(3, 0.0)), 0),
            ("LayerNormalization", (W((5,)),), 5),
            ("BatchNormalization", (W((3,)), W((3,)), *STATISTICS), 6),
        )
    },
    **{
        f"{word} of one factor {factor} and one shift {shift}": normed(
            word, 0.25, filled(count, factor), filled(count, shift), *more, params=params
        )
        for factor, shift in ((0.5, 0.0), (1.0, -0.5), (1.0, 0.5), (2.0, 0.0))
        for word, count, more, params in (
            ("InstanceNormalization", 3, (), 6),
            ("LayerNormalization", 5, (), 10 if shift else 5),
            ("BatchNormalization", 3, STATISTICS, 6),
        )
    },
}
PRODUCTS: dict[str, Case] = {
    "dense of four axes of positions that were cut and moved": net(
        [
            node("Reshape", ["x", "d"], ["h"]),
            node("Transpose", ["h"], ["t"], perm=[0, 3, 2, 1, 4, 5]),
            node("MatMul", ["t", "w"], ["y"]),
        ],
        {"x": (1, 2, 3, 4, 5), "d": [1, 2, 3, 2, 2, 5], "w": W((5, 6))}, macs=24 * 30,
    ),
    "dense of a part of an axis, at four axes of positions": net(
        [
            node("Reshape", ["x", "d"], ["h"]),
            node("Transpose", ["h"], ["t"], perm=[0, 1, 2, 4, 5, 3]),
            node("MatMul", ["t", "w"], ["y"]),
        ],
        {"x": (1, 2, 3, 4, 5), "d": [1, 2, 3, 2, 2, 5], "w": W((2, 6))}, macs=60 * 12,
    ),
    "matrices of rows and a vector": net(
        [
            node("Reshape", ["x", "d"], ["h"]), node("Reshape", ["z", "e"], ["k"]),
            node("MatMul", ["h", "k"], ["m"]), node("Reshape", ["m", "f"], ["y"]),
        ],
        {"x": (1, 12), "z": (1, 4), "d": [3, 4], "e": [4], "f": [1, 3]}, macs=12,
    ),
    "a vector and matrices of maps": net(
        [node("Reshape", ["z", "e"], ["k"]), node("MatMul", ["k", "x"], ["y"])],
        {"x": (1, 2, 3, 4, 5), "z": (1, 4), "e": [4]}, macs=6 * 20,
    ),
    "matrices of maps and a vector": net(
        [node("Reshape", ["z", "e"], ["k"]), node("MatMul", ["x", "k"], ["y"])],
        {"x": (1, 2, 3, 4, 5), "z": (1, 5), "e": [5]}, macs=24 * 5,
    ),
    "vectors and a stored vector": op("MatMul", (1, 4), W((4,)), macs=4),
    "rows and a stored vector": op("MatMul", (1, 3, 4), W((4,)), macs=12),
    "maps and a stored vector": op("MatMul", (1, 2, 3, 4), W((4,)), macs=24),
    "a stored vector and maps": op("MatMul", W((3,)), (1, 2, 3, 4), macs=24),
    "Gemm of one feature, one number for all": op("Gemm", (1, 1), W((1, 3)), W((1,)), macs=3),
    "Gemm to one feature": op("Gemm", (1, 3), W((3, 1)), W((1,)), macs=3),
    "Gemm of as many rows as columns, a number for each row": net(
        [node("Reshape", ["x", "d"], ["h"]), node("Gemm", ["h", "w", "b"], ["y"])],
        {"x": (1, 12), "d": [3, 4], "w": W((4, 3)), "b": W((3, 1))}, macs=36,
    ),
    "Gemm of rows, a number for each column, half of the product and twice the sum": net(
        [
            node("Reshape", ["x", "d"], ["h"]),
            node("Gemm", ["h", "w", "b"], ["y"], alpha=0.5, beta=2.0),
        ],
        {"x": (1, 12), "d": [3, 4], "w": W((4, 5)), "b": W((1, 5))}, macs=60,
    ),
    "Gemm of calculated rows, half of the product and twice the sum": net(
        [
            node("Reshape", ["x", "d"], ["h"]), node("Reshape", ["z", "e"], ["k"]),
            node("Gemm", ["h", "k", "b"], ["y"], alpha=0.5, beta=2.0, transA=1, transB=1),
        ],
        {"x": (1, 12), "z": (1, 15), "d": [3, 4], "e": [5, 3], "b": W((4, 1))}, macs=60,
    ),
}  # fmt: skip


def part_of(place: int, parts: Read, **more: Any) -> Case:
    """One of the parts that an axis of four is split into."""
    nodes = [
        node("SplitToSequence", ["x", *(["n"] if parts is not None else [])], ["s"], **more),
        node("SequenceAt", ["s", "i"], ["y"]),
    ]
    reads: dict[str, Read] = {"x": (1, 4, 6), "i": C((), [place])}
    return net(nodes, reads | ({"n": parts} if parts is not None else {}))


PICKS: dict[str, Case] = {
    **{
        f"part {place} of {said}, keepdims {keeps}": part_of(place, parts, axis=1, keepdims=keeps)
        for place in (0, -1)
        for said, parts in (
            ("two", C((), [2])), ("one and three", [1, 3]), ("single rows", None),
        )
        for keeps in (0, 1)
    },
    **{
        f"places {places} of four": op(
            "GatherND", (1, 1, 4), C((4, 3), [one for at in places for one in (0, 0, at)])
        )
        for places in (
            (0, 1, 2, 3), (0, 1, 2, 2), (0, 0, 2, 3), (0, 1, 3, 3), (3, 2, 1, 0), (-1, 2, -3, 0),
        )
    },
}  # fmt: skip
OPERATORS: dict[str, Case] = {
    "shares of integers of 12 in 12": shares(12, 12),
    "shares of integers of 13 in 13": shares(13, 13),
}
UNLIKE = {**MAPS, **INTEGERS, **OPERATORS, **ATTENTION, **NORMS, **PRODUCTS, **PICKS}
