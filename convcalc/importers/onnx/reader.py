"""An ONNX file as operations and tensors, read on the standard library alone.

The file is mapped, not loaded: weights are passed over by their length, and files beside it
(external data) are not opened. Source: onnx.proto of ONNX 1.23, IR version 13.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from convcalc.importers.decimals import shortest
from convcalc.importers.model import Declared, LimitError, Operation
from convcalc.importers.onnx.scopes import modules
from convcalc.importers.onnx.sorted_operations import in_order
from convcalc.importers.onnx.stored import (
    ELEMENTS,
    MOST_DIMS,
    MOST_NUMBERS,
    Tensors,
    word_pair,
)
from convcalc.importers.onnx.wire import (
    Buffer,
    Span,
    WireError,
    fields,
    floats,
    inner,
    integers,
    number,
    raw,
    text,
)
from convcalc.network.held import Element, Held

MOST_OPERATIONS = 200_000
MOST_TENSORS = 1_000_000
_BRANCHES = ("then_branch", "else_branch")
# How deep branches are read in branches.
_DEEPEST = 8
_DEFAULT_DOMAINS = frozenset({"", "ai.onnx"})


@dataclass(frozen=True, slots=True, eq=False)
class TensorInfo:
    """What a file says of a tensor: its element type, and its sizes where it has them.

    `said` is where the words lie that a program added for other programs.
    """

    element: Element
    dims: Declared | None
    said: tuple[Span, ...] = ()


@dataclass(slots=True, eq=False)
class Graph:
    """The graph of a file, or the body of one of its functions.

    `programs` are, for each operation, the node of the program that it comes from, as its exporter
    writes it down.
    """

    name: str = ""
    operations: list[Operation] = field(default_factory=list)
    programs: list[str] = field(default_factory=list)
    initializers: dict[str, Held] = field(default_factory=dict)
    inputs: dict[str, TensorInfo] = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)
    infos: dict[str, TensorInfo] = field(default_factory=dict)
    said: tuple[Span, ...] = ()

    def sort(self) -> None:
        """Puts each operation behind those that make what it reads."""
        order = in_order(self.operations)
        self.operations = [self.operations[at] for at in order]
        self.programs = [self.programs[at] for at in order]


@dataclass(slots=True, eq=False)
class File:
    """A whole file."""

    producer: str
    opset: int
    graph: Graph
    functions: dict[tuple[str, str], Graph]


class Reader:
    """Reads one file; `held_in` is what its arrays are found in: its path, or its bytes."""

    def __init__(self, data: Buffer, held_in: str | bytes) -> None:
        self.data = data
        self.tensors = Tensors(data, held_in)
        # All operations, those of the main graph among them, and how deep it stands in branches.
        self._count = self._number = self._depth = 0

    def file(self) -> File:
        """The file. Raises WireError where its bytes are no model."""
        producer, version, opset = "", "", 0
        graph: Span | None = None
        functions: dict[tuple[str, str], Graph] = {}
        bodies: list[Span] = []
        for name, value in fields(self.data, (0, len(self.data))):
            match name:
                case 2:
                    producer = text(self.data, value)
                case 3:
                    version = text(self.data, value)
                case 7:
                    graph = inner(value)
                case 8:
                    domain, number_ = self._opset(inner(value))
                    opset = number_ if domain in _DEFAULT_DOMAINS else opset
                case 25:
                    bodies.append(inner(value))
        if graph is None:
            raise WireError("it holds no graph")
        for body in bodies:
            key, function = self._function(body)
            functions[key] = function
        made = self._graph(graph)
        return File(f"{producer} {version}".strip(), opset, made, functions)

    def _opset(self, span: Span) -> tuple[str, int]:
        domain, version = "", 0
        for name, value in fields(self.data, span):
            if name == 1:
                domain = text(self.data, value)
            elif name == 2:
                version = number(value)
        return domain, version

    def _graph(self, span: Span) -> Graph:
        graph = Graph()
        for name, value in fields(self.data, span):
            match name:
                case 1:
                    self._add_operation(graph, inner(value))
                case 5:
                    held = self.tensors.read(inner(value))
                    graph.initializers[held.name] = held
                    if len(graph.initializers) > MOST_TENSORS:
                        raise LimitError(f"has more than {MOST_TENSORS:,} tensors")
                case 11 | 12 | 13:
                    label, info = self._info(inner(value))
                    if name == 11:
                        graph.inputs[label] = info
                    elif name == 12:
                        graph.outputs.append(label)
                    graph.infos.setdefault(label, info)
                case 16:
                    graph.said += (inner(value),)
        graph.sort()
        return graph

    def _function(self, span: Span) -> tuple[tuple[str, str], Graph]:
        graph, domain = Graph(), ""
        nothing = TensorInfo("other", None)
        for name, value in fields(self.data, span):
            match name:
                case 1:
                    graph.name = text(self.data, value)
                case 4:
                    graph.inputs[text(self.data, value)] = nothing
                case 5:
                    graph.outputs.append(text(self.data, value))
                case 7:
                    self._add_operation(graph, inner(value))
                case 10:
                    domain = text(self.data, value)
        graph.sort()
        return (domain, graph.name), graph

    def _add_operation(self, graph: Graph, span: Span) -> None:
        self._count += 1
        if not self._depth:
            self._number += 1
        if self._count > MOST_OPERATIONS:
            raise LimitError(f"has more than {MOST_OPERATIONS:,} operations")
        data = self.data
        inputs: list[str] = []
        outputs: list[str] = []
        attributes: dict[str, object] = {}
        label = op = domain = ""
        metadata: dict[str, str] = {}
        for name, value in fields(data, span):
            match name:
                case 1:
                    inputs.append(text(data, value))
                case 2:
                    outputs.append(text(data, value))
                case 3:
                    label = text(data, value)
                case 4:
                    op = text(data, value)
                case 5:
                    key, found = self._attribute(inner(value))
                    attributes[key] = found
                case 7:
                    domain = text(data, value)
                case 9:
                    key, said = word_pair(data, inner(value))
                    metadata[key] = said
        word = op if domain in _DEFAULT_DOMAINS else f"{domain}.{op}"
        for branch in branches(attributes):
            inputs += [name for name in branch.captured() if name not in inputs]
        path = modules(label, metadata)
        graph.operations.append(
            Operation(word, label, tuple(inputs), tuple(outputs), attributes, path, self._number)
        )
        graph.programs.append(metadata.get("pkg.torch.onnx.fx_node", ""))

    def _attribute(self, span: Span) -> tuple[str, object]:
        """A name, and a number, a text, a tensor, or a tuple of them, or a graph."""
        data = self.data
        key, kind = "", 0
        inside: Span | None = None
        single: object = None
        numbers: list[int] = []
        reals: list[float] = []
        texts: list[str] = []
        for name, value in fields(data, span):
            match name:
                case 1:
                    key = text(data, value)
                case 20:
                    kind = number(value)
                case 2:
                    single = shortest(struct.unpack("<f", raw(data, value)[:4].ljust(4, b"\0"))[0])
                case 3:
                    single = number(value)
                case 4:
                    single = text(data, value)
                case 5:
                    single = self.tensors.read(inner(value))
                case 6:
                    inside = inner(value)
                case 7:
                    reals += map(shortest, floats(data, value))
                case 8:
                    numbers += integers(data, value, MOST_NUMBERS)
                case 9:
                    texts.append(text(data, value))
                case 21:
                    single, kind = Reference(text(data, value)), 0
        if inside is not None:
            return key, self._subgraph(key, inside)
        # A field that is 0 is left out of the file.
        zeros: Mapping[int, object] = {1: 0.0, 2: 0, 3: ""}
        one = single if single is not None else zeros.get(kind)
        return key, one if one is not None else tuple(numbers or reals or texts)

    def _subgraph(self, key: str, span: Span) -> Subgraph:
        """The branch of an If; bodies of loops, and what stands too deep, are not looked into."""
        if key not in _BRANCHES or self._depth == _DEEPEST:
            return Subgraph(None)
        self._depth += 1
        found = Subgraph(self._graph(span))
        self._depth -= 1
        return found

    def _info(self, span: Span) -> tuple[str, TensorInfo]:
        label, info = "", TensorInfo("other", None)
        said: tuple[Span, ...] = ()
        for name, value in fields(self.data, span):
            if name == 1:
                label = text(self.data, value)
            elif name == 2:
                info = self._type(inner(value))
            elif name == 4:
                said += (inner(value),)
        return label, replace(info, said=said) if said else info

    def _type(self, span: Span) -> TensorInfo:
        for name, value in fields(self.data, span):
            if name != 1:
                continue
            element: Element = "other"
            dims: Declared | None = None
            for part, found in fields(self.data, inner(value)):
                if part == 1:
                    element = ELEMENTS.get(number(found), "other")
                elif part == 2:
                    dims = tuple(self._dims(inner(found)))
            return TensorInfo(element, dims)
        return TensorInfo("other", None)

    def _dims(self, span: Span) -> Iterator[int | str]:
        for count, (name, value) in enumerate(fields(self.data, span)):
            if count > MOST_DIMS:
                raise WireError(f"a tensor has more than {MOST_DIMS} axes")
            if name != 1:
                continue
            size: int | str = ""
            for part, found in fields(self.data, inner(value)):
                if part == 1:
                    size = number(found)
                elif part == 2:
                    size = text(self.data, found)
            yield size


@dataclass(frozen=True, slots=True)
class Reference:
    """An attribute of a function's operation that is the attribute of this name of its call."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Subgraph:
    """A branch of an If, which reads tensors around it; None for what is not looked into."""

    graph: Graph | None

    def captured(self) -> Iterator[str]:
        """Names of the tensors around it that it reads."""
        graph = self.graph or Graph()
        own = {name for one in graph.operations for name in one.outputs} | graph.initializers.keys()
        read = [name for one in graph.operations for name in one.inputs]
        return (name for name in dict.fromkeys([*read, *graph.outputs]) if name not in {*own, ""})


def branches(attributes: Mapping[str, object]) -> Iterator[Subgraph]:
    """The graphs among the attributes of an operation."""
    return (one for one in attributes.values() if isinstance(one, Subgraph))
