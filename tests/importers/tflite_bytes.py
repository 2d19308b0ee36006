"""TFLite files written by hand, so that everyday tests need no other program.

Only as much of FlatBuffers and of the schema as tests need:
https://flatbuffers.dev/internals, and schema.fbs of LiteRT.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import NamedTuple

Scalar = tuple[str, float]
Value = "Scalar | Table | Vector | str | list[Table]"
SIZES = {"b": 1, "B": 1, "?": 1, "i": 4, "I": 4, "f": 4, "q": 8, "Q": 8}


class Vector(NamedTuple):
    """Numbers side by side, each of the size that its code has."""

    code: str
    values: Sequence[float] | bytes
    aligned: int = 4


class Table(dict[int, "Scalar | Table | Vector | str | list[Table]"]):
    """A table: values by slots."""


class _Writer:
    """Bytes from the front: what is referred to stands behind what refers to it."""

    def __init__(self) -> None:
        self.out = bytearray()

    def align(self, size: int, before: int = 0) -> None:
        while (len(self.out) + before) % size:
            self.out.append(0)

    def patch(self, at: int, target: int) -> None:
        struct.pack_into("<I", self.out, at, target - at)

    def table(self, table: Table) -> int:
        slots = max(table, default=-1) + 1
        self.align(2)
        listed = len(self.out)
        self.out += struct.pack("<HH", 4 + 2 * slots, 0) + bytes(2 * slots)
        self.align(4)
        at = len(self.out)
        self.out += struct.pack("<i", at - listed)
        children = []
        for slot, value in sorted(table.items()):
            code = value[0] if isinstance(value, tuple) and not isinstance(value, Vector) else "I"
            assert isinstance(code, str)
            self.align(SIZES[code])
            struct.pack_into("<H", self.out, listed + 4 + 2 * slot, len(self.out) - at)
            if isinstance(value, tuple) and not isinstance(value, Vector):
                self.out += struct.pack(f"<{code}", value[1])
            else:
                children.append((len(self.out), value))
                self.out += bytes(4)
        struct.pack_into("<H", self.out, listed + 2, len(self.out) - at)
        for place, child in children:
            self.patch(place, self.child(child))
        return at

    def child(self, value: object) -> int:
        if isinstance(value, Table):
            return self.table(value)
        if isinstance(value, str):
            data = value.encode()
            return self.vector(Vector("B", data + b"\0"), len(data))
        if isinstance(value, Vector):
            width = SIZES[value.code] if isinstance(value.values, bytes) else 1
            return self.vector(value, len(value.values) // width)
        assert isinstance(value, list)
        self.align(4)
        at = len(self.out)
        self.out += struct.pack("<I", len(value)) + bytes(4 * len(value))
        for number, one in enumerate(value):
            self.patch(at + 4 + 4 * number, self.table(one))
        return at

    def vector(self, vector: Vector, count: int) -> int:
        self.align(max(vector.aligned, SIZES[vector.code]), 4)
        at = len(self.out)
        self.out += struct.pack("<I", count)
        if isinstance(vector.values, bytes):
            self.out += vector.values
        else:
            self.out += struct.pack(f"<{len(vector.values)}{vector.code}", *vector.values)
        return at


def written(root: Table, magic: bytes = b"TFL3") -> bytes:
    """A FlatBuffers file with this table."""
    writer = _Writer()
    writer.out += bytes(4) + magic
    writer.align(4)
    writer.patch(0, writer.table(root))
    return bytes(writer.out)


# Numbers of the schema: BuiltinOperator, BuiltinOptions, TensorType.
OPERATORS = {
    "ADD": 0, "AVERAGE_POOL_2D": 1, "CONCATENATION": 2, "CONV_2D": 3, "DEPTHWISE_CONV_2D": 4,
    "DEPTH_TO_SPACE": 5, "DEQUANTIZE": 6, "EMBEDDING_LOOKUP": 7, "FULLY_CONNECTED": 9,
    "L2_NORMALIZATION": 11, "L2_POOL_2D": 12,
    "LOCAL_RESPONSE_NORMALIZATION": 13, "LOGISTIC": 14, "MAX_POOL_2D": 17,
    "MUL": 18, "RELU": 19, "RELU_N1_TO_1": 20, "RELU6": 21, "RESHAPE": 22, "RESIZE_BILINEAR": 23,
    "SOFTMAX": 25, "SPACE_TO_DEPTH": 26, "SVDF": 27, "TANH": 28, "CUSTOM": 32, "PAD": 34,
    "GATHER": 36, "BATCH_TO_SPACE_ND": 37, "SPACE_TO_BATCH_ND": 38, "TRANSPOSE": 39, "MEAN": 40,
    "SUB": 41, "DIV": 42, "SQUEEZE": 43, "UNIDIRECTIONAL_SEQUENCE_LSTM": 44, "STRIDED_SLICE": 45,
    "EXP": 47, "SPLIT": 49, "LOG_SOFTMAX": 50, "CAST": 53, "PRELU": 54, "MAXIMUM": 55,
    "ARG_MAX": 56, "MINIMUM": 57, "NEG": 59, "PADV2": 60, "SLICE": 65, "TRANSPOSE_CONV": 67,
    "TILE": 69, "EXPAND_DIMS": 70, "LOG": 73, "SUM": 74, "SQRT": 75, "RSQRT": 76, "SHAPE": 77,
    "REDUCE_MAX": 82, "PACK": 83, "UNPACK": 88, "REDUCE_MIN": 89, "SQUARE": 92,
    "RESIZE_NEAREST_NEIGHBOR": 97, "LEAKY_RELU": 98, "SQUARED_DIFFERENCE": 99, "MIRROR_PAD": 100,
    "ABS": 101, "SPLIT_V": 102, "ELU": 111, "QUANTIZE": 114, "HARD_SWISH": 117, "IF": 118,
    "REVERSE_V2": 105, "MATRIX_DIAG": 113, "BATCH_MATMUL": 126, "CONV_3D": 132, "GELU": 150,
    "SIN": 66, "COS": 108, "FLOOR": 8, "CEIL": 104, "ROUND": 116, "CUMSUM": 128,
    "REDUCE_PROD": 81, "ARG_MIN": 79, "GATHER_ND": 107, "TOPK_V2": 48, "ADD_N": 106,
    "FLOOR_DIV": 90, "POW": 78, "FLOOR_MOD": 95, "BROADCAST_TO": 130, "RELU_0_TO_1": 152,
    "SELECT": 64, "FILL": 94, "RANGE": 96, "RANK": 110, "LOGICAL_AND": 86, "LOGICAL_OR": 84,
    "LOGICAL_NOT": 87, "SIGN": 158, "REDUCE_ANY": 91, "REDUCE_ALL": 155, "LSTM": 16,
    "BIDIRECTIONAL_SEQUENCE_RNN": 46, "CONV_3D_TRANSPOSE": 141, "UNIDIRECTIONAL_SEQUENCE_RNN": 35,
    "SELECT_V2": 123, "EQUAL": 71, "GREATER": 61, "GREATER_EQUAL": 62, "LESS": 58, "LESS_EQUAL": 63,
    "NOT_EQUAL": 72,
}  # fmt: skip
OPTIONS = {
    "CONV_2D": 1, "DEPTHWISE_CONV_2D": 2, "AVERAGE_POOL_2D": 5, "MAX_POOL_2D": 5,
    "L2_POOL_2D": 5, "SVDF": 6,
    "FULLY_CONNECTED": 8, "SOFTMAX": 9, "CONCATENATION": 10, "ADD": 11, "L2_NORMALIZATION": 12,
    "LOCAL_RESPONSE_NORMALIZATION": 13, "RESIZE_BILINEAR": 15, "RESHAPE": 17,
    "SPACE_TO_DEPTH": 19, "MUL": 21, "GATHER": 23, "MEAN": 27, "SUM": 27, "REDUCE_MAX": 27,
    "REDUCE_MIN": 27, "SUB": 28, "DIV": 29, "SQUEEZE": 30, "STRIDED_SLICE": 32, "SPLIT": 35,
    "CAST": 37, "ARG_MAX": 40, "TRANSPOSE_CONV": 49, "SHAPE": 55, "PACK": 59, "UNPACK": 64,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": 71, "RESIZE_NEAREST_NEIGHBOR": 74, "LEAKY_RELU": 75,
    "MIRROR_PAD": 77, "SPLIT_V": 79, "IF": 92, "DEPTH_TO_SPACE": 94, "BATCH_MATMUL": 101,
    "CONV_3D": 106, "GELU": 116,
    "CUMSUM": 102, "REDUCE_PROD": 27, "ARG_MIN": 57, "CONV_3D_TRANSPOSE": 106,
    "UNIDIRECTIONAL_SEQUENCE_RNN": 31, "REDUCE_ANY": 27, "REDUCE_ALL": 27,
    "BIDIRECTIONAL_SEQUENCE_RNN": 70,
}  # fmt: skip
TYPES = {"float32": 0, "float16": 1, "int32": 2, "uint8": 3, "int64": 4, "bool": 6, "int16": 7,
         "int8": 9}  # fmt: skip
CODES = {"float32": "f", "float16": "e", "int32": "i", "uint8": "B", "int64": "q", "bool": "?",
         "int16": "h", "int8": "b"}  # fmt: skip
SAME, VALID = 0, 1
RELU, RELU6, TANH = 1, 3, 4


@dataclass(frozen=True)
class Tensor:
    """A tensor; `data` are its stored bytes, `scales` and `zeros` how integers are reals."""

    dims: Sequence[int]
    data: bytes | None = None
    element: str = "float32"
    scales: Sequence[float] = ()
    zeros: Sequence[int] = ()
    axis: int = 0
    signature: Sequence[int] = ()
    has_rank: bool = True
    is_variable: bool = False


@dataclass(frozen=True)
class Operator:
    """An operator: its options by slots, or the name of one that is not TFLite's."""

    word: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    options: Mapping[int, Scalar | Vector] = field(default_factory=dict)
    custom: str = ""


def floats(dims: Sequence[int], values: Iterable[float] = ()) -> Tensor:
    """A stored tensor of float32, of zeros unless it is filled."""
    found = list(values) or [0.0] * prod(dims)
    return Tensor(dims, struct.pack(f"<{prod(dims)}f", *found))


def numbers(*values: int, dims: Sequence[int] | None = None) -> Tensor:
    """A stored tensor of int32: sizes, axes, paddings."""
    shape = [len(values)] if dims is None else dims
    return Tensor(shape, struct.pack(f"<{len(values)}i", *values), "int32")


def whole(value: int) -> Scalar:
    """An option that is an int32."""
    return "i", value


def small(value: int) -> Scalar:
    """An option that is one of a list, or true or false."""
    return "b", value


def real(value: float) -> Scalar:
    """An option that is a float."""
    return "f", value


def _tensor(name: str, tensor: Tensor, buffer: int) -> Table:
    table = Table({0: Vector("i", list(tensor.dims)), 1: ("b", TYPES[tensor.element]), 3: name})
    table[2] = ("I", buffer)
    if tensor.scales:
        zeros = list(tensor.zeros) or [0] * len(tensor.scales)
        scaled = Table({2: Vector("f", list(tensor.scales)), 3: Vector("q", zeros)})
        scaled[6] = ("i", tensor.axis)
        table[4] = scaled
    if tensor.signature:
        table[7] = Vector("i", list(tensor.signature))
    if tensor.has_rank:
        table[8] = ("?", 1)
    if tensor.is_variable:
        table[5] = ("?", 1)
    return table


def model(
    operators: Sequence[Operator],
    tensors: Mapping[str, Tensor],
    inputs: Sequence[str],
    outputs: Sequence[str],
    *,
    version: int = 3,
    subgraphs: int = 1,
    signature: Mapping[str, str] = {},
    signed: int = 0,
    description: str = "by hand",
    behind: int = 0,
) -> bytes:
    """A file of these operators; `signature` names inputs of the subgraph `signed`.

    Arrays are said to follow each other from byte `behind` on, unless the tables hold them.
    """
    place = {name: number for number, name in enumerate(tensors)}
    words = list(dict.fromkeys((one.word, one.custom) for one in operators))
    codes = []
    for word, custom in words:
        number = OPERATORS[word]
        code = Table({0: ("b", min(number, 127)), 2: ("i", 1), 3: ("i", number)})
        codes.append(code)
        if custom:
            code[1] = custom
    stored = [one for one in tensors.values() if one.data is not None]
    buffers = [Table()]
    for one in stored:
        data = one.data or b""
        far = Table({1: ("Q", behind), 2: ("Q", len(data))})
        buffers.append(far if behind else Table({0: Vector("B", data, 16)}))
        behind += len(data) if behind else 0
    number_of = {id(one): number for number, one in enumerate(stored, 1)}
    graph = Table(
        {
            0: [_tensor(name, one, number_of.get(id(one), 0)) for name, one in tensors.items()],
            1: Vector("i", [place[name] for name in inputs]),
            2: Vector("i", [place[name] for name in outputs]),
            3: [_operator(one, words.index((one.word, one.custom)), place) for one in operators],
            4: "main",
        }
    )
    root = Table({0: ("I", version), 1: codes, 2: [graph] * subgraphs, 3: description, 4: buffers})
    if signature:
        maps = [
            [Table({0: name, 1: ("I", place[tensor])}) for name, tensor in signature.items()
             if tensor in side]
            for side in (inputs, outputs)
        ]  # fmt: skip
        root[7] = [Table({0: maps[0], 1: maps[1], 2: "serving_default", 4: ("I", signed)})]
    return written(root)


def _operator(one: Operator, code: int, place: Mapping[str, int]) -> Table:
    table = Table(
        {
            0: ("I", code),
            1: Vector("i", [place[name] if name else -1 for name in one.inputs]),
            2: Vector("i", [place[name] for name in one.outputs]),
        }
    )
    if one.word in OPTIONS:
        table[3] = ("B", OPTIONS[one.word])
        table[4] = Table(one.options)
    return table
