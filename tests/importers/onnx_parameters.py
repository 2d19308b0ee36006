"""ONNX files as networks, and what the dynamo exporter says of their parameters."""

from __future__ import annotations

import convcalc
from convcalc.importers.network import ForeignNetwork


def network_of(data: bytes) -> ForeignNetwork:
    network = convcalc.loads(data, "net.onnx")
    assert isinstance(network, ForeignNetwork)
    return network


def rows_of(data: bytes) -> list[tuple[str, int]]:
    return [(row.kind, row.params) for row in convcalc.plan(network_of(data))]


SIGNATURES = {
    "2.13": (
        "# inputs\np_w: PARAMETER target='net.w'\np_v: PARAMETER target='v'\n"
        "b_t: BUFFER target='t' persistent=True\nx: USER_INPUT"
    ),
    "2.6": (
        "ExportGraphSignature(input_specs=[InputSpec(kind=<InputKind.PARAMETER: 2>, "
        "arg=TensorArgument(name='p_w'), target='net.w', persistent=None), "
        "InputSpec(kind=<InputKind.PARAMETER: 2>, arg=TensorArgument(name='p_v'), target='v', "
        "persistent=None), InputSpec(kind=<InputKind.BUFFER: 3>, "
        "arg=TensorArgument(name='b_t'), target='t', persistent=True)])"
    ),
}


FOLDED = "pkg.onnxscript.optimizer.folded_from"


KIND = "pkg.torch.export.graph_signature.InputSpec.kind"


def said(version: str = "2.13") -> dict[str, str]:
    return {"pkg.torch.export.ExportedProgram.graph_signature": SIGNATURES[version]}


NODE = "pkg.torch.onnx.fx_node"


SCOPES = "pkg.torch.onnx.name_scopes"
