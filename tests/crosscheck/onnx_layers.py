"""One layer as an ONNX node, from the fields as drawn, and what onnxruntime makes of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from tests.crosscheck.draws import Case, Shape, spread, word_padding

np = pytest.importorskip("numpy")
onnx = pytest.importorskip("onnx", reason="cross-checks need the `crosscheck` extra")
onnxruntime = pytest.importorskip("onnxruntime", reason="cross-checks need the `crosscheck` extra")

OPSET = 22
AUTO_PAD = {"same_upper": "SAME_UPPER", "same_lower": "SAME_LOWER", "valid": "VALID"}


class Node(NamedTuple):
    """An operator with the shapes of its inputs (the map first) and its attributes."""

    operator: str
    shapes: tuple[Shape, ...]
    attributes: dict[str, Any]


def node_of(case: Case) -> Node | None:
    """The ONNX node of a drawn case; None where no weight of the wanted shape exists."""
    x = (1, *case.inputs[0])
    rank = len(x) - 2
    fields = case.fields
    if case.kind in ("conv", "conv_transpose"):
        return _convolution(case.kind, fields, x, rank)
    if case.kind in _POOLS:
        attributes = _windowed(fields, x, rank)
        if case.kind != "lp_pool":
            attributes["ceil_mode"] = int(fields.get("ceil_mode", False))
        if case.kind == "avg_pool":
            attributes["count_include_pad"] = int(fields.get("count_include_pad", True))
        if case.kind == "lp_pool":
            attributes |= {
                "p": fields["norm_type"],
                "ceil_mode": int(fields.get("ceil_mode", False)),
            }
        return Node(_POOLS[case.kind], (x,), attributes)
    channels = (case.inputs[0][0],)
    added = {"epsilon": float(fields["eps"])} if "eps" in fields else {}
    if case.kind == "batch_norm":
        return Node("BatchNormalization", (x, *(channels,) * 4), added)
    if case.kind == "instance_norm":
        return Node("InstanceNormalization", (x, channels, channels), added)
    if case.kind == "group_norm":
        attributes = {"num_groups": fields["groups"], **added}
        return Node("GroupNormalization", (x, channels, channels), attributes)
    if case.kind == "local_response_norm":
        names = {"size": "size", "alpha": "alpha", "beta": "beta", "k": "bias"}
        given = {names[name]: value for name, value in fields.items()}
        constants = {name: float(value) for name, value in given.items() if name != "size"}
        return Node("LRN", (x,), constants | {"size": fields["size"]})
    if case.kind == "concat":
        return Node("Concat", tuple((1, *shape) for shape in case.inputs), {"axis": 1})
    if case.kind == "pixel_shuffle":
        mode = fields.get("order", "crd").upper()
        return Node("DepthToSpace", (x,), {"blocksize": fields["factor"], "mode": mode})
    if case.kind == "pixel_unshuffle":
        return Node("SpaceToDepth", (x,), {"blocksize": fields["factor"]})
    raise LookupError(f"no ONNX operator for {case.kind}")


_POOLS = {"max_pool": "MaxPool", "avg_pool": "AveragePool", "lp_pool": "LpPool"}


def _convolution(kind: str, fields: dict[str, Any], x: Shape, rank: int) -> Node | None:
    attributes = _windowed(fields, x, rank)
    groups = x[1] if fields["groups"] == "depthwise" else fields["groups"]
    out = fields["out_channels"]
    kernel = attributes["kernel_shape"]
    attributes["group"] = groups
    if kind == "conv":
        return Node("Conv", (x, (out, x[1] // groups, *kernel)), attributes)
    if out % groups:
        return None
    extra = spread(fields.get("output_padding", 0), rank)
    attributes["output_padding"] = extra
    return Node("ConvTranspose", (x, (x[1], out // groups, *kernel)), attributes)


def _windowed(fields: dict[str, Any], x: Shape, rank: int) -> dict[str, Any]:
    kernel = fields["kernel_size"]
    attributes = {
        "kernel_shape": spread(kernel, rank),
        "strides": spread(fields.get("stride", kernel), rank),
        "dilations": spread(fields.get("dilation", 1), rank),
    }
    padding = fields.get("padding", 0)
    if isinstance(padding, str) and padding in AUTO_PAD:
        return attributes | {"auto_pad": AUTO_PAD[padding]}
    if isinstance(padding, str):
        padding = word_padding(padding, fields, x[1:])
    pairs = [p if isinstance(p, list) else [p, p] for p in spread(padding, rank)]
    # All the befores, then all the afters.
    return attributes | {"pads": [before for before, _ in pairs] + [after for _, after in pairs]}


def run(node: Node) -> Shape | str:
    """Shape of one sample's output, or onnxruntime's refusal in words."""
    found = values(node, [np.zeros(shape, np.float32) for shape in node.shapes])
    return found if isinstance(found, str) else tuple(int(size) for size in found.shape[1:])


def values(node: Node, arrays: list[Any]) -> Any:
    """The output for these inputs, or onnxruntime's refusal in words."""
    state = onnxruntime.capi.onnxruntime_pybind11_state
    refusals = (state.InvalidArgument, state.Fail, state.InvalidGraph, state.RuntimeException)
    try:
        session = onnxruntime.InferenceSession(_model(node, arrays), _options())
        (output,) = session.run(None, dict(_named(arrays)))
    except refusals as error:
        return str(error)
    return output


def _named(arrays: list[Any]) -> list[tuple[str, Any]]:
    """Arrays with their names; an empty one stands for an input that is left out."""
    return [(f"x{number}", array) for number, array in enumerate(arrays) if array.size]


def _model(node: Node, arrays: list[Any]) -> bytes:
    helper = onnx.helper
    inputs = [f"x{number}" if array.size else "" for number, array in enumerate(arrays)]
    graph = helper.make_graph(
        [helper.make_node(node.operator, inputs, ["y"], **node.attributes)],
        "layer",
        [
            helper.make_tensor_value_info(
                name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape
            )
            for name, array in _named(arrays)
        ],
        [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)],
    )
    opsets = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    serialized: bytes = model.SerializeToString()
    return serialized


def _options() -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # Refusals are answers here; the log would repeat each of them.
    options.log_severity_level = 4
    return options
