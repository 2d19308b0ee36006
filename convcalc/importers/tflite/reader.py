"""A TFLite file as tensors and operators: its tables are read, its buffers are not.

Source: schema.fbs of LiteRT 2; the numbers of slots are those of its fields.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from convcalc.core.shapes import Shape
from convcalc.core.text import in_words
from convcalc.importers.decimals import shortest
from convcalc.importers.tensorflow_names import input_name
from convcalc.importers.tflite.flat import Buffer, Flat, FlatError, Span, Table
from convcalc.importers.tflite.schema import CUSTOM, ELEMENTS, OPERATORS
from convcalc.importers.tflite.values import File, Operator, Scales, Tensor
from convcalc.kinds.base.field_values import MAX_COUNT
from convcalc.network.held import ITEM_BYTES, Absent, Element, Held, InFile, Made, Written

_MAGIC = b"TFL3"
VERSION = 3
MOST_OPERATORS = 100_000
MOST_TENSORS = 1_000_000
_MOST_DIMS = 16
# Axes that one sample may have without a batch.
_MOST_OF_ONE = 3
# As ONNX's reader has it: tensors up to so many bytes are read at once.
_SMALL_BYTES = 1024
_SMALL_INTEGERS = 65_536
# Reals that stand for what somebody wrote: factors, epsilons.
_FEW = 8
_CODES = {
    "float32": "f", "float64": "d", "float16": "e", "int8": "b", "int16": "h", "int32": "i",
    "int64": "q", "uint8": "B", "uint16": "H", "uint32": "I", "uint64": "Q", "bool": "?",
}  # fmt: skip


class _Code(NamedTuple):
    word: str
    is_custom: bool


class Reader:
    """Reads one file; `held_in` is what its arrays are found in: its path, or its bytes."""

    def __init__(self, data: Buffer, held_in: str | bytes) -> None:
        self.flat = Flat(data)
        self.held_in = held_in

    def file(self) -> File:
        """The file. Raises FlatError where its bytes are no model."""
        if self.flat.data[4:8] != _MAGIC:
            raise FlatError("it has no TFL3 at its fifth byte")
        model = self.flat.root()
        version = model.whole(0, "I")
        if version != VERSION:
            raise FlatError(f"its schema is version {version}, and version {VERSION} is read here")
        graphs = list(model.tables(2, MOST_OPERATORS, "subgraphs"))
        if not graphs:
            raise FlatError("it holds no subgraph")
        codes = [self._code(one) for one in model.tables(1, MOST_OPERATORS, "operator codes")]
        buffers = list(model.tables(4, MOST_TENSORS, "buffers"))
        graph = graphs[0]
        tables = list(graph.tables(0, MOST_TENSORS, "tensors"))
        names = [one.text(3) for one in tables]
        labels = _labels(names)
        tensors = tuple(
            self._tensor(table, name, label, buffers)
            for table, name, label in zip(tables, names, labels, strict=True)
        )
        operators = tuple(self._operators(graph, codes, len(tensors)))
        inputs = self._indices(graph.wholes(1), len(tensors))
        outputs = self._indices(graph.wholes(2), len(tensors))
        samples = _samples([tensors[one].dims for one in inputs if one >= 0])
        return File(
            model.text(3),
            tuple(one.of_one(samples) for one in tensors),
            operators,
            self._named(model, inputs, tensors),
            outputs,
            len(graphs) - 1,
            samples,
        )

    def _code(self, table: Table) -> _Code:
        # Numbers past 127 stand in the second field alone; old files have the first alone.
        number = max(table.whole(0, "b"), table.whole(3))
        if not 0 <= number < len(OPERATORS):
            return _Code(f"BUILTIN_{number}", False)
        word = OPERATORS[number]
        return _Code(table.text(1) or word, True) if word == CUSTOM else _Code(word, False)

    def _indices(self, found: Sequence[int], count: int) -> tuple[int, ...]:
        # What reads or makes a tensor costs more than a number does.
        self.flat.spend(20 * len(found))
        for one in found:
            if not -1 <= one < count:
                raise FlatError(f"there is no tensor {one:,} among {count:,}")
        return tuple(found)

    def _named(
        self, model: Table, inputs: Sequence[int], tensors: Sequence[Tensor]
    ) -> dict[str, int]:
        """The inputs by their names: those of the first signature, where it has them."""
        for signature in model.tables(7, MOST_OPERATORS, "signatures"):
            pairs = [(one.whole(1, "I"), one.text(0)) for one in signature.tables(0, 1000, "names")]
            found = dict(pairs)
            if signature.whole(4, "I") == 0 and set(found) == set(inputs):
                if len(set(found.values())) == len(inputs) and all(found.values()):
                    return {found[one]: one for one in inputs}
                break
        own = {input_name(tensors[one].label): one for one in inputs}
        return own if len(own) == len(inputs) else {tensors[one].label: one for one in inputs}

    def _operators(self, graph: Table, codes: Sequence[_Code], count: int) -> Iterator[Operator]:
        for number, table in enumerate(graph.tables(3, MOST_OPERATORS, "operators"), 1):
            index = table.whole(0, "I")
            if index >= len(codes):
                raise FlatError(f"operator {number:,} is of code {index:,} among {len(codes):,}")
            word, is_custom = codes[index]
            yield Operator(
                word,
                is_custom,
                self._indices(table.wholes(1), count),
                self._indices(table.wholes(2), count),
                table.table(4),
                number,
            )

    def _tensor(self, table: Table, name: str, label: str, buffers: Sequence[Table]) -> Tensor:
        dims = self._dims(table.wholes(0), label, 0)
        signature = self._dims(table.wholes(7), label, -1) or dims
        if len(signature) != len(dims):
            raise FlatError(f"tensor {label!r:.60} has {len(dims)} sizes and {len(signature)}")
        number = table.whole(1, "b")
        element: Element = ELEMENTS[number] if 0 <= number < len(ELEMENTS) else "other"
        tensor = Tensor(
            label,
            name,
            tuple(size or 1 for size in dims),
            tuple(size if size > 0 else "?" for size in signature),
            element,
            self._scales(table.table(4)),
            None,
            bool(dims) or table.flag(8),
        )
        index = table.whole(2, "I")
        if index >= max(len(buffers), 1):
            raise FlatError(f"tensor {label!r:.60} lies in buffer {index:,} of {len(buffers):,}")
        place = self._buffer(buffers[index]) if buffers else None
        if place is None:
            return tensor
        held = Held(label, dims, element, Written(()))
        if table.table(6) is not None:
            return tensor._replace(
                held=replace(held, source=Absent("it is stored sparsely", False))
            )
        return tensor._replace(held=self._held(held, tensor.scales, place))

    def _dims(self, given: Sequence[int], label: str, least: int) -> Shape:
        if len(given) > _MOST_DIMS:
            raise FlatError(f"tensor {label!r:.60} has more than {_MOST_DIMS} axes")
        for size in given:
            if not least <= size <= MAX_COUNT:
                raise FlatError(f"tensor {label!r:.60} has the size {size}")
        return tuple(given)

    def _buffer(self, table: Table) -> Span | None:
        """Where a buffer's bytes are; None for one without."""
        found = table.span(0, 1)
        if found is not None and found.length:
            return found
        # Behind the tables, in files of more than 2 GB.
        start, length = table.whole(1, "Q"), table.whole(2, "Q")
        if start < 2 or not length:
            return None
        if start + length > self.flat.size:
            raise FlatError(f"a buffer of {length:,} bytes at byte {start:,} lies outside of it")
        return Span(start, length)

    def _scales(self, table: Table | None) -> Scales | None:
        scale = table.span(2, 4) if table is not None else None
        if table is None or scale is None or not scale.length:
            return None
        zero = table.span(3, 8)
        found = self._vector(scale, "float32")
        if zero is not None and zero.length != scale.length:
            points = in_words(zero.length, "zero point")
            raise FlatError(f"there are {in_words(scale.length, 'scale')} and {points}")
        zeros = self._vector(zero, "int64") if zero is not None else None
        return Scales(found, zeros, table.whole(6))

    def _vector(self, span: Span, element: Element) -> Held:
        width = ITEM_BYTES[element]
        held = Held("", (span.length,), element, Written(()))
        if span.length == 1:
            code = _CODES[element]
            return replace(held, source=Written((self.flat.number(span.start, code),)))
        return replace(held, source=InFile(self.held_in, span.start, span.length * width))

    def _held(self, held: Held, scales: Scales | None, place: Span) -> Held:
        """A stored array in its float sense; its elements are read where they are few."""
        start, length = place
        width = ITEM_BYTES.get(held.element, 0)
        if width and held.count * width != length:
            raise FlatError(
                f"tensor {held.name!r:.60} of {held.count:,} elements of {held.element} has "
                f"{length:,} bytes"
            )
        in_file = replace(held, source=InFile(self.held_in, start, length))
        is_real = held.element.startswith(("float", "bfloat"))
        if scales is not None and not is_real:
            return self._real(in_file, scales)
        most = _SMALL_BYTES if is_real else _SMALL_INTEGERS
        if held.element not in _CODES or length > most:
            return in_file
        self.flat.spend(held.count)
        return replace(held, source=Written(self._numbers(held, place)))

    def _numbers(self, held: Held, place: Span) -> tuple[int | float, ...]:
        data = self.flat.data[place.start : place.start + place.length]
        values: tuple[int | float, ...] = struct.unpack(
            f"<{held.count}{_CODES[held.element]}", data
        )
        if held.element == "float32" and len(values) <= _FEW:
            values = tuple(map(shortest, values))
        return values

    def _real(self, held: Held, scales: Scales) -> Held:
        """Stored integers as the reals that they stand for."""
        count = scales.scale.count
        # The axis of a vector is often left out.
        axis = scales.axis if len(held.dims) > 1 else 0
        if count > 1 and not (0 <= axis < len(held.dims) and held.dims[axis] == count):
            raise FlatError(f"tensor {held.name!r:.60} of {list(held.dims)} has {count:,} scales")
        if held.count <= _FEW and count == 1 and held.element in _CODES:
            assert isinstance(held.source, InFile)
            assert isinstance(scales.scale.source, Written)
            zeros = scales.zero.source if scales.zero is not None else None
            zero = zeros.values[0] if isinstance(zeros, Written) else 0
            (scale,) = scales.scale.source.values
            place = Span(held.source.start, held.source.length)
            reals = tuple(shortest((one - zero) * scale) for one in self._numbers(held, place))
            return Held(held.name, held.dims, "float32", Written(reals))
        of = (held, scales.scale) if scales.zero is None else (held, scales.scale, scales.zero)
        made = Made("dequantised", of, {"axis": axis})
        return Held(held.name, held.dims, "float32", made)


def _samples(inputs: Sequence[Shape]) -> int:
    """How many samples go in at once: the first size of all inputs, where one is of maps."""
    first = {dims[:1] for dims in inputs}
    if len(first) != 1 or not any(len(dims) > _MOST_OF_ONE for dims in inputs):
        return 1
    return first.pop()[0]


def _labels(names: Sequence[str]) -> list[str]:
    """A name of its own for each tensor: what another one has too gets its number."""
    uses = Counter(names)
    found = []
    for number, name in enumerate(names):
        label = name
        if not name or uses[name] > 1:
            label = f"{name or 'tensor'}#{number}"
            while label in uses:
                label += "#"
        found.append(label)
    return found
