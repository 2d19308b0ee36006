"""Archives of exported programs written by hand, after `torch._export.serde.schema` 8.20."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

Sizes = Sequence[Any]


def union(value: Any) -> dict[str, Any]:
    """An argument as the schema writes it; a name of a tensor begins with `%`."""
    if value is None:
        return {"as_none": True}
    if isinstance(value, bool):
        return {"as_bool": value}
    if isinstance(value, str):
        return {"as_tensor": {"name": value[1:]}} if value[:1] == "%" else {"as_string": value}
    if isinstance(value, int | float):
        return {"as_int" if isinstance(value, int) else "as_float": value}
    if value and isinstance(value[0], str):
        return {"as_tensors": [{"name": one[1:]} for one in value]}
    if value and isinstance(value[0], float):
        return {"as_floats": list(value)}
    return {"as_ints": list(value)}


def node(
    op: str, outputs: str | Sequence[str], modules: Sequence[str] = (), /, **inputs: Any
) -> dict[str, Any]:
    """`aten.relu` of `self="%x"`; `modules` are pairs `path:Class`, outermost first."""
    stack = ";".join(
        f"L__self__{path.replace('.', '_')},{path},torch.nn.modules.m.{kind}"
        for path, _, kind in (one.partition(":") for one in modules)
    )
    names = [outputs] if isinstance(outputs, str) else list(outputs)
    given = [{"name": name, "arg": union(value), "kind": 1} for name, value in inputs.items()]
    made: dict[str, Any] = {"as_tensor": {"name": names[0]}}
    if not isinstance(outputs, str):
        made = {"as_tensors": [{"name": name} for name in names]}
    return {
        "target": f"torch.ops.{op}.default",
        "inputs": given,
        "outputs": [made],
        "metadata": {"nn_module_stack": stack} if stack else {},
        "name": names[0],
    }


def program(
    nodes: Sequence[Mapping[str, Any]],
    inputs: Mapping[str, Sizes],
    outputs: Sequence[str],
    shapes: Mapping[str, Sizes],
    weights: Mapping[str, tuple[str, Sizes]] | None = None,
    major: int = 8,
    buffers: Mapping[str, tuple[str, Sizes]] | None = None,
) -> dict[str, Any]:
    """The JSON of a program; `weights` are tensors by name: the module's name, and the sizes."""
    weights, buffers = weights or {}, buffers or {}
    stored = {**weights, **buffers}
    sizes = {name: one for name, (_, one) in stored.items()} | dict(inputs) | dict(shapes)
    return {
        "schema_version": {"major": major, "minor": 20},
        "torch_version": "2.13.0",
        "graph_module": {
            "graph": {
                "inputs": [],
                "outputs": [],
                "nodes": list(nodes),
                "tensor_values": {name: meta(one) for name, one in sizes.items()},
                "sym_int_values": {},
            },
            "signature": {
                "input_specs": [
                    *(
                        {"parameter": {"arg": {"name": name}, "parameter_name": path}}
                        for name, (path, _) in weights.items()
                    ),
                    *(
                        {"buffer": {"arg": {"name": name}, "buffer_name": path}}
                        for name, (path, _) in buffers.items()
                    ),
                    *({"user_input": {"arg": union(f"%{name}")}} for name in inputs),
                ],
                "output_specs": [{"user_output": {"arg": union(f"%{name}")}} for name in outputs],
            },
        },
    }


def meta(sizes: Sizes) -> dict[str, Any]:
    """What is said of a tensor of float32; a text is an open size, which is 4 in the example."""
    written = [
        {"as_expr": {"expr_str": one, "hint": {"as_int": 4}}}
        if isinstance(one, str)
        else {"as_int": one}
        for one in sizes
    ]
    return {"dtype": 7, "sizes": written}


def archive(
    found: object, name: str = "models/model.json", more: Mapping[str, bytes] = {}
) -> bytes:
    """An archive with this JSON (or these bytes) as its program, and other entries."""
    data = found if isinstance(found, bytes) else json.dumps(found).encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as opened:
        opened.writestr(f"m/{name}", data)
        opened.writestr("m/archive_format", "pt2")
        for entry, held in more.items():
            opened.writestr(f"m/{entry}", held)
    return stream.getvalue()


# A convolution, and a dense layer over what stands at each of its positions.
STEM = [":Net", "stem:Sequential", "stem.conv:Conv2d"]


NET = program(
    [
        node(
            "aten.conv2d", "conv2d", STEM,
            input="%x", weight="%w", bias="%b", stride=[2, 2], padding=[1, 1],
        ),
        node("aten.relu_", "relu_", [":Net", "stem:Sequential", "stem.act:ReLU"], self="%conv2d"),
        node("aten.flatten", "flatten", [":Net"], self="%relu_", start_dim=2),
        node("aten.transpose", "transpose", [":Net"], self="%flatten", dim0=1, dim1=2),
        node("aten.linear", "linear", [":Net", "head:Linear"], input="%transpose", weight="%h"),
        node("aten.add", "add", [":Net"], self="%transpose", other=0.5),
    ],
    {"x": [1, 3, 8, 8]},
    ["linear"],
    {
        "conv2d": [1, 6, 4, 4],
        "relu_": [1, 6, 4, 4],
        "flatten": [1, 6, 16],
        "transpose": [1, 16, 6],
        "linear": [1, 16, 5],
        "add": [1, 16, 6],
    },
    {
        "w": ("stem.conv.weight", [6, 3, 3, 3]),
        "b": ("stem.conv.bias", [6]),
        "h": ("head.weight", [5, 6]),
    },
)  # fmt: skip


# Attention of two heads, whose axes are moved there and back.
HEADS = program(
    [
        node("aten.linear", "qkv", [":Net", "qkv:Linear"], input="%x", weight="%w"),
        node("aten.view", "view", self="%qkv", size=[1, 10, 3, 2, 4]),
        node("aten.permute", "permute", self="%view", dims=[2, 0, 3, 1, 4]),
        node("aten.unbind", ["q", "k", "v"], self="%permute"),
        node("aten.scaled_dot_product_attention", "sdpa", query="%q", key="%k", value="%v"),
        node("aten.transpose", "turned", self="%sdpa", dim0=1, dim1=2),
        node("aten.reshape", "joined", self="%turned", shape=[1, 10, 8]),
    ],
    {"x": [1, 10, 8]},
    ["joined"],
    {"qkv": [1, 10, 24], "q": [1, 2, 10, 4], "sdpa": [1, 2, 10, 4], "joined": [1, 10, 8]},
    {"w": ("qkv.weight", [24, 8])},
)
