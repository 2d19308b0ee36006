"""Stored tensors: where their elements lie, and the elements themselves where they are few."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from pathlib import PurePath

from convcalc.importers.decimals import shortest
from convcalc.importers.mapped import Behind
from convcalc.importers.onnx.wire import (
    Buffer,
    Span,
    WireError,
    fields,
    inner,
    integers,
    number,
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
MOST_DIMS = 64
MOST_NUMBERS = 1_000_000
# Tensors up to so many bytes are read at once: sizes, scales, epsilons.
_SMALL_BYTES = 1024
_SMALL_INTEGERS = 65_536
# Reals that stand for what somebody wrote: factors, epsilons.
_FEW = 8
_NOTHING = Written(())


class Tensors:
    """Reads the tensors of one file; `held_in` is what its arrays are found in."""

    def __init__(self, data: Buffer, held_in: str | bytes) -> None:
        self.data = data
        self.held_in = held_in
        self._behind = Behind(data)

    def read(self, span: Span) -> Held:
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
            match number_:
                case 1:
                    dims += integers(data, value, MOST_DIMS)
                case 2:
                    code = number(value)
                case 8:
                    name = text(data, value)
                case 9:
                    where = inner(value)
                case 4 | 10:
                    start, end = inner(value)
                    # Packed floats lie as raw ones do; single ones are few.
                    if end - start > 8 and not reals:
                        where, is_packed_float = (start, end), True
                    else:
                        size = "f" if number_ == 4 else "d"
                        width = 4 if number_ == 4 else 8
                        count = (end - start) // width
                        reals += struct.unpack(
                            f"<{count}{size}", data[start : start + count * width]
                        )
                case 5 | 7 | 11:
                    numbers.append(value)
                case 13:
                    key, said = word_pair(self.data, inner(value))
                    external[key] = said
        if any(size < 0 for size in dims):
            raise WireError(f"tensor {name!r:.60} has a negative size")
        shape = tuple(dims)
        element: Element = ELEMENTS.get(code, "other")
        held = Held(name, shape, element, _NOTHING)
        source: InFile | Written | Made
        if external:
            source = self._outside(external, held)
        elif where is not None:
            source = self._stored(held, where, is_packed_float)
        elif reals:
            source = _all_of(held, map(shortest, reals))
        else:
            source = self._listed(held, numbers)
        return Held(name, shape, element, source)

    def _stored(self, held: Held, where: Span, is_packed_float: bool) -> InFile | Written:
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
            return Written(values)
        # States to begin with, masks: what is nothing but zeros says so.
        if end - start <= _SMALL_INTEGERS and not any(self.data[start:end]):
            return Written((0.0,) * held.count)
        self._behind.pass_over(end)
        return InFile(self.held_in, start, end - start)

    def _listed(self, held: Held, numbers: list[Span | int]) -> Written | Made:
        """Elements that stand as varints: int32_data has all small types, float16 as bits."""
        if sum(1 if isinstance(one, int) else one[1] - one[0] for one in numbers) > _SMALL_INTEGERS:
            spans = tuple(InFile(self.held_in, a, b - a) for a, b in map(inner, numbers))
            parts = tuple(Held(held.name, (one.length,), "uint8", one) for one in spans)
            return Made("varints", parts, {"element": held.element})
        found: list[int | float] = []
        for one in numbers:
            found += integers(self.data, one, MOST_NUMBERS)
        if held.element == "float16":
            bits = struct.pack(f"<{len(found)}H", *(int(one) & 0xFFFF for one in found))
            found = list(struct.unpack(f"<{len(found)}e", bits))
        elif held.element == "bfloat16":
            bits = struct.pack(f"<{len(found)}I", *((int(one) & 0xFFFF) << 16 for one in found))
            found = list(struct.unpack(f"<{len(found)}f", bits))
        return _all_of(held, found)

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


def _all_of(held: Held, found: Iterable[float]) -> Written:
    """Elements that stand one by one: all of them, or none where a file leaves them out."""
    values = tuple(found)
    if held.element in ITEM_BYTES and len(values) not in (0, held.count):
        raise WireError(f"tensor {held.name!r:.60} has {len(values)} of {held.count} elements")
    return Written(values)


def word_pair(data: Buffer, span: Span) -> tuple[str, str]:
    """A word and what it says, of a map of words. Raises WireError."""
    key = value = ""
    for name, found in fields(data, span):
        if name == 1:
            key = text(data, found)
        elif name == 2:
            value = text(data, found)
    return key, value


def _whole(word: str) -> int:
    if not word.isascii() or not word.isdigit() or len(word) > 18:
        raise WireError(f"{word!r:.40} is no number of bytes")
    return int(word)
