"""Equal parameters behind operations of an optimizer, which name no node of the program.

An attention cuts its one bias in parts, by an operation that the optimizer makes. Those of two
attentions without training are one, once their biases are: the modules that read the parts tell
whose they are. Parameters that are tied have one placeholder, the last of theirs, and equal ones
are stored under the first.
Source: torch.export and onnxscript's optimizer, with PyTorch 2.13.
"""

from __future__ import annotations

import re
from dataclasses import replace

from convcalc.importers.model import Operation
from convcalc.importers.onnx.origins import Origins
from convcalc.importers.onnx.reader import Graph

_READ = re.compile(r"%(\w+)")
# So many outputs are written down anew for modules: a file may have each read by another one.
_MOST_PARTS = 4096


def nodes_of(said: str) -> list[str]:
    """The nodes that a node of the program reads.

    >>> nodes_of("%linear : [num_users=1] = call_function[t](args = (%x, %p_w), kwargs = {})")
    ['x', 'p_w']
    """
    return _READ.findall(said.partition("args = ")[2])


def by_modules(graph: Graph, known: Origins) -> tuple[Graph, dict[int, list[str]]]:
    """The graph with one such operation for each module that reads what it makes.

    And the parameters that these read, by the places of the operations.
    """
    told = _Told(graph, known)
    operations: list[Operation] = []
    programs: list[str] = []
    reads: dict[int, list[str]] = {}
    renamed: dict[tuple[str, str], str] = {}
    for operation, said in zip(graph.operations, graph.programs, strict=True):
        owned = {} if said else told.owned(operation)
        for module, read in owned.items():
            reads[len(operations)] = read
            own = operation
            if module != next(iter(owned)):
                outputs = tuple(f"{name} of {module}" for name in operation.outputs)
                renamed |= {
                    (module, name): new
                    for name, new in zip(operation.outputs, outputs, strict=True)
                }
                own = replace(operation, outputs=outputs)
            operations.append(own)
            programs.append("")
        if not owned:
            module = _module(operation)
            inputs = tuple(renamed.get((module, name), name) for name in operation.inputs)
            is_same = inputs == operation.inputs
            operations.append(operation if is_same else replace(operation, inputs=inputs))
            programs.append(said)
    return replace(graph, operations=operations, programs=programs), reads


class _Told:
    """Whose parameters an operation reads, by the modules of those that read what it makes."""

    def __init__(self, graph: Graph, known: Origins) -> None:
        self._known = known
        self._initializers = graph.initializers
        self._ends = {*graph.outputs}
        self._readers: dict[str, list[str]] = {}
        for operation, said in zip(graph.operations, graph.programs, strict=True):
            for name in operation.inputs:
                self._readers.setdefault(name, []).append(_module(operation) if said else "")
        targets = dict.fromkeys(known.nodes.values())
        self._places = {target: place for place, target in enumerate(targets)}
        named = {known.nodes.get(node) for said in graph.programs for node in nodes_of(said)}
        self._taken = named | {known.parameter_of(name) for name in graph.initializers}

    def owned(self, operation: Operation) -> dict[str, list[str]]:
        """The parameters that it reads, for each module that reads it; none where none is told."""
        targets = [
            target for name in operation.inputs if (target := self._known.parameter_of(name))
        ]
        is_of_stored = all(not name or name in self._initializers for name in operation.inputs)
        if not targets or not is_of_stored or not self._ends.isdisjoint(operation.outputs):
            return {}
        modules = dict.fromkeys(
            module for name in operation.outputs for module in self._readers.get(name, ())
        )
        if len(modules) * len(operation.outputs) > _MOST_PARTS:
            return {}
        found = {module: [self._own(target, module) for target in targets] for module in modules}
        return found if all(all(read) for read in found.values()) else {}

    def _own(self, target: str, module: str) -> str:
        """The module's own parameter of the same role: that, or one that was stored as that."""
        own = f"{module}.{target.rpartition('.')[2]}" if module else ""
        if own == target:
            return own
        is_behind = self._places.get(own, -1) > self._places[target]
        return own if is_behind and own not in self._taken else ""


def _module(operation: Operation) -> str:
    """The innermost module of an operation."""
    return operation.path[-1].name if operation.path else ""
