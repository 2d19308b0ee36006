"""Operations of ONNX on tensors whose sizes are unequal, along axes that stand in the middle."""

from __future__ import annotations

from typing import Any

from tests.importers.onnx_bytes import node
from tests.importers.onnx_cases import C, Case, W, X, adds, net, op

# Two maps of 3 x 4, of distinct numbers.
STORED = C((2, 3, 4), [float(at * 7 % 24) for at in range(24)])
WHOLE = C((5,), [-7, 7, -6, 5, 0], "int64")


def whole(word: str, divisor: int, **more: Any) -> Case:
    """What goes in, and what an operation makes of whole numbers."""
    nodes = [
        node(word, ["a", "b"], ["i"], **more),
        node("Cast", ["i"], ["r"], to=1),
        node("Add", ["x", "r"], ["y"]),
    ]
    return net(nodes, {"x": (1, 2, 5), "a": WHOLE, "b": C((), [divisor], "int64")})


WORKED_OUT: dict[str, Case] = {
    "the middle axis by places": adds("Gather", STORED, [2, 0], axis=1, dims=(1, 2, 2, 4)),
    "the middle axis by places of two axes": adds(
        "Gather", STORED, C((3, 2), [2, 0, -1, 1, -3, 2]), axis=-2, dims=(1, 2, 3, 2, 4)
    ),
    "three axes in another order": adds("Transpose", STORED, perm=[2, 0, 1], dims=(1, 4, 2, 3)),
    "three axes turned round": adds("Transpose", STORED, dims=(1, 4, 3, 2)),
    "sums along the middle axis": adds("CumSum", STORED, C((), [1]), dims=(1, 2, 3, 4)),
    "sums along the first axis": adds("CumSum", STORED, C((), [-3]), dims=(1, 2, 3, 4)),
    "joined along the middle axis": adds(
        "Concat", STORED, C((2, 1, 4), [float(at) for at in range(8)]), STORED, axis=1,
        dims=(1, 2, 7, 4),
    ),
    "joined along the first axis": adds(
        "Concat", C((1, 3, 4), [float(at) for at in range(12)]), STORED, axis=-3, dims=(1, 3, 3, 4)
    ),
    "numbers joined": adds("Concat", C((1,), [4.0]), C((1,), [9.0]), axis=0, dims=(1, 3, 2)),
    "the middle axis backwards by two": adds(
        "Slice", STORED, [-1], [-9], [1], [-2], dims=(1, 2, 2, 4)
    ),
    "ranges of two axes of three": adds(
        "Slice", STORED, [1, 1], [3, -1], [1, -1], dims=(1, 2, 2, 2)
    ),
    "spread in the middle": adds(
        "Expand", C((2, 1, 4), [float(at) for at in range(8)]), [2, 3, 4], dims=(1, 2, 3, 4)
    ),
    "products of four axes and three": adds(
        "Mul", C((2, 3, 1, 2), [float(at) for at in range(12)]),
        C((3, 4, 1), [float(at * 5 % 12) for at in range(12)]), dims=(1, 2, 3, 4, 2),
    ),
    "three axes spread to four": adds(
        "Expand", C((3, 1, 2), [float(at) for at in range(6)]), [2, 1, 4, 1], dims=(1, 2, 3, 4, 2)
    ),
    "four axes spread along the last": adds(
        "Expand", C((2, 3, 2, 1), [float(at) for at in range(12)]), [4], dims=(1, 2, 3, 2, 4)
    ),
    "a column spread in front and behind": adds(
        "Expand", C((3, 1), [1.0, 2.0, 4.0]), [2, 1, 4], dims=(1, 2, 3, 4)
    ),
    "repeated in the middle and behind": adds(
        "Tile", C((2, 2, 1), [1.0, 2.0, 4.0, 8.0]), [1, 2, 3], dims=(1, 2, 4, 3)
    ),
    "the middle axis in parts": net(
        [
            node("Split", ["c", "n"], ["a", "b", "d"], axis=1),
            node("Sub", ["a", "d"], ["e"]), node("Add", ["x", "e"], ["h"]),
            node("Mul", ["h", "b"], ["y"]),
        ],
        {"x": (1, 2, 1, 4), "c": C((2, 4, 4), [float(at * 5 % 32) for at in range(32)]),
         "n": [1, 2, 1]},
    ),
    **{
        f"{word} over {list(axes)} of three": adds(
            word, STORED, [*axes], keepdims=kept, opset=18, dims=(1, 2, 3, 4)
        )
        for word in ("ReduceSum", "ReduceMax")
        for axes, kept in (((1,), 1), ((0, 2), 1), ((-3, 1), 0))
    },
    "ReduceMean over the middle, by attributes": adds(
        "ReduceMean", STORED, axes=[-2], keepdims=1, opset=17, dims=(1, 2, 3, 4)
    ),
    "elements of the middle axis at places of each": adds(
        "GatherElements", STORED, C((2, 2, 3), [2, 0, -1, 1, 1, 0, -3, 2, 1, 0, 0, 2]), axis=1,
        dims=(1, 2, 2, 3),
    ),
    "rows put in from the front and from the end": adds(
        "ScatterND", STORED, C((2, 2), [0, 2, -1, -3]), C((2, 4), [float(at) for at in range(8)]),
        dims=(1, 2, 3, 4),
    ),
    "a map put in": adds(
        "ScatterND", STORED, C((1, 1), [1]), C((1, 3, 4), [float(at) for at in range(12)]),
        dims=(1, 2, 3, 4),
    ),
    "numbers put in maps": adds(
        "ScatterND", STORED, C((3, 3), [0, 2, 1, 1, 0, 3, -1, -2, 0]), C((3,), [50.0, 60.0, 70.0]),
        dims=(1, 2, 3, 4),
    ),
    "a lower triangle of maps, less two diagonals": adds(
        "Trilu", STORED, C((), [-2]), upper=0, dims=(1, 2, 3, 4)
    ),
    "an upper triangle of maps, and a diagonal": adds(
        "Trilu", STORED, C((), [-1]), dims=(1, 2, 3, 4)
    ),
    "where maps are not 0": net(
        [
            node("NonZero", ["c"], ["i"]), node("Cast", ["i"], ["r"], to=1),
            node("Add", ["x", "r"], ["y"]),
        ],
        {"x": (1, 3, 5), "c": C((2, 3, 2), [0.0, 1.0, 0, 0, 2.0, 0, -1.0, 0, 0, 3.0, 0, 4.0])},
    ),
    "a range whose end it steps over": adds("Range", 7.0, 0.0, -3.0),
    "a range upwards over its end": adds("Range", 1.5, 7.0, 2.0),
    "stored numbers, no less than one": adds("Clip", STORED, 6.0, dims=(1, 2, 3, 4)),
    "stored numbers, no more than one": net(
        [node("Clip", ["c", "", "m"], ["h"]), node("Add", ["x", "h"], ["y"])],
        {"x": (1, 2, 3, 4), "c": STORED, "m": 11.0},
    ),
    "stored numbers between two of an old file": adds(
        "Clip", STORED, min=6.0, max=11.0, opset=10, dims=(1, 2, 3, 4)
    ),
    "stored numbers, no more than one of an old file": adds(
        "Clip", STORED, max=11.0, opset=10, dims=(1, 2, 3, 4)
    ),
    "one number filled in": net(
        [
            node("ConstantOfShape", ["d"], ["c"],
                 value=b"\x08\x01\x10\x01\x4a\x04\x00\x00\xc0\x3f"),
            node("Add", ["x", "c"], ["y"]),
        ],
        {"x": (1, 2, 3), "d": [2, 3]},
    ),
    "the mean of three stored": adds(
        "Mean", STORED, C((4,), [1.0, 2.0, 4.0, 8.0]), C((3, 1), [3.0, 6.0, 12.0]),
        dims=(1, 2, 3, 4),
    ),
    **{f"{word} of whole numbers by {by}": whole(word, by)
       for word in ("Div", "Mod") for by in (3, -3)},
    "what is left of whole numbers, as C has it": whole("Mod", 3, fmod=1),
    "rows of a learnt table by stored places": adds(
        "Gather", W((5, 3)), C((2, 4), [4, 0, -1, 2, -5, 1, 3, -2]), dims=(1, 2, 4, 3)
    ),
}  # fmt: skip

ONE: dict[str, Case] = {
    "the middle of four axes at places of two axes": op(
        "Gather", (1, 2, 5, 3), C((2, 2), [4, 0, -1, 2]), axis=2
    ),
    "the middle of four axes, side by side on two axes": op(
        "Gather", (1, 2, 5, 3), C((2, 2), [1, 2, 3, 4]), axis=-2
    ),
    "the last two of the middle, from the end": op("Gather", (1, 2, 5, 3), [-2, -1], axis=2),
    "rows at places on two axes": op(
        "GatherND", (1, 3, 4, 2), C((2, 2, 3), [0, 1, 2, 0, -1, 3, 0, 0, -2, 0, 2, 1])
    ),
    "the most over two axes, kept": op("ReduceMax", (1, 2, 3, 4), [1, 3]),
    "the most over two axes, left out": op("ReduceMax", (1, 2, 3, 4), [-1, 1], keepdims=0),
    "sums of the middle": op("ReduceSum", (1, 2, 3, 4), [2], keepdims=0),
    "the place of the most in the middle": op("ArgMax", (1, 2, 3, 4), axis=2, keepdims=0),
    "the place of the least in the middle, kept": op("ArgMin", (1, 2, 3, 4), axis=-2),
    "sums from behind along columns": op("CumSum", (1, 2, 3, 4), C((), [-1]), reverse=1),
    "sums up to each along rows": op("CumSum", (1, 2, 3, 4), C((), [2])),
    "spread to an axis more, its sizes kept": op("Expand", (1, 2, 3), [2, 1, 1, 1]),
    "spread along the last of four axes": op("Expand", (1, 2, 3, 1), [4]),
    "the most of two axes of one each": op("ReduceMax", (1, 1, 3, 1), [1, 3], keepdims=0),
    "length over all but the rows": op("ReduceL2", (1, 2, 3, 4), [1, 3]),
    "logarithm of sums over rows, kept": op(
        "ReduceLogSum", X((1, 2, 3, 4), is_positive=True), [2], keepdims=1
    ),
    "parts of the middle": op("Split", (1, 2, 6, 4), [1, 3, 2], axis=2, results=3),
    "dense of three by its side, four axes": op(
        "MatMul", W((5, 4)), (1, 2, 4, 3), macs=2 * 5 * 4 * 3
    ),
}  # fmt: skip
UNEVEN: dict[str, Case] = WORKED_OUT | ONE
