"""Operations of ONNX just within what a kind says, and just beyond it."""

from __future__ import annotations

from itertools import pairwise
from math import inf
from typing import Any

from tests.importers.onnx_bytes import node
from tests.importers.onnx_cases import C, Case, W, X, adds, net, op
from tests.importers.onnx_cases_of_attention import ADDED, FINITE, TRUTHS, joined
from tests.importers.onnx_cases_of_axes import placed
from tests.importers.onnx_cases_of_constants import MANY, first, of_integers
from tests.importers.onnx_cases_of_forms import folded
from tests.importers.onnx_cases_of_products import recurrent

MAP = (1, 2, 6, 5)
GUARD = [node("IsNaN", ["w"], ["i"]), node("Where", ["i", "zero", "w"], ["w2"])]


def many_masks(count: int) -> Case:
    """Attention under so many masks, one behind the other."""
    names = ["m", *(f"m{place}" for place in range(1, count)), "n"]
    nodes = [node("Add", [one, "f"], [other]) for one, other in pairwise(names)]
    return joined(nodes, {"f": (1, 1, 3, 5)})


def rms(eps: float) -> Case:
    """x over the root of the mean of its squares and a number, in pieces."""
    nodes = [
        node("Mul", ["x", "x"], ["s"]), node("ReduceMean", ["s", "last"], ["m"]),
        node("Add", ["m", "e"], ["v"]), node("Sqrt", ["v"], ["d"]), node("Div", ["x", "d"], ["y"]),
    ]  # fmt: skip
    return net(nodes, {"x": (1, 3, 4), "last": [-1], "e": eps})


def length(eps: float) -> Case:
    """x over its length, which is no less than a number, in pieces."""
    nodes = [
        node("ReduceL2", ["x", "axis"], ["l"]), node("Clip", ["l", "e"], ["d"]),
        node("Div", ["x", "d"], ["y"]),
    ]  # fmt: skip
    return net(nodes, {"x": (1, 3, 4), "axis": [1], "e": eps})


def turned_halves(axis: int, *steps: str) -> Case:
    """The halves of an axis of four, the second one in front, joined along one axis."""
    nodes = [
        node("Slice", ["x", "two", "end", "at", *steps], ["b"]),
        node("Slice", ["x", "none", "two", "at", *steps], ["f"]),
        node("Concat", ["b", "f"], ["y"], axis=axis),
    ]
    return net(
        nodes, {"x": (1, 3, 4, 5), "none": [0], "two": [2], "end": [1 << 40], "at": [2], "one": [1]}
    )


def swish(most: float, moved: float) -> Case:
    """x times what it is between bounds when it is moved, over six."""
    nodes = [
        node("Add", ["x", "m"], ["a"]), node("Clip", ["a", "zero", "most"], ["c"]),
        node("Mul", ["x", "c"], ["p"]), node("Div", ["p", "six"], ["y"]),
    ]  # fmt: skip
    return net(nodes, {"x": (1, 3, 4), "m": moved, "zero": 0.0, "most": most, "six": 6.0})


ATTENTION = {
    "attention under eight masks": many_masks(8),
    "attention under nine masks": many_masks(9),
    "what comes later hidden, of more keys": joined(
        ADDED,
        {"f": C((3, 5), [0.0 if key <= query else -inf for query in range(3) for key in range(5)])},
    ),
    **{
        f"attention without a scale, {word}": net(
            [
                node("MatMul", ["q", "k"], ["m"]), node("Where", ["t", *names], ["n"]),
                node("Softmax", ["n"], ["w"], axis=-1), node("MatMul", ["w", "v"], ["y"]),
            ],
            {"q": (1, 2, 3, 4), "k": (1, 2, 4, 5), "v": (1, 2, 5, 6), "t": TRUTHS, "low": -inf},
            macs=2 * 3 * 5 * (4 + 6),
        )
        for word, names in (
            ("kept where it is true", ("m", "low")), ("hidden where it is true", ("low", "m")),
        )
    },
    "attention of queries scaled from the left": joined(
        [node("Identity", ["m"], ["n"])], {"r": 1.5}, before=[node("Mul", ["r", "q"], ["qq"])]
    ),
    "attention of scores that are cast": joined(
        [node("Cast", ["m"], ["m2"], to=1), node("Add", ["m2", "f"], ["n"])], {"f": FINITE}
    ),
    "attention under truths that are calculated, and numbers that go in": joined(
        [
            node("Less", ["b", "two"], ["t"]), node("Where", ["t", "zero", "low"], ["g"]),
            node("Add", ["m", "g"], ["m2"]), node("Add", ["m2", "f"], ["n"]),
        ],
        {"b": (1, 1, 3, 5), "two": 2.0, "zero": 0.0, "low": -inf, "f": (1, 2, 3, 5)},
    ),
    "shares of each key, guarded against NaN": joined(
        ADDED, {"f": FINITE, "zero": 0.0}, axis=2, behind=GUARD, last="w2"
    ),
    "attention of vectors that goes on, and its scores": op(
        "Attention", (1, 3, 8), (1, 5, 4), (1, 5, 6), None, (1, 1, 2, 4), (1, 1, 2, 6),
        q_num_heads=2, kv_num_heads=1, opset=23, results=4, opaque=True,
    ),
    "attention of heads that goes on, and its scores": op(
        "Attention", (1, 4, 3, 4), (1, 2, 5, 4), (1, 2, 5, 6), None, (1, 2, 7, 4), (1, 2, 7, 6),
        opset=23, results=4, opaque=True,
    ),
}  # fmt: skip

PIECES = {
    **{f"mean of squares and {eps}": rms(eps) for eps in (0.0, 1.0, 1.5, -0.25)},
    **{f"length of no less than {eps}": length(eps) for eps in (1.0, 1.5)},
    **{f"halves of rows turned, joined along axis {axis}": turned_halves(axis)
       for axis in (1, 2, 3)},
    "halves of rows turned, by steps of one": turned_halves(2, "one"),
    **{f"a swish up to {most} of what is {moved} above": swish(most, moved)
       for most, moved in ((6.0, 3.0), (5.0, 3.0), (6.0, 2.0))},
}  # fmt: skip

WINDOWS = {
    "DeformConv of groups": op(
        "DeformConv", (1, 4, 4, 5), W((6, 2, 2, 3)), (1, 12, 3, 3), group=2, opset=22,
        # 6 maps of 3 x 3 places, 2 channels of 2 x 3 taps.
        macs=54 * 12,
    ),
    "AveragePool, dilated": op(
        "AveragePool", MAP, kernel_shape=[3, 2], dilations=[2, 1], opset=19
    ),
    "LpPool, padded": op("LpPool", MAP, kernel_shape=[3, 2], pads=[1, 0, 0, 1]),
    "MaxPool, padded by more than half": op(
        "MaxPool", MAP, kernel_shape=[3, 5], pads=[1, 3, 1, 2], opaque=True
    ),
    "MaxPool, padded by half": op("MaxPool", MAP, kernel_shape=[3, 5], pads=[1, 2, 1, 2]),
    "MaxPool to the end, and its places": op(
        "MaxPool", (1, 2, 8, 7), kernel_shape=[3, 2], strides=[2, 3], pads=[1, 0, 1, 1],
        ceil_mode=1, results=2, opaque=True,
    ),
    "MaxPool as large as its steps, and its places": op(
        "MaxPool", (1, 2, 8, 7), kernel_shape=[3, 2], strides=[3, 2], auto_pad="SAME_UPPER",
        results=2, opaque=True,
    ),
    "ConvTranspose of rows in the batch, by steps": folded(
        "ConvTranspose", (3, 2, 5), W((2, 1, 3)), strides=[3], pads=[1, 0], output_padding=[2],
        dilations=[2], opaque=True,
    ),
    "ConvTranspose of rows in the batch, as large as its steps": folded(
        "ConvTranspose", (3, 2, 5), W((2, 3, 3)), strides=[2], auto_pad="SAME_LOWER", opaque=True
    ),
    "ConvTranspose of rows in the batch, of groups": folded(
        "ConvTranspose", (3, 4, 5), W((4, 3, 2)), group=2, opaque=True
    ),
    "Conv of rows in the batch, by a word and by steps": folded(
        "Conv", (3, 2, 7), W((4, 2, 3)), auto_pad="SAME_LOWER", strides=[2], opaque=True
    ),
    "Resize of rows in the batch to sizes": folded(
        "Resize", (3, 2, 4), None, None, [3, 2, 6], opaque=True
    ),
    "fewer channels": op("Resize", (1, 4, 3, 5), None, None, [1, 2, 3, 5], opaque=True),
    "more channels": op("Resize", (1, 2, 3, 5), None, None, [1, 4, 3, 5], opaque=True),
    "twice as many channels": op(
        "Resize", (1, 2, 3, 5), None, C((4,), [1.0, 2.0, 1.0, 3.0]), opaque=True
    ),
    "cropped and mirrored on named axes": op(
        "Pad", (1, 2, 5, 6), [1, -1, 0, 2], None, [2, -1], mode="reflect", opaque=True
    ),
}  # fmt: skip

PICKS = {
    "put in every second of some rows": placed(
        range(1), range(3), range(0, 5, 2), into=(1, 3, 8, 6)
    ),
    "put in every third row, from the third on": placed(
        range(1), range(2), range(2, 9, 3), into=(1, 2, 11, 3)
    ),
    "put in every third row, up to the last but one": placed(
        range(1), range(2), range(1, 8, 3), into=(1, 2, 9, 3)
    ),
    "places on axes of 1": op("GatherND", (1, 1, 1, 4), X((1, 5, 3), 1), opaque=True),
    "rows of learnt maps": op("GatherND", W((5, 3, 2)), X((1, 4, 1), 5), opaque=True),
    "picked by several of each row": op(
        "GatherND", (1, 3, 4, 5), X((1, 3, 2, 1), 4), batch_dims=2, opaque=True
    ),
    "the largest rows": op("TopK", (1, 3, 4, 5), [2], axis=2, results=2, opaque=True),
    "the largest columns, by the usual axis": op(
        "TopK", (1, 3, 4, 5), [2], results=2, opaque=True
    ),
    "one of many behind the second axis": op(
        "OneHot", X((1, 3, 2), 4), C((), [4]), C((2,), [0.0, 1.0]), axis=2, opaque=True
    ),
    "diagonals of maps": op("Einsum", (1, 2, 3, 3), equation="bcii->bic", opaque=True),
}  # fmt: skip

SUMS = {
    "sums bij,bjk->bik of one row": op(
        "Einsum", (1, 1, 3), (1, 3, 4), equation="bij,bjk->bik", macs=12
    ),
    "sums bij,bjk->bik of one column": op(
        "Einsum", (1, 2, 3), (1, 3, 1), equation="bij,bjk->bik", macs=6
    ),
    "sums bhqd,bhkd->bqhk": op(
        "Einsum", (1, 2, 3, 4), (1, 2, 5, 4), equation="bhqd,bhkd->bqhk", macs=2 * 3 * 5 * 4
    ),
    "sums bqhk,bhkd->bqhd": op(
        "Einsum", (1, 3, 2, 5), (1, 2, 5, 4), equation="bqhk,bhkd->bqhd", macs=2 * 3 * 5 * 4
    ),
}  # fmt: skip


def squeezed(word: str, *sizes: int, **more: Any) -> Case:
    """A figure of each of 3 maps, and a convolution of it as of a map of one pixel."""
    kernel = W((2, 3, *(1 for _ in sizes)))
    nodes = [node(word, ["x"], ["h"], **more), node("Conv", ["h", "w"], ["y"])]
    return net(nodes, {"x": (1, 3, *sizes), "w": kernel}, opset=17, macs=6)


SQUEEZED = {
    **{
        f"a figure of maps of {len(sizes)} axes, and a convolution": squeezed(
            "GlobalAveragePool", *sizes
        )
        for sizes in ((5,), (4, 5), (2, 4, 5))
    },
    "the most of maps by axes, and a convolution": squeezed("ReduceMax", 4, 5, axes=[2, 3]),
    "sums of maps by axes, and a convolution": squeezed("ReduceSumSquare", 4, 5, axes=[-1, -2]),
}  # fmt: skip

NORMS = {
    "BatchNormalization by a made factor, and by a made shift": net(
        [node("BatchNormalization", ["x", "a", "b", "m", "v"], ["h"]),
         node("BatchNormalization", ["h", "one", "shift", "m", "v"], ["y"])],
        {"x": (1, 3, 2, 2), "a": C((3,), [2.0] * 3), "b": C((3,), [0.0] * 3),
         "one": C((3,), [1.0] * 3), "shift": C((3,), [0.5] * 3), "m": W((3,)),
         "v": W((3,), True)},
        params=12,
    ),
    "vectors whose sizes sum up to 1": op("LpNormalization", (1, 3, 4), p=1, opaque=True),
    "LayerNormalization, its means and deviations": op(
        "LayerNormalization", (1, 2, 3, 4), W((4,)), W((4,)), results=3, opaque=True
    ),
    "LayerNormalization of two axes, its means and deviations": op(
        "LayerNormalization", (1, 2, 3, 4), W((3, 4)), W((3, 4)), axis=2, results=3, opaque=True
    ),
    "Dropout that drops": op("Dropout", (1, 2, 3), 0.25, C((), [1], "bool"), opaque=True),
}  # fmt: skip

PRODUCTS = {
    # The axis of 2 is that of both, those of 3 and 2 behind it are one of the left matrices alone.
    "matrices of heads, rows of them for each head": net(
        [node("Reshape", ["x", "d"], ["h"]), node("Reshape", ["w", "e"], ["v"]),
         node("MatMul", ["h", "v"], ["y"])],
        {"x": (1, 2, 3, 4, 3), "d": [1, 2, 3, 2, 2, 3], "w": (1, 2, 3, 4), "e": [1, 2, 1, 1, 3, 4]},
        macs=2 * 3 * 2 * 2 * 3 * 4,
    ),
    "dense of the last of five axes": op("MatMul", (1, 2, 3, 4, 5), W((5, 6)), macs=24 * 30),
    "dense of the last of six axes": net(
        [node("Reshape", ["x", "d"], ["h"]), node("MatMul", ["h", "w"], ["y"])],
        {"x": (1, 2, 3, 4, 5), "d": [1, 2, 3, 2, 2, 5], "w": W((5, 6))}, macs=24 * 30,
    ),
    "dense of a part of a stored matrix, numbers for each row added": net(
        [
            node("Slice", ["w", "one", "four"], ["p"]), node("MatMul", ["x", "p"], ["h"]),
            node("Add", ["h", "b"], ["y"]),
        ],
        {"x": (1, 2, 3), "w": W((5, 4)), "one": [1], "four": [4], "b": W((2, 4))},
        params=12 + 8, macs=24,
    ),
    "Gemm of rows, a number for each": net(
        [node("Reshape", ["x", "d"], ["h"]), node("Gemm", ["h", "w", "b"], ["y"])],
        {"x": (1, 6), "d": [2, 3], "w": W((3, 4)), "b": W((2, 1))}, macs=24,
    ),
    "a matrix spread to itself": first(
        "Expand", "w d", {"w": C((11_000, 6), MANY), "d": [11_000, 6]}
    ),
}  # fmt: skip

NUMBERS = {
    "quotients by a constant of a number": net(
        [node("Constant", [], ["c"], value_float=1.5), node("Div", ["x", "c"], ["y"])],
        {"x": (1, 2, 3)},
    ),
    "whole quotients by a constant of a whole number": net(
        [
            node("Constant", [], ["c"], value_int=2),
            node("Div", ["x", "c"], ["q"]),
            node("Cast", ["q"], ["y"], to=1),
        ],
        {"x": X((1, 2, 3), 9)},
    ),
    "rows of a learnt table by stored places, the axis from the end": adds(
        "Gather", W((5, 3)), C((2, 2), [4, 0, -1, 2]), axis=-2, dims=(1, 2, 2, 3)
    ),
    "products of integers, a stored matrix for each head": of_integers(
        "MatMulInteger", "xq w xz",
        {"i": X((1, 2, 4, 64), 256),
         "w": C((2, 64, 2), [at * 3 % 11 - 5 for at in range(256)], "int8")},
        macs=2 * 4 * 128, params=256,
    ),
    **{
        f"stored numbers as reals of type {to}": net(
            [
                node("Cast", ["c"], ["h"], to=to), node("Cast", ["h"], ["r"], to=1),
                node("Add", ["x", "r"], ["y"]),
            ],
            {"x": (1, 2, 3), "c": C((3,), [-1.5, 0.5, 2.5])},
        )
        for to in (1, 10, 11, 16)
    },
    **{
        f"stored numbers as whole ones of type {to}": net(
            [
                node("Cast", ["c"], ["h"], to=to), node("Cast", ["h"], ["r"], to=1),
                node("Add", ["x", "r"], ["y"]),
            ],
            {"x": (1, 2, 3), "c": C((3,), [1.75, 0.5, 2.5])},
        )
        for to in (2, 3, 5, 6, 7, 12, 13)
    },
    "one number put in many": adds(
        "ScatterND", C((6, 100), [at % 9 / 2 for at in range(600)]), C((1, 2), [5, 98]),
        C((1,), [7.0]), dims=(1, 6, 100),
    ),
    **{
        f"the part from {start} on of an axis of {count} that was cut": net(
            [node("Reshape", ["x", "d"], ["h"]), node("Slice", ["h", "from", "to", "at"], ["y"])],
            {"x": (1, 12, 5), "d": [1, count, 12 // count, 5], "from": [start], "to": [start + 1],
             "at": [1]},
        )
        for count, start in ((2, 1), (3, 1), (4, 2))
    },
}  # fmt: skip

STEPS = (W((1, 8, 3)), W((1, 8, 2)), None)
SEQUENCES = {
    "LSTM from cells alone": op(
        "LSTM", (4, 1, 3), *STEPS, None, None, (1, 1, 2), hidden_size=2, macs=160, opaque=True
    ),
    "LSTM of a part of the sequence": op(
        "LSTM", (4, 1, 3), *STEPS, C((1,), [3], "int32"), hidden_size=2, macs=120, opaque=True
    ),
    "LSTM of a length that is worked out": net(
        [node("Cast", ["n"], ["length"], "cast", to=6),
         node("LSTM", ["x", "w", "r", "", "length"], ["y"], "it", hidden_size=2)],
        {"x": X((4, 1, 3)), "w": W((1, 8, 3)), "r": W((1, 8, 2)), "n": X((1,), 4)}, opaque=True,
    ),
    "GRU of three units both ways, from states of its own": op(
        "GRU", (5, 1, 2), W((2, 9, 2)), W((2, 9, 3)), W((2, 18)), None,
        C((2, 1, 3), [0.5, -1.0, 0.25, 2.0, -0.5, 1.0]), hidden_size=3, direction="bidirectional",
        results=2, macs=5 * 2 * 9 * 5,
    ),
    "LSTM that sees its cells, backwards": recurrent(
        "LSTM", 4, sees_cells=True, direction="reverse", results=3
    ),
}  # fmt: skip

LIMITS: dict[str, Case] = {
    **ATTENTION, **PIECES, **WINDOWS, **PICKS, **SUMS, **SQUEEZED, **NORMS, **PRODUCTS, **NUMBERS,
    **SEQUENCES,
}  # fmt: skip
