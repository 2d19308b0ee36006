"""Quantised files as ONNX Runtime writes them: functions left to where integers end, its operators.

Scales are powers of 2, and everything that comes out is a multiple of its scale: nothing is
rounded, so that the file and its reals give the same.
"""

from __future__ import annotations

from typing import Any

from tests.importers.onnx_bytes import node
from tests.importers.onnx_cases import C, Case, Read, W, X, net

MICROSOFT = "com.microsoft"
ZERO, FIRST, LAST = (C((), [point], "int8") for point in (0, -128, 127))
QUARTER, EIGHTH, FINE, HUNDREDTH = (C((), [one]) for one in (0.25, 0.125, 1 / 32, 1 / 128))
# What is read: quarters from a zero point of 0, and what comes out: eighths.
SCALES: dict[str, Read] = {"xs": QUARTER, "xz": ZERO, "ys": EIGHTH, "yz": ZERO}
GIVEN = node("QuantizeLinear", ["x", "xs", "xz"], ["xq"])
REAL = node("DequantizeLinear", ["yq", "ys", "yz"], ["y"])


def ended(scale: Read, point: Read | None, dims: tuple[int, ...] = (1, 2, 3, 4)) -> Case:
    """Sums whose function is where their integers end."""
    scaled = ["s", "z"] if point is not None else ["s"]
    nodes = [
        node("Add", ["x", "b"], ["a"]),
        node("QuantizeLinear", ["a", *scaled], ["q"]),
        node("DequantizeLinear", ["q", *scaled], ["y"]),
    ]
    reads: dict[str, Read] = {"x": dims, "b": 0.25, "s": scale}
    return net(nodes, reads | ({"z": point} if point is not None else {}))


def does(word: str, names: str, **attributes: Any) -> bytes:
    """An operator of ONNX Runtime that reads these tensors."""
    return node(word, names.split(), ["yq"], domain=MICROSOFT, **attributes)


def own(word: str, names: str, macs: int = 0, params: int = 0, **more: Any) -> Case:
    """An operator of ONNX Runtime on integers; `reads` beside the usual ones."""
    reads = SCALES | more.pop("reads", {"x": (1, 2, 3, 4)})
    nodes = [GIVEN, does(word, names, **more), REAL]
    return net(nodes, reads, macs=macs, params=params)


MATRIX = C((3, 2), [1, -2, 3, 0, 2, 1], "int8")
ROWS = C((2, 3), [1, 3, 2, -2, 0, 1], "int8")
TABLE = C((4, 3), [1, -2, 3, 0, 2, 1, 4, 4, -1, 0, 2, 2], "int8")
# A number of 100 a step: the function is at its ends, and in the middle.
STEEP: dict[str, Read] = {"x": (1, 2, 3, 4), "xs": C((), [16.0]), "ys": HUNDREDTH, "yz": FIRST}
_STEEP = [node("Mul", ["x", "by"], ["far"]), node("QuantizeLinear", ["far", "xs", "xz"], ["xq"])]


def steep(word: str, **attributes: Any) -> Case:
    """A function of multiples of 16 from -160 on, of which it gives 0, 1 or a half."""
    nodes = [*_STEEP, does(word, "xq xs xz ys yz", **attributes), REAL]
    return net(nodes, SCALES | STEEP | {"by": 64.0})


ENDS = {
    "integers from 0 on": ended(QUARTER, C((), [0], "uint8")),
    "integers of 8 bits without a point": ended(QUARTER, None),
    "integers from their least on": ended(QUARTER, FIRST),
    "integers up to their greatest": ended(QUARTER, LAST),
    "integers of 16 bits from their least on": ended(QUARTER, C((), [-32768], "int16")),
    "integers about 0": ended(QUARTER, ZERO),
    "integers of a scale for each channel": net(
        [node("QuantizeLinear", ["x", "s", "z"], ["q"], axis=1),
         node("DequantizeLinear", ["q", "s", "z"], ["y"], axis=1)],
        {"x": (1, 2, 3, 4), "s": C((2,), [0.25, 0.125]), "z": C((2,), [0, 0], "uint8")}),
    "integers from 0 up to 6": net(
        [node("Mul", ["x", "by"], ["a"]), node("QuantizeLinear", ["a", "s", "z"], ["q"]),
         node("DequantizeLinear", ["q", "s", "z"], ["y"])],
        # 24 steps of 6/255 for each quarter, so that all are where an integer is.
        {"x": (1, 2, 3, 4), "by": 6 * 96 / 255, "s": C((), [6 / 255]), "z": C((), [0], "uint8")}),
}  # fmt: skip

STORED = {
    "stored numbers, quantised as the file runs": net(
        [node("QuantizeLinear", ["w", "s", "z"], ["q"]),
         node("DequantizeLinear", ["q", "s", "z"], ["r"]), node("Mul", ["x", "r"], ["y"])],
        {"x": (1, 2, 3), "w": C((3,), [1.5, -2.0, 0.25]), "s": QUARTER, "z": ZERO}),
    "rows of integers": net(
        [node("Gather", ["w", "i"], ["q"]), node("DequantizeLinear", ["q", "s", "z"], ["y"])],
        {"i": X((1, 3), 4), "w": TABLE, "s": QUARTER, "z": ZERO}, params=12),
    # Blocks of 2 of 5 rows, and of 2 of 3 columns: the last one has fewer.
    "a matrix of integers, rows in blocks": net(
        [node("DequantizeLinear", ["w", "s", "z"], ["r"], axis=0, block_size=2),
         node("MatMul", ["x", "r"], ["y"])],
        {"x": (1, 5), "w": C((5, 2), [1, -2, 3, 0, 2, 1, 4, -8, 7, 5], "int8"),
         "s": C((3, 2), [0.5, 0.25, 1.0, 2.0, 0.125, 4.0]),
         "z": C((3, 2), [0, 1, 2, -1, -3, 0], "int8")},
        macs=10, params=10),
    "a matrix of integers, columns in blocks": net(
        [node("DequantizeLinear", ["w", "s"], ["r"], block_size=2),
         node("MatMul", ["x", "r"], ["y"])],
        {"x": (1, 2), "w": C((2, 3), [1, -2, 3, 0, 2, 1], "int8"),
         "s": C((2, 2), [0.5, 0.25, 1.0, 2.0])}, macs=6, params=6),
    "rows of integers that are turned": net(
        [node("Gather", ["w", "i"], ["q"]), node("Transpose", ["q"], ["t"], perm=[0, 2, 1]),
         does("QLinearAdd", "t xs xz t xs xz ys yz"), REAL],
        SCALES | {"i": X((1, 3), 4), "w": TABLE}, params=12),
}  # fmt: skip

OPERATORS = {
    "conv of integers that ends at 0": net(
        [GIVEN, node("QLinearConv", ["xq", "xs", "xz", "w", "ws", "wz", "ys", "yz"], ["yq"]), REAL],
        SCALES | {"x": (1, 2, 3, 4), "w": C((1, 2, 1, 2), [1, -2, 3, 1], "int8"),
                  "ws": C((), [0.5]), "wz": ZERO, "yz": FIRST}, macs=9 * 4, params=4),
    "sum of integers": net(
        [GIVEN, node("QuantizeLinear", ["b", "bs", "bz"], ["bq"]),
         does("QLinearAdd", "xq xs xz bq bs bz ys yz"), REAL],
        SCALES | {"x": (1, 2, 3, 4), "b": (1, 2, 3, 4), "bs": EIGHTH, "bz": ZERO}),
    "sum of integers that ends at 0": own(
        "QLinearAdd", "xq xs xz w ws wz ys yz", params=4,
        reads={"x": (1, 2, 3, 4), "w": C((4,), [2, -3, 1, 0], "int8"), "ws": C((), [0.5]),
               "wz": C((), [1], "int8"), "yz": FIRST}),
    "product of integers": own(
        "QLinearMul", "xq xs xz w ws wz ys yz", params=4,
        reads={"x": (1, 2, 3, 4), "w": C((4,), [3, 1, -2, 0], "int8"), "ws": C((), [0.5]),
               "wz": ZERO}),
    "matrix of integers, with a bias": own(
        "QGemm", "xq xs xz w ws wz b ys yz", macs=6, params=8,
        reads={"x": (1, 3), "w": MATRIX, "ws": C((2,), [0.5, 1.0]), "wz": C((2,), [0, 0], "int8"),
               "b": C((2,), [4, -8], "int32")}),
    "rows of a matrix of integers": own(
        "QGemm", "xq xs xz w ws wz b ys yz", macs=6, params=8, transB=1,
        reads={"x": (1, 3), "w": ROWS, "ws": C((), [0.5]), "wz": ZERO,
               "b": C((2,), [4, -8], "int32")}),
    "sigmoid of integers": steep("QLinearSigmoid"),
    "shares of integers": steep("QLinearSoftmax", axis=-1, opset=21),
    "slopes of integers": own("QLinearLeakyRelu", "xq xs xz ys yz", alpha=0.5),
    "mean pool of integers": own(
        "QLinearAveragePool", "xq xs xz ys yz", kernel_shape=[1, 2],
        reads={"x": (1, 2, 3, 4)}),
    "mean of maps of integers": own(
        "QLinearGlobalAveragePool", "xq xs xz ys yz", reads={"x": (1, 2, 2, 4), "ys": FINE}),
    "maps of integers joined": own(
        "QLinearConcat", "ys yz xq xs xz xq xs xz", axis=1),
    "one of two integers": net(
        [GIVEN, node("Greater", ["x", "c"], ["is"]),
         does("QLinearWhere", "is xq xs xz w ws wz ys yz"), REAL],
        SCALES | {"x": (1, 2, 3, 4), "c": 0.5, "w": C((4,), [2, -3, 1, 0], "int8"),
                  "ws": C((), [0.5]), "wz": ZERO}, params=4),
}  # fmt: skip

# 20 features in blocks of 16, of which the last one is filled up, for each of 3 rows.
BYTES = C((3, 2, 8), [n * 37 % 256 for n in range(48)], "uint8")
BLOCKS = C((6,), [0.25, 0.5, 0.125, 1.0, 0.25, 0.5])


def of_few_bits(
    reads: dict[str, Read], bits: int = 4, params: int = 60, features: int = 20
) -> Case:
    """A dense layer of ONNX Runtime whose integers lie several in a byte."""
    given: dict[str, Read] = {"x": (1, 2, features), "w": BYTES, "s": BLOCKS}
    given |= reads
    names = ["x", "w", "s", *(name if name in given else "" for name in "zgb")]
    attributes: dict[str, Any] = {"K": features, "N": 3, "bits": bits, "block_size": 16}
    nodes = [node("MatMulNBits", names, ["y"], domain=MICROSOFT, **attributes)]
    return net(nodes, given, macs=2 * 3 * features, params=params)


FEW_BITS = {
    "a product of 4 bits": of_few_bits({}),
    "a product of 4 bits, with zero points": of_few_bits(
        {"z": C((3,), [0x4C, 0x80, 0x1F], "uint8")}
    ),
    "a product of 4 bits, with zero points and a bias": of_few_bits(
        {"z": C((3, 1), [0x4C, 0x80, 0x1F], "uint8"), "b": W((3,))}, params=63
    ),
    "a product of 4 bits, the last block full": of_few_bits({}, params=96, features=32),
    "a product of 4 bits, the last block of one": of_few_bits({}, params=51, features=17),
    "a product of 8 bits": of_few_bits(
        {"w": C((3, 2, 16), [n * 37 % 256 for n in range(96)], "uint8")}, bits=8
    ),
}

INTEGERS = {**ENDS, **STORED, **OPERATORS, **FEW_BITS}
