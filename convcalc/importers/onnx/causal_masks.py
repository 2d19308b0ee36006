"""Masks that PyTorch's dynamo exporter stores for attention that is causal by its own argument.

The array lies in the file beside the model, which no plan opens; the node of the program says it.
Source: `pkg.torch.onnx.fx_node` of torch.onnx of PyTorch 2.13.
"""

from __future__ import annotations

import re

from convcalc.importers.onnx.reader import Graph

# Queries, keys, values, no mask, dropout and `is_causal`, by their places or by their names.
_CAUSAL = re.compile(
    r"scaled_dot_product_attention\.default\]\(args = \(%\w+, %\w+, %\w+"
    r"(?:, None, [\d.]+, True\b|(?:, None(?:, [\d.]+)?)?\), kwargs = \{[^\n}]*\bis_causal: True\b)"
)


def causal_masks(graph: Graph) -> frozenset[str]:
    """Stored arrays that the sum of such an attention reads."""
    return frozenset(
        name
        for one, said in zip(graph.operations, graph.programs, strict=True)
        if one.op == "Add" and _CAUSAL.search(said)
        for name in one.inputs
        if name in graph.initializers
    )
