"""Arrays that a model file holds: where their bytes are, and what is made of them.

A plan needs their shapes alone. `arrays.held_arrays` reads them, for a network that is run with its
own weights.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import Literal

from convcalc.core.shapes import Shape, elements

# Element types of model files, as numpy spells them; `bfloat16` is the upper half of a float32.
Element = Literal[
    "float32", "float64", "float16", "bfloat16", "int8", "int16", "int32", "int64", "uint8",
    "uint16", "uint32", "uint64", "bool", "int4", "uint4", "other",
]  # fmt: skip
ITEM_BYTES: dict[str, int] = {
    "float32": 4, "float64": 8, "float16": 2, "bfloat16": 2, "int8": 1, "int16": 2, "int32": 4,
    "int64": 8, "uint8": 1, "uint16": 2, "uint32": 4, "uint64": 8, "bool": 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """Bytes [start, start + length) of an archive, and the CRC-32 that it was written with."""

    name: str
    start: int
    length: int
    checksum: int


@dataclass(frozen=True, slots=True, eq=False)
class InFile:
    """Little-endian elements at the bytes [start, start + length) of a file, or of its bytes.

    `within` is the entry of an archive in which they lie. `strides` says how many elements lie
    from one place of an axis to its next, for each axis, where they do not lie in a row.
    """

    file: str | bytes
    start: int
    length: int
    within: Entry | None = None
    strides: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """Elements that were read already: of a small tensor, or of one that is written out."""

    values: tuple[int | float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Lent:
    """An array of a program that is running: asked for when the network runs."""

    read: Callable[[], object]


@dataclass(frozen=True, slots=True, eq=False)
class Sought:
    """Elements whose place, and type, are looked up in the file when the network runs."""

    find: Callable[[], tuple[InFile, Element]]


@dataclass(frozen=True, slots=True, eq=False)
class Absent:
    """An array whose numbers the file has not, and why; weights that were left out are drawn."""

    why: str
    is_drawn: bool


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What an operation makes of other held arrays, by the name that `arrays.held_arrays` knows."""

    how: str
    of: tuple[Held, ...]
    fields: Mapping[str, object] = field(default_factory=dict)
    # Known from the beginning: what is made of what is made, ten thousand deep, is asked at once.
    is_drawn: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_drawn", any(one.is_drawn for one in self.of))


# Ways to make an array that leave every number as it is.
_LAID_OUT = frozenset({"arranged", "reshaped", "sliced"})


class Nth(int):
    """An argument of what is calculated: the array of that number among those it is made of."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """An array of shape `dims`, in the source's own layout; `name` is what the file calls it.

    `origin` is the one parameter of the program before whose numbers it holds, where it is told.
    """

    name: str
    dims: Shape
    element: Element
    source: InFile | Sought | Written | Made | Lent | Absent
    origin: str = ""
    # True for a range of another array's numbers, however it is laid out.
    is_part: bool = field(init=False)

    def __post_init__(self) -> None:
        whole = self.laid_out_of
        is_part = whole is not None and (whole.is_part or self.count < whole.count)
        object.__setattr__(self, "is_part", is_part)

    @property
    def laid_out_of(self) -> Held | None:
        """The array of whose numbers it is a range, or another layout; None for any other."""
        source = self.source
        return source.of[0] if isinstance(source, Made) and source.how in _LAID_OUT else None

    @property
    def parameter(self) -> str:
        """What it counts for: the parameter that it is or is made of, or else its own name."""
        return self.origin or self.name

    @property
    def count(self) -> int:
        """Its elements; 1 for a single number."""
        return elements(self.dims) if self.dims else 1

    @property
    def whole(self) -> Held:
        """The array whose numbers it has, all or a range of them, as that is stored."""
        found = self
        while (next_ := found.laid_out_of) is not None:
            found = next_
        return found

    @property
    def is_drawn(self) -> bool:
        """True where the file was written without its numbers, so that any will do."""
        return isinstance(self.source, Absent | Made) and self.source.is_drawn

    def in_order(self, known: Container[int] = ()) -> list[Held]:
        """All that it is made of, and itself, each once and behind what it is made of.

        Those whose `id` is known are left out, with what they are made of.
        """
        found: dict[int, Held] = {}
        pending = [self]
        while pending:
            one = pending[-1]
            of = one.source.of if isinstance(one.source, Made) else ()
            missing = [part for part in of if id(part) not in found and id(part) not in known]
            if missing:
                pending += missing
            else:
                found[id(one)] = one
                pending.pop()
        return [] if id(self) in known else [*found.values()]

    def made(self, how: str, dims: Shape, *others: Held, **fields: object) -> Held:
        """What becomes of it (and of others) by an operation that `arrays.held_arrays` knows."""
        return Held(self.name, dims, self.element, Made(how, (self, *others), fields))
