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
