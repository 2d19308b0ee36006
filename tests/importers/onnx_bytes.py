"""ONNX files written by hand, so that everyday tests need no other program.

Only as much of the format as tests need: https://onnx.ai/onnx/repo-docs/IR.html.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from math import prod


class Inside(bytes):
    """A graph that stands inside of an operation."""


Attribute = int | float | str | Sequence[int] | Sequence[float] | Sequence[str] | bytes
FLOAT, INT64 = 1, 7
# Numbers of the element types, and how they are packed.
ELEMENTS = {
    "float32": (FLOAT, "f"), "uint8": (2, "B"), "int8": (3, "b"), "int16": (5, "h"),
    "int32": (6, "i"), "int64": (INT64, "q"), "bool": (9, "?"),
}  # fmt: skip


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def whole(number: int, value: int) -> bytes:
    return varint(number << 3) + varint(value)


def part(number: int, data: bytes | str) -> bytes:
    data = data.encode() if isinstance(data, str) else data
    return varint(number << 3 | 2) + varint(len(data)) + data


def attribute(name: str, value: Attribute) -> bytes:
    if isinstance(value, Inside):
        return part(1, name) + part(6, value) + whole(20, 5)
    if isinstance(value, bytes):
        return part(1, name) + part(5, value) + whole(20, 4)
    if isinstance(value, int):
        return part(1, name) + whole(3, value) + whole(20, 2)
    if isinstance(value, float):
        return part(1, name) + varint(2 << 3 | 5) + struct.pack("<f", value) + whole(20, 1)
    if isinstance(value, str):
        return part(1, name) + part(4, value) + whole(20, 3)
    if value and isinstance(value[0], str):
        return part(1, name) + b"".join(part(9, str(one)) for one in value) + whole(20, 8)
    if value and isinstance(value[0], float):
        packed = struct.pack(f"<{len(value)}f", *value)
        return part(1, name) + part(7, packed) + whole(20, 6)
    return part(1, name) + b"".join(whole(8, int(one)) for one in value) + whole(20, 7)


def node(
    op: str,
    inputs: Sequence[str],
    outputs: Sequence[str],
    name: str = "",
    metadata: Mapping[str, str] = {},
    domain: str = "",
    **attributes: Attribute,
) -> bytes:
    return b"".join(
        (
            *(part(1, one) for one in inputs),
            *(part(2, one) for one in outputs),
            part(3, name),
            part(4, op),
            *(part(5, attribute(key, value)) for key, value in attributes.items()),
            part(7, domain),
            words(9, metadata),
        )
    )


def tensor(
    name: str, dims: Sequence[int], values: Sequence[float] | None = None, element: str = ""
) -> bytes:
    """A stored tensor of floats, zeros unless they are given; integers make one of int64."""
    is_whole = values is not None and all(isinstance(one, int) for one in values)
    number, code = ELEMENTS[element or ("int64" if is_whole else "float32")]
    raw = bytes(4 * prod(dims))
    if values is not None:
        raw = struct.pack(f"<{len(values)}{code}", *values)
    sizes = b"".join(whole(1, size) for size in dims)
    return sizes + whole(2, number) + part(8, name) + part(9, raw)


def words(number: int, said: Mapping[str, str]) -> bytes:
    """What a program wrote down for other programs."""
    return b"".join(part(number, part(1, key) + part(2, value)) for key, value in said.items())


def info(name: str, dims: Sequence[int | str] | None, element: int = FLOAT) -> bytes:
    shape = b""
    if dims is not None:
        sizes = (whole(1, one) if isinstance(one, int) else part(2, one) for one in dims)
        shape = part(2, b"".join(part(1, size) for size in sizes))
    return part(1, name) + part(2, part(1, whole(1, element) + shape))


def graph_of(
    nodes: Sequence[bytes],
    inputs: Mapping[str, Sequence[int | str]],
    outputs: Sequence[str],
    weights: Mapping[str, Sequence[int] | bytes] = {},
    sizes: Mapping[str, Sequence[int | str]] = {},
) -> Inside:
    """A graph, by itself or inside of an operation; see `model`."""
    parts = (
        *(part(1, one) for one in nodes),
        part(2, "graph"),
        *(
            part(5, one if isinstance(one, bytes) else tensor(name, one))
            for name, one in weights.items()
        ),
        *(part(11, info(name, dims)) for name, dims in inputs.items()),
        *(part(12, info(name, sizes.get(name))) for name in outputs),
    )
    return Inside(b"".join(parts))


def versions(opset: int) -> bytes:
    """Those of the operations: of ONNX's own, and of ONNX Runtime's."""
    return part(8, whole(2, opset)) + part(8, part(1, "com.microsoft") + whole(2, 1))


def model(
    nodes: Sequence[bytes],
    inputs: Mapping[str, Sequence[int | str]],
    outputs: Sequence[str],
    weights: Mapping[str, Sequence[int] | bytes] = {},
    opset: int = 17,
    producer: str = "by hand",
    sizes: Mapping[str, Sequence[int | str]] = {},
    said: Mapping[str, str] = {},
    said_of: Mapping[str, Mapping[str, str]] = {},
) -> bytes:
    """A file; `weights` are shapes of zeros, or tensors; `sizes` are stated of the outputs.

    `said` are words about the graph, and `said_of` about its tensors.
    """
    graph = b"".join(
        (
            graph_of(nodes, inputs, outputs, weights, sizes),
            *(part(13, info(name, None) + words(4, about)) for name, about in said_of.items()),
            words(16, said),
        )
    )
    return whole(1, 8) + part(2, producer) + part(7, graph) + versions(opset)


LENET = model(
    [
        node("Conv", ["image", "w1", "b1"], ["a"], "/conv1/Conv"),
        node("Relu", ["a"], ["b"], "/Relu"),
        node("MaxPool", ["b"], ["c"], "/pool/MaxPool", kernel_shape=[2, 2], strides=[2, 2]),
        node("Flatten", ["c"], ["d"], "/Flatten"),
        node("Gemm", ["d", "w2", "b2"], ["logits"], "/head/fc/Gemm", transB=1),
    ],
    {"image": ["batch", 1, 32, 32]},
    ["logits"],
    {"w1": (6, 1, 5, 5), "b1": (6,), "w2": (10, 1176), "b2": (10,)},
)


def function(name: str, inputs: list[str], outputs: list[str], *nodes: bytes) -> bytes:
    return b"".join(
        (
            part(1, name),
            *(part(4, one) for one in inputs),
            *(part(5, one) for one in outputs),
            *(part(7, one) for one in nodes),
            part(10, "mine"),
        )
    )
