"""What is worked out of stored numbers, learnt ones that go through operations, integers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.importers.onnx_bytes import node
from tests.importers.onnx_cases import C, Case, Read, W, X, adds, net

# Functions of small stored numbers are worked out while a file is read.
NUMBERS = C((3,), [-1.5, 0.5, 2.5])

WORKED_OUT = {
    **{f"{word} of stored numbers": adds(word, NUMBERS)
       for word in ("Abs", "Ceil", "Cos", "Erf", "Exp", "Floor", "Neg", "Relu", "Round", "Sign",
                    "Sin", "Tanh", "Reciprocal")},
    "Log of stored numbers": adds("Log", C((3,), [0.5, 1.5, 4.0])),
    "Sqrt of stored numbers": adds("Sqrt", C((3,), [0.5, 1.5, 4.0])),
    **{f"{word} of two stored": adds(word, NUMBERS, C((2, 1), [2.0, -0.5]))
       for word in ("Add", "Sub", "Mul", "Div", "Max", "Min", "Sum")},
    "Pow of two stored": adds("Pow", C((3,), [0.5, 1.5, 4.0]), C((2, 1), [2.0, -0.5])),
    "Mod of two stored": adds("Mod", NUMBERS, C((2, 1), [2.0, 0.75]), fmod=1),
    **{f"{word} of stored numbers, {said}": adds(
        word, C((2, 3), [1.0, -2.0, 0.5, 4.0, 3.0, -1.5]), [axis], keepdims=keeps, opset=18)
       for word in ("ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum")
       for said, axis, keeps in (("rows", 0, 0), ("columns", -1, 1))},
    "a range of stored numbers": adds("Slice", C((2, 6), [float(at) for at in range(12)]),
                                      [5], [0], [1], [-2]),
    "stored numbers joined": adds("Concat", C((2, 1), [1.0, 2.0]), C((2, 2), [3.0, 4.0, 5.0, 6.0]),
                                  axis=-1),
    "stored numbers by places": adds("Gather", C((2, 2), [1.0, 2.0, 3.0, 4.0]), [1, 0, -1], axis=1),
    "stored numbers by places of each": adds(
        "GatherElements", C((2, 3), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        C((2, 3), [0, 2, -1, 1, 1, 0]), axis=1),
    "stored numbers in another shape": adds("Reshape", C((6,), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
                                            [-1, 3]),
    "stored numbers turned": adds("Transpose", C((3, 2), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])),
    "stored numbers spread": adds("Expand", C((2, 1), [1.0, 2.0]), [1, 3]),
    "stored numbers repeated": adds("Tile", C((1, 3), [1.0, 2.0, 4.0]), [2, 1]),
    "a range of numbers": adds("Range", 0.5, 3.0, 1.0),
    "zeros": adds("ConstantOfShape", [2, 3]),
    "the upper triangle": adds("Trilu", C((2, 3), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), C((), [1])),
    "the lower triangle": adds("Trilu", C((2, 3), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), upper=0),
    "stored sums": adds("CumSum", C((2, 3), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), C((), [-1])),
    "stored numbers put in": adds(
        "ScatterND", C((2, 3), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), C((2, 2), [0, 2, 1, 0]),
        C((2,), [7.0, 8.0])),
    "stored numbers as whole ones": net(
        [node("Cast", ["c"], ["i"], to=7), node("Cast", ["i"], ["r"], to=1),
         node("Add", ["x", "r"], ["y"])], {"x": (1, 2, 3), "c": C((3,), [-1.5, 0.5, 2.5])}),
    "stored numbers as short reals": net(
        [node("Cast", ["c"], ["h"], to=10), node("Cast", ["h"], ["r"], to=1),
         node("Add", ["x", "r"], ["y"])], {"x": (1, 2, 3), "c": C((3,), [-1.5, 0.5, 2.5])}),
    "where one number is larger": net(
        [node("Greater", ["a", "b"], ["t"]), node("Where", ["t", "a", "b"], ["c"]),
         node("Add", ["x", "c"], ["y"])],
        {"x": (1, 2, 3), "a": NUMBERS, "b": C((3,), [1.0, 0.5, -1.0])}),
    "a shape that is worked out": net(
        [node("Shape", ["x"], ["s"]), node("Gather", ["s", "at"], ["n"]),
         node("Mul", ["n", "two"], ["m"]), node("Unsqueeze", ["m", "first"], ["u"]),
         node("Concat", ["one", "u", "rest"], ["d"], axis=0), node("Reshape", ["x", "d"], ["y"])],
        {"x": (1, 2, 6), "at": C((), [1]), "two": C((), [2]), "first": [0], "one": [1],
         "rest": [-1]}),
    "sizes of a part of a shape": net(
        [node("Shape", ["x"], ["s"], start=1, end=-1), node("Size", ["x"], ["n"]),
         node("Cast", ["n"], ["r"], to=1), node("Concat", ["one", "s", "rest"], ["d"], axis=0),
         node("Reshape", ["x", "d"], ["h"]), node("Div", ["h", "r"], ["y"])],
        {"x": (1, 2, 3, 4), "one": [1], "rest": [-1]}),
}  # fmt: skip

IT = [float(at) for at in range(1, 13)]


def parts(reads: Mapping[str, Read], axis: int, **more: Any) -> Case:
    """A file that adds the second part of what is stored, and multiplies by the first."""
    names = [name for name in reads if name != "x"]
    nodes = [
        node("Split", names, ["p", "q"], axis=axis, **more),
        node("Add", ["x", "q"], ["h"]),
        node("Mul", ["h", "p"], ["y"]),
    ]
    return net(nodes, reads)


WORKED_OUT |= {
    "stored numbers in two parts": parts({"x": (1, 2, 3), "c": C((2, 6), IT)}, 1, num_outputs=2),
    "stored numbers in unequal parts": parts(
        {"x": (1, 2, 3), "c": C((2, 4), IT[:8]), "n": [1, 3]}, -1
    ),
    "where stored numbers are not 0": net(
        [node("NonZero", ["c"], ["i"]), node("Cast", ["i"], ["r"], to=1),
         node("Add", ["x", "r"], ["y"])],
        {"x": (1, 2, 3), "c": C((2, 3), [0.0, 1.0, 0.0, 2.0, 0.0, -1.0])}),
    "a constant of a number": net(
        [node("Constant", [], ["c"], value_float=1.5), node("Add", ["x", "c"], ["y"])],
        {"x": (1, 2, 3)}),
    "a constant of numbers": net(
        [node("Constant", [], ["c"], value_floats=[1.5, 2.0, -1.0]),
         node("Add", ["x", "c"], ["y"])], {"x": (1, 2, 3)}),
    "a constant of a whole number": net(
        [node("Constant", [], ["c"], value_int=2), node("Cast", ["c"], ["r"], to=1),
         node("Mul", ["x", "r"], ["y"])], {"x": (1, 2, 3)}),
    "a constant of whole numbers": net(
        [node("Constant", [], ["c"], value_ints=[1, 3, 2]), node("Reshape", ["x", "c"], ["y"])],
        {"x": (1, 2, 3)}),
    "stored sums from behind": adds("CumSum", C((2, 3), IT[:6]), C((), [1]), reverse=1),
    "stored numbers added to at places": adds(
        "ScatterND", C((2, 3), IT[:6]), C((1, 2), [0, 2]), C((1,), [7.0]), reduction="add",
        opaque=True),
    "upper triangles of two": net(
        [node("Trilu", ["c"], ["t"]), node("Add", ["x", "t"], ["y"])],
        {"x": (1, 2, 2, 3), "c": C((2, 2, 3), IT)}),
    "lower triangles of two": net(
        [node("Trilu", ["c", "k"], ["t"], upper=0), node("Add", ["x", "t"], ["y"])],
        {"x": (1, 2, 3, 2), "c": C((2, 3, 2), IT), "k": C((), [-1])}),
    "a window of Hann": net(
        [node("HannWindow", ["n"], ["w"]), node("Mul", ["x", "w"], ["y"])],
        {"x": (1, 2, 6), "n": C((), [6])}, opaque=True),
    "a range downwards": adds("Range", 3.0, 0.0, -1.0),
    "the sum of all stored": adds("ReduceSum", C((2, 3), IT[:6]), keepdims=0),
    "stored numbers, summed over no axes": adds(
        "ReduceSum", C((2, 3), IT[:6]), noop_with_empty_axes=1),
    "an axis more of stored numbers": adds("Unsqueeze", C((3,), IT[:3]), [0]),
    "an axis less of stored numbers": adds("Squeeze", C((1, 3), IT[:3])),
    "stored numbers flat": adds("Flatten", C((2, 3), IT[:6]), axis=1),
    "rows of stored numbers": adds("Slice", C((4, 3), IT), [1], [3], [0]),
    "rows of stored numbers by places": adds("Gather", C((4, 3), IT), C((2,), [3, 0])),
    "stored numbers where it is true": adds(
        "Where", C((3,), [1, 0, 1], "bool"), C((3,), IT[:3]), C((2, 1), [8.0, 9.0])),
    "stored numbers between two": adds("Clip", C((3,), IT[:3]), 1.5, 2.5),
}  # fmt: skip


def learnt(word: str, dims: tuple[int, ...], *reads: Read, params: int = 24, **more: Any) -> Case:
    """A file that adds to what goes in what an operation makes of learnt numbers."""
    names = [f"c{place}" for place, _ in enumerate(reads)]
    nodes = [node(word, ["w", *names], ["h"], **more), node("Add", ["x", "h"], ["y"])]
    stored = dict(zip(names, reads, strict=True))
    return net(nodes, {"x": (1, 4, 6), "w": W(dims), **stored}, params=params)


# What is learnt is not worked out: where it goes through is written down.
LEARNT = {
    "learnt columns backwards": learnt("Slice", (4, 7), [6], [0], [1], [-1], params=28),
    "some learnt rows": learnt("Slice", (6, 6), [1], [5], params=36),
    "learnt numbers turned": learnt("Transpose", (6, 4), perm=[1, 0]),
    "learnt numbers in another shape": learnt("Reshape", (24,), [4, 6]),
    "learnt numbers flat": learnt("Flatten", (4, 2, 3), axis=1),
    "an axis more of learnt numbers": learnt("Unsqueeze", (6,), [0], params=6),
    "an axis less of learnt numbers": learnt("Squeeze", (1, 4, 6), [0]),
    "learnt numbers repeated": learnt("Tile", (2, 6), [2, 1], params=12),
    "learnt numbers spread": learnt("Expand", (1, 6), [4, 6], params=6),
    "learnt rows by places": learnt("Gather", (6, 6), [3, 1, 0, 5], params=36),
    **{f"{word} of learnt numbers": learnt(word, (4, 6)) for word in ("Neg", "Exp", "Softmax")},
    "learnt numbers as reals": learnt("Cast", (4, 6), to=1),
    "learnt rows joined": learnt("Concat", (1, 6), W((3, 6)), axis=0),
    "learnt columns joined": learnt("Concat", (4, 2), W((4, 4)), axis=-1),
    "learnt columns in two parts": parts({"x": (1, 4, 3), "w": W((4, 6))}, 1, num_outputs=2),
    "learnt rows in unequal parts": parts({"x": (1, 1, 6), "w": W((4, 6)), "n": [3, 1]}, 0),
}

WHOLE = C((2, 2, 2, 2), [1, -2, 3, 0, 2, 1, -1, 4, 0, 5, -3, 2, 1, 1, -2, 3], "int8")
# Scales of powers of 2, and numbers that they divide: nothing is lost by rounding.
POINT = C((), [0], "int8")
FINE, COARSE = C((), [0.125]), C((), [0.5])


def quantised(word: str, names: str, reads: Mapping[str, Read], **more: Any) -> Case:
    """A file that rounds quarters to integers, calculates with them, and gives reals."""
    pads = more.pop("pads", None)
    nodes = [
        node("QuantizeLinear", ["x", "xs", "xz"], ["xq"]),
        node(word, names.split(), ["yq"], **({"pads": pads} if pads else {})),
        node("DequantizeLinear", ["yq", "ys", "yz"], ["y"]),
    ]
    own: dict[str, Read] = {"xs": C((), [0.25]), "xz": POINT, "ys": FINE, "yz": POINT, "wz": POINT}
    return net(nodes, own | {"ws": COARSE} | dict(reads), **more)


def of_integers(word: str, names: str, reads: Mapping[str, Read], **more: Any) -> Case:
    """A file that finds a scale of 1 by itself, calculates with integers, and scales behind."""
    attributes = more.pop("attributes", {})
    nodes = [
        node("Cast", ["i"], ["x"], to=1),
        node("DynamicQuantizeLinear", ["x"], ["xq", "xs", "xz"]),
        node(word, names.split(), ["yq"], **attributes),
        node("Cast", ["yq"], ["yr"], to=1),
        node("Mul", ["yr", "xs"], ["y"]),
    ]
    return net(nodes, reads, **more)


NARROW = C((2, 1, 2, 2), [1, -2, 3, 0, 2, 1, -1, 4], "int8")
TALL, WIDE = (C(dims, [at % 7 - 3 for at in range(128)], "int8") for dims in ((64, 2), (2, 64)))

QUANTISED = {
    "quantised conv": quantised(
        "QLinearConv", "xq xs xz w ws wz ys yz", {"x": (1, 2, 3, 4), "w": WHOLE},
        macs=16 * 6, params=16),
    "quantised conv of a scale for each map, with a bias": quantised(
        "QLinearConv", "xq xs xz w ws wz ys yz b",
        {"x": (1, 2, 3, 4), "w": WHOLE, "ws": C((2,), [0.5, 1.0]), "wz": C((2,), [0, 0], "int8"),
         "b": C((2,), [4, -8], "int32")}, pads=[1, 0, 0, 1], macs=16 * 12, params=18),
    "quantised product": quantised(
        "QLinearMatMul", "xq xs xz w ws wz ys yz",
        {"x": (1, 2, 3), "w": C((3, 2), [1, -2, 3, 0, 2, 1], "int8"), "ws": C((2,), [0.5, 0.25]),
         "wz": C((2,), [0, 0], "int8"), "ys": C((), [0.0625])}, macs=12, params=6),
    "quantised product, stored on the left": quantised(
        "QLinearMatMul", "w ws wz xq xs xz ys yz",
        {"x": (1, 3, 2), "w": C((4, 3), [1, -2, 3, 0, 2, 1, 4, 4, -1, 0, 2, 2], "int8"),
         "wz": C((), [1], "int8")}, macs=24, params=12),
    "conv of integers": of_integers(
        "ConvInteger", "xq w xz", {"i": X((1, 1, 16, 16), 256), "w": NARROW},
        attributes={"strides": [7, 7]}, macs=8 * 9, params=8),
    "conv of integers, less a point": of_integers(
        "ConvInteger", "xq w xz wz",
        {"i": X((1, 1, 16, 16), 256), "w": NARROW, "wz": C((), [2], "int8")},
        attributes={"strides": [7, 7], "pads": [1, 0, 0, 1]}, macs=8 * 9, params=8),
    "product of integers, less a point": of_integers(
        "MatMulInteger", "xq w xz wz",
        {"i": X((1, 4, 64), 256), "w": TALL, "wz": C((), [1], "int8")}, macs=512, params=128),
    "product of integers, less a point for each column": of_integers(
        "MatMulInteger", "xq w xz wz",
        {"i": X((1, 4, 64), 256), "w": TALL, "wz": C((2,), [1, -1], "int8")},
        macs=512, params=128),
    "product of integers, stored on the left": of_integers(
        "MatMulInteger", "w xq", {"i": X((1, 64, 4), 256), "w": WIDE}, macs=512, params=128),
    "reals of integers, a scale for each row": net(
        [node("DequantizeLinear", ["w", "s", "z"], ["r"], axis=0), node("Mul", ["x", "r"], ["y"])],
        {"x": (1, 2, 3), "w": C((2, 3), [1, -2, 3, 0, 2, 1], "int8"),
         "s": C((2,), [0.5, 0.25]), "z": C((2,), [1, -1], "int8")}, params=6),
    "reals of integers, one scale": net(
        [node("DequantizeLinear", ["w", "s"], ["r"]), node("Add", ["x", "r"], ["y"])],
        {"x": (1, 2, 3), "w": C((3,), [1, -2, 3], "int8"), "s": C((1,), [0.5])}, params=3),
}  # fmt: skip

# More than is worked out while a file is read.
MANY = [at % 7 / 4 for at in range(66_000)]


def many(word: str, *reads: Read, results: int = 1, learnt: bool = False, **more: Any) -> Case:
    """A file that adds to what goes in some of 11,000 rows, as an operation leaves them."""
    names = [f"c{place}" for place, _ in enumerate(reads)]
    nodes = [
        node(word, ["w", *names], ["h", "g"][:results], **more),
        node("Add", ["x", "h"], ["y"]),
    ]
    rows = W((11_000, 6)) if learnt else C((11_000, 6), MANY)
    return net(nodes, {"x": (1, 4, 6), "w": rows, **dict(zip(names, reads, strict=True))})


def first(word: str, names: str, reads: Mapping[str, Read], *before: bytes, **more: Any) -> Case:
    """The same of four rows of what an operation makes."""
    is_opaque = more.pop("opaque", False)
    nodes = [
        *before,
        node(word, names.split(), ["h"], **more),
        node("Slice", ["h", "from", "to"], ["g"]),
        node("Add", ["x", "g"], ["y"]),
    ]
    return net(nodes, {"x": (1, 4, 6), "from": [3], "to": [7], **reads}, opaque=is_opaque)


MUCH = {
    "some of many rows": many("Slice", [7], [11], [0]),
    "some of many rows, backwards": many("Slice", [10], [2], [0], [-2]),
    "many rows by places": many("Gather", C((4,), [3, 10_999, -1, 0])),
    "many learnt rows by places": many("Gather", C((4,), [3, 10_999, -1, 0]), learnt=True),
    "many rows in two parts": many("Split", [4, 10_996], results=2, axis=0),
    "many rows joined": first(
        "Concat", "v w", {"v": C((2, 6), MANY[:12]), "w": C((11_000, 6), MANY)}, axis=0),
    "many columns turned": first("Transpose", "w", {"w": C((6, 11_000), MANY)}, perm=[1, 0]),
    "many in another shape": first("Reshape", "w d", {"w": C((66_000,), MANY), "d": [11_000, 6]}),
    "a row spread to many": first("Expand", "w d", {"w": C((1, 6), MANY[:6]), "d": [11_000, 6]}),
    "rows repeated to many": first("Tile", "w d", {"w": C((2, 6), MANY[:12]), "d": [5_500, 1]}),
    "the largest of many, a row, and a number": first(
        "Max", "w v n", {"w": C((11_000, 6), MANY), "v": C((1, 6), MANY[:6]), "n": 0.75},
        opaque=True,
    ),
    "what is left of many": first(
        "Mod", "w n", {"w": C((11_000, 6), MANY), "n": 0.5}, fmod=1, opaque=True
    ),
    "quotients of many": first("Div", "w n", {"w": C((11_000, 6), MANY), "n": 0.375}),
    "many where they are larger": first(
        "Where", "t w n", {"w": C((11_000, 6), MANY), "n": 0.5},
        node("Greater", ["w", "n"], ["t"])),
}  # fmt: skip
