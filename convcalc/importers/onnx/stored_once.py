"""Parameters that PyTorch's dynamo exporter stores once because their numbers are equal.

The ones and zeros of all norms of a model without training become one array. That is no sharing by
the model: the node of the program that an operation comes from still names what it read, one name
for parameters that are tied, and one each for those that are equal.
Source: `pkg.torch.onnx.fx_node` of torch.onnx of PyTorch 2.13.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from convcalc.importers.onnx.origins import Origins
from convcalc.importers.onnx.reader import Graph

# `%linear : [num_users=1] = call_function[...](args = (%x, %p_weight), kwargs = {})`
_READ = re.compile(r"%(\w+)")


def each_its_own(graph: Graph, known: Origins) -> tuple[Graph, Origins]:
    """The graph in which layers read their own parameters, by the names of the module.

    Those that are tied stay one, and so does what the file does not tell.
    """
    if not known.nodes or not any(graph.programs):
        return graph, known
    stored = {known.parameter_of(name) for name in graph.initializers}
    arrays = dict(graph.initializers)
    operations, folded = [], dict(known.folded)
    reads = [
        [known.nodes[node] for node in _READ.findall(said) if node in known.nodes]
        for said in graph.programs
    ]
    # What nobody reads by its name is read by what became another operation, as by a product into
    # which a norm went: there it is itself.
    named = {
        name
        for operation, read in zip(graph.operations, reads, strict=True)
        for name in operation.inputs
        if known.parameter_of(name) in read
    }
    for operation, read in zip(graph.operations, reads, strict=True):
        missing = [target for target in read if target not in stored]
        inputs = tuple(
            _own_name(name, read, missing, known) if name in named else name
            for name in operation.inputs
        )
        for name, own in zip(operation.inputs, inputs, strict=True):
            if own != name:
                arrays[own] = replace(graph.initializers[name], name=own)
                folded[own] = (own.removesuffix(f" in {name}"),)
        operations.append(replace(operation, inputs=inputs) if missing else operation)
    apart = frozenset(folded[own][0] for own in arrays if own not in graph.initializers)
    graph = replace(graph, operations=operations, initializers=arrays)
    return graph, known._replace(folded=folded, alone=known.alone | apart, apart=apart)


def _own_name(name: str, read: Sequence[str], missing: Sequence[str], known: Origins) -> str:
    """What a stored array is called where it stands for a parameter that has none of its own."""
    target = known.parameter_of(name)
    if not target or target in read:
        return name
    role = target.rpartition(".")[2]
    alike = [one for one in missing if one.rpartition(".")[2] == role] or missing
    if len(alike) != 1:
        return name
    # An array that was turned has another layout than the parameter.
    return f"{alike[0]} in {name}" if name in known.folded else alike[0]
