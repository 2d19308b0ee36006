"""An ONNX file as operations and tensors, read on the standard library alone.

The file is mapped, not loaded: weights are passed over by their length, and files beside it
(external data) are not opened. Source: onnx.proto of ONNX 1.23, IR version 13.
"""

from __future__ import annotations

import ast
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from convcalc.importers.model import Declared, Module, Operation
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
from convcalc.network.held import ITEM_BYTES, Element, Held, InFile, Made, Written

# Element types by their number in TensorProto.DataType.
ELEMENTS: dict[int, Element] = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64",
    9: "bool", 10: "float16", 11: "float64", 12: "uint32", 13: "uint64", 16: "bfloat16",
    21: "uint4", 22: "int4",
}  # fmt: skip
_CODES = {
    "float32": "f", "float64": "d", "float16": "e", "int8": "b", "int16": "h", "int32": "i",
    "int64": "q", "uint8": "B", "uint16": "H", "uint32": "I", "uint64": "Q", "bool": "?",
}  # fmt: skip
MOST_OPERATIONS = 200_000
MOST_TENSORS = 1_000_000
_MOST_DIMS = 64
_MOST_NUMBERS = 1_000_000
# Tensors up to so many bytes are read at once: sizes, scales, epsilons.
_SMALL_BYTES = 1024
_SMALL_INTEGERS = 65_536
# Reals that stand for what somebody wrote: factors, epsilons.
_FEW = 8
_DEFAULT_DOMAINS = frozenset({"", "ai.onnx"})


@dataclass(frozen=True, slots=True, eq=False)
class TensorInfo:
    """What a file says of a tensor: its element type, and its sizes where it has them."""

    element: Element
    dims: Declared | None


@dataclass(slots=True, eq=False)
class Graph:
    """The graph of a file, or the body of one of its functions."""

    name: str = ""
    operations: list[Operation] = field(default_factory=list)
    initializers: dict[str, Held] = field(default_factory=dict)
    inputs: dict[str, TensorInfo] = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)
    infos: dict[str, TensorInfo] = field(default_factory=dict)


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
        self.held_in = held_in
        self._count = 0

    def file(self) -> File:
        """The file. Raises WireError where its bytes are no model."""
        producer, version, opset = "", "", 0
        graph: Span | None = None
        functions: dict[tuple[str, str], Graph] = {}
        bodies: list[Span] = []
        for name, value in fields(self.data, (0, len(self.data))):
            if name == 2:
                producer = text(self.data, value)
            elif name == 3:
                version = text(self.data, value)
            elif name == 7:
                graph = inner(value)
            elif name == 8:
                domain, number_ = self._opset(inner(value))
                opset = number_ if domain in _DEFAULT_DOMAINS else opset
            elif name == 25:
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
            if name == 1:
                graph.operations.append(self._operation(inner(value)))
            elif name == 2:
                graph.name = text(self.data, value)
            elif name == 5:
                held = self.tensor(inner(value))
                graph.initializers[held.name] = held
                if len(graph.initializers) > MOST_TENSORS:
                    raise WireError(f"it holds more than {MOST_TENSORS:,} tensors")
            elif name in (11, 12, 13):
                label, info = self._info(inner(value))
                if name == 11:
                    graph.inputs[label] = info
                elif name == 12:
                    graph.outputs.append(label)
                graph.infos.setdefault(label, info)
        return graph

    def _function(self, span: Span) -> tuple[tuple[str, str], Graph]:
        graph, domain = Graph(), ""
        nothing = TensorInfo("other", None)
        for name, value in fields(self.data, span):
            if name == 1:
                graph.name = text(self.data, value)
            elif name == 4:
                graph.inputs[text(self.data, value)] = nothing
            elif name == 5:
                graph.outputs.append(text(self.data, value))
            elif name == 7:
                graph.operations.append(self._operation(inner(value)))
            elif name == 10:
                domain = text(self.data, value)
        return (domain, graph.name), graph

    def _operation(self, span: Span) -> Operation:
        self._count += 1
        if self._count > MOST_OPERATIONS:
            raise WireError(f"it holds more than {MOST_OPERATIONS:,} operations")
        data = self.data
        inputs: list[str] = []
        outputs: list[str] = []
        attributes: dict[str, object] = {}
        label = op = domain = ""
        metadata: dict[str, str] = {}
        for name, value in fields(data, span):
            if name == 1:
                inputs.append(text(data, value))
            elif name == 2:
                outputs.append(text(data, value))
            elif name == 3:
                label = text(data, value)
            elif name == 4:
                op = text(data, value)
            elif name == 5:
                key, found = self._attribute(inner(value))
                attributes[key] = found
            elif name == 7:
                domain = text(data, value)
            elif name == 9:
                key, entry = self._entry(inner(value))
                metadata[key] = entry
        word = op if domain in _DEFAULT_DOMAINS else f"{domain}.{op}"
        return Operation(
            word,
            label,
            tuple(inputs),
            tuple(outputs),
            attributes,
            modules(label, metadata),
            self._count,
        )

    def _entry(self, span: Span) -> tuple[str, str]:
        key = value = ""
        for name, found in fields(self.data, span):
            if name == 1:
                key = text(self.data, found)
            elif name == 2:
                value = text(self.data, found)
        return key, value

    def _attribute(self, span: Span) -> tuple[str, object]:
        """A name, and a number, a text, a tensor, or a tuple of them; a graph is left unread."""
        data = self.data
        key, kind = "", 0
        single: object = None
        numbers: list[int] = []
        reals: list[float] = []
        texts: list[str] = []
        for name, value in fields(data, span):
            if name == 1:
                key = text(data, value)
            elif name == 20:
                kind = number(value)
            elif name == 2:
                single = shortest(struct.unpack("<f", raw(data, value)[:4].ljust(4, b"\0"))[0])
            elif name == 3:
                single = number(value)
            elif name == 4:
                single = text(data, value)
            elif name == 5:
                single = self.tensor(inner(value))
            elif name == 6:
                single = Subgraph()
            elif name == 7:
                reals += map(shortest, floats(data, value))
            elif name == 8:
                numbers += integers(data, value, _MOST_NUMBERS)
            elif name == 9:
                texts.append(text(data, value))
            elif name == 21:
                single, kind = Reference(text(data, value)), 0
        lists: Mapping[int, object] = {6: tuple(reals), 7: tuple(numbers), 8: tuple(texts)}
        # A field that is 0 is left out of the file.
        zeros: Mapping[int, object] = {1: 0.0, 2: 0, 3: ""}
        if kind in lists:
            return key, lists[kind]
        if single is None and kind in zeros:
            return key, zeros[kind]
        return key, single if single is not None else tuple(numbers or reals or texts)

    def tensor(self, span: Span) -> Held:
        """A stored tensor; its elements are read where they are few."""
        data = self.data
        dims: list[int] = []
        name, code = "", 0
        where: Span | None = None
        numbers: list[Span | int] = []
        reals: list[float] = []
        is_packed_float = False
        external: dict[str, str] = {}
        for number_, value in fields(data, span):
            if number_ == 1:
                dims += integers(data, value, _MOST_DIMS)
            elif number_ == 2:
                code = number(value)
            elif number_ == 8:
                name = text(data, value)
            elif number_ == 9:
                where = inner(value)
            elif number_ in (4, 10):
                start, end = inner(value)
                # Packed floats lie as raw ones do; single ones are few.
                if end - start > 8 and not reals:
                    where, is_packed_float = (start, end), True
                else:
                    size = "f" if number_ == 4 else "d"
                    width = 4 if number_ == 4 else 8
                    count = (end - start) // width
                    reals += struct.unpack(f"<{count}{size}", data[start : start + count * width])
            elif number_ in (5, 7, 11):
                numbers.append(value)
            elif number_ == 13:
                key, entry = self._entry(inner(value))
                external[key] = entry
        if any(size < 0 for size in dims):
            raise WireError(f"tensor {name!r:.60} has a negative size")
        shape = tuple(dims)
        element: Element = ELEMENTS.get(code, "other")
        held = Held(name, shape, element, Written(()))
        if external:
            return replace(held, source=self._outside(external, held))
        if where is not None:
            return self._stored(held, where, is_packed_float)
        if reals:
            return replace(held, source=Written(tuple(map(shortest, reals))))
        return replace(held, source=self._listed(held, numbers))

    def _stored(self, held: Held, where: Span, is_packed_float: bool) -> Held:
        start, end = where
        width = ITEM_BYTES.get(held.element, 0)
        if is_packed_float and held.element not in ("float32", "float64"):
            raise WireError(f"tensor {held.name!r:.60} holds floats and says {held.element}")
        if width and held.count * width != end - start:
            raise WireError(
                f"tensor {held.name!r:.60} of {held.count:,} elements of {held.element} has "
                f"{end - start:,} bytes"
            )
        is_integer = held.element.startswith(("int", "uint", "bool"))
        most = _SMALL_INTEGERS if is_integer else _SMALL_BYTES
        if held.element in _CODES and end - start <= most:
            values = struct.unpack(f"<{held.count}{_CODES[held.element]}", self.data[start:end])
            if held.element == "float32" and len(values) <= _FEW:
                values = tuple(map(shortest, values))
            return replace(held, source=Written(values))
        # States to begin with, masks: what is nothing but zeros says so.
        if end - start <= _SMALL_INTEGERS and not any(self.data[start:end]):
            return replace(held, source=Written((0.0,) * held.count))
        return replace(held, source=InFile(self.held_in, start, end - start))

    def _listed(self, held: Held, numbers: list[Span | int]) -> Written | Made:
        """Elements that stand as varints: int32_data has all small types, float16 as bits."""
        if sum(1 if isinstance(one, int) else one[1] - one[0] for one in numbers) > _SMALL_INTEGERS:
            spans = tuple(InFile(self.held_in, a, b - a) for a, b in map(inner, numbers))
            parts = tuple(Held(held.name, (one.length,), "uint8", one) for one in spans)
            return Made("varints", parts, {"element": held.element})
        found: list[int | float] = []
        for one in numbers:
            found += integers(self.data, one, _MOST_NUMBERS)
        if held.element == "float16":
            bits = struct.pack(f"<{len(found)}H", *(int(one) & 0xFFFF for one in found))
            found = list(struct.unpack(f"<{len(found)}e", bits))
        elif held.element == "bfloat16":
            bits = struct.pack(f"<{len(found)}I", *((int(one) & 0xFFFF) << 16 for one in found))
            found = list(struct.unpack(f"<{len(found)}f", bits))
        is_packed = held.element not in ITEM_BYTES
        if len(found) != held.count and found and not is_packed:
            raise WireError(f"tensor {held.name!r:.60} has {len(found)} of {held.count} elements")
        return Written(tuple(found))

    def _outside(self, entries: Mapping[str, str], held: Held) -> InFile:
        """Where a tensor lies in the file beside this one, which is not opened here."""
        location = entries.get("location", "")
        path = PurePath(location)
        if not location or path.name != location or "\\" in location or location.startswith("."):
            raise WireError(
                f"tensor {held.name!r:.60} lies in {location!r:.80}, which is no plain file name "
                "beside the model"
            )
        if not isinstance(self.held_in, str):
            return InFile("", 0, 0)
        start = _whole(entries.get("offset", "0"))
        width = ITEM_BYTES.get(held.element, 1)
        length = _whole(entries.get("length", str(held.count * width)))
        return InFile(str(PurePath(self.held_in).parent / location), start, length)

    def _info(self, span: Span) -> tuple[str, TensorInfo]:
        label, info = "", TensorInfo("other", None)
        for name, value in fields(self.data, span):
            if name == 1:
                label = text(self.data, value)
            elif name == 2:
                info = self._type(inner(value))
        return label, info

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
            if count > _MOST_DIMS:
                raise WireError(f"a tensor has more than {_MOST_DIMS} axes")
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


class Subgraph:
    """The body of an If, a Loop or a Scan, which is not looked into."""


def _whole(word: str) -> int:
    if not word.isascii() or not word.isdigit() or len(word) > 18:
        raise WireError(f"{word!r:.40} is no number of bytes")
    return int(word)


def shortest(value: float) -> float:
    """The shortest decimal that is this float32: what its writer meant.

    >>> shortest(9.999999747378752e-06), shortest(0.10000000149011612)
    (1e-05, 0.1)
    """
    if value != value or value in (float("inf"), float("-inf")) or value == int(value):
        return value
    packed = struct.pack("<f", value)
    for digits in (6, 7, 8):
        near = float(f"{value:.{digits}g}")
        if struct.pack("<f", near) == packed:
            return near
    return value


def modules(name: str, metadata: Mapping[str, str]) -> tuple[Module, ...]:
    """The modules that a node belongs to, outermost first.

    TorchScript exports keep them in the node's name, dynamo ones in its metadata.

    >>> [module.name for module in modules("/layer1/layer1.0/conv1/Conv", {})]
    ['layer1', 'layer1.0', 'layer1.0.conv1']
    """
    scopes = metadata.get("pkg.torch.onnx.name_scopes", "")
    if scopes:
        names = _listed_words(scopes)[:-1]
        classes = _listed_words(metadata.get("pkg.torch.onnx.class_hierarchy", ""))
        types = [one.rpartition(".")[2] for one in classes[: len(names)]]
        types += [""] * (len(names) - len(types))
        pairs = zip(names, types, strict=True)
        return tuple(Module(one, type_) for one, type_ in pairs if one)
    if not name.startswith("/") or len(name) > 4096:
        return ()
    found: list[Module] = []
    for part in name.split("/")[1:-1]:
        outer = found[-1].name if found else ""
        # `layer1.0` in `layer1` is its whole name already, `conv1` in `layer1.0` is not.
        whole_name = part if not outer or part.startswith(f"{outer}.") else f"{outer}.{part}"
        found.append(Module(whole_name))
    return tuple(found)


def _listed_words(text_: str) -> list[str]:
    """A list of words as Python writes it; none where it is something else."""
    if len(text_) > 10_000:
        return []
    try:
        found = ast.literal_eval(text_)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []
    return [str(one) for one in found] if isinstance(found, list) else []
