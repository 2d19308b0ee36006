"""Parameters that PyTorch's dynamo exporter stores once because their numbers are equal.

The ones and zeros of all norms of a model without training become one array. That is no sharing by
the model: the node of the program that an operation comes from still names what it read, one name
for parameters that are tied, and one each for those that are equal. Buffers, and what the exporter
puts there itself, such as the ones of a norm that learns nothing, become one with them as well.
Source: `pkg.torch.onnx.fx_node` of torch.onnx of PyTorch 2.13.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from convcalc.importers.onnx.origins import Origins
from convcalc.importers.onnx.read_by_modules import by_modules, nodes_of
from convcalc.importers.onnx.reader import Graph


class _Read(NamedTuple):
    """What an operation reads as the program has it, by the module's names.

    `missing` are those parameters that are not stored, `buffers` those buffers. `is_all` where the
    rest is calculated: what else is stored, the exporter put there.
    """

    parameters: Sequence[str]
    missing: Sequence[str]
    buffers: Sequence[str] = ()
    is_all: bool = False


class _Own(NamedTuple):
    """What an array is called where it stands for another one, and its parameter, if it is one."""

    name: str
    parameter: str = ""


def each_its_own(graph: Graph, known: Origins) -> tuple[Graph, Origins]:
    """The graph in which layers read their own parameters, by the names of the module.

    Those that are tied stay one, and so does what the file does not tell.
    """
    if not known.nodes or not any(graph.programs):
        return graph, known
    graph, reads = _reads_of(graph, known)
    # What nobody reads by its name is read by what became another operation, as by a product into
    # which a norm went: there it is itself.
    named = {
        name
        for operation, read in zip(graph.operations, reads, strict=True)
        for name in operation.inputs
        if known.parameter_of(name) in read.parameters
    }
    arrays, folded, operations = dict(graph.initializers), dict(known.folded), []
    for operation, read in zip(graph.operations, reads, strict=True):
        instead = {
            name: own
            for name in named.intersection(operation.inputs)
            if (own := _own(name, read, known, operation.name or operation.result)) is not None
        }
        for name, own in instead.items():
            arrays[own.name] = replace(graph.initializers[name], name=own.name)
            if own.parameter:
                folded[own.name] = (own.parameter,)
        inputs = (instead[name].name if name in instead else name for name in operation.inputs)
        operations.append(replace(operation, inputs=tuple(inputs)) if instead else operation)
    added = arrays.keys() - graph.initializers.keys()
    apart = frozenset(folded[own][0] for own in added if own in folded)
    graph = replace(graph, operations=operations, initializers=arrays)
    others = known.others.union(added.difference(folded))
    return graph, known._replace(
        folded=folded, alone=known.alone | apart, apart=apart, others=others
    )


def _reads_of(graph: Graph, known: Origins) -> tuple[Graph, list[_Read]]:
    """What each operation reads; the graph has one for each module where these alone tell it."""
    graph, by_module = by_modules(graph, known)
    stored = {known.parameter_of(name) for name in graph.initializers}
    made = {*graph.inputs, *(name for one in graph.operations for name in one.outputs)}
    found = []
    for at, said in enumerate(graph.programs):
        nodes = nodes_of(said)
        read = by_module.get(at, [known.nodes[node] for node in nodes if node in known.nodes])
        buffers = [known.buffers[node] for node in nodes if node in known.buffers]
        rest = {*nodes}.difference(known.nodes, known.buffers)
        found.append(
            _Read(
                read,
                [target for target in read if target not in stored],
                [target for target in buffers if target not in graph.initializers],
                bool(nodes) and rest <= made,
            )
        )
    return graph, found


def _own(name: str, read: _Read, known: Origins, reader: str) -> _Own | None:
    """What a stored array is where it stands for one that is not stored; None where it is itself.

    A parameter of the layer, a buffer, or what the exporter put there.
    """
    target = known.parameter_of(name)
    if not target or target in read.parameters:
        return None
    if read.missing:
        role = target.rpartition(".")[2]
        alike = [one for one in read.missing if one.rpartition(".")[2] == role] or read.missing
        if len(alike) != 1:
            return None
        # An array that was turned has another layout than the parameter.
        own = f"{alike[0]} in {name}" if name in known.folded else alike[0]
        return _Own(own, alike[0])
    if not read.is_all or name in known.folded:
        return None
    return _Own(read.buffers[0] if len(read.buffers) == 1 else f"{name} in {reader}")
